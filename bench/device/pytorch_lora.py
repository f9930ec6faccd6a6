"""The LoRA step of bench_device in PyTorch: the same shapes, every block computed again, bf16, a fused optimizer.

Prints "name<TAB>value<TAB>unit" lines. Weights and inputs are random, times are medians of device events. Blocks are
compiled, attention is cuDNN's or flash, whichever PyTorch picks. `tiny` runs a small network on any machine.
"""
import sys

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.checkpoint import checkpoint

import pytorch_baseline as base

TINY = "tiny" in sys.argv
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
SIDE, CAPTION, LAYERS = (64, 16, 2) if TINY else (1024, 512, 36)
RANK = 16


class Adapted(nn.Module):
    """A frozen product and what a LoRA adds to it; the factors are f32 and multiply in bf16."""

    def __init__(self, linear):
        super().__init__()
        self.linear = linear.requires_grad_(False)
        device = linear.weight.device
        bound = linear.in_features**-0.5
        self.down = nn.Parameter(torch.empty(RANK, linear.in_features, device=device).uniform_(-bound, bound))
        self.up = nn.Parameter(torch.zeros(linear.out_features, RANK, device=device))

    def forward(self, x):
        narrow = F.linear(x, self.down.to(x.dtype))
        return self.linear(x) + F.linear(narrow, self.up.to(x.dtype))


class Conditioning(nn.Module):
    """Time and pooled text to the modulation's input, with the two adapted products."""

    def __init__(self):
        super().__init__()
        wide = base.MODULATION
        self.time = nn.Sequential(nn.Linear(256, wide), nn.SiLU(), nn.Linear(wide, wide))
        self.pooled, self.both = nn.Linear(1024, 1024), nn.Linear(wide + 1024, wide)

    def forward(self, waves, pooled):
        return self.both(F.silu(torch.cat((self.time(waves), self.pooled(pooled)), -1)))


class Network(nn.Module):
    """What a step runs: two blocks on the caption, two on the image, 36 on both."""

    def __init__(self):
        super().__init__()
        self.condition = Conditioning()
        self.embed, self.final = nn.Linear(64, base.DIM), nn.Linear(base.DIM, 64)
        self.caption = nn.Linear(2560, base.DIM)
        self.context = nn.ModuleList(base.Block() for _ in range(min(2, LAYERS)))
        self.refine = nn.ModuleList(base.Block() for _ in range(min(2, LAYERS)))
        self.layers = nn.ModuleList(base.Block() for _ in range(LAYERS))

    def adapt(self):
        self.requires_grad_(False)
        for blocks in (self.context, self.refine, self.layers):
            for block in blocks:
                block.qkv, block.out, block.w2 = Adapted(block.qkv), Adapted(block.out), Adapted(block.w2)
        self.condition.pooled, self.condition.both = Adapted(self.condition.pooled), Adapted(self.condition.both)
        return self

    def forward(self, patches, caption, waves, pooled, cos, sin):
        t = caption.shape[1]
        c = self.condition(waves, pooled)
        text, x = self.caption(caption), self.embed(patches)
        for block in self.context:
            text = block(text, c, cos[:, :t], sin[:, :t])
        for block in self.refine:
            x = checkpoint(block, x, c, cos[:, t:], sin[:, t:], use_reentrant=False)
        x = torch.cat((text, x), 1)
        for block in self.layers:
            x = checkpoint(block, x, c, cos, sin, use_reentrant=False)
        return self.final(F.layer_norm(x, (base.DIM,)))[:, t:]


def median_ms(run, repeats):
    if DEVICE == "cpu":
        run()
        return 0.0
    return base.median_ms(run, repeats)


def main():
    torch.manual_seed(1)
    if TINY:
        base.DIM, base.HEADS, base.KV_HEADS, base.HIDDEN = 192, 2, 1, 256
    with torch.device(DEVICE):
        network = base.random_weights(Network().to(torch.bfloat16)).adapt()
    if DEVICE == "cuda":
        for blocks in (network.context, network.refine, network.layers):
            for block in blocks:
                block.compile()
    learned = [p for p in network.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(learned, lr=1e-4, fused=True)
    tokens = (SIDE // 16) ** 2
    bf16 = {"device": DEVICE, "dtype": torch.bfloat16}
    angles = torch.rand(1, CAPTION + tokens, 1, base.HEAD // 2, device=DEVICE)
    inputs = (
        torch.randn(1, tokens, 64, **bf16),
        torch.randn(1, CAPTION, 2560, **bf16),
        torch.randn(1, 256, **bf16),
        torch.randn(1, 1024, **bf16),
        angles.cos(),
        angles.sin(),
    )
    target = torch.randn(1, tokens, 64, device=DEVICE)

    def step():
        loss = F.mse_loss(network(*inputs).float(), target)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learned, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    base.report("LoRA parameters", sum(p.numel() for p in learned) / 1e6, "million")
    with sdpa_kernel([SDPBackend.CUDNN_ATTENTION, SDPBackend.FLASH_ATTENTION, SDPBackend.MATH], set_priority=True):
        step()
        if DEVICE == "cuda":
            torch.cuda.reset_peak_memory_stats()
        ms = median_ms(step, 9)
    if DEVICE == "cuda":
        base.report("LoRA step 1024", ms, "ms")
        base.report("LoRA steps a second", 1000 / ms, "/s")
        base.report("LoRA step 1024 peak", torch.cuda.max_memory_allocated() / 1e9, "GB")
        base.ceilings()


if __name__ == "__main__":
    main()

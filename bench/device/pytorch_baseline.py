"""The same shapes in PyTorch: a guided pair of the transformer, eager and compiled, bf16 and fp8; VAE decode.

Prints "name<TAB>value<TAB>unit" lines as bench_device does. Weights and inputs are random, times are medians of device
events. Blocks are compiled one by one, attention is cuDNN's, rotary positions are real numbers.
"""
import statistics
import sys

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel

DIM, HEADS, KV_HEADS, HEAD, HIDDEN, MODULATION = 2304, 24, 8, 96, 9216, 1024
DEVICE, BF16, FP8 = "cuda", torch.bfloat16, torch.float8_e4m3fn


def report(name, value, unit):
    print(f"{name}\t{value:.4g}\t{unit}", flush=True)


def median_ms(run, repeats, warmups=3):
    for _ in range(warmups):
        run()
    times = []
    for _ in range(repeats):
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        run()
        end.record()
        end.synchronize()
        times.append(begin.elapsed_time(end))
    return statistics.median(times)


class RowwiseFp8(nn.Module):
    """e4m3 on both sides, a scale per row of the input and per output."""

    def __init__(self, linear):
        super().__init__()
        weight = linear.weight.detach().float()
        scale = weight.abs().amax(1, keepdim=True) / 448
        self.register_buffer("codes", (weight / scale).to(FP8))
        self.register_buffer("scale", scale.t().contiguous())

    def forward(self, x):
        rows = x.reshape(-1, x.shape[-1])
        scale = rows.abs().amax(1, keepdim=True).float() / 448
        codes = (rows / scale).to(FP8)
        y = torch._scaled_mm(codes, self.codes.t(), scale, self.scale, out_dtype=BF16, use_fast_accum=True)
        return y.reshape(*x.shape[:-1], -1)


class RMSNorm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(1 + 0.02 * torch.randn(width))

    def forward(self, x):
        wide = x.float()
        return (wide * torch.rsqrt(wide.square().mean(-1, keepdim=True) + 1e-5)).to(x.dtype) * self.weight


def rotate(x, cos, sin):
    pairs = x.float().unflatten(-1, (-1, 2))
    a, b = pairs[..., 0], pairs[..., 1]
    return torch.stack((a * cos - b * sin, a * sin + b * cos), -1).flatten(-2).to(x.dtype)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(DIM, (HEADS + 2 * KV_HEADS) * HEAD, bias=False)
        self.out = nn.Linear(HEADS * HEAD, DIM, bias=False)
        self.w1, self.w3 = nn.Linear(DIM, HIDDEN, bias=False), nn.Linear(DIM, HIDDEN, bias=False)
        self.w2 = nn.Linear(HIDDEN, DIM, bias=False)
        self.modulation = nn.Linear(MODULATION, 4 * DIM)
        self.norms = nn.ModuleList(RMSNorm(DIM) for _ in range(4))
        self.q_norm, self.k_norm = RMSNorm(HEAD), RMSNorm(HEAD)

    def attend(self, x, cos, sin):
        b, n, _ = x.shape
        q, k, v = self.qkv(x).split((HEADS * HEAD, KV_HEADS * HEAD, KV_HEADS * HEAD), -1)
        q = rotate(self.q_norm(q.view(b, n, HEADS, HEAD)), cos, sin).transpose(1, 2)
        k = rotate(self.k_norm(k.view(b, n, KV_HEADS, HEAD)), cos, sin).transpose(1, 2)
        v = v.view(b, n, KV_HEADS, HEAD).transpose(1, 2)
        return self.out(F.scaled_dot_product_attention(q, k, v, enable_gqa=True).transpose(1, 2).reshape(b, n, -1))

    def forward(self, x, c, cos, sin):
        scale1, gate1, scale2, gate2 = self.modulation(F.silu(c)).unsqueeze(1).chunk(4, -1)
        n = self.norms
        x = x + gate1.tanh() * n[1](self.attend(n[0](x) * (1 + scale1), cos, sin))
        h = n[2](x) * (1 + scale2)
        return x + gate2.tanh() * n[3](self.w2(F.silu(self.w1(h)) * self.w3(h)))


class Transformer(nn.Module):
    """What a guided step runs: two blocks on the image, 36 on caption and image."""

    def __init__(self):
        super().__init__()
        self.embed, self.final = nn.Linear(64, DIM), nn.Linear(DIM, 64)
        self.refine = nn.ModuleList(Block() for _ in range(2))
        self.layers = nn.ModuleList(Block() for _ in range(36))

    def forward(self, patches, caption, c, cos, sin):
        t = caption.shape[1]
        x = self.embed(patches)
        for block in self.refine:
            x = block(x, c, cos[:, t:], sin[:, t:])
        x = torch.cat((caption, x), 1)
        for block in self.layers:
            x = block(x, c, cos, sin)
        return self.final(F.layer_norm(x, (DIM,)))[:, t:]


def random_weights(module):
    with torch.no_grad():
        for layer in module.modules():
            if isinstance(layer, nn.Linear):
                layer.weight.normal_(0, layer.in_features**-0.5)
    return module


def inputs(batch, side=1024, caption=256):
    image = (side // 16) ** 2
    angles = torch.rand(1, caption + image, 1, HEAD // 2, device=DEVICE)
    return (
        torch.randn(batch, image, 64, device=DEVICE, dtype=BF16),
        torch.randn(batch, caption, DIM, device=DEVICE, dtype=BF16),
        torch.randn(batch, MODULATION, device=DEVICE, dtype=BF16),
        angles.cos(),
        angles.sin(),
    )


def compiled(model):
    for blocks in (model.refine, model.layers):
        for i, block in enumerate(blocks):
            blocks[i] = torch.compile(block)
    return model


def time_transformer(quick):
    with torch.device(DEVICE):
        model = random_weights(Transformer().to(BF16)).eval()
    pair = inputs(2)
    if not quick:
        report("pair 1024 eager", median_ms(lambda: model(*pair), 5), "ms")
    compiled(model)
    report("pair 1024 bf16", median_ms(lambda: model(*pair), 15), "ms")
    # The same blocks with rows of 8 bits; compiled anew.
    for blocks in (model.refine, model.layers):
        for i, block in enumerate(blocks):
            block = block._orig_mod
            for name in ("qkv", "out", "w1", "w2", "w3"):
                setattr(block, name, RowwiseFp8(getattr(block, name)))
            blocks[i] = block
    torch.compiler.reset()
    compiled(model)
    report("pair 1024 fp8", median_ms(lambda: model(*pair), 15), "ms")


class Resnet(nn.Module):
    def __init__(self, into, out):
        super().__init__()
        self.norm1, self.norm2 = nn.GroupNorm(32, into), nn.GroupNorm(32, out)
        self.conv1, self.conv2 = nn.Conv2d(into, out, 3, padding=1), nn.Conv2d(out, out, 3, padding=1)
        self.shortcut = nn.Conv2d(into, out, 1) if into != out else nn.Identity()

    def forward(self, x):
        h = self.conv1(F.silu(self.norm1(x)))
        return self.shortcut(x) + self.conv2(F.silu(self.norm2(h)))


class MidAttention(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm, self.qkv, self.out = nn.GroupNorm(32, width), nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x):
        b, c, h, w = x.shape
        rows = self.norm(x).flatten(2).transpose(1, 2)
        q, k, v = (part.unsqueeze(1) for part in self.qkv(rows).chunk(3, -1))
        seen = F.scaled_dot_product_attention(q, k, v).squeeze(1)
        return x + self.out(seen).transpose(1, 2).reshape(b, c, h, w)


class Upsample(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x):
        return self.conv(F.interpolate(x, scale_factor=2.0, mode="nearest"))


def decoder():
    parts = [nn.Conv2d(16, 512, 3, padding=1), Resnet(512, 512), MidAttention(512), Resnet(512, 512)]
    before = 512
    for i, width in enumerate((512, 512, 256, 128)):
        parts += [Resnet(before if j == 0 else width, width) for j in range(3)]
        parts += [Upsample(width)] if i < 3 else []
        before = width
    return nn.Sequential(*parts, nn.GroupNorm(32, 128), nn.SiLU(), nn.Conv2d(128, 3, 3, padding=1))


def time_vae():
    model = decoder().to(DEVICE, BF16, memory_format=torch.channels_last).eval()
    z = torch.randn(1, 16, 128, 128, device=DEVICE, dtype=BF16).to(memory_format=torch.channels_last)
    run = torch.compile(model)
    report("VAE decode 1024", median_ms(lambda: run(z), 9), "ms")
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    run(z)
    report("VAE decode 1024 activations", (torch.cuda.max_memory_allocated() - before) / 1e6, "MB")


def ceilings():
    a, b = (torch.randn(8192, 8192, device=DEVICE, dtype=BF16) for _ in range(2))
    report("matrix product 8192 bf16", 2 * 8192**3 / median_ms(lambda: a @ b, 15) / 1e9, "TFLOP/s")
    ones = torch.ones(8192, 1, device=DEVICE)
    a8, b8 = a.to(FP8), b.to(FP8)
    fp8 = lambda: torch._scaled_mm(a8, b8.t(), ones, ones.t(), out_dtype=BF16, use_fast_accum=True)
    report("matrix product 8192 fp8", 2 * 8192**3 / median_ms(fp8, 15) / 1e9, "TFLOP/s")
    source = torch.randn(1 << 28, device=DEVICE)
    target = torch.empty_like(source)
    report("copy", 2 * source.nbytes / median_ms(lambda: target.copy_(source), 9) / 1e6, "GB/s")


def main():
    torch.manual_seed(1)
    with torch.no_grad(), sdpa_kernel([SDPBackend.CUDNN_ATTENTION, SDPBackend.FLASH_ATTENTION, SDPBackend.MATH],
                                      set_priority=True):
        ceilings()
        time_transformer(quick="quick" in sys.argv)
        time_vae()


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Draws one picture with upstream's own transformer and the public text encoders, to hold beside ours.

    newbie prompt compile two.xml --only gemma > gemma.txt
    newbie prompt compile two.xml --only jina > jina.txt
    newbie prompt explain two.xml --model weights/nano --tokens --json > ids.json
    newbie generate two.xml -m weights/nano -s 7 -W 256 -H 256 --steps 8 --cfg 3 --shift 2 --rng torch-cpu \\
        --device cpu --dtype f32 --vae-dtype f32 -o ours.png
    tools/upstream_picture.py --upstream FOLDER --model weights/nano --gemma-text gemma.txt --clip-text jina.txt \\
        --ids ids.json --seed 7 --size 256 --steps 8 --cfg 3 --shift 2 --out up.png --against ours.png

FOLDER holds upstream's `models` package (its model.py wants `flash_attn` and `models.components` beside it). Needs torch,
transformers (5 or later), safetensors and Pillow; diffusers decodes where it is installed, a decoder written here elsewhere.
Exit status 1: a part does not load whole, ids differ, or the pictures are less than 40 dB alike.
"""
import argparse
import json
import pathlib
import sys
import tempfile

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file


def relative(a, b):
    return ((a.double() - b.double()).norm() / b.double().norm()).item()


def tensors(folder, device="cpu"):
    """All float tensors of a folder's safetensors files, in float32."""
    found = {}
    for file in sorted(pathlib.Path(folder).glob("*.safetensors")):
        found.update(load_file(str(file)))
    return {name: value.to(device, torch.float32) for name, value in found.items() if value.is_floating_point()}


def config_of(folder):
    return json.loads((pathlib.Path(folder) / "config.json").read_text())


def require_whole(model, report, absent=()):
    """A model that from_pretrained has read must have found every tensor, but for those whose names begin so."""
    wrong = {kind: [name for name in report[kind] if not str(name).startswith(absent)]
             for kind in ("missing_keys", "unexpected_keys", "mismatched_keys")}
    print(f"{type(model).__name__}: {sum(value.numel() for value in model.parameters())} parameters, {wrong}")
    if any(wrong.values()):
        sys.exit(f"{type(model).__name__} was not loaded whole")


# ---------------------------------------------------------------------------------------------------------------- text

def tokenize(kind, folder, text, expected, **options):
    """Ids and mask of a text and the empty one, padded on the right; `expected` are the ids that our program gives."""
    import transformers

    tokenizer = transformers.AutoTokenizer.from_pretrained(str(folder))
    tokenizer.padding_side = "right"
    batch = tokenizer([text, ""], padding=True, truncation=True, return_tensors="pt", **options)
    ids, mask = batch["input_ids"], batch["attention_mask"]
    theirs = ids[0, :int(mask[0].sum())].tolist()
    print(f"{kind}, {type(tokenizer).__name__}: {len(theirs)} tokens, newbie {len(expected)}")
    if theirs != expected:
        place = next((i for i, (a, b) in enumerate(zip(theirs, expected)) if a != b), min(len(theirs), len(expected)))
        sys.exit(f"{kind} ids differ from token {place}: {theirs[place:][:9]} and {expected[place:][:9]}")
    return ids, mask


def gemma_features(folder, ids, mask):
    """The output of the last layer but one. The vision part, which upstream never calls, is not in the folder."""
    import transformers

    model, report = transformers.AutoModel.from_pretrained(str(folder), dtype=torch.float32, output_loading_info=True)
    require_whole(model, report, ("vision_tower", "multi_modal_projector", "model.vision_tower", "model.multi_modal_projector"))
    return model.eval()(input_ids=ids, attention_mask=mask, output_hidden_states=True).hidden_states[-2].float()


def clip_pooled(folder, ids, mask):
    """Mean of the Jina text tower's last states over the tokens that are there."""
    from transformers import JinaEmbeddingsV3Config, JinaEmbeddingsV3Model

    kept = ("vocab_size", "type_vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads",
            "intermediate_size", "hidden_act", "layer_norm_eps", "max_position_embeddings", "pad_token_id")
    ours = config_of(folder)
    config = JinaEmbeddingsV3Config(**{key: ours[key] for key in kept if key in ours},
                                    rope_parameters={"rope_type": "default", "rope_theta": ours["rotary_emb_base"]})
    state = {name.removeprefix("model."): value for name, value in tensors(folder).items()}
    with tempfile.TemporaryDirectory() as place: # under the names that the tower has when it is stored by itself
        config.save_pretrained(place)
        save_file(state, f"{place}/model.safetensors", metadata={"format": "pt"})
        model, report = JinaEmbeddingsV3Model.from_pretrained(place, add_pooling_layer=False, output_loading_info=True)
    require_whole(model, report)
    states = model.float().eval()(input_ids=ids, attention_mask=mask).last_hidden_state
    present = mask[..., None].to(states.dtype)
    return (states * present).sum(1) / present.sum(1)


# ------------------------------------------------------------------------------------------------------------- picture

def transformer(upstream, folder, device):
    sys.path.insert(0, str(upstream))
    from models.model import NextDiT_CLIP

    settings = {key: value for key, value in config_of(folder).items() if key not in ("_class_name", "model_type")}
    model = NextDiT_CLIP(**settings)
    state = tensors(folder)
    model.load_state_dict(state, strict=True)
    print(f"NextDiT_CLIP: {len(state)} tensors, {sum(value.numel() for value in state.values())} parameters")
    return model.float().eval().to(device)


def noise_levels(schedule, steps, shift):
    """Noise levels from 1 to 0 in float32: diffusers' two lists, or upstream's grid of `steps` points in time."""
    def bend(sigma):
        return shift * sigma / (1 + (shift - 1) * sigma)
    if schedule == "native":
        return bend(1 - torch.linspace(0, 1, steps))
    if schedule == "linear":
        sigmas = bend(torch.linspace(1, 1 / steps, steps))
    else:
        sigmas = bend(torch.linspace(1, bend(0.001), steps))
    return torch.cat([sigmas, torch.zeros(1)])


def draw(model, noise, sigmas, features, mask, pooled, cfg, renorm=0.0):
    """Euler steps from noise to latents; the model's time is 1 - sigma and its velocity points at the picture."""
    x = noise
    for now, after in zip(sigmas[:-1], sigmas[1:]):
        t = torch.full((2,), 1 - float(now), device=x.device)
        velocity = model.forward_with_cfg(torch.cat([x, x]), t, features, mask, cfg, renorm_cfg=renorm,
                                          clip_text_pooled=pooled)[:1]
        x = x + float(now - after) * velocity
    return x


def own_decoder(folder, z):
    """The decoder half of an AutoencoderKL without quant convolutions, by diffusers' tensor names."""
    config = config_of(folder)
    w = {name.removeprefix("decoder."): value for name, value in tensors(folder, z.device).items()}

    def conv(x, name):
        weight = w[f"{name}.weight"]
        return F.conv2d(x, weight, w[f"{name}.bias"], padding=weight.shape[-1] // 2)

    def norm(x, name):
        return F.group_norm(x, config["norm_num_groups"], w[f"{name}.weight"], w[f"{name}.bias"], 1e-6)

    def residual(x, name):
        y = conv(F.silu(norm(x, f"{name}.norm1")), f"{name}.conv1")
        y = conv(F.silu(norm(y, f"{name}.norm2")), f"{name}.conv2")
        return y + (conv(x, f"{name}.conv_shortcut") if f"{name}.conv_shortcut.weight" in w else x)

    def attend(x, name):
        flat = norm(x, f"{name}.group_norm").flatten(2).transpose(1, 2)
        q, k, v = (F.linear(flat, w[f"{name}.to_{part}.weight"], w[f"{name}.to_{part}.bias"]) for part in "qkv")
        seen = torch.softmax(q @ k.transpose(1, 2) * q.shape[-1] ** -0.5, -1) @ v
        seen = F.linear(seen, w[f"{name}.to_out.0.weight"], w[f"{name}.to_out.0.bias"])
        return x + seen.transpose(1, 2).reshape(x.shape)

    x = residual(conv(z, "conv_in"), "mid_block.resnets.0")
    x = residual(attend(x, "mid_block.attentions.0"), "mid_block.resnets.1")
    for block in range(len(config["block_out_channels"])):
        for layer in range(config["layers_per_block"] + 1):
            x = residual(x, f"up_blocks.{block}.resnets.{layer}")
        if f"up_blocks.{block}.upsamplers.0.conv.weight" in w:
            x = conv(F.interpolate(x, scale_factor=2.0, mode="nearest"), f"up_blocks.{block}.upsamplers.0.conv")
    return conv(F.silu(norm(x, "conv_norm_out")), "conv_out")


def decode(folder, z):
    try:
        from diffusers import AutoencoderKL
    except ImportError:
        print("diffusers is not installed: the decoder written here")
        return own_decoder(folder, z)
    return AutoencoderKL.from_pretrained(folder).float().to(z.device).decode(z).sample


def check_vae(golden):
    stored = load_file(str(golden / "goldens/vae.safetensors"))
    error = relative(own_decoder(golden / "tiny-newbie/vae", stored["latents"]), stored["decoded"])
    print(f"relative L2 error of the decoder written here: {error:.2e}")
    if not error < 1e-5:
        sys.exit("the decoder written here is wrong")


def compare(pixels, other):
    from PIL import Image

    theirs = torch.tensor(list(Image.open(other).convert("RGB").tobytes())).reshape(pixels.shape)
    difference = (pixels.long() - theirs).abs()
    square = difference.double().square().mean().item()
    psnr = float("inf") if square == 0 else 10 * torch.tensor(255 ** 2 / square).log10().item()
    print(f"{other}: {(difference == 0).double().mean().item():.4%} of the bytes equal, largest difference "
          f"{difference.max().item()}, PSNR {psnr:.2f} dB")
    if psnr < 40:
        sys.exit("the pictures differ")


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--upstream", type=pathlib.Path, required=True)
    parser.add_argument("--model", type=pathlib.Path, required=True)
    parser.add_argument("--gemma-text", type=pathlib.Path, required=True)
    parser.add_argument("--clip-text", type=pathlib.Path, required=True)
    parser.add_argument("--ids", type=pathlib.Path, required=True, help="what `newbie prompt explain --tokens --json` prints")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--cfg", type=float, default=3)
    parser.add_argument("--shift", type=float, default=2)
    parser.add_argument("--schedule", choices=("linear", "double_shift", "native"), default="linear")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--against", type=pathlib.Path)
    parser.add_argument("--check-vae", type=pathlib.Path, metavar="GOLDEN", help="a golden set, to test the decoder on")
    args = parser.parse_args()
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False

    if args.check_vae:
        check_vae(args.check_vae)
    expected = {kind: [token["id"] for token in tokens["tokens"]] for kind, tokens in json.loads(args.ids.read_text()).items()
                if kind in ("gemma", "jina")}
    gemma = tokenize("Gemma", args.model / "text_encoder", args.gemma_text.read_bytes().decode(), expected["gemma"],
                     max_length=512, pad_to_multiple_of=8)
    jina = tokenize("Jina", args.model / "clip_model", args.clip_text.read_bytes().decode(), expected["jina"],
                    max_length=2048)
    features = gemma_features(args.model / "text_encoder", *gemma)
    pooled = clip_pooled(args.model / "clip_model", *jina)
    model = transformer(args.upstream, args.model / "transformer", args.device)

    vae = config_of(args.model / "vae")
    scale = 2 ** (len(vae["block_out_channels"]) - 1)
    noise = torch.randn((1, vae["latent_channels"], args.size // scale, args.size // scale),
                        generator=torch.Generator("cpu").manual_seed(args.seed)).to(args.device)
    sigmas = noise_levels(args.schedule, args.steps, args.shift)
    conditions = [value.to(args.device) for value in (features, gemma[1], pooled)]
    latents = draw(model, noise, sigmas, *conditions, args.cfg)
    image = decode(args.model / "vae", latents / vae["scaling_factor"] + vae["shift_factor"])[0]

    from PIL import Image
    pixels = ((image.float() / 2 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8).permute(1, 2, 0).cpu()
    Image.frombytes("RGB", (args.size, args.size), bytes(pixels.flatten().tolist())).save(args.out)
    if args.against:
        compare(pixels, args.against)


if __name__ == "__main__":
    main()

"""Joins the lines of bench_device and pytorch_baseline.py: what was measured, PyTorch beside it, and the floor.

A floor is the larger of two times: operations at the rate of a large product measured in the same call, and bytes that
must move at the rate of a copy.
"""
import os
import sys

DIM, HIDDEN, QKV = 2304, 9216, 3840


def read(path):
    rows = {}
    if os.path.exists(path):
        for line in open(path, encoding="utf-8"):
            name, value, unit = line.rstrip("\n").split("\t")
            rows[name] = (float(value), unit)
    return rows


def forward_flop(images, captions, side=1024, products=1.0, attention=1.0):
    """Operations of one pass; `products` and `attention` weigh the two kinds."""
    tokens = (side // 16) ** 2
    per_row = 2 * (QKV + DIM) * DIM + 6 * DIM * HIDDEN
    total = 0.0
    for caption in captions:
        n = tokens + caption
        total += 2 * (tokens * per_row * products + 4 * tokens**2 * DIM * attention)
        total += 36 * (n * per_row * products + 4 * n**2 * DIM * attention)
    return total * images


def decode_flop(side=1024):
    def conv(at, into, out):
        return 18 * at * into * out

    at = side * side // 64
    total = conv(at, 16, 512) + 4 * conv(at, 512, 512) + 8 * at * 512**2 + 4 * at**2 * 512
    widths = (512, 512, 256, 128)
    for i, out in enumerate(widths):
        into = widths[max(0, i - 1)]
        total += conv(at, into, out) + 5 * conv(at, out, out) + (2 * at * into * out if into != out else 0)
        if i < 3:
            at *= 4
            total += conv(at, out, out)
    return total + conv(at, 128, 3)


def floors(rates):
    bf16 = rates.get("matrix product 8192 bf16", (763,))[0] * 1e9
    fp8 = rates.get("matrix product 8192 fp8", (1500,))[0] * 1e9
    mixed = bf16 / fp8
    return {
        "pair 1024 bf16": forward_flop(1, (256, 256)) / bf16,
        "pair 1024 f16": forward_flop(1, (256, 256)) / bf16,
        "pair 1024 fp8": forward_flop(1, (256, 256), products=mixed) / bf16,
        "pair 1024, empty negative, bf16": forward_flop(1, (256, 8)) / bf16,
        "pair 1024, empty negative, fp8": forward_flop(1, (256, 8), products=mixed) / bf16,
        "one 1024 bf16": forward_flop(1, (256,)) / bf16,
        "one 1024 fp8": forward_flop(1, (256,), products=mixed) / bf16,
        "pair 1536 bf16": forward_flop(1, (256, 256), 1536) / bf16,
        "pair 1536 fp8": forward_flop(1, (256, 256), 1536, products=mixed) / bf16,
        "4 pairs 1024 bf16": forward_flop(4, (256, 256)) / bf16,
        "4 pairs 1024 fp8": forward_flop(4, (256, 256), products=mixed) / bf16,
        "VAE decode 1024": decode_flop() / bf16,
        "28 guided steps 1024 bf16": 28 * forward_flop(1, (256, 256)) / bf16 / 1e3,
        "28 guided steps 1024 fp8": 28 * forward_flop(1, (256, 256), products=mixed) / bf16 / 1e3,
    }


def main():
    ours, theirs = read(sys.argv[1]), read(sys.argv[2])
    least = floors(theirs)
    print("| what | ours | PyTorch | faster | floor |\n|---|---:|---:|---:|---:|")
    for name in [*ours, *(n for n in theirs if n not in ours)]:
        value, unit = ours.get(name, (None, theirs.get(name, (0, ""))[1]))
        other = theirs.get(name, (None,))[0]
        ratio = f"{other / value:.2f}x" if value and other else ""
        cells = [f"{value:.4g} {unit}" if value is not None else "", f"{other:.4g} {unit}" if other else "", ratio,
                 f"{least[name]:.3g}" if name in least else ""]
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()

"""The LoRA step of bench_device beside PyTorch's, with its true operations and its share of the chip.

True operations: the way there twice (once more for the way back, as blocks are computed again), the gradients of the
inputs of every product, those of attention (four products of its scores' size; scores that kernels compute again do not
count), and both sides of the factors. Frozen weights have no gradients.
"""
import sys

from table import DIM, HIDDEN, QKV, read

RANK = 16


def block(rows):
    products = rows * (2 * (QKV + DIM) * DIM + 6 * DIM * HIDDEN)
    attention = 4 * rows**2 * DIM
    factors = 2 * rows * RANK * ((DIM + QKV) + 2 * DIM + (HIDDEN + DIM))
    forward = products + attention + factors
    # Factors: the gradient of each, and what they add to the gradient of the input.
    back = products + 2 * attention + 2 * factors
    return forward, back


def operations(side=1024, caption=512, layers=36, refiners=2):
    image = (side // 16) ** 2
    joint_forward, joint_back = block(image + caption)
    image_forward, image_back = block(image)
    text_forward, text_back = block(caption)
    again = layers * joint_forward + refiners * image_forward
    forward = again + refiners * text_forward
    back = layers * joint_back + refiners * (image_back + text_back)
    return forward + again + back


def main():
    ours, theirs = read(sys.argv[1]), read(sys.argv[2])
    total = operations()
    measured = theirs.get("matrix product 8192 bf16")
    rate = measured[0] if measured else 761
    print(f"LoRA step at 1024x1024, 512 caption tokens: {total / 1e12:.1f} TFLOP true, floor {total / rate / 1e9:.0f} ms")
    print(f"at {rate:.0f} TFLOP/s (8192^3 product, bf16, {'this call' if measured else 'another day, not this call'})\n")
    print("| what | ours | PyTorch |\n|---|---:|---:|")
    for name in [*ours, *(n for n in theirs if n not in ours)]:
        cells = [f"{rows[name][0]:.4g} {rows[name][1]}" if name in rows else "" for rows in (ours, theirs)]
        print(f"| {name} | " + " | ".join(cells) + " |")
    shares = [f"{total / rows['LoRA step 1024'][0] / 1e9 / rate:.1%}" if "LoRA step 1024" in rows else ""
              for rows in (ours, theirs)]
    print("| share of the bf16 rate | " + " | ".join(shares) + " |")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Copies a golden set, leaving out what only repeats an answer another tensor already gives.

    tools/trim_golden.py FULL_SET tests/data/golden

The suite runs on the full set too (NEWBIE_GOLDEN_DIR=FULL_SET): a tensor that is absent is skipped and counted.
"""
import fnmatch
import json
import pathlib
import shutil
import struct
import sys

DROPPED = {
    "e2e": ["tags/main/image*", "xml/main/image_u8_trunc", "tags/cfg1/*", "tags/ode_euler/*", "*_mask"],
    "vae": ["inter/decoder.up_blocks.[0123]*", "inter/encoder.down_blocks.2"],
    "transformer": ["out_x0_t0", "out_x0_t1", "out_x0_t0.93", "out_x1_t0", "out_x1_t0.93", "out_x1_t1", "inter/layers.[01]",
                    "inter/layers.0/attention_norm1", "inter/noise_refiner.0", "cfg/out_trunc0.25_t0.1"],
    "text": ["gemma/hidden_states.[12345]", "gemma/last_layer_output", "clip/states.1", "clip/last_hidden_state"],
    "noise": ["*seed0/n16384*", "*seed1/n16384*", "*seed2147483648/n16384*", "*seed123456789012345/n16384*"],
}
# Of each of these tensors the suite keeps as many elements, evenly spaced, under sample/NAME.
SAMPLED = {"transformer_grads": ("grad/*", 256), "e2e": ("xml/main/image", 8192)}


def rewrite(source: pathlib.Path, target: pathlib.Path, change) -> None:
    """change(name, entry, data) gives the same three for what is kept, None for what is not."""
    data = source.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    body = data[8 + size:]
    kept, parts, offset = {}, [], 0
    for name, entry in json.loads(data[8:8 + size]).items():
        if name == "__metadata__":
            kept[name] = entry
            continue
        begin, end = entry["data_offsets"]
        changed = change(name, entry, body[begin:end])
        if changed:
            name, entry, part = changed
            parts.append(part)
            kept[name] = {**entry, "data_offsets": [offset, offset + len(part)]}
            offset += len(part)
    text = json.dumps(kept, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    target.chmod(0o644)
    target.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(parts))


def without(patterns: list[str]):
    return lambda name, *rest: None if any(fnmatch.fnmatch(name, p) for p in patterns) else (name, *rest)


def sampled(pattern: str, most: int):
    def change(name, entry, data):
        count = len(data) // 4
        if count <= most or not fnmatch.fnmatch(name, pattern):
            return name, entry, data
        places = [k * count // most for k in range(most)]
        return f"sample/{name}", {**entry, "shape": [most]}, b"".join(data[4 * i:4 * i + 4] for i in places)
    return change


def main() -> None:
    source, target = map(pathlib.Path, sys.argv[1:3])
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("README.md"))
    goldens = target / "goldens"
    for changes in ({name: without(patterns) for name, patterns in DROPPED.items()},
                    {name: sampled(*rule) for name, rule in SAMPLED.items()}):
        for name, change in changes.items():
            rewrite(goldens / f"{name}.safetensors", goldens / f"{name}.safetensors", change)
    total = sum(p.stat().st_size for p in target.rglob("*") if p.is_file())
    print(f"{target}: {total / 1e6:.1f} MB")


main()

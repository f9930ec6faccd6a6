#!/usr/bin/env python3
"""Writes tests/data/image: small PNG files of every kind and what Pillow (9.4.0) makes of them.

    tools/make_image_golden.py tests/data/image

Needs Pillow (python3-pil). Adam7 files are written here, since Pillow cannot write them.
"""
import json
import pathlib
import struct
import sys
import zlib

from PIL import Image, PngImagePlugin

W, H = 13, 11


def pattern(x, y):
    return ((x * 37 + y * 11) % 256, (x * x * 7 + y * 29) % 256, (255 if (x // 3 + y // 2) % 2 else 20 + 3 * y))


def rgb():
    image = Image.new("RGB", (W, H))
    image.putdata([pattern(x, y) for y in range(H) for x in range(W)])
    return image


def rgba():
    image = rgb().convert("RGBA")
    image.putalpha(Image.frombytes("L", (W, H), bytes((x * 20 + y * 3) % 256 for y in range(H) for x in range(W))))
    return image


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def adam7(image):
    raw = b""
    for x0, y0, dx, dy in [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]:
        for y in range(y0, H, dy):
            row = b"".join(bytes(image.getpixel((x, y))) for x in range(x0, W, dx))
            raw += b"\0" + row if row else b""
    head = struct.pack(">IIBBBBB", W, H, 8, 2, 0, 0, 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


def record(image):
    return {"width": image.width, "height": image.height, "channels": len(image.getbands()), "pixels": list(image.tobytes())}


def write_kinds(folder):
    palette_transparent = rgb().quantize(16)
    palette_transparent.info["transparency"] = bytes([0, 128] + [255] * 14)
    kinds = {
        "rgb": rgb(),
        "rgba": rgba(),
        "grey1": rgb().convert("1"),
        "grey8": rgb().convert("L"),
        "grey16": Image.frombytes("I;16", (W, H), b"".join(bytes([v, v]) for v in rgb().convert("L").tobytes())),
        "grey_alpha": rgba().convert("LA"),
        "palette4": rgb().quantize(16),
        "palette4_transparent": palette_transparent,
    }
    expected = {}
    for name, image in kinds.items():
        options = {"transparency": image.info["transparency"]} if "transparency" in image.info else {}
        image.save(folder / f"{name}.png", **options)
        transparent = name in ("rgba", "grey_alpha", "palette4_transparent")
        grey16 = name == "grey16"
        expected[name] = record((rgb().convert("L") if grey16 else Image.open(folder / f"{name}.png")).convert("RGBA" if transparent else "RGB"))
    (folder / "rgb_adam7.png").write_bytes(adam7(rgb()))
    expected["rgb_adam7"] = record(rgb())
    (folder / "pictures.json").write_text(json.dumps(expected) + "\n")


def write_texts(folder):
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", "caf\u00e9, 1girl\nSteps: 28")
    info.add_text("packed", "x" * 500, zip=True)
    info.add_itxt("chinese", "\u53cc\u9a6c\u5c3e", lang="zh", tkey="\u6807")
    info.add_itxt("packed chinese", "\u84dd\u767d" * 200, zip=True)
    Image.new("RGB", (1, 1)).save(folder / "texts.png", pnginfo=info)


def write_resizes(folder):
    filters = {"box": Image.BOX, "bicubic": Image.BICUBIC, "lanczos": Image.LANCZOS}
    rows = []
    for mode, image in (("rgb", rgb()), ("rgba", rgba())):
        for name, kind in filters.items():
            for size in ((5, 4), (20, 23), (13, 3), (6, 11)):
                rows.append({"picture": mode, "filter": name, **record(image.resize(size, kind))})
    (folder / "resize.json").write_text(json.dumps(rows) + "\n")


if __name__ == "__main__":
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    write_kinds(out)
    write_texts(out)
    write_resizes(out)

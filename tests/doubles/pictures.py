"""Pictures to test with: plain, busy and photo-like grounds, and files that no decoder should have to see."""

import io
import random
import struct
import zlib
from collections.abc import Callable
from typing import Any

from PIL import Image, ImageChops, ImageDraw, ImageFilter

SIZE = (1536, 1024)


def white(_: int = 0) -> Image.Image:
    return Image.new("RGB", SIZE, "white")


def black(_: int = 0) -> Image.Image:
    return Image.new("RGB", SIZE, "black")


def plain(seed: int = 0) -> Image.Image:
    return Image.new("RGB", SIZE, tuple(random.Random(seed).randbytes(3)))


def noise(seed: int = 0) -> Image.Image:
    """Every pixel and channel at random: the busiest picture there is."""
    return Image.frombytes("RGB", SIZE, random.Random(seed).randbytes(SIZE[0] * SIZE[1] * 3))


def black_and_white_noise(seed: int = 0) -> Image.Image:
    return noise(seed).convert("L").point([0] * 128 + [255] * 128).convert("RGB")


def checkerboard(seed: int = 0) -> Image.Image:
    cell = random.Random(seed).choice((2, 8, 24, 64, 130))
    tile = Image.new("RGB", (2 * cell, 2 * cell), "white")
    tile.paste("black", (0, 0, cell, cell))
    tile.paste("black", (cell, cell, 2 * cell, 2 * cell))
    return _tiled(tile)


def gradient(seed: int = 0) -> Image.Image:
    chance = random.Random(seed)
    corners = Image.frombytes("RGB", (2, 2), chance.randbytes(12))
    return corners.resize(SIZE, Image.Resampling.BICUBIC, box=(0.5, 0.5, 1.5, 1.5))


def photograph(seed: int = 0) -> Image.Image:
    """Noise in octaves, lit and coloured: the statistics of a photograph, from clouds down to grain."""
    chance = random.Random(seed)
    height = Image.new("L", SIZE, 0)
    weight = 0.5
    for octave in range(2, 9):
        cells = (3 * 2 ** (octave - 2), 2 * 2 ** (octave - 2))
        layer = Image.frombytes("L", cells, chance.randbytes(cells[0] * cells[1]))
        height = ImageChops.add(height, layer.resize(SIZE, Image.Resampling.BICUBIC).point(_scaled(weight)))
        weight *= 0.55
    ramps = [_ramp(chance) for _ in range(3)]
    coloured = Image.merge("RGB", [height.point(ramp) for ramp in ramps])
    light = height.filter(ImageFilter.EMBOSS).filter(ImageFilter.GaussianBlur(1))
    return Image.blend(coloured, ImageChops.overlay(coloured, Image.merge("RGB", [light] * 3)), 0.6)


def street(seed: int = 0) -> Image.Image:
    """Hard edges of every size and colour: windows, signs, wires."""
    chance = random.Random(seed)
    image = gradient(seed)
    draw = ImageDraw.Draw(image)
    for _ in range(240):
        x, y = chance.randrange(SIZE[0]), chance.randrange(SIZE[1])
        width, height = chance.randrange(4, 260), chance.randrange(4, 260)
        draw.rectangle((x, y, x + width, y + height), fill=tuple(chance.randbytes(3)))
        draw.line(
            (x, y, chance.randrange(SIZE[0]), chance.randrange(SIZE[1])), fill=tuple(chance.randbytes(3)), width=2
        )
    return image


GROUNDS: dict[str, Callable[[int], Image.Image]] = {
    make.__name__: make
    for make in (white, black, plain, noise, black_and_white_noise, checkerboard, gradient, photograph, street)
}


def _tiled(tile: Image.Image) -> Image.Image:
    image = Image.new("RGB", SIZE)
    for x in range(0, SIZE[0], tile.width):
        for y in range(0, SIZE[1], tile.height):
            image.paste(tile, (x, y))
    return image


def _scaled(weight: float) -> list[int]:
    return [round(value * weight) for value in range(256)]


def _ramp(chance: random.Random) -> list[int]:
    low, middle, high = chance.randrange(0, 90), chance.randrange(40, 200), chance.randrange(120, 256)
    return [
        round(low + (middle - low) * at / 128 if at < 128 else middle + (high - middle) * (at - 128) / 128)
        for at in range(256)
    ]


def encoded(image: Image.Image, format: str = "JPEG", **options: Any) -> bytes:  # noqa: A002 - as Pillow names it
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def png_claiming(width: int, height: int) -> bytes:
    """A decompression bomb: a few bytes that claim to be a picture of this size."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(1_000_000)))
        + chunk(b"IEND", b"")
    )

"""Makes folders of brands, and the files that lie in them."""

import io
import struct
import zlib
from pathlib import Path
from types import SimpleNamespace

import pytest
from fontTools.subset import Subsetter  # type: ignore[import-untyped]  # has no types
from fontTools.ttLib import TTFont, woff2  # type: ignore[import-untyped]  # has no types
from PIL import Image

from imagegen.errors import RequestError
from imagegen.overlay.brands.brand import Brand
from imagegen.overlay.brands.reading import load
from imagegen.overlay.text.fonts import FONTS

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20"><rect width="40" height="20" fill="#0a8"/></svg>'
STATIC = FONTS["bangers"].path().read_bytes()
VARIABLE = FONTS["oswald"].path().read_bytes()
"""A font of the weights 200 to 700."""


def make_brand(folder: Path, settings: str | bytes = "", brand: str = "acme", /, **files: bytes) -> Path:
    """Write a brand, with files named such as ``logo_svg``; return the folder of all brands."""
    home = folder / "brands" / brand
    home.mkdir(parents=True, exist_ok=True)
    (home / "brand.toml").write_bytes(settings if isinstance(settings, bytes) else settings.encode())
    for file, data in files.items():
        (home / ".".join(file.rsplit("_", 1))).write_bytes(data)
    return folder / "brands"


def read_brand(folder: Path, settings: str | bytes = "", **files: bytes) -> Brand:
    return load("acme", make_brand(folder, settings, **files))


def list_problems(folder: Path, settings: str | bytes = "", **files: bytes) -> dict[str, str]:
    """The problems of a brand, by key."""
    with pytest.raises(RequestError) as caught:
        read_brand(folder, settings, **files)
    return {
        problem.field.removeprefix("brands/acme/brand.toml").removeprefix(": "): problem.expected
        for problem in caught.value.problems
    }


def draw_svg(inside: str = "", attributes: str = 'viewBox="0 0 40 20"', before: str = "") -> bytes:
    return f'{before}<svg xmlns="http://www.w3.org/2000/svg" {attributes}>{inside}</svg>'.encode()


def encode(image: Image.Image, media_format: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, media_format, **options)
    return buffer.getvalue()


def claim_png(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it has this many pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    packed = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def keep_letters(data: bytes, letters: str) -> bytes:
    """A font with these letters alone."""
    font = TTFont(io.BytesIO(data))
    subsetter = Subsetter()
    subsetter.populate(text=letters)
    subsetter.subset(font)
    buffer = io.BytesIO()
    font.save(buffer)
    return buffer.getvalue()


def pack_woff2(data: bytes, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A font as WOFF2; the blocks of its Brotli stream are stored, so that no compressor is needed."""

    def store(data: bytes, mode: int = 0) -> bytes:
        packed = b""
        for start in range(0, len(data), 1 << 16):
            block = data[start : start + (1 << 16)]
            # RFC 7932: not the last block, its length in four nibbles, uncompressed; before the first the window's bit.
            bits = (len(block) - 1) << 3 | 1 << 19
            packed += (bits << (1 if start == 0 else 0)).to_bytes(3, "little") + block
        return packed + b"\x03"

    monkeypatch.setattr(woff2, "haveBrotli", True)
    monkeypatch.setattr(woff2, "brotli", SimpleNamespace(compress=store, MODE_FONT=2), raising=False)
    font = TTFont(io.BytesIO(data))
    font.flavor = "woff2"
    buffer = io.BytesIO()
    font.save(buffer)
    return buffer.getvalue()

"""Any bytes from a provider become an upright sRGB picture of the right size, or a typed failure."""

import contextlib
import functools
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from imagegen.errors import PassingFailure
from imagegen.overlay.canvas import lay_picture
from imagegen.overlay.crop import Placement
from imagegen.overlay.decoding import Picture, content_type, decode
from imagegen.overlay.sizes import SIZES
from storage.mediatypes import SNIFFED, sniff
from tests.doubles.pictures import encoded, gradient, png_claiming

ROOT = Path(__file__).parents[2]


def cover(picture: Picture) -> Image.Image:
    """Lay the middle of the picture on the whole canvas."""
    width, height = picture.image.size
    zoom = max(1200 / width, 630 / height)
    return lay_picture(
        picture.image,
        Placement(SIZES["og"].box, width, height, zoom, (1200 - width * zoom) / 2, (630 - height * zoom) / 2),
    )


def covered(data: bytes) -> Image.Image:
    image = cover(decode(data))
    assert (image.size, image.mode) == ((1200, 630), "RGB")
    return image


def pixel(image: Image.Image, at: tuple[int, int] = (600, 300)) -> tuple[int, ...]:
    return tuple(image.crop((*at, at[0] + 1, at[1] + 1)).tobytes())


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_any_mode_of_png_becomes_rgb(mode: str) -> None:
    grey = (
        Image.new("I;16", (300, 200), 128 * 257)
        if mode == "I;16"
        else Image.new("RGB", (300, 200), "grey").convert(mode)
    )
    red, green, blue = pixel(covered(encoded(grey, "PNG")))
    assert red == green == blue
    assert mode in ("1", "P") or abs(red - 128) <= 2


def test_an_inverted_cmyk_jpeg_keeps_its_colours() -> None:
    orange = Image.new("RGB", (640, 400), (240, 140, 20))
    red, green, blue = pixel(covered(encoded(orange.convert("CMYK"), "JPEG", quality=95)))
    assert red > green > blue
    assert red > 200


def test_transparency_becomes_white() -> None:
    image = Image.new("RGBA", (400, 300), (255, 0, 0, 0))
    assert covered(encoded(image, "PNG")).getpixel((600, 300)) == (255, 255, 255)


def test_a_palette_with_a_transparent_colour_becomes_white_there() -> None:
    image = Image.new("P", (40, 30), 0)
    image.putpalette([10, 20, 30] * 256)
    assert covered(encoded(image, "PNG", transparency=0)).getpixel((600, 300)) == (255, 255, 255)


def test_exif_orientation_is_applied() -> None:
    image = Image.new("RGB", (600, 1200), "blue")
    image.paste("red", (0, 0, 600, 600))
    turned = image.transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = decode(encoded(turned, "JPEG", exif=exif, quality=95))
    assert picture.image.size == (600, 1200)
    red, _, blue = pixel(picture.image, (300, 100))
    assert red > 200 > blue


@pytest.mark.parametrize("format_", ["AVIF", "BMP", "TIFF", "JPEG2000"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
def test_formats_that_models_seldom_send_are_decoded(format_: str, mode: str) -> None:
    data = encoded(Image.new("RGB", (300, 200), (40, 160, 90)).convert(mode), format_)
    picture = decode(data)
    assert (picture.format, picture.width, picture.height) == (format_, 300, 200)
    wanted = (40, 160, 90) if mode != "L" else (116, 116, 116)
    assert all(abs(found - value) <= 4 for found, value in zip(pixel(cover(picture)), wanted, strict=True))


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_deflate", "jpeg"])
def test_any_compression_of_a_tiff_is_decoded_and_turned_upright(compression: str) -> None:
    image = Image.new("RGB", (600, 1200), "blue")
    image.paste("red", (0, 0, 600, 600))
    data = encoded(image.transpose(Image.Transpose.ROTATE_90), "TIFF", compression=compression, tiffinfo={274: 6})
    picture = decode(data)
    assert picture.image.size == (600, 1200)
    red, _, blue = pixel(picture.image, (300, 100))
    assert red > 200 > blue


@pytest.mark.parametrize("format_", ["ICO", "PPM", "TGA", "PCX", "EPS", "PDF"])
def test_formats_outside_the_list_are_refused(format_: str) -> None:
    with pytest.raises(PassingFailure, match="PNG, JPEG, WEBP, GIF, AVIF, TIFF, JPEG2000, BMP"):
        decode(encoded(Image.new("RGB", (64, 64), "teal"), format_))


@pytest.mark.parametrize("size", [(1, 1), (2, 3000), (3000, 2), (16_000, 20), (20, 16_000), (1200, 630), (4096, 2304)])
def test_any_size_covers_the_picture(size: tuple[int, int]) -> None:
    picture = decode(encoded(Image.new("RGB", size, "teal"), "PNG"))
    assert (picture.width, picture.height, picture.format) == (*size, "PNG")
    assert cover(picture).getpixel((600, 300)) == (0, 128, 128)


def test_the_first_frame_of_an_animation_counts() -> None:
    frames = [Image.new("RGB", (300, 200), colour) for colour in ("red", "blue")]
    for format_ in ("GIF", "WEBP"):
        data = encoded(frames[0], format_, save_all=True, append_images=frames[1:], duration=10)
        red, _, blue = pixel(covered(data))
        assert red > 200 > blue


@functools.cache
def damaged() -> dict[str, bytes]:
    small = gradient().resize((400, 300))
    jpeg, png, webp = encoded(small, "JPEG"), encoded(small, "PNG"), encoded(small, "WEBP", method=0)
    return {
        "nothing": b"",
        "text": b'{"error": "not a picture"}',
        "html": b"<html>502 Bad Gateway</html>",
        "half a JPEG": jpeg[: len(jpeg) // 2],
        "a JPEG's head": jpeg[:40],
        "half a PNG": png[: len(png) // 2],
        "a PNG's head": png[:30],
        "half a WebP": webp[: len(webp) // 2],
        "half a GIF": encoded(small, "GIF")[:900],
        "a damaged PNG": png[:2000] + bytes(400) + png[2400:],
        "a bomb": png_claiming(60_000, 60_000),
        "a smaller bomb": png_claiming(12_000, 12_000),
        "a large claim": png_claiming(5_001, 5_000),
        "a large JPEG 2000": encoded(Image.new("L", (3_400, 3_300)), "JPEG2000"),
        "half an AVIF": (avif := encoded(small, "AVIF"))[: len(avif) // 2],
        "half a TIFF": encoded(small, "TIFF")[:9000],
        "half a JPEG 2000": encoded(small, "JPEG2000")[:9000],
        "half a BMP": encoded(small, "BMP")[:9000],
    }


DAMAGED = [
    "nothing", "text", "html", "half a JPEG", "a JPEG's head", "half a PNG", "a PNG's head", "half a WebP",
    "half a GIF", "a damaged PNG", "a bomb", "a smaller bomb", "a large claim", "a large JPEG 2000", "half an AVIF",
    "half a TIFF", "half a JPEG 2000", "half a BMP",
]  # fmt: skip


@pytest.mark.parametrize("name", DAMAGED)
def test_what_is_no_whole_picture_is_a_passing_failure(name: str) -> None:
    with pytest.raises(PassingFailure) as failure:
        decode(damaged()[name])
    assert failure.value.kind == "bad_picture"
    assert len(str(failure.value)) < 300


def test_random_changes_end_in_a_picture_or_a_typed_failure() -> None:
    chance = random.Random(4)
    for make in ("PNG", "JPEG", "GIF", "WEBP", "AVIF", "TIFF", "JPEG2000", "BMP"):
        whole = encoded(gradient().resize((90, 60)), make)
        for _ in range(40):
            data = bytearray(whole)
            for _ in range(chance.randint(1, 8)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            with contextlib.suppress(PassingFailure):
                covered(bytes(data))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF1234WEBPVP8 ", "image/webp"),
        (b"GIF89a", "image/gif"),
        (b"\0\0\0\x1cftypavif", "image/avif"),
        (b"II*\0", "image/tiff"),
        (b"MM\0*", "image/tiff"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "image/jp2"),
        (b"BM", "image/bmp"),
        (b"<html>", "application/octet-stream"),
    ],
)
def test_the_media_type_is_told_by_the_signature(data: bytes, expected: str) -> None:
    assert content_type(data) == expected
    assert sniff(data[:SNIFFED]) == expected


@pytest.mark.parametrize(
    ("least", "expected"), [(1200, (2048, 2048)), (1080, (2048, 2048)), (1920, (2048, 2048)), (2400, (4096, 4096))]
)
def test_a_large_jpeg_keeps_the_pixels_that_are_needed(least: int, expected: tuple[int, int]) -> None:
    picture = decode(encoded(Image.new("RGB", (4096, 4096), "teal"), "JPEG"), least=least)
    assert picture.image.size == expected
    assert (picture.width, picture.height) == (4096, 4096)


def peak_mb(make: Callable[[], bytes], *, output: str = "", least: int = 1200) -> float:
    """Measure the peak memory, in MB, of a process that composes this picture; ``output`` are the fields of Output."""
    code = """
import re, sys
from imagegen.errors import PassingFailure
from imagegen.overlay import compose
provenance = compose.Provenance("offline", "test", True)
try:
    picture = compose.decode(open(sys.argv[1], "rb").read(), least=int(sys.argv[2]))
    output = eval("compose.Output(" + sys.argv[3] + ")")
    compose.compose(picture, compose.Design("Go", "overlay-center", "inter"), provenance=provenance, output=output)
except PassingFailure:
    pass
print(int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024)
"""
    with tempfile.NamedTemporaryFile() as file:
        file.write(make())
        file.flush()
        done = subprocess.run(
            [sys.executable, "-c", code, file.name, str(least), output],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
    return float(done.stdout)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="a process's own peak is read from Linux's /proc")
@pytest.mark.parametrize(
    ("make", "most"),
    [
        (lambda: encoded(gradient(), "JPEG"), 75),
        (lambda: encoded(Image.new("RGB", (4096, 4096), "teal"), "PNG", compress_level=1), 300),
        (lambda: encoded(Image.new("RGBA", (5000, 5000), (0, 0, 0, 9)), "PNG", compress_level=1), 300),
        (lambda: encoded(Image.new("RGB", (5000, 5000), "teal"), "JPEG", progressive=True, subsampling=0), 300),
        (lambda: encoded(Image.new("RGBA", (3500, 3500), (5, 5, 5, 9)), "WEBP", method=0), 300),
        (lambda: encoded(Image.new("RGBA", (4400, 4500), (5, 5, 5, 9)), "AVIF", speed=10), 300),
        (lambda: encoded(Image.new("RGBA", (5000, 5000), (5, 5, 5, 9)), "TIFF", compression="tiff_lzw"), 300),
        (lambda: encoded(Image.new("RGBA", (3300, 3300), (5, 5, 5, 9)), "JPEG2000"), 300),
        (lambda: encoded(Image.new("RGB", (5000, 5000), "teal"), "BMP"), 300),
        (lambda: png_claiming(60_000, 60_000), 75),
    ],
    ids=[
        "an ordinary picture",
        "4096² PNG",
        "transparent PNG",
        "progressive JPEG",
        "transparent WebP",
        "transparent AVIF",
        "transparent TIFF",
        "transparent JPEG 2000",
        "BMP",
        "a bomb",
    ],
)
def test_memory_stays_bounded(make: Callable[[], bytes], most: float) -> None:
    assert peak_mb(make) < most


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="a process's own peak is read from Linux's /proc")
def test_pictures_of_twice_the_size_fit_a_small_workers_memory() -> None:
    output = "('story', 'wide'), ('avif',), 2"
    assert peak_mb(lambda: encoded(gradient().resize((4096, 4096)), "JPEG"), output=output, least=3840) < 400


def test_a_beginning_without_a_picture_is_refused_in_words() -> None:
    with pytest.raises(PassingFailure, match="the GIF picture cannot be decoded") as caught:
        decode(b"GIF89a" + bytes(40))
    assert "0x" not in str(caught.value)

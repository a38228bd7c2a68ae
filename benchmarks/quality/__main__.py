"""``python -m benchmarks.quality [FOLDER]``: the likeness, the bytes and the CPU of each format at candidate settings.

The folder holds photographs; without it the drawn ones stand in for them. A setting is good enough when its SSIM
reaches that of the first row, a JPEG of quality 88 without chroma subsampling, on photographs and on text.
"""

import argparse
import io
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from benchmarks.quality.likeness import measure_psnr, measure_ssim

TITLES = ("Observing 10k subtasks in the Render Dashboard", "Why fan-out beats sequential generation", "Go")
LOOKS = (
    ("photorealistic", "bottom-bar"),
    ("neon", "left-panel"),
    ("watercolor", "center-box"),
    ("minimalist", "overlay-bottom"),
    ("cinematic", "overlay-center"),
    ("oil-painting", "bottom-bar"),
)
INKS = (("#ff4d2e", "#0b1030"), ("#ffd23f", "#5b2a86"), ("#1f6feb", "#ffffff"), ("#ff3366", "#00c2a8"))
"""Type and ground of pairs of colours that a brand may have: what a format does to colours shows at their edges."""

_ONE_THREAD: dict[str, Any] = {"max_threads": 1, "subsampling": "4:4:4"}
CANDIDATES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("JPEG", {"quality": 88, "subsampling": "4:4:4"}),
    ("JPEG", {"quality": 88, "subsampling": "4:2:0"}),
    *(("WEBP", {"quality": quality, "method": 2}) for quality in (88, 92, 93, 96)),
    *(("WEBP", {"quality": 92, "method": method}) for method in (0, 3, 4)),
    *(("AVIF", {"quality": quality, "speed": 8, **_ONE_THREAD}) for quality in (78, 81, 82, 85)),
    *(("AVIF", {"quality": quality, "speed": speed, **_ONE_THREAD}) for quality, speed in ((80, 6), (80, 7), (85, 9))),
    *(("PNG", {"compress_level": level}) for level in (1, 3, 6)),
)


@dataclass
class Group:
    """The figures of one kind of picture at one setting."""

    ssim: list[float] = field(default_factory=list)
    psnr: list[float] = field(default_factory=list)
    kilobytes: list[float] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)


Sample = tuple[str, Image.Image, tuple[int, int, int, int] | None]
"""A kind of picture, the picture, and the box of its title."""


def list_samples(folder: Path | None) -> list[Sample]:
    """Return the pictures that are encoded."""
    return [*_list_photographs(folder), *_paint(), *_set_in_colours()]


def _list_photographs(folder: Path | None) -> Iterator[Sample]:
    from tests.doubles.pictures import photograph

    if folder is None:
        for seed in range(3):
            yield "photographs", photograph(seed).resize((1200, 800)), None
        return
    for path in sorted(folder.iterdir()):
        with Image.open(path) as image:
            yield "photographs", image.convert("RGB"), None


def _paint() -> Iterator[Sample]:
    from imagegen.overlay.compose import Design, decode
    from imagegen.overlay.render import render
    from imagegen.providers import PictureRequest
    from imagegen.providers.offline import paint

    for number, (style, template) in enumerate(LOOKS):
        title = TITLES[number % len(TITLES)]
        painted = paint(PictureRequest("gpt-image-2", title, (1536, 1024), {"style": style}))
        rendered = render(decode(painted), Design(title, template, "inter"))
        box = rendered.stack.ink
        yield "painted", rendered.image, (box.left, box.top, box.right, box.bottom)


def _set_in_colours() -> Iterator[Sample]:
    from imagegen.overlay.text.fonts import FONTS
    from imagegen.overlay.text.metrics import open_font

    font = open_font(FONTS["inter"], 64)
    for ink, ground in INKS:
        image = Image.new("RGB", (1200, 200), ground)
        ImageDraw.Draw(image).text((40, 40), "Fan out ten thousand", font=font, fill=ink)
        yield "coloured text", image, None


def measure(samples: list[Sample], kind: str, settings: dict[str, Any]) -> dict[str, Group]:
    """Encode every sample, decode it again and compare; return the figures of each kind of picture."""
    groups: dict[str, Group] = {}
    for name, image, box in samples:
        out, began = io.BytesIO(), time.process_time()
        image.save(out, kind, **settings)
        took = time.process_time() - began
        with Image.open(out) as opened:
            again = opened.convert("RGB")
        group = groups.setdefault(name, Group())
        group.ssim.append(measure_ssim(image, again))
        group.psnr.append(measure_psnr(image, again))
        group.kilobytes.append(out.tell() / 1000)
        group.milliseconds.append(took * 1000)
        if box:
            text = groups.setdefault("titles", Group())
            text.ssim.append(measure_ssim(image.crop(box), again.crop(box)))
            text.psnr.append(measure_psnr(image.crop(box), again.crop(box)))
    return groups


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="a folder of photographs")
    samples = list_samples(parser.parse_args().folder)
    for kind, settings in CANDIDATES:
        sys.stdout.write(_describe(kind, settings, measure(samples, kind, settings)) + "\n")
        sys.stdout.flush()


def _describe(kind: str, settings: dict[str, Any], groups: dict[str, Group]) -> str:
    shown = ", ".join(f"{name} {value}" for name, value in settings.items() if name != "max_threads")
    cells = [f"{kind} {shown}"]
    for name, group in groups.items():
        parts = [f"{_mean(group.ssim):.4f}", f"{_mean(group.psnr):.1f} dB"]
        if group.kilobytes:
            parts += [f"{_mean(group.kilobytes):.0f} kB", f"{_mean(group.milliseconds):.0f} ms"]
        cells.append(f"{name} " + " ".join(parts))
    return "| " + " | ".join(cells) + " |"


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


if __name__ == "__main__":
    main()

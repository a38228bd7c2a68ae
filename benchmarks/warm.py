"""The work on one picture once everything is loaded, step by step, against bare Pillow at the same sizes.

CPU time of one thread. The bare floor does what no program can leave out: decode, resize to 1200×630, draw two
lines, encode, thumbnail, hash; without fitting, contrast, cropping by content and metadata. For all nine sizes it
resizes what is seen of the original to each, encodes the finished pixels in both formats, and makes the thumbnail.
"""

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from typing import Any

from benchmarks.figures import Figure, Scale, in_turns, median, milliseconds, paired, ratio
from benchmarks.standins import USUAL, photograph

LIMIT = 2.4
"""The whole to bare Pillow. Finding the subject is about 0.6 of it; bare Pillow crops to the middle."""
NINE_LIMIT = 1.15
"""All nine sizes in two formats, with a title alone, to bare Pillow."""
TITLE = "Observing 10k subtasks in the Render Dashboard"
_SUBTITLE = "What four thousand pictures taught us about queues"
_TEMPLATES = ("bottom-bar", "left-panel", "center-box", "overlay-bottom", "overlay-center")
_QUALITY: dict[str, Any] = {"quality": 88, "subsampling": "4:4:4"}


def measure(scale: Scale) -> Iterator[Figure]:
    """Each step, and the whole for each template."""
    data = photograph(USUAL)
    steps = _Steps(data)
    floor = {f"floor {name}": _cpu(step) for name, step in _floor(data).items()}
    ours = {name: _cpu(step) for name, step in steps.by_name().items()}
    whole = {template: _cpu(lambda template=template: steps.whole(template)) for template in _TEMPLATES}  # type: ignore[misc]
    taken = {name: median(times) for name, times in in_turns({**floor, **ours, **whole}, scale, times=3).items()}
    for name in ours:
        yield milliseconds(name, taken[name])
        if f"floor {name}" in taken:
            yield milliseconds(f"{name}, bare Pillow", taken[f"floor {name}"])
    least = sum(seconds for name, seconds in taken.items() if name.startswith("floor "))
    yield milliseconds("all steps, bare Pillow", least)
    for template in _TEMPLATES:
        yield milliseconds(f"all steps, {template}", taken[template])
        yield ratio(f"all steps, {template} ÷ bare Pillow", taken[template], least, LIMIT)
    yield from measure_nine(data, scale)


def measure_nine(data: bytes, scale: Scale) -> Iterator[Figure]:
    """Nine sizes of one decoded original as JPEG and WebP: with a title alone, and with every text there can be."""
    from imagegen.overlay import compose
    from imagegen.overlay.sizes import SIZES
    from imagegen.overlay.templates import TEMPLATES

    picture, output = compose.decode(data), compose.Output(tuple(SIZES), ("jpeg", "webp"))
    provenance = compose.Provenance("openai", "gpt-image-2", offline=False)
    for template in _TEMPLATES[:1] if scale.small else TEMPLATES:
        alone = compose.Design(TITLE, template, "inter")
        full = replace(alone, kicker="Engineering", subtitle=_SUBTITLE, byline="docs.example")
        for name, design, limit in (("title", alone, NINE_LIMIT), ("four texts", full, None)):
            ours = _cpu(lambda design=design: compose.compose(picture, design, provenance=provenance, output=output))  # type: ignore[misc]
            taken = in_turns({"ours": ours, "bare": _cpu(_nine_floor(picture, design, output, provenance))}, scale)
            yield paired(f"nine sizes, {template}, {name} ÷ bare Pillow", taken["ours"], taken["bare"], limit)


def _nine_floor(picture: Any, design: Any, output: Any, provenance: Any) -> Callable[[], object]:
    from PIL import Image

    from imagegen.overlay import encoding
    from imagegen.overlay.render import render
    from imagegen.overlay.sizes import SIZES

    rendered = [(size, render(picture, design, size)) for size in SIZES.values()]

    def make() -> None:
        for size, made in rendered:
            left, top, right, bottom = made.placement.covered
            picture.image.resize((right - left, bottom - top), Image.Resampling.BICUBIC, box=made.placement.source)
            for kind in output.formats:
                encoding.encode(made.image, kind, provenance, most_bytes=size.most_bytes)
        encoding.encode_thumbnail(rendered[0][1].image, provenance)

    return make


class _Steps:
    """The steps of the pipeline from a provider's bytes on."""

    def __init__(self, data: bytes) -> None:
        from imagegen.overlay import compose

        self._data = data
        self._provenance = compose.Provenance("openai", "gpt-image-2", offline=False)
        self._composed = self._compose("bottom-bar")

    def by_name(self) -> dict[str, Callable[[], object]]:
        from imagegen.overlay import compose, encoding
        from imagegen.overlay import render as rendering
        from imagegen.overlay.canvas import lay_picture
        from imagegen.overlay.subject.finding import find_subject

        decoded = compose.decode(self._data)
        design = compose.Design(TITLE, "bottom-bar", "inter")
        rendered = rendering.render(decoded, design)
        finished, subject = rendered.image, find_subject(decoded.image)
        cropped = lay_picture(decoded.image, rendered.placement)
        covered = compose.Picture(cropped, *cropped.size, "JPEG")
        return {
            "decode": lambda: compose.decode(self._data),
            "find the subject": lambda: find_subject(decoded.image),
            "crop and resize": lambda: lay_picture(decoded.image, rendered.placement, rendered.arrangement.covered),
            # With a picture that has its size already, what is left of rendering is the overlay (and a copy).
            "overlay": lambda: rendering.render(covered, design, subject=subject),
            "encode": lambda: encoding.encode(finished, "jpeg", self._provenance, most_bytes=300_000),
            "thumbnail": lambda: encoding.encode_thumbnail(finished, self._provenance),
            "hash": self._hash,
        }

    def whole(self, template: str) -> None:
        self._composed = self._compose(template)
        self._hash()

    def _compose(self, template: str) -> Any:
        from imagegen.overlay import compose

        picture = compose.decode(self._data)
        return compose.compose(picture, compose.Design(TITLE, template, "inter"), provenance=self._provenance)

    def _hash(self) -> None:
        made = [*self._composed.pictures.values(), self._composed.thumbnail]
        for data in (self._data, *(one.data for one in made)):
            hashlib.sha256(data).hexdigest()


def _floor(data: bytes) -> dict[str, Callable[[], object]]:
    from PIL import Image, ImageDraw

    from imagegen.overlay.text import metrics
    from imagegen.overlay.text.fonts import FONTS

    def decode() -> Image.Image:
        image = Image.open(BytesIO(data), formats=["JPEG"])
        image.load()
        return image

    def resize() -> Image.Image:
        return decoded.resize((1200, 630), Image.Resampling.BICUBIC, box=(0, 109, 1536, 915))

    def draw() -> Image.Image:
        image = resized.copy()
        draw = ImageDraw.Draw(image)
        draw.rectangle((0, 430, 1200, 630), fill=(11, 17, 33))
        for y, line in ((520, "Observing 10k subtasks"), (600, "in the Render Dashboard")):
            draw.text((60, y), line, font=font, fill="white", anchor="ls")
        return image

    def saved(image: Image.Image, **options: Any) -> bytes:
        out = BytesIO()
        image.save(out, "JPEG", **options)
        return out.getvalue()

    font = metrics.open_font(FONTS["inter"], 64)
    decoded = decode()
    resized = resize()
    drawn = draw()
    results = (data, saved(drawn, **_QUALITY), saved(drawn.reduce(3), quality=82))
    return {
        "decode": decode,
        "crop and resize": resize,
        "overlay": draw,
        "encode": lambda: saved(drawn, **_QUALITY),
        "thumbnail": lambda: saved(drawn.reduce(3), quality=82),
        "hash": lambda: [hashlib.sha256(result).hexdigest() for result in results],
    }


def _cpu(step: Callable[[], object]) -> Callable[[], float]:
    """The step, timed."""

    def timed() -> float:
        start = time.thread_time()
        step()
        return time.thread_time() - start

    return timed

"""The overlay's interface: from a provider's bytes to the finished picture and its thumbnail."""

from dataclasses import dataclass

from imagegen.errors import PermanentFailure
from imagegen.overlay.decoding import Picture, content_type, decode
from imagegen.overlay.design import Design, Output
from imagegen.overlay.encoding import Provenance, encode_image, encode_thumbnail
from imagegen.overlay.sizes import DEFAULT
from imagegen.overlay.templates import HEIGHT, WIDTH
from imagegen.overlay.text.engine import renderer
from imagegen.overlay.text.fonts import FONTS
from imagegen.overlay.text.typeset import Undrawable, typeset

__all__ = [
    "THUMBNAIL_WIDTH",
    "Composed",
    "Design",
    "Encoded",
    "Output",
    "Picture",
    "Provenance",
    "check_texts",
    "compose",
    "content_type",
    "decode",
    "renderer",
    "warm_up",
]

THUMBNAIL_WIDTH = 400
"""The width of a thumbnail in pixels."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A picture's bytes in a format (one of ``design.FORMATS``), and its width and height in pixels."""

    data: bytes
    width: int
    height: int
    format: str


@dataclass(frozen=True, slots=True)
class Composed:
    """The finished pictures by name, the first one before all others, and the first one's thumbnail.

    A picture in the first format is named by its size, such as ``og``; others by both, such as ``og.webp``.
    """

    pictures: dict[str, Encoded]
    thumbnail: Encoded


def compose(picture: Picture, design: Design, *, provenance: Provenance, output: Output | None = None) -> Composed:  # noqa: ARG001
    """Draw the design over the picture, in every size. Raises PermanentFailure for a text that cannot be drawn."""
    from imagegen.overlay.render import render

    try:
        image = render(
            picture, title=design.title, template=design.template, font=design.font, focus=design.focus
        ).image
    except Undrawable as error:
        raise PermanentFailure("title_not_drawable", str(error)) from error
    small = encode_thumbnail(image, provenance)
    return Composed(
        {DEFAULT: Encoded(encode_image(image, provenance), WIDTH, HEIGHT, "jpeg")},
        Encoded(small, THUMBNAIL_WIDTH, HEIGHT // 3, "jpeg"),
    )


def check_texts(design: Design) -> dict[str, str]:
    """Return the reason for each text, by its field's name, that cannot be drawn correctly on this machine.

    Call it before a picture is paid for. Texts of plain ASCII load nothing; others open the fonts that they need.
    Raises ConfigurationError when a font's package is not installed.
    """
    FONTS[design.font].path()
    texts = {name: getattr(design, name) for name in ("title", "kicker", "subtitle", "byline")}
    reasons = {name: _check(text, design.font) for name, text in texts.items() if text}
    return {name: reason for name, reason in reasons.items() if reason}


def _check(text: str, font: str) -> str | None:
    if text.isascii() and text.isprintable() and text.strip():
        return None
    try:
        typeset(text, font)
    except Undrawable as error:
        return str(error)
    return None


def warm_up(font: str) -> None:
    """Load Pillow's decoders, the font and the cascade that finds faces. Call it while the provider is at work."""
    from PIL import Image, ImageDraw, ImageFilter, ImageOps, ImageStat, JpegImagePlugin, PngImagePlugin  # noqa: F401 - loaded early

    from imagegen.overlay import render  # noqa: F401 - loaded early
    from imagegen.overlay.subject.cascade import load_cascade

    typeset("Warm up", font).measure_segments()
    load_cascade()

"""The overlay's interface: from a provider's bytes to the finished picture and its thumbnail."""

from dataclasses import dataclass

from imagegen.errors import PermanentFailure
from imagegen.overlay.decoding import Picture, content_type, decode
from imagegen.overlay.encoding import Provenance, encode_image, encode_thumbnail
from imagegen.overlay.templates import HEIGHT, WIDTH
from imagegen.overlay.text.engine import renderer
from imagegen.overlay.text.fonts import FONTS
from imagegen.overlay.text.typeset import Undrawable, typeset

__all__ = [
    "HEIGHT",
    "THUMBNAIL",
    "WIDTH",
    "Composed",
    "Picture",
    "Provenance",
    "check_title",
    "compose",
    "content_type",
    "decode",
    "renderer",
    "warm_up",
]

THUMBNAIL = (WIDTH // 3, HEIGHT // 3)
"""The width and height of a thumbnail in pixels."""


@dataclass(frozen=True, slots=True)
class Composed:
    """The finished picture and its thumbnail, both as JPEG bytes."""

    image: bytes
    thumbnail: bytes


def compose(
    picture: Picture, *, title: str, template: str, font: str, provenance: Provenance, focus: str = ""
) -> Composed:
    """Draw the title over the picture. Raises PermanentFailure for a title that cannot be drawn correctly.

    ``focus`` names the place of the picture's subject; without it the subject is looked for.
    """
    from imagegen.overlay.render import render

    try:
        image = render(picture, title=title, template=template, font=font, focus=focus).image
    except Undrawable as error:
        raise PermanentFailure("title_not_drawable", str(error)) from error
    return Composed(encode_image(image, provenance), encode_thumbnail(image, provenance))


def check_title(title: str, font: str) -> str | None:
    """Return the reason why ``title`` cannot be drawn correctly in ``font`` on this machine, or None if it can.

    Call it before a picture is paid for. A title of plain ASCII loads nothing; others open the fonts that they need.
    Raises ConfigurationError when a font's package is not installed.
    """
    FONTS[font].path()
    if title.isascii() and title.isprintable() and title.strip():
        return None
    try:
        typeset(title, font)
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

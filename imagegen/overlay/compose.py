"""From a provider's bytes to the finished picture and its thumbnail: all that the rest of the program needs."""

from dataclasses import dataclass

from imagegen.errors import PermanentFailure
from imagegen.overlay.decoding import Picture, content_type, decode
from imagegen.overlay.encoding import Provenance, image_jpeg, thumbnail_jpeg
from imagegen.overlay.templates import HEIGHT, WIDTH
from imagegen.overlay.text.engine import renderer
from imagegen.overlay.text.fonts import FONTS
from imagegen.overlay.text.typeset import Undrawable, setting

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


@dataclass(frozen=True, slots=True)
class Composed:
    """The finished JPEG and its thumbnail JPEG."""

    image: bytes
    thumbnail: bytes


def compose(picture: Picture, *, title: str, template: str, font: str, provenance: Provenance) -> Composed:
    """Draw the title over the picture. Raises PermanentFailure for a title that cannot be drawn right."""
    from imagegen.overlay.render import render

    try:
        image = render(picture, title=title, template=template, font=font).image
    except Undrawable as error:
        raise PermanentFailure("title_not_drawable", str(error)) from error
    return Composed(image_jpeg(image, provenance), thumbnail_jpeg(image, provenance))


def check_title(title: str, font: str) -> str | None:
    """Why ``title`` cannot be drawn right in ``font`` here, or None when it can.

    To be asked before a picture is paid for. A title of plain ASCII loads nothing; others open the fonts they need.
    Raises ConfigurationError when a font's package is not installed.
    """
    FONTS[font].path()
    if title.isascii() and title.isprintable() and title.strip():
        return None
    try:
        setting(title, font)
    except Undrawable as error:
        return str(error)
    return None


def warm_up(font: str) -> None:
    """Load Pillow's decoders and the font, to be called while the provider is still at work."""
    from PIL import Image, ImageDraw, ImageFilter, ImageOps, ImageStat, JpegImagePlugin, PngImagePlugin  # noqa: F401 - loaded early

    from imagegen.overlay import render  # noqa: F401 - loaded early

    setting("Warm up", font).pieces()

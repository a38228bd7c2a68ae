"""The design of a picture: everything that is drawn on it, and in which sizes and formats it is made."""

from dataclasses import dataclass

from imagegen.overlay.brands.brand import Brand
from imagegen.overlay.sizes import DEFAULT

THEMES = ("auto", "light", "dark")
FORMATS = ("jpeg", "webp", "avif", "png")


@dataclass(frozen=True, slots=True)
class Design:
    """All that decides how a picture looks, besides the original, the size and the format.

    ``kicker`` stands above the title, ``subtitle`` and ``byline`` below it; ``highlight`` is a part of the title that
    stands out. An empty ``theme`` is the brand's, or ``auto``. ``focus`` names the place of the picture's subject.
    ``language`` is the tag of the texts' language.
    """

    title: str
    template: str
    font: str
    kicker: str = ""
    subtitle: str = ""
    byline: str = ""
    highlight: str = ""
    theme: str = ""
    focus: str = ""
    language: str = ""
    brand: Brand | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """The sizes by name, the formats, and the scale in which one original's pictures are made."""

    sizes: tuple[str, ...] = (DEFAULT,)
    formats: tuple[str, ...] = FORMATS[:1]
    scale: int = 1

    def name_picture(self, size: str, picture_format: str) -> str:
        """Return the name of the picture in a size and a format: the size alone in the first format, else both."""
        return size if picture_format == self.formats[0] else f"{size}.{picture_format}"

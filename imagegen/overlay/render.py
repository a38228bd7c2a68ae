"""A title on a picture, with everything that a check of the result needs to know."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from imagegen.overlay.backdrop import lay
from imagegen.overlay.decoding import Picture, cover
from imagegen.overlay.templates import TEMPLATES
from imagegen.overlay.text.drawing import Lettering, letter
from imagegen.overlay.text.typeset import setting

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True, slots=True)
class Rendered:
    """The finished picture, what it was just before the title was drawn, the title's mask and its layout."""

    image: "Image"
    ground: "Image"
    mask: "Image"
    lettering: Lettering


def render(picture: Picture, *, title: str, template: str, font: str) -> Rendered:
    """Draw a title over a picture. Raises Undrawable."""
    chosen = TEMPLATES[template]
    lettering = letter(setting(title, font), chosen)
    ground = cover(picture)
    lay(ground, lettering, chosen)
    mask = lettering.mask()
    image = ground.copy()
    image.paste("white", lettering.ink, mask)
    return Rendered(image, ground, mask, lettering)

"""A title drawn over a picture, with the intermediate steps that a check of the result needs."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from imagegen.overlay.backdrop import paint_backdrop
from imagegen.overlay.decoding import Picture, cover
from imagegen.overlay.templates import TEMPLATES
from imagegen.overlay.text.drawing import Layout, lay_out
from imagegen.overlay.text.typeset import typeset

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True, slots=True)
class RenderedPicture:
    """The finished picture, the same picture before the title was drawn, the title's mask and its layout."""

    image: "Image"
    background: "Image"
    mask: "Image"
    layout: Layout


def render(picture: Picture, *, title: str, template: str, font: str) -> RenderedPicture:
    """Draw a title over a picture. Raises Undrawable."""
    chosen = TEMPLATES[template]
    layout = lay_out(typeset(title, font), chosen)
    background = cover(picture)
    paint_backdrop(background, layout, chosen)
    ink = layout.draw()
    image = background.copy()
    ink.paint(image, layout.ink_box)
    return RenderedPicture(image, background, ink.mask, layout)

"""A title drawn over a picture, with the intermediate steps that a check of the result needs."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from imagegen.overlay.backdrop import paint_backdrop
from imagegen.overlay.canvas import lay_picture
from imagegen.overlay.crop import Placement, place
from imagegen.overlay.decoding import Picture
from imagegen.overlay.grounds import Arrangement, arrange
from imagegen.overlay.subject.finding import Subject, find_subject
from imagegen.overlay.templates import TEMPLATES
from imagegen.overlay.text.drawing import Layout, lay_out
from imagegen.overlay.text.typeset import typeset

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True, slots=True)
class RenderedPicture:
    """The finished picture, the same picture before the title was drawn, the title's mask and its layout.

    ``arrangement`` says which part of the canvas was left free, ``placement`` where the provider's picture lies on it.
    """

    image: "Image"
    background: "Image"
    mask: "Image"
    layout: Layout
    arrangement: Arrangement
    placement: Placement


def render(
    picture: Picture, *, title: str, template: str, font: str, focus: str = "", subject: Subject | None = None
) -> RenderedPicture:
    """Draw a title over a picture. Raises Undrawable.

    ``focus`` names the place of the subject; without it the subject is looked for, unless the caller knows it.
    """
    chosen = TEMPLATES[template]
    ways = arrange(lay_out(typeset(title, font), chosen), chosen)
    subject = subject or find_subject(picture.image, focus)
    arrangement, placement = place(*picture.image.size, subject, ways)
    layout = arrangement.layout
    background = lay_picture(picture.image, placement)
    paint_backdrop(background, layout, chosen)
    ink = layout.draw()
    image = background.copy()
    ink.paint(image, layout.ink_box)
    return RenderedPicture(image, background, ink.mask, layout, arrangement, placement)

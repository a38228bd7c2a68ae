"""A design drawn over a picture, with the intermediate steps that a check of the result needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from imagegen.overlay.block.placing import lay_stack
from imagegen.overlay.block.roles import Role
from imagegen.overlay.block.stack import Stack
from imagegen.overlay.brands.marks import paint_logo, paint_mark, place_logo
from imagegen.overlay.canvas import lay_picture
from imagegen.overlay.crop import Placement, place
from imagegen.overlay.decoding import Picture
from imagegen.overlay.design import Design
from imagegen.overlay.grounds.arrangement import Arrangement, Setup, arrange
from imagegen.overlay.grounds.painting import paint_ground
from imagegen.overlay.grounds.schemes import Light, Scheme, measure_light
from imagegen.overlay.sizes import SIZES, Size
from imagegen.overlay.subject.finding import Subject, find_subject
from imagegen.overlay.templates import TEMPLATES

if TYPE_CHECKING:
    from PIL.Image import Image

OG = SIZES["og"]


@dataclass(frozen=True, slots=True)
class RenderedPicture:
    """The finished picture, and the same picture before anything was written on it.

    ``arrangement`` says which part of the canvas was left free and where the texts are, ``placement`` where the
    provider's picture lies on it. ``scheme`` has the texts' colours; it is None where there are none.
    """

    image: "Image"
    background: "Image"
    arrangement: Arrangement
    placement: Placement
    scheme: Scheme | None

    @property
    def stack(self) -> Stack:
        """The texts, of a template that shows some."""
        if self.arrangement.stack is None:
            raise ValueError("this template shows no text")
        return self.arrangement.stack


def render(
    picture: Picture,
    design: Design,
    size: Size = OG,
    *,
    subject: Subject | None = None,
    light: Light | None = None,
    keeps_background: bool = True,
) -> RenderedPicture:
    """Draw a design over a picture. Raises Undrawable.

    The subject is looked for, and the light measured, unless the caller has done so. Without ``keeps_background``,
    which saves a copy, the result's background is the finished picture.
    """
    template = TEMPLATES[design.template]
    light = light or measure_light(picture.image)
    on_dark = light.is_dark(design.theme, design.brand)
    ways = _divide(design, size, on_dark=on_dark)
    subject = subject or find_subject(picture.image, design.focus)
    arrangement, placement = place(*picture.image.size, subject, ways)
    background = lay_picture(picture.image, placement, arrangement.covered)
    stack, scheme = arrangement.stack, None
    if stack:
        accent = light.find_accent(on_dark=on_dark)
        setup = Setup(stack, template, size)
        scheme = paint_ground(background, setup, design.brand, accent=accent, on_dark=on_dark)
    image = background.copy() if keeps_background else background
    if stack and scheme:
        write(image, stack, scheme)
        paint_mark(image, stack.avatar, design.brand)
    paint_logo(image, arrangement, design.brand, size)
    return RenderedPicture(image, background, arrangement, placement, scheme)


def _divide(design: Design, size: Size, *, on_dark: bool) -> Sequence[Arrangement]:
    """List the ways to divide the canvas. The texts make room for a logo, unless that cuts one of them short."""
    template, brand = TEMPLATES[design.template], design.brand
    stack = lay_stack(design, size, on_dark=on_dark)
    ways = place_logo(arrange(stack, template, size), template, size, brand)
    if not stack or not brand or not brand.has_logo or any(way.logo for way in ways):
        return ways
    smaller = lay_stack(design, size, on_dark=on_dark, spares_corner=True)
    if smaller is None or smaller.count_truncated() > stack.count_truncated():
        return ways
    return place_logo(arrange(smaller, template, size), template, size, brand)


def write(image: "Image", stack: Stack, scheme: Scheme) -> None:
    """Write the texts in their colours."""
    if stack.rule:
        image.paste(scheme.accent, stack.rule)
    for role, layout in stack.texts:
        ink = scheme.accent if role is Role.KICKER else scheme.ink
        layout.draw().paint(image, layout.ink_box, ink=ink, accent=scheme.accent)

"""A design drawn over a picture, with the intermediate steps that a check of the result needs."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from imagegen.overlay.block.placing import LOGO, LOGO_GAP, lay_stack
from imagegen.overlay.block.roles import Role
from imagegen.overlay.block.stack import Stack
from imagegen.overlay.brands.marks import move_logo, paint_logo, paint_mark, place_logo
from imagegen.overlay.canvas import lay_picture
from imagegen.overlay.crop import Placement, measure_hidden, place
from imagegen.overlay.decoding import Picture
from imagegen.overlay.design import Design
from imagegen.overlay.geometry import Box
from imagegen.overlay.grounds.arrangement import Arrangement, Setup, arrange
from imagegen.overlay.grounds.painting import paint_ground
from imagegen.overlay.grounds.schemes import Light, Scheme, measure_light
from imagegen.overlay.sizes import SIZES, Size
from imagegen.overlay.subject.finding import Subject, find_subject
from imagegen.overlay.templates import TEMPLATES

if TYPE_CHECKING:
    from PIL.Image import Image

OG = SIZES["og"]
_LOGO_SPARE, _FACE_SPARE = LOGO + LOGO_GAP // 2, 180
"""The height that texts leave free, in pixels of a 1200×630 picture: for a logo, and for a face that can be seen."""


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
    subject = subject or find_subject(picture.image, design.focus)
    arrangement, placement = _arrange(design, size, picture, subject, on_dark=on_dark)
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
    paint_logo(image, arrangement, design.brand, size, on_dark=on_dark)
    return RenderedPicture(image, background, arrangement, placement, scheme)


def find_covered(design: Design, size: Size) -> Box:
    """Return the part of a canvas that a picture covers unless its subject needs to be elsewhere. Raises Undrawable."""
    stack = lay_stack(design, size, on_dark=True)
    return arrange(stack, TEMPLATES[design.template], size)[0].covered


def _arrange(
    design: Design, size: Size, picture: Picture, subject: Subject, *, on_dark: bool
) -> tuple[Arrangement, Placement]:
    """Divide the canvas and place the picture on it.

    Texts become smaller where they cover the subject's eyes, or leave no corner for a logo, unless that cuts one short.
    """
    template, brand = TEMPLATES[design.template], design.brand
    options = []
    for spare in (0, _LOGO_SPARE, _FACE_SPARE):
        stack = lay_stack(design, size, on_dark=on_dark, spare=spare)
        ways = place_logo(arrange(stack, template, size), template, size, brand)
        way, at = place(*picture.image.size, subject, ways)
        if subject.eyes:
            way = move_logo(way, [at.locate(head) for head in subject.parts], template, size, brand)
        lacks_logo = bool(brand and brand.has_logo and not way.logo)
        faults = lacks_logo + 2 * round(measure_hidden(subject.eyes, way, at), 2)
        options.append((stack.count_truncated() if stack else 0, faults, way, at))
        if not faults or stack is None:
            break
    return min(options, key=lambda option: option[:2])[2:]


def write(image: "Image", stack: Stack, scheme: Scheme) -> None:
    """Write the texts in their colours."""
    if stack.rule:
        image.paste(scheme.accent, stack.rule)
    for role, layout in stack.texts:
        ink = scheme.accent if role is Role.KICKER else scheme.ink
        layout.draw().paint(image, layout.ink_box, ink=ink, accent=scheme.choose_mark(layout.is_all_marked))

"""The canvas divided between texts and picture: the ground that each template's texts have, and the part left free.

Lengths are in the pixels of a 1200×630 picture. Numbers without another source were chosen by eye on the contact sheets
that ``tests/overlay/sheets.py`` draws.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from imagegen.overlay.block.stack import Stack
from imagegen.overlay.geometry import Box
from imagegen.overlay.sizes import Size
from imagegen.overlay.templates import Edge, Ground, Setting, Template

FADE = 240
"""The distance over which a shade fades out; over half of it the shade reads as a dirty band."""
INK_MARGIN = 8
"""The distance around the ink that is shaded as much as the ink itself. The tests measure contrast up to 4 px and local
contrast up to 7 px from a letter."""
_INK_PADDING = 22
"""The least distance between ink and the edge of its strip or card."""
_CARD_SIDE_PADDING = 12
"""The padding that a card has at its sides in addition to the template's, so that all four sides look the same."""
_CARD_MARGIN = 20
"""The least distance of a card from the picture's edges: half the ink's, so that a card around a long title is one."""
_CARD_MIN_WIDTH = 300
"""The least width of the text in a card, so that the card of a one-word title stays wider than high."""
_HALO_GAP = 48
"""The distance between a title without a ground of its own and the part that stays free."""
_CARD_GAP = 16
"""The distance between a card and the part that stays free."""
_LEAST_SHADE_FREE = 0.2
"""The least share of the canvas that stays free beside a shade; a longer title's shade lies over the subject."""
_LEAST_REST = 40
"""The least width and height of the part beside a strip; a strip that leaves less lies on the whole picture."""
_LEAST_STRIP = 150
"""The least width and height of a part beside a card or a title that is worth putting a subject in."""


@dataclass(frozen=True, slots=True)
class Arrangement:
    """A way to divide the canvas between texts and picture.

    - ``free`` is a part that neither ground nor ink covers; the subject goes there.
    - ``taken`` are the parts that the texts cover with their ink and their ground, and the logo.
    - ``visible`` is the part where the picture can be made out.
    - ``covered`` is the part that the picture covers unless its subject needs to be elsewhere.
    - ``logo`` is the place of the brand's logo, if there is one.
    - ``steps_moved`` is 0 for a title where the template puts it first, 1 for one at the bottom, 2 for one at the top.
    """

    canvas: Box
    stack: Stack | None
    free: Box
    taken: tuple[Box, ...]
    visible: Box
    covered: Box
    steps_moved: int = 0
    logo: Box | None = None


@dataclass(frozen=True, slots=True)
class Setup:
    """A stack of texts on a canvas, and the template that says how it stands there."""

    stack: Stack
    template: Template
    size: Size

    @property
    def setting(self) -> Setting:
        """The template's setting for the canvas."""
        return self.template.choose_setting(self.size)

    @property
    def is_right(self) -> bool:
        """True for a ground at the right: the template's side, or the other one for texts that read from the right."""
        return (self.setting.edge is Edge.END) != self.stack.title.fitted.title.is_rtl

    def scale(self, length: float) -> int:
        """Return a length in pixels of the canvas."""
        return round(length * self.size.unit)


def find_strip(setup: Setup) -> Box:
    """Return the box of a strip along an edge."""
    stack, size, setting = setup.stack, setup.size, setup.setting
    padding, least = setup.scale(setting.padding), setup.scale(_INK_PADDING)
    if setting.edge is Edge.BOTTOM:
        top = max(min(stack.box.top - padding, stack.ink.top - least), 0)
        return Box(0, top, size.width, size.height)
    if setting.edge is Edge.TOP:
        bottom = min(max(stack.box.bottom + padding, stack.ink.bottom + least), size.height)
        return Box(0, 0, size.width, bottom)
    area = setup.template.measure_area(size)
    thickness = area.left + stack.column + padding
    if setup.is_right:
        return Box(size.width - thickness, 0, size.width, size.height)
    return Box(0, 0, thickness, size.height)


def find_card(setup: Setup) -> Box:
    """Return the box of a card around the texts."""
    box, ink, size = setup.stack.box, setup.stack.ink, setup.size
    padding, least, margin = (setup.scale(each) for each in (setup.setting.padding, _INK_PADDING, _CARD_MARGIN))
    text = max(box.right - box.left, setup.scale(_CARD_MIN_WIDTH))
    half = min(text // 2 + padding + setup.scale(_CARD_SIDE_PADDING), size.width // 2 - margin)
    above = max(padding, box.top - ink.top + least, ink.bottom - box.bottom + least)
    middle, top = size.width // 2, max(box.top - above, size.insets[1] + margin)
    bottom = min(box.bottom + above, size.height - size.insets[3] - margin)
    return Box(middle - half, top, middle + half, bottom)


def arrange(stack: Stack | None, template: Template, size: Size) -> list[Arrangement]:
    """List the ways to divide the canvas, the template's own first."""
    if stack is None or template.ground is None:
        return [Arrangement(size.box, None, size.box, (), size.box, size.box)]
    return list(_ARRANGE[template.ground](Setup(stack, template, size)))


def _arrange_strip(setup: Setup) -> Iterator[Arrangement]:
    strip = find_strip(setup)
    rest = _find_rest(setup, strip)
    if min(rest.size) < setup.scale(_LEAST_REST):
        rest = setup.size.box
    yield Arrangement(setup.size.box, setup.stack, rest, (strip,), rest, rest)


def _find_rest(setup: Setup, strip: Box) -> Box:
    """Return what a strip along an edge leaves of the canvas."""
    canvas = setup.size.box
    if setup.setting.edge is Edge.BOTTOM:
        return canvas._replace(bottom=strip.top)
    if setup.setting.edge is Edge.TOP:
        return canvas._replace(top=strip.bottom)
    return canvas._replace(right=strip.left) if setup.is_right else canvas._replace(left=strip.right)


def find_full_shade(setup: Setup) -> Box:
    """Return the part of the canvas in which a shade from an edge has its full depth: up to the far end of the ink."""
    ink, canvas, margin = setup.stack.ink, setup.size.box, setup.scale(INK_MARGIN)
    if setup.setting.edge is Edge.BOTTOM:
        return canvas._replace(top=ink.top - margin)
    return canvas._replace(left=ink.left - margin) if setup.is_right else canvas._replace(right=ink.right + margin)


def _arrange_fade(setup: Setup) -> Iterator[Arrangement]:
    """Leave free what at most half of the shade lies on; where the shade is full, the picture cannot be made out."""
    canvas, full, half = setup.size.box, find_full_shade(setup), setup.scale(FADE) // 2
    visible = _find_rest(setup, full)
    across, down = (round(side * _LEAST_SHADE_FREE) for side in canvas.size)
    if setup.setting.edge is Edge.BOTTOM:
        lightly = visible._replace(bottom=max(visible.bottom - half, 0))
        free = lightly._replace(bottom=max(lightly.bottom, min(visible.bottom, down)))
    elif setup.is_right:
        lightly = visible._replace(right=max(visible.right - half, 0))
        free = lightly._replace(right=max(lightly.right, min(visible.right, across)))
    else:
        lightly = visible._replace(left=min(visible.left + half, canvas.right))
        free = lightly._replace(left=min(lightly.left, max(visible.left, canvas.right - across)))
    yield Arrangement(canvas, setup.stack, free, (_find_shaded(setup, lightly),), visible, canvas)


def _find_shaded(setup: Setup, free: Box) -> Box:
    canvas = setup.size.box
    if setup.setting.edge is Edge.BOTTOM:
        return canvas._replace(top=free.bottom)
    return canvas._replace(left=free.right) if setup.is_right else canvas._replace(right=free.left)


def _arrange_around(setup: Setup) -> Iterator[Arrangement]:
    """Leave free what lies on any side of the texts, which move down or up if the template lets them."""
    canvas = setup.size.box
    for at, stack in enumerate(_move(setup)):
        placed = replace(setup, stack=stack)
        if setup.template.ground is Ground.CARD:
            taken = find_card(placed).expand(setup.scale(_CARD_GAP), canvas)
        else:
            taken = stack.ink.expand(setup.scale(_HALO_GAP), canvas)
        sides = (
            canvas,
            canvas._replace(bottom=taken.top),
            canvas._replace(top=taken.bottom),
            canvas._replace(right=taken.left),
            canvas._replace(left=taken.right),
        )
        for side in sides:
            if min(side.size) >= setup.scale(_LEAST_STRIP):
                yield Arrangement(canvas, stack, side, (taken,), canvas, canvas, steps_moved=at)


def _move(setup: Setup) -> Iterator[Stack]:
    """Yield the stack, and if it may move and is low enough, the same at the bottom and at the top."""
    stack, safe = setup.stack, setup.size.safe
    yield stack
    if setup.template.movable:
        taken = find_card(setup) if setup.template.ground is Ground.CARD else stack.ink
        if taken.bottom - taken.top > safe.bottom - safe.top:
            return
        yield stack.shift(safe.bottom - taken.bottom)
        yield stack.shift(safe.top - taken.top)


_ARRANGE: dict[Ground, Callable[[Setup], Iterator[Arrangement]]] = {
    Ground.STRIP: _arrange_strip,
    Ground.FADE: _arrange_fade,
    Ground.CARD: _arrange_around,
    Ground.HALO: _arrange_around,
}

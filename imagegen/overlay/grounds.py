"""The canvas divided between title and picture: the ground that each template's title has, and the part left free.

Lengths are pixels of the 1200×630 picture. Numbers without another source were chosen by eye on the contact sheets
that ``tests/overlay/sheets.py`` draws.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from imagegen.overlay.templates import HEIGHT, MARGIN, WIDTH, Backdrop, Template
from imagegen.overlay.text.drawing import Box, Layout, PlacedRun

CANVAS = Box(0, 0, WIDTH, HEIGHT)
FADE = 240
"""The distance over which a shade fades out; over half of it the shade reads as a dirty band."""
ACCENT_WIDTH = 6
"""The thickness of the accent line."""
INK_MARGIN = 8
"""The distance around the ink that is shaded as much as the ink itself. The tests measure contrast up to 4 px and local
contrast up to 7 px from a letter."""
_INK_PADDING = 22
"""The least distance between ink and the edge of its bar or card."""
_CARD_SIDE_PADDING = 12
"""The padding that a card has at its sides in addition to the template's, so that all four sides look the same."""
_CARD_MARGIN = 20
"""The least distance of a card from the picture's edges: half the ink's, so that a card around a long title is one."""
_CARD_MIN_WIDTH = 300
"""The least width of the text in a card, so that the card of a one-word title stays wider than high."""
_SCRIM_GAP = 48
"""The distance between a title without a ground of its own and the part that stays free."""
_CARD_GAP = 16
"""The distance between a card and the part that stays free."""
_LEAST_SHADE_FREE = 120
"""The least height that stays free above a shade; a longer title's shade lies over the subject's lower part."""
_LEAST_STRIP = 150
"""The least width and height of a part beside a card or a title that is worth putting a subject in."""


@dataclass(frozen=True, slots=True)
class Arrangement:
    """A way to divide the canvas between a title and the picture.

    - ``free`` is a part that neither ground nor ink covers; the subject goes there.
    - ``taken`` is the part that the title covers with its ink and its ground.
    - ``visible`` is the part where the picture can be made out.
    - ``covered`` is the part that the picture covers unless its subject needs to be elsewhere.
    - ``steps_moved`` is 0 for a title where the template puts it first, 1 for one at the bottom, 2 for one at the top.
    """

    layout: Layout
    free: Box
    taken: Box
    visible: Box
    covered: Box
    steps_moved: int = 0


def find_bar(layout: Layout, _: Template) -> Box:
    """Return the box of a bar over the full width, at the bottom."""
    block = layout.block
    top = min(block.top - (HEIGHT - block.bottom), layout.ink_box.top - _INK_PADDING)
    return Box(0, top, WIDTH, HEIGHT)


def find_panel(layout: Layout, template: Template) -> Box:
    """Return the box of a panel over the full height, at the left."""
    return Box(0, 0, MARGIN + template.indent + layout.fitted.box.width + template.padding, HEIGHT)


def find_card(layout: Layout, template: Template) -> Box:
    """Return the box of a card around the title."""
    block, ink, padding = layout.block, layout.ink_box, template.padding
    half = max(block.right - block.left, _CARD_MIN_WIDTH) // 2 + padding + _CARD_SIDE_PADDING
    above = max(padding, block.top - ink.top + _INK_PADDING, ink.bottom - block.bottom + _INK_PADDING)
    half = min(half, WIDTH // 2 - _CARD_MARGIN)
    above = min(above, block.top - _CARD_MARGIN, HEIGHT - _CARD_MARGIN - block.bottom)
    return Box(WIDTH // 2 - half, block.top - above, WIDTH // 2 + half, block.bottom + above)


def arrange(layout: Layout, template: Template) -> list[Arrangement]:
    """List the ways to divide the canvas, the template's own first."""
    return list(_ARRANGE[template.backdrop](layout, template))


def _arrange_bar(layout: Layout, template: Template) -> Iterator[Arrangement]:
    bar = find_bar(layout, template)
    above = Box(0, 0, WIDTH, bar.top)
    yield Arrangement(layout, above, bar, above, above)


def _arrange_panel(layout: Layout, template: Template) -> Iterator[Arrangement]:
    right = find_panel(layout, template).right + ACCENT_WIDTH
    beside = Box(right, 0, WIDTH, HEIGHT)
    yield Arrangement(layout, beside, Box(0, 0, right, HEIGHT), beside, beside)


def _arrange_gradient(layout: Layout, _: Template) -> Iterator[Arrangement]:
    """Leave free what at most half of the shade lies on; where the shade is full, the picture cannot be made out."""
    full = layout.ink_box.top - INK_MARGIN
    end = max(full - FADE // 2, min(full, _LEAST_SHADE_FREE))
    free, shaded = Box(0, 0, WIDTH, end), Box(0, end, WIDTH, HEIGHT)
    yield Arrangement(layout, free, shaded, Box(0, 0, WIDTH, full), CANVAS)


def _arrange_around(layout: Layout, template: Template) -> Iterator[Arrangement]:
    """Leave free what lies on any side of the title, which moves down or up if the template lets it."""
    for at, placed in enumerate(_move(layout, template)):
        if template.backdrop is Backdrop.CARD:
            taken = find_card(placed, template).expand(_CARD_GAP)
        else:
            taken = placed.ink_box.expand(_SCRIM_GAP)
        sides = (
            CANVAS,
            Box(0, 0, WIDTH, taken.top),
            Box(0, taken.bottom, WIDTH, HEIGHT),
            Box(0, 0, taken.left, HEIGHT),
            Box(taken.right, 0, WIDTH, HEIGHT),
        )
        for side in sides:
            if min(side.size) >= _LEAST_STRIP:
                yield Arrangement(placed, side, taken, CANVAS, CANVAS, steps_moved=at)


def _move(layout: Layout, template: Template) -> Iterator[Layout]:
    """Yield the layout, and if the title may move and is low enough, the same at the bottom and at the top."""
    yield layout
    if template.movable:
        taken = find_card(layout, template) if template.backdrop is Backdrop.CARD else layout.ink_box
        if taken.bottom - taken.top > HEIGHT - 2 * MARGIN:
            return
        yield shift(layout, HEIGHT - MARGIN - taken.bottom)
        yield shift(layout, MARGIN - taken.top)


def shift(layout: Layout, down: int) -> Layout:
    """Return the layout moved down."""
    runs = tuple(PlacedRun(placed.run, placed.x, placed.baseline + down) for placed in layout.runs)
    return replace(layout, runs=runs, block=layout.block.shift(0, down), ink_box=layout.ink_box.shift(0, down))


_ARRANGE: dict[Backdrop, Callable[[Layout, Template], Iterator[Arrangement]]] = {
    Backdrop.BAR: _arrange_bar,
    Backdrop.PANEL: _arrange_panel,
    Backdrop.CARD: _arrange_around,
    Backdrop.GRADIENT: _arrange_gradient,
    Backdrop.SCRIM: _arrange_around,
}

"""Layout and drawing of a fitted title: every run at its position, the ink within the margins, drawn as a mask."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from imagegen.overlay.templates import HEIGHT, MARGIN, WIDTH, Template
from imagegen.overlay.text import metrics
from imagegen.overlay.text.fitting import FittedTitle, fit
from imagegen.overlay.text.fonts import COLOUR_EMOJI
from imagegen.overlay.text.typeset import Run, TypesetTitle

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw


class Box(NamedTuple):
    """A rectangle in pixels; ``right`` and ``bottom`` lie outside it."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def size(self) -> tuple[int, int]:
        """The width and the height."""
        return self.right - self.left, self.bottom - self.top

    def shift(self, dx: int, dy: int) -> "Box":
        """Return the box moved by ``dx`` to the right and ``dy`` down."""
        return Box(self.left + dx, self.top + dy, self.right + dx, self.bottom + dy)

    def expand(self, by: int) -> "Box":
        """Return the box with ``by`` more pixels on every side, within the picture."""
        return Box(
            max(self.left - by, 0),
            max(self.top - by, 0),
            min(self.right + by, WIDTH),
            min(self.bottom + by, HEIGHT),
        )


@dataclass(frozen=True, slots=True)
class PlacedRun:
    """A run and the start of its baseline."""

    run: Run
    x: int
    baseline: int


@dataclass(frozen=True, slots=True)
class Ink:
    """A drawn title: its mask, white on black, and its emoji in colours on a transparent ground, if it has any."""

    mask: "Image"
    colours: "Image | None" = None

    def paint(self, picture: "Image", box: Box) -> None:
        """Paint the title into a box of a picture: letters in white, emoji in their colours."""
        picture.paste("white", box, self.mask)
        if self.colours:
            picture.paste(self.colours, box[:2], self.colours)


@dataclass(frozen=True, slots=True)
class Layout:
    """A title ready to be drawn.

    ``block`` goes from the first line's cap height to the last baseline; backdrops are centred on it. ``ink_box``
    bounds everything that is drawn.
    """

    fitted: FittedTitle
    runs: tuple[PlacedRun, ...]
    block: Box
    ink_box: Box

    def draw(self) -> "Ink":
        """Draw the title, as large as ``ink_box``. Raises Undrawable when the text engine fails."""
        from PIL import Image, ImageDraw

        mask = Image.new("L", self.ink_box.size)
        letters = ImageDraw.Draw(mask)
        pictures = [placed for placed in self.runs if placed.run.font is COLOUR_EMOJI]
        for placed in self.runs:
            if placed.run.font is not COLOUR_EMOJI:
                self._draw_run(letters, placed)
        if not pictures:
            return Ink(mask)
        colours = Image.new("RGBA", self.ink_box.size)
        for placed in pictures:
            self._draw_run(ImageDraw.Draw(colours), placed)
        mask.paste(255, (0, 0), colours.getchannel("A"))
        return Ink(mask, colours)

    def _draw_run(self, draw: "ImageDraw", placed: PlacedRun) -> None:
        run = placed.run
        font = metrics.open_font(run.font, find_size(run, self.fitted.size))
        with metrics.refusing_failures(run.font, run.text):
            draw.text(
                (placed.x - self.ink_box.left, placed.baseline - self.ink_box.top),
                **metrics.build_text_arguments(run.text, run.direction),
                font=font,
                fill="white",
                anchor="ls",
                embedded_color=run.font is COLOUR_EMOJI,
            )


def find_size(run: Run, size: int) -> float:
    """Return the size of a run in a title of ``size``, in pixels per em, to a sixty-fourth as FreeType takes it."""
    return round(run.scale * size * 64) / 64 if run.scale != 1.0 else size


def lay_out(title: TypesetTitle, template: Template) -> Layout:
    """Fit a title to a template and place it with its ink within the margins.

    Ink can reach beyond the letters' advance widths and cap height. As long as it exceeds the space between the
    margins, the title is fitted again into a space smaller by the excess.
    """
    max_width, max_height = WIDTH, HEIGHT
    while True:
        layout = _place(fit(title, template, max_width=max_width, max_height=max_height), template)
        (ink_width, ink_height), (width, height) = layout.ink_box.size, layout.block.size
        excess_width = max(ink_width - (WIDTH - 2 * MARGIN), 0)
        excess_height = max(ink_height - (HEIGHT - MARGIN - template.bottom_margin), 0)
        if not excess_width and not excess_height:
            return layout
        if excess_width:
            max_width = min(max_width, width) - excess_width
        if excess_height:
            # Lines of the same size would be as high again: they become smaller by a pixel at least.
            size = layout.fitted.size
            max_height = min(max_height, height - excess_height, math.ceil(height * (size - 1) / size))


def _place(fitted: FittedTitle, template: Template) -> Layout:
    """Place the title where the template wants it, or as far inwards as its ink needs."""
    widths = [_measure_line(fitted, line) for line in fitted.lines]
    lefts = [_find_line_left(fitted, template, width) for width in widths]
    runs = list(_place_runs(fitted, lefts))
    ink = _measure_ink(runs, fitted.size)
    cap = round(fitted.title.measure_cap_height(*fitted.lines[0]) * fitted.size)
    last_baseline = _find_line_advance(fitted) * (len(fitted.lines) - 1)
    right = max(left + width for left, width in zip(lefts, widths, strict=True))
    block = Box(min(lefts), -cap, right, last_baseline)
    dx, dy = _find_shift(template, block, ink)
    return Layout(
        fitted,
        tuple(PlacedRun(placed.run, placed.x + dx, placed.baseline + dy) for placed in runs),
        block.shift(dx, dy),
        ink.shift(dx, dy),
    )


def _find_shift(template: Template, block: Box, ink: Box) -> tuple[int, int]:
    """Return the shift, right and down, of a title whose first baseline is at 0."""
    if template.middle is None:
        bottom = max(template.padding, ink.bottom - block.bottom + template.bottom_margin)
        dy = HEIGHT - bottom - block.bottom
    else:
        # The block reaches from minus the cap height to the last baseline; this puts its centre on the middle.
        dy = template.middle + (-block.top - block.bottom) // 2
    dy += max(MARGIN - ink.top - dy, 0) - max(ink.bottom + dy - (HEIGHT - template.bottom_margin), 0)
    dx = max(MARGIN - ink.left, 0) - max(ink.right - (WIDTH - MARGIN), 0)
    return dx, dy


def _find_line_advance(fitted: FittedTitle) -> int:
    return math.ceil(fitted.leading * fitted.size)


def _measure_line(fitted: FittedTitle, line: tuple[int, int]) -> int:
    return round(fitted.title.measure_width(*line) * fitted.size)


def _find_line_left(fitted: FittedTitle, template: Template, width: int) -> int:
    if template.centred:
        return (WIDTH - width) // 2
    start = MARGIN + template.indent
    return start + fitted.box.width - width if fitted.title.is_rtl else start


def _place_runs(fitted: FittedTitle, lefts: Sequence[int]) -> Iterator[PlacedRun]:
    """Yield the runs with the first baseline at 0."""
    for number, ((start, end), left) in enumerate(zip(fitted.lines, lefts, strict=True)):
        x = float(left)
        for run in fitted.title.split_runs(start, end):
            yield PlacedRun(run, round(x), number * _find_line_advance(fitted))
            x += metrics.measure_advance(run.font, run.text, run.direction) * run.scale * fitted.size


def _measure_ink(runs: Sequence[PlacedRun], size: int) -> Box:
    boxes = [
        (placed.x + left, placed.baseline + top, placed.x + right, placed.baseline + bottom)
        for placed in runs
        for left, top, right, bottom in (
            metrics.measure_ink(placed.run.font, find_size(placed.run, size), placed.run.text, placed.run.direction),
        )
    ]
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    # A pixel more on each side: antialiased edges reach beyond the outline's box.
    return Box(int(min(lefts)) - 1, int(min(tops)) - 1, int(max(rights)) + 2, int(max(bottoms)) + 2)

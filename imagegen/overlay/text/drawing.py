"""Layout and drawing of a fitted title: every run at its position, the ink within the margins, drawn as a mask."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from imagegen.overlay.geometry import Box
from imagegen.overlay.grounds.contrast import Colour
from imagegen.overlay.text import metrics
from imagegen.overlay.text.areas import Align, TextArea
from imagegen.overlay.text.fitting import LINE_DISTANCE, FittedTitle, fit
from imagegen.overlay.text.fonts import COLOUR_EMOJI
from imagegen.overlay.text.typeset import Run, TypesetTitle

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

_LEAST_DISTANCE = 4
"""Pixels between the ink of two lines, at least: hinting raises accents by up to two, and moves descenders by one."""


@dataclass(frozen=True, slots=True)
class PlacedRun:
    """A run and the start of its baseline."""

    run: Run
    x: int
    baseline: int


@dataclass(frozen=True, slots=True)
class Ink:
    """A drawn text: masks of its letters and of those that stand out, and its emoji in colours, if it has any."""

    mask: "Image"
    marked: "Image | None" = None
    colours: "Image | None" = None

    def paint(self, picture: "Image", box: Box, *, ink: Colour, accent: Colour) -> None:
        """Paint the text into a box of a picture: letters in ``ink``, others in ``accent``, emoji in their colours."""
        from PIL import Image

        for colour, mask in ((ink, self.mask), (accent, self.marked)):
            if mask:  # a picture of one colour: Pillow pastes it through a mask in half the time of the colour itself
                picture.paste(Image.new("RGB", mask.size, colour), box, mask)
        if self.colours:
            picture.paste(self.colours, box[:2], self.colours)

    def merge(self) -> "Image":
        """Return one mask of everything that is drawn."""
        mask = self.mask.copy()
        if self.marked:
            mask.paste(255, (0, 0), self.marked)
        if self.colours:
            mask.paste(255, (0, 0), self.colours.getchannel("A"))
        return mask


@dataclass(frozen=True, slots=True)
class Layout:
    """A text ready to be drawn.

    ``block`` goes from the first line's cap height to the last baseline; grounds are centred on it. ``ink_box`` bounds
    everything that is drawn.
    """

    fitted: FittedTitle
    runs: tuple[PlacedRun, ...]
    block: Box
    ink_box: Box

    @property
    def is_all_marked(self) -> bool:
        """Tell if every word stands out."""
        return all(placed.run.marked for placed in self.runs if placed.run.text.strip())

    def shift(self, dx: int, dy: int) -> "Layout":
        """Return the layout moved by ``dx`` to the right and ``dy`` down."""
        runs = tuple(PlacedRun(placed.run, placed.x + dx, placed.baseline + dy) for placed in self.runs)
        return replace(self, runs=runs, block=self.block.shift(dx, dy), ink_box=self.ink_box.shift(dx, dy))

    def draw(self) -> Ink:
        """Draw the text, as large as ``ink_box``. Raises Undrawable when the text engine fails."""
        from PIL import Image

        letters = [placed for placed in self.runs if placed.run.font is not COLOUR_EMOJI]
        marked = [placed for placed in letters if placed.run.marked]
        pictures = [placed for placed in self.runs if placed.run.font is COLOUR_EMOJI]
        size = self.ink_box.size
        return Ink(
            self._draw(Image.new("L", size), [placed for placed in letters if not placed.run.marked]),
            self._draw(Image.new("L", size), marked) if marked else None,
            self._draw(Image.new("RGBA", size), pictures) if pictures else None,
        )

    def _draw(self, canvas: "Image", runs: "Sequence[PlacedRun]") -> "Image":
        from PIL import ImageDraw

        draw = ImageDraw.Draw(canvas)
        for placed in runs:
            left, top = placed.x - self.ink_box.left, placed.baseline - self.ink_box.top
            size = find_size(placed.run, self.fitted.size)
            if placed.run.font is COLOUR_EMOJI:
                _draw_emoji(draw, placed.run, size, (left, top))
            elif (drawn := _draw_letters(placed.run, size)).mask.size:
                draw.draw.draw_bitmap((left + drawn.left, top + drawn.top), drawn.mask, 255)
        return canvas


def _draw_letters(run: Run, size: float) -> metrics.DrawnRun:
    return metrics.draw_run(run.font, size, run.text, run.direction)


def _draw_emoji(draw: "ImageDraw", run: Run, size: float, start: tuple[int, int]) -> None:
    with metrics.refusing_failures(run.font, run.text):
        draw.text(
            start,
            **metrics.build_text_arguments(run.text, run.direction),
            font=metrics.open_font(run.font, size),
            fill="white",
            anchor="ls",
            embedded_color=True,
        )


def find_size(run: Run, size: int) -> float:
    """Return the size of a run in a title of ``size``, in pixels per em, to a sixty-fourth as FreeType takes it."""
    return round(run.scale * size * 64) / 64 if run.scale != 1.0 else size


def lay_out(title: TypesetTitle, area: TextArea, *, most_height: int | None = None) -> Layout:
    """Fit a text to an area and place it there, its first baseline at 0, with its ink within the area's bounds.

    Ink can reach beyond the letters' advance widths and cap height. As long as it exceeds the space that it may take,
    the text is fitted again into a space smaller by the excess, down to one line of the least size. ``most_height``
    lowers that of the area.
    """
    most_height = min(most_height or area.most_height, area.most_height)
    max_width, max_height = area.most_width, most_height
    while True:
        layout = _place(fit(title, area, max_width=max_width, max_height=max_height), area)
        (width, height), ink = layout.block.size, layout.ink_box
        excess_width = _find_excess(ink, area)
        excess_height = max(ink.size[1] - most_height, 0)
        is_least = excess_height and max_height < height and len(layout.fitted.lines) == 1
        if not excess_width and (not excess_height or is_least):
            return layout.shift(max(area.ink_left - ink.left, 0) - max(ink.right - area.ink_right, 0), 0)
        if excess_width:
            max_width = min(max_width, width) - excess_width
        if excess_height:
            # Lines of the same size would be as high again: they become smaller by a pixel at least.
            size = layout.fitted.size
            max_height = min(min(max_height, height) - excess_height, math.ceil(height * (size - 1) / size))


def _find_excess(ink: Box, area: TextArea) -> int:
    """Return by how much ink is too wide; a text that starts at a side keeps its start there, if it can."""
    if area.align is Align.CENTRE:
        return max(ink.size[0] - area.most_width, 0)
    start, end = ink.left - area.ink_left, ink.right - area.ink_right
    before, after = (end, -start) if area.flush_right else (-start, end)
    return max(after + max(before, 0), 0)


def _place(fitted: FittedTitle, area: TextArea) -> Layout:
    """Place the text's lines, with the first baseline at 0, as far inwards as the ink needs."""
    widths = [_measure_line(fitted, line) for line in fitted.lines]
    lefts = [_find_line_left(fitted, area, width) for width in widths]
    runs = tuple(_place_runs(fitted, lefts))
    ink = _measure_ink(runs, fitted.size)
    cap = round(fitted.title.measure_cap_height(*fitted.lines[0]) * fitted.size)
    last_baseline = _find_line_advance(fitted) * (len(fitted.lines) - 1)
    right = max(left + width for left, width in zip(lefts, widths, strict=True))
    return Layout(fitted, runs, Box(min(lefts), -cap, right, last_baseline), ink)


def _find_line_advance(fitted: FittedTitle) -> int:
    """Return the distance of two baselines in pixels; small type needs more of them than its leading has."""
    return math.ceil(fitted.leading * fitted.size + max(_LEAST_DISTANCE - LINE_DISTANCE * fitted.size, 0))


def _measure_line(fitted: FittedTitle, line: tuple[int, int]) -> int:
    return round(fitted.title.measure_width(*line) * fitted.size)


def _find_line_left(fitted: FittedTitle, area: TextArea, width: int) -> int:
    if area.align is Align.CENTRE:
        return (area.left + area.right - width) // 2
    start = area.right - fitted.box.width if area.at_right else area.left
    return start + fitted.box.width - width if area.flush_right else start


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
        for left, top, right, bottom in (_measure_run(placed.run, find_size(placed.run, size)),)
    ]
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    # A pixel more on each side: antialiased edges reach beyond the outline's box.
    return Box(int(min(lefts)) - 1, int(min(tops)) - 1, int(max(rights)) + 2, int(max(bottoms)) + 2)


def _measure_run(run: Run, size: float) -> tuple[float, float, float, float]:
    if run.font is COLOUR_EMOJI:
        return metrics.measure_ink(run.font, size, run.text, run.direction)
    return _draw_letters(run, size).ink

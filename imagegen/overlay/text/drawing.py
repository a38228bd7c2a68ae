"""A fitted title on the picture: every run at its place, its ink inside the safe area, drawn as a mask."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from imagegen.overlay.templates import HEIGHT, SAFE, WIDTH, Template
from imagegen.overlay.text import metrics as faces
from imagegen.overlay.text.fitting import Fitted, fit
from imagegen.overlay.text.typeset import Run, Setting

if TYPE_CHECKING:
    from PIL.Image import Image


class Box(NamedTuple):
    """A rectangle in pixels; ``right`` and ``bottom`` lie outside it."""

    left: int
    top: int
    right: int
    bottom: int

    def grown(self, by: int) -> "Box":
        """The box with ``by`` more pixels on every side, within the picture."""
        return Box(
            max(self.left - by, 0),
            max(self.top - by, 0),
            min(self.right + by, WIDTH),
            min(self.bottom + by, HEIGHT),
        )


@dataclass(frozen=True, slots=True)
class Placed:
    """A run and the start of its baseline."""

    run: Run
    x: int
    baseline: int


@dataclass(frozen=True, slots=True)
class Lettering:
    """A title ready to be drawn.

    ``body`` goes from the first line's capitals to the last baseline, and is what grounds are centred on;
    ``ink`` bounds all that is drawn.
    """

    fitted: Fitted
    runs: tuple[Placed, ...]
    body: Box
    ink: Box

    def mask(self) -> "Image":
        """The title in white on black, as large as ``ink``."""
        from PIL import Image, ImageDraw

        mask = Image.new("L", (self.ink.right - self.ink.left, self.ink.bottom - self.ink.top))
        draw = ImageDraw.Draw(mask)
        for placed in self.runs:
            draw.text(
                (placed.x - self.ink.left, placed.baseline - self.ink.top),
                **faces.as_drawn(placed.run.text, placed.run.direction),
                font=faces.face(placed.run.font, self.fitted.size),
                fill=255,
                anchor="ls",
            )
        return mask


def letter(setting: Setting, template: Template) -> Lettering:
    """Fit a title to a template and place it, in as much less room as its ink needs to keep the margins."""
    within = WIDTH, HEIGHT
    while True:
        lettering = _placed(fit(setting, template, within=within), template)
        ink, body = lettering.ink, lettering.body
        wide = max(ink.right - ink.left - (WIDTH - 2 * SAFE), 0)
        high = max(ink.bottom - ink.top - (HEIGHT - SAFE - template.edge), 0)
        if not wide and not high:
            return lettering
        within = min(within[0], body.right - body.left) - wide, min(within[1], body.bottom - body.top) - high


def _placed(fitted: Fitted, template: Template) -> Lettering:
    """The title where the template wants it, or as far inwards as its ink has to be."""
    widths = [_width(fitted, line) for line in fitted.lines]
    lefts = [_left(fitted, template, width) for width in widths]
    runs = list(_runs(fitted, lefts))
    ink = _ink(runs, fitted.size)
    cap = round(fitted.setting.cap(*fitted.lines[0]) * fitted.size)
    last = _advance(fitted) * (len(fitted.lines) - 1)
    if template.middle is None:
        down = HEIGHT - max(template.padding, ink.bottom - last + template.edge) - last
    else:
        down = template.middle + (cap - last) // 2
    down += max(SAFE - ink.top - down, 0) - max(ink.bottom + down - (HEIGHT - template.edge), 0)
    across = max(SAFE - ink.left, 0) - max(ink.right - (WIDTH - SAFE), 0)
    right = max(left + width for left, width in zip(lefts, widths, strict=True))
    return Lettering(
        fitted,
        tuple(Placed(placed.run, placed.x + across, placed.baseline + down) for placed in runs),
        Box(min(lefts) + across, down - cap, right + across, down + last),
        Box(ink.left + across, ink.top + down, ink.right + across, ink.bottom + down),
    )


def _advance(fitted: Fitted) -> int:
    return round(fitted.setting.leading * fitted.size)


def _width(fitted: Fitted, line: tuple[int, int]) -> int:
    return round(fitted.setting.width(*line) * fitted.size)


def _left(fitted: Fitted, template: Template, width: int) -> int:
    if template.centred:
        return (WIDTH - width) // 2
    start = SAFE + template.inset
    return start + fitted.room.width - width if fitted.setting.from_right else start


def _runs(fitted: Fitted, lefts: Sequence[int]) -> Iterator[Placed]:
    """The runs with the first baseline at 0."""
    for number, ((start, end), x) in enumerate(zip(fitted.lines, lefts, strict=True)):
        at = float(x)
        for run in fitted.setting.runs(start, end):
            yield Placed(run, round(at), number * _advance(fitted))
            at += faces.length(run.font, run.text, run.direction) * fitted.size


def _ink(runs: Sequence[Placed], size: int) -> Box:
    boxes = [
        (x + left, baseline + top, x + right, baseline + bottom)
        for (run, x, baseline) in ((placed.run, placed.x, placed.baseline) for placed in runs)
        for left, top, right, bottom in (faces.ink(run.font, size, run.text, run.direction),)
    ]
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    # A pixel more each way: antialiased edges reach beyond the outline's box.
    return Box(int(min(lefts)) - 1, int(min(tops)) - 1, int(max(rights)) + 2, int(max(bottoms)) + 2)

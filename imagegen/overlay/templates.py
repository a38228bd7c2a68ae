"""The templates as data: where a title stands, on which ground, and in which sizes, on wide and on tall pictures.

A new template is one more entry in ``TEMPLATES``; the layout and the painter know no template by name. Lengths are in
the pixels of a 1200×630 picture, which ``Size.unit`` scales; widths and heights of boxes are shares of the column and
of the canvas, because a text is set anew for every shape. Sizes are per em, before ``Font.scale`` multiplies them.
"""

from dataclasses import dataclass, replace
from enum import Enum

from imagegen.overlay.sizes import Size
from imagegen.overlay.text.areas import Align, TextArea, TextBox


class Ground(Enum):
    """The surface between the picture and the title."""

    STRIP = "a strip along a whole edge"
    CARD = "a rounded card around the title"
    FADE = "a shade that rises from an edge"
    HALO = "a shade around the title alone"


class Edge(Enum):
    """The edge at which a title and its ground lie; the two sides change places for titles that read from the right."""

    START = "left"
    END = "right"
    TOP = "top"
    BOTTOM = "bottom"
    NONE = "none: the middle"


Step = tuple[float, float, int, int]
"""A box of a title: its width as a share of the column's, its height as a share of the canvas's, its most lines and its
least size."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A template on canvases of one shape.

    - ``steps`` are the boxes from preferred to last resort, as ``TextArea`` has them.
    - A short title may grow to ``display_size``, a longer one to ``max_size``.
    - ``padding`` is the distance between the texts and the edge of their ground.
    - ``subtitle_lines`` is the most lines of a subtitle.
    """

    edge: Edge
    steps: tuple[Step, ...]
    max_size: int
    display_size: int
    padding: int
    subtitle_lines: int = 2
    line_penalty: float = 0.04

    @property
    def is_beside(self) -> bool:
        """True when the title stands beside the picture, at the left or the right."""
        return self.edge in (Edge.START, Edge.END)


@dataclass(frozen=True, slots=True)
class Template:
    """The layout of a title on a picture.

    - ``wide`` and ``tall`` are its settings by the canvas's shape.
    - The picture shows through a ground, by a little, unless it is ``solid``.
    - A ``movable`` title goes to the bottom or the top where it would cover the picture's subject.
    - Without a ``ground`` nothing is written at all.
    """

    ground: Ground | None
    wide: Setting
    tall: Setting
    align: Align = Align.START
    solid: bool = False
    movable: bool = False

    def choose_setting(self, size: Size) -> Setting:
        """Return the setting for the canvas's shape."""
        return self.tall if size.is_tall else self.wide

    def measure_area(self, size: Size, *, is_rtl: bool = False) -> TextArea:
        """Return the title's place on a canvas, in its pixels."""
        setting, unit, safe = self.choose_setting(size), size.unit, size.safe
        indent = 0 if self.align is Align.CENTRE else round(INDENT * unit)
        left, right = safe.left + indent, safe.right - indent
        boxes = tuple(
            TextBox(
                round(width * (right - left)),
                round(height * size.height),
                lines,
                round(least * unit),
                setting.line_penalty,
            )
            for width, height, lines, least in setting.steps
        )
        return TextArea(
            left=left,
            right=right,
            boxes=boxes,
            max_size=round(setting.max_size * unit),
            display_size=round(setting.display_size * unit),
            ink_left=safe.left,
            ink_right=safe.right,
            most_height=safe.bottom - safe.top,
            align=self.align,
            at_right=(setting.edge is Edge.END) != is_rtl if setting.is_beside else is_rtl,
            flush_right=is_rtl,
        )


INDENT = 16
"""The distance of texts that start at a side from the margin, for the eye: ink alone has no edge."""

_BELOW = Setting(
    Edge.BOTTOM,
    ((1, 0.20, 4, 58), (1, 0.28, 5, 50), (1, 0.38, 7, 44), (1, 0.54, 11, 38), (1, 0.70, 16, 36)),
    max_size=92,
    display_size=124,
    padding=54,
    subtitle_lines=3,
)
"""The setting of strips on tall canvases."""
_BESIDE = Setting(
    Edge.START,
    (
        (0.375, 0.524, 5, 54),
        (0.375, 0.70, 8, 46),
        (0.497, 0.794, 10, 38),
        (0.643, 0.841, 14, 36),
        (0.735, 0.87, 16, 36),
    ),
    max_size=84,
    display_size=112,
    padding=48,
    subtitle_lines=4,
)
"""The setting of strips beside the picture."""
_NOTHING = Setting(Edge.NONE, (), 0, 0, 0)

TEMPLATES: dict[str, Template] = {
    "bottom-bar": Template(
        Ground.STRIP,
        wide=Setting(
            Edge.BOTTOM,
            ((1, 0.255, 2, 62), (1, 0.302, 3, 50), (1, 0.397, 5, 40), (1, 0.571, 9, 36), (1, 0.73, 13, 36)),
            max_size=96,
            display_size=132,
            padding=46,
            # A bar is as wide as the picture: a long line fills it, and leaves more of the picture than two short ones.
            line_penalty=0.2,
        ),
        tall=_BELOW,
    ),
    "left-panel": Template(Ground.STRIP, wide=_BESIDE, tall=_BELOW),
    "center-box": Template(
        Ground.CARD,
        wide=Setting(
            Edge.NONE,
            ((0.69, 0.302, 3, 60), (0.76, 0.413, 4, 46), (0.84, 0.66, 9, 40), (0.90, 0.74, 12, 40)),
            max_size=88,
            display_size=128,
            padding=60,
        ),
        tall=Setting(
            Edge.NONE,
            ((0.80, 0.28, 5, 56), (0.82, 0.38, 7, 46), (0.84, 0.56, 12, 38), (0.84, 0.74, 18, 36)),
            max_size=84,
            display_size=120,
            padding=60,
            subtitle_lines=3,
        ),
        align=Align.CENTRE,
        movable=True,
    ),
    "overlay-bottom": Template(
        Ground.FADE,
        wide=Setting(
            Edge.BOTTOM,
            ((1, 0.302, 2, 68), (1, 0.365, 3, 52), (1, 0.635, 9, 40), (1, 0.825, 13, 40)),
            max_size=104,
            display_size=140,
            padding=60,
        ),
        tall=Setting(
            Edge.BOTTOM,
            ((1, 0.26, 4, 64), (1, 0.34, 6, 52), (1, 0.50, 10, 42), (1, 0.70, 16, 38)),
            max_size=104,
            display_size=140,
            padding=60,
            subtitle_lines=3,
        ),
    ),
    "overlay-center": Template(
        Ground.HALO,
        wide=Setting(
            Edge.NONE,
            ((0.82, 0.397, 3, 64), (0.875, 0.476, 4, 50), (0.946, 0.70, 9, 40), (0.964, 0.857, 13, 40)),
            max_size=104,
            display_size=140,
            padding=60,
        ),
        tall=Setting(
            Edge.NONE,
            ((0.90, 0.30, 5, 60), (0.92, 0.40, 7, 50), (0.94, 0.56, 11, 42), (0.96, 0.76, 17, 38)),
            max_size=100,
            display_size=136,
            padding=60,
            subtitle_lines=3,
        ),
        align=Align.CENTRE,
        movable=True,
    ),
    "right-panel": Template(Ground.STRIP, wide=replace(_BESIDE, edge=Edge.END), tall=replace(_BELOW, edge=Edge.TOP)),
    "split": Template(
        Ground.STRIP,
        wide=Setting(
            Edge.START,
            (
                (0.43, 0.56, 5, 56),
                (0.43, 0.72, 8, 46),
                (0.52, 0.80, 10, 38),
                (0.643, 0.841, 14, 36),
                (0.735, 0.87, 16, 36),
            ),
            max_size=92,
            display_size=124,
            padding=48,
            subtitle_lines=4,
        ),
        tall=Setting(
            Edge.BOTTOM,
            ((1, 0.24, 4, 62), (1, 0.32, 6, 52), (1, 0.42, 8, 44), (1, 0.56, 12, 38), (1, 0.70, 16, 36)),
            max_size=100,
            display_size=140,
            padding=70,
            subtitle_lines=3,
        ),
        solid=True,
    ),
    "headline": Template(
        Ground.FADE,
        wide=Setting(
            Edge.START,
            ((0.56, 0.74, 4, 76), (0.60, 0.79, 6, 60), (0.68, 0.82, 8, 48), (0.82, 0.85, 12, 40), (0.95, 0.87, 15, 38)),
            max_size=132,
            display_size=196,
            padding=60,
            subtitle_lines=3,
        ),
        tall=Setting(
            Edge.BOTTOM,
            ((1, 0.42, 5, 72), (1, 0.48, 7, 58), (1, 0.56, 10, 46), (1, 0.72, 16, 38)),
            max_size=136,
            display_size=190,
            padding=60,
            subtitle_lines=3,
        ),
    ),
    "plain": Template(None, wide=_NOTHING, tall=_NOTHING),
}
"""The templates, by id."""

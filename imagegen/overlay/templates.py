"""The templates, as data: where a title may stand, how large, and what is laid under it.

A sixth template is one more entry in ``TEMPLATES``; neither the layout nor the painter knows them by name.
Lengths are pixels of the 1200×630 picture, sizes are ems in pixels before ``Font.scale``.
"""

from dataclasses import dataclass
from enum import Enum

WIDTH, HEIGHT = 1200, 630
SAFE = 40
"""What ink keeps from every edge: a fifteenth of the height, which no card preview crops."""


class Ground(Enum):
    """What is laid between the picture and the title."""

    BAR = "a bar over the full width, at the bottom"
    PANEL = "a panel over the full height, at the left"
    CARD = "a rounded card around the title"
    RISE = "a shade that rises from the bottom edge"
    VEIL = "a shade over the whole picture, deepest at the title"


@dataclass(frozen=True, slots=True)
class Room:
    """One way to set a title: as large as fits, but not under ``smallest``, or the next room is tried.

    ``width`` and ``height`` bound the title from the first line's capitals to the last baseline.
    """

    width: int
    height: int
    lines: int
    smallest: int


@dataclass(frozen=True, slots=True)
class Template:
    """How a title stands on a picture.

    ``rooms`` go from preferred to last resort: a longer title gets more lines and a larger ground before it gets
    smaller type. A title of up to ``SHORT`` ems may grow to ``display``, a longer one to ``largest``. Its lines are
    ``centred``, or begin ``inset`` pixels inside the safe area, or end there when they read from the right. Its middle
    is at ``middle``, or it stands on the bottom (None), ``padding`` above the edge. ``padding`` is what its ground
    keeps around it. ``shade`` is the least and the most opacity of the ground's tint; what is under it is ``blurred``
    always, or only when it is busy. Ink keeps ``edge`` pixels from the bottom, ``SAFE`` from the other edges.
    """

    ground: Ground
    rooms: tuple[Room, ...]
    largest: int
    display: int
    centred: bool
    middle: int | None
    inset: int
    padding: int
    shade: tuple[float, float]
    blurred: bool
    edge: int = SAFE


SHORT = 7.0
"""Ems: about twelve letters, or seven Chinese characters."""

TEMPLATES: dict[str, Template] = {
    "bottom-bar": Template(
        ground=Ground.BAR,
        rooms=(
            Room(1080, 150, 2, 64),
            Room(1080, 190, 3, 50),
            Room(1080, 250, 5, 40),
            Room(1080, 360, 9, 36),
            Room(1080, 460, 13, 36),
        ),
        largest=92,
        display=124,
        centred=False,
        middle=None,
        inset=20,
        padding=46,
        shade=(0.42, 0.92),
        blurred=True,
        edge=24,
    ),
    "left-panel": Template(
        ground=Ground.PANEL,
        rooms=(
            Room(408, 330, 5, 54),
            Room(408, 440, 8, 46),
            Room(540, 500, 10, 38),
            Room(700, 530, 14, 36),
            Room(800, 548, 16, 36),
        ),
        largest=84,
        display=112,
        centred=False,
        middle=HEIGHT // 2,
        inset=16,
        padding=48,
        shade=(0.42, 0.92),
        blurred=True,
    ),
    "center-box": Template(
        ground=Ground.CARD,
        rooms=(Room(760, 190, 3, 60), Room(840, 260, 4, 46), Room(940, 420, 9, 40), Room(1010, 470, 12, 40)),
        largest=88,
        display=128,
        centred=True,
        middle=HEIGHT // 2,
        inset=0,
        padding=60,
        shade=(0.42, 0.92),
        blurred=True,
    ),
    "overlay-bottom": Template(
        ground=Ground.RISE,
        rooms=(Room(1080, 190, 2, 68), Room(1080, 230, 3, 52), Room(1080, 400, 9, 40), Room(1080, 520, 13, 40)),
        largest=104,
        display=140,
        centred=False,
        middle=None,
        inset=20,
        padding=60,
        shade=(0.30, 0.92),
        blurred=False,
    ),
    "overlay-center": Template(
        ground=Ground.VEIL,
        rooms=(Room(920, 250, 3, 64), Room(980, 300, 4, 50), Room(1060, 440, 9, 40), Room(1080, 540, 13, 40)),
        largest=104,
        display=140,
        centred=True,
        middle=HEIGHT // 2,
        inset=0,
        padding=60,
        shade=(0.25, 0.92),
        blurred=False,
    ),
}
"""The templates, by id."""

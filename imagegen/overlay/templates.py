"""The templates as data: text boxes, type sizes and the backdrop under the title.

A new template is one more entry in ``TEMPLATES``; the layout and the painter know no template by name.
Lengths are pixels of the 1200×630 picture. Sizes are pixels per em, before ``Font.scale`` multiplies them.
"""

from dataclasses import dataclass
from enum import Enum

WIDTH, HEIGHT = 1200, 630
MARGIN = 40
"""The distance of the ink from every edge: a sixteenth of the height, which no card preview crops."""


class Backdrop(Enum):
    """The surface between the picture and the title."""

    BAR = "a bar over the full width, at the bottom"
    PANEL = "a panel over the full height, at the left"
    CARD = "a rounded card around the title"
    GRADIENT = "a shade that rises from the bottom edge"
    SCRIM = "a shade over the whole picture, deepest at the title"


@dataclass(frozen=True, slots=True)
class TextBox:
    """The space for a title and the smallest type that it takes.

    ``width`` and ``height`` bound the title from the first line's cap height to the last baseline. A title that would
    need more than ``max_lines`` lines or a size under ``min_size`` goes to the template's next box.
    """

    width: int
    height: int
    max_lines: int
    min_size: int


@dataclass(frozen=True, slots=True)
class Template:
    """The layout of a title on a picture.

    - ``boxes`` go from preferred to last resort: a longer title gets more lines and a larger backdrop before it gets
      smaller type.
    - A title of up to ``DISPLAY_EMS`` may grow to ``display_size``, a longer one to ``max_size``.
    - Lines are ``centred``, or start ``indent`` pixels inside the margin; right-to-left lines end at the other side
      of their box.
    - The title is centred vertically on ``middle``; with None it stands on the bottom, ``padding`` above the edge.
    - ``padding`` is the distance between the title and the edge of its backdrop.
    - ``opacity`` is the lowest and the highest opacity of the backdrop's tint.
    - ``blurred`` backdrops always blur the picture under them; others do it for a busy picture only.
    - The ink keeps ``bottom_margin`` pixels from the bottom edge and ``MARGIN`` from the others.
    - A ``movable`` title goes to the bottom or the top where it would cover the picture's subject.
    """

    backdrop: Backdrop
    boxes: tuple[TextBox, ...]
    max_size: int
    display_size: int
    centred: bool
    middle: int | None
    indent: int
    padding: int
    opacity: tuple[float, float]
    blurred: bool
    bottom_margin: int = MARGIN
    movable: bool = False


DISPLAY_EMS = 7.0
"""The widest title that counts as short: about twelve Latin letters, or seven Chinese characters."""

TEMPLATES: dict[str, Template] = {
    "bottom-bar": Template(
        backdrop=Backdrop.BAR,
        boxes=(
            TextBox(1080, 150, 2, 64),
            TextBox(1080, 190, 3, 50),
            TextBox(1080, 250, 5, 40),
            TextBox(1080, 360, 9, 36),
            TextBox(1080, 460, 13, 36),
        ),
        max_size=92,
        display_size=124,
        centred=False,
        middle=None,
        indent=20,
        padding=46,
        opacity=(0.42, 0.92),
        blurred=True,
        bottom_margin=24,
    ),
    "left-panel": Template(
        backdrop=Backdrop.PANEL,
        boxes=(
            TextBox(408, 330, 5, 54),
            TextBox(408, 440, 8, 46),
            TextBox(540, 500, 10, 38),
            TextBox(700, 530, 14, 36),
            TextBox(800, 548, 16, 36),
        ),
        max_size=84,
        display_size=112,
        centred=False,
        middle=HEIGHT // 2,
        indent=16,
        padding=48,
        opacity=(0.42, 0.92),
        blurred=True,
    ),
    "center-box": Template(
        backdrop=Backdrop.CARD,
        boxes=(
            TextBox(760, 190, 3, 60),
            TextBox(840, 260, 4, 46),
            TextBox(940, 420, 9, 40),
            TextBox(1010, 470, 12, 40),
        ),
        max_size=88,
        display_size=128,
        centred=True,
        middle=HEIGHT // 2,
        indent=0,
        padding=60,
        opacity=(0.42, 0.92),
        blurred=True,
        movable=True,
    ),
    "overlay-bottom": Template(
        backdrop=Backdrop.GRADIENT,
        boxes=(
            TextBox(1080, 190, 2, 68),
            TextBox(1080, 230, 3, 52),
            TextBox(1080, 400, 9, 40),
            TextBox(1080, 520, 13, 40),
        ),
        max_size=104,
        display_size=140,
        centred=False,
        middle=None,
        indent=20,
        padding=60,
        opacity=(0.30, 0.92),
        blurred=False,
    ),
    "overlay-center": Template(
        backdrop=Backdrop.SCRIM,
        boxes=(
            TextBox(920, 250, 3, 64),
            TextBox(980, 300, 4, 50),
            TextBox(1060, 440, 9, 40),
            TextBox(1080, 540, 13, 40),
        ),
        max_size=104,
        display_size=140,
        centred=True,
        middle=HEIGHT // 2,
        indent=0,
        padding=60,
        opacity=(0.25, 0.92),
        blurred=False,
        movable=True,
    ),
}
"""The templates, by id."""

"""The places of texts on a canvas: columns, the boxes that a text may take in them, and how it stands there."""

from dataclasses import dataclass, replace
from enum import Enum


class Align(Enum):
    """The edge at which the lines of a text stand."""

    START = "where its script starts to read: the left, or the right from right to left"
    CENTRE = "the middle"


@dataclass(frozen=True, slots=True)
class TextBox:
    """The space for a text and the smallest type that it takes, in pixels.

    ``width`` and ``height`` bound the text from the first line's cap height to the last baseline. A text that would
    need more than ``max_lines`` lines or a size under ``min_size`` goes to the area's next box. ``line_penalty`` is the
    share of its size that type has to gain by another line.
    """

    width: int
    height: int
    max_lines: int
    min_size: int
    line_penalty: float = 0.04


@dataclass(frozen=True, slots=True)
class TextArea:
    """The place of a text between ``left`` and ``right``, in pixels of the canvas.

    - ``boxes`` go from preferred to last resort: a longer text gets more lines and a larger ground before it gets
      smaller type.
    - A text of up to ``DISPLAY_EMS`` may grow to ``display_size``, a longer one to ``max_size``.
    - A box narrower than the area lies at its right if ``at_right``, else at its left; lines that are not centred are
      ``flush_right``, or else flush left.
    - The ink stays between ``ink_left`` and ``ink_right``, and within ``most_height``.
    """

    left: int
    right: int
    boxes: tuple[TextBox, ...]
    max_size: int
    display_size: int
    ink_left: int
    ink_right: int
    most_height: int
    align: Align = Align.START
    at_right: bool = False
    flush_right: bool = False

    @property
    def most_width(self) -> int:
        """The most width of the ink."""
        return self.ink_right - self.ink_left

    def condense(self, share: float) -> "TextArea":
        """Return the area with ``share`` of its largest sizes and of its boxes' heights."""
        boxes = tuple(replace(box, height=round(box.height * share)) for box in self.boxes)
        largest, display = round(self.max_size * share), round(self.display_size * share)
        return replace(self, boxes=boxes, max_size=largest, display_size=display)


DISPLAY_EMS = 7.0
"""The widest title that counts as short: about twelve Latin letters, or seven Chinese characters."""

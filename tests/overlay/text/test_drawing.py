"""Titles are laid out in the direction of their script."""

from tests.overlay.laying import find_area, lay_title
from tests.overlay.shaping import needs_shaping


@needs_shaping
def test_an_arabic_title_is_aligned_to_the_right() -> None:
    layout = lay_title("مرحبا بالعالم (fan-out) والمزيد من النص هنا", "overlay-bottom")
    assert abs(layout.block.right - find_area("overlay-bottom").right) <= 1


def test_brackets_stand_on_their_side_in_a_right_to_left_title() -> None:
    layout = lay_title("שלום (עולם)", "overlay-bottom")
    texts = [placed.run.text for placed in sorted(layout.runs, key=lambda placed: placed.x)]
    assert texts[0] == ")"
    assert texts.index("(") > texts.index("עולם")

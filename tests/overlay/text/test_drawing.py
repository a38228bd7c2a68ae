"""Titles are laid out in the direction of their script."""

from imagegen.overlay.templates import TEMPLATES
from imagegen.overlay.text.drawing import lay_out
from imagegen.overlay.text.typeset import typeset
from tests.overlay.shaping import needs_shaping


@needs_shaping
def test_an_arabic_title_is_aligned_to_the_right() -> None:
    layout = lay_out(typeset("مرحبا بالعالم (fan-out) والمزيد من النص هنا", "inter"), TEMPLATES["overlay-bottom"])
    assert abs(layout.block.right - (1200 - 40 - TEMPLATES["overlay-bottom"].indent)) <= 1


def test_brackets_stand_on_their_side_in_a_right_to_left_title() -> None:
    layout = lay_out(typeset("שלום (עולם)", "inter"), TEMPLATES["overlay-bottom"])
    texts = [placed.run.text for placed in sorted(layout.runs, key=lambda placed: placed.x)]
    assert texts[0] == ")"
    assert texts.index("(") > texts.index("עולם")

"""The texts of a picture stand at one edge, with space between their lines, however small they are."""

import pytest

from imagegen.overlay.block.placing import lay_stack
from imagegen.overlay.block.roles import Role
from imagegen.overlay.design import Design
from imagegen.overlay.sizes import read_size
from tests.overlay.laying import WRITTEN
from tests.overlay.shaping import needs_shaping
from tests.overlay.text.type_checks import check_distance

STACKED = "ก็็็็็ที่นี่"
"""A title whose marks reach so far to the left that it is moved inwards."""
VIETNAMESE = "với nhắc trăm dung danh sách băm nhắc dung ảnh và dung sách với Tạo lời hình từ hình hàng lời hàng băm"


@needs_shaping
@pytest.mark.parametrize("template", ["bottom-bar", "left-panel", "right-panel", "overlay-bottom", "headline"])
@pytest.mark.parametrize("size", ["og", "portrait"])
def test_a_title_that_is_moved_inwards_takes_the_other_texts_along(template: str, size: str) -> None:
    design = Design(STACKED, template, "inter", kicker="Kicker", subtitle="A subtitle " * 9, byline="docs.example")
    stack = lay_stack(design, read_size(size), on_dark=True)
    assert stack
    lefts = {role: layout.block.left for role, layout in stack.texts}
    if template == "bottom-bar" and size == "og":
        del lefts[Role.BYLINE]  # it stands at the bar's other end
    assert len(set(lefts.values())) == 1


@needs_shaping
def test_a_text_whose_ink_would_leave_the_margin_is_set_narrower_not_moved_away() -> None:
    korean = "장의 두 않는다 한 돈을 내지 다시 번 번에 같은 실패하면 같은 같은 같은 같은 실패하면 시도하며 두 실패하면"
    design = Design("trăm lời", "overlay-bottom", "montserrat", subtitle=korean)
    stack = lay_stack(design, read_size("og"), on_dark=True)
    assert stack
    assert len({layout.block.left for _, layout in stack.texts}) == 1


@needs_shaping
@pytest.mark.parametrize("title", [VIETNAMESE, "Þórr ğüşiöç façade Ångström crème naïve São kůň señor brûlée " * 3])
@pytest.mark.parametrize("font", ["pacifico", "jetbrains-mono"])
@pytest.mark.parametrize("template", WRITTEN)
def test_the_lines_of_small_type_do_not_touch(template: str, font: str, title: str) -> None:
    stack = lay_stack(Design(title.strip(), template, font), read_size("300x300"), on_dark=True)
    assert stack
    assert list(check_distance(stack.title, least=1)) == []

"""The texts of a picture stand at one edge, with space between their lines, however small they are."""

import pytest

from imagegen.overlay.block.placing import lay_stack
from imagegen.overlay.block.roles import Role
from imagegen.overlay.design import Design
from imagegen.overlay.render import render
from imagegen.overlay.sizes import read_size
from tests.overlay.checker import find_violations
from tests.overlay.checks.designs import make_brand, make_picture
from tests.overlay.checks.lines import check_breaks
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
    repeated = (
        "장의 두 않는다 한 돈을 내지 다시 번 번에 같은 실패하면 같은 같은 같은 같은 실패하면 시도하며 두 실패하면 수백"
    )
    subtitle = f"{repeated} 않는다 이미지를 같은 않는다 그림에 생성하고 다시 실패하면 장의"
    design = Design("trăm lời", "overlay-bottom", "montserrat", subtitle=subtitle, byline="ok", brand=make_brand(36))
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


@needs_shaping
@pytest.mark.parametrize("size", ["linkedin", "og"])
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("template", WRITTEN)
def test_long_texts_are_set_smaller_where_they_would_cover_a_face(template: str, seed: int, size: str) -> None:
    title = "São žluťoučký καθυστέρηση İstanbul crème ğüşiöç São İstanbul"
    design = Design(title, template, "lora", subtitle="A subtitle of one line", byline="code launch code launch")
    picture, subject = make_picture("portrait", seed)
    assert subject.eyes
    drawn = render(picture, design, read_size(size), subject=subject)
    assert find_violations(drawn, design, read_size(size), subject.eyes) == []


@needs_shaping
def test_a_subtitle_is_set_smaller_before_it_loses_a_line() -> None:
    subtitle = "12% end onetwo \u2067עולם onetwo א\u2069 א\u2069 مرحبا مرحبا (fan-out) مرحبا"
    design = Design(
        "(fan-out)", "right-panel", "permanent-marker", kicker="Geschwindigkeitsbegrenzung", subtitle=subtitle
    )
    stack = lay_stack(design, read_size("900x300"), on_dark=True)
    assert stack
    assert stack.count_truncated() == 0


@needs_shaping
def test_no_title_is_cut_short_for_a_logo_above_it() -> None:
    design = Design(
        "и ђ задержкой повторными с ёж изображений экспоненциальной ђ",
        "left-panel",
        "merriweather",
        kicker="São crème",
        subtitle="않는다 번 장의 시도하며 번에 실패하면 않는다 한 장의 이미지를 번 같은 이미지를 이미지를 이미지를",
        byline="it one\u200btwo 👍🏽 (fan-out)",
        brand=make_brand(16),
    )
    stack = lay_stack(design, read_size("900x300"), on_dark=True)
    assert stack
    assert not stack.title.fitted.truncated


@needs_shaping
def test_a_word_that_fits_is_not_divided_because_an_ellipsis_beside_it_would_not() -> None:
    words = "Київ попытками попытками изображений и изображений ёж генерация генерация ђ попытками экспоненциальной и "
    stack = lay_stack(Design((words * 3)[:300], "overlay-bottom", "creepster"), read_size("800x2400"), on_dark=True)
    assert stack
    assert stack.title.fitted.truncated
    assert list(check_breaks(stack.title)) == []

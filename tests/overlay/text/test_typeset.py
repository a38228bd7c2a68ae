"""A title is typeset in its font, with fallbacks for what the font lacks, or refused."""

import pytest

from imagegen.overlay.text.typeset import Undrawable, typeset
from tests.overlay.shaping import needs_shaping


@needs_shaping
@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Straße", {"creepster"}),
        ("Łódź", {"bangers"}),
        ("Łódź 2026!", {"bangers"}),
        ("Łódź, Привет", {"bangers", "noto-sans"}),
        ("Привет", {"noto-sans"}),
        ("مرحبا", {"noto-sansarabic"}),
        ("שלום", {"noto-sanshebrew"}),
        ("नमस्ते", {"poppins"}),
        ("नमस्ते ऽ ॐ ॱ ৰ", {"noto-sansdevanagari", "noto-sansbengali"}),
        ("สวัสดี", {"noto-sansthai"}),
        ("日本の", {"noto-cjk-ja"}),
        ("图片", {"noto-cjk-zh-hans"}),
        ("圖片說", {"noto-cjk-zh-hant"}),
        ("한글", {"noto-cjk-ko"}),
        ("🚀👩\u200d💻", {"twemoji"}),
        ("🖤🫩🙂\u200d↔\ufe0f", {"noto-emoji"}),
        ("❤ ❤\ufe0f", {"dejavu-sans", "twemoji", "creepster"}),
        ("Go 🚀 go", {"creepster", "twemoji"}),
        ("∀x ∈ ℝ → ∞", {"creepster", "dejavu-sans", "noto-sans"}),
    ],
)
def test_a_fallback_draws_only_scripts_of_which_the_chosen_font_lacks_a_letter(title: str, expected: set[str]) -> None:
    used = {font.id for font in typeset(title, "creepster").fonts}
    assert used <= expected
    assert "creepster" in used or "creepster" not in expected


@pytest.mark.parametrize("title", ["𓀀 hieroglyph", "\U00012000", "", " \u200b\x07"])
def test_a_title_that_nothing_can_draw_is_refused_by_name(title: str) -> None:
    with pytest.raises(Undrawable, match=r"U\+|nothing that can be drawn"):
        typeset(title, "inter")

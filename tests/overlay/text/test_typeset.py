"""A title is typeset in its font, with fallbacks for what the font lacks, or refused in words."""

import pytest
from PIL import Image

from imagegen.errors import PermanentFailure
from imagegen.overlay.compose import Design, Picture, Provenance, check_texts, compose
from imagegen.overlay.text import fallback, metrics
from imagegen.overlay.text.fonts import FONTS
from imagegen.overlay.text.typeset import Undrawable, typeset
from tests.overlay.laying import WRITTEN, lay_title
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


@needs_shaping
@pytest.mark.parametrize("font", FONTS)
@pytest.mark.parametrize(
    ("title", "own"),
    [
        ("מבצע 50% הנחה (2025) לכולם!", "noto-sanshebrew"),
        ("3 עצות: “טוב”", "noto-sanshebrew"),
        ("نمو 3% في (2025) العام", "noto-sansarabic"),
        ("เพิ่ม 3% (2025)", "noto-sansthai"),
        ("ზრდა 3% (2025)", "noto-sansgeorgian"),
    ],
)
def test_digits_and_signs_are_as_high_as_the_letters_of_the_titles_script(title: str, own: str, font: str) -> None:
    typed = typeset(title, font)
    assert {each.id for each in typed.fonts} <= {own, "noto-sans-signs"}
    assert {fallback.find_scale(each, typed.font) for each in typed.fonts} == {1.0}


@needs_shaping
@pytest.mark.parametrize("font", ["bebas-neue", "pacifico"])
def test_a_latin_name_in_hebrew_keeps_its_number_and_the_other_signs_are_as_large_as_the_hebrew(font: str) -> None:
    typed = typeset("המדריך ל-Python 3 בעברית: 50%", font)
    drawn = {own.id: "" for own in typed.fonts}
    for own, char in zip(typed.fonts, typed.clusters, strict=True):
        drawn[own.id] += char.strip()
    assert (drawn[font], drawn["noto-sans-signs"]) == ("Python3", ":50%")
    scales = {fallback.find_scale(own, typed.font) for own in typed.fonts if own.id != font}
    assert max(scales) - min(scales) < 0.02
    english = {own.id for own in typeset("The word שלום (2025): 3%", font).fonts}
    assert english == {font, "noto-sanshebrew"}


@pytest.mark.parametrize("title", ["𓀀 hieroglyph", "\U00012000", "", " \u200b\x07"])
def test_a_title_that_nothing_can_draw_is_refused_by_name(title: str) -> None:
    with pytest.raises(Undrawable, match=r"U\+|nothing in it that can be drawn"):
        typeset(title, "inter")


BASMALA = "\ufdfd"
PICTURE = Picture(Image.new("RGB", (300, 200), "navy"), 300, 200, "PNG")


def make(title: str, template: str = "left-panel", font: str = "inter") -> bytes:
    provenance = Provenance("offline", "gpt-image-2", offline=True)
    return compose(PICTURE, Design(title, template, font), provenance=provenance).pictures["og"].data


@needs_shaping
@pytest.mark.parametrize("template", WRITTEN)
@pytest.mark.parametrize("title", [BASMALA, f"{BASMALA} كتاب", f"Go {BASMALA} now"])
def test_the_ligature_that_overflows_in_bold_is_drawn_in_the_regular_weight(title: str, template: str) -> None:
    for font in FONTS:
        assert check_texts(Design(title, template, font)) == {}
        assert lay_title(title, template, font).draw().mask.getbbox()
    assert make(title, template)


@needs_shaping
def test_a_failure_of_the_text_engine_is_a_refusal_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "has_glyph", lambda font, _: font.id == "noto-sansarabic")
    # The last three would keep heights of false glyphs.
    caches = (typeset, fallback.covers, fallback._match, metrics.measure_latin, metrics.measure_cap_height)
    for cached in caches:
        cached.cache_clear()
    try:
        with pytest.raises(PermanentFailure, match=r"text engine fails at .* \(raster overflow\): take it out"):
            make(BASMALA, font="press-start-2p")
    finally:
        for cached in caches:
            cached.cache_clear()


@needs_shaping
@pytest.mark.parametrize("title", ["\ua8fa", "\n".join(["日本"] * 12), "\n".join(["မြန်မာ"] * 9)])
def test_a_title_that_once_stopped_the_program_is_drawn(title: str) -> None:
    for template in WRITTEN:
        lay_title(title, template).draw()

"""Ordinary titles that were once set badly: words of two fonts, lines that collide, breaks against the sense."""

import itertools

import pytest

from imagegen.overlay.text.drawing import Layout
from imagegen.overlay.text.fonts import COLOUR_EMOJI, FONTS
from imagegen.overlay.text.lines.opportunities import Break
from imagegen.overlay.text.typeset import typeset
from tests.overlay.checks.glyphs import has_glyph
from tests.overlay.laying import WRITTEN, find_area, lay_title
from tests.overlay.shaping import needs_shaping
from tests.overlay.text.type_checks import find_type_violations

pytestmark = needs_shaping

TWO_FONTS = (
    "Πώς να μάθετε προγραμματισμό από το μηδέν;",
    "Trí tuệ nhân tạo đang thay đổi thế giới như thế nào",
    "Żółw błądzi po łące: jak napisać dobry kod",
    "Příliš žluťoučký kůň úpěl ďábelské ódy",
    "Öt hűtőházból kértünk színhúst",
    "İstanbul'da yazılım geliştirme şenliği",
    "Učenje strojnog učenja: priručnik za početnike đaka",
    "Învățarea automată și rețele neuronale",
    "Nǐ hǎo, pǔtōnghuà: xuéxí Zhōngwén",
)
COLLIDING = (
    ("Trí tuệ nhân tạo đang thay đổi thế giới như thế nào", "bangers"),
    ("Những điều cần biết về phở Việt Nam và ẩm thực", "playfair"),
    ("Đường đến với lập trình ứng dụng Ấn tượng", "merriweather"),
    ("भारत में कृत्रिम बुद्धिमत्ता का भविष्य और उसकी चुनौतियाँ", "poppins"),
    ("Why everyday typography gets jumpy for fjord pilgrims", "pacifico"),
)


def set_title(title: str, font: str = "inter", template: str = "left-panel") -> Layout:
    return lay_title(title, template, font)


def lines(layout: Layout) -> list[str]:
    fitted = layout.fitted
    return ["".join(fitted.title.clusters[start:end]) for start, end in fitted.lines]


@pytest.mark.parametrize("font", FONTS)
def test_a_word_is_in_one_font_that_has_all_of_it(font: str) -> None:
    for title in TWO_FONTS:
        typed = typeset(title, font)
        letters = [
            (cluster, own) for cluster, own in zip(typed.clusters, typed.fonts, strict=True) if cluster[0].isalpha()
        ]
        assert len({own for _, own in letters}) == 1, title
        assert all(has_glyph(own, cluster) for cluster, own in letters), title


@pytest.mark.parametrize(("title", "font"), COLLIDING)
def test_the_ink_of_two_lines_keeps_its_distance(title: str, font: str) -> None:
    for template in WRITTEN:
        assert find_type_violations(set_title(title, font, template), title) == []


@pytest.mark.parametrize(
    ("title", "template", "expected"),
    [
        ("10 CSS tricks I use every day", "center-box", ["10 CSS tricks", "I use every day"]),
        ("We rewrote it in Rust. It got slower", "center-box", ["We rewrote it in Rust.", "It got slower"]),
        ("Küchentisch-Kubernetes", "left-panel", ["Küchentisch-", "Kubernetes"]),
        ("霞が関の官僚が使う言語", "left-panel", ["霞が関の", "官僚が", "使う言語"]),
        ("Die Bei\u00adspiel\u00adsammlung", "left-panel", ["Die Beispiel-", "sammlung"]),
        ("First line\nSecond one", "bottom-bar", ["First line", "Second one"]),
        ("វិធី\u200bបង្កើត\u200bរូបភាព\u200bរាប់រយ", "left-panel", ["វិធីបង្កើត", "រូបភាព", "រាប់រយ"]),
    ],
)
def test_lines_end_where_the_sense_allows(title: str, template: str, expected: list[str]) -> None:
    assert lines(set_title(title, template=template)) == expected


@pytest.mark.parametrize(
    ("title", "template", "font", "expected"),
    [
        ("Künstliche Intelligenz und maschinelles Lernen", "center-box", "space-mono", 2),
        ("Build better apps using a message queue", "left-panel", "space-mono", 5),
        ("Comment passer l'été à la montagne sans voiture", "left-panel", "space-mono", 4),
        ("كتاب و قلم في البيت الكبير و المدرسة", "left-panel", "space-mono", 3),
        ("On the Origin of Species by Means of Natural Selection", "bottom-bar", "space-mono", 2),
        ("How to run a marathon in 90 min or 42.195 km", "overlay-center", "space-mono", 3),
    ],
)
def test_a_larger_box_is_taken_where_a_short_word_would_be_stranded(
    title: str, template: str, font: str, expected: int
) -> None:
    layout = set_title(title, font, template)
    starts = {start for start, _ in layout.fitted.lines[1:]}
    stranded = {each.start for each in layout.fitted.title.segments if each.before is Break.STRANDED}
    assert not starts & stranded, lines(layout)
    assert len(layout.fitted.lines) == expected


def test_a_word_with_hyphens_of_its_own_is_divided_nowhere_else() -> None:
    for font in [font for font in FONTS if font != "press-start-2p"]:
        for template in WRITTEN:
            shown = lines(set_title("Infrastructure-as-code for everyone", font, template))
            assert not {line for line in shown if line.endswith("-")} - {"Infrastructure-", "Infrastructure-as-"}, shown


def test_a_part_too_wide_for_the_column_is_hyphenated_all_the_same() -> None:
    title = "Donaudampfschifffahrtsgeschwindigkeitsbegrenzungs-Verordnung für die Donau"
    shown = lines(set_title(title, "space-mono"))
    assert shown[-3:] == ["Verordnung", "für", "die Donau"] or shown[-2:] == ["Verordnung", "für die Donau"]
    assert sum(line.endswith("-") for line in shown) >= 2


@pytest.mark.parametrize(
    ("title", "ends"),
    [
        ("Look into src/python3.11/ordinary-libraries/render/_internal for it", "/"),
        ("The file configuration.production.yaml/backup2.0.tar.gz", "/"),
        ("A very-long-name_of.a.file-that_goes-on", "-_"),
    ],
)
def test_a_path_is_broken_after_its_slashes_and_not_inside_names(title: str, ends: str) -> None:
    # A headline is so large that a name may end a line at its own hyphen.
    columns = [template for template in WRITTEN if template != "headline"]
    for font, template in itertools.product(("inter", "space-mono", "press-start-2p"), columns):
        layout = set_title(title, font, template)
        inside = {end for (_, end), (start, _) in itertools.pairwise(layout.fitted.lines) if start == end}
        assert {layout.fitted.title.clusters[end - 1] for end in inside} <= set(ends), lines(layout)


@pytest.mark.parametrize("font", ["press-start-2p", "space-mono", "jetbrains-mono", "inter"])
@pytest.mark.parametrize("title", ["a→b c", "10⁻⁶ √2", "₴ 5", "⟨x⟩ y", "5 ₿ a", "∞ ∞"])
def test_a_space_has_the_chosen_fonts_width_whatever_sign_it_follows(title: str, font: str) -> None:
    typed = typeset(title, font)
    assert {own.id for own, cluster in zip(typed.fonts, typed.clusters, strict=True) if cluster == " "} == {font}


def test_words_of_one_fallback_font_have_its_space_and_stay_one_run() -> None:
    assert [run.font.id for run in typeset("مرحبا بالعالم", "press-start-2p").split_runs(0, 13)] == ["noto-sansarabic"]


def test_a_german_compound_is_hyphenated_instead_of_shrunk() -> None:
    layout = set_title("Datenschutzgrundverordnung für Anfänger")
    assert lines(layout)[0] == "Datenschutz-"
    assert layout.fitted.box.width == find_area("left-panel").boxes[0].width


@pytest.mark.parametrize(
    ("title", "expected"),
    [("מדריך C++\u200e לכולם", "C++"), ("\u200fC++ לכולם", "++C"), ("שלום \u2066(a) b\u2069", "(a) b")],
)
def test_bidirectional_controls_are_obeyed(title: str, expected: str) -> None:
    layout = set_title(title, template="bottom-bar")
    drawn = [
        placed.run.text[::-1] if placed.run.direction == "rtl" else placed.run.text
        for placed in sorted(layout.runs, key=lambda placed: placed.x)
    ]
    assert expected in "".join(drawn)
    assert layout.fitted.title.is_rtl


COUNTED = "One Two Three Four Five Six Seven Eight Nine Ten Eleven Twelve Thirteen Fourteen Fifteen"
NUMBERS = COUNTED.split()
KEPT_LINES = {
    "bottom-bar": 10,
    "left-panel": 11,
    "right-panel": 11,
    "split": 11,
    "center-box": 9,
    "overlay-bottom": 10,
    "overlay-center": 10,
    "headline": 11,
}
KEPT_WITH_ACCENTS = {
    "bottom-bar": 7,
    "left-panel": 8,
    "right-panel": 8,
    "split": 8,
    "center-box": 6,
    "overlay-bottom": 7,
    "overlay-center": 7,
    "headline": 7,
}
"""As README says."""
TALLEST = ["ǺḀ", "ẲĢ", "ĺĢ", "ǙḀ", "Ṍy", "ǺĢ", "ÅĢ", "ẤĢ", "ẲḐ", "Ằļ", "ẪĢ", "ắģ", "ẨG", "ÌÇ", "ŐŖ", "ìÇ"]
"""The letter that reaches highest and the one that reaches lowest, of all from U+00C0 to U+024F and from U+1E00 to
U+1EFF, for each font that has accents."""


@pytest.mark.parametrize("font", FONTS)
@pytest.mark.parametrize("template", WRITTEN)
def test_line_breaks_are_kept_up_to_the_number_of_lines_that_readme_names(template: str, font: str) -> None:
    kept = 8 if font == "pacifico" else KEPT_LINES[template]
    assert lines(set_title("\n".join(NUMBERS[:kept]), font, template)) == NUMBERS[:kept]
    assert len(lines(set_title("\n".join(NUMBERS), font, template))) < len(NUMBERS)


@pytest.mark.parametrize("font", FONTS)
@pytest.mark.parametrize("template", WRITTEN)
def test_fewer_line_breaks_are_kept_in_letters_with_accents_as_readme_says(template: str, font: str) -> None:
    kept = KEPT_WITH_ACCENTS[template]
    if font == "pacifico":
        kept = max(kept - 1, 6)
    for word in TALLEST:
        assert lines(set_title("\n".join([word] * kept), font, template)) == [word] * kept


@pytest.mark.parametrize("word", ["ẤỘ gp", "မြန်မာ", "తెలుగు", "ខ្មែរ", "مُحَمَّد", "日本", "ก็็ที่ปู", "हिन्दी"])
def test_six_lines_are_kept_in_every_script(word: str) -> None:
    for template, font in itertools.product(WRITTEN, ("inter", "pacifico", "oswald")):
        assert lines(set_title("\n".join([word] * 6), font, template)) == [word] * 6


@pytest.mark.parametrize("font", FONTS)
def test_everyday_symbols_are_drawn_in_every_font(font: str) -> None:
    for symbol in "➜➔➤✘✕⟨⟩☐☒▸✦❯✓→★•…€№™½×≠∞√⌘⏎ℹ🆕①ⓐ𝐀𝟗𝕏":
        typeset(f"{symbol} now", font)


@pytest.mark.parametrize("emoji", ["🫩", "🪾", "🫪", "🛘", "🙂\u200d↔\ufe0f", "🐦\u200d🔥", "🖤", "🕶", "➕"])
def test_the_newest_and_the_darkest_emoji_are_drawn_in_outline(emoji: str) -> None:
    assert [font.id for font in typeset(emoji, "inter").fonts] == ["noto-emoji"]


def test_what_has_colours_is_drawn_in_colour_however_deep_they_are() -> None:
    typed = typeset("🇪🇺 🇧🇩 🇰🇪 🇸🇦 🇹🇳 🇹🇴 🇨🇻 🇨🇼 🇬🇵 🇬🇺 🇳🇷 🇸🇧 🎮 🇩🇪 🚀", "inter")
    assert {own for own, char in zip(typed.fonts, typed.clusters, strict=True) if char != " "} == {COLOUR_EMOJI}


@pytest.mark.parametrize("nation", ["gbeng", "gbsct", "gbwls"])
def test_the_flags_of_nations_are_drawn_in_colour(nation: str) -> None:
    flag = "🏴" + "".join(chr(0xE0000 + ord(letter)) for letter in nation) + "\U000e007f"
    layout = set_title(f"Go {flag}")
    assert [placed.run.text for placed in layout.runs if placed.run.font is COLOUR_EMOJI] == [flag]
    colours = layout.draw().colours
    assert colours is not None
    assert len(set(colours.get_flattened_data())) > 20


def test_a_title_of_three_hundred_emoji_is_fitted_like_any_other() -> None:
    for template in WRITTEN:
        layout = set_title("🚀" * 300, template=template)
        shown = [cluster for start, end in layout.fitted.lines for cluster in layout.fitted.title.clusters[start:end]]
        assert shown.count("🚀") >= 150


def test_the_chinese_ellipsis_stands_in_the_middle_of_the_line() -> None:
    layout = set_title("创业……", template="center-box")
    mask = layout.draw().mask
    dots = mask.crop((mask.width * 3 // 4, 0, mask.width, mask.height)).getbbox()
    assert dots is not None
    middle = (dots[1] + dots[3]) / 2 / mask.height
    assert 0.35 < middle < 0.65


@pytest.mark.parametrize("template", WRITTEN)
def test_no_line_of_ordinary_english_ends_on_a_short_word(template: str) -> None:
    titles = (
        "Why I left the cloud and built a server in my kitchen",
        "A short history of the database and what it taught me",
        "How we cut the cost of CI by a factor of ten in a week",
        "It is time to talk about the price of free software",
        "The art of the code review: how to be kind and fast",
    )
    for title, font in itertools.product(titles, ("inter", "lora", "bebas-neue", "pacifico")):
        assert find_type_violations(set_title(title, font, template), title, "en") == []

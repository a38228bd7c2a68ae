"""The fonts are there, whole, in a weight that reads as a title, and know what they lack."""

import hashlib
import sys
import unicodedata

import pytest
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # has no types
from PIL import Image, ImageChops, ImageFont

from imagegen.errors import ConfigurationError
from imagegen.overlay.text import metrics
from imagegen.overlay.text.fonts import BUNDLED, CJK, COLOUR_EMOJI, FALLBACKS, FONTS, Font
from imagegen.overlay.text.typeset import typeset

ALL = {font.id: font for font in (*FONTS.values(), *FALLBACKS, COLOUR_EMOJI, *CJK.values())}
EIGHTEEN = (
    "inter roboto poppins montserrat raleway oswald bebas-neue playfair merriweather lora space-mono jetbrains-mono "
    "bangers pacifico permanent-marker righteous creepster press-start-2p"
)


def test_there_are_the_eighteen_fonts() -> None:
    assert list(FONTS) == EIGHTEEN.split()


@pytest.mark.parametrize("font", FONTS.values(), ids=FONTS)
def test_every_chosen_font_has_printable_ascii_and_the_ellipsis(font: Font) -> None:
    assert [char for char in map(chr, [*range(0x21, 0x7F), 0x2026]) if not metrics.has_glyph(font, char)] == []


@pytest.mark.parametrize("font", ALL.values(), ids=ALL)
def test_what_a_font_has_is_what_its_own_table_says(font: Font) -> None:
    with TTFont(font.path(), lazy=True, fontNumber=font.index if font.path().suffix == ".ttc" else -1) as opened:
        table = opened.getBestCmap()
    sample = [*range(0xC1, 0x17F, 5), *range(0x391, 0x460, 9), 0x5D0, 0x627, 0x905, 0xE01, 0x3042, 0x56FD, 0x1F680]
    assert [chr(code) for code in sample if metrics.has_glyph(font, chr(code)) != (code in table)] == []


@pytest.mark.parametrize(("font", "wrong"), [("bangers", "‰№"), ("press-start-2p", "‰"), ("playfair", "→←↑↓")])
def test_what_a_font_draws_wrongly_another_one_draws(font: str, wrong: str) -> None:
    for char in wrong:
        drawn = typeset(f"a {char} b", font)
        assert [own.id == font for own in drawn.fonts] == [True, True, False, True, True], char


ZEROS = [
    code
    for code in range(0x80, sys.maxunicode)
    if unicodedata.digit(chr(code), None) == 0
    and unicodedata.category(chr(code)) == "Nd"
    and not unicodedata.normalize("NFKC", chr(code)).isascii()
]
"""The zeros of all scripts that have digits of their own."""


def draw_ink(font: Font, char: str) -> Image.Image:
    mask = metrics.open_font(font, 64).getmask(char)
    drawn = Image.frombytes("L", mask.size, bytes(mask))
    return drawn.crop(drawn.getbbox()).resize((32, 32))


def differ(one: Image.Image, other: Image.Image) -> float:
    return sum(ImageChops.difference(one, other).tobytes()) / 255 / 32**2


@pytest.mark.parametrize("font", ALL.values(), ids=ALL)
def test_no_digit_of_another_script_is_drawn_as_a_european_one(font: Font) -> None:
    european = font if metrics.has_glyph(font, "1") else ALL["noto-sans"]
    for zero in ZEROS:
        shared = [at for at in range(2, 10) if metrics.has_glyph(font, chr(zero + at))]
        alike = [at for at in shared if differ(draw_ink(font, chr(zero + at)), draw_ink(european, str(at))) < 0.1]
        assert alike == [], unicodedata.name(chr(zero))


@pytest.mark.parametrize("font", FONTS)
def test_digits_of_hindi_are_drawn_by_the_font_of_its_letters(font: str) -> None:
    for title in ("१५ जून को", "१२३४५६७८९०", "साल २०२५ में 10 बातें"):
        typed = typeset(title, font)
        drawing = {own.id for own, char in zip(typed.fonts, typed.clusters, strict=True) if not char[0].isascii()}
        assert drawing == {"noto-sansdevanagari"}, title


@pytest.mark.parametrize("font", [font for font in ALL.values() if font.axes], ids=lambda font: font.id)
def test_a_variable_font_is_set_bolder_than_its_file_defaults_to(font: Font) -> None:
    text = (
        "🚀"
        if font.id == "noto-emoji"
        else next(char for char in "Hא国あ가กकঅਅઅଅஅఅಅഅඅກကაሀកԱا" if metrics.has_glyph(font, char))
    )
    default = ImageFont.truetype(font.path(), 100, font.index)
    assert sum(metrics.open_font(font, 100).getmask(text)) > sum(default.getmask(text))


def test_a_weight_is_kept_at_every_size() -> None:
    thin = ImageFont.truetype(FONTS["montserrat"].path(), 64).getlength("Hamburg")
    assert [
        metrics.open_font(FONTS["montserrat"], size).getlength("Hamburg") / size > thin / 64 for size in (36, 64, 124)
    ] == [True] * 3


def test_the_first_text_in_a_font_is_drawn_as_any_later_one() -> None:
    """FreeType once hinted it otherwise, so that a title's pixels depended on what the process had drawn before."""

    def draw() -> bytes:
        return bytes(metrics.draw_run.__wrapped__(FONTS["montserrat"], 37, "Łódź", "ltr").mask)

    metrics.open_font.cache_clear()
    assert draw() == draw()


def test_the_bundled_fonts_are_the_published_files_with_their_licences() -> None:
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in BUNDLED.glob("*.ttf")}
    assert digests == {
        "Bangers-Regular.ttf": "1f9bcc5a779979918a0b8bbff38c87378040f0e52a45eecd47be7b2c6da363c2",
        "Creepster-Regular.ttf": "af46f60f81e666d31db895554b2fe255fe6b896a899363edb713b7c714c204c3",
        "DejaVuSans-Bold.ttf": "e6476c1b80502924294eed40894c5b18e06c181444ca953e5334262df9c27724",
        "NotoEmoji-Bold.ttf": "4a3232c18f9c6312d34eb5b3ddc670c2060ff15f42d584c8aca331b6205c6ad9",
        # Not as published: made by tools/emoji_font.py.
        "Twemoji.ttf": "e853bfb16cb3a70027b9f696b806204ce8475c6354699c20ce69fd673de722d3",
    }
    assert all("SIL OPEN FONT LICENSE" in path.read_text().upper() for path in BUNDLED.glob("*-OFL.txt"))
    assert len(list(BUNDLED.glob("*-OFL.txt"))) == 3
    assert "Creative Commons Attribution 4.0" in (BUNDLED / "Twemoji-LICENSE.txt").read_text()
    assert "Bitstream Vera" in (BUNDLED / "DejaVu-LICENSE.txt").read_text()


def test_a_font_whose_package_is_missing_says_what_to_install() -> None:
    with pytest.raises(ConfigurationError, match="fontpkg-nowhere"):
        Font("nowhere", "fontpkg-nowhere", "files/Nowhere.ttf").path()

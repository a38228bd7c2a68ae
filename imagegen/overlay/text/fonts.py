"""The fonts: eighteen to choose from, and the fallbacks for characters that the chosen font lacks.

This module is data: importing it opens no font and loads no Pillow. Sixteen fonts come from pinned ``fontpkg-*``
packages, the fallbacks come from ``manimgx-fonts`` and ``manimgx-fonts-cjk``, and the rest is kept beside this module.
All are under open licences that travel with them, and all but Twemoji (``tools/emoji_font.py``) are unmodified.
"""

import functools
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from imagegen.errors import ConfigurationError

BUNDLED = Path(__file__).parent / "files"


@dataclass(frozen=True, eq=False, slots=True)
class Font:
    """A font file and its settings for titles.

    - ``file`` is a path in the package; without a package, one beside this module, or a full path elsewhere.
    - ``axes`` sets the variable axes, by the names in the file; most files default to Thin or Light.
    - ``leading`` is the distance of two baselines in ems.
    - ``scale`` multiplies every size of a template, for letters that are much larger or smaller on their em than
      those of other fonts.
    - ``ranges`` are the code points that a fallback is used for; without ranges it is used for all.
    - ``kin`` are the chosen fonts, by id, that stand in for a script of which this font lacks a letter. They come
      before ``FALLBACKS`` because they look more like it.
    - ``index`` selects a face of a collection.
    - ``text`` is the font, by id, that sets a subtitle beside titles in this one, and ``regular`` the file that does;
      without either it is this one, lighter.
    - ``wrong`` are the characters that the file draws as something else, or illegibly; other fonts draw them.
    """

    id: str
    package: str
    file: str
    axes: Mapping[str, float] = field(default_factory=dict)
    leading: float = 1.16
    scale: float = 1.0
    ranges: tuple[tuple[int, int], ...] = ()
    kin: tuple[str, ...] = ()
    index: int = 0
    wrong: str = ""
    text: str = ""
    regular: str = ""

    def path(self) -> Path:
        """Return the path of the file. Raises ConfigurationError when its package is not installed."""
        if not self.package:
            return BUNDLED / self.file
        folder = _find_folder(self.package)
        if folder is None:
            raise ConfigurationError(
                f"the font {self.id!r} needs the package {self.package}, which is not installed: reinstall imagegen"
            )
        return folder / self.file

    def may_cover(self, char: str) -> bool:
        """Tell if ``char`` is in the font's ranges; the file may lack it all the same."""
        return not self.ranges or any(first <= ord(char) <= last for first, last in self.ranges)


@functools.cache
def _find_folder(package: str) -> Path | None:
    """Find the folder of an installed package, once per process; None when it is not installed."""
    spec = importlib.util.find_spec(package.replace("-", "_"))
    return Path(spec.origin).parent if spec and spec.origin else None


TEXT_WEIGHT = 500
"""The weight of subtitles and bylines: beside a bold title it is lighter, and still legible at a third of its size."""


@functools.cache
def find_text_font(font: Font) -> Font:
    """Return the font of the texts around a title in ``font``: the same family, lighter, or its companion."""
    if font.text:
        return find_text_font(FONTS[font.text])
    if font.regular:
        return replace(font, file=font.regular)
    return replace(font, axes={**font.axes, "Weight": TEXT_WEIGHT}) if font.axes else font


_Setting = float | str | Mapping[str, float] | tuple[str, ...]


def _font(id: str, file: str, *, package: str = "", **rest: _Setting) -> Font:  # noqa: A002 - as Font names it
    return Font(id, f"fontpkg-{package or id}", f"files/{file}", **rest)  # type: ignore[arg-type]


FONTS: dict[str, Font] = {
    font.id: font
    for font in (
        _font("inter", "Inter[opsz,wght].ttf", axes={"Weight": 720, "Optical size": 32}),
        _font("roboto", "Roboto[wdth,wght].ttf", axes={"Weight": 750}, kin=("inter",)),
        _font(
            "poppins",
            "Poppins-Bold.ttf",
            regular="files/Poppins-Medium.ttf",
            kin=("montserrat", "inter"),
            wrong="०१२३४५६७८९",
        ),
        _font("montserrat", "Montserrat[wght].ttf", axes={"Weight": 750}, kin=("inter",)),
        _font("raleway", "Raleway[wght].ttf", axes={"Weight": 780}, kin=("montserrat",)),
        _font("oswald", "Oswald[wght].ttf", axes={"Weight": 600}, leading=1.24),
        _font("bebas-neue", "BebasNeue-Regular.ttf", leading=1.0, scale=1.2, kin=("oswald",), text="oswald"),
        _font(
            "playfair",
            "PlayfairDisplay[wght].ttf",
            package="playfair-display",
            axes={"Weight": 800},
            kin=("merriweather",),
            wrong="←↑→↓↔↖↗↘↙",
        ),
        _font("merriweather", "Merriweather[opsz,wdth,wght].ttf", axes={"Weight": 800, "Optical size": 60}),
        _font("lora", "Lora[wght].ttf", axes={"Weight": 700}, kin=("merriweather",)),
        _font("space-mono", "SpaceMono-Bold.ttf", regular="files/SpaceMono-Regular.ttf", kin=("jetbrains-mono",)),
        _font("jetbrains-mono", "JetBrainsMono[wght].ttf", axes={"Weight": 780}),
        Font("bangers", "", "Bangers-Regular.ttf", leading=1.08, scale=1.12, wrong="‰№", text="poppins"),
        _font("pacifico", "Pacifico-Regular.ttf", leading=1.36, text="lora"),
        _font("permanent-marker", "PermanentMarker-Regular.ttf", kin=("bangers",), text="poppins"),
        _font("righteous", "Righteous-Regular.ttf", kin=("montserrat", "inter"), text="montserrat"),
        Font("creepster", "", "Creepster-Regular.ttf", leading=1.1, scale=1.15, kin=("bangers",), text="oswald"),
        _font(
            "press-start-2p",
            "PressStart2P-Regular.ttf",
            leading=1.5,
            scale=0.7,
            kin=("jetbrains-mono",),
            wrong="‰",
            text="jetbrains-mono",
        ),
    )
}
"""The fonts to choose from, by id."""


def _noto(name: str, *ranges: tuple[int, int], leading: float = 1.35) -> Font:
    return Font(f"noto-{name.lower()}", "manimgx-fonts", f"Noto{name}[wght].ttf", {"Weight": 700}, leading, 1.0, ranges)


CJK: dict[str, Font] = {
    language: Font(
        f"noto-cjk-{language}",
        "manimgx-fonts-cjk",
        "NotoSansCJK-VF.otf.ttc",
        {"Weight": 700},
        leading=1.3,
        index=index,
    )
    for index, language in enumerate(("ja", "ko", "zh-hans", "zh-hant"))
}
"""A face of the same collection for each language, because each writes the same character differently. They cover much
more than Chinese characters, so they are the last fallback for everything."""

_PICTURES = ((0x23, 0x39), (0xA9, 0xAE), (0x203C, 0x3299), (0x1F000, 0x1FAFF))

COLOUR_EMOJI = Font("twemoji", "", "Twemoji.ttf", leading=1.2, ranges=_PICTURES)
"""Emoji of Unicode 15 in colour. Pillow draws its layers (COLR version 0) at any size."""
EMOJI = Font("noto-emoji", "", "NotoEmoji-Bold.ttf", leading=1.2, ranges=_PICTURES)
"""Emoji of Unicode 17 in outline: for those that have no colours, or too dark ones."""
SYMBOLS = Font(
    "dejavu-sans", "", "DejaVuSans-Bold.ttf", leading=1.2, ranges=((0xA1, 0xBF), (0x2010, 0x2BFF), (0x1D400, 0x1D7FF))
)
"""Arrows, check marks, boxes, brackets and mathematical signs, in bold."""

SIGNS = Font("noto-sans-signs", "manimgx-fonts", "NotoSans[wght].ttf", {"Weight": 700})
"""The digits and signs of Noto Sans, for its sisters that have letters only: of Hebrew, Arabic, Thai and others."""

_BASMALA = Font(
    "noto-sansarabic-regular", "manimgx-fonts", "NotoSansArabic[wght].ttf", leading=1.5, ranges=((0xFDFD, 0xFDFD),)
)
"""The ligature of a whole sentence: FreeType fails to draw it in the file's bold weights ("raster overflow")."""

FALLBACKS: tuple[Font, ...] = (
    _noto(
        "SansArabic", (0x600, 0x6FF), (0x750, 0x77F), (0x8A0, 0x8FF), (0xFB50, 0xFDFF), (0xFE70, 0xFEFF), leading=1.5
    ),
    _BASMALA,
    _noto("SansHebrew", (0x590, 0x5FF), (0xFB1D, 0xFB4F)),
    _noto("SansDevanagari", (0x900, 0x97F), (0x1CD0, 0x1CFF), (0xA8E0, 0xA8FF), leading=1.45),
    _noto("SansBengali", (0x980, 0x9FF), leading=1.45),
    _noto("SansGurmukhi", (0xA00, 0xA7F), leading=1.45),
    _noto("SansGujarati", (0xA80, 0xAFF), leading=1.45),
    _noto("SansOriya", (0xB00, 0xB7F), leading=1.45),
    _noto("SansTamil", (0xB80, 0xBFF), leading=1.45),
    _noto("SansTelugu", (0xC00, 0xC7F), leading=1.55),
    _noto("SansKannada", (0xC80, 0xCFF), leading=1.55),
    _noto("SansMalayalam", (0xD00, 0xD7F), leading=1.45),
    _noto("SansSinhala", (0xD80, 0xDFF), leading=1.45),
    _noto("SansThai", (0xE00, 0xE7F), leading=1.5),
    _noto("SansLao", (0xE80, 0xEFF), leading=1.5),
    _noto("SansMyanmar", (0x1000, 0x109F), (0xA9E0, 0xA9FF), (0xAA60, 0xAA7F), leading=1.7),
    _noto("SansGeorgian", (0x10A0, 0x10FF), (0x1C90, 0x1CBF), (0x2D00, 0x2D2F)),
    _noto("SansEthiopic", (0x1200, 0x139F), (0x2D80, 0x2DDF), (0xAB00, 0xAB2F)),
    _noto("SansKhmer", (0x1780, 0x17FF), (0x19E0, 0x19FF), leading=1.6),
    _noto("SansArmenian", (0x530, 0x58F), (0xFB13, 0xFB17)),
    _noto("Sans", (0x20, 0x58F), (0x1AB0, 0x1AFF), (0x1D00, 0x2DFF), (0xA640, 0xAB6F), (0xFB00, 0xFE2F), leading=1.16),
    SYMBOLS,
    EMOJI,
    _noto("SansSymbols", (0x2000, 0x2BFF), (0x1F000, 0x1F8FF), leading=1.2),
)
"""The fonts to try in this order, each for its own ranges, when the chosen font has no glyph; ``CJK`` comes after."""

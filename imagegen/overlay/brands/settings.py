"""The settings of ``brand.toml``, each checked and read with the files that it names."""

import tomllib
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imagegen.formatting import one_line
from imagegen.overlay.brands import logos, typefaces
from imagegen.overlay.brands.brand import Brand
from imagegen.overlay.brands.colours import (
    LEAST_CONTRAST,
    format_colour,
    format_contrast,
    measure_contrast,
    mend,
    parse_colour,
)
from imagegen.overlay.brands.files import BrandFolder, Unfit
from imagegen.overlay.brands.findings import Findings, suggest
from imagegen.overlay.grounds.contrast import Colour
from imagegen.overlay.templates import TEMPLATES
from imagegen.overlay.text.fonts import FONTS, Font
from imagegen.overlay.text.typeset import Undrawable, typeset

SETTINGS = "brand.toml"
KEYS = ("accent", "ink", "ground", "theme", "template", "font", "text_font", "byline", "avatar", "logo")
CORNERS = ("top-left", "top-right", "bottom-left", "bottom-right")
MOST_BYLINE = 80
"""Characters of a byline: more do not fit on one line at a size that is read at 400 pixels."""

_THEMES = ("auto", "light", "dark")
_MOST_SETTINGS = 64_000
"""Bytes of ``brand.toml``."""
_MOST_WEIGHT = 1000
_USUAL_WEIGHTS = {"font": 700, "text_font": 500}
"""The weights of a variable font that names none: bold for titles, medium for what is set smaller."""


@dataclass(frozen=True, slots=True)
class _Logo:
    on_dark: Path | None = None
    on_light: Path | None = None
    corner: str | None = None


@dataclass(slots=True)
class Reading:
    """One brand while it is read: its folder, and what is wrong with it."""

    files: BrandFolder
    findings: Findings

    def read(self, name: str) -> Brand:
        """Return the brand, without its digest. Raises RequestError with every problem."""
        table = self._parse()
        found = self.findings
        found.check_keys(table, KEYS)
        accent, ink, ground = (found.take(table, key, _read_colour) for key in ("accent", "ink", "ground"))
        self._check_ink(table, ink, ground)
        logo = self._take_logo(table)
        brand = Brand(
            name,
            "",
            accent,
            ink,
            ground,
            self._take_font(table, "font"),
            self._take_font(table, "text_font"),
            logo.on_dark or logo.on_light,
            logo.on_light or logo.on_dark,
            logo.corner or CORNERS[0],
            found.take(table, "template", _choose_from(tuple(TEMPLATES))) or "",
            found.take(table, "theme", _choose_from(_THEMES)) or "",
            found.take(table, "byline", _read_byline) or "",
            found.take(table, "avatar", self._read_picture(logos.AVATAR_ENDINGS)),
        )
        self._check_byline(brand)
        found.require_none()
        return brand

    def _check_byline(self, brand: Brand) -> None:
        if not brand.byline or brand.byline.isascii():
            return
        try:
            typeset(brand.byline, brand.text_font or brand.font or next(iter(FONTS)))
        except Undrawable as error:
            self.findings.add("byline", brand.byline, f"a text that can be drawn: {error}")

    def _parse(self) -> Mapping[str, Any]:
        try:
            return tomllib.loads(self.files.read(SETTINGS, _MOST_SETTINGS).data.decode("utf-8-sig"))
        except Unfit as error:
            reason = str(error)
        except UnicodeDecodeError:
            reason = "a file in UTF-8"
        except RecursionError:
            reason = "TOML; this is nested too deeply"
        except ValueError as error:
            reason = f"TOML; there is a mistake in it: {one_line(str(error))}"
        self.findings.add("", None, f"expected {reason}")
        self.findings.require_none()
        raise AssertionError(reason)  # never reached: a problem was added

    def _check_ink(self, table: Mapping[str, Any], ink: Colour | None, ground: Colour | None) -> None:
        if ink and "ground" not in table:
            self.findings.add("ink", table["ink"], "a ground that it stands on: give ground as well")
        if not (ink and ground):
            return
        contrast = measure_contrast(ink, ground)
        if contrast < LEAST_CONTRAST:
            self.findings.add(
                "ink",
                table["ink"],
                f"{format_colour(ink)} on {format_colour(ground)} has a contrast of {format_contrast(contrast)}; "
                f"at least {LEAST_CONTRAST}:1, as {format_colour(mend(ink, ground))} has",
            )

    def _take_font(self, table: Mapping[str, Any], key: str) -> Font | None:
        usual = _USUAL_WEIGHTS[key]
        if not isinstance(table.get(key), dict):
            return self.findings.take(table, key, lambda value: self._read_font(value, None, usual))
        inner = table[key]
        self.findings.check_keys(inner, ("file", "weight"), of=key)
        if "file" not in inner:
            self.findings.add(f"{key}.file", None, "is required")
        weight = self.findings.take(inner, "weight", _read_weight, of=key)
        return self.findings.take(inner, "file", lambda value: self._read_font(value, weight, usual), of=key)

    def _read_font(self, value: Any, weight: int | None, usual: int) -> Font:
        if isinstance(value, str) and value in FONTS and weight is None:
            return FONTS[value]
        if isinstance(value, str) and value in FONTS:
            raise Unfit(f"a file; for the {value} that is built in, leave the weight out and give its name alone")
        if not isinstance(value, str) or not value.lower().endswith(typefaces.ENDINGS):
            hint = suggest(value, FONTS) if isinstance(value, str) else ""
            raise Unfit(f"a TTF, OTF or WOFF2 file in the brand's folder, or one of {', '.join(FONTS)}{hint}")
        return typefaces.make_font(self.files.read(value, typefaces.MOST_BYTES), weight, usual)

    def _take_logo(self, table: Mapping[str, Any]) -> _Logo:
        read = self._read_picture(logos.LOGO_ENDINGS)
        if not isinstance(table.get("logo"), dict):
            file = self.findings.take(table, "logo", read)
            return _Logo(file, file)
        inner = table["logo"]
        self.findings.check_keys(inner, ("on_dark", "on_light", "corner"), of="logo")
        if not {"on_dark", "on_light"} & set(inner):
            self.findings.add("logo", None, "a file for on_dark, on_light or both")
        on_dark, on_light = (self.findings.take(inner, key, read, of="logo") for key in ("on_dark", "on_light"))
        return _Logo(on_dark, on_light, self.findings.take(inner, "corner", _choose_from(CORNERS), of="logo"))

    def _read_picture(self, endings: tuple[str, ...]) -> Callable[[Any], Path]:
        def read(value: Any) -> Path:
            if not isinstance(value, str) or not value.lower().endswith(endings):
                raise Unfit(f"a file in the brand's folder that ends in {', '.join(endings)}")
            file = self.files.read(value, logos.MOST_BYTES)
            logos.check_picture(file)
            return file.path

        return read


def _read_colour(value: Any) -> Colour:
    if isinstance(value, str):
        try:
            return parse_colour(value.strip())
        except ValueError:
            pass
    raise Unfit("a colour such as #1f6feb or #fff")


def _read_weight(value: Any) -> int:
    if type(value) is not int or not 1 <= value <= _MOST_WEIGHT:
        raise Unfit("a whole number from 1 to 1000, such as 700")
    return value


def _read_byline(value: Any) -> str:
    if not isinstance(value, str):
        raise Unfit("a string")
    text = unicodedata.normalize("NFC", value).strip()
    if len(text) > MOST_BYLINE:
        raise Unfit(f"at most {MOST_BYLINE} characters")
    if one_line(text) != " ".join(text.split()) or "\n" in text:
        raise Unfit("one line without control characters")
    return text


def _choose_from(allowed: tuple[str, ...]) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value in allowed:
            return str(value)
        hint = suggest(value, allowed) if isinstance(value, str) else ""
        raise Unfit(f"one of {', '.join(allowed)}{hint}")

    return read

"""The brands of a request: looked up by name, and asked for what the request leaves open.

What is given here is not validated yet, so nothing is taken for granted about it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from imagegen.errors import Problem, RequestError
from imagegen.overlay.brands.brand import Brand
from imagegen.request.fields import BRAND_FONT, is_brand_name

_OPEN = ("template", "font")
"""The fields that a brand can give in the place of a batch or a pair."""
_GIVEN_TO_OTHERS = "is required: the batch's comes from its brand, which is not this row's"


class Branding:
    """The brands that one request names. ``folder`` holds all brands; None: they are not looked up here."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._found: dict[str, Brand | None] = {}
        self._is_any_unread = folder is None
        self.problems: list[Problem] = []

    def fill_batch(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return a batch with the template and the font that its brands give; note what is missing or unknown."""
        filled, own = dict(given), self.find(given.get("brand"), "brand")
        gifts = _list_gifts(given, own)
        filled |= gifts
        rows = given.get("prompts")
        if isinstance(rows, (list, tuple)):
            filled["prompts"] = [self._fill_row(row, given, gifts, f"prompts[{at}]") for at, row in enumerate(rows)]
        self._require(filled, filled.get("prompts"))
        return filled

    def fill_pair(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return a pair with the template and the font that its brand gives; note what is missing or unknown."""
        filled = {**given, **_list_gifts(given, self.find(given.get("brand"), "brand"))}
        self._require(filled, None)
        # What is left open is told by now, or may be a brand's that could not be read.
        return {name: value for name, value in filled.items() if name not in _OPEN or value not in (None, "")}

    def find(self, name: Any, field: str) -> Brand | None:
        """Return the brand of a name; note the problem when there is none, once for each name."""
        if self._folder is None or name in (None, ""):
            return None
        if not isinstance(name, str) or not is_brand_name(name.strip()):
            self._is_any_unread = True  # the problem with its name is told by the validation
            return None
        if name not in self._found:
            self._found[name] = self._load(name.strip(), field, self._folder)
        return self._found[name]

    def lacks_font(self, name: str) -> bool:
        """Tell if the brand of this name is known to have no font; it is when there is none."""
        brand = self.find(name, "brand")
        return not name or (self._folder is not None and (brand is None or brand.font is None))

    def _load(self, name: str, field: str, folder: Path) -> Brand | None:
        from imagegen.overlay.brands.reading import load

        try:
            return load(name, folder)
        except RequestError as error:
            for problem in error.problems:
                at = field if problem.field == "brand" else problem.field
                self.problems.append(replace(problem, field=at))
            self._is_any_unread = True
            return None

    def _fill_row(self, row: Any, batch: Mapping[str, Any], gifts: Mapping[str, str], field: str) -> Any:
        """Return a row with what its own brand gives and neither the row nor the batch itself says.

        ``gifts`` are those of the batch's brand, which are not for a row that names another one, or none.
        """
        if not isinstance(row, Mapping) or row.get("brand") in (None, batch.get("brand")):
            return row
        brand = self.find(row["brand"], f"{field}.brand")
        said = {**{name: batch.get(name) for name in (*_OPEN, "byline")}, **row}
        filled = {"byline": "", **row} if "byline" in gifts and row.get("byline") is None else {**row}
        filled |= _list_gifts(said, brand)
        if brand or not row["brand"]:
            lacking = [name for name in _OPEN if name in gifts and not filled.get(name)]
            self.problems += [Problem(f"{field}.{name}", "", _GIVEN_TO_OTHERS) for name in lacking]
        return filled

    def _require(self, filled: Mapping[str, Any], rows: Any) -> None:
        """Note each of the fields that is open for a row, or for a pair."""
        if self._is_any_unread and any(_list_brands(filled, rows)):
            return  # the brand may give it
        for name in _OPEN:
            if filled.get(name) in (None, "") and not _is_in_every_row(name, rows):
                self.problems.append(Problem(name, "", "is required"))


def _list_gifts(given: Mapping[str, Any], brand: Brand | None) -> dict[str, str]:
    """Return what the brand gives of what is open. A byline that is given as empty is none, and not open."""
    if brand is None:
        return {}
    byline = {"byline": brand.byline} if brand.byline and given.get("byline") is None else {}
    gifts = {"template": brand.template, "font": BRAND_FONT if brand.font else ""}
    return byline | {name: value for name, value in gifts.items() if value and given.get(name) in (None, "")}


def _list_brands(filled: Mapping[str, Any], rows: Any) -> Iterator[Any]:
    yield filled.get("brand")
    if isinstance(rows, Sequence):
        yield from (row.get("brand") for row in rows if isinstance(row, Mapping))


def _is_in_every_row(name: str, rows: Any) -> bool:
    return isinstance(rows, list) and bool(rows) and all(isinstance(row, Mapping) and row.get(name) for row in rows)

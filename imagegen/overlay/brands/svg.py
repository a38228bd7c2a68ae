"""SVG drawings of a brand: checked to be shapes alone, within bounds, and drawn at an exact size.

Drawings are checked by a list of what is allowed, because a renderer knows more than a logo needs: files and addresses
elsewhere, text in whatever fonts the machine has, and a few lines that expand to more than any memory holds.
"""

import io
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn
from xml.parsers import expat

from imagegen.overlay.brands.files import Unfit

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_ELEMENTS = 3_000
"""Elements that are drawn, those of references counted each time: the worst that they can be takes seconds."""
MOST_DEPTH = 24
"""Elements inside each other: each may take a layer of the logo's size."""
MOST_RATIO = 12.0
"""The longer side in shorter sides."""
_MOST_STYLES = 20_000
"""Characters of style sheets: each rule is held against each element."""

_GRADIENTS = frozenset({"linearGradient", "radialGradient"})
_SHAPES = frozenset({"path", "rect", "circle", "ellipse", "line", "polyline", "polygon"})
_STRUCTURE = frozenset({"svg", "g", "defs", "symbol", "use", "clipPath", "mask", "stop", "style"})
_WORDS = frozenset({"title", "desc", "metadata"})
_ALLOWED = _GRADIENTS | _SHAPES | _STRUCTURE | _WORDS
_ADVICE = {
    "text": "text depends on the fonts of the machine: turn it into paths",
    "tspan": "text depends on the fonts of the machine: turn it into paths",
    "image": "a picture cannot be part of it: draw shapes, or give a PNG",
    "script": "scripts are not allowed",
    "filter": "filters are not drawn: give a PNG",
}
_COSTLY = {"dasharray": "turn the dashes into paths", "filter": "give a PNG"}
_MOST_NUMBER = 100_000
"""The largest number of a shape. The renderer ends the whole process at places some 400,000,000 pixels away
(tiny-skia 0.12, found by trying)."""
_NUMBER = re.compile(r"[0-9]*\.?[0-9]+(?:e[-+]?[0-9]+)?", re.IGNORECASE)
_HEX = re.compile(r"#[0-9a-fA-F]+")
_NAMES = frozenset({"id", "class", "href", "fill", "stroke", "stop-color", "color"})
"""Attributes in which digits are no numbers."""
_SVG = "http://www.w3.org/2000/svg"
_URL = re.compile(r"url\(\s*['\"]?([^'\")]*)['\"]?\s*\)?", re.IGNORECASE)
_LENGTH = re.compile(r"\+?([0-9]*\.?[0-9]+)(px|pt|pc|mm|cm|in)?")
_GAP = re.compile(r"[\s,]+")
_SIDES = 2
_DPI = 96
"""Pixels per inch, as CSS has them."""


@dataclass(slots=True)
class _Element:
    tag: str
    references: list[str]
    children: list["_Element"] = field(default_factory=list)


class _Reader:
    """Builds the tree of a drawing, and refuses what is not a shape."""

    def __init__(self) -> None:
        self.root: _Element | None = None
        self.root_attributes: dict[str, str] = {}
        self.by_id: dict[str, _Element] = {}
        self.styles = ""
        self._open: list[_Element] = []
        self._foreign = 0
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, tag = name.rpartition(" ")
        self._count += 1
        if self._count > MOST_ELEMENTS or len(self._open) + self._foreign >= MOST_DEPTH:
            raise Unfit(f"an SVG of at most {MOST_ELEMENTS:,} elements, {MOST_DEPTH} inside each other")
        if self._foreign or (namespace != _SVG and self._open):
            # Editors keep notes of their own in the file; nobody draws them.
            self._foreign += 1
            return
        if namespace != _SVG or (not self._open and tag != "svg"):
            raise Unfit(f'an SVG, which begins with <svg xmlns="{_SVG}">')
        if tag not in _ALLOWED:
            raise Unfit(f"an SVG of shapes; <{tag[:30]}>: {_ADVICE.get(tag, 'this element is not allowed')}")
        element = _Element(tag, [*_iter_references(attributes)])
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root, self.root_attributes = element, attributes
        if "id" in attributes:
            self.by_id.setdefault(attributes["id"], element)
        self._open.append(element)

    def end(self, _name: str) -> None:
        if self._foreign:
            self._foreign -= 1
        else:
            self._open.pop()

    def text(self, words: str) -> None:
        if self._open and not self._foreign and self._open[-1].tag == "style":
            self.styles += words
            if len(self.styles) > _MOST_STYLES:
                raise Unfit(f"an SVG with at most {_MOST_STYLES:,} characters of style sheets")

    def check_styles(self) -> None:
        _refuse_costly(self.styles)
        _refuse_far(self.styles)
        for target in _iter_targets(self.styles):
            found = self.by_id.get(target)
            if found and found.tag not in _GRADIENTS:
                raise Unfit("an SVG whose style sheets refer to gradients only")


def check_svg(data: bytes) -> None:
    """Check that a drawing is shapes alone, within bounds, and has a size. Raises Unfit."""
    reader = _parse(data)
    reader.check_styles()
    if reader.root is None:
        raise Unfit("an SVG with a drawing in it")
    _count(reader.root, reader.by_id, {}, ())
    _measure_ratio(reader.root_attributes)


def draw_svg(data: bytes, width: int | None = None, height: int | None = None) -> "Image":
    """Draw a checked drawing in RGBA, as large as fits into the sides that are given. Raises Unfit."""
    import resvg_py
    from PIL import Image

    try:
        png = resvg_py.svg_to_bytes(
            svg_string=data.decode("utf-8-sig"), skip_system_fonts=True, width=width, height=height, dpi=_DPI
        )
    except ValueError as error:
        raise Unfit(f"an SVG that can be drawn ({error})") from None
    image = Image.open(io.BytesIO(png), formats=["PNG"])
    return image.convert("RGBA")


def _parse(data: bytes) -> _Reader:
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refuse_entities
    parser.ProcessingInstructionHandler = _refuse_instruction
    try:
        parser.Parse(data.decode("utf-8-sig"), True)
    except UnicodeDecodeError:
        raise Unfit("an SVG in UTF-8") from None
    except expat.ExpatError as error:
        raise Unfit(f"an SVG that is well-formed XML ({error})") from None
    return reader


def _refuse_entities(_name: str, _system: str | None, _public: str | None, has_subset: int) -> None:
    if has_subset:
        raise Unfit("an SVG without entities of its own: save it as plain SVG")


def _refuse_instruction(target: str, _data: str) -> NoReturn:
    raise Unfit(f"an SVG without processing instructions such as <?{target[:30]}…?>")


def _iter_references(attributes: dict[str, str]) -> list[str]:
    """Return the ids that attributes refer to. Raises Unfit for other references and for costly styles."""
    found = []
    for name, value in attributes.items():
        local = name.rpartition(" ")[2]
        if local.startswith("on"):
            raise Unfit("an SVG without scripts")
        _refuse_costly(local)
        if " " not in name and local not in _NAMES and not local.startswith("data-"):
            _refuse_far(value)
        if local == "style":
            _refuse_costly(value)
        if local in ("href", "src"):
            found.append(_require_local(value))
        found += _iter_targets(value)
    return found


def _refuse_far(text: str) -> None:
    """Refuse a number that leads too far away from the drawing."""
    if any(float(number) > _MOST_NUMBER for number in _NUMBER.findall(_HEX.sub("", text))):
        raise Unfit(f"an SVG whose numbers are at most {_MOST_NUMBER:,}")


def _refuse_costly(style: str) -> None:
    """Refuse a style that takes hours: a stroke in dashes of a thousandth of a pixel, a thousand blurs."""
    if "\\" in style or "@import" in style:
        raise Unfit("an SVG whose styles have no backslashes and import none")
    for word, instead in _COSTLY.items():
        if word in style:
            raise Unfit(f"an SVG without {word} in its styles: {instead}")


def _iter_targets(text: str) -> list[str]:
    return [_require_local(target) for target in _URL.findall(text)]


def _require_local(target: str) -> str:
    if not target.strip().startswith("#"):
        raise Unfit(f"an SVG without references to other files ({target.strip()[:40]})")
    return target.strip()[1:]


def _count(element: _Element, by_id: dict[str, _Element], known: dict[int, int], above: tuple[int, ...]) -> int:
    """Count the elements that drawing one comes to, with all that it refers to. Raises Unfit for too many."""
    if id(element) in above or len(above) > MOST_DEPTH:
        raise Unfit("an SVG in which no element refers to itself")
    if id(element) not in known:
        below = [*element.children, *(by_id[name] for name in element.references if name in by_id)]
        known[id(element)] = 1 + sum(_count(each, by_id, known, (*above, id(element))) for each in below)
    if known[id(element)] > MOST_ELEMENTS:
        raise Unfit(f"an SVG that draws at most {MOST_ELEMENTS:,} elements, those of references counted each time")
    return known[id(element)]


def _measure_ratio(attributes: dict[str, str]) -> float:
    """Return width by height. Raises Unfit when they are missing, at odds, or too far apart."""
    sides = [attributes.get(side, "").strip() for side in ("width", "height")]
    lengths = [found for side in sides if (found := _LENGTH.fullmatch(side))]
    if not any(sides) or all(side.endswith("%") for side in sides):
        box = _GAP.split(attributes.get("viewBox", "").strip())
        lengths = [found for side in box[-_SIDES:] if len(box) == 2 * _SIDES and (found := _LENGTH.fullmatch(side))]
    if len(lengths) != _SIDES or lengths[0][2] != lengths[1][2]:
        raise Unfit('an SVG with a viewBox="0 0 …" and, if any, a width and a height in the same unit')
    width, height = (float(found[1]) for found in lengths)
    if not (height and 1 / MOST_RATIO <= width / height <= MOST_RATIO):
        raise Unfit(f"an SVG whose longer side is at most {MOST_RATIO:g} times the shorter one")
    return width / height

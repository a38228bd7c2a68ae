"""Between a picture's record and its pixels: what a pair asks for as a design, what was composed as it is recorded."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imagegen.overlay.brands.brand import Brand
from imagegen.overlay.design import Design, Output
from imagegen.overlay.sizes import Size, fit_scale, read_size
from imagegen.request.batch import Leaf
from imagegen.results import LeafResult, StoredPicture
from storage import keys

if TYPE_CHECKING:
    from imagegen.overlay.compose import Composed, Encoded


Look = Leaf | LeafResult
"""A pair or its record: either says how its pictures are to look."""
LOOK = ("title", "template", "font", "focus", "theme", "kicker", "subtitle", "byline", "highlight", "language")
OUTPUT = ("sizes", "format", "scale")
"""The fields of a look: those of its design, and those of its output."""


def load_brand(name: str, folder: Path) -> Brand | None:
    """Return the brand of a name; None for an empty name. Raises RequestError when it cannot be read."""
    if not name:
        return None
    from imagegen.overlay.brands.reading import load

    return load(name, folder)


def build_design(look: Look, brand: Brand | None) -> Design:
    """Return the design that a pair asks for, in its brand."""
    return Design(**{name: getattr(look, name) for name in LOOK}, brand=brand)


def build_output(look: Look) -> Output:
    """Return the sizes and formats that a pair asks for."""
    return Output(look.sizes, look.format, look.scale)


def find_least_side(output: Output) -> int:
    """Return the pixels that a picture decoded for this output keeps on each side, as far as it has them."""
    sizes = [read_size(name).enlarge(output.scale) for name in output.sizes]
    return max(max(size.width, size.height) for size in sizes)


@dataclass(frozen=True, slots=True)
class Fit:
    """The share of an original's area that is seen in a size, beside a panel or above a bar, and how it is enlarged."""

    size: Size
    kept: float
    enlarged: float


def measure_fits(design: Design, output: Output, original: tuple[int, int]) -> list[Fit]:
    """Return how an original of this width and height fits each of the sizes under a design's texts, in order."""
    from imagegen.overlay.render import find_covered

    fits = []
    for name in output.sizes:
        size = fit_scale(read_size(name), original, output.scale)
        across, down = (seen / own for seen, own in zip(find_covered(design, size).size, original, strict=True))
        fits.append(Fit(size, min(across, down) / max(across, down), max(across, down, 1.0)))
    return fits


@dataclass(frozen=True, slots=True)
class Described:
    """Composed pictures as a record names them: by name, the first one before all others, and its thumbnail."""

    pictures: dict[str, StoredPicture]
    thumbnail: StoredPicture

    @property
    def image(self) -> StoredPicture:
        """The first picture."""
        return next(iter(self.pictures.values()))

    def as_fields(self) -> dict[str, Any]:
        """Return them as the fields of a LeafResult."""
        return {"image": self.image, "thumbnail": self.thumbnail, "pictures": self.pictures}


def describe(composed: "Composed") -> Described:
    """Return what a record says of composed pictures."""
    pictures = {}
    for name, made in composed.pictures.items():
        sha256 = keys.content_hash(made.data)
        pictures[name] = _describe(keys.image(sha256, made.format), sha256, made)
    first = next(iter(pictures.values())).sha256
    small = composed.thumbnail
    return Described(pictures, _describe(keys.thumbnail(first), keys.content_hash(small.data), small))


def _describe(key: str, sha256: str, made: "Encoded") -> StoredPicture:
    return StoredPicture(key=key, sha256=sha256, bytes=len(made.data), width=made.width, height=made.height)

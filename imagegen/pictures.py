"""Between a picture's record and its pixels: what a pair asks for as a design, what was composed as it is recorded."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from imagegen.results import StoredPicture
from storage import keys

if TYPE_CHECKING:
    from imagegen.overlay.compose import Composed, Encoded


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

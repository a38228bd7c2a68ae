"""From a provider's bytes to the finished picture and its thumbnail."""

from dataclasses import dataclass
from io import BytesIO
from typing import Any

from imagegen.errors import PassingFailure

WIDTH, HEIGHT = 1200, 630
THUMBNAIL = (400, 210)


@dataclass(frozen=True, slots=True)
class Provenance:
    """What the picture says of itself in its metadata."""

    provider: str
    model: str
    offline: bool


@dataclass(frozen=True, slots=True)
class Composed:
    """The finished JPEG and its thumbnail JPEG."""

    image: bytes
    thumbnail: bytes


def renderer() -> str:
    """What decides the pixels beside the inputs: the renderer's version and the text engine in use."""
    return "0-skeleton"


def decode(data: bytes) -> Any:
    """Decode a provider's picture fully, within bounds. Raises PassingFailure("bad_picture") for anything else."""
    from PIL import Image

    try:
        image = Image.open(BytesIO(data))
        image.load()
    except Exception as error:
        raise PassingFailure("bad_picture", "the picture cannot be decoded") from error
    return image


def compose(picture: Any, *, title: str, template: str, font: str, provenance: Provenance) -> Composed:
    """Draw the title over the picture. Raises PermanentFailure for a title that cannot be drawn right."""
    from PIL import ImageDraw, ImageOps

    image = ImageOps.fit(picture.convert("RGB"), (WIDTH, HEIGHT))
    ImageDraw.Draw(image).text((60, 500), title)
    full, thumb = BytesIO(), BytesIO()
    image.save(full, "JPEG", quality=88)
    image.reduce(3).save(thumb, "JPEG", quality=80)
    return Composed(full.getvalue(), thumb.getvalue())

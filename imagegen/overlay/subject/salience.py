"""The part of a picture that stands out from its surroundings: by colour, by edges, and by being near the middle."""

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from PIL.Image import Image

_CELLS = 48
"""Cells of the map along the picture's longer side; a subject is seldom under three of them."""
_LEAST_SIDE = 2
"""The side in pixels up to which a picture has edges only."""
_EDGE_WEIGHT = 0.5
"""The weight of edges beside colour's 1."""
_FLOOR = 0.3
"""The share of the map's brightest value that counts as nothing: textures and slopes of light are below it."""
_CENTRE_PULL = 0.5
"""The share by which a cell in a corner counts less than one in the middle."""
_TAIL = 0.025
"""The share of the salience that may lie beyond each side of the box: stray specks."""
_ROUNDS = 3
"""Rounds of narrowing: each leaves the specks out that the box before held."""
_REACH = 0.35
"""The share of its size by which the next round looks around the box of the round before."""
_BORDER = 0.16
"""The share of its size by which the box found is widened on each side: what the tails and the floor have cut off."""
_MOST_AREA = 0.4
"""The largest share of the picture that is one thing to be kept whole, and not a scene."""
_LEAST_DENSITY = 25.0
"""The ratio of salience inside the box to outside, each per area, from which the box holds one thing."""


class Salience(NamedTuple):
    """The box that stands out, as shares of the picture's width and height; ``distinct`` if it holds one thing."""

    left: float
    top: float
    right: float
    bottom: float
    distinct: bool


def find_salience(picture: "Image") -> Salience:
    """Find the box that stands out in a small RGB picture; the whole picture if nothing does."""
    salience = _map_salience(picture)
    width, height = salience.size
    values = salience.tobytes()
    rows = [values[at : at + width] for at in range(0, len(values), width)]
    columns = list(zip(*rows, strict=True))
    box = 0, 0, width, height
    for _ in range(_ROUNDS):
        left, top, right, bottom = _grow(box, width, height, _REACH)
        across = [sum(column[top:bottom]) for column in columns[left:right]]
        down = [sum(row[left:right]) for row in rows[top:bottom]]
        first, last = _bound(across)
        upper, lower = _bound(down)
        box = left + first, top + upper, left + last, top + lower
    left, top, right, bottom = box
    inside = sum(sum(row[left:right]) for row in rows[top:bottom])
    distinct = _is_distinct((right - left) * (bottom - top) / (width * height), inside / max(sum(values), 1))
    left, top, right, bottom = _grow(box, width, height, _BORDER)
    return Salience(left / width, top / height, right / width, bottom / height, distinct)


def _is_distinct(area: float, mass: float) -> bool:
    """Tell if a box of this share of the picture holds one thing, by the share of the salience in it."""
    return area <= _MOST_AREA and mass * (1 - area) >= _LEAST_DENSITY * (1 - mass) * area


def _grow(box: tuple[int, int, int, int], width: int, height: int, share: float) -> tuple[int, int, int, int]:
    left, top, right, bottom = box
    across, down = round((right - left) * share) + 1, round((bottom - top) * share) + 1
    return max(left - across, 0), max(top - down, 0), min(right + across, width), min(bottom + down, height)


def _bound(masses: Sequence[int]) -> tuple[int, int]:
    """Return the start and the end of what is left when the tails are cut off."""
    total = sum(masses)
    if not total:
        return 0, len(masses)
    sums = list(itertools.accumulate(masses))
    start = next(at for at, reached in enumerate(sums) if reached > total * _TAIL)
    end = next(at for at, reached in enumerate(sums) if reached >= total * (1 - _TAIL))
    return start, end + 1


def _map_salience(picture: "Image") -> "Image":
    """Map how much each cell of the picture stands out, in 0 to 255."""
    from PIL import Image, ImageChops, ImageFilter

    scale = _CELLS / max(picture.size)
    size = max(round(picture.width * scale), 3), max(round(picture.height * scale), 3)
    cells = picture.resize(size, Image.Resampling.BOX)
    surroundings = (_stretch_edges(cells), _turn(_stretch_edges(_turn(cells))))
    # The nearer one counts: a band of sky or ground is like what lies left and right of it, a pole like its ends.
    colour = ImageChops.darker(*(_flatten_channels(ImageChops.difference(cells, one)) for one in surroundings))
    edges = picture.convert("L").filter(ImageFilter.FIND_EDGES)
    if min(edges.size) > _LEAST_SIDE:
        # The filter leaves the outermost pixels as they were.
        edges = edges.crop((1, 1, edges.width - 1, edges.height - 1))
    weighted = edges.resize(size, Image.Resampling.BOX).point([round(value * _EDGE_WEIGHT) for value in range(256)])
    both = ImageChops.add(colour, weighted).filter(ImageFilter.BoxBlur(1))
    pulled = ImageChops.multiply(both, _draw_pull(size))
    floor = max(pulled.tobytes()) * _FLOOR
    return pulled.point([max(round(value - floor), 0) for value in range(256)])


def _flatten_channels(image: "Image") -> "Image":
    """Return the largest channel of each pixel."""
    from PIL import ImageChops

    red, green, blue = image.split()
    return ImageChops.lighter(ImageChops.lighter(red, green), blue)


def _stretch_edges(cells: "Image") -> "Image":
    """Paint the cells as if there were no subject: each row fades from its colour at the left to that at the right."""
    from PIL import Image, ImageFilter

    width, height = cells.size
    depth = max(width // 12, 1)
    ends = Image.new("RGB", (2, height))
    ends.paste(cells.crop((0, 0, depth, height)).resize((1, height), Image.Resampling.BOX), (0, 0))
    ends.paste(cells.crop((width - depth, 0, width, height)).resize((1, height), Image.Resampling.BOX), (1, 0))
    return ends.resize((width, height), Image.Resampling.BILINEAR).filter(ImageFilter.BoxBlur(1))


def _turn(image: "Image") -> "Image":
    from PIL import Image

    return image.transpose(Image.Transpose.TRANSPOSE)


def _draw_pull(size: tuple[int, int]) -> "Image":
    """Draw the weights of the cells: 255 in the middle, less towards the corners."""
    from PIL import Image, ImageChops

    # Pillow's own gradient is 0 in the middle and reaches 255 at the middle of each side.
    pull = Image.radial_gradient("L").resize(size, Image.Resampling.BILINEAR)
    return ImageChops.invert(pull.point([round(value * _CENTRE_PULL) for value in range(256)]))

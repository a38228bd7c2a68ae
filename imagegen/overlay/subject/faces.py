"""Faces in a picture, found by the cascade of pixel comparisons that ``pico`` was trained with.

The cascade is the file ``facefinder`` of https://github.com/nenadmarkus/pico (MIT, the licence lies beside it), as it
is published. N. Markuš et al., "Object Detection with Pixel Intensity Comparisons Organized in Decision Trees"
(https://arxiv.org/abs/1305.4537), describes it: a window is a face when the sum of 468 small decision trees stays
above a threshold after each tree. Most windows fall within four trees.

It is plain Python on purpose: an array library would take longer to import than the search takes, and 25 MB more.
"""

import functools
import itertools
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from PIL.Image import Image

_CASCADE = Path(__file__).with_name("facefinder")
_HEADER_BYTES, _TREE_BYTES = 16, 512
_NODES = 64
"""Nodes of a tree and one more, because they count from 1; also its leaves, which follow the nodes."""
_TREES = 468
_PART = 36
"""Trees that are read together; most windows need the first part only, and few pictures the last."""

_WINDOW = 24
"""The side of the window in pixels; the picture is scaled, not the window, so that each comparison is computed once."""
_HALF = _WINDOW // 2
_STRIDE = 256
"""Bytes from one row of pixels to the next. It makes a comparison's place a row byte and a column byte."""
_LEAST_FACE = 0.155
"""The side of the smallest face that is searched, as a share of the square root of the picture's area."""
_ZOOM = 1.2
"""The factor from one level of the pyramid to the next. With ``_STEP`` it decides which faces are missed and what the
search costs; these two find 98 % of the faces that steps half as wide find, in a third of the time."""
_STEP, _FINE_STEP = 4.4, 3.0
"""Pixels between two windows of the coarse search, and on small levels, which hold few windows anyway."""
_SMALL_LEVEL = 75
"""The square root of the area, in pixels, under which a level is small."""
_PROMISING = 20
"""Trees that a window of the coarse search passes to be looked at closely. Away from faces one in thirty does."""
_PLAIN, _BUSY = 16, 110
"""The mean strength of edges, of 255, between which a window may hold a face. Faces in photographs have 33 to 80."""
_SMALL_FACE_LEVELS = 4
"""Levels for faces under a third of the picture. They are searched last: they take most of the time, and a large face
makes most of them needless."""
_VAIN_LOOKS, _MOST_LOOKS = 8, 12
"""Close looks without a face, and close looks in all, after which the search ends; they bound its time."""
_COARSE_PARTS = 4
"""Parts of the cascade that a window of the coarse search is held against at most."""
_CLOSE_PARTS = 2
"""Parts of the cascade that a window next to a promising one passes to count as being on the same face."""
_VERIFIED, _PASSES = 4, 2
"""Windows around a promising one that are held against all trees, and how many of them have to pass."""
_NUDGES = tuple(itertools.product((0, -2, 2), (0, -2, 2)))
_FINE_ZOOMS = (1.0, 1.15, 1 / 1.15, 1.32)
_NEARBY, _SAME = 0.12, 0.5
"""Distances, in sides of the larger window, under which two windows need one close look, and two faces are one."""

_Node = tuple[int, int, Any, Any]
"""Two places to compare, and the nodes (at the sixth comparison: values) to go on with if the first is brighter, or
not. A place is a distance in a level's pixels from the row of the window's centre and the column of its left edge."""


class Face(NamedTuple):
    """A face: its centre, and the side of the square that holds it from brow to chin, in pixels of the picture."""

    x: float
    y: float
    size: float


class _Level(NamedTuple):
    """The picture at one scale: its grey pixels, row by row, and how many of the picture's pixels are one of them."""

    pixels: list[int]
    width: int
    height: int
    scale: float


class _Window(NamedTuple):
    """A window of a level: where it is, how many trees it has passed, and their sum."""

    passed: int
    total: float
    level: _Level
    left: int
    row: int

    @property
    def face(self) -> Face:
        scale = self.level.scale
        return Face((self.left + _HALF) * scale, self.row * scale, _WINDOW * scale)


def find_faces(picture: "Image") -> list[Face]:
    """Find upright faces seen from the front in a picture about 200 pixels wide and high.

    A face is found if its side is a sixth of the picture or more, and half the largest face's or more.
    """
    from PIL import ImageOps

    grey = ImageOps.autocontrast(picture.convert("L"))
    faces: list[Face] = []
    pyramid = list(_build_pyramid(grey))
    for levels in (pyramid[_SMALL_FACE_LEVELS:], pyramid[:_SMALL_FACE_LEVELS]):
        least = max((face.size for face in faces), default=0.0) / 2
        faces += _find_in(grey, [level for level in levels if level.scale * _WINDOW >= least], faces)
    return faces


def _build_pyramid(grey: "Image") -> Iterator[_Level]:
    """Yield the picture scaled so that faces of growing size fit the window."""
    scale = max(_LEAST_FACE * (grey.width * grey.height) ** 0.5 / _WINDOW, grey.width / _STRIDE)
    while level := _scale(grey, scale):
        yield level
        scale *= _ZOOM


def _find_in(grey: "Image", levels: Sequence[_Level], known: Sequence[Face]) -> list[Face]:
    """Find the faces, other than known ones, that fit the window on some levels."""
    promising = [window for level in levels for window in _search(grey, level)]
    promising.sort(key=lambda window: (-window.passed, -window.total))
    faces: list[Face] = []
    looked: list[Face] = []
    for window in promising:
        if len(looked) - len(faces) == _VAIN_LOOKS or len(looked) == _MOST_LOOKS:
            break
        if _is_near(window.face, looked, _NEARBY) or _is_near(window.face, [*known, *faces], _SAME):
            continue
        looked.append(window.face)
        if face := _look_closely(grey, window):
            faces.append(face)
    return faces


def _scale(grey: "Image", scale: float) -> _Level | None:
    """Scale the picture down by ``scale``; None when it becomes smaller than a window."""
    from PIL import Image

    width, height = round(grey.width / scale), round(grey.height / scale)
    if min(width, height) < _WINDOW or width > _STRIDE:
        return None
    small = Image.new("L", (_STRIDE, height))
    small.paste(grey.resize((width, height), Image.Resampling.BILINEAR))
    return _Level(list(small.tobytes()), width, height, scale)


def _search(grey: "Image", level: _Level) -> Iterator[_Window]:
    """Classify windows all over the level, but for those too plain or too busy for a face; yield the promising ones."""
    step = _FINE_STEP if level.width * level.height < _SMALL_LEVEL**2 else _STEP
    detail = _measure_detail(grey, level)
    lefts = _spread(level.width, step)
    for top in _spread(level.height, step):
        row = top + _HALF
        for left in lefts:
            if _PLAIN <= detail[row * level.width + left + _HALF] <= _BUSY:
                passed, total = _classify(level.pixels, row * _STRIDE + left, _COARSE_PARTS)
                if passed >= _PROMISING:
                    yield _Window(passed, total, level, left, row)


def _measure_detail(grey: "Image", level: _Level) -> bytes:
    """Measure the mean strength of edges around each pixel of a level, row by row."""
    from PIL import Image, ImageFilter

    scaled = grey.resize((level.width, level.height), Image.Resampling.BILINEAR)
    return scaled.filter(ImageFilter.FIND_EDGES).filter(ImageFilter.BoxBlur(_HALF - 3)).tobytes()


def _spread(length: int, step: float) -> list[int]:
    """Return where windows start along an axis, from one end to the other."""
    gaps = max(round((length - _WINDOW) / step), 1)
    return [(length - _WINDOW) * at // gaps for at in range(gaps + 1)]


def _look_closely(grey: "Image", window: _Window) -> Face | None:
    """Search around a promising window. Returns the middle of the windows on the face there; None if it is no face."""
    near = [
        found
        for zoom in _FINE_ZOOMS
        if (level := _scale(grey, window.level.scale * zoom))
        for found in _search_near(level, window.face)
        if found.passed == _CLOSE_PARTS * _PART
    ]
    near.sort(key=lambda found: -found.total)
    passes = [_classify(found.level.pixels, found.row * _STRIDE + found.left)[0] for found in near[:_VERIFIED]]
    return _average([found.face for found in near]) if passes.count(_TREES) >= _PASSES else None


def _search_near(level: _Level, face: Face) -> Iterator[_Window]:
    for right, down in _NUDGES:
        left, row = round(face.x / level.scale) - _HALF + right, round(face.y / level.scale) + down
        if 0 <= left <= level.width - _WINDOW and _HALF <= row <= level.height - _HALF:
            yield _Window(*_classify(level.pixels, row * _STRIDE + left, _CLOSE_PARTS), level, left, row)


def _average(faces: Sequence[Face]) -> Face:
    xs, ys, sizes = zip(*faces, strict=True)
    return Face(sum(xs) / len(xs), sum(ys) / len(ys), sum(sizes) / len(sizes))


def _is_near(face: Face, others: Sequence[Face], share: float) -> bool:
    """Tell if the centre of any other window is nearer than ``share`` of the larger side."""
    return any(
        max(abs(face.x - other.x), abs(face.y - other.y)) < max(face.size, other.size) * share for other in others
    )


def _classify(pixels: Sequence[int], at: int, parts: int = _TREES // _PART) -> tuple[int, float]:
    """Sum the trees' values for the window at ``at`` until one leaves the sum at its threshold or below.

    Returns how many trees the window passed, and the sum. The walk down a tree is written out: it is half the time
    of the whole crop.
    """
    total, passed = 0.0, 0
    for part in range(parts):
        for root, threshold in _load_trees(part):
            first, second, left, right = root
            first, second, left, right = right if pixels[at + first] <= pixels[at + second] else left
            first, second, left, right = right if pixels[at + first] <= pixels[at + second] else left
            first, second, left, right = right if pixels[at + first] <= pixels[at + second] else left
            first, second, left, right = right if pixels[at + first] <= pixels[at + second] else left
            first, second, left, right = right if pixels[at + first] <= pixels[at + second] else left
            total += right if pixels[at + first] <= pixels[at + second] else left
            if total <= threshold:
                return passed, total
            passed += 1
    return passed, total


def load_cascade() -> None:
    """Read the part of the cascade that every picture needs."""
    for part in range(_CLOSE_PARTS):
        _load_trees(part)


@functools.cache
def _load_trees(part: int) -> tuple[tuple[_Node, float], ...]:
    """Read some trees of the cascade: the root of each, and the threshold for the sum after it."""
    start = _HEADER_BYTES + part * _PART * _TREE_BYTES
    trees = _read_cascade()[start : start + _PART * _TREE_BYTES]
    first, second = _read_places(trees, 0), _read_places(trees, 2)
    values = struct.unpack(f"<{len(trees) // 4}f", trees)
    return tuple(
        (_build_tree(first[at:], second[at:], values[at + _NODES - 1 :]), values[at + 2 * _NODES - 1])
        for at in range(0, len(values), 2 * _NODES)
    )


@functools.cache
def _read_cascade() -> bytes:
    return _CASCADE.read_bytes()


def _build_tree(first: Sequence[int], second: Sequence[int], leaves: Sequence[float]) -> Any:
    """Build the nodes of a tree from the last to the root; node ``n`` goes on with ``2n`` and ``2n + 1``."""
    nodes: list[Any] = [None] * _NODES + list(leaves[:_NODES])
    for node in range(_NODES - 1, 0, -1):
        nodes[node] = (first[node - 1], second[node - 1], nodes[2 * node], nodes[2 * node + 1])
    return nodes[1]


def _read_places(trees: bytes, part: int) -> tuple[int, ...]:
    """Read one of the two places that each node compares: byte ``part`` of its word is a row, the next a column.

    Both are signed 256ths of a window around its centre.
    """
    scaled = [(value - (value & 128) * 2) * _WINDOW >> 8 for value in range(256)]
    places = bytearray(len(trees) // 2)
    places[1::2] = trees[part::4].translate(bytes(value & 255 for value in scaled))
    places[0::2] = trees[part + 1 :: 4].translate(bytes(value + _HALF for value in scaled))
    return struct.unpack(f"<{len(places) // 2}h", places)

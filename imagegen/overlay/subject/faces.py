"""Faces in a picture: windows of every size and place held against the cascade, first in steps, then closely."""

import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from imagegen.overlay.subject.cascade import HALF, PART, STRIDE, TREES, WINDOW, classify

if TYPE_CHECKING:
    from PIL.Image import Image

_LEAST_FACE = 0.155
"""The side of the smallest face that is searched, as a share of the square root of the picture's area."""
_ZOOM = 1.2
"""The factor from one level of the pyramid to the next. With ``_STEP`` it decides which faces are missed and what the
search costs: in 60 cuts out of 13 portraits these two miss at most one face, and find none where there is none."""
_STEP, _FINE_STEP = 3.6, 3.0
"""Pixels between two windows of the coarse search, and on small levels, which hold few windows anyway."""
_SMALL_LEVEL = 75
"""The square root of the area, in pixels, under which a level is small."""
_PROMISING = 20
"""Trees that a window of the coarse search passes to be looked at closely. Away from faces one in thirty does."""
_PLAIN, _BUSY = 20, 110
"""The mean strength of edges, of 255, between which a window may hold a face. Faces in photographs have 33 to 80."""
_SMALL_FACE_LEVELS = 4
"""Levels for faces under a third of the picture. They are searched last: they take most of the time, and a large face
makes most of them needless."""
_VAIN_LOOKS, _MOST_LOOKS = 3, 6
"""Close looks without a face, and close looks in all, after which the search ends; they bound its time."""
_COARSE_PARTS = 4
"""Parts of the cascade that a window of the coarse search is held against at most."""
_CLOSE_PARTS = 2
"""Parts of the cascade that a window next to a promising one passes to count as being on the same face."""
_VERIFIED, _PASSES = 4, 2
"""Windows around a promising one that are held against all trees, and how many of them have to pass."""
_NUDGE = 2
"""Pixels between a window that is looked at closely and its neighbours."""
_NUDGES = tuple(itertools.product((0, -_NUDGE, _NUDGE), (0, -_NUDGE, _NUDGE)))
_HOPELESS = 6
"""Trees that a window has to pass for its neighbours to be looked at."""
_FINE_ZOOMS = (1.0, 1.15, 1 / 1.15, 1.32)
_NEARBY, _SAME = 0.12, 0.5
"""Distances, in sides of the larger window, under which two windows need one close look, and two faces are one."""


class Face(NamedTuple):
    """A face: its centre, and the side of the square that holds it from brow to chin, in pixels of the picture."""

    x: float
    y: float
    size: float


class _Level(NamedTuple):
    """The picture, or a part that starts at ``x`` and ``y``, at one scale.

    ``scale`` is the side, in pixels of the picture, of one of the level's grey ``pixels``.
    """

    pixels: bytes
    width: int
    height: int
    scale: float
    x: int = 0
    y: int = 0


class _Window(NamedTuple):
    """A window of a level: where it is, how many trees it has passed, and their sum."""

    passed: int
    total: float
    level: _Level
    left: int
    row: int

    @property
    def face(self) -> Face:
        scale, x, y = self.level[3:]
        return Face(x + (self.left + HALF) * scale, y + self.row * scale, WINDOW * scale)


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
        faces += _find_in(grey, [level for level in levels if level.scale * WINDOW >= least], faces)
    return faces


def _build_pyramid(grey: "Image") -> Iterator[_Level]:
    """Yield the picture scaled so that faces of growing size fit the window."""
    scale = max(_LEAST_FACE * (grey.width * grey.height) ** 0.5 / WINDOW, grey.width / STRIDE)
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
    if min(width, height) < WINDOW or width > STRIDE:
        return None
    small = Image.new("L", (STRIDE, height))
    small.paste(grey.resize((width, height), Image.Resampling.BILINEAR))
    return _Level(small.tobytes(), width, height, scale)


def _search(grey: "Image", level: _Level) -> Iterator[_Window]:
    """Classify windows all over the level, but for those too plain or too busy for a face; yield the promising ones."""
    step = _FINE_STEP if level.width * level.height < _SMALL_LEVEL**2 else _STEP
    detail = _measure_detail(grey, level)
    lefts = _spread(level.width, step)
    for top in _spread(level.height, step):
        row = top + HALF
        for left in lefts:
            if _PLAIN <= detail[row * level.width + left + HALF] <= _BUSY:
                passed, total = classify(level.pixels, row * STRIDE + left, _COARSE_PARTS)
                if passed >= _PROMISING:
                    yield _Window(passed, total, level, left, row)


def _measure_detail(grey: "Image", level: _Level) -> bytes:
    """Measure the mean strength of edges around each pixel of a level, row by row."""
    from PIL import Image, ImageFilter

    scaled = grey.resize((level.width, level.height), Image.Resampling.BILINEAR)
    return scaled.filter(ImageFilter.FIND_EDGES).filter(ImageFilter.BoxBlur(HALF - 3)).tobytes()


def _spread(length: int, step: float) -> list[int]:
    """Return where windows start along an axis, from one end to the other."""
    gaps = max(round((length - WINDOW) / step), 1)
    return [(length - WINDOW) * at // gaps for at in range(gaps + 1)]


def _look_closely(grey: "Image", window: _Window) -> Face | None:
    """Search around a promising window. Returns the middle of the windows on the face there; None if it is no face."""
    near = [
        found
        for zoom in _FINE_ZOOMS
        for found in _search_near(_cut_out(grey, window.face, window.level.scale * zoom))
        if found.passed == _CLOSE_PARTS * PART
    ]
    near.sort(key=lambda found: -found.total)
    passes = [classify(found.level.pixels, found.row * STRIDE + found.left)[0] for found in near[:_VERIFIED]]
    return _average([found.face for found in near]) if passes.count(TREES) >= _PASSES else None


def _cut_out(grey: "Image", face: Face, scale: float) -> _Level:
    """Scale the surroundings of a window, wide enough for its neighbours, to a level of their own."""
    from PIL import Image

    side = WINDOW + 2 * _NUDGE
    reach = side * scale / 2
    left, top = round(face.x - reach), round(face.y - reach)
    cut = grey.crop((left, top, round(face.x + reach), round(face.y + reach))).resize(
        (side, side), Image.Resampling.BILINEAR
    )
    small = Image.new("L", (STRIDE, side))
    small.paste(cut)
    return _Level(small.tobytes(), side, side, scale, left, top)


def _search_near(level: _Level) -> Iterator[_Window]:
    """Classify the window in the middle, and its neighbours unless it falls at once."""
    for number, (right, down) in enumerate(_NUDGES):
        left, row = _NUDGE + right, _NUDGE + HALF + down
        passed, total = classify(level.pixels, row * STRIDE + left, _CLOSE_PARTS)
        if number == 0 and passed < _HOPELESS:
            return
        yield _Window(passed, total, level, left, row)


def _average(faces: Sequence[Face]) -> Face:
    xs, ys, sizes = zip(*faces, strict=True)
    return Face(sum(xs) / len(xs), sum(ys) / len(ys), sum(sizes) / len(sizes))


def _is_near(face: Face, others: Sequence[Face], share: float) -> bool:
    """Tell if the centre of any other window is nearer than ``share`` of the larger side."""
    return any(
        max(abs(face.x - other.x), abs(face.y - other.y)) < max(face.size, other.size) * share for other in others
    )

"""The subject of a picture: a place that the request names, else faces, else what stands out."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from imagegen.overlay.subject.faces import Face, find_faces
from imagegen.overlay.subject.focus import read_focus
from imagegen.overlay.subject.salience import find_salience

if TYPE_CHECKING:
    from PIL.Image import Image

_LOOKED_AT = 200
"""The square root of the area, in pixels, of the small copy that is looked at."""
_OVERSAMPLING = 2
"""The factor by which the picture is sampled larger than it is looked at."""
_FOCUS_SIZE = 0.2
"""The side of the box around a focus, as a share of the picture's sides."""
_LEAST_OF_THING, _LEAST_OF_FACE = 0.30, 0.36
"""The share of the visible canvas that a picture covers at least when it is made smaller for a thing or a face.

With less of it the canvas is mostly blur; part of a thing or a chin is covered instead."""
_SIDE_CELLS, _PLAIN_STEP = 24, 32
"""Cells of a picture's side, and the step between two of them, of 255, from which something ends there."""
_MOST_WIDTH = 0.75
"""The share of a wide picture's width from which what stands out is a horizon and not a thing."""
_MOST_SCENE = 0.8
"""The share of the picture from which what stands out is nothing in particular."""
_SCENE_IMPORTANCE = 0.1
"""The importance of a part of the picture that stands out, but has no bounds that anybody would see cut."""
_UPPER_SHARE = 0.55
"""The upper share of a scene that counts: heads and roofs are at its top."""
_LEAST_RELATIVE_FACE = 0.4
"""The size under which a face counts as a passer-by, as a share of the largest face's."""


class Area(NamedTuple):
    """A part of a picture, as shares of its width and height."""

    left: float
    top: float
    right: float
    bottom: float


_UPRIGHT = Area(0.2, 0.05, 0.8, 0.5)
"""The part of an upright picture that counts when nothing is found in it.

Most show somebody, turned or tilted, and a third of them at most is seen when they fill the canvas.
"""
_UPRIGHT_IMPORTANCE = 0.5


@dataclass(frozen=True, slots=True)
class Subject:
    """The parts of a picture that should be seen.

    - ``parts`` are to lie in the free part of the canvas: heads, a thing, or the place that the request names.
    - ``eyes`` are the bands around the eyes of the heads, which nothing may cover.
    - ``importance`` says how much it matters, from 0 to 1, that ``parts`` are seen whole.
    - The picture may be made smaller, until it covers ``least_share`` of the visible canvas, so that ``parts`` fit.
    - It may leave a part of the canvas bare for their sake if it ``goes_on``: nothing ends visibly at its sides.
    """

    parts: tuple[Area, ...]
    eyes: tuple[Area, ...] = ()
    importance: float = 1.0
    least_share: float = 1.0
    goes_on: bool = True


def find_subject(picture: "Image", focus: str = "") -> Subject:
    """Find the subject of a decoded picture. The same picture and focus give the same subject."""
    if focus:
        return _surround(*read_focus(focus))
    small = _copy_small(picture)
    if faces := find_faces(small):
        return _keep_heads(faces, small.size)
    left, top, right, bottom, distinct = find_salience(small)
    plain, upright = _has_plain_sides(small), picture.height > picture.width
    if distinct and (right - left <= _MOST_WIDTH or plain or upright):
        return Subject((Area(left, top, right, bottom),), least_share=_LEAST_OF_THING if plain else 1.0, goes_on=plain)
    if upright:
        return Subject((_UPRIGHT,), importance=_UPRIGHT_IMPORTANCE, least_share=_LEAST_OF_FACE)
    scene = (right - left) * (bottom - top) <= _MOST_SCENE
    if scene:
        bottom = top + (bottom - top) * _UPPER_SHARE
    return Subject((Area(left, top, right, bottom),), importance=_SCENE_IMPORTANCE if scene else 0.0)


def _has_plain_sides(picture: "Image") -> bool:
    """Tell if a small RGB picture can go on beyond its sides without a seam: no horizon and no ridge reaches them."""
    from PIL import Image

    width, height = picture.size
    depth = max(width // 25, 1)
    for left in (0, width - depth):
        column = picture.crop((left, 0, left + depth, height)).resize((1, _SIDE_CELLS), Image.Resampling.BOX).tobytes()
        if max(abs(above - below) for above, below in zip(column, column[3:], strict=False)) > _PLAIN_STEP:
            return False
    return True


def _surround(x: float, y: float) -> Subject:
    reach = _FOCUS_SIZE / 2
    return Subject((Area(max(x - reach, 0.0), max(y - reach, 0.0), min(x + reach, 1.0), min(y + reach, 1.0)),))


def _keep_heads(faces: list[Face], size: tuple[int, int]) -> Subject:
    least = max(face.size for face in faces) * _LEAST_RELATIVE_FACE
    near = [face for face in faces if face.size >= least]
    # A face's square goes from brow to chin; hair and neck make a head of it.
    heads = tuple(_cut_out(face, size, 0.76, 0.96, 0.68) for face in near)
    # The eyes lie 0.075 of the square above its centre, 0.175 to either side: pico's own starting points for pupils.
    eyes = tuple(_cut_out(face, size, 0.36, 0.22, 0.08) for face in near)
    return Subject(heads, eyes, least_share=_LEAST_OF_FACE)


def _cut_out(face: Face, size: tuple[int, int], across: float, above: float, below: float) -> Area:
    """Return the area within these distances of a face's centre, in sides of its square, cut to the picture."""
    width, height = size
    return Area(
        max(face.x - across * face.size, 0) / width,
        max(face.y - above * face.size, 0) / height,
        min(face.x + across * face.size, width) / width,
        min(face.y + below * face.size, height) / height,
    )


def _copy_small(picture: "Image") -> "Image":
    """Copy the picture small, in RGB, whatever its mode."""
    from PIL import Image

    from imagegen.overlay.colours import convert_to_srgb

    scale = min(_LOOKED_AT * _OVERSAMPLING / (picture.width * picture.height) ** 0.5, 1.0)
    size = max(round(picture.width * scale), 1), max(round(picture.height * scale), 1)
    # Sample before averaging: Pillow would copy a whole picture with alpha to average it.
    sampled = picture.resize(size, Image.Resampling.NEAREST)
    # The exact colours do not matter here, and applying a profile takes longer than all the rest.
    sampled.info.pop("icc_profile", None)
    return convert_to_srgb(sampled).reduce(_OVERSAMPLING if scale < 1 else 1)

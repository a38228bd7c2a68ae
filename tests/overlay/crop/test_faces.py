"""Faces are found where they are, and not where there are none."""

import hashlib
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from imagegen.overlay.subject import cascade, faces
from imagegen.overlay.subject.faces import Face, find_faces
from tests.doubles.pictures import GROUNDS
from tests.overlay.crop.scenes import make_ground, make_thing, photographed_head

FACE = 0.556
"""The side of the face's square in the photographed head, as a share of the photograph's; its middle is at (½, ½)."""


def with_head(side: int, at: tuple[int, int], *, mirrored: bool = False) -> Image.Image:
    """A quiet ground of 200×200 pixels with a head on it."""
    image, head = make_ground((200, 200), 5), photographed_head()
    face, mask = (ImageOps.mirror(part) if mirrored else part for part in (head.image, head.mask))
    image.paste(face.resize((side, side)), at, mask.resize((side, side)))
    return image


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize(("side", "at"), [(70, (10, 8)), (90, (100, 60)), (120, (40, 30)), (190, (4, 0))])
def test_a_face_is_found_where_it_is(side: int, at: tuple[int, int], mirrored: bool) -> None:
    (face,) = find_faces(with_head(side, at, mirrored=mirrored))
    assert face.x == pytest.approx(at[0] + side / 2, abs=side * 0.12)
    assert face.y == pytest.approx(at[1] + side / 2, abs=side * 0.12)
    assert 0.7 < face.size / (side * FACE) < 1.5


def test_two_faces_are_found() -> None:
    image = with_head(84, (8, 40))
    image.paste(with_head(84, (108, 60)).crop((100, 0, 200, 200)), (100, 0))
    assert len(find_faces(image)) == 2


def test_a_grey_a_dim_and_a_pale_face_are_faces_too() -> None:
    image = with_head(110, (40, 40))
    for change in (
        ImageOps.grayscale(image),
        image.point(lambda value: value // 4),
        image.point(lambda v: 170 + v // 3),
    ):
        assert len(find_faces(change)) == 1


@pytest.mark.parametrize("kind", GROUNDS)
def test_a_picture_without_a_face_has_none(kind: str) -> None:
    for seed in range(3):
        assert find_faces(GROUNDS[kind](seed).resize((245, 163), Image.Resampling.BOX)) == []


@pytest.mark.parametrize("seed", range(12))
def test_a_thing_is_no_face(seed: int) -> None:
    assert find_faces(make_thing(1.5, seed).image.resize((245, 163), Image.Resampling.BOX)) == []


@pytest.mark.parametrize("size", [(1, 1), (1, 200), (200, 1), (23, 23), (24, 24), (2000, 20), (20, 2000)])
def test_a_picture_of_any_shape_can_be_searched(size: tuple[int, int]) -> None:
    assert find_faces(Image.effect_noise(size, 60).convert("RGB")) == []


def test_the_same_picture_has_the_same_faces() -> None:
    image = with_head(100, (30, 40))
    assert find_faces(image) == find_faces(image.copy()) != []


def test_the_cascade_is_the_published_one() -> None:
    data = Path(cascade.__file__).with_name("facefinder").read_bytes()
    assert hashlib.sha256(data).hexdigest() == "d8014993e7298c7b1865d1f8b855d6dbf4ec5c808bf879e2091ab6837abf90cd"
    assert "Copyright (c) 2013 Nenad Markus" in Path(cascade.__file__).with_name("facefinder.LICENSE").read_text()


def test_a_window_is_a_face_when_it_passes_every_tree() -> None:
    """The walk through the trees agrees with one written from the cascade's definition, node by node."""
    image = with_head(100, (30, 40)).convert("L")
    level = faces._scale(image, 100 * FACE / 24)
    assert level
    for left, row in ((level.width // 2 - 14, level.height // 2), (0, 12), (level.width - 24, level.height - 12)):
        assert cascade.classify(level.pixels, row * 256 + left) == pytest.approx(
            classify_by_definition(level, left, row)
        )


def classify_by_definition(level: "faces._Level", left: int, row: int) -> tuple[int, float]:
    """Walk the cascade as ``picornt.c`` does, with a window of 24 pixels."""
    import struct

    data, total = cascade._read_cascade(), 0.0
    for tree in range(468):
        block = data[16 + tree * 512 : 16 + (tree + 1) * 512]
        node = 1
        for _ in range(6):
            r1, c1, r2, c2 = struct.unpack_from("<4b", block, 4 * (node - 1))
            one = level.pixels[(row + (r1 * 24 >> 8)) * 256 + left + 12 + (c1 * 24 >> 8)]
            other = level.pixels[(row + (r2 * 24 >> 8)) * 256 + left + 12 + (c2 * 24 >> 8)]
            node = 2 * node + (one <= other)
        total += struct.unpack_from("<f", block, 252 + 4 * (node - 64))[0]
        if total <= struct.unpack_from("<f", block, 508)[0]:
            return tree, total
    return 468, total


def test_a_face_knows_its_place() -> None:
    level = faces._Level(b"", 100, 80, 2.0, 7, 9)
    assert faces._Window(0, 0.0, level, 10, 30).face == Face(51, 69, 48)

"""The cascade of pixel comparisons that ``pico`` was trained with to tell faces from all else.

The file ``facefinder`` is that of https://github.com/nenadmarkus/pico (MIT, the licence lies beside it), as it is
published. N. Markuš et al., "Object Detection with Pixel Intensity Comparisons Organized in Decision Trees"
(https://arxiv.org/abs/1305.4537), describes it: a window is a face when the sum of 468 small decision trees stays
above a threshold after each tree. Most windows fall within four trees.

It is plain Python on purpose: an array library would take longer to import than the search takes, and 25 MB more.
"""

import functools
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

_CASCADE = Path(__file__).with_name("facefinder")
_HEADER_BYTES, _TREE_BYTES = 16, 512
_NODES = 64
"""Nodes of a tree and one more, because they count from 1; also its leaves, which follow the nodes."""
TREES = 468
PART = 36
"""Trees that are read together; most windows need the first part only, and few pictures the last."""

_USUAL_PARTS = 2
"""Parts that most pictures need."""

WINDOW = 24
"""The side of the window in pixels; the picture is scaled, not the window, so that each comparison is computed once."""
HALF = WINDOW // 2
STRIDE = 256
"""Bytes from one row of pixels to the next. It makes a comparison's place a row byte and a column byte."""


class _Tree(NamedTuple):
    """A tree of depth six: places to compare by node, values by leaf, and the threshold for the sum after it.

    A place is the distance, in a level's bytes, from the row of the window's centre and the column of its left edge.
    """

    first: Sequence[int]
    second: Sequence[int]
    leaves: Sequence[float]
    threshold: float


def classify(pixels: bytes, at: int, parts: int = TREES // PART) -> tuple[int, float]:
    """Sum the trees' values for the window at ``at`` until one leaves the sum at its threshold or below.

    Returns how many trees the window passed, and the sum. The walk down a tree is written out: it is half the time
    of the whole crop.
    """
    total, passed = 0.0, 0
    for part in range(parts):
        for first, second, leaves, threshold in _load_trees(part):
            node = 2 + (pixels[at + first[1]] <= pixels[at + second[1]])
            node = 2 * node + (pixels[at + first[node]] <= pixels[at + second[node]])
            node = 2 * node + (pixels[at + first[node]] <= pixels[at + second[node]])
            node = 2 * node + (pixels[at + first[node]] <= pixels[at + second[node]])
            node = 2 * node + (pixels[at + first[node]] <= pixels[at + second[node]])
            total += leaves[2 * node + (pixels[at + first[node]] <= pixels[at + second[node]]) - _NODES]
            if total <= threshold:
                return passed, total
            passed += 1
    return passed, total


def load_cascade() -> None:
    """Read the part of the cascade that every picture needs."""
    for part in range(_USUAL_PARTS):
        _load_trees(part)


@functools.cache
def _load_trees(part: int) -> tuple[_Tree, ...]:
    """Read some trees of the cascade, their comparisons scaled to the window."""
    start = _HEADER_BYTES + part * PART * _TREE_BYTES
    trees = _read_cascade()[start : start + PART * _TREE_BYTES]
    # A word in front: nodes count from 1, and so do the places by node.
    first, second = (0, *_read_places(trees, 0)), (0, *_read_places(trees, 2))
    values = struct.unpack(f"<{len(trees) // 4}f", trees)
    return tuple(
        _Tree(
            first[at : at + _NODES],
            second[at : at + _NODES],
            values[at + _NODES - 1 : at + 2 * _NODES - 1],
            values[at + 2 * _NODES - 1],
        )
        for at in range(0, len(values), 2 * _NODES)
    )


@functools.cache
def _read_cascade() -> bytes:
    return _CASCADE.read_bytes()


def _read_places(trees: bytes, part: int) -> tuple[int, ...]:
    """Read one of the two places that each node compares: byte ``part`` of its word is a row, the next a column.

    Both are signed 256ths of a window around its centre.
    """
    scaled = [(value - (value & 128) * 2) * WINDOW >> 8 for value in range(256)]
    places = bytearray(len(trees) // 2)
    places[1::2] = trees[part::4].translate(bytes(value & 255 for value in scaled))
    places[0::2] = trees[part + 1 :: 4].translate(bytes(value + HALF for value in scaled))
    return struct.unpack(f"<{len(places) // 2}h", places)

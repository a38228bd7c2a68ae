"""Two notes of a batch's redone cells become one, and neither loses a picture."""

import pytest

from imagegen.cells import Attempt, Cell, Redone, Status
from tests.doubles.batches import digest

BATCH = "0" * 16


def note(shown: int, *statuses: Status, row: int = 0, first: int = 0) -> Redone:
    """A note of one cell, with a picture for each status."""
    attempts = tuple(
        Attempt(variant=variant, request_hash=digest(f"{variant}"), leaf_hash=digest(f"leaf {variant}"), status=status)
        for variant, status in enumerate(statuses, start=first)
    )
    return Redone(batch_id=BATCH, cells=(Cell(row=row, column=0, shown=shown, attempts=attempts),))


def tell(redone: Redone) -> list[tuple[int, int, list[tuple[int, str]]]]:
    return [(cell.row, cell.shown, [(one.variant, one.status) for one in cell.attempts]) for cell in redone.cells]


def test_a_cell_in_both_shows_what_the_first_says_and_has_the_pictures_of_both() -> None:
    joined = note(1, "made", "made").join(note(2, "made", "failed", "made"))
    assert tell(joined) == [(0, 1, [(0, "made"), (1, "made"), (2, "made")])]


def test_a_cell_in_one_of_them_stays_as_it_is() -> None:
    one, other = note(1, "made", "made"), note(1, "made", "made", row=3)
    assert tell(one.join(other)) == tell(other.join(one)) == [*tell(one), *tell(other)]


@pytest.mark.parametrize(
    ("one", "other", "kept"),
    [
        ("asked", "made", "made"),
        ("made", "asked", "made"),
        ("failed", "made", "made"),
        ("made", "failed", "made"),
        ("asked", "failed", "failed"),
        ("failed", "asked", "failed"),
    ],
)
def test_of_one_picture_that_note_counts_which_knows_more(one: Status, other: Status, kept: Status) -> None:
    assert tell(note(0, "made", one).join(note(0, "made", other))) == [(0, 0, [(0, "made"), (1, kept)])]

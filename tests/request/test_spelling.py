"""Names that are typed by people find the ids that they mean."""

import pytest

from imagegen.overlay import FONTS, TEMPLATES
from imagegen.request.prompts import STYLES
from imagegen.request.spelling import find_id


@pytest.mark.parametrize("known", [FONTS, TEMPLATES, STYLES])
def test_every_id_is_found_by_itself_in_capitals_and_with_other_gaps(known: dict[str, object]) -> None:
    for id_ in known:
        for typed in (id_, id_.upper(), id_.replace("-", " ").title(), f" {id_.replace('-', '_')}\n"):
            assert find_id(typed, known) == id_


@pytest.mark.parametrize("typed", ["", "  ", "intr", "leftpanel", "left panel bar", "-inter"])
def test_a_name_that_only_resembles_an_id_is_not_taken_for_it(typed: str) -> None:
    assert find_id(typed, [*FONTS, *TEMPLATES]) is None


def test_a_name_that_spells_two_ids_is_neither() -> None:
    assert find_id("Left Panel", ["left-panel", "left_panel"]) is None
    assert find_id("left_panel", ["left-panel", "left_panel"]) == "left_panel"

"""Titles that people gave, in 45 languages, are set without a fault of type.

``python -m tests.overlay.text.test_real_titles`` sets each of them in every font and template.
"""

import itertools
from pathlib import Path

import pytest

from imagegen.overlay.text.fonts import FONTS
from tests.overlay.laying import WRITTEN, lay_title
from tests.overlay.shaping import needs_shaping
from tests.overlay.text.type_checks import find_type_violations

LINES = (Path(__file__).parent / "real_titles.txt").read_text(encoding="utf-8").splitlines()
TITLES = [tuple(line.split("\t")) for line in LINES if not line.startswith("#")]
LANGUAGES = sorted({language for language, _ in TITLES})


def find_faults(language: str, title: str, template: str, font: str) -> list[str]:
    layout = lay_title(title, template, font)
    return [f"{font} {template}: {fault}" for fault in find_type_violations(layout, title, language)]


@needs_shaping
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_title_that_people_read_is_set_without_a_fault(language: str) -> None:
    wrong = []
    for number, (_, title) in enumerate(each for each in TITLES if each[0] == language):
        for step, template in enumerate(("left-panel", WRITTEN[number % len(WRITTEN)])):
            wrong += find_faults(language, title, template, list(FONTS)[(number * 2 + step) % len(FONTS)])
    assert wrong == []


def test_the_list_is_long_enough_to_mean_something() -> None:
    assert len(TITLES) >= 300
    assert len(LANGUAGES) >= 30


if __name__ == "__main__":
    count = 0
    for (language, title), template, font in itertools.product(TITLES, WRITTEN, FONTS):
        count += 1
        for fault in find_faults(language, title, template, font):
            print(fault)  # noqa: T201 - the program's words
    print(f"{count} layouts")  # noqa: T201 - the program's words

import pytest

from imagegen.formatting import counted, dollars, duration


@pytest.mark.parametrize(
    ("cost", "expected"),
    [
        (None, "cost unknown"),
        (0.0, "$0"),
        (0.00001, "<$0.0001"),
        (0.0042, "$0.0042"),
        (0.04, "$0.04"),
        (0.041, "$0.041"),
        (0.134, "$0.134"),
        (1.2345, "$1.23"),
        (12345.6, "$12,345.60"),
    ],
)
def test_money_has_the_digits_that_matter(cost: float | None, expected: str) -> None:
    assert dollars(cost) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.0, "0.00 s"),
        (0.424, "0.42 s"),
        (4.24, "4.2 s"),
        (9.97, "10 s"),
        (42.4, "42 s"),
        (59.7, "1 min 00 s"),
        (312, "5 min 12 s"),
        (3599.8, "1 h 00 min"),
        (3900, "1 h 05 min"),
    ],
)
def test_time_is_given_in_the_units_that_people_use(seconds: float, expected: str) -> None:
    assert duration(seconds) == expected


def test_nouns_agree_with_their_numbers() -> None:
    assert [counted(1, "batch", "batches"), counted(2, "batch", "batches"), counted(1000, "picture")] == [
        "1 batch",
        "2 batches",
        "1,000 pictures",
    ]

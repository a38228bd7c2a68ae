"""The highlight of a title, marked in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagegen.overlay.highlights import find_highlight
from imagegen.overlay.text.titles import parse
from imagegen.request.highlights import read_title, write_title


@pytest.mark.parametrize(
    ("marked", "title", "highlight"),
    [
        ("Why *fan-out* wins", "Why fan-out wins", "fan-out"),
        ("*Ten thousand* pictures", "Ten thousand pictures", "Ten thousand"),
        ("Pictures, *at once*!", "Pictures, at once!", "at once"),
        ("*All*", "All", "All"),
        ("(*All*)", "(All)", "All"),
        ("*画像を一括生成*", "画像を一括生成", "画像を一括生成"),
        (r"*5 \* 5* is 25", "5 * 5 is 25", "5 * 5"),
        (r"\*Not* this", "*Not* this", ""),
        (r"\*this\*", "*this*", ""),
        (r"\\*a*", r"\*a*", ""),
        ("2 * 3 * 4", "2 * 3 * 4", ""),
        ("a*b*c", "a*b*c", ""),
        ("*a* and *b*", "*a* and *b*", ""),
        ("* a*", "* a*", ""),
        ("*a *", "*a *", ""),
        ("**", "**", ""),
        ("five*", "five*", ""),
        ("5* hotels", "5* hotels", ""),
        ("C:\\temp", "C:\\temp", ""),
        ("", "", ""),
        ("*\ue000* is \\*", "\ue000 is *", "\ue000"),
    ],
)
def test_one_pair_of_asterisks_at_the_edges_of_words_is_a_highlight(marked: str, title: str, highlight: str) -> None:
    assert read_title(marked) == (title, highlight)


@given(st.text(alphabet="a* \\é字", max_size=12))
def test_a_title_that_was_read_is_written_so_that_it_is_read_the_same(text: str) -> None:
    assert read_title(write_title(text)) == (text, "")


@given(st.text(alphabet="a* \\", max_size=12))
def test_a_highlight_is_a_part_of_its_title(text: str) -> None:
    title, highlight = read_title(text)
    assert not highlight or find_highlight(parse(title).clusters, highlight)


@pytest.mark.parametrize(
    ("marked", "title", "highlight"),
    [
        ("Breathe *the* air", "Breathe the air", "the"),
        ("The more you know, the *more* you win", "The more you know, the more you win", "more#2"),
        ("the the *the* the", "the the the the", "the#3"),
        ("日本語の*タイトル*は長い", "日本語のタイトルは長い", "タイトル"),
        ("ทำไม*การ*แบบ", "ทำไมการแบบ", "การ"),
        ("re*mark*able", "re*mark*able", ""),
    ],
)
def test_the_marked_words_stand_out_and_no_others(marked: str, title: str, highlight: str) -> None:
    assert read_title(marked) == (title, highlight)
    if highlight:
        place = find_highlight(parse(title).clusters, highlight)
        assert place
        before = marked[: marked.index("*")]
        assert place[0] == len(parse(before).clusters) + before.endswith(" ")

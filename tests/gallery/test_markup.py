import pytest

from imagegen.gallery.markup import Html, element, join

HOSTILE = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "'&amp;", "</title>", "<!--", "\u2028")


@pytest.mark.parametrize("text", HOSTILE)
def test_text_and_attributes_can_never_become_markup(text: str) -> None:
    made = element("p", text, title=text)
    assert made.count("<") == 2
    assert made.count(">") == 2
    assert made.count('"') == 2


def test_markup_inside_markup_is_kept() -> None:
    assert element("p", element("b", "a"), " & b") == "<p><b>a</b> &amp; b</p>"
    assert join("<", Html("<br>")) == "&lt;<br>"


def test_attributes_are_written_as_html_has_them() -> None:
    made = element("input", class_="wide", data_model="m", hidden=True, name="text", checked=False, title=None)
    assert made == '<input class="wide" data-model="m" hidden name="text">'

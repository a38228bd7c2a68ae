"""Front matter, read and changed: what is set stands there, and every other byte stays."""

import tomllib
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from imagegen.site.front import matter
from imagegen.site.front.matter import NoFrontMatter
from imagegen.site.front.values import Path, Unfit, Value, quote

IMAGE, COVER = ("image",), ("cover", "image")


def change(text: str, changes: dict[Path, Value]) -> str:
    return matter.read(text.encode()).change(changes).decode()


@pytest.mark.parametrize(
    ("before", "path", "after"),
    [
        ("title: A\n", IMAGE, "title: A\nimage: /a.jpg\n"),
        ("image:\ntitle: A\n", IMAGE, "image: /a.jpg\ntitle: A\n"),
        ("image: # none yet\ntitle: A\n", IMAGE, "image: /a.jpg # none yet\ntitle: A\n"),
        ("image: ''  # old\n", IMAGE, "image: '/a.jpg'  # old\n"),
        ('image: "b.jpg"\n', IMAGE, 'image: "/a.jpg"\n'),
        ("image: ~\n", IMAGE, "image: /a.jpg\n"),
        ("image: |\n  b.jpg\ntitle: A\n", IMAGE, "image: /a.jpg\ntitle: A\n"),
        ("text: |+\n  b\n\n", IMAGE, "text: |+\n  b\n\nimage: /a.jpg\n"),
        ("tags:\n- a\n# end\n", IMAGE, "tags:\n- a\n# end\nimage: /a.jpg\n"),
        ("  title: A\n", IMAGE, "  title: A\n  image: /a.jpg\n"),
        ("", IMAGE, "image: /a.jpg\n"),
        ("# nothing\n", IMAGE, "# nothing\nimage: /a.jpg\n"),
        ("title: A\n", COVER, "title: A\ncover:\n  image: /a.jpg\n"),
        ("cover:\nb: 1\n", COVER, "cover:\n  image: /a.jpg\nb: 1\n"),
        (
            "cover:\n    style: x # y\n\n# z\nb: 1\n",
            COVER,
            "cover:\n    style: x # y\n    image: /a.jpg\n\n# z\nb: 1\n",
        ),
        ("cover:\n  a:\n  - b\n# c\n", COVER, "cover:\n  a:\n  - b\n  image: /a.jpg\n# c\n"),
        ("cover: {style: x}\n", COVER, "cover: {style: x, image: /a.jpg}\n"),
        ("cover: {}\n", COVER, "cover: {image: /a.jpg}\n"),
        ("cover:\n  image: b.jpg\n  alt: c\n", COVER, "cover:\n  image: /a.jpg\n  alt: c\n"),
        ("a: &x [1]\nb: *x\n", IMAGE, "a: &x [1]\nb: *x\nimage: /a.jpg\n"),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_yaml_is_changed_in_one_place(before: str, path: Path, after: str, newline: str, bom: str) -> None:
    texts = [f"{bom}---\n{block}---\nbody\t\n".replace("\n", newline) for block in (before, after)]
    assert change(texts[0], {path: "/a.jpg"}) == texts[1]
    assert change(texts[1], {path: "/a.jpg"}) == texts[1]


@pytest.mark.parametrize(
    ("before", "path", "after"),
    [
        ("title = 'A'\n", IMAGE, "title = 'A'\nimage = \"/a.jpg\"\n"),
        ("image = ''  # old\n", IMAGE, 'image = "/a.jpg"  # old\n'),
        ("title = 'A'\n\n[params]\nx = 1\n", IMAGE, "title = 'A'\nimage = \"/a.jpg\"\n\n[params]\nx = 1\n"),
        ("[params]\nimage = 'b'\n", IMAGE, "image = \"/a.jpg\"\n[params]\nimage = 'b'\n"),
        ("a = [\n  1, # ]\n]\n", IMAGE, 'a = [\n  1, # ]\n]\nimage = "/a.jpg"\n'),
        ('a = """\n[cover]\n"""\n', COVER, 'a = """\n[cover]\n"""\n[cover]\nimage = "/a.jpg"\n'),
        ("[cover]\nstyle = 'x'\n[p]\n", COVER, "[cover]\nstyle = 'x'\nimage = \"/a.jpg\"\n[p]\n"),
        ("[cover]\nimage = 'b' # c\n", COVER, '[cover]\nimage = "/a.jpg" # c\n'),
        ("cover.image = 'b'\n", COVER, 'cover.image = "/a.jpg"\n'),
        ("cover.style = 'b'\nx = 1\n", COVER, "cover.style = 'b'\ncover.image = \"/a.jpg\"\nx = 1\n"),
        ("cover = { style = 'b' }\n", COVER, "cover = { style = 'b', image = \"/a.jpg\" }\n"),
        (
            "cover = {a = [1, '}'], image = 'b', c = {image = 1}}\n",
            COVER,
            "cover = {a = [1, '}'], image = \"/a.jpg\", c = {image = 1}}\n",
        ),
        ("cover = {}\n", COVER, 'cover = { image = "/a.jpg" }\n'),
        ("[[r]]\na = 1\n", COVER, '[[r]]\na = 1\n[cover]\nimage = "/a.jpg"\n'),
        ("", IMAGE, 'image = "/a.jpg"\n'),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_toml_is_changed_in_one_place(before: str, path: Path, after: str, newline: str) -> None:
    texts = [f"+++\n{block}+++\nbody\n".replace("\n", newline) for block in (before, after)]
    assert change(texts[0], {path: "/a.jpg"}) == texts[1]
    assert change(texts[1], {path: "/a.jpg"}) == texts[1]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("---\ntitle: A\n", "is not closed by a line ---"),
        ("+++\ntitle = 'A'\n---\n", "is not closed by a line +++"),
        ("---\ntitle: [A\n---\n", "is no YAML: line"),
        ("---\n\ttitle: A\n---\n", "line 2: found character"),
        ("---\n- a\n---\n", "no list of keys and values"),
        ("---\na: 1\na: 2\n---\n", "has the key a twice"),
        ("---\ndate: 2026-13-45\n---\n", "is no YAML: month must be"),
        ("---\na: !!python/object:os.system x\n---\n", "is no YAML: line 2"),
        ("---\na: *nobody\n---\n", "is no YAML: line 2"),
        ("---\na: \x07\n---\n", "is no YAML"),
        ("---\na: " + "[" * 5_000 + "\n---\n", "nested too deeply"),
        ("---\na: &a [x]\nb: [" + "*a, " * 21 + "]\n---\n", "more than 20 aliases"),
        ("---\n" + "a: 1 # x\n" * 8_000 + "---\n", "more than 64,000 characters"),
        ("+++\na = \n+++\n", "is no TOML"),
        ("+++\na = " + "[" * 5_000 + "\n+++\n", "nested too deeply"),
        ("---json\n{}\n---\n", "opens with ---json, which is not read"),
    ],
)
def test_broken_front_matter_is_named_in_words(text: str, why: str) -> None:
    with pytest.raises(Unfit) as raised:
        matter.read(text.encode())
    assert why in str(raised.value)
    assert not isinstance(raised.value, NoFrontMatter)


@pytest.mark.parametrize("text", ["", "# A page\n", "text\n---\na: 1\n---\n", "--- a rule\n", "----\n"])
def test_a_page_without_front_matter_is_no_post(text: str) -> None:
    with pytest.raises(NoFrontMatter):
        matter.read(text.encode())


def test_bytes_that_are_no_text_are_named() -> None:
    with pytest.raises(Unfit, match="not in UTF-8"):
        matter.read(b"---\ntitle: \xff\n---\n")


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("---\n{title: A}\n---\n", IMAGE),
        ("---\na: &x {b: 1}\ncover: *x\n---\n", COVER),
        ("---\ncover: a.jpg\n---\n", COVER),
        ("---\nimage:\n- a\n- b\n---\n", IMAGE),
        ("---\nimage: &x a.jpg\nother: *x\n---\n", IMAGE),
        ("---\nbase: &b {image: x}\ncover:\n  <<: *b\n---\n", ("base", "image")),
        ("+++\ncover = 'a'\n+++\n", COVER),
        ("+++\n[[cover]]\na = 1\n+++\n", COVER),
    ],
)
def test_what_cannot_be_changed_alone_is_refused(text: str, path: Path) -> None:
    with pytest.raises(Unfit):
        change(text, {path: "/a.jpg"})


@given(st.text(min_size=1))
def test_any_text_is_quoted_so_that_yaml_and_toml_read_it_back(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    assert yaml.safe_load(quote(text)) == tomllib.loads(f"a = {quote(text)}")["a"] == text


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text("ab:#- '\"\n", max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.dictionaries(st.sampled_from(["title", "tags", "cover", "image"]), VALUES, max_size=4),
    st.sampled_from([True, False, None]),
    st.sampled_from([IMAGE, COVER]),
)
def test_whatever_yaml_is_changed_says_what_it_said_and_the_change(
    values: dict[str, Any], flow: bool | None, path: Path
) -> None:
    text = f"---\n{yaml.safe_dump(values, default_flow_style=flow)}---\nbody\n"
    front = matter.read(text.encode())
    try:
        after = matter.read(front.change({path: "/a.jpg"}))
    except Unfit:
        return
    assert after.find(path) == "/a.jpg"
    assert {**after.values, path[0]: None} == {**values, path[0]: None}
    assert after.after == front.after


@pytest.mark.parametrize(("value", "new"), [('{src = "a.jpg"}', "b.jpg"), ('["a.jpg"]', "b.jpg"), ("{}", ["b.jpg"])])
def test_what_holds_more_than_one_value_is_not_replaced_in_toml(value: str, new: Value) -> None:
    with pytest.raises(Unfit, match="image holds something else already"):
        change(f"+++\nimage = {value}\n+++\n", {IMAGE: new})

"""Tables of prompts, read by their endings; every problem stands at its line."""

import json
import os
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from imagegen.errors import RequestError
from imagegen.project import Project
from imagegen.request import batch as batches
from imagegen.request.tables.reading import build_batch, read_table

OPTIONS: dict[str, Any] = {"models": ["gpt-image-2"], "style": "cinematic", "template": "left-panel", "font": "inter"}
CHECK = partial(batches.read, max_images=100_000)


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def build(folder: Path, name: str, content: str | bytes, **options: Any) -> dict[str, Any]:
    return build_batch(read_table(write(folder, name, content)), OPTIONS | options, Project().fill, CHECK)


def rows(folder: Path, name: str, content: str | bytes) -> list[Any]:
    found: list[Any] = build(folder, name, content)["prompts"]
    return found


def problems(folder: Path, name: str, content: str | bytes, **options: Any) -> list[str]:
    """What is wrong with a file, each with its place, which begins behind the folder."""
    with pytest.raises(RequestError) as raised:
        build(folder, name, content, **options)
    return [str(problem).removeprefix(f"{folder}/") for problem in raised.value.problems]


def test_a_csv_file_names_the_fields_of_its_rows_in_its_header(tmp_path: Path) -> None:
    text = "Prompt,Title,Style,Extra prompt\nA fox,The week,watercolor,at night\nA dog,,,\n"
    assert rows(tmp_path, "a.csv", text) == [
        {"prompt": "A fox", "title": "The week", "style": "watercolor", "extra_prompt": "at night"},
        {"prompt": "A dog"},
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("start", ["", "\ufeff"], ids=["plain", "bom"])
def test_every_spelling_of_a_table_is_read(delimiter: str, end: str, start: str, tmp_path: Path) -> None:
    lines = [
        ["prompt", "title"],
        ["A fox, a dog; a cat", "One"],
        ["", ""],
        [f'"say ""hi{delimiter}you"""', '"two\nlines"'],
    ]
    text = start + end.join(delimiter.join(f'"{cell}"' if " a " in cell else cell for cell in line) for line in lines)
    assert rows(tmp_path, "a.csv", text) == [
        {"prompt": "A fox, a dog; a cat", "title": "One"},
        {"prompt": f'say "hi{delimiter}you"', "title": "two\nlines"},
    ]


def test_a_delimiter_is_known_by_the_fields_that_it_parts(tmp_path: Path) -> None:
    assert rows(tmp_path, "a.csv", "prompt;title\nOne, two, three; four,five\n") == [
        {"prompt": "One, two, three", "title": "four,five"}
    ]
    assert rows(tmp_path, "b.csv", "prompt\nOne; two | three\n") == [{"prompt": "One; two | three"}]


def test_lists_and_numbers_are_read_out_of_cells(tmp_path: Path) -> None:
    text = "prompt;sizes;format;scale;focus\nA fox;og, square;webp|jpeg;2;0.3,0.4\n"
    assert rows(tmp_path, "a.csv", text) == [
        {"prompt": "A fox", "sizes": ["og", "square"], "format": ["webp", "jpeg"], "scale": 2, "focus": "0.3,0.4"}
    ]


def test_every_problem_of_a_csv_file_stands_at_its_line(tmp_path: Path) -> None:
    text = 'prompt,title,style\nA fox,"two\nlines",bad\n\nA dog,x,\n,none,\nA cat,,,spare\nA cow,,worse\n'
    found = problems(tmp_path, "a.csv", text)
    assert [problem.split(": ")[:2] for problem in found] == [
        ["a.csv:2", "style"],
        ["a.csv:6", "prompt"],
        ["a.csv:7", 'a name in the header for each value; it names 3 (found "spare")'],
        ["a.csv:8", "style"],
    ]


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("prompt,titel", "a.csv:1: header: unknown field; did you mean 'title'?"),
        ("prompt,model", "models are the same for all rows: --model"),
        ("prompt,title,Title", 'a.csv:1: header: each column once (found "Title")'),
        ("title,style", "a.csv:1: header: a column 'prompt' is required"),
    ],
)
def test_a_wrong_header_is_explained(header: str, told: str, tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "a.csv", f"{header}\na,b,c\n")
    assert told in problem


def test_quotes_that_go_wrong_are_found_where_they_begin(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "a.csv", 'prompt\na\n"b\nc\nd\n')
    assert problem.startswith("a.csv:3: expected quotes that are closed")


@pytest.mark.parametrize("text", ["prompt\n{}\n", "prompt,{}\nA fox,\n"])
def test_a_value_that_is_too_long_to_be_one_is_told_in_the_right_words(text: str, tmp_path: Path) -> None:
    (told,) = problems(tmp_path, "a.csv", text.format("x" * 140_000))[:1]
    assert "expected at most 131,072 characters in a value" in told


def test_a_line_of_json_is_a_prompt_or_a_row(tmp_path: Path) -> None:
    text = '\ufeff"A fox"\r\n\r\n{"prompt": "A dog", "scale": 2}\r\n'
    assert rows(tmp_path, "a.jsonl", text) == ["A fox", {"prompt": "A dog", "scale": 2}]


def test_every_problem_of_json_lines_stands_at_its_line(tmp_path: Path) -> None:
    text = '"A fox"\n{"prompt": \n{"prompt": "x", "scale": 9}\n7\n{"prompt": "a", "scale": NaN}\n' + "[" * 100_000
    found = problems(tmp_path, "a.ndjson", text)
    assert [problem.split(": ")[0] for problem in found] == [f"a.ndjson:{line}" for line in (2, 3, 4, 5, 6)]
    assert "at most 2" in found[1]


def test_yaml_is_a_list_of_rows_whose_texts_stay_as_they_are_written(tmp_path: Path) -> None:
    text = (
        "- A fox\n- 1984\n- prompt: 2024-12-24\n  title: No\n  kicker: 007\n  subtitle: null\n  sizes: [og, 800x420]\n"
    )
    assert rows(tmp_path, "a.yaml", text) == [
        "A fox",
        "1984",
        {"prompt": "2024-12-24", "title": "No", "kicker": "007", "sizes": ["og", "800x420"]},
    ]


def test_yaml_may_say_what_holds_for_the_batch_and_options_win(tmp_path: Path) -> None:
    shared = "models: gpt-image-2\nstyle: neon\nfont: lora\noffline: true\nmax_cost_usd: 0.5\nvariant: 3\n"
    text = f"{shared}prompts:\n- A fox\n"
    table = read_table(write(tmp_path, "a.yml", text))
    made = build_batch(table, {"template": "left-panel", "font": "inter", "style": ""}, Project().fill, CHECK)
    assert made == {
        "prompts": ["A fox"],
        "models": ["gpt-image-2"],
        "style": "neon",
        "template": "left-panel",
        "font": "inter",
        "variant": 3,
        "offline": True,
        "max_cost_usd": 0.5,
    }


def test_every_problem_of_yaml_stands_at_its_line(tmp_path: Path) -> None:
    text = "colour: red\nprompts:\n- A fox\n- prompt: x\n  title: a\n  title: b\n- [a]\n- prompt: y\n  font: intr\n"
    found = problems(tmp_path, "a.yaml", text)
    assert [problem.split(": ")[:2] for problem in found] == [
        ["a.yaml:1", "colour"],
        ["a.yaml:6", "title"],
        ["a.yaml:7", 'a string, or an object with a prompt (found ["a"])'],
        ["a.yaml:8", "font"],
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- a: [\n- b\n", "a.yaml:2: expected YAML"),
        ("a: &x [1]\nprompts: *x\n", "a.yaml:2: expected YAML; aliases (*name) are not read"),
        ("- a\n---\n- b\n", "a.yaml:2: expected YAML"),
        ("just words\n", "a.yaml:1: expected a list of prompts"),
        ("style: neon\n", "a.yaml:1: expected a list of prompts, under 'prompts'"),
        ("- !!python/object/apply:os.system [ls]\n", "a.yaml:1: a string, or an object"),
        ("- a\x07\n", "expected YAML"),
        ("[" * 5_000, "expected a list of prompts; this is nested too deeply"),
    ],
)
def test_yaml_that_is_no_table_is_explained(text: str, told: str, tmp_path: Path) -> None:
    assert told in problems(tmp_path, "a.yaml", text)[0]


def test_a_text_file_has_a_prompt_on_each_line(tmp_path: Path) -> None:
    assert rows(tmp_path, "a.txt", "\ufeff# animals\r\nA fox \r\n\r\n  # none\r\nA dog # 2\r\n") == [
        "A fox",
        "A dog # 2",
    ]


def test_a_text_file_s_problem_stands_at_its_line(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "a.txt", "# long\n\nA fox\n" + "x" * 301)
    assert problem.startswith("a.txt:4: prompt: at most 300 characters")


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.yaml", "a.txt"])
@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff"])
def test_an_empty_table_is_refused(name: str, content: str, tmp_path: Path) -> None:
    assert problems(tmp_path, name, content) == [f"{name}: expected at least one row; the file has none"]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.xlsx", b"PK\x03\x04", "expected a table that ends in .csv, .tsv, .jsonl"),
        ("a.csv", b"PK\x03\x04\xff", "this seems to be a spreadsheet"),
        ("a.csv", "prompt\nfox\n".encode("utf-16"), "this seems to be text in UTF-16 (save it as UTF-8)"),
        ("a.csv", b"prompt\nfox\ncaf\xe9\n", "line 3 is not (save the file as UTF-8)"),
        ("a.csv", b"prompt\n" + b"x" * 4_000_000, "expected a file of at most 4,000,000 bytes"),
    ],
)
def test_a_file_that_is_no_table_is_explained(name: str, content: bytes, told: str, tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, name, content)
    assert told in problem


def test_a_file_that_is_not_there_or_a_directory_is_explained(tmp_path: Path) -> None:
    (tmp_path / "d.csv").mkdir()
    os.mkfifo(tmp_path / "p.csv")
    for name, told in (("no.csv", "there is none"), ("d.csv", "this is a directory"), ("p.csv", "in a plain file")):
        with pytest.raises(RequestError, match=told):
            read_table(tmp_path / name)


def test_what_only_an_option_gives_is_asked_for_by_the_option(tmp_path: Path) -> None:
    told = problems(tmp_path, "a.txt", "A fox\n", models=["no"], style="bad", font="intr")
    assert [problem.split(": ")[0] for problem in told] == ["--model", "--style", "--font"]


def test_a_mistake_in_json_is_told_by_its_line_in_the_file(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "a.jsonl", '"one"\n{"prompt": "two"\n')
    assert problem.startswith("a.jsonl:2: expected JSON")
    assert "Expecting ',' delimiter at column 17 (" in problem


def test_what_neither_table_nor_options_say_comes_from_the_project(tmp_path: Path) -> None:
    defaults = {"models": ["gemini-nano-banana-2.1"], "style": "neon", "font": "lora", "max_cost_usd": 1.5}
    table = read_table(write(tmp_path, "a.yaml", "style:\nfont: roboto\nprompts: [A fox]\n"))
    made = build_batch(table, {"models": ["gpt-image-2"]}, Project(defaults=defaults).fill, CHECK)
    assert made == {
        "prompts": ["A fox"],
        "models": ["gpt-image-2"],
        "style": "neon",
        "template": "bottom-bar",
        "font": "roboto",
        "max_cost_usd": 1.5,
    }


def test_a_problem_of_the_project_is_named_as_its_own(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, "a.txt", "A fox\n"))
    with pytest.raises(RequestError, match=r"- imagegen\.toml: batch\.brand: ") as raised:
        build_batch(table, {}, Project(defaults={"brand": "harbour"}).fill, partial(CHECK, brands=tmp_path))
    assert "--" not in str(raised.value)


def test_many_problems_are_counted_where_they_are_not_listed(tmp_path: Path) -> None:
    told = problems(tmp_path, "a.jsonl", "{\n" * 5 + '{"prompt": ""}\n' * 1000)
    assert told[-1] == "…: and 985 more problems like these"
    assert len(told) == 21


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.yaml", "a.txt"])
def test_tables_of_ten_thousand_rows_are_read(name: str, tmp_path: Path) -> None:
    prompts = [f"prompt number {number}" for number in range(10_000)]
    lines = {
        "a.csv": ["prompt", *prompts],
        "a.jsonl": [json.dumps(prompt) for prompt in prompts],
        "a.yaml": [f"- {prompt}" for prompt in prompts],
        "a.txt": prompts,
    }
    found = rows(tmp_path, name, "\n".join(lines[name]))
    assert [row["prompt"] if isinstance(row, dict) else row for row in found] == prompts


def test_a_batch_out_of_a_table_is_read_as_it_stands(tmp_path: Path) -> None:
    made = build(tmp_path, "a.csv", "prompt,title\nA fox,The *week*\n", context="for a blog")
    assert list(made) == ["prompts", "models", "style", "template", "font", "context"]
    assert CHECK(json.loads(json.dumps(made))).leaves[0][0].highlight == "week"

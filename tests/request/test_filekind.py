"""A file that is no JSON is told by what is in it, or by its name."""

from pathlib import Path

import pytest

from imagegen.request.filekind import guess_kind


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("batch.yaml", b"[a, b]: c", "YAML"),
        ("batch.YML", b"anything", "YAML"),
        ("batch", b"# our covers\n\nprompts:\n  - A fox\n", "YAML"),
        ("batch", b"---\nprompts: [a]\n", "YAML"),
        ("batch", b"- A fox\n- A hen\n", "YAML"),
        ("batch.toml", b"x", "TOML"),
        ("batch", b'prompts = ["a"]\n', "TOML"),
        ("batch", b"[batch]\nstyle = 'neon'\n", "TOML"),
        ("covers.csv", b"prompt\nA fox\n", "a table (CSV)"),
        ("covers", b"prompt,title,font\nA fox,Foxes,inter\n", "a table (CSV)"),
        ("covers.jsonl", b'{"prompt": "a"}\n{"prompt": "b"}\n', "JSON Lines, a value on each line"),
        ("covers.xlsx", b"PK\x03\x04rest", "a spreadsheet or another ZIP archive"),
        ("cover.jpg", b"\xff\xd8\xff\xe0", "a picture"),
        ("batch.json", b"\xff\xfe[\0", "text in UTF-16 (save it as UTF-8)"),
        ("page.html", b"<!doctype html>", "HTML or XML"),
        ("prompts.txt", b"A red fox reading a newspaper\n", "plain text"),
        ("batch.json", b" \n", "empty"),
        ("batch.json", b"", "empty"),
        ("batch.json", b'{"prompts": ["a"],}', ""),
        ("batch.json", b'["a" "b"]', ""),
        ("batch.json", b'{"prompts": ["a", "b"], "models": ["m"],}', ""),
        ("covers", b'"prompt","title","font"\n"A fox","Foxes","inter"\n', "a table (CSV)"),
        ("batch.json", b'// a comment\n["a"]', ""),
        ("batch.json", b'[\n  ["a", "b"],\n', ""),
    ],
)
def test_a_file_is_taken_for_what_it_is(name: str, data: bytes, kind: str) -> None:
    assert guess_kind(Path(name), data) == kind

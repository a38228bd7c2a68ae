"""Guesses the kind of a file that is not JSON, so that the message can name it."""

import re
from pathlib import Path

_NAMES = {
    ".yaml": "YAML",
    ".yml": "YAML",
    ".toml": "TOML",
    ".csv": "a table (CSV)",
    ".tsv": "a table (TSV)",
    ".xlsx": "a spreadsheet",
    ".ods": "a spreadsheet",
    ".jsonl": "JSON Lines, a value on each line",
    ".ndjson": "JSON Lines, a value on each line",
    ".json5": "JSON5",
    ".md": "Markdown",
    ".py": "Python",
}
_STARTS = {
    b"PK\x03\x04": "a spreadsheet or another ZIP archive",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "a compressed file (gzip)",
    b"\xff\xfe": "text in UTF-16 (save it as UTF-8)",
    b"\xfe\xff": "text in UTF-16 (save it as UTF-8)",
}
_LOOKS = (
    (re.compile(r"(\[+[A-Za-z_][\w.-]*\]+\s+)?[\w-]+\s*=\s"), "TOML"),
    (re.compile(r"---|-\s|[\w-]+:(\s|$)"), "YAML"),
    (re.compile(r"<"), "HTML or XML"),
    (re.compile(r"(?!\s*[{\[/])[^\n,;\t]+([,;\t])[^\n]*\1"), "a table (CSV)"),
)
_COMMENT = re.compile(r"\s*(#[^\n]*)?\n")


def guess_kind(path: Path, data: bytes) -> str:
    """Guess the kind of ``data``, in words that follow "this seems to be"; empty for JSON with a mistake."""
    for start, kind in _STARTS.items():
        if data.startswith(start):
            return kind
    text = data.decode("utf-8-sig", "replace")
    if not text.strip():
        return "empty"
    return _NAMES.get(path.suffix.lower()) or _match_kind(text)


def _match_kind(text: str) -> str:
    while found := _COMMENT.match(text):
        text = text[found.end() :]
    for look, kind in _LOOKS:
        if look.match(text):
            return kind
    return "" if text.lstrip()[:1] in set('{["/') else "plain text"

"""Three hundred posts that nobody would write, each with what has to become of it."""

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TITLES = (
    *("Plain words", "Ein schöner Tag", "Ελληνικά γράμματα", "Русский заголовок", "שלום עולם", "مرحبا بالعالم"),
    *("नमस्ते दुनिया", "สวัสดีชาวโลก", "你好，世界", "日本語の題名", "안녕하세요 세계", "გამარჯობა", "Բարեւ", "ሰላም ልዑል"),
    *(
        "Emoji 🦊🌊",
        "Quotes ' and \" and \\",
        "# no comment: really",
        "100% *of* it",
        "- a dash",
        "a: b: c",
        "Yes",
        "1.10",
    ),
)
BROKEN = (
    *("---\ntitle: [open\n---\n", "---\n\ttitle: tab\n---\n", "---\ntitle: no end\n", "---\n- list\n---\n"),
    *("---\ntitle: a\ntitle: b\n---\n", "---\ntitle: *x\n---\n", "---\ntitle: !!python/name:os.system\n---\n"),
    *("---\ndate: 2026-99-99\ntitle: a\n---\n", "+++\ntitle = \n+++\n", '+++\ntitle = "a"\ntitle = "b"\n+++\n'),
    *("---\ntitle: '\n---\n", "---json\n{}\n---\n", "---\ndate: 2026-01-01\n---\nno heading\n", "---\n'a\n---\n"),
    *("---\na: &a [*a]\nb: " + "[" * 2_000 + "\n---\n", "---\ntitle: a\ncover:\n  template: nowhere\n---\n"),
    *(
        f"---\ntitle: {'long ' * 100}\n---\n",
        "---\ntitle: a\ncover:\n  prompt: [1]\n---\n",
        "---\ntitle: \U00012000\n---\n",
    ),
    *("---\n? [a]\n: b\n? {c: d}\n: e\n---\n", "---\na: &a [x]\nb: [" + "*a," * 50 + "]\ntitle: x\n---\n"),
)
PAGES = ("", "# A page\n", "text\n---\ntitle: late\n---\n", "\x00\x01", "---- \n", " ---\ntitle: a\n---\n")
DRAFTS = (
    "---\ntitle: d\ndraft: true\n---\n",
    "+++\ntitle = 'd'\ndraft = true\n+++\n",
    "---\ntitle: d\npublished: false\n---\n",
)
ENDS = ("\n", "\r\n")
BOMS = (b"", b"\xef\xbb\xbf")


@dataclass(frozen=True)
class Case:
    """A file below the folder of posts, and its fate: good (with its title), unfit, no post or draft."""

    name: str
    fate: str
    title: str = ""


def _write(root: Path, name: str, data: bytes) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _good(title: str, number: int) -> str:
    quoted = "'" + title.replace("'", "''") + "'"
    fronts = (
        f"---\ntitle: {quoted}\ndate: 2026-01-05\n---\n\ttext\n",
        f"---\n# {number}\ntags: [a, 'b\tc']   # tabs\there\ntitle: {quoted}\n\n---\nno line end",
        f"---\nother: |\n  ---x\n\n  y\ntitle: {quoted}\ncover:\n    kicker: K # k\n\n# end\n---\n",
        '+++\ntitle = "'
        + title.replace("\\", "\\\\").replace('"', '\\"')
        + '"\n\n[params]\nx = """\n[cover]\n"""\n+++\n',
        f"---\ndate: 2026-01-05\ncover: {{style: anime}}\n---\n\n# {title}\n",
    )
    return fronts[number % len(fronts)]


def make_posts(root: Path, seed: int) -> Iterator[Case]:
    """Write them below a folder; yield each one. Links lead out of the tree, to secrets beside it."""
    chance = random.Random(seed)
    for number in range(220):
        title = TITLES[number % len(TITLES)]
        name = (
            f"d{number % 7}/same.md"
            if number < 7
            else f"d{number % 7}/{chance.choice(['p', 'ü', '题', 'a b'])}{number}.md"
        )
        data = chance.choice(BOMS) + _good(title, number).replace("\n", chance.choice(ENDS)).encode()
        _write(root, name, data)
        # A heading's trailing marks are no part of it; all others stand in quotes.
        yield Case(name, "good", title)
    for texts, fate in ((BROKEN, "unfit"), (PAGES, "no post"), (DRAFTS, "draft")):
        for number, text in enumerate(texts * 2):
            name = f"{fate.replace(' ', '-')}/{number}.{chance.choice(['md', 'mdx', 'markdown', 'MD'])}"
            _write(root, name, text.replace("\n", ENDS[number % 2]).encode())
            yield Case(name, fate)
    _write(root, "huge.md", b"---\ntitle: huge\n---\n" + b"x" * 2_000_000)
    _write(root, "bytes.md", b"---\ntitle: \xff\xfe\n---\n")
    _write(root, "front.md", b"---\ntitle: x\n" + b"a: 1 # x\n" * 8_000 + b"---\n")
    outside = root.parent.parent / "outside"
    _write(outside, "secret.md", b"---\ntitle: secret\n---\n")
    (root / "link.md").symlink_to(outside / "secret.md")
    (root / "folder").symlink_to(outside)
    (root / "loop").symlink_to(root)
    (root / "dead.md").symlink_to("nowhere")
    os.mkfifo(root / "pipe.md")
    names = ("huge.md", "bytes.md", "front.md", "link.md", "folder", "loop", "dead.md", "pipe.md")
    yield from (Case(name, "unfit") for name in names)
    _write(root, "_index.md", b"---\ntitle: a list\n---\n")
    _write(root, ".hidden/a.md", b"---\ntitle: hidden\n---\n")
    _write(root, "node_modules/a.md", b"---\ntitle: not ours\n---\n")

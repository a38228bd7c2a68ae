"""A guard: nothing that users have paid for, or that is drawn on it, is renamed by accident.

``purchases.json`` records what the hashes of purchases and of finished pictures are made of. It is written anew by
``python -m tests.request.test_purchases``, which asks for the step that says that users shall pay, or wait, again.
"""

import hashlib
import json
import sys
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from imagegen.making import plan as planning
from imagegen.making.plan import plan
from imagegen.overlay.text.engine import VERSION
from imagegen.overlay.text.fonts import CJK, FALLBACKS, FONTS
from imagegen.request import catalog
from imagegen.request.batch import Leaf
from imagegen.request.prompts import STYLES, WORDING, picture_prompt
from imagegen.settings import Settings

RECORD = Path(__file__).with_name("purchases.json")
RECORD_ANEW = "python -m tests.request.test_purchases"
LEAF = Leaf("a fox", "gpt-image-2", "neon", "bottom-bar", "inter", "for a blog", "at night", "A title", variant=2)
Recorded = dict[str, Any]

BOUGHT_ANEW = (
    "These are asked for in other words, or under another hash, than before: {changed}.\n"
    "Users who upgrade would pay a provider again for every such picture that they have, and find none of their "
    "originals.\n"
    "If that is not meant, undo the change. If it is, raise WORDING in imagegen/request/prompts.py, run "
    f"'{RECORD_ANEW}' and say in CHANGELOG.md what is bought anew."
)
COMPOSED_ANEW = (
    "These are drawn from other files, or named by another hash, than before: {changed}.\n"
    "Users who upgrade pay nothing, but every finished picture would be composed again from its original, and every "
    "batch gets another id; without the step below, old pictures would keep their names and new ones differ.\n"
    "If that is not meant, undo the change. If it is, raise VERSION in imagegen/overlay/text/engine.py, run "
    f"'{RECORD_ANEW}' and say in CHANGELOG.md that pictures are composed anew, for nothing."
)
NOT_RECORDED = "purchases.json does not know {added}; add it: " + RECORD_ANEW


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def purchases(patched: pytest.MonkeyPatch) -> dict[str, str]:
    """What is asked in each style, and under which hash each model is asked for one and the same text."""
    asked = {f"style {style}": picture_prompt("a fox", style=style, context="b", extra_prompt="c") for style in STYLES}
    patched.setattr(planning, "picture_prompt", lambda *_, **__: "fixed")
    leaves = {f"model {model}": replace(LEAF, model=model) for model in catalog.MODELS}
    leaves["placeholder"] = replace(LEAF, offline=True)
    hashes = {name: plan(leaf, Settings()).request_hash[:16] for name, leaf in leaves.items()}
    return {name: digest(text.encode()) for name, text in asked.items()} | hashes


def drawings() -> dict[str, str]:
    """The files of each font, and the hash of a finished picture whose request and renderer are fixed."""
    fonts = {f"font {font.id}": font for font in (*FONTS.values(), *CJK.values(), *FALLBACKS)}
    found = {name: digest(Path(font.path()).read_bytes()) for name, font in fonts.items()}
    look = replace(LEAF, sizes=("og", "square"), kicker="News")
    named = {"a plain picture": LEAF, "a picture with a look": look}
    return found | {name: planning._leaf_hash("0" * 64, leaf, None)[:16] for name, leaf in named.items()}


def current(monkeypatch: pytest.MonkeyPatch | None = None) -> Recorded:
    patch = monkeypatch or pytest.MonkeyPatch()
    with patch.context() as patched:
        patched.setattr(planning, "renderer", lambda: "fixed")
        # An announced end, on its day, is the provider's doing and not ours.
        patched.setattr(catalog, "find_serving", partial(catalog.find_serving, on=date.min))
        return {"wording": WORDING, "renderer": VERSION, "purchases": purchases(patched), "drawings": drawings()}


def find_changed(before: dict[str, str], now: dict[str, str]) -> str:
    """What has another digest than before, by name; what is new or gone counts for nothing."""
    return ", ".join(name for name in before if name in now and before[name] != now[name])


def find_objection(before: Recorded, now: Recorded) -> str | None:
    """Return why ``now`` may not replace what was recorded before without a step that says so."""
    changed = find_changed(before["purchases"], now["purchases"])
    if changed and now["wording"] == before["wording"]:
        return BOUGHT_ANEW.format(changed=changed)
    changed = find_changed(before["drawings"], now["drawings"])
    if changed and now["renderer"] == before["renderer"]:
        return COMPOSED_ANEW.format(changed=changed)
    return None


def recorded() -> Recorded:
    found: Recorded = json.loads(RECORD.read_text())
    return found


def test_nothing_is_bought_or_composed_anew_by_accident(monkeypatch: pytest.MonkeyPatch) -> None:
    before, now = recorded(), current(monkeypatch)
    assert not (objection := find_objection(before, now)), f"\n{objection}"
    added = {name for part in ("purchases", "drawings") for name in now[part].keys() ^ before[part].keys()}
    assert not added, NOT_RECORDED.format(added=", ".join(sorted(added)))
    assert now == before, f"the step is taken; record it: {RECORD_ANEW}"


@pytest.mark.parametrize(
    ("part", "step", "words"),
    [("purchases", "wording", "pay a provider again"), ("drawings", "renderer", "composed again")],
)
def test_a_change_is_refused_in_words_until_the_step_that_means_it(part: str, step: str, words: str) -> None:
    before = recorded()
    name = next(iter(before[part]))
    now = before | {part: before[part] | {name: "0" * 16}}
    objection = find_objection(before, now)
    assert objection
    assert words in objection
    assert name in objection
    assert find_objection(before, now | {step: before[step] + 1}) is None


if __name__ == "__main__":
    if RECORD.exists() and (refused := find_objection(recorded(), current())):
        sys.exit(refused)
    RECORD.write_text(json.dumps(current(), indent=1, sort_keys=False) + "\n")

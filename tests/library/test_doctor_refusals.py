"""``imagegen.library.doctor`` refuses what a run would refuse."""

from pathlib import Path

import pytest

from imagegen.library import doctor
from imagegen.settings import Settings
from tests.library.test_doctor import diagnose, message


@pytest.mark.parametrize("key", ["", "sk-proj-0123456789abcdef"])
def test_a_base_url_that_a_run_would_refuse_is_a_failure_in_the_same_words(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "https://bob:hunter2/abc@gate.example/v1")
    openai, gemini = doctor.check_keys(Settings(openai_api_key=key))
    refusal = "OPENAI_BASE_URL holds a user name or password: write the address without it"
    assert (openai.name, openai.level, openai.message) == ("openai key", "fail", refusal)
    assert gemini.level == "warn"


@pytest.mark.parametrize("target", ["nowhere", "store"], ids=["dangling", "loop"])
def test_a_link_to_nowhere_is_no_store(target: str, tmp_path: Path) -> None:
    root = tmp_path / "store"
    root.symlink_to(target)
    found = diagnose(Settings(store=str(root)))
    assert found.pays_once is None
    assert not found.is_sound
    assert message(found, "store") == f"{root}: a symbolic link that leads nowhere; choose another directory"
    assert [path.name for path in tmp_path.iterdir()] == ["store"]


def test_a_store_below_a_link_to_nowhere_is_none_either(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nowhere")
    found = diagnose(Settings(store=str(tmp_path / "link" / "store")))
    assert message(found, "store").startswith(f"{tmp_path / 'link'}: a symbolic link that leads nowhere")

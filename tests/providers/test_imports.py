"""What is left out of an import is out for that import alone."""

import importlib
import sys
import threading
from pathlib import Path

import pytest

from imagegen.providers.imports import without


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place on the path where two modules lie, one of which can do without the other."""
    (tmp_path / "spare_part.py").write_text("")
    (tmp_path / "whole.py").write_text(
        "try:\n    import spare_part\nexcept ImportError:\n    spare_part = None\n",
    )
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("spare_part", "whole"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return tmp_path


@pytest.mark.usefixtures("modules")
def test_a_library_takes_a_module_that_is_left_out_for_not_installed() -> None:
    with without("spare_part"):
        assert importlib.import_module("whole").spare_part is None
    assert importlib.import_module("spare_part")


@pytest.mark.usefixtures("modules")
def test_a_module_that_is_loaded_already_is_found_all_the_same() -> None:
    loaded = importlib.import_module("spare_part")
    with without("spare_part"):
        assert importlib.import_module("whole").spare_part is loaded


@pytest.mark.usefixtures("modules")
def test_another_thread_finds_what_this_one_leaves_out() -> None:
    found = []
    with without("spare_part"):
        thread = threading.Thread(target=lambda: found.append(importlib.import_module("spare_part")))
        thread.start()
        thread.join()
    assert found


@pytest.mark.usefixtures("modules")
def test_what_is_hidden_is_found_again_whatever_happens_inside() -> None:
    with pytest.raises(ZeroDivisionError), without("spare_part"):
        _ = 1 / 0
    assert importlib.import_module("spare_part")


@pytest.mark.usefixtures("modules")
def test_an_inner_hiding_ends_without_ending_the_outer_one() -> None:
    with without("spare_part"):
        with without("whole"):
            pass
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module("spare_part")


def test_the_list_of_finders_never_changes_while_modules_are_hidden() -> None:
    finders, content = sys.meta_path, list(sys.meta_path)
    with without("spare_part"):
        assert sys.meta_path is finders
        assert sys.meta_path == content
    assert sys.meta_path is finders
    assert sys.meta_path == content

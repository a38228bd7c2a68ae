"""A run that cannot store its result says what it spent, and the batch's next run accounts for it."""

from pathlib import Path

import pytest

from imagegen.making.runtime import Runtime
from imagegen.paying.run_report import Report
from storage import AccessDenied, Version, keys
from storage.directory import DirectoryStore
from tests.doubles.provider import openai_server
from tests.doubles.provider.openai_server import OpenAIServer
from tests.doubles.provider.scripted_server import HUNG_UP_AFTER
from tests.doubles.render.local_runs import LOOK, run_batch
from tests.making.requests import MODEL, ended_life


class Refusing(DirectoryStore):
    """A directory that takes no write of a key with a certain ending, and no closed report."""

    refused = ""

    def _refuse(self, key: str, data: bytes) -> None:
        if self.refused and self.refused in (key.rpartition("/")[2], _status(key, data)):
            raise AccessDenied(f"cannot write {key}: no permission")

    def replace(self, key: str, data: bytes, *, content_type: str) -> None:
        self._refuse(key, data)
        super().replace(key, data, content_type=content_type)

    def create(self, key: str, data: bytes, **options: object) -> Version | None:
        self._refuse(key, data)
        return super().create(key, data, **options)  # type: ignore[arg-type]


def _status(key: str, data: bytes) -> str:
    return Report.model_validate_json(data).status if key.startswith(keys.REPORTS) else ""


@pytest.mark.parametrize("refused", ["index.html", "batch.json", "ended"])
def test_what_a_run_spent_that_could_not_store_its_result_is_said_and_in_the_next_ones(
    refused: str, runtime: Runtime, openai: OpenAIServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Refusing(tmp_path)
    store.refused = refused
    runtime.__dict__["store"] = store  # takes the place of the cached property
    openai.script([HUNG_UP_AFTER, openai_server.picture()])
    with monkeypatch.context() as patch:
        patch.setattr("imagegen.making.reports.hold_process_lock", ended_life)  # its process ends with it
        with pytest.raises(AccessDenied) as raised:
            run_batch(runtime, ["a"], [MODEL], *LOOK)
    said = str(raised.value)
    assert said.startswith("the batch's result could not be stored: cannot write ")
    assert "its pictures are stored (1 of 1)" in said
    assert "(1 call paid, $0.04" in said
    assert "and 1 more call that may have been charged" in said
    assert said.endswith("will be in the result of the batch's next run")
    store.refused = ""
    first, second = (run_batch(runtime, ["a"], [MODEL], *LOOK).summary for _ in range(2))
    assert (first.reused, first.paid_calls, first.possible_extra_charges) == (1, 1, 1)
    assert (second.paid_calls, second.possible_extra_charges) == (0, 0)

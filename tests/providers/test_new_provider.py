"""A provider is one module and its entries in the catalogue; nothing else in the code knows its name."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from imagegen import providers
from imagegen.errors import ConfigurationError
from imagegen.making.plan import Planned, plan, require_keys
from imagegen.request import catalog
from imagegen.request.batch import read
from imagegen.settings import from_environment

MODULE = """
from imagegen.providers import Generated
from imagegen.providers.failures import REFUSED, Row, Service

SERVICE = Service("acme", "Acme", key="ACME_TOKEN", per_minute="ACME_IMAGES_PER_MINUTE", rows=(Row("451", REFUSED),))

class AcmeProvider:
    def __init__(self, key):
        self._key = key

    def generate(self, request):
        return Generated(f"{self._key} {request.model} {request.options}".encode(), 0.01)

def find_missing_key(settings):
    return "" if settings.find_key("acme") else SERVICE.key

def endpoint(settings):
    return "https://eu.acme.example"

def connect(settings):
    return AcmeProvider(settings.find_key("acme"))
"""


@pytest.fixture(autouse=True)
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Add the module and the entries."""
    (tmp_path / "acme.py").write_text(MODULE)
    monkeypatch.setattr(providers, "__path__", [*providers.__path__, str(tmp_path)])
    entry = catalog.ProviderEntry(
        (1200, 800), re.compile("acme-.+"), lambda _: {"steps": "20"}, ("ACME_TOKEN",), "ACME_IMAGES_PER_MINUTE"
    )
    monkeypatch.setitem(catalog.PROVIDERS, "acme", entry)
    monkeypatch.setitem(catalog.MODELS, "acme-1", catalog.Model("acme-1", "acme", (1200, 800), {"": 0.01}))
    yield
    sys.modules.pop("imagegen.providers.acme", None)


def planned(**variables: str) -> Planned:
    request = {"prompts": ["A fox"], "models": ["acme-1"], "style": "neon", "template": "left-panel", "font": "inter"}
    (leaf,) = read(request, max_images=1).distinct()
    return plan(leaf, from_environment(variables))


def test_its_key_and_its_pace_are_read_from_the_variables_in_the_catalogue() -> None:
    settings = from_environment({"ACME_TOKEN": " t0ken ", "ACME_IMAGES_PER_MINUTE": "7"})
    assert (settings.find_key("acme"), settings.images_per_minute("acme")) == ("t0ken", 7)
    assert "t0ken" not in repr(settings)
    with pytest.raises(ConfigurationError, match="ACME_IMAGES_PER_MINUTE"):
        from_environment({"ACME_IMAGES_PER_MINUTE": "many"})


def test_a_missing_key_is_named_before_anything_is_asked() -> None:
    with pytest.raises(ConfigurationError, match="ACME_TOKEN is not set, and 'acme-1' needs it"):
        require_keys([planned()], from_environment({}))


def test_its_models_are_planned_with_its_options_and_made_by_its_module() -> None:
    settings = from_environment({"ACME_TOKEN": "t"})
    item = planned()
    assert (item.provider, item.price_usd) == ("acme", 0.01)
    assert providers.endpoint("acme", settings) == "https://eu.acme.example"
    made = providers.connect("acme", settings).generate(item.request)
    assert made.data == b"t acme-1 {'steps': '20'}"

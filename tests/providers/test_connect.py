"""One client per process, shared by threads; and the cold cost of a leaf is one SDK's."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.doubles.provider import provider_pictures as pictures
from tests.doubles.provider.gemini_server import GeminiServer
from tests.doubles.provider.openai_server import OpenAIServer
from tests.providers.conftest import PROVIDERS, OpenDesk, request

LEAF = """
import json, sys
from imagegen.request import catalog
from imagegen.providers import PictureRequest, connect
from imagegen.settings import from_environment
settings = from_environment()
model = catalog.MODELS[sys.argv[1]]
request = PictureRequest(model.id, "A fox", model.size, catalog.build_options(model, settings))
picture = connect(model.provider, settings).generate(request)
print(json.dumps([len(picture.data), sorted(sys.modules)]))
"""


@pytest.mark.parametrize("provider", PROVIDERS)
def test_threads_share_a_client_and_each_gets_its_own_picture(provider: str, desk: OpenDesk) -> None:
    at = desk(provider)
    size = request(provider).size
    subjects = [f"fox {number}" for number in range(12)]
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda subject: at.provider.generate(request(provider, prompt=subject)).data, subjects))
    assert made == [pictures.picture("JPEG", size, subject) for subject in subjects]


@pytest.mark.parametrize(
    ("server_type", "model", "theirs", "others"),
    [
        (OpenAIServer, "gpt-image-2", "openai", "google.genai"),
        (GeminiServer, "gemini-3-pro-image", "google.genai", "openai"),
    ],
)
def test_a_leaf_imports_the_sdk_of_its_provider_alone(
    server_type: type[OpenAIServer | GeminiServer], model: str, theirs: str, others: str
) -> None:
    with server_type() as server:
        size, modules = _python(LEAF, model, **server.environment)
    assert size > 1000
    assert theirs in modules
    assert others not in modules


def test_the_catalogue_the_prompts_and_the_contract_import_no_sdk() -> None:
    modules = _python(
        "import json, sys, imagegen.request.catalog, imagegen.request.prompts, imagegen.providers\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    assert not {"openai", "google.genai", "httpx2", "tenacity", "PIL", "pydantic"} & set(modules)


def _python(program: str, *arguments: str, **environment: str) -> list[Any]:
    command = [sys.executable, "-c", program, *arguments]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    return list(json.loads(ran.stdout))

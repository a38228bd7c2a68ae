"""render.yaml and .env.example: what Render's schema asks for, and every variable that the code reads."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from imagegen.settings import Settings, from_environment
from tests.doubles.render.worker_protocol import ROOT

# Render publishes no licence for its schema, so what it says of the fields that we use is restated here.
COMMON = {"type", "name", "runtime", "region", "envVars"}
ALLOWED = {
    "workflow": COMMON
    | {"repo", "branch", "buildCommand", "startCommand", "rootDir", "buildFilter", "autoDeployTrigger"},
    "web": COMMON
    | {"plan", "dockerfilePath", "dockerContext", "healthCheckPath", "disk"}
    | {"buildFilter", "autoDeployTrigger", "maxShutdownDelaySeconds"},
}
REQUIRED = {
    # The schema does without repo and buildCommand; Render's API does not.
    "workflow": COMMON | {"repo", "branch", "buildCommand", "startCommand"},
    "web": COMMON | {"plan", "dockerfilePath", "dockerContext"},
}
SOURCES = {"value", "generateValue", "sync", "fromService"}
RUNTIMES = {"workflow": "python", "web": "docker"}
REGIONS = {"oregon", "ohio", "virginia", "frankfurt", "singapore"}

HOBBY_SLOTS = 20

NOT_ON_RENDER = {
    "RENDER": "set by Render itself",
    "RENDER_SDK_MODE": "as above",
    "IMAGEGEN_STORE": "a directory is refused there, a bucket is named by MINIO_BUCKET",
    "GEMINI_API_KEY": "another name of GOOGLE_API_KEY",
    "BRANDS_DIR": "brands/ is deployed with the program",
    "MINIO_REGION": "MinIO has no regions",
    "MINIO_PUBLIC_BASE_URL": "links are signed, the bucket is private",
    "ORIGINALS_EXPIRE_DAYS": "for the commands on a store, of which the worker runs none",
    "OPENAI_IMAGES_PER_MINUTE": "depends on the account's tier; without it the provider's refusals are heeded",
    "GEMINI_IMAGES_PER_MINUTE": "as above",
    "NOTIFY_URL": "nobody is told unless it is added",
    "NOTIFY_SECRET": "as above",
}
READ_ELSEWHERE = {
    *("RENDER_API_KEY", "WORKFLOW_SLUG", "RENDER_LOCAL_DEV_URL"),  # by the client of deployed runs
    *("OPENAI_BASE_URL", "GOOGLE_GEMINI_BASE_URL"),  # by the SDKs
}


class _Recorder(dict[str, str]):
    """An environment that notes which variables are asked for."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.asked.add(name)
        return default


def variables_read() -> set[str]:
    recorder = _Recorder()
    from_environment(recorder)
    return recorder.asked


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    blueprint = yaml.safe_load((ROOT / "render.yaml").read_text())
    assert set(blueprint) == {"services"}
    return {service["name"]: service for service in blueprint["services"]}


def variables(service: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    found = {item["key"]: {k: v for k, v in item.items() if k != "key"} for item in service["envVars"]}
    assert len(found) == len(service["envVars"]), "a variable is given twice"
    return found


def test_every_service_has_the_fields_that_render_asks_for_and_no_other(services: dict[str, dict[str, Any]]) -> None:
    assert set(services) == {"imagegen", "imagegen-minio"}
    for service in services.values():
        assert service["runtime"] == RUNTIMES[service["type"]]
        assert service["autoDeployTrigger"] in {"off", "commit", "checksPass"}
        assert set(service["buildFilter"]) <= {"paths", "ignoredPaths"}
        assert REQUIRED[service["type"]] <= set(service) <= ALLOWED[service["type"]]
        for source in variables(service).values():
            assert len(source) == 1
            assert set(source) <= SOURCES
            assert isinstance(source.get("value", ""), str), "YAML took a value for something else than text"


def test_all_services_share_a_region_because_the_private_network_ends_there(
    services: dict[str, dict[str, Any]],
) -> None:
    (region,) = {service["region"] for service in services.values()}
    assert region in REGIONS


def test_every_reference_leads_to_a_variable_or_property_that_is_there(services: dict[str, dict[str, Any]]) -> None:
    for service in services.values():
        for source in variables(service).values():
            if reference := source.get("fromService"):
                target = services[reference["name"]]
                assert reference["type"] == target["type"]
                assert len(reference) == 3
                assert reference["envVarKey"] in {*variables(target), "RENDER_EXTERNAL_URL"}


def test_the_worker_is_given_every_variable_that_it_reads_and_no_other(services: dict[str, dict[str, Any]]) -> None:
    given = set(variables(services["imagegen"]))
    assert given == variables_read() - set(NOT_ON_RENDER) | {"PYTHON_VERSION"}
    assert set(NOT_ON_RENDER) <= variables_read()


def test_the_values_are_understood_and_differ_from_the_defaults_where_meant(
    services: dict[str, dict[str, Any]],
) -> None:
    plain = {name: source["value"] for name, source in variables(services["imagegen"]).items() if "value" in source}
    assert from_environment(plain) == Settings(
        max_batch_cost_usd=10.0, max_monthly_cost_usd=100.0, max_in_flight=19, require_shaping=True
    )


def test_no_secret_stands_in_the_blueprint(services: dict[str, dict[str, Any]]) -> None:
    worker, minio = variables(services["imagegen"]), variables(services["imagegen-minio"])
    assert worker["OPENAI_API_KEY"] == worker["GOOGLE_API_KEY"] == {"sync": False}
    assert minio["MINIO_ROOT_PASSWORD"] == minio["MINIO_WORKER_PASSWORD"] == {"generateValue": True}


def test_the_worker_signs_in_as_a_user_of_its_own_and_never_as_root(services: dict[str, dict[str, Any]]) -> None:
    worker, minio = variables(services["imagegen"]), variables(services["imagegen-minio"])
    taken = {source["fromService"]["envVarKey"] for source in worker.values() if "fromService" in source}
    assert taken == {"RENDER_EXTERNAL_URL", "MINIO_WORKER_USER", "MINIO_WORKER_PASSWORD", "MINIO_BUCKET"}
    assert minio["MINIO_WORKER_USER"] != minio["MINIO_ROOT_USER"]


def test_a_batch_and_its_leaves_fit_into_the_smallest_workspace(services: dict[str, dict[str, Any]]) -> None:
    at_once = int(variables(services["imagegen"])["MAX_IN_FLIGHT"]["value"])
    assert at_once + 1 <= HOBBY_SLOTS, "the parent is a run as well"
    assert f"{HOBBY_SLOTS} at once on Hobby" in (ROOT / "docs/deploy.md").read_text()


def test_versions_are_pinned_to_what_can_still_be_pulled(services: dict[str, dict[str, Any]]) -> None:
    image = re.search(r"^FROM (\S+)$", (ROOT / services["imagegen-minio"]["dockerfilePath"]).read_text(), re.MULTILINE)
    assert image
    assert re.fullmatch(r"quay\.io/minio/minio:RELEASE\.2025-09-07T16-13-09Z@sha256:[0-9a-f]{64}", image[1])
    assert re.fullmatch(r"3\.11\.\d+", variables(services["imagegen"])["PYTHON_VERSION"]["value"])


def test_the_commands_name_what_is_in_the_repository(services: dict[str, dict[str, Any]]) -> None:
    assert services["imagegen"]["startCommand"] == "python -m workflows"
    assert (ROOT / "workflows/__main__.py").is_file()
    install, fribidi, compile_all = services["imagegen"]["buildCommand"].split(" && ")
    assert install == "python -m tools.install here"
    assert (ROOT / "tools/install.py").is_file()
    assert (ROOT / fribidi).is_file()
    assert all((ROOT / package).is_dir() for package in compile_all.split()[-3:])


def test_minio_keeps_its_pictures_on_a_disk_and_has_no_console(services: dict[str, dict[str, Any]]) -> None:
    minio = services["imagegen-minio"]
    start = (ROOT / minio["dockerContext"] / "start").read_text()
    assert f'minio server "${{MINIO_DATA:-{minio["disk"]["mountPath"]}}}"' in start
    assert variables(minio)["MINIO_BROWSER"] == {"value": "off"}
    assert minio["plan"] != "free", "a free service has no disk"
    assert minio["healthCheckPath"] == "/minio/health/live"
    assert minio["buildFilter"] == {"paths": [".render/minio/**"]}, "another commit must not restart MinIO"


def test_the_example_environment_names_every_variable_with_a_value_that_is_understood() -> None:
    lines = [
        line.partition("=") for line in (ROOT / ".env.example").read_text().splitlines() if re.match(r"[A-Z]", line)
    ]
    named = {name: value for name, _, value in lines}
    assert set(named) == variables_read() - {"RENDER", "RENDER_SDK_MODE"} | READ_ELSEWHERE
    assert from_environment(named) == Settings()


def test_the_deployment_guide_names_every_service(services: dict[str, dict[str, Any]]) -> None:
    guide = Path(ROOT / "docs/deploy.md").read_text()
    assert {name for name in services if f"`{name}`" not in guide} == set()

"""Mutation testing: change the code in one small way after the other, and list the changes that no test notices.

    python -m tools.mutants [GROUP …]          # all groups: about two hours; claims and money: minutes
    python -m tools.mutants --every 3 GROUP …  # the first of every three changes
    python -m tools.mutants --again GROUP …    # what survived last, with the tests as they are now
    python -m tools.mutants --list

mutmut makes the changes and runs, for each, the tests that reach the changed function, the fast ones first. It is no
part of the locked requirements: the first run installs it into ``build/mutants`` from the package index. The exit code
is 1 when a module has survivors that ``tests/mutants.md`` does not list under the module's name.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
WORK = ROOT / "build/mutants"
MUTMUT = "mutmut==3.8.1"
PACKAGES = ("imagegen", "storage", "workflows")

MOTO = """

@pytest.fixture(scope="session")
def seaweedfs(moto: S3Server) -> S3Server:
    return moto
"""
"""Lines for the storage tests' configuration: the server in the tests' own process takes the part of the real one."""


@dataclass(frozen=True)
class Group:
    """Modules that the same tests guard. ``tests`` are pytest's arguments: fast ones, without storms and duplicates."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]


GROUPS = {
    "money": Group(("imagegen/paying/money.py",), ("tests/paying/test_money.py", "tests/paying/test_ledgers.py")),
    "claims": Group(
        ("imagegen/paying/claims.py", "imagegen/paying/claim_record.py"),
        (
            *(f"tests/paying/test_{name}.py" for name in ("claims", "holding", "claim_writes")),
            "tests/exploration/test_findings.py",
        ),
    ),
    "originals": Group(
        ("imagegen/making/originals.py",),
        (
            "tests/making/originals",
            *("-k", "not kept_while"),
        ),
    ),
    "plans": Group(
        ("imagegen/making/stored.py", "imagegen/making/plan.py"),
        ("tests/making/test_stored.py", "tests/making/test_plan.py"),
    ),
    "batches": Group(
        ("imagegen/making/fan_out.py", "imagegen/making/batch_run.py"),
        (
            "tests/making/batches",
            *(f"tests/making/test_{name}.py" for name in ("unsaved", "batch_money")),
            "tests/workflows/test_batch_failures.py",
            "-k",
            "moderation or test_fan_out or test_endings or test_run_batch or test_unsaved or test_batch_money",
        ),
    ),
    "directory": Group(
        ("storage/directory.py",),
        (
            *("tests/storage/directory", "tests/storage/test_contract.py", "tests/storage/test_swaps.py"),
            *("-k", "not moto and not seaweedfs and not minio and not racing and not race and not removes_under_them"),
        ),
    ),
    "s3_client": Group(
        tuple(f"storage/s3/{name}.py" for name in ("bucket", "client", "errors")),
        ("tests/storage/s3/test_client.py", "tests/storage/s3/test_errors.py"),
    ),
    "s3_store": Group(
        tuple(f"storage/s3/{name}.py" for name in ("conditional", "probe", "store")),
        (
            "tests/storage/s3",
            *("-k", "not minio and not seaweedfs and not three_hundred and not in_each_read and not wrong_key"),
        ),
    ),
}
QUICK = """
from hypothesis import Phase, settings
settings.register_profile("quick", max_examples=25, phases=(Phase.explicit, Phase.generate), derandomize=True)
settings.load_profile("quick")
"""
"""Lines for the tests' configuration: a change that is noticed need not be noticed by the simplest example."""
NOTICED = ("killed", "timeout", "caught by type check")
LEFT_OUT = "not checked"
KNOWN = ROOT / "tests/mutants.md"


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help="by default all")
    parser.add_argument("--list", action="store_true", help="list the groups, their modules and their tests")
    parser.add_argument("--children", type=int, default=2, metavar="N", help="changes tried at once; by default 2")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="try the first of every N changes alone")
    parser.add_argument("--again", action="store_true", help="try what survived last, with the tests as they are now")
    given = parser.parse_args()
    if unknown := set(given.groups) - set(GROUPS):
        parser.error(f"not among the groups of --list: {', '.join(sorted(unknown))}")
    if given.list:
        for name, group in GROUPS.items():
            print(name, *group.modules, " ".join(group.tests), sep="\n    ")
        return 0
    mutmut = _install()
    return max([_mutate(name, mutmut, given) for name in given.groups or GROUPS])


def _install() -> Path:
    """Return mutmut's program, in an environment that sees all that this one has."""
    program = WORK / "venv/bin/mutmut"
    if not program.exists():
        venv.create(WORK / "venv", with_pip=True)
        purelib = sysconfig.get_path("purelib", vars={"base": str(WORK / "venv")})
        Path(purelib, "outer.pth").write_text(sysconfig.get_path("purelib"))
        subprocess.run([WORK / "venv/bin/python", "-m", "pip", "install", "-q", MUTMUT], check=True)
    return program


def _mutate(name: str, mutmut: Path, given: argparse.Namespace) -> int:
    """Change a group's modules in a copy of the project; print the survivors, and return 1 when one is not known."""
    copy, group = WORK / name, GROUPS[name]
    names: list[str] = []
    if given.again:
        names = _survivors(_read_results(mutmut, copy))
        if not names:
            print(f"{name}: nothing survived")
            return 0
    else:
        shutil.rmtree(copy, ignore_errors=True)
    _copy_project(copy, group)
    run: list[str | Path] = [mutmut, "run", "--max-children", str(given.children)]
    if given.every > 1:
        subprocess.run([*run, "none"], cwd=copy, check=False)  # makes the changes, and tries none
        names = list(_read_results(mutmut, copy))[:: given.every]
    subprocess.run([*run, *names], cwd=copy, check=False)
    results = _read_results(mutmut, copy)
    return max([_report(module, results, mutmut, copy) for module in group.modules])


def _report(module: str, of_group: dict[str, str], mutmut: Path, copy: Path) -> int:
    """Print what became of one module's changes; return 1 when a survivor is not known."""
    prefix = module.removesuffix(".py").replace("/", ".") + "."
    results = {name: result for name, result in of_group.items() if name.startswith(prefix)}
    tried, survivors = [name for name in results if results[name] != LEFT_OUT], _survivors(results)
    print(f"{module}: {len(results)} changes, {len(tried)} tried, {len(tried) - len(survivors)} noticed")
    known = KNOWN.read_text().partition(f"## `{module}`\n")[2].partition("\n## ")[0]
    new = [name for name in survivors if f"`{_shorten(name)}`" not in known]
    for name in survivors:
        shown = subprocess.run([mutmut, "show", name], cwd=copy, check=False, capture_output=True, text=True)
        changed = [line for line in shown.stdout.splitlines() if re.match(r"[-+](?![-+])", line)]
        print(
            f"  {_shorten(name)} ({results[name]}){' NEW' if name in new else ''}", *changed, sep="\n    ", flush=True
        )
    return int(bool(new) or not tried)


def _read_results(mutmut: Path, copy: Path) -> dict[str, str]:
    listed = subprocess.run([mutmut, "results", "--all", "true"], cwd=copy, check=True, capture_output=True, text=True)
    return dict(re.findall(r"^\s*(\S+): (.+)$", listed.stdout, re.MULTILINE))


def _survivors(results: dict[str, str]) -> list[str]:
    return [name for name, result in results.items() if result not in (*NOTICED, LEFT_OUT)]


def _shorten(name: str) -> str:
    """Return a change's name as people read it: ``Claim.renew/2`` for mutmut's ``….xǁClaimǁrenew__mutmut_2``."""
    function, _, number = name.rpartition(".")[2].partition("__mutmut_")
    return re.sub(r"^xǁ|^x_", "", function).replace("ǁ", ".") + f"/{number}"


def _copy_project(copy: Path, group: Group) -> None:
    """Copy what mutmut needs; over a former copy, which keeps its results."""
    for name in (*PACKAGES, "tests"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, copy / name, ignore=ignored, dirs_exist_ok=True)
        shutil.rmtree(copy / "mutants/tests", ignore_errors=True)  # mutmut does not copy over a folder that is there
    with (copy / "tests/conftest.py").open("a") as conftest:
        conftest.write(QUICK)
    with (copy / "tests/storage/conftest.py").open("a") as conftest:
        conftest.write(MOTO)
    text = (ROOT / "pyproject.toml").read_text()
    pytest = tomllib.loads(text)["tool"]["pytest"]["ini_options"] | {"addopts": "-q -n 0 -p no:randomly", "timeout": 15}
    settings = {
        "source_paths": list(PACKAGES),
        "only_mutate": list(group.modules),
        "pytest_add_cli_args_test_selection": list(group.tests),
        "timeout_constant": 4.0,
        "timeout_multiplier": 3.0,
    }
    sections = {"tool.pytest.ini_options": pytest, "tool.mutmut": settings}
    (copy / "pyproject.toml").write_text("\n".join(_section(*section) for section in sections.items()))


def _section(name: str, values: dict[str, object]) -> str:
    # JSON's strings, numbers and lists are TOML's, too.
    return "\n".join([f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items()), ""])


if __name__ == "__main__":
    sys.exit(main())

"""Mutation testing: change the code in one small way after the other, and list the changes that no test notices.

    python -m tools.mutants [MODULE …]       # all modules: hours; money and claims: minutes
    python -m tools.mutants --list

mutmut makes the changes and runs, for each, the tests that reach the changed function. It is no part of the locked
requirements: the first run installs it into ``build/mutants`` from the package index. The exit code is 1 when a module
has survivors that ``tests/mutants.md`` does not list.
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
from pathlib import Path

ROOT = Path(__file__).parents[1]
WORK = ROOT / "build/mutants"
MUTMUT = "mutmut==3.8.1"
PACKAGES = ("imagegen", "storage", "workflows")

_MAKING = ("tests/making",)
_STORAGE = ("tests/storage/test_contract.py", "tests/storage/test_directory.py")
_S3 = ("tests/storage/test_contract.py", "tests/storage/test_s3.py")
TESTS = {
    "imagegen/paying/money.py": ("tests/paying/test_money.py", "tests/paying/test_ledgers.py"),
    "imagegen/paying/claims.py": ("tests/paying/test_claims.py", "tests/exploration"),
    "imagegen/paying/claim_record.py": ("tests/paying/test_claims.py", "tests/exploration"),
    "imagegen/making/stored.py": _MAKING,
    "imagegen/making/plan.py": _MAKING,
    "imagegen/making/batch_run.py": _MAKING,
    "imagegen/making/fan_out.py": _MAKING,
    "imagegen/making/originals.py": _MAKING,
    "storage/directory.py": _STORAGE,
    **{f"storage/s3/{name}.py": _S3 for name in ("bucket", "client", "conditional", "errors", "probe", "store")},
}
"""The fast tests that are meant to guard each module."""
QUICK = """
from hypothesis import Phase, settings
settings.register_profile("quick", max_examples=25, phases=(Phase.explicit, Phase.generate), derandomize=True)
settings.load_profile("quick")
"""
"""Lines for the tests' configuration: a change that is noticed need not be noticed by the simplest example."""
KNOWN = ROOT / "tests/mutants.md"


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="by default all")
    parser.add_argument("--list", action="store_true", help="list the modules and their tests")
    given = parser.parse_args()
    if unknown := set(given.modules) - set(TESTS):
        parser.error(f"not among the modules of --list: {', '.join(sorted(unknown))}")
    if given.list:
        for module, tests in TESTS.items():
            print(f"{module}: {' '.join(tests)}")
        return 0
    mutmut = _install()
    return max([_mutate(module, mutmut) for module in given.modules or TESTS])


def _install() -> Path:
    """Return mutmut's program, in an environment that sees all that this one has."""
    program = WORK / "venv/bin/mutmut"
    if not program.exists():
        venv.create(WORK / "venv", with_pip=True)
        purelib = sysconfig.get_path("purelib", vars={"base": str(WORK / "venv")})
        Path(purelib, "outer.pth").write_text(sysconfig.get_path("purelib"))
        subprocess.run([WORK / "venv/bin/python", "-m", "pip", "install", "-q", MUTMUT], check=True)
    return program


def _mutate(module: str, mutmut: Path) -> int:
    """Change one module in a copy of the project; print the survivors, and return 1 when one is not known."""
    copy = WORK / module.replace("/", "-").removesuffix(".py")
    _copy_project(copy, module)
    subprocess.run([mutmut, "run", "--max-children", "2"], cwd=copy, check=False)
    listed = subprocess.run([mutmut, "results", "--all", "true"], cwd=copy, check=True, capture_output=True, text=True)
    results = dict(re.findall(r"^\s*(\S+): (.+)$", listed.stdout, re.MULTILINE))
    known = KNOWN.read_text()
    survivors = [
        name for name, result in results.items() if result not in ("killed", "timeout", "caught by type check")
    ]
    print(f"{module}: {len(results)} mutants, {len(results) - len(survivors)} found, {len(survivors)} not")
    new = [name for name in survivors if f"`{name.rpartition('.')[2]}`" not in known]
    for name in survivors:
        shown = subprocess.run([mutmut, "show", name], cwd=copy, check=False, capture_output=True, text=True)
        changed = [line for line in shown.stdout.splitlines() if re.match(r"[-+](?![-+])", line)]
        print(f"  {name} ({results[name]}){' NEW' if name in new else ''}", *changed, sep="\n    ")
    return int(bool(new) or not results)


def _copy_project(copy: Path, module: str) -> None:
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir(parents=True)
    for name in (*PACKAGES, "tests"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    with (copy / "tests/conftest.py").open("a") as conftest:
        conftest.write(QUICK)
    text = (ROOT / "pyproject.toml").read_text()
    pytest = tomllib.loads(text)["tool"]["pytest"]["ini_options"] | {"addopts": "-q -n 0 -p no:randomly"}
    settings = {
        "source_paths": list(PACKAGES),
        "only_mutate": [module],
        "pytest_add_cli_args_test_selection": list(TESTS[module]),
    }
    sections = {"tool.pytest.ini_options": pytest, "tool.mutmut": settings}
    (copy / "pyproject.toml").write_text("\n".join(_section(*section) for section in sections.items()))


def _section(name: str, values: dict[str, object]) -> str:
    # JSON's strings, numbers and lists are TOML's, too.
    return "\n".join([f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items()), ""])


if __name__ == "__main__":
    sys.exit(main())

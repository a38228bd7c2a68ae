"""What the code never does."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted(path for package in ("storage", "imagegen", "workflows") for path in (ROOT / package).rglob("*.py"))
FORBIDDEN_CALLS = {"eval", "exec", "compile", "os.system", "os.popen"}
FORBIDDEN_MODULES = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "telnetlib", "ftplib"}
UNVERIFIED = {"verify", "verify_ssl", "use_ssl", "check_hostname"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_runs_a_shell_unpickles_evaluates_or_turns_tls_verification_off(path: Path) -> None:
    assert not list(findings(path.read_text()))


@pytest.mark.parametrize(
    "code",
    [
        "eval('1')",
        "import os; os.system('ls')",
        "import subprocess; subprocess.run('ls', shell=True)",
        "import pickle",
        "from pickle import loads",
        "client(verify=False)",
        "import ssl; ssl._create_unverified_context()",
        "context.verify_mode = ssl.CERT_NONE",
    ],
)
def test_each_of_them_would_be_found(code: str) -> None:
    assert list(findings(code))


def findings(code: str) -> Iterator[str]:
    """What is forbidden in some code, by line."""
    for node in ast.walk(ast.parse(code)):
        for word in _forbidden(node):
            yield f"line {getattr(node, 'lineno', 0)}: {word}"


def _forbidden(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Call(func=func, keywords=keywords):
            if (name := ast.unparse(func)) in FORBIDDEN_CALLS:
                yield name
            for keyword in keywords:
                said = keyword.arg, getattr(keyword.value, "value", None)
                if said == ("shell", True) or (keyword.arg in UNVERIFIED and said[1] is False):
                    yield f"{said[0]}={said[1]}"
        case ast.Import(names=names):
            yield from (name.name for name in names if name.name.split(".")[0] in FORBIDDEN_MODULES)
        case ast.ImportFrom(module=str(module)) if module.split(".")[0] in FORBIDDEN_MODULES:
            yield module
        case ast.Attribute(attr="CERT_NONE" | "_create_unverified_context" as name):
            yield name

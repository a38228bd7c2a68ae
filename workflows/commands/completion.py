"""Completion in bash, zsh and fish: its installation, and the values that it offers."""

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
from typer.completion import get_completion_inspect_parameters, install_callback, show_callback

from imagegen.errors import ConfigurationError, ImagegenError
from storage import StoreError

SHELLS = ("bash", "zsh", "fish")
REQUEST = "_IMAGEGEN_COMPLETE"
"""The variable in which a shell asks for its script (``source_bash``) or for values (``complete_bash``)."""


def _install(ctx: typer.Context, param: typer.CallbackParam, wanted: bool) -> None:
    if not wanted or ctx.resilient_parsing:
        return
    shell = _choose_shell()
    try:
        install_callback(ctx, param, shell)
    except (OSError, UnicodeError) as error:
        raise ConfigurationError(
            f"completion cannot be written into the home directory ({error}); {_describe_manual_setup(shell)}"
        ) from None


def _show(ctx: typer.Context, param: typer.CallbackParam, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        show_callback(ctx, param, _choose_shell())


InstallOption = Annotated[
    bool,
    typer.Option(
        "--install-completion",
        callback=_install,
        is_eager=True,
        help="Teach this shell (bash, zsh or fish) to complete commands, options and ids, and exit.",
    ),
]
ShowOption = Annotated[
    bool,
    typer.Option("--show-completion", callback=_show, is_eager=True, help="Print the completion script, and exit."),
]


def accept_requests() -> None:
    """Prepare to answer a shell that asks as Typer's scripts do, or as click's documentation says."""
    request = os.environ.get(REQUEST)
    if request is None:
        return
    get_completion_inspect_parameters()  # this is how Typer gets to know the shells
    os.environ["COLUMNS"] = "1000"  # Typer breaks a longer help into lines, and fish offers each line as a value
    first, _, second = request.partition("_")
    if first in SHELLS:
        os.environ[REQUEST] = f"{second}_{first}"


def complete_ids(known: Iterable[str]) -> Callable[[str], list[str]]:
    """Return a completer of one id, of several separated by commas, or of ``all``."""
    ids = tuple(known)

    def complete(incomplete: str) -> list[str]:
        before, comma, _ = incomplete.rpartition(",")
        chosen = before.split(",")
        return [f"{before}{comma}{id_}" for id_ in (*ids, *(() if comma else ("all",))) if id_ not in chosen]

    return complete


def batch_ids(ctx: typer.Context, incomplete: str) -> list[str]:
    """The ids of the batches in a directory. A bucket is not asked: the Tab key must not wait for a network."""
    from imagegen.library import listing
    from storage.directory import DirectoryStore
    from workflows.commands.options import runtime_with

    with suppress(ImagegenError, StoreError):
        store = runtime_with(ctx.params.get("store")).store
        if isinstance(store, DirectoryStore):
            return list(listing.list_batch_ids(store, incomplete))
    return []


def _choose_shell() -> str:
    """The shell that this is typed in, else the user's own. Raises ConfigurationError for any but ``SHELLS``."""
    names = [_detect_shell(), Path(os.environ.get("SHELL", "")).name]
    for name in names:
        if name in SHELLS:
            return name
    found = " or ".join(name for name in names if name) or "none"
    raise ConfigurationError(f"completion is for bash, zsh and fish, and this shell ({found}) is none of them")


def _detect_shell() -> str:
    with suppress(ImportError, OSError):  # of which shellingham's own failure is one
        from shellingham import detect_shell  # type: ignore[import-untyped]

        return str(detect_shell()[0])
    return ""


def _describe_manual_setup(shell: str) -> str:
    if shell == "fish":
        return f"put this into config.fish yourself: {REQUEST}=source_fish imagegen | source"
    return f'put this into .{shell}rc yourself: eval "$({REQUEST}=source_{shell} imagegen)"'

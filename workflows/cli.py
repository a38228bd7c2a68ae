"""The ``imagegen`` command: few verbs, data on standard output, progress and errors on standard error.

Exit codes: 0 everything is there, 1 some or all pictures failed, 2 the request or the configuration is wrong,
130 stopped by Ctrl-C.
"""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer


def main() -> None:
    """Run the command line and exit."""
    try:
        cli = _cli()
    except ModuleNotFoundError as error:
        sys.exit(f"imagegen: {error.name} is not installed; install the command line with: pip install '.[local]'")
    from imagegen.errors import ImagegenError
    from storage import StoreError

    try:
        cli()
    except (ImagegenError, StoreError) as error:
        sys.stderr.write(f"imagegen: {error}\n")
        sys.exit(2)
    except BrokenPipeError:
        # Whoever read our output has left, as `head` does: that is no error of ours.
        sys.stderr.close()
        sys.exit(1)


def _cli() -> "typer.Typer":
    import typer

    from workflows.commands import catalog, plan, run

    cli = typer.Typer(
        name="imagegen",
        help="Batches of titled pictures from every image model, without paying for any picture twice.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        add_completion=False,
    )
    for group in (run, plan, catalog):
        group.register(cli)
    return cli


if __name__ == "__main__":
    main()

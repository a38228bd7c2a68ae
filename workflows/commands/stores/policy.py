"""``imagegen policy``: what a command needs in a bucket, for a user that may do nothing else."""

from typing import Annotated

import typer

from imagegen.errors import ConfigurationError
from imagegen.library.policy import COMMANDS, build
from workflows.commands.options import print_json, settings_with

BUCKET = "s3://"


def register(cli: typer.Typer) -> None:
    """Add the command."""
    cli.command()(policy)


def policy(
    *,
    command: Annotated[
        list[str] | None,
        typer.Option(
            "--command",
            metavar="NAME",
            help=f"A command that has to work, or several: {', '.join(COMMANDS)}. [default: run, as for the worker]",
            show_default=False,
        ),
    ] = None,
    bucket: Annotated[
        str | None,
        typer.Option("--bucket", metavar="NAME", help="The bucket. [default: MINIO_BUCKET]", show_default=False),
    ] = None,
    create_bucket: Annotated[
        bool, typer.Option("--create-bucket", help="Add what it takes to make the bucket, if it is not there yet.")
    ] = False,
) -> None:
    """Print the least that a user of the bucket has to be permitted, as a policy for AWS or MinIO. Asks nobody."""
    settings = settings_with()
    name = bucket or settings.minio_bucket or settings.store.removeprefix(BUCKET).rstrip("/")
    if not bucket and not settings.minio_bucket and not settings.store.startswith(BUCKET):
        raise ConfigurationError("MINIO_BUCKET is not set; give --bucket NAME")
    if unknown := [one for one in command or () if one not in COMMANDS]:
        raise ConfigurationError(f"--command {unknown[0][:40]!r} needs no policy; give one of {', '.join(COMMANDS)}")
    print_json(build(command or ["run"], name, create_bucket=create_bucket, public_read=settings.minio_public_read))

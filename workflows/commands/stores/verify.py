"""``imagegen verify``: everything in a store read, and every hash checked."""

import sys
from dataclasses import asdict
from typing import Annotated, Any

import typer

from imagegen.formatting import counted, one_line
from imagegen.library.verify import Finding, Report
from imagegen.library.verify import verify as verify_store
from workflows.commands.options import JsonOption, StoreOption, print_json, runtime_with


def register(cli: typer.Typer) -> None:
    """Add the command."""
    cli.command()(verify)


def verify(
    *,
    store: StoreOption = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="Remake damaged and missing pictures from their originals, at no cost.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Read the whole store and check every hash and every reference. Exits with 1 when something is wrong."""
    runtime = runtime_with(store)
    opened = runtime.store
    report = verify_store(opened)
    repaired: tuple[Finding, ...] = ()
    if repair and report.findings:
        from imagegen.library.repair import repair as repair_store

        repairs = repair_store(opened, report, brands=runtime.settings.brands)
        repaired = repairs.mended
        report = verify_store(opened).explain(repairs.left)
    if json:
        print_json(_describe_report(report, repaired))
    else:
        _print_report(report, repaired)
    raise typer.Exit(1 if report.problems else 0)


def _describe_report(report: Report, repaired: tuple[Finding, ...]) -> dict[str, Any]:
    return {
        "location": report.location,
        "objects": dict(report.objects),
        "findings": [asdict(finding) for finding in report.findings],
        "mended": [asdict(finding) for finding in repaired],
    }


def _print_report(report: Report, repaired: tuple[Finding, ...]) -> None:
    for finding in repaired:
        sys.stdout.write(f"repaired    {one_line(finding.key)}\n")
    for finding in report.findings:
        sys.stdout.write(f"{finding.kind:10}  {one_line(finding.key)}  {one_line(finding.message)}\n")
    counts = ", ".join(_count(number, space) for space, number in report.objects.items() if number)
    verdict = f"{counted(len(report.problems), 'problem')} found" if report.problems else "no problems found"
    sys.stderr.write(f"{report.location}: {counts or 'empty'}; {verdict}\n")


def _count(number: int, space: str) -> str:
    if space == "spending":
        return counted(number, "kept account")
    return counted(number, "batch" if space == "batches" else space.removesuffix("s"), plural=space)

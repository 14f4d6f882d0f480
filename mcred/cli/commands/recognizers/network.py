"""`mcred network`: one catalogue over many programmes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mcred.app.network.build import NetworkBuilt, build_network
from mcred.cli.show import Show
from mcred.cli.terminal import DryRun, Json, terminal_of
from mcred.domain.network.reading import ProgrammeFailure
from mcred.problems import Exit, McredError

EXAMPLES = (
    "mcred network build network.yaml",
    "mcred network build network.yaml --to /var/www/network --workers 4",
    "mcred network build network.yaml --workers tcp://cluster.example.org:8786",
)


def run(
    ctx: typer.Context,
    action: Annotated[str, typer.Argument(help="build")],
    file: Annotated[Path, typer.Argument(help="The file that lists the programmes.")],
    to: Annotated[Path, typer.Option(help="The folder for the pages.", metavar="DIR")] = Path("network"),
    workers: Annotated[
        str,
        typer.Option(
            help="How many programmes are read at once on this computer, or a Dask cluster's address.",
            metavar="N|tcp://HOST:PORT",
        ),
    ] = "",
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Fetch and audit many programmes, and write one catalogue of all their micro-credentials.

    Of a programme only what is public is read: definitions, stacks, and the awards of people who chose to be
    listed. One that has not changed since the last time is not read again. One that cannot be read is named
    and left out; then this ends with 1, and the others have their pages. docs/networks.md explains the file.
    """
    edge = terminal_of(ctx)
    edge.show.as_json = json
    if action != "build":
        raise McredError(
            f"mcred network cannot do '{action}'", hint=f"mcred network build {file}", code=Exit.USAGE
        )
    out = edge.at / to
    built = build_network(edge, edge.at / file, out, workers, dry_run=dry_run)
    edge.show.warn(built.problems)
    if json:
        edge.show.json("mcred/network/1", _as_json(built))
    else:
        _show(edge.show, built)
        did = f"Would write {built.changed} of" if dry_run else f"{built.changed} changed of"
        edge.show.say(f"{did} {built.files} files in {out}.")
    failed = any(report.failure for report in built.reports)
    raise typer.Exit(int(Exit.REFUSED if failed else Exit.OK))


def _show(show: Show, built: NetworkBuilt) -> None:
    for report in built.reports:
        outcome = built.outcomes[report.programme]
        if isinstance(outcome, ProgrammeFailure):
            help_ = f" ({outcome.hint})" if outcome.hint else ""
            show.say(f"{report.programme}: left out: {outcome.what}{help_}", style="red")
            continue
        counted = f"{len(outcome.credentials)} micro-credentials, {len(outcome.awards)} listed badges"
        show.say(f"{report.programme}: {report.status}, {counted}")
        if outcome.findings:
            codes = ", ".join(f"{count} × {code}" for code, count in outcome.findings)
            show.say(f"its audit found {codes}", style="yellow", indent=2)
        if outcome.unread:
            show.say(f"{outcome.unread} of its files could not be read", style="yellow", indent=2)


def _as_json(built: NetworkBuilt) -> dict[str, object]:
    programmes = []
    for report in built.reports:
        outcome = built.outcomes[report.programme]
        row: dict[str, object] = {"id": report.programme, "status": report.status}
        if isinstance(outcome, ProgrammeFailure):
            row |= {"what": outcome.what, "help": outcome.hint}
        else:
            row |= {"main": outcome.main, "credentials": len(outcome.credentials)}
            row |= {
                "badges": len(outcome.awards),
                "findings": dict(outcome.findings),
                "unread": outcome.unread,
            }
        programmes.append(row)
    problems = [str(problem) for problem in built.problems]
    return {"programmes": programmes, "problems": problems, "files": built.files, "changed": built.changed}

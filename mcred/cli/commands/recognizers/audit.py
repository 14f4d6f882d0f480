"""`mcred audit`: check that every award follows from the rules of its day."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.answers.audits import audit_answer
from mcred.app.audit.run import AuditResult, audit_programme
from mcred.app.audit.told import tell_findings
from mcred.app.checkpoints import describe_age
from mcred.cli.render.audit import show_audit
from mcred.cli.terminal import Json, terminal_of
from mcred.problems import Exit

EXAMPLES = (
    "mcred audit",
    "mcred audit --json",
    "mcred audit --since checkpoint.json",
    "mcred audit --witness witness-rosa.json",
    "mcred audit --fresh",
)


def run(
    ctx: typer.Context,
    since: Annotated[
        str,
        typer.Option(
            help="Trust everything up to this point: a checkpoint file, or a state's full id.",
            metavar="CHECKPOINT",
        ),
    ] = "",
    witness: Annotated[
        str,
        typer.Option(
            help="A file made by mcred witness: the history has to contain what it names.", metavar="FILE|URL"
        ),
    ] = "",
    fresh: Annotated[
        bool,
        typer.Option(
            "--fresh",
            help="Verify every signature again, and trust nothing that earlier audits left in your cache "
            "folder.",
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Replay the program's history from its beginning and prove each award.

    Does not go online, except for a witness: to its address, and to the program's server where this copy
    lacks what was witnessed. Exits with 0 when everything follows from the rules, 1 when something does
    not, 6 when the history was rewritten or shortened, 7 when part of it is missing or altered on this
    computer, or the copy is older than the witness. docs/findings.md explains each finding.
    """
    edge = terminal_of(ctx)
    result = audit_programme(edge, since, witness, fresh=fresh)
    told = tell_findings(result, result.audited.findings)
    warnings = tell_findings(result, result.audited.warnings)
    if json:
        edge.show.answer(audit_answer(result, told, warnings))
    else:
        said = f"{describe_age(result.newest, edge.now())}; founding id {result.founding}"
        edge.show.say(said, style="dim")
        show_audit(edge.show, result, told, warnings)
    raise typer.Exit(int(_exit_code(result)))


def _exit_code(result: AuditResult) -> Exit:
    witnessed = result.witness.answer if result.witness else "held"
    if witnessed == "lost":
        return Exit.CHANGED
    if not result.audited.clean:
        return Exit.REFUSED
    return Exit.OK if witnessed == "held" else Exit.UNREACHABLE

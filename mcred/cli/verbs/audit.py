"""`mcred audit`: does every award follow from the rules of its day?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mcred.cli.auditing import Result, run_audit
from mcred.cli.checkpoints import read_checkpoint
from mcred.cli.edge import Edge, Json, edge_of
from mcred.cli.news import find_main
from mcred.model.ids import CommitId, is_hex
from mcred.model.replay import Finding, Proof
from mcred.policy.attestation import ATTESTED
from mcred.problems import Exit, McredError
from mcred.store.git import open_repo

EXAMPLES = (
    "mcred audit",
    "mcred audit --json",
    "mcred audit --since checkpoint.json",
)


def run(
    ctx: typer.Context,
    since: Annotated[
        str,
        typer.Option(
            help="Trust everything up to here: a checkpoint file of some pages, or a state's full id.",
            metavar="CHECKPOINT",
        ),
    ] = "",
    json: Json = False,
) -> None:
    """Replay the programme's history and prove each award, from the founding on. Asks no network.

    Ends with 0 when everything follows from the rules, 1 when something does not, 6 when the history was
    rewritten, 7 when a part of it is not on this computer. docs/findings.md explains each finding.
    """
    edge = edge_of(ctx)
    edge.show.as_json = json
    repo = open_repo(edge.at)
    with edge.show.working("going through the history") as tell:
        told = (lambda done, total: tell("going through the history", done, total)) if tell else None
        result = run_audit(repo, find_main(repo), trusted=_trusted(edge, since), today=edge.now(), tell=told)
    if json:
        edge.show.json("mcred/audit/1", _as_json(result))
    else:
        show_result(edge, result)
    if not result.audited.clean:
        raise typer.Exit(int(Exit.REFUSED))


def _trusted(edge: Edge, since: str) -> CommitId | None:
    if not since:
        return None
    if is_hex(since):
        return CommitId(since)
    found = read_checkpoint(edge.at / Path(since))
    if found is None:
        raise McredError(
            f"'{since}' is no checkpoint: neither a file that holds one nor the full id of a state",
            hint="mcred audit   (goes through everything)",
            code=Exit.USAGE,
        )
    return found.commit


def show_result(edge: Edge, result: Result) -> None:
    """Each award with its answer, then every finding."""
    audited, show = result.audited, edge.show
    rows = [(str(p.submission), str(p.attempt), _answer(p)) for p in audited.proofs]
    if rows:
        show.table(("award", "attempt", "by the record"), rows)
    for finding in audited.findings:
        show.say(f"{finding.code}: {_place(finding)}: {finding.what}", style="bold red")
    proved = sum(1 for p in audited.proofs if p.holds)
    counted = f"{proved} of {len(audited.proofs)} awards proved, {audited.steps} steps gone through"
    if audited.clean:
        show.say(f"{counted}. Everything follows from the rules of its day.", style="bold green")
        show.next("mcred build")
    else:
        count = len(audited.findings)
        show.say(f"{counted}, {count} finding{'s' if count != 1 else ''}.", style="bold")
        show.next(f"mcred explain {audited.findings[0].submission or 'SUBMISSION'}")


def _answer(proof: Proof) -> str:
    said = "proved" if proof.holds else f"NOT PROVED ({len(proof.findings)})"
    return f"{said}; {ATTESTED} a host: {', '.join(proof.attested)}" if proof.attested else said


def _place(finding: Finding) -> str:
    return f"{finding.path or 'the main line'} at {finding.commit[:12]}"


def _as_json(result: Result) -> dict[str, object]:
    audited = result.audited
    return {
        "clean": audited.clean,
        "tip": audited.tip,
        "steps": audited.steps,
        "signatures": {"checked": result.checked, "seconds": round(result.signing_seconds, 3)},
        "awards": [
            {
                "submission": str(p.submission),
                "attempt": p.attempt,
                "commit": p.commit,
                "proved": p.holds,
                "attested": list(p.attested),
                "findings": [f.code for f in p.findings],
            }
            for p in audited.proofs
        ],
        "findings": [finding_json(f) for f in audited.findings],
    }


def finding_json(finding: Finding) -> dict[str, object]:
    """One finding as a JSON object."""
    return {
        "code": finding.code,
        "commit": finding.commit,
        "path": finding.path,
        "what": finding.what,
        "person": finding.person,
        "submission": str(finding.submission) if finding.submission else None,
        "attempt": finding.attempt or None,
    }

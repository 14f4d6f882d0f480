"""`mcred audit`: check that every award follows from the rules of its day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Annotated

import typer

from mcred.app.audit.run import AuditResult, audit_programme
from mcred.cli.show import Show
from mcred.cli.terminal import Json, terminal_of
from mcred.domain.audit.replay import Audited
from mcred.domain.audit.values import Finding, Proof, StackProof
from mcred.problems import Exit

EXAMPLES = (
    "mcred audit",
    "mcred audit --json",
    "mcred audit --since checkpoint.json",
)
MOST = 50
"""The most lines of findings that are printed; JSON has all of them."""


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
    edge = terminal_of(ctx)
    edge.show.as_json = json
    result = audit_programme(edge, since)
    if json:
        edge.show.json("mcred/audit/1", _as_json(result))
    else:
        _show_result(edge.show, result)
    if not result.audited.clean:
        raise typer.Exit(int(Exit.REFUSED))


def _show_result(show: Show, result: AuditResult) -> None:
    """Print each award with its result, then every finding."""
    audited = result.audited
    rows = [(str(p.submission), str(p.attempt), _answer(p)) for p in audited.proofs]
    rows += [(str(p), str(p.number), _say_proved(p)) for p in audited.stacks]
    if rows:
        show.table(("award", "attempt", "by the record"), rows)
    for proof in audited.proofs:
        for sentence in filter(None, (*proof.departures, proof.said_attested)):
            show.say(f"{proof.submission}, attempt {proof.attempt}: {sentence}", style="yellow")
    alike = group_findings(audited.findings)
    for finding, others in alike[:MOST]:
        more = f" and {others} more" if others else ""
        show.say(f"{finding.code}: {_place(finding, more)}: {finding.what}", style="bold red")
    if len(alike) > MOST:
        show.say(f"… and {len(alike) - MOST} more like these; mcred audit --json has all.", style="bold red")
    proved = sum(1 for p in audited.proofs if p.holds)
    counted = f"{proved} of {len(audited.proofs)} awards proved"
    overrides = sum(1 for p in audited.proofs if p.is_override)
    if overrides:
        counted += f", {overrides} of them awarded against the levels"
    attested = sum(1 for p in audited.proofs if p.attested)
    if attested:
        counted += f", {attested} of them by reviews that their assessors did not sign"
    if audited.stacks:
        sound = sum(1 for p in audited.stacks if p.holds)
        counted += f", {sound} of {len(audited.stacks)} badges of stacks proved"
    counted += f", {audited.steps} steps gone through"
    if audited.clean:
        show.say(f"{counted}. Everything follows from the rules of its day.", style="bold green")
        show.next("mcred build")
    else:
        count = len(audited.findings)
        show.say(f"{counted}, {count} finding{'s' if count != 1 else ''}.", style="bold")
        show.next(f"mcred explain {_name(audited)}")


def _name(audited: Audited) -> str:
    """The subject of the first finding, as `explain` takes it."""
    first = audited.findings[0]
    stacks = (str(p) for p in audited.stacks if first in p.findings)
    return str(first.submission) if first.submission else next(stacks, "SUBMISSION")


def _say_proved(proof: Proof | StackProof) -> str:
    return "proved" if proof.holds else f"NOT PROVED ({len(proof.findings)})"


def _answer(proof: Proof) -> str:
    said = _say_proved(proof)
    if proof.departures:
        said += ", by override" if proof.is_override else ", with levels set by the issuer"
    if not proof.attested:
        return said
    count = len(proof.attested)
    reviews = f"{count} review{'s' if count > 1 else ''}"
    return f"{said}; rests on {reviews} by the issuer's word: {', '.join(proof.attested)}"


def group_findings(findings: Iterable[Finding]) -> Sequence[tuple[Finding, int]]:
    """The first of each commit's equal findings about several files, and how many others there are."""
    counts = Counter((f.code, f.commit, f.what) for f in findings)
    firsts = {(f.code, f.commit, f.what): f for f in reversed([*findings])}
    return [(firsts[alike], count - 1) for alike, count in counts.items()]


def _place(finding: Finding, more: str) -> str:
    return f"{finding.path or 'the main line'}{more} at {finding.commit[:12]}"


def _as_json(result: AuditResult) -> dict[str, object]:
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
                "override": p.is_override,
                "departures": list(p.departures),
                "findings": [f.code for f in p.findings],
            }
            for p in audited.proofs
        ],
        "stacks": [
            {
                "earner": p.person,
                "stack": p.stack,
                "number": p.number,
                "commit": p.commit,
                "proved": p.holds,
                "findings": [f.code for f in p.findings],
            }
            for p in audited.stacks
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

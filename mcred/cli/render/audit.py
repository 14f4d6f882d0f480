"""Shows an audit: each award, what was found with who, when and what to do, and what is worth a look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from mcred.app.audit.run import AuditResult, CheckedWitness
from mcred.app.audit.told import ToldFinding
from mcred.cli.show import Show
from mcred.domain.audit.tally import Audited
from mcred.domain.audit.values import Finding, Proof, RecognitionProof, StackProof
from mcred.domain.audit.witness import WitnessAnswer
from mcred.problems import next_step

MOST = 50
"""The most findings that are printed; JSON has all of them."""
MOST_CHANGES = 5
"""The most changes of one file that are printed."""


def show_audit(
    show: Show, result: AuditResult, told: Sequence[ToldFinding], warnings: Sequence[ToldFinding]
) -> None:
    """Print each award with its result, then every finding, then what is worth a look."""
    audited = result.audited
    rows = [(str(p.submission), str(p.attempt), _answer(p)) for p in audited.proofs]
    rows += [(str(p), str(p.number), _say_proved(p)) for p in audited.stacks]
    rows += [(str(p), str(p.number), _say_proved(p)) for p in audited.recognized]
    if rows:
        show.table(("award", "attempt", "on the record"), rows)
    for proof in audited.proofs:
        for sentence in filter(None, (*proof.departures, proof.said_attested, *proof.erased)):
            show.say(f"{proof.submission}, attempt {proof.attempt}: {sentence}", style="yellow")
    _show_findings(show, told, "bold red")
    if warnings:
        show.say("Worth a look (no rule is broken):", style="bold yellow")
        _show_findings(show, warnings, "yellow")
    counted = _count(audited)
    if result.witness is not None:
        _show_witness(show, result.witness)
    if audited.clean and result.witness is not None and result.witness.answer == "old":
        show.say(
            f"{counted}. Everything in this copy follows from the rules in force at the time.", style="bold"
        )
        show.next("mcred sync   (then audit again)")
    elif audited.clean:
        show.say(f"{counted}. Everything follows from the rules in force at the time.", style="bold green")
        show.next("mcred build")
    else:
        count = len(audited.findings)
        show.say(f"{counted}, {count} finding{'s' if count != 1 else ''}.", style="bold")
        if result.witness is not None and result.witness.answer == "lost":
            note = "in the copy of someone who has had one longer"
            show.next(next_step("audit", "--witness", "FILE", note=note))
        else:
            show.next(f"mcred explain {_name(audited)}")


def _count(audited: Audited) -> str:
    """How much of everything is proved."""
    proved = sum(1 for p in audited.proofs if p.holds)
    counted = f"{proved} of {len(audited.proofs)} awards proved"
    overrides = sum(1 for p in audited.proofs if p.is_override)
    if overrides:
        counted += f", {overrides} of them awarded against the levels"
    attested = sum(1 for p in audited.proofs if p.attested)
    if attested:
        counted += f", {attested} of them based on reviews that their assessors did not sign"
    for what, proofs in (("stack badges", audited.stacks), ("recorded recognitions", audited.recognized)):
        if proofs:
            counted += f", {sum(1 for p in proofs if p.holds)} of {len(proofs)} {what} proved"
    return f"{counted}, {audited.steps} steps checked"


WITNESSED: dict[WitnessAnswer, tuple[str, str]] = {
    "held": ("This history contains it.", "green"),
    "old": (
        "This copy does not contain it: the copy is older, or was cut short.",
        "yellow",
    ),
    "lost": ("This history does not agree with it.", "bold red"),
}


def _show_witness(show: Show, found: CheckedWitness) -> None:
    said, style = WITNESSED[found.answer]
    when = f"{found.witness.when:%Y-%m-%d %H:%M} UTC"
    show.say(f"Witnessed by {found.signer} on {when}: {found.witness}. {said}", style=style)


def _name(audited: Audited) -> str:
    """The subject of the first finding, as `explain` takes it."""
    first = audited.findings[0]
    stacks = (str(p) for p in audited.stacks if first in p.findings)
    return str(first.submission) if first.submission else next(stacks, "SUBMISSION")


def _say_proved(proof: Proof | RecognitionProof | StackProof) -> str:
    return "proved" if proof.holds else f"NOT PROVED ({len(proof.findings)})"


def _answer(proof: Proof) -> str:
    said = _say_proved(proof)
    if proof.departures:
        said += ", by override" if proof.is_override else ", with levels set by the issuer"
    if not proof.attested:
        return said
    count = len(proof.attested)
    reviews = f"{count} review{'s' if count > 1 else ''}"
    return f"{said}; rests on {reviews} attested by the issuer: {', '.join(proof.attested)}"


def _show_findings(show: Show, told: Sequence[ToldFinding], style: str) -> None:
    """Print findings, what is alike once, each with who, when, what changed and what to do."""
    by_finding = {one.finding: one for one in reversed(told)}
    alike = group_findings([one.finding for one in told])
    advised: set[str] = set()
    for finding, others in alike[:MOST]:
        more = f" and {others} more" if others else ""
        show.say(f"{finding.code}: {_place(finding, more)}: {finding.what}", style=style)
        one = by_finding[finding]
        if one.when is not None:
            show.say(f"Step signed by {one.signer}, {one.when:%Y-%m-%d %H:%M} UTC.", indent=2)
        for change in one.changes[:MOST_CHANGES]:
            show.say(change, indent=2)
        if len(one.changes) > MOST_CHANGES:
            show.say(f"… and {len(one.changes) - MOST_CHANGES} more changes", indent=2)
        if one.advice and finding.code not in advised:
            show.say(f"What to do: {one.advice}", indent=2)
        advised.add(finding.code)
    if len(alike) > MOST:
        show.say(
            f"… and {len(alike) - MOST} more like these; mcred audit --json lists them all.", style=style
        )


def group_findings(findings: Sequence[Finding]) -> Sequence[tuple[Finding, int]]:
    """The first of each commit's equal findings about several files, and how many others there are."""
    counts = Counter((f.code, f.commit, f.what) for f in findings)
    firsts = {(f.code, f.commit, f.what): f for f in reversed([*findings])}
    return [(firsts[alike], count - 1) for alike, count in counts.items()]


def _place(finding: Finding, more: str) -> str:
    return f"{finding.path or 'the record'}{more} at {finding.commit[:12]}"

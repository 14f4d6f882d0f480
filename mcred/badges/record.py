"""Comparing a badge with the programme's own record.

The caller looks up on main what the badge says it is derived from; both are compared: decision, outcome and
levels, definition, submission, and the stored document. A later revocation or reissue in the record counts
like a status list.

Does not check the record itself: eligibility and the other rules are the audit's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from mcred.badges.checks import Check
from mcred.badges.json_reader import JsonObject
from mcred.badges.open_badge import read_references
from mcred.domain.decision import Decision

CLAUSE = "the program's own record of the award"


class Recorded(Struct, frozen=True, kw_only=True):
    """What main has for a badge."""

    documents: Mapping[int, JsonObject]
    """The badges issued for the same award, by number; the newest is valid."""
    revoked: str = ""
    """When and why the award was revoked, as a sentence."""
    decision: Decision | None = None
    """None for a stack badge, which has no decision of its own."""
    place: str = ""
    """A description of the award."""
    submission_kept: bool = True
    """Whether the judged commit is in main's history."""
    definition_kept: bool = True
    """Whether the definition it was decided by was ever on main."""


def compare_badge(document: JsonObject, recorded: Recorded) -> Check:
    """One check: passed, or every reason why not."""
    differences = [*_differ(document, recorded)] if recorded.decision else []
    numbers = [n for n, stored in recorded.documents.items() if stored == document]
    if not numbers:
        differences.append(f"the badge stored for {recorded.place} is a different document")
    if differences:
        what = f"not what the record says: {'; '.join(differences)}"
        return Check(name="record", ok=False, what=what, clause=CLAUSE, state="not on record")
    if recorded.revoked:
        return Check(name="record", ok=False, what=recorded.revoked, clause=CLAUSE, state="revoked")
    newest = max(recorded.documents)
    if newest > max(numbers):
        what = f"replaced by {recorded.documents[newest].get('id')}"
        return Check(name="record", ok=False, what=what, clause=CLAUSE, state="superseded")
    return Check(name="record", ok=True, what=f"as the record has it: {_tell(recorded)}", clause=CLAUSE)


def _tell(recorded: Recorded) -> str:
    decision = recorded.decision
    return f"{recorded.place}, decided on {decision.decided.date()}" if decision else recorded.place


def _differ(document: JsonObject, recorded: Recorded) -> Iterator[str]:
    """Every difference between the badge and the decision it names."""
    decision = recorded.decision
    if decision is None:
        return
    refs = read_references(document)
    definition = decision.definition
    name = f"urn:mcred:definition:{decision.submission.credential}:{definition.version}:{definition.blob}"
    if decision.outcome != "award":
        yield f"the decision is '{decision.outcome}'"
    if refs.definition != name:
        yield "it names a different definition from the decision"
    if not recorded.definition_kept:
        yield "the program never had that definition"
    if refs.submission != decision.judged:
        yield "it names a different submission from the decision"
    if not recorded.submission_kept:
        yield "the assessed submission is not part of the record"
    if sorted(_levels(document)) != sorted(
        (f"{name}:{s.criterion}", f"{name}:{s.criterion}:{s.level}") for s in decision.levels
    ):
        yield "its levels are not those that were decided"


def _levels(document: JsonObject) -> Iterator[tuple[str, str]]:
    subject = document.get("credentialSubject")
    results = subject.get("result") if isinstance(subject, Mapping) else None
    for result in results if isinstance(results, list) else ():
        if isinstance(result, Mapping):
            yield str(result.get("resultDescription")), str(result.get("achievedLevel"))

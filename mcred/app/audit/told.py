"""What a reader needs of a finding beside its rule: who signed the step, when, what changed, what to do."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache

from msgspec import Struct

from mcred.app.audit.classify import touch_of
from mcred.app.audit.run import AuditResult
from mcred.domain.audit.changes import describe_changes
from mcred.domain.audit.values import Finding, Touch
from mcred.domain.ids import CommitId, PersonId
from mcred.shipped import shipped
from mcred.store.log import read_dates

_ROW = re.compile(r"\| `([a-z-]+)` \|(.*)\|")


class ToldFinding(Struct, frozen=True, kw_only=True):
    """A finding or warning, with what a school needs to act on it."""

    finding: Finding
    signer: str
    """Who signed the step: a name and id, a stranger's key, or no one; '' for a step that is not here."""
    signer_id: PersonId | None
    when: datetime | None
    """The step's date."""
    changes: tuple[str, ...]
    """What the file says differently since that step, before and after."""
    advice: str
    """What to do."""


def tell_findings(result: AuditResult, findings: Sequence[Finding]) -> tuple[ToldFinding, ...]:
    """Each finding with its step's signer and date, what changed, and the advice of docs/findings.md."""
    history, advice = result.history, read_advice() if findings else {}
    dates = read_dates(history.repo, list(dict.fromkeys(f.commit for f in findings)))
    touched = _find_touches(result, findings)
    history.prefetch(touched.values())
    return tuple(_tell(result, f, dates, touched, advice.get(f.code, "")) for f in findings)


def _tell(
    result: AuditResult,
    finding: Finding,
    dates: Mapping[CommitId, datetime],
    touched: Mapping[tuple[CommitId, str], Touch],
    advice: str,
) -> ToldFinding:
    is_here = finding.commit in dates
    key = result.history.signer(finding.commit) if is_here else None
    touch = touched.get((finding.commit, finding.path))
    return ToldFinding(
        finding=finding,
        signer=result.books.name_signer(key) if is_here else "",
        signer_id=result.books.owner.get(key or ""),
        when=dates.get(finding.commit),
        changes=_changes(result, touch) if touch is not None else (),
        advice=advice,
    )


def _find_touches(result: AuditResult, findings: Sequence[Finding]) -> Mapping[tuple[CommitId, str], Touch]:
    wanted = {(f.commit, f.path) for f in findings}
    commits = {commit for commit, _ in wanted}
    return {
        (step.commit.id, change.path): touch_of(change)
        for step in result.history.line.steps
        if step.commit.id in commits
        for change in step.changes
        if (step.commit.id, change.path) in wanted
    }


def _changes(result: AuditResult, touch: Touch) -> tuple[str, ...]:
    if touch.old is None:
        return ()
    if touch.new is None:
        return ("present → removed",)
    old, new = (result.history.read_as(touch.kind, blob) for blob in (touch.old, touch.new))
    if new is None or old is None:
        return ("readable → unreadable",) if old is not None else ()
    return describe_changes(old, new)


@cache
def read_advice() -> Mapping[str, str]:
    """Code → what to do, as docs/findings.md says it: the last cell of its row."""
    rows = map(_ROW.fullmatch, shipped("findings.md").read_text("utf-8").splitlines())
    return {row[1]: row[2].split("|")[-1].strip().replace("`", "") for row in rows if row is not None}

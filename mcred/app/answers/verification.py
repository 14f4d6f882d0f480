"""Answers of those who verify badges, and of whom they know."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import asdict

from mcred.app.answers.answer import VerbAnswer
from mcred.badges.checks import CheckAnswer, CheckState
from mcred.badges.endorsements.document import is_endorsement, read_claims
from mcred.badges.heading import read_heading
from mcred.domain.network.known_issuers import KnownIssuer

if TYPE_CHECKING:
    from mcred.app.awards.known_issuers import TrustChange
    from mcred.app.awards.verify_export import Checked
    from mcred.badges.checks import Check, VerifyReport


class CheckRow(Struct, frozen=True, kw_only=True):
    """One check of a badge."""

    check: str
    ok: bool | None
    """Null when it could not be made."""
    weighs: bool
    """Whether the answer depends on it."""
    what: str
    clause: str
    remedy: str
    """How it could be made, when it could not."""


class VerifiedFacts(Struct, frozen=True, kw_only=True):
    """What is said of one badge or piece."""

    answer: CheckAnswer
    state: CheckState
    title: str
    """Title, holder and issuer are what the file says of itself."""
    holder: str
    issuer: str
    issuer_known: bool
    issued: str
    expires: str
    """Dates as YYYY-MM-DD; empty where the file does not say."""
    reason: str
    """Why it is not valid, or why that cannot be told; empty for a valid one."""
    endorses: str
    """The id of what an endorsement is about; empty for anything else."""
    comment: str
    """What an endorsement says."""
    checks: tuple[CheckRow, ...]


class VerifyAnswer(VerifiedFacts, VerbAnswer, frozen=True, kw_only=True, tag="mcred/verify/1"):
    """`mcred verify` of one badge or piece."""


class VerifiedRow(VerifiedFacts, frozen=True, kw_only=True):
    """One badge of a file that has several."""

    file: str


class VerifyAllAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/verify-all/1"):
    """`mcred verify` of a file with several badges."""

    answer: CheckAnswer
    badges: tuple[VerifiedRow, ...]


class TrustListAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/trust-list/1"):
    """`mcred trust list`."""

    file: str
    issuers: tuple[KnownIssuer, ...]


class TrustAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/trust/1"):
    """`mcred trust add` and `mcred trust remove`."""

    file: str
    issuer: KnownIssuer
    changed: bool
    """Whether the list is another one than before."""


def trust_answer(change: TrustChange) -> TrustAnswer:
    """The issuer that was added or removed."""
    return TrustAnswer(file=str(change.file), issuer=change.issuer, changed=change.changed)


def verify_answer(report: VerifyReport, reason: str) -> VerifyAnswer:
    """The report on one badge; `reason`: why it is not valid, in words."""
    heading = read_heading(report.document)
    claims = read_claims(report.document if is_endorsement(report.document) else {})
    return VerifyAnswer(
        answer=report.answer,
        state=report.state,
        title=heading.title,
        holder=heading.holder,
        issuer=heading.issuer,
        issuer_known=report.known,
        issued=heading.issued,
        expires=heading.expires,
        reason=reason,
        endorses=claims.about,
        comment=claims.comment,
        checks=tuple(map(_check, report.checks)),
    )


def verify_all_answer(checked: Iterable[tuple[Checked, str]], answer: CheckAnswer) -> VerifyAllAnswer:
    """The reports on all badges of a file, each with its reason as in `verify_answer`."""
    rows = ((one.name, verify_answer(one.report, reason)) for one, reason in checked)
    badges = tuple(VerifiedRow(file=name, **asdict(said)) for name, said in rows)
    return VerifyAllAnswer(answer=answer, badges=badges)


def _check(check: Check) -> CheckRow:
    return CheckRow(
        check=check.name,
        ok=check.ok,
        weighs=check.weighs,
        what=check.what,
        clause=check.clause,
        remedy=check.remedy if check.ok is None else "",
    )

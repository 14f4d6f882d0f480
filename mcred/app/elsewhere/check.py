"""Verifies a badge that was earned elsewhere, each time it is added or shown."""

from __future__ import annotations

from datetime import date, datetime

from msgspec import Struct
from msgspec.structs import replace

from mcred.app.awards.known_issuers import read_known
from mcred.app.awards.named_issuer import parse_issuer
from mcred.app.awards.resolver import Sources
from mcred.app.awards.verify_export import verify_badge
from mcred.app.workspace import Workspace
from mcred.badges.checks import CheckContext, NamedIssuer, VerifyReport, tell_reason
from mcred.badges.endorsements.document import is_endorsement
from mcred.badges.heading import read_achievements, read_heading, read_issuer_id
from mcred.badges.verify import cannot_read, is_issued_to
from mcred.domain.ids import Slug
from mcred.domain.network.elsewhere import ElsewhereBadge, list_equivalents
from mcred.domain.programme import Equivalent
from mcred.problems import next_step


class Checking(Struct, frozen=True, kw_only=True):
    """What badges are held against."""

    now: datetime
    equivalents: tuple[Equivalent, ...]
    known: tuple[NamedIssuer, ...] = ()
    """The issuers that the reader knows, besides those of the equivalents."""


def checking_of(ws: Workspace) -> Checking:
    """What the user of this folder holds badges against: with their own list of issuers, too."""
    return Checking(now=ws.ctx.now(), equivalents=ws.catalog.programme.equivalents, known=read_known(None))


def check_badge(
    data: bytes, checking: Checking, sources: Sources | None = None, identity: str = ""
) -> VerifyReport:
    """The report on a badge; without `sources` no key or list is looked up anywhere but in the badge.

    An issuer whose badges the programme calls equivalent counts as known.
    """
    sources = sources or Sources()
    sources.begin_badge()
    context = CheckContext(
        now=checking.now,
        find_did=sources.find_did,
        find_list=sources.find_list,
        find_page=sources.find_page,
        identity=identity,
        known=(*checking.known, *map(_issuer_of, checking.equivalents)),
    )
    report = verify_badge(data, sources, context)
    if is_endorsement(report.document):
        return cannot_read("an endorsement, not a badge", str(next_step("endorse", "add", "FILE")))
    return report


def _issuer_of(equivalent: Equivalent) -> NamedIssuer:
    named = parse_issuer(equivalent.issuer) or NamedIssuer(did=equivalent.issuer)
    return replace(named, keys=named.keys | {*equivalent.keys}, name=equivalent.issuer)


def describe_badge(name: Slug, report: VerifyReport, checking: Checking, holder: str) -> ElsewhereBadge:
    """A badge as it is listed. `holder`: the address or id that its earner gave as theirs, '' for none; one
    that was issued to someone else counts as nothing."""
    document, heading = report.document, read_heading(report.document)
    issuer, achievements = read_issuer_id(document), read_achievements(document)
    counts = report.answer == "valid" and bool(holder) and is_issued_to(document, holder)
    return ElsewhereBadge(
        name=name,
        title=heading.title or name,
        holder=heading.holder,
        issuer=heading.issuer,
        earned=_day(heading.issued),
        until=_day(heading.expires),
        verdict=report.answer,
        reason=tell_reason(report),
        checked=checking.now.date(),
        counts_as=list_equivalents(checking.equivalents, issuer, achievements) if counts else (),
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None

"""Badges in files as a recognition policy sees them: verified first, then read.

What `app/awards/verify_export` reports is all that is taken from it: whether a badge is valid, and what it
says. An issuer that the policy names by a key is known by that; one with an address needs its pages.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from mcred.app.awards.verify_export import Expected, verify_named
from mcred.app.context import Context
from mcred.app.plain import Plain
from mcred.badges.achievement import tells_override
from mcred.badges.checks import ENDS, VerifyReport, read_moment, read_moments
from mcred.badges.endorsements.document import is_endorsement
from mcred.badges.heading import read_heading
from mcred.badges.json_reader import JsonObject
from mcred.badges.open_badge import write_document
from mcred.badges.others.forms import is_clr
from mcred.badges.proof import issuer_of
from mcred.domain.ids import CredentialId, Slug, StackId, Version, is_id, is_version
from mcred.domain.recognition.evidence import BadgeStanding, PresentedBadge, ReachedLevel
from mcred.domain.recognition.policy import RecognitionPolicy
from mcred.domain.stack_badge import CONTAINED

_MICRO = re.compile(r"urn:mcred:(definition|stack):([^:]+):([^:]+):[0-9a-f]+")
_DIGEST = re.compile(r"SHA-256 ([0-9a-f]{64})")


class Looking(Struct, frozen=True, kw_only=True):
    """How files are verified, as for `mcred verify`."""

    identity: str = ""
    site: Path | None = None
    online: bool = False


def read_badge_files(
    ctx: Context,
    names: Iterable[str],
    policy: RecognitionPolicy,
    own: frozenset[str],
    as_of: date,
    looking: Looking,
) -> Iterator[PresentedBadge]:
    """Every badge in some files. `own`: the names of the issuer of the programme that has the policy.

    Raises McredError for a name that leads to no file.
    """
    told: set[str] = set()
    for name in names:
        for label, report in _verify(ctx, name, policy, looking, told):
            if not is_clr(report.document):
                badge = read_badge(label, report, policy, own, as_of)
                yield replace(badge, holder="checked" if looking.identity else "not checked")


def _verify(
    ctx: Context, name: str, policy: RecognitionPolicy, looking: Looking, told: set[str]
) -> Iterator[tuple[str, VerifyReport]]:
    quiet = Plain(
        at=ctx.at, now=ctx.now, keys=ctx.keys, cache=ctx.cache, fetch=ctx.fetch, dry_run=ctx.dry_run
    )
    known = {one for issuer in policy.issuers for one in issuer.known_as}

    def ask(issuer: str = "") -> list[tuple[str, VerifyReport]]:
        expected = Expected(
            identity=looking.identity, issuer=issuer, site=looking.site, online=looking.online
        )
        found = verify_named(quiet, name, expected)
        if isinstance(found, VerifyReport):
            return [(name, found)]
        return [(f"{name}: {checked.name}", checked.report) for checked in found]

    reports = ask()
    unknown = {issuer_of(report.document) for _, report in reports if report.state == "whole"}
    for issuer in sorted(unknown & known):
        # The policy vouches for an issuer that it names.
        again = dict(ask(issuer))
        reports = [
            (label, again.get(label, report) if issuer_of(report.document) == issuer else report)
            for label, report in reports
        ]
    for remark in quiet.show.remarks:
        if remark.text not in told:
            told.add(remark.text)
            ctx.show.note(remark.text, style=remark.style)
    yield from reports


def read_badge(
    name: str, report: VerifyReport, policy: RecognitionPolicy, own: frozenset[str], as_of: date
) -> PresentedBadge:
    """A verified badge. Its own end is held against the day in question, not against today."""
    document = report.document
    subject = _object(document.get("credentialSubject"))
    achievement = _object(subject.get("achievement"))
    about = _MICRO.fullmatch(str(achievement.get("id", "")))
    kind, ident, version = about.groups() if about else ("", "", str(achievement.get("version", "")))
    ends = min(read_moments(document, ENDS) or (), default=None)
    last = policy.day_of(ends) if ends else None
    standing, why = _stands(report, last, as_of)
    earned = read_moment(document.get("awardedDate")) or read_moment(document.get("validFrom"))
    begins = read_moment(document.get("validFrom"))
    issuer = issuer_of(document)
    contained = tuple(_contained(document))
    return PresentedBadge(
        name=name,
        title=read_heading(document).title if document else "",
        issuer=issuer,
        of_program=issuer in own,
        credential=CredentialId(ident) if kind == "definition" and is_id(ident) else None,
        stack=StackId(ident) if kind == "stack" and is_id(ident) else None,
        achievement=str(achievement.get("id", "")),
        version=Version(version) if is_version(version) else None,
        earned=policy.day_of(earned) if earned else None,
        renewed=policy.day_of(begins) if begins and earned and begins > earned else None,
        ends=last,
        standing=standing,
        why=why,
        override=tells_override(str(_object(achievement.get("criteria")).get("narrative", ""))),
        levels=_read_levels(subject, achievement),
        digests=(hashlib.sha256(write_document(document)).hexdigest(),) if standing == "valid" else (),
        contains=tuple(digest for digest, _ in contained),
        contained_titles=tuple(title for _, title in contained if title),
    )


def _stands(report: VerifyReport, last: date | None, as_of: date) -> tuple[BadgeStanding, str]:
    if is_endorsement(report.document):
        return "cannot tell", "it is an endorsement, not a badge"
    failed = [c for c in report.checks if c.ok is False and c.weighs]
    waiting = [c for c in report.checks if c.ok is None and c.weighs]
    if report.answer == "valid":
        return "valid", ""
    expired = report.state == "expired" and [c.name for c in failed] == ["dates"] and not waiting
    if expired and last is not None and as_of <= last:
        return "valid", ""
    if failed:
        return ("revoked" if report.state == "revoked" else "not valid"), failed[0].what
    remedy = f"; {waiting[0].remedy}" if waiting and waiting[0].remedy else ""
    if report.state == "whole":
        return "cannot tell", "it is intact, but its issuer is not known here"
    return "cannot tell", f"{waiting[0].what}{remedy}" if waiting else "that cannot be determined here"


def _read_levels(subject: JsonObject, achievement: JsonObject) -> Mapping[Slug, ReachedLevel]:
    """Criterion → level, of a badge with a rubric as mcred writes it."""
    found: dict[Slug, ReachedLevel] = {}
    described = {str(d.get("id")): d for d in _objects(achievement.get("resultDescription"))}
    for result in _objects(subject.get("result")):
        criterion = str(result.get("resultDescription", ""))
        rows = _objects(described.get(criterion, {}).get("rubricCriterionLevel"))
        scale = [str(row.get("id", "")).rpartition(":")[2] for row in sorted(rows, key=_points, reverse=True)]
        name, level = criterion.rpartition(":")[2], str(result.get("achievedLevel", "")).rpartition(":")[2]
        if is_id(name) and level in scale:
            found[Slug(name)] = ReachedLevel(level=Slug(level), scale=tuple(map(Slug, scale)))
    return found


def _points(row: JsonObject) -> int:
    points = str(row.get("points", ""))
    return int(points) if re.fullmatch(r"[0-9]{1,6}", points) else 0


def _contained(document: JsonObject) -> Iterator[tuple[str, str]]:
    """Digest and title of each badge that a stack's badge was given for."""
    for entry in _objects(document.get("evidence")):
        said = _DIGEST.fullmatch(str(entry.get("description", "")))
        if entry.get("genre") == CONTAINED and said:
            yield said[1], str(entry.get("name", ""))


def _object(value: Any) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _objects(value: Any) -> list[JsonObject]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []

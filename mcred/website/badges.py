"""Selects the awards that get a page, and the content of that page.

An award is shown only when its record is complete: a decision to award at that attempt, exactly the
definition it was decided by, a settled level for every criterion, a request, and an earner who chose to
publish. An incomplete record is left out with a problem; it never stops the others. Assessors are counted,
not named, and messages to the earner are private, the reason of a revocation too. A revoked or replaced badge
keeps its page, which says so first and shows no evidence any more; lists leave it out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from msgspec import Struct
from msgspec.structs import replace

from mcred.domain.award import BADGE_FILE, PICTURE_PNG, badge_folder, definition_folder
from mcred.domain.catalog import Catalog, Record
from mcred.domain.credential import Credential, Criterion, reaches
from mcred.domain.decision import Decision, Settled
from mcred.domain.erasure import erased_pieces
from mcred.domain.ids import PersonId, SubmissionId, is_id
from mcred.domain.layout import decision_path
from mcred.domain.people import Person
from mcred.domain.submission import ReviewRequest
from mcred.domain.timeline import Timeline
from mcred.problems import Place, Problem
from mcred.website.addresses import (
    CARD,
    CHECK_SCRIPT,
    badge_page,
    credential_image,
    credential_page,
    portfolio_page,
)
from mcred.website.badge_timeline import list_growth
from mcred.website.badge_views import BadgeCard, BadgeState, BadgeView, Copy, LevelRow, PartLevels
from mcred.website.evidence import ShownEvidence, list_evidence, place_endorsements
from mcred.website.pictures import Draw, credential_picture, draw_copies
from mcred.website.preview.social_card import social_card
from mcred.website.share_block import card_page, draw_qr, passing_of, read_claims
from mcred.website.version_changes import VersionChange, find_changes
from mcred.website.views import Page

Growth = Mapping[SubmissionId, Timeline]
"""What earners chose to show of their timelines."""


class Earned(Struct, frozen=True, kw_only=True):
    """The part of an award that lists need; cached from one build to the next."""

    submission: SubmissionId
    attempt: int
    number: int
    newest: bool
    """Whether it is the valid one: not revoked, not replaced, of the newest attempt."""
    public: bool
    """Whether lists may include it."""
    school: str
    """Its earner's."""
    card: BadgeCard
    digest: str
    """The SHA-256 of its document, in hex."""
    document: str
    """The path of its document."""
    first: str
    """The page of the award as first issued."""
    decided: datetime
    issued: datetime
    """When this document was, which a reissued one was later."""
    changes: tuple[VersionChange, ...]
    """What today's version of the micro-credential changed since the one it was earned by."""

    @property
    def is_listed(self) -> bool:
        """Whether lists include it."""
        return self.public and self.newest


class Badge(Earned, frozen=True, kw_only=True):
    """An award that gets a page, with that page and its card for other sites."""

    page: Page
    small: Page

    @property
    def earned(self) -> Earned:
        """The cached part of it."""
        return Earned(**{name: getattr(self, name) for name in Earned.__struct_fields__})


class _Award(Struct, frozen=True, kw_only=True):
    """One award with all inputs of its page."""

    record: Record
    request: ReviewRequest
    earner: Person
    attempt: int
    number: int
    decision: Decision
    edition: Credential

    @property
    def state(self) -> BadgeState:
        """Its state on record; a revocation applies to every badge issued for the attempt."""
        if self.attempt in self.record.revocations:
            return "revoked"
        return "holds" if self.number == max(self.record.documents(self.attempt)) else "superseded"

    @property
    def newest(self) -> bool:
        return self.state == "holds" and self.attempt == self.record.live[-1]

    @property
    def issued(self) -> datetime:
        again = (
            r.issued for r in self.record.reissues if (r.attempt, r.number) == (self.attempt, self.number)
        )
        return next(again, self.decision.decided)

    @property
    def instead(self) -> str:
        """The page of the award that is valid now, empty for that award itself."""
        if self.newest or not self.record.live:
            return ""
        attempt = self.attempt if self.state == "superseded" else self.record.live[-1]
        return badge_page(self.record.id, attempt, max(self.record.documents(attempt)))


def plan_badges(
    catalog: Catalog, evidence: ShownEvidence, draw: Draw, site: str = "", growth: Growth | None = None
) -> tuple[tuple[Badge, ...], tuple[Problem, ...]]:
    """A page for each award of the people who publish, and why others are missing."""
    badges: list[Badge] = []
    problems: list[Problem] = []
    for record in sorted(catalog.records.values(), key=lambda r: r.id):
        grown = (growth or {}).get(record.id)
        if not record.awards or not _publishes(catalog.people.get(record.id.earner)):
            continue
        for attempt in sorted(record.awards, reverse=True):
            missing = tuple(_find_missing(catalog, record, attempt))
            problems.extend(missing)
            if missing and attempt == max(record.awards):
                break
            for number in sorted(record.documents(attempt), reverse=True) if not missing else ():
                award = _gather(catalog, record, attempt, number)
                badges.append(_plan_badge(catalog, award, evidence, draw, site, grown))
    return tuple(badges), tuple(problems)


def _publishes(person: Person | None) -> bool:
    return person is not None and person.publish in ("public", "unlisted")


def _find_missing(catalog: Catalog, record: Record, attempt: int) -> Iterator[Problem]:
    """Every reason why an award cannot be shown."""
    for what in _name_missing(catalog, record, attempt):
        yield Problem(
            what=f"the award {record.id}, attempt {attempt}, gets no page: {what}",
            where=Place(file=decision_path(record.id, attempt)),
            hint="git log main shows the record's history",
        )


def _name_missing(catalog: Catalog, record: Record, attempt: int) -> Iterator[str]:
    if not (is_id(record.id.earner) and is_id(record.id.credential) and attempt >= 1):
        yield "its name is not one that a page can have"
    if attempt not in record.requests:
        yield "its request cannot be read"
    decision = next((d for d in record.decisions if d.attempt == attempt), None)
    if decision is None:
        yield "there is no decision on this attempt"
        return
    if decision.outcome != "award" or decision.submission != record.id:
        yield "the decision on this attempt does not award it"
    if not decision.basis:
        yield "the decision rests on no assessment"
    edition = catalog.editions.get(decision.definition.blob)
    if edition is None:
        yield "the definition it was decided by is missing"
    elif (edition.id, edition.version) != (record.id.credential, decision.definition.version):
        yield "the decision names a different definition from the one stored"
    else:
        yield from _find_unsettled(edition, decision)


def _find_unsettled(edition: Credential, decision: Decision) -> Iterator[str]:
    for part, criterion in ((p, c) for p in edition.parts for c in p.criteria):
        level = decision.level_of(criterion.id)
        scale = edition.scales.get(part.scale, ())
        if level is None:
            yield f"criterion '{criterion.id}' has no settled level"
        elif level not in scale or (criterion.required or level) not in scale:
            yield f"criterion '{criterion.id}' has no level '{level}'"
    known = {c.id for c in edition.criteria}
    for settled in decision.levels:
        if settled.criterion not in known:
            yield f"the definition has no criterion '{settled.criterion}'"


def _gather(catalog: Catalog, record: Record, attempt: int, number: int) -> _Award:
    decision = next(d for d in record.decisions if d.attempt == attempt)
    return _Award(
        record=record,
        request=record.requests[attempt],
        earner=catalog.people[record.id.earner],
        attempt=attempt,
        number=number,
        decision=decision,
        edition=catalog.editions[decision.definition.blob],
    )


def _plan_badge(
    catalog: Catalog, award: _Award, evidence: ShownEvidence, draw: Draw, site: str, grown: Timeline | None
) -> Badge:
    path = badge_page(award.record.id, award.attempt, award.number)
    public = award.earner.publish == "public"
    view, beside = _view(catalog, award, evidence, draw, site)
    view = replace(view, growth=list_growth(grown, award.attempt))
    title = f"{award.edition.title}, earned by {award.earner.name}"
    folder, issuer = path.removesuffix("index.html"), catalog.programme.issuer.name
    shared = site if award.state == "holds" else ""
    plain = [copy for copy in beside if copy.path.startswith(definition_folder(award.edition.id))]
    social = social_card(shared, folder, plain, award.edition.title, issuer, award.earner.name)
    page = Page(
        path=path,
        template="badge.html.j2",
        title=title,
        language=award.edition.language,
        listed=public,
        description=award.edition.competency,
        picture=social[0].path if social else f"{definition_folder(award.edition.id)}{PICTURE_PNG}",
        wide=bool(social),
        script=CHECK_SCRIPT,
        canonical=view.newer,
        document=view.document,
        data=view,
        beside=(*beside, *social),
    )
    return Badge(
        submission=award.record.id,
        attempt=award.attempt,
        number=award.number,
        newest=award.newest,
        public=public,
        school=award.earner.school,
        card=BadgeCard(
            earner=award.earner.name,
            title=award.edition.title,
            version=award.edition.version,
            awarded=view.awarded,
            language=award.edition.language,
            page=path,
            picture=view.picture,
        ),
        page=page,
        small=card_page(page, view, award.edition.title),
        document=view.document,
        first=badge_page(award.record.id, award.attempt),
        decided=award.decision.decided,
        issued=award.issued,
        changes=view.changes,
        digest=view.digest,
    )


def _view(
    catalog: Catalog, award: _Award, evidence: ShownEvidence, draw: Draw, site: str
) -> tuple[BadgeView, tuple[Copy, ...]]:
    decision, edition, record = award.decision, award.edition, award.record
    folder = badge_folder(record.id, award.attempt, award.number)
    document = Copy(path=folder + BADGE_FILE, content=record.documents(award.attempt)[award.number])
    begins = record.begins(award.attempt, award.number)
    revocation = record.revocations.get(award.attempt)
    erased = erased_pieces(record.erasures)
    listed = list_evidence(award.request, edition, folder, evidence, erased)
    rows, copies = listed if award.state == "holds" else ((), ())
    today = catalog.definitions.get(record.id.credential)
    shown = today is not None and today.credential.status != "draft"
    later = today.credential if today and shown and today.blob != decision.definition.blob else None
    awarded = decision.decided.date()
    pictured = today.credential if today else edition
    baked = draw_copies(draw, credential_picture(pictured, document.content), folder)
    # A micro-credential without a page still has its picture: its badges refer to it.
    plain = draw_copies(draw, credential_picture(pictured), definition_folder(edition.id))
    claims = read_claims(
        document.content,
        name=edition.title,
        earner=award.earner.name,
        issuer=catalog.programme.issuer.name,
        version=edition.version,
        begins=(begins or decision.decided).astimezone(UTC).date(),
        ends=catalog.ends(record, award.attempt, award.number),
    )
    said = (e for e in evidence.endorsements if award.state == "holds" and e[0].about == claims.id)
    endorsements, files = place_endorsements(said, folder)
    page = folder + "index.html"
    qr = draw_qr(site, page, folder)
    view = BadgeView(
        credential=edition,
        credential_page=credential_page(record.id.credential) if shown else "",
        current=later.version if later else None,
        changes=find_changes(edition, later) if later else (),
        earner=award.earner.name,
        school=award.earner.school,
        portfolio=portfolio_page(record.id.earner),
        attempt=award.attempt,
        awarded=awarded,
        until=catalog.ends(record, award.attempt, award.number),
        rule=decision.rule,
        assessors=len({b.assessor for b in decision.basis}),
        parts=_levels(edition, decision),
        evidence=rows,
        picture=credential_image(edition.id),
        document=document.path,
        pictures=tuple((copy.path.rpartition("/")[2], copy.path) for copy in baked),
        digest=hashlib.sha256(document.content).hexdigest(),
        newer=award.instead,
        state=award.state,
        is_override=decision.is_override,
        is_by_two=decision.override is not None,
        attested=sum(1 for b in decision.basis if b.attested),
        erased=tuple((len(e.pieces), e.erased.date()) for e in record.erasures if e.attempt == award.attempt),
        renewed=begins.date() if begins and begins != decision.decided else None,
        revoked=revocation.revoked.date() if revocation else None,
        claims=claims,
        passing=passing_of(site, page, catalog.programme.issuer.name, claims),
        card=folder + CARD,
        qr=qr[0].path if qr else "",
        endorsements=endorsements,
    )
    return view, (document, *baked, *plain, *qr, *copies, *files)


def _levels(edition: Credential, decision: Decision) -> tuple[PartLevels, ...]:
    settled = {s.criterion: s for s in reversed(decision.levels)}
    return tuple(
        PartLevels(title=part.title, rows=tuple(_level(edition, settled[c.id], c) for c in part.criteria))
        for part in edition.parts
        if part.criteria
    )


def _level(edition: Credential, settled: Settled, criterion: Criterion) -> LevelRow:
    required, scale = edition.required_level(criterion), edition.scale_of(criterion)
    return LevelRow(
        criterion=criterion.title,
        level=settled.level,
        text=criterion.levels.get(settled.level, ""),
        required=required,
        met=reaches(settled.level, required, scale),
        carried=settled.carried,
        by_issuer=settled.by_issuer,
        scale=scale,
    )


def by_earner(badges: tuple[Badge, ...]) -> Mapping[PersonId, tuple[Badge, ...]]:
    """Each person's badges, the newest award first."""
    found: dict[PersonId, list[Badge]] = {}
    for badge in sorted(badges, key=lambda b: (-b.card.awarded.toordinal(), b.card.page)):
        found.setdefault(badge.submission.earner, []).append(badge)
    return {earner: tuple(mine) for earner, mine in found.items()}

"""A large, honest programme, made quickly: the real rules choose and judge, only the writing is a short cut.

    python -m bench.programme DIR --awards 2000 --commits 20000

Teachers join over time, begin micro-credentials, save, submit, are judged by experts and later by peers,
some are sent back and try again, a few drop out. Definitions get new versions and rules change now and then.
At the end some attempts are in review, and it is said who can be looked at (`Cast`). The same arguments give
the same history, byte for byte, up to the first review: what is sealed is other bytes each time, and later
panels are drawn by them. Keys are derived from public text (`bench.keys`), so its awards prove nothing to
anyone. The texts are those of the golden examples.
"""

from __future__ import annotations

import argparse
import hashlib
import heapq
import random
from collections import Counter
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence, Set
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from unittest import mock

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from bench.keys import reading_key, signing_key
from bench.kits import Kit, contents_of, files_of, read_kit, renew_kit, saves_of
from bench.pack import Pack, Stored, Tree
from bench.shortcuts import choose, open_own, write_value
from mcred.app.sealed.decision import list_opened, seal_parts, trace_kept
from mcred.app.sealed.opening import OpenDecision, OpenReview, open_decision, seal_content
from mcred.app.sealed.review import current_keys
from mcred.badges.keys import IssuerKey, issuer_did, make_issuer_key, method_id, publish_key
from mcred.badges.open_badge import WORDING, AwardFacts, Issuing, make_award, sign_award
from mcred.domain.assessment import Assessment, Score
from mcred.domain.award import Revocation
from mcred.domain.catalog import Record
from mcred.domain.decision import Basis, Checkpoint, Decision, Disclosed, Settled
from mcred.domain.ids import BlobId, CommitId, CredentialId, PersonId, Slug, SubmissionId, Version
from mcred.domain.layout import (
    MAIN,
    PORTFOLIOS,
    PROGRAMME,
    assessment_path,
    award_path,
    decision_path,
    definition_path,
    disclosures_path,
    folder_of,
    profile_path,
    request_path,
    review_ref,
    revocation_path,
    submission_ref,
)
from mcred.domain.people import Person, ReadingKey, SigningKey
from mcred.domain.pieces import Disclosures, commit_to
from mcred.domain.programme import Issuer, Policy, Programme, Roles, Site
from mcred.domain.record_file import RecordFile
from mcred.domain.rules.decide import list_deciders
from mcred.domain.rules.outcome import combine
from mcred.domain.sealed.review import make_content
from mcred.domain.submission import ReviewRequest
from mcred.formats.trailers import message
from mcred.shipped import shipped
from mcred.store import signatures
from mcred.store.git import Repo, create_repo
from mcred.store.write import Author, compose_commit

STAFF = ("rosa", "ines", "omar")
"""Maintainers and issuers."""
EXPERTS = tuple(f"expert-{n:02}" for n in range(1, 13))
END = date(2026, 9, 1)
DAYS = 900
LONGEST = 60
"""Days after the last start within which everything is decided."""
CAST = "bench-cast.json"
"""In the git directory: who is who."""
SITE = "https://badges.example.org"


class Size(Struct, frozen=True, kw_only=True):
    """How large a programme is to be. `commits` is met within some percent."""

    awards: int
    commits: int
    people: int = 300
    signed: bool = False
    public: bool = False
    """Everyone shows their badges, and all their evidence with them."""
    seed: int = 1
    end: date = END
    """The history has ended by then, and at most a year before: mcred signs nothing two years after it."""

    @property
    def begin(self) -> datetime:
        return datetime.combine(self.end - timedelta(days=DAYS + LONGEST), time(8), UTC)


class Cast(Struct, frozen=True, kw_only=True):
    """Who can be looked at in a made programme; their keys are those of `bench.keys`."""

    teacher: PersonId
    """Has earned one micro-credential, waits for another one, and did not begin a third."""
    earned: CredentialId
    in_review: CredentialId
    free: CredentialId
    assessor: PersonId
    """Is asked to judge about three attempts."""
    issuer: PersonId


class Town(Struct, kw_only=True):
    """The programme as it stands now; what `domain.rules.panel` asks a moment for."""

    size: Size
    pack: Pack
    rules: Programme
    key: IssuerKey | None
    rng: random.Random
    now: datetime
    commit: CommitId = field(default_factory=lambda: CommitId(""))
    tree: Tree = field(default_factory=lambda: Tree({}))
    people: dict[PersonId, Person] = field(default_factory=dict)
    holders: dict[CredentialId, frozenset[PersonId]] = field(default_factory=dict)
    decided: dict[CredentialId, int] = field(default_factory=dict)
    loads: dict[PersonId, int] = field(default_factory=dict)
    kits: dict[CredentialId, Kit] = field(default_factory=dict)
    refs: dict[str, CommitId] = field(default_factory=dict)
    pending: Counter[PersonId] = field(default_factory=Counter)
    """Undecided attempts by assessor who was asked."""
    schools: dict[str, list[PersonId]] = field(default_factory=dict)
    sent: set[SubmissionId] = field(default_factory=set)
    waiting: dict[SubmissionId, list[PersonId]] = field(default_factory=dict)
    """Who still has to judge each attempt that is not decided."""
    files: dict[tuple[CredentialId, str], Stored] = field(default_factory=dict)
    """The first file at each path of a kit's folder, from which all others differ little."""
    awards: int = 0
    commits: int = 0

    @property
    def saves(self) -> float:
        """How often people save, so that the history gets as long as it is meant to."""
        per_award = (self.size.commits - self.commits) / max(1, self.size.awards - self.awards)
        # What an award costs beside saves: submit, reviews, decision, some of them twice.
        return min(30.0, max(1.0, per_award - 5.0))

    @property
    def programme(self) -> Programme:
        return self.rules

    def assessed(self, credential: CredentialId) -> int:
        return self.decided.get(credential, 0)

    def find_close(self, earner: PersonId, people: Collection[PersonId]) -> Set[PersonId]:
        return frozenset(people)

    def blob(self, data: bytes, base: Stored | None = None) -> BlobId:
        return BlobId(self.pack.add("blob", data, base))

    def write(
        self,
        tree: Tree,
        parents: list[CommitId],
        text: str,
        person: PersonId,
        when: datetime | None = None,
    ) -> CommitId:
        author = Author(name=str(person), email=f"{person}@mcred.invalid", when=when or self.now)
        self.commits += 1
        raw = compose_commit(tree.store(self.pack), parents, text, author, signing_key(person))
        return CommitId(self.pack.add("commit", raw))

    def advance(self, tree: Tree, merged: list[CommitId], text: str, person: PersonId) -> None:
        """A step of the main line."""
        parents = [self.commit, *merged] if self.commit else merged
        self.commit = self.write(tree, parents, text, person)
        self.tree = tree
        portfolios = tree.folder(PORTFOLIOS).stored
        if portfolios[1]:
            self.pack.turn(portfolios)


def make_programme(place: Path, size: Size) -> Repo:
    """A repository with the whole history; nothing is laid out into the folder."""
    repo = create_repo(place, bare=False)
    rng = random.Random(size.seed)  # noqa: S311 (the same history every time)
    key = make_issuer_key(hashlib.sha256(b"mcred bench issuer").digest()) if size.signed else None
    town = Town(size=size, pack=Pack(), rules=_rules(key, size), key=key, rng=rng, now=size.begin)
    # A key is read from its text once, not for each signature.
    with mock.patch.object(signatures, "_load_private", cache(signatures._load_private)):
        _found(town, max(3, -(-size.awards * 6 // (size.people * 5))))
        _live(town)
        cast = _leave_open(town)
    town.pack.store(repo)
    (repo.git_dir / CAST).write_bytes(msgspec.json.format(msgspec.json.encode(cast)))
    packed = "".join(f"{tip} {name}\n" for name, tip in sorted({**town.refs, MAIN: town.commit}.items()))
    (repo.git_dir / "packed-refs").write_text("# pack-refs with: peeled fully-peeled sorted \n" + packed)
    return repo


def read_cast(repo: Repo) -> Cast:
    """Who is who in a made programme."""
    return msgspec.json.decode((repo.git_dir / CAST).read_bytes(), type=Cast)


def _rules(key: IssuerKey | None, size: Size) -> Programme:
    staff = tuple(PersonId(p) for p in STAFF)
    keys = (publish_key(key, size.begin.date()),) if key else ()
    return Programme(
        format=2,
        work="open",
        # No one reaches it: every seat is taken, as the short cuts below assume.
        assessment=Policy(max_open=1000),
        issuer=Issuer(id=Slug("lakeside"), name="Lakeside Schools", url=SITE, keys=keys),
        roles=Roles(maintainers=staff[:2], issuers=staff),
        site=Site(url=SITE if key else ""),
    )


def _found(town: Town, count: int) -> None:
    """Rules, staff, definitions, experts."""
    for name in STAFF:
        _enter(town, PersonId(name), "District Office")
    tree = town.tree.put(PROGRAMME, town.blob(write_value(town.rules)))
    town.advance(tree, [], message("Found the programme", "found"), PersonId("rosa"))
    shelf = sorted(p.parent for p in shipped("credentials").glob("*/credential.yaml"))
    for n in range(count):
        kit, data = read_kit(shelf[n % len(shelf)], CredentialId(f"practice-{n + 1:02}"), town.rng)
        town.kits[kit.definition.id] = kit
        tree = town.tree.put(definition_path(kit.definition.id), town.blob(data))
        town.advance(tree, [], message(f"Edit {kit.definition.id}", "edit"), PersonId("rosa"))
    for name in EXPERTS:
        _confirm(town, PersonId(name), f"College {name}", expert=True)


def _enter(town: Town, person: PersonId, school: str) -> None:
    since = town.size.begin.date()
    town.schools.setdefault(school, []).append(person)
    profile = Person(
        format=2,
        id=person,
        name=str(person).title(),
        school=school,
        keys=(SigningKey(public=signing_key(person).public, since=since),),
        reading=(ReadingKey(public=reading_key(person).public, since=since),),
        publish="public" if town.size.public else "private",
    )
    town.people[person] = profile
    town.tree = town.tree.put(profile_path(person), town.blob(write_value(profile)))


def _confirm(town: Town, person: PersonId, school: str, *, expert: bool = False) -> None:
    """A person introduces themselves, a maintainer confirms them."""
    _enter(town, person, school)
    asked = town.write(town.tree, [town.commit], message(f"Introduce {person}", "person"), person)
    tree = town.tree
    if expert:
        roles = town.rules.roles
        town.rules = replace(town.rules, roles=replace(roles, experts=(*roles.experts, person)))
        tree = tree.put(PROGRAMME, town.blob(write_value(town.rules)))
    town.advance(tree, [asked], message(f"Confirm {person}", "person"), PersonId("rosa"))


Life = Iterator[timedelta]
"""What someone does over time: each value is how long until the next act."""


def _live(town: Town) -> None:
    """Everyone's life at once, in the order of time, until there are awards enough."""
    teachers = [
        PersonId(f"teacher-{n:03}") for n in range(1, town.size.people - len(STAFF) - len(EXPERTS) + 1)
    ]
    wishes = [SubmissionId(p, c) for p in teachers for c in town.kits]
    town.rng.shuffle(wishes)
    # So many that the last award comes near the end, whatever the size.
    del wishes[max(town.size.awards * 6 // 5, town.size.awards + 10) :]
    joined = {p: timedelta(days=town.rng.uniform(0, DAYS * 0.4)) for p in teachers}
    lives: list[tuple[timedelta, int, Life]] = []
    for n, teacher in enumerate(teachers):
        lives.append((joined[teacher], n, _join(town, teacher, f"School {n % 40}")))
    for submission in wishes:
        start = town.rng.uniform(joined[submission.earner] / timedelta(days=1) + 1, DAYS)
        lives.append((timedelta(days=start), len(lives), _journey(town, submission)))
    lives.append((timedelta(days=DAYS / 2), len(lives), _govern(town)))
    heapq.heapify(lives)
    while lives and town.awards < town.size.awards:
        when, n, life = heapq.heappop(lives)
        town.now = town.size.begin + when
        pause = next(life, None)
        if pause is not None:
            heapq.heappush(lives, (when + pause, n, life))


def _leave_open(town: Town) -> Cast:
    """Attempts that are still in review at the end, one of them of someone who earned another before."""
    wanted = max(5, town.size.awards // 100)
    rng, staff = town.rng, {*STAFF, *EXPERTS}
    teachers = [p for p in town.people if p not in staff]
    earned = Counter(p for held in town.holders.values() for p in held)
    busy = {s.earner for s in town.waiting}
    spare = [SubmissionId(p, c) for p in teachers for c in town.kits if SubmissionId(p, c) not in town.sent]
    free = Counter(s.earner for s in spare)
    fit = [p for p in teachers if earned[p] and p not in busy and free[p] >= 2]
    teacher = min(fit, key=lambda p: earned[p])
    mine = [s for s in spare if s.earner == teacher]
    others = [s for s in spare if s.earner != teacher]
    more = rng.sample(others, min(len(others), max(0, wanted - len(town.waiting) - 1)))
    for n, submission in enumerate((mine[0], *more)):
        kit = town.kits[submission.credential]
        sent = _hurry(town, _work(town, kit, submission, 1, None, ()))
        for assessor in sent.request.panel[: (n + 1) % len(sent.request.panel)]:
            town.now += timedelta(hours=1)
            _assess(town, kit, sent, assessor, fails=False)
    asked = Counter(p for missing in town.waiting.values() for p in missing if p not in (teacher, *STAFF))
    held = next(c for c, people in town.holders.items() if teacher in people)
    return Cast(
        teacher=teacher,
        earned=held,
        in_review=mine[0].credential,
        free=mine[1].credential,
        assessor=min(asked, key=lambda p: (abs(asked[p] - 3), p)),
        issuer=PersonId("omar"),
    )


def _hurry(town: Town, acts: Generator[timedelta, None, Sent]) -> Sent:
    """What comes of someone's acts, each an hour after the other."""
    while True:
        try:
            next(acts)
        except StopIteration as done:
            sent: Sent = done.value
            return sent
        town.now += timedelta(hours=1)


def _join(town: Town, teacher: PersonId, school: str) -> Life:
    _confirm(town, teacher, school)
    yield from ()


def _govern(town: Town) -> Life:
    """Half-way the definitions get a new version, and reviews a little more time."""
    for name, old in list(town.kits.items()):
        first, second, _ = old.definition.version.split(".")
        town.kits[name], data = renew_kit(old, Version(f"{first}.{int(second) + 1}.0"))
        tree = town.tree.put(definition_path(name), town.blob(data))
        town.advance(tree, [], message(f"Edit {name}", "edit"), PersonId("ines"))
        yield timedelta(hours=1)
    town.rules = replace(town.rules, assessment=replace(town.rules.assessment, due_days=14))
    tree = town.tree.put(PROGRAMME, town.blob(write_value(town.rules)))
    town.advance(tree, [], message("Edit mcred.yaml", "edit"), PersonId("rosa"))


def _journey(town: Town, submission: SubmissionId) -> Life:
    """One micro-credential of one teacher, from the first save to a decision for good."""
    rng, kit = town.rng, town.kits[submission.credential]
    if rng.random() < 0.05:
        return  # They never send it, and no one else has their draft.
    before: Decision | None = None
    record, opened = Record(id=submission, work=None), dict[int, OpenDecision]()
    known: tuple[str, ...] = ()
    for attempt in (1, 2, 3):
        sent = yield from _work(town, kit, submission, attempt, before, known)
        known = sent.opened
        reviews: list[Review] = []
        fails = rng.random() < 0.15
        for assessor in sent.request.panel:
            yield timedelta(days=rng.expovariate(0.4))
            reviews.append(_assess(town, kit, sent, assessor, fails))
        yield timedelta(days=rng.expovariate(0.7))
        kept = trace_kept(record, opened, sent.request.carried)
        shown = list_opened(attempt, [r.open for r in reviews], opened, kept)
        before, stored = _decide(town, kit, sent, reviews, before, shown)
        if before.outcome != "revise":
            break
        record = replace(record, decisions=(*record.decisions, stored))
        issuers = [reading_key(before.issuer)]
        opened[attempt] = open_decision(stored, issuers, [r.stored for r in reviews])
        yield timedelta(days=rng.expovariate(0.2))
    yield timedelta(days=rng.expovariate(0.01))
    if before is not None and before.outcome == "award" and rng.random() < 0.01:
        _revoke(town, submission, before)


def _work(
    town: Town,
    kit: Kit,
    submission: SubmissionId,
    attempt: int,
    before: Decision | None,
    known: tuple[str, ...],
) -> Generator[timedelta, None, Sent]:
    """One attempt, from the first save to what is sent. `known`: what opens the pieces of earlier ones."""
    base, tip, folder = town.tree, town.commit, town.tree.folder(folder_of(submission))
    files = files_of(kit, submission.earner, attempt)
    drafts: list[tuple[datetime, Mapping[str, bytes]]] = []
    for saved in saves_of(town.rng, files, town.saves):
        yield timedelta(days=town.rng.expovariate(0.8))
        drafts.append((town.now, saved))
    # Only now: what is never sent is no one else's.
    text = message("Save a draft", "save", submission)
    for when, saved in drafts:
        folder = _with(town, folder, saved, submission.credential)
        tree = base.put(folder_of(submission), folder)
        tip = town.write(tree, [tip], text, submission.earner, when)
    return _submit(town, kit, submission, attempt, (base, folder, tip), files, before, known)


class Sent(Struct, frozen=True, kw_only=True):
    """An attempt in review."""

    submission: SubmissionId
    commit: CommitId
    tree: Tree
    folder: Tree
    files: Mapping[str, bytes]
    request: ReviewRequest
    opened: tuple[str, ...]
    """What opens its pieces."""


class Review(Struct, frozen=True, kw_only=True):
    """An assessor's scores."""

    open: OpenReview
    stored: Assessment
    commit: CommitId


def _submit(
    town: Town,
    kit: Kit,
    submission: SubmissionId,
    attempt: int,
    draft: tuple[Tree, Tree, CommitId],
    files: Mapping[str, bytes],
    before: Decision | None,
    known: tuple[str, ...],
) -> Sent:
    base, folder, tip = draft
    policy = town.rules.assessment.for_credential(kit.definition)
    earlier = tuple(b.assessor for b in before.basis) if before else ()
    panel = choose(submission, town, policy, town.loads, earlier, town.schools)
    contents = contents_of(kit, submission.earner, attempt, files)
    pieces, disclosures = commit_to(contents, known, town.rng.randbytes)
    opened = Disclosures(format=2, disclosures=disclosures)
    request = ReviewRequest(
        format=2,
        submission=submission,
        attempt=attempt,
        definition=kit.ref,
        main=town.commit,
        rule=panel.rule,
        assessed_before=panel.assessed_before,
        panel=panel.members,
        candidates=panel.candidates,
        pool=panel.pool,
        reasons=panel.reasons,
        carried=kit.kept if before and before.definition == kit.ref else (),
        requested=town.now,
        due=(town.now + timedelta(days=policy.due_days)).date(),
        pieces=pieces,
        attestations=kit.listing.attestations,
    )
    for person in panel.members:
        town.loads[person] = town.loads.get(person, 0) + 1
        town.pending[person] += 1
    inside = len(folder_of(submission)) + 1
    records: Mapping[str, RecordFile] = {
        request_path(submission, attempt): request,
        disclosures_path(submission, attempt): opened,
    }
    written = {path[inside:]: write_value(record) for path, record in records.items()}
    folder = _with(town, folder, {**files, **written}, submission.credential)
    text = message(f"Submit attempt {attempt} of {submission}", "submit", submission, attempt)
    tree = base.put(folder_of(submission), folder)
    commit = town.write(tree, [tip], text, submission.earner)
    town.refs[submission_ref(submission)] = commit
    town.sent.add(submission)
    town.waiting[submission] = list(panel.members)
    return Sent(
        submission=submission,
        commit=commit,
        tree=tree,
        folder=folder,
        files=files,
        request=request,
        opened=disclosures,
    )


def _with(town: Town, folder: Tree, files: Mapping[str, bytes], credential: CredentialId) -> Tree:
    for path, data in files.items():
        base = town.files.get((credential, path))
        blob = town.blob(data, base)
        if base is None and "/attempts/" not in f"/{path}":
            town.files[(credential, path)] = (blob, data)
        folder = folder.put(path, blob)
    return folder


def _assess(town: Town, kit: Kit, sent: Sent, assessor: PersonId, fails: bool) -> Review:
    """One assessor's scores, committed on what was sent."""
    submission, attempt = sent.submission, sent.request.attempt
    assessment = Assessment(
        format=2,
        submission=submission,
        attempt=attempt,
        assessor=assessor,
        judged=sent.commit,
        main=town.commit,
        definition=sent.request.definition,
        conflict="none",
        assessed=town.now,
        scores=tuple(_scores(town.rng, kit, sent.request, assessor, fails)),
        summary="I could follow each step from the plan to what the students wrote.",
    )
    town.loads[assessor] -= 1
    town.waiting[submission].remove(assessor)
    path = assessment_path(submission, attempt, assessor)
    open_ = [c.id for c in kit.definition.criteria if c.id not in sent.request.carried]
    content = make_content(assessment.scores, assessment.summary, open_, town.rng.randbytes)
    deciders = list_deciders(town.rules.roles, submission, sent.request.panel)
    stored = seal_content(assessment, content, current_keys(town, (*deciders, assessor)))
    tree = sent.tree.put(path, town.blob(write_value(stored)))
    text = message(f"Assess attempt {attempt} of {submission}", "assess", submission, attempt)
    commit = town.write(tree, [sent.commit], text, assessor)
    town.refs[review_ref(submission, attempt, assessor)] = commit
    return Review(open=open_own(stored, content), stored=stored, commit=commit)


def _scores(
    rng: random.Random, kit: Kit, request: ReviewRequest, assessor: PersonId, fails: bool
) -> Iterator[Score]:
    """The best levels; where it fails all agree on one criterion, and one of three is sometimes stricter."""
    definition, open_ = kit.definition, [c for c in kit.definition.criteria if c.id not in request.carried]
    weak = next((c for c in open_ if c.id not in kit.kept), open_[0])
    strict = rng.choice(open_) if assessor == request.panel[-1] and len(request.panel) > 2 else None
    for criterion in open_:
        scale, rank = definition.scale_of(criterion), 0
        if criterion is strict and rng.random() < 0.4:
            rank = rng.choice((1, 1, 1, len(scale) - 1))
        if criterion is weak and fails:
            rank = len(scale) - 1
        remark = f"Seen in the {criterion.title.lower()} part, with the students' own words."
        yield Score(criterion=criterion.id, level=scale[rank], feedback=remark)


def _decide(
    town: Town,
    kit: Kit,
    sent: Sent,
    reviews: Sequence[Review],
    before: Decision | None,
    opened: Iterable[Disclosed],
) -> tuple[Decision, Decision]:
    """What the issuer decides, with all it rests on, as one step of the main line; and as it is stored."""
    assessments = tuple(one.open.assessment for one in reviews)
    submission, request = sent.submission, sent.request
    carried = {c: level for c in request.carried if before and (level := before.level_of(c)) is not None}
    matrix = combine(assessments, kit.definition, carried, {})
    decision = Decision(
        format=2,
        submission=submission,
        attempt=request.attempt,
        outcome=matrix.recommended,
        issuer=PersonId(town.rng.choice(STAFF)),
        decided=town.now,
        judged=sent.commit,
        definition=request.definition,
        rule=request.rule,
        basis=tuple(Basis(assessor=r.stored.assessor, commit=r.commit) for r in reviews),
        levels=tuple(
            Settled(
                criterion=r.criterion.id,
                level=r.level,
                carried=r.carried,
                reason="The students' work shows it." if r.escalated else "",
            )
            for r in matrix.rows
        ),
        recommended=matrix.recommended,
        reason="Two of three saw it clearly, and so do I." if matrix.escalated else "",
        feedback="Thank you for your work.",
        badge=WORDING,
        checkpoint=Checkpoint(commit=town.commit, awards=town.awards),
    )
    readers = (submission.earner, *request.panel, *town.rules.roles.issuers)
    given = [one.open for one in reviews]
    stored = seal_parts(decision, given, opened, current_keys(town, readers))
    _put_decision(town, kit, sent, stored, reviews)
    del town.waiting[submission]
    town.decided[submission.credential] = town.assessed(submission.credential) + 1
    for person in request.panel:
        town.pending[person] -= 1
    return decision, stored


def _put_decision(town: Town, kit: Kit, sent: Sent, decision: Decision, reviews: Sequence[Review]) -> None:
    submission, attempt = sent.submission, decision.attempt
    inside = len(folder_of(submission)) + 1
    decided = write_value(decision)
    given = (one.stored for one in reviews)
    files = {assessment_path(submission, attempt, a.assessor)[inside:]: write_value(a) for a in given}
    files[decision_path(submission, attempt)[inside:]] = decided
    if decision.outcome == "award":
        award = _write_award(town, kit, sent, decision, town.blob(decided))
        files[award_path(submission, attempt)[inside:]] = award
        town.awards += 1
        held = town.holders.get(submission.credential, frozenset())
        town.holders[submission.credential] = held | {submission.earner}
    tree = town.tree.put(folder_of(submission), _with(town, sent.folder, files, submission.credential))
    # As `commit_to_main` does: what main has needs no ref any more.
    for one in reviews:
        del town.refs[review_ref(submission, attempt, one.stored.assessor)]
    if decision.outcome != "revise":
        del town.refs[submission_ref(submission)]
    title = f"{decision.outcome.title()} attempt {attempt} of {submission}"
    text = message(title, "decide", submission, attempt)
    town.advance(tree, [sent.commit, *(one.commit for one in reviews)], text, decision.issuer)


def _write_award(town: Town, kit: Kit, sent: Sent, decision: Decision, decided: BlobId) -> bytes:
    facts = AwardFacts(
        programme=town.rules,
        definition=kit.definition,
        earner=town.people[sent.submission.earner],
        decision=decision,
        submitted=sent.commit,
        pieces=sent.request.pieces,
    )
    if town.key is None:
        return make_award(facts)
    did = issuer_did(town.rules.site.url, town.key.multibase)
    salt = f"{town.rng.getrandbits(128):032x}"
    issuing = Issuing(did=did, method=method_id(did, town.key), salt=salt, decision=decided)
    return sign_award(facts, issuing, town.key, decision.decided)


def _revoke(town: Town, submission: SubmissionId, decision: Decision) -> None:
    """An award that is taken back, unless its earner is just judging others."""
    if town.pending[submission.earner]:
        return
    revocation = Revocation(
        format=2,
        submission=submission,
        attempt=decision.attempt,
        issuer=PersonId("omar"),
        revoked=town.now,
        reason="The recording was somebody else's.",
    )
    tree = town.tree.put(revocation_path(submission, decision.attempt), town.blob(write_value(revocation)))
    held = town.holders[submission.credential]
    town.holders[submission.credential] = held - {submission.earner}
    text = message(
        f"Revoke attempt {decision.attempt} of {submission}", "revoke", submission, decision.attempt
    )
    town.advance(tree, [], text, PersonId("omar"))


def main() -> None:
    """Make a programme in a folder."""
    parser = argparse.ArgumentParser(description="Make a large, honest programme.")
    parser.add_argument("place", type=Path)
    parser.add_argument("--awards", type=int, default=2000)
    parser.add_argument("--commits", type=int, default=20_000)
    parser.add_argument("--people", type=int, default=300)
    parser.add_argument("--signed", action="store_true", help="sign the badges (60 ms for each)")
    parser.add_argument("--public", action="store_true", help="everybody shows their badges")
    given = parser.parse_args()
    size = Size(
        awards=given.awards,
        commits=given.commits,
        people=given.people,
        signed=given.signed,
        public=given.public,
        end=datetime.now(UTC).date(),
    )
    repo = make_programme(given.place, size)
    for role, name in msgspec.structs.asdict(read_cast(repo)).items():
        print(f"{role:10}{name}")


if __name__ == "__main__":
    main()

"""A large, honest programme, made quickly: the real rules choose and judge, only the writing is a short cut.

    python bench/programme.py DIR --awards 2000 --commits 20000

Teachers join over time, begin micro-credentials, save, submit, are judged by experts and later by peers,
some are sent back and try again, a few drop out. Definitions get new versions and rules change now and then.
The same arguments give the same history, byte for byte: keys are derived from public text, so its awards
prove nothing to anybody. The texts are those of the golden examples.
"""

from __future__ import annotations

import argparse
import hashlib
import heapq
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from msgspec import Struct, field
from msgspec.structs import replace

from bench.pack import Pack, Tree
from mcred.app.sealed.decision import list_opened, seal_parts, trace_kept
from mcred.app.sealed.opening import OpenDecision, OpenReview, open_decision, open_review, seal_content
from mcred.badges.keys import IssuerKey, issuer_did, make_issuer_key, method_id, publish_key
from mcred.badges.open_badge import WORDING, AwardFacts, Issuing, make_award, sign_award
from mcred.domain.assessment import Assessment, DefinitionRef, Score
from mcred.domain.award import Revocation
from mcred.domain.catalog import Record
from mcred.domain.credential import Credential
from mcred.domain.decision import Basis, Checkpoint, Decision, Disclosed, Settled
from mcred.domain.ids import BlobId, CommitId, CredentialId, PersonId, Slug, SubmissionId, Version
from mcred.domain.layout import (
    MAIN,
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
from mcred.domain.people import Person, SigningKey
from mcred.domain.pieces import Disclosures, commit_to, digest_of, list_contents, unchanged_criteria
from mcred.domain.programme import Issuer, Policy, Programme, Roles, Site
from mcred.domain.record_file import RecordFile
from mcred.domain.rules.outcome import combine
from mcred.domain.rules.panel import choose_panel
from mcred.domain.sealed.review import make_content
from mcred.domain.submission import CommittedPiece, ReviewRequest, Submission, Work
from mcred.formats.decode import decode
from mcred.formats.encode import dump, encode, to_plain
from mcred.formats.portfolio import read_folder
from mcred.formats.trailers import message
from mcred.shipped import shipped
from mcred.store.git import Repo, create_repo, run
from mcred.store.seal import ReadingPair, make_reading_key
from mcred.store.signatures import KeyPair, load_key
from mcred.store.snapshot import Entry, Snapshot
from mcred.store.write import Author, compose_commit

STAFF = ("rosa", "ines", "omar")
"""Maintainers and issuers."""
EXPERTS = tuple(f"expert-{n:02}" for n in range(1, 13))
BEGIN = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
DAYS = 900
SITE = "https://badges.example.org"


class Size(Struct, frozen=True, kw_only=True):
    """How large a programme is to be. `commits` is met within some percent."""

    awards: int
    commits: int
    people: int = 300
    signed: bool = False
    public: bool = False
    """Everybody shows their badges, and all their evidence with them."""
    seed: int = 1


class Kit(Struct, frozen=True, kw_only=True):
    """A definition with what is handed in for it: the folder of its golden example."""

    definition: Credential
    ref: DefinitionRef
    listing: Submission
    files: Mapping[str, bytes]
    part: str
    """The file that a second attempt changes."""
    kept: tuple[Slug, ...] = ()
    """The criteria that such a change does not reopen."""
    work: Work | None = None


class Town(Struct, kw_only=True):
    """The programme as it stands now; what `domain.rules.panel` asks a moment for."""

    size: Size
    pack: Pack
    rules: Programme
    key: IssuerKey | None
    rng: random.Random
    now: datetime = BEGIN
    commit: CommitId = field(default_factory=lambda: CommitId(""))
    tree: Tree = field(default_factory=lambda: Tree({}))
    people: dict[PersonId, Person] = field(default_factory=dict)
    holders: dict[CredentialId, frozenset[PersonId]] = field(default_factory=dict)
    decided: dict[CredentialId, int] = field(default_factory=dict)
    loads: dict[PersonId, int] = field(default_factory=dict)
    opened: dict[SubmissionId, tuple[str, ...]] = field(default_factory=dict)
    """What opens the pieces of each submission's newest request."""
    kits: dict[CredentialId, Kit] = field(default_factory=dict)
    refs: dict[str, CommitId] = field(default_factory=dict)
    keys: dict[PersonId, KeyPair] = field(default_factory=dict)
    pending: Counter[PersonId] = field(default_factory=Counter)
    """Undecided attempts by assessor who was asked."""
    reading: ReadingPair = field(default_factory=make_reading_key)
    """What every review and decision is sealed to."""
    sealed: dict[tuple[SubmissionId, int, PersonId], Assessment] = field(default_factory=dict)
    """The reviews as they are stored."""
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

    def blob(self, data: bytes) -> BlobId:
        return BlobId(self.pack.add("blob", data))

    def key_of(self, person: PersonId) -> KeyPair:
        if person not in self.keys:
            seed = hashlib.sha256(f"mcred bench {person}".encode()).digest()
            private = Ed25519PrivateKey.from_private_bytes(seed).private_bytes(
                Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()
            )
            self.keys[person] = load_key(private)
        return self.keys[person]

    def write(self, tree: Tree, parents: list[CommitId], text: str, person: PersonId) -> CommitId:
        author = Author(name=str(person), email=f"{person}@mcred.invalid", when=self.now)
        self.commits += 1
        raw = compose_commit(tree.store(self.pack), parents, text, author, self.key_of(person))
        return CommitId(self.pack.add("commit", raw))

    def advance(self, tree: Tree, merged: list[CommitId], text: str, person: PersonId) -> None:
        """A step of the main line."""
        parents = [self.commit, *merged] if self.commit else merged
        self.commit = self.write(tree, parents, text, person)
        self.tree = tree


def write_value(value: object) -> bytes:
    """As `formats.encode` writes it; that YAML can be read again is what the audit shows."""
    return encode(value) if isinstance(value, RecordFile) else dump(to_plain(value)).encode()


def make_programme(place: Path, size: Size) -> Repo:
    """A repository with the whole history; nothing is laid out into the folder."""
    repo = create_repo(place, bare=False)
    rng = random.Random(size.seed)  # noqa: S311 (the same history every time)
    key = make_issuer_key(hashlib.sha256(b"mcred bench issuer").digest()) if size.signed else None
    town = Town(size=size, pack=Pack(), rules=_rules(key), key=key, rng=rng)
    count = max(1, -(-size.awards * 6 // (size.people * 5)))
    _found(town, count)
    _live(town)
    town.pack.store(repo)
    packed = "".join(f"{tip} {name}\n" for name, tip in sorted({**town.refs, MAIN: town.commit}.items()))
    (repo.git_dir / "packed-refs").write_text("# pack-refs with: peeled fully-peeled sorted \n" + packed)
    run(repo, "repack", "-a", "-d", "-q", "--window=10", "--depth=30")
    return repo


def _rules(key: IssuerKey | None) -> Programme:
    staff = tuple(PersonId(p) for p in STAFF)
    keys = (publish_key(key, BEGIN.date()),) if key else ()
    return Programme(
        format=2,
        work="open",
        # Nobody reaches it: every seat is taken, as the short cuts below assume.
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
        kit = _read_kit(town, shelf[n % len(shelf)], CredentialId(f"practice-{n + 1:02}"))
        town.kits[kit.definition.id] = kit
        tree = town.tree.put(definition_path(kit.definition.id), kit.ref.blob)
        town.advance(tree, [], message(f"Edit {kit.definition.id}", "edit"), PersonId("rosa"))
    for name in EXPERTS:
        _confirm(town, PersonId(name), f"College {name}", expert=True)


def _enter(town: Town, person: PersonId, school: str) -> None:
    key = SigningKey(public=town.key_of(person).public, since=date(2026, 1, 1))
    profile = Person(
        format=2,
        id=person,
        name=str(person).title(),
        school=school,
        keys=(key,),
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


def _read_kit(town: Town, shelf: Path, name: CredentialId) -> Kit:
    data = (
        (shelf / "credential.yaml").read_bytes().replace(f"id: {shelf.name}".encode(), f"id: {name}".encode())
    )
    definition, problems = decode(data, Credential, "credential.yaml")
    if definition is None:
        raise ValueError(problems)
    example = shelf / "examples" / "proficient"
    files = {
        p.relative_to(example).as_posix(): p.read_bytes() for p in sorted(example.rglob("*")) if p.is_file()
    }
    files.pop("agreed.yaml")
    listing, problems = decode(files.pop("submission.yaml"), Submission, "submission.yaml")
    if listing is None:
        raise ValueError(problems)
    part = min(files)
    ref = DefinitionRef(version=definition.version, blob=town.blob(data))
    kit = Kit(
        definition=definition,
        ref=ref,
        listing=replace(listing, credential=name),
        files=files,
        part=part,
    )
    work = _work(kit, files)
    pieces, opened = _commit(town, kit, files, ())
    changed, _ = _commit(town, kit, {**files, part: files[part] + b"\nAnd again.\n"}, opened)
    return replace(kit, work=work, kept=unchanged_criteria(pieces, changed, definition))


def _commit(
    town: Town, kit: Kit, files: Mapping[str, bytes], earlier: tuple[str, ...]
) -> tuple[tuple[CommittedPiece, ...], tuple[str, ...]]:
    """What a request for these files commits to, and what opens it."""
    digests = {path: digest_of(data) for path, data in files.items()}
    return commit_to(list_contents(_work(kit, files), kit.definition, digests), earlier, town.rng.randbytes)


def _work(kit: Kit, files: Mapping[str, bytes]) -> Work:
    """What is handed in, as the value that rubric and badge are held against."""
    submission = SubmissionId(PersonId("anybody"), kit.definition.id)
    whole = {"submission.yaml": write_value(kit.listing), **files}
    contents = {f"work/{path}": data for path, data in whole.items()}
    entries = {
        p: Entry(mode="100644", blob=BlobId(hashlib.sha1(d, usedforsecurity=False).hexdigest()), size=len(d))
        for p, d in contents.items()
    }
    tree = Snapshot(commit=CommitId("0" * 40), entries=entries, contents=contents)
    work, problems = read_folder("work", submission, tree, kit.definition)
    if work is None:
        raise ValueError(problems)
    return work


Life = Iterator[timedelta]
"""What somebody does over time: each value is how long until the next act."""


def _live(town: Town) -> None:
    """Everybody's life at once, in the order of time, until there are awards enough."""
    teachers = [
        PersonId(f"teacher-{n:03}") for n in range(1, town.size.people - len(STAFF) - len(EXPERTS) + 1)
    ]
    wishes = [SubmissionId(p, c) for p in teachers for c in town.kits]
    town.rng.shuffle(wishes)
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
        town.now = BEGIN + when
        pause = next(life, None)
        if pause is not None:
            heapq.heappush(lives, (when + pause, n, life))


def _join(town: Town, teacher: PersonId, school: str) -> Life:
    _confirm(town, teacher, school)
    yield from ()


def _govern(town: Town) -> Life:
    """Half-way the definitions get a new version, and reviews a little more time."""
    for name, kit in list(town.kits.items()):
        version = Version("1.1.0")
        definition = replace(kit.definition, version=version)
        blob = town.blob(write_value(definition))
        kit = replace(
            kit,
            definition=definition,
            ref=DefinitionRef(version=version, blob=blob),
            listing=replace(kit.listing, version=version),
        )
        town.kits[name] = kit
        tree = town.tree.put(definition_path(name), blob)
        town.advance(tree, [], message(f"Edit {name}", "edit"), PersonId("ines"))
        yield timedelta(hours=1)
    town.rules = replace(town.rules, assessment=replace(town.rules.assessment, due_days=14))
    tree = town.tree.put(PROGRAMME, town.blob(write_value(town.rules)))
    town.advance(tree, [], message("Edit mcred.yaml", "edit"), PersonId("rosa"))


def _journey(town: Town, submission: SubmissionId) -> Life:
    """One micro-credential of one teacher, from the first save to a decision for good."""
    kit = town.kits[submission.credential]
    rng, before = town.rng, None
    record, opened = Record(id=submission, work=None), dict[int, OpenDecision]()
    for attempt in (1, 2, 3):
        folder = town.tree.folder(folder_of(submission))
        tip, base = town.commit, town.tree
        files = _files(kit, submission, attempt)
        for saved in _saves(town, files):
            yield timedelta(days=rng.expovariate(0.8))
            folder = _with(town, folder, saved)
            text = message("Save a draft", "save", submission)
            tip = town.write(base.put(folder_of(submission), folder), [tip], text, submission.earner)
        town.refs[submission_ref(submission)] = tip
        if attempt == 1 and rng.random() < 0.05:
            return
        sent = _submit(town, kit, submission, attempt, (base, folder, tip), files, before)
        assessments: list[OpenReview] = []
        reviews: list[CommitId] = []
        fails = rng.random() < 0.15
        for assessor in sent.request.panel:
            yield timedelta(days=rng.expovariate(0.4))
            assessment, review = _assess(town, kit, sent, assessor, fails)
            assessments.append(assessment)
            reviews.append(review)
        yield timedelta(days=rng.expovariate(0.7))
        kept = trace_kept(record, opened, sent.request.carried)
        shown = list_opened(attempt, assessments, opened, kept)
        before, stored = _decide(town, kit, sent, tuple(assessments), reviews, before, shown)
        record = replace(record, decisions=(*record.decisions, stored))
        given = [_sealed(town, one) for one in assessments]
        opened[attempt] = open_decision(stored, [town.reading], given)
        if before.outcome != "revise":
            break
        yield timedelta(days=rng.expovariate(0.2))
    yield timedelta(days=rng.expovariate(0.01))
    if before is not None and before.outcome == "award" and rng.random() < 0.01:
        _revoke(town, submission, before)


def _files(kit: Kit, submission: SubmissionId, attempt: int) -> Mapping[str, bytes]:
    """The example's files with something of one's own in each kind."""
    own = f"\nIn the class of {submission.earner}.\n".encode()
    again = b"\nI asked again, and waited.\n" * (attempt - 1)
    listing = replace(kit.listing, attempt=attempt, note="The first part is new." if attempt > 1 else "")
    return {
        **{p: d + own if p.endswith(".md") else d for p, d in kit.files.items()},
        kit.part: kit.files[kit.part] + own + again,
        "submission.yaml": write_value(listing),
    }


def _saves(town: Town, files: Mapping[str, bytes]) -> Iterator[Mapping[str, bytes]]:
    """First everything there is, then one text half-written after another."""
    yield files
    answers = [p for p in files if p.endswith(".md") and "/" not in p]
    for _ in range(round(town.rng.uniform(0.5, 1.5) * town.saves) - 1):
        path = town.rng.choice(answers)
        yield {path: files[path][: town.rng.randrange(40, len(files[path]))].rpartition(b" ")[0] + b"\n"}


class Sent(Struct, frozen=True, kw_only=True):
    """An attempt in review."""

    submission: SubmissionId
    commit: CommitId
    tree: Tree
    folder: Tree
    files: Mapping[str, bytes]
    request: ReviewRequest
    base: Tree


def _submit(
    town: Town,
    kit: Kit,
    submission: SubmissionId,
    attempt: int,
    draft: tuple[Tree, Tree, CommitId],
    files: Mapping[str, bytes],
    before: Decision | None,
) -> Sent:
    base, folder, tip = draft
    policy = town.rules.assessment.for_credential(kit.definition)
    earlier = tuple(b.assessor for b in before.basis) if before else ()
    panel = choose_panel(submission, town, policy, town.loads, earlier)
    pieces, disclosures = _commit(town, kit, files, town.opened.get(submission, ()))
    town.opened[submission] = disclosures
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
    folder = _with(town, folder, {**files, **written})
    text = message(f"Submit attempt {attempt} of {submission}", "submit", submission, attempt)
    tree = base.put(folder_of(submission), folder)
    commit = town.write(tree, [tip], text, submission.earner)
    town.refs[submission_ref(submission)] = commit
    return Sent(
        submission=submission,
        commit=commit,
        tree=tree,
        folder=folder,
        files=files,
        request=request,
        base=base,
    )


def _with(town: Town, folder: Tree, files: Mapping[str, bytes]) -> Tree:
    for path, data in files.items():
        folder = folder.put(path, town.blob(data))
    return folder


def _assess(town: Town, kit: Kit, sent: Sent, assessor: PersonId, fails: bool) -> tuple[OpenReview, CommitId]:
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
    path = assessment_path(submission, attempt, assessor)
    open_ = [c.id for c in kit.definition.criteria if c.id not in sent.request.carried]
    content = make_content(assessment.scores, assessment.summary, open_, town.rng.randbytes)
    stored = seal_content(assessment, content, [town.reading.public])
    tree = sent.tree.put(path, town.blob(write_value(stored)))
    text = message(f"Assess attempt {attempt} of {submission}", "assess", submission, attempt)
    commit = town.write(tree, [sent.commit], text, assessor)
    town.refs[review_ref(submission, attempt, assessor)] = commit
    town.sealed[(submission, attempt, assessor)] = stored
    return open_review(stored, [town.reading]), commit


def _sealed(town: Town, one: OpenReview) -> Assessment:
    """A review as it is stored."""
    said = one.assessment
    return town.sealed[(said.submission, said.attempt, said.assessor)]


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
    given: tuple[OpenReview, ...],
    reviews: list[CommitId],
    before: Decision | None,
    opened: Iterable[Disclosed],
) -> tuple[Decision, Decision]:
    """What the issuer decides, with all it rests on, as one step of the main line; and as it is stored."""
    assessments = tuple(one.assessment for one in given)
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
        basis=tuple(Basis(assessor=a.assessor, commit=c) for a, c in zip(assessments, reviews, strict=True)),
        levels=tuple(
            Settled(criterion=r.criterion.id, level=r.level, carried=r.carried) for r in matrix.rows
        ),
        recommended=matrix.recommended,
        reason="Two of three saw it clearly, and so do I." if matrix.escalated else "",
        feedback="Thank you for your work.",
        badge=WORDING,
        checkpoint=Checkpoint(commit=town.commit, awards=town.awards),
    )
    stored = seal_parts(decision, given, opened, [town.reading.public])
    _put_decision(town, kit, sent, stored, (tuple(_sealed(town, one) for one in given), reviews))
    town.decided[submission.credential] = town.assessed(submission.credential) + 1
    for person in request.panel:
        town.pending[person] -= 1
    return decision, stored


def _put_decision(
    town: Town,
    kit: Kit,
    sent: Sent,
    decision: Decision,
    basis: tuple[tuple[Assessment, ...], list[CommitId]],
) -> None:
    submission, attempt = sent.submission, decision.attempt
    inside = len(folder_of(submission)) + 1
    decided = write_value(decision)
    files = {assessment_path(submission, attempt, a.assessor)[inside:]: write_value(a) for a in basis[0]}
    files[decision_path(submission, attempt)[inside:]] = decided
    if decision.outcome == "award":
        award = _write_award(town, kit, sent, decision, town.blob(decided))
        files[award_path(submission, attempt)[inside:]] = award
        town.awards += 1
        held = town.holders.get(submission.credential, frozenset())
        town.holders[submission.credential] = held | {submission.earner}
    tree = town.tree.put(folder_of(submission), _with(town, sent.folder, files))
    title = f"{decision.outcome.title()} attempt {attempt} of {submission}"
    text = message(title, "decide", submission, attempt)
    town.advance(tree, [sent.commit, *basis[1]], text, decision.issuer)


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
    )
    make_programme(given.place, size)


if __name__ == "__main__":
    main()

"""A small school in code: people, a micro-credential, a scored submission, a catalog.

Builders for tests; each takes what a test is about and fills in the rest.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from random import Random
from typing import Any

from msgspec.structs import replace

from mcred.domain.assessment import Assessment, DefinitionRef, Score
from mcred.domain.award import Reissue, Revocation
from mcred.domain.catalog import Catalog, Definition, Record
from mcred.domain.credential import (
    Credential,
    Criterion,
    Item,
    MethodComponent,
    Part,
    Research,
    Resource,
    Stack,
    Words,
)
from mcred.domain.decision import Basis, Decision, Override, Settled
from mcred.domain.erasure import Erasure
from mcred.domain.ids import BlobId, CommitId, CredentialId, PersonId, Slug, StackId, SubmissionId, Version
from mcred.domain.people import EmailHash, EmailSalt, Person, SealedEmail, SealedText, SigningKey
from mcred.domain.pieces import FileDigest, commit_to, list_contents, unchanged_criteria
from mcred.domain.programme import Issuer, Policy, Programme, Roles
from mcred.domain.rules.panel import digest_of
from mcred.domain.shown import ShownPiece
from mcred.domain.submission import (
    Answer,
    CommittedPiece,
    DrawPool,
    Evidence,
    Load,
    ReviewRequest,
    StoredFile,
    Submission,
    Work,
)
from mcred.problems import Place

MAIN = CommitId("a" * 40)
SENT = CommitId("b" * 40)
BLOB = BlobId("c" * 40)
NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
ANA, BEN, CLEO, DEV, MEI, ROSA = (PersonId(n) for n in ("ana", "ben", "cleo", "dev", "mei", "rosa"))
WAIT = CredentialId("wait-time")
ANAS = SubmissionId(ANA, WAIT)


def a_person(name: str, **changes: Any) -> Person:
    """A public person at a school of their own, with one key."""
    key = SigningKey(public=f"ssh-ed25519 {name}", since=date(2026, 9, 1))
    base = Person(
        format=2,
        id=PersonId(name),
        name=name.title(),
        school=f"{name.title()}’s School",
        keys=(key,),
        publish="public",
    )
    return replace(base, **changes)


EMAIL, EMAIL_SALT = "ana@school.example", "e5" * 16


def an_email(address: str = EMAIL, salt: str = EMAIL_SALT) -> SealedEmail:
    """An address as a profile holds it, sealed for no one."""
    sealed = base64.b64encode(b"age-encryption.org/v1\n-> X25519 " + bytes(200)).decode("ascii")
    hashed = hashlib.sha256((address + salt).encode()).hexdigest()
    return SealedEmail(hash=EmailHash(f"sha256${hashed}"), salt=EmailSalt(salt), sealed=SealedText(sealed))


def a_credential(**changes: Any) -> Credential:
    """Two parts: a written one judged pass / not yet, artifacts judged on three levels."""
    overview = Part(
        id=Slug("overview"),
        title="Overview questions",
        kind="overview",
        scale=Slug("pass"),
        items=(Item(id=Slug("setting"), title="Your setting", words=Words(min=3, max=30)),),
        criteria=(
            Criterion(
                id=Slug("context"),
                title="Context",
                levels={Slug("passing"): "Names class and goal.", Slug("not-yet"): "Does not."},
            ),
        ),
    )
    artifacts = Part(
        id=Slug("artifacts"),
        title="Artifacts",
        kind="artifacts",
        scale=Slug("three"),
        items=(
            Item(id=Slug("lesson-plan"), title="Lesson plan", accepts=(Slug("lesson-plan"),), max=2),
            Item(id=Slug("class-video"), title="Class video", accepts=(Slug("video"), Slug("observation"))),
        ),
        criteria=(
            Criterion(
                id=Slug("questions"),
                title="Questions",
                items=(Slug("lesson-plan"),),
                levels={Slug("proficient"): "Open.", Slug("basic"): "Mixed.", Slug("developing"): "Closed."},
            ),
            Criterion(
                id=Slug("waiting"),
                title="Waiting",
                items=(Slug("class-video"),),
                levels={Slug("proficient"): "3 s.", Slug("basic"): "1 s.", Slug("developing"): "None."},
                required=Slug("basic"),
            ),
        ),
    )
    base = Credential(
        format=2,
        id=WAIT,
        version=Version("1.2.0"),
        title="Wait Time",
        topics=("Questioning",),
        competency="The teacher waits after a question.",
        key_method="Three seconds of silence.",
        method_components=(MethodComponent(id=Slug("pause"), title="Pause", text="Count to three."),),
        research=(Research(citation="Rowe, M. B. (1974). Wait-time and rewards."),),
        resources=(Resource(title="A timer"),),
        scales={
            Slug("pass"): (Slug("passing"), Slug("not-yet")),
            Slug("three"): (Slug("proficient"), Slug("basic"), Slug("developing")),
        },
        parts=(overview, artifacts),
    )
    return replace(base, **changes)


def a_work(
    submission: SubmissionId = ANAS,
    *,
    answer: str = "My class of nine-year-olds.",
    plan: str = "1" * 40,
    **changes: Any,
) -> Work:
    """A complete submission; `plan` is the stored id of its lesson plan."""
    listed = Submission(
        format=2,
        credential=submission.credential,
        version=Version("1.2.0"),
        attestations=("ready", "own-work", "release"),
        evidence=(
            Evidence(
                item=Slug("lesson-plan"),
                type=Slug("lesson-plan"),
                title="Day one",
                file="evidence/plan.md",
            ),
            Evidence(
                item=Slug("class-video"),
                type=Slug("video"),
                title="Talk",
                url="https://video.example.org/1",
                sha256="0" * 64,
            ),
        ),
    )
    where = Place(file=f"portfolios/{submission}/submission.yaml")
    text = Place(file=f"portfolios/{submission}/1-overview.md", line=3)
    return Work(
        id=submission,
        submission=replace(listed, **changes),
        where=where,
        answers={Slug("setting"): Answer(text=answer, words=len(answer.split()), where=text)},
        files={"evidence/plan.md": StoredFile(blob=BlobId(plan), size=12)},
    )


def digests_of(work: Work) -> dict[str, FileDigest]:
    """A digest of each file of a work, made from its stored id."""
    return {
        path: FileDigest(sha256=stored.blob.ljust(64, "0"), bytes=stored.size)
        for path, stored in work.files.items()
    }


def random_bytes(seed: int) -> Callable[[int], bytes]:
    """Random bytes that are the same each time."""
    return Random(seed).randbytes  # noqa: S311 (not for secrets)


def commit_work(
    work: Work, definition: Credential | None = None, earlier: tuple[str, ...] = (), seed: int = 0
) -> tuple[tuple[CommittedPiece, ...], tuple[str, ...]]:
    """The pieces of a work and their disclosures, with the same salts for the same seed."""
    contents = list_contents(work, definition or a_credential(), digests_of(work))
    return commit_to(contents, earlier, random_bytes(seed))


def unchanged(before: Work, now: Work, definition: Credential) -> tuple[Slug, ...]:
    """The criteria that a second attempt leaves unchanged, by what the two requests commit to."""
    first, disclosures = commit_work(before, definition)
    return unchanged_criteria(first, commit_work(now, definition, disclosures, seed=1)[0], definition)


def a_request(submission: SubmissionId = ANAS, **changes: Any) -> ReviewRequest:
    """A review asked of one expert."""
    base = ReviewRequest(
        format=2,
        submission=submission,
        attempt=1,
        definition=DefinitionRef(version=Version("1.2.0"), blob=BLOB),
        main=MAIN,
        rule="expert",
        assessed_before=0,
        panel=(MEI,),
        candidates=(Load(person=MEI, open=0),),
        pool=DrawPool(sha256="", open=()),
        requested=NOON,
        due=date(2026, 11, 12),
        pieces=commit_work(a_work(submission))[0],
        attestations=("ready", "own-work", "release"),
    )
    asked = replace(base, **changes)
    return asked if "pool" in changes else replace(asked, pool=pool_of(asked.candidates))


def pool_of(everybody: Iterable[Load]) -> DrawPool:
    """What a request says where these could be asked."""
    loads = {load.person: load.open for load in everybody}
    many = Counter(loads.values())
    numbers = tuple(many[n] for n in range(max(many, default=-1) + 1))
    return DrawPool(sha256=digest_of(loads), open=numbers)


def an_assessment(
    assessor: PersonId = MEI,
    levels: Mapping[str, str] | None = None,
    submission: SubmissionId = ANAS,
    **changes: Any,
) -> Assessment:
    """Scores at the best levels unless told otherwise."""
    given = {"context": "passing", "questions": "proficient", "waiting": "proficient", **(levels or {})}
    base = Assessment(
        format=2,
        submission=submission,
        attempt=1,
        assessor=assessor,
        judged=SENT,
        main=MAIN,
        definition=DefinitionRef(version=Version("1.2.0"), blob=BLOB),
        conflict="none",
        assessed=NOON,
        scores=tuple(Score(criterion=Slug(c), level=Slug(v), feedback="Seen.") for c, v in given.items()),
    )
    return replace(base, **changes)


def a_decision(submission: SubmissionId = ANAS, **changes: Any) -> Decision:
    """An award on one expert's assessment."""
    base = Decision(
        format=2,
        submission=submission,
        attempt=1,
        outcome="award",
        issuer=ROSA,
        decided=NOON,
        judged=SENT,
        definition=DefinitionRef(version=Version("1.2.0"), blob=BLOB),
        rule="expert",
        basis=(Basis(assessor=MEI, commit=CommitId("e" * 40)),),
        levels=tuple(
            Settled(criterion=Slug(c), level=Slug(v))
            for c, v in (("context", "passing"), ("questions", "proficient"), ("waiting", "basic"))
        ),
        recommended="award",
        feedback="Well waited.",
    )
    return replace(base, **changes)


def a_record(submission: SubmissionId = ANAS, **changes: Any) -> Record:
    """An awarded submission."""
    base = Record(
        id=submission,
        work=replace(a_work(submission), request=a_request(submission)),
        assessments=(an_assessment(submission=submission),),
        decisions=(a_decision(submission),),
        awards={1: b"{}\n"},
    )
    made = replace(base, **changes)
    asked = {attempt: a_request(submission, attempt=attempt) for attempt in made.awards}
    return replace(made, requests=changes.get("requests", asked))


def a_shown_piece(submission: SubmissionId = ANAS, place: int = 1, **changes: Any) -> ShownPiece:
    """What Ana shows of her work: its piece number `place`, 1 the plan and 2 the video."""
    title, file = {1: ("Day one", f"{'1' * 64}.txt"), 2: ("Talk", "")}.get(place, ("", ""))
    disclosure = commit_work(a_work(submission))[1][place]
    base = ShownPiece(submission=submission, attempt=1, title=title, disclosure=disclosure, file=file)
    return replace(base, **changes)


def an_override(submission: SubmissionId = ANAS, **changes: Any) -> Override:
    """Rosa proposes to award what the levels send back."""
    base = Override(
        format=2,
        submission=submission,
        attempt=1,
        issuer=ROSA,
        judged=CommitId("d" * 40),
        main=CommitId("a" * 40),
        proposed=NOON,
        outcome="award",
        reason="I saw her teach it.",
        levels=(Settled(criterion=Slug("questions"), level=Slug("basic"), by_issuer=True, reason="Thin."),),
    )
    return replace(base, **changes)


def an_erasure(submission: SubmissionId = ANAS, **changes: Any) -> Erasure:
    """Ana erases a piece of her work."""
    base = Erasure(
        format=2,
        submission=submission,
        attempt=1,
        number=1,
        by=submission.earner,
        erased=NOON,
        reason="A child can be seen.",
        pieces=("A" * 43,),
    )
    return replace(base, **changes)


def a_revocation(submission: SubmissionId = ANAS, **changes: Any) -> Revocation:
    """Rosa takes an award back."""
    base = Revocation(
        format=2, submission=submission, attempt=1, issuer=ROSA, revoked=NOON, reason="The video is not hers."
    )
    return replace(base, **changes)


def a_reissue(submission: SubmissionId = ANAS, **changes: Any) -> Reissue:
    """Rosa issues an award a second time."""
    base = Reissue(
        format=2,
        submission=submission,
        attempt=1,
        number=2,
        kind="reissue",
        issuer=ROSA,
        issued=NOON,
        reason="The pages moved.",
        replaces="https://badges.example.org/badges/ana/wait-time/1/badge.json",
    )
    return replace(base, **changes)


def a_stack(**changes: Any) -> Stack:
    """A stack of one."""
    base = Stack(
        format=2, id=StackId("talk"), version=Version("1.0.0"), title="Classroom talk", credentials=(WAIT,)
    )
    return replace(base, **changes)


def a_programme(policy: Policy | None = None, **roles: Any) -> Programme:
    """Rosa maintains and issues, Mei is the expert."""
    base = Roles(maintainers=(ROSA,), issuers=(ROSA,), experts=(MEI,))
    return Programme(
        format=2,
        issuer=Issuer(id=Slug("leusd"), name="Lake Elmo Unified", url="https://badges.example.org"),
        roles=replace(base, **roles),
        assessment=policy or Policy(),
        work="open",
    )


def a_catalog(records: tuple[Record, ...] = (), **changes: Any) -> Catalog:
    """A programme of six people and one micro-credential; decided and holders follow from the records."""
    definition = Definition(credential=a_credential(), blob=BLOB)
    people = [a_person(str(p)) for p in (ANA, BEN, CLEO, DEV, MEI, ROSA)]
    holders: dict[CredentialId, frozenset[PersonId]] = {}
    for record in records:
        if record.live:
            already = holders.get(record.id.credential, frozenset())
            holders[record.id.credential] = already | {record.id.earner}
    base = Catalog(
        commit=MAIN,
        programme=a_programme(),
        people={p.id: p for p in people},
        definitions={WAIT: definition},
        editions={BLOB: definition.credential},
        stacks={StackId("talk"): a_stack()},
        records={r.id: r for r in records},
        awarded=sum(len(r.awards) for r in records),
        decided=frozenset((r.id, d.attempt) for r in records for d in r.decisions),
        holders=holders,
    )
    return replace(base, **changes)

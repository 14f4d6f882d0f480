"""An archive in memory: stored values by their id, so that rules can be asked without a repository."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from mcred.domain.assessment import Assessment
from mcred.domain.audit.archive import Bits, Issue, StackIssue
from mcred.domain.audit.state import Books
from mcred.domain.audit.values import AssessorCommit, Brought, Move, Sent, Touch
from mcred.domain.award import Reissue, Revocation
from mcred.domain.credential import Credential, Stack
from mcred.domain.decision import Decision, DecisionGist, read_gist
from mcred.domain.erasure import Erasure
from mcred.domain.ids import BlobId, CommitId, CredentialId, PersonId, StackId, SubmissionId
from mcred.domain.invitation import Invitation
from mcred.domain.people import Person, Word
from mcred.domain.pieces import Disclosures, FileDigest
from mcred.domain.programme import Programme
from mcred.domain.recognition.decided import RecognitionDecision
from mcred.domain.recognition.evidence import PresentedBadge
from mcred.domain.recognition.policy import RecognitionPolicy
from mcred.domain.seats import Assignment
from mcred.domain.stack_badge import StackReissue, StackRevocation
from mcred.domain.submission import ReviewRequest, Work
from tests.school import ANA, ANAS, WAIT

T = TypeVar("T")
STEP = CommitId("5" * 40)
EARLIER = CommitId("4" * 40)


def blob(name: str) -> BlobId:
    """A stored file's id with a name that a reader knows again."""
    return BlobId(name)


@dataclass
class Shelf:
    """Whatever a test puts there; all else cannot be read."""

    stored: dict[str, object] = field(default_factory=dict)
    signers: dict[str, str] = field(default_factory=dict)
    words: dict[str, Word] = field(default_factory=dict)
    trees: dict[tuple[str, str], BlobId] = field(default_factory=dict)
    states: dict[str, Sent] = field(default_factory=dict)
    before: tuple[Sent, ...] = ()
    reviews: dict[tuple[str, str], AssessorCommit] = field(default_factory=dict)
    works: dict[str, Work] = field(default_factory=dict)
    sums: dict[str, FileDigest] = field(default_factory=dict)
    opened: dict[BlobId, Disclosures] = field(default_factory=dict)
    erasures: dict[str, Erasure] = field(default_factory=dict)
    doubts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    places: dict[str, tuple[str, int]] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    stack_issues: list[StackIssue] = field(default_factory=list)
    awarded: tuple[PresentedBadge, ...] = ()

    def _get(self, stored: BlobId | None, kind: type[T]) -> T | None:
        value = self.stored.get(stored or "")
        return value if isinstance(value, kind) else None

    def programme(self, blob: BlobId | None) -> Programme | None:
        return self._get(blob, Programme)

    def person(self, blob: BlobId | None, person: PersonId | None) -> Person | None:
        found = self._get(blob, Person)
        return found if found is not None and found.id == person else None

    def invitation(self, blob: BlobId | None, person: PersonId | None) -> Invitation | None:
        found = self._get(blob, Invitation)
        return found if found is not None and found.person == person else None

    def policy(self, blob: BlobId | None, policy: str) -> RecognitionPolicy | None:
        return self._get(blob, RecognitionPolicy)

    def recognized(self, touch: Touch) -> RecognitionDecision | None:
        return self._get(touch.new, RecognitionDecision)

    def presented(
        self, commit: CommitId, person: PersonId, policy: RecognitionPolicy
    ) -> tuple[PresentedBadge, ...]:
        return self.awarded

    def definition(self, blob: BlobId | None, credential: CredentialId | None) -> Credential | None:
        found = self._get(blob, Credential)
        return found if found is not None and found.id == credential else None

    def stack(self, blob: BlobId | None, stack: StackId | None) -> Stack | None:
        found = self._get(blob, Stack)
        return found if found is not None and found.id == stack else None

    def decision(self, touch: Touch) -> Decision | None:
        found = self._get(touch.new, Decision)
        same = found is not None and (found.submission, found.attempt) == (touch.submission, touch.attempt)
        return found if same else None

    def gist(self, touch: Touch) -> DecisionGist | None:
        found = self.decision(touch)
        definition = self.definition(found.definition.blob, touch.credential) if found else None
        return read_gist(found, definition) if found else None

    def revocation(self, touch: Touch) -> Revocation | None:
        return self._get(touch.new, Revocation)

    def reissue(self, touch: Touch) -> Reissue | None:
        found = self._get(touch.new, Reissue)
        return found if found is not None and found.number == touch.number else None

    def assignment(self, touch: Touch) -> Assignment | None:
        return self._get(touch.new, Assignment)

    def assessment(self, touch: Touch) -> Assessment | None:
        return self._get(touch.new, Assessment)

    def request(self, touch: Touch) -> ReviewRequest | None:
        return self._get(touch.new, ReviewRequest)

    def signer(self, commit: CommitId) -> str | None:
        return self.signers.get(commit)

    def word(self, commit: CommitId) -> Word | None:
        return self.words.get(commit)

    def blob_at(self, commit: CommitId, path: str) -> BlobId | None:
        return self.trees.get((commit, path))

    def brought_in(self, move: Move) -> Mapping[str, Sequence[Brought]]:
        return {}

    def sent(self, commit: CommitId, submission: SubmissionId) -> Sent | None:
        return self.states.get(commit)

    def earlier(self, commit: CommitId, submission: SubmissionId, main: CommitId) -> tuple[Sent, ...]:
        return self.before

    def knew_newer(self, commit: CommitId, main: CommitId) -> bool:
        return False

    def judged(self, commit: CommitId, path: str) -> AssessorCommit | None:
        return self.reviews.get((commit, path))

    def work(self, commit: CommitId, submission: SubmissionId, definition: Credential) -> Work | None:
        return self.works.get(commit)

    def digests(self, commit: CommitId, submission: SubmissionId) -> Mapping[str, FileDigest]:
        return self.sums

    def disclosures(self, blob: BlobId | None) -> Disclosures | None:
        return self.opened.get(blob) if blob is not None else None

    def erasure(self, touch: Touch) -> Erasure | None:
        return self.erasures.get(touch.path)

    def badge_doubts(self, issue: Issue) -> tuple[str, ...]:
        self.issues.append(issue)
        return self.doubts.get(issue.document, ())

    def stack_doubts(self, issue: StackIssue) -> tuple[str, ...]:
        self.stack_issues.append(issue)
        return self.doubts.get(issue.document, ())

    def stack_revocation(self, touch: Touch) -> StackRevocation | None:
        return self._get(touch.new, StackRevocation)

    def stack_reissue(self, touch: Touch) -> StackReissue | None:
        return self._get(touch.new, StackReissue)

    def stack_definition(self, document: BlobId) -> BlobId | None:
        return self._get(BlobId(f"definition of {document}"), str)  # type: ignore[return-value]

    def badge_id(self, document: BlobId) -> str:
        return f"id of {document}"

    def place(self, document: BlobId) -> tuple[str, int] | None:
        return self.places.get(document)

    def bits(self, blob: BlobId, programme: Programme) -> Bits | None:
        return self._get(blob, Bits)


def books_of(**stored: object) -> tuple[Shelf, Books]:
    """Empty books over a shelf with some stored values."""
    shelf = Shelf(stored=dict(stored))
    return shelf, Books(archive=shelf, positions={})


def a_move(
    *touches: Touch,
    commit: str = STEP,
    before: str | None = EARLIER,
    signer: str | None = "ssh-ed25519 rosa",
    parents: tuple[str, ...] = (),
) -> Move:
    """A step signed by Rosa; `parents` are what it brings in beside the main line."""
    line = () if before is None else (CommitId(before),)
    return Move(
        commit=CommitId(commit),
        before=CommitId(before) if before is not None else None,
        signer=signer,
        event="",
        parents=(*line, *(CommitId(p) for p in parents)),
        touches=touches,
    )


def rules_touch(new: str | None, old: str | None = None) -> Touch:
    """The programme's rules."""
    return Touch(path="mcred.yaml", kind="programme", old=_id(old), new=_id(new))


def profile_touch(person: PersonId, new: str | None, old: str | None = None) -> Touch:
    """Someone's profile."""
    path = f"portfolios/{person}/profile.yaml"
    return Touch(path=path, kind="profile", old=_id(old), new=_id(new), person=person)


def definition_touch(new: str | None, old: str | None = None) -> Touch:
    """The definition of the micro-credential."""
    path = f"credentials/{WAIT}/credential.yaml"
    return Touch(path=path, kind="definition", old=_id(old), new=_id(new), credential=WAIT)


def own_touch(
    kind: str,
    new: str | None,
    *,
    old: str | None = None,
    attempt: int = 1,
    number: int = 1,
    submission: SubmissionId = ANAS,
    assessor: PersonId | None = None,
) -> Touch:
    """A file of a submission; its name tells kind, attempt and number."""
    return Touch(
        path=f"portfolios/{submission}/{kind}s/{attempt}-{assessor or number}",
        kind=kind,
        old=_id(old),
        new=_id(new),
        person=submission.earner,
        credential=submission.credential,
        attempt=attempt,
        number=number,
        assessor=assessor,
    )


def list_touch(new: str | None, old: str | None = None, path: str = "status/1.json") -> Touch:
    """A status list."""
    return Touch(path=path, kind="status list", old=_id(old), new=_id(new))


def stack_touch(kind: str, new: str | None, *, number: int = 1, person: PersonId = ANA) -> Touch:
    """A file of someone's stack."""
    path = f"portfolios/{person}/stacks/talk/{kind.split()[1]}s/{number}"
    stack = StackId("talk")
    return Touch(path=path, kind=kind, old=None, new=_id(new), person=person, stack=stack, number=number)


def _id(name: str | None) -> BlobId | None:
    return BlobId(name) if name is not None else None

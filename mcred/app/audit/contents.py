"""A cache of decoded files by blob id: read in bulk, decoded once, large files left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from msgspec import Struct

from mcred.app.catalogs import catalog_of
from mcred.app.recognition.award_files import read_awards
from mcred.badges.replacements import badge_id
from mcred.badges.stack_badge import read_definition
from mcred.badges.status_places import read_place
from mcred.domain.assessment import Assessment
from mcred.domain.audit.values import Move, Touch
from mcred.domain.award import Reissue, Revocation
from mcred.domain.credential import Credential, Stack
from mcred.domain.decision import Decision, DecisionGist, read_gist
from mcred.domain.erasure import Erasure
from mcred.domain.ids import BlobId, CommitId, CredentialId, PersonId, StackId
from mcred.domain.invitation import Invitation
from mcred.domain.layout import PROGRAMME, folder_of_person
from mcred.domain.people import Person
from mcred.domain.pieces import Disclosures
from mcred.domain.programme import Programme
from mcred.domain.recognition.decided import RecognitionDecision
from mcred.domain.recognition.evidence import PresentedBadge
from mcred.domain.recognition.on_record import read_record
from mcred.domain.recognition.policy import RecognitionPolicy, can_count
from mcred.domain.seats import Assignment, DeclinedReview
from mcred.domain.stack_badge import StackReissue, StackRevocation
from mcred.domain.submission import ReviewRequest
from mcred.formats.decode import decode
from mcred.formats.yaml_reader import MAX_BYTES
from mcred.store.batch import read_small
from mcred.store.git import Repo

T = TypeVar("T")


SHAPES: Mapping[str, type] = {
    "programme": Programme,
    "profile": Person,
    "invitation": Invitation,
    "recognized": RecognitionDecision,
    "definition": Credential,
    "stack": Stack,
    "request": ReviewRequest,
    "assessment": Assessment,
    "declined": DeclinedReview,
    "assignment": Assignment,
    "decision": Decision,
    "revocation": Revocation,
    "reissue": Reissue,
    "erasure": Erasure,
    "stack revocation": StackRevocation,
    "stack reissue": StackReissue,
}
"""What each kind of record is read as."""


class ReadFiles(Struct, frozen=True, kw_only=True):
    """What the state takes of some files, by their names."""

    people: Mapping[BlobId, Person]
    gists: Mapping[BlobId, DecisionGist]


class ContentCache:
    """Decoded values of stored files. Call `forget` before each window of steps, so that memory stays
    bounded."""

    def __init__(self, repo: Repo) -> None:
        self.repo = repo
        self._blobs: dict[BlobId, bytes] = {}
        self._kept: dict[tuple[BlobId, type], object] = {}
        self._read: dict[tuple[BlobId, type], object] = {}
        self._gists: dict[BlobId, DecisionGist] = {}

    def forget(self) -> None:
        """Drop the bytes, and the values that only one step needs."""
        self._blobs, self._read = {}, {}

    def tell(self, moves: Iterable[Move]) -> ReadFiles:
        """What the state takes of the files of some steps."""
        touches = [touch for move in moves for touch in move.touches if touch.new is not None]
        people = ((t.new, self.person(t.new, t.person)) for t in touches if t.kind == "profile")
        gists = ((t.new, self.gist(t)) for t in touches if t.kind == "decision")
        return ReadFiles(
            people={blob: person for blob, person in people if blob and person},
            gists={blob: gist for blob, gist in gists if blob and gist},
        )

    def know(self, files: ReadFiles) -> None:
        """Take what `tell` told of some files, which need not be read then."""
        self._kept.update(((blob, Person), person) for blob, person in files.people.items())
        self._gists.update(files.gists)

    def is_known(self, blob: BlobId) -> bool:
        """Whether what the state takes of a stored file is read already."""
        return blob in self._gists or (blob, Person) in self._kept

    def programme(self, blob: BlobId | None) -> Programme | None:
        """The rules in a stored file, None when it cannot be decoded."""
        return self._keep(blob, Programme)

    def person(self, blob: BlobId | None, person: PersonId | None) -> Person | None:
        """The profile in a stored file, if it is that person's."""
        found = self._keep(blob, Person)
        return found if found is not None and found.id == person else None

    def invitation(self, blob: BlobId | None, person: PersonId | None) -> Invitation | None:
        """The invitation in a stored file, if it is that person's."""
        found = self._value(blob, Invitation)
        return found if found is not None and found.person == person else None

    def policy(self, blob: BlobId | None, policy: str) -> RecognitionPolicy | None:
        """The recognition policy in a stored file, if it has that id and can be counted with."""
        found = self._keep(blob, RecognitionPolicy)
        return found if found is not None and found.id == policy and can_count(found) else None

    def recognized(self, touch: Touch) -> RecognitionDecision | None:
        """The recorded decision in a stored file, if it is of that person, policy and number."""
        found = self._value(touch.new, RecognitionDecision)
        place = (touch.person, touch.policy, touch.number)
        same = found is not None and (found.person, found.policy, found.number) == place
        return found if same else None

    def presented(
        self, commit: CommitId, person: PersonId, policy: RecognitionPolicy
    ) -> tuple[PresentedBadge, ...]:
        """What the files of a commit say a person was awarded, with the policy's days."""
        tree = read_awards(self.repo, commit, PROGRAMME, folder_of_person(person))
        rules = tree.entries.get(PROGRAMME)
        if self.programme(rules.blob if rules else None) is None:
            return ()
        return tuple(read_record(catalog_of(self.repo, tree)[0], person, policy))

    def definition(self, blob: BlobId | None, credential: CredentialId | None) -> Credential | None:
        """The definition in a stored file, if it is of that micro-credential and has the scales it names."""
        found = self._keep(blob, Credential)
        return found if found is not None and found.id == credential and found.is_scalable else None

    def stack(self, blob: BlobId | None, stack: StackId | None) -> Stack | None:
        """The stack in a stored file, if it is that one."""
        found = self._keep(blob, Stack)
        return found if found is not None and found.id == stack else None

    def decision(self, touch: Touch) -> Decision | None:
        """The decision in a stored file, if it is of that attempt."""
        found = self._value(touch.new, Decision)
        same = found is not None and (found.submission, found.attempt) == (touch.submission, touch.attempt)
        return found if same else None

    def gist(self, touch: Touch) -> DecisionGist | None:
        """The gist of the decision in a stored file, cached for the whole audit, if it is of that attempt."""
        if touch.new is None:
            return None
        found = self._gists.get(touch.new)
        if found is None and (decision := self.decision(touch)) is not None:
            definition = self.definition(decision.definition.blob, touch.credential)
            found = self._gists[touch.new] = read_gist(decision, definition)
        same = found is not None and found.place == (touch.person, touch.credential, touch.attempt)
        return found if same else None

    def revocation(self, touch: Touch) -> Revocation | None:
        """The revocation in a stored file, if it is of that attempt."""
        found = self._value(touch.new, Revocation)
        same = found is not None and (found.submission, found.attempt) == (touch.submission, touch.attempt)
        return found if same else None

    def reissue(self, touch: Touch) -> Reissue | None:
        """The reissue record in a stored file, if it is of that attempt and number."""
        found = self._value(touch.new, Reissue)
        place = (touch.submission, touch.attempt, touch.number)
        same = found is not None and (found.submission, found.attempt, found.number) == place
        return found if same else None

    def assignment(self, touch: Touch) -> Assignment | None:
        """An issuer's assignment in a stored file, if it is of that attempt and number."""
        found = self._value(touch.new, Assignment)
        place = (touch.submission, touch.attempt, touch.number)
        same = found is not None and (found.submission, found.attempt, found.number) == place
        return found if same else None

    def erasure(self, touch: Touch) -> Erasure | None:
        """The erasure in a stored file, if it is of that attempt and number."""
        found = self._value(touch.new, Erasure)
        place = (touch.submission, touch.attempt, touch.number)
        same = found is not None and (found.submission, found.attempt, found.number) == place
        return found if same else None

    def disclosures(self, blob: BlobId | None) -> Disclosures | None:
        """What opens pieces, in a stored file."""
        return self._value(blob, Disclosures)

    def stack_revocation(self, touch: Touch) -> StackRevocation | None:
        """The revocation of a stack badge in a stored file, if it is of that badge."""
        found = self._value(touch.new, StackRevocation)
        place = (touch.person, touch.stack, touch.number)
        same = found is not None and (found.earner, found.stack, found.number) == place
        return found if same else None

    def stack_reissue(self, touch: Touch) -> StackReissue | None:
        """The reissue record of a stack badge in a stored file, if it is of that badge."""
        found = self._value(touch.new, StackReissue)
        place = (touch.person, touch.stack, touch.number)
        same = found is not None and (found.earner, found.stack, found.number) == place
        return found if same else None

    def assessment(self, touch: Touch) -> Assessment | None:
        """The assessment in a stored file, if it is of that attempt and assessor."""
        found = self._value(touch.new, Assessment)
        place = (touch.submission, touch.attempt, touch.assessor)
        same = found is not None and (found.submission, found.attempt, found.assessor) == place
        return found if same else None

    def request(self, touch: Touch) -> ReviewRequest | None:
        """The review request in a stored file."""
        return self._value(touch.new, ReviewRequest)

    def read_as(self, kind: str, blob: BlobId) -> object | None:
        """The value of a stored file of some kind, None where it is no record or cannot be decoded."""
        shape = SHAPES.get(kind)
        return None if shape is None else self._value(blob, shape)

    def prefetch(self, touches: Iterable[Touch]) -> None:
        """Load at once what `read_as` is asked for next: both versions of changed records."""
        records = [t for t in touches if t.kind in SHAPES and t.old is not None and t.new is not None]
        self._fetch(blob for t in records for blob in (t.old, t.new) if blob is not None)

    def stored(self, blob: BlobId) -> bytes:
        """The bytes of a small stored file, none when it cannot be read."""
        return self._bytes([blob]).get(blob, b"")

    def stack_definition(self, document: BlobId) -> BlobId | None:
        """The stored definition of the stack that a badge names."""
        return read_definition(self._bytes([document]).get(document, b""))

    def badge_id(self, document: BlobId) -> str:
        """A badge's own id."""
        return badge_id(self._bytes([document]).get(document, b""))

    def place(self, document: BlobId) -> tuple[str, int] | None:
        """A badge's status list and index."""
        found = read_place(self._bytes([document]).get(document, b""))
        return (found.list, found.index) if found else None

    def _bytes(self, blobs: Iterable[BlobId]) -> Mapping[BlobId, bytes]:
        wanted = list(blobs)
        self._fetch(wanted)
        return {b: self._blobs[b] for b in wanted if b in self._blobs}

    def _fetch(self, blobs: Iterable[BlobId], *, here: bool = False) -> None:
        """Load the bytes of these blobs, unless they are too large to be a file of the programme.

        `here`: a tree lists them, so a missing one means that a part of the history is missing.
        """
        if wanted := [b for b in blobs if b not in self._blobs]:
            self._blobs.update(read_small(self.repo, wanted, MAX_BYTES, here=here))

    def _value(self, blob: BlobId | None, shape: type[T]) -> T | None:
        """A decoded value, cached for a window of steps, since one decision needs it several times."""
        if blob is None:
            return None
        if (blob, shape) not in self._read:
            data = self._bytes([blob]).get(blob)
            self._read[(blob, shape)] = None if data is None else decode(data, shape, "")[0]
        return self._read[(blob, shape)]  # type: ignore[return-value]

    def _keep(self, blob: BlobId | None, shape: type[T]) -> T | None:
        """A decoded value that many steps need, cached for the whole audit."""
        if blob is None:
            return None
        if (blob, shape) not in self._kept:
            self._kept[(blob, shape)] = self._value(blob, shape)
        return self._kept[(blob, shape)]  # type: ignore[return-value]

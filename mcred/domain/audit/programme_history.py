"""The programme's state at each commit of main: rules, people, definitions, decisions, holders.

An audit reads history forward but looks up earlier states, such as the one a review was requested from. So
each fact is stored with the step (the number of the commit) it began at, and `at(n)` is the programme after n
steps. The caller keeps two: one as read at the time, one with valid changes only.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Generic, TypeVar

from msgspec import Struct, field

from mcred.domain.credential import Stack
from mcred.domain.decision import Decision
from mcred.domain.erasure import Erasure, erased_pieces
from mcred.domain.ids import BlobId, CommitId, CredentialId, PersonId, Slug, StackId, SubmissionId, Version
from mcred.domain.invitation import Invitation
from mcred.domain.people import Person
from mcred.domain.programme import Issuer, Programme, Roles
from mcred.domain.recognition.policy import RecognitionPolicy
from mcred.domain.seats import Assignment

NOBODYS = Programme(
    format=2, issuer=Issuer(id=Slug("nobody"), name=""), roles=Roles(maintainers=(), issuers=())
)
"""Rules without any role."""
K = TypeVar("K")
V = TypeVar("V")


class _Series(Generic[K, V]):
    """Values by key and step."""

    def __init__(self) -> None:
        self._steps: dict[K, list[int]] = defaultdict(list)
        self._values: dict[K, list[V | None]] = defaultdict(list)

    def put(self, step: int, key: K, value: V | None) -> None:
        self._steps[key].append(step)
        self._values[key].append(value)

    def get(self, step: int, key: K) -> V | None:
        steps = self._steps.get(key)
        if not steps:
            return None
        # Most people and rules are as they were when they came.
        at = len(steps) if steps[-1] <= step else bisect_right(steps, step)
        return self._values[key][at - 1] if at else None

    def between(self, after: int, until: int, key: K) -> list[tuple[int, V]]:
        """(step, value) for each change of a key after `after`, up to `until`."""
        pairs = zip(self._steps.get(key, []), self._values.get(key, []), strict=True)
        return [(step, v) for step, v in pairs if v is not None and after < step <= until]

    def steps(self, key: K) -> Sequence[int]:
        """The steps at which a key changed."""
        return self._steps.get(key, ())

    def __iter__(self) -> Iterator[K]:
        return iter(self._steps)


class Holding:
    """The holders of each micro-credential by step. Caches the last lookup, which panels repeat."""

    def __init__(self) -> None:
        self._steps: dict[CredentialId, list[int]] = defaultdict(list)
        self._changes: dict[CredentialId, list[tuple[PersonId, int]]] = defaultdict(list)
        self._last: dict[CredentialId, tuple[int, frozenset[PersonId]]] = {}

    def put(self, step: int, submission: SubmissionId, change: int) -> None:
        """Record an award (+1) or a revocation (-1)."""
        self._steps[submission.credential].append(step)
        self._changes[submission.credential].append((submission.earner, change))

    def get(self, step: int, credential: CredentialId) -> frozenset[PersonId]:
        """The people with more awards than revocations at a step."""
        count = bisect_right(self._steps.get(credential, []), step)
        known, people = self._last.get(credential, (0, frozenset()))
        if known != count:
            balance: dict[PersonId, int] = defaultdict(int)
            for person, change in self._changes[credential][:count]:
                balance[person] += change
            people = frozenset(person for person, awards in balance.items() if awards > 0)
            self._last[credential] = (count, people)
        return people

    def steps(self, credential: CredentialId) -> Sequence[int]:
        """The steps of awards and revocations."""
        return self._steps.get(credential, ())

    def __contains__(self, credential: object) -> bool:
        return credential in self._steps

    def __iter__(self) -> Iterator[CredentialId]:
        return iter(self._steps)

    def __len__(self) -> int:
        return len(self._steps)


class Edition(Struct, frozen=True, kw_only=True):
    """A definition that was on main."""

    version: Version
    blob: BlobId
    commit: CommitId


class ProgrammeHistory(Struct, kw_only=True):
    """All facts, each by the step it began at."""

    rules: _Series[str, Programme] = field(default_factory=_Series)
    people: _Series[PersonId, Person] = field(default_factory=_Series)
    invitations: _Series[PersonId, Invitation] = field(default_factory=_Series)
    policies: _Series[str, tuple[BlobId, RecognitionPolicy]] = field(default_factory=_Series)
    """What is recognized, by the policy's id."""
    editions: _Series[CredentialId, Edition] = field(default_factory=_Series)
    stacks: _Series[StackId, tuple[BlobId, Stack]] = field(default_factory=_Series)
    decisions: _Series[SubmissionId, Decision] = field(default_factory=_Series)
    assessors: _Series[SubmissionId, tuple[PersonId, ...]] = field(default_factory=_Series)
    assigned: _Series[tuple[SubmissionId, int], tuple[Assignment, ...]] = field(default_factory=_Series)
    """Assignments by issuers, by submission and attempt."""
    erased: _Series[SubmissionId, tuple[Erasure, ...]] = field(default_factory=_Series)
    counted: dict[CredentialId, list[int]] = field(default_factory=lambda: defaultdict(list))
    """The steps of the decisions on each micro-credential."""
    held: Holding = field(default_factory=Holding)

    def assigned_to(self, step: int, submission: SubmissionId, attempt: int) -> tuple[Assignment, ...]:
        """Issuers' assignments for an attempt at a step."""
        return self.assigned.get(step, (submission, attempt)) or ()

    def at(self, step: int, commit: CommitId) -> HistoryState:
        """The programme after `step` steps, which is commit `commit`."""
        return HistoryState(self, step, commit)


class HistoryState:
    """The programme at one step; a `RecordState` for `domain.rules`."""

    def __init__(self, ledger: ProgrammeHistory, step: int, commit: CommitId) -> None:
        self._ledger = ledger
        self.step = step
        self.commit = commit

    @property
    def programme(self) -> Programme:
        """The rules; without roles where none could be read yet."""
        return self._ledger.rules.get(self.step, "") or NOBODYS

    @cached_property
    def people(self) -> Mapping[PersonId, Person]:
        """All confirmed people."""
        return _View(self._ledger.people, self.step)

    def invitation(self, person: PersonId) -> Invitation | None:
        """A person's invitation at this step, used or not."""
        return self._ledger.invitations.get(self.step, person)

    def policy(self, name: str) -> tuple[BlobId, RecognitionPolicy] | None:
        """A recognition policy's blob and what it says."""
        return self._ledger.policies.get(self.step, name)

    @cached_property
    def holders(self) -> Mapping[CredentialId, frozenset[PersonId]]:
        """Micro-credential → its holders."""
        return _Holders(self._ledger.held, self.step)

    def assessed(self, credential: CredentialId) -> int:
        """The number of decided attempts of a micro-credential."""
        return bisect_right(self._ledger.counted.get(credential, []), self.step)

    def edition(self, credential: CredentialId) -> Edition | None:
        """A micro-credential's definition at this step."""
        return self._ledger.editions.get(self.step, credential)

    def editions_since(self, step: int, credential: CredentialId) -> list[tuple[int, Edition]]:
        """(step, definition) for each change of a micro-credential's definition since a step."""
        return self._ledger.editions.between(step, self.step, credential)

    def stack(self, stack: StackId) -> tuple[BlobId, Stack] | None:
        """A stack's blob and definition at this step."""
        return self._ledger.stacks.get(self.step, stack)

    def decision(self, submission: SubmissionId) -> Decision | None:
        """The newest decision on a submission."""
        return self._ledger.decisions.get(self.step, submission)

    def assessors(self, submission: SubmissionId) -> tuple[PersonId, ...]:
        """Everyone whose assessment of a submission is on main."""
        return self._ledger.assessors.get(self.step, submission) or ()

    def erasures(self, submission: SubmissionId) -> tuple[Erasure, ...]:
        """What was erased of a submission."""
        return self._ledger.erased.get(self.step, submission) or ()

    def erased(self, submission: SubmissionId) -> frozenset[str]:
        """The commitments of a submission's erased pieces."""
        return erased_pieces(self.erasures(submission))

    def assigned_to(self, submission: SubmissionId, attempt: int) -> tuple[Assignment, ...]:
        """Issuers' assignments for an attempt."""
        return self._ledger.assigned_to(self.step, submission, attempt)


class _View(Mapping[K, V]):
    """A series at one step."""

    def __init__(self, series: _Series[K, V], step: int) -> None:
        self._series, self._step = series, step

    def __getitem__(self, key: K) -> V:
        value = self._series.get(self._step, key)
        if value is None:
            raise KeyError(key)
        return value

    def __iter__(self) -> Iterator[K]:
        return (k for k in self._series if self._series.get(self._step, k) is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class _Holders(Mapping[CredentialId, frozenset[PersonId]]):
    """Holders at one step."""

    def __init__(self, held: Holding, step: int) -> None:
        self._held, self._step = held, step

    def __getitem__(self, key: CredentialId) -> frozenset[PersonId]:
        if key not in self._held:
            raise KeyError(key)
        return self._held.get(self._step, key)

    def __iter__(self) -> Iterator[CredentialId]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)

"""The programme's state at each commit of main: rules, people, definitions, decisions, holders.

An audit reads history forward but looks up earlier states, such as the one a review was requested from. So
each fact is stored with the step (the number of the commit) it began at, and `at(n)` is the programme after n
steps. The caller keeps two: one as read at the time, one with valid changes only.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence, Set
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


class _Members(Generic[K]):
    """What is in a set at each step: whatever was added more often than it was taken away.

    Keeps the set that was asked for last, since the next one is nearly the same.
    """

    def __init__(self) -> None:
        self.steps: list[int] = []
        self._changes: list[tuple[K, int]] = []
        self._count = 0
        self._balance: dict[K, int] = defaultdict(int)
        self._found: frozenset[K] = frozenset()

    def put(self, step: int, key: K, change: int) -> None:
        self.steps.append(step)
        self._changes.append((key, change))

    def get(self, step: int) -> frozenset[K]:
        count = bisect_right(self.steps, step)
        if count != self._count:
            first, last = sorted((count, self._count))
            for key, change in self._changes[first:last]:
                self._balance[key] += change if count == last else -change
            changed = {key for key, _ in self._changes[first:last]}
            here = {key for key in changed if self._balance[key] > 0}
            self._found, self._count = self._found - changed | here, count
        return self._found


class Holding:
    """The holders of each micro-credential by step."""

    def __init__(self) -> None:
        self._members: dict[CredentialId, _Members[PersonId]] = defaultdict(_Members)

    def put(self, step: int, submission: SubmissionId, change: int) -> None:
        """Record an award (+1) or a revocation (-1)."""
        self._members[submission.credential].put(step, submission.earner, change)

    def get(self, step: int, credential: CredentialId) -> frozenset[PersonId]:
        """The people with more awards than revocations at a step."""
        return self._members[credential].get(step) if credential in self else frozenset()

    def steps(self, credential: CredentialId) -> Sequence[int]:
        """The steps of awards and revocations."""
        return self._members[credential].steps if credential in self else ()

    def __contains__(self, credential: object) -> bool:
        return credential in self._members

    def __iter__(self) -> Iterator[CredentialId]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)


class _People(_Series[PersonId, Person]):
    """Profiles by person and step, and who may have a conflict with whom."""

    def __init__(self) -> None:
        super().__init__()
        self._confirmed: _Members[PersonId] = _Members()
        self._at_school: dict[str, set[PersonId]] = defaultdict(set)
        """Everyone whose profile ever named a school."""
        self._named_by: dict[PersonId, set[PersonId]] = defaultdict(set)
        """Everyone whose profile ever named a person as a conflict."""

    def put(self, step: int, key: PersonId, value: Person | None) -> None:
        change = (value is not None) - (self.get(step, key) is not None)
        super().put(step, key, value)
        if change:
            self._confirmed.put(step, key, change)
        if value is not None:
            if value.school:
                self._at_school[value.school.casefold()].add(key)
            for other in value.conflicts:
                self._named_by[other].add(key)

    def find_close(self, step: int, earner: PersonId, people: Collection[PersonId]) -> Set[PersonId]:
        """As in `ProgrammeState`."""
        author = self.get(step, earner)
        close = {earner, *self._named_by.get(earner, ())}
        if author is not None:
            close.update(author.conflicts, self._at_school.get(author.school.casefold(), ()))
        return close.intersection(people) | frozenset(people).difference(self._confirmed.get(step))


ReadDecision = Callable[[], Decision | None]
"""Reads a decision. Few are asked for, and all of them would fill the memory."""


class Edition(Struct, frozen=True, kw_only=True):
    """A definition that was on main."""

    version: Version
    blob: BlobId
    commit: CommitId


class ProgrammeHistory(Struct, kw_only=True):
    """All facts, each by the step it began at."""

    rules: _Series[str, Programme] = field(default_factory=_Series)
    people: _People = field(default_factory=_People)
    invitations: _Series[PersonId, Invitation] = field(default_factory=_Series)
    policies: _Series[str, tuple[BlobId, RecognitionPolicy]] = field(default_factory=_Series)
    """What is recognized, by the policy's id."""
    editions: _Series[CredentialId, Edition] = field(default_factory=_Series)
    stacks: _Series[StackId, tuple[BlobId, Stack]] = field(default_factory=_Series)
    decisions: _Series[SubmissionId, ReadDecision] = field(default_factory=_Series)
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

    def find_close(self, earner: PersonId, people: Collection[PersonId]) -> Set[PersonId]:
        """As in `ProgrammeState`."""
        return self._ledger.people.find_close(self.step, earner, people)

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
        read = self._ledger.decisions.get(self.step, submission)
        return read() if read is not None else None

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

"""Adds up a replay: what each step was found to be becomes the state, the proofs and the findings.

A step is checked here or in another process (`app.audit.spread`); a step's result is a value, and only the
order of the steps counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from mcred.domain.assessment import Attested
from mcred.domain.audit.archive import Archive
from mcred.domain.audit.state import Books
from mcred.domain.audit.values import Finding, Move, Proof, RecognitionProof, StackProof, Touch
from mcred.domain.audit.watch import Reviewed, Watch
from mcred.domain.decision import describe_attested, describe_departures
from mcred.domain.erasure import describe_erased
from mcred.domain.ids import CommitId, PersonId, StackId, SubmissionId

_StackBadge = tuple[PersonId, StackId, int]
"""The earner, stack and number of a stack badge."""


class Audited(Struct, frozen=True, kw_only=True):
    """The result of a replay: a proof of every award, every finding, and how much was checked."""

    proofs: tuple[Proof, ...]
    findings: tuple[Finding, ...]
    steps: int
    tip: CommitId | None
    stacks: tuple[StackProof, ...] = ()
    """A proof of every stack badge."""
    recognized: tuple[RecognitionProof, ...] = ()
    """A proof of every recorded decision on what is recognized."""
    warnings: tuple[Finding, ...] = ()
    """What breaks no rule and is worth a look."""

    @property
    def clean(self) -> bool:
        """Whether there are no findings."""
        return not self.findings


class CheckedStep(Struct, frozen=True, kw_only=True):
    """What the check of one step found."""

    findings: tuple[Finding, ...] = ()
    attested: Mapping[PersonId, Attested] = field(default_factory=dict)
    """The attested assessments of the attempt that it decides."""
    places: tuple[tuple[tuple[str, int], str], ...] = ()
    """Status list entries that badges of this step are the first to have, with their paths."""
    requested: int = 0
    """The step that the decided request was read from."""
    reviews: tuple[Reviewed, ...] = ()
    """The assessments that its decision rests on."""

    @property
    def wrong(self) -> frozenset[str]:
        """The paths at which nothing confers a right."""
        return frozenset(f.path for f in self.findings)

    @property
    def doubted(self) -> frozenset[SubmissionId]:
        """The submissions of which nothing in this step confers a right."""
        return frozenset(f.submission for f in self.findings if f.submission)


UNCHECKED = CheckedStep()
"""A step that an earlier audit checked."""


class Tally:
    """The result of a replay so far."""

    def __init__(self, books: Books, lost: Iterable[tuple[CommitId, CommitId]]) -> None:
        """`books`: filled while steps are taken. `lost`: (merge, parent) pairs of what main leaves out."""
        self.books = books
        self.watch = Watch()
        self.findings: list[Finding] = [
            Finding(
                code="line-lost", commit=merge, path="", what=f"this step leaves out what {parent[:12]} had"
            )
            for merge, parent in lost
        ]
        self._awarded: dict[tuple[SubmissionId, int], tuple[CommitId, Mapping[str, Any]]] = {}
        self._stacked: dict[_StackBadge, CommitId] = {}
        self._recognized: dict[str, RecognitionProof] = {}
        """By path, without what is found of it later."""
        self._about: dict[str, _StackBadge] = {}
        """Path → the stack badge it belongs to."""

    def take(self, move: Move, checked: CheckedStep) -> None:
        """Add the next step."""
        books = self.books
        decided = find_decision(move)
        self.findings.extend(checked.findings)
        for place, path in checked.places:
            books.places.setdefault(place, path)
        if checked.attested and decided is not None and decided.submission is not None:
            books.attested[(decided.submission, decided.attempt)] = dict(checked.attested)
        if checked is not UNCHECKED:
            rules = next((t.new for t in move.touches if t.kind == "programme"), None)
            self.watch.see(move, len(books) + 1, books.archive.programme(rules))
            if decided is not None:
                self.watch.add(len(books) + 1, checked.requested, checked.reviews)
        for touch in move.touches:
            if touch.kind == "award" and touch.submission and touch.old is None and touch.number == 1:
                said = _departures(touch.submission, decided, books.archive)
                self._awarded.setdefault((touch.submission, touch.attempt), (move.commit, said))
            if touch.kind == "recognized" and touch.person and touch.old is None:
                proof = RecognitionProof(
                    person=touch.person,
                    policy=touch.policy,
                    number=touch.number,
                    commit=move.commit,
                    findings=(),
                )
                self._recognized.setdefault(touch.path, proof)
            if touch.person and touch.stack:
                self._about[touch.path] = badge = (touch.person, touch.stack, touch.number)
                if touch.kind == "stack award" and touch.old is None:
                    self._stacked.setdefault(badge, move.commit)
        books.enter(move, checked.wrong, checked.doubted)

    def finish(self) -> Audited:
        """The whole result."""
        return Audited(
            proofs=tuple(self._prove()),
            findings=tuple(self.findings),
            steps=len(self.books),
            tip=self.books.tip or None,
            stacks=tuple(self._prove_stacks()),
            recognized=tuple(
                replace(proof, findings=tuple(f for f in self.findings if f.path == path))
                for path, proof in self._recognized.items()
            ),
            warnings=self.watch.warnings(),
        )

    def _prove_stacks(self) -> Iterator[StackProof]:
        against: dict[_StackBadge, list[Finding]] = defaultdict(list)
        for finding in self.findings:
            if finding.path in self._about:
                against[self._about[finding.path]].append(finding)
        for badge, commit in self._stacked.items():
            person, stack, number = badge
            yield StackProof(
                person=person, stack=stack, number=number, commit=commit, findings=tuple(against[badge])
            )

    def _prove(self) -> Iterator[Proof]:
        books = self.books
        against: dict[SubmissionId, list[Finding]] = defaultdict(list)
        for finding in self.findings:
            if finding.submission is not None:
                against[finding.submission].append(finding)
        for (submission, attempt), (commit, said) in self._awarded.items():
            attested = books.attested.get((submission, attempt), {})
            yield Proof(
                submission=submission,
                attempt=attempt,
                commit=commit,
                findings=tuple(f for f in against[submission] if f.attempt in (0, attempt)),
                attested=tuple(f"{person} on {found.host}" for person, found in sorted(attested.items())),
                erased=describe_erased(books.now.erasures(submission), attempt),
                **said,
            )


def find_decision(move: Move) -> Touch | None:
    """The decision that a commit adds, or None."""
    return next((t for t in move.touches if t.kind == "decision" and t.old is None), None)


def _departures(submission: SubmissionId, decided: Touch | None, archive: Archive) -> dict[str, Any]:
    """The fields of a proof for an award that does not follow from levels that the assessors signed alone.

    Taken from the decision, which (8) compares with the assessments.
    """
    gist = archive.gist(decided) if decided is not None else None
    decision = archive.decision(decided) if decided is not None and gist and not gist.is_plain else None
    if decision is None:
        return {}
    definition = archive.definition(decision.definition.blob, submission.credential)
    said = describe_departures(decision, definition) if definition is not None else ()
    return {
        "departures": said,
        "is_override": decision.is_override,
        "said_attested": describe_attested(decision),
    }

"""The state accumulated by a replay, twice: as readable at each commit of main, and with valid changes only.

A count or a panel is computed from the first, as it was at the time; a right (a key, a role, a badge held)
comes from the second alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

from msgspec import Struct, field

from mcred.domain.assessment import Attested
from mcred.domain.audit.archive import Archive
from mcred.domain.audit.programme_history import Edition, HistoryState, ProgrammeHistory
from mcred.domain.audit.values import Finding, Move, Touch
from mcred.domain.decision import Decision
from mcred.domain.ids import BlobId, CommitId, CredentialId, PersonId, StackId, SubmissionId, Version
from mcred.domain.people import fingerprint
from mcred.domain.recognition.decided import JudgedRecord, LedgerKey


class GivenAward(Struct, kw_only=True):
    """An award: its decision's file, and its badges by number."""

    decision: BlobId
    documents: dict[int, BlobId] = field(default_factory=dict)
    revoked: bool = False
    begins: datetime | None = None
    """The start of the newest badge's validity, if it was renewed."""


class Books(Struct, kw_only=True):
    """All state accumulated by the replay so far."""

    archive: Archive
    positions: Mapping[CommitId, int]
    seen: ProgrammeHistory = field(default_factory=ProgrammeHistory)
    right: ProgrammeHistory = field(default_factory=ProgrammeHistory)
    owner: dict[str, PersonId] = field(default_factory=dict)
    """Signing key → its owner."""
    rules_seen: set[BlobId] = field(default_factory=set)
    used: dict[tuple[CredentialId, Version], tuple[int, BlobId]] = field(default_factory=dict)
    """Versions in use: the step since when, and their blob."""
    wording: int = 0
    """The newest wording version of badges."""
    checkpoints: bool = False
    """Whether any decision has a checkpoint, so that later ones need one."""
    given: dict[tuple[SubmissionId, int], GivenAward] = field(default_factory=dict)
    stacked: dict[tuple[PersonId, StackId], dict[int, BlobId]] = field(default_factory=dict)
    """Stack badges by number."""
    unstacked: set[tuple[PersonId, StackId, int]] = field(default_factory=set)
    """Revoked stack badges."""
    lists: dict[str, BlobId] = field(default_factory=dict)
    """Path of each status list → its newest blob."""
    places: dict[tuple[str, int], str] = field(default_factory=dict)
    """Status list entry → the badge that has it."""
    attested: dict[tuple[SubmissionId, int], dict[PersonId, Attested]] = field(default_factory=dict)
    """Attested assessments: those of an attempt that their assessors did not sign themselves."""
    attempts: dict[SubmissionId, list[int]] = field(default_factory=lambda: defaultdict(list))
    erasures: dict[tuple[SubmissionId, int], int] = field(default_factory=dict)
    """How many erasures lie beside an attempt."""
    recognized: dict[LedgerKey, list[JudgedRecord]] = field(default_factory=dict)
    """What was recorded as recognized, in the order of its steps."""
    judged: Mapping[LedgerKey, Sequence[JudgedRecord]] = field(default_factory=dict)
    """The same of trusted steps, where it was checked although they are trusted."""
    dates: list[datetime] = field(default_factory=list)
    """The stated date of each step; the beginning of 1970 for one that cannot be read."""
    founded: datetime | None = None
    """When the programme was founded."""
    latest: datetime | None = None
    """The latest date of a step so far."""
    today: datetime | None = None
    """The time of the audit, None when dates are not compared with it."""
    steps: int = 0
    tip: CommitId = field(default_factory=lambda: CommitId(""))

    def __len__(self) -> int:
        return self.steps

    @property
    def now(self) -> HistoryState:
        """The current state with valid changes only."""
        return self.right.at(self.steps, self.tip)

    def then(self, commit: CommitId) -> HistoryState | None:
        """The state as readable at an earlier commit of main; None for any other commit."""
        step = self.place(commit)
        return None if step is None else self.seen.at(step, commit)

    def place(self, commit: CommitId) -> int | None:
        """The steps up to a commit of main; None for any other commit, and for later ones."""
        step = self.positions.get(commit)
        return None if step is None or step > self.steps else step

    def rights(self, commit: CommitId) -> HistoryState:
        """The state at an earlier commit of main with valid changes only; the current one for any other."""
        step = self.place(commit)
        return self.now if step is None else self.right.at(step, commit)

    def last_attempt(self, submission: SubmissionId) -> int:
        """The newest attempt that was decided."""
        return max(self.attempts.get(submission, ()), default=0)

    def decisions_on(self, submission: SubmissionId) -> tuple[Decision, ...]:
        """The readable decisions on a submission, oldest first, right or wrong."""
        readers = self.seen.decisions.between(0, self.steps, submission)
        return tuple(found for _, read in readers if (found := read()) is not None)

    def awards(self) -> int:
        """The number of awards."""
        return len(self.given)

    def signer(self, move: Move) -> tuple[PersonId | None, tuple[Finding, ...]]:
        """The signer of a move, and the findings about it."""
        if move.signer is None:
            return None, (self._against(move, "not-signed", "it is not signed, or its signature is broken"),)
        person = self.owner.get(move.signer)
        if person is None:
            return None, (self._against(move, "unknown-key", "it is signed with a key that no one here has"),)
        profile = self.now.people.get(person)
        if profile is None or not profile.signs_with(move.signer):
            what = f"it is signed with a key that {person} no longer uses"
            return None, (self._against(move, "retired-key", what, person),)
        return person, ()

    def owner_now(self, signer: str | None) -> PersonId | None:
        """The owner of a key in use, None for any other key."""
        person = self.owner.get(signer or "")
        profile = self.now.people.get(person) if person else None
        return person if profile is not None and profile.signs_with(signer) else None

    def name_signer(self, key: str | None) -> str:
        """Who made a signature, by name and id; a key that no one lists is a stranger's."""
        if key is None:
            return "no one"
        person = self.owner.get(key)
        if person is None:
            return f"a stranger's key {fingerprint(key)}"
        profile = self.now.people.get(person)
        return f"{profile.name} ({person})" if profile is not None else person

    def _against(self, move: Move, code: str, what: str, person: PersonId | None = None) -> Finding:
        first = next((t for t in move.touches if t.kind == "decision"), move.touches[0])
        return Finding(
            code=code,
            commit=move.commit,
            path=first.path,
            what=what,
            person=person,
            submission=first.submission,
            attempt=first.attempt,
        )

    def enter(self, move: Move, wrong: frozenset[str], doubted: frozenset[SubmissionId]) -> None:
        """Add a move to the state; nothing at a `wrong` path, and no `doubted` award, confers a right."""
        self.steps += 1
        self.tip = move.commit
        self.dates.append(move.when or datetime.fromtimestamp(0, UTC))
        self.founded = move.when if self.founded is None else self.founded
        self.latest = max((w for w in (self.latest, move.when) if w is not None), default=None)
        unsigned = bool(wrong) and self._is_unsigned(move)
        for touch in move.touches:
            submission = touch.submission
            is_doubted = bool(doubted) and submission in doubted
            is_right = not (unsigned or is_doubted or touch.path in wrong)
            for book in (self.seen, self.right) if is_right else (self.seen,):
                if submission is None:
                    self._enter(touch, move, book)
                elif touch.old is None:
                    self._enter_judged(touch, submission, book)
            if is_right and touch.kind == "profile":
                self._enter_keys(touch)
            if touch.kind == "recognized":
                self._file_recognized(touch, is_right=is_right)
            if touch.kind != "assessment":
                self._file(touch, submission, move, right=not is_doubted)

    def _is_unsigned(self, move: Move) -> bool:
        """Whether a move has no known signer: then nothing in it confers a right."""
        return move.before is not None and self.owner_now(move.signer) is None

    def _enter(self, touch: Touch, move: Move, book: ProgrammeHistory) -> None:
        step, credential = self.steps, touch.credential
        # What is judged is entered when it is new; rules, people and definitions at every change.
        match touch.kind:
            case "programme":
                rules = self.archive.programme(touch.new)
                if rules is not None:
                    book.rules.put(step, "", rules)
            case "profile" if touch.person is not None:
                book.people.put(step, touch.person, self.archive.person(touch.new, touch.person))
            case "invitation" if touch.person is not None:
                invited = self.archive.invitation(touch.new, touch.person)
                book.invitations.put(step, touch.person, invited)
            case "recognition policy":
                policy = self.archive.policy(touch.new, touch.policy)
                book.policies.put(step, touch.policy, (touch.new, policy) if touch.new and policy else None)
            case "definition" if credential is not None:
                found = self.archive.definition(touch.new, credential)
                edition = (
                    Edition(version=found.version, blob=touch.new, commit=move.commit)
                    if found is not None and touch.new is not None
                    else None
                )
                book.editions.put(step, credential, edition)
            case "stack" if touch.stack is not None:
                stack = self.archive.stack(touch.new, touch.stack)
                book.stacks.put(step, touch.stack, (touch.new, stack) if touch.new and stack else None)

    def _enter_keys(self, touch: Touch) -> None:
        """Add the keys of a profile, each with its owner."""
        if (profile := self.archive.person(touch.new, touch.person)) is not None:
            for key in profile.keys:
                self.owner.setdefault(key.public, profile.id)

    def _enter_judged(self, touch: Touch, submission: SubmissionId, book: ProgrammeHistory) -> None:
        """Add a new decision, assessment, assignment, award or revocation."""
        step = self.steps
        match touch.kind:
            case "assessment" if touch.assessor is not None:
                known = book.assessors.get(step, submission) or ()
                if touch.assessor not in known:
                    book.assessors.put(step, submission, (*known, touch.assessor))
            case "decision":
                book.counted[submission.credential].append(step)
                if self.archive.gist(touch) is not None:
                    book.decisions.put(step, submission, partial(self.archive.decision, touch))
            case "assignment":
                said, place = self.archive.assignment(touch), (submission, touch.attempt)
                if said is not None:
                    book.assigned.put(step, place, (*book.assigned_to(step, *place), said))
            case "erasure":
                erasure = self.archive.erasure(touch)
                if erasure is not None:
                    before = book.erased.get(step, submission) or ()
                    book.erased.put(step, submission, (*before, erasure))
            case "award" if touch.number == 1:
                book.held.put(step, submission, 1)
            case "revocation":
                book.held.put(step, submission, -1)

    def _file(self, touch: Touch, submission: SubmissionId | None, move: Move, *, right: bool) -> None:
        """Add facts that count whether valid or not, and those that a valid decision sets for later ones."""
        if touch.kind == "programme" and touch.new is not None:
            self.rules_seen.add(touch.new)
        elif touch.kind == "status list" and touch.new is not None:
            self.lists[touch.path] = touch.new
        elif touch.person is not None and touch.stack is not None:
            self._file_stacked(touch, touch.person, touch.stack)
        elif submission is None or touch.new is None:
            return
        elif touch.kind == "decision" and touch.old is None:
            self.attempts[submission].append(touch.attempt)
            gist = self.archive.gist(touch)
            if gist is not None and right:
                version = gist.definition.version
                self.used.setdefault((submission.credential, version), (self.steps, gist.definition.blob))
                self.wording = max(self.wording, gist.badge)
                self.checkpoints = self.checkpoints or gist.has_checkpoint
        elif touch.kind == "award":
            decided = next((t.new for t in move.touches if t.kind == "decision"), None)
            given = self.given.setdefault(
                (submission, touch.attempt), GivenAward(decision=decided or BlobId(""))
            )
            given.documents.setdefault(touch.number, touch.new)
        elif touch.kind == "reissue" and (submission, touch.attempt) in self.given:
            reissue = self.archive.reissue(touch)
            if reissue is not None and reissue.kind == "renew":
                self.given[(submission, touch.attempt)].begins = reissue.issued
        elif touch.kind == "erasure" and touch.old is None:
            place = (submission, touch.attempt)
            self.erasures[place] = self.erasures.get(place, 0) + 1
        elif touch.kind == "revocation" and (submission, touch.attempt) in self.given:
            self.given[(submission, touch.attempt)].revoked = True

    def _file_recognized(self, touch: Touch, *, is_right: bool) -> None:
        if touch.person is not None and touch.old is None:
            key = (touch.person, touch.policy)
            known, judged = self.recognized.setdefault(key, []), self.judged.get(key, ())
            if any(one.number == touch.number for one in known):
                return
            one = JudgedRecord(number=touch.number, said=self.archive.recognized(touch), is_right=is_right)
            known.append(judged[len(known)] if len(known) < len(judged) else one)

    def _file_stacked(self, touch: Touch, person: PersonId, stack: StackId) -> None:
        """Add a stack badge, or its end."""
        if touch.kind == "stack award" and touch.new is not None:
            self.stacked.setdefault((person, stack), {}).setdefault(touch.number, touch.new)
        elif touch.kind == "stack revocation":
            self.unstacked.add((person, stack, touch.number))
        elif touch.kind == "stack reissue":
            self.unstacked.add((person, stack, touch.number - 1))

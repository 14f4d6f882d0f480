"""Reads answers to what is in review: assessments and declines. `domain.rules.acceptance` checks each.

Declines come first, since who is asked depends on them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from mcred.app.rights import Rights
from mcred.app.sealed.opening import why_not_sealed
from mcred.domain.assessment import Assessment, check_scores
from mcred.domain.catalog import ProgrammeState
from mcred.domain.credential import Credential
from mcred.domain.ids import BlobId, CommitId, CredentialId, PersonId, SubmissionId
from mcred.domain.layout import FoundRef, assessment_path, declined_path
from mcred.domain.rules.acceptance import Arrived, check_assessment, check_declined
from mcred.domain.rules.rights import reasons_there, why_not_under
from mcred.domain.seats import DeclinedReview, Seats
from mcred.domain.status import Event, EventKind, Standing, seat_by
from mcred.domain.submission import ReviewRequest
from mcred.formats.decode import decode
from mcred.store.batch import read_files
from mcred.store.diffs import list_many_changes
from mcred.store.git import Repo
from mcred.store.log import Commit, parse_commit
from mcred.store.snapshot import read_objects

ReviewKey = tuple[SubmissionId, int, PersonId]
Editions = Callable[[Repo, BlobId, CredentialId], Credential]
"""Reads a definition by its stored bytes."""


class TurnedAway(Struct, frozen=True, kw_only=True):
    """An answer that was rejected, and why."""

    ref: str
    commit: CommitId
    reasons: tuple[str, ...]
    event: Event | None = None
    """The event it was meant to be, where that can be read."""


class _Answer(Struct, frozen=True, kw_only=True):
    """An assessor's answer: an assessment or a decline."""

    ref: str
    assessor: PersonId
    commit: Commit
    path: str
    said: Assessment | DeclinedReview | None
    """None where it cannot be read."""
    arrived: Arrived
    declines: bool


class ReviewReader:
    """Reads answers against one commit of main, and collects the accepted and the rejected ones."""

    def __init__(self, repo: Repo, rights: Rights, editions: Editions) -> None:
        self.editions = editions
        self.repo = repo
        self.catalog = rights.catalog
        self.rights = rights
        self.turned_away: list[TurnedAway] = []
        self.accepted: dict[ReviewKey, Assessment] = {}
        self._read: dict[tuple[BlobId, CredentialId], Credential] = {}

    def read(
        self, refs: list[tuple[str, FoundRef, CommitId]], standings: Mapping[SubmissionId, Standing]
    ) -> Iterator[Event]:
        """Read declines, then assessments of open attempts by the people who are asked by then."""
        wanted = []
        for name, parsed, tip in refs:
            standing = standings.get(parsed.submission)
            if standing is None or not standing.is_open or standing.attempt != parsed.attempt:
                continue
            if standing.request is None or standing.judged is None or parsed.assessor is None:
                continue
            wanted.append((name, parsed.assessor, tip, standing))
        answers: dict[SubmissionId, list[_Answer]] = {}
        for (*_, standing), answer in zip(wanted, self._answers(wanted), strict=True):
            answers.setdefault(standing.submission, []).append(answer)
        everything = [answer.said for found in answers.values() for answer in found]
        self.rights.learn(said.main for said in everything if said is not None)
        for submission, found in answers.items():
            standing = standings[submission]
            given_back = [event for answer in found if (event := self._given_back(answer, standing))]
            seats = seat_by(standing.request, (*standing.changes, *given_back))
            yield from (e for e in given_back if self._was_asked(e, seats, found))
            for answer in found:
                if not answer.declines and (event := self._assessed(answer, standing, seats)):
                    yield event

    def _answers(self, wanted: Sequence[tuple[str, PersonId, CommitId, Standing]]) -> Iterator[_Answer]:
        """The answer at each tip, all of them read together."""
        tips = [tip for _, _, tip, _ in wanted]
        commits = [parse_commit(CommitId(n), raw) for n, _, raw in read_objects(self.repo, tips)]
        parents = [c.parents[0] if len(c.parents) == 1 else None for c in commits]
        changes = list_many_changes(self.repo, list(zip(tips, parents, strict=True)))
        touched = [tuple((c.path, c.new.mode if c.new else "") for c in found) for found in changes]
        places = []
        for (_, assessor, tip, standing), paths in zip(wanted, touched, strict=True):
            declined = declined_path(standing.submission, standing.attempt, assessor)
            declines = declined in (path for path, _ in paths)
            scores = assessment_path(standing.submission, standing.attempt, assessor)
            places.append((tip, declined if declines else scores, declines))
        files = read_files(self.repo, [(tip, path) for tip, path, _ in places])
        for (ref, assessor, _, _), commit, parent, paths, (_, path, declines), data in zip(
            wanted, commits, parents, touched, places, files, strict=True
        ):
            yield _Answer(
                ref=ref,
                assessor=assessor,
                commit=commit,
                path=path,
                said=_read(data or b"", path, declines=declines),
                arrived=Arrived(signer=commit.signer, parent=parent, touched=paths),
                declines=declines,
            )

    def _turn_away(self, answer: _Answer, *reasons: str) -> None:
        self.turned_away.append(TurnedAway(ref=answer.ref, commit=answer.commit.id, reasons=reasons))

    def _given_back(self, answer: _Answer, standing: Standing) -> Event | None:
        """A decline, but for whether its author was asked; None for anything else."""
        request, judged, declined = standing.request, standing.judged, answer.said
        if not answer.declines or judged is None or request is None:
            return None
        if not isinstance(declined, DeclinedReview):
            self._turn_away(answer, "it cannot be read")
            return None
        place = (standing.submission, standing.attempt, answer.assessor, answer.path)
        reasons = self._reasons(
            answer,
            (declined.main, request),
            lambda at: check_declined(declined, answer.arrived, place, judged, at),
        )
        if reasons:
            self._turn_away(answer, *reasons)
            return None
        return replace(_event(answer, standing, "decline-review"), declined=declined)

    def _reasons(
        self,
        answer: _Answer,
        under: tuple[CommitId, ReviewRequest],
        reasons_at: Callable[[ProgrammeState], tuple[str, ...]],
        *people: PersonId,
        signed: bool = True,
    ) -> tuple[str, ...]:
        """Why an answer does not count. `under`: the commit of main that it names, and its request."""
        main, request = under
        if why := why_not_under(main, request.main, self.rights.place):
            return (why,)
        there = self.rights.at(main, answer.commit.id, request.submission, answer.assessor, *people)
        return reasons_there(there, self.catalog, reasons_at, signed=signed)

    def _was_asked(self, event: Event, seats: Seats, answers: Iterable[_Answer]) -> bool:
        """Whether there was a review to decline; rejected otherwise."""
        if event.person in seats.everybody:
            return True
        answer = next(a for a in answers if a.commit.id == event.commit)
        self._turn_away(answer, f"{event.person} is not assigned to assess this")
        return False

    def _assessed(self, answer: _Answer, standing: Standing, seats: Seats) -> Event | None:
        """An assessment by a current member of the panel; None when it is rejected."""
        request, judged, assessment = standing.request, standing.judged, answer.said
        if not isinstance(assessment, Assessment) or request is None or judged is None:
            self._turn_away(answer, "its scores cannot be read")
            return None
        definition, attested = self._definition(request), assessment.attested
        place = (standing.submission, standing.attempt, answer.assessor, answer.path)
        people = (attested.by,) if attested else ()

        def reasons_at(state: ProgrammeState) -> tuple[str, ...]:
            policy = state.programme.assessment.for_credential(definition)
            return check_assessment(assessment, answer.arrived, place, judged, request, state, policy, seats)

        under = (assessment.main, request)
        reasons = self._reasons(answer, under, reasons_at, *people, signed=attested is None)
        open_criteria = tuple(c.id for c in definition.criteria if c.id not in request.carried)
        if assessment.attested is not None:
            reasons += tuple(f.what for f in check_scores(assessment.scores, definition, open_criteria))
        reasons += why_not_sealed(assessment, open_criteria)
        if reasons:
            self._turn_away(answer, *reasons)
            return None
        self.accepted[(standing.submission, standing.attempt, answer.assessor)] = assessment
        return _event(answer, standing, "assess")

    def _definition(self, request: ReviewRequest) -> Credential:
        """The rubric that was submitted for."""
        key = (request.definition.blob, request.submission.credential)
        today = self.catalog.definitions.get(key[1])
        if today is not None and today.blob == key[0]:
            self._read[key] = today.credential
        if key not in self._read:
            self._read[key] = self.editions(self.repo, *key)
        return self._read[key]


def _read(data: bytes, path: str, *, declines: bool) -> Assessment | DeclinedReview | None:
    return decode(data, DeclinedReview, path)[0] if declines else decode(data, Assessment, path)[0]


def _event(answer: _Answer, standing: Standing, kind: EventKind) -> Event:
    return Event(
        kind=kind,
        submission=standing.submission,
        attempt=standing.attempt,
        person=answer.assessor,
        commit=answer.commit.id,
        when=answer.commit.when,
    )

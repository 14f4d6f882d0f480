"""Changes to an award after it was made: finds the award that is meant and commits the change to main.

A revocation is final. A reissued award is a new document beside the old one, which names the badge it
replaces; the old badge's status list entry is set. Nothing that was issued is ever edited or deleted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, ClassVar, Generic, Literal, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from mcred.app.awards.decide import require_issuer
from mcred.app.awards.status_lists import read_ledger, store_lists, take_place
from mcred.app.clock import stamp
from mcred.app.commit import ChangeSet, commit_to_main
from mcred.app.events import AttemptEvent
from mcred.app.keys.issuer import issuer_method, write_award
from mcred.app.pending import read_request
from mcred.app.use_case import Command, Confirmation, Plan, Question, Result
from mcred.app.work.page_wishes import refuse_against_wish
from mcred.app.workspace import Workspace
from mcred.badges.keys import IssuerKey, issuer_did
from mcred.badges.open_badge import AwardFacts, Replaced
from mcred.badges.proof import issuer_of
from mcred.badges.proof_pair import proofs_of
from mcred.badges.replacements import badge_id
from mcred.badges.status_places import StatusLedger, read_place
from mcred.domain.award import Reissue, Revocation
from mcred.domain.catalog import Record
from mcred.domain.decision import Decision
from mcred.domain.ids import BlobId, PersonId, SubmissionId
from mcred.domain.layout import award_path, decision_path, reissue_path, revocation_path
from mcred.formats.encode import encode
from mcred.problems import Exit, McredError, NextStep, next_step
from mcred.store.write import put_blob

MAX_REASON = 6000
AGAIN = timedelta(days=1)
"""Within this time the same command again is taken as a repetition."""


R = TypeVar("R", bound=Result)


class ChangeCommand(Command[R], Generic[R], frozen=True, kw_only=True):
    """A change to an award; its reason stays on record."""

    reason: str = ""


class ChangePlan(Plan[R], Generic[R], frozen=True, kw_only=True):
    """A change to an award, with the question for its reason."""

    command: ChangeCommand[R]
    why: ClassVar[str]
    """The question for the reason."""
    kept: ClassVar[str] = "Nothing was issued."
    ending: ClassVar[str] = ""
    """The ending of the confirmation question."""
    is_final: ClassVar[bool] = False
    """Whether it cannot be undone, so that a caller that cannot ask must confirm it beforehand."""
    deed: str
    """What is done, as text that continues *Would …*."""

    @property
    def reason(self) -> str:
        """The reason the command has."""
        return self.command.reason.strip()

    def questions(self) -> Iterator[Question]:
        """The reason, unless the command has one."""
        if not self.reason:
            yield Question(field="reason", text=self.why, option='--reason "TEXT"')

    def settle(self, ws: Workspace) -> Plan[R] | R:
        """This plan, unchanged. Raises McredError without a reason, or for one that is too long."""
        self.check_reason(ws)
        return self

    def check_reason(self, ws: Workspace) -> None:
        """Raises McredError without a reason, or for one that is too long."""
        if not self.reason or len(self.reason) > MAX_REASON:
            what = f"the reason has {len(self.reason)} characters; the limit is {MAX_REASON}"
            raise McredError(
                what if self.reason else "a reason is required; it goes on record",
                hint=f'{ws.ctx.typed} --reason "TEXT"',
                code=Exit.USAGE,
            )

    def confirmation(self) -> Confirmation:
        """Asks whether to go ahead."""
        return Confirmation(
            would=f"Would {self.deed}. Nothing was changed.",
            question=f"{self.deed[0].upper()}{self.deed[1:]}{self.ending}?",
            kept=self.kept,
            is_required=self.is_final,
        )


class Step(Struct):
    """A commit of main being built: its files, and the status lists it changes."""

    ws: Workspace
    me: PersonId
    key: IssuerKey | None
    ledger: StatusLedger
    changes: dict[str, BlobId | None] = field(default_factory=dict)
    issued: list[tuple[SubmissionId, int]] = field(default_factory=list)
    """The attempts whose award has a new badge."""

    def revoke(self, record: Record, attempt: int, reason: str) -> None:
        """Revoke an award: every badge that was issued for it."""
        revocation = Revocation(
            format=2,
            submission=record.id,
            attempt=attempt,
            issuer=self.me,
            revoked=stamp(self.ws),
            reason=reason,
        )
        self.put(revocation_path(record.id, attempt), encode(revocation))
        for document in record.documents(attempt).values():
            self.end(document)

    def issue_again(
        self, record: Record, attempt: int, kind: Literal["renew", "reissue"], reason: str
    ) -> None:
        """Replace the newest badge by a new one. Raises McredError where it cannot be made."""
        documents = record.documents(attempt)
        old, number = documents[max(documents)], max(documents) + 1
        reissue = Reissue(
            format=2,
            submission=record.id,
            attempt=attempt,
            number=number,
            kind=kind,
            issuer=self.me,
            issued=stamp(self.ws),
            reason=reason,
            replaces=badge_id(old),
        )
        award = self._make(gather_facts(self.ws, record, attempt), reissue, old)
        self.put(award_path(record.id, attempt, number), award)
        self.put(reissue_path(record.id, attempt, number), encode(reissue))
        self.end(old)
        self.issued.append((record.id, attempt))

    def finish(self) -> tuple[str, ...]:
        """Sign the status lists; returns the addresses of those that can no longer be changed."""
        written, lost = store_lists(self.ws, self.ledger, self.key)
        self.changes.update(written)
        return lost

    def _make(self, facts: AwardFacts, reissue: Reissue, old: bytes) -> bytes:
        begins = self.ws.catalog.records[reissue.submission].begins(reissue.attempt)
        whole = replace(
            facts,
            number=reissue.number,
            begins=reissue.issued if reissue.kind == "renew" else begins,
            replaces=Replaced(id=reissue.replaces, document=old) if reissue.replaces else None,
        )
        place = take_place(self.ledger, facts.programme, self.key)
        decided = self.ws.tree.entries[decision_path(reissue.submission, reissue.attempt)].blob
        return write_award(whole, decided, self.key, place, created=reissue.issued)

    def end(self, document: bytes) -> None:
        """Set a badge's status list entry, if it has one."""
        if place := read_place(document):
            self.ledger.revoke(place)

    def put(self, path: str, data: bytes) -> None:
        """Add a file to this commit."""
        self.changes[path] = put_blob(self.ws.repo, data)


def commit_step(
    ws: Workspace,
    key: IssuerKey | None,
    fill: Callable[[Step], tuple[str, tuple[AttemptEvent, ...]]],
    again: NextStep,
) -> tuple[Workspace, tuple[str, ...]]:
    """Commit to main a step that `fill` fills; `fill` returns its message and its events.

    Returns the programme at the new commit, and the addresses of lists that can no longer be changed. `fill`
    is called again for every state of main that is tried, and may raise. `again`: the command that repeats
    this.
    """
    lost: tuple[str, ...] = ()

    def decide(now: Workspace) -> ChangeSet:
        nonlocal lost
        step = Step(now, require_issuer(now, None), key, read_ledger(now, key))
        text, events = fill(step)
        lost = step.finish()
        return ChangeSet(changes=step.changes, merged=(), text=text, events=events)

    return commit_to_main(ws, decide, again), lost


def gather_facts(ws: Workspace, record: Record, attempt: int) -> AwardFacts:
    """What an award was made from, read again from the record. Raises McredError for what is missing."""
    decision = decision_of(record, attempt)
    definition = ws.catalog.editions.get(decision.definition.blob)
    earner = ws.catalog.people.get(record.id.earner)
    if definition is None or earner is None:
        missing = "the definition it was decided by" if definition is None else "its earner's profile"
        raise McredError(f"{record.id}, attempt {attempt}: {missing} cannot be read", hint=next_step("lint"))
    refuse_against_wish(ws, earner.id)
    request = read_request(ws.repo, decision.judged, record.id)
    return AwardFacts(
        programme=ws.catalog.programme,
        definition=definition,
        earner=earner,
        decision=decision,
        submitted=decision.judged,
        pieces=request.pieces if request else (),
    )


def decision_of(record: Record, attempt: int) -> Decision:
    """The decision that awarded an attempt. Raises McredError when it cannot be read."""
    found = next((d for d in record.decisions if d.attempt == attempt), None)
    if found is None:
        raise McredError(
            f"the decision on {record.id}, attempt {attempt}, cannot be read", hint=next_step("lint")
        )
    return found


def pick_award(ws: Workspace, submission: SubmissionId, attempt: int | None = None) -> tuple[Record, int]:
    """The award that is meant: the attempt named, or the newest awarded one, revoked or not."""
    record = ws.catalog.records.get(submission)
    awarded = sorted({*record.awards, *(a for a, _ in record.issued_again)}) if record else []
    if record is None or not awarded:
        word = ws.standing(submission).word
        raise McredError(f"{submission} was not awarded ({word})", hint=next_step("queue", "--all"))
    if attempt is not None and attempt not in awarded:
        numbers = ", ".join(str(n) for n in awarded)
        raise McredError(
            f"attempt {attempt} of {submission} was not awarded; awarded: {numbers}",
            hint=f"the same command with --attempt {awarded[-1]}",
        )
    return record, attempt or awarded[-1]


def say_revoked(record: Record, attempt: int) -> str:
    """When, by whom and why an award was revoked, as a sentence."""
    found = record.revocations.get(attempt)
    if found is None:
        return f"{record.id}, attempt {attempt}, is revoked."
    said = f"{record.id}, attempt {attempt}, was revoked by {found.issuer} on {found.revoked.date()}"
    return f"{said}: {found.reason}"


def find_same(ws: Workspace, record: Record, attempt: int, kind: str, reason: str = "") -> Reissue | None:
    """The newest reissue, if it is the one requested now: of this kind (and reason), less than a day old."""
    newest = next((r for r in reversed(record.reissues) if r.attempt == attempt), None)
    if newest is None or newest.kind != kind or (reason and newest.reason != reason):
        return None
    return newest if ws.ctx.now() - newest.issued < AGAIN else None


def find_outdated(ws: Workspace, key: IssuerKey) -> Iterator[tuple[Record, int]]:
    """Every valid award whose badge does not name today's issuer and key."""
    programme = ws.catalog.programme
    did, method = issuer_did(programme.site.url, key.multibase), issuer_method(programme, key)
    for record in sorted(ws.catalog.records.values(), key=lambda r: r.id):
        for attempt in record.live:
            if is_outdated(record.current(attempt) or b"", did, method):
                yield record, attempt


def is_outdated(document: bytes, did: str, method: str) -> bool:
    """Whether a badge does not name this issuer and key."""
    found = _parse(document)
    methods = {proof.get("verificationMethod") for proof in proofs_of(found)}
    return issuer_of(found) != did or methods != {method}


def _parse(document: bytes) -> dict[str, Any]:
    try:
        found = json.loads(document)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}

"""Gathers from the record how a stack badge came about: its rule, its badges, its later changes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from mcred.app.audit.classify import touch_of
from mcred.app.audit.run import AuditResult
from mcred.app.awards.explain_attempt import Happening
from mcred.app.workspace import unknown
from mcred.domain.audit.values import Finding, StackProof, Touch
from mcred.domain.credential import Stack
from mcred.domain.ids import CommitId, PersonId, StackId
from mcred.domain.layout import folder_of_stack
from mcred.domain.stack_badge import StackAward
from mcred.formats.stack_badge import read_stack_award
from mcred.problems import next_step


class StackStory(Struct, frozen=True, kw_only=True):
    """A person's badges of one stack from the first to the newest, with their audit result."""

    person: PersonId
    stack: StackId
    award: StackAward | None
    """The newest badge; None where it cannot be read."""
    number: int
    given_in: CommitId
    given: datetime | None
    """When the first of them was issued."""
    definition: Stack | None
    """The stack as it was when the badge was issued."""
    contained: tuple[tuple[str, str], ...]
    """Title and award of each badge it was issued for; '' where none is known."""
    happened: tuple[Happening, ...]
    findings: tuple[Finding, ...]
    elsewhere: int
    steps: int
    is_signed: bool
    """Whether each step of the record was found to be signed by someone who might take it."""

    def __str__(self) -> str:
        return f"{self.person}/stacks/{self.stack}"


def gather_stack(result: AuditResult, text: str) -> StackStory:
    """The story of a stack badge. Raises McredError when there is none of that name."""
    proofs = [p for p in result.audited.stacks if str(p) == text.strip("/")]
    if not proofs:
        known = {str(p) for p in result.audited.stacks}
        raise unknown("badge of a stack", text, known, next_step("stacks"))
    history, (first, newest) = result.history, (proofs[0], max(proofs, key=lambda p: p.number))
    documents = result.books.stacked[(newest.person, newest.stack)]
    document = documents[newest.number]
    award, begun = (read_stack_award(history.stored(documents[p.number])) for p in (newest, first))
    findings = tuple(dict.fromkeys(f for p in proofs for f in p.findings))
    return StackStory(
        person=newest.person,
        stack=newest.stack,
        award=award,
        number=newest.number,
        given_in=first.commit,
        given=begun.awarded if begun else None,
        definition=history.stack(history.stack_definition(document), newest.stack),
        contained=tuple(_contained(result, newest, award)),
        happened=tuple(_happened(result, newest)),
        findings=findings,
        elsewhere=sum(f not in findings for f in result.audited.findings),
        steps=result.audited.steps,
        is_signed=result.audited.clean,
    )


def find_stack_badge(result: AuditResult, name: str) -> tuple[str, bytes] | None:
    """The stack badge with an id, with its document; None when this programme never issued it."""
    for (person, stack), documents in result.books.stacked.items():
        for document in documents.values():
            if result.history.badge_id(document) == name:
                return f"{person}/stacks/{stack}", result.history.stored(document)
    return None


def _contained(result: AuditResult, proof: StackProof, award: StackAward | None) -> Iterator[tuple[str, str]]:
    known = {
        hashlib.sha256(result.history.stored(document)).hexdigest(): f"{submission}, attempt {attempt}"
        for (submission, attempt), given in result.books.given.items()
        if submission.earner == proof.person
        for document in given.documents.values()
    }
    for badge in award.contained if award else ():
        yield badge.name, known.get(badge.digest, "")


def _happened(result: AuditResult, proof: StackProof) -> Iterator[Happening]:
    """Revocations and reissues, in chronological order."""
    prefix = folder_of_stack(proof.person, proof.stack) + "/"
    for step in result.history.line.steps:
        for touch in (touch_of(c) for c in step.changes if c.path.startswith(prefix)):
            if touch.old is None and touch.kind in ("stack revocation", "stack reissue"):
                yield _happening(result, touch, step.commit.id)


def _happening(result: AuditResult, touch: Touch, commit: CommitId) -> Happening:
    if touch.kind == "stack revocation":
        gone = result.history.stack_revocation(touch)
        person, when, reason = (gone.issuer, gone.revoked, gone.reason) if gone else (None, None, "")
        kind = "revoked"
    else:
        again = result.history.stack_reissue(touch)
        person, when, reason = (again.issuer, again.issued, again.reason) if again else (None, None, "")
        kind = "reissue"
    return Happening(kind=kind, when=when, person=person, reason=reason, record=commit, number=touch.number)

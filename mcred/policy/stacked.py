"""Badges of stacks: given by rule, for badges that hold, and taken back for good.

The numbers are those of `policy.audit` (10).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mcred.model.ids import BlobId, CredentialId, PersonId
from mcred.model.replay import Finding, Move, Touch
from mcred.policy.archive import StackIssue
from mcred.policy.books import Books


def check_stack_award(move: Move, touch: Touch, books: Books, decided: Touch | None) -> Iterator[Finding]:
    """A stack's badge: its earner holds enough, has none yet, and it says what those badges give."""
    found = books.now.stack(touch.stack) if touch.stack else None
    if found is None or touch.person is None or touch.stack is None or touch.new is None:
        yield _find(move, touch, "stack-not-earned", "there is no such stack")
        return
    stored, stack = found
    held = {
        c: blob for c, blob in _held(move, touch.person, books, decided).items() if c in stack.credentials
    }
    if len(held) < stack.needed:
        what = f"{touch.person} holds {len(held)} of its micro-credentials, {stack.needed} are needed"
        yield _find(move, touch, "stack-not-earned", what)
        return
    before = books.stacked.get((touch.person, touch.stack), {})
    if any((touch.person, touch.stack, number) not in books.unstacked for number in before):
        yield _find(move, touch, "stack-not-earned", f"{touch.person} has this stack's badge already")
    earner = books.now.people.get(touch.person)
    if earner is None:
        return
    editions = {c: books.now.edition(c) for c in stack.credentials}
    issue = StackIssue(
        document=touch.new,
        programme=books.now.programme,
        stack=touch.stack,
        stored=stored,
        earner=earner,
        held=held,
        definitions={c: edition.blob for c, edition in editions.items() if edition is not None},
        number=touch.number,
    )
    for doubt in books.archive.stack_doubts(issue):
        yield _find(move, touch, "award-other", doubt)


def _held(move: Move, person: PersonId, books: Books, decided: Touch | None) -> Mapping[CredentialId, BlobId]:
    """A person's badges that were rightly given and hold, that of this very step with them."""
    holders = books.now.holders
    found: dict[CredentialId, BlobId] = {}
    for (submission, _), given in sorted(books.given.items()):
        rightly = submission.credential in holders and person in holders[submission.credential]
        if submission.earner == person and given.documents and not given.revoked and rightly:
            found[submission.credential] = given.documents[max(given.documents)]
    for touch in move.touches if decided is not None else ():
        if touch.kind == "award" and touch.person == person and touch.credential and touch.new:
            found[touch.credential] = touch.new
    return found


def check_stack_revocation(
    move: Move, touch: Touch, books: Books, person: PersonId | None
) -> Iterator[Finding]:
    """A stack's badge taken back: there is one, by who signed it, with a reason."""
    found = books.archive.stack_revocation(touch)
    if found is None:
        yield _find(move, touch, "revocation-wrong", "it cannot be read, or speaks of another badge")
    elif person is not None and found.issuer != person:
        yield _find(move, touch, "revocation-wrong", f"it says {found.issuer} revoked it, {person} signed it")
    elif not found.reason.strip():
        yield _find(move, touch, "revocation-wrong", "it gives no reason")
    if not stack_badge_of(touch, books):
        yield _find(move, touch, "revocation-wrong", "there is no badge to revoke")


def stack_badge_of(touch: Touch, books: Books) -> list[BlobId]:
    """The badge that a revocation speaks of, if there is one."""
    if touch.person is None or touch.stack is None:
        return []
    badge = books.stacked.get((touch.person, touch.stack), {}).get(touch.number)
    return [badge] if badge is not None else []


def _find(move: Move, touch: Touch, code: str, what: str) -> Finding:
    return Finding(code=code, commit=move.commit, path=touch.path, what=what, person=touch.person)

"""Audit checks of stack badges: awarded by rule for valid badges, reissued, and revoked for good.

The numbers are those of `domain.audit.replay` (10).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mcred.domain.audit.archive import StackIssue
from mcred.domain.audit.state import Books
from mcred.domain.audit.values import Finding, Move, Touch
from mcred.domain.credential import Stack
from mcred.domain.ids import BlobId, CredentialId, PersonId


def check_stack_award(move: Move, touch: Touch, books: Books, decided: Touch | None) -> Iterator[Finding]:
    """A stack badge awarded: its earner holds enough, has none yet, and it matches those badges."""
    found = books.now.stack(touch.stack) if touch.stack else None
    if found is None or touch.person is None or touch.stack is None or touch.new is None:
        yield _find(move, touch, "stack-not-earned", "there is no such stack")
        return
    stored, stack = found
    before = books.stacked.get((touch.person, touch.stack), {})
    if any((touch.person, touch.stack, number) not in books.unstacked for number in before):
        yield _find(move, touch, "stack-not-earned", f"{touch.person} already has this stack's badge")
    yield from _check_badge(move, touch, books, stored, stack, _held(move, touch.person, books, decided))


def check_stack_again(move: Move, touch: Touch, books: Books, person: PersonId | None) -> Iterator[Finding]:
    """A stack badge reissued: it replaces a valid one, names its signer and a reason. Definition and date are
    those of the one before; its earner holds enough today."""
    record = stack_reissue_beside(move, touch)
    reissue = books.archive.stack_reissue(record) if record else None
    before = stack_badge_before(touch, books)
    if before is None or touch.person is None or touch.stack is None:
        yield _find(move, touch, "reissue-wrong", "there is no stack badge in force to reissue")
        return
    if reissue is None:
        yield _find(move, touch, "reissue-wrong", "nothing readable says why it was reissued")
        return
    if person is not None and reissue.issuer != person:
        yield _find(
            move, touch, "reissue-wrong", f"it says {reissue.issuer} issued it, but {person} signed it"
        )
    if not reissue.reason.strip():
        yield _find(move, touch, "reissue-wrong", "it gives no reason")
    if reissue.replaces != books.archive.badge_id(before):
        yield _find(move, touch, "reissue-wrong", "it does not replace the badge before it")
    stored = books.archive.stack_definition(before)
    stack = books.archive.stack(stored, touch.stack)
    if stored is None or stack is None:
        yield _find(move, touch, "stack-not-earned", "the stack it was awarded by cannot be read")
        return
    held = _held(move, touch.person, books, None)
    yield from _check_badge(move, touch, books, stored, stack, held, before)


def _check_badge(
    move: Move,
    touch: Touch,
    books: Books,
    stored: BlobId,
    stack: Stack,
    held: Mapping[CredentialId, BlobId],
    replaced: BlobId | None = None,
) -> Iterator[Finding]:
    """Findings: a stack badge does not match its earner's badges."""
    earner = books.now.people.get(touch.person) if touch.person else None
    held = {c: blob for c, blob in held.items() if c in stack.credentials}
    if len(held) < stack.needed:
        what = f"{touch.person} holds {len(held)} of its micro-credentials; {stack.needed} are required"
        yield _find(move, touch, "stack-not-earned", what)
        return
    if earner is None or touch.stack is None or touch.new is None:
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
        replaced=replaced,
    )
    for doubt in books.archive.stack_doubts(issue):
        yield _find(move, touch, "award-other", doubt)


def _held(move: Move, person: PersonId, books: Books, decided: Touch | None) -> Mapping[CredentialId, BlobId]:
    """A person's valid badges, including one from this commit."""
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
    """A stack badge revoked: it exists, and the record names its signer and a reason."""
    found = books.archive.stack_revocation(touch)
    if found is None:
        yield _find(move, touch, "revocation-wrong", "it cannot be read, or is about another badge")
    elif person is not None and found.issuer != person:
        yield _find(
            move, touch, "revocation-wrong", f"it says {found.issuer} revoked it, but {person} signed it"
        )
    elif not found.reason.strip():
        yield _find(move, touch, "revocation-wrong", "it gives no reason")
    if not stack_badge_of(touch, books):
        yield _find(move, touch, "revocation-wrong", "there is no badge to revoke")


def stack_reissue_beside(move: Move, touch: Touch) -> Touch | None:
    """The record of a stack badge's reissue in the same commit, or None."""
    return _beside(move, touch, "stack reissue")


def is_lone_reissue(move: Move, touch: Touch) -> bool:
    """Whether a file is a record of a stack badge's reissue without a badge in the same commit."""
    return touch.kind == "stack reissue" and _beside(move, touch, "stack award") is None


def _beside(move: Move, touch: Touch, kind: str) -> Touch | None:
    key = (touch.person, touch.stack, touch.number)
    same = (t for t in move.touches if t.kind == kind and t.old is None)
    return next((t for t in same if (t.person, t.stack, t.number) == key), None)


def stack_badge_before(touch: Touch, books: Books) -> BlobId | None:
    """The valid badge that a newer one can replace, or None."""
    if touch.person is None or touch.stack is None:
        return None
    before = books.stacked.get((touch.person, touch.stack), {})
    newest = max(before, default=0)
    is_over = (touch.person, touch.stack, newest) in books.unstacked
    return None if not before or is_over or touch.number != newest + 1 else before[newest]


def stack_badge_of(touch: Touch, books: Books) -> list[BlobId]:
    """The badge that a revocation refers to, if it exists."""
    if touch.person is None or touch.stack is None:
        return []
    badge = books.stacked.get((touch.person, touch.stack), {}).get(touch.number)
    return [badge] if badge is not None else []


def _find(move: Move, touch: Touch, code: str, what: str) -> Finding:
    return Finding(code=code, commit=move.commit, path=touch.path, what=what, person=touch.person)

"""Audit checks of invitations: who may invite, and that one lets in exactly one person, once, in time.

The numbers are those of `audit.replay` (2) and (4).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC

from mcred.domain.audit.state import Books
from mcred.domain.audit.values import Finding, Move, Touch
from mcred.domain.ids import PersonId
from mcred.domain.invitation import Invitation
from mcred.domain.people import Person
from mcred.domain.rules.growth import check_profile


def check_invitation(move: Move, touch: Touch, books: Books, person: PersonId | None) -> Iterator[Finding]:
    """(4) Findings about an invitation that is written: unreadable, another's word or key, or too late."""
    if touch.new is None:
        return
    said = books.archive.invitation(touch.new, touch.person)
    if said is None:
        what = "it cannot be read"
    elif said.by != person:
        what = f"it says {said.by} invites, and {person or 'no one known'} signed it"
    elif said.key in books.owner:
        what = f"its key is {books.owner[said.key]}'s, and an invitation has one of its own"
    elif said.person in books.now.people:
        what = f"{said.person} is confirmed already"
    else:
        return
    yield _found(move, touch, "invitation-wrong", what)


def find_joining(move: Move, books: Books) -> tuple[Touch, Invitation] | None:
    """(2) The profile that a step adds with the key of an invitation, and that invitation; None for any other
    step."""
    for touch in move.touches:
        said = books.now.invitation(touch.person) if touch.kind == "profile" and touch.person else None
        if said is not None and touch.old is None and move.signer == said.key:
            return (touch, said) if said.key not in books.owner else None
    return None


def check_joining(move: Move, joining: tuple[Touch, Invitation], books: Books) -> Iterator[Finding]:
    """(2) Findings about a step that an invited person made: it adds their profile, the first one, in time,
    with a key that they hold."""
    added, said = joining
    for touch in move.touches:
        if touch is not added:
            what = f"{said.person}'s invitation lets in a profile, and nothing else"
            yield _found(move, touch, "join-wrong", what)
    if added.fault:
        yield _found(move, added, "bad-file", added.fault)
    profile = books.archive.person(added.new, added.person)
    if what := _explain_wrong(move, added, said, profile, books):
        yield _found(move, added, "join-wrong", what)
    yield from check_profile(move, added, books, None)


def _explain_wrong(move: Move, added: Touch, said: Invitation, profile: Person | None, books: Books) -> str:
    """Why an invitation does not let this profile in, '' when it does."""
    if books.seen.people.steps(said.person):
        return f"{said.person} had a profile before, and an invitation lets in once"
    latest = max(when for when in (move.when, books.latest) if when is not None)
    if not said.is_open(latest):
        return f"the invitation ended on {said.expires}, and it is {latest.astimezone(UTC).date()} by then"
    archive = books.archive
    asked = [p for p in move.parents[1:] if archive.blob_at(p, added.path) == added.new]
    if profile is not None and not any(profile.signs_with(archive.signer(p)) for p in asked):
        return f"nothing shows that {said.person} holds the key of this profile"
    return ""


def _found(move: Move, touch: Touch, code: str, what: str) -> Finding:
    return Finding(code=code, commit=move.commit, path=touch.path, what=what, person=touch.person)

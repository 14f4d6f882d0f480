"""Audit checks of revocations, reissues and status lists.

The numbers are those of `domain.audit.replay` (10).
"""

from __future__ import annotations

from collections.abc import Iterator

from mcred.domain.audit.archive import Issue
from mcred.domain.audit.state import Books, GivenAward
from mcred.domain.audit.values import Finding, Move, Touch
from mcred.domain.award import Reissue
from mcred.domain.ids import BlobId, PersonId
from mcred.domain.layout import decision_path
from mcred.domain.rules.dates import wrong_dates
from mcred.domain.rules.stack_badges import (
    check_stack_again,
    check_stack_award,
    check_stack_revocation,
    is_lone_reissue,
    stack_badge_before,
    stack_badge_of,
    stack_reissue_beside,
)

_ENDING = ("revocation", "award", "stack revocation", "stack award")
"""Kinds of files that end the validity of an earlier badge."""


def check_afterwards(
    move: Move, books: Books, person: PersonId | None, decided: Touch | None
) -> Iterator[Finding]:
    """(10) Every finding about revocations, reissues and status lists in one commit of main."""
    ended: list[BlobId] = []
    for touch in move.touches:
        if touch.kind == "revocation" and touch.old is None and touch.submission:
            given = books.given.get((touch.submission, touch.attempt))
            yield from _check_revocation(move, touch, books, person, given)
            ended += [given.documents[max(given.documents)]] if given else []
        elif touch.kind == "award" and touch.number > 1 and touch.old is None and touch.submission:
            given = books.given.get((touch.submission, touch.attempt))
            yield from _check_again(move, touch, books, person, given)
            ended += [given.documents[max(given.documents)]] if given else []
        elif touch.kind == "reissue" and touch.old is None and not _beside(move, touch, "award"):
            yield _find(move, touch, "reissue-without-badge", "there is no badge with it")
        elif touch.kind == "stack award" and touch.old is None and stack_reissue_beside(move, touch):
            yield from check_stack_again(move, touch, books, person)
            ended += [before] if (before := stack_badge_before(touch, books)) else []
        elif touch.kind == "stack award" and touch.old is None:
            yield from check_stack_award(move, touch, books, decided)
        elif touch.old is None and is_lone_reissue(move, touch):
            yield _find(move, touch, "reissue-without-badge", "there is no badge with it")
        elif touch.kind == "stack revocation" and touch.old is None:
            yield from check_stack_revocation(move, touch, books, person)
            ended += stack_badge_of(touch, books)
    yield from _check_lists(move, books, ended)
    yield from _check_places(move, books)


def _check_revocation(
    move: Move, touch: Touch, books: Books, person: PersonId | None, given: GivenAward | None
) -> Iterator[Finding]:
    found = books.archive.revocation(touch)
    if found is None:
        yield _find(move, touch, "revocation-wrong", "it cannot be read, or is about another attempt")
    elif person is not None and found.issuer != person:
        yield _find(
            move, touch, "revocation-wrong", f"it says {found.issuer} revoked it, but {person} signed it"
        )
    elif not found.reason.strip():
        yield _find(move, touch, "revocation-wrong", "it gives no reason")
    if given is None:
        yield _find(move, touch, "revocation-wrong", "there is no award to revoke")
    elif given.revoked:
        yield _find(move, touch, "revocation-wrong", "the award was already revoked")


def _check_again(
    move: Move, touch: Touch, books: Books, person: PersonId | None, given: GivenAward | None
) -> Iterator[Finding]:
    record = _beside(move, touch, "reissue")
    reissue = books.archive.reissue(record) if record else None
    if given is None or not given.documents or given.revoked:
        yield _find(move, touch, "reissue-wrong", "there is no award in force to reissue")
        return
    newest = max(given.documents)
    if reissue is None:
        yield _find(move, touch, "reissue-wrong", "nothing readable says why it was reissued")
        return
    if person is not None and reissue.issuer != person:
        yield _find(
            move, touch, "reissue-wrong", f"it says {reissue.issuer} issued it, but {person} signed it"
        )
    if not reissue.reason.strip():
        yield _find(move, touch, "reissue-wrong", "it gives no reason")
    if touch.number != newest + 1 or reissue.replaces != books.archive.badge_id(given.documents[newest]):
        yield _find(move, touch, "reissue-wrong", "it does not replace the badge before it")
    yield from _check_badge_again(move, touch, books, given, reissue)


def _check_badge_again(
    move: Move, touch: Touch, books: Books, given: GivenAward, reissue: Reissue
) -> Iterator[Finding]:
    decided = Touch(
        path=decision_path(touch.submission, touch.attempt) if touch.submission else "",
        kind="decision",
        old=None,
        new=given.decision,
        person=touch.person,
        credential=touch.credential,
        attempt=touch.attempt,
    )
    decision = books.archive.decision(decided)
    earner = books.now.people.get(touch.person) if touch.person else None
    if decision is None or earner is None or touch.new is None:
        return
    definition = books.archive.definition(decision.definition.blob, touch.credential)
    if definition is None:
        return
    follows = {"the award was decided": decision.decided}
    for what in wrong_dates(reissue.issued, move, books, follows, signed=True):
        yield _find(move, touch, "reissue-date", what)
    issue = Issue(
        document=touch.new,
        programme=books.now.programme,
        definition=definition,
        earner=earner,
        decision=decision,
        decided=given.decision,
        number=touch.number,
        begins=reissue.issued if reissue.kind == "renew" else given.begins,
        replaced=given.documents[max(given.documents)],
    )
    for doubt in books.archive.badge_doubts(issue):
        yield _find(move, touch, "award-other", doubt)


def _check_lists(move: Move, books: Books, ended: list[BlobId]) -> Iterator[Finding]:
    """Bits are set exactly for the badges that ended in this commit, and none is ever cleared."""
    places = {place for document in ended if (place := books.archive.place(document)) is not None}
    for touch in move.touches:
        if touch.kind != "status list" or touch.new is None:
            continue
        now = books.archive.bits(touch.new, books.now.programme)
        if now is None:
            yield _find(move, touch, "status-list-wrong", "it cannot be read")
            continue
        for doubt in now.doubts:
            yield _find(move, touch, "status-list-wrong", doubt)
        old = books.archive.bits(touch.old, books.now.programme) if touch.old else None
        before = old.revoked if old else frozenset()
        if old is not None and old.address != now.address:
            yield _find(move, touch, "status-list-wrong", "it is for a different address than before")
        if before - now.revoked:
            yield _find(move, touch, "status-bit-cleared", "a badge that was revoked no longer is")
        due = {index for address, index in places if address == now.address}
        if now.revoked - before - due:
            yield _find(move, touch, "status-bit-unexplained", "it revokes a badge that nothing here revokes")
    yield from _find_unset(move, books, places)


def _find_unset(move: Move, books: Books, places: set[tuple[str, int]]) -> Iterator[Finding]:
    state = {**books.lists, **{t.path: t.new for t in move.touches if t.kind == "status list" and t.new}}
    for address, index in sorted(places):
        lists = [b for blob in state.values() if (b := books.archive.bits(blob, books.now.programme))]
        if not any(b.address == address and (index in b.revoked or not b.is_todays) for b in lists):
            first = next(t for t in move.touches if t.kind in _ENDING)
            yield _find(move, first, "status-not-set", "the status list does not show that the badge ended")


def _check_places(move: Move, books: Books) -> Iterator[Finding]:
    """No two badges share a status list entry: revoking one would revoke the other."""
    for touch in move.touches:
        if touch.kind not in ("award", "stack award") or touch.new is None or touch.old is not None:
            continue
        place = books.archive.place(touch.new)
        if place is None:
            continue
        owner = books.places.setdefault(place, touch.path)
        if owner != touch.path:
            yield _find(
                move, touch, "status-place-shared", f"its place in the status list is that of {owner}"
            )


def _beside(move: Move, touch: Touch, kind: str) -> Touch | None:
    """The file of another kind for the same attempt and number in one commit."""
    key = (touch.submission, touch.attempt, touch.number)
    return next(
        (t for t in move.touches if t.kind == kind and (t.submission, t.attempt, t.number) == key), None
    )


def _find(move: Move, touch: Touch, code: str, what: str) -> Finding:
    return Finding(
        code=code,
        commit=move.commit,
        path=touch.path,
        what=what,
        person=touch.person,
        submission=touch.submission,
        attempt=touch.attempt,
    )

"""The audit: replays main commit by commit and checks that every award follows from the rules of its day.

1. line: main begins with a signed founding commit that brings no awards, and no merge has a parent with
   decisions, awards or revocations that main lacks (`app.audit.run` checks the other parents' commits).
2. signer: each commit is signed by a person the programme listed before it, with a key in use (TRUST:
   "person = signing key"). A merge by anyone may bring in templates and files unknown to the rules, if each
   commit that changed them is signed by a person who may change them. Whoever holds the one-time key of a
   maintainer's invitation brings in their own profile, once.
3. place: the signer may change that file (FORMATS: "Who may change what"; a file unknown to the rules is the
   maintainers'), its name and mode are portable, no name is there twice, and a commit does one thing: a merge
   brings in nothing that no parent has.
4. growth: rules are not rolled back; keys of people and issuer only grow, a new one is vouched for by an old
   one or by two other people, and a person confirmed by a merge asked for it with that key; a definition in
   use does not change (TRUST: "rubric changed after the fact").
5. record: decisions, assessments, awards and revocations never change; decided work only where it is erased.
6. request: the judged commit is the earner's own, follows the rules of the state it was read from, in which
   its earner was confirmed, and names a rubric that was live then; a version has one text for all.
7. assessments: each is its assessor's own, for exactly that commit, adds one file, by a person who was asked
   and might assess at the commit of main that it names, which is no older than the request's; none is missing
   (ARCHITECTURE: "the reader must", 1-6). A review is declined by a panel member who has not answered, or
   assigned by an issuer to a person who may assess, before the decision.
8. decision: by an issuer, not the earner; once, and not after a final one; its levels, recommendation and
   basis follow from the assessments, or it gives a reason for each; by two issuers where the policy asks it.
9. award: one if and only if the decision awards, with exactly the content the decision implies, in no older
   wording than earlier awards, signed with the issuer's key.
10. afterwards: revocations, reissues, stacks and status lists are consistent, and no bit is cleared. A
   recorded decision on what is recognized is a recognizer's, and says what the policy and the record of the
   state that it names come to, without what earlier ones have.
11. checkpoint: a decision's statement of the commit it was built on is true, and later ones have it too.

A finding has a stable code (`docs/findings.md`). The replay always continues: an invalid change is read as it
was read at the time, but confers no right. Reads no files and does not use git: `Archive` looks up content by
id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from msgspec.structs import replace

from mcred.domain.audit.archive import Archive
from mcred.domain.audit.check_awards import check_afterwards
from mcred.domain.audit.check_decision import check_decision
from mcred.domain.audit.check_erasure import check_erasure
from mcred.domain.audit.check_joining import check_invitation, check_joining, find_joining
from mcred.domain.audit.check_recognized import check_recognized
from mcred.domain.audit.check_seats import check_assignment
from mcred.domain.audit.state import Books
from mcred.domain.audit.tally import UNCHECKED, Audited, CheckedStep, Tally, find_decision
from mcred.domain.audit.values import EARNERS, Brought, Finding, Move, Touch
from mcred.domain.audit.watch import read_reviews
from mcred.domain.erasure import may_erase
from mcred.domain.ids import CommitId, PersonId
from mcred.domain.layout import DEFINITIONS
from mcred.domain.recognition.recognizers import explain_no_recognizer
from mcred.domain.rules.decide import find_bars
from mcred.domain.rules.growth import check_definition_change, check_profile, check_rules

FINAL = frozenset(
    {"request", "disclosure list", "assessment", "declined", "assignment", "override", "decision", "award"}
    | {"reissue", "revocation", "erasure", "stack award", "stack reissue", "stack revocation", "recognized"}
    | {"withdrawal"}
)
"""Kinds of files that never change once they exist."""
ANSWERS = frozenset({"assessment", "declined"})
"""Kinds of files that assessors write."""
ISSUED = frozenset(
    {"assignment", "award", "reissue", "revocation", "status list", "withdrawal"}
    | {"stack award", "stack reissue", "stack revocation"}
)
"""Kinds of files that issuers add to work in review, to an award, or about what they endorsed."""
DEFINED = frozenset({"definition", "picture", "example", "stack"})
"""Kinds of files that define what can be earned."""
BESIDE = frozenset({"template", "recognition policy", "recognition examples", "endorsement", "loose"})
"""Kinds of files outside of the record: page templates, what a district recognizes, what others say, and
files unknown to the rules."""


def check_step(move: Move, step: int, books: Books) -> CheckedStep:
    """Check one commit of main, the `step`-th, against the state before it."""
    known = len(books.places)
    findings = tuple(_check(move, books))
    decided = find_decision(move)
    place = (decided.submission, decided.attempt) if decided and decided.submission else None
    requested, reviews = read_reviews(move, step, decided, books) if decided else (step, ())
    return CheckedStep(
        findings=findings,
        attested=books.attested.get(place, {}) if place else {},
        places=tuple(islice(books.places.items(), known, None)),
        requested=requested,
        reviews=reviews,
    )


def audit(
    moves: Iterable[Move],
    archive: Archive,
    *,
    positions: Mapping[CommitId, int],
    lost: Iterable[tuple[CommitId, CommitId]] = (),
    trusted: int = 0,
    books: Books | None = None,
    check: Callable[[Move, int, Books], CheckedStep] = check_step,
    tell: Callable[[int], None] | None = None,
) -> Audited:
    """Replay main, given as its changing commits, oldest first.

    `positions`: for each commit of main, the number of moves up to it. The first `trusted` moves are not
    checked, because an earlier audit did. `books`: empty ones to fill, for a caller that reads them
    afterwards. `check`: for a caller that has steps checked by other processes. `tell`: called with the
    number of moves done.
    """
    books = Books(archive=archive, positions=positions) if books is None else books
    tally = Tally(books, lost)
    for number, move in enumerate(moves, start=1):
        tally.take(move, UNCHECKED if number <= trusted else check(move, number, books))
        if tell:
            tell(number)
    return tally.finish()


def _check(move: Move, books: Books) -> Iterator[Finding]:
    """Every finding about one commit of main."""
    if not move.touches:
        return
    if move.before is None:
        yield from _check_founding(move, books)
        return
    # (2) signer
    move = _without_brought_in(move, books)
    if not move.touches:
        return
    if (joining := find_joining(move, books)) is not None and find_decision(move) is None:
        yield from check_joining(move, joining, books)
        return
    person, wrong = books.signer(move)
    move, found = check_erasure(move, books, person)
    yield from (*wrong, *found)
    yield from _check_places(move, books, person)  # (3) place
    for touch in move.touches:  # (4) growth
        if touch.kind == "programme":
            yield from check_rules(move, touch, books)
        elif touch.kind == "profile":
            yield from check_profile(move, touch, books, person)
        elif touch.kind == "invitation":
            yield from check_invitation(move, touch, books, person)
        elif touch.kind == "definition":
            yield from check_definition_change(move, touch, books)
        elif touch.kind == "assignment" and touch.old is None:
            yield from check_assignment(move, touch, books, person)
    # (5) record
    yield from _check_record(move, books)
    # (6) to (9), (11)
    decided = find_decision(move)
    if decided is not None:
        yield from check_decision(move, decided, books, person)
    # (10) afterwards
    yield from check_afterwards(move, books, person, decided)
    yield from check_recognized(move, books, person)


def _check_founding(move: Move, books: Books) -> Iterator[Finding]:
    """(1) The root of trust: it is signed by a maintainer that it names itself."""
    by_kind = {t.kind: t for t in move.touches}
    rules = books.archive.programme(by_kind["programme"].new) if "programme" in by_kind else None
    people = {
        t.person: profile
        for t in move.touches
        if t.kind == "profile" and (profile := books.archive.person(t.new, t.person)) is not None
    }
    founder = next((p for p, profile in people.items() if profile.signs_with(move.signer)), None)
    if rules is None:
        what = "it cannot be read"
        yield Finding(code="rules-unreadable", commit=move.commit, path="mcred.yaml", what=what)
    elif founder is None or founder not in rules.roles.maintainers:
        what = "the first step is not signed by a maintainer that it names"
        yield Finding(code="root-unsigned", commit=move.commit, path="mcred.yaml", what=what)
    for touch in move.touches:
        # Files a repository had before it became a programme are not judged.
        older = touch.kind == "loose" and _stood_before(move, touch, books)
        if touch.fault and not older:
            yield _at(move, touch, "bad-file", touch.fault)
        if touch.kind in EARNERS | FINAL | {"status list", "stray"}:
            yield _at(move, touch, "root-not-empty", "a program starts without work and awards")


def _stood_before(move: Move, touch: Touch, books: Books) -> bool:
    return any(books.archive.blob_at(parent, touch.path) == touch.new for parent in move.parents)


def _without_brought_in(move: Move, books: Books) -> Move:
    """A move without the files outside of the record that its merge validly brings in, whoever merged."""
    beside = [t for t in move.touches if t.kind in BESIDE and not t.fault]
    if len(move.parents) < 2 or find_decision(move) is not None or not beside:
        return move
    person, _ = books.signer(move)
    if not any(_refused(touch, books, person) for touch in beside):
        return move
    brought = books.archive.brought_in(move)
    right = {t.path for t in beside if _is_brought_in(t, brought.get(t.path, ()), books)}
    return replace(move, touches=tuple(t for t in move.touches if t.path not in right))


def _is_brought_in(touch: Touch, changes: Sequence[Brought], books: Books) -> bool:
    """Whether signed changes lead from the old blob to the new one, each by a person who may make it."""
    if not changes or changes[0].old != touch.old or changes[-1].new != touch.new:
        return False
    owners = (books.owner_now(change.signer) for change in changes)
    return all(owner is not None and not _refused(touch, books, owner) for owner in owners)


def _check_places(move: Move, books: Books, person: PersonId | None) -> Iterator[Finding]:
    """(3) Findings: a file this person may not change, or a commit that does more than one thing."""
    decided = find_decision(move)
    if decided is not None and person is not None:
        for bar in find_bars(person, books.now.programme.roles):
            yield _at(move, decided, bar.code, bar.what, person)
    for touch in move.touches:
        if touch.fault:
            yield _at(move, touch, "bad-file", touch.fault, person)
        if touch.kind == "programme" and touch.new is None:
            yield _at(move, touch, "programme-removed", "the program's rules are gone", person)
        if decided is not None:
            if not _belongs(touch, decided):
                what = "it comes with a decision but has nothing to do with it"
                yield _at(move, touch, "mixed-step", what, person)
        elif reason := _slipped_in(move, touch, books):
            yield _at(move, touch, "mixed-step", reason, person)
        elif reason := _refused(touch, books, person):
            code = "award-without-decision" if touch.kind == "award" and touch.number == 1 else "not-allowed"
            yield _at(move, touch, code, reason, person)


def _slipped_in(move: Move, touch: Touch, books: Books) -> str:
    """Why a file may not come in with a merge that has no decision, '' when it may."""
    # A confirmed person gets a role in the same commit; files outside of the record follow their own rule.
    if len(move.parents) < 2 or touch.kind in BESIDE | {"programme"}:
        return ""
    if touch.kind not in DEFINED | {"profile"}:
        return "it comes with a step that decides nothing"
    if all(books.archive.blob_at(parent, touch.path) != touch.new for parent in move.parents[1:]):
        return "none of the versions this step combines has it like that"
    return ""


def _belongs(touch: Touch, decided: Touch) -> bool:
    """Whether a file is part of a decision on one attempt."""
    if touch.kind == "status list":
        return True
    if touch.kind == "stack award":
        return touch.person == decided.person
    if touch.submission != decided.submission:
        return False
    if touch.kind in ("assessment", "declined", "override", "decision", "award"):
        return touch.attempt == decided.attempt and touch.number <= 1
    return touch.kind in EARNERS or touch.kind == "stray"


def _refused(touch: Touch, books: Books, person: PersonId | None) -> str:
    """Why a person may not change a file except by a decision, '' when they may."""
    roles = books.now.programme.roles
    who = person or "the signer"
    shaping = (*roles.issuers, *roles.maintainers)
    if touch.kind in DEFINED or (touch.kind == "loose" and touch.path.startswith(f"{DEFINITIONS}/")):
        return "" if person in shaping else f"{who} is not an issuer, and only issuers change definitions"
    if touch.kind == "template":
        what = "only issuers and maintainers change page templates"
        return "" if person in shaping else f"{who} is neither issuer nor maintainer, and {what}"
    if touch.kind in _OF_MAINTAINERS:
        own = touch.kind == "profile" and person == touch.person and person in books.now.people
        what = f"{who} is not a maintainer, and only maintainers change {_OF_MAINTAINERS[touch.kind]}"
        return "" if own or person in roles.maintainers else what
    if touch.kind == "recognized":
        policy = books.now.policy(touch.policy)
        return explain_no_recognizer(person, touch.person, policy[1] if policy else None, roles)
    if touch.kind in _WITH_DECISIONS:
        return _WITH_DECISIONS[touch.kind]
    if touch.kind == "award" and touch.number == 1:
        return "there is no decision with it"
    if touch.kind in ISSUED:
        if person not in roles.issuers:
            return f"{who} is not an issuer"
        return "no one decides about their own work" if person == touch.person else ""
    if touch.kind in EARNERS and person == touch.person:
        return ""
    if touch.kind == "erasure":
        return "" if may_erase(person, touch.person, roles) else f"{who} may not erase pieces of this"
    if touch.kind == "decision":
        return "a decision is never changed"
    return f"only {touch.person} may change what is there"


_WITH_DECISIONS = {
    **dict.fromkeys(ANSWERS, "an assessor's answer comes with the decision that rests on it"),
    "override": "it comes with the decision that follows it",
}
_OF_MAINTAINERS = {
    "programme": "the rules",
    "profile": "the profiles of others",
    "invitation": "invitations",
    "recognition policy": "what is recognized",
    "recognition examples": "what is recognized",
    "endorsement": "endorsements of the program's own",
    "loose": "files that no other rule assigns to anyone",
}


def _check_record(move: Move, books: Books) -> Iterator[Finding]:
    """(5) Final files never change; decided work is frozen until the next decision."""
    decided = find_decision(move)
    for touch in move.touches:
        if touch.kind in FINAL and touch.old is not None:
            how = "was removed" if touch.new is None else "was changed"
            yield _at(move, touch, "record-changed", f"this {touch.kind} {how} afterwards")
        elif touch.kind == "status list" and touch.new is None:
            yield _at(move, touch, "record-changed", "this status list was removed")
        elif (
            touch.kind in EARNERS
            and decided is None
            and touch.submission is not None
            and books.now.decision(touch.submission) is not None
        ):
            yield replace(
                _at(move, touch, "work-changed", "this was decided, then changed without a new decision"),
                attempt=books.last_attempt(touch.submission),
            )


def _at(move: Move, touch: Touch, code: str, what: str, person: PersonId | None = None) -> Finding:
    return Finding(
        code=code,
        commit=move.commit,
        path=touch.path,
        what=what,
        person=person,
        submission=touch.submission,
        attempt=touch.attempt,
    )

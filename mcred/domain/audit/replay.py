"""Does every award follow from the rules of its day? The main line, replayed step by step.

1. line: it begins with a signed founding that brings no awards, and nothing that comes in with a merge had
   decisions, awards or revocations that the line has not (`app.audit.run` looks at what lies beside it).
2. signer: each step is signed by a person the programme listed before it, with a key in use (TRUST: "person =
   signing key"). A merge by anybody may bring in templates and files that no rule knows, where each commit
   that changed them is signed by somebody who may change them.
3. place: that person may change that file (FORMATS: "Who may change what"; a file that no rule knows is the
   maintainers'), its name and mode are ones that every computer can take, no name stands twice, and a step
   does one thing: what no parent has does not come in with a merge.
4. growth: rules are not rolled back; keys of people and issuer only grow, a new one is vouched for by an old
   one or by two others, and whoever is confirmed by a merge asked for it with that key; a definition in use
   does not change (TRUST: "rubric changed after the fact").
5. record: what was decided, assessed, awarded or revoked stays as it is; work is frozen once decided.
6. request: the judged state is the earner's own, asks by the rule of the state it was read from, where its
   earner was confirmed, and names a rubric that was live by then; a version is one text for everybody.
7. assessments: each is its assessor's own, for exactly that state, adds one file, by somebody who was asked
   and may assess; none is missing (ARCHITECTURE: "the reader must", 1-6). A place is given back by whoever
   has it and has not answered, or given by an issuer to somebody who may judge, before the decision.
8. decision: an issuer's, not the earner's; once, and not after the last word; its levels, recommendation and
   basis follow from the assessments, or its reason says why not.
9. award: one where the decision awards, saying exactly what the decision gives, in no older wording than the
   awards before, signed with the issuer's key.
10. afterwards: revocations, badges issued again, stacks and status lists fit together, and no bit is cleared.
11. checkpoint: what a decision says of the state it was built on is so, and later ones say it too.

A finding has a stable code (`docs/findings.md`). Nothing stops the replay: what a wrong step changes is read
as everybody read it that day, but gives nobody a right. Reads no files and asks no git: `Archive` answers by
content, and the same id always has the same content.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from mcred.domain.audit.archive import Archive
from mcred.domain.audit.check_awards import check_afterwards
from mcred.domain.audit.check_decision import check_decision
from mcred.domain.audit.check_seats import check_assignment
from mcred.domain.audit.state import Books
from mcred.domain.audit.values import EARNERS, Brought, Finding, Move, Proof, StackProof, Touch
from mcred.domain.decision import describe_departures
from mcred.domain.ids import CommitId, PersonId, StackId, SubmissionId
from mcred.domain.rules.growth import check_definition_change, check_profile, check_rules

FINAL = frozenset(
    {"assessment", "declined", "assignment", "decision", "award", "reissue", "revocation"}
    | {"stack award", "stack reissue", "stack revocation"}
)
"""Kinds of files that never change once they are there."""
ANSWERS = frozenset({"assessment", "declined"})
"""Kinds of files that whoever is asked writes."""
ISSUED = frozenset(
    {"assignment", "award", "reissue", "revocation", "status list"}
    | {"stack award", "stack reissue", "stack revocation"}
)
"""Kinds of files that issuers add to work in review, or to an award that was given."""
DEFINED = frozenset({"definition", "picture", "example", "stack"})
"""Kinds of files that say what can be earned."""
BESIDE = frozenset({"template", "loose"})
"""Kinds of files that are no part of the record: how pages look, and what no rule knows."""


class Audited(Struct, frozen=True, kw_only=True):
    """What a replay found: every award proved or not, every finding, and how much was looked at."""

    proofs: tuple[Proof, ...]
    findings: tuple[Finding, ...]
    steps: int
    tip: CommitId | None
    stacks: tuple[StackProof, ...] = ()
    """The same of every badge of a stack."""

    @property
    def clean(self) -> bool:
        """Whether there is no finding at all."""
        return not self.findings


def audit(
    moves: Iterable[Move],
    archive: Archive,
    *,
    positions: Mapping[CommitId, int],
    lost: Iterable[tuple[CommitId, CommitId]] = (),
    trusted: int = 0,
    books: Books | None = None,
    tell: Callable[[int], None] | None = None,
) -> Audited:
    """Replay the main line. `positions`: how many steps each of its commits has behind it. The first
    `trusted` steps are taken as they are, because an earlier audit went through them. `books`: empty ones to
    write into, for a caller who reads in them afterwards.
    """
    books = Books(archive=archive, positions=positions) if books is None else books
    findings: list[Finding] = [
        Finding(code="line-lost", commit=merge, path="", what=f"this merge leaves out what {parent[:12]} had")
        for merge, parent in lost
    ]
    awarded: dict[tuple[SubmissionId, int], tuple[CommitId, Touch | None]] = {}
    stacked: dict[_StackBadge, CommitId] = {}
    about: dict[str, _StackBadge] = {}
    tip = None
    for number, move in enumerate(moves, start=1):
        wrong = [] if number <= trusted else list(_check(move, books))
        findings.extend(wrong)
        for touch in move.touches:
            if touch.kind == "award" and touch.submission and touch.old is None and touch.number == 1:
                awarded.setdefault((touch.submission, touch.attempt), (move.commit, find_decision(move)))
            if touch.person and touch.stack:
                about[touch.path] = badge = (touch.person, touch.stack, touch.number)
                if touch.kind == "stack award" and touch.old is None:
                    stacked.setdefault(badge, move.commit)
        books.enter(move, frozenset(f.path for f in wrong), frozenset(_submissions(wrong)))
        tip = move.commit
        if tell:
            tell(number)
    return Audited(
        proofs=tuple(_prove(awarded, findings, books)),
        findings=tuple(findings),
        steps=len(books),
        tip=tip,
        stacks=tuple(_prove_stacks(stacked, findings, about)),
    )


_StackBadge = tuple[PersonId, StackId, int]
"""Whose badge of which stack, and its number."""


def _prove_stacks(
    stacked: Mapping[_StackBadge, CommitId], findings: Iterable[Finding], about: Mapping[str, _StackBadge]
) -> Iterator[StackProof]:
    """Every badge of a stack with what was found about its files; `about`: whose each of them is."""
    against: dict[_StackBadge, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.path in about:
            against[about[finding.path]].append(finding)
    for badge, commit in stacked.items():
        person, stack, number = badge
        yield StackProof(
            person=person, stack=stack, number=number, commit=commit, findings=tuple(against[badge])
        )


def _submissions(findings: Iterable[Finding]) -> Iterator[SubmissionId]:
    return (f.submission for f in findings if f.submission is not None)


def _prove(
    awarded: Mapping[tuple[SubmissionId, int], tuple[CommitId, Touch | None]],
    findings: Iterable[Finding],
    books: Books,
) -> Iterator[Proof]:
    against: dict[SubmissionId, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.submission is not None:
            against[finding.submission].append(finding)
    for (submission, attempt), (commit, decided) in awarded.items():
        wrong = tuple(f for f in against[submission] if f.attempt in (0, attempt))
        attested = books.attested.get((submission, attempt), {})
        yield Proof(
            submission=submission,
            attempt=attempt,
            commit=commit,
            findings=wrong,
            attested=tuple(f"{person} on {found.host}" for person, found in sorted(attested.items())),
            **_departures(submission, decided, books),
        )


def _departures(submission: SubmissionId, decided: Touch | None, books: Books) -> dict[str, Any]:
    """What a proof says of an award that the assessors' levels alone do not give.

    The decision's own words, which (8) holds against the assessments.
    """
    decision = books.archive.decision(decided) if decided is not None else None
    if decision is None:
        return {}
    definition = books.archive.definition(decision.definition.blob, submission.credential)
    said = describe_departures(decision, definition) if definition is not None else ()
    return {"departures": said, "is_override": decision.is_override}


def _check(move: Move, books: Books) -> Iterator[Finding]:
    """Every finding of one step."""
    if not move.touches:
        return
    if move.before is None:
        yield from _check_founding(move, books)
        return
    # (2) signer
    move = _without_brought_in(move, books)
    if not move.touches:
        return
    person, wrong = books.signer(move)
    yield from wrong
    # (3) place
    yield from _check_places(move, books, person)
    # (4) growth
    for touch in move.touches:
        if touch.kind == "programme":
            yield from check_rules(move, touch, books)
        elif touch.kind == "profile":
            yield from check_profile(move, touch, books, person)
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


def find_decision(move: Move) -> Touch | None:
    """The one decision that a step brings, None when it brings none."""
    return next((t for t in move.touches if t.kind == "decision" and t.old is None), None)


def _check_founding(move: Move, books: Books) -> Iterator[Finding]:
    """(1) The root of trust: whoever signs it is the maintainer it names itself."""
    by_kind = {t.kind: t for t in move.touches}
    rules = books.archive.programme(by_kind["programme"].new) if "programme" in by_kind else None
    people = {
        t.person: profile
        for t in move.touches
        if t.kind == "profile" and (profile := books.archive.person(t.new, t.person)) is not None
    }
    founder = next((p for p, profile in people.items() if profile.signs_with(move.signer)), None)
    if rules is None:
        yield Finding(
            code="rules-unreadable", commit=move.commit, path="mcred.yaml", what="it cannot be read"
        )
    elif founder is None or founder not in rules.roles.maintainers:
        what = "the founding is not signed by a maintainer that it names itself"
        yield Finding(code="root-unsigned", commit=move.commit, path="mcred.yaml", what=what)
    for touch in move.touches:
        # What a repository of code had before it became a programme was never the programme's to judge.
        older = touch.kind == "loose" and _stood_before(move, touch, books)
        if touch.fault and not older:
            yield _at(move, touch, "bad-file", touch.fault)
        if touch.kind in EARNERS | FINAL | {"status list", "stray"}:
            yield _at(move, touch, "root-not-empty", "a programme begins without work and awards")


def _stood_before(move: Move, touch: Touch, books: Books) -> bool:
    return any(books.archive.blob_at(parent, touch.path) == touch.new for parent in move.parents)


def _without_brought_in(move: Move, books: Books) -> Move:
    """A step without the files beside the record that a merge of it rightly brings in, whoever merged."""
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
    """Whether signed changes lead from what stood there to what stands there now, each by who may do that."""
    if not changes or changes[0].old != touch.old or changes[-1].new != touch.new:
        return False
    owners = (books.owner_now(change.signer) for change in changes)
    return all(owner is not None and not _refused(touch, books, owner) for owner in owners)


def _check_places(move: Move, books: Books, person: PersonId | None) -> Iterator[Finding]:
    """(3) Whether this person may change each of these files, and the step does one thing."""
    decided = find_decision(move)
    if decided is not None and person is not None and person not in books.now.programme.roles.issuers:
        yield _at(move, decided, "decision-not-issuers", f"{person} is no issuer", person)
    for touch in move.touches:
        if touch.fault:
            yield _at(move, touch, "bad-file", touch.fault, person)
        if touch.kind == "programme" and touch.new is None:
            yield _at(move, touch, "programme-removed", "the programme's rules are gone", person)
        if decided is not None:
            if not _belongs(touch, decided):
                yield _at(
                    move,
                    touch,
                    "mixed-step",
                    "it comes in with a decision and has nothing to do with it",
                    person,
                )
        elif reason := _slipped_in(move, touch, books):
            yield _at(move, touch, "mixed-step", reason, person)
        elif reason := _refused(touch, books, person):
            code = "award-without-decision" if touch.kind == "award" and touch.number == 1 else "not-allowed"
            yield _at(move, touch, code, reason, person)


def _slipped_in(move: Move, touch: Touch, books: Books) -> str:
    """Why a file cannot come in with a merge that decides nothing, '' when it can."""
    # Who is confirmed gets a role in the same step; what is beside the record is whoever's who may change it.
    if len(move.parents) < 2 or touch.kind in BESIDE | {"programme"}:
        return ""
    if touch.kind not in DEFINED | {"profile"}:
        return "it comes in with a merge that decides nothing"
    if all(books.archive.blob_at(parent, touch.path) != touch.new for parent in move.parents[1:]):
        return "none of what this merge brings together has it like that"
    return ""


def _belongs(touch: Touch, decided: Touch) -> bool:
    """Whether a file is part of a decision on one attempt."""
    if touch.kind == "status list":
        return True
    if touch.kind == "stack award":
        return touch.person == decided.person
    if touch.submission != decided.submission:
        return False
    if touch.kind in ("assessment", "declined", "decision", "award"):
        return touch.attempt == decided.attempt and touch.number <= 1
    return touch.kind in EARNERS or touch.kind == "stray"


def _refused(touch: Touch, books: Books, person: PersonId | None) -> str:
    """Why a person may not change a file outside a decision, '' when they may."""
    roles = books.now.programme.roles
    who = person or "whoever signed this"
    shaping = (*roles.issuers, *roles.maintainers)
    if touch.kind in DEFINED or (touch.kind == "loose" and touch.path.startswith("credentials/")):
        return "" if person in shaping else f"{who} is no issuer, and only issuers change definitions"
    if touch.kind == "template":
        what = "only issuers and maintainers change page templates"
        return "" if person in shaping else f"{who} is neither issuer nor maintainer, and {what}"
    if touch.kind in ("programme", "profile", "loose"):
        own = touch.kind == "profile" and person == touch.person and person in books.now.people
        what = f"{who} is no maintainer, and only maintainers change {_OF_MAINTAINERS[touch.kind]}"
        return "" if own or person in roles.maintainers else what
    if touch.kind in ANSWERS:
        return "an answer of an assessor comes in with the decision that rests on it"
    if touch.kind == "award" and touch.number == 1:
        return "there is no decision with it"
    if touch.kind in ISSUED:
        if person not in roles.issuers:
            return f"{who} is no issuer"
        return "nobody has a say in what becomes of their own work" if person == touch.person else ""
    if touch.kind in EARNERS and person == touch.person:
        return ""
    if touch.kind == "decision":
        return "a decision is never changed"
    return f"only {touch.person} changes what lies there"


_OF_MAINTAINERS = {
    "programme": "the rules",
    "profile": "the profiles of others",
    "loose": "files that no other rule gives to anybody",
}


def _check_record(move: Move, books: Books) -> Iterator[Finding]:
    """(5) What is final stays; work that was decided on is frozen until the next decision."""
    decided = find_decision(move)
    for touch in move.touches:
        if touch.kind in FINAL and touch.old is not None:
            how = "was taken away" if touch.new is None else "was changed"
            yield _at(move, touch, "record-changed", f"this {touch.kind} {how} afterwards")
        elif touch.kind == "status list" and touch.new is None:
            yield _at(move, touch, "record-changed", "this status list was taken away")
        elif (
            touch.kind in EARNERS
            and decided is None
            and touch.submission is not None
            and books.now.decision(touch.submission) is not None
        ):
            yield replace(
                _at(move, touch, "work-changed", "this was decided on, and changed without a new decision"),
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

"""The progress overview: who waits for whom, what is next, and where work is stuck.

Computed from the record alone. The visibility of rows is decided here too, as a courtesy and not for
security: every user with a clone can read all of it (decision 23).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from mcred.domain.catalog import Catalog
from mcred.domain.credential import Credential, Stack
from mcred.domain.ids import CredentialId, PersonId
from mcred.domain.programme import Policy, Rule
from mcred.domain.rules.decide import list_deciders
from mcred.domain.rules.panel import rule_for, seats_for
from mcred.domain.rules.submit import ENDED, FINAL
from mcred.domain.stats.progress import (
    Overview,
    ProgressRow,
    ProgressToStack,
    Shelf,
    Turn,
    count_months,
    forecast,
)
from mcred.domain.status import Standing, StateWord

COMPANIONS = ("coach", "issuer", "maintainer")
"""Roles whose work it is to see how others come along."""
_OVER: tuple[StateWord, ...] = (*FINAL, *ENDED)
_NEXT: Mapping[StateWord, str] = {
    "not started": "choose one: mcred browse",
    "draft": "submit it",
    "in review": "assess it",
    "being reconciled": "decide on it",
    "not yet earned": "revise it",
    "withdrawn": "resubmit it",
    "declined": "read the feedback",
    "revoked": "read why",
    "expired": "ask for a renewal",
}


class Facts(Struct, frozen=True, kw_only=True):
    """What an overview is made from."""

    catalog: Catalog
    standings: Iterable[Standing]
    turns: Sequence[Turn]
    today: date
    me: PersonId | None


def may_see_all(catalog: Catalog, person: PersonId | None) -> bool:
    """Whether a person's role shows them other people's rows."""
    return person is not None and bool(set(COMPANIONS) & set(catalog.programme.roles.of(person)))


def may_see_awards(catalog: Catalog, me: PersonId, person: PersonId) -> bool:
    """Whether someone is shown what a person earned: coaches, issuers and maintainers everyone's, an
    administrator the school's that their own profile names, others their own."""
    if person == me or may_see_all(catalog, me):
        return True
    school, own = (p.school.casefold() if (p := catalog.people.get(one)) else "" for one in (person, me))
    return me in catalog.programme.roles.administrators and bool(own) and school == own


def look(facts: Facts, cohort: Sequence[str] | None = None, stack: Stack | None = None) -> Overview:
    """The overview for the viewer: all of a cohort (everyone when None), or only their own rows."""
    catalog, whole = facts.catalog, may_see_all(facts.catalog, facts.me)
    wanted = frozenset(stack.credentials) if stack else frozenset(catalog.definitions)
    standings = [s for s in facts.standings if s.submission.credential in wanted]
    people = _people(facts, standings, cohort, whole)
    lines = _lines(facts, standings, people, begun_only=cohort is None and whole)
    return Overview(
        day=facts.today,
        issuer=catalog.programme.issuer.name,
        whole=whole,
        lines=tuple(lines),
        shelves=_shelves(facts, standings, wanted),
        stack=stack.id if stack else None,
        climbs=tuple(_climb(catalog, p, standings, stack) for p in people) if stack else (),
        unknown=tuple(n for n in cohort or () if n not in catalog.people) if whole else (),
    )


def _people(
    facts: Facts, standings: Iterable[Standing], cohort: Sequence[str] | None, whole: bool
) -> tuple[PersonId, ...]:
    """Whose lines are shown, each once: as the cohort lists them, or by id."""
    known = facts.catalog.people
    if not whole:
        return (facts.me,) if facts.me else ()
    if cohort is None:
        return tuple(sorted({s.submission.earner for s in standings}))
    return tuple(dict.fromkeys(PersonId(name) for name in cohort if name in known))


def _lines(
    facts: Facts, standings: Iterable[Standing], people: Sequence[PersonId], *, begun_only: bool
) -> Iterable[ProgressRow]:
    of: dict[PersonId, list[Standing]] = defaultdict(list)
    for standing in standings:
        if standing.word != "not started":
            of[standing.submission.earner].append(standing)
    for person in people:
        for standing in sorted(of[person], key=lambda s: s.submission.credential):
            yield describe(standing, facts.catalog, facts.today)
        if not of[person] and not begun_only:
            yield ProgressRow(
                person=person,
                name=_name(facts.catalog, person),
                credential=None,
                title="",
                word="not started",
                attempt=0,
                days=None,
                waiting_for=(person,),
                due=None,
                next=_NEXT["not started"],
            )


def describe(standing: Standing, catalog: Catalog, today: date) -> ProgressRow:
    """One submission's line."""
    word, earner = standing.word, standing.submission.earner
    definition = catalog.definitions.get(standing.submission.credential)
    coach_due = word == "not yet earned" and standing.attempt >= catalog.programme.attempts.coach_after
    waiting = waiting_for(standing, catalog)
    step = "see a coach" if coach_due else _NEXT.get(word, "")
    if word == "earned" and standing.ends is not None:
        step = f"valid until {standing.ends}"
    return ProgressRow(
        person=earner,
        name=_name(catalog, earner),
        credential=standing.submission.credential,
        title=definition.credential.title if definition else standing.submission.credential,
        word=word,
        attempt=standing.attempt,
        days=max(0, (today - standing.since.date()).days) if standing.since else None,
        waiting_for=waiting,
        due=standing.due if word == "in review" else None,
        next=step,
        overdue=word == "in review" and standing.due is not None and standing.due < today,
        coach_due=coach_due,
    )


def waiting_for(standing: Standing, catalog: Catalog) -> tuple[PersonId, ...]:
    """Who has to act next: panel members, issuers who may decide, the earner; empty when it is over.

    A vacant seat waits for the issuers, who assign a person.
    """
    roles, submission = catalog.programme.roles, standing.submission
    if standing.word == "in review":
        return (*standing.missing, *(list_deciders(roles, submission) if standing.seats.vacant else ()))
    if standing.word == "being reconciled":
        return list_deciders(roles, submission, standing.panel)
    return () if standing.word in _OVER else (submission.earner,)


def _name(catalog: Catalog, person: PersonId) -> str:
    found = catalog.people.get(person)
    return found.name if found else person


def _shelves(
    facts: Facts, standings: Iterable[Standing], wanted: frozenset[CredentialId]
) -> tuple[Shelf, ...]:
    """Each micro-credential that may be earned, and any other as long as something waits there."""
    words: Counter[tuple[CredentialId, str]] = Counter((s.submission.credential, s.word) for s in standings)
    turns: dict[CredentialId, list[Turn]] = defaultdict(list)
    for turn in facts.turns:
        turns[turn.submission.credential].append(turn)
    decided = Counter(submission.credential for submission, _ in facts.catalog.decided)
    found = []
    for name, known in sorted(facts.catalog.definitions.items()):
        busy = words[name, "in review"] + words[name, "being reconciled"]
        if name not in wanted or (known.credential.status != "live" and not busy):
            continue
        rule, able, needed = able_to_judge(facts.catalog, known.credential, decided[name])
        shelf = Shelf(
            credential=name,
            title=known.credential.title,
            drafts=words[name, "draft"],
            in_review=words[name, "in review"],
            to_decide=words[name, "being reconciled"],
            rule=rule,
            able=able,
            needed=needed,
            forecast=forecast(turns[name]),
            months=count_months((t.decided.date() for t in turns[name]), facts.today),
        )
        found.append(replace(shelf, warning=_warning(shelf)))
    return tuple(found)


def able_to_judge(catalog: Catalog, definition: Credential, decided: int) -> tuple[Rule, int, int]:
    """By which rule the next submission is judged, how many are able to, how many are asked.

    Able are those the rule speaks of who are confirmed and have a key in use. The rule asks for no key:
    whoever is confirmed is asked. Conflicts depend on whose work it is and are `domain.rules.panel`'s.
    """
    policy: Policy = catalog.programme.assessment.for_credential(definition)
    holders = catalog.holders.get(definition.id, frozenset())
    rule = rule_for(decided, sum(p in catalog.people for p in holders), policy)
    spoken_of = holders if rule == "peer" else catalog.programme.roles.experts_of(definition.id)
    return rule, sum(_is_active(catalog, p) for p in spoken_of), seats_for(rule, policy)


def _is_active(catalog: Catalog, person: PersonId) -> bool:
    found = catalog.people.get(person)
    return found is not None and any(key.retired is None for key in found.keys)


def _warning(shelf: Shelf) -> str:
    if not shelf.able:
        return "no active assessor"
    if shelf.able < shelf.needed:
        return f"{shelf.needed} assessors are needed; {shelf.able} available"
    return ""


def _climb(
    catalog: Catalog, person: PersonId, standings: Iterable[Standing], stack: Stack
) -> ProgressToStack:
    earned = {
        s.submission.credential for s in standings if s.submission.earner == person and s.word == "earned"
    }
    return ProgressToStack(
        person=person,
        name=_name(catalog, person),
        have=len(earned),
        needed=stack.needed,
        missing=tuple(c for c in stack.credentials if c not in earned),
    )

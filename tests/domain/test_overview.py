"""What a coach is told: who acts, what is next, who is able, who is stuck."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as some
from msgspec.structs import replace

from mcred.domain.catalog import Catalog, Definition
from mcred.domain.ids import BlobId, CommitId, CredentialId, PersonId, SubmissionId
from mcred.domain.programme import Policy
from mcred.domain.rules.panel import choose_panel
from mcred.domain.stats.overview import Facts, able_to_judge, describe, look, may_see_all, waiting_for
from mcred.domain.stats.progress import Turn
from mcred.domain.status import Event, Standing, StateWord
from tests.school import (
    ANA,
    ANAS,
    BEN,
    CLEO,
    DEV,
    MEI,
    NOON,
    ROSA,
    WAIT,
    a_catalog,
    a_credential,
    a_person,
    a_programme,
    a_record,
    a_request,
    a_stack,
)

TODAY = date(2026, 11, 20)
WORDS: tuple[StateWord, ...] = get_args(StateWord)


def standing(word: StateWord = "in review", earner: PersonId = ANA, **changes: object) -> Standing:
    given: dict[str, object] = {
        "submission": SubmissionId(earner, WAIT),
        "word": word,
        "attempt": 1,
        "since": NOON,
        "request": a_request() if word in ("in review", "being reconciled") else None,
    }
    return Standing(**{**given, **changes})  # type: ignore[arg-type]


def facts(*standings: Standing, me: PersonId | None = ROSA, catalog: Catalog | None = None) -> Facts:
    return Facts(catalog=catalog or a_catalog(), standings=standings, turns=(), today=TODAY, me=me)


def reviewed(by: PersonId) -> Event:
    return Event(kind="assess", submission=ANAS, attempt=1, person=by, commit=CommitId("f" * 40), when=NOON)


class TestWhoActs:
    def test_assessors_who_have_not_answered(self) -> None:
        asked = standing(request=a_request(panel=(MEI, BEN, CLEO)), reviews=(reviewed(BEN),))
        assert waiting_for(asked, a_catalog()) == (MEI, CLEO)

    def test_issuers_but_never_the_earner(self) -> None:
        catalog = replace(a_catalog(), programme=a_programme(issuers=(ROSA, ANA)))
        assert waiting_for(standing("being reconciled"), catalog) == (ROSA,)

    @pytest.mark.parametrize("word", ["draft", "not yet earned", "withdrawn"])
    def test_the_earner(self, word: StateWord) -> None:
        assert waiting_for(standing(word), a_catalog()) == (ANA,)

    @pytest.mark.parametrize("word", ["earned", "declined", "revoked", "expired"])
    def test_no_one_when_it_is_over(self, word: StateWord) -> None:
        assert waiting_for(standing(word), a_catalog()) == ()

    @pytest.mark.parametrize("word", WORDS)
    def test_every_word_has_a_line(self, word: StateWord) -> None:
        line = describe(standing(word), a_catalog(), TODAY)
        assert line.word == word and line.name == "Ana" and line.title == "Wait Time"
        assert bool(line.next) == (word != "earned")


class TestLine:
    def test_late_begins_the_day_after_it_was_due(self) -> None:
        asked = standing(request=a_request(due=TODAY))
        assert not describe(asked, a_catalog(), TODAY).overdue
        assert describe(asked, a_catalog(), TODAY + timedelta(days=1)).overdue
        settled = standing("being reconciled", request=a_request(due=NOON.date()))
        assert not describe(settled, a_catalog(), TODAY).overdue

    @pytest.mark.parametrize(("attempt", "due"), [(1, False), (2, False), (3, True), (4, True)])
    def test_a_coach_is_due_after_three_attempts(self, attempt: int, due: bool) -> None:
        line = describe(standing("not yet earned", attempt=attempt), a_catalog(), TODAY)
        assert line.coach_due is due
        assert ("coach" in line.next) is due
        assert not describe(standing("earned", attempt=attempt), a_catalog(), TODAY).coach_due

    def test_days_are_counted_from_the_day_it_stands_there(self) -> None:
        assert describe(standing(), a_catalog(), TODAY).days == 18
        assert describe(standing(since=None), a_catalog(), TODAY).days is None
        ahead = standing(since=datetime(2027, 1, 1, tzinfo=UTC))
        assert describe(ahead, a_catalog(), TODAY).days == 0

    def test_an_award_says_how_long_it_holds(self) -> None:
        line = describe(standing("earned", ends=date(2027, 5, 1)), a_catalog(), TODAY)
        assert line.next == "valid until 2027-05-01"

    def test_someone_who_left_is_shown_by_id(self) -> None:
        gone = SubmissionId(PersonId("zoe"), CredentialId("lost"))
        line = describe(standing(submission=gone), a_catalog(), TODAY)
        assert (line.name, line.title) == ("zoe", "lost")


class TestWhoSees:
    @pytest.mark.parametrize(
        ("person", "sees"), [(ROSA, True), (DEV, True), (MEI, False), (ANA, False), (None, False)]
    )
    def test_is_a_matter_of_roles(self, person: PersonId | None, sees: bool) -> None:
        catalog = replace(a_catalog(), programme=a_programme(coaches=(DEV,)))
        assert may_see_all(catalog, person) is sees

    @given(
        some.lists(some.sampled_from([ANA, BEN, CLEO, DEV]), unique=True),
        some.sampled_from([ANA, BEN, MEI, None]),
    )
    def test_without_one_no_one_sees_another(self, earners: list[PersonId], me: PersonId | None) -> None:
        found = look(facts(*(standing(earner=e) for e in earners), me=me), ["ana", "ben"])
        assert {line.person for line in found.lines} <= {me}
        assert found.unknown == () and not found.whole


class TestCohort:
    def test_everyone_named_is_there_once_and_no_one_else(self) -> None:
        found = look(facts(standing(), standing(earner=BEN)), ["cleo", "ana", "cleo", "zoe"])
        assert [(line.person, line.word) for line in found.lines] == [
            (CLEO, "not started"),
            (ANA, "in review"),
        ]
        assert found.unknown == ("zoe",) and found.lines[0].next == "choose one: mcred browse"

    def test_without_one_all_who_have_begun(self) -> None:
        found = look(facts(standing(earner=BEN), standing(), standing("not started", earner=CLEO)))
        assert [line.person for line in found.lines] == [ANA, BEN]


class TestStack:
    def test_counts_what_is_earned_of_it(self) -> None:
        slip = CredentialId("exit-slip")
        stack = a_stack(credentials=(WAIT, slip), need=1)
        other = standing("draft", submission=SubmissionId(ANA, CredentialId("else")))
        found = look(facts(standing("earned"), standing("draft", earner=BEN), other), stack=stack)
        assert [(c.person, c.have, c.needed, c.missing) for c in found.climbs] == [
            (ANA, 1, 1, (slip,)),
            (BEN, 0, 1, (WAIT, slip)),
        ]
        assert {line.credential for line in found.lines} == {WAIT}


class TestAble:
    def test_experts_while_it_is_young(self) -> None:
        assert able_to_judge(a_catalog(), a_credential(), 49) == ("expert", 1, 1)

    def test_peers_once_there_are_decisions_and_holders_enough(self) -> None:
        records = tuple(a_record(SubmissionId(p, WAIT)) for p in (ANA, BEN, CLEO, DEV))
        assert able_to_judge(a_catalog(records), a_credential(), 50) == ("peer", 4, 3)
        assert able_to_judge(a_catalog(records), a_credential(), 49)[0] == "expert"
        assert able_to_judge(a_catalog(records[:2]), a_credential(), 50) == ("expert", 1, 1)

    def test_who_is_not_confirmed_or_has_no_key_is_not_able(self) -> None:
        catalog = a_catalog()
        retired = tuple(replace(k, retired=TODAY) for k in a_person("mei").keys)
        people = {**catalog.people, MEI: a_person("mei", keys=retired)}
        assert able_to_judge(replace(catalog, people=people), a_credential(), 0) == ("expert", 0, 1)
        gone = {p: v for p, v in catalog.people.items() if p != MEI}
        assert able_to_judge(replace(catalog, people=gone), a_credential(), 0) == ("expert", 0, 1)

    @pytest.mark.parametrize(
        ("experts", "needed", "warning"),
        [
            ((), 1, "no active assessor"),
            ((MEI,), 2, "2 assessors are needed; 1 available"),
            ((MEI,), 1, ""),
        ],
    )
    def test_too_few_are_warned_of(self, experts: tuple[PersonId, ...], needed: int, warning: str) -> None:
        programme = a_programme(Policy(experts=needed), experts=experts)
        (shelf,) = look(facts(catalog=replace(a_catalog(), programme=programme))).shelves
        assert shelf.warning == warning


class TestShelves:
    def test_count_what_waits(self) -> None:
        words: tuple[StateWord, ...] = ("draft", "in review", "in review", "being reconciled", "earned")
        many = [standing(w, earner=PersonId(f"p{n}")) for n, w in enumerate(words)]
        (shelf,) = look(facts(*many)).shelves
        assert (shelf.drafts, shelf.in_review, shelf.to_decide, shelf.waiting) == (1, 2, 1, 3)

    def test_a_retired_one_stays_as_long_as_something_waits(self) -> None:
        old = Definition(credential=a_credential(status="retired"), blob=BlobId("c" * 40))
        catalog = replace(a_catalog(), definitions={WAIT: old})
        assert look(facts(standing("draft"), catalog=catalog)).shelves == ()
        assert len(look(facts(standing(), catalog=catalog)).shelves) == 1

    def test_have_their_own_turns(self) -> None:
        def turn(credential: str, days: int) -> Turn:
            which = SubmissionId(ANA, CredentialId(credential))
            sent = NOON - timedelta(days=days)
            return Turn(submission=which, attempt=1, outcome="award", rule="expert", sent=sent, decided=NOON)

        turns = [turn("wait-time", d) for d in (2, 4, 9)] + [turn("other", 90)] * 5
        (shelf,) = look(replace(facts(), turns=turns)).shelves
        assert (shelf.forecast.turns, shelf.forecast.median, shelf.forecast.most) == (3, 4, 9)
        assert shelf.months == (*[0] * 11, 3)


class TestWhoDecides:
    def test_an_issuer_who_assessed_leaves_it_to_the_others(self) -> None:
        """The overview named every issuer but the earner, also one whom `reconcile` sends away."""
        catalog = replace(a_catalog(), programme=a_programme(issuers=(ROSA, MEI, ANA)))
        assert waiting_for(standing("being reconciled"), catalog) == (ROSA,)
        alone = replace(a_catalog(), programme=a_programme(issuers=(MEI, ANA)))
        assert waiting_for(standing("being reconciled"), alone) == (MEI,)


class TestPhase:
    def test_the_rule_is_the_one_of_the_panel(self) -> None:
        """A holder without a key in use made the overview say experts, and peers were asked."""
        records = tuple(a_record(SubmissionId(p, WAIT)) for p in (BEN, CLEO, DEV))
        catalog = a_catalog(records, programme=a_programme(Policy(expert_submissions=3)))
        retired = tuple(replace(k, retired=date(2026, 10, 1)) for k in catalog.people[DEV].keys)
        people = {**catalog.people, DEV: replace(catalog.people[DEV], keys=retired)}
        catalog = replace(catalog, people=people)
        policy = catalog.programme.assessment
        assert choose_panel(ANAS, catalog, policy, {}).rule == "peer"
        assert able_to_judge(catalog, a_credential(), 3) == ("peer", 2, 3)

    def test_where_no_peer_is_to_be_asked_experts_judge(self) -> None:
        catalog = a_catalog((a_record(),), programme=a_programme(Policy(expert_submissions=0, peers=0)))
        assert choose_panel(ANAS, catalog, catalog.programme.assessment, {}).rule == "expert"
        assert able_to_judge(catalog, a_credential(), 1)[0] == "expert"

"""What a request has to say, who was asked before, and which levels are kept."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from mcred.domain.assessment import DefinitionRef
from mcred.domain.catalog import Catalog
from mcred.domain.ids import BlobId, CommitId, Slug, SubmissionId, Version
from mcred.domain.pieces import Disclosures, FileDigest
from mcred.domain.programme import Attempts, Policy
from mcred.domain.rules.carry import carried_levels, may_carry
from mcred.domain.rules.request import SentRequest, asked_before, find_doubts
from mcred.domain.submission import CommittedPiece, Load, Work
from tests.school import (
    ANAS,
    BEN,
    BLOB,
    CLEO,
    MEI,
    SENT,
    WAIT,
    a_catalog,
    a_credential,
    a_decision,
    a_programme,
    a_record,
    a_request,
    a_work,
    an_assessment,
    an_erasure,
    commit_work,
    digests_of,
    pool_of,
)

EDITION = DefinitionRef(version=Version("1.2.0"), blob=BLOB)
OPENED = Disclosures(format=2, disclosures=commit_work(a_work())[1])


COMMIT = CommitId("9" * 40)
SEALING = replace(a_catalog(), programme=replace(a_catalog().programme, work="sealed"))


def back(**changes: Any) -> Catalog:
    """Ana was sent back once."""
    decision = a_decision(outcome="revise", **changes)
    return a_catalog((a_record(decisions=(decision,), awards={}),))


def facts(**changes: Any) -> SentRequest:
    """A request that follows from everything, but for what a test is about."""
    given: dict[str, Any] = {
        "request": a_request(),
        "submission": ANAS,
        "attempt": 1,
        "definition": a_credential(),
        "then": a_catalog(),
        "is_known": True,
        "is_there": True,
        "work": a_work(),
        "digests": digests_of(a_work()),
        "is_beside": True,
        "disclosures": OPENED,
        "earlier": (),
        "knew_newer": False,
        "read_pieces": lambda _: a_request().pieces,
    }
    return SentRequest(**{**given, **changes})


def doubts(**changes: Any) -> list[tuple[str, str]]:
    return [(doubt.code, doubt.what) for doubt in find_doubts(facts(**changes))]


def test_a_request_by_the_rules_is_not_doubted() -> None:
    assert doubts() == []


def test_sealed_work_is_not_doubted_where_a_programme_seals_it() -> None:
    assert doubts(then=SEALING, is_beside=False, request=a_request(work=COMMIT)) == []


CASES: dict[str, tuple[dict[str, Any], str, str]] = {
    "another attempt": (
        {"request": a_request(attempt=2)}, "request-wrong", "it is for attempt 2 of ana/wait-time",
    ),
    "a rubric of later": (
        {"is_known": False},
        "decision-definition", "it names a definition that the program did not have when it was submitted",
    ),
    "a rubric that is no longer live": (
        {"definition": a_credential(status="retired")},
        "decision-definition", "it names a definition that was retired",
    ),
    "nothing to earn": (
        {"is_there": False},
        "decision-definition",
        "there was no such micro-credential when it was submitted",
    ),
    "another version": (
        {"request": a_request(definition=DefinitionRef(version=Version("9.0.0"), blob=BLOB))},
        "request-wrong", "it names version 1.2.0 and 9.0.0, its rubric is 1.2.0",
    ),
    "work for another version": (
        {"work": a_work(version=Version("1.0.0"))},
        "request-wrong", "it names version 1.0.0 and 1.2.0, its rubric is 1.2.0",
    ),
    "sealed, where members read it": (
        {"is_beside": False, "request": a_request(work=COMMIT)},
        "request-work", "its work is not beside its request, as in this program",
    ),
    "called sealed, and not": (
        {"request": a_request(work=COMMIT)},
        "request-work", "its work is not beside its request, as in this program",
    ),
    "nowhere": (
        {"is_beside": False},
        "request-work", "its work is not beside its request, as in this program",
    ),
    "open, where it is sealed": (
        {"then": SEALING}, "request-work", "its work is not sealed, as in this program",
    ),
    "sealed, and open as well": (
        {"then": SEALING, "request": a_request(work=COMMIT)},
        "request-work", "its work is not sealed, as in this program",
    ),
    "another file": (
        {"digests": digests_of(a_work(plan="2" * 40))},
        "request-pieces", "the pieces it names are not the work that was submitted",
    ),
    "a file more": (
        {"digests": {**digests_of(a_work()), "notes.txt": FileDigest(sha256="d" * 64, bytes=1)}},
        "request-pieces", "the pieces it names are not the work that was submitted",
    ),
    "another answer": (
        {"work": a_work(answer="My class of ten-year-olds.")},
        "request-pieces", "the pieces it names are not the work that was submitted",
    ),
    "pieces in a different order": (
        {
            "request": a_request(pieces=a_request().pieces[::-1]),
            "disclosures": replace(OPENED, disclosures=OPENED.disclosures[::-1]),
        },
        "request-pieces", "the pieces it names are not the work that was submitted",
    ),
    "a piece said to be for another item": (
        {"request": a_request(pieces=tuple(replace(p, item=Slug("setting")) for p in a_request().pieces))},
        "request-pieces", "the pieces it names are not the work that was submitted",
    ),
    "a piece left out": (
        {"request": a_request(pieces=a_request().pieces[:-1])},
        "request-pieces", "the list next to it opens different pieces from those it names",
    ),
    "one piece twice": (
        {
            "request": a_request(pieces=a_request().pieces[:1] * 2),
            "disclosures": replace(OPENED, disclosures=OPENED.disclosures[:1] * 2),
        },
        "request-pieces", "it names one piece twice",
    ),
    "nothing opens its pieces": (
        {"disclosures": None},
        "request-pieces",
        "the pieces it names cannot be compared: the list that opens its pieces is missing or cannot be read",
    ),
    "work that cannot be read": (
        {"work": None},
        "request-pieces", "the pieces it names cannot be compared: the work is missing or cannot be read",
    ),
    "other statements than the list has": (
        {"request": a_request(attestations=())},
        "request-pieces", "it confirms something other than the work that was submitted",
    ),
    "miscounted": (
        {"request": a_request(assessed_before=9)},
        "request-rule", "0 submissions had been assessed, so experts were due; it says 9 and experts",
    ),
    "a friend": (
        {"request": a_request(panel=(BEN,))}, "request-panel", "the rules assign mei; it assigns ben",
    ),
    "nobody there": (
        {"then": a_catalog(programme=a_programme(experts=())), "request": a_request(candidates=())},
        "request-panel", "the rules assign no one; it assigns mei",
    ),
    "a candidate left out": (
        {"request": a_request(candidates=())},
        "request-candidates", "it does not name the first eligible people in their order",
    ),
    "others than could be asked": (
        {"request": a_request(pool=pool_of((Load(person=MEI, open=0), Load(person=BEN, open=0))))},
        "request-candidates",
        "what it says about all eligible people does not match the people there were, or those it names",
    ),
    "an older main than the work builds on": (
        {"knew_newer": True},
        "request-main-old",
        "the work builds on a newer state of the program than the one its assessors were chosen from",
    ),
    "a free assessor is passed over": (
        {"request": a_request(at_limit=(MEI,))},
        "request-limit", "by the numbers it gives, no one had as many open reviews as allowed; it says mei",
    ),
    "a busy assessor is asked": (
        {"request": a_request(candidates=(Load(person=MEI, open=4),))},
        "request-limit", "by the numbers it gives, mei had as many open reviews as allowed; it says no one",
    ),
    "levels kept": (
        {"request": a_request(carried=(Slug("waiting"),))},
        "request-carried", "it keeps levels although the evidence changed: waiting",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_is_doubted(name: str) -> None:
    changes, code, what = CASES[name]
    assert (code, what) in doubts(**changes)


def test_all_doubts_are_named_and_not_only_the_first() -> None:
    """The audit kept the wrong panel to itself where the rule was wrong too."""
    said = doubts(request=a_request(rule="peer", panel=(BEN,), candidates=()))
    assert [code for code, _ in said] == ["request-rule", "request-panel", "request-candidates"]


def test_too_few_assessors_are_a_doubt_for_whoever_decides_too() -> None:
    """The issuer was not told, and the audit found it in the award."""
    then = a_catalog(programme=a_programme(Policy(experts=2)))
    assert doubts(then=then) == [("request-panel", "there were not enough assessors for this")]


def test_an_earner_who_was_not_confirmed_yet() -> None:
    people = {p: who for p, who in a_catalog().people.items() if p != "ana"}
    said = doubts(then=a_catalog(people=people))
    assert ("request-main-early", "ana was not confirmed yet in the state it was made from") in said


class TestAskedBefore:
    def test_assessors_of_main_and_panels_of_earlier_attempts(self) -> None:
        sent = [(1, a_request(panel=(CLEO,))), (2, a_request(panel=(BEN,)))]
        assert asked_before(ANAS, 3, back(), sent) == (MEI, CLEO, BEN)

    def test_what_is_of_this_attempt_or_a_later_one_does_not_count(self) -> None:
        """When it was sent every number counted, when it was checked only those before."""
        sent = [(2, a_request(panel=(CLEO,))), (5, a_request(panel=(BEN,))), (1, None)]
        assert asked_before(ANAS, 2, a_catalog(), sent) == ()

    def test_whoever_was_at_their_limit_was_not_asked(self) -> None:
        sent = [(1, a_request(panel=(CLEO, BEN), at_limit=(BEN,)))]
        assert asked_before(ANAS, 2, a_catalog(), sent) == (CLEO,)

    def test_of_another_submission_no_one(self) -> None:
        assert asked_before(SubmissionId(BEN, WAIT), 2, back(), ()) == ()


class TestCarry:
    def kept(self, then: Catalog, now: Work | None = None, edition: DefinitionRef = EDITION) -> set[str]:
        before, disclosures = commit_work(a_work())
        pieces = commit_work(now or a_work(), earlier=disclosures, seed=1)[0]

        def read(commit: CommitId) -> tuple[CommittedPiece, ...] | None:
            return before if commit == SENT else None

        return {*may_carry(ANAS, pieces, a_credential(), edition, then, read)}

    def test_unchanged_evidence_keeps_its_level(self) -> None:
        assert self.kept(back()) == {"context", "questions", "waiting"}
        assert self.kept(back(), a_work(plan="2" * 40)) == {"context", "waiting"}

    def test_an_erased_piece_carries_nothing(self) -> None:
        erasure = an_erasure(pieces=(commit_work(a_work())[0][1].commitment,))
        record = a_record(decisions=(a_decision(outcome="revise"),), awards={}, erasures=(erasure,))
        assert self.kept(a_catalog((record,))) == {"context", "waiting"}
        without = a_work(evidence=a_work().submission.evidence[1:])
        assert self.kept(a_catalog((record,)), without) == {"context", "waiting"}

    def test_never_but_after_a_revise(self) -> None:
        assert self.kept(a_catalog()) == set()
        assert self.kept(a_catalog((a_record(),))) == set()

    def test_not_for_another_edition_or_where_the_programme_keeps_none(self) -> None:
        other = DefinitionRef(version=Version("1.2.0"), blob=BlobId("9" * 40))
        assert self.kept(back(), edition=other) == set()
        rules = replace(a_programme(), attempts=Attempts(carry_over="none"))
        assert self.kept(replace(back(), programme=rules)) == set()

    def test_not_where_the_work_before_cannot_be_read(self) -> None:
        assert self.kept(back(judged=CommitId("7" * 40))) == set()

    def test_the_levels_are_those_of_the_decision_before(self) -> None:
        before = a_decision()
        assert carried_levels([Slug("waiting"), Slug("unknown")], before) == {"waiting": "basic"}
        assert carried_levels([Slug("waiting")], None) == {}


def test_a_catalog_answers_for_one_submission() -> None:
    record = a_record(assessments=(an_assessment(CLEO), an_assessment(MEI), an_assessment(CLEO, attempt=2)))
    catalog = a_catalog((record,))
    assert catalog.assessors(ANAS) == (CLEO, MEI)
    assert catalog.decision(ANAS) == record.decision
    assert catalog.decision(SubmissionId(BEN, WAIT)) is None

"""Looking at a file's first fields says what decoding all of it says, and in doubt decodes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given

from mcred.files import glance
from mcred.files.decode import decode
from mcred.files.encode import encode
from mcred.files.glance import Glimpse, glance_at_decision, glance_at_renewal, glance_at_request
from mcred.model.award import Reissue
from mcred.model.decision import Decision
from mcred.model.ids import PersonId
from mcred.model.submission import Load, ReviewRequest
from mcred.problems import McredError
from tests.files.shapes import SLOW, shaped
from tests.school import a_decision, a_reissue, a_request


def glimpse_of(decision: Decision) -> Glimpse:
    return Glimpse(
        outcome=decision.outcome,
        issuer=decision.issuer,
        decided=decision.decided,
        judged=decision.judged,
        definition=decision.definition.blob,
        rule=decision.rule,
    )


def written(value: object) -> bytes:
    """As it is stored; what cannot be stored is no example."""
    try:
        return encode(value)
    except McredError:
        return b""


@SLOW
@given(shaped(Decision))
def test_a_glance_says_what_decoding_says(decision: Decision) -> None:
    if data := written(decision):
        read = decode(data, Decision, "1.yaml")[0]
        assert read is not None
        assert glance_at_decision(data, "1.yaml") == glimpse_of(read)


@SLOW
@given(shaped(Reissue))
def test_of_a_renewal_too(reissue: Reissue) -> None:
    if data := written(reissue):
        read = decode(data, Reissue, "1-2.yaml")[0]
        assert read is not None
        assert glance_at_renewal(data, "1-2.yaml") == (read.issued if read.kind == "renew" else None)


@SLOW
@given(shaped(ReviewRequest))
def test_of_a_request_but_for_who_else_could_be_asked(request: ReviewRequest) -> None:
    if data := written(request):
        read, brief = decode(data, ReviewRequest, "r")[0], glance_at_request(data, "r")
        assert read is not None and brief is not None
        assert replace(brief, candidates=()) == replace(read, candidates=())


def test_the_usual_file_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    data, again = encode(a_decision()), encode(a_reissue(kind="renew"))
    monkeypatch.setattr(glance, "decode", None)
    assert glance_at_decision(data, "1.yaml") == glimpse_of(a_decision())
    assert glance_at_renewal(again, "1-2.yaml") == a_reissue().issued


def test_a_long_list_of_candidates_is_skipped() -> None:
    many = tuple(Load(person=PersonId(f"p-{n}"), open=n % 3) for n in range(50))
    found = glance_at_request(encode(a_request(candidates=many)), "r")
    assert found is not None and found.candidates == () and found.panel == a_request().panel


@pytest.mark.parametrize(
    "text",
    [
        "{outcome: decline, rule: peer}",
        "outcome: award\noutcome: revise\n",
        "reason: |\n  outcome: award\n",
        "outcome: maybe\n",
        "",
        "\xff",
    ],
)
def test_what_is_no_decision_is_none(text: str) -> None:
    assert glance_at_decision(text.encode("latin-1"), "1.yaml") is None


def test_nothing_inside_a_text_is_taken_for_a_field() -> None:
    tricky = a_decision(feedback="outcome: revise\nrule: peer\n\njudged: x", reason="decided: today")
    assert glance_at_decision(encode(tricky), "1.yaml") == glimpse_of(tricky)


def test_another_way_of_writing_it_is_read_too() -> None:
    data = encode(a_decision()).replace(b"outcome: award", b'outcome:   "award"   # said twice')
    assert glance_at_decision(data, "1.yaml") == glimpse_of(a_decision())


def test_a_moment_without_its_zone_is_left_to_the_decoder() -> None:
    decision = a_decision(decided=datetime(2026, 11, 2, tzinfo=UTC) + timedelta(hours=3))
    data = encode(decision).replace(b"+00:00", b"")
    read = decode(data, Decision, "1.yaml")[0]
    found = glance_at_decision(data, "1.yaml")
    assert (found is None) == (read is None)

"""Looking at a file's first fields says what decoding all of it says, and in doubt decodes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given

from mcred.domain.award import Reissue
from mcred.domain.decision import Decision
from mcred.domain.ids import PersonId
from mcred.domain.submission import Load, ReviewRequest
from mcred.formats import glance
from mcred.formats.decode import decode
from mcred.formats.encode import encode
from mcred.formats.glance import Glimpse, glance_at_decision, glance_at_renewal, glance_at_request
from mcred.problems import McredError
from tests.formats.shapes import SLOW, shaped
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
def test_of_a_request_too(request: ReviewRequest) -> None:
    if data := written(request):
        read = decode(data, ReviewRequest, "r")[0]
        assert read is not None and glance_at_request(data, "r") == read


def test_the_usual_file_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    data, again = encode(a_decision()), encode(a_reissue(kind="renew"))
    monkeypatch.setattr(glance, "decode", None)
    assert glance_at_decision(data, "1.yaml") == glimpse_of(a_decision())
    assert glance_at_renewal(again, "1-2.yaml") == a_reissue().issued


MANY = tuple(Load(person=PersonId(f"p-{n}"), open=n % 3) for n in range(50))


def test_a_long_list_of_candidates_is_read_as_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    real = decode

    def watched(data: bytes, shape: type[ReviewRequest], file: str) -> object:
        seen.append(data.count(b"person:"))
        return real(data, shape, file)

    monkeypatch.setattr(glance, "decode", watched)
    assert glance_at_request(encode(a_request(candidates=MANY)), "r") == a_request(candidates=MANY)
    assert seen == [0]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("person: p-7\n", "person: null\n"),
        ("person: p-7\n", "person: con\n"),
        ("person: p-7\n", "person: -p\n"),
        ("person: p-7\n", "person: &a p-7\n"),
        ("    open: 0\n", "    open: 00\n"),
        ("    open: 0\n", "    open: -1\n"),
        ("    open: 0\n", "    open: 0\n    more: 1\n"),
        ("    open: 0\n", ""),
        ("candidates:\n", "candidates:\n  - person: p-x\n"),
        ("reasons:", "candidates:\n  - person: a\n    open: 1\nreasons:"),
        ("rule: expert\n", "rule: nobody\n"),
    ],
)
def test_a_list_that_was_altered_is_judged_by_the_decoder(old: str, new: str) -> None:
    data = encode(a_request(candidates=MANY, reasons=("So.",)))
    altered = data.decode().replace(old, new, 1).encode()
    assert altered != data
    assert glance_at_request(altered, "r") == decode(altered, ReviewRequest, "r")[0]


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


@pytest.mark.parametrize("line", ["outcome: revise", "judged: " + "0" * 40, "rule: peer", "issuer: eva"])
def test_a_field_that_is_there_twice_is_no_field(line: str) -> None:
    data = encode(a_decision()) + line.encode() + b"\n"
    assert glance_at_decision(data, "1.yaml") is None and decode(data, Decision, "1.yaml")[0] is None


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

"""What an earner publishes: which lists are in order, and which of their pieces count."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from mcred.domain.ids import Slug, SubmissionId
from mcred.domain.pieces import PieceContent, disclose
from mcred.domain.shown import (
    MOST,
    ShownBadge,
    ShownList,
    ShownPiece,
    explain_list,
    is_judged,
    leaves_out,
    shown_of,
)
from tests.school import ANA, ANAS, BEN, WAIT, a_record, a_request, a_shown_piece, an_erasure

PLAN, VIDEO = a_shown_piece(), a_shown_piece(place=2)
PATHS = ("shown.json", f"files/{PLAN.file}")
BENS = SubmissionId(BEN, WAIT)


def reasons(*pieces: ShownPiece, paths: tuple[str, ...] = PATHS, **changes: object) -> tuple[str, ...]:
    listed = replace(ShownList(format=2, person=ANA, pieces=pieces), **changes)
    return tuple(explain_list(listed, ANA, paths))


def test_a_list_with_its_files_is_in_order() -> None:
    assert reasons(PLAN, VIDEO) == ()
    assert reasons(paths=("shown.json",)) == ()


@pytest.mark.parametrize("name", ["did", "jwks", "reading"])
def test_a_badge_has_no_name_of_a_file_with_keys(name: str) -> None:
    file = f"{'2' * 64}.json"
    said = reasons(paths=("shown.json", f"files/{file}"), elsewhere=(ShownBadge(name=Slug(name), file=file),))
    refused = f"a badge cannot have the name {name}, that of a file with an issuer's keys"
    assert said == (() if name == "reading" else (refused,))


@pytest.mark.parametrize(
    ("pieces", "paths", "said"),
    [
        ((PLAN,), (*PATHS, "index.html"), "index.html does not belong there"),
        ((PLAN,), (*PATHS, f"files/{'2' * 64}.txt"), f"files/{'2' * 64}.txt is not a piece on its list"),
        ((PLAN,), ("shown.json",), f"files/{PLAN.file} is missing"),
        ((PLAN, PLAN), PATHS, "it lists “Day one” twice"),
        ((replace(PLAN, submission=BENS),), PATHS, "“Day one” is of ben/wait-time"),
        ((replace(PLAN, file=""),), ("shown.json",), "the file of “Day one” is missing"),
        ((replace(PLAN, disclosure="no"),), PATHS, "“Day one”: it opens no piece of evidence"),
        ((replace(VIDEO, file=PLAN.file),), PATHS, f"“Talk” cannot have the file {PLAN.file}"),
    ],
)
def test_what_is_wrong_is_named(pieces: tuple[ShownPiece, ...], paths: tuple[str, ...], said: str) -> None:
    assert reasons(*pieces, paths=paths) == (said,)


@pytest.mark.parametrize(
    "file", ["../x.txt", "plan.txt", f"{'1' * 64}.t/x", f"{'1' * 64}", f"{'A' * 64}.txt"]
)
def test_a_file_has_a_name_that_says_nothing(file: str) -> None:
    assert f"“Day one” cannot have the file {file}" in reasons(replace(PLAN, file=file))


def test_a_list_of_someone_else_or_without_end_is_none() -> None:
    assert "its list is ben's" in reasons(PLAN, person=BEN)
    assert reasons(*[PLAN] * (MOST + 1)) == (f"it lists {MOST + 1} pieces, more than {MOST}",)


def test_an_answer_is_no_piece_of_evidence() -> None:
    said = PieceContent(name="answer", value={"item": "setting", "sha256": "0" * 64, "words": 3})
    answer = replace(PLAN, disclosure=disclose("x" * 22, said), file="")
    assert reasons(answer, paths=("shown.json",)) == ("“Day one”: it opens no piece of evidence",)


def test_a_piece_counts_only_as_what_an_award_was_given_for() -> None:
    record = a_record()
    assert is_judged(PLAN, record) and is_judged(VIDEO, record)
    assert not is_judged(PLAN, None)
    assert not is_judged(replace(PLAN, attempt=2), record), "another attempt"
    assert not is_judged(PLAN, a_record(awards={}, requests={1: a_request()})), "no award"
    assert not is_judged(PLAN, replace(record, requests={})), "a request that cannot be read"
    assert not is_judged(PLAN, a_record(erasures=(an_erasure(pieces=(PLAN.commitment,)),))), "erased"
    other = tuple(replace(p, type=Slug("song")) for p in a_request().pieces)
    assert not is_judged(PLAN, a_record(requests={1: a_request(pieces=other)})), "said to be something else"


def test_an_issuer_leaves_out_what_was_erased_and_nothing_else() -> None:
    before = ShownList(format=2, person=ANA, pieces=(PLAN, VIDEO))
    records = {ANAS: a_record(erasures=(an_erasure(pieces=(PLAN.commitment,)),))}
    now = replace(before, pieces=(VIDEO,))
    assert leaves_out(now, before, records)
    assert not leaves_out(now, before, {ANAS: a_record()}), "nothing was erased"
    assert not leaves_out(replace(before, pieces=()), before, records), "the video too"
    assert not leaves_out(before, now, records), "it brings it back"
    assert not leaves_out(replace(now, hidden=True), before, records)
    assert not leaves_out(replace(now, person=BEN), before, records)
    assert not leaves_out(replace(now, pieces=(replace(VIDEO, title="Another"),)), before, records)


def test_the_rest_counts_beside_one_that_does_not() -> None:
    erased = a_record(erasures=(an_erasure(pieces=(PLAN.commitment,)),))
    listed = ShownList(format=2, person=ANA, pieces=(PLAN, VIDEO))
    assert shown_of(listed, {ANAS: erased}) == {(ANAS, 1): (VIDEO,)}
    assert shown_of(None, {ANAS: erased}) == {}

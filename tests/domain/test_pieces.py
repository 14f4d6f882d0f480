"""What a request commits to: the form of SD-JWT, salts that are kept, and what each piece says."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mcred.domain.disclosure import commitment_of
from mcred.domain.erasure import without_erased
from mcred.domain.ids import Slug
from mcred.domain.pieces import (
    FileDigest,
    PieceContent,
    commit_to,
    digest_of,
    disclose,
    evidence_pieces,
    explain_mismatch,
    list_contents,
    read_disclosure,
)
from tests.school import a_credential, a_request, a_work, commit_work, digests_of, random_bytes

BROKEN = ["", "WyJ", "W10", "e30", "WyJhIiwiYiIsMV0", "not base64!", "WyJhIiwic29uZyIse31d", "/+8"]
"""No disclosures of a piece: cut, no array, no object as the value, another name."""


def test_a_disclosure_is_the_one_of_the_standard() -> None:
    """RFC 9901, section 4.2.1 and 4.2.3: its own example of a disclosure and its digest."""
    theirs = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"
    assert commitment_of(theirs) == "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"
    ours = disclose("_26bc4LT-ac6q2KI6cBW5es", PieceContent(name="file", value={"file": "Möbius"}))
    assert json.loads(base64.urlsafe_b64decode(ours + "==")) == [
        "_26bc4LT-ac6q2KI6cBW5es",
        "file",
        {"file": "Möbius"},
    ]


def test_a_salt_has_128_bits_and_is_another_for_each_piece() -> None:
    _, disclosures = commit_work(a_work())
    salts = [json.loads(base64.urlsafe_b64decode(d + "=" * (-len(d) % 4)))[0] for d in disclosures]
    assert len(set(salts)) == len(salts) == 3
    assert {len(base64.urlsafe_b64decode(s + "==")) for s in salts} == {16}


def test_the_pieces_are_all_answers_all_evidence_and_every_other_file() -> None:
    digests = {**digests_of(a_work()), "1-overview.md": digest_of(b"# A"), "extra.txt": digest_of(b"")}
    answer, plan, video, overview, extra = list_contents(a_work(), a_credential(), digests)
    words = hashlib.sha256(b"My class of nine-year-olds.").hexdigest()
    assert (answer.name, answer.value) == ("answer", {"item": "setting", "sha256": words, "words": 4})
    stored = digests["evidence/plan.md"]
    assert plan.value == {
        "item": "lesson-plan",
        "type": "lesson-plan",
        "file": {"sha256": stored.sha256, "bytes": 12},
    }
    assert video.value == {
        "item": "class-video",
        "type": "video",
        "url": "https://video.example.org/1",
        "sha256": "0" * 64,
    }
    assert (overview.name, overview.item, overview.type) == ("file", None, "file")
    assert [c.digest for c in (answer, plan, video, overview, extra)] == [
        None,
        stored,
        None,
        digest_of(b"# A"),
        FileDigest(sha256=hashlib.sha256(b"").hexdigest(), bytes=0),
    ]


def test_work_may_lack_what_was_erased_and_nothing_else() -> None:
    pieces, opened = commit_work(a_work())
    digests = digests_of(a_work())
    contents = list_contents(a_work(), a_credential(), digests)
    plan, video = pieces[1].commitment, pieces[2].commitment
    assert explain_mismatch(pieces, opened, contents) == ""
    assert explain_mismatch(pieces, opened, contents, {plan}) == "", "it was not taken out yet"
    left = (opened[0], opened[2])
    without_plan = list_contents(a_work(), a_credential(), {})
    assert explain_mismatch(pieces, left, without_plan, {plan}) == ""
    assert "opens different pieces" in explain_mismatch(pieces, left, without_plan)
    assert "opens different pieces" in explain_mismatch(pieces, left, without_plan, {video})
    other = {"evidence/plan.md": digest_of(b"Another.")}
    for kept in (contents, list_contents(a_work(), a_credential(), other)):
        said = explain_mismatch(pieces, left, kept, {plan})
        assert said == "the pieces it names are not the work that was submitted", "its file is still there"
    more = list_contents(a_work(), a_credential(), {"extra.txt": digest_of(b"More.")})
    assert "not the work" in explain_mismatch(pieces, left, more, {plan})
    assert explain_mismatch(pieces, left[:1], without_plan, {plan, video}) == "", "a link stays in the list"
    assert "not the work" in explain_mismatch(pieces, left, without_plan[1:], {plan})


def test_a_piece_that_did_not_change_keeps_its_commitment_and_another_gets_a_new_one() -> None:
    before, disclosures = commit_work(a_work())
    now, _ = commit_work(a_work(plan="2" * 40), earlier=disclosures, seed=1)
    assert [old == new for old, new in zip(before, now, strict=True)] == [True, False, True]


def test_two_equal_pieces_have_two_commitments_that_are_both_kept() -> None:
    plan, video = a_work().submission.evidence
    work = a_work(evidence=(plan, plan, video))
    before, disclosures = commit_work(work)
    assert len({p.commitment for p in before}) == len(before) == 4
    assert commit_work(work, earlier=disclosures, seed=1)[0] == before
    assert commit_work(work, earlier=(*disclosures, *disclosures), seed=1)[0] == before


def test_what_cannot_be_read_of_earlier_attempts_is_passed_over() -> None:
    assert commit_work(a_work(), earlier=tuple(BROKEN)) == commit_work(a_work())


@pytest.mark.parametrize("text", BROKEN)
def test_what_is_no_disclosure_is_not_read(text: str) -> None:
    assert read_disclosure(text) is None


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=40), st.integers(0, 9), st.binary(max_size=20))
def test_a_disclosure_says_what_it_was_made_of(about: str, size: int, salt: bytes) -> None:
    said = PieceContent(name="evidence", value={"item": "plan", "about": about, "file": {"bytes": size}})
    again = read_disclosure(disclose(salt.hex(), said))
    assert again == said
    assert again is not None
    assert again.item == "plan"


def test_no_commitment_tells_what_it_commits_to() -> None:
    """The same work of two people has nothing in common."""
    one, other = (commit_work(a_work(), seed=seed)[0] for seed in (0, 1))
    assert not {p.commitment for p in one} & {p.commitment for p in other}
    assert [replace(p, commitment="") for p in one] == [replace(p, commitment="") for p in other]


def test_a_piece_of_another_item_never_takes_a_commitment_over() -> None:
    plan, _ = a_work().submission.evidence
    moved = replace(plan, item=Slug("class-video"))
    contents = list_contents(a_work(evidence=(plan,)), a_credential(), digests_of(a_work()))
    before, disclosures = commit_to(contents, (), random_bytes(0))
    other = list_contents(a_work(evidence=(moved,)), a_credential(), digests_of(a_work()))
    now, _ = commit_to(other, disclosures, random_bytes(1))
    assert before[1].commitment != now[1].commitment


def test_evidence_is_told_from_an_answer_to_the_same_item() -> None:
    work = a_work()
    plan = replace(work.answers[Slug("setting")], text="I changed the plan on the way.")
    work = replace(work, answers={**work.answers, Slug("lesson-plan"): plan})
    pieces, _ = commit_work(work)
    assert [(p.item, p.type) for p in pieces][:2] == [("setting", "answer"), ("lesson-plan", "answer")]
    assert [p.type for p in evidence_pieces(pieces, work)] == [e.type for e in work.submission.evidence]
    gone, kept = evidence_pieces(pieces, work)
    shown = without_erased(replace(work, request=a_request(pieces=pieces)), {gone.commitment})
    assert shown.submission.evidence == work.submission.evidence[1:]
    assert evidence_pieces(pieces, replace(work, submission=replace(work.submission, evidence=()))) == ()
    assert kept.item == "class-video"

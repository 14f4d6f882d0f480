"""What reopens a criterion and what does not, and gaps that depend on nothing but the work."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mcred.domain.credential import Credential, Words
from mcred.domain.ids import BlobId, Slug
from mcred.domain.submission import (
    Answer,
    Evidence,
    StoredFile,
    Work,
    find_gaps,
    needed_attestations,
)
from mcred.problems import Problem, errors
from tests.school import a_credential, a_work, unchanged

unhurried = settings(deadline=None, max_examples=60)
ALL = (Slug("context"), Slug("questions"), Slug("waiting"))
SETTING, PLAN, VIDEO = Slug("setting"), Slug("lesson-plan"), Slug("class-video")

pieces = st.lists(
    st.builds(
        Evidence,
        item=st.sampled_from([PLAN, VIDEO]),
        type=st.sampled_from([Slug("lesson-plan"), Slug("video"), Slug("song")]),
        title=st.sampled_from(["One", "Two"]),
        file=st.sampled_from(["", "evidence/a", "evidence/b", "evidence/c"]),
        url=st.sampled_from(["", "https://video.example.org/1"]),
        sha256=st.sampled_from(["", "0" * 64, "short"]),
        about=st.sampled_from(["", "Minute three."]),
        students=st.booleans(),
    ),
    max_size=4,
).map(tuple)
files = st.dictionaries(
    st.sampled_from(["evidence/a", "evidence/b"]),
    st.builds(StoredFile, blob=st.sampled_from([BlobId("1" * 40), BlobId("2" * 40)]), size=st.integers(0, 2)),
)
texts = st.sampled_from(["", " ", "one", "one two three", "one  two\nthree", "word " * 40])


@st.composite
def works(draw: st.DrawFn) -> Work:
    """Any folder, complete or not."""
    text = draw(texts)
    base = a_work(evidence=draw(pieces), attestations=draw(st.sampled_from([(), ("ready",)])))
    answer = Answer(text=text, words=len(text.split()), where=base.where)
    return replace(base, files=draw(files), answers=draw(st.sampled_from([{}, {SETTING: answer}])))


def said(problems: tuple[Problem, ...]) -> Counter[str]:
    return Counter(f"{p.severity}: {p.what}" for p in problems)


def with_evidence(work: Work, evidence: tuple[Evidence, ...]) -> Work:
    return replace(work, submission=replace(work.submission, evidence=evidence))


# reopening


@unhurried
@given(works(), works())
def test_unchanged_is_the_same_in_both_directions_and_nothing_changes_by_itself(one: Work, two: Work) -> None:
    definition = a_credential()
    assert unchanged(one, one, definition) == ALL
    assert unchanged(one, two, definition) == unchanged(two, one, definition)


@unhurried
@given(works(), st.data())
def test_pieces_of_other_items_may_stand_anywhere_in_the_list(work: Work, data: st.DataObject) -> None:
    """Only the order within one item is part of what was judged."""
    kept = {i: [e for e in work.submission.evidence if e.item == i] for i in (PLAN, VIDEO)}
    order = data.draw(st.permutations([e.item for e in work.submission.evidence]))
    waiting = {item: iter(found) for item, found in kept.items()}
    mixed = with_evidence(work, tuple(next(waiting[item]) for item in order))
    assert unchanged(work, mixed, a_credential()) == ALL


@unhurried
@given(works())
def test_where_files_lie_and_what_they_are_called_reopens_nothing(work: Work) -> None:
    def moved(name: str) -> str:
        return name and name.replace("evidence/", "evidence/2027/")

    now = with_evidence(
        work,
        tuple(replace(e, file=moved(e.file), title="New") for e in work.submission.evidence),
    )
    now = replace(now, files={moved(name): stored for name, stored in work.files.items()})
    assert unchanged(work, now, a_credential()) == ALL


def two_files(plan: str, video: str) -> Work:
    work = a_work()
    listed = work.submission.evidence
    evidence = (listed[0], replace(listed[1], url="", sha256="", file="evidence/talk.md"))
    stored = {"evidence/plan.md": plan, "evidence/talk.md": video}
    return replace(
        with_evidence(work, evidence),
        files={name: StoredFile(blob=BlobId(blob * 40), size=1) for name, blob in stored.items()},
    )


def test_two_artifacts_exchanged_reopen_both_criteria() -> None:
    assert unchanged(two_files("1", "2"), two_files("2", "1"), a_credential()) == ("context",)


def test_a_link_in_place_of_the_file_reopens_its_criterion_even_with_the_same_digest() -> None:
    link = replace(a_work().submission.evidence[0], file="", url="https://a.example/plan", sha256="0" * 64)
    now = with_evidence(a_work(), (link, a_work().submission.evidence[1]))
    assert unchanged(a_work(), now, a_credential()) == ("context", "waiting")


@pytest.mark.parametrize(
    "text", ["Myclass of nine-year-olds.", "My class of nine-year- olds.", "my class of nine-year-olds."]
)
def test_words_joined_parted_or_respelled_are_a_change(text: str) -> None:
    assert "context" not in unchanged(a_work(), a_work(answer=text), a_credential())


def test_a_further_artifact_reopens_only_its_criterion() -> None:
    more = replace(a_work().submission.evidence[0], title="Day two")
    now = with_evidence(a_work(), (*a_work().submission.evidence, more))
    assert unchanged(a_work(), now, a_credential()) == ("context", "waiting")


def test_a_file_that_went_missing_reopens_its_criterion() -> None:
    assert unchanged(a_work(), replace(a_work(), files={}), a_credential()) == ("context", "waiting")


# gaps


@unhurried
@given(works(), st.data())
def test_the_order_of_the_list_changes_no_gap(work: Work, data: st.DataObject) -> None:
    turned = with_evidence(work, tuple(data.draw(st.permutations(work.submission.evidence))))
    definition = a_credential()
    for sending in (False, True):
        assert said(find_gaps(turned, definition, sending=sending)) == said(
            find_gaps(work, definition, sending=sending)
        )
    assert needed_attestations(turned, definition) == needed_attestations(work, definition)


@unhurried
@given(works())
def test_sending_asks_for_exactly_the_attestations_on_top(work: Work) -> None:
    definition = a_credential()
    before, sending = find_gaps(work, definition), find_gaps(work, definition, sending=True)
    assert sending[: len(before)] == before
    asked = [p.what for p in sending[len(before) :]]
    needed = needed_attestations(work, definition)
    assert asked == [f"'{n}' is not confirmed" for n in needed if n not in work.submission.attestations]
    assert all(p.severity == "error" for p in sending[len(before) :])


@unhurried
@given(works())
def test_whoever_confirmed_all_that_is_needed_is_asked_no_more(work: Work) -> None:
    definition = a_credential()
    agreed = replace(
        work, submission=replace(work.submission, attestations=needed_attestations(work, definition))
    )
    assert find_gaps(agreed, definition, sending=True) == find_gaps(agreed, definition)


@unhurried
@given(works())
def test_no_error_means_that_assessors_find_all_they_judge_by(work: Work) -> None:
    definition = a_credential()
    if errors(find_gaps(work, definition)):
        return
    for item in definition.items:
        handed_in = work.evidence_of(item)
        if item.is_written:
            assert work.answers[item.id].text.strip()
            continue
        assert item.min <= len(handed_in) <= item.max
        for piece in handed_in:
            assert piece.type in item.accepts
            assert bool(piece.url) != bool(piece.file)
            assert not piece.file or work.files[piece.file].size > 0
    assert {e.item for e in work.submission.evidence} <= {PLAN, VIDEO}


def with_words(words: Words) -> Credential:
    base = a_credential()
    overview = base.parts[0]
    item = replace(overview.items[0], words=words)
    return replace(base, parts=(replace(overview, items=(item,)), *base.parts[1:]))


@unhurried
@given(st.integers(1, 12), st.integers(0, 8), st.integers(0, 8))
def test_a_guide_says_what_a_limit_refuses(count: int, least: int, more: int) -> None:
    work = a_work(answer="word " * count)
    limits = find_gaps(work, with_words(Words(min=least, max=least + more)))
    guides = find_gaps(work, with_words(Words(min=least, max=least + more, mode="guide")))
    assert bool(limits) == (not least <= count <= least + more)
    assert [replace(p, severity="warning") for p in limits] == list(guides)
    assert errors(guides) == ()


@unhurried
@given(st.integers(0, 5), st.integers(0, 5))
def test_too_few_and_too_many_artifacts_are_each_one_gap(plans: int, videos: int) -> None:
    plan, video = a_work().submission.evidence
    work = with_evidence(a_work(), (plan,) * plans + (video,) * videos)
    gaps = [p.what for p in find_gaps(work, a_credential())]
    assert len(gaps) == (plans not in (1, 2)) + (videos != 1)
    assert (f"“Lesson plan” accepts at most 2 and has {plans}" in gaps) == (plans > 2)
    assert ("“Class video” needs 1 (video or observation) and has none" in gaps) == (videos == 0)


def test_each_piece_is_shown_on_its_own_line_and_without_lines_in_the_file() -> None:
    work = a_work()
    plan, video = work.submission.evidence
    placed = replace(work, entry_lines=(12, 17))
    assert [placed.place_of(e).line for e in (plan, video)] == [12, 17]
    assert [replace(work, entry_lines=(12,)).place_of(e).line for e in (plan, video)] == [12, 0]
    assert placed.place_of(video).file == work.where.file

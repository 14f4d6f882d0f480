"""A submission: what keeps it from being complete, and what changed since the attempt before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mcred.domain.credential import Attestation, Credential, Criterion, Item, Part, Words
from mcred.domain.ids import BlobId, Slug
from mcred.domain.submission import (
    MAX_FILE,
    Answer,
    Evidence,
    StoredFile,
    Work,
    find_gaps,
    needed_attestations,
)
from mcred.problems import Problem, errors
from tests.school import ANAS, a_credential, a_work, unchanged

unhurried = settings(deadline=None, max_examples=60)
PLAN, VIDEO, SETTING = Slug("lesson-plan"), Slug("class-video"), Slug("setting")
LIST = "portfolios/ana/wait-time/submission.yaml"
OVERVIEW = "portfolios/ana/wait-time/1-overview.md"


def with_words(words: Words | None) -> Credential:
    """The definition with other bounds for its one written answer."""
    base = a_credential()
    overview = base.parts[0]
    item = replace(overview.items[0], words=words)
    return replace(base, parts=(replace(overview, items=(item,)), *base.parts[1:]))


def with_piece(number: int, **changes: Any) -> Work:
    """A complete submission with one piece of evidence changed: 0 is the plan, 1 the video."""
    work = a_work()
    pieces = list(work.submission.evidence)
    pieces[number] = replace(pieces[number], **changes)
    return replace(work, submission=replace(work.submission, evidence=tuple(pieces)))


def with_file(size: int) -> Work:
    return replace(a_work(), files={"evidence/plan.md": StoredFile(blob=BlobId("1" * 40), size=size)})


def only(problems: tuple[Problem, ...]) -> Problem:
    (problem,) = problems
    return problem


def place(problem: Problem) -> tuple[str, int]:
    assert problem.where is not None
    return problem.where.file, problem.where.line


def test_a_complete_submission_has_no_gaps() -> None:
    assert find_gaps(a_work(), a_credential()) == ()
    assert find_gaps(a_work(), a_credential(), sending=True) == ()


# answers


def test_an_answer_that_is_not_there_is_asked_for_by_its_heading() -> None:
    gap = only(find_gaps(replace(a_work(), answers={}), a_credential()))
    assert gap.what == "“Your setting” is not answered yet"
    assert gap.hint == "write your answer under the heading ## Your setting in part “Overview questions”"
    assert place(gap) == (LIST, 0)
    assert gap.severity == "error"


def test_an_empty_answer_is_shown_where_its_heading_stands() -> None:
    gap = only(find_gaps(a_work(answer=""), a_credential()))
    assert gap.what == "“Your setting” is not answered yet"
    assert place(gap) == (OVERVIEW, 3)


@pytest.mark.parametrize("count", [3, 4, 29, 30])
def test_an_answer_within_its_bounds_is_no_gap(count: int) -> None:
    assert find_gaps(a_work(answer="word " * count), a_credential()) == ()


def test_a_short_answer_is_told_how_much_is_missing() -> None:
    gap = only(find_gaps(a_work(answer="Nine-year-olds."), a_credential()))
    assert gap.what == "“Your setting” has 1 words, and needs at least 3"
    assert gap.hint == "add about 2 words"
    assert place(gap) == (OVERVIEW, 3)
    assert gap.severity == "error"


def test_a_long_answer_is_told_how_much_to_cut() -> None:
    gap = only(find_gaps(a_work(answer="word " * 31), a_credential()))
    assert gap.what == "“Your setting” has 31 words, the limit is 30"
    assert gap.hint == "cut about 1 words"
    assert place(gap) == (OVERVIEW, 3)
    assert gap.severity == "error"


@pytest.mark.parametrize("count", [1, 31])
def test_bounds_that_only_guide_never_refuse(count: int) -> None:
    guide = with_words(Words(min=3, max=30, mode="guide"))
    gaps = find_gaps(a_work(answer="word " * count), guide)
    assert only(gaps).severity == "warning"
    assert errors(gaps) == ()


def test_bounds_that_guide_still_want_an_answer() -> None:
    guide = with_words(Words(min=3, max=30, mode="guide"))
    assert only(find_gaps(a_work(answer=""), guide)).severity == "error"


@pytest.mark.parametrize("words", [None, Words(), Words(min=1)])
def test_an_answer_without_an_upper_bound_may_be_any_length(words: Words | None) -> None:
    assert find_gaps(a_work(answer="word " * 5000), with_words(words)) == ()


def test_a_caption_of_an_artifact_is_not_asked_for_but_keeps_its_bounds() -> None:
    base = a_credential()
    artifacts = base.parts[1]
    items = (replace(artifacts.items[0], words=Words(min=5)), artifacts.items[1])
    definition = replace(base, parts=(base.parts[0], replace(artifacts, items=items)))
    assert find_gaps(a_work(), definition) == ()
    work = a_work()
    short = replace(work.answers[SETTING], text="Day one.", words=2)
    captioned = replace(work, answers={**work.answers, PLAN: short})
    assert only(find_gaps(captioned, definition)).what == "“Lesson plan” has 2 words, and needs at least 5"


# evidence


def test_too_little_evidence_says_the_types_taken_and_the_command() -> None:
    work = a_work()
    gap = only(find_gaps(a_work(evidence=work.submission.evidence[:1]), a_credential()))
    assert gap.what == "“Class video” needs 1 (video or observation) and has none"
    assert gap.hint == "mcred add FILE --for class-video --type video"
    assert place(gap) == (LIST, 0)


def test_too_much_evidence_says_how_much_to_take_out() -> None:
    plan, video = a_work().submission.evidence
    assert find_gaps(a_work(evidence=(plan, plan, video)), a_credential()) == ()
    gap = only(find_gaps(a_work(evidence=(plan, plan, plan, plan, video)), a_credential()))
    assert gap.what == "“Lesson plan” accepts at most 2 and has 4"
    assert gap.hint == "remove 2 from the evidence list"
    assert place(gap) == (LIST, 0)


@pytest.mark.parametrize("item", ["lesson-pan", "setting"])
def test_evidence_for_an_unknown_or_a_written_item_names_those_that_take_some(item: str) -> None:
    plan, video = a_work().submission.evidence
    gap = only(find_gaps(a_work(evidence=(plan, video, replace(plan, item=Slug(item)))), a_credential()))
    assert gap.what == f"no item '{item}' takes evidence"
    assert gap.hint == "the items are lesson-plan, class-video"
    assert place(gap) == (LIST, 0)


def test_a_type_that_the_item_does_not_take_is_refused() -> None:
    gap = only(find_gaps(with_piece(0, type=Slug("video")), a_credential()))
    assert gap.what == "“Lesson plan” does not accept video"
    assert gap.hint == "it accepts lesson-plan"
    assert place(gap) == (LIST, 0)


def test_each_of_several_types_is_taken() -> None:
    assert find_gaps(with_piece(1, type=Slug("observation")), a_credential()) == ()


@pytest.mark.parametrize(
    "source", [{"file": "", "url": ""}, {"file": "evidence/plan.md", "url": "https://example.org"}]
)
def test_evidence_has_a_file_or_a_link_and_not_both(source: Mapping[str, str]) -> None:
    gap = only(find_gaps(with_piece(0, **source), a_credential()))
    assert gap.what == "“Day one” needs either a file or a link"
    assert gap.hint == "keep file: or url:, and remove the other"
    assert place(gap) == (LIST, 0)


def test_a_file_that_is_not_there_is_named_with_the_command_that_adds_it() -> None:
    gap = only(find_gaps(with_piece(0, file="evidence/plam.md"), a_credential()))
    assert gap.what == "the file evidence/plam.md was not found"
    assert gap.hint == "mcred add FILE --for lesson-plan --type lesson-plan"
    assert place(gap) == (LIST, 0)


def test_an_empty_file_is_refused() -> None:
    gap = only(find_gaps(with_file(0), a_credential()))
    assert gap.what == "the file evidence/plan.md is empty"
    assert gap.severity == "error"


@pytest.mark.parametrize("size", [1, MAX_FILE])
def test_a_file_of_up_to_the_largest_size_is_kept(size: int) -> None:
    assert find_gaps(with_file(size), a_credential()) == ()


def test_an_oversize_file_is_to_be_linked() -> None:
    gap = only(find_gaps(with_file(60 * 2**20), a_credential()))
    assert gap.what == "the file evidence/plan.md has 60 MB, more than 25 MB"
    assert "mcred add URL --copy FILE" in str(gap.hint)
    assert gap.severity == "error"


def test_a_link_without_a_digest_is_warned_about_but_not_refused() -> None:
    gaps = find_gaps(with_piece(1, sha256=""), a_credential())
    assert only(gaps).what.startswith("the link “Talk” has no SHA-256")
    assert "mcred add URL --copy FILE" in str(only(gaps).hint)
    assert errors(gaps) == ()


# consent and attestations


def test_students_to_be_seen_ask_for_consent_before_sending_as_a_warning_only() -> None:
    gaps = find_gaps(with_piece(1, students=True), a_credential())
    assert only(gaps).what == "students can be seen or named in “Talk”"
    assert errors(gaps) == ()


def test_sending_refuses_without_consent_once_students_can_be_seen() -> None:
    gap = only(errors(find_gaps(with_piece(1, students=True), a_credential(), sending=True)))
    assert gap.what == "'student-consent' is not confirmed"
    assert gap.hint == "mcred submit wait-time --attest student-consent"
    assert place(gap) == (LIST, 0)


def test_consent_on_file_closes_the_gap() -> None:
    work = with_piece(1, students=True)
    agreed = (*work.submission.attestations, "student-consent")
    consented = replace(work, submission=replace(work.submission, attestations=agreed))
    assert find_gaps(consented, a_credential(), sending=True) == ()


def test_attestations_are_asked_for_only_when_sending() -> None:
    work = a_work(attestations=())
    assert find_gaps(work, a_credential()) == ()
    asked = [gap.what for gap in find_gaps(work, a_credential(), sending=True)]
    assert asked == [f"'{name}' is not confirmed" for name in ("ready", "own-work", "release")]


def test_needed_attestations_are_the_definitions_each_once() -> None:
    definition = a_credential(attestations=("ready", "student-consent"))
    assert needed_attestations(a_work(), definition) == ("ready", "student-consent")
    assert needed_attestations(with_piece(0, students=True), definition) == ("ready", "student-consent")
    assert needed_attestations(with_piece(0, students=True), a_credential())[-1] == "student-consent"


def test_every_kind_of_gap_is_found_at_once() -> None:
    plan = a_work().submission.evidence[0]
    link = replace(plan, item=VIDEO, type=Slug("video"), file="", url="https://example.org")
    files = {
        "evidence/empty.md": StoredFile(blob=BlobId("2" * 40), size=0),
        "evidence/huge.mov": StoredFile(blob=BlobId("3" * 40), size=100 * 2**20),
    }
    evidence = (
        replace(plan, file="evidence/gone.md"),
        replace(plan, file="evidence/empty.md"),
        replace(plan, file="evidence/huge.mov"),
        replace(plan, item=Slug("nonsense"), file="", url=""),
        replace(plan, item=VIDEO, type=Slug("essay"), file="", url="https://example.org", sha256="0" * 64),
        replace(link, title="Talk", students=True),
    )
    work = replace(a_work(answer="", evidence=evidence, attestations=()), files=files)
    assert [gap.what.split(", so")[0] for gap in find_gaps(work, a_credential(), sending=True)] == [
        "“Your setting” is not answered yet",
        "the file evidence/gone.md was not found",
        "the file evidence/empty.md is empty",
        "the file evidence/huge.mov has 100 MB, more than 25 MB",
        "no item 'nonsense' takes evidence",
        "“Day one” needs either a file or a link",
        "“Class video” does not accept essay",
        "the link “Talk” has no SHA-256",
        "students can be seen or named in “Talk”",
        "“Lesson plan” accepts at most 2 and has 3",
        "“Class video” accepts at most 1 and has 2",
        "'ready' is not confirmed",
        "'own-work' is not confirmed",
        "'release' is not confirmed",
        "'student-consent' is not confirmed",
    ]


def test_every_gap_has_a_place_and_says_what_to_do() -> None:
    work = replace(a_work(answer="Short.", evidence=(), attestations=()), files={})
    gaps = find_gaps(work, a_credential(), sending=True)
    assert len(gaps) == 6
    assert all(gap.where and gap.where.file and gap.hint for gap in gaps)


# what changed since the attempt before

THREE = (Slug("context"), Slug("questions"), Slug("waiting"))


def test_the_same_work_reopens_nothing() -> None:
    assert unchanged(a_work(), a_work(), a_credential()) == THREE


@pytest.mark.parametrize("answer", ["My class of\nnine-year-olds.", "  My  class of nine-year-olds.\n"])
def test_reflowed_whitespace_is_not_a_change(answer: str) -> None:
    assert unchanged(a_work(), a_work(answer=answer), a_credential()) == THREE


def test_another_answer_reopens_the_criterion_it_is_judged_by() -> None:
    now = a_work(answer="My class of ten-year-olds.")
    assert unchanged(a_work(), now, a_credential()) == ("questions", "waiting")


def test_another_content_of_the_same_file_reopens_its_criterion() -> None:
    assert unchanged(a_work(), a_work(plan="2" * 40), a_credential()) == ("context", "waiting")


@pytest.mark.parametrize(
    "change", [{"type": "observation"}, {"url": "https://video.example.org/2"}, {"sha256": "1" * 64}]
)
def test_another_type_link_or_digest_reopens_its_criterion(change: Mapping[str, str]) -> None:
    assert unchanged(a_work(), with_piece(1, **change), a_credential()) == ("context", "questions")


@pytest.mark.parametrize("change", [{"title": "Day 1"}, {"students": True}])
def test_a_new_title_or_students_reopen_nothing(change: Mapping[str, Any]) -> None:
    assert unchanged(a_work(), with_piece(0, **change), a_credential()) == THREE


@pytest.mark.parametrize(
    ("students", "attested", "consent"),
    [(False, (), True), (True, ("ready", "own-work"), False), (True, ("student-consent",), True)],
)
def test_consent_is_needed_where_students_are_seen(
    students: bool, attested: tuple[Attestation, ...], consent: bool
) -> None:
    work = a_work(attestations=attested)
    piece = replace(work.submission.evidence[0], students=students)
    assert work.has_consent(piece) is consent


def test_a_file_moved_with_the_same_content_reopens_nothing() -> None:
    moved = replace(
        with_piece(0, file="evidence/day-one.md"),
        files={"evidence/day-one.md": StoredFile(blob=BlobId("1" * 40), size=12)},
    )
    assert unchanged(a_work(), moved, a_credential()) == THREE


def test_the_note_the_attempt_and_the_attestations_are_no_evidence() -> None:
    now = a_work(note="I waited longer.", attempt=2, attestations=("ready",))
    assert unchanged(a_work(), now, a_credential()) == THREE


WRITTEN = tuple(Slug(f"w{n}") for n in range(3))
HANDED_IN = tuple(Slug(f"e{n}") for n in range(4))
LEVELS = (Slug("yes"), Slug("no"))


def a_part(name: str, items: tuple[Item, ...], judged: list[frozenset[Slug]]) -> Part:
    criteria = tuple(
        Criterion(
            id=Slug(f"{name}-{n}"),
            title="",
            items=tuple(i.id for i in items if i.id in chosen),
            levels=dict.fromkeys(LEVELS, ""),
        )
        for n, chosen in enumerate(judged)
    )
    return Part(id=Slug(name), title=name, kind="artifacts", scale=Slug("s"), items=items, criteria=criteria)


@st.composite
def definitions(draw: st.DrawFn) -> Credential:
    """Any rubric over the seven items: each in one of two parts, judged alone, together or with all."""
    items = [Item(id=i, title="") for i in WRITTEN]
    items += [Item(id=i, title="", accepts=(Slug("other"), Slug("video")), max=9) for i in HANDED_IN]
    cut = draw(st.integers(1, len(items) - 1))
    parts = []
    for name, some in (("a", items[:cut]), ("b", items[cut:])):
        judged = draw(st.lists(st.frozensets(st.sampled_from([i.id for i in some])), min_size=1, max_size=4))
        parts.append(a_part(name, tuple(some), judged))
    return a_credential(scales={Slug("s"): LEVELS}, parts=tuple(parts))


def complete() -> Work:
    """An answer to each written item, a file and a link for each other one."""
    base = a_work()
    pieces: list[Evidence] = []
    for i in HANDED_IN:
        pieces.append(Evidence(item=i, type=Slug("other"), title="", file=f"evidence/{i}"))
        pieces.append(Evidence(item=i, type=Slug("other"), title="", url=f"https://example.org/{i}"))
    return replace(
        base,
        submission=replace(base.submission, evidence=tuple(pieces)),
        answers={i: replace(base.answers[SETTING], text=f"About {i}.") for i in WRITTEN},
        files={f"evidence/{i}": StoredFile(blob=BlobId(f"blob of {i}"), size=1) for i in HANDED_IN},
    )


def pieces_changed(work: Work, change: Callable[[Evidence], Evidence | None]) -> Work:
    kept = tuple(new for piece in work.submission.evidence if (new := change(piece)) is not None)
    return replace(work, submission=replace(work.submission, evidence=kept))


def answer_changed(work: Work, item: Slug) -> Work:
    return replace(work, answers={**work.answers, item: replace(work.answers[item], text="Otherwise.")})


def answer_removed(work: Work, item: Slug) -> Work:
    return replace(work, answers={i: a for i, a in work.answers.items() if i != item})


def content_changed(work: Work, item: Slug) -> Work:
    return replace(work, files={**work.files, f"evidence/{item}": StoredFile(blob=BlobId("new"), size=1)})


def type_changed(work: Work, item: Slug) -> Work:
    return pieces_changed(work, lambda p: replace(p, type=Slug("video")) if p.item == item else p)


def link_changed(work: Work, item: Slug) -> Work:
    return pieces_changed(work, lambda p: replace(p, url=p.url and "https://new") if p.item == item else p)


def link_removed(work: Work, item: Slug) -> Work:
    return pieces_changed(work, lambda p: None if p.item == item and p.url else p)


CHANGES: Mapping[tuple[Slug, ...], tuple[Callable[[Work, Slug], Work], ...]] = {
    WRITTEN: (answer_changed, answer_removed),
    HANDED_IN: (content_changed, type_changed, link_changed, link_removed),
}


@unhurried
@given(definitions(), st.data())
def test_one_change_reopens_exactly_the_criteria_judged_by_its_item(
    definition: Credential, data: st.DataObject
) -> None:
    kind = data.draw(st.sampled_from([WRITTEN, HANDED_IN]))
    item = data.draw(st.sampled_from(kind))
    change = data.draw(st.sampled_from(CHANGES[kind]))
    reopened = set()
    for part in definition.parts:
        if item in {i.id for i in part.items}:
            reopened |= {c.id for c in part.criteria if not c.items or item in c.items}
    kept = unchanged(complete(), change(complete(), item), definition)
    assert kept == tuple(c.id for c in definition.criteria if c.id not in reopened)


@unhurried
@given(definitions(), st.lists(st.sampled_from([*" \n\t", "\r\n"]), min_size=1, max_size=5).map("".join))
def test_any_reflow_of_every_answer_leaves_all_criteria_unchanged(definition: Credential, gap: str) -> None:
    work = complete()
    reflowed: dict[Slug, Answer] = {
        i: replace(a, text=gap + a.text.replace(" ", gap) + gap) for i, a in work.answers.items()
    }
    now = replace(work, answers=reflowed)
    assert unchanged(work, now, definition) == tuple(c.id for c in definition.criteria)


def test_what_a_criterion_is_judged_by_leaves_other_items_out() -> None:
    assert unchanged(a_work(), a_work(evidence=()), a_credential()) == ("context",)


def test_a_submissions_artifacts_are_found_by_item() -> None:
    work, (_, plan, video) = a_work(ANAS), a_credential().items
    assert [e.title for e in work.evidence_of(plan)] == ["Day one"]
    assert [e.title for e in work.evidence_of(video)] == ["Talk"]


@pytest.mark.parametrize("blank", [" ", "\n\n", "\t \n"])
def test_an_answer_of_blanks_alone_is_not_answered_yet(blank: str) -> None:
    gap = only(find_gaps(a_work(answer=blank), with_words(None)))
    assert gap.what == "“Your setting” is not answered yet"


def test_a_file_one_byte_too_large_is_not_said_to_be_as_large_as_allowed() -> None:
    gap = only(find_gaps(with_file(MAX_FILE + 1), a_credential()))
    assert gap.what == "the file evidence/plan.md has 26 MB, more than 25 MB"


@pytest.mark.parametrize("digest", ["x" * 64, "0" * 63, "0" * 40, "0" * 63 + " "])
def test_a_digest_that_cannot_be_one_is_warned_about_like_none(digest: str) -> None:
    gap = only(find_gaps(with_piece(1, sha256=digest), a_credential()))
    assert gap.what.startswith("the link “Talk” has no SHA-256")


def test_a_digest_in_capitals_is_one() -> None:
    assert find_gaps(with_piece(1, sha256="AB" * 32), a_credential()) == ()


def test_another_explanation_of_an_artifact_reopens_its_criterion() -> None:
    now = with_piece(0, about="The third question leaves room to think.")
    assert unchanged(a_work(), now, a_credential()) == ("context", "waiting")


def test_a_reflowed_explanation_reopens_nothing() -> None:
    before, now = with_piece(0, about="Room to think."), with_piece(0, about="Room\n  to think.\n")
    assert unchanged(before, now, a_credential()) == THREE


def test_a_criterion_with_nothing_to_compare_is_never_unchanged() -> None:
    base = a_credential()
    overview = replace(base.parts[0], items=())
    definition = replace(base, parts=(overview, *base.parts[1:]))
    assert unchanged(a_work(), a_work(), definition) == ("questions", "waiting")


def test_a_heading_with_nothing_below_it_is_no_change() -> None:
    work = a_work()
    headed = replace(
        work, answers={**work.answers, PLAN: replace(work.answers[SETTING], text=" \n", words=0)}
    )
    assert unchanged(work, headed, a_credential()) == THREE


def test_an_item_that_usually_shows_students_asks_for_consent() -> None:
    definition = a_credential()
    part = definition.parts[1]
    shown = replace(part, items=tuple(replace(i, students=i.id == "class-video") for i in part.items))
    asking = replace(definition, parts=(definition.parts[0], shown))
    assert "student-consent" not in needed_attestations(a_work(), definition)
    assert "student-consent" in needed_attestations(a_work(), asking)
    only_plan = a_work(evidence=a_work().submission.evidence[:1])
    assert "student-consent" not in needed_attestations(only_plan, asking)

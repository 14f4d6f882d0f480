"""What a sound definition promises: it can be judged, answered and earned, whatever it looks like."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mcred.domain.assessment import Score, check_scores
from mcred.domain.award import valid_until
from mcred.domain.credential import (
    AwardRule,
    Credential,
    Criterion,
    Item,
    MethodComponent,
    Part,
    Resource,
    Validity,
    Words,
    progress,
)
from mcred.domain.definition_checks import MAX_MONTHS, check_definition, check_stack
from mcred.domain.ids import BlobId, CredentialId, Slug
from mcred.domain.rules.outcome import combine
from mcred.domain.submission import Answer, Evidence, StoredFile, Work, find_gaps
from mcred.problems import Fault, errors
from tests.school import WAIT, a_credential, a_stack, a_work

unhurried = settings(deadline=None, max_examples=50)
TYPES = frozenset(Slug(t) for t in ("video", "lesson-plan"))
NAMES = st.sampled_from([Slug(n) for n in "abc"])
ITEMS = [Slug(n) for n in ("a", "b", "c", "d")]
SCALES = {Slug("two"): (Slug("yes"), Slug("no")), Slug("three"): (Slug("x"), Slug("y"), Slug("z"))}


def faults(definition: Credential) -> list[str]:
    return [fault.what for fault in check_definition(definition, TYPES)]


@st.composite
def parts(draw: st.DrawFn, number: int, *, broken: bool) -> Part:
    """A part; a `broken` one may name what is not there, or the same thing twice."""
    scale = draw(st.sampled_from([*SCALES, *([Slug("four")] if broken else [])]))
    levels = dict.fromkeys(SCALES.get(scale, ()), "As described.")
    own = ITEMS if broken else [Slug(f"{n}{number}") for n in ITEMS]
    ids = draw(st.lists(st.sampled_from(own), min_size=0 if broken else 1, max_size=3, unique=not broken))
    kinds = [Slug("video"), Slug("lesson-plan"), *([Slug("song")] if broken else [])]
    items = tuple(
        Item(
            id=i,
            title=f"{i}" if not broken else draw(st.sampled_from("AaBc")),
            accepts=tuple(draw(st.lists(st.sampled_from(kinds), max_size=2, unique=True))),
            min=(least := draw(st.integers(0, 2))),
            max=draw(st.integers(0, 3)) if broken else max(least, 1) + draw(st.integers(0, 1)),
            words=draw(
                st.none() | st.builds(Words, min=st.integers(0, 3), max=st.none() | st.integers(3, 5))
            ),
        )
        for i in ids
    )
    criteria = tuple(
        Criterion(
            id=Slug(f"c{n}") if broken else Slug(f"c{number}{n}"),
            title="",
            items=tuple(draw(st.lists(st.sampled_from(own if broken else ids), max_size=2))),
            levels=levels if not broken else dict(list(levels.items())[draw(st.integers(0, 1)) :]),
            required=draw(st.sampled_from([None, *levels, *([Slug("w")] if broken else [])])),
        )
        for n in range(draw(st.integers(0 if broken else 1, 2)))
    )
    return Part(
        id=Slug(f"p{0 if broken else number}"),
        title="",
        kind="artifacts",
        scale=scale,
        items=items,
        criteria=criteria,
    )


@st.composite
def definitions(draw: st.DrawFn, *, broken: bool) -> Credential:
    """Any small definition; award rules are drawn freely, so that some ask for too much."""
    made = tuple(draw(parts(n, broken=broken)) for n in range(draw(st.integers(1, 2))))
    count = sum(len(p.criteria) for p in made)
    rules = st.one_of(
        st.just(AwardRule()),
        st.builds(AwardRule, kind=st.just("points"), number=st.integers(0, 9)),
        st.builds(AwardRule, kind=st.just("count"), number=st.integers(0, 4), of=st.just(count)),
    )
    return a_credential(scales=SCALES, parts=made, award_rule=draw(rules))


def least_work(definition: Credential) -> Work:
    """As few words and pieces of evidence as each item takes."""
    base = a_work(evidence=())
    answers: dict[Slug, Answer] = {}
    pieces: list[Evidence] = []
    for item in definition.items:
        words = max(item.words.min if item.words else 1, 1)
        if item.is_written:
            answers[item.id] = Answer(text="word " * words, words=words, where=base.where)
        for n in range(item.min if not item.is_written else 0):
            file = f"evidence/{item.id}-{n}"
            pieces.append(Evidence(item=item.id, type=item.accepts[0], title="", file=file))
    return replace(
        base,
        submission=replace(base.submission, evidence=tuple(pieces)),
        answers=answers,
        files={p.file: StoredFile(blob=BlobId("1" * 40), size=1) for p in pieces},
    )


@pytest.mark.slow
@unhurried
@given(st.one_of(definitions(broken=False), definitions(broken=True)))
def test_a_sound_definition_can_be_judged_answered_and_earned(definition: Credential) -> None:
    assume(not faults(definition))
    best = {c.id: definition.scale_of(c)[0] for c in definition.criteria}
    scores = tuple(Score(criterion=c, level=level) for c, level in best.items())
    assert check_scores(scores, definition, tuple(best)) == ()
    assert all(definition.meets(c, definition.required_level(c)) for c in definition.criteria)
    assert combine((), definition, best).recommended == "award", "the best work earns it"
    assert errors(find_gaps(least_work(definition), definition)) == (), "it can be completed"


@pytest.mark.slow
@unhurried
@given(definitions(broken=False))
def test_worst_work_does_not_earn_a_sound_definition_that_asks_for_something(definition: Credential) -> None:
    assume(not faults(definition))
    worst = {c.id: definition.scale_of(c)[-1] for c in definition.criteria}
    asked = any(not definition.meets(c, worst[c.id]) for c in definition.criteria)
    rule = definition.award_rule
    if rule.kind == "points" or (rule.kind == "all" and asked):
        assert combine((), definition, worst).recommended == "revise"


def follow(value: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        value = getattr(value, step) if isinstance(step, str) and hasattr(value, step) else value[step]
    return value


@unhurried
@given(definitions(broken=True))
def test_every_fault_leads_to_what_is_wrong_and_says_what_to_do(definition: Credential) -> None:
    for fault in check_definition(definition, TYPES):
        follow(definition, fault.path)
        assert fault.what and fault.hint


@unhurried
@given(definitions(broken=True))
def test_whoever_looks_twice_finds_the_same_faults(definition: Credential) -> None:
    assert faults(definition) == faults(definition)
    turned = replace(definition, scales=dict(reversed(list(definition.scales.items()))))
    assert sorted(faults(turned)) == sorted(faults(definition)), "the order of the scales means nothing"


@pytest.mark.parametrize("name", ["stacks", "status"])
def test_a_definition_is_not_called_like_a_folder_beside_it(name: str) -> None:
    said = f"'{name}' is the name of a folder"
    assert said in faults(a_credential(id=CredentialId(name)))
    assert said not in faults(a_credential(id=CredentialId(f"{name}-1")))


def in_first_item(**changes: Any) -> Credential:
    base = a_credential()
    part = base.parts[0]
    return replace(base, parts=(replace(part, items=(replace(part.items[0], **changes),)), *base.parts[1:]))


def only_about_words(definition: Credential) -> list[Fault]:
    return [f for f in check_definition(definition, TYPES) if f.path[-1] == "words"]


@pytest.mark.parametrize("words", [Words(max=0), Words(max=0, mode="guide"), Words(min=2, max=1)])
def test_bounds_that_no_answer_can_keep_are_a_fault(words: Words) -> None:
    (fault,) = only_about_words(in_first_item(words=words))
    assert fault.path == ("parts", 0, "items", 0, "words") and fault.hint


@pytest.mark.parametrize("words", [None, Words(), Words(max=1), Words(min=5, max=5), Words(min=9)])
def test_bounds_that_an_answer_can_keep_are_none(words: Words | None) -> None:
    assert only_about_words(in_first_item(words=words)) == []


def test_two_headings_that_differ_in_how_an_accent_is_written_are_one() -> None:
    base = a_credential()
    part = base.parts[0]
    twins = tuple(Item(id=Slug(i), title=t) for i, t in (("one", "Él\u00e8ve"), ("two", "e\u0301le\u0300ve")))
    found = list(check_definition(replace(base, parts=(replace(part, items=twins),)), TYPES))
    assert [f.path for f in found if "appears twice" in f.what] == [
        ("parts", 0, "items", 0, "title"),
        ("parts", 0, "items", 1, "title"),
    ]


@pytest.mark.parametrize("months", [0, MAX_MONTHS + 1, 999_999_999])
def test_an_award_cannot_hold_no_time_or_longer_than_dates_go(months: int) -> None:
    found = list(check_definition(a_credential(validity=Validity(months=months)), TYPES))
    assert ("validity", "months") in [f.path for f in found]


@pytest.mark.parametrize("months", [1, 36, MAX_MONTHS])
def test_a_sound_period_has_a_last_day(months: int) -> None:
    found = list(check_definition(a_credential(validity=Validity(months=months)), TYPES))
    assert ("validity", "months") not in [f.path for f in found]
    last = valid_until(date(2999, 12, 31), Validity(months=months))
    assert last is not None and last > date(2999, 12, 31)


def test_a_resource_without_a_component_needs_none() -> None:
    found = faults(a_credential(method_components=(), resources=(Resource(title="A timer"),)))
    assert not [what for what in found if "component" in what]


def test_components_may_share_a_name_with_items_but_not_with_each_other() -> None:
    twin = MethodComponent(id=Slug("setting"), title="", text="")
    assert "used twice" not in " ".join(faults(a_credential(method_components=(twin,))))
    assert "the method component id 'setting' is used twice" in faults(
        a_credential(method_components=(twin, twin))
    )


# stacks

IDS = [WAIT, *(CredentialId(n) for n in ("feedback", "open-questions", "talk-moves"))]


@unhurried
@given(
    st.lists(st.sampled_from(IDS), max_size=5),
    st.none() | st.integers(0, 5),
    st.frozensets(st.sampled_from(IDS)),
)
def test_a_stack_is_sound_exactly_when_it_can_be_earned(
    listed: list[CredentialId], need: int | None, known: frozenset[CredentialId]
) -> None:
    stack = a_stack(credentials=tuple(listed), need=need)
    held, needed = progress(stack, known)
    sound = not list(check_stack(stack, known))
    names_each_once = len(set(listed)) == len(listed) and set(listed) <= known
    assert sound == (names_each_once and 0 < needed <= len(listed))
    if sound:
        assert held == len(listed) >= needed, "who holds all that there is has earned it"


@unhurried
@given(st.frozensets(st.sampled_from(IDS)), st.frozensets(st.sampled_from(IDS)))
def test_earning_more_never_takes_a_stack_away(
    before: frozenset[CredentialId], more: frozenset[CredentialId]
) -> None:
    stack = a_stack(credentials=tuple(IDS[:3]), need=2)
    held, needed = progress(stack, before)
    later, still = progress(stack, before | more)
    assert still == needed and later >= held and later <= len(stack.credentials)

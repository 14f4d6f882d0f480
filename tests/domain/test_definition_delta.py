"""Two versions of a definition: what is asked again, and of whom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from mcred.domain.credential import AwardRule, Credential, Criterion, Item, Media, Validity, Words
from mcred.domain.definition_delta import (
    DefinitionChange,
    compare_definitions,
    find_delta,
    find_steps,
    judged_anew,
)
from mcred.domain.ids import CredentialId, Slug
from tests.school import WAIT, a_credential, a_stack, a_work

OLD = a_credential()
OTHER = CredentialId("exit-slip")


def with_item(part: int, number: int, **changes: Any) -> Credential:
    """The definition with one item altered."""
    parts = list(OLD.parts)
    items = list(parts[part].items)
    items[number] = replace(items[number], **changes)
    parts[part] = replace(parts[part], items=tuple(items))
    return replace(OLD, parts=tuple(parts))


def with_criterion(part: int, number: int, **changes: Any) -> Credential:
    """The definition with one criterion altered."""
    parts = list(OLD.parts)
    criteria = list(parts[part].criteria)
    criteria[number] = replace(criteria[number], **changes)
    parts[part] = replace(parts[part], criteria=tuple(criteria))
    return replace(OLD, parts=tuple(parts))


def only(new: Credential) -> DefinitionChange:
    (asked,) = compare_definitions(OLD, new)
    return asked


def test_the_same_asks_the_same() -> None:
    assert compare_definitions(OLD, OLD) == ()
    assert judged_anew(OLD, OLD) == ()
    assert find_delta(a_work(), OLD, OLD).kept == ("context", "questions", "waiting")


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"words": Words(min=9, max=30)}, "3 to 30 words → 9 to 30 words"),
        ({"words": Words(min=3)}, "3 to 30 words → 3 or more words"),
        ({"words": None}, "3 to 30 words → any length"),
        ({"words": Words(min=3, max=30, mode="guide")}, "3 to 30 words → 3 to 30 words (a guide)"),
        ({"accepts": (Slug("video"),)}, "it is now submitted as a file"),
        ({"students": True}, "student consent is required"),
        ({"media": Media(max_minutes=9)}, "at most 9 minutes"),
    ],
)
def test_what_an_item_asks_differently(changes: dict[str, Any], detail: str) -> None:
    asked = only(with_item(0, 0, **changes))
    assert (asked.kind, asked.of, asked.id, asked.part) == (
        "changed",
        "item",
        "setting",
        "Overview questions",
    )
    assert detail in asked.details
    assert judged_anew(OLD, with_item(0, 0, **changes)) == ("context",)


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"accepts": (Slug("unit-plan"),)}, "lesson-plan → unit-plan"),
        ({"accepts": ()}, "it is now answered in writing"),
        ({"max": 3}, "1 to 2 → 1 to 3 pieces"),
        ({"min": 2}, "1 to 2 → 2 pieces"),
    ],
)
def test_what_evidence_is_asked_for_differently(changes: dict[str, Any], detail: str) -> None:
    new = with_item(1, 0, **changes)
    assert only(new).details == (detail,)
    assert judged_anew(OLD, new) == ("questions",)


@pytest.mark.parametrize("changes", [{"title": "Where you teach"}, {"text": "Tell us."}])
def test_new_words_alone_reopen_nothing(changes: dict[str, Any]) -> None:
    new = with_item(0, 0, **changes)
    assert only(new).kind == "reworded"
    assert judged_anew(OLD, new) == ()
    assert only(with_criterion(0, 0, guidance="Look twice.")).kind == "reworded"


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"required": None}, "needs basic → proficient"),
        ({"items": ()}, "assesses class-video → lesson-plan, class-video"),
        ({"levels": {Slug("proficient"): "5 s."}}, "reworded: proficient"),
    ],
)
def test_what_a_criterion_asks_differently(changes: dict[str, Any], detail: str) -> None:
    new = with_criterion(1, 1, **changes)
    assert only(new).details == (detail,)
    assert judged_anew(OLD, new) == ("waiting",)


def test_another_scale_is_another_question() -> None:
    new = replace(OLD, parts=(replace(OLD.parts[0], scale=Slug("three")), OLD.parts[1]))
    assert only(new).details[0] == "levels passing, not-yet → proficient, basic, developing"


def test_items_and_criteria_come_and_go() -> None:
    item = Item(id=Slug("why"), title="Why")
    criterion = Criterion(id=Slug("reasons"), title="Reasons", items=(Slug("why"),), levels={})
    part = replace(OLD.parts[0], items=(item,), criteria=(criterion,))
    found = compare_definitions(OLD, replace(OLD, parts=(part, OLD.parts[1])))
    assert [(a.kind, a.of, a.id) for a in found] == [
        ("new", "item", "why"),
        ("gone", "item", "setting"),
        ("new", "criterion", "reasons"),
        ("gone", "criterion", "context"),
    ]


def test_an_item_in_another_part() -> None:
    overview, artifacts = OLD.parts
    moved = replace(
        OLD,
        parts=(replace(overview, items=()), replace(artifacts, items=(*artifacts.items, *overview.items))),
    )
    assert (
        "it moved from part “Overview questions”"
        in next(a for a in compare_definitions(OLD, moved) if a.of == "item").details
    )


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        (lambda d: replace(d, award_rule=AwardRule(kind="points", number=4)), "→ points >= 4"),
        (lambda d: replace(d, attestations=("ready",)), "ready, own-work, release → ready"),
        (lambda d: replace(d, validity=Validity(months=12)), "no expiration → 12 months"),
        (lambda d: replace(d, prerequisites=(OTHER,)), "none → exit-slip"),
        (lambda d: replace(d, status="retired"), "live → retired"),
    ],
)
def test_rules(change: Callable[[Credential], Credential], detail: str) -> None:
    asked = only(change(OLD))
    assert asked.of == "rule"
    assert asked.details[0].endswith(detail)
    assert judged_anew(OLD, change(OLD)) == (), "what was shown is still shown"


def test_the_delta_names_what_work_lacks() -> None:
    new = with_item(0, 0, words=Words(min=20, max=60))
    delta = find_delta(a_work(), OLD, new)
    assert [g.what for g in delta.gaps] == ["“Your setting” has 4 words, and needs at least 20"]
    assert (delta.anew, delta.kept) == (("context",), ("questions", "waiting"))


def test_a_stack_says_what_is_held_and_what_could_serve() -> None:
    slip = a_credential(id=OTHER, title="Exit Slip")
    stack = a_stack(credentials=(WAIT, OTHER, CredentialId("gone")))
    steps = find_steps(stack, {WAIT: OLD, OTHER: slip}, frozenset({WAIT}), a_work())
    assert [(s.credential, s.held) for s in steps] == [(WAIT, True), (OTHER, False)]
    assert steps[0].items == ()
    serve = {i.title: i.could_serve for i in steps[1].items}
    assert serve == {"Your setting": (), "Lesson plan": ("Day one",), "Class video": ("Talk",)}

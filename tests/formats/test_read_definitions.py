"""What does not fit together in a definition or a stack, said on the line where it stands."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from mcred.domain.credential import EVIDENCE_TYPES, AwardRule, Item, Stack, Words
from mcred.domain.definition_checks import check_stack
from mcred.domain.ids import Slug
from mcred.domain.layout import definition_path
from mcred.formats.decode import decode
from mcred.formats.encode import encode
from mcred.formats.one_file import read_definition
from tests.school import WAIT, a_credential

DEFINITION = """\
format: 2
id: wait-time
version: 1.2.0
title: Wait Time
topics: [Questioning]
competency: The teacher waits.
key_method: Three seconds of silence.
method_components:
  - {id: pause, title: Pause, text: Count.}
  - {id: look, title: Look, text: Look around.}
research: []
resources:
  - title: A timer
    component: pause
scales:
  pass: [passing, not-yet]
  three: [proficient, basic, developing]
parts:
  - id: overview
    title: Overview
    kind: overview
    scale: pass
    items:
      - {id: setting, title: Your setting}
      - {id: goal, title: Your goal, words: {min: 10, max: 20}}
    criteria:
      - id: context
        title: Context
        items: [setting]
        levels: {passing: Named., not-yet: Not named.}
  - id: artifacts
    title: Artifacts
    kind: artifacts
    scale: three
    items:
      - {id: plan, title: Plan, accepts: [lesson-plan], min: 1, max: 2}
    criteria:
      - id: questions
        title: Questions
        levels:
          proficient: Open.
          basic: Mixed.
          developing: Closed.
        required: basic
award_rule: 2 of 2
prerequisites: [talk-moves]
"""


def definition_faults(before: str = "", after: str = "") -> list[tuple[str, str, str]]:
    assert before in DEFINITION
    data = DEFINITION.replace(before, after, 1).encode()
    definition, problems = read_definition(data, definition_path(WAIT), frozenset(EVIDENCE_TYPES))
    assert (definition is None) == bool(problems)
    return [(str(p.where).removeprefix(f"{definition_path(WAIT)}:"), p.what, str(p.hint)) for p in problems]


def test_a_sound_definition_has_no_faults() -> None:
    assert definition_faults() == []


@pytest.mark.parametrize(
    ("before", "after", "where", "what", "hint"),
    [
        (
            "id: wait-time",
            "id: wait",
            "2:5",
            "the id is 'wait', but the file's location says 'wait-time'",
            "id: wait-time",
        ),
        ("component: pause", "component: paus", "14:16", "no method component 'paus'", "are look, pause"),
        ("{id: look,", "{id: pause,", "10:10", "the method component id 'pause' is used twice", "rename one"),
        ("[passing, not-yet]", "[passing]", "16:9", "the scale 'pass' needs at least two", "best first"),
        (
            "[proficient, basic, developing]",
            "[basic, basic, proficient, developing]",
            "17:10",
            "'three' needs at least two",
            "",
        ),
        ("scale: pass", "scale: pas", "22:12", "there is no scale 'pas'", "the scales are pass, three"),
        ("{id: goal,", "{id: setting,", "25:14", "the item id 'setting' is used twice", "rename one"),
        ("{id: plan,", "{id: goal,", "36:14", "the item id 'goal' is used twice", "rename one of them"),
        (
            "id: questions",
            "id: context",
            "38:13",
            "the criterion id 'context' is used twice",
            "rename one of them",
        ),
        (
            "id: artifacts",
            "id: overview",
            "31:9",
            "the part id 'overview' is used twice",
            "rename one of them",
        ),
        ("min: 10, max: 20", "min: 30, max: 20", "25:45", "max is less than min", "swap the two numbers"),
        ("min: 1, max: 2", "min: 3, max: 2", "36:9", "max (2) is less than min (3)", "raise max"),
        ("min: 1, max: 2", "min: 0, max: 0", "36:9", "max (0) is less than min (0)", "raise max"),
        (
            "[lesson-plan]",
            "[lesson-plans]",
            "36:42",
            "no evidence type 'lesson-plans'",
            "lesson-plan, observation",
        ),
        (
            "items: [setting]",
            "items: [place]",
            "29:16",
            "this part has no item 'place'",
            "its items are goal, setting",
        ),
        (
            "not-yet: Not named.",
            "nope: Not named.",
            "30:17",
            "level 'not-yet' is not described",
            "say what work",
        ),
        ("not-yet: Not named.", "not-yet: ", "30:17", "level 'not-yet' is not described", "every one"),
        (
            "developing: Closed.",
            "developing: ' '",
            "41:11",
            "level 'developing' is not described",
            "every one",
        ),
        ("required: basic", "required: good", "44:19", "no level 'good'", "its levels are proficient, basic"),
        ("award_rule: 2 of 2", "award_rule: 2 of 3", "45:13", "there are 2 criteria", "write '… of 2'"),
        (
            "award_rule: 2 of 2",
            "award_rule: points >= 4",
            "45:13",
            "the most anyone can score is 3 points",
            "'points >= 3' or less",
        ),
        ("[talk-moves]", "[talk-moves, wait-time]", "46:29", "this requires itself", "remove it"),
    ],
)
def test_what_does_not_fit_together_is_named_where_it_stands(
    before: str, after: str, where: str, what: str, hint: str
) -> None:
    found = [f for f in definition_faults(before, after) if what in f[1]]
    assert [f[0] for f in found] == [where]
    assert hint in found[0][2]


def test_a_level_the_scale_does_not_have_is_named_beside_the_one_it_lacks() -> None:
    found = definition_faults("basic: Mixed.", "average: Mixed.")
    assert [f[:2] for f in found] == [
        ("41:11", "level 'basic' is not described"),
        ("42:20", "the scale 'three' has no level 'average'"),
    ]


@pytest.mark.parametrize("title", ["Your setting", "your SETTING", "'Your  setting'"])
def test_two_items_of_a_part_may_not_share_a_heading(title: str) -> None:
    found = definition_faults("title: Your goal", f"title: {title}")
    assert [f[0] for f in found] == ["24:30", "25:27"]
    assert all("appears twice in this part" in f[1] for f in found)


def test_the_most_points_there_are_can_be_asked_for() -> None:
    assert definition_faults("award_rule: 2 of 2", "award_rule: points >= 3") == []


def test_a_definition_without_criteria_or_items_cannot_be_judged() -> None:
    parts = (replace(a_credential().parts[0], items=(), criteria=()),)
    data = encode(a_credential(parts=parts))
    _, problems = read_definition(data, definition_path(WAIT), frozenset(EVIDENCE_TYPES))
    lines = data.decode().splitlines()
    said = {p.what: lines[p.where.line - 1].strip() for p in problems if p.where}
    assert said == {"there is no criterion": "- id: overview", "this part asks for nothing": "items: []"}


def test_all_faults_of_a_definition_are_said_at_once() -> None:
    part = a_credential().parts[0]
    item = Item(id=Slug("setting"), title="Your setting", accepts=(Slug("song"),), words=Words(min=3, max=1))
    broken = a_credential(
        parts=(replace(part, scale=Slug("four"), items=(item,)),),
        award_rule=AwardRule(kind="count", number=1, of=9),
    )
    _, problems = read_definition(encode(broken), definition_path(WAIT), frozenset(EVIDENCE_TYPES))
    assert len(problems) == 4


STACK = "format: 2\nid: talk\nversion: 1.0.0\ntitle: Talk\ncredentials: [wait-time]\n"


@pytest.mark.parametrize(
    ("text", "where", "what", "hint"),
    [
        (
            STACK.replace("[wait-time]", "[wait-time, wait-tme]"),
            "5:26",
            "no micro-credential 'wait-tme'",
            "wait-time",
        ),
        (
            STACK.replace("[wait-time]", "[wait-time, wait-time]"),
            "5:26",
            "'wait-time' is listed twice",
            "keep only one",
        ),
        (STACK.replace("[wait-time]", "[]"), "5:14", "there are none to earn", "mcred browse"),
        (STACK + "need: 2\n", "6:7", "need has to be between 1 and 1", "leave it out to require all"),
        (STACK + "need: 0\n", "6:7", "need has to be between 1 and 1", "leave it out to require all"),
    ],
)
def test_what_does_not_fit_in_a_stack_is_named_where_it_stands(
    text: str, where: str, what: str, hint: str
) -> None:
    known = frozenset({WAIT})
    decoded = decode(text.encode(), Stack, "s.yaml", lambda stack: check_stack(stack, known))
    (problem,) = decoded[1]
    assert str(problem).startswith(f"s.yaml:{where}: error: ")
    assert what in problem.what
    assert hint in str(problem.hint)
    assert decoded[0] is None

"""Text → values: every problem at once, each where it stands, each with what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta, timezone
from typing import Annotated, Any, Literal, TypeVar

import pytest
from msgspec import Meta, Struct, field

from mcred.domain.credential import AwardRule, Stack
from mcred.domain.ids import BlobId, Line, Slug, SubmissionId, Version
from mcred.domain.people import Person
from mcred.domain.submission import Submission
from mcred.formats.decode import decode
from mcred.problems import Fault, Problem

T = TypeVar("T")
X, NO_BLOB, FIRST = Slug("x"), BlobId(""), Version("1.0")


class Inner(Struct, frozen=True, kw_only=True):
    """A value inside another."""

    name: Annotated[str, Meta(max_length=10)]
    size: int = 1


class Shape(Struct, frozen=True, kw_only=True):
    """One field of each kind; only `format` has to be there."""

    format: Literal[2]
    id: Slug = X
    title: Line = ""
    blob: BlobId = NO_BLOB
    version: Version = FIRST
    count: int = 0
    most: int | None = None
    free: bool = True
    kind: Literal["overview", "artifacts", "reflection"] = "overview"
    day: date = date(2026, 1, 1)
    moment: datetime | None = None
    submission: SubmissionId | None = None
    rule: AwardRule = field(default_factory=AwardRule)
    inner: Inner | None = None
    inners: tuple[Inner, ...] = ()
    names: tuple[Line, ...] = ()
    levels: Mapping[Slug, Line] = field(default_factory=dict)


def refused(text: str, shape: type[Any] = Shape) -> tuple[Problem, ...]:
    value, problems = decode(text.encode(), shape, "a.yaml")
    assert value is None
    assert problems
    return problems


def one(text: str, shape: type[Any] = Shape) -> tuple[str, str]:
    """The only problem's text and hint."""
    (problem,) = refused(text, shape)
    return str(problem), str(problem.hint)


def read(text: str, shape: type[T]) -> T:
    value, problems = decode(text.encode(), shape, "a.yaml")
    assert problems == ()
    assert value is not None
    return value


def value_of(line: str) -> Any:
    return getattr(read(f"format: 2\n{line}\n", Shape), line.partition(":")[0])


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("id: 007", "007"),
        ("title: 1.10", "1.10"),
        ("title: no", "no"),
        ("title: 2026-01-01", "2026-01-01"),
        ("title: 0x1f", "0x1f"),
        ("title: 'null'", "null"),
        ("title: ''", ""),
        ("title:", ""),
        ("title: ~", ""),
        ("version: 1.10", "1.10"),
        ("version: 1.2.3", "1.2.3"),
        ("blob: " + "a" * 40, "a" * 40),
        ("blob: " + "b" * 64, "b" * 64),
        ("count: 0", 0),
        ("count: '12'", 12),
        ("most: null", None),
        ("most: 3", 3),
        ("free: false", False),
        ("kind: artifacts", "artifacts"),
        ("day: 2026-11-21", date(2026, 11, 21)),
        (
            "moment: 2026-11-21T09:30:00+02:00",
            datetime(2026, 11, 21, 9, 30, tzinfo=timezone(timedelta(hours=2))),
        ),
        ("submission: ana/wait-time", SubmissionId("ana", "wait-time")),  # type: ignore[arg-type]
        ("rule: points >= 12", AwardRule(kind="points", number=12)),
        ("rule: 5 of 6", AwardRule(kind="count", number=5, of=6)),
        ("inner: {name: a}", Inner(name="a")),
        ("inners: [{name: a, size: 2}]", (Inner(name="a", size=2),)),
        ("inners: []", ()),
        ("inners:", ()),
        ("names: [a, '', no]", ("a", "", "no")),
        ("levels: {good: Fine., 1: One.}", {"good": "Fine.", "1": "One."}),
        ("levels:", {}),
    ],
)
def test_values_become_what_their_field_is(line: str, value: object) -> None:
    found = value_of(line)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("line", "where", "what", "hint"),
    [
        ("id: Wait Time", "2:5", "id cannot be 'Wait Time': it is not an id", "it could be 'wait-time'"),
        ("id: con", "2:5", "id cannot be 'con'", "it could be 'con-1'"),
        ("id: '…'", "2:5", "id cannot be '…'", "use lower-case letters"),
        ("id: " + "a" * 64, "2:5", "id cannot be '" + "a" * 39 + "…'", "it could be '" + "a" * 63 + "'"),
        ("title: " + "x" * 203, "2:8", "title has 203 characters, more than 200", "cut 3 characters"),
        ("title: [a]", "2:8", "title should be text, not a list", "write it on one line"),
        ("title: {a: b}", "2:8", "title should be text, not a mapping", "write it on one line"),
        ("blob: " + "A" * 40, "2:7", "blob is not a full object id", "mcred writes it"),
        ("version: 1", "2:10", "version '1' is not a version", "write it like 1.0"),
        ("version: 01.0", "2:10", "version '01.0' is not a version", "write it like 1.0"),
        ("count: -1", "2:8", "count should be a whole number, not '-1'", "digits only"),
        ("count: 1.5", "2:8", "count should be a whole number, not '1.5'", "digits only"),
        ("count: 0x1f", "2:8", "count should be a whole number, not '0x1f'", "digits only"),
        ("count: ٣", "2:8", "count should be a whole number, not '٣'", "digits only"),
        ("count: ''", "2:8", "count should be a whole number, not ''", "digits only"),
        ("count: 1000000000", "2:8", "count should be a whole number", "digits only"),
        ("most: many", "2:7", "most should be a whole number, not 'many'", "digits only"),
        ("free: yes", "2:7", "free should be true or false, not 'yes'", "write true or false"),
        ("free: True", "2:7", "free should be true or false, not 'True'", "write true or false"),
        ("kind: artefacts", "2:7", "kind cannot be 'artefacts'", "did you mean artifacts?"),
        ("kind: zzz", "2:7", "kind cannot be 'zzz'", "use one of overview, artifacts, reflection"),
        ("kind:\n  - overview", "3:3", "kind should be text, not a list", "write it on one line"),
        ("day: 2026-02-30", "2:6", "day '2026-02-30' is not a date", "write it like 2026-11-21"),
        ("day: 20261121", "2:6", "day '20261121' is not a date", "write it like 2026-11-21"),
        ("day: 2026-W47-6", "2:6", "day '2026-W47-6' is not a date", "write it like 2026-11-21"),
        ("day: 2026-11-21T09:30:00Z", "2:6", "day '2026-11-21T09:30:00Z' is not a date", "write it like"),
        (
            "moment: 2026-11-21T09:30:00",
            "2:9",
            "moment '2026-11-21T09:30:00' has no time zone",
            "such as +00:00",
        ),
        ("moment: 2026-11-21", "2:9", "moment '2026-11-21' is not a date with a time", "T09:30:00+00:00"),
        ("moment: soon", "2:9", "moment 'soon' is not a date with a time", "T09:30:00+00:00"),
        ("submission: ana", "2:13", "submission 'ana' is not a submission", "write it like ana/wait-time"),
        (
            "submission: ana/wait/time",
            "2:13",
            "submission 'ana/wait/time' is not",
            "write it like ana/wait-time",
        ),
        (
            "submission: ../wait-time",
            "2:13",
            "submission '../wait-time' is not",
            "write it like ana/wait-time",
        ),
        ("rule: most of it", "2:7", "rule 'most of it' is not a rule", "'points >= 12' or '5 of 6'"),
        ("inner: x", "2:8", "inner should be keys with values", "its keys are name, size"),
        ("inner: {}", "2:8", "'name' is missing in inner", "add a line 'name: …'"),
        ("inner: {name: }", "2:9", "'name' is empty", "write something after 'name:'"),
        ("inner: {name: a, sise: 2}", "2:18", "unknown key 'sise'", "did you mean size?"),
        ("inners: {name: a}", "2:9", "inners should be a list", "one line '- one' for each"),
        ("inners: [a]", "2:10", "an entry in inners should be keys with values", "its keys are name, size"),
        (
            "inners:\n  - name: a\n    size: b",
            "4:11",
            "size should be a whole number, not 'b'",
            "digits only",
        ),
        ("names: a", "2:8", "names should be a list", "write names: [one, two]"),
        ("names:\n  - a\n  -", "4:4", "an entry in names is empty", "write something there, or remove it"),
        ("names: [[a]]", "2:9", "an entry in names should be text, not a list", "write it on one line"),
        ("levels: [a]", "2:9", "levels should be names with values", "'name: value'"),
        (
            "levels: {Very Good: x}",
            "2:10",
            "a name in levels cannot be 'Very Good'",
            "it could be 'very-good'",
        ),
        ("levels: {good: [x]}", "2:16", "good should be text, not a list", "write it on one line"),
        ("titel: x", "2:1", "unknown key 'titel'", "did you mean title?"),
        ("zzz: x", "2:1", "unknown key 'zzz'", "the keys here are format, id, title"),
        ("q" * 50 + ": x", "2:1", "unknown key '" + "q" * 39 + "…'", "the keys here are"),
    ],
)
def test_what_cannot_be_is_named_with_its_place_and_what_helps(
    line: str, where: str, what: str, hint: str
) -> None:
    said, help_ = one(f"format: 2\n{line}\n")
    assert said.startswith(f"a.yaml:{where}: error: {what}")
    assert hint in help_


def test_a_missing_key_is_named_with_the_line_to_add() -> None:
    assert one("id: x\n") == ("a.yaml:1:1: error: 'format' is missing", "add a line 'format: 2'")


def test_a_key_that_must_have_a_value_may_not_be_empty() -> None:
    assert one("format:\n") == ("a.yaml:1:1: error: 'format' is empty", "write something after 'format:'")


@pytest.mark.parametrize("number", ["1", "10", "999"])
def test_a_newer_format_asks_for_the_newest_mcred(number: str) -> None:
    said, hint = one(f"format: {number}\n")
    assert f"this file has format {number}, but this mcred reads format 2" in said
    assert hint == "install the newest mcred"


def test_a_format_that_is_no_number_is_an_ordinary_mistake() -> None:
    assert one("format: one\n") == ("a.yaml:1:9: error: format cannot be 'one'", "use one of 2")


@pytest.mark.parametrize("text", ["- a\n", "x\n", "null\n", "[]\n"])
def test_a_file_that_is_no_mapping_says_which_keys_it_has(text: str) -> None:
    said, hint = one(text)
    assert said == "a.yaml:1:1: error: the file should be keys with values"
    assert hint.startswith("its keys are format, id, title")


def test_all_problems_are_said_at_once_in_the_order_of_the_file() -> None:
    found = refused(
        "titel: x\nversion: one\nfree: maybe\ninner: {size: x}\ninners:\n  - {name: a, size: -1}\n  - 3\n"
    )
    assert [(str(p.where), p.what) for p in found] == [
        ("a.yaml:1:1", "unknown key 'titel'"),
        ("a.yaml:1:1", "'format' is missing"),
        ("a.yaml:2:10", "version 'one' is not a version"),
        ("a.yaml:3:7", "free should be true or false, not 'maybe'"),
        ("a.yaml:4:8", "'name' is missing in inner"),
        ("a.yaml:4:15", "size should be a whole number, not 'x'"),
        ("a.yaml:6:21", "size should be a whole number, not '-1'"),
        ("a.yaml:7:5", "an entry in inners should be keys with values"),
    ]


@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_problem_carries_its_line_for_the_caret(start: str, end: str) -> None:
    (problem,) = refused(f"{start}format: 2{end}count:   many{end}")
    assert problem.where is not None
    assert problem.where.source == "count:   many"
    assert problem.where.source[problem.where.column - 1 :] == "many"


def test_text_that_cannot_be_read_at_all_is_not_decoded() -> None:
    assert one("format: 2\nid: &x a\n")[0] == "a.yaml:2:5: error: '&x' names this place for reuse"


def test_faults_of_the_whole_stand_where_their_path_leads_or_as_near_as_there_is() -> None:
    def check(value: Shape) -> Iterator[Fault]:
        for path in (("inners", 1, "size"), ("inners", 1, "name"), ("inners", 7), ("title",), ()):
            yield Fault(path=path, what=f"bad {path}", hint="mend it")

    text = b"format: 2\ninners:\n  - name: a\n  - {name: b, size: 2}\n"
    decoded = decode(text, Shape, "a.yaml", check)
    assert decoded[0] is None
    assert [(str(p.where), p.what) for p in decoded[1]] == [
        ("a.yaml:1:1", "bad ('title',)"),
        ("a.yaml:1:1", "bad ()"),
        ("a.yaml:3:3", "bad ('inners', 7)"),
        ("a.yaml:4:12", "bad ('inners', 1, 'name')"),
        ("a.yaml:4:21", "bad ('inners', 1, 'size')"),
    ]


def test_a_warning_of_the_whole_comes_beside_the_value() -> None:
    fault = Fault(path=("id",), what="odd", hint="look", severity="warning")
    value, problems = decode(b"format: 2\nid: y\n", Shape, "a.yaml", lambda _: [fault])
    assert value == Shape(format=2, id=Slug("y"))
    assert [str(p) for p in problems] == ["a.yaml:2:5: warning: odd"]


def test_the_whole_is_not_checked_when_a_part_is_wrong() -> None:
    def check(value: Shape) -> Iterator[Fault]:
        raise AssertionError("called with a broken value")

    assert decode(b"format: 2\ncount: x\n", Shape, "a.yaml", check)[0] is None


def test_a_field_of_a_kind_no_one_can_read_is_our_own_mistake() -> None:
    class Odd(Struct, frozen=True):
        ratio: float

    with pytest.raises(TypeError, match="no way to read"):
        decode(b"ratio: 1\n", Odd, "a.yaml")


def test_real_files_decode() -> None:
    profile = "format: 2\nid: ana\nname: Ana\nkeys:\n  - {public: ssh-ed25519 x, since: 2026-09-01}\n"
    assert read(profile, Person).keys[0].since == date(2026, 9, 1)
    stack = "format: 2\nid: talk\nversion: 1.10\ntitle: Talk\ncredentials: [wait-time]\n"
    assert read(stack, Stack).version == "1.10"
    assert read("format: 2\ncredential: wait-time\nversion: 1.2\n", Submission).attempt == 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("format: 2", "format: 2\u200b", "format cannot be '2(U+200B)'"),
        ("title", "title\u00ad", "unknown key 'title(U+00AD)'"),
        ("title", "\u00a0title", "unknown key '(U+00A0)title'"),
        ("wait-time", "wait\u2011time", "cannot be 'wait(U+2011)time': it is not an id"),
    ],
)
def test_a_sign_that_makes_a_value_another_one_is_shown(old: str, new: str, said: str) -> None:
    text = "format: 2\nid: s\nversion: 1.0\ntitle: T\ncredentials: [wait-time]\n"
    problems = decode(text.replace(old, new, 1).encode(), Stack, "s.yaml")[1]
    (problem,) = [p for p in problems if "(U+" in p.what]
    assert said in problem.what and str(problem.hint).startswith("retype it with plain characters; ")

"""Putting something into a file a person wrote: every other byte stays as it was."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mcred.domain.ids import Slug
from mcred.domain.programme import Programme
from mcred.domain.submission import Evidence, Submission
from mcred.formats.decode import decode
from mcred.formats.edit import append_to_list, remove_from_list, set_in_entry, set_value
from mcred.formats.encode import dump, encode
from mcred.problems import McredError
from tests.formats.shapes import SLOW, TEXTS, shaped
from tests.school import a_programme, a_work

PIECE = Evidence(item=Slug("plan"), type=Slug("lesson-plan"), title="Day one", file="evidence/plan.md")
PIECE_LINES = """\
  - item: plan
    type: lesson-plan
    title: Day one
    file: evidence/plan.md
"""
WRITTEN = """\
# Ana's list
format: 2   # always
credential:   'wait-time'
version: 1.10
note: "no"  # what changed

x-number: 0x1f
x-word: no
x-day: 2026-01-01
x-plus: +1
x-nothing: ~
x-long: a text
   that goes on

# my evidence
evidence:
- item: plan   # the first
  about: |
    two
    lines

# asked when I submit
attestations: []  # none yet
# the end
"""


def added(text: str, entry: Any = "new", keys: tuple[str, ...] = ("list",)) -> str:
    return append_to_list(text.encode(), keys, entry, "a.yaml").decode()


def put(text: str, value: Any, key: str = "note") -> str:
    return set_value(text.encode(), key, value, "a.yaml").decode()


def test_an_entry_goes_below_the_last_and_nothing_else_changes() -> None:
    before, after = WRITTEN.split("    lines\n")
    entry = "- item: plan\n  type: lesson-plan\n  title: Day one\n  file: evidence/plan.md\n"
    assert added(WRITTEN, PIECE, ("evidence",)) == f"{before}    lines\n{entry}{after}"


def test_an_entry_of_an_empty_list_goes_below_its_key_and_nothing_else_changes() -> None:
    assert added(WRITTEN, "ready", ("attestations",)) == WRITTEN.replace(
        "attestations: []  # none yet\n", "attestations:  # none yet\n  - ready\n"
    )


def removed(text: str, number: int) -> str:
    return remove_from_list(text.encode(), "evidence", number, "a.yaml").decode()


@pytest.mark.parametrize("number", [0, 1, 2])
def test_an_entry_is_taken_out_and_every_remark_outside_of_it_stays(number: int) -> None:
    entries = [
        "- item: plan   # the first\n  about: |\n    two\n\n    lines\n",
        "-\n  item: plan\n  title: 'Day: one' # mine\n",
        "- {item: plan,\n   title: x}\n",
    ]
    lead, between, end = "# mine\nevidence:\n# one\n", "\n  # between\n", "# the end\nnote: '- no'"
    whole = f"{lead}{between.join(entries)}{end}"
    gone = whole.replace(entries[number], "")
    assert removed(whole, number) == gone
    assert removed(whole.replace("\n", "\r\n"), number) == gone.replace("\n", "\r\n")


def test_the_only_entry_leaves_an_empty_list_and_what_was_added_is_taken_out() -> None:
    entry = "- item: plan   # the first\n  about: |\n    two\n    lines\n"
    assert removed(WRITTEN, 0) == WRITTEN.replace(f"evidence:\n{entry}", "evidence: []\n")
    assert removed(added(WRITTEN, PIECE, ("evidence",)), 1) == WRITTEN
    for empty in ("evidence: []  # none yet\n", "a: 1\nevidence: []"):
        assert removed(added(empty, PIECE, ("evidence",)), 0).rstrip("\n") == empty.rstrip("\n")


@pytest.mark.parametrize(
    ("text", "number", "after"),
    [
        ("evidence: [a, b, c] # x\n", 0, "evidence: [b, c] # x\n"),
        ("evidence: [a, {b: 1}, c]\n", 1, "evidence: [a, c]\n"),
        ("evidence: [a, b, c,]\n", 2, "evidence: [a, b,]\n"),
        ("evidence: [a]\n", 0, "evidence: []\n"),
        ("evidence:\n  - a\n  - b", 1, "evidence:\n  - a\n"),
    ],
)
def test_an_entry_of_a_short_list_is_taken_out(text: str, number: int, after: str) -> None:
    assert removed(text, number) == after


def test_a_value_is_changed_and_nothing_else() -> None:
    assert put(WRITTEN, "Shorter.") == WRITTEN.replace('note: "no"', "note: Shorter.")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("list:\n  - a\n", "list:\n  - a\n  - new\n"),
        ("list:\n- a\n", "list:\n- a\n- new\n"),
        ("list:\n      - a\nb: 1\n", "list:\n      - a\n      - new\nb: 1\n"),
        ("list:\n  - a", "list:\n  - a\n  - new\n"),
        ("list:\n  - a  # one\n\n# two\nb: 1\n", "list:\n  - a  # one\n  - new\n\n# two\nb: 1\n"),
        ("list:\n  - - a\n    - b\n", "list:\n  - - a\n    - b\n  - new\n"),
        ("list:\n  - a: 1\n    b:\n", "list:\n  - a: 1\n    b:\n  - new\n"),
        ("list:\n  - [a,\n     b]\nc: 1\n", "list:\n  - [a,\n     b]\n  - new\nc: 1\n"),
        ("list:\n  - |\n    a\n\n\nb: 1\n", "list:\n  - |\n    a\n  - new\n\n\nb: 1\n"),
        ("list:\n  - |+\n    a\n\n\nb: 1\n", "list:\n  - |+\n    a\n\n\n  - new\nb: 1\n"),
        ("list:\n  - >-\n    a\n    b\n", "list:\n  - >-\n    a\n    b\n  - new\n"),
        ("list:\n  - 'a\n    b'\n", "list:\n  - 'a\n    b'\n  - new\n"),
        ("list: [a, b]  # x\n", "list: [a, b, new]  # x\n"),
        ("list: [a, b,]\n", "list: [a, b, new,]\n"),
        ("list: [\n  a, # one\n  b # two\n]\n", "list: [\n  a, # one\n  b, new # two\n]\n"),
        ("list: []\nb: 1\n", "list:\n  - new\nb: 1\n"),
        ("list:\nb: 1\n", "list:\n  - new\nb: 1\n"),
        ("list:  # none\n# next\nb: 1\n", "list:  # none\n  - new\n# next\nb: 1\n"),
        ("list: null\nb: 1\n", "list:\n  - new\nb: 1\n"),
        ("a: 1\n# end\n", "a: 1\n# end\nlist:\n  - new\n"),
        ("a: 1", "a: 1\nlist:\n  - new\n"),
        ("a: |+\n  x\n\n", "a: |+\n  x\n\nlist:\n  - new\n"),
        ("---\na: 1\n", "---\na: 1\nlist:\n  - new\n"),
        ("a: 1\n...\n", "a: 1\nlist:\n  - new\n...\n"),
        ("{a: 1}\n", "{a: 1, list: [new]}\n"),
        ("{list: [], a: 1}\n", "{list: [new], a: 1}\n"),
        ("{}\n", "{list: [new]}\n"),
        ("'list' : [a]\n", "'list' : [a, new]\n"),
        ("'list' :\n", "'list' :\n  - new\n"),
        ("é😀: 1\nlist: [a]\n", "é😀: 1\nlist: [a, new]\n"),
    ],
)
def test_each_layout_of_a_list_takes_an_entry_in_its_own_way(text: str, expected: str) -> None:
    assert added(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "roles:\n    experts:\n        - a\nz: 1\n",
            "roles:\n    experts:\n        - a\n        - new\nz: 1\n",
        ),
        ("roles:\n    b: c\n# x\nz: 1\n", "roles:\n    b: c\n    experts:\n      - new\n# x\nz: 1\n"),
        ("roles:\nz: 1\n", "roles:\n  experts:\n    - new\nz: 1\n"),
        ("roles: {issuers: [b]}\n", "roles: {issuers: [b], experts: [new]}\n"),
        ("z: 1\n", "z: 1\nroles:\n  experts:\n    - new\n"),
        ("roles:\n  experts: []\n  z: 1\n", "roles:\n  experts:\n    - new\n  z: 1\n"),
    ],
)
def test_a_list_below_other_keys_is_found_or_begun(text: str, expected: str) -> None:
    assert added(text, "new", ("roles", "experts")) == expected


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ('note: ""  # c\nb: 1\n', "x", "note: x  # c\nb: 1\n"),
        ('note: ""  # c\nb: 1\n', "x\ny", "note: |-  # c\n  x\n  y\nb: 1\n"),
        ("note: |\n  a\n  b\n\n# d\nb: 1\n", "x", "note: x\n\n# d\nb: 1\n"),
        ("note: |\n  a\n\nb: 1\n", "x\ny\n", "note: |\n  x\n  y\n\nb: 1\n"),
        ("note:\n  # why\n  long\n  text\nb: 1\n", "x", "note: x\n  # why\nb: 1\n"),
        ("note:\n  # why\n  long\nb: 1\n", "x\ny", "note: |-\n  x\n  y\nb: 1\n"),
        ("note:\nb: 1\n", "x", "note: x\nb: 1\n"),
        ("note: x", "y", "note: y\n"),
        ("a: 1\n", "x", "a: 1\nnote: x\n"),
        ("a: 1", "x\ny\n", "a: 1\nnote: |\n  x\n  y\n"),
        ("{note: a, b: 1}\n", "x\ny", '{note: "x\\ny", b: 1}\n'),
        ("note: a\nb: 1\n", "no", "note: 'no'\nb: 1\n"),
        ("note: a\nb: 1\n", "", "note: ''\nb: 1\n"),
        ("note: [a]\nb: 1\n", ("x", "y"), "note:\n  - x\n  - y\nb: 1\n"),
        ("note: 1\nb: 1\n", 2, "note: 2\nb: 1\n"),
    ],
)
def test_a_value_is_set_in_each_layout(text: str, value: Any, expected: str) -> None:
    assert put(text, value) == expected


def test_windows_line_ends_and_a_byte_order_mark_stay() -> None:
    data = b"\xef\xbb\xbfa: 1\r\nlist:\r\n  - x\r\nb: 2\r\n"
    assert append_to_list(data, ("list",), "y", "a.yaml") == data.replace(b"  - x\r\n", b"  - x\r\n  - y\r\n")
    assert set_value(data, "a", "k\nl", "a.yaml") == data.replace(b"a: 1\r\n", b"a: |-\r\n  k\r\n  l\r\n")


@pytest.mark.parametrize(
    ("text", "keys", "where"),
    [
        ("list: x\n", ("list",), "a.yaml:1:7"),
        ("list: {a: 1}\n", ("list",), "a.yaml:1:7"),
        ("a: 1\nroles: [x]\n", ("roles", "experts"), "a.yaml:2:8"),
        ("roles: x\n", ("roles", "experts"), "a.yaml:1:8"),
    ],
)
def test_something_else_than_a_list_is_refused_with_its_place(
    text: str, keys: tuple[str, ...], where: str
) -> None:
    with pytest.raises(McredError) as refused:
        added(text, "new", keys)
    assert [str(p.where) for p in refused.value.problems] == [where]


@pytest.mark.parametrize("text", ["a: &x 1\n", "- a\n", "x\n", "", "a: 'open\n", "%YAML 1.1\n---\na: no\n"])
def test_a_file_that_cannot_be_read_is_left_alone(text: str) -> None:
    for change in (added, put):
        with pytest.raises(McredError, match=r"a\.yaml cannot be read") as refused:
            change(text, "new")
        assert str(refused.value.hint) == "mcred check"
        assert bool(refused.value.problems) == (text not in ("- a\n", "x\n"))


@pytest.mark.parametrize("entry", ["a\u202eb", "a\x00", "\ud800"])
def test_a_text_that_could_not_be_read_again_is_refused(entry: str) -> None:
    for change in (added, put):
        with pytest.raises(McredError, match=r"cannot be put into a\.yaml") as refused:
            change("a: 1\n", entry)
        assert refused.value.problems


def test_a_layout_that_gives_no_place_is_refused_and_not_guessed_at() -> None:
    with pytest.raises(McredError, match="formatted in a way"):
        put("? note\n# odd\n: x\n", "y")


def test_what_was_machine_written_takes_entries_too() -> None:
    text = encode(replace(a_work().submission, evidence=())).decode()
    assert added(text, PIECE, ("evidence",)) == f"{text}evidence:\n{PIECE_LINES}"


@settings(SLOW, max_examples=40)
@given(shaped(Submission), shaped(Evidence), st.booleans())
def test_after_adding_the_list_is_the_old_one_and_the_entry(
    listed: Submission, piece: Evidence, crlf: bool
) -> None:
    data = encode(listed)
    if crlf:
        data = data.replace(b"\n", b"\r\n")
    value, problems = decode(append_to_list(data, ("evidence",), piece, "a.yaml"), Submission, "a.yaml")
    assert problems == ()
    assert value == replace(listed, evidence=(*listed.evidence, piece))


@settings(SLOW, max_examples=40)
@given(shaped(Submission), TEXTS)
def test_after_setting_the_value_is_the_new_one_and_the_rest_the_old(listed: Submission, note: str) -> None:
    value, problems = decode(set_value(encode(listed), "note", note, "a.yaml"), Submission, "a.yaml")
    assert problems == ()
    assert value == replace(listed, note=note)


@settings(SLOW, max_examples=40)
@given(
    st.lists(TEXTS, max_size=3), TEXTS, st.booleans(), st.sampled_from(["", "# remark\nz: 1\n", "\n\nz: 1\n"])
)
def test_entries_of_any_text_are_added_to_any_list(old: list[str], new: str, flow: bool, tail: str) -> None:
    text = f"list: {dump(old, flow=True)}{tail}" if flow or not old else f"{dump({'list': old})}{tail}"
    expected = f"{dump({'list': [*old, new]})}{'z: 1' if tail else ''}\n"
    assert _plain(added(text, new)) == _plain(expected)


def _plain(text: str) -> Any:
    import yaml

    return yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - texts only, from our own writer


def test_a_role_is_added_to_a_programme() -> None:
    text = "# who does what\n" + encode(a_programme()).decode()
    data = append_to_list(text.encode(), ("roles", "experts"), "ben", "mcred.yaml")
    programme, _ = decode(data, Programme, "mcred.yaml")
    assert programme is not None
    assert programme.roles.experts == ("mei", "ben")


# one key of one entry of a list


def set_key(text: str, value: Any, number: int = 0, key: str = "until") -> str:
    return set_in_entry(text.encode(), ("issuer", "keys"), number, key, value, "a.yaml").decode()


@pytest.mark.parametrize(
    ("text", "number", "expected"),
    [
        (
            "issuer:\n  keys:\n    - id: a\n      since: 1  # first\n\n    - id: b\nx: 1\n",
            0,
            "issuer:\n  keys:\n    - id: a\n      since: 1  # first\n      until: '2'\n\n    - id: b\nx: 1\n",
        ),
        (
            "issuer:\n  keys:\n  - id: a\n  - id: b\n# end\n",
            1,
            "issuer:\n  keys:\n  - id: a\n  - id: b\n    until: '2'\n# end\n",
        ),
        (
            "issuer:\n  keys: [{id: a}, {id: b}] # two\n",
            0,
            "issuer:\n  keys: [{id: a, until: '2'}, {id: b}] # two\n",
        ),
        ("issuer: {keys: [{id: a}]}\n", 0, "issuer: {keys: [{id: a, until: '2'}]}\n"),
        (
            "issuer:\n  keys:\n    - until: 1 # was\n      id: a\n",
            0,
            "issuer:\n  keys:\n    - until: '2' # was\n      id: a\n",
        ),
    ],
    ids=["block", "at the margin", "flow", "all flow", "there already"],
)
def test_a_key_of_an_entry_is_set_in_each_layout(text: str, number: int, expected: str) -> None:
    assert set_key(text, "2", number) == expected


@pytest.mark.parametrize(
    ("text", "number", "what"),
    [
        ("a: 1\n", 0, "has no entry 1 in issuer.keys"),
        ("issuer: x\n", 0, "has no entry 1 in issuer.keys"),
        ("issuer:\n  keys: {a: 1}\n", 0, "has no entry 1 in issuer.keys"),
        ("issuer:\n  keys:\n    - id: a\n", 1, "has no entry 2 in issuer.keys"),
        ("issuer:\n  keys:\n    - plain\n", 0, "cannot be added to"),
        ("issuer: [\n", 0, "cannot be read"),
    ],
)
def test_an_entry_that_is_not_there_is_refused(text: str, number: int, what: str) -> None:
    with pytest.raises(McredError, match=what):
        set_key(text, "2", number)


@pytest.mark.slow
@settings(SLOW, max_examples=40)
@given(st.data(), st.booleans())
def test_after_setting_a_key_of_an_entry_the_rest_is_the_old(data: st.DataObject, crlf: bool) -> None:
    listed = data.draw(shaped(Submission).filter(lambda s: s.evidence))
    number = data.draw(st.integers(0, len(listed.evidence) - 1))
    about = data.draw(TEXTS)
    text = encode(listed).replace(b"\n", b"\r\n") if crlf else encode(listed)
    written = set_in_entry(text, ("evidence",), number, "about", about, "a.yaml")
    value, problems = decode(written, Submission, "a.yaml")
    assert problems == ()
    entries = list(listed.evidence)
    entries[number] = replace(entries[number], about=about)
    assert value == replace(listed, evidence=tuple(entries))

"""A folder in cells: nothing of it is lost, and what a comparison tells adds up to every changed byte."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcred.domain.compare.cells import (
    CellChange,
    CellKey,
    FolderState,
    StoredContents,
    cells_of,
    changed_cells,
)
from mcred.domain.compare.report import Comparison, ItemChange, compare, describe
from mcred.domain.ids import BlobId, CommitId
from mcred.formats.portfolio_parts import cut_listing, cut_part, read_state
from mcred.store.snapshot import Entry, Snapshot
from tests.school import ANAS, a_credential, a_work

WAIT = a_credential()
Folder = Mapping[str, bytes]
unhurried = settings(deadline=None, max_examples=150)

LISTING = """# My list
format: 2
credential: wait-time
version: "1.2.0"
evidence:
  - item: lesson-plan
    type: lesson-plan
    title: Day one
    file: evidence/plan.md
  # the talk
  - item: class-video
    type: observation
    title: Talk
    file: evidence/talk.md
attestations: [ready]
note: First.
"""
OVERVIEW = """# Overview

<!-- Write below. -->

## Your setting

<!-- 3 to 30 words -->
Period two, ten year olds.

## Beside

Not asked for.
"""
BASE: Folder = {
    "submission.yaml": LISTING.encode(),
    "1-overview.md": OVERVIEW.encode(),
    "evidence/plan.md": b"Three seconds.\n",
    "evidence/talk.md": b"A question.\n",
}


def blob(data: bytes) -> BlobId:
    return BlobId(hashlib.sha1(data, usedforsecurity=False).hexdigest())


def state_of(folder: Folder) -> FolderState:
    paths = {f"work/{p}": data for p, data in folder.items()}
    entries = {p: Entry(mode="100644", blob=blob(d), size=len(d)) for p, d in paths.items()}
    contents = {p: d for p, d in paths.items() if "/evidence/" not in p}
    tree = Snapshot(commit=CommitId("0" * 40), entries=entries, contents=contents)
    state, problems = read_state("work", ANAS, tree, WAIT)
    assert state is not None, problems
    return state


def between(first: Folder, second: Folder) -> Comparison:
    return compare(state_of(first), state_of(second))


def altered(path: str, old: str, new: str, folder: Folder = BASE) -> Folder:
    text = folder[path].decode()
    assert old in text
    return {**folder, path: text.replace(old, new).encode()}


def the_item(first: Folder, second: Folder) -> ItemChange:
    found = between(first, second)
    (part,) = found.parts
    (item,) = part.items
    return item


def written_again(state: FolderState) -> Mapping[str, bytes]:
    """The text files of a folder put together from its cells."""
    found = {}
    for path, beside in state.beside.items():
        around = beside.raw.split("\x1e")
        bodies = [b.raw for b in state.bodies.values()]
        if len(around) == len(bodies) + 2:
            found[path] = around[-1].encode()
            continue
        assert len(around) == len(bodies) + 1
        inner = "".join(a + b for a, b in zip(around, [*bodies, ""], strict=True))
        found[path] = inner.encode()
    raw = dict(state.fields)
    if "as stored" in raw:
        return {**found, "submission.yaml": raw["as stored"].encode("latin-1")}
    lines = "".join(
        text.replace("\x1e", "".join(e.raw for e in state.entries.values())) for text in raw.values()
    )
    return {**found, "submission.yaml": lines.removesuffix("\n").encode()}


headings = st.sampled_from(
    ["## Your setting\n", "## your  Setting\n", "## Other\n", "# Part\n", "### Deeper\n"]
)
words = st.sampled_from(
    ["one two\n", "\n", "three\nfour five six seven\n", "<!-- x\n -->", "`<!--`\n", "~~~\n", "\f\n"]
)
parts = st.lists(st.one_of(headings, words), max_size=8).map("".join)
entry = st.tuples(
    st.sampled_from(["lesson-plan", "class-video", "gone"]),
    st.sampled_from(["lesson-plan", "observation"]),
    st.sampled_from(["One", "Two"]),
    st.sampled_from(["", "  # a remark\n"]),
)
FILES = ("evidence/a.md", "evidence/b.csv", "evidence/c.pdf")


@st.composite
def folders(draw: st.DrawFn) -> Folder:
    """Any folder whose list can be read."""
    listed = draw(st.lists(st.sampled_from(FILES), unique=True))
    rows = ""
    for file in listed:
        item, kind, title, remark = draw(entry)
        rows += f"{remark}  - item: {item}\n    type: {kind}\n    title: {title}\n    file: {file}\n"
    evidence = f"evidence:\n{rows}" if rows else draw(st.sampled_from(["", "evidence: []\n"]))
    others = draw(st.permutations(["note: Hi.\n", "attestations: [ready]\n", evidence]))
    head = draw(st.sampled_from(["", "# top\n"])) + 'format: 2\ncredential: wait-time\nversion: "1.2.0"\n'
    text = head + "".join(others[: draw(st.integers(1, 3))]) + draw(st.sampled_from(["", "\n", "# end\n"]))
    contents = st.sampled_from([b"", b"one two three\n", b"four five six\n", b"\xff"])
    held = {f: draw(contents) for f in draw(st.lists(st.sampled_from(FILES), unique=True))}
    stray = {"notes.txt": draw(contents)} if draw(st.booleans()) else {}
    return {"submission.yaml": text.encode(), "1-overview.md": draw(parts).encode(), **held, **stray}


def claims_of(found: Comparison) -> list[CellKey]:
    """Every cell that something told lays claim to."""
    items = found.items.values()
    return [
        *(k for i in items for k in i.claims),
        *(k for i in items for p in i.evidence for k in p.claims),
        *(k for o in found.other for k in o.claims),
    ]


@pytest.mark.slow
@given(folders())
@unhurried
def test_a_folder_can_be_put_together_from_its_cells(folder: Folder) -> None:
    state = state_of(folder)
    again = written_again(state)
    assert again == {p: d for p, d in folder.items() if p in again}
    assert {p: f.blob for p, f in state.files.items()} == {
        p: blob(d) for p, d in folder.items() if p not in again
    }


@pytest.mark.slow
@given(folders())
@unhurried
def test_nothing_differs_from_itself(folder: Folder) -> None:
    assert between(folder, folder).is_empty


@pytest.mark.slow
@given(folders(), folders())
@unhurried
def test_every_changed_cell_belongs_to_exactly_one_thing_told(first: Folder, second: Folder) -> None:
    before, after = state_of(first), state_of(second)
    claimed = Counter(claims_of(compare(before, after)))
    changed = set(changed_cells(before, after))
    order: CellKey = ("order", "list")
    assert set(claimed) | {order} == changed | {order}
    assert set(claimed.values()) <= {1}
    assert (first == second) == (not changed)


def composed(
    first: Mapping[CellKey, CellChange], second: Mapping[CellKey, CellChange]
) -> Mapping[CellKey, CellChange]:
    """Two steps as one: what both undo is no change."""
    whole = {
        k: (first.get(k, second.get(k, (None, None)))[0], second.get(k, first.get(k, (None, None)))[1])
        for k in sorted({*first, *second})
    }
    return {k: (old, new) for k, (old, new) in whole.items() if old != new}


@pytest.mark.slow
@given(folders(), folders(), folders())
@unhurried
def test_steps_over_attempts_add_up_to_the_difference_of_the_ends(a: Folder, b: Folder, c: Folder) -> None:
    first, second, third = state_of(a), state_of(b), state_of(c)
    steps = composed(changed_cells(first, second), changed_cells(second, third))
    assert steps == changed_cells(first, third)
    assert describe(first, third, steps, StoredContents()) == compare(first, third)


def test_an_answer_is_told_by_its_item() -> None:
    item = the_item(BASE, altered("1-overview.md", "ten year", "nine year"))
    assert (item.item, item.is_substantial) == ("setting", True)
    assert [s.kind for s in item.spans] == ["same", "removed", "added", "same"]


def test_guidance_that_was_taken_out_is_no_answer() -> None:
    item = the_item(BASE, altered("1-overview.md", "<!-- 3 to 30 words -->\n", ""))
    assert not item.is_substantial
    found = between(BASE, altered("1-overview.md", "<!-- Write below. -->", ""))
    assert not found.parts
    assert [(o.kind, o.name) for o in found.other] == [("layout", "1-overview.md")]


def test_text_beside_the_answers_is_told_as_such() -> None:
    found = between(BASE, altered("1-overview.md", "Not asked", "Never asked"))
    assert not found.parts
    assert [(o.kind, o.name) for o in found.other] == [("beside", "1-overview.md")]


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("    title: Day one\n", "    title: First day\n", "reworded"),
        ("  - item: lesson-plan\n", "  - item: class-video\n", "moved"),
    ],
)
def test_what_became_of_a_piece(old: str, new: str, kind: str) -> None:
    (piece,) = the_item(BASE, altered("submission.yaml", old, new)).evidence
    assert piece.kind == kind


def test_a_replaced_file() -> None:
    (piece,) = the_item(BASE, {**BASE, "evidence/plan.md": b"Five.\n"}).evidence
    assert piece.kind == "replaced"
    assert piece.before is not None
    assert piece.after is not None
    assert (piece.before.size, piece.after.size) == (15, 6)


def test_a_file_under_another_name_is_renamed_and_nothing_new() -> None:
    moved = altered("submission.yaml", "evidence/plan.md", "evidence/plan-1.md")
    folder = {("evidence/plan-1.md" if p == "evidence/plan.md" else p): d for p, d in moved.items()}
    item = the_item(BASE, folder)
    assert [p.kind for p in item.evidence] == ["renamed"]
    assert not item.is_substantial


def test_the_same_content_is_the_same_piece_whatever_it_is_called_and_wherever_it_went() -> None:
    """Another file of its old title comes in its place: that one is new, and not what became of it."""
    text = LISTING.replace("  # the talk\n", "").replace("title: Day one", "title: A plan")
    text = text.replace("item: lesson-plan", "item: class-video", 1).replace("plan.md", "seen.md")
    row = "  - item: lesson-plan\n    type: lesson-plan\n    title: Day one\n    file: evidence/new.md\n"
    text = text.replace("evidence:\n", f"evidence:\n{row}")
    folder = {("evidence/seen.md" if p == "evidence/plan.md" else p): d for p, d in BASE.items()}
    found = between(BASE, {**folder, "submission.yaml": text.encode(), "evidence/new.md": b"Five.\n"})
    kinds = {p.kind: (p.after or p.before) for i in found.items.values() for p in i.evidence}
    assert {k: piece.title for k, piece in kinds.items() if piece} == {"moved": "A plan", "added": "Day one"}


def test_what_lies_outside_the_folder_is_none_of_it() -> None:
    entries = {
        "work/submission.yaml": BASE["submission.yaml"],
        "elsewhere/notes.txt": b"x",
        "mcred.yaml": b"y",
    }
    tree = Snapshot(
        commit=CommitId("0" * 40),
        entries={p: Entry(mode="100644", blob=blob(d), size=len(d)) for p, d in entries.items()},
        contents=entries,
    )
    state, _ = read_state("work", ANAS, tree, WAIT)
    assert state is not None
    assert not state.files


def test_another_file_of_the_same_title_replaces_it() -> None:
    moved = altered("submission.yaml", "evidence/plan.md", "evidence/better.md")
    folder = {("evidence/better.md" if p == "evidence/plan.md" else p): d for p, d in moved.items()}
    (piece,) = the_item(BASE, {**folder, "evidence/better.md": b"Five.\n"}).evidence
    assert piece.kind == "replaced"


def test_evidence_comes_and_goes() -> None:
    head, tail = LISTING.split("  # the talk\n")
    short = {**BASE, "submission.yaml": (head + tail[tail.index("attestations") :]).encode()}
    short.pop("evidence/talk.md")
    assert [p.kind for p in the_item(BASE, short).evidence] == ["removed"]
    assert [p.kind for p in the_item(short, BASE).evidence] == ["added"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("note: First.", "note: Second.", ("note", "the note", "", "")),
        ("[ready]", "[ready, own-work]", ("statements", "statements confirmed", "ready", "ready, own-work")),
        ('"1.2.0"', '"1.3.0"', ("version", "version", "1.2.0", "1.3.0")),
        ("# My list", "# Ana's list", ("layout", "the list", "", "")),
        ("note: First.", "note: 'First.'", ("layout", "the list", "", "")),
        ("    title: Day one\n", "    title: 'Day one'\n", ("layout", "the list", "", "")),
        ("note: First.", "attempt: 2\nnote: First.", ("attempt", "attempt", "1", "2")),
    ],
)
def test_what_else_is_in_the_list(old: str, new: str, told: tuple[str, ...]) -> None:
    found = between(BASE, altered("submission.yaml", old, new))
    assert not found.parts
    assert [(o.kind, o.name, o.before, o.after) for o in found.other] == [told]


def test_one_more_entry_changes_nothing_of_the_last_one() -> None:
    text = LISTING.replace("attestations:", "\n# statements\nattestations:")
    row = "  - item: lesson-plan\n    type: lesson-plan\n    title: More\n    file: evidence/more.md\n"
    longer = text.replace("\n# statements", f"{row}\n# statements")
    first = {**BASE, "submission.yaml": text.encode()}
    found = between(first, {**first, "submission.yaml": longer.encode(), "evidence/more.md": b"x"})
    assert not found.other
    assert [p.kind for i in found.items.values() for p in i.evidence] == ["added"]


def test_a_list_in_another_order() -> None:
    start, end = LISTING.index("  - item: lesson"), LISTING.index("attestations")
    first, second = LISTING[start:end].split("  # the talk\n")
    text = LISTING[:start] + second + "  # the talk\n" + first + LISTING[end:]
    found = between(BASE, {**BASE, "submission.yaml": text.encode()})
    assert "order" in [o.kind for o in found.other]
    assert not found.parts


def test_a_file_that_no_one_listed() -> None:
    found = between(BASE, {**BASE, "evidence/loose.bin": b"x"})
    assert [(o.kind, o.name, o.before, o.after) for o in found.other] == [
        ("file", "evidence/loose.bin", "", "1 bytes")
    ]


def test_entries_that_share_a_line_are_cells_without_lines() -> None:
    text = LISTING[: LISTING.index("evidence:")] + (
        "evidence: [{item: lesson-plan, type: lesson-plan, title: A, file: evidence/plan.md}]\n"
    )
    state = state_of({**BASE, "submission.yaml": text.encode()})
    assert state.entries["evidence/plan.md"].raw == ""
    assert "title: A" in state.fields["evidence"]


def test_a_part_that_is_no_text_is_kept_whole() -> None:
    bodies, beside = cut_part(b"\xff\x00", WAIT.parts[0])
    assert not bodies
    assert beside.raw.encode("latin-1") == b"\xff\x00"


@pytest.mark.parametrize(
    "data", [OVERVIEW.replace("\n", "\r\n").encode(), b"\xef\xbb\xbf" + OVERVIEW.encode()]
)
def test_line_ends_and_marks_are_a_difference_of_layout(data: bytes) -> None:
    found = between(BASE, {**BASE, "1-overview.md": data})
    assert not found.parts
    assert {o.kind for o in found.other} <= {"layout", "beside"}
    assert found.other


def test_a_list_with_a_mark_is_kept_as_stored() -> None:
    data = b"\xef\xbb\xbf" + LISTING.encode()
    _, fields = cut_listing(data, a_work())
    assert fields["as stored"].encode("latin-1") == data


def test_cells_name_what_a_person_would() -> None:
    kinds = Counter(kind for kind, _ in cells_of(state_of(BASE)))
    assert kinds == {"answer": 1, "beside": 1, "entry": 2, "field": 7, "file": 2, "order": 1}

"""Two computers of one person: nothing that was typed on either may be lost."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcred.app.work.merge_drafts import find_unjoined, join_copies
from mcred.domain.ids import BlobId

PATHS = ("a.md", "b.md", "evidence/c.pdf", "a-other-computer.md", "d", "d/e.md", "d-other-computer/e.md")
BLOBS = [BlobId(letter * 40) for letter in "0123"]


def is_a_folder(state: Mapping[str, BlobId]) -> bool:
    """Whether a disk can hold all of these paths at once: none is a file and a folder."""
    return not any(longer.startswith(f"{path}/") for path in state for longer in state)


STATES = st.dictionaries(st.sampled_from(PATHS), st.sampled_from(BLOBS)).filter(is_a_folder)
OLD, MINE, THEIRS = BLOBS[0], BLOBS[1], BLOBS[2]


def joined(
    before: dict[str, BlobId], mine: dict[str, BlobId], theirs: dict[str, BlobId]
) -> dict[str, BlobId]:
    return dict(join_copies(before, mine, theirs)[0])


@pytest.mark.parametrize(
    ("before", "mine", "theirs", "wanted"),
    [
        ({"a.md": OLD}, {"a.md": OLD}, {"a.md": THEIRS}, {"a.md": THEIRS}),
        ({"a.md": OLD}, {"a.md": MINE}, {"a.md": OLD}, {"a.md": MINE}),
        ({"a.md": OLD}, {"a.md": MINE}, {"a.md": MINE}, {"a.md": MINE}),
        ({}, {"a.md": MINE}, {"b.md": THEIRS}, {"a.md": MINE, "b.md": THEIRS}),
        ({"a.md": OLD}, {}, {"a.md": OLD}, {}),
        ({"a.md": OLD}, {"a.md": OLD}, {}, {}),
    ],
    ids=[
        "theirs is new",
        "mine is new",
        "both the same",
        "different files",
        "I removed it",
        "they removed it",
    ],
)
def test_one_side_changed(
    before: dict[str, BlobId],
    mine: dict[str, BlobId],
    theirs: dict[str, BlobId],
    wanted: dict[str, BlobId],
) -> None:
    assert joined(before, mine, theirs) == wanted


def test_both_changed_it_mine_stays_and_theirs_lies_beside() -> None:
    both, beside = join_copies({"a.md": OLD}, {"a.md": MINE}, {"a.md": THEIRS})
    (copy,) = beside
    assert both == {"a.md": MINE, copy: THEIRS}
    assert PurePosixPath(copy).suffix == ".md" and copy != "a.md"


def test_a_file_that_one_removed_and_the_other_changed_is_kept() -> None:
    assert MINE in joined({"a.md": OLD}, {"a.md": MINE}, {}).values()
    assert THEIRS in joined({"a.md": OLD}, {}, {"a.md": THEIRS}).values()


@given(STATES, STATES, STATES)
def test_whatever_was_typed_since_is_still_there(
    before: dict[str, BlobId], mine: dict[str, BlobId], theirs: dict[str, BlobId]
) -> None:
    both = set(joined(before, mine, theirs).values())
    for side in (mine, theirs):
        typed = {blob for path, blob in side.items() if before.get(path) != blob}
        assert typed <= both


@given(STATES, STATES)
def test_a_side_that_changed_nothing_adds_nothing(before: dict[str, BlobId], mine: dict[str, BlobId]) -> None:
    assert join_copies(before, mine, before) == (mine, ())
    assert join_copies(before, before, mine) == (mine, ())


@given(STATES, STATES)
def test_joining_with_oneself_is_oneself(before: dict[str, BlobId], mine: dict[str, BlobId]) -> None:
    assert join_copies(before, mine, mine) == (mine, ())


@given(STATES, STATES, STATES)
def test_a_disk_can_always_hold_what_comes_out(
    before: dict[str, BlobId], mine: dict[str, BlobId], theirs: dict[str, BlobId]
) -> None:
    both, beside = join_copies(before, mine, theirs)
    assert is_a_folder(both) and set(beside) <= set(both)
    # What I changed stays under the name that I gave it.
    assert all(both[path] == blob for path, blob in mine.items() if before.get(path) != blob)


@pytest.mark.parametrize(
    ("mine", "theirs", "wanted"),
    [
        ("notes/1.md", "notes", "notes-other-computer"),
        ("notes", "notes/1.md", "notes-other-computer/1.md"),
        ("notes.d", "notes.d/deep/1.md", "notes-other-computer.d/deep/1.md"),
    ],
)
def test_a_file_here_and_a_folder_there_both_find_room(mine: str, theirs: str, wanted: str) -> None:
    both, beside = join_copies({}, {mine: MINE}, {theirs: THEIRS})
    assert both == {mine: MINE, wanted: THEIRS} and beside == (wanted,)


def test_a_file_that_became_a_folder_there_is_a_folder_here() -> None:
    assert join_copies({"a": OLD}, {"a": OLD}, {"a/1.md": THEIRS}) == ({"a/1.md": THEIRS}, ())


def test_an_earlier_version_beside_mine_is_not_written_over() -> None:
    mine = {"a.md": MINE, "a-other-computer.md": OLD}
    both, beside = join_copies({}, mine, {"a.md": THEIRS})
    assert both == {**mine, "a-other-computer-2.md": THEIRS} and beside == ("a-other-computer-2.md",)


def test_the_same_version_beside_mine_is_kept_once() -> None:
    mine = {"a.md": MINE, "a-other-computer.md": THEIRS}
    assert join_copies({}, mine, {"a.md": THEIRS})[0] == mine


@pytest.mark.parametrize(
    ("path", "mine"),
    [
        ("x/a-other-computer.md", "a.md"),
        ("x/a-other-computer-2.md", "a.md"),
        ("x/a-other-computer/b.md", "a"),
        ("x/a-other-computer", "a"),
        ("x/my-other-computers.md", None),
        ("x/a-other-computer-new.md", None),
        ("x/other-computer.md", None),
    ],
)
def test_a_version_beside_mine_is_named_until_it_is_gone(path: str, mine: str | None) -> None:
    found = list(find_unjoined([path]))
    assert [p.where.file for p in found if p.where] == ([path] if mine else [])
    assert all(f"changed {mine} on another computer too" in p.what and p.severity == "warning" for p in found)


def test_as_many_new_files_as_a_draft_may_hold() -> None:
    theirs = {f"evidence/class-{n // 100}/{n}.md": BlobId(f"{n:040}") for n in range(20_000)}
    mine = {f"evidence/Class-{n}/x.md": BlobId("a" * 40) for n in range(0, 200, 2)}
    together, beside = join_copies({}, mine, theirs)
    assert len(together) == len(mine) + len(theirs) and len(beside) == 100 * 100

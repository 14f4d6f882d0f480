"""Two computers of one person: nothing that was typed on either may be lost."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcred.cli.joining import join_copies
from mcred.model.ids import BlobId

PATHS = ("a.md", "b.md", "evidence/c.pdf")
BLOBS = [BlobId(letter * 40) for letter in "0123"]
STATES = st.dictionaries(st.sampled_from(PATHS), st.sampled_from(BLOBS))
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

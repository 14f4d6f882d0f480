"""Reads commits, each with all that its first parent lacks, once: hashes it, and tells what changed."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from mcred.domain.ids import BlobId, CommitId
from mcred.domain.pieces import FileDigest
from mcred.store.batch import list_whole
from mcred.store.diffs import PairReader, TreePair, empty_tree
from mcred.store.git import Repo, full_hex, start_reader
from mcred.store.history.hashed_trees import Hashed, HashedTrees, Odd
from mcred.store.log import Change
from mcred.store.snapshot import FOLDER, MAX_DEPTH, MAX_PATHS, SUBMODULE
from mcred.store.walk import parse_parents, parse_tree_id

ListedCommit = tuple[CommitId, tuple[CommitId, ...]]
"""A commit and its parents, as git lists them."""
_AT_ONCE = 200
"""Commits whose trees are compared at a time."""
_MOST_ROWS = 100_000
"""Differences of so many commits that are held here; git splits longer ones."""


def list_history(repo: Repo, tip: CommitId, known: CommitId | None) -> dict[CommitId, tuple[CommitId, ...]]:
    """Each commit of a history with its parents, ancestors first; what `known` has too is left out.

    Raises McredError where git cannot follow it.
    """
    asked = "\n".join([full_hex(tip), *([f"^{full_hex(known)}"] if known else [])])
    options = ("--topo-order", "--reverse", "--parents", "--stdin")
    listing = list_whole(repo, *options, stdin=asked).decode("ascii")
    rows = (tuple(map(CommitId, line.split(" "))) for line in listing.splitlines())
    return {row[0]: row[1:] for row in rows}


class CheckedCommits(Struct, frozen=True, kw_only=True):
    """What some commits brought."""

    changes: dict[CommitId, bytes]
    """What each changed of its first parent, packed."""
    large: dict[BlobId, FileDigest]
    """The size and SHA-256 of large files."""


def unpack_changes(packed: bytes) -> tuple[Change, ...]:
    """The changes of a commit."""
    return msgspec.msgpack.decode(packed, type=tuple[Change, ...])


def check_commits(repo: Repo, commits: Sequence[ListedCommit]) -> CheckedCommits | None:
    """Hash some commits of `list_history`, and each folder and file of theirs that their first parents lack.

    The same bytes as `git rev-list --objects` leads to, where all of them are given. None where anything is
    missing, altered, or not as git writes it or listed it: then git tells what it is.
    """
    if not commits:
        return CheckedCommits(changes={}, large={})
    try:
        with start_reader(repo, "cat-file", "--batch") as reader:
            if reader.stdin is None or reader.stdout is None:
                raise ValueError("a reader is asked through its pipes")
            found = _Checker(Hashed(reader.stdin, reader.stdout), len(commits[0][0]) // 2)
            for at in range(0, len(commits), _AT_ONCE):
                found.check(commits[at : at + _AT_ONCE])
    except (Odd, OSError, UnicodeEncodeError):
        return None
    return CheckedCommits(changes=found.changes, large=found.large)


class _Checker:
    def __init__(self, reader: Hashed, width: int) -> None:
        self.reader = reader
        self.changes: dict[CommitId, bytes] = {}
        self.large: dict[BlobId, FileDigest] = {}
        self._trees = HashedTrees(reader, width)
        self._tree_of: dict[CommitId, str] = {}
        self._empty = empty_tree(2 * width)

    def check(self, commits: Sequence[ListedCommit]) -> None:
        before: dict[CommitId, CommitId | None] = {}
        raws = self.reader.read([name for name, _ in commits], "commit")
        for (name, parents), raw in zip(commits, raws, strict=True):
            # git does not hash what it lists.
            if parse_parents(raw) != parents:
                raise Odd(name)
            self._tree_of[name] = parse_tree_id(raw)
            before[name] = next(iter(parents), None)
        others = [p for p in dict.fromkeys(before.values()) if p is not None and p not in self._tree_of]
        for name, raw in zip(others, self.reader.read(others, "commit"), strict=True):
            self._tree_of[name] = parse_tree_id(raw)
        pairs = {
            name: (self._tree_of[parent] if parent else self._empty, self._tree_of[name])
            for name, parent in before.items()
        }
        trees = PairReader(self._empty)
        files: dict[BlobId, None] = {}
        todo: Sequence[TreePair] = [pair for pair in dict.fromkeys(pairs.values()) if pair[0] != pair[1]]
        for _ in range(MAX_DEPTH + 1):
            rows = self._trees.rows(todo)
            trees.rows.update(rows)
            if len(trees.rows) + sum(map(len, rows.values())) > _MOST_ROWS:
                raise Odd
            entries = (entry for found in rows.values() for _, _, entry in found if entry is not None)
            files.update((e.blob, None) for e in entries if e.mode not in (FOLDER, SUBMODULE))
            inner = (trees.inner(row) for found in rows.values() for row in found)
            todo = [pair for pair in dict.fromkeys(inner) if pair is not None and pair not in trees.rows]
            if not todo:
                break
        else:
            raise Odd
        self.large.update(self.reader.hash_files([*files]))
        for name, pair in pairs.items():
            trees.left = MAX_PATHS
            self.changes[name] = msgspec.msgpack.encode([*trees.unfold(pair, "")])

"""Bounded listing of trees that would expand to too many paths.

Trees that repeat each other expand from a few kilobytes to millions of paths. Here each tree is read once,
its paths are counted before any is listed, and a folder with too many is a single entry.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from mcred.domain.ids import BlobId, CommitId
from mcred.store.batch import ask_sizes
from mcred.store.files.objects import parse_tree
from mcred.store.git import Repo, ask_objects
from mcred.store.snapshot import (
    DOUBLED,
    FOLDER,
    MAX_DEPTH,
    MAX_FOLDER,
    MAX_PATHS,
    SUBMODULE,
    Entry,
    read_objects,
    tree_ids,
)

Rows = Sequence[tuple[str, str, str]]
"""Mode, name and id of each entry of a tree."""

MOST_BYTES = 32 * 1024 * 1024
"""The limit for tree objects read, in bytes."""
FEW_TREES = 64
"""Up to so many folders are listed here; of more git makes the list faster."""
WHOLE = 3
"""The depth (a portfolio's micro-credential) from which each folder has its own limit."""


def load_trees(repo: Repo, roots: Iterable[str]) -> dict[str, Rows]:
    """Tree id → entries, for trees and their subtrees; those too large or too deep are left out."""
    trees: dict[str, Rows] = {}
    left = MOST_BYTES
    todo = set(roots)
    for _ in range(MAX_DEPTH + 1):
        if not todo:
            break
        found, left = _read_trees(repo, todo, left)
        trees |= found
        todo = {o for rows in found.values() for mode, _, o in rows if mode == FOLDER} - set(trees)
    return trees


def is_small(repo: Repo, treeish: CommitId) -> bool:
    """Whether a commit or tree has no more than `FEW_TREES` folders."""
    known: set[str] = set()
    todo = set(tree_ids(repo, [treeish]))
    while todo and len(known) + len(todo) <= FEW_TREES:
        known |= todo
        found = [parse_tree(raw, len(name) // 2) for name, _, raw in read_objects(repo, sorted(todo))]
        todo = {inner for rows in found for mode, _, inner in rows if mode == FOLDER} - known
    return not todo


def _read_trees(
    repo: Repo, names: Iterable[str], left: int, only: Collection[bytes] | None = None
) -> tuple[dict[str, Rows], int]:
    """The trees that fit into `left` bytes, small ones first, and the bytes left after that.

    `only`: some names; other entries of the trees are left out.
    """
    fit = []
    for name, size in sorted(ask_sizes(repo, sorted(names), kind="tree"), key=lambda row: row[1]):
        left -= size
        if left >= 0:
            fit.append(name)
    read = read_objects(repo, fit)
    return {name: tuple(parse_tree(raw, len(name) // 2, only)) for name, _, raw in read}, left


def _load_below(repo: Repo, top: str, under: Sequence[str]) -> tuple[dict[str, Rows], dict[str, Rows]]:
    """The trees above some paths, with no more than what leads there, and the trees below them."""
    leads = {path.rpartition("/")[0] for path in under}
    leads |= {lead[:at] for lead in leads for at, sign in enumerate(lead) if sign == "/"}
    names = {name.encode("utf-8", "surrogateescape") for path in under for name in path.split("/")}
    way: dict[str, Rows] = {}
    ends: set[str] = set()
    todo = {"": top}
    while todo:
        way |= _read_trees(repo, set(todo.values()), MOST_BYTES, names)[0]
        below = {}
        for path, tree in todo.items():
            for mode, name, found in way.get(tree, ()):
                inner = f"{path}/{name}" if path else name
                if mode == FOLDER and inner in leads:
                    below[inner] = found
                if mode == FOLDER and inner in under:
                    ends.add(found)
        todo = below
    return way, load_trees(repo, ends)


def list_thin(
    repo: Repo,
    treeish: CommitId,
    under: Sequence[str] = (),
    without: re.Pattern[str] | None = None,
    *,
    here: bool = False,
) -> dict[str, Entry]:
    """Like `list_tree`; a folder with too many paths is one entry of mode `FOLDER`.

    `here`: a blob that is not stored locally raises McredError; otherwise its size is 0.
    """
    (top,) = tree_ids(repo, [treeish])
    places = tuple(path.strip("/") for path in under)
    way, trees = _load_below(repo, top, places) if places else ({}, load_trees(repo, [top]))
    entries: dict[str, Entry] = {}
    for path, entry in _Lister(trees).walk(top, places, way):
        if without is None or without.match(path) is None:
            entries[path] = replace(entry, mode=DOUBLED) if path in entries else entry
    if without is None:
        files = sorted({e.blob for e in entries.values() if e.mode not in (FOLDER, SUBMODULE)})
        sizes = dict(ask_sizes(repo, files, here=here))
        entries = {p: replace(e, size=sizes.get(e.blob, 0)) for p, e in entries.items()}
    return dict(sorted(entries.items()))


def read_folders(repo: Repo, places: Sequence[tuple[CommitId, str]]) -> tuple[Mapping[str, Entry], ...]:
    """The entries below each (commit, folder), by full path, sizes 0; empty when the folder does not exist.

    One process per depth for all. A folder with too many paths is one entry.
    """
    asked = [f"{commit}:{folder}" for commit, folder in places]
    roots = [words for words, _ in ask_objects(repo, asked, sizes=True)]
    lister = _Lister(load_trees(repo, {root[0] for root in roots if root[1] == "tree"}))
    found = []
    for (_, folder), root in zip(places, roots, strict=True):
        entries: dict[str, Entry] = {}
        lister.left = MAX_PATHS if lister.count(root[0]) <= MAX_FOLDER else 0
        for path, entry in lister.list(root[0], folder) if root[1] == "tree" else ():
            # Two readers could take different entries of a duplicate name.
            entries[path] = replace(entry, mode=DOUBLED) if path in entries else entry
        found.append(entries)
    return tuple(found)


def _find(way: Mapping[str, Rows], tree: str, parts: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Mode and id of each entry at a path."""
    if not parts:
        yield FOLDER, tree
    for mode, name, found in way.get(tree, ()) if parts else ():
        if name == parts[0] and len(parts) == 1:
            yield mode, found
        elif name == parts[0] and mode == FOLDER:
            yield from _find(way, found, parts[1:])


class _Lister:
    """Lists the paths of loaded trees, up to the limits."""

    def __init__(self, trees: Mapping[str, Rows]) -> None:
        self.trees = trees
        self.left = MAX_PATHS
        self._counts: dict[str, int] = {}

    def walk(self, top: str, under: Sequence[str], way: Mapping[str, Rows]) -> Iterator[tuple[str, Entry]]:
        """Every path of the root tree, or below some of its folders and files."""
        for path in under or ("",):
            for mode, found in _find(way, top, path.split("/") if path else []):
                if mode == FOLDER:
                    yield from self.list(found, path)
                else:
                    yield path, Entry(mode=mode, blob=BlobId(found), size=0)

    def list(self, tree: str, path: str, depth: int = 0) -> Iterator[tuple[str, Entry]]:
        """The paths below a tree; a folder with too many, or the rest that does not fit, is one entry."""
        down = path.count("/") + bool(path)
        # A portfolio's micro-credential has its own limit, so that some of it is listed.
        spare = max(0, self.left - MAX_FOLDER) if down >= WHOLE and self.count(tree) > MAX_FOLDER else 0
        self.left -= spare
        left_out = self.left <= 0 or depth > MAX_DEPTH or not self._is_opened(tree, down)
        for mode, name, found in () if left_out else sorted(self.trees[tree], key=self._weigh):
            inner = f"{path}/{name}" if path else name
            if mode == FOLDER:
                yield from self.list(found, inner, depth + 1)
            elif self.left > 0:
                self.left -= 1
                yield inner, Entry(mode=mode, blob=BlobId(found), size=0)
            else:
                left_out = True
        if left_out:
            yield path, Entry(mode=FOLDER, blob=BlobId(tree), size=0)
        self.left += spare

    def _is_opened(self, tree: str, down: int) -> bool:
        """Whether to list a tree, or what fits of it: near the root, or when some of it is small."""
        if tree not in self.trees or self.count(tree) <= self.left or down < WHOLE:
            return tree in self.trees
        return down <= WHOLE + 1 and any(self._weigh(row) <= self.left for row in self.trees[tree])

    def _weigh(self, row: tuple[str, str, str]) -> int:
        """Sort key that lists small entries first, so that an oversized one does not displace others."""
        return self.count(row[2]) if row[0] == FOLDER else 0

    def count(self, tree: str, depth: int = 0) -> int:
        """How many files a tree expands to; above any limit where some of it was not loaded."""
        if depth > MAX_DEPTH:
            return MAX_PATHS + 1
        if tree not in self._counts:
            rows = self.trees.get(tree)
            found = (self.count(o, depth + 1) if mode == FOLDER else 1 for mode, _, o in rows or ())
            self._counts[tree] = MAX_PATHS + 1 if rows is None else sum(found)
        return self._counts[tree]

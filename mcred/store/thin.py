"""Trees that name more than any computer can list, read without listing it all.

Trees that repeat each other unfold from a few kilobytes to millions of paths. Here each tree is read once,
its paths are counted before any is written out, and a folder that holds too many is one entry of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from mcred.model.ids import BlobId, CommitId
from mcred.store.bulk import ask_sizes
from mcred.store.git import Repo, full_hex, run
from mcred.store.snapshot import (
    DOUBLED,
    FOLDER,
    MAX_DEPTH,
    MAX_FOLDER,
    MAX_PATHS,
    Entry,
    parse_tree,
    read_objects,
)

Rows = Sequence[tuple[str, str, str]]
"""Mode, name and id of what a tree holds."""

MOST_BYTES = 32 * 1024 * 1024
"""Bytes of trees that are read at most."""
WHOLE = 3
"""So many folders down (a portfolio's micro-credential), a folder is listed whole or not at all."""


def load_trees(repo: Repo, roots: Iterable[str]) -> dict[str, Rows]:
    """Trees and those inside them, each once; those too large or too deep are left out."""
    trees: dict[str, Rows] = {}
    left = MOST_BYTES
    todo = set(roots)
    for _ in range(MAX_DEPTH + 1):
        if not todo:
            break
        fit = []
        for name, size in sorted(ask_sizes(repo, sorted(todo), kind="tree"), key=lambda row: row[1]):
            left -= size
            if left >= 0:
                fit.append(name)
        for name, _, raw in read_objects(repo, fit):
            trees[name] = tuple(parse_tree(raw, len(name) // 2))
        todo = {o for name in fit for mode, _, o in trees[name] if mode == FOLDER} - set(trees)
    return trees


def list_thin(
    repo: Repo, treeish: CommitId, under: Sequence[str] = (), without: re.Pattern[str] | None = None
) -> dict[str, Entry]:
    """Like `list_tree`, where a folder that holds too much is one entry of the mode `FOLDER`."""
    top = run(repo, "rev-parse", "--verify", f"{full_hex(treeish)}^{{tree}}").decode("ascii").strip()
    lister = Lister(load_trees(repo, [top]))
    entries: dict[str, Entry] = {}
    for path, entry in lister.walk(top, tuple(path.strip("/") for path in under)):
        if without is None or without.match(path) is None:
            entries[path] = replace(entry, mode=DOUBLED) if path in entries else entry
    if without is None:
        sizes = dict(ask_sizes(repo, sorted({e.blob for e in entries.values() if e.mode != FOLDER})))
        entries = {p: replace(e, size=sizes.get(e.blob, 0)) for p, e in entries.items()}
    return dict(sorted(entries.items()))


def read_folders(repo: Repo, places: Sequence[tuple[CommitId, str]]) -> tuple[Mapping[str, Entry], ...]:
    """What lies in each folder of a commit, by full path, sizes 0; nothing where there is no such folder.

    A few processes for all: tree objects, one depth after another.
    """
    if not places:
        return ()
    asked = "".join(f"{commit}:{folder}\n" for commit, folder in places)
    form = "--batch-check=%(objectname) %(objecttype)"
    listing = run(repo, "cat-file", form, stdin=asked.encode())
    roots = [line.split(" ") for line in listing.decode("utf-8", "replace").splitlines()]
    trees = load_trees(repo, {root[0] for root in roots if root[1:] == ["tree"]})
    lister = Lister(trees, whole=0)
    found = []
    for (_, folder), root in zip(places, roots, strict=True):
        entries: dict[str, Entry] = {}
        lister.left = MAX_PATHS
        for path, entry in lister.list(root[0], folder) if root[1:] == ["tree"] else ():
            # Of a name that stands twice, two readers would see two things.
            entries[path] = replace(entry, mode=DOUBLED) if path in entries else entry
        found.append(entries)
    return tuple(found)


class Lister:
    """Writes out the paths of loaded trees, as many as can be."""

    def __init__(self, trees: Mapping[str, Rows], whole: int = WHOLE) -> None:
        self.trees = trees
        self.whole = whole
        self.left = MAX_PATHS
        self._counts: dict[str, int] = {}

    def walk(self, top: str, under: Sequence[str]) -> Iterator[tuple[str, Entry]]:
        """Everything below the top, or below some folders and files of it."""
        for path in under or ("",):
            for mode, found in self._find(top, path.split("/") if path else []):
                if mode == FOLDER:
                    yield from self.list(found, path)
                else:
                    yield path, Entry(mode=mode, blob=BlobId(found), size=0)

    def _find(self, tree: str, parts: Sequence[str]) -> Iterator[tuple[str, str]]:
        if not parts:
            yield FOLDER, tree
        for mode, name, found in self.trees.get(tree, ()) if parts else ():
            if name == parts[0] and len(parts) == 1:
                yield mode, found
            elif name == parts[0] and mode == FOLDER:
                yield from self._find(found, parts[1:])

    def list(self, tree: str, path: str, depth: int = 0) -> Iterator[tuple[str, Entry]]:
        """The paths below a tree; a folder that holds too many is one entry."""
        too_many = self._count(tree) > MAX_FOLDER and path.count("/") + bool(path) >= self.whole
        if tree not in self.trees or too_many or depth > MAX_DEPTH or self.left <= 0:
            yield path, Entry(mode=FOLDER, blob=BlobId(tree), size=0)
            return
        # The small ones first: what is far too large keeps nothing else from being listed.
        rows = sorted(self.trees[tree], key=lambda row: self._count(row[2]) if row[0] == FOLDER else 0)
        for mode, name, found in rows:
            inner = f"{path}/{name}" if path else name
            if mode == FOLDER:
                yield from self.list(found, inner, depth + 1)
            elif self.left > 0:
                self.left -= 1
                yield inner, Entry(mode=mode, blob=BlobId(found), size=0)
        if self.left <= 0 and path:
            yield path, Entry(mode=FOLDER, blob=BlobId(tree), size=0)

    def _count(self, tree: str, depth: int = 0) -> int:
        """How many files a tree unfolds to; more than can be where some of it was not loaded."""
        if depth > MAX_DEPTH:
            return MAX_PATHS + 1
        if tree not in self._counts:
            rows = self.trees.get(tree)
            found = (self._count(o, depth + 1) if mode == FOLDER else 1 for mode, _, o in rows or ())
            self._counts[tree] = MAX_PATHS + 1 if rows is None else sum(found)
        return self._counts[tree]

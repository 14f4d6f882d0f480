"""Paths that differ between commits, for many pairs at once.

Folders are diffed one depth after another, and each pair of trees once: trees that repeat each other would
otherwise unfold in git's memory before it writes anything. Does not know what a path means.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from mcred.domain.ids import BlobId, CommitId
from mcred.store.files.objects import MODES, parse_tree
from mcred.store.git import Repo, ask_objects, run, start_reader
from mcred.store.log import Change
from mcred.store.outcome import GitFailed, TooMuch
from mcred.store.oversized_trees import WHOLE
from mcred.store.session import ReaderGone, cached, few
from mcred.store.snapshot import FOLDER, MAX_DEPTH, MAX_FOLDER, MAX_LISTING, MAX_PATHS, Entry, tree_ids

_SMALL = 64 * 1024
"""The largest tree object that is compared here, in bytes."""
_DIFF_TREE = (
    *("diff-tree", "--stdin", "-z", "--raw", "--no-renames", "--no-abbrev", "--full-index"),
    *("--no-ext-diff", "--no-textconv"),
)
TreePair = tuple[str, str]
"""Two trees, the old one first."""
TreeRow = tuple[str, Entry | None, Entry | None]
"""A name in two trees, with its entries before and after."""


def list_changes(repo: Repo, old: CommitId | None, new: CommitId) -> tuple[Change, ...]:
    """The paths that differ between two commits, as in `list_many_changes`."""
    (changes,) = list_many_changes(repo, [(new, old)])
    return changes


def list_many_changes(
    repo: Repo, pairs: Sequence[tuple[CommitId, CommitId | None]], under: Sequence[str] = ()
) -> Iterator[tuple[Change, ...]]:
    """The changes of each (new, old) pair: a rename as two changes, sizes 0, `old` None as the empty tree.

    One process per depth. `under` restricts the diff to some files and folders. A folder with too many
    differences is one path of mode `FOLDER`; the path is '' for the root.
    """
    if not pairs:
        return
    empty = empty_tree(len(pairs[0][0]))
    wanted = [name for new, old in pairs for name in ((old, new) if old else (new,))]
    trees = dict(zip(wanted, tree_ids(repo, wanted), strict=True))
    asked = [(trees[old] if old else empty, trees[new]) for new, old in pairs]
    leads = tuple(path.strip("/") for path in under)
    reader = PairReader(empty)
    reader.load(repo, asked, sorted({path.partition("/")[0] for path in leads}))
    for pair in asked:
        reader.left = MAX_PATHS
        found = reader.unfold(pair, "")
        yield tuple(c for c in found if not leads or any(_is_under(c.path, p) for p in leads))


def empty_tree(hexes: int) -> str:
    """The id of the tree without entries, in a repository with names of this length."""
    return hashlib.new("sha1" if hexes == 40 else "sha256", b"tree 0\0").hexdigest()


def _is_under(path: str, lead: str) -> bool:
    return not path or f"{path}/".startswith(f"{lead}/")


class PairReader:
    """The differences of pairs of trees, each pair read once."""

    def __init__(self, empty: str) -> None:
        self.empty = empty
        self.rows: dict[TreePair, Sequence[TreeRow]] = {}
        self.left = MAX_PATHS
        self._counts: dict[TreePair, int] = {}

    def load(self, repo: Repo, pairs: Sequence[TreePair], top: Sequence[str]) -> None:
        todo = dict.fromkeys(pair for pair in pairs if pair[0] != pair[1])
        for depth in range(MAX_DEPTH + 1):
            if not todo:
                break
            found = _read_rows(repo, list(todo), () if depth else top)
            self.rows.update(found)
            inner = (self.inner(row) for rows in found.values() for row in rows)
            todo = dict.fromkeys(pair for pair in inner if pair is not None and pair not in self.rows)

    def inner(self, row: TreeRow) -> TreePair | None:
        """The two trees of a row, or None for a file."""
        old, new = (e.blob if e is not None and e.mode == FOLDER else self.empty for e in row[1:])
        return None if old == new else (old, new)

    def unfold(self, pair: TreePair, path: str, depth: int = 0) -> Iterator[Change]:
        """Every path that differs; the pair's own path where its folders could not be read."""
        if pair[0] != pair[1] and pair not in self.rows:
            yield self._as_one(pair, path)
        for row in self.rows.get(pair, ()):
            name, old, new = row
            place = f"{path}/{name}" if path else name
            inner = self.inner(row)
            files = [e if e is not None and e.mode != FOLDER else None for e in (old, new)]
            if any(files):
                self.left -= 1
                yield Change(path=place, old=files[0], new=files[1])
            if inner is None:
                continue
            if self.left <= 0 or (depth + 1 >= WHOLE and self._count(inner) > MAX_FOLDER):
                yield self._as_one(inner, place)
            else:
                yield from self.unfold(inner, place, depth + 1)

    def _as_one(self, pair: TreePair, path: str) -> Change:
        """A pair of folders as a single change, without its contents."""
        old, new = (
            None if tree == self.empty else Entry(mode=FOLDER, blob=BlobId(tree), size=0) for tree in pair
        )
        return Change(path=path, old=old, new=new)

    def _count(self, pair: TreePair, depth: int = 0) -> int:
        """How many paths differ in a pair; `MAX_PATHS` + 1 where it was not read in full."""
        if depth > MAX_DEPTH or pair not in self.rows:
            return MAX_PATHS + 1
        if pair not in self._counts:
            inner = [self.inner(row) for row in self.rows[pair]]
            self._counts[pair] = sum(1 if i is None else self._count(i, depth + 1) for i in inner)
        return self._counts[pair]


def _read_rows(
    repo: Repo, pairs: Sequence[TreePair], top: Sequence[str]
) -> Mapping[TreePair, Sequence[TreeRow]]:
    """The differing entries of pairs of trees."""
    if few(pairs) is not None:
        here = {pair: _compare(repo, pair, top) for pair in pairs}
        left = [pair for pair, rows in here.items() if rows is None]
        asked = _ask_rows(repo, left, top) if left else {}
        return {**{pair: rows for pair, rows in here.items() if rows is not None}, **asked}
    return _ask_rows(repo, pairs, top)


def _compare(repo: Repo, pair: TreePair, top: Sequence[str]) -> list[TreeRow] | None:
    """The same for one pair of small trees, without git; None where one is not as git writes it."""
    old, new = (_entries(repo, tree) for tree in pair)
    if old is None or new is None:
        return None
    names = {key: key.rstrip(b"/").decode("utf-8", "surrogateescape") for key in sorted({*old, *new})}
    return [
        (name, old.get(key), new.get(key))
        for key, name in names.items()
        if old.get(key) != new.get(key) and (not top or name in top)
    ]


def _entries(repo: Repo, tree: str) -> Mapping[bytes, Entry] | None:
    """The entries of a small tree by name, in git's order: the name of a folder ends with `/`."""
    return cached("entries", (repo.git_dir, tree), lambda: _read_entries(repo, tree))


def _read_entries(repo: Repo, tree: str) -> Mapping[bytes, Entry] | None:
    if tree == empty_tree(len(tree)):
        return {}
    ((words, raw),) = ask_objects(repo, [tree])
    if words[1:2] != ["tree"] or len(raw) > _SMALL:
        return None
    found: dict[bytes, Entry] = {}
    last, names = b"", set()
    for mode, name, inner in parse_tree(raw, len(tree) // 2):
        key = name.encode("utf-8", "surrogateescape") + (b"/" if mode == FOLDER else b"")
        if mode not in MODES or key <= last or name in names or "/" in name:
            return None
        found[key] = Entry(mode=mode, blob=BlobId(inner), size=0)
        last = key
        names.add(name)
    return found


def _ask_rows(
    repo: Repo, pairs: Sequence[TreePair], top: Sequence[str]
) -> Mapping[TreePair, Sequence[TreeRow]]:
    heads = [f"{old} {new}\n".encode("ascii") for old, new in pairs]
    try:
        out = _diff_trees(repo, heads, top)
    except TooMuch:
        if len(pairs) == 1:
            return {}
        half = len(pairs) // 2
        return {**_ask_rows(repo, pairs[:half], top), **_ask_rows(repo, pairs[half:], top)}
    found: dict[TreePair, list[TreeRow]] = {pair: [] for pair in pairs}
    *listed, tail = out.split(b"\0")
    fields = iter(listed)
    at = -1
    for field in fields:
        # Heads of pairs that differ nowhere here stand before it; git leaves one out that it could not read.
        while not field.startswith(b":"):
            at += 1
            if not field.startswith(heads[at]):
                raise GitFailed(("diff-tree",), 0, "its output cannot be read")
            field = field.removeprefix(heads[at])
        old_mode, new_mode, old_id, new_id, _ = field.lstrip(b":").decode("ascii").split()
        name = next(fields).decode("utf-8", "surrogateescape")
        found[pairs[at]].append((name, _entry(old_mode, old_id), _entry(new_mode, new_id)))
    if tail != b"".join(heads[at + 1 :]):
        raise GitFailed(("diff-tree",), 0, "its output cannot be read")
    return found


def _diff_trees(repo: Repo, heads: Sequence[bytes], top: Sequence[str]) -> bytes:
    """The output of `git diff-tree` for some pairs. Raises TooMuch where it is too long."""
    args = (*_DIFF_TREE, "--", *top)
    # git reads its index first, which it does not need here: with 165,000 files that takes 0.4 s.
    index = repo.git_dir / "mcred" / "no-index"
    if (running := few(heads)) is not None:
        key = (repo.git_dir, "diff-tree", repo.by_objects, tuple(top))
        try:
            begin = partial(start_reader, repo, *args, index=index)
            return running.ask_trees(key, begin, b"".join(heads), MAX_LISTING)
        except ReaderGone:
            pass  # git's own reason comes from a process of its own
    return run(repo, *args, stdin=b"".join(heads), most=MAX_LISTING, index=index)


def _entry(mode: str, blob: str) -> Entry | None:
    return None if mode == "000000" else Entry(mode=mode.lstrip("0"), blob=BlobId(blob), size=0)

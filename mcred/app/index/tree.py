"""The tree of a commit of main, of which entries and contents are read when they are asked for."""

from __future__ import annotations

from collections.abc import Mapping

from mcred.app.index.lazy import LazyMapping
from mcred.domain.ids import CommitId
from mcred.formats.catalog import is_wanted
from mcred.store.git import Repo
from mcred.store.snapshot import MAX_READ, REGULAR, Entry, Snapshot, list_tree, read_blobs, take_snapshot


def open_tree(repo: Repo, main: CommitId) -> Snapshot:
    """The tree of a commit, and the contents of its texts, rules and records."""
    entries = LazyMapping(lambda path: list_tree(repo, main, path).get(path), lambda: list_tree(repo, main))

    def read(path: str) -> bytes | None:
        entry: Entry | None = entries.get(path) if is_wanted(path, None) else None
        is_read = entry is not None and entry.mode in REGULAR and entry.size <= MAX_READ
        return read_blobs(repo, [entry.blob])[entry.blob] if entry is not None and is_read else None

    def read_all() -> Mapping[str, bytes]:
        return take_snapshot(repo, main, lambda path, _: is_wanted(path, None)).contents

    return Snapshot(commit=main, entries=entries, contents=LazyMapping(read, read_all))

"""Which files tell what was awarded, what that is worth, and what was recorded of it."""

from __future__ import annotations

from msgspec.structs import replace

from mcred.domain.ids import CommitId
from mcred.domain.layout import PathKind, parse_path
from mcred.store.git import Repo
from mcred.store.snapshot import Snapshot, take_snapshot

_READ: frozenset[PathKind] = frozenset(
    (
        *("programme", "definition", "stack", "recognition policy", "recognition examples", "recognized"),
        *("decision", "award", "reissue", "revocation"),
        *("stack award", "stack reissue", "stack revocation"),
    )
)
"""No work, and no reviews."""


def read_awards(repo: Repo, commit: CommitId, *under: str) -> Snapshot:
    """These files of a commit, below some folders and files alone."""
    found = take_snapshot(repo, commit, lambda path, _: _is_read(path), *under)
    return replace(found, entries={path: e for path, e in found.entries.items() if _is_read(path)})


def _is_read(path: str) -> bool:
    found = parse_path(path)
    return found is not None and found.kind in _READ

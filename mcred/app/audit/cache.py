"""What earlier audits verified, in the user's cache folder: who signed a commit, which proofs hold.

Each result depends on bytes alone, and they are hashed whenever they are read, so one folder serves every
copy of a programme. Never stored in a copy itself: whoever passes it on could add results.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from mcred.domain.ids import CommitId, is_hex
from mcred.store.atomic import write_whole
from mcred.store.signatures import signer_of

SIGNERS = "signers.json"


def cache_of(cache: Path | None, founding: CommitId) -> Path | None:
    """The cache folder for a programme, by its first commit; None where nothing is cached."""
    return cache / "audit" / founding if cache is not None else None


def read_pairs(place: Path | None) -> set[tuple[str, str]]:
    """(object id, key) pairs; none when there is no cache, or it cannot be read."""
    try:
        found = json.loads(place.read_text("utf-8")) if place is not None else {}
        return {(name, str(key)) for key, names in found.items() for name in names if is_hex(name)}
    except (OSError, ValueError, AttributeError, TypeError):
        return set()


def write_pairs(place: Path | None, pairs: Iterable[tuple[str, str]]) -> None:
    """Replace a cache; where that fails, the next audit verifies again."""
    if place is None:
        return
    by_key: dict[str, list[str]] = {}
    for name, key in sorted(pairs):
        by_key.setdefault(key, []).append(name)
    with suppress(OSError):
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(place, json.dumps(by_key).encode("ascii"))


class Signers:
    """Who signed which commit."""

    def __init__(self, cache: Path | None) -> None:
        """`cache`: the folder of earlier results; None for none."""
        self.place = cache / SIGNERS if cache is not None else None
        self.checked = 0
        """Signatures that were really checked in this run."""
        self.seconds = 0.0
        """Time spent on them."""
        self._known: dict[str, str] = dict(read_pairs(self.place))
        self._new: list[CommitId] = []

    def find(self, commit: CommitId, raw: bytes) -> str | None:
        """The key of a commit's valid signature; None for none."""
        if commit not in self._known:
            begun = time.perf_counter()
            self._known[commit] = signer_of(raw) or ""
            self.seconds += time.perf_counter() - begun
            self.checked += 1
            self._new.append(commit)
        return self._known[commit] or None

    def take_new(self) -> dict[CommitId, str]:
        """What was checked since this was asked last: commit → key, '' for none."""
        new = {commit: self._known[commit] for commit in self._new}
        self._new = []
        return new

    def add(self, found: Mapping[CommitId, str], seconds: float) -> None:
        """Take what another process checked, and the time it spent."""
        self.checked += len(found.keys() - self._known.keys())
        for commit, key in found.items():
            self._known.setdefault(commit, key)
        self.seconds += seconds

    def close(self) -> None:
        """Store the results."""
        if self.checked:
            write_pairs(self.place, self._known.items())

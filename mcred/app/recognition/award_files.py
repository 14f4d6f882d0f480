"""Which files tell what was awarded, what that is worth, and what was recorded of it."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from mcred.domain.ids import CommitId, PersonId
from mcred.domain.layout import PathKind, parse_path
from mcred.domain.recognition.decided import RecognitionDecision
from mcred.formats.decode import decode
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


class RecordedBefore(Struct, frozen=True, kw_only=True):
    """What was recorded as recognized of one person's badges by one policy."""

    decisions: tuple[RecognitionDecision, ...] = ()
    """Those that can be read, by number."""
    count: int = 0
    """All of them."""


def read_recorded(tree: Snapshot, policy: str, people: Iterable[PersonId]) -> dict[PersonId, RecordedBefore]:
    """What was recorded for each of some people by a policy; nothing for most."""
    found: dict[PersonId, list[tuple[int, RecognitionDecision | None]]] = {one: [] for one in people}
    for path, data in tree.contents.items():
        at = parse_path(path)
        if at is not None and at.kind == "recognized" and at.rest == policy and at.person in found:
            said, _ = decode(data, RecognitionDecision, path)
            is_same = said is not None and (said.person, said.policy, said.number) == (
                at.person,
                at.rest,
                at.number,
            )
            found[at.person].append((at.number, said if is_same else None))
    return {
        person: RecordedBefore(
            decisions=tuple(said for _, said in sorted(many, key=lambda pair: pair[0]) if said is not None),
            count=len(many),
        )
        for person, many in found.items()
    }

"""The newest commit of main that this computer saw, so that a rewritten or forked history is noticed.

Fetching never accepts a history that does not contain the known one; the checkpoint keeps what was known even
where the remote-tracking refs are lost, and how many awards there were.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from mcred.domain.decision import Checkpoint
from mcred.domain.ids import CommitId, is_hex
from mcred.domain.layout import MAIN
from mcred.domain.text import as_stored
from mcred.problems import Exit, McredError, next_step
from mcred.store.atomic import write_whole
from mcred.store.batch import check_history
from mcred.store.git import Repo, resolve
from mcred.store.log import is_ancestor

FILE = "checkpoint.json"


def read_checkpoint(place: Path) -> Checkpoint | None:
    """Read a checkpoint file; None when it holds none."""
    try:
        found = json.loads(as_stored(place.read_bytes()))
        commit, awards = found["commit"], found["awards"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if not isinstance(commit, str) or not is_hex(commit) or not isinstance(awards, int):
        return None
    return Checkpoint(commit=CommitId(commit), awards=awards)


def write_checkpoint(checkpoint: Checkpoint) -> bytes:
    """A checkpoint's bytes, as `read_checkpoint` reads them."""
    value = {"ref": MAIN, "commit": checkpoint.commit, "awards": checkpoint.awards}
    return (json.dumps(value, indent=2) + "\n").encode("ascii")


def refuse_rewritten(repo: Repo, main: CommitId) -> None:
    """Raises McredError for a commit that does not contain what was seen before.

    What was seen and is stored nowhere here any more is no proof against it: that cannot be told.
    """
    before = read_checkpoint(repo.state_dir / FILE)
    if before is None or before.commit == main:
        return
    if resolve(repo, before.commit) is None:
        raise too_old(before, "the checkpoint of this folder")
    if _is_known(repo, before, main) or is_ancestor(repo, before.commit, main):
        return
    check_history(repo, main)
    raise rewritten(f"it had {before.awards} awards at {before.commit[:12]}, which is not part of it now")


def keep_checkpoint(repo: Repo, now: Checkpoint) -> None:
    """Store the newest commit, provided it contains what was seen before."""
    place = repo.state_dir / FILE
    before = read_checkpoint(place)
    if before is not None and _is_known(repo, before, now.commit):
        return
    write_whole(place, write_checkpoint(now))


def _is_known(repo: Repo, before: Checkpoint, main: CommitId) -> bool:
    return before.commit == main or is_ancestor(repo, main, before.commit)


def describe_age(newest: datetime, now: datetime) -> str:
    """How old a copy of a programme is, by its newest step."""
    days = (now.date() - newest.astimezone(UTC).date()).days
    ago = "today" if days == 0 else "yesterday" if days == 1 else f"{days:,} days ago"
    return f"This copy ends on {newest.date()}" + (f" ({ago})" if days >= 0 else "")


def too_old(seen: Checkpoint, where: str) -> McredError:
    """The error for a checkpoint that this copy of the programme does not have. `where`: which checkpoint."""
    counted = f", with {seen.awards} awards" if seen.awards else ""
    return McredError(
        f"{where} names {seen.commit[:12]}{counted}, which this copy does not have: the copy is old, or of "
        "another program",
        hint=next_step("sync", note="then the same command again"),
        code=Exit.UNREACHABLE,
    )


def rewritten(how: str = "") -> McredError:
    """The error for a programme whose history differs from the one seen before."""
    more = f": {how}" if how else ""
    return McredError(
        f"the program's history on its server was rewritten{more}; nothing was taken over",
        hint="tell the maintainers; no one should continue until they explain it",
        code=Exit.CHANGED,
    )

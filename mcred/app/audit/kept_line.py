"""The line of main as an earlier audit read it, in the user's cache folder.

What the commits up to one are, and what each changed, follows from that commit's id alone, for the audit that
kept it had hashed every object. So a later audit reads only the commits after it (decision 70).
"""

from __future__ import annotations

import hashlib
import zlib
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec import Struct

from mcred import __version__
from mcred.app.audit.classify import read_line
from mcred.domain.ids import CommitId
from mcred.store.atomic import write_whole
from mcred.store.git import Repo
from mcred.store.main_history import MainLine

FORMAT = 1
"""One more with each change of what a line is."""


class _Kept(Struct, frozen=True, kw_only=True):
    made_by: tuple[int, str]
    """The format and the version of mcred."""
    line: MainLine


def place_of(cache: Path, repo: Repo) -> Path:
    """The file of a repository."""
    return cache / "audit" / f"{hashlib.sha256(bytes(repo.common_dir)).hexdigest()[:32]}.line"


def read_main(repo: Repo, tip: CommitId, cache: Path | None, trusted: CommitId | None) -> MainLine:
    """The line of main up to `tip`, in an audit that has hashed all objects but those of `trusted`.

    `cache`: the user's folder; nothing is kept when None.
    """
    kept = _read(cache, repo)
    line = read_line(repo, tip, kept)
    is_longer = kept is None or kept.tip not in line.position or len(line.position) > len(kept.position)
    # What was read of objects that no one hashed is not kept.
    was_hashed = trusted is None or (
        kept is not None and kept.tip in line.position and trusted in kept.position
    )
    if line.steps and is_longer and was_hashed:
        _keep(cache, repo, line)
    return line


def _read(cache: Path | None, repo: Repo) -> MainLine | None:
    """What is kept; None for nothing, for what another version of mcred made, and for a damaged file."""
    if cache is None:
        return None
    try:
        # Its checksum tells whether it is damaged.
        kept = msgspec.json.decode(zlib.decompress(place_of(cache, repo).read_bytes()), type=_Kept)
    except (OSError, zlib.error, msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return kept.line if kept.made_by == (FORMAT, __version__) and kept.line.steps else None


def _keep(cache: Path | None, repo: Repo, line: MainLine) -> None:
    """Keep a line; where that fails, the next audit reads it again."""
    if cache is None:
        return
    # A path that is no text cannot be written.
    with suppress(OSError, UnicodeEncodeError):
        data = msgspec.json.encode(_Kept(made_by=(FORMAT, __version__), line=line))
        place = place_of(cache, repo)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(place, zlib.compress(data, 1))

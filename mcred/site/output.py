"""Writing the site's files: only those that changed, pruning those that are gone, safe to kill.

A folder is ours when it holds our manifest; any other that is not empty is refused. The manifest is written
twice: first with all that is about to be written, so that a killed build leaves nothing we do not know of,
and last with what is there. Links in the folder are never followed. Knows nothing of pages.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mcred.problems import McredError

MANIFEST = ".mcred-site.json"
_PART = re.compile(r"[a-z0-9.][a-z0-9._-]{0,126}")
_TEMPORARY = ".mcred-site-*.tmp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a build did to the folder, as paths below it."""

    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]


def write_site(out: Path, files: Mapping[str, bytes]) -> Written:
    """Make a folder hold exactly these files of ours; others in it stay as they are."""
    for path in files:
        if not _is_path(path):
            raise McredError(f"{path!r} is no path for a page", hint="mcred lint")
    known = _read_manifest(out)
    out.mkdir(parents=True, exist_ok=True)
    for left in out.glob(_TEMPORARY):
        left.unlink()
    wanted = sorted(files)
    for path in wanted:
        _check_way(out, path)
    changed = tuple(p for p in wanted if not _holds(out / p, files[p]))
    gone = tuple(sorted(p for p in known - files.keys() if _is_path(p) and _is_ours(out, p)))
    if changed or gone:
        _write(out, MANIFEST, _manifest({}, known | files.keys()))
    for path in changed:
        _write(out, path, files[path])
    for path in gone:
        _remove(out, path)
    final = _manifest(files, ())
    if not _holds(out / MANIFEST, final):
        _write(out, MANIFEST, final)
    return Written(changed=changed, unchanged=tuple(p for p in wanted if p not in set(changed)), removed=gone)


def _is_path(path: str) -> bool:
    """Whether a path stays inside the folder and is spelled the same on every disk."""
    parts = path.split("/")
    return (
        bool(parts)
        and path != MANIFEST
        and all(_PART.fullmatch(p) and p not in (".", "..") and not p.endswith(".") for p in parts)
    )


def _read_manifest(out: Path) -> frozenset[str]:
    """The paths an earlier build wrote or was about to write; refuses a folder of somebody else's."""
    manifest = out / MANIFEST
    if not out.exists():
        return frozenset()
    if not out.is_dir():
        raise McredError(f"{out} is not a folder", hint="mcred build --out FOLDER")
    if not _is_file(manifest):
        if any(p for p in out.iterdir() if not p.match(_TEMPORARY)):
            raise McredError(
                f"{out} has files that mcred did not make: nothing was written",
                hint="mcred build --out FOLDER with a new or empty folder",
            )
        return frozenset()
    try:
        content = json.loads(manifest.read_bytes())
        return frozenset(str(p) for p in (*content["files"], *content.get("writing", ())))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise McredError(
            f"{manifest} cannot be read", hint=f"empty the folder {out}, then build again"
        ) from None


def _manifest(files: Mapping[str, bytes], writing: Iterable[str]) -> bytes:
    content: dict[str, object] = {
        "made_by": "mcred",
        "format": 1,
        "files": {p: hashlib.sha256(files[p]).hexdigest() for p in sorted(files)},
    }
    if pending := sorted(writing):
        content["writing"] = pending
    return (json.dumps(content, indent=1) + "\n").encode()


def _kind(path: Path) -> int | None:
    """The kind of what stands at a path, links not followed; None when there is nothing."""
    try:
        return stat.S_IFMT(path.lstat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _is_file(path: Path) -> bool:
    return _kind(path) == stat.S_IFREG


def _folders(path: str) -> tuple[str, ...]:
    """The folders above a path, the outermost first."""
    return tuple(str(p) for p in reversed(PurePosixPath(path).parents[:-1]))


def _check_way(out: Path, path: str) -> None:
    """Refuse to write through a link, or over something that is not a file."""
    for folder in _folders(path):
        if _kind(out / folder) not in (None, stat.S_IFDIR):
            raise McredError(
                f"{out / folder} is in the way: it is not a folder",
                hint=f"remove {out / folder}, then build again",
            )
    if _kind(out / path) not in (None, stat.S_IFREG):
        raise McredError(
            f"{out / path} is in the way: it is not a file", hint=f"remove {out / path}, then build again"
        )


def _is_ours(out: Path, path: str) -> bool:
    """Whether a path of an earlier build is still a file in real folders."""
    return all(_kind(out / f) == stat.S_IFDIR for f in _folders(path)) and _is_file(out / path)


def _holds(path: Path, content: bytes) -> bool:
    return _is_file(path) and path.stat().st_size == len(content) and path.read_bytes() == content


def _write(out: Path, path: str, content: bytes) -> None:
    target = out / path
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = out / _TEMPORARY.replace("*", str(os.getpid()))
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    os.replace(temporary, target)  # noqa: PTH105 -- the atomic one on every system


def _remove(out: Path, path: str) -> None:
    (out / path).unlink()
    for folder in reversed(_folders(path)):
        try:
            (out / folder).rmdir()
        except OSError:
            return

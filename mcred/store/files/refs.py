"""Refs, read from git's own files: one for each, and `packed-refs`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

MOST = 8192
"""Where there are more refs, git tells them faster."""
_LOOSE = re.compile(rb"([0-9a-f]{40})\n")
_PACKED = re.compile(rb"([0-9a-f]{40}) (refs/[A-Za-z0-9_/-]+)\n(?:\^[0-9a-f]{40}\n)?")
_PLAIN = re.compile(r"[A-Za-z0-9_-]+")


def read_ref_files(common_dir: Path, below: Iterable[str]) -> dict[str, str] | None:
    """Ref → full hex of what it points to, for the refs below some folders such as `refs/heads`, sorted.

    None where only git can tell: odd names or contents, symbolic refs, another format, or very many refs.
    """
    found: dict[str, str] = {}
    folders = tuple(folder.rstrip("/") for folder in below)
    try:
        if os.path.lexists(common_dir / "reftable"):
            return None
        # As git does: the files first, because one that is being packed is then in either.
        if not all(_read_folder(f"{common_dir}/{folder}", folder, found) for folder in folders):
            return None
        packed = (common_dir / "packed-refs").read_bytes()
    except FileNotFoundError:
        packed = b""
    except OSError:
        return None
    if packed.startswith(b"#"):
        packed = packed.partition(b"\n")[2]
    at, leads = 0, tuple(f"{folder}/".encode() for folder in folders)
    while at < len(packed):
        if (row := _PACKED.match(packed, at)) is None or len(found) > MOST:
            return None
        at = row.end()
        if row[2].startswith(leads):
            found.setdefault(row[2].decode("ascii"), row[1].decode("ascii"))
    return dict(sorted(found.items())) if len(found) <= MOST else None


def _read_folder(place: str, name: str, found: dict[str, str]) -> bool:
    """Add the refs of a folder; whether they are all plain ones."""
    try:
        entries = list(os.scandir(place))
    except FileNotFoundError:
        return True
    for entry in entries:
        if entry.name.endswith(".lock"):
            continue
        inner = f"{name}/{entry.name}"
        if not _PLAIN.fullmatch(entry.name) or len(found) > MOST:
            return False
        if entry.is_dir(follow_symlinks=False):
            if not _read_folder(entry.path, inner, found):
                return False
        elif not entry.is_file(follow_symlinks=False):
            return False
        elif (target := _read_file(entry.path)) is not None:
            if (hex_name := _LOOSE.fullmatch(target)) is None:
                return False
            found[inner] = hex_name[1].decode("ascii")
    return True


def _read_file(place: str) -> bytes | None:
    """The first bytes of a ref's file; None where it has just been removed or packed."""
    try:
        handle = os.open(place, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        return None
    try:
        return os.read(handle, 64)
    finally:
        os.close(handle)

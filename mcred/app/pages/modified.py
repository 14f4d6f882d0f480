"""Which files of a site were modified since the last build into its folder.

Imports little, so that it can run before the rest is loaded.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Raw, Struct

from mcred.website.output import Stamp

_FORM = b"mcred site 3\n"
"""The cache's format; any other one counts as no cache, like a damaged one."""
_DIGEST = 32


class _Files(Struct):
    """The part of the cache (`cache.Remembered`) that is needed here."""

    people: dict[str, tuple[str, dict[str, Stamp], Raw]]
    lists: dict[str, tuple[str, dict[str, Stamp], Raw]]


def kept_place(cache: Path | None, of: Path) -> Path | None:
    """The path of the cache of a build into a folder, in the user's cache folder; None without one."""
    name = hashlib.sha256(str(of.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return cache / "pages" / f"{name}.msgpack" if cache is not None else None


def whole(data: bytes) -> bytes:
    """Data as stored, with a checksum."""
    return _digest(data) + data


def read_whole(place: Path | None) -> memoryview:
    """Stored data. Raises OSError, DecodeError where it is missing, damaged or of another form."""
    if place is None:
        raise FileNotFoundError
    stored = memoryview(place.read_bytes())
    if stored[:_DIGEST] != _digest(stored[_DIGEST:]):
        raise msgspec.DecodeError("not as it was stored")
    return stored[_DIGEST:]


def _digest(data: bytes | memoryview) -> bytes:
    digest = hashlib.sha256(_FORM)
    digest.update(data)
    return digest.digest()


def find_touched(cache: Path | None, out: Path) -> frozenset[str]:
    """The paths of files that differ from what the last build wrote."""
    try:
        before = msgspec.msgpack.decode(read_whole(kept_place(cache, out)), type=_Files)
    except (OSError, msgspec.DecodeError):
        return frozenset()
    files: dict[str, Stamp] = {}
    for _, own, _ in (*before.people.values(), *before.lists.values()):
        files.update(own)  # many share a picture
    return _find_touched(f"{out}/", files)


def _find_touched(out: str, files: Mapping[str, Stamp]) -> frozenset[str]:
    touched = []
    for path, stamp in files.items():  # a hundred thousand of a large site
        try:
            about = os.lstat(out + path)
        except OSError:
            touched.append(path)
            continue
        if (about.st_mtime_ns, about.st_size) != stamp or not stat.S_ISREG(about.st_mode):
            touched.append(path)
    return frozenset(touched)

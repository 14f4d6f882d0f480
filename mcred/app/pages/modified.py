"""Which files of a site somebody touched since the last build into its folder.

Loads little, so that another process can find it out while this one loads the rest (`processes.meanwhile`).
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Raw, Struct

from mcred.store.git import Repo
from mcred.website.output import Stamp

_FORM = b"mcred site 2\n"
"""Of what is remembered; any other one counts as forgotten, like a damaged one."""
_DIGEST = 32


class _Files(Struct):
    """As much as is needed here of what was remembered (`kept.Remembered`)."""

    people: dict[str, tuple[str, dict[str, Stamp], Raw]]
    lists: dict[str, tuple[str, dict[str, Stamp], Raw]]


def kept_place(repo: Repo, out: Path) -> Path:
    """Where it is remembered what was built into a folder."""
    name = hashlib.sha256(str(out.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return repo.state_dir / f"pages-{name}.msgpack"


def whole(data: bytes) -> bytes:
    """Data as it is stored, with what shows that it is whole."""
    return _digest(data) + data


def read_whole(place: Path) -> memoryview:
    """What was stored. Raises OSError, DecodeError where it is not there, damaged or of another form."""
    stored = memoryview(place.read_bytes())
    if stored[:_DIGEST] != _digest(stored[_DIGEST:]):
        raise msgspec.DecodeError("not as it was stored")
    return stored[_DIGEST:]


def _digest(data: bytes | memoryview) -> bytes:
    digest = hashlib.sha256(_FORM)
    digest.update(data)
    return digest.digest()


def find_touched(repo: Repo, out: Path) -> frozenset[str]:
    """The paths of files that are not there as the last build left them."""
    try:
        before = msgspec.msgpack.decode(read_whole(kept_place(repo, out)), type=_Files)
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

"""Storing an object in a file of its own, as git does by default."""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Literal

from mcred.store.files.settings import parse_settings

Sharing = Literal["no", "group", "unknown"]
"""Whom git lets read what is stored; `unknown`: only git can tell how it is stored."""
_SHARED: Mapping[str, Sharing] = {
    **dict.fromkeys(("false", "umask", "0"), "no"),
    **dict.fromkeys(("true", "group", "1"), "group"),
}
_OWN_WAY = ("core.fsync", "core.fsyncobjectfiles")
"""Settings by which git stores objects in another way."""


def read_sharing(common_dir: Path) -> Sharing:
    """How a repository stores objects; `unknown` also where they are named by SHA-256."""
    settings = parse_settings(common_dir / "config")
    if settings is None or any(key.startswith("extensions.") or key in _OWN_WAY for key in settings):
        return "unknown"
    return _SHARED.get(settings.get("core.sharedrepository", "false"), "unknown")


def write_object(objects: Path, kind: str, data: bytes, sharing: Sharing) -> str:
    """Store an object below git's `objects`, and return its name. Raises OSError.

    A killed program leaves the whole object, or a file that git tidies away.
    """
    raw = b"%s %d\0%s" % (kind.encode("ascii"), len(data), data)
    name = hashlib.sha1(raw, usedforsecurity=False).hexdigest()
    place = objects / name[:2] / name[2:]
    try:
        # What no ref needs yet is kept by its age.
        os.utime(place)
    except FileNotFoundError:
        with suppress(FileExistsError):
            place.parent.mkdir()
            if sharing == "group":
                place.parent.chmod(place.parent.stat().st_mode | 0o2770)
        _write(place, zlib.compress(raw, 1), sharing)
    return name


def _write(place: Path, data: bytes, sharing: Sharing) -> None:
    part = place.with_name(f"tmp_obj_{os.urandom(8).hex()}")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o444)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        if sharing == "group":
            part.chmod(part.stat().st_mode | 0o440)
        part.replace(place)
    except BaseException:
        part.unlink(missing_ok=True)
        raise

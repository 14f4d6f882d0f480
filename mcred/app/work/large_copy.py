"""A large file that is added: compared and copied without being held in memory."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from mcred.retries import retry
from mcred.store.atomic import part_of

_STEP = 1 << 20


class LargeCopy(Struct, frozen=True, kw_only=True):
    """A file to store, and what other bytes stand in the stored one."""

    source: Path
    patches: tuple[tuple[int, bytes], ...] = ()
    """Where they begin, and the bytes."""

    def equals(self, there: Path) -> bool:
        """Whether a file has this content."""
        if there.stat().st_size != self.source.stat().st_size:
            return False
        with there.open("rb") as other:
            return all(chunk == other.read(len(chunk)) for chunk in self._chunks())

    def _chunks(self) -> Iterator[bytes]:
        at = 0
        with self.source.open("rb") as file:
            while chunk := bytearray(file.read(_STEP)):
                for begin, data in self.patches:
                    low, high = max(begin, at), min(begin + len(data), at + len(chunk))
                    if low < high:
                        chunk[low - at : high - at] = data[low - begin : high - begin]
                yield bytes(chunk)
                at += len(chunk)

    def store(self, target: Path) -> None:
        """Put it in a place, whole or not at all. One that lies there already is only patched."""
        if target.exists() and target.samefile(self.source):
            _patch(target, self.patches)
            return
        part = part_of(target)
        with self.source.open("rb") as source, part.open("wb") as file:
            _copy(source, file)
        _patch(part, self.patches)
        retry(lambda: part.replace(target))


def _copy(source: BinaryIO, target: BinaryIO) -> None:
    """Copy a file; where the file system can, both share their bytes on the disk."""
    done = 0
    if hasattr(os, "copy_file_range"):
        with suppress(OSError):
            while count := os.copy_file_range(source.fileno(), target.fileno(), 1 << 30):
                done += count
    source.seek(done)
    target.seek(done)
    shutil.copyfileobj(source, target, _STEP)


def _patch(path: Path, patches: tuple[tuple[int, bytes], ...]) -> None:
    with path.open("r+b") as file:
        for begin, data in patches:
            file.seek(begin)
            file.write(data)

"""A disk that takes two names that differ by case for one, as those of Windows and macOS do."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SIZE = 64 * 2**20


@contextmanager
def case_folding_disk(room: Path) -> Iterator[Path]:
    """A folder on such a disk, made in a file in `room`: ext4 where the kernel can fold case, otherwise NTFS.

    NTFS also refuses the names that Windows keeps. Skips the test where neither can be mounted.
    """
    image, place = room / "disk.img", room / "disk"
    place.mkdir()
    for mount in (_ext4, _ntfs):
        with image.open("wb") as file:
            file.truncate(SIZE)
        if mount(image, place):
            try:
                yield _folder(place)
            finally:
                _run("umount", place)
            return
    pytest.skip("this computer can mount no disk that ignores case: no ext4 with casefold, no lowntfs-3g")


def _ext4(image: Path, place: Path) -> bool:
    return _run("mkfs.ext4", "-q", "-O", "casefold", image) and _run("mount", "-o", "loop", image, place)


def _ntfs(image: Path, place: Path) -> bool:
    is_made = _run("mkfs.ntfs", "-F", "-Q", image)
    return is_made and _run("lowntfs-3g", "-o", "ignore_case,windows_names", image, place)


def _folder(place: Path) -> Path:
    """A folder in which names are folded; on ext4 that is said for each."""
    folder = place / "folded"
    folder.mkdir()
    _run("chattr", "+F", folder)
    (folder / "a").touch()
    assert (folder / "A").exists(), "the disk was mounted and tells case apart"
    return folder


def _run(name: str, *words: object) -> bool:
    program = shutil.which(name, path="/usr/sbin:/sbin:/usr/bin:/bin")
    if program is None:
        return False
    return subprocess.run([program, *map(str, words)], capture_output=True, check=False).returncode == 0

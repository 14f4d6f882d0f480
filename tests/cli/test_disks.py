"""A disk that is full or can only be read, here and at the remote: real ones, small and mounted."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from mcred.store.atomic import PART_PREFIX
from tests.cli.town import OVERVIEW, WAIT, Town, git

pytestmark = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can mount a disk"
)


class Disk:
    """A small disk."""

    def __init__(self, place: Path) -> None:
        self.place = place
        place.mkdir()

    def mount(self, options: str) -> bool:
        """Whether it could be mounted, or mounted otherwise."""
        command = ("mount", "-t", "tmpfs", "-o", options, "tmpfs", str(self.place))
        return subprocess.run(command, check=False, capture_output=True).returncode == 0

    def fill(self) -> None:
        """Leave no room."""
        with pytest.raises(OSError, match="No space left"), (self.place / "fill").open("wb", 0) as file:
            while True:
                file.write(bytes(4096))

    def clear(self) -> None:
        """Leave room again."""
        (self.place / "fill").unlink()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    made = Disk(tmp_path / "disk")
    if not made.mount("size=12m"):
        pytest.skip("nothing can be mounted here")
    yield made
    subprocess.run(["umount", "-l", str(made.place)], check=True)


@pytest.fixture
def mine(ready: Town, disk: Disk) -> Path:
    """Ana's folder on the small disk, with a change that is not saved."""
    home = disk.place / "ana"
    shutil.copytree(ready.home("ana"), home, symlinks=True)
    draft = home / "portfolios" / "ana" / WAIT / "1-overview.md"
    draft.write_text(OVERVIEW + "More.\n", "utf-8")
    return home


@pytest.fixture
def theirs(ready: Town, disk: Disk) -> Path:
    """The remote on the small disk; Ana has a change that is not saved."""
    place = disk.place / "remote.git"
    shutil.copytree(ready.remote, place, symlinks=True)
    git(ready.home("ana"), "remote", "set-url", "origin", str(place))
    (ready.folder("ana") / "1-overview.md").write_text(OVERVIEW + "More.\n", "utf-8")
    return place


def test_my_full_disk_is_named_and_nothing_is_lost(ready: Town, disk: Disk, mine: Path) -> None:
    disk.fill()
    for words in (("save",), ("sync",), ("add", str(ready.desk("ana") / "plan.md"), "--for", "lesson-plan")):
        ran = ready.run("ana", *words, at=mine, expect=1)
        assert "the disk is full" in ran.err and "No space left on device" in ran.err
        assert "make room" in ran.next
    ready.run("ana", "status", at=mine)
    found = ready.run("ana", "doctor", at=mine, expect=1)
    assert f"only 0 MB are free on the disk of {mine}" in found.out and "make room" in found.next
    assert not list(mine.rglob(f"{PART_PREFIX}*"))
    disk.clear()
    ready.run("ana", "save", at=mine)
    assert b"More." in ready.saved("ana")["1-overview.md"]


def test_a_full_disk_of_the_shared_place_is_named_and_the_work_kept(
    ready: Town, disk: Disk, theirs: Path
) -> None:
    disk.fill()
    ready.run("ana", "save")
    ran = ready.run("ana", "sync", expect=7)
    assert "the server could not store it" in ran.err and "No space left on device" in ran.err
    assert "mcred sync" in ran.next
    found = ready.run("ana", "doctor", expect=1)
    assert f"free on the disk of {theirs}" in found.out
    disk.clear()
    ready.run("ana", "sync")
    ready.run("ana", "submit", "--attest", "all")


def test_a_disk_that_can_only_be_read_is_no_matter_of_rights(ready: Town, disk: Disk, mine: Path) -> None:
    assert disk.mount("remount,ro")
    for line in ("save", "setup --school Bay"):
        ran = ready.run("ana", *line.split(), at=mine, expect=1)
        assert "the disk is read-only" in ran.err and "make it writable" in ran.next
    for line in ("status", "browse", "audit", "person list"):
        ready.run("ana", *line.split(), at=mine)
    found = ready.run("ana", "doctor", "--fix", at=mine, expect=1).out
    assert f"the disk of {mine / '.git'} is read-only" in found and "chown" not in found
    assert disk.mount("remount,rw")
    ready.run("ana", "save", at=mine)


def test_a_shared_place_that_can_only_be_read(ready: Town, disk: Disk, theirs: Path) -> None:
    assert disk.mount("remount,ro")
    ready.run("ana", "save")
    ran = ready.run("ana", "sync", expect=7)
    assert f"the disk of {theirs} is read-only" in ran.err and "add your account" not in ran.said
    assert f"the disk of {theirs} is read-only" in ready.run("ana", "doctor", expect=1).out
    assert disk.mount("remount,rw")
    ready.run("ana", "sync")

"""A file that another program holds for a moment: tried again, and given up with the system's own words."""

from __future__ import annotations

import errno
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mcred.retries import PAUSES, remove_folder, retry
from mcred.store.atomic import PART_PREFIX, write_whole
from mcred.store.os_errors import explain_os_error


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that would have been waited."""
    found: list[float] = []
    monkeypatch.setattr("mcred.retries.time.sleep", found.append)
    return found


def refusing(times: int, number: int) -> Callable[[], str]:
    """A change that the system refuses some times."""
    tries: Iterator[int] = iter(range(times))

    def change() -> str:
        if next(tries, None) is not None:
            raise OSError(number, os.strerror(number), "a.md")
        return "done"

    return change


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM, errno.EBUSY])
def test_what_is_refused_for_a_moment_is_tried_again(number: int, waited: list[float]) -> None:
    assert retry(refusing(len(PAUSES), number)) == "done"
    assert waited == list(PAUSES) and sum(PAUSES) < 1


def test_what_stays_refused_keeps_the_systems_words(waited: list[float]) -> None:
    with pytest.raises(PermissionError) as refused:
        retry(refusing(len(PAUSES) + 1, errno.EACCES))
    assert "Permission denied" in explain_os_error(refused.value).what


def test_any_other_error_is_not_tried_again(waited: list[float]) -> None:
    with pytest.raises(OSError, match="No space left"):
        retry(refusing(1, errno.ENOSPC))
    assert not waited


def test_a_file_that_cannot_be_replaced_for_a_moment(tmp_path: Path) -> None:
    place = tmp_path / "a.md"
    place.write_text("old")
    protect = ["chattr", "+i", str(place)]
    try:
        if subprocess.run(protect, check=False, capture_output=True).returncode:
            pytest.skip("no file can be protected here by chattr")
    except FileNotFoundError:
        pytest.skip("there is no chattr here")

    def let_go() -> None:
        time.sleep(0.1)
        subprocess.run(["chattr", "-i", str(place)], check=True)

    helper = threading.Thread(target=let_go)
    helper.start()
    try:
        write_whole(place, b"new")
    finally:
        helper.join()
    assert place.read_bytes() == b"new"


def test_what_cannot_be_put_in_its_place_is_not_left_beside_it(tmp_path: Path, waited: list[float]) -> None:
    place = tmp_path / "a.md"
    place.mkdir()
    with pytest.raises(IsADirectoryError):
        write_whole(place, b"new")
    assert not list(tmp_path.glob(f"{PART_PREFIX}*"))


def test_a_program_that_holds_a_file_is_named_on_windows_too() -> None:
    held = PermissionError(errno.EACCES, "The process cannot access the file", "a.md")
    held.winerror = 32  # type: ignore[attr-defined]
    said = explain_os_error(held)
    assert "another program is using it" in said.what and "virus scanner" in str(said.hint)


def test_a_folder_of_read_only_files_goes_where_the_system_keeps_these(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.unlink

    def unlink(path: str, *, dir_fd: int | None = None) -> None:
        if not os.stat(path, dir_fd=dir_fd).st_mode & 0o200:
            raise PermissionError(errno.EACCES, "Access is denied", path)
        real(path, dir_fd=dir_fd)

    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "object").touch(0o444)
    monkeypatch.setattr(os, "unlink", unlink)
    remove_folder(tmp_path / "a")
    assert not (tmp_path / "a").exists()
    remove_folder(tmp_path / "a")

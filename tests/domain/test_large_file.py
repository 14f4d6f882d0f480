"""Pointers to large files."""

from __future__ import annotations

import pytest

from mcred.domain.pieces import FileDigest, digest_of
from mcred.domain.sealed.large_file import LARGE, digest_stored, read_pointer, write_pointer

FILM = FileDigest(sha256="ab" * 32, bytes=2**31)
POINTER = write_pointer(FILM)


def test_a_pointer_is_what_git_lfs_writes_and_stands_for_the_file() -> None:
    assert POINTER == (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"ab" * 32 + b"\nsize 2147483648\n"
    )
    assert read_pointer(POINTER) == digest_stored(POINTER) == FILM


@pytest.mark.parametrize(
    "data",
    [
        POINTER + b"\n",
        POINTER.replace(b"\n", b"\r\n"),
        POINTER.replace(b"size 2", b"size 02"),
        POINTER.replace(b"ab", b"AB", 1),
        POINTER.replace(b"oid", b"ext-0-x sha256:1\noid"),
        write_pointer(FileDigest(sha256="ab" * 32, bytes=LARGE)),
        b"",
    ],
)
def test_anything_else_is_itself(data: bytes) -> None:
    assert read_pointer(data) is None
    assert digest_stored(data) == digest_of(data)

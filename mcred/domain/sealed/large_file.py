"""A large file of the work: a Git LFS object, with a pointer in the tree.

What a pointer says is the file's size and SHA-256, which is what a request commits to.
"""

from __future__ import annotations

import re

from mcred.domain.pieces import FileDigest, digest_of

LARGE = 10 * 1024 * 1024
"""A file with more bytes is a large one."""
POINTER_SIZES = range(100, 160)
"""How many bytes a pointer may have."""
_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\noid sha256:([0-9a-f]{64})\nsize ([1-9][0-9]{0,14})\n"
)


def write_pointer(digest: FileDigest) -> bytes:
    """The pointer to a file, in the one spelling that Git LFS writes.

    >>> read_pointer(write_pointer(FileDigest(sha256="0" * 64, bytes=2**31))).bytes
    2147483648
    """
    said = f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest.sha256}\nsize {digest.bytes}\n"
    return said.encode("ascii")


def read_pointer(data: bytes) -> FileDigest | None:
    """The file that a pointer to a large one stands for; None for any other bytes."""
    found = _POINTER.fullmatch(data) if len(data) in POINTER_SIZES else None
    digest = FileDigest(sha256=found[1].decode("ascii"), bytes=int(found[2])) if found else None
    return digest if digest is not None and digest.bytes > LARGE else None


def digest_stored(data: bytes) -> FileDigest:
    """The size and SHA-256 of a file by what is stored of it: a pointer, or the content itself."""
    return read_pointer(data) or digest_of(data)

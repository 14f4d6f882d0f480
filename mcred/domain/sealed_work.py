"""What the sealed list of a work ref says: which files there are, under which names, and of which draft."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from mcred.domain.ids import SubmissionId


class SealedFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of the work."""

    path: str
    """Below the submission's folder."""
    name: str
    """The name of its sealed file, which says nothing about it."""
    sha256: str
    """Of its content."""
    size: int


class SealedList(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that a commit of a work ref holds."""

    format: Literal[2]
    submission: SubmissionId
    draft: bytes
    """The sealed draft's own commit, as git stores it: who saved it, when, and after which others. Each
    computer of its earner makes the same commit of it again."""
    readers: tuple[str, ...]
    """The public keys that the key to the files is sealed to."""
    files: tuple[SealedFile, ...]

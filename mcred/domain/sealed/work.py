"""What the sealed list of a work ref says: which files there are, under which names, and of which commit.

Every file is sealed to a key of its own, which is in the list; the list is sealed to a key that is sealed
to each reader. So an unchanged file keeps its sealed bytes in later lists that other people may read.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Literal

from msgspec import Struct, field

from mcred.domain.ids import BlobId, PersonId, SubmissionId


class SealedFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of the work."""

    path: str
    """Below the submission's folder."""
    name: str
    """The name of its sealed file, which says nothing about it."""
    key: str
    """The private key that opens it, and no other file."""
    sha256: str
    """Of its content."""
    size: int


class PassedOn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a draft's list passes on to the coaches whom its earner lets in, beside the draft itself."""

    let_in: tuple[PersonId, ...] = ()
    """Who they are."""
    works: Mapping[str, str] = field(default_factory=dict)
    """The key to the list of each attempt, by its sealed commit."""
    decisions: tuple[tuple[int, bytes], ...] = ()
    """What is sealed in the decision on each attempt."""


class SealedList(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that a commit of a work ref holds."""

    format: Literal[2]
    submission: SubmissionId
    attempt: int
    """The attempt that was submitted; 0 for a draft."""
    plain: bytes
    """The commit with these files unsealed, as git stores it: who saved it, when, and after which others.
    Each reader's computer makes the same commit of it again."""
    readers: tuple[str, ...]
    """The public keys that the key to this list was sealed to when it was made."""
    files: tuple[SealedFile, ...]
    passed: PassedOn = field(default_factory=PassedOn)
    erased: tuple[BlobId, ...] = ()
    """The blobs of files that were erased of an attempt, so that its earner's computers take them out of
    their drafts."""


def key_name(private: str, reader: str) -> str:
    """The name of the file with a list's key sealed to one reader.

    Who can open the list finds out whom it is sealed to; others learn nothing from the name.
    """
    return hmac.digest(private.encode("ascii"), reader.encode("ascii"), hashlib.sha256).hex()[:32]

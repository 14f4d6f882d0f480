"""Ids and length-limited texts, the basic types of all other values.

An id is lower-case ASCII, at most 63 characters, and safe as a file name on Windows and on
case-insensitive disks (FORMATS: first paragraph). A text's type carries its limit, so that the
decoder, the JSON Schema and the editors agree on it.

>>> explain_bad_id("Wait Time")
"it could be 'wait-time'"
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from functools import total_ordering
from typing import Annotated, NewType

from msgspec import Meta, Struct

PersonId = NewType("PersonId", str)
CredentialId = NewType("CredentialId", str)
StackId = NewType("StackId", str)
Slug = NewType("Slug", str)
"""An id inside one definition: of a part, an item, a criterion, a component, a level."""
CommitId = NewType("CommitId", str)
BlobId = NewType("BlobId", str)
Version = NewType("Version", str)
CreditHours = NewType("CreditHours", Decimal)
"""More than 0 and at most 100, exact, without closing zeros."""


ID_TYPES = (PersonId, CredentialId, StackId, Slug)
HEX_TYPES = (BlobId, CommitId)


@total_ordering
class SubmissionId:
    """One earner's work for one micro-credential; attempts follow one another inside it.

    A class of its own, and no tuple, so that records spell it as one text.
    """

    __slots__ = ("credential", "earner")

    def __init__(self, earner: PersonId, credential: CredentialId) -> None:
        self.earner = earner
        self.credential = credential

    @classmethod
    def parse(cls, text: str) -> SubmissionId:
        """The submission that `str` wrote. Raises ValueError for any other text."""
        earner, _, credential = text.partition("/")
        if not is_id(earner) or not is_id(credential):
            raise ValueError(f"'{text[:40]}' is not a submission")
        return cls(PersonId(earner), CredentialId(credential))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, SubmissionId)
            and self.earner == other.earner
            and self.credential == other.credential
        )

    def __lt__(self, other: SubmissionId) -> bool:
        return (self.earner, self.credential) < (other.earner, other.credential)

    def __hash__(self) -> int:
        return hash((self.earner, self.credential))

    def __repr__(self) -> str:
        return f"SubmissionId({self.earner!r}, {self.credential!r})"

    def __str__(self) -> str:
        return f"{self.earner}/{self.credential}"


class Doc(Struct, frozen=True):
    """What a field means, for JSON Schema and editors."""

    text: str


MAX_LINE = 200
"""The longest line of a title or a name, in characters."""
Line = Annotated[str, Meta(max_length=MAX_LINE)]
"""One line: a title, a name."""
Prose = Annotated[str, Meta(max_length=6000)]
"""Some paragraphs."""
Url = Annotated[str, Meta(max_length=2000)]

_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_VERSION = re.compile(r"(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})(?:\.(0|[1-9][0-9]{0,5}))?")
_HEX = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_RESERVED = {
    *("con", "prn", "aux", "nul"),
    *(f"{port}{n}" for port in ("com", "lpt") for n in range(10)),
}


def is_id(text: str) -> bool:
    """Whether a text is an id as FORMATS wants it."""
    return bool(_ID.fullmatch(text)) and text not in _RESERVED


def suggest_id(text: str) -> str:
    """The nearest id to any text, or '' when nothing usable is left.

    >>> suggest_id("Élan Vital!")
    'elan-vital'
    """
    folded = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in folded if not unicodedata.combining(c)).replace("'", "").replace("’", "")
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:63].strip("-")
    return slug if is_id(slug) else (f"{slug}-1" if slug in _RESERVED else "")


def explain_bad_id(text: str) -> str:
    """What to do about a text that is not an id."""
    better = suggest_id(text)
    if better:
        return f"it could be '{better}'"
    return "use lower-case letters a-z, digits and hyphens, at most 63 characters"


def is_version(text: str) -> bool:
    """Whether a text is `1.2` or `1.2.3`, numbers without leading zeros."""
    return bool(_VERSION.fullmatch(text))


def version_key(version: Version) -> tuple[int, ...]:
    """A sort key: `1.10` comes after `1.9`, `1.2` before `1.2.1`."""
    return tuple(int(n) for n in version.split("."))


CREDIT_HOURS_PATTERN = r"(?=.*[1-9])(?:100(?:\.0{1,2})?|[1-9]?[0-9](?:\.[0-9]{1,2})?)"


def plain_credits(amount: Decimal) -> CreditHours:
    """Credit hours without closing zeros, as they are shown.

    >>> str(plain_credits(Decimal("1.50")))
    '1.5'
    """
    return CreditHours(Decimal(f"{amount.normalize():f}"))


def write_credits(amount: CreditHours | None) -> str | None:
    """Credit hours in JSON: a text, which keeps them exact; None without.

    >>> write_credits(CreditHours(Decimal("0.5")))
    '0.5'
    """
    return None if amount is None else str(amount)


def say_credits(amount: Decimal) -> str:
    """Credit hours in words.

    >>> say_credits(Decimal(1))
    '1 credit hour'
    """
    return f"{amount} credit hour{'' if amount == 1 else 's'}"


def is_hex(text: str) -> bool:
    """Whether a text is a full object name (SHA-1 or SHA-256) in lower-case hex."""
    return bool(_HEX.fullmatch(text))

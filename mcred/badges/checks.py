"""What the check of a badge is made of: its material, one line for each check, and the answer they give.

`valid` needs every check to hold. One that fails makes `not valid`; one that cannot be made, where none
fails, makes `cannot tell`. `forged` is said of one thing alone: a signature was computed and does not hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from msgspec import Struct, field
from msgspec.structs import replace

from mcred.domain.issuer_key import PublicKey

CheckAnswer = Literal["valid", "not valid", "cannot tell"]
CheckState = Literal[
    "valid",
    "revoked",
    "superseded",
    "expired",
    "not yet valid",
    "another's",
    "forged",
    "signed by another",
    "partly signed",
    "key not in use",
    "not on record",
    "unsigned",
    "whole",
    "unknown",
]
JsonObject = Mapping[str, Any]

SKEW = timedelta(minutes=5)
"""How far the clocks of two computers may differ."""
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_FIRST: tuple[CheckState, ...] = (
    "forged",
    "signed by another",
    "partly signed",
    "not on record",
    "superseded",
)
"""A badge that nobody vouches for is not called revoked or expired: its own words are not to be trusted. A
list cannot say why a place is set; the record can, so `superseded` goes before `revoked`."""


class Material(Struct, frozen=True, kw_only=True):
    """A document that a badge names, and where it came from; without bytes, why it is not at hand."""

    data: bytes | None
    where: str
    own: bool = False
    """It came together with the badge: whoever made the one could have made the other."""


ResolveDocument = Callable[[str], Material]


class Check(Struct, frozen=True, kw_only=True):
    """One line: `ok` is None where it could not be checked."""

    name: str
    ok: bool | None
    what: str
    clause: str
    state: CheckState | None = None
    """What a badge that fails this check is, where that has a name of its own."""
    weighs: bool = True
    """Whether the answer waits for it; False where there was nothing to check it against."""
    remedy: str = ""
    """What would tell, where it could not be checked."""


class NamedIssuer(Struct, frozen=True, kw_only=True):
    """The issuer that the person asking knows, by its name or by its keys."""

    did: str = ""
    keys: frozenset[str] = frozenset()


class CheckContext(Struct, frozen=True, kw_only=True):
    """What a badge is checked against."""

    now: datetime
    find_did: ResolveDocument
    """A did:web's did.json; a did:key needs none."""
    find_list: ResolveDocument
    """A status list by its address."""
    identity: str = ""
    """The person asked about: an e-mail address, an id of the programme, or a DID."""
    named: NamedIssuer | None = None
    """The issuer that the badge should be by, where the person asking named one."""
    trusted: frozenset[str] = frozenset()
    """Keys (z6Mk…) of the programme around."""
    keys: Mapping[str, tuple[PublicKey, ...]] = field(default_factory=dict)
    """By issuer: its keys with their periods, where that programme's record is at hand."""
    successor: Callable[[str], str | None] | None = None
    """The id of the badge issued instead of another one."""
    compare: Callable[[JsonObject], Check] | None = None
    """What the programme's record says of the badge, where it is at hand."""


class VerifyReport(Struct, frozen=True, kw_only=True):
    """The answer and how it came about."""

    answer: CheckAnswer
    state: CheckState
    checks: tuple[Check, ...]
    document: JsonObject
    """The badge as read; empty when it could not be read. To be shown as its issuer's only if valid."""
    known: bool = False
    """Whether its issuer is known otherwise than from the badge itself."""


def sum_up_checks(checks: tuple[Check, ...], document: JsonObject) -> VerifyReport:
    """The answer that some checks give."""
    waiting = [c for c in checks if c.ok is None and c.weighs]
    whole = bool(waiting) and all(c.state == "whole" for c in waiting)
    known = any(c.name == "issuer" and c.ok for c in checks)
    states = [c.state for c in checks if c.ok is False]
    told = tuple(replace(c, state=None) if c.ok is not False else c for c in checks)
    answer: CheckAnswer = "not valid" if states else "cannot tell" if waiting else "valid"
    state: CheckState = "valid"
    if states:
        state = next((s for s in _FIRST if s in states), states[0] or "unknown")
    elif waiting:
        state = "whole" if whole else "unknown"
    return VerifyReport(answer=answer, state=state, checks=told, document=document, known=known)


def read_moment(value: Any) -> datetime | None:
    """A moment as JSON Schema has it (date-time), None when it is no such text."""
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def bracket(material: Material) -> str:
    """Where something came from, to stand behind a sentence."""
    return f" ({material.where})" if material.where else ""

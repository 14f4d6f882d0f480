"""The values of a verification: the documents used, one result per check, and the verdict.

`valid` needs every check to pass. A failed one makes it `not valid`; one that cannot be made, where none
fails, `cannot tell`. `forged` means only that a signature was computed and does not verify.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from msgspec import Struct, field
from msgspec.structs import replace

from mcred.badges.json_reader import JsonObject
from mcred.domain.issuer_key import PublicKey

CheckAnswer = Literal["valid", "not valid", "cannot tell"]
CheckState = Literal[
    "valid",
    "revoked",
    "withdrawn",
    "superseded",
    "expired",
    "not yet valid",
    "another's",
    "forged",
    "signed by another",
    "partly signed",
    "key not in use",
    "not on record",
    "changed",
    "differs",
    "not judged",
    "unsigned",
    "whole",
    "unknown",
]

SKEW = timedelta(minutes=5)
"""The tolerated difference between two computers' clocks."""
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_FIRST: tuple[CheckState, ...] = (
    "forged",
    "signed by another",
    "differs",
    "not on record",
    "superseded",
)
"""States by precedence. A badge of an unknown issuer is not called revoked or expired, as its own dates are
not trusted. A list cannot say why a bit is set but the record can, so `superseded` precedes `revoked`."""


class Material(Struct, frozen=True, kw_only=True):
    """A document that a badge refers to, and its source; without bytes, why it is not available."""

    data: bytes | None
    where: str
    own: bool = False
    """Whether it came together with the badge, so that a forger could have made both."""
    public: bool = False
    """Whether it was found at the address that the badge names, online or in a copy of the pages: that shows
    who holds the address, not that you know them."""


ResolveDocument = Callable[[str], Material]


def _find_nothing(_: str) -> Material:
    return Material(data=None, where="")


class Check(Struct, frozen=True, kw_only=True):
    """The result of one check: `ok` is None when it could not be made."""

    name: str
    ok: bool | None
    what: str
    clause: str
    state: CheckState | None = None
    """The state of a badge that fails this check, if it has a name of its own."""
    weighs: bool = True
    """Whether the verdict depends on it; False when there was nothing to check against."""
    remedy: str = ""
    """A hint how it could be checked, when it could not."""


class NamedIssuer(Struct, frozen=True, kw_only=True):
    """An issuer that the caller knows, by its id or by keys."""

    did: str = ""
    """Its DID, or the https address by which older badges name it."""
    keys: frozenset[str] = frozenset()
    name: str = ""
    """What the caller calls it."""
    listed: str = "your list of issuers"
    """Where the caller has it."""


class CheckContext(Struct, frozen=True, kw_only=True):
    """The inputs of a verification besides the badge."""

    now: datetime
    find_did: ResolveDocument
    """Resolves a did:web to its did.json; a did:key needs none."""
    find_list: ResolveDocument
    """Resolves a status list's URL."""
    identity: str = ""
    """The expected recipient: an email address, a person's id in the programme, or a DID."""
    find_page: ResolveDocument = field(default_factory=lambda: _find_nothing)
    """Resolves any other address that a badge names: an older badge, its issuer's profile, a key."""
    named: NamedIssuer | None = None
    """The expected issuer, if the caller named one; then no other one counts."""
    known: tuple[NamedIssuer, ...] = ()
    """The issuers in the caller's own list."""
    trusted: frozenset[str] = frozenset()
    """Keys (z6Mk…) of the programme the command runs in."""
    keys: Mapping[str, tuple[PublicKey, ...]] = field(default_factory=dict)
    """Issuer → its keys with their periods, where that programme's record is available."""
    successor: Callable[[str], str | None] | None = None
    """Maps a badge's id to that of the badge that replaced it."""
    compare: Callable[[JsonObject], Check] | None = None
    """Compares the badge with the programme's record, if that is available."""
    endorsers: Mapping[str, tuple[PublicKey, ...]] = field(default_factory=dict)
    """The did:key of each person whose own word that record knows → their key with its period. Counts for
    endorsements only."""
    endorsing: tuple[NamedIssuer, ...] = ()
    """The others whose endorsements that record counts."""
    is_withdrawn: Callable[[JsonObject], bool] | None = None
    """Whether an endorsement was withdrawn by whoever signed it, by that record."""


class VerifyReport(Struct, frozen=True, kw_only=True):
    """The verdict with all checks."""

    answer: CheckAnswer
    state: CheckState
    checks: tuple[Check, ...]
    document: JsonObject
    """The parsed badge; empty when unreadable. To be attributed to its issuer only if valid."""
    known: bool = False
    """Whether its issuer is known from another source than the badge itself."""


_SAID: dict[CheckState, str] = {
    "forged": "its signature does not match, so something was changed",
    "superseded": "replaced",
    "another's": "issued to someone else",
    "signed by another": "signed by someone other than its issuer",
    "partly signed": "not all of it is signed",
    "key not in use": "signed with a key that was not in use that day",
    "not on record": "it is not in the program's record",
    "changed": "this is not the piece that was assessed: it was changed",
    "differs": "it differs from its issuer's own copy",
    "not judged": "this piece was not assessed for it",
    "whole": "intact, but the issuer is unknown to you",
    "withdrawn": "its signer withdrew it",
    "unknown": "that cannot be determined here",
}
"""Words for states whose own name is unclear, or says more than was found."""


def tell_reason(report: VerifyReport) -> str:
    """Why a badge is not valid, or why that cannot be told; '' for a valid one."""
    said = _SAID.get(report.state, report.state)
    if report.answer == "cannot tell" and report.state != "whole":
        said = decisive_check(report).what
    return "" if report.answer == "valid" else said


def decisive_check(report: VerifyReport) -> Check:
    """The open check that matters most of a badge of which it cannot be told: checks of what the badge is
    come before whose it is."""
    waiting = [c for c in report.checks if c.ok is None and c.weighs]
    return next((c for c in waiting if c.name in ("form", "members", "coverage")), waiting[0])


def sum_up_checks(checks: tuple[Check, ...], document: JsonObject) -> VerifyReport:
    """The verdict that follows from some checks."""
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
        undecided: tuple[CheckState, ...] = ("unsigned", "partly signed")
        state = next((s for s in undecided if any(c.state == s for c in waiting)), "unknown")
        state = "whole" if whole else state
    return VerifyReport(answer=answer, state=state, checks=told, document=document, known=known)


def read_moment(value: Any) -> datetime | None:
    """Parse a JSON Schema `date-time`; None for anything else."""
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


BEGINS, ENDS = ("validFrom", "issuanceDate"), ("validUntil", "expirationDate")
"""The members that say when a credential begins and ends, of either data model."""


def read_moments(document: JsonObject, names: tuple[str, ...]) -> tuple[datetime, ...] | None:
    """The moments in some members, where null is as good as missing; None when one cannot be read.

    Of several, the latest beginning and the earliest end count.
    """
    given = [document[name] for name in names if document.get(name) is not None]
    found = [moment for value in given if (moment := read_moment(value)) is not None]
    return tuple(found) if len(found) == len(given) else None


def check_dates(begins: datetime | None, ends: datetime | None, now: datetime, clause: str) -> Check:
    """Whether `now` lies between a badge's first and last moment; None where it names none."""
    if begins is not None and begins > now + SKEW:
        what = f"it is valid from {begins.date()}"
        return Check(name="dates", ok=False, what=what, clause=clause, state="not yet valid")
    if ends is not None and ends < now:
        what = f"it expired on {ends.date()}"
        return Check(name="dates", ok=False, what=what, clause=clause, state="expired")
    since = f"from {begins.date()}" if begins else "without a date"
    until = f" to {ends.date()}" if ends else ", does not expire"
    return Check(name="dates", ok=True, what=f"{since}{until}", clause=clause)


def bracket(material: Material) -> str:
    """A document's source in brackets, to append to a sentence."""
    return f" ({material.where})" if material.where else ""

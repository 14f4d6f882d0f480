"""Fast extraction of a few fields from machine-written YAML, for scans of thousands of files.

A field is matched at the beginning of a line, as `encode` writes it; in YAML nothing inside a longer value
can be there. In doubt the file is decoded in full, so both ways have the same result.
"""

from __future__ import annotations

import re
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from mcred.domain.award import Reissue
from mcred.domain.decision import Decision, Outcome
from mcred.domain.ids import BlobId, CommitId, PersonId, is_hex, is_id
from mcred.domain.programme import Rule
from mcred.domain.submission import Load, ReviewRequest
from mcred.formats.decode import decode

_OUTCOMES: dict[str, Outcome] = {"award": "award", "revise": "revise", "decline": "decline"}
_RULES: dict[str, Rule] = {"expert": "expert", "peer": "peer"}
_VALUE = r"('?[A-Za-z0-9:.+-]+'?)"
_DECISION = re.compile(
    rf"^(outcome|issuer|decided|judged|rule|definition):(?: {_VALUE}|\n  version: \S+\n  blob: {_VALUE})$",
    re.MULTILINE,
)
_REISSUE = re.compile(rf"^(kind|issued): {_VALUE}$", re.MULTILINE)

_CANDIDATES = re.compile(
    rb"^candidates:\n((?:  - person: '?[a-z0-9-]+'?\n    open: (?:0|[1-9][0-9]{0,5})\n)+)(?! )", re.MULTILINE
)
_LOAD = re.compile(rb"  - person: (\S+)\n    open: ([0-9]+)\n")
MOST = 1000
"""The most candidates that are read without the decoder; it checks longer lists."""


class Glimpse(Struct, frozen=True, kw_only=True):
    """The fields of a decision that determine a submission's status."""

    outcome: Outcome
    issuer: PersonId
    decided: datetime
    judged: CommitId
    definition: BlobId
    rule: Rule


def glance_at_decision(data: bytes, file: str) -> Glimpse | None:
    """The main fields of a decision; None when it cannot be read."""
    found = _fields(_DECISION, data)
    decided, issuer = _moment(found.get("decided")), found.get("issuer", "")
    judged, blob = found.get("judged", ""), found.get("definition", "")
    outcome, rule = _OUTCOMES.get(found.get("outcome", "")), _RULES.get(found.get("rule", ""))
    if decided and outcome and rule and is_id(issuer) and is_hex(judged) and is_hex(blob):
        return Glimpse(
            outcome=outcome,
            issuer=PersonId(issuer),
            decided=decided,
            judged=CommitId(judged),
            definition=BlobId(blob),
            rule=rule,
        )
    whole = decode(data, Decision, file)[0]
    if whole is None:
        return None
    return Glimpse(
        outcome=whole.outcome,
        issuer=whole.issuer,
        decided=whole.decided,
        judged=whole.judged,
        definition=whole.definition.blob,
        rule=whole.rule,
    )


def glance_at_renewal(data: bytes, file: str) -> datetime | None:
    """When an award was renewed; None for a reissue that is no renewal, or that cannot be read."""
    found = _fields(_REISSUE, data)
    issued = _moment(found.get("issued"))
    if issued is None or found.get("kind") not in ("renew", "reissue"):
        whole = decode(data, Reissue, file)[0]
        return whole.issued if whole is not None and whole.kind == "renew" else None
    return issued if found["kind"] == "renew" else None


def glance_at_request(data: bytes, file: str) -> ReviewRequest | None:
    """A review request, the same as decoding it; its long list of candidates is read with a pattern.

    None when it cannot be read.
    """
    found = _CANDIDATES.findall(data)
    rows = _LOAD.findall(found[0]) if len(found) == 1 else []
    names = [name.decode("ascii") for name, _ in rows]
    if not 0 < len(rows) <= MOST or "null" in names or not all(is_id(n.strip("'")) for n in names):
        return decode(data, ReviewRequest, file)[0]
    rest = decode(_CANDIDATES.sub(b"candidates: []\n", data), ReviewRequest, file)[0]
    loads = (
        Load(person=PersonId(name.strip("'")), open=int(count))
        for name, (_, count) in zip(names, rows, strict=True)
    )
    return replace(rest, candidates=tuple(loads)) if rest is not None else None


def _fields(shape: re.Pattern[str], data: bytes) -> dict[str, str]:
    """The fields written as `encode` does; empty when one of them is there twice."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return {}
    rows = shape.findall(text)
    found = {name: "".join(values).strip("'") for name, *values in rows}
    return found if len(found) == len(rows) else {}


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else None

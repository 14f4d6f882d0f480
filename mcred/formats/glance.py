"""A few fields of a machine-written file without reading all of it, for looking over thousands of them.

A field is taken where it stands alone at the beginning of one line, as `encode` writes it; in YAML nothing
inside a longer value can stand there. In doubt the file is decoded in full, so both ways say the same.
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
"""Candidates up to which a list is taken as it stands; what is longer is for the decoder to judge."""


class Glimpse(Struct, frozen=True, kw_only=True):
    """What stands in a decision, as far as it takes to say where a submission stands."""

    outcome: Outcome
    issuer: PersonId
    decided: datetime
    judged: CommitId
    definition: BlobId
    rule: Rule


def glance_at_decision(data: bytes, file: str) -> Glimpse | None:
    """A decision's first things; None when it cannot be read."""
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
    """When an award was renewed; None for one that was issued again as before, or that cannot be read."""
    found = _fields(_REISSUE, data)
    issued = _moment(found.get("issued"))
    if issued is None or found.get("kind") not in ("renew", "reissue"):
        whole = decode(data, Reissue, file)[0]
        return whole.issued if whole is not None and whole.kind == "renew" else None
    return issued if found["kind"] == "renew" else None


def glance_at_request(data: bytes, file: str) -> ReviewRequest | None:
    """A review request; its list of everybody who could be asked, which gets very long, is read line by line.

    None when it cannot be read. The same as decoding all of it.
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
    """The fields that stand where `encode` puts them; none at all when one of them is there twice."""
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

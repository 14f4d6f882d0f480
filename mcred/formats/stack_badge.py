"""Reading stack badges from portfolios: file names and JSON documents into values.

Only the fields that are shown are parsed; the bytes are kept unchanged. An unreadable document is reported,
and its number stays taken.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from mcred.domain.ids import (
    CREDIT_HOURS_PATTERN,
    CreditHours,
    PersonId,
    StackId,
    Version,
    is_version,
    plain_credits,
)
from mcred.domain.layout import Found
from mcred.domain.stack_badge import (
    CONTAINED,
    Contained,
    StackAward,
    StackRecord,
    StackReissue,
    StackRevocation,
)
from mcred.formats.decode import decode
from mcred.formats.portfolio import Tree, same_place
from mcred.problems import Fault, Place, Problem

Amended = TypeVar("Amended", StackRevocation, StackReissue)
_DIGEST = re.compile(r"SHA-256 ([0-9a-f]{64})")


def read_stacked(
    tree: Tree, found: Mapping[str, Found]
) -> tuple[Mapping[tuple[PersonId, StackId], StackRecord], tuple[Problem, ...]]:
    """(person, stack) → stack badges, and the problems of unreadable ones."""
    problems: list[Problem] = []
    awards: dict[tuple[PersonId, StackId], dict[int, StackAward | None]] = {}
    revocations: dict[tuple[PersonId, StackId], dict[int, StackRevocation | None]] = {}
    reissues: dict[tuple[PersonId, StackId], dict[int, StackReissue | None]] = {}
    for path, what in found.items():
        if what.person is None or what.stack is None:
            continue
        key, data = (what.person, what.stack), tree.contents.get(path)
        if what.kind == "stack award":
            award = read_stack_award(data) if data is not None else None
            awards.setdefault(key, {})[what.number] = award
            if award is None and data is not None:
                where = Place(file=path)
                problems.append(Problem(what="this is not a stack badge", where=where, hint="mcred sync"))
        elif what.kind == "stack revocation":
            revocation, more = _read(data, StackRevocation, path, what)
            problems.extend(more)
            revocations.setdefault(key, {})[what.number] = revocation
        elif what.kind == "stack reissue":
            reissue, more = _read(data, StackReissue, path, what)
            problems.extend(more)
            reissues.setdefault(key, {})[what.number] = reissue
    records = {
        key: StackRecord(
            earner=key[0],
            stack=key[1],
            awards=awards.get(key, {}),
            revocations=revocations.get(key, {}),
            reissues=reissues.get(key, {}),
        )
        for key in sorted({*awards, *revocations, *reissues})
    }
    return records, tuple(problems)


def _read(
    data: bytes | None, kind: type[Amended], path: str, what: Found
) -> tuple[Amended | None, tuple[Problem, ...]]:
    """A revocation or reissue of a badge; None where it was not read, or is unreadable."""

    def check(value: Amended) -> Iterator[Fault]:
        yield from same_place("earner", value.earner, what.person)
        yield from same_place("stack", value.stack, what.stack)
        yield from same_place("number", value.number, what.number)

    if data is None:
        return None, ()
    return decode(data, kind, path, check)


def read_stack_award(data: bytes) -> StackAward | None:
    """The award in a stack badge's document; None when it is none."""
    try:
        raw: Any = json.loads(data)
        achievement = raw["credentialSubject"]["achievement"]
        version = _text(achievement["version"])
        ends = raw.get("validUntil")
        award = StackAward(
            document=data,
            title=_text(achievement["name"]),
            version=Version(version),
            awarded=datetime.fromisoformat(raw["awardedDate"]),
            ends=datetime.fromisoformat(ends) if ends else None,
            credits=_credits(achievement.get("creditsAvailable")),
            contained=tuple(
                Contained(name=_text(e["name"]), digest=_DIGEST.fullmatch(e["description"])[1])  # type: ignore[index]
                for e in raw["evidence"]
                if e.get("genre") == CONTAINED
            ),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return award if is_version(version) and award.awarded.tzinfo and award.contained else None


def _credits(value: object) -> CreditHours | None:
    """Credit hours; None for anything else, which an audit finds."""
    is_number = isinstance(value, int | float) and re.fullmatch(CREDIT_HOURS_PATTERN, str(value))
    return plain_credits(Decimal(str(value))) if is_number else None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value

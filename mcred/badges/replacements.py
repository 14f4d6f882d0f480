"""Looking up when and why a badge was revoked, from the programme's record by badge id.

A status list only has the fact of revocation.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from mcred.domain.award import Revocation
from mcred.domain.catalog import Catalog, Record


def find_revocation(catalog: Catalog) -> Callable[[str], str | None]:
    """A lookup from a badge's id to when and why its award was revoked, as a sentence; None if it was not."""
    revoked: dict[str, str] = {}
    for (record, attempt), ids in _issued(catalog):
        if attempt in record.revocations:
            revoked.update(dict.fromkeys(ids, _sentence(record.revocations[attempt])))
    return revoked.get


def _sentence(revocation: Revocation | None) -> str:
    if revocation is None:
        return "revoked; the record of why cannot be read"
    return f"revoked by {revocation.issuer} on {revocation.revoked.date()}: {revocation.reason}"


def badge_id(document: bytes) -> str:
    """A stored badge's id, '' when unreadable."""
    try:
        found = json.loads(document)
    except (ValueError, RecursionError):
        return ""
    name = found.get("id") if isinstance(found, dict) else None
    return name if isinstance(name, str) else ""


def _issued(catalog: Catalog) -> Iterator[tuple[tuple[Record, int], list[str]]]:
    """Every awarded attempt with the ids of its badges, in order of issue."""
    for record in catalog.records.values():
        for attempt in sorted({*record.awards, *(a for a, _ in record.issued_again)}):
            ids = [name for data in record.documents(attempt).values() if (name := badge_id(data))]
            yield (record, attempt), ids

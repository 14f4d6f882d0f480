"""What the programme's own record says of a badge that holds no more: when and why it was revoked.

A status list only says that it holds no more. Badges are named by their ids, as a reader of one knows it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from mcred.domain.award import Revocation
from mcred.domain.catalog import Catalog, Record


def find_revocation(catalog: Catalog) -> Callable[[str], str | None]:
    """Answers by a badge's id: when and why its award was revoked, in a sentence; None when it was not."""
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
    """A stored badge's id, '' when it cannot be read."""
    try:
        found = json.loads(document)
    except (ValueError, RecursionError):
        return ""
    name = found.get("id") if isinstance(found, dict) else None
    return name if isinstance(name, str) else ""


def _issued(catalog: Catalog) -> Iterator[tuple[tuple[Record, int], list[str]]]:
    """Every awarded attempt with the ids of its badges, the first issued first."""
    for record in catalog.records.values():
        for attempt in sorted({*record.awards, *(a for a, _ in record.issued_again)}):
            ids = [name for data in record.documents(attempt).values() if (name := badge_id(data))]
            yield (record, attempt), ids

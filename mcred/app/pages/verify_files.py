"""The two files by which a browser checks badges on the site itself: the issuer's keys, and what ended.

Of each key it is said on which days it was in use, as `mcred verify` asks the record.

What was revoked or replaced is named by the digest of what the badge says, which no one can guess: a badge
has a random salt. So those of people who publish nothing can be among them. Unsigned badges are left out;
nothing vouches for them anyway.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from mcred.badges.json_reader import read_json
from mcred.badges.keys import did_key, known_dids, method_id
from mcred.badges.proof_pair import digest_content, proofs_of
from mcred.domain.catalog import Catalog
from mcred.domain.issuer_key import PublicKey
from mcred.domain.programme import Programme
from mcred.problems import McredError
from mcred.website.addresses import ISSUER_KEYS, NO_LONGER_VALID


class EndedBadge(NamedTuple):
    """A badge that is no longer valid by the record."""

    digest: str
    is_revoked: bool
    """Revoked, or else replaced by a newer one."""


def find_ended(catalog: Catalog) -> tuple[EndedBadge, ...]:
    """Every signed badge in a catalog that was revoked or replaced."""
    return tuple(
        EndedBadge(digest, is_revoked)
        for document, is_revoked in (*_awards(catalog), *_stacked(catalog))
        if (digest := _digest(document))
    )


def verify_files(programme: Programme, ended: Iterable[EndedBadge]) -> dict[str, bytes]:
    """Both files by their paths, also where there is nothing to say: then no badge is the issuer's."""
    issuers: dict[str, dict[str, str]] = {}
    periods: dict[str, dict[str, str | None]] = {}
    for key in programme.issuer.keys:
        until = key.until.isoformat() if key.until else None
        periods.setdefault(key.multibase, {"since": key.since.isoformat(), "until": until})
        for did in sorted(_names(programme, key)):
            issuers.setdefault(did, {})[method_id(did, key)] = key.multibase
    found = set(ended)
    listed = {
        "revoked": sorted(one.digest for one in found if one.is_revoked),
        "replaced": sorted(one.digest for one in found if not one.is_revoked),
    }
    keys = {"issuers": issuers, "periods": periods}
    return {
        name: f"{json.dumps({'format': 1, **said}, indent=1)}\n".encode()
        for name, said in ((ISSUER_KEYS, keys), (NO_LONGER_VALID, listed))
    }


def _names(programme: Programme, key: PublicKey) -> frozenset[str]:
    """What badges signed with a key call their issuer: the key itself, before there was a site."""
    try:
        return known_dids(programme.site.url, key.multibase) | {did_key(key.multibase)}
    except McredError:
        return frozenset()


def _awards(catalog: Catalog) -> Iterator[tuple[bytes, bool]]:
    for record in catalog.records.values():
        for attempt in {*record.awards, *(a for a, _ in record.issued_again)}:
            documents, is_revoked = record.documents(attempt), attempt in record.revocations
            for number, document in documents.items():
                if is_revoked or number < max(documents):
                    yield document, is_revoked


def _stacked(catalog: Catalog) -> Iterator[tuple[bytes, bool]]:
    for record in catalog.stacked.values():
        for number, award in record.awards.items():
            newest = record.newest_of(number)
            if award is not None and (newest in record.revocations or newest != number):
                yield award.document, newest in record.revocations


def _digest(document: bytes) -> str:
    try:
        read = read_json(document)
    except McredError:
        return ""
    return digest_content(read) if proofs_of(read) else ""

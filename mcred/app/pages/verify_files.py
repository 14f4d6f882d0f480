"""The files by which a browser checks badges on the site itself, the issuer's keys and what ended; and
endorsements: the keys of those who endorse, and what they withdrew.

Of each key it is said on which days it was in use, as `mcred verify` asks the record. The keys of those who
endorse stand apart, since they make no badge valid.

What was revoked or replaced is named by the digest of what the badge says, which no one can guess: a badge
has a random salt. So those of people who publish nothing can be among them. Unsigned badges are left out;
nothing vouches for them anyway.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from mcred.app.endorsements.endorsers import Endorsers
from mcred.badges.json_reader import read_json
from mcred.badges.keys import did_key, known_dids, method_id
from mcred.badges.proof_pair import digest_content, proofs_of
from mcred.domain.catalog import Catalog
from mcred.domain.issuer_key import PublicKey
from mcred.domain.programme import Programme
from mcred.problems import McredError
from mcred.website.addresses import ENDORSER_KEYS, ISSUER_KEYS, NO_LONGER_VALID

_Listed = dict[str, dict[str, Any]]


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


def verify_files(endorsers: Endorsers, ended: Iterable[EndedBadge]) -> dict[str, bytes]:
    """The files by their paths, also where there is nothing to say: then no badge is the issuer's.
    `endorsers`: what the record knows of those who endorse, and of the programme."""
    keys = _list_issuer(endorsers.programme)
    found = set(ended)
    listed = {
        "revoked": sorted(one.digest for one in found if one.is_revoked),
        "replaced": sorted(one.digest for one in found if not one.is_revoked),
    }
    files: dict[str, dict[str, Any]] = {
        ISSUER_KEYS: keys,
        NO_LONGER_VALID: listed,
        ENDORSER_KEYS: _list_endorsers(endorsers, keys),
    }
    return {name: f"{json.dumps({'format': 1, **said}, indent=1)}\n".encode() for name, said in files.items()}


def _list_issuer(programme: Programme) -> _Listed:
    issuers: dict[str, dict[str, str]] = {}
    periods: dict[str, dict[str, str | None]] = {}
    for key in programme.issuer.keys:
        periods.setdefault(key.multibase, _period(key))
        for did in sorted(_names(programme, key)):
            issuers.setdefault(did, {})[method_id(did, key)] = key.multibase
    return {"issuers": issuers, "periods": periods}


def _list_endorsers(endorsers: Endorsers, own: _Listed) -> _Listed:
    """Under each id that someone endorses by, their keys; and what of that counts as withdrawn. `own`: the
    programme's keys."""
    issuers: dict[str, dict[str, str]] = {}
    periods: dict[str, dict[str, str | None]] = {}
    for other in endorsers.others:
        for multibase in sorted(other.keys):
            periods[multibase] = {"since": "", "until": None}
            for did in dict.fromkeys((other.did or f"did:key:{multibase}", f"did:key:{multibase}")):
                issuers.setdefault(did, {})[f"{did}#{multibase}"] = multibase
    for did, keys in endorsers.keys.items():
        for key in keys:
            periods[key.multibase] = _period(key)
            issuers.setdefault(did, {})[method_id(did, key)] = key.multibase
    issuers |= own["issuers"]
    said = {signer: sorted(endorsers.withdrawn_by(signer)) for signer in issuers}
    return {
        "issuers": issuers,
        "periods": periods | own["periods"],
        "withdrawn": {signer: digests for signer, digests in said.items() if digests},
    }


def _period(key: PublicKey) -> dict[str, str | None]:
    return {"since": key.since.isoformat(), "until": key.until.isoformat() if key.until else None}


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

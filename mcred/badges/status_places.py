"""Allocating and setting entries of a programme's status lists while awards are issued or revoked.

A list belongs to one issuer at one URL. New badges take a free entry of the newest list of today's issuer at
today's site; if there is none, or it is full, a new list is begun. Lists of an earlier site are changed only
with a key that signed for that issuer before: a key that its DID document does not list would invalidate the
list. Reads no clock and draws no random numbers.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct, field

from mcred.badges.keys import IssuerKey
from mcred.badges.open_badge import StatusPlace
from mcred.badges.proof import issuer_of
from mcred.badges.proof_pair import proofs_of
from mcred.badges.status_list import SIZE, choose_index, parse_index, read_bits, sign_list
from mcred.domain.award import status_file


class StatusLedger(Struct):
    """The lists by number, the entries in use, and the pending changes."""

    lists: Mapping[int, Mapping[str, Any]]
    used: dict[str, set[int]]
    """List URL → the indexes in use by badges."""
    methods: frozenset[str]
    """Every key that ever signed a badge or list, by its absolute id."""
    _begun: dict[int, tuple[str, str]] = field(default_factory=dict)
    """New lists: their URL and issuer."""
    _revoked: dict[str, set[int]] = field(default_factory=dict)

    def take(self, root: str, did: str, draw: int) -> StatusPlace:
        """Allocate a free entry for a new badge of issuer `did` at the site `root`."""
        number = self._current(root, did)
        if number is None:
            number = max((*self.lists, *self._begun), default=0) + 1
            self._begun[number] = (f"{root}/{status_file(number)}", did)
        address = f"{root}/{status_file(number)}"
        taken = self.used.setdefault(address, set())
        index = choose_index(taken, draw)
        taken.add(index)
        return StatusPlace(list=address, index=index)

    def _current(self, root: str, did: str) -> int | None:
        """The newest list, if it is of this issuer and site and has room."""
        known = {n: (str(d.get("id")), issuer_of(d)) for n, d in self.lists.items()} | self._begun
        fitting = [n for n, where in known.items() if where == (f"{root}/{status_file(n)}", did)]
        newest = max(fitting, default=None)
        is_full = newest is not None and len(self.used.get(known[newest][0], ())) >= SIZE
        return None if is_full else newest

    def revoke(self, place: StatusPlace) -> None:
        """Set a badge's bit: it is revoked."""
        self._revoked.setdefault(place.list, set()).add(place.index)

    @property
    def pending(self) -> tuple[str, ...]:
        """The URLs of lists with bits to set."""
        return tuple(sorted(self._revoked))

    def sign(
        self, key: IssuerKey, name: str, issued: datetime
    ) -> tuple[Mapping[int, bytes], tuple[str, ...]]:
        """The new or changed lists, signed, by number; and the URLs of those that cannot be changed.

        `name`: the key's name in did.json. A list whose bits are all set already is not signed again.
        """
        written: dict[int, bytes] = {}
        numbers = {str(document.get("id")): n for n, document in self.lists.items()}
        for number, (address, did) in sorted(self._begun.items()):
            bits = self._revoked.pop(address, set())
            written[number] = _write(sign_list(address, bits, key, f"{did}#{name}", issued))
        lost = []
        for address, places in sorted(self._revoked.items()):
            if address not in numbers:
                lost.append(address)
                continue
            document = self.lists[numbers[address]]
            before = read_bits(document)
            if places <= before:
                continue
            method = f"{issuer_of(document)}#{name}"
            if method not in self.methods:
                lost.append(address)
                continue
            written[numbers[address]] = _write(sign_list(address, places | before, key, method, issued))
        return written, tuple(lost)


def open_ledger(
    lists: Mapping[int, bytes], awards: Iterable[bytes], listed: Iterable[str] = ()
) -> StatusLedger:
    """The ledger of the stored lists, with the entries of every stored award.

    `listed`: absolute ids of keys that may sign though they have not yet.
    """
    documents = {number: _parse(data) for number, data in lists.items()}
    methods = {*listed, *(_method_of(document) for document in documents.values())}
    used: dict[str, set[int]] = {}
    for data in awards:
        # Parsing takes most of the time; an award without a proof has neither entry nor key.
        if b'"proof"' in data:
            award = _parse(data)
            methods.add(_method_of(award))
            if place := place_of(award):
                used.setdefault(place.list, set()).add(place.index)
    return StatusLedger(lists=documents, used=used, methods=frozenset(methods - {""}))


def place_of(award: Mapping[str, Any]) -> StatusPlace | None:
    """A badge's status list entry, None when it has none and so cannot be revoked."""
    entry = award.get("credentialStatus")
    if not isinstance(entry, Mapping):
        return None
    address, index = entry.get("statusListCredential"), parse_index(entry.get("statusListIndex"))
    return StatusPlace(list=address, index=index) if isinstance(address, str) and index is not None else None


def read_place(award: bytes) -> StatusPlace | None:
    """The status list entry of a stored badge, or None."""
    return place_of(_parse(award))


def _method_of(document: Mapping[str, Any]) -> str:
    proofs = proofs_of(document)
    method = proofs[0].get("verificationMethod") if proofs else None
    return method if isinstance(method, str) else ""


def _parse(data: bytes) -> Mapping[str, Any]:
    """A stored document; an empty one when unreadable, which has no issuer and no entry."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(document: Mapping[str, Any]) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()

"""A signed badge, changed in one way each: what a cheat would try."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from mcred.badges.keys import issuer_did, method_id
from mcred.badges.proof import sign
from tests.badges.issuing import DID, METHOD, OTHER
from tests.school import NOON

Path = tuple[str | int, ...]


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value of a document that is neither object nor list, with the way to it."""
    inner = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    )
    if inner is None:
        yield path, value
        return
    for step, one in inner:
        yield from leaves(one, (*path, step))


def changed(document: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    """A copy with another value in one place; `...` takes it away."""
    copied = copy.deepcopy(document)
    owner: Any = copied
    for step in path[:-1]:
        owner = owner[step]
    if value is ...:
        del owner[path[-1]]
    else:
        owner[path[-1]] = value
    return copied


def one_leaf_each(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Each value changed once."""
    return {
        ".".join(map(str, path)): changed(
            document, path, value + "x" if isinstance(value, str) else not value
        )
        for path, value in leaves(document)
    }


def tampered(badge: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Larger tricks."""
    unsigned = {name: value for name, value in badge.items() if name != "proof"}
    stranger = issuer_did("", OTHER.multibase)
    foreign = sign(unsigned, OTHER, method_id(stranger, OTHER), NOON)
    forged = sign(unsigned, OTHER, METHOD, NOON)
    other_key = sign(unsigned, OTHER, f"{DID}#{OTHER.multibase}", NOON)
    way: Path = ("proof", 0, "honours") if isinstance(badge["proof"], list) else ("proof", "honours")
    result = badge["credentialSubject"]["result"]
    return {
        "no proof": unsigned,
        "no status": changed(badge, ("credentialStatus",), ...),
        "an undefined member": {**badge, "honours": "first class"},
        "an undefined member inside": changed(badge, ("credentialSubject", "honours"), "first class"),
        "an undefined member of the proof": changed(badge, way, "first class"),
        "a result less": changed(badge, ("credentialSubject", "result"), result[1:]),
        "another's signature": foreign,
        "another's signature under the issuer's key": forged,
        "a key the issuer does not list": other_key,
        "another issuer": changed(badge, ("issuer", "id"), stranger),
        "no contexts": changed(badge, ("@context",), badge["@context"][:2]),
        "an inline context": changed(
            {**badge, "honours": "first class"},
            ("@context",),
            [*badge["@context"], {"honours": "https://schema.org/award"}],
        ),
        "a remote context": changed(
            badge, ("@context",), [*badge["@context"], "https://evil.example/c.json"]
        ),
        "an alias of an end": changed(
            changed(badge, ("credentialStatus",), ...), ("expirationDate",), "2099-01-01T00:00:00Z"
        ),
    }

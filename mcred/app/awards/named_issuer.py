"""Parses the name of an issuer: a key, a DID, the address of a profile, or a file with one of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mcred.app.awards.resolver import open_file, shorten
from mcred.badges.checks import NamedIssuer
from mcred.badges.json_reader import as_utf8, read_json
from mcred.badges.keys import read_public_key
from mcred.badges.links import clean_link, is_plain_id
from mcred.badges.others.public_keys import expand_did, read_method, read_multikey, spell_multikey
from mcred.problems import McredError, NextStep, next_step

_LARGEST = 64 * 1024
_DID_WEB = re.compile(r"did:web:[A-Za-z0-9._%-]+(:[A-Za-z0-9._%-]+)*")
_EXAMPLE = "did:web:badges.example.org"
VERIFY = next_step("verify", "FILE", "--issuer", _EXAMPLE, note="or its did.json, or its key")


def read_named(at: Path, text: str, hint: NextStep = VERIFY) -> tuple[NamedIssuer, bytes | None]:
    """The issuer named by the text, or by the file of that name, with the did.json where it is one.

    Raises McredError with `hint` when it names none.
    """
    if (named := parse_issuer(text)) is not None:
        return named, None
    if text.startswith(("did:", "https:", "http:")):
        raise _refusal(text, hint)
    try:
        with open_file(at, text) as file:
            data = as_utf8(file.read(_LARGEST))
    except (McredError, OSError) as error:
        raise _refusal(text, hint) from error
    try:
        document = read_json(data)
    except McredError:
        words = data.decode("utf-8", "replace").strip()
        named = parse_issuer(words) or parse_issuer(read_public_key(words))
        if named is None:
            raise _refusal(text, hint) from None
        return named, None
    keys, name = frozenset(_keys(document)), document.get("id")
    if not keys or not isinstance(name, str) or not is_plain_id(name):
        raise _refusal(text, hint)
    return NamedIssuer(did=name, keys=keys), data


def parse_issuer(text: str) -> NamedIssuer | None:
    """The issuer that a key, a DID or the address of a profile names; None for any other text."""
    if text.startswith("https://"):
        return NamedIssuer(did=text) if clean_link(text) == text and text.isprintable() else None
    if _DID_WEB.fullmatch(text):
        return NamedIssuer(did=text)
    did = text if text.startswith("did:") else f"did:key:{text}"
    if (document := expand_did(did)) is None:
        return None
    return NamedIssuer(did=did, keys=frozenset(_keys(document)))


def _keys(document: dict[str, Any]) -> list[str]:
    """The keys that a did.json lists for awards."""
    allowed, methods = document.get("assertionMethod"), document.get("verificationMethod")
    if not isinstance(allowed, list) or not isinstance(methods, list):
        return []
    listed = [m for m in methods if isinstance(m, dict) and m.get("id") in allowed]
    found = [spell_multikey(jwk) for m in listed if (jwk := read_method(m)) is not None]
    return [key for key in found if key and read_multikey(key) is not None]


def _refusal(text: str, hint: NextStep) -> McredError:
    what = (
        "does not name an issuer: use a key (z6Mk…), did:key, did:web, its https address, or a file with one"
    )
    return McredError(f"{shorten(text)} {what}", hint=hint)

"""Parses `--issuer`: a key, a DID, or a file with one of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mcred.app.awards.resolver import open_file, shorten
from mcred.badges.checks import NamedIssuer
from mcred.badges.json_reader import as_utf8, read_json
from mcred.badges.keys import expand_did_key, read_public_key
from mcred.problems import McredError, next_step

_LARGEST = 64 * 1024
_DID_WEB = re.compile(r"did:web:[A-Za-z0-9._%-]+(:[A-Za-z0-9._%-]+)*")


def read_named(at: Path, text: str) -> tuple[NamedIssuer, bytes | None]:
    """The issuer named by the text, or by the file of that name, with the did.json where it is one."""
    if (named := _read_name(text)) is not None:
        return named, None
    if text.startswith(("did:", "https:", "http:")):
        raise _refusal(text)
    try:
        with open_file(at, text) as file:
            data = as_utf8(file.read(_LARGEST))
    except (McredError, OSError) as error:
        raise _refusal(text) from error
    try:
        document = read_json(data)
    except McredError:
        words = data.decode("utf-8", "replace").strip()
        named = _read_name(words) or _read_name(read_public_key(words))
        if named is None:
            raise _refusal(text) from None
        return named, None
    keys = frozenset(_keys(document))
    if not keys:
        raise _refusal(text)
    return NamedIssuer(did=str(document.get("id")), keys=keys), data


def _read_name(text: str) -> NamedIssuer | None:
    did = text if text.startswith("did:") else f"did:key:{text}"
    if expand_did_key(did) is not None:
        return NamedIssuer(did=did, keys=frozenset({did.removeprefix("did:key:")}))
    return NamedIssuer(did=text) if _DID_WEB.fullmatch(text) else None


def _keys(document: dict[str, Any]) -> list[str]:
    """The keys that a did.json lists for awards."""
    allowed, methods = document.get("assertionMethod"), document.get("verificationMethod")
    if not isinstance(allowed, list) or not isinstance(methods, list):
        return []
    found = [m.get("publicKeyMultibase") for m in methods if isinstance(m, dict) and m.get("id") in allowed]
    return [key for key in found if isinstance(key, str) and _read_name(key)]


def _refusal(text: str) -> McredError:
    return McredError(
        f"{shorten(text)} does not name an issuer: use a key (z6Mk…), did:key, did:web, or a file with one",
        hint=next_step(
            "verify", "FILE", "--issuer", "did:web:badges.example.org", note="or its did.json, or its key"
        ),
    )

"""A badge or an endorsement as it goes out: the document or the token, without the picture it came in."""

from __future__ import annotations

import hashlib
import json

from msgspec import Struct

from mcred.badges.others.opening import OpenedFile
from mcred.badges.verify import is_publishable
from mcred.problems import McredError

MOST_BYTES = 256 * 1024
"""The most bytes of a badge that is shown."""


class PlainBadge(Struct, frozen=True, kw_only=True):
    """The file of a badge, and its name: its SHA-256 with an ending."""

    name: str
    data: bytes


def write_plain(found: OpenedFile) -> PlainBadge:
    """The file of an opened badge or endorsement. Raises McredError for what is neither, or is too large."""
    if found.address:
        raise McredError("it is only the address of a badge", hint="use the badge file itself")
    if not is_publishable(found.document):
        raise McredError("it is not a badge with everything it needs", hint="ask its issuer for the badge")
    data = found.token.text.encode() if found.token is not None else _spell(found)
    if len(data) > MOST_BYTES:
        what = f"it has more than {MOST_BYTES // 1024} KB without its picture"
        raise McredError(what, hint="keep it to yourself")
    ending = "jwt" if found.token is not None else "json"
    return PlainBadge(name=f"{hashlib.sha256(data).hexdigest()}.{ending}", data=data)


def _spell(found: OpenedFile) -> bytes:
    return f"{json.dumps(found.document, indent=2, ensure_ascii=False)}\n".encode()

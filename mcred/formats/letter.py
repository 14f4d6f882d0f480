"""An invitation as one line of text, which is mailed, pasted or kept in a file."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

import msgspec

from mcred.domain.invitation import Letter

MARK = "mcred-invitation:"
_LINE = re.compile(rf"{MARK}([A-Za-z0-9_-]*)")


def write_letter(letter: Letter) -> str:
    """The line, without a line end. It holds the secret key: whoever has it can join as that person."""
    return MARK + urlsafe_b64encode(msgspec.json.encode(letter)).rstrip(b"=").decode("ascii")


def find_letter(text: str) -> Letter | str | None:
    """The first invitation in a text; why it cannot be read; None for a text without one."""
    found = _LINE.search(text)
    if found is None:
        return None
    try:
        data = urlsafe_b64decode(found[1] + "=" * (-len(found[1]) % 4))
        return msgspec.json.decode(data, type=Letter)
    except ValueError:
        return "it is cut short, or was changed on its way"

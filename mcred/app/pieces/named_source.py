"""What a person names to be added: a web address, or a file of their own."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from msgspec.structs import replace

from mcred.domain.text import clean
from mcred.problems import McredError, NextStep
from mcred.store.address import redact
from mcred.store.folder_index import find_typed, is_dropping

_HOST = re.compile(r"www\.|[\w-]+(\.[\w-]+)+/")
"""How a web address begins whose https:// is missing."""


def is_address(what: str, again: NextStep) -> bool:
    """Whether the source is a web address. Raises McredError for an address that no one could open."""
    template = str(again)
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]+)://", what)
    if scheme is None:
        return False
    if scheme[1] not in ("https", "http"):
        raise McredError(
            f"{what} is not a web address; those start with https://",
            hint=template.replace("FILE", "https://…"),
        )
    try:
        parts = urlsplit(what)
        host = parts.hostname
    except ValueError:
        host = None
    if not host or re.search(r"\s", what) or clean(what) != what:
        raise McredError(f"{what} is not a complete web address", hint=template.replace("FILE", "https://…"))
    if parts.password is not None or parts.username:
        raise McredError(
            f"{redact(what)} contains a name or password, and everyone who assesses could read it",
            hint=template.replace("FILE", f"https://{host}{parts.path}"),
        )
    return True


def find_source(at: Path, name: str, again: NextStep) -> Path:
    """The file that the user named. Raises McredError when it cannot be added."""
    path = find_typed(at, name)
    if path.is_symlink():
        raise McredError(f"{name} is a link to another place; add the file itself", hint=again)
    if path.is_dir():
        if path.suffix.lower() in (".key", ".numbers", ".pages"):
            what = (
                f"{name} is stored as a folder of files; choose File > Export To > PDF there, and add the PDF"
            )
            raise McredError(what, hint=again)
        raise McredError(f"{name} is a folder; add its files one by one", hint=again)
    if not path.is_file() and _HOST.match(name):
        address = replace(again, words=(f"https://{name}", *again.words[1:]))
        raise McredError(f"there is no file {name}; a web address starts with https://", hint=address)
    if not path.is_file():
        raise McredError(f"{name} was not found", hint=again)
    if path.stat().st_size == 0:
        raise McredError(f"{name} is empty", hint=again)
    if ".git" in path.resolve().parts:
        said = f"{name} is a file of mcred's own, and some of these are secret; add a file of yours"
        raise McredError(said, hint=again)
    if why := _explain_leftover(path.name):
        raise McredError(f"{name} is not your work itself: {why}", hint=again)
    return path


def _explain_leftover(name: str) -> str:
    """What a file is that another program made beside or instead of a person's own; else empty.

    >>> _explain_leftover(".plan.docx.icloud")
    'plan.docx is not on this computer; open it in Finder, so that iCloud downloads it, and add it then'
    """
    if name.startswith(".") and name.lower().endswith(".icloud"):
        away = f"{name[1 : -len('.icloud')]} is not on this computer"
        return f"{away}; open it in Finder, so that iCloud downloads it, and add it then"
    if name.lower().endswith((".crdownload", ".partial")):
        return "your browser has not downloaded it completely; wait until it has"
    return "an app made it for its own use" if is_dropping(name) else ""

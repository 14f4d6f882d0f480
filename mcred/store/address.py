"""Validation of remote URLs; those that would leak a secret or mislead git are rejected.

Never connects (`remote` does), and knows no host by name.

>>> parse_address("https://example.org/team/programme.git", base=None)
'https://example.org/team/programme.git'
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from mcred.problems import McredError

_SCP = re.compile(
    r"(?P<user>[A-Za-z0-9_][A-Za-z0-9_.-]*)@(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*):(?!/?/?-)(?P<path>\S+)"
)
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


_SECRETS = (
    (re.compile(r"(://)[^/@\s]+@"), r"\1…@"),
    (re.compile(r"\b(?:gh[pousr]_|github_pat_|glpat-|gldt-|gto_)[A-Za-z0-9_-]{6,}"), "…"),
    (re.compile(r"(?i)\b((?:[a-z_]*token|password|secret)=)[^\s&]+"), r"\1…"),
    (re.compile(r"(?i)(authorization:\s*).*"), r"\1…"),
)


def redact(text: str) -> str:
    """The text with passwords and tokens replaced by `…`.

    >>> redact("https://ana:pw@example.org/x?private_token=abc")
    'https://…@example.org/x?private_token=…'
    """
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


def parse_address(url: str, *, base: Path | None) -> str:
    """A remote URL or path in the form passed to git; a relative path is resolved against `base`, and `~`,
    which a shell leaves in `--remote=~/…`, is replaced.

    Raises McredError with a hint when it is not accepted.
    """
    url = url.strip()
    if not url or url.startswith("-") or _CONTROL.search(url):
        raise McredError(
            "that is not a program's address", hint="use one that starts with https://, or a folder"
        )
    scheme = _SCHEME.match(url)
    if scheme:
        return _parse_url(url, scheme[1].lower())
    if _SCP.fullmatch(url):
        return url
    if "::" in url or re.match(r"[^/\\]{2,}:", url):
        raise McredError(
            f"{redact(url)} is not an address mcred can use",
            hint="use one that starts with https://, or a folder",
        )
    folder = Path(os.path.expanduser(url))  # noqa: PTH111 (a Path raises where there is no such home)
    if not folder.is_absolute() and base is None:
        raise McredError(f"the folder {url} is not a full path", hint="write its full path from the root")
    return str(folder if folder.is_absolute() else (base or folder) / folder)


def _parse_url(url: str, scheme: str) -> str:
    if scheme == "file":
        return url
    if scheme not in ("https", "ssh"):
        raise McredError(
            f"an address that starts with {scheme}:// is not safe: others could read or change what is sent",
            hint=f"use https://{url.split('://', 1)[1].rpartition('@')[2]}",
        )
    try:
        parts = urlsplit(url)
        host, secret = parts.hostname, parts.password
    except ValueError:
        host, secret = None, None
        parts = urlsplit("")
    if not host or host.startswith("-"):
        raise McredError("that address has no host", hint="use https://HOST/PATH")
    clean = f"{scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    if scheme == "ssh" and parts.username:
        clean = f"{scheme}://{parts.username}@{parts.netloc.rpartition('@')[2]}{parts.path}"
    # On https a bare user name may be a token (hosts accept that); no programme needs one.
    if secret is not None or parts.query or parts.fragment or (scheme == "https" and parts.username):
        raise McredError(
            "the address contains a name, a password, or a token, and others could read it there",
            hint=f"use {clean}   (you will be asked to sign in when needed)",
        )
    return url


def local_path(url: str) -> Path | None:
    """The local folder a remote URL names, read as git reads it; None for any other URL.

    >>> local_path("file:///srv/our%20team.git").as_posix()
    '/srv/our team.git'
    """
    place = Path(unquote(url.removeprefix("file://")) if url.startswith("file://") else url)
    return place if place.is_absolute() else None

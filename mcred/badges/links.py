"""Normalizing URLs for signed documents: absolute and URL-safe.

Only http and https; anything else becomes '' and is left out by the caller. Uses no network.

>>> clean_link("https://Schule.example/Übung 1?x=a|b")
'https://schule.example/%C3%9Cbung%201?x=a%7Cb'
"""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit, urlunsplit

_STRAY_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")
PLAIN = ":@!$&'()*+,;=~"
"""Characters allowed unencoded in a path segment (RFC 3986, `pchar`)."""
_SAFE = "/%" + PLAIN


def clean_link(text: str) -> str:
    """An absolute http(s) URL in URL-safe characters, '' when the text is none."""
    try:
        parts = urlsplit(text.strip())
        host = (parts.hostname or "").encode("idna").decode("ascii")
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not re.fullmatch(r"[a-z0-9.-]+", host) or "@" in parts.netloc:
        return ""
    query, fragment = _quote(parts.query, "?"), _quote(parts.fragment, "?")
    return urlunsplit((parts.scheme, host + port, _quote(parts.path), query, fragment))


def site_root(url: str) -> str:
    """A site's base URL without a trailing slash; '' for no site."""
    return clean_link(url).rstrip("/")


def same_site(one: str, other: str) -> bool:
    """Whether two https addresses are of the same host and port."""
    first, second = urlsplit(clean_link(one)), urlsplit(clean_link(other))
    return first.scheme == "https" and first[:2] == second[:2]


def suggest_trust(issuer: str) -> str:
    """The advice to add an issuer to the list of those one knows; without a command for an id that a shell,
    or a reader, could take for something else."""
    if is_plain_id(issuer):
        return f"if you know this issuer, say so: mcred trust add NAME {issuer}"
    return "ask the issuer you know whether this badge is theirs: its id has signs that an id should not have"


def is_plain_id(issuer: str) -> bool:
    """Whether an issuer's id, which a stranger wrote, can stand in a command as it is."""
    return re.fullmatch(r"(did:|https://)[A-Za-z0-9][A-Za-z0-9._:/%-]*", issuer) is not None


def _quote(text: str, more: str = "") -> str:
    try:
        return quote(_STRAY_PERCENT.sub("%25", text), safe=_SAFE + more)
    except UnicodeEncodeError:
        return ""

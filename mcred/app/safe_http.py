"""The only network access beside git's: fetches one document from a public https address, within bounds.

Strangers choose the address (a badge, a link in it), so a computer inside a school's network must not be made
to contact its neighbours (TRUST: SSRF on `verify URL`):

1. https only, with the certificate checked for the name that was asked for;
2. the name is looked up once, every address it has must be public, and exactly a checked one is connected to:
   a name that answers differently the second time leads nowhere else;
3. redirects are followed within the same host only;
4. five seconds in all, however slowly it answers; one megabyte; uncompressed.

Proxies of the environment are not used: behind one, the connected address is unknown.
"""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from msgspec import Struct

from mcred.badges.links import clean_link
from mcred.problems import Exit, McredError, next_step

if TYPE_CHECKING:
    import socket

MAX_BYTES = 1024 * 1024
SECONDS = 5.0
MAX_STEPS = 4
"""The most responses, the first one included."""
_ACCEPTED = "application/ld+json, application/json, image/png, image/svg+xml, */*;q=0.5"
"""A badge's address often is a page for people as well."""
_SENDS_ON = (301, 302, 303, 307, 308)

ResolveHost = Callable[[str, int], Sequence[str]]
Connect = Callable[[str, int, str, float], "socket.socket"]
"""Opens a connection to (address, port) that is verified for the named host, within so many seconds."""


class Target(Struct, frozen=True, kw_only=True):
    """A parsed address."""

    host: str
    port: int
    path: str


def fetch(
    url: str,
    *,
    resolve: ResolveHost | None = None,
    connect: Connect | None = None,
    seconds: float = SECONDS,
) -> bytes:
    """The document at an address. Raises McredError that says why it could not be fetched."""
    first = parse_target(url)
    lines: list[socket.socket] = []
    dial = connect or open_line

    def work() -> bytes:
        addresses = _checked(first, resolve or look_up)
        where = first
        for _ in range(MAX_STEPS):
            line = _dial(addresses, where, dial, seconds)
            lines.append(line)
            try:
                status, onward, body = _ask(line, where)
            finally:
                line.close()
            if status not in _SENDS_ON:
                return _body(status, body)
            where = _onward(where, onward)
        raise _away("it redirects too many times")

    return _within(seconds, work, lines)


def parse_target(url: str) -> Target:
    """Host, port and path of an https address. Raises McredError for anything else."""
    link = clean_link(url)
    parts = urlsplit(link)
    if parts.scheme != "https" or not parts.hostname:
        raise McredError(
            f"{url} is not an https address", hint=next_step("verify", "FILE"), code=Exit.REFUSED
        )
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(host=parts.hostname, port=parts.port or 443, path=path)


def is_public(address: str) -> bool:
    """Whether an address belongs to the public network, and to one computer of it.

    IPv6 is an allow list, not a deny list: only global unicast, and of that no block whose addresses embed
    another one (6to4, Teredo) or are reserved. The one embedding that is allowed is NAT64's (RFC 6052), if
    the IPv4 address inside is public.

    >>> is_public("192.0.43.8"), is_public("::ffff:10.0.0.1")
    (True, False)
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv4Address):
        return found.is_global and not found.is_multicast and not any(found in b for b in _NOT_ONES_OWN)
    if found in _NAT64:
        return is_public(str(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)))
    return found in _GLOBAL and not any(found in block for block in _SET_APART) and not found.scope_id


_NOT_ONES_OWN = (ipaddress.IPv4Network("192.0.0.0/24"), ipaddress.IPv4Network("192.88.99.0/24"))
"""Protocol assignments and 6to4's relays: of the IANA register, but whoever answers there is near by."""
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_GLOBAL = ipaddress.IPv6Network("2000::/3")
_SET_APART = tuple(
    ipaddress.IPv6Network(block) for block in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)


def look_up(host: str, port: int) -> Sequence[str]:
    """All addresses of a name."""
    import socket

    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def open_line(address: str, port: int, host: str, seconds: float) -> socket.socket:
    """A TLS connection to an address whose certificate is valid for the host."""
    import socket
    import ssl

    plain = socket.create_connection((address, port), timeout=seconds)
    try:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise


def _checked(target: Target, resolve: ResolveHost) -> Sequence[str]:
    """The addresses of a host; one that is not public rejects them all."""
    addresses = resolve(target.host, target.port)
    if not addresses:
        raise _away(f"{target.host} has no address")
    if not all(is_public(address) for address in addresses):
        raise _away(f"{target.host} is not on the public internet")
    return addresses


def _dial(addresses: Sequence[str], target: Target, connect: Connect, seconds: float) -> socket.socket:
    """A connection to the first address that answers."""
    failed: OSError | None = None
    for address in addresses[:4]:
        try:
            return connect(address, target.port, target.host, seconds)
        except OSError as error:
            failed = error
    raise failed or _away(f"{target.host} has no address")


def _ask(line: socket.socket, target: Target) -> tuple[int, str, bytes | None]:
    """Status, redirect target, and the body; None for one that is too large or compressed."""
    from http.client import HTTPSConnection

    asked = HTTPSConnection(target.host, target.port)
    asked.sock = line
    asked.request("GET", target.path, headers={"Accept": _ACCEPTED, "Accept-Encoding": "identity"})
    answer = asked.getresponse()
    onward = answer.headers.get("Location") or ""
    if answer.status != 200:
        return answer.status, onward, b""
    if (answer.headers.get("Content-Encoding") or "identity").lower() != "identity":
        return answer.status, onward, None
    body = answer.read(MAX_BYTES + 1)
    return answer.status, onward, body if len(body) <= MAX_BYTES else None


def _body(status: int, body: bytes | None) -> bytes:
    if status != 200:
        raise _away("there is nothing at that address" if status in (404, 410) else f"it answers {status}")
    if body is None:
        raise _away(f"it is larger than {MAX_BYTES // 2**20} MB, or packed")
    return body


def _onward(here: Target, onward: str) -> Target:
    """The target of a redirect, if that is the same host."""
    base = f"https://{here.host}{f':{here.port}' if here.port != 443 else ''}{here.path}"
    there = parse_target(urljoin(base, onward))
    if not onward or (there.host, there.port) != (here.host, here.port):
        raise _away(f"it redirects to another host ({there.host})")
    return there


def _within(seconds: float, work: Callable[[], bytes], lines: list[socket.socket]) -> bytes:
    """The result of some work within a time limit; a lookup cannot be stopped and is abandoned."""
    from socket import SHUT_RDWR

    done: list[bytes | Exception] = []

    def run() -> None:
        try:
            done.append(work())
        except Exception as error:
            done.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if not done:
        for line in lines:
            with suppress(OSError):
                line.shutdown(SHUT_RDWR)
        raise _away(f"no complete answer within {seconds:g} seconds")
    result = done[0]
    if isinstance(result, McredError):
        raise result
    if isinstance(result, Exception):
        raise _away(_explain(result)) from result
    return result


def _explain(error: Exception) -> str:
    """Why a connection failed, as text."""
    import socket
    import ssl

    if isinstance(error, socket.gaierror):
        return "there is no such host, or no internet connection here"
    if isinstance(error, ssl.SSLCertVerificationError):
        return "its certificate cannot be trusted"
    if isinstance(error, ssl.SSLError):
        return "no encrypted connection to it can be made"
    return "it does not answer" if isinstance(error, OSError) else "its answer is not valid https"


def _away(why: str) -> McredError:
    return McredError(why, hint=next_step("verify", "FILE"), code=Exit.UNREACHABLE)

"""What is asked of the network, and what never is: addresses, redirects, sizes, time.

The server is a real one with a certificate, on this computer; that it may be reached at all is what the tests
put in place of the strict looking up and connecting. Without these two it is refused, which is tested too.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from mcred.app import safe_http as web
from mcred.app.safe_http import MAX_BYTES, fetch, is_public, open_line, parse_target
from mcred.problems import Exit, McredError

PUBLIC = "93.184.215.14"
HOST = "badges.example.org"


@pytest.mark.parametrize(
    "address",
    [PUBLIC, "1.1.1.1", "192.0.43.8", "2606:4700:4700::1111", "2a00:1450:4001:80b::200e", "64:ff9b::1.1.1.1"],
)
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "0.1.2.3", "10.1.2.3", "172.16.0.1", "172.31.255.255"),
        *("192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.0.8", "192.0.2.1", "198.18.0.1"),
        *("198.51.100.1", "203.0.113.1", "192.88.99.1", "224.0.0.1", "239.1.1.1", "240.0.0.1"),
        *("255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:1.1.1.1", "::ffff:7f00:1"),
        *("::127.0.0.1", "::1.1.1.1", "64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe"),
        *("64:ff9b:1::1.1.1.1", "100::1", "2001::1", "2001:0:53aa:64c:0:7c83:f5ff:fffe", "2001:10::1"),
        *("2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:101:101::1", "3fff::1", "fc00::1", "fd12::1"),
        *("fe80::1", "fe80::1%eth0", "2606:4700::1111%1", "fec0::1", "ff02::1", "ff0e::1", "4000::1"),
        *("5f00::1", "", "localhost", "127.1", "0x7f.1", "2130706433", "1.1.1.1/8"),
    ],
)
def test_addresses_that_are_not_asked(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        *("http://badges.example.org/x", "ftp://badges.example.org/x", "file:///etc/passwd", "//x.example/y"),
        *("https://", "https://me@x.example/", "https://me:pw@x.example/", "https://x.example:port/"),
        *("https://[::1]/", "https://x_y/", "https://x.example:99999/", "badge.json", ""),
    ],
)
def test_what_is_no_https_address(url: str) -> None:
    with pytest.raises(McredError, match="not an https address"):
        fetch(url, resolve=refuse, connect=refuse)


def test_an_address_cannot_carry_another_line_of_the_request() -> None:
    target = parse_target("https://badges.example.org/a b\r\nHost: evil?x=1\n#part")
    assert target.host == HOST and target.port == 443
    assert not any(c in target.path for c in " \r\n#")


def refuse(*_: object) -> Any:
    raise AssertionError("nothing may be asked")


@pytest.mark.parametrize("answers", [["127.0.0.1"], [PUBLIC, "10.0.0.1"], ["::1", PUBLIC], ["fe80::1%1"]])
def test_a_name_with_one_address_inside_is_not_asked_at_all(answers: list[str]) -> None:
    with pytest.raises(McredError, match="not on the public internet") as refused:
        fetch(f"https://{HOST}/x", resolve=lambda host, port: answers, connect=refuse)
    assert refused.value.code is Exit.UNREACHABLE


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/", "https://localhost/", "https://127.1/", "https://2130706433/"]
)
def test_this_computer_is_not_asked_under_any_name(url: str) -> None:
    with pytest.raises(McredError, match=r"not on the public internet|no such host"):
        fetch(url, connect=refuse)


@dataclass(slots=True)
class Served:
    """A server on this computer: what it answers by path, and what it was asked."""

    port: int
    trust: ssl.SSLContext
    answers: dict[str, Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    looked_up: list[str] = field(default_factory=list)
    dialled: list[str] = field(default_factory=list)

    def resolve(self, host: str, port: int) -> list[str]:
        self.looked_up.append(host)
        # As a name that changes its answer would: only the first is to be believed.
        return [PUBLIC] if len(self.looked_up) == 1 else ["127.0.0.1"]

    def connect(self, address: str, port: int, host: str, seconds: float) -> socket.socket:
        self.dialled.append(address)
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=seconds)
        return self.trust.wrap_socket(plain, server_hostname=host)

    def fetch(self, path: str, seconds: float = 5.0, host: str = HOST) -> bytes:
        return fetch(f"https://{host}{path}", resolve=self.resolve, connect=self.connect, seconds=seconds)


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for the test's host, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "cert.pem", folder / "key.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    return public, private


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    public, private = certificate(tmp_path)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append((self.path, self.headers["Host"]))
            found.answers[self.path](self)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(public, private)
    server.socket = own.wrap_socket(server.socket, server_side=True)
    monkeypatch.setattr(server, "handle_error", lambda *_: None)
    found = Served(port=server.server_port, trust=ssl.create_default_context(cafile=str(public)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield found
    server.shutdown()
    server.server_close()
    thread.join(5)


def answer(
    status: int = 200, body: bytes = b"{}", **headers: str
) -> Callable[[BaseHTTPRequestHandler], None]:
    def write(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return write


def test_a_document_is_brought_from_the_address_that_was_checked(served: Served) -> None:
    served.answers["/a/badge.json?x=1"] = answer(body=b"whole")
    assert served.fetch("/a/badge.json?x=1#proof") == b"whole"
    assert served.asked == [("/a/badge.json?x=1", HOST)]
    assert served.dialled == [PUBLIC]


def test_sending_on_stays_with_the_host_and_with_the_first_look_up(served: Served) -> None:
    served.answers["/a/x"] = answer(301, Location="../b/y")
    served.answers["/b/y"] = answer(302, Location=f"https://{HOST}/c")
    served.answers["/c"] = answer(body=b"there")
    assert served.fetch("/a/x") == b"there"
    assert served.looked_up == [HOST] and set(served.dialled) == {PUBLIC}


@pytest.mark.parametrize(
    ("there", "why"),
    [
        ("https://evil.example/x", r"another host \(evil.example\)"),
        (f"https://{HOST}:8443/x", "another host"),
        (f"http://{HOST}/x", "not an https address"),
        ("file:///etc/passwd", "not an https address"),
        ("//127.0.0.1/x", "another host"),
        ("", "another host"),
        ("/round", "redirects too many times"),
    ],
)
def test_sending_on_elsewhere_is_refused(served: Served, there: str, why: str) -> None:
    served.answers["/round"] = answer(302, Location=there)
    with pytest.raises(McredError, match=why):
        served.fetch("/round")
    assert len(served.asked) <= 4


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (answer(404), "nothing at that address"),
        (answer(500), "it answers 500"),
        (answer(204), "it answers 204"),
        (answer(200, b"x" * (MAX_BYTES + 1)), "larger than 1 MB"),
        (answer(200, b"\x1f\x8b", Content_Encoding="gzip"), "packed"),
        (answer(200, b"", X="y" * 70_000), "not valid https"),
        (lambda handler: handler.wfile.write(b"SSH-2.0-x\r\n"), "not valid https"),
    ],
)
def test_answers_that_are_not_taken(
    served: Served, said: Callable[[BaseHTTPRequestHandler], None], why: str
) -> None:
    served.answers["/x"] = said
    with pytest.raises(McredError, match=why):
        served.fetch("/x")


def test_one_megabyte_is_taken(served: Served) -> None:
    served.answers["/x"] = answer(200, b"x" * MAX_BYTES)
    assert len(served.fetch("/x")) == MAX_BYTES


@pytest.mark.parametrize("where", ["head", "body"])
def test_a_drop_now_and_then_does_not_hold_the_line_open(served: Served, where: str) -> None:
    """Each single wait is short, so that only a limit for the whole ends it."""

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + (b"" if where == "head" else b"\r\n"))
        for _ in range(40):
            time.sleep(0.05)
            handler.wfile.write(b"X: y\r\n")

    served.answers["/x"] = drip
    begun = time.monotonic()
    with pytest.raises(McredError, match=r"within 0\.4 seconds"):
        served.fetch("/x", seconds=0.4)
    assert time.monotonic() - begun < 1.5


def test_a_name_that_is_looked_up_for_ever_is_left() -> None:
    def slow(host: str, port: int) -> list[str]:
        time.sleep(1)
        return []

    begun = time.monotonic()
    with pytest.raises(McredError, match="within"):
        fetch(f"https://{HOST}/", resolve=slow, connect=refuse, seconds=0.1)
    assert time.monotonic() - begun < 0.8


def test_a_certificate_of_another_name_is_refused(served: Served) -> None:
    served.answers["/x"] = answer()
    with pytest.raises(McredError, match="certificate"):
        served.fetch("/x", host="other.example.org")
    assert not served.asked


def test_the_strict_line_takes_no_certificate_of_our_own(served: Served) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        open_line("127.0.0.1", served.port, HOST, 5)


def test_no_one_there(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        served.port = taken.getsockname()[1]
        with pytest.raises(McredError, match="does not answer"):
            served.fetch("/x")
    monkeypatch.setattr(web, "look_up", lambda host, port: [])
    with pytest.raises(McredError, match="has no address"):
        fetch(f"https://{HOST}/x", connect=refuse)

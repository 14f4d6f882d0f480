"""Badges of other kinds and files that are none, as recognizers get them, with the words that name them."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

from mcred.badges.bake import read_chunks, write_chunks
from mcred.badges.default_image import draw_artwork, write_png, write_svg
from tests.badges.issuing import a_badge, with_one_proof

V2 = {
    "@context": "https://w3id.org/openbadges/v2",
    "type": "Assertion",
    "id": "https://api.school.example/public/assertions/x1",
    "recipient": {"type": "email", "hashed": True, "identity": "sha256$0"},
    "badge": {
        "type": "BadgeClass",
        "name": "Feedback",
        "issuer": {"name": "School", "id": "https://s.example"},
    },
    "verification": {"type": "HostedBadge"},
    "issuedOn": "2024-05-01T00:00:00Z",
}
V1_1 = {**V2, "@context": "https://w3id.org/openbadges/v1", "badge": "https://api.school.example/badge/1"}
V1_0 = {"recipient": "a@b.example", "badge": {"version": "1.0.0", "name": "X"}, "issued_on": "2012-01-01"}
V0_5 = {"uid": "1", "recipient": {"identity": "x"}, "badge": "https://s.example/b", "verify": {}}
ART = draw_artwork("Questioning", "Wait Time", "wait-time")


def with_proof(**changes: Any) -> dict[str, Any]:
    """A badge that is secured in another way."""
    badge = {**with_one_proof(a_badge()), "validFrom": "2020-01-01T00:00:00Z"}
    return {**badge, "proof": {**badge["proof"], **changes}}


def token(head: dict[str, Any], body: dict[str, Any]) -> bytes:
    """A compact JWS."""
    parts = [base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=") for p in (head, body)]
    return b".".join([*parts, b"c2lnbmF0dXJl"])


def png(kind: bytes, data: bytes) -> bytes:
    """A picture with one more chunk under the older keyword."""
    *chunks, end = read_chunks(write_png(ART, 16))
    return write_chunks([*chunks, (kind, b"openbadges\0" + data), end])


def svg(inside: str) -> bytes:
    """A picture with an older badge's element."""
    node = f'<openbadges:assertion xmlns:openbadges="http://openbadges.org" {inside}</openbadges:assertion>'
    return write_svg(ART).replace(b"</svg>", node.encode() + b"</svg>")


OLD = {name: value for name, value in with_proof().items() if name != "proof"}
JWS = token({"alg": "RS256"}, V2)
JWT = token({"alg": "ES256", "typ": "vc+jwt"}, OLD)
TEXT = json.dumps(V2)
_ESCAPED = TEXT.replace("&", "&amp;").replace("<", "&lt;")
FILES: dict[str, tuple[bytes | dict[str, Any], str]] = {
    "ob2.json": (V2, "a hosted badge"),
    "ob1-1.json": (V1_1, "a hosted badge"),
    "ob1.json": (V1_0, "it is not signed"),
    "ob0.json": (V0_5, "it is not signed"),
    "ob2.jws": (JWS, "its key"),
    "itxt.png": (png(b"iTXt", b"\0\0\0\0" + TEXT.encode()), "a hosted badge"),
    "itxt-jws.png": (png(b"iTXt", b"\0\0\0\0" + JWS), "its key"),
    "itxt-packed.png": (png(b"iTXt", b"\1\0\0\0" + zlib.compress(TEXT.encode())), "a hosted badge"),
    "text-address.png": (png(b"tEXt", b"https://s.example/a/1"), "https://s.example/a/1"),
    "text.png": (png(b"tEXt", TEXT.encode()), "a hosted badge"),
    "ztxt.png": (png(b"zTXt", b"\0" + zlib.compress(TEXT.encode())), "a hosted badge"),
    "verify.svg": (svg(f'verify="{JWS.decode()}">'), "its key"),
    "address.svg": (svg('verify="https://s.example/a/1">'), "https://s.example/a/1"),
    "inside.svg": (svg(f">{_ESCAPED}"), "a hosted badge"),
    "badge.jwt": (JWT, "not at hand"),
    "none.jwt": (token({"alg": "none"}, OLD), "not signed"),
    "512.jwt": (token({"alg": "PS512"}, OLD), "(a JWT, PS512)"),
    "sd.jwt": (JWT + b"~WyJhIl0~", "(an SD-JWT, ES256)"),
    "enveloped.json": (
        {"type": "EnvelopedVerifiableCredential", "id": f"data:application/vc+jwt,{JWT.decode()}"},
        "not at hand",
    ),
    "sd.json": (with_proof(cryptosuite="ecdsa-sd-2023"), "cryptosuite ecdsa-sd-2023"),
    "2018.json": (with_proof(type="RsaSignature2018"), "proof of type RsaSignature2018"),
    "vc1.json": (
        {**with_proof(), "@context": ["https://www.w3.org/2018/credentials/v1", "https://x.example/c"]},
        "https://x.example/c",
    ),
    "endorsed.json": (
        {**with_proof(), "type": ["VerifiableCredential", "EndorsementCredential"]},
        "endorsement",
    ),
    "class.json": ({"@context": V2["@context"], "type": "BadgeClass"}, "the description of an older badge"),
    "europass.json": (
        {**OLD, "type": ["VerifiableCredential", "EuropeanDigitalCredential"]},
        "Europass",
    ),
    "europass.xml": (b'<?xml version="1.0"?><a xmlns="http://data.europa.eu/snb/model/elm/"/>', "Europass"),
    "photo.jpg": (b"\xff\xd8\xff\xe0" + bytes(range(256)), "a JPEG photo"),
    "photo.heic": (b"\0\0\0\x18ftypheic" + bytes(40), "a HEIC photo"),
    "plain.png": (write_png(ART, 16), "holds no badge"),
    "plain.svg": (write_svg(ART), "holds no badge"),
    "page.html": (b"<!doctype html><html><body>Badge</body></html>", "a web page"),
    "paper.pdf": (b"%PDF-1.7\n\xe2\xe3", "a PDF"),
    "note.txt": ("Ana hält Wait Time".encode(), "not JSON"),
    "empty.json": (b"", "empty"),
    "bom.json": (b"\xef\xbb\xbf", "empty"),
    "letter.docx": (b"PK\x05\x06" + bytes(18), "no badge in this zip file"),
    "other.json": ({"a": 1}, "not as a credential requires"),
    "did.json": ({"id": "did:web:x", "verificationMethod": []}, "an issuer's keys"),
}
FOREIGN = [(name, said) for name, (_, said) in FILES.items()]


def foreign(name: str) -> bytes:
    """The bytes of one of them."""
    data = FILES[name][0]
    return data if isinstance(data, bytes) else json.dumps(data).encode()

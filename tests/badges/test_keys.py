"""Issuer keys: made, stored, published, and the names that issuers get from their addresses."""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import unquote, unquote_to_bytes, urlsplit

import pytest

from mcred.badges.keys import (
    did_address,
    did_document,
    did_file,
    did_key,
    did_web,
    expand_did_key,
    issuer_did,
    make_issuer_key,
    method_id,
    needs_passphrase,
    publish_key,
    read_key,
    write_key,
)
from mcred.badges.links import clean_link
from mcred.domain.issuer_key import PublicKey
from mcred.problems import McredError
from tests.badges.issuing import KEY, OTHER, PUBLIC


def test_a_key_comes_back_from_its_text() -> None:
    plain, locked = write_key(KEY), write_key(KEY, "ünlock me")
    assert read_key(plain) == KEY == read_key(locked, "ünlock me")
    assert plain != locked and needs_passphrase(locked) and not needs_passphrase(plain)
    assert KEY.multibase.startswith("z6Mk") and "PRIVATE" not in repr(KEY)
    assert make_issuer_key(bytes(range(32))) == KEY != OTHER


@pytest.mark.parametrize(
    "text", ["", "hello", "é", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"]
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(McredError, match="not an issuer key"):
        read_key(text)


def test_a_locked_key_needs_its_passphrase() -> None:
    locked = write_key(KEY, "one")
    with pytest.raises(McredError, match="needs its passphrase"):
        read_key(locked)
    with pytest.raises(McredError, match="does not open"):
        read_key(locked, "two")


def test_another_kind_of_key_is_refused() -> None:
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric import ec

    private = ec.generate_private_key(ec.SECP256R1())
    text = private.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()).decode()
    with pytest.raises(McredError, match="not an Ed25519 key"):
        read_key(text)
    with pytest.raises(ValueError, match="32"):
        make_issuer_key(b"short")


SITES = [
    ("https://badges.example.org", "did:web:badges.example.org", ".well-known/did.json"),
    ("https://badges.example.org/", "did:web:badges.example.org", ".well-known/did.json"),
    ("https://Badges.Example.org/team/repo/", "did:web:badges.example.org:team:repo", "did.json"),
    ("https://badges.example.org:8443", "did:web:badges.example.org%3A8443", ".well-known/did.json"),
    ("https://badges.example.org:8443/team", "did:web:badges.example.org%3A8443:team", "did.json"),
    ("https://schule.example/%C3%9Cbung", "did:web:schule.example:%C3%9Cbung", "did.json"),
    ("https://schule.example/%c3%9cbung/", "did:web:schule.example:%C3%9Cbung", "did.json"),
    ("https://schule.example/Übung", "did:web:schule.example:%C3%9Cbung", "did.json"),
    (
        "https://schule.example:8443/sub/école-x/",
        "did:web:schule.example%3A8443:sub:%C3%A9cole-x",
        "did.json",
    ),
    ("https://schule.example/100%25", "did:web:schule.example:100%25", "did.json"),
    ("https://schule.example/a%2541", "did:web:schule.example:a%2541", "did.json"),
    ("https://schule.example/%FF", "did:web:schule.example:%FF", "did.json"),
    ("https://schule.example/~rosa", "did:web:schule.example:%7Erosa", "did.json"),
    ("https://schule.example/a b+c", "did:web:schule.example:a%20b%2Bc", "did.json"),
    ("https://übung.example", "did:web:xn--bung-zra.example", ".well-known/did.json"),
    ("https://a.example/x:y", "did:web:a.example:x%3Ay", "did.json"),
]


@pytest.mark.parametrize(("site", "did", "file"), SITES)
def test_an_issuer_is_named_after_the_site(site: str, did: str, file: str) -> None:
    assert (did_web(site), did_file(site)) == (did, file)
    assert issuer_did(site, KEY.multibase) == did
    assert did_address(did).endswith("/" + file) and did_address(did).startswith("https://")


def resolve(did: str) -> str:
    """Where a did:web's document is, by the letter of the method ("Read"): the colons are slashes, the port's
    is decoded, and all else stays as it is."""
    assert re.fullmatch(r"did:web(:([A-Za-z0-9._-]|%[0-9A-Fa-f]{2})+)+", did), "DID Core, §3.1"
    host, *path = did.removeprefix("did:web:").split(":")
    return "/".join(("https:/", host.replace("%3A", ":"), *(path or [".well-known"]), "did.json"))


def served(address: str) -> tuple[str, bytes]:
    """Whom a request goes to, and which file a web server looks for: a path is decoded once."""
    parts = urlsplit(address)
    assert address.isascii()
    return parts.netloc, unquote_to_bytes(parts.path)


@pytest.mark.parametrize(("site", "did", "file"), SITES)
def test_did_json_is_found_below_the_site_by_any_reader(site: str, did: str, file: str) -> None:
    own = clean_link(site).rstrip("/") + "/" + file
    assert served(resolve(did_web(site))) == served(did_address(did)) == served(own)


@pytest.mark.parametrize(("site", "did", "file"), SITES)
def test_the_library_reads_did_json_where_we_say_it_stands(site: str, did: str, file: str) -> None:
    from openbadgeslib.ob3 import OB3VerificationError, resolve_did

    asked: list[str] = []

    def fetch(address: str) -> bytes:
        asked.append(address)
        raise OSError

    with pytest.raises(OB3VerificationError):
        resolve_did(did, download=fetch)
    # The library decodes a path and leaves it to the request to encode it again.
    assert asked == [did_address(did)] or asked == [unquote(did_address(did))]


@pytest.mark.parametrize(
    "site",
    [
        "http://badges.example.org",
        "badges.example.org",
        "https://",
        "https://user:word@badges.example.org",
        "https://badges.example.org/@team",
        "https://badges.example.org/?a=1",
        "https://badges.example.org/#a",
        "https://192.0.2.7/team",
        "https://[2001:db8::1]/",
        "https://badges.example.org:99999/",
        "https://badges.example.org/a/../b",
        "https://badges.example.org/a/%2E%2E/b",
        "https://badges.example.org/a//b",
        "file:///etc",
    ],
)
def test_an_address_that_cannot_name_an_issuer_is_refused(site: str) -> None:
    with pytest.raises(McredError):
        did_web(site)


def test_did_json_keeps_every_key() -> None:
    did = "did:web:badges.example.org:team"
    old = PublicKey(id="first", multibase=KEY.multibase, since=date(2025, 1, 1), until=date(2026, 1, 1))
    new = publish_key(OTHER, date(2026, 1, 1))
    document = did_document(did, [old, new])
    assert document["id"] == did
    assert document["assertionMethod"] == [f"{did}#first", f"{did}#{OTHER.multibase}"]
    assert [m["id"] for m in document["verificationMethod"]] == document["assertionMethod"]
    assert {m["type"] for m in document["verificationMethod"]} == {"Multikey"}
    assert {m["controller"] for m in document["verificationMethod"]} == {did}
    assert [m["publicKeyMultibase"] for m in document["verificationMethod"]] == [
        KEY.multibase,
        OTHER.multibase,
    ]


def test_did_json_needs_keys_that_can_be_told_apart() -> None:
    with pytest.raises(McredError, match="no key"):
        did_document("did:web:a.example", [])
    with pytest.raises(McredError, match="the same name"):
        did_document("did:web:a.example", [PUBLIC, PUBLIC])
    with pytest.raises(McredError, match="not an Ed25519 key"):
        did_document("did:web:a.example", [PublicKey(id="a", multibase="zQ3sh", since=date(2026, 1, 1))])


def test_a_did_key_is_its_own_document() -> None:
    did = did_key(KEY.multibase)
    document = expand_did_key(did)
    assert document is not None
    assert document["assertionMethod"] == [f"{did}#{KEY.multibase}"] == [method_id(did, PUBLIC)]
    assert expand_did_key("did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme") is None
    assert expand_did_key("did:web:a.example") is None
    with pytest.raises(McredError):
        did_key("z6Mk")


def test_a_key_is_used_from_its_first_to_its_last_day() -> None:
    key = PublicKey(id="a", multibase=KEY.multibase, since=date(2026, 1, 2), until=date(2026, 1, 4))
    days = [date(2026, 1, n) for n in range(1, 6)]
    assert [key.used_on(day) for day in days] == [False, True, True, True, False]
    assert PUBLIC.used_on(date(2099, 1, 1))

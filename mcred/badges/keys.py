"""Issuer keys: generating, storing as PEM, and publishing in a DID document.

Keys are Ed25519. An issuer's DID is `did:web` of the site (with or without a path), or `did:key` without a
site. Does not know where the private key is stored, reads no clock and draws no random numbers: the 32 random
bytes of a new key are an argument.

Ed25519 and PEM are `cryptography`'s; multikey and did:web encoding are `openbadgeslib`'s.

>>> did_file("https://school.example"), did_file("https://school.example/team/badges/")
('.well-known/did.json', 'did.json')
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import quote, unquote, unquote_to_bytes, urlsplit

from msgspec import Struct

from mcred.badges.links import PLAIN, clean_link
from mcred.domain.issuer_key import PublicKey
from mcred.problems import McredError

DID_CONTEXTS = ("https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1")
_ED25519 = re.compile(r"z6Mk[1-9A-HJ-NP-Za-km-z]{44}")
_MAX_PEM = 16 * 1024


class IssuerKey(Struct, frozen=True, kw_only=True):
    """A private key with its public part (`multibase`, z6Mk…)."""

    pem: bytes
    """PKCS #8 without a passphrase: for signing, never to be stored unencrypted."""
    multibase: str

    def __repr__(self) -> str:
        return f"IssuerKey({self.multibase})"


def make_issuer_key(seed: bytes) -> IssuerKey:
    """A key derived from 32 random bytes; deterministic."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    if len(seed) != 32:
        raise ValueError("a key is made from exactly 32 random bytes")
    return _from_private(Ed25519PrivateKey.from_private_bytes(seed))


def write_key(key: IssuerKey, passphrase: str = "") -> str:
    """The private key as PKCS #8 PEM, encrypted when there is a passphrase."""
    from cryptography.hazmat.primitives import serialization as form

    how = form.BestAvailableEncryption(passphrase.encode()) if passphrase else form.NoEncryption()
    private = form.load_pem_private_key(key.pem, password=None)
    return private.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, how).decode("ascii")


def needs_passphrase(text: str) -> bool:
    """Whether a stored key is encrypted."""
    return "-----BEGIN ENCRYPTED PRIVATE KEY-----" in text


def read_key(text: str, passphrase: str = "") -> IssuerKey:
    """Parse a private key from PEM; McredError when it is none, or the passphrase is wrong."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    encrypted = needs_passphrase(text)
    if encrypted and not passphrase:
        raise McredError(
            "the issuer key needs its passphrase", hint="type the same command with the passphrase"
        )
    try:
        raw = text.encode("ascii")[:_MAX_PEM]
        private = form.load_pem_private_key(raw, password=passphrase.encode() if encrypted else None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        what = "the passphrase does not open the issuer key" if encrypted else "this is not an issuer key"
        raise McredError(what, hint="mcred key show") from None
    if not isinstance(private, Ed25519PrivateKey):
        raise McredError("the issuer key is not an Ed25519 key", hint="mcred key new")
    return _from_private(private)


def read_public_key(text: str) -> str:
    """The public key (z6Mk…) of a public or private key in PEM; '' when it is none."""
    from openbadgeslib.errors import LibOpenBadgesException
    from openbadgeslib.ob3 import multikey_from_pem

    try:
        if "PRIVATE KEY" in text:
            return read_key(text).multibase
        return multikey_from_pem(text.encode("ascii")) if "PUBLIC KEY" in text else ""
    except (McredError, LibOpenBadgesException, ValueError, TypeError):
        return ""


def publish_key(key: IssuerKey, since: date) -> PublicKey:
    """The public key as listed in the programme; its name is its multibase."""
    return PublicKey(id=key.multibase, multibase=key.multibase, since=since)


def issuer_did(site: str, multibase: str) -> str:
    """The issuer's DID: did:web of the site's URL, did:key without a site."""
    return did_web(site) if site else did_key(multibase)


def did_key(multibase: str) -> str:
    """The did:key of a key."""
    if not _ED25519.fullmatch(multibase):
        raise McredError(f"{multibase!r} is not an Ed25519 key (z6Mk…)", hint="mcred key show")
    return f"did:key:{multibase}"


def known_dids(site: str, multibase: str) -> frozenset[str]:
    """The issuer DIDs that badges of a site and key may have: today's, and an older spelling with the path
    percent-encoded twice, which other software cannot resolve."""
    from openbadgeslib.ob3 import did_web_from_url

    now = issuer_did(site, multibase)
    return frozenset({now, did_web_from_url(clean_link(site))} if site else {now})


def did_web(site: str) -> str:
    """The did:web of a site's URL: the port's colon and characters not allowed in a DID are percent-encoded
    once, path segments joined by ':' (did:web method specification, DID Core §3.1)."""
    from openbadgeslib.ob3 import did_web_from_url

    link = clean_link(site)
    parts = urlsplit(link)
    if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment:
        raise McredError(
            f"{site} cannot name the issuer: did:web needs an https address without ? and #",
            hint="set site: url: to the https address of the pages, or leave it out to use did:key",
        )
    path = [unquote_to_bytes(part) for part in parts.path.strip("/").split("/") if parts.path.strip("/")]
    if re.fullmatch(r"[0-9.]+", parts.hostname) or {b"", b".", b".."} & set(path):
        raise McredError(
            f"{site} cannot name the issuer: a host name and a plain path are needed",
            hint="use the site's name, not its number",
        )
    try:
        did_web_from_url(link)
        host = did_web_from_url(f"https://{parts.netloc}")
    except ValueError as error:
        raise McredError(f"{site} cannot name the issuer: {error}", hint="set site: url:") from None
    return ":".join((host, *(quote(part, safe="").replace("~", "%7E") for part in path)))


def did_file(site: str) -> str:
    """The path of did.json below the site's root (did:web method specification, "Read")."""
    return "did.json" if urlsplit(clean_link(site)).path.strip("/") else ".well-known/did.json"


def did_address(did: str) -> str:
    """The https URL of a did:web's document; '' for another kind of DID."""
    if not did.startswith("did:web:"):
        return ""
    host, *path = did.removeprefix("did:web:").split(":")
    # A URL's path is percent-encoded too, as the site spells it.
    where = "/".join(quote(unquote_to_bytes(part), safe=PLAIN) for part in path)
    return f"https://{unquote(host)}/{where or '.well-known'}/did.json"


def method_id(did: str, key: PublicKey | IssuerKey) -> str:
    """The absolute id of a key's verification method in its issuer's DID document."""
    name = key.id if isinstance(key, PublicKey) and not did.startswith("did:key:") else key.multibase
    return f"{did}#{name}"


def did_document(did: str, keys: Sequence[PublicKey]) -> dict[str, Any]:
    """The DID document with all current and past keys (Controlled Identifiers 1.0, §2.2 and §3).

    Retired keys stay assertion methods, for what was signed in their time. Their periods are in the
    programme's record; the format has no member for "no new signatures after".
    """
    if not keys:
        raise McredError("the issuer has no key yet", hint="mcred key new")
    methods = [
        {
            "id": method_id(did, key),
            "type": "Multikey",
            "controller": did,
            "publicKeyMultibase": did_key(key.multibase).removeprefix("did:key:"),
        }
        for key in keys
    ]
    names = [method["id"] for method in methods]
    if len(set(names)) != len(names):
        raise McredError("two issuer keys have the same name", hint="give each key of mcred.yaml its own id")
    return {
        "@context": list(DID_CONTEXTS),
        "id": did,
        "verificationMethod": methods,
        "assertionMethod": names,
    }


def expand_did_key(did: str) -> dict[str, Any] | None:
    """The DID document that a did:key expands to; None unless it is of an Ed25519 key."""
    multibase = did.removeprefix("did:key:")
    if not did.startswith("did:key:") or not _ED25519.fullmatch(multibase):
        return None
    return did_document(did, (PublicKey(id=multibase, multibase=multibase, since=date.min),))


def _from_private(private: Any) -> IssuerKey:
    from cryptography.hazmat.primitives import serialization as form
    from openbadgeslib.ob3 import multikey_from_pem

    pem = private.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    public = private.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)
    return IssuerKey(pem=pem, multibase=multikey_from_pem(public))

"""Signing keys and commit signatures: OpenSSH's SSHSIG, made and verified in this process.

A person is identified by a signing key, so `signer_of` accepts only exactly one valid signature over exactly
the bytes git would verify. Does not know whose key it is: callers read that from main at that time.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct

from mcred.problems import McredError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_NAMESPACE = "git"
_MAGIC = b"SSHSIG"
_LONGEST = 16 * 1024
"""Characters of an armored signature; the largest RSA key in use needs a quarter of it."""
_ED25519 = b"ssh-ed25519"
_HASHES = (b"sha256", b"sha512")
"""What OpenSSH takes."""


class KeyPair(Struct, frozen=True, kw_only=True):
    """A signing key: `private` as OpenSSH stores it, without a passphrase; `public` as one line."""

    private: bytes
    public: str

    def __repr__(self) -> str:
        return f"KeyPair({self.public})"


def make_key() -> KeyPair:
    """Generate an Ed25519 key pair."""
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.OpenSSH, form.NoEncryption())
    return load_key(private)


def load_key(private: bytes) -> KeyPair:
    """A key pair from the bytes of a private key file; McredError when it cannot sign here."""
    from cryptography.hazmat.primitives import serialization as form

    return KeyPair(
        private=private,
        public=_load_private(private)
        .public_key()
        .public_bytes(form.Encoding.OpenSSH, form.PublicFormat.OpenSSH)
        .decode("ascii"),
    )


def secret_of(key: KeyPair) -> str:
    """The 32 bytes that an Ed25519 key is made from, in hexadecimal."""
    return _load_private(key.private).private_bytes_raw().hex()


def key_of_secret(text: str) -> KeyPair:
    """The key pair of such 32 bytes; ValueError for any other text."""
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(text))
    return load_key(key.private_bytes(form.Encoding.PEM, form.PrivateFormat.OpenSSH, form.NoEncryption()))


def public_of(private: bytes) -> str:
    """The public key in the bytes of a private key file; McredError when it cannot sign here.

    It comes before the secret part, which is not looked at: loading what reads that takes 15 ms.
    """
    try:
        blob = base64.b64decode(b"".join(private.split(b"\n")[1:-2]), validate=True)
        public, _ = _split_strings(blob.removeprefix(_OPEN_KEY)) if blob.startswith(_OPEN_KEY) else (b"", b"")
    except ValueError:
        public = b""
    if public.startswith(_string(_ED25519)):
        return f"{_ED25519.decode('ascii')} {base64.b64encode(public).decode('ascii')}"
    return load_key(private).public


def sign(payload: bytes, key: KeyPair, namespace: str = _NAMESPACE) -> str:
    """An armored signature over a payload, as `ssh-keygen -Y sign -n NAMESPACE` would make it.

    `namespace`: what is signed, so that a signature over one kind of text is none over another.
    """
    public = base64.b64decode(key.public.split()[1])
    signed = _to_sign(hashlib.sha512(payload).digest(), b"sha512", namespace)
    signature = _load_private(key.private).sign(signed)
    blob = _MAGIC + struct.pack("!L", 1) + _string(public)
    blob += _string(namespace.encode()) + _string(b"") + _string(b"sha512")
    blob += _string(_string(_ED25519) + _string(signature))
    text = base64.b64encode(blob).decode("ascii")
    lines = [text[at : at + 70] for at in range(0, len(text), 70)]
    return "\n".join(("-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""))


@lru_cache(maxsize=4096)
def signer_of(raw_commit: bytes) -> str | None:
    """The public key of a raw commit's valid signature; None for none, an invalid or an unsupported one.

    It follows from these bytes alone, and one command asks about the same commit several times.
    """
    try:
        payload, armored = split_signature(raw_commit)
        return _check(payload, armored) if armored else None
    except Exception:  # hostile bytes must never stop a reader, whatever the libraries raise
        return None


def signer_of_text(payload: bytes, armored: str, namespace: str) -> str | None:
    """The public key of an armored signature over a payload; None where it does not hold."""
    try:
        return _check(payload, armored, namespace)
    except Exception:  # as in `signer_of`
        return None


def split_signature(raw_commit: bytes) -> tuple[bytes, str]:
    """The signed payload, and the armored signature ('' when there is not exactly one)."""
    head, blank, body = raw_commit.partition(b"\n\n")
    payload: list[bytes] = []
    signature: list[bytes] = []
    found = 0
    inside = False
    for line in head.split(b"\n"):
        if line.startswith(b"gpgsig "):
            found += 1
            inside = True
            signature.append(line[len(b"gpgsig ") :])
        elif line.startswith(b"gpgsig"):
            # git leaves such headers out of the payload; two readers could disagree on what was signed.
            return raw_commit, ""
        elif inside and line.startswith(b" "):
            signature.append(line[1:])
        else:
            inside = False
            payload.append(line)
    if found != 1 or not blank:
        return raw_commit, ""
    return b"\n".join(payload) + blank + body, b"\n".join(signature).decode("ascii")


def _check(payload: bytes, armored: str, namespace: str = _NAMESPACE) -> str | None:
    text = armored.strip()
    if len(text) > _LONGEST or not text.startswith("-----BEGIN SSH SIGNATURE-----\n"):
        return None
    if not text.endswith("\n-----END SSH SIGNATURE-----") or text.count("-----") != 4:
        return None
    blob = base64.b64decode("".join(text.split("\n")[1:-1]), validate=True)
    if not blob.startswith(_MAGIC + b"\0\0\0\1"):
        return None
    # One signature, one spelling. The library takes lengths beyond the end, bytes left over, and MD5;
    # ssh-keygen does not, and two readers must never disagree on who signed.
    key, scope, reserved, digest, signature = _split_strings(blob[len(_MAGIC) + 4 :])
    if reserved or digest not in _HASHES or len(_split_strings(signature)) != 2 or not _split_strings(key):
        return None
    kind, *parts = _split_strings(key)
    if kind == _ED25519:
        if scope != namespace.encode():
            return None
        signed = _to_sign(hashlib.new(digest.decode("ascii"), payload).digest(), digest, namespace)
        _check_ed25519(parts, _split_strings(signature), signed)
        return f"{kind.decode('ascii')} {base64.b64encode(key).decode('ascii')}"
    # Other key types that users have; the library supports them all, and is slow to import.
    from sshsig import check_signature

    public: str = check_signature(payload, text, namespace).openssh_str()
    return public


def _check_ed25519(key: list[bytes], signature: list[bytes], signed: bytes) -> None:
    """Raises unless the signature is this key's over these bytes (RFC 8709, section 6)."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    (raw,), (kind, value) = key, signature
    if kind != _ED25519:
        raise ValueError("a signature of another kind than its key")
    Ed25519PublicKey.from_public_bytes(raw).verify(value, signed)


def _to_sign(digest: bytes, kind: bytes, namespace: str) -> bytes:
    """The bytes to sign for a message of this digest (OpenSSH's PROTOCOL.sshsig, section 2)."""
    return _MAGIC + _string(namespace.encode()) + _string(b"") + _string(kind) + _string(digest)


def _load_private(private: bytes) -> Ed25519PrivateKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_ssh_private_key

    try:
        key = load_ssh_private_key(private, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise McredError(
            "the signing key cannot be read: it is damaged, or locked with a passphrase", hint="mcred setup"
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise McredError("the signing key is of a kind mcred cannot sign with", hint="mcred setup")
    return key


def _split_strings(data: bytes) -> list[bytes]:
    """Split data into its length-prefixed strings; ValueError unless they fill it exactly."""
    parts: list[bytes] = []
    while data:
        length = int.from_bytes(data[:4], "big")
        if len(data) < 4 + length:
            raise ValueError("a string ends too early")
        parts.append(data[4 : 4 + length])
        data = data[4 + length :]
    return parts


def _string(data: bytes) -> bytes:
    return struct.pack("!L", len(data)) + data


_OPEN_KEY = b"openssh-key-v1\0" + _string(b"none") + _string(b"none") + _string(b"") + b"\0\0\0\1"
"""How the file of one private key without a passphrase begins (OpenSSH's PROTOCOL.key)."""

"""Keys of the people of a made programme, derived from public text: they prove nothing and hide nothing."""

from __future__ import annotations

import hashlib
from functools import cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from mcred.app.keys.reading import READING_KEY
from mcred.app.keys.signing import KEY_FILE, write_private
from mcred.store.config import write_config
from mcred.store.git import Repo
from mcred.store.seal import ReadingPair, load_reading_key
from mcred.store.signatures import KeyPair, load_key

_LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_PREFIX = "age-secret-key-"


@cache
def signing_key(person: str) -> KeyPair:
    """What a person signs with."""
    seed = hashlib.sha256(f"mcred bench {person}".encode()).digest()
    private = Ed25519PrivateKey.from_private_bytes(seed).private_bytes(
        Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()
    )
    return load_key(private)


@cache
def reading_key(person: str) -> ReadingPair:
    """What opens that which is sealed for a person."""
    seed = hashlib.sha256(f"mcred bench reading {person}".encode()).digest()
    return load_reading_key(_bech32(_PREFIX, seed).upper().encode())


def settle(repo: Repo, person: str) -> None:
    """Make a folder a person's own: their keys and their name in it."""
    write_private(repo.state_dir / KEY_FILE, signing_key(person).private)
    write_private(repo.state_dir / READING_KEY, f"{reading_key(person).private}\n".encode())
    write_config(repo, "mcred.person", person)


def _bech32(prefix: str, data: bytes) -> str:
    """Bytes as age spells a private key (BIP 173)."""
    bits = "".join(f"{byte:08b}" for byte in data)
    bits += "0" * (-len(bits) % 5)
    words = [int(bits[at : at + 5], 2) for at in range(0, len(bits), 5)]
    spread = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    sum_ = _polymod([*spread, *words, 0, 0, 0, 0, 0, 0]) ^ 1
    words += [sum_ >> 5 * (5 - n) & 31 for n in range(6)]
    return f"{prefix}1{''.join(_LETTERS[word] for word in words)}"


def _polymod(words: list[int]) -> int:
    found = 1
    for word in words:
        top, found = found >> 25, (found & 0x1FFFFFF) << 5 ^ word
        for n, factor in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            found ^= factor if top >> n & 1 else 0
    return found

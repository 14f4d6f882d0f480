"""Sealing: bytes that only the holders of some reading keys can open, as age files (X25519).

The header of a foreign age file is checked before the library reads it: how long it is, how many keys it is
sealed to, and that none of them is a passphrase, whose making can be made as slow as its writer likes. What
a person seals with a code for another computer of theirs is opened apart, and no slower than `MAX_FACTOR`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from mcred.problems import McredError
from mcred.store.os_errors import AGAIN

MAX_HEADER = 8192
"""The most bytes of an age file before its content."""
MAX_READERS = 40
"""The most keys that one of our age files is sealed to."""
MAX_FACTOR = 22
"""The largest work factor of a code that is taken: each step more takes twice the time and memory."""
_FIRST = b"age-encryption.org/v1\n"
_CODED = re.compile(re.escape(_FIRST) + rb"-> scrypt [A-Za-z0-9+/]{22} (?P<factor>[0-9]{1,2})\n")
_STANZA = re.compile(rb"-> (?:X25519|[!-~]{1,20}-grease)(?: [!-~]+)*")
"""A key it is sealed to, or the filling that some programs add so that readers expect the unknown."""
_BODY = re.compile(rb"[A-Za-z0-9+/]{0,64}")
_LAST = re.compile(rb"--- [A-Za-z0-9+/]{43}")


class Source(Protocol):
    """What is read, in pieces."""

    def read(self, size: int, /) -> bytes:
        """The next bytes; none at the end."""


class Sink(Protocol):
    """What is written, in pieces."""

    def write(self, data: bytes, /) -> int:
        """Take some bytes; returns how many."""


class ReadingPair(Struct, frozen=True, kw_only=True):
    """A reading key: `private` opens what was sealed to `public`."""

    private: str
    public: str

    def __repr__(self) -> str:
        """Without the private part."""
        return f"ReadingPair({self.public!r})"


class Unopened(McredError):
    """An age file that cannot be opened."""


class WrongCode(McredError):
    """A code that does not open what it should."""


class NoKey(Unopened):
    """An age file that is sealed to other keys."""


def make_reading_key() -> ReadingPair:
    """A new reading key."""
    from pyrage import x25519

    made = x25519.Identity.generate()
    return ReadingPair(private=str(made), public=str(made.to_public()))


def load_reading_key(private: bytes) -> ReadingPair:
    """The reading key in some bytes. Raises McredError for bytes that are none."""
    from pyrage import IdentityError, x25519

    text = private.decode("ascii", "replace").strip()
    try:
        return ReadingPair(private=text, public=str(x25519.Identity.from_str(text).to_public()))
    except IdentityError:
        raise McredError("the reading key cannot be read: it is damaged", hint="mcred doctor") from None


def is_reading_key(public: str) -> bool:
    """Whether a text is a public key that can be sealed to.

    >>> is_reading_key("age1lost")
    False
    """
    from pyrage import RecipientError, x25519

    try:
        x25519.Recipient.from_str(public)
    except RecipientError:
        return False
    return True


def read_identities(data: bytes) -> tuple[ReadingPair, ...]:
    """The reading keys in an identity file, as `age-keygen` writes one. Raises McredError for other bytes."""
    lines = (line.strip() for line in data.splitlines())
    return tuple(load_reading_key(line) for line in lines if line and not line.startswith(b"#"))


def seal(source: Source, target: Sink, readers: Sequence[str]) -> None:
    """Write what `source` holds so that only the holders of the public keys `readers` can open it.

    Neither is held in memory.
    """
    import pyrage

    if not 0 < len(readers) <= MAX_READERS:
        raise ValueError(f"sealed to {len(readers)} keys")
    pyrage.encrypt_io(source, target, [pyrage.x25519.Recipient.from_str(reader) for reader in readers])


def unseal(source: Source, target: Sink, keys: Sequence[ReadingPair]) -> None:
    """Write what an age file holds. Raises `Unopened` where none of the keys opens it, and for a file that
    was changed or cut; what was written until then is a beginning of the content.

    Neither is held in memory.
    """
    import pyrage

    identities = [pyrage.x25519.Identity.from_str(key.private) for key in keys]
    whole = _Again(_read_header(source), source)
    try:
        pyrage.decrypt_io(whole, target, identities)
    except pyrage.DecryptError as error:
        if "No matching keys" in str(error):
            raise NoKey("no reading key in this folder opens it") from None
        raise Unopened("it was changed, or part of it is missing") from None
    except OSError as error:
        if error.errno is not None:
            raise
        raise Unopened("it was changed, or part of it is missing") from None


def seal_with_code(data: bytes, code: str) -> bytes:
    """An age file that this code opens. Takes about a second, on purpose."""
    import pyrage

    return bytes(pyrage.passphrase.encrypt(data, code))


def open_with_code(data: bytes, code: str) -> bytes:
    """What such a file holds. Raises `WrongCode`, and `Unopened` for what is no such file."""
    import pyrage

    found = _CODED.match(data)
    if found is None or int(found["factor"]) > MAX_FACTOR:
        raise Unopened("it is not sealed with a code")
    try:
        return bytes(pyrage.passphrase.decrypt(data, code))
    except pyrage.DecryptError as error:
        if "Excessive work" in str(error):  # told by how long a trial takes, so a busy computer says it too
            busy = "this computer is too busy to try the code"
            raise McredError(busy, hint=f"close other programs, {AGAIN}") from error
        # What was changed below the header cannot be told from a wrong code by all versions of the library.
        raise WrongCode("the code does not open it, or it was changed") from error


def is_sealed(beginning: bytes) -> bool:
    """Whether a file that begins with these bytes (at least `MAX_HEADER` of them, or all) is an age file
    sealed to keys, as far as can be told without one."""
    return _end_of_header(beginning) is not None


def _read_header(source: Source) -> bytes:
    """The beginning of an age file, with its whole header. Raises `Unopened` for any other file."""
    held = b""
    while len(held) < MAX_HEADER and (more := source.read(MAX_HEADER - len(held))):
        held += more
    if _end_of_header(held) is None:
        raise Unopened("it is not sealed, or sealed in a way that is not accepted here")
    return held


def _end_of_header(held: bytes) -> int | None:
    """Where the content of an age file begins; None for any other file."""
    if not held.startswith(_FIRST):
        return None
    at, stanzas, is_body = len(_FIRST), 0, False
    while (end := held.find(b"\n", at, MAX_HEADER)) >= 0:
        line, at = held[at:end], end + 1
        if _LAST.fullmatch(line):
            return at if stanzas and not is_body else None
        if is_body:
            # A line shorter than the others ends a stanza.
            is_body = len(line) == 64
            if not _BODY.fullmatch(line):
                return None
        elif _STANZA.fullmatch(line):
            stanzas, is_body = stanzas + 1, True
            if stanzas > 2 * MAX_READERS:
                return None
        else:
            return None
    return None


class _Again:
    """A source whose first bytes were read already."""

    def __init__(self, held: bytes, rest: Source) -> None:
        self._held = held
        self._rest = rest

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes."""
        if self._held:
            piece = self._held if size < 0 else self._held[:size]
            self._held = self._held[len(piece) :]
            return piece
        return self._rest.read(size)

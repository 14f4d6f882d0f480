"""A person's signing keys on this computer: the one in use, the next one, and old ones kept aside.

A new key is created beside the one in use and used once the programme lists it; no file is ever overwritten.
The programme alone defines whose key it is.
"""

from __future__ import annotations

import itertools
from datetime import date
from pathlib import Path

from msgspec.structs import replace

from mcred.domain.people import Person, SigningKey
from mcred.problems import McredError, next_step
from mcred.retries import retry
from mcred.store.atomic import write_whole
from mcred.store.git import Repo
from mcred.store.signatures import KeyPair, load_key, make_key, public_of

KEY_FILE = "signing-key"
NEXT_KEY = "signing-key-next"


def read_key(repo: Repo, person: Person | None = None) -> KeyPair:
    """The signing key of this folder: the next one, if the programme lists it for the `person`.

    Raises McredError when there is none.
    """
    return load_key(_read_private(repo, person))


def read_public_key(repo: Repo, person: Person | None = None) -> str:
    """The public part of the same. Raises McredError when there is none."""
    return public_of(_read_private(repo, person))


def _read_private(repo: Repo, person: Person | None) -> bytes:
    if (following := _listed_next_key(repo, person)) is not None:
        return following
    try:
        return (repo.state_dir / KEY_FILE).read_bytes()
    except FileNotFoundError:
        raise McredError("your signing key is not in this folder", hint=next_step("setup")) from None


def ensure_key(repo: Repo, name: str = KEY_FILE) -> KeyPair:
    """The signing key of this folder, created on first use, readable by its owner only."""
    place = repo.state_dir / name
    if place.exists():
        try:
            return load_key(place.read_bytes())
        except McredError as error:
            raise McredError(
                error.what,
                hint=next_step("setup", note=f"first move {place} somewhere else; then a new one is created"),
            ) from error
    key = make_key()
    write_private(place, key.private)
    return key


def write_private(place: Path, data: bytes) -> None:
    """Write a private key's file, readable by its owner only, atomically."""
    write_whole(place, data, 0o600)


def take_next_key(repo: Repo, person: Person | None) -> bool:
    """Sign with the next key from now on, if the programme lists it; the old file is kept under another
    name."""
    place, waiting = repo.state_dir / KEY_FILE, repo.state_dir / NEXT_KEY
    if _listed_next_key(repo, person) is None:
        return False
    if place.exists():
        retry(lambda: place.rename(_free_place(place)))
    retry(lambda: waiting.rename(place))
    return True


def _listed_next_key(repo: Repo, person: Person | None) -> bytes | None:
    waiting = repo.state_dir / NEXT_KEY
    if person is None or not waiting.exists():
        return None
    private = waiting.read_bytes()
    return private if person.signs_with(public_of(private)) else None


def set_aside(repo: Repo, name: str = KEY_FILE) -> None:
    """Rename the key in use, so that a new one is created."""
    place = repo.state_dir / name
    if place.exists():
        retry(lambda: place.rename(_free_place(place)))


def only_with(person: Person, key: KeyPair, today: date) -> Person:
    """A profile that signs with this key alone: every other one stays listed, as retired."""
    keys = tuple(
        k if k.retired is not None or k.public == key.public else replace(k, retired=today)
        for k in person.keys
    )
    if all(k.public != key.public for k in keys):
        keys = (*keys, SigningKey(public=key.public, since=today))
    return replace(person, keys=keys)


def _free_place(place: Path) -> Path:
    names = (place.with_name(f"{place.name}-old-{n}") for n in itertools.count(1))
    return next(name for name in names if not name.exists())

"""A person's reading key on this computer: what is sealed for them is opened with it, or with an earlier one.

What this person saves is sealed to the key in this folder, and not to what the programme lists for them:
otherwise someone who can change a profile could have drafts sealed to a key of their own.
"""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace

from mcred.app.keys.signing import set_aside, write_private
from mcred.domain.people import Person, ReadingKey
from mcred.problems import McredError, next_step
from mcred.store.git import Repo
from mcred.store.seal import ReadingPair, load_reading_key, make_reading_key

READING_KEY = "reading-key"


def ensure_reading_key(repo: Repo) -> ReadingPair:
    """The reading key of this folder, created on first use, readable by its owner only."""
    place = repo.state_dir / READING_KEY
    if not place.exists():
        key = make_reading_key()
        write_private(place, f"{key.private}\n".encode("ascii"))
        return key
    try:
        return load_reading_key(place.read_bytes())
    except McredError as error:
        hint = next_step("setup", note=f"first move {place} somewhere else; then a new one is created")
        raise McredError(error.what, hint=hint) from error


def all_reading_keys(repo: Repo) -> tuple[ReadingPair, ...]:
    """Every reading key of this folder, the one in use first; none is created."""
    places = (repo.state_dir / READING_KEY, *sorted(repo.state_dir.glob(f"{READING_KEY}-old-*")))
    return tuple(load_reading_key(place.read_bytes()) for place in places if place.is_file())


def renew_reading_key(repo: Repo, person: Person) -> None:
    """Set the reading key aside, so that a new one is created, unless the programme does not list it yet."""
    if any(k.public == ensure_reading_key(repo).public and k.retired is None for k in person.reading):
        set_aside(repo, READING_KEY)


def read_with(person: Person, public: str, today: date) -> Person:
    """A profile whose reading key is this one: every other one stays listed, as retired."""
    keys = tuple(
        k if k.retired is not None or k.public == public else replace(k, retired=today)
        for k in person.reading
    )
    if all(k.public != public for k in keys):
        keys = (*keys, ReadingKey(public=public, since=today))
    return replace(person, reading=keys)

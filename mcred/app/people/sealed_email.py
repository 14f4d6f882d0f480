"""A person's email address: badges hold a salted hash of it, and only the issuers and the person open it.

What is sealed has two lines, the address and a digest of the keys that it is sealed to, filled up so that the
length of an address cannot be told.
"""

from __future__ import annotations

import hashlib
import io
import secrets
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from mcred.app.context import Context
from mcred.app.keys.reading import all_reading_keys, ensure_reading_key
from mcred.app.sealed.opening import seal_bytes
from mcred.app.sealed.review import current_keys
from mcred.app.workspace import Workspace
from mcred.domain.ids import PersonId
from mcred.domain.people import (
    EmailSalt,
    Person,
    SealedEmail,
    SealedText,
    explain_bad_email,
    hash_email,
    normal_email,
)
from mcred.domain.text import as_typed
from mcred.formats.sealed_part import to_bytes, to_text
from mcred.problems import Exit, McredError
from mcred.store.seal import MAX_READERS, ReadingPair, Unopened, unseal

EMAIL_USE = (
    "If you give an email address, it is sealed: only the issuers and you can open it. Your profile and "
    "your badges hold a salted hash of it, so that a person who knows the address can check that a badge is "
    "yours. Anyone who guesses the address can check the guess in the same way."
)
EMAIL_DUE = "The issuers are not the same as when you gave your email address. Seal it for those of today"
_STEP = 384
"""The length of what is sealed is a multiple of so many bytes."""


class OpenEmail(Struct, frozen=True, kw_only=True):
    """An address that was opened."""

    address: str
    readers: str
    """The digest of the keys that it is sealed to."""


def ask_email(ctx: Context, given: str | None, *, is_new: bool) -> str | None:
    """The email address from the option, or asked for once from someone new: '' for none, None to leave
    it as it is. Raises McredError for a text that is no address."""
    if given is None and is_new and ctx.interactive:
        ctx.show.note(EMAIL_USE)
        given = ctx.ask("Your email address (press Enter to skip)", "--email", "")
    text = as_typed(given) if given is not None else None
    if text and (why := explain_bad_email(text)):
        raise McredError(
            f"that is not an email address: {why}",
            hint="the same command with --email name@school.example, or with --email ''",
            code=Exit.USAGE,
        )
    return text


def with_email(
    person: Person, address: str | None, readers: Sequence[str], keys: Sequence[ReadingPair]
) -> Person:
    """A profile with an email address, sealed to the public keys `readers`.

    `address`: '' for none, None for the one it has, which is sealed again where others are due to read it.
    `keys`: what opens that. What stays the same keeps its bytes, and an address its hash.
    """
    if address == "" or (address is None and person.email is None):
        return replace(person, email=None)
    kept = person.email
    known = _try_to_open(kept, keys) if kept is not None else None
    if address is None:
        if known is None:
            return person
        address = known.address
    due = _order(readers)
    if kept is not None and known == OpenEmail(address=address, readers=_digest(due)):
        return person
    is_same = known is not None and normal_email(known.address) == normal_email(address)
    salt = kept.salt if kept is not None and is_same else EmailSalt(secrets.token_hex(16))
    text = f"{address}\n{_digest(due)}\n".encode()
    sealed = to_text(seal_bytes(text + b" " * (-len(text) % _STEP), due))
    return replace(
        person, email=SealedEmail(hash=hash_email(address, salt), salt=salt, sealed=SealedText(sealed))
    )


def _readers(ws: Workspace) -> tuple[str, ...]:
    """The keys that the address of this folder's owner is sealed to: their own, and the issuers'."""
    issuers = current_keys(ws.catalog, ws.catalog.programme.roles.issuers)
    # The own key first: more readers than an age file takes are left out at the end.
    return (ensure_reading_key(ws.repo).public, *issuers)


def is_sealed_for_others(ws: Workspace) -> bool:
    """Whether the programme has my email address sealed for other people than those who are due to read it
    now, and I have not asked for more yet."""
    me = ws.catalog.people.get(ws.me) if ws.me is not None else None
    if me is None or me.email is None or ws.me in ws.record.people:
        return False
    found = _try_to_open(me.email, all_reading_keys(ws.repo))
    return found is not None and found.readers != _digest(_order(_readers(ws)))


def with_email_for(ws: Workspace, person: Person, address: str | None) -> Person:
    """The same for the issuers of a programme and the owner of this folder."""
    return with_email(person, address, _readers(ws), all_reading_keys(ws.repo))


def open_email(email: SealedEmail, keys: Sequence[ReadingPair]) -> OpenEmail:
    """The address in a profile. Raises `Unopened` where no key opens it, and for one that is not that which
    the profile has the hash of."""
    opened = io.BytesIO()
    unseal(io.BytesIO(to_bytes(email.sealed)), opened, keys)
    address, _, rest = opened.getvalue().decode("utf-8", "replace").partition("\n")
    if explain_bad_email(address) or not email.is_of(address):
        raise Unopened("the sealed address does not match the hash in the profile")
    return OpenEmail(address=address, readers=rest.partition("\n")[0])


def read_emails(ws: Workspace) -> Mapping[PersonId, str]:
    """The email addresses that the reading keys of this folder open: for an issuer everyone's."""
    return dict(_opened(ws.catalog.people, all_reading_keys(ws.repo)))


def _opened(people: Mapping[PersonId, Person], keys: Sequence[ReadingPair]) -> Iterator[tuple[PersonId, str]]:
    for name, person in people.items():
        found = _try_to_open(person.email, keys) if person.email is not None else None
        if found is not None:
            yield name, found.address


def _try_to_open(email: SealedEmail, keys: Sequence[ReadingPair]) -> OpenEmail | None:
    try:
        return open_email(email, keys) if keys else None
    except Unopened:
        return None


def _order(readers: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(tuple(dict.fromkeys(readers))[:MAX_READERS]))


def _digest(readers: Sequence[str]) -> str:
    return hashlib.sha256(" ".join(readers).encode()).hexdigest()

"""People of a programme: profiles, signing keys and visibility.

A person is identified by the signing keys in their profile on main (TRUST: "person = signing key"); names and
schools are for display. Roles are in `programme`.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Literal, NewType

from msgspec import Meta, Struct, field
from msgspec.structs import replace

from mcred.domain.ids import CredentialId, Doc, Line, PersonId, Slug

Visibility = Literal["public", "unlisted", "private"]
"""`unlisted` has a page that no list, feed or search names; `private` has none."""


Shown = Literal["drafts", "attempts", "reviews", "levels"]
"""What a person's growth chart may show: when they saved, when they sent and what was decided, when
assessors answered, how many criteria were met."""

EmailHash = NewType("EmailHash", str)
"""`sha256$` and the SHA-256 of an address and a salt, as Open Badges writes it."""
EmailSalt = NewType("EmailSalt", str)
SealedText = NewType("SealedText", str)
"""An age file in base64."""
SEALED_PARTS: Mapping[object, str] = {
    EmailHash: r"sha256\$[0-9a-f]{64}",
    EmailSalt: r"[0-9a-f]{32}",
    # What every age file begins with: 'age-encryption.org/v1' and, on the next line, '->'.
    SealedText: r"YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0\+[A-Za-z0-9+/]{200,16000}={0,2}",
}
"""The parts of a sealed address → how each is written."""

_EMAIL = re.compile(r"[^\s@<>\"(),:;\x00-\x1f\x7f-\x9f]+@[^\s@<>\"(),:;\x00-\x1f\x7f-\x9f]+")


class SigningKey(Struct, frozen=True, kw_only=True):
    """A public key a person signs with, in OpenSSH's one-line form without a comment."""

    public: Annotated[str, Meta(max_length=1000)]
    since: date
    retired: Annotated[date | None, Doc("No longer used for new work; old work stays theirs.")] = None


class ReadingKey(Struct, frozen=True, kw_only=True):
    """A public key that what only a person may read is sealed to, as age writes it."""

    public: Annotated[str, Meta(max_length=100)]
    since: date
    retired: Annotated[date | None, Doc("Nothing new is sealed to it.")] = None


def fingerprint(public: str) -> str:
    """A key as `ssh-keygen -l` names it."""
    text = public.split(" ")[1] if " " in public else public
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        data = text.encode()
    return "SHA256:" + base64.b64encode(hashlib.sha256(data).digest()).decode("ascii").rstrip("=")


class Word(Struct, frozen=True, kw_only=True):
    """A vouch in a signed commit for new keys: the person, and exactly which keys."""

    person: PersonId
    keys: tuple[str, ...]
    """Their fingerprints."""

    def is_for(self, person: PersonId, keys: Iterable[str]) -> bool:
        """Whether it names a person and each of some keys."""
        return self.person == person and {fingerprint(key) for key in keys} <= set(self.keys)


class SealedEmail(Struct, frozen=True, kw_only=True):
    """An email address as a profile holds it, which everyone can read: badges repeat the salted hash."""

    hash: Annotated[EmailHash, Doc("Of the address in lower case, followed by the salt.")]
    salt: EmailSalt
    sealed: Annotated[SealedText, Doc("The address, for the issuers and the person: an age file in base64.")]

    def is_of(self, address: str) -> bool:
        """Whether it is the hash of an address."""
        return self.hash == hash_email(address, self.salt)


class Person(Struct, frozen=True, kw_only=True):
    """A profile, as `portfolios/<person>/profile.yaml` has it."""

    format: Literal[2]
    id: PersonId
    name: Line
    school: Line = ""
    keys: tuple[SigningKey, ...]
    reading: Annotated[
        tuple[ReadingKey, ...], Doc("Opens what is sealed for this person; `mcred setup` makes it.")
    ] = ()
    accounts: Annotated[Mapping[Slug, Line], Doc("Names on review hosts, such as github.")] = field(
        default_factory=dict
    )
    conflicts: Annotated[tuple[PersonId, ...], Doc("People whose work this person does not assess.")] = ()
    publish: Annotated[Visibility, Doc("Whether this person's badges get a page.")] = "private"
    thanked: Annotated[
        bool, Doc("The page that thanks assessors names this person, with how many they assessed.")
    ] = False
    growth: Annotated[
        Mapping[CredentialId, tuple[Shown, ...]],
        Doc("What a badge's page may show of how it was earned; nothing by default."),
    ] = field(default_factory=dict)
    share_work: Annotated[
        bool, Doc("Others of the program may compare this person's work with someone else's.")
    ] = False
    email: Annotated[
        SealedEmail | None, Doc("`mcred setup --email` writes it: the address itself is sealed.")
    ] = None

    def signs_with(self, public: str | None) -> bool:
        """Whether a public key is one of this person's that are not retired."""
        return any(k.public == public and k.retired is None for k in self.keys)


_PUBLIC: tuple[Visibility, ...] = ("private", "unlisted", "public")


def make_less_public(person: Person, asked: Person) -> Person:
    """The person with only those changes of `asked` that make the profile less public."""
    growth = {
        credential: tuple(part for part in shown if part in asked.growth.get(credential, ()))
        for credential, shown in person.growth.items()
    }
    return replace(
        person,
        publish=min(person.publish, asked.publish, key=_PUBLIC.index),
        thanked=person.thanked and asked.thanked,
        share_work=person.share_work and asked.share_work,
        school=person.school if asked.school else "",
        growth={credential: shown for credential, shown in growth.items() if shown},
        email=person.email if asked.email else None,
    )


def explain_bad_email(text: str) -> str:
    """What keeps a text from being an email address, '' for one that may be; only sending shows more.

    >>> explain_bad_email("ana@school.example"), explain_bad_email("ana at school")
    ('', 'it has the form name@school.example')
    """
    if len(text) > 254:
        return "it has at most 254 characters"
    return "" if _EMAIL.fullmatch(text) else "it has the form name@school.example"


def normal_email(address: str) -> str:
    """An email address as hashed: stripped, in lower case."""
    return address.strip().lower()


def hash_email(address: str, salt: str) -> EmailHash:
    """The salted hash of an address (Open Badges 3.0, IdentityObject)."""
    return EmailHash("sha256$" + hashlib.sha256((normal_email(address) + salt).encode()).hexdigest())


def neutral_email(person: PersonId) -> str:
    """What stands in commits where git asks for an email address: every clone has them, so it is none."""
    return f"{person}@mcred.invalid"

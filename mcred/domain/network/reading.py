"""What a network reads of one programme: what is public, and whether its record holds."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from mcred.domain.credential import Alignment
from mcred.domain.ids import CommitId, CredentialId, CreditHours, Slug, StackId, Version


class OfferedCredential(Struct, frozen=True, kw_only=True):
    """A micro-credential that is not a draft, as far as a network shows it."""

    id: CredentialId
    version: Version
    retired: bool
    title: str
    topics: tuple[str, ...]
    language: str
    issuer: str
    hours: int | None
    credits: CreditHours | None
    needs_students: bool
    kinds: tuple[Slug, ...]
    """The types of evidence it accepts, each once."""
    competency: str
    key_method: str
    for_recognizers: str
    alignment: tuple[Alignment, ...]
    page: str
    """Its page on the programme's own site; '' where that has no address, here and below."""


class OfferedStack(Struct, frozen=True, kw_only=True):
    """A stack, with those of its micro-credentials that the programme publishes."""

    id: StackId
    title: str
    needed: int
    credits: CreditHours | None
    credentials: tuple[CredentialId, ...]
    page: str


class PublicAward(Struct, frozen=True, kw_only=True):
    """A valid badge of a person who lets lists have it."""

    credential: CredentialId | None
    """None for the badge of a stack."""
    title: str
    earner: str
    awarded: date
    page: str
    document: str
    """The address of its file."""


class ProgrammeReading(Struct, frozen=True, kw_only=True):
    """What was read of a programme at one state of it; kept until that state changes."""

    main: CommitId
    issuer: str
    """The issuer's name."""
    url: str
    """The issuer's own address."""
    site: str
    """The address of the programme's pages."""
    credentials: tuple[OfferedCredential, ...]
    stacks: tuple[OfferedStack, ...]
    awards: tuple[PublicAward, ...]
    findings: tuple[tuple[str, int], ...]
    """What its audit found: each code with how often. Whom it concerns is not said."""
    unread: int
    """How many of its files could not be read and are left out."""


class ProgrammeFailure(Struct, frozen=True, kw_only=True):
    """Why a programme is left out of a network's pages."""

    what: str
    hint: str = ""

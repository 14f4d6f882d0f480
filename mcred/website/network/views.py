"""View models of a network's own pages; its catalogue is that of any site."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from mcred.domain.ids import CreditHours
from mcred.domain.network.reading import OfferedCredential, OfferedStack, PublicAward


class OfferLink(Struct, frozen=True, kw_only=True):
    """A micro-credential of a network that a page links to."""

    title: str
    language: str
    issuer: str
    programme: str
    """Its programme's name."""
    hours: int | None
    credits: CreditHours | None
    page: str
    because: str = ""
    """Why it is equivalent to the page's own."""


class NetworkCredentialView(Struct, frozen=True, kw_only=True):
    """One micro-credential, with its equivalents in other programmes."""

    credential: OfferedCredential
    picture: str
    programme: str
    programme_page: str
    equivalents: tuple[OfferLink, ...]
    stacks: tuple[OfferedStack, ...]
    awards: tuple[PublicAward, ...]


class NetworkProgrammeView(Struct, frozen=True, kw_only=True):
    """One programme: read, or left out, and what its audit found."""

    name: str
    issuer: str = ""
    url: str = ""
    site: str = ""
    page: str = ""
    """'' where there is none."""
    state: Literal["proved", "findings", "failed"]
    findings: tuple[tuple[str, int], ...] = ()
    unread: int = 0
    offers: tuple[OfferLink, ...] = ()
    retired: tuple[OfferLink, ...] = ()
    stacks: tuple[OfferedStack, ...] = ()
    awards: int = 0


class NetworkProgrammesView(Struct, frozen=True, kw_only=True):
    """All programmes of a network, in the order of its file."""

    programmes: tuple[NetworkProgrammeView, ...]

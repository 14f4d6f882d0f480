"""A network's file: which programmes it lists, and which of their micro-credentials count as equal.

Written by hand, such as by a state office or a group of districts. Does not know where programmes are kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Annotated, Literal, NewType

from msgspec import Struct

from mcred.domain.ids import CredentialId, Doc, Line, Prose, Slug, Url
from mcred.problems import Fault

OfferId = NewType("OfferId", str)
"""A micro-credential of a programme, as one text: `lakeside/wait-time`."""


class ListedProgramme(Struct, frozen=True, kw_only=True):
    """A programme of a network."""

    id: Slug
    address: Annotated[Url, Doc("Where its repository is: an https address, or a folder.")]
    name: Annotated[Line, Doc("Default: its issuer's name.")] = ""


class Equivalents(Struct, frozen=True, kw_only=True):
    """Micro-credentials that a network takes for each other."""

    credentials: Annotated[tuple[OfferId, ...], Doc("Two or more, each as programme/micro-credential.")]
    because: Annotated[Prose, Doc("Why, for the reader of a page.")]


class Network(Struct, frozen=True, kw_only=True):
    """Programmes that are shown together on one site."""

    format: Literal[2]
    name: Line
    site: Annotated[Url, Doc("Where its pages will be, for search engines.")] = ""
    programmes: tuple[ListedProgramme, ...]
    equivalents: tuple[Equivalents, ...] = ()

    def equivalents_of(self, offer: OfferId) -> Iterator[tuple[OfferId, str]]:
        """The others that a micro-credential is equivalent to, each with the reason."""
        for group in self.equivalents:
            if offer in group.credentials:
                yield from ((other, group.because) for other in group.credentials if other != offer)


def offer_id(programme: Slug, credential: CredentialId) -> OfferId:
    """The id of a programme's micro-credential in a network."""
    return OfferId(f"{programme}/{credential}")


def check_network(network: Network) -> Iterator[Fault]:
    """Every inconsistency in a network's file."""
    if not network.programmes:
        yield Fault(path=("programmes",), what="no program is listed", hint="list at least one")
    for field in ("id", "address"):
        count = Counter(getattr(listed, field) for listed in network.programmes)
        for n, listed in enumerate(network.programmes):
            if count[value := getattr(listed, field)] > 1:
                what = f"the {field} '{value}' is listed more than once"
                yield Fault(path=("programmes", n, field), what=what, hint="list each program once")
    known = [listed.id for listed in network.programmes]
    for n, group in enumerate(network.equivalents):
        if len(set(group.credentials)) < 2 or len(set(group.credentials)) < len(group.credentials):
            what = "equivalents are two or more different micro-credentials"
            yield Fault(path=("equivalents", n, "credentials"), what=what, hint="name each of them once")
        for place, offer in enumerate(group.credentials):
            programme = offer.partition("/")[0]
            if programme not in known:
                yield Fault(
                    path=("equivalents", n, "credentials", place),
                    what=f"no program '{programme}' is listed here",
                    hint=f"the programs are {', '.join(known)}",
                )


def check_offers(network: Network, read: Collection[Slug], offers: Collection[OfferId]) -> Iterator[Fault]:
    """A warning for each equivalent that its programme does not publish. `read`: the programmes that were
    read, and `offers` what they publish."""
    for n, group in enumerate(network.equivalents):
        for place, offer in enumerate(group.credentials):
            programme, _, credential = offer.partition("/")
            if programme in read and offer not in offers:
                yield Fault(
                    path=("equivalents", n, "credentials", place),
                    what=f"{programme} publishes no micro-credential '{credential}'",
                    hint="use the id from its definition, or remove it",
                    severity="warning",
                )

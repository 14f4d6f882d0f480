"""Plans the pages of a network: its catalogue, a page for each micro-credential and each programme, an index.

Everything comes from what was read of the programmes. Does not render, write or draw.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from mcred.domain.award import PICTURE_SVG
from mcred.domain.ids import CredentialId, Slug, write_credits
from mcred.domain.network.listed import ListedProgramme, Network, OfferId, offer_id
from mcred.domain.network.reading import (
    OfferedCredential,
    OfferedStack,
    ProgrammeFailure,
    ProgrammeReading,
    PublicAward,
)
from mcred.domain.programme import Issuer
from mcred.website.addresses import (
    CATALOGUE_SCRIPT,
    HOME,
    INDEX,
    PROGRAMMES,
    offer_folder,
    offering_page,
)
from mcred.website.badge_views import Copy
from mcred.website.cards import by_title
from mcred.website.listing.catalogue import cut_catalogue
from mcred.website.lists import plan_sitemap, write_robots
from mcred.website.network.views import (
    NetworkCredentialView,
    NetworkProgrammesView,
    NetworkProgrammeView,
    OfferLink,
)
from mcred.website.pictures import Picture
from mcred.website.prose import safe_link
from mcred.website.views import CredentialCard, Frame, Page

LANGUAGE = "en"
"""The language of a network's own words."""
Outcomes = Mapping[Slug, ProgrammeReading | ProgrammeFailure]
"""What came of each programme of a network."""


class NetworkOffer(Struct, frozen=True, kw_only=True):
    """A micro-credential with its programme."""

    id: OfferId
    programme: ListedProgramme
    reading: ProgrammeReading
    credential: OfferedCredential

    @property
    def page(self) -> str:
        """The path of its page."""
        return f"{offer_folder(self.programme.id, self.credential.id)}index.html"

    @property
    def picture(self) -> str:
        """The path of its picture."""
        return offer_folder(self.programme.id, self.credential.id) + PICTURE_SVG

    @property
    def programme_name(self) -> str:
        """Its programme's name, for people."""
        return self.programme.name or self.reading.issuer


Offers = Mapping[OfferId, NetworkOffer]


def network_frame(network: Network) -> Frame:
    """The values that every page of a network shares."""
    site = safe_link(network.site).rstrip("/")
    issuer = Issuer(id=Slug("network"), name=network.name)
    return Frame(issuer=issuer, language=LANGUAGE, site=f"{site}/" if site else "", network=True)


def list_offers(network: Network, outcomes: Outcomes) -> tuple[NetworkOffer, ...]:
    """Every micro-credential of the programmes that were read, in the order of the network's file."""
    return tuple(
        NetworkOffer(id=offer_id(listed.id, c.id), programme=listed, reading=reading, credential=c)
        for listed in network.programmes
        if isinstance(reading := outcomes[listed.id], ProgrammeReading)
        for c in reading.credentials
    )


def picture_of(offer: NetworkOffer) -> Picture:
    """Its picture, drawn as its programme's own pages draw it."""
    c = offer.credential
    return Picture(of=c.id, credential=c.id, topic=c.topics[0] if c.topics else "", title=c.title)


def plan_network(network: Network, outcomes: Outcomes) -> tuple[Page, ...]:
    """All pages of a network. `outcomes`: of each programme that it lists."""
    offers = {offer.id: offer for offer in list_offers(network, outcomes)}
    rows = tuple(_programme(listed, outcomes[listed.id], offers) for listed in network.programmes)
    pages = (
        *_catalogue(network, outcomes, offers),
        Page(
            path=PROGRAMMES,
            template="network-programmes.html.j2",
            title="Programs",
            language=LANGUAGE,
            section="programmes",
            data=NetworkProgrammesView(programmes=rows),
        ),
        *(
            Page(
                path=row.page,
                template="network-programme.html.j2",
                title=row.name,
                language=LANGUAGE,
                section="programmes",
                data=row,
            )
            for row in rows
            if row.page
        ),
        *(_credential(network, offer, offers) for offer in offers.values()),
    )
    if not network_frame(network).site:
        return pages
    return (*pages, *plan_sitemap(dict.fromkeys(page.path for page in pages), network.name, LANGUAGE))


def _catalogue(network: Network, outcomes: Outcomes, offers: Offers) -> Iterator[Page]:
    live = by_title(_card(offer) for offer in offers.values() if not offer.credential.retired)
    retired = by_title(_card(offer) for offer in offers.values() if offer.credential.retired)
    for path, view in cut_catalogue(HOME, live, retired):
        yield Page(
            path=path,
            template="catalogue.html.j2",
            title="Micro-credentials",
            language=LANGUAGE,
            section="credentials",
            script=CATALOGUE_SCRIPT if path == HOME else "",
            data=view,
            beside=(
                (_write_index(network, outcomes, offers), write_robots(network_frame(network).site))
                if path == HOME
                else ()
            ),
        )


def _card(offer: NetworkOffer) -> CredentialCard:
    c = offer.credential
    return CredentialCard(
        id=CredentialId(offer.id),
        title=c.title,
        competency=c.competency,
        hours=c.hours,
        credits=c.credits,
        language=c.language,
        page=offer.page,
        picture=offer.picture,
        topics=c.topics,
        needs_students=c.needs_students,
        kinds=c.kinds,
        issuer=c.issuer,
    )


def _link(offer: NetworkOffer, because: str = "") -> OfferLink:
    return OfferLink(
        title=offer.credential.title,
        language=offer.credential.language,
        issuer=offer.credential.issuer,
        programme=offer.programme_name,
        hours=offer.credential.hours,
        credits=offer.credential.credits,
        page=offer.page,
        because=because,
    )


def _credential(network: Network, offer: NetworkOffer, offers: Offers) -> Page:
    credential, reading = offer.credential, offer.reading
    return Page(
        path=offer.page,
        template="network-credential.html.j2",
        title=credential.title,
        language=credential.language,
        section="credentials",
        description=credential.competency,
        data=NetworkCredentialView(
            credential=credential,
            picture=offer.picture,
            programme=offer.programme_name,
            programme_page=offering_page(offer.programme.id),
            equivalents=tuple(
                _link(offers[other], because)
                for other, because in network.equivalents_of(offer.id)
                if other in offers
            ),
            stacks=tuple(s for s in reading.stacks if credential.id in s.credentials),
            awards=tuple(a for a in reading.awards if a.credential == credential.id),
        ),
    )


def _programme(
    listed: ListedProgramme,
    outcome: ProgrammeReading | ProgrammeFailure,
    offers: Offers,
) -> NetworkProgrammeView:
    if isinstance(outcome, ProgrammeFailure):
        return NetworkProgrammeView(name=listed.name or listed.id, state="failed")
    own = [offers[offer_id(listed.id, c.id)] for c in outcome.credentials]
    return NetworkProgrammeView(
        name=listed.name or outcome.issuer,
        issuer=outcome.issuer,
        url=outcome.url,
        site=outcome.site,
        page=offering_page(listed.id),
        state="findings" if outcome.findings else "proved",
        findings=outcome.findings,
        unread=outcome.unread,
        offers=tuple(_link(offer) for offer in own if not offer.credential.retired),
        retired=tuple(_link(offer) for offer in own if offer.credential.retired),
        stacks=outcome.stacks,
        awards=len(outcome.awards),
    )


def _write_index(network: Network, outcomes: Outcomes, offers: Offers) -> Copy:
    """The catalogue and the public badges for programs, in the form of a programme's own index."""
    read = [(p, r) for p in network.programmes if isinstance(r := outcomes[p.id], ProgrammeReading)]
    content = {
        "made_by": "mcred",
        "format": 1,
        "network": {"name": network.name},
        "language": LANGUAGE,
        "programmes": [_index_programme(p, outcomes[p.id]) for p in network.programmes],
        "credentials": [_index_credential(network, offer, offers) for offer in offers.values()],
        "stacks": [_index_stack(p.id, stack) for p, r in read for stack in r.stacks],
        "badges": [_index_award(p.id, award) for p, r in read for award in r.awards],
    }
    return Copy(path=INDEX, content=f"{json.dumps(content, indent=1)}\n".encode())


def _index_programme(
    listed: ListedProgramme, outcome: ProgrammeReading | ProgrammeFailure
) -> Mapping[str, Any]:
    if isinstance(outcome, ProgrammeFailure):
        return {"id": listed.id, "name": listed.name or listed.id, "status": "failed"}
    return {
        "id": listed.id,
        "name": listed.name or outcome.issuer,
        "status": "read",
        "issuer": outcome.issuer,
        "site": outcome.site,
        "main": outcome.main,
        "findings": dict(outcome.findings),
        "page": offering_page(listed.id),
    }


def _index_credential(network: Network, offer: NetworkOffer, offers: Offers) -> Mapping[str, Any]:
    c = offer.credential
    return {
        "id": offer.id,
        "title": c.title,
        "version": c.version,
        "status": "retired" if c.retired else "live",
        "language": c.language,
        "topics": c.topics,
        "competency": c.competency,
        "hours": c.hours,
        "credits": write_credits(c.credits),
        "needs_students": c.needs_students,
        "evidence": c.kinds,
        "page": offer.page,
        "programme": offer.programme.id,
        "issuer": c.issuer,
        "equivalents": [other for other, _ in network.equivalents_of(offer.id) if other in offers],
    }


def _index_stack(programme: Slug, stack: OfferedStack) -> Mapping[str, Any]:
    return {
        "id": f"{programme}/{stack.id}",
        "title": stack.title,
        "page": stack.page,
        "needed": stack.needed,
        "credits": write_credits(stack.credits),
        "credentials": [offer_id(programme, credential) for credential in stack.credentials],
        "programme": programme,
    }


def _index_award(programme: Slug, award: PublicAward) -> Mapping[str, Any]:
    return {
        "title": award.title,
        "earner": award.earner,
        "awarded": award.awarded.isoformat(),
        "page": award.page,
        "document": award.document,
        "programme": programme,
        "credential": award.credential and offer_id(programme, award.credential),
    }

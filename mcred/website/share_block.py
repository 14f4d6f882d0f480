"""The share block of a badge page: links and snippets, its card, its QR code, and the page's claims.

Nothing is sent anywhere; a site without an address has no links to share.
"""

from __future__ import annotations

import io
import re
from datetime import date
from typing import Any

from msgspec import Struct, field
from msgspec.json import Decoder

from mcred.domain.award import status_file
from mcred.domain.ids import Version
from mcred.website.addresses import CARD, CHECK_SCRIPT, QR, absolute
from mcred.website.badge_views import BadgeView, CardView, Claims, Copy, Passing, StackBadgeView
from mcred.website.share_links import Shared, embed_card, embed_snippet, linkedin_address
from mcred.website.views import Page

_LIST = re.compile("/" + status_file(0).replace("0", "([1-9][0-9]{0,5})") + "$")
_PLACE = re.compile("0|[1-9][0-9]{0,8}")


def read_claims(
    document: bytes,
    *,
    name: str,
    earner: str,
    issuer: str,
    version: Version,
    begins: date,
    ends: date | None,
) -> Claims:
    """The page's claims about its badge, and where in the badge's document the browser finds each value."""
    badge = _parse(document)
    status: dict[str, Any] = badge.status if isinstance(badge.status, dict) else {}
    address, place = str(status.get("statusListCredential", "")), str(status.get("statusListIndex", ""))
    found = _LIST.search(address)
    known = status_file(int(found[1])) if found and _PLACE.fullmatch(place) else ""
    return Claims(
        name=name,
        earner=earner,
        issuer=issuer,
        version=version,
        begins=begins.isoformat(),
        ends=ends.isoformat() if ends else "",
        id=_text(badge.id),
        signed=bool(badge.proof),
        signed_on=_signed_on(badge.proof),
        list=known,
        place=int(place) if known else 0,
    )


class _Badge(Struct):
    """What a page needs of a badge's document."""

    id: Any = None
    proof: Any = None
    status: Any = field(name="credentialStatus", default=None)


_decode = Decoder(_Badge).decode


def _parse(document: bytes) -> _Badge:
    try:
        return _decode(document)
    except (ValueError, RecursionError):
        return _Badge()


def _signed_on(proof: object) -> date | None:
    first = proof[0] if isinstance(proof, list) and proof else proof
    try:
        return date.fromisoformat(_text(first["created"])[:10]) if isinstance(first, dict) else None
    except (KeyError, ValueError):
        return None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def passing_of(site: str, page: str, issuer: str, claims: Claims) -> Passing | None:
    """Links and snippets for sharing, None while the site has no address."""
    if not site:
        return None
    address = absolute(site, page)
    badge = Shared(
        title=claims.name,
        issuer=issuer,
        page=address,
        issued=date.fromisoformat(claims.begins),
        until=date.fromisoformat(claims.ends) if claims.ends else None,
        id=claims.id,
    )
    return Passing(
        page=address,
        linkedin=linkedin_address(badge),
        picture=embed_snippet(badge),
        card=embed_card(badge),
    )


def draw_qr(site: str, page: str, folder: str) -> tuple[Copy, ...]:
    """The QR code of the page's address; nothing while the site has no address, or one too long for it."""
    if not site:
        return ()
    import segno

    drawn = io.BytesIO()
    try:
        # Any mask can be scanned; not searching for the best one takes a quarter of the time.
        code = segno.make(absolute(site, page), micro=False, error="m", boost_error=False, mask=3)
    except segno.DataOverflowError:
        return ()
    code.save(drawn, kind="svg", xmldecl=False, svgclass=None, lineclass=None, omitsize=True, light="#fff")
    return (Copy(path=folder + QR, content=drawn.getvalue()),)


def card_page(page: Page, view: BadgeView | StackBadgeView, title: str) -> Page:
    """The card of a badge, beside its page."""
    folder = page.path.rpartition("/")[0] + "/"
    return Page(
        path=folder + CARD,
        template="card.html.j2",
        title=page.title,
        language=page.language,
        listed=False,
        script=CHECK_SCRIPT,
        data=CardView(
            title=title,
            language=page.language,
            earner=view.earner,
            awarded=view.awarded,
            until=view.until,
            state=view.state,
            claims=view.claims,
            document=view.document,
            digest=view.digest,
            page=page.path,
            portfolio=view.portfolio,
            picture=view.picture,
        ),
    )

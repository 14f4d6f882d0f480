"""What a page is about, as JSON-LD in the words of schema.org, for search engines.

Only what the page itself shows; nothing of a page that search engines may not index, or of a badge that
does not hold.
"""

from __future__ import annotations

from collections.abc import Iterable
from json import JSONEncoder
from typing import Any

from markupsafe import Markup

from mcred.website.addresses import absolute
from mcred.website.badge_views import BadgeCard, BadgeView, StackBadgeView
from mcred.website.prose import clean_text, safe_language
from mcred.website.views import (
    CatalogueView,
    CredentialView,
    Frame,
    HomeView,
    Page,
    PortfolioView,
    StackView,
)

Described = dict[str, Any]
_encode = JSONEncoder(separators=(",", ":")).encode


def linked_data(page: Page, frame: Frame) -> Markup:
    """The text of a page's JSON-LD, escaped to be in a script element; '' for a page that needs none."""
    node = _describe(page, frame) if page.listed else None
    if node is None:
        return Markup()
    text = _encode({"@context": "https://schema.org", **_without_empty(node)})
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704 -- no sign is left that ends the element


def _describe(page: Page, frame: Frame) -> Described | None:
    view = page.data
    if isinstance(view, HomeView):
        return {
            "@type": "WebSite",
            "name": frame.issuer.name,
            "url": frame.site,
            "inLanguage": safe_language(frame.language),
            "publisher": _issuer(frame),
        }
    if isinstance(view, CatalogueView):
        return {
            "@type": "ItemList",
            "itemListElement": [
                {"@type": "ListItem", "position": n, "name": card.title, "url": _url(card.page, frame)}
                for n, card in enumerate(view.live, start=1)
            ],
        }
    if isinstance(view, CredentialView):
        about = [*view.credential.topics]
        return _credential(page, frame, view.credential.title, view.credential.competency, about=about)
    if isinstance(view, StackView):
        return _credential(page, frame, view.stack.title, view.stack.for_recognizers, about=view.stack.topics)
    if isinstance(view, BadgeView) and view.state == "holds":
        credential = _credential(page, frame, view.credential.title, view.credential.competency)
    elif isinstance(view, StackBadgeView) and view.state == "holds":
        credential = _credential(page, frame, view.title, view.shown)
    elif isinstance(view, PortfolioView):
        held = [_held(row.card, frame) for row in (*view.badges, *view.stack_badges)]
        return {"@type": "ProfilePage", "mainEntity": _person(view.name, view.school, held)}
    else:
        return None
    dated = {
        **credential,
        "validFrom": view.awarded.isoformat(),
        "expires": view.until.isoformat() if view.until else "",
    }
    return _person(view.earner, view.school, [dated])


def _person(name: str, school: str, held: Iterable[Described]) -> Described:
    affiliation = {"@type": "Organization", "name": school} if school else None
    return {"@type": "Person", "name": name, "affiliation": affiliation, "hasCredential": [*held]}


def _credential(
    page: Page, frame: Frame, name: str, description: str, *, about: Iterable[str] = ()
) -> Described:
    return {
        "@type": "EducationalOccupationalCredential",
        "credentialCategory": "micro-credential",
        "name": name,
        "description": description,
        "about": [*about],
        "url": _url(page.path, frame),
        "image": _url(page.picture, frame) if page.picture else "",
        "inLanguage": safe_language(page.language),
        "recognizedBy": _issuer(frame),
    }


def _held(card: BadgeCard, frame: Frame) -> Described:
    return {
        "@type": "EducationalOccupationalCredential",
        "name": card.title,
        "url": _url(card.page, frame),
        "validFrom": card.awarded.isoformat(),
    }


def _issuer(frame: Frame) -> Described:
    return {"@type": "Organization", "name": frame.issuer.name, "url": frame.site}


def _url(path: str, frame: Frame) -> str:
    return absolute(frame.site, path) if frame.site else ""


def _without_empty(value: Any) -> Any:
    """The same without what is not known, and without signs that cannot be seen."""
    if isinstance(value, dict):
        return {k: _without_empty(v) for k, v in value.items() if v}
    if isinstance(value, list):
        return [_without_empty(v) for v in value]
    return clean_text(value) if isinstance(value, str) else value

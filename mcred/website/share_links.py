"""Links and texts for sharing a published badge: its page, LinkedIn's form filled in, a snippet, an email.

Everything is an address or text; nothing is sent anywhere.

>>> badge = Shared(title="A & B", issuer="Lakeside", page="https://x.example/b/", issued=date(2026, 3, 2))
>>> "name=A%20%26%20B" in linkedin_address(badge)
True
"""

from __future__ import annotations

from datetime import date
from html import escape
from urllib.parse import quote, urlencode

from msgspec import Struct

from mcred.domain.award import BADGE_FILE, PICTURE_SVG

LINKEDIN = "https://www.linkedin.com/profile/add"


class Shared(Struct, frozen=True, kw_only=True):
    """The data of a badge that is shared."""

    title: str
    issuer: str
    page: str
    """The address of its page, with a trailing slash."""
    issued: date
    until: date | None = None
    id: str = ""

    @property
    def document(self) -> str:
        """The address of the badge's document."""
        return self.page + BADGE_FILE


def linkedin_address(badge: Shared) -> str:
    """LinkedIn's form "Add licence or certification", filled in for the user to check."""
    fields = {
        "startTask": "CERTIFICATION_NAME",
        "name": badge.title,
        "organizationName": badge.issuer,
        "issueYear": badge.issued.year,
        "issueMonth": badge.issued.month,
        **({"expirationYear": badge.until.year, "expirationMonth": badge.until.month} if badge.until else {}),
        "certUrl": badge.page,
        "certId": badge.id or badge.page,
    }
    return f"{LINKEDIN}?{urlencode(fields, quote_via=quote, safe='')}"


def embed_snippet(badge: Shared) -> str:
    """HTML of the badge's picture with a link to its page, for another web page or a blog."""
    link, picture = escape(badge.page), escape(badge.page + PICTURE_SVG)
    words = escape(f"{badge.title}, {badge.issuer}")
    return f'<a href="{link}"><img src="{picture}" alt="{words}" width="160" height="160"></a>'


def embed_card(badge: Shared) -> str:
    """HTML of the badge as a small card that shows whether it is still valid, for pages that allow frames."""
    address, words = escape(badge.page + "card.html"), escape(f"{badge.title}, {badge.issuer}")
    return (
        f'<iframe src="{address}" title="{words}" width="420" height="168" '
        'loading="lazy" style="border:0;max-width:100%"></iframe>'
    )


def mail_text(badge: Shared) -> str:
    """The text for an email or an application."""
    until = f" It is valid until {badge.until}." if badge.until else ""
    return (
        f"I earned the micro-credential “{badge.title}” from {badge.issuer} on {badge.issued}.{until}\n"
        f"What I did for it and how it was assessed: {badge.page}\n"
        f"To verify it: mcred verify {badge.document} --online, or any reader of Open Badges 3.0."
    )

"""What a person passes on of a badge, whatever words are in it."""

from __future__ import annotations

from datetime import date
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from mcred.website.share_links import Shared, embed_snippet, linkedin_address, mail_text

PAGE = "https://badges.example.org/badges/ana/wait-time/1/"
WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=60)


def a_badge(title: str = "Wait Time", issuer: str = "Lakeside", until: date | None = None) -> Shared:
    return Shared(title=title, issuer=issuer, page=PAGE, issued=date(2026, 3, 2), until=until, id="urn:x:1")


@given(WORDS, WORDS)
def test_linkedin_gets_each_word_as_it_is(title: str, issuer: str) -> None:
    address = linkedin_address(a_badge(title, issuer, date(2029, 3, 1)))
    parts = urlsplit(address)
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "www.linkedin.com", "/profile/add")
    assert address.isascii() and not set(" \"'<>+") & set(address)
    assert dict(parse_qsl(parts.query, strict_parsing=True)) == {
        "startTask": "CERTIFICATION_NAME",
        "name": title,
        "organizationName": issuer,
        "issueYear": "2026",
        "issueMonth": "3",
        "expirationYear": "2029",
        "expirationMonth": "3",
        "certUrl": PAGE,
        "certId": "urn:x:1",
    }


def test_a_badge_without_an_end_names_none() -> None:
    assert "expiration" not in linkedin_address(a_badge())
    assert "until" not in mail_text(a_badge()) and "until 2029-03-01" in mail_text(
        a_badge(until=date(2029, 3, 1))
    )


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.alt: str | None = None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.alt = dict(attrs).get("alt", self.alt)


@given(WORDS)
def test_no_word_gets_out_of_the_snippet(title: str) -> None:
    found = Tags(embed_snippet(a_badge(f'"><script>{title}')))
    assert found.tags == ["a", "img"]
    assert found.alt == f'"><script>{title}, Lakeside'

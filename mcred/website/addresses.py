"""The path of each page below the site's root, and relative links between pages.

Links are relative and name the file, so that the same bytes work at `/`, below `/team/repo/` and from a
folder on disk. A badge's folder is `domain.award`'s.

>>> relative("stacks/talk/index.html", "style.css")
'../../style.css'
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from urllib.parse import urlsplit

from mcred.domain.award import PICTURE_SVG, badge_folder, definition_folder, stack_badge_folder, stack_folder
from mcred.domain.ids import CredentialId, PersonId, Slug, StackId, SubmissionId

HOME = "index.html"
CATALOGUE = "credentials/index.html"
STACKS = "stacks/index.html"
ABOUT = "about/index.html"
ASSESSORS = "assessors/index.html"
PEOPLE = "people/index.html"
NAMES = "people/names-"
"""The beginning of the paths of the files of names."""
VERIFY = "verify/index.html"
ISSUER_KEYS, NO_LONGER_VALID = "verify/issuer.json", "verify/ended.json"
"""By what a browser checks badges: the issuer's keys, and what was revoked or replaced."""
ENDORSER_KEYS = "verify/endorsers.json"
"""By what it checks endorsements: the keys of those who endorse, and what they withdrew."""
EARNED = "earned/index.html"
STYLE = "style.css"
ICON = "icon.svg"
CATALOGUE_SCRIPT, CHECK_SCRIPT, ENDORSED_SCRIPT, PEOPLE_SCRIPT, VERIFY_SCRIPT, PROOF_SCRIPT, UNZIP_SCRIPT = (
    SCRIPTS
) = ("catalogue.js", "check.js", "endorsed.js", "people.js", "verify.js", "proof.js", "unzip.js")
NOT_FOUND = "404.html"
FEED = "feed.xml"
SITEMAP = "sitemap.xml"
ROBOTS = "robots.txt"
INDEX = "index.json"
PROGRAMMES = "programmes/index.html"
"""On a network's site, whose catalogue is its home page."""
WITNESS = "witness.json"
"""The newest statement that someone signed of what the record had."""
CARD = "card.html"
"""In a badge's folder: the badge as a card to embed in other sites."""
QR = "qr.svg"
"""In a badge's folder: the QR code of its page's address, for printing."""


def credential_page(credential: CredentialId) -> str:
    """The page of a micro-credential."""
    return definition_folder(credential) + "index.html"


def stack_page(stack: StackId) -> str:
    """The page of a stack."""
    return stack_folder(stack) + "index.html"


def credential_image(credential: CredentialId) -> str:
    """The picture of a micro-credential, as shown on pages."""
    return definition_folder(credential) + PICTURE_SVG


def stack_image(stack: StackId) -> str:
    """The picture of a stack."""
    return stack_folder(stack) + PICTURE_SVG


def portfolio_page(person: PersonId) -> str:
    """The page of a person."""
    return f"portfolios/{person}/index.html"


def elsewhere_file(person: PersonId, name: str) -> str:
    """The file of a badge that a person earned elsewhere."""
    return f"portfolios/{person}/elsewhere/{name}"


def badge_page(submission: SubmissionId, attempt: int, number: int = 1) -> str:
    """The page of an award: number 1 as first issued, a page of its own for each reissue."""
    return badge_folder(submission, attempt, number) + "index.html"


def stack_badge_page(person: PersonId, stack: StackId, number: int) -> str:
    """The page of a stack badge."""
    return stack_badge_folder(person, stack, number) + "index.html"


def month_page(day: date) -> str:
    """The first page of the badges of a month."""
    return f"earned/{day:%Y-%m}/index.html"


def month_file(day: date) -> str:
    """The badges of a month, for programs."""
    return f"earned/{day:%Y-%m}/badges.json"


def offering_page(programme: Slug) -> str:
    """The page of a programme on a network's site."""
    return f"programmes/{programme}/index.html"


def offer_folder(programme: Slug, credential: CredentialId) -> str:
    """The folder of a programme's micro-credential on a network's site."""
    return f"programmes/{programme}/{credential}/"


def relative(page: str, target: str) -> str:
    """The link from one page to a file of the site."""
    *folder, _ = page.split("/")
    way = target.split("/")
    shared = 0
    for ours, theirs in zip(folder, way[:-1], strict=False):
        if ours != theirs:
            break
        shared += 1
    return "/".join([*[".."] * (len(folder) - shared), *way[shared:]])


def links_from(page: str) -> Callable[[str], str]:
    """What `relative` says of one page, quickly: a large site has half a million links.

    >>> link = links_from("badges/ana/talk/1/index.html")
    >>> link("style.css"), link("badges/ana/talk/1/card.html"), link("badges/ben/talk/1/index.html")
    ('../../../../style.css', 'card.html', '../../../ben/talk/1/index.html')
    """
    here = page[: page.rfind("/") + 1]
    return partial(_link, page, here, here[: here.find("/") + 1], "../" * here.count("/"))


def _link(page: str, here: str, top: str, up: str, target: str) -> str:
    """`here`: the page's folder; `top`: the outermost one; `up`: the way to the root."""
    if not here or not target.startswith(top):
        return up + target
    return target[len(here) :] if target.startswith(here) else relative(page, target)


def absolute(site: str, target: str) -> str:
    """The absolute address of a file of the site, for use elsewhere; pages are named by their folder.

    >>> absolute("https://x.example/badges/", "stacks/talk/index.html")
    'https://x.example/badges/stacks/talk/'
    """
    return site + (
        target.removesuffix("index.html") if target.endswith("/index.html") or target == HOME else target
    )


def absolute_path(site: str, target: str) -> str:
    """The link to a file from a page that is served at any address, such as the "not found" page."""
    return urlsplit(absolute(site, target)).path if site else target

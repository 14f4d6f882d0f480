"""What an earner can pass on of each badge: its page, and the data of the texts that link to it."""

from __future__ import annotations

from msgspec import Struct

from mcred.app.awards.issued_badges import IssuedBadge, find_badges
from mcred.app.pieces.shown import is_hidden
from mcred.app.workspace import Workspace
from mcred.badges.links import clean_link
from mcred.domain.people import Visibility
from mcred.problems import McredError, next_step
from mcred.website.share_links import Shared


class SharedBadge(Struct, frozen=True, kw_only=True):
    """One badge, and how to share it."""

    badge: IssuedBadge
    page: str
    """The address of its page; empty while it has none."""
    links: Shared | None
    """The data for sharing it; None without a page, and for a badge that is no longer valid."""


class SharedBadges(Struct, frozen=True, kw_only=True):
    """An earner's badges, in the order they were issued."""

    site: str
    """The address of the programme's pages; empty while they have none."""
    publish: Visibility
    """`private` too where they took their pages off."""
    hidden: bool
    """Whether they took their pages off, whatever their profile says."""
    badges: tuple[SharedBadge, ...]

    @property
    def newest(self) -> SharedBadge | None:
        """The badge issued last of those that are valid."""
        return next((s for s in reversed(self.badges) if s.badge.became == "holds"), None)


def view_shared(ws: Workspace, credential: str | None = None) -> SharedBadges:
    """My badges, or only those of `credential` (`stacks/ID` for a stack). Raises McredError without one."""
    me = ws.confirmed()
    held = [h for h in find_badges(ws, me) if h.document and credential in (None, h.name)]
    if not held:
        if credential is not None and not credential.startswith("stacks/"):
            ws.known(credential)
        what = f"you have no badge for {credential} yet" if credential else "you have no badge yet"
        raise McredError(what, hint=next_step("status"))
    site = clean_link(ws.catalog.programme.site.url).rstrip("/")
    profile = ws.catalog.people[me]
    hidden = is_hidden(ws.repo, ws.catalog, profile)
    publish: Visibility = "private" if hidden else profile.publish
    badges = []
    for badge in held:
        page = f"{site}/{badge.folder}" if site and publish != "private" else ""
        links = _links_of(ws, badge, page) if page and badge.became == "holds" else None
        badges.append(SharedBadge(badge=badge, page=page, links=links))
    return SharedBadges(site=site, publish=publish, hidden=hidden, badges=tuple(badges))


def _links_of(ws: Workspace, badge: IssuedBadge, page: str) -> Shared:
    issued, until = badge.moment("validFrom"), badge.moment("validUntil")
    return Shared(
        title=badge.title,
        issuer=ws.catalog.programme.issuer.name,
        page=page,
        issued=(issued or ws.ctx.now()).date(),
        until=until.date() if until else None,
        id=str(badge.document.get("id", "")),
    )

"""`mcred share`: links and texts for sharing a badge."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.answers.catalogue import share_answer
from mcred.app.awards.issued_badges import IssuedBadge
from mcred.app.awards.share import SharedBadges, view_shared
from mcred.app.workspace import open_workspace
from mcred.cli.show import Show, note_stale
from mcred.cli.terminal import Json, terminal_of
from mcred.website.share_links import embed_snippet, linkedin_address, mail_text

EXAMPLES = ("mcred share", "mcred share fractions-number-line", "mcred share fractions-number-line --json")

PRIVATE = "Your badges are on no page: your profile is set to private."
HIDDEN = "Your badges are on no page: you took your pages down (mcred unpublish --page)."
NO_SITE = "The program's pages have no address yet, so badges have no links."


def run(
    ctx: typer.Context,
    credential: Annotated[
        str | None, typer.Argument(help="Which micro-credential (or stacks/ID).", metavar="[ID]")
    ] = None,
    json: Json = False,
) -> None:
    """Show how to share a badge: its page, LinkedIn, a snippet, wording for an email. Sends nothing."""
    edge = terminal_of(ctx)
    ws = open_workspace(edge)
    ws.confirmed()
    note_stale(ws)
    found = view_shared(ws, credential)
    if json:
        edge.show.answer(share_answer(found))
    elif credential is None:
        _list(edge.show, found)
    else:
        _show(edge.show, found)


def _state(badge: IssuedBadge) -> str:
    became = "valid" if badge.became == "holds" else badge.became
    return f"{became} {badge.why}".strip()


def _list(show: Show, found: SharedBadges) -> None:
    show.table(
        ("badge", "micro-credential", "issued", "state"),
        [
            (
                shared.badge.title,
                shared.badge.name,
                str(moment.date()) if (moment := shared.badge.moment("validFrom")) else "",
                _state(shared.badge),
            )
            for shared in found.badges
        ],
    )
    for shared in found.badges:
        if shared.page:
            show.whole(f"{shared.badge.name}: {shared.page}")
    _say_why_not(show, found)
    first = next((shared.badge.name for shared in found.badges if shared.links is not None), None)
    if first is not None:
        show.next(f"mcred share {first}")


def _show(show: Show, found: SharedBadges) -> None:
    newest = found.newest
    for other in (shared.badge for shared in found.badges if shared is not newest):
        issued = other.moment("validFrom")
        show.say(f"The badge of {issued.date() if issued else 'old'} does not count: {_state(other)}.")
    if newest is None:
        show.next("mcred status")
        return
    if not newest.badge.is_signed:
        show.say("This badge is not signed: only the program's own record vouches for it.", style="yellow")
    links = newest.links
    if links is None:
        show.title(newest.badge.title)
        _say_why_not(show, found)
        return
    for heading, text in (
        (newest.badge.title, links.page),
        ("Add it to your LinkedIn profile: open this address, look it over, save", linkedin_address(links)),
        ("On your own web page", embed_snippet(links)),
        ("In an email or an application", mail_text(links)),
    ):
        show.title(heading)
        show.say(text, indent=2)
        show.say()
    if found.publish == "unlisted":
        show.say("Your page is unlisted: anyone with the address can see it, but no list names it.")
    show.next("mcred export")


def _say_why_not(show: Show, found: SharedBadges) -> None:
    """Print what keeps badges from being shown, and what to do about it."""
    if found.hidden:
        show.say(f"{HIDDEN} Anyone you give the badge file to can still verify it.")
        show.next("mcred export   (mcred publish-piece brings the pages back)")
    elif found.publish == "private":
        show.say(f"{PRIVATE} Anyone you give the badge file to can still verify it.")
        setup = "mcred setup --publish unlisted   (or public; or mcred export for a file)"
        show.next(setup if found.site else "mcred export")
    elif not found.site:
        show.say(
            f"{NO_SITE} A maintainer sets it in mcred.yaml (site: url:). In the meantime, share the file."
        )
        show.next("mcred export")

"""`mcred share`: links and texts for sharing a badge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from mcred.app.awards.issued_badges import IssuedBadge, find_badges
from mcred.app.context import Context
from mcred.app.workspace import Workspace, open_workspace
from mcred.badges.links import clean_link
from mcred.cli.show import note_stale, show_of
from mcred.cli.terminal import Json, Terminal, terminal_of
from mcred.domain.people import Person
from mcred.problems import McredError
from mcred.website.share_links import Shared, embed_snippet, linkedin_address, mail_text

EXAMPLES = ("mcred share", "mcred share fractions-number-line", "mcred share fractions-number-line --json")

PRIVATE = "Your badges are on no page: you chose private."
NO_SITE = "The programme has no address for its pages yet, so there is no link to a badge."


def run(
    ctx: typer.Context,
    credential: Annotated[
        str | None, typer.Argument(help="Which micro-credential (or stacks/ID).", metavar="[ID]")
    ] = None,
    json: Json = False,
) -> None:
    """Show how to pass a badge on: its page, LinkedIn, a snippet, words for an e-mail. Sends nothing."""
    edge = terminal_of(ctx)
    edge.show.as_json = json
    ws = open_workspace(edge)
    me = ws.confirmed()
    note_stale(ws)
    held = [h for h in find_badges(ws, me) if h.document and credential in (None, h.name)]
    if not held:
        if credential is not None and not credential.startswith("stacks/"):
            ws.known(credential)
        what = f"you have no badge for {credential} yet" if credential else "you have no badge yet"
        raise McredError(what, hint="mcred status")
    site, person = clean_link(ws.catalog.programme.site.url).rstrip("/"), ws.catalog.people[me]
    if json:
        rows = [_plain(ws, h, site, person) for h in held]
        edge.show.json("mcred/share/1", {"publish": person.publish, "site": site, "badges": rows})
        return
    if credential is None:
        _list(edge, held, site, person)
    else:
        _show(ws, held, site, person)


def page_of(held: IssuedBadge, site: str, person: Person) -> str:
    """The address of a badge's page, '' while it has none."""
    return f"{site}/{held.folder}" if site and person.publish != "private" else ""


def share_of(ws: Workspace, held: IssuedBadge, page: str) -> Shared:
    """The data of a badge for sharing."""
    issued, until = held.moment("validFrom"), held.moment("validUntil")
    return Shared(
        title=held.title,
        issuer=ws.catalog.programme.issuer.name,
        page=page,
        issued=(issued or ws.ctx.now()).date(),
        until=until.date() if until else None,
        id=str(held.document.get("id", "")),
    )


def tell_state(held: IssuedBadge) -> str:
    """Whether a badge is valid, as text."""
    return f"{held.became} {held.why}".strip()


def _plain(ws: Workspace, held: IssuedBadge, site: str, person: Person) -> dict[str, Any]:
    page = page_of(held, site, person)
    found: dict[str, Any] = {
        "credential": held.name,
        "attempt": held.attempt,
        "number": held.number,
        "title": held.title,
        "id": held.document.get("id"),
        "state": held.became,
        "why": held.why,
        "page": page or None,
    }
    if page and held.became == "holds":
        badge = share_of(ws, held, page)
        found |= {
            "linkedin": linkedin_address(badge),
            "embed": embed_snippet(badge),
            "text": mail_text(badge),
        }
    return found


def _list(edge: Terminal, held: Sequence[IssuedBadge], site: str, person: Person) -> None:
    edge.show.table(
        ("badge", "micro-credential", "issued", "state", "page"),
        [
            (
                h.title,
                h.name,
                str(moment.date()) if (moment := h.moment("validFrom")) else "",
                tell_state(h),
                page_of(h, site, person) or "-",
            )
            for h in held
        ],
    )
    _say_why_not(edge, site, person)
    first = next((h.name for h in held if h.became == "holds"), None)
    if first is not None and site and person.publish != "private":
        edge.show.next(f"mcred share {first}")


def _show(ws: Workspace, held: Sequence[IssuedBadge], site: str, person: Person) -> None:
    show = show_of(ws)
    newest = next((h for h in reversed(held) if h.became == "holds"), None)
    for other in (h for h in held if h is not newest):
        issued = other.moment("validFrom")
        show.say(f"The badge of {issued.date() if issued else 'old'} does not count: {tell_state(other)}.")
    if newest is None:
        show.next("mcred status")
        return
    if not newest.is_signed:
        show.say("This badge is not signed: only the programme's own record vouches for it.", style="yellow")
    page = page_of(newest, site, person)
    if not page:
        show.title(newest.title)
        _say_why_not(ws.ctx, site, person)
        return
    badge = share_of(ws, newest, page)
    for heading, text in (
        (newest.title, page),
        ("Add it to your LinkedIn profile: open this address, look it over, save", linkedin_address(badge)),
        ("On a page of your own", embed_snippet(badge)),
        ("In an e-mail or an application", mail_text(badge)),
    ):
        show.title(heading)
        show.say(text, indent=2)
        show.say()
    if person.publish == "unlisted":
        show.say("Your page is unlisted: whoever has the address sees it, no list names it.")
    show.next("mcred export")


def _say_why_not(edge: Context, site: str, person: Person) -> None:
    """Print what keeps badges from being shown, and what to do about it."""
    if person.publish == "private":
        edge.show.say(f"{PRIVATE} Whoever you give the badge's file to can check it all the same.")
        if not site:
            edge.show.next("mcred export")
        else:
            edge.show.next("mcred setup --publish unlisted   (or public; or mcred export for a file)")
    elif not site:
        edge.show.say(
            f"{NO_SITE} A maintainer writes it into mcred.yaml (site: url:). Meanwhile, pass on the file."
        )
        edge.show.next("mcred export")

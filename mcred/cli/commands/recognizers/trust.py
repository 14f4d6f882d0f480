"""`mcred trust`: the issuers that you know."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.answers.verification import TrustListAnswer, trust_answer
from mcred.cli.terminal import DryRun, Json, terminal_of
from mcred.problems import Exit, McredError

EXAMPLES = (
    "mcred trust list",
    'mcred trust add "Lakeside Schools" did:web:badges.lakeside.example',
    "mcred trust add Lakeside z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd",
    "mcred trust add Statewide https://badges.example.org/issuers/7",
    "mcred trust remove Lakeside",
)


def run(
    ctx: typer.Context,
    action: Annotated[str, typer.Argument(help="list, add, or remove.")] = "list",
    name: Annotated[str, typer.Argument(help="What you call the issuer.")] = "",
    who: Annotated[
        str,
        typer.Argument(
            help="Its key, its DID, the https address of its profile, or a file with one (did.json).",
            metavar="[KEY|ADDRESS|FILE]",
        ),
    ] = "",
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Keep a list of the issuers you know. mcred verify calls a badge valid only if you know its issuer.

    Add an issuer after you found out in some way other than a badge whose address or key it is: on their own
    site, by phone, or from someone you trust. An office can share one list: mcred verify --trust FILE
    """
    from mcred.app.awards.known_issuers import add_issuer, own_list, read_list, remove_issuer

    edge = terminal_of(ctx)
    if action == "list":
        listed = read_list(own_list())
        if json:
            edge.show.answer(TrustListAnswer(file=str(own_list()), issuers=listed.issuers))
        elif not listed.issuers:
            edge.show.say("You have not listed any issuer yet.")
            edge.show.next("mcred trust add NAME ADDRESS")
        else:
            rows = [(one.name, one.id, ", ".join(one.keys)) for one in listed.issuers]
            edge.show.table(("name", "issuer", "keys"), rows)
        return
    needs = {"add": "mcred trust add NAME ADDRESS", "remove": "mcred trust remove NAME"}
    if action not in needs or not name or (action == "add") != bool(who):
        what = "add takes a name and an issuer, remove a name"
        what = what if action in needs else f"mcred trust has no action '{action}'"
        raise McredError(what, hint=needs.get(action, "mcred trust list"), code=Exit.USAGE)
    change = add_issuer(edge, name, who) if action == "add" else remove_issuer(edge, name)
    if json:
        edge.show.answer(trust_answer(change))
        return
    said = {"add": "you know the issuer", "remove": "you no longer know the issuer"}[action]
    said = said if change.changed else "you already know the issuer"
    edge.show.say(
        f"{'Would note' if dry_run else 'Noted'}: {said} “{change.issuer.name}” ({change.issuer.id})."
    )
    edge.show.next("mcred trust list")

"""`mcred key`: the key that signs the programme's awards."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.badge.keys import issuer_did, publish_key
from mcred.cli.desk import Desk, open_desk
from mcred.cli.edge import DryRun, Json, edge_of
from mcred.cli.issuing import PASSPHRASE_VARIABLE, find_issuer_key, key_place, make_key_file
from mcred.cli.main_line import Addition, add_to_main
from mcred.files.edit import append_to_list
from mcred.files.encode import to_plain
from mcred.files.events import message
from mcred.files.layout import PROGRAMME
from mcred.problems import Exit, McredError
from mcred.store.write import put_blob

EXAMPLES = ("mcred key show", "mcred key new", "mcred key new --passphrase")


def run(
    ctx: typer.Context,
    action: Annotated[str, typer.Argument(help="show, or new (once, by a maintainer).")] = "show",
    passphrase: Annotated[
        bool, typer.Option("--passphrase", help="Ask for a passphrase that protects the key's file.")
    ] = False,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Show the key that signs awards, or make it. From then on every award is signed."""
    edge = edge_of(ctx)
    edge.show.as_json = json
    if action == "show":
        show_keys(open_desk(edge, only=lambda s: False), json)
    elif action == "new":
        make_key(open_desk(edge, fetching="must", only=lambda s: False), passphrase, dry_run)
    else:
        raise McredError(f"mcred key cannot do '{action}'", hint="mcred key show", code=Exit.USAGE)


def show_keys(desk: Desk, as_json: bool) -> None:
    """The listed keys, who the issuer is to other software, and whether the private key is here."""
    programme, show = desk.catalog.programme, desk.edge.show
    listed = programme.issuer.current_key
    did = issuer_did(programme.site.url, listed.multibase) if listed else None
    place = key_place(desk.edge, programme)
    if as_json:
        keys = [to_plain(key) for key in programme.issuer.keys]
        show.json("mcred/keys/1", {"issuer": did, "keys": keys, "here": place.is_file()})
        return
    if listed is None:
        show.say("Awards of this programme are not signed yet.")
        show.next("mcred key new")
        return
    show.say(f"The issuer is {did}")
    show.table(
        ("key", "since", "until"),
        [(key.multibase, str(key.since), str(key.until or "in use")) for key in programme.issuer.keys],
    )
    where = f"lies in {place}" if place.is_file() else f"is not on this computer (it would be {place})"
    show.say(f"Its private part {where}.")
    show.next("mcred queue")


def make_key(desk: Desk, with_passphrase: bool, dry_run: bool) -> None:
    """Make the private key here and list its public part; typed again, finish what was cut."""
    me, programme, show = desk.confirmed(), desk.catalog.programme, desk.edge.show
    if me not in programme.roles.maintainers:
        who = ", ".join(programme.roles.maintainers)
        raise McredError(
            f"only maintainers make the key ({who})", hint="mcred key show", code=Exit.NOT_ALLOWED
        )
    listed = programme.issuer.current_key
    if listed is not None:
        here = find_issuer_key(desk.edge, programme)
        if here is None or here.multibase != listed.multibase:
            raise McredError("the programme has a key already, on another computer", hint="mcred key show")
        show.say("The programme has its key already.")
        show.next("mcred key show")
        return
    _refuse_retired(desk)
    if dry_run:
        show.say(f"Would make a key in {key_place(desk.edge, programme)} and list it in {PROGRAMME}.")
        return
    secret = desk.edge.ask_secret("A passphrase for the key", PASSPHRASE_VARIABLE) if with_passphrase else ""
    key = make_key_file(desk.edge, programme, secret)
    issuer_did(programme.site.url, key.multibase)

    def decide(now: Desk) -> Addition:
        rules = now.tree.contents[PROGRAMME]
        public = publish_key(key, now.edge.now().date())
        if public.multibase not in {k.multibase for k in now.catalog.programme.issuer.keys}:
            rules = append_to_list(rules, ("issuer", "keys"), public, PROGRAMME)
        text = message("List the key that signs awards", "key")
        return Addition(changes={PROGRAMME: put_blob(now.repo, rules)}, merged=(), text=text)

    add_to_main(desk, decide, "mcred key new", only=lambda s: False)
    show.say("From now on every award is signed.", style="bold")
    show.say(f"The key lies in {key_place(desk.edge, programme)}: keep a copy of that file in a safe place.")
    show.next("mcred key show")


def _refuse_retired(desk: Desk) -> None:
    """Raises McredError while the key of this computer is one that was retired: it signs nothing any more."""
    programme = desk.catalog.programme
    retired = {key.multibase for key in programme.issuer.keys}
    here = find_issuer_key(desk.edge, programme) if retired else None
    if here is not None and here.multibase in retired:
        raise McredError(
            "the key on this computer was retired, it signs nothing any more",
            hint=f"mcred key new   (after you moved {key_place(desk.edge, programme)} to a safe place)",
        )

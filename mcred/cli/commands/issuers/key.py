"""`mcred key`: the key that signs the programme's awards."""

from __future__ import annotations

import os
from datetime import date
from typing import Annotated

import typer

from mcred.app.clock import stamp
from mcred.app.commit import ChangeSet, commit_to_main
from mcred.app.keys.issuer import (
    KEY_VARIABLE,
    ask_passphrase,
    find_issuer_key,
    find_next_key,
    key_place,
    make_key_file,
    make_next_key,
    take_next_key,
)
from mcred.app.work.drafts import refresh
from mcred.app.workspace import Workspace, open_workspace
from mcred.badges.keys import IssuerKey, issuer_did, publish_key
from mcred.cli.show import show_of
from mcred.cli.terminal import DryRun, Json, Yes, terminal_of
from mcred.domain.layout import PROGRAMME
from mcred.domain.programme import Programme
from mcred.formats.edit import append_to_list, set_in_entry
from mcred.formats.encode import to_plain
from mcred.formats.trailers import message
from mcred.problems import Exit, McredError
from mcred.store.write import put_blob

EXAMPLES = ("mcred key show", "mcred key new", "mcred key new --passphrase", "mcred key rotate --yes")


def run(
    ctx: typer.Context,
    action: Annotated[str, typer.Argument(help="show, new (once, by a maintainer), or rotate.")] = "show",
    passphrase: Annotated[
        bool, typer.Option("--passphrase", help="Ask for a passphrase that protects the key's file.")
    ] = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Show the key that signs awards, make it, or put a new one in its place.

    From the first key on every award is signed. What an earlier key signed stays good.
    """
    edge = terminal_of(ctx)
    edge.show.as_json = json
    if action == "show":
        show_keys(open_workspace(edge, only=lambda s: False), json)
    elif action == "new":
        make_key(open_workspace(edge, fetching="must", only=lambda s: False), passphrase, dry_run)
    elif action == "rotate":
        rotate_key(open_workspace(edge, fetching="must", only=lambda s: False), passphrase, yes, dry_run)
    else:
        raise McredError(f"mcred key cannot do '{action}'", hint="mcred key show", code=Exit.USAGE)


def show_keys(ws: Workspace, as_json: bool) -> None:
    """Print the listed keys, the issuer's id for other software, and whether the private key is here."""
    programme, show = ws.catalog.programme, show_of(ws)
    listed = programme.issuer.current_key
    did = issuer_did(programme.site.url, listed.multibase) if listed else None
    place = key_place(ws.ctx, programme)
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


def make_key(ws: Workspace, with_passphrase: bool, dry_run: bool) -> None:
    """Create the private key here and list its public part; repeated, finish what was interrupted."""
    _need_maintainer(ws)
    programme, show = ws.catalog.programme, show_of(ws)
    listed = programme.issuer.current_key
    if listed is not None:
        here = find_issuer_key(ws.ctx, programme)
        if here is None or here.multibase != listed.multibase:
            raise McredError("the programme has a key already, on another computer", hint="mcred key show")
        show.say("The programme has its key already.")
        show.next("mcred key show")
        return
    _refuse_retired(ws)
    if dry_run:
        show.say(f"Would make a key in {key_place(ws.ctx, programme)} and list it in {PROGRAMME}.")
        return
    secret = ask_passphrase(ws.ctx, "A passphrase for the key") if with_passphrase else ""
    key = make_key_file(ws.ctx, programme, secret)
    issuer_did(programme.site.url, key.multibase)

    def decide(now: Workspace) -> ChangeSet:
        rules = now.tree.contents[PROGRAMME]
        public = publish_key(key, stamp(now).date())
        if public.multibase not in {k.multibase for k in now.catalog.programme.issuer.keys}:
            rules = append_to_list(rules, ("issuer", "keys"), public, PROGRAMME)
        text = message("List the key that signs awards", "key")
        return ChangeSet(changes={PROGRAMME: put_blob(now.repo, rules)}, merged=(), text=text)

    commit_to_main(ws, decide, "mcred key new", only=lambda s: False)
    show.say("From now on every award is signed.", style="bold")
    show.say(f"The key lies in {key_place(ws.ctx, programme)}: keep a copy of that file in a safe place.")
    show.next("mcred key show")


def _refuse_retired(ws: Workspace) -> None:
    """Raises McredError while this computer's key is a retired one, which may not sign any more."""
    programme = ws.catalog.programme
    retired = {key.multibase for key in programme.issuer.keys}
    here = find_issuer_key(ws.ctx, programme) if retired else None
    if here is not None and here.multibase in retired:
        raise McredError(
            "the key on this computer was retired, it signs nothing any more",
            hint=f"mcred key new   (after you moved {key_place(ws.ctx, programme)} to a safe place)",
        )


def rotate_key(ws: Workspace, with_passphrase: bool, yes: bool, dry_run: bool) -> None:
    """Create a new key, list it in place of the one in use, and keep the old file under another name.

    The new key waits beside the old one until main lists it, so every listed key exists here: interrupted at
    any point and repeated, this continues with the same key.
    """
    _need_maintainer(ws)
    programme, show, today = ws.catalog.programme, ws.ctx.show, ws.ctx.now().date()
    if os.environ.get(KEY_VARIABLE):
        what = f"{KEY_VARIABLE} names the key, so mcred does not know where the new one should lie"
        raise McredError(what, hint=f"unset {KEY_VARIABLE}, then mcred key rotate")
    listed = programme.issuer.current_key
    if listed is None:
        raise McredError("this programme has no key to rotate", hint="mcred key new")
    waiting = find_next_key(ws.ctx, programme)
    if waiting is None and _is_rotated(programme, today):
        if not dry_run:
            refresh(ws)
        show.say(f"The key was rotated today: {listed.multibase} is in use.")
        show.next("mcred key show")
        return
    is_listed = waiting is not None and waiting.multibase == listed.multibase
    question = f"List a new key and use {listed.multibase} no more"
    if dry_run:
        show.say("Would finish the change of keys begun here." if is_listed else f"Would do: {question}.")
    elif is_listed or yes or not ws.ctx.interactive or ws.ctx.confirm(f"{question}?"):
        _rotate(ws, waiting, with_passphrase)
    else:
        show.say("The key stays as it is.")


def _is_rotated(programme: Programme, today: date) -> bool:
    """Whether one key was retired today and another listed: this command, typed twice."""
    current = programme.issuer.current_key
    ended = any(key.until == today for key in programme.issuer.keys)
    return current is not None and current.since == today and ended


def _rotate(ws: Workspace, waiting: IssuerKey | None, with_passphrase: bool) -> None:
    programme, show = ws.catalog.programme, show_of(ws)
    secret = ""
    if waiting is None and with_passphrase:
        secret = ask_passphrase(ws.ctx, "A passphrase for the new key")
    key = waiting or make_next_key(ws.ctx, programme, secret)
    if key.multibase not in {k.multibase for k in programme.issuer.keys}:
        commit_to_main(ws, lambda now: _list_instead(now, key), "mcred key rotate", only=lambda s: False)
    else:
        refresh(ws)
    aside = take_next_key(ws.ctx, programme)
    show.say(f"Awards are signed with {key.multibase} from now on.", style="bold")
    show.say(f"It lies in {key_place(ws.ctx, programme)}: keep a copy of that file in a safe place.")
    if aside is not None:
        show.say(f"The earlier key is kept in {aside}; what it signed stays good.")
    show.say("mcred build brings both keys to the pages; reissue signs earlier awards with the new one.")
    show.next('mcred build   then   mcred reissue --all --reason "…"')


def _list_instead(now: Workspace, key: IssuerKey) -> ChangeSet:
    """The programme's rules with the new key, every other one retired from today."""
    rules, today = now.tree.contents[PROGRAMME], stamp(now).date()
    keys = now.catalog.programme.issuer.keys
    for number, listed in enumerate(keys):
        if listed.until is None:
            rules = set_in_entry(rules, ("issuer", "keys"), number, "until", today, PROGRAMME)
    if key.multibase not in {k.multibase for k in keys}:
        rules = append_to_list(rules, ("issuer", "keys"), publish_key(key, today), PROGRAMME)
    text = message("Put a new key that signs awards in the place of the old one", "key")
    return ChangeSet(changes={PROGRAMME: put_blob(now.repo, rules)}, merged=(), text=text)


def _need_maintainer(ws: Workspace) -> None:
    me, maintainers = ws.confirmed(), ws.catalog.programme.roles.maintainers
    if me not in maintainers:
        who = ", ".join(maintainers)
        raise McredError(
            f"only maintainers make the key ({who})", hint="mcred key show", code=Exit.NOT_ALLOWED
        )

"""`mcred key`: the key that signs the programme's awards, and the one that recovers submitted work."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.answers.decisions import key_answer, keys_answer, recover_answer
from mcred.app.keys.listed_keys import KeyResult, ListedKeys, NewKey, RotateKey, read_listed_keys
from mcred.app.keys.recover import Recover, RecoverResult
from mcred.app.workspace import open_workspace
from mcred.cli.runner import run_command
from mcred.cli.show import Show
from mcred.cli.terminal import DryRun, Json, Yes, terminal_of
from mcred.problems import Exit, McredError

EXAMPLES = (
    "mcred key show",
    "mcred key new",
    "mcred key new --passphrase",
    "mcred key rotate --yes",
    "mcred key recover --with recovery.txt",
)


def run(
    ctx: typer.Context,
    action: Annotated[
        str, typer.Argument(help="show, new (once, by a maintainer), rotate, or recover.")
    ] = "show",
    passphrase: Annotated[
        bool, typer.Option("--passphrase", help="Ask for a passphrase that protects the key's file.")
    ] = False,
    file: Annotated[
        str | None,
        typer.Option("--with", help="For recover: the file with the offline recovery key.", metavar="FILE"),
    ] = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Show the key that signs awards, create it, or replace it.

    Once there is a key, every award is signed. Badges signed with an earlier key remain valid. `recover` lets
    people who replaced a reading key read submitted work again.
    """
    edge = terminal_of(ctx)
    if action == "show":
        _show_keys(edge.show, read_listed_keys(open_workspace(edge)))
    elif action == "new":
        run_command(edge, NewKey(passphrase=passphrase), _show_new, key_answer)
    elif action == "rotate":
        run_command(edge, RotateKey(passphrase=passphrase), _show_rotated, key_answer, yes=yes)
    elif action == "recover":
        run_command(edge, Recover(key_file=file), _show_recovered, recover_answer)
    else:
        raise McredError(f"mcred key has no action '{action}'", hint="mcred key show", code=Exit.USAGE)


def _show_keys(show: Show, found: ListedKeys) -> None:
    if show.as_json:
        show.answer(keys_answer(found))
        return
    if found.issuer is None:
        show.say("Awards of this program are not signed yet.")
        show.next("mcred key new")
        return
    show.say(f"The issuer is {found.issuer}")
    rows = [(key.multibase, str(key.since), str(key.until or "in use")) for key in found.keys]
    show.table(("key", "since", "until"), rows)
    where = "is stored in" if found.is_here else "is not on this computer (it would be"
    show.say(f"Its private part {where} {found.place}{'.' if found.is_here else ').'}")
    show.next("mcred queue")


def _show_recovered(show: Show, found: RecoverResult) -> None:
    for attempt in found.attempts:
        show.say(f"{attempt}: everyone who may read it can open it now.")
    if not found.attempts:
        show.say("Everyone who may read submitted work can already open it, as far as this key can tell.")
    show.next("mcred status")


def _show_new(show: Show, found: KeyResult) -> None:
    if found.status == "not needed":
        show.say("The program already has a key.")
    else:
        show.say("From now on, every award is signed.", style="bold")
        show.say(f"The key is stored in {found.place}: keep a copy of that file in a safe place.")
    show.next("mcred key show")


def _show_rotated(show: Show, found: KeyResult) -> None:
    if found.status == "not needed":
        show.say(f"The key was rotated today: {found.key} is in use.")
        show.next("mcred key show")
        return
    show.say(f"From now on, awards are signed with {found.key}.", style="bold")
    show.say(f"It is stored in {found.place}: keep a copy of that file in a safe place.")
    if found.aside is not None:
        show.say(f"The earlier key is kept in {found.aside}; badges it signed remain valid.")
    show.say("mcred build puts both keys on the pages; reissue signs earlier awards with the new one.")
    show.next('mcred build   then   mcred reissue --all --reason "…"')

"""`mcred endorse`: what someone signs about a badge, a micro-credential, or an issuer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, get_args

import typer

from mcred.app.answers.endorsements import (
    endorse_add_answer,
    endorse_list_answer,
    endorse_remove_answer,
    endorse_sign_answer,
    endorse_withdraw_answer,
)
from mcred.app.endorsements.add import AddEndorsement, AddEndorsementResult
from mcred.app.endorsements.check import checking_of
from mcred.app.endorsements.kept import list_kept
from mcred.app.endorsements.sign import make_endorsement
from mcred.app.endorsements.take_out import (
    RemoveEndorsement,
    RemoveEndorsementResult,
    WithdrawEndorsement,
    WithdrawEndorsementResult,
)
from mcred.app.workspace import open_workspace
from mcred.badges.endorsements.document import EndorsedPart
from mcred.cli.output_file import need_ending, write_output
from mcred.cli.runner import run_command
from mcred.cli.show import Show
from mcred.cli.terminal import DryRun, Json, Terminal, Yes, terminal_of
from mcred.domain.endorsements.told import ToldEndorsement
from mcred.problems import Exit, McredError, next_step

EXAMPLES = (
    "mcred endorse list",
    'mcred endorse sign ana/fractions-number-line --comment "I saw it in her classroom."',
    'mcred endorse sign fractions-number-line --comment "Our schools count on it."',
    'mcred endorse sign badge.json --about definition --comment "We accept it." --as-program',
    "mcred endorse add endorsement-ana-fractions-number-line.json",
    "mcred endorse remove pat-lee",
    "mcred endorse withdraw endorsement-ana-fractions-number-line.json",
)
ACTIONS = {
    "list": "mcred endorse list",
    "sign": 'mcred endorse sign WHAT --comment "TEXT"',
    "add": "mcred endorse add FILE",
    "remove": "mcred endorse remove NAME",
    "withdraw": "mcred endorse withdraw FILE",
}
MARK = b'"https://purl.imsglobal.org/spec/ob/v3p0/'
"""What stands near the beginning of every endorsement."""


def run(
    ctx: typer.Context,
    action: Annotated[str, typer.Argument(help="list, sign, add, remove, or withdraw.")] = "list",
    what: Annotated[
        str,
        typer.Argument(
            help="To sign: a badge (ana/wait-time, ana/stacks/ID, or a file), a micro-credential, an "
            "issuer's DID, or program for this one. To add or withdraw: the endorsement's file. To "
            "remove: its name.",
            metavar="[WHAT|FILE|NAME]",
        ),
    ] = "",
    comment: Annotated[str, typer.Option(help="What you say, in your own words.", metavar="TEXT")] = "",
    about: Annotated[
        str, typer.Option(help="What of a badge you mean: badge, definition, or issuer.", metavar="PART")
    ] = "badge",
    as_program: Annotated[
        bool, typer.Option("--as-program", help="Sign as the program, with its issuer key.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="The file to write; endorsement-….json by default.", metavar="FILE")
    ] = None,
    online: Annotated[
        bool, typer.Option("--online", help="Ask the signer's own address for keys and revocations.")
    ] = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Sign what you say about a badge, a micro-credential, or an issuer; or show what others say of yours.

    Administrators sign in their own name, issuers as the program. The file is an Open Badges endorsement that
    anyone can verify. It changes nothing by itself: send it to the person it is about.

    A badge's earner adds it to the badge's page; maintainers add those about a micro-credential or the
    program. Pages show what could be verified. Whoever added it can remove it; whoever signed it can
    withdraw it.
    """
    edge = terminal_of(ctx)
    if action not in ACTIONS or (action != "list") != bool(what):
        said = (
            f"{action} needs to know what" if action in ACTIONS else f"mcred endorse has no action '{action}'"
        )
        said = f"{action} takes nothing more" if action == "list" else said
        raise McredError(said, hint=ACTIONS.get(action, ACTIONS["list"]), code=Exit.USAGE)
    if action == "list":
        _list(edge)
    elif action == "sign":
        need_ending(edge, out, ".json")
        _sign(edge, what, comment, about, out, as_program=as_program, dry_run=dry_run)
    elif action == "add":
        run_command(edge, AddEndorsement(file=what, online=online), _show_added, endorse_add_answer, yes=yes)
    elif action == "remove":
        run_command(edge, RemoveEndorsement(name=what), _show_removed, endorse_remove_answer, yes=yes)
    else:
        command = WithdrawEndorsement(file=what)
        run_command(edge, command, _show_withdrawn, endorse_withdraw_answer, yes=yes)


def _list(edge: Terminal) -> None:
    ws = open_workspace(edge)
    found = list_kept(ws, checking_of(ws))
    if edge.show.as_json:
        edge.show.answer(endorse_list_answer(found))
        return
    if not found:
        edge.show.say("No one has endorsed a badge of yours or this program yet.")
        edge.show.next(next_step("endorse", "add", "FILE"))
        return
    rows = [(t.name, "my badge" if k.is_mine else "program", *_cells(t)) for k, t in found]
    edge.show.table(("name", "of", "who", "says", "signed", "verdict"), rows)


def _cells(told: ToldEndorsement) -> tuple[str, ...]:
    who = f"{told.signer}, {told.role}" if told.role else told.signer
    return (who, told.comment, str(told.day or ""), told.verdict)


def _sign(
    edge: Terminal, named: str, comment: str, about: str, out: Path | None, *, as_program: bool, dry_run: bool
) -> None:
    part = next((part for part in get_args(EndorsedPart) if part == about), None)
    if part is None:
        what = f"'{about}' is no part of a badge that can be endorsed: badge, definition, or issuer"
        raise McredError(what, hint=ACTIONS["sign"], code=Exit.USAGE)
    comment = comment or edge.ask("What do you say about it", '--comment "TEXT"')
    made = make_endorsement(edge, named, comment, part, as_program=as_program)
    name = out or Path(made.file)
    edge.show.say(f"You endorse {made.title} as {made.signer}.", style="bold")
    write_output(edge, name, made.data, MARK, dry_run=dry_run)
    if edge.show.as_json:
        edge.show.answer(endorse_sign_answer(made, str(name), written=not dry_run))
    if not dry_run:
        who = f"{made.earner}, who decides" if made.earner else "whoever it is about. They decide"
        edge.show.say(f"Now send the file to {who} whether a page shows it.")
        edge.show.next(next_step("verify", name))


def _show_added(show: Show, found: AddEndorsementResult) -> None:
    told = found.told
    was = "It already has" if found.status == "not needed" else "Added"
    show.say(f"{was} the endorsement of {found.of} by {told.signer}, as {told.name}.")
    verdict = f"{told.verdict}: {told.reason}" if told.reason else told.verdict
    show.say(f"Verified on {told.checked}: {verdict}.")
    if told.verdict != "valid":
        show.say("No page shows it until it can be verified: maintainers list whom the program knows in")
        show.say("mcred.yaml, under endorsers.")
    elif found.has_page:
        show.say("The pages show it the next time they are built.")
    else:
        show.say("Your badges have no pages yet, so no page shows it: mcred setup --publish public")
    show.next(f"mcred endorse remove {told.name}   (takes it off)")


def _show_removed(show: Show, found: RemoveEndorsementResult) -> None:
    if found.status == "not needed":
        there = f"; there is {', '.join(found.left)}" if found.left else ""
        show.say(f"There is no endorsement with the name {found.name}{there}.")
    else:
        show.say(f"The endorsement {found.name} is off. The pages change the next time they are built.")
    show.next("mcred endorse list")


def _show_withdrawn(show: Show, found: WithdrawEndorsementResult) -> None:
    was = "was already" if found.status == "not needed" else "is"
    show.say(f"{found.title} {was} withdrawn: it no longer counts in this program.")
    show.say("A copy that someone has can still be verified outside of it.")
    show.next("mcred endorse list")

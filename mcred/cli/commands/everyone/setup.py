"""`mcred setup`: create the user's profile and signing key, and request confirmation by the programme."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from mcred.app.answers.answer import VerbAnswer
from mcred.app.answers.people import setup_answer
from mcred.app.people.setup import Setup, SetupResult
from mcred.cli.runner import run_command
from mcred.cli.show import Show
from mcred.cli.terminal import DryRun, Json, Terminal, terminal_of
from mcred.domain.ids import PersonId

EXAMPLES = (
    "mcred setup",
    'mcred setup --name "Ana Reyes" --id ana --school "Lincoln Elementary" --publish public',
    "mcred setup --publish private",
    "mcred setup --email ana@school.example",
    "mcred setup --share-work",
    "mcred setup --account github=ana-reyes",
    "mcred setup --thanked",
    "mcred setup --new-key",
    "mcred setup --id ana --lost-key",
)


def run(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Option(help="Your name, as on a badge.")] = None,
    person_id: Annotated[str | None, typer.Option("--id", help="Your short id.")] = None,
    school: Annotated[str | None, typer.Option(help="Your school.")] = None,
    publish: Annotated[
        str | None, typer.Option(help="Whether your badges get a page: public, unlisted, or private.")
    ] = None,
    email: Annotated[
        str | None,
        typer.Option(
            help="Your email address, sealed for the issuers; badges hold only a salted hash of it. "
            "'' removes it."
        ),
    ] = None,
    thanked: Annotated[
        bool | None,
        typer.Option(
            "--thanked/--not-thanked",
            help="Whether the pages thank you by name for assessing, and say how many you assessed.",
        ),
    ] = None,
    share_work: Annotated[
        bool | None,
        typer.Option(
            "--share-work/--keep-work",
            help="Whether others may compare your work with someone else's (mcred diff).",
        ),
    ] = None,
    account: Annotated[
        list[str] | None,
        typer.Option(
            help="Your name on a review host, where submissions are shown and assessed on the web too.",
            metavar="HOST=NAME",
        ),
    ] = None,
    new_key: Annotated[
        bool, typer.Option("--new-key", help="Sign with a new key, such as after a computer was stolen.")
    ] = False,
    lost_key: Annotated[
        bool,
        typer.Option(
            "--lost-key", help="You are a member already, and the key on your old computer is lost."
        ),
    ] = False,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Say who you are in this program: once, and again when something changes."""
    command = Setup(
        name=name,
        id=person_id,
        school=school,
        publish=publish,
        email=email,
        thanked=thanked,
        share_work=share_work,
        account=tuple(account or ()),
        new_key=new_key,
        lost_key=lost_key,
    )
    introduce(terminal_of(ctx), command)


def introduce(edge: Terminal, command: Setup, give: Callable[[VerbAnswer], None] | None = None) -> None:
    """Run the command, and print who the user is now, or what happens to their new key; `give` takes the
    answer of `--json` instead."""
    is_key = command.new_key or command.lost_key
    run_command(edge, command, _show_key if is_key else show_profile, setup_answer, give=give)


def show_profile(show: Show, found: SetupResult) -> None:
    """Print who the user is now, and who confirms it."""
    person, known = found.person, found.known
    show.say(f"You are {person.name} ({person.id}).", style="bold")
    if found.is_confirmed:
        show.say("You are confirmed in this program.")
        show.next("mcred status")
        return
    if found.ws.url is not None:
        maintainers = " or ".join(found.ws.catalog.programme.roles.maintainers)
        what = "Your request" if known is None else "Your change"
        show.say(f"{what} was sent to the program. {maintainers} confirms it with:")
        show.say(f"mcred person add {person.id}", indent=4)
        if known is None:
            show.say("You can start working in the meantime.")
        elif found.takes_back:
            show.say("What you made private is private from now on, without waiting for that. Pages already")
            show.say("online change the next time they are published: mcred publish")
    _tell_reading(show, found)
    show.next("mcred browse" if known is None else "mcred status")


def _tell_reading(show: Show, found: SetupResult) -> None:
    """Print what a new reading key means for what was sealed to the earlier one."""
    if not found.is_reading_new:
        return
    ws = found.ws
    show.say("This folder has a new reading key, too. It opens submitted work once the key is")
    show.say("confirmed and someone who can read that work has typed:")
    show.say("mcred sync", indent=4)
    if ws.catalog.programme.recovery:
        show.say("or whoever has the program's recovery key has typed:")
        show.say("mcred key recover --with FILE", indent=4)
    show.say("The earlier key, where you still have it, still opens what it opened before.")


def _show_key(show: Show, found: SetupResult) -> None:
    me, ws = PersonId(found.person.id), found.ws
    roles = ws.catalog.programme.roles
    show.say(f"Your new key, which ends in {found.person.keys[-1].public[-12:]}, went out.", style="bold")
    if not found.is_key_lost:
        show.say(f"Until {' or '.join(roles.maintainers)} confirms it, you go on with the one you have:")
    else:
        others = sorted({*roles.maintainers, *roles.issuers} - {me})
        if len(others) < 2:
            show.say(f"Two other people have to confirm that it is you, and the program has {len(others)}.")
            show.say(
                "First, a maintainer gives one more person a role, such as issuer. Then one of them types"
            )
        else:
            show.say(f"Two of {', '.join(others)} have to confirm that it is you: one of them types")
        show.say(f"mcred person vouch {me}", indent=4)
        show.say("and then a maintainer among the others")
    show.say(f"mcred person add {me}", indent=4)
    if waiting := [s.submission for s in ws.record.open if s.submission.earner == me]:
        names = ", ".join(s.credential for s in waiting)
        show.say(f"Submissions in review stay in review ({names}).")
    _tell_reading(show, found)
    show.next("mcred sync   (when that is done)")

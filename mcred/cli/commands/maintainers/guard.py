"""`mcred guard`: check whether a push may be accepted by the remote."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Annotated

import typer

from mcred.app.answers.audits import guard_answer
from mcred.app.audit.push_guard import PushRefusal, Update, check_push, judge_request
from mcred.cli.terminal import Json, terminal_of
from mcred.domain.ids import CommitId, is_hex
from mcred.domain.layout import MAIN
from mcred.problems import Exit, McredError, Problem
from mcred.store.git import open_repo

EXAMPLES = (
    "mcred guard",
    "mcred guard --json",
    "mcred guard --base 1111111111111111111111111111111111111111 "
    "--head 2222222222222222222222222222222222222222 --ref refs/heads/person/ana --format github",
)
STYLES = ("text", "json", "github")
LONGEST = 10_000
"""The most refs that one push may move."""


def run(
    ctx: typer.Context,
    ref: Annotated[
        str, typer.Argument(help="What is updated, such as refs/heads/main.", metavar="[REF]")
    ] = "",
    old: Annotated[str, typer.Argument(help="From which state; zeros for none.", metavar="[OLD]")] = "",
    new: Annotated[str, typer.Argument(help="To which state.", metavar="[NEW]")] = "",
    base: Annotated[
        str, typer.Option(help="For a review host: the current state of the program.", metavar="STATE")
    ] = "",
    head: Annotated[str, typer.Option(help="For a review host: the proposed state.", metavar="STATE")] = "",
    name: Annotated[
        str, typer.Option("--ref", help="For a review host: where the proposal is stored.")
    ] = MAIN,
    style: Annotated[
        str, typer.Option("--format", help="text, json, or github for annotations in its CI.")
    ] = "text",
    json: Json = False,
) -> None:
    """Check a push against the program's rules. For servers (pre-receive) and continuous integration.

    Without arguments, it reads lines "OLD NEW REF" as git gives them to a pre-receive hook. `mcred init
    --remote` installs it. Exits with 0 when everything may be accepted.
    """
    edge = terminal_of(ctx)
    if style not in STYLES:
        raise McredError(
            f"--format cannot be '{style}'; use {', '.join(STYLES)}", hint="mcred guard", code=Exit.USAGE
        )
    json = json or style == "json"
    edge.show.as_json = json
    repo = open_repo(edge.at, named=True)
    if base or head:
        refusals = judge_request(repo, name, *_states(base, head), edge.now().date())
    else:
        lines = [f"{old} {new} {ref}"] if ref else sys.stdin.read().splitlines()
        refusals = check_push(repo, _parse(lines), edge.now().date())
    if style == "github":
        edge.show.problems(
            (Problem(what=f"{r.ref}: {r.what} [{r.code}]", hint=r.hint) for r in refusals), style
        )
    elif json:
        edge.show.answer(guard_answer(refusals))
    else:
        for line in _say(refusals):
            edge.show.say(line)
    if refusals:
        raise typer.Exit(int(Exit.REFUSED))


def _parse(lines: Iterable[str]) -> Iterator[Update]:
    for count, line in enumerate(lines, start=1):
        old, _, rest = line.partition(" ")
        new, _, ref = rest.partition(" ")
        if count > LONGEST or not (is_hex(old) and is_hex(new) and ref):
            raise McredError(
                f"line {count} is not in the form 'OLD NEW REF'",
                hint="mcred guard --help",
                code=Exit.USAGE,
            )
        yield Update(ref=ref, old=_commit(old), new=_commit(new))


def _states(base: str, head: str) -> tuple[CommitId, CommitId]:
    """Both commits of a request. Raises McredError where one is missing or is no full id."""
    if not (is_hex(base) and is_hex(head)):
        raise McredError(
            "--base and --head are the full ids of two states, 40 or 64 characters each",
            hint="mcred guard --help",
            code=Exit.USAGE,
        )
    return CommitId(base), CommitId(head)


def _commit(name: str) -> CommitId | None:
    return CommitId(name) if name.strip("0") else None


def _say(refusals: tuple[PushRefusal, ...]) -> Iterator[str]:
    """Print lines in the form in which git passes them on to the user who pushed."""
    for refusal in refusals:
        yield f"mcred: {refusal.ref}: {refusal.what} [{refusal.code}]"
    if refusals:
        yield f"Next: {refusals[0].hint}"

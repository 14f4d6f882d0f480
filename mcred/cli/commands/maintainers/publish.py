"""`mcred publish`: publish the pages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mcred.app.pages.build import Built, build_site
from mcred.app.pages.publish import (
    AGAIN,
    TRIES,
    Published,
    branch_ref,
    built_place,
    default_branch,
    publish_branch,
    publish_folder,
)
from mcred.app.workspace import Workspace, open_workspace
from mcred.cli.terminal import DryRun, Json, Terminal, terminal_of
from mcred.problems import Exit, McredError
from mcred.store.config import remote_url
from mcred.store.git import open_repo

EXAMPLES = (
    "mcred publish",
    "mcred publish --branch gh-pages --dry-run",
    "mcred publish --to /var/www/badges",
)


def run(
    ctx: typer.Context,
    branch: Annotated[
        str, typer.Option(help="The branch that the host publishes; left out, what the host expects.")
    ] = "",
    to: Annotated[
        Path | None, typer.Option(help="Into this folder instead, as a whole.", metavar="DIR")
    ] = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Build the pages and publish them at the review host, or into a folder that a web server shows."""
    edge = terminal_of(ctx)
    edge.show.as_json = json
    if branch and to is not None:
        raise McredError("give --branch or --to, not both", hint="mcred publish --help", code=Exit.USAGE)
    repo = open_repo(edge.at)
    # Before the work of building, so that a user without the right gets the error at once.
    ref = _target(edge, branch) if to is None else ""
    if to is not None and repo.work_tree is not None and (edge.at / to).resolve() == repo.work_tree.resolve():
        raise McredError("the pages need a folder of their own", hint=f"{AGAIN} --to ../pages")
    with built_place(repo, dry_run=dry_run) as place:
        done, built = _publish(edge, place, ref, edge.at / to if to is not None else None, dry_run)
    _say(edge, done, built.badges, dry_run)


def _publish(
    edge: Terminal, place: Path, ref: str, to: Path | None, dry_run: bool
) -> tuple[Published, Built]:
    """Build, and publish the result."""
    built = build_site(edge, place)
    done = publish_folder(place, to, dry_run=dry_run) if to is not None else None
    for _ in range(TRIES) if done is None else ():
        ws = open_workspace(edge, fetching="no", only=lambda s: False)
        done = publish_branch(ws, place, ref, dry_run=dry_run)
        if done is not None:
            break
        built = build_site(edge, place)
    if done is None:
        raise McredError("others publish all the time; nothing was sent", hint=AGAIN, code=Exit.CHANGED)
    return done, built


def _target(edge: Terminal, branch: str) -> str:
    """The ref for the pages. Raises McredError where there is no remote, or the user may not publish."""
    url = remote_url(open_repo(edge.at))
    if url is None:
        raise McredError(
            "this programme has no shared place yet, so nobody would see the pages",
            hint=f"{AGAIN} --to DIR   (a folder that a web server shows)",
        )
    ws = open_workspace(edge, fetching="no", only=lambda s: False)
    _need_role(ws)
    return branch_ref(branch or default_branch(url, ws.catalog.programme.review_host))


def _need_role(ws: Workspace) -> None:
    me, roles = ws.confirmed(), ws.catalog.programme.roles
    may = dict.fromkeys((*roles.maintainers, *roles.issuers))
    if me not in may:
        raise McredError(
            f"maintainers and issuers publish ({', '.join(may)})",
            hint="mcred build   (the same pages, for you alone)",
            code=Exit.NOT_ALLOWED,
        )
    if ws.is_key_waiting:
        raise McredError("your new key is not confirmed yet", hint="mcred status", code=Exit.NOT_ALLOWED)


def _say(edge: Terminal, done: Published, badges: int, dry_run: bool) -> None:
    show = edge.show
    if show.as_json:
        show.json(
            "mcred/publish/1",
            {
                "where": done.where,
                "state": done.commit,
                "changed": done.changed,
                "files": done.files,
                "badges": badges,
                "published": done.is_new and not dry_run,
            },
        )
        return
    files = f"{done.changed} of {done.files} files"
    if not done.is_new:
        show.say(f"What is published in {done.where} is up to date.")
    elif dry_run:
        show.say(f"Would publish to {done.where}: {files} are new, changed or gone. Nothing was changed.")
    else:
        show.say(
            f"The pages are published in {done.where}: {files} were new, changed or gone.", style="bold green"
        )
    show.next("mcred status")

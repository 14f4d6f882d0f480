"""A programme is brought onto this computer, for one person."""

from __future__ import annotations

from pathlib import Path

from mcred.app.context import Context
from mcred.app.programme.connect import refuse_file
from mcred.app.work.drafts import refresh
from mcred.app.workspace import Workspace, open_workspace
from mcred.domain.layout import fetched_refs
from mcred.problems import Exit, McredError, next_step
from mcred.store.address import parse_address, redact
from mcred.store.config import remote_url
from mcred.store.git import open_repo
from mcred.store.remote import clone


def clone_programme(ctx: Context, url: str, folder: Path | None = None) -> Path:
    """Clone a programme, and return its folder: named like the address when `folder` is None.

    A clone that is there already is kept. Raises McredError where the address is none, or cannot be reached.
    """
    if _is_file(ctx.at, url):
        note = "the file or line you were sent, or the program's address"
        what = f"{url} holds no invitation"
        raise McredError(what, hint=next_step("join", "INVITATION", note=note), code=Exit.USAGE)
    into = ctx.at / (folder or url.rstrip("/").removesuffix(".git").replace("\\", "/").rsplit("/", 1)[-1])
    refuse_file(into, next_step("join", redact(url), "ANOTHER-FOLDER"))
    address = parse_address(url, base=ctx.at)
    # An interrupted join that had created the folder continues.
    if (into / ".git").exists() and remote_url(open_repo(into)) == address:
        return into
    try:
        with ctx.show.working("downloading the program") as tell:
            clone(address, into, tell, base=ctx.at, interactive=ctx.interactive, refs=fetched_refs(None))
    except McredError as error:
        if error.code not in (Exit.UNREACHABLE, Exit.SIGN_IN):
            raise
        first = str(error.hint).partition(", then")[0]
        hint = f"{next_step('join')} {redact(address)}   (first {first})"
        raise McredError(error.what, hint=hint, code=error.code) from error
    return into


def _is_file(at: Path, word: str) -> bool:
    """Whether a word names a file; one that may not be looked at is none, and whatever opens it says why."""
    try:
        return (at / Path(word).expanduser()).is_file()
    except (OSError, RuntimeError, ValueError):
        return False


def open_clone(ctx: Context, url: str, person: str | None) -> Workspace:
    """Open a cloned programme and write its files. Raises McredError where it belongs to another `person`."""
    ws = open_workspace(ctx, fetching="no")
    refresh(ws)
    if ws.me is not None and person not in (None, ws.me):
        hint = next_step("join", url, "ANOTHER-FOLDER", note="for another person")
        raise McredError(f"{ctx.at} belongs to {ws.me}", hint=hint)
    return ws

"""Opens a programme: fetches from the remote, and rejects the newest known commit of main where it does not
contain what was seen before.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from mcred.app.checkpoints import FILE, refuse_rewritten, rewritten
from mcred.app.context import Context
from mcred.domain.ids import CommitId, PersonId, SubmissionId, is_id
from mcred.domain.layout import MAIN, SENT_MAIN, drafts_refs, fetched_refs, work_refs
from mcred.problems import Exit, McredError, next_step
from mcred.store.address import local_path
from mcred.store.batch import check_history
from mcred.store.config import read_config, remote_url
from mcred.store.git import Repo, open_repo, resolve, run
from mcred.store.leftovers import clear_dead
from mcred.store.log import is_ancestor
from mcred.store.os_errors import AGAIN, missing
from mcred.store.remote import fetch
from mcred.store.session import cached, drop_cache

Fetching = Literal["must", "try", "no"]
PERSON_SETTING = "mcred.person"


class Opened(Struct, frozen=True, kw_only=True):
    """A programme's repository, and the commit of main that everything is read from."""

    repo: Repo
    url: str | None
    main: CommitId
    stale: McredError | None
    """Why the data may be old: the error that the remote could not be reached."""


def whoami(repo: Repo) -> PersonId | None:
    """The person this folder belongs to."""
    name = read_config(repo, PERSON_SETTING)
    return PersonId(name) if name and is_id(name) else None


def open_programme(ctx: Context, fetching: Fetching = "try") -> Opened:
    """Open the programme around `ctx.at`. Raises McredError where its history was rewritten.

    `fetching`: `must` fails when the remote cannot be reached, `try` continues with what was last fetched;
    both refuse a shallow or partial clone, which has no answer to many questions.
    """
    drop_cache()
    # A command opens the programme a second time for what it has changed.
    repo = cached("opened", ctx.at, lambda: open_repo(ctx.at))
    if fetching != "no" and not ctx.dry_run:
        clear_dead(repo.common_dir, repo.state_dir, local_path(remote_url(repo) or ""))
    stale = fetch_updates(ctx, repo, must=fetching == "must") if fetching != "no" else None
    main = latest_main(repo)
    if fetching != "no":
        _refuse_incomplete(repo, main)
    if repo.work_tree is not None:
        refuse_rewritten(repo, main)
    return Opened(repo=repo, url=remote_url(repo), main=main, stale=stale)


def _refuse_incomplete(repo: Repo, main: CommitId) -> None:
    """Raises McredError for a clone that says of itself that it is not whole, unless it is."""
    if (repo.common_dir / "shallow").exists() or read_config(repo, "extensions.partialClone") is not None:
        listing = run(repo, "rev-list", "--objects", "--no-object-names", "--missing=print", main)
        for name in listing.decode("ascii").split():
            if name.startswith("?"):
                raise missing(name[1:])


def fetch_updates(ctx: Context, repo: Repo, *, must: bool = False) -> McredError | None:
    """Fetch from the remote; returns why that failed, or raises where it `must` succeed."""
    if remote_url(repo) is None:
        return None
    try:
        with ctx.show.working("checking the server for news") as tell:
            refs = fetched_refs(whoami(repo))
            _refuse_rewritten(fetch(repo, tell, interactive=ctx.interactive, refs=refs))
    except McredError as error:
        # Only a rewritten history stops what can be done without the remote.
        if must or error.code in (Exit.CHANGED, Exit.BUG):
            raise
        return error
    return None


def fetch_work(ctx: Context, repo: Repo, *submissions: SubmissionId) -> None:
    """Fetch the sealed attempts of submissions. Raises McredError where the remote cannot be reached."""
    if remote_url(repo) is not None:
        refs = tuple(ref for submission in submissions for ref in work_refs(submission))
        with ctx.show.working("downloading the work") as tell:
            fetch(repo, tell, interactive=ctx.interactive, refs=refs)


def fetch_draft(ctx: Context, repo: Repo, submission: SubmissionId) -> None:
    """Fetch another person's sealed drafts of a submission. Raises McredError where the remote cannot be
    reached."""
    if remote_url(repo) is not None:
        with ctx.show.working("downloading the draft") as tell:
            fetch(repo, tell, interactive=ctx.interactive, refs=drafts_refs(submission))


def _refuse_rewritten(refs: tuple[str, ...]) -> None:
    if MAIN in refs or SENT_MAIN in refs:
        raise rewritten()


def _no_programme(repo: Repo) -> McredError:
    """The error for a repository without a main; one that another program made inside a programme's folder
    is named."""
    top = repo.work_tree
    for outer in top.parents if top else ():
        if (outer / ".git" / "mcred").is_dir():
            return McredError(
                f"{top} has a history of its own in it, which another program started, so it is cut off from "
                f"the program in {outer}",
                hint=f"move the folder {repo.git_dir} somewhere else, {AGAIN}",
            )
    return McredError("this folder has no program yet", hint=next_step("init", "."))


def latest_main(repo: Repo) -> CommitId:
    """The newest commit of main that is known locally."""
    local, shared = resolve(repo, MAIN), resolve(repo, SENT_MAIN)
    if local is None and shared is None:
        for name in run(repo, "for-each-ref", "--format=%(objectname)", MAIN, SENT_MAIN).decode().split():
            raise missing(name)
    if local is None and shared is None and (repo.state_dir / FILE).exists():
        raise McredError(
            "what this folder knew about the program's history is gone",
            hint=next_step("sync"),
            code=Exit.CHANGED,
        )
    if local is None and shared is None:
        raise _no_programme(repo)
    if local is None or shared is None:
        return local or shared  # type: ignore[return-value]
    if is_ancestor(repo, local, shared):
        return shared
    if is_ancestor(repo, shared, local):
        return local
    for one in (local, shared):
        check_history(repo, one)
    raise McredError(
        "this folder and the program's server no longer match",
        hint=next_step("join", "ADDRESS", note="into a new folder; this one stays as it is"),
        code=Exit.CHANGED,
    )

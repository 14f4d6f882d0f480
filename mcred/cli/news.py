"""What is new at the shared place, and the newest state of the main line that is known here."""

from __future__ import annotations

from mcred.cli.checkpoints import rewritten
from mcred.cli.edge import Edge
from mcred.files.layout import MAIN, PAGES_BRANCHES, SENT_MAIN
from mcred.model.ids import CommitId
from mcred.problems import Exit, McredError
from mcred.store.git import Repo, remote_url, resolve
from mcred.store.log import is_ancestor
from mcred.store.remote import fetch


def fetch_news(edge: Edge, repo: Repo, *, must: bool = False) -> McredError | None:
    """Bring what is new at the shared place; why it could not be asked, unless it `must` be."""
    if remote_url(repo) is None:
        return None
    try:
        with edge.show.working("asking the shared place for news") as tell:
            _refuse_rewritten(fetch(repo, tell, interactive=edge.interactive, leave_out=PAGES_BRANCHES))
    except McredError as error:
        # Only a rewritten history stops what can be done without the shared place.
        if must or error.code in (Exit.CHANGED, Exit.BUG):
            raise
        return error
    return None


def _refuse_rewritten(refs: tuple[str, ...]) -> None:
    if "refs/heads/main" in refs or "refs/remotes/origin/main" in refs:
        raise rewritten()


def find_main(repo: Repo) -> CommitId:
    """The newest state of the main line that is known here."""
    local, shared = resolve(repo, MAIN), resolve(repo, SENT_MAIN)
    if local is None and shared is None:
        raise McredError("this folder has no programme yet", hint="mcred init .")
    if local is None or shared is None:
        return local or shared  # type: ignore[return-value]
    if is_ancestor(repo, local, shared):
        return shared
    if is_ancestor(repo, shared, local):
        return local
    raise McredError(
        "this folder and the shared place have gone different ways",
        hint="mcred join ADDRESS   (into a new folder; this one stays as it is)",
        code=Exit.CHANGED,
    )

"""A user's folder and the remote are brought to agree: saved, sent, fetched, and told to subscribers."""

from __future__ import annotations

from collections.abc import Mapping

from mcred.app.assessment.answer import renew_answers
from mcred.app.commit import tidy_all
from mcred.app.context import Context
from mcred.app.fetch import fetch_updates
from mcred.app.hosting.reviews import take_web_reviews
from mcred.app.hosting.sync import show_what_changed
from mcred.app.people.invited import let_in_invited
from mcred.app.people.sealed_email import EMAIL_DUE, is_sealed_for_others
from mcred.app.push import notify, until_taken
from mcred.app.record_events import events_since
from mcred.app.sealed.erased import forget_erased
from mcred.app.sealed.grants import send_grants
from mcred.app.sealed.line import my_lines, seal_again
from mcred.app.use_case import Command, Confirmation, Plan, Result
from mcred.app.work.drafts import has_draft, my_drafts, refresh, unsent
from mcred.app.work.save import save_all
from mcred.app.work.saved_files import bring_back, missing_files, tell_back
from mcred.app.workspace import Workspace, open_workspace, send
from mcred.domain.ids import BlobId
from mcred.domain.layout import PRIVATE_REFS
from mcred.problems import McredError, next_step
from mcred.store.folder_index import read_laid
from mcred.store.worktree import LayResult
from mcred.store.write import collect_garbage

SYNC = next_step("sync")


class SyncResult(Result, frozen=True, kw_only=True):
    """What came into the folder."""

    laid: LayResult | None
    """None for a repository without a working copy."""
    failed: McredError | None = None
    """Why a draft was not saved; the others were."""

    def finish(self) -> None:
        """Raises McredError where a draft was not saved."""
        super().finish()
        if self.failed is not None:
            raise self.failed


class Sync(Command[SyncResult], frozen=True, kw_only=True):
    """Save my drafts, send what was not sent, and write what is new into my folder.

    Subscribers hear what others did since the last fetch, and what was sent here.
    """

    def begin(self, ctx: Context) -> Workspace:
        """Open the programme; with subscribers, as it was last fetched."""
        return open_workspace(ctx, fetching="no" if ctx.subscribers else "try")

    def plan(self, ws: Workspace) -> SyncPlan:
        """What is saved, sent and restored."""
        return SyncPlan(command=self, fetched=open_workspace(ws.ctx) if ws.ctx.subscribers else ws)


class SyncPlan(Plan[SyncResult], frozen=True, kw_only=True):
    """The programme as it was just fetched."""

    fetched: Workspace

    def confirmation(self) -> Confirmation:
        """Nothing is asked."""
        ws = self.fetched
        said = f"Would save {len(my_drafts(ws))} drafts and send {len(unsent(ws))} items."
        return Confirmation(would="\n".join((said, *(f"Would bring back {p}" for p in _gone_folders(ws)))))

    def apply(self, ws: Workspace) -> SyncResult:
        """Do it, and tell subscribers what is new.

        Raises McredError where the remote cannot be reached, after all drafts were saved.
        """
        before, ws = ws, self.fetched
        ws.take_confirmed_key()
        has_forgotten = forget_erased(ws, fetching=ws.url is not None and ws.stale is None)
        # Saved before anything is written: whatever happens next, nothing typed is lost.
        failed = save_all(ws, my_drafts(ws))
        if gone := _gone_folders(ws):
            # A deleted folder comes back as it was saved; a single file is restored by hand.
            bring_back(ws, gone, SYNC)
            tell_back(ws.ctx, gone)
        laid = refresh(ws)
        if ws.stale is not None:
            said = f"{ws.stale.what}. Your drafts are saved on this computer"
            raise failed or McredError(said, hint=SYNC, code=ws.stale.code)
        if ws.url is not None:
            is_signing = not (ws.is_key_waiting or ws.is_key_replaced)
            for submission in my_lines(ws) if is_signing else ():
                seal_again(ws, submission)
            waiting = unsent(ws) if is_signing else {}
            if waiting:
                until_taken(ws, lambda now: send(now, renew_answers(now, unsent(now)), SYNC))
            send_grants(ws, SYNC)
            ws = take_web_reviews(open_workspace(ws.ctx, fetching="no") if waiting else ws)
            ws = let_in_invited(ws)
            show_what_changed(ws)
            tidy_all(ws)
            if is_sealed_for_others(ws):
                ws.ctx.show.note(f"{EMAIL_DUE}: {next_step('setup')}", style="yellow")
        if has_forgotten:
            # What was last fetched still names what this run replaced at the remote.
            fetch_updates(ws.ctx, ws.repo)
            collect_garbage(ws.repo, PRIVATE_REFS)
        if ws.ctx.subscribers:
            notify(ws.ctx, events_since(before, ws))
        return SyncResult(ws=ws, laid=laid, failed=failed)


def _gone_folders(ws: Workspace) -> Mapping[str, BlobId]:
    """Files that are missing from my folder, of drafts whose list is missing too."""
    laid = read_laid(ws.repo).files
    lost = [s for s in my_drafts(ws) if not has_draft(ws, s)]
    return {p: b for s in lost for p, b in missing_files(ws, s).items() if p in laid}

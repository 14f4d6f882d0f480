"""Takes a badge that was earned elsewhere out of the user's drafts, and off their pages."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from msgspec.structs import replace

from mcred.app.elsewhere.kept import KeptBadge, read_kept
from mcred.app.fetch import Fetching
from mcred.app.pieces.rewrite_shown import own_shown, rewrite_shown
from mcred.app.pieces.shown import ShownState
from mcred.app.push import send_draft
from mcred.app.sealed.line import newest_state
from mcred.app.use_case import Command, Confirmation, Plan, Result
from mcred.app.work.drafts import refresh, save_draft, work_folder
from mcred.app.workspace import Workspace
from mcred.domain.ids import Slug, is_id
from mcred.domain.layout import BADGE_ENDINGS, elsewhere_holder_path, elsewhere_of, elsewhere_path
from mcred.problems import McredError, next_step
from mcred.retries import retry
from mcred.store.folder_index import place_of
from mcred.store.log import find_blob_versions


class RemoveBadgeResult(Result, frozen=True, kw_only=True):
    """The badge that is out; `not needed` where an earlier run took it out."""

    name: Slug
    was_shown: bool

    def finish(self) -> None:
        """As for any result; and what an earlier run could not send is sent."""
        if self.status == "not needed":
            send_draft(self.ws, elsewhere_of(self.ws.person()))
        super().finish()


class RemoveBadge(Command[RemoveBadgeResult], frozen=True, kw_only=True, rename={"name": "piece"}):
    """Take out the badge that I call `name`. Earlier drafts of mine, sealed as all are, still have it."""

    fetching: ClassVar[Fetching] = "try"
    name: str

    def plan(self, ws: Workspace) -> RemoveBadgePlan | RemoveBadgeResult:
        """Which badge. Raises McredError for a name that no badge of mine has."""
        kept = read_kept(ws, ws.person())
        shown = own_shown(ws).list.elsewhere if ws.person() in ws.catalog.people else ()
        found = next((k for k in kept if k.name == self.name), None)
        was_shown = any(b.name == self.name for b in shown)
        if found is None and not was_shown and _was_kept(ws, self.name):
            return RemoveBadgeResult(ws=ws, status="not needed", name=Slug(self.name), was_shown=False)
        if found is None and not was_shown:
            names = ", ".join(k.name for k in kept)
            what = f"you keep no badge with the name '{self.name}'{f'; you keep {names}' if names else ''}"
            raise McredError(what, hint=next_step("transcript"))
        return RemoveBadgePlan(command=self, name=Slug(self.name), kept=found, was_shown=was_shown)


def _was_kept(ws: Workspace, name: str) -> bool:
    """Whether an earlier draft of mine has a badge of this name."""
    me = ws.person()
    paths = (elsewhere_path(me, Slug(name), ending) for ending in BADGE_ENDINGS)
    tip = newest_state(ws, elsewhere_of(me))
    return is_id(name) and any(find_blob_versions(ws.repo, tip, path) for path in paths)


class RemoveBadgePlan(Plan[RemoveBadgeResult], frozen=True, kw_only=True):
    """The badge, and whether pages show it."""

    command: RemoveBadge
    name: Slug
    kept: KeptBadge | None
    """None where an earlier run took it out of the drafts already."""
    was_shown: bool

    def confirmation(self) -> Confirmation:
        """Nothing is asked: its earner has the file."""
        pages = " and take it off your pages" if self.was_shown else ""
        return Confirmation(would=f"Would remove the badge {self.name}{pages}. Nothing was changed.")

    def apply(self, ws: Workspace) -> RemoveBadgeResult:
        """Take it off the pages, then out of the drafts. Raises McredError where the remote refuses that."""
        if self.was_shown:
            ws = rewrite_shown(ws, self._hide, next_step("remove", self.name, "--in", "elsewhere"))
        if self.kept is not None:
            place = elsewhere_of(ws.person())
            gone = (self.kept.path, elsewhere_holder_path(ws.person(), self.name))
            for file in (place_of(work_folder(ws), path) for path in gone):
                retry(partial(file.unlink, missing_ok=True))
            save_draft(ws, place, title=f"Remove the badge {self.name}", without=gone)
            send_draft(ws, place)
            refresh(ws)
        return RemoveBadgeResult(ws=ws, name=self.name, was_shown=self.was_shown)

    def _hide(self, _: Workspace, before: ShownState) -> ShownState:
        kept = tuple(b for b in before.list.elsewhere if b.name != self.name)
        return replace(before, list=replace(before.list, elsewhere=kept))

"""Takes pieces, or all of the user's pages, off the programme's pages: at once, for whoever builds them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import ClassVar

from msgspec import field
from msgspec.structs import replace

from mcred.app.context import Notice
from mcred.app.fetch import Fetching
from mcred.app.pieces.find import LEAST, find_judged
from mcred.app.pieces.publish import PublishResult
from mcred.app.pieces.rewrite_shown import own_shown, rewrite_shown
from mcred.app.pieces.shown import ShownState
from mcred.app.use_case import Command, Confirmation, Plan
from mcred.app.workspace import Workspace
from mcred.domain.shown import ShownPiece
from mcred.problems import Exit, McredError, next_step


class Unpublish(Command[PublishResult], frozen=True, kw_only=True):
    """Take pieces off the pages; with `page` every page of mine, and every piece with it.

    `submission`: of this one only.
    """

    fetching: ClassVar[Fetching] = "must"
    pieces: tuple[str, ...] = ()
    submission: str | None = field(default=None, name="of")
    page: bool = False

    def plan(self, ws: Workspace) -> UnpublishPlan | PublishResult:
        """What is taken off. Raises McredError for a piece that is not published."""
        shown = own_shown(ws)
        if not self.pieces and not self.page and not shown.list.pieces:
            raise McredError("nothing of yours is published", hint=next_step("publish-piece", "--all"))
        if bool(self.pieces) is self.page:
            names = " or ".join(dict.fromkeys(_name(p) for p in shown.list.pieces)) or "nothing"
            what = f"say which piece ({names} is published), or --page for all your pages"
            raise McredError(what, hint=f"{ws.ctx.typed} --page", code=Exit.USAGE)
        chosen = shown.list.pieces if self.page else self._find(ws, shown)
        if not chosen and (not self.page or shown.list.hidden):
            return PublishResult(ws=ws, status="not needed", shown=shown)
        return UnpublishPlan(command=self, chosen=chosen)

    def _find(self, ws: Workspace, shown: ShownState) -> tuple[ShownPiece, ...]:
        mine = tuple(p for p in shown.list.pieces if self._is_of(p))
        chosen: dict[ShownPiece, None] = {}
        for name in self.pieces:
            meant = set(_by_name(mine, name)) or set(self._by_file(ws, mine, name))
            if not meant and mine:
                names = ", ".join(dict.fromkeys(map(_name, mine)))
                what = f"'{name}' is not published; what is: {names}"
                raise McredError(what, hint=next_step("unpublish", _name(mine[0])))
            chosen.update(dict.fromkeys(p for p in mine if p in meant))
        return tuple(chosen)

    def _is_of(self, piece: ShownPiece) -> bool:
        return self.submission in (None, str(piece.submission), piece.submission.credential)

    def _by_file(self, ws: Workspace, mine: tuple[ShownPiece, ...], name: str) -> Iterator[ShownPiece]:
        """Those whose file had this name when it was handed in."""
        for submission in {p.submission for p in mine}:
            with suppress(McredError):
                called = find_judged(ws, (name,), str(submission)).called(name)
                commitments = {piece.committed.commitment for piece in called}
                yield from (p for p in mine if p.commitment in commitments)


class UnpublishPlan(Plan[PublishResult], frozen=True, kw_only=True):
    """The pieces that are taken off."""

    command: Unpublish
    chosen: tuple[ShownPiece, ...]

    def preview(self) -> Iterator[Notice]:
        """What taking something off does not reach."""
        if self.chosen:
            yield Notice(
                text="What someone saved before stays with them. The server deletes its own copy within "
                "a few weeks; pages that are online change when they are published again."
            )

    def confirmation(self) -> Confirmation:
        """Nothing is asked: it can be published again."""
        count = "1 piece" if len(self.chosen) == 1 else f"{len(self.chosen)} pieces"
        what = f"all your pages and {count}" if self.command.page else count
        return Confirmation(would=f"Would take {what} off the pages. Nothing was changed.")

    def apply(self, ws: Workspace) -> PublishResult:
        """Take them off. Raises McredError where the remote does not take it."""
        gone = {p.commitment for p in self.chosen}
        command = self.command
        step = next_step("unpublish", *command.pieces, *(("--page",) if command.page else ()))
        after = rewrite_shown(ws, lambda _, before: without(before, gone, hide=command.page), step)
        return PublishResult(ws=after, changed=self.chosen, shown=own_shown(after))


def without(shown: ShownState, commitments: set[str], *, hide: bool = False) -> ShownState:
    """What is published, without some pieces; with `hide` nothing, and no page."""
    kept = tuple(p for p in shown.list.pieces if not hide and p.commitment not in commitments)
    listed = replace(shown.list, hidden=shown.list.hidden or hide, pieces=kept)
    if hide:
        listed = replace(listed, elsewhere=(), endorsements=())
    return replace(shown, list=listed)


def _name(piece: ShownPiece) -> str:
    return str(piece.content.item)


def _by_name(mine: tuple[ShownPiece, ...], name: str) -> Iterator[ShownPiece]:
    for piece in mine:
        if name in (_name(piece), piece.title) or (len(name) >= LEAST and piece.commitment.startswith(name)):
            yield piece

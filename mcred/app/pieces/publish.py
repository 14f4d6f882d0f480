"""Publishes pieces of evidence on the pages of the user's badge, at once: no one has to confirm it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from msgspec import field
from msgspec.structs import replace

from mcred.app.context import Notice
from mcred.app.fetch import Fetching
from mcred.app.pieces.clean_copy import CleanCopy, make_copy
from mcred.app.pieces.find import (
    JudgedPiece,
    JudgedPieces,
    distinct_name,
    find_judged,
    pick_piece,
    read_content,
)
from mcred.app.pieces.rewrite_shown import own_shown, rewrite_shown
from mcred.app.pieces.shown import ShownState
from mcred.app.use_case import Command, Confirmation, Plan, Question, Result
from mcred.app.workspace import Workspace
from mcred.domain.ids import Line
from mcred.domain.shown import ShownPiece
from mcred.problems import Exit, McredError, next_step


class PublishResult(Result, frozen=True, kw_only=True):
    """What was published, and all that the user publishes now."""

    changed: tuple[ShownPiece, ...] = ()
    shown: ShownState


class PublishPieces(Command[PublishResult], frozen=True, kw_only=True, rename={"everything": "all"}):
    """Publish pieces of evidence of my newest award; `everything`: all of them.

    `submission`: None is my only one with these pieces. Pages that were taken off come back with it.
    """

    fetching: ClassVar[Fetching] = "must"
    pieces: tuple[str, ...] = ()
    submission: str | None = field(default=None, name="of")
    everything: bool = False

    def plan(self, ws: Workspace) -> PublishPlan | PublishResult:
        """What can be published. Raises McredError where nothing of mine was awarded."""
        me = ws.confirmed()
        found = find_judged(ws, self.pieces, self.submission)
        about, attempt = found.submission, found.decision.attempt
        if about.earner != me:
            what = f"only {about.earner} publishes pieces of {about}"
            raise McredError(what, hint=next_step("status"), code=Exit.NOT_ALLOWED)
        record = ws.catalog.records[about]
        if attempt not in record.live:
            word = "was revoked" if attempt in record.revocations else "was not awarded"
            what = f"attempt {attempt} of {about} {word}, so no page shows its pieces"
            raise McredError(what, hint=next_step("feedback", about.credential))
        return PublishPlan(command=self, found=found, shown=own_shown(ws))


class PublishPlan(Plan[PublishResult], frozen=True, kw_only=True):
    """The pieces that can be published, and, once it is settled, those that are."""

    command: PublishPieces
    found: JudgedPieces
    shown: ShownState
    """What is published now."""
    chosen: tuple[ShownPiece, ...] = ()
    copies: tuple[CleanCopy, ...] = ()
    notices: tuple[Notice, ...] = ()

    @property
    def evidence(self) -> tuple[JudgedPiece, ...]:
        """The pieces of evidence; answers and other files are never published."""
        return tuple(p for p in self.found.pieces if p.content.name == "evidence" and p.entry is not None)

    def questions(self) -> Iterator[Question]:
        """Which piece, where it is open."""
        if not self.command.pieces and not self.command.everything:
            yield Question(
                field="pieces",
                text="Which piece",
                option="PIECE, or --all",
                choices=tuple(distinct_name(piece) for piece in self.evidence),
                is_list=True,
            )

    def settle(self, ws: Workspace) -> Plan[PublishResult] | PublishResult:
        """The pieces with the copies that go out. Raises McredError for one that cannot be published."""
        known = {(p.submission, p.attempt, p.commitment): p for p in self.shown.list.pieces}
        chosen, copies, notices = [], [], []
        for piece in self._choose():
            try:
                shown, copy = _show(ws, self.found, piece)
            except McredError as error:
                if not self.command.everything:
                    raise
                notices.append(Notice(text=f"Not published: {error.what}.", style="yellow"))
                continue
            if known.get((shown.submission, shown.attempt, shown.commitment)) != shown:
                chosen.append(shown)
                copies += [copy] if copy else []
        if not chosen and not self.shown.list.hidden:
            for notice in notices:
                ws.ctx.show.note(notice.text, style=notice.style)
            return PublishResult(ws=ws, status="not needed", shown=self.shown)
        notices += _about_pages(ws, self.shown)
        return replace(self, chosen=tuple(chosen), copies=tuple(copies), notices=tuple(notices))

    def _choose(self) -> tuple[JudgedPiece, ...]:
        if self.command.everything:
            return self.evidence
        picked = tuple(pick_piece(self.found, name) for name in self.command.pieces)
        for piece in picked:
            if piece not in self.evidence:
                what = f"{piece} is not evidence: answers and other files are never published"
                raise McredError(what, hint=next_step("reveal", str(piece), "--of", self.found.submission))
        return tuple({piece.committed.commitment: piece for piece in picked}.values())

    def preview(self) -> Iterator[Notice]:
        """What goes out, and what was taken out of it."""
        yield Notice(text=f"Of {self.found.submission}, attempt {self.found.decision.attempt}:")
        for piece in self.chosen:
            yield Notice(text=f"“{piece.title}”{_describe(piece)}", indent=2)
        yield from self.notices

    def confirmation(self) -> Confirmation:
        """Asks whether to publish them."""
        count = "1 piece" if len(self.chosen) == 1 else f"{len(self.chosen)} pieces"
        return Confirmation(
            would=f"Would publish {count} of {self.found.submission}. Nothing was changed.",
            question=f"Publish {count}? Anyone who sees your badge's page can read it and keep a copy",
            kept="Nothing was published.",
            is_required=True,
        )

    def apply(self, ws: Workspace) -> PublishResult:
        """Publish them. Raises McredError where the remote does not take it."""
        new = {(p.submission, p.attempt, p.commitment) for p in self.chosen}

        def change(_: Workspace, before: ShownState) -> ShownState:
            kept = (p for p in before.list.pieces if (p.submission, p.attempt, p.commitment) not in new)
            listed = replace(before.list, hidden=False, pieces=(*kept, *self.chosen))
            return ShownState(list=listed, files={**before.files, **{c.name: c.data for c in self.copies}})

        words = (*self.command.pieces, *(("--all",) if self.command.everything else ()))
        after = rewrite_shown(ws, change, next_step("publish-piece", *words, "--of", self.found.submission))
        return PublishResult(ws=after, changed=self.chosen, shown=own_shown(after))


def _show(ws: Workspace, found: JudgedPieces, piece: JudgedPiece) -> tuple[ShownPiece, CleanCopy | None]:
    """A piece as it is shown. Raises McredError for one that cannot be."""
    entry = piece.entry
    title = Line(entry.title if entry else piece.title)
    if entry and not found.work.has_consent(entry):
        what = f"students can be seen, heard, or named in “{title}”, and consent was not confirmed"
        raise McredError(what, hint=next_step("explain", found.submission))
    content = read_content(ws, found, piece)
    if content is None and piece.content.digest is not None:
        raise McredError(f"the file of “{title}” is not here", hint=next_step("sync"))
    copy = make_copy(piece.file, content) if content is not None else None
    shown = ShownPiece(
        submission=found.submission,
        attempt=found.decision.attempt,
        title=title,
        disclosure=piece.disclosure,
        file=copy.name if copy else "",
    )
    return shown, copy


def _describe(piece: ShownPiece) -> str:
    if not piece.file:
        return " (a link)"
    return " as it was assessed" if piece.is_as_assessed else ", a copy without hidden information"


def _about_pages(ws: Workspace, shown: ShownState) -> Iterator[Notice]:
    if ws.catalog.people[ws.confirmed()].publish == "private":
        step = next_step("setup", "--publish", "public")
        text = f"Your profile says private, so none of your badges has a page yet ({step})."
        yield Notice(text=text, style="yellow")
    elif shown.list.hidden:
        yield Notice(text="The badge pages you took down come back with it.", style="yellow")

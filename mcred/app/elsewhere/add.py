"""Keeps a badge that the user earned elsewhere, with their drafts: sealed, for no one else to read.

With `publish` it is shown on the user's pages too, without the picture it came in; with `private` no more.
Repeated after an interruption, it keeps it once.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from msgspec.structs import replace

from mcred.app.awards.resolver import Sources, open_file
from mcred.app.awards.verify_record import issuer_names
from mcred.app.context import Context, Notice
from mcred.app.elsewhere.check import check_badge, checking_of, describe_badge
from mcred.app.elsewhere.kept import KeptBadge, read_kept
from mcred.app.elsewhere.plain import PlainBadge, write_plain
from mcred.app.fetch import Fetching
from mcred.app.free_paths import ensure_path_free
from mcred.app.pieces.rewrite_shown import own_shown, rewrite_shown
from mcred.app.pieces.shown import ShownState
from mcred.app.push import send_draft
from mcred.app.use_case import Command, Confirmation, Plan, Result
from mcred.app.work.drafts import refresh, save_draft, work_folder
from mcred.app.workspace import Workspace
from mcred.badges.bake import MAX_IMAGE, is_image
from mcred.badges.checks import VerifyReport, tell_reason
from mcred.badges.heading import read_heading, read_issuer_id
from mcred.badges.others.opening import OpenedFile, open_any
from mcred.domain.ids import PersonId, Slug, explain_bad_id, is_id, suggest_id
from mcred.domain.layout import ELSEWHERE, elsewhere_holder_path, elsewhere_of, elsewhere_path
from mcred.domain.network.elsewhere import ElsewhereBadge
from mcred.domain.shown import TAKEN, ShownBadge
from mcred.problems import Exit, McredError, next_step
from mcred.store.atomic import write_whole
from mcred.store.folder_index import find_typed, place_of


class AddBadgeResult(Result, frozen=True, kw_only=True):
    """The badge that is kept; `not needed` where it was kept and shown like that before."""

    badge: ElsewhereBadge
    report: VerifyReport
    shown: bool
    """Whether my pages show it."""

    def finish(self) -> None:
        """As for any result; and what an earlier run could not send is sent."""
        if self.status == "not needed":
            send_draft(self.ws, elsewhere_of(self.ws.person()))
        super().finish()


class AddBadge(Command[AddBadgeResult], frozen=True, kw_only=True):
    """Keep the badge in a file, or change whether one that I keep is shown.

    `badge`: a file, or the name of one that is kept. `name`: what to call it, made from its title otherwise.
    `identity`: the address it must be issued to. `online`: ask its issuer's address for keys and lists.
    `publish`: True shows it on my pages, False takes it off them, None leaves that as it is.
    """

    fetching: ClassVar[Fetching] = "try"
    badge: str
    name: str = ""
    identity: str = ""
    online: bool = False
    publish: bool | None = None

    def plan(self, ws: Workspace) -> AddBadgePlan | AddBadgeResult:
        """What is kept. Raises McredError for a file that holds no badge, or one that is not valid."""
        me = ws.confirmed() if self.publish is not None else ws.person()
        if ELSEWHERE in ws.catalog.definitions:
            what = f"this program has a micro-credential with the id {ELSEWHERE}, the place for these badges"
            raise McredError(what, hint=next_step("browse"))
        kept = read_kept(ws, me)
        data, known = self._read(ws.ctx, kept)
        checking = checking_of(ws)
        sources = Sources(catalog=ws.catalog, fetch=ws.ctx.fetch if self.online else None)
        report = check_badge(data, checking, sources, self.identity)
        opened, data = _open(data, report)
        again = next_step("verify", self.badge)
        if report.answer == "not valid":
            raise McredError(f"this badge is not valid: {tell_reason(report)}", hint=again)
        if read_issuer_id(report.document) in issuer_names(ws.catalog.programme):
            raise McredError("this program issued it, so it is on your page already", hint=next_step("share"))
        name = known.name if known else self._name(report, kept, data)
        plain = write_plain(opened) if self.publish else None
        state = own_shown(ws) if self.publish is not None or known else None
        shown = {b.name: b.file for b in state.list.elsewhere} if state is not None else {}
        path = known.path if known else elsewhere_path(me, name, _ending(data, opened))
        plan = AddBadgePlan(
            command=self,
            me=me,
            path=path,
            data=data,
            plain=plain,
            badge=describe_badge(name, report, checking, self.identity or (known.issued_to if known else "")),
            report=report,
        )
        is_kept = any((k.path, k.data) == (path, data) for k in kept)
        is_kept = is_kept and place_of(work_folder(ws), path).exists()
        is_kept = is_kept and self.identity in ("", known.issued_to if known else "")
        is_so = self.publish is None or shown.get(name) == (plain.name if plain else None)
        if is_kept and is_so:
            return plan.result(ws, "not needed", shown=name in shown)
        return plan

    def _read(self, ctx: Context, kept: tuple[KeptBadge, ...]) -> tuple[bytes, KeptBadge | None]:
        known = next((k for k in kept if k.name == self.badge), None)
        if known is not None and not find_typed(ctx.at, self.badge).is_file():
            return known.data, known
        with open_file(ctx.at, self.badge, "add-badge") as file:
            data = file.read(MAX_IMAGE + 1)
        return data, next((k for k in kept if k.data == data and self.name in ("", k.name)), None)

    def _name(self, report: VerifyReport, kept: tuple[KeptBadge, ...], data: bytes) -> Slug:
        """The name of a new badge. Raises McredError for one that another badge has."""
        title = read_heading(report.document).title
        name = self.name or suggest_id(title) or suggest_id(Path(self.badge).stem) or "badge"
        again = ("add-badge", self.badge, "--name")
        if not is_id(name):
            what = f"'{name}' cannot be the name of a badge: {explain_bad_id(name)}"
            raise McredError(what, hint=next_step(*again, "NAME"), code=Exit.USAGE)
        if name in TAKEN:
            what = f"a badge cannot have the name {name}: a file of that name would hold an issuer's keys"
            raise McredError(what, hint=next_step(*again, f"{name}-badge"))
        if any(k.name == name and k.data != data for k in kept):
            what = f"you keep another badge with the name {name}"
            raise McredError(what, hint=next_step(*again, f"{name}-2"))
        return Slug(name)


class AddBadgePlan(Plan[AddBadgeResult], frozen=True, kw_only=True):
    """The badge, and where it is kept."""

    command: AddBadge
    me: PersonId
    path: str
    data: bytes
    plain: PlainBadge | None
    """What goes out; None where nothing does."""
    badge: ElsewhereBadge
    report: VerifyReport

    def preview(self) -> Iterator[Notice]:
        """What goes out."""
        if self.plain is not None:
            holder = read_heading(self.report.document).holder
            said = f"“{self.badge.title}” goes out as its issuer wrote it"
            yield Notice(text=f"{said}, with “{holder}” in it." if holder else f"{said}.")

    def confirmation(self) -> Confirmation:
        """Asks before a badge goes out."""
        would = f"Would keep “{self.badge.title}” as {self.badge.name}"
        if self.command.publish is not None:
            would += " and show it on your pages" if self.command.publish else " and take it off your pages"
        if self.plain is None:
            return Confirmation(would=f"{would}. Nothing was changed.")
        return Confirmation(
            would=f"{would}. Nothing was changed.",
            question="Show it? Anyone who sees your page can read it and keep a copy",
            kept="Nothing was changed.",
            is_required=True,
        )

    def apply(self, ws: Workspace) -> AddBadgeResult:
        """Save and send it, then show it or take it off. Raises McredError where the remote refuses that."""
        place, root = elsewhere_of(self.me), work_folder(ws)
        ensure_path_free(root, (self.path,), next_step("add-badge", self.command.badge))
        file = place_of(root, self.path)
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, self.data)
        if self.command.identity:
            holder = place_of(root, elsewhere_holder_path(self.me, self.badge.name))
            write_whole(holder, f"{self.command.identity}\n".encode())
        save_draft(ws, place, title=f"Keep the badge {self.badge.name}")
        send_draft(ws, place)
        refresh(ws)
        if self.command.publish is not None:
            word = "--publish" if self.command.publish else "--private"
            ws = rewrite_shown(ws, self._show, next_step("add-badge", self.badge.name, word))
        return self.result(ws, "done", shown=self.badge.name in _names(own_shown(ws)))

    def _show(self, _: Workspace, before: ShownState) -> ShownState:
        kept = tuple(b for b in before.list.elsewhere if b.name != self.badge.name)
        if self.plain is None:
            return replace(before, list=replace(before.list, elsewhere=kept))
        badge = ShownBadge(name=self.badge.name, file=self.plain.name)
        listed = replace(before.list, hidden=False, elsewhere=(*kept, badge))
        return ShownState(list=listed, files={**before.files, self.plain.name: self.plain.data})

    def result(self, ws: Workspace, status: str, *, shown: bool) -> AddBadgeResult:
        """The result with this badge."""
        found = AddBadgeResult(ws=ws, badge=self.badge, report=self.report, shown=shown)
        return replace(found, status=status)


def _names(state: ShownState) -> frozenset[Slug]:
    return frozenset(badge.name for badge in state.list.elsewhere)


def _open(data: bytes, report: VerifyReport) -> tuple[OpenedFile, bytes]:
    """The badge in a file, and the bytes to keep: of a file that only names the address of a badge, the badge
    that was there. Raises McredError where there is none."""
    try:
        found = open_any(data)
    except McredError:
        found = OpenedFile(document={})
    if not read_heading(report.document).title:
        check = report.checks[0]
        hint = check.remedy or next_step("verify", "FILE")
        raise McredError(f"there is no badge in it: {check.what}", hint=hint)
    if found.address:
        found = OpenedFile(document=report.document)
        return found, write_plain(found).data
    return found, data


def _ending(data: bytes, opened: OpenedFile) -> str:
    if is_image(data):
        return "png" if data.startswith(b"\x89PNG") else "svg"
    return "jwt" if opened.token is not None else "json"

"""Brings in an endorsement that someone signed: about a badge by its earner, about a micro-credential or the
issuer by a maintainer.

It is verified, and stored beside what it is about, which never changes: on the earner's shown ref, or on
main.
Repeated after an interruption, it is stored once.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace

from mcred.app.awards.issued_badges import find_badges
from mcred.app.awards.resolver import Sources, open_file
from mcred.app.awards.verify_record import issuer_names
from mcred.app.commit import ChangeSet, commit_to_main
from mcred.app.context import Notice
from mcred.app.elsewhere.plain import PlainBadge, write_plain
from mcred.app.endorsements.check import (
    PROGRAM,
    check_endorsement,
    checking_of,
    name_about,
    tell_endorsement,
)
from mcred.app.endorsements.kept import KeptEndorsement, read_kept
from mcred.app.fetch import Fetching
from mcred.app.pieces.rewrite_shown import rewrite_shown
from mcred.app.pieces.shown import ShownState
from mcred.app.use_case import Command, Confirmation, Plan, Result
from mcred.app.workspace import Workspace
from mcred.badges.bake import MAX_IMAGE
from mcred.badges.checks import VerifyReport, tell_reason
from mcred.badges.endorsements.document import read_claims
from mcred.badges.others.opening import open_any
from mcred.domain.endorsements.told import ToldEndorsement
from mcred.domain.ids import Slug, is_id, suggest_id
from mcred.domain.layout import endorsement_path
from mcred.domain.shown import TAKEN, ShownBadge
from mcred.formats.trailers import message
from mcred.problems import Exit, McredError, next_step
from mcred.store.write import put_blob


class AddEndorsementResult(Result, frozen=True, kw_only=True):
    """The endorsement that is here; `not needed` where it was before."""

    told: ToldEndorsement
    of: str
    """What it is about: a badge of the user's as `ana/wait-time` or `ana/stacks/talk`, a micro-credential's
    id, or `program`."""

    @property
    def has_page(self) -> bool:
        """Whether a page shows it: none shows what is of a person without pages."""
        return bool(self.told.of) or self.ws.catalog.people[self.ws.person()].publish != "private"


class Destination(Struct, frozen=True, kw_only=True):
    """Where an endorsement belongs."""

    of: str
    is_mine: bool


class AddEndorsement(Command[AddEndorsementResult], frozen=True, kw_only=True, rename={"file": "what"}):
    """Show the endorsement in a file. `online`: ask its signer's address for keys and lists."""

    fetching: ClassVar[Fetching] = "must"
    file: str
    online: bool = False

    def plan(self, ws: Workspace) -> AddEndorsementPlan | AddEndorsementResult:
        """What is stored. Raises McredError for a file that is no endorsement, one that is not valid, and one
        about something that is not the user's to show."""
        ws.confirmed()
        with open_file(ws.ctx.at, self.file, "endorse", "add") as file:
            data = file.read(MAX_IMAGE + 1)
        checking = checking_of(ws)
        sources = Sources(catalog=ws.catalog, fetch=ws.ctx.fetch if self.online else None)
        report = check_endorsement(data, checking, sources)
        again = next_step("verify", self.file)
        if not report.document:
            what = f"there is no endorsement in {self.file}"
            raise McredError(what, hint=again)
        if report.answer == "not valid":
            raise McredError(f"this endorsement is not valid: {tell_reason(report)}", hint=again)
        if read_claims(report.document).signer_id in issuer_names(ws.catalog.programme):
            what = "this program signed it itself: it is for whoever it is about"
            raise McredError(what, hint=again, code=Exit.NOT_ALLOWED)
        place = find_place(ws, read_claims(report.document).about)
        plain = write_plain(open_any(data))
        kept = read_kept(ws)
        known = next((k for k in kept if k.is_mine == place.is_mine and k.data == plain.data), None)
        name = known.name if known else _free_name(report, kept)
        told = tell_endorsement(name, report, checking, ws.catalog)
        if known is not None:
            return AddEndorsementResult(ws=ws, status="not needed", told=told, of=place.of)
        return AddEndorsementPlan(command=self, place=place, plain=plain, told=told)


def find_place(ws: Workspace, about: str) -> Destination:
    """Where an endorsement about something belongs. Raises McredError where it is not the user's to show, and
    for what is not of this programme."""
    me, catalog = ws.confirmed(), ws.catalog
    mine = [b for b in find_badges(ws, me) if b.document.get("id") == about]
    if mine:
        return Destination(of=f"{me}/{mine[0].name}", is_mine=True)
    of, _ = name_about(catalog, about)
    if not of:
        what = f"it is about {about}, which is no badge of yours, and no micro-credential or issuer here"
        raise McredError(what, hint=next_step("verify", "FILE", note="send it to whoever it is about"))
    if me not in catalog.programme.roles.maintainers:
        who = ", ".join(catalog.programme.roles.maintainers)
        what = f"only maintainers add endorsements of {'the program' if of == PROGRAM else of} ({who})"
        raise McredError(what, hint=next_step("sync"), code=Exit.NOT_ALLOWED)
    return Destination(of=of, is_mine=False)


def _free_name(report: VerifyReport, kept: tuple[KeptEndorsement, ...]) -> Slug:
    claims = read_claims(report.document)
    base = (suggest_id(claims.signer) or "endorsement")[:50].rstrip("-")
    names = (base if n == 1 else f"{base}-{n}" for n in itertools.count(1))
    taken = {*TAKEN, *(k.name for k in kept)}
    return Slug(next(name for name in names if is_id(name) and name not in taken))


class AddEndorsementPlan(Plan[AddEndorsementResult], frozen=True, kw_only=True):
    """The endorsement, and where it is stored."""

    command: AddEndorsement
    place: Destination
    plain: PlainBadge
    told: ToldEndorsement

    def preview(self) -> Iterator[Notice]:
        """What goes out."""
        yield Notice(text=f"{self.told.signer} about {self.place.of}: “{self.told.comment}”")

    def confirmation(self) -> Confirmation:
        """Asks before it goes out."""
        where = "your badge's page" if self.place.is_mine else "the program's pages"
        would = f"Would show the endorsement by {self.told.signer} on {where}"
        return Confirmation(
            would=f"{would}. Nothing was changed.",
            question=f"Show it on {where}? Anyone who sees the page can read it and keep a copy",
            kept="Nothing was changed.",
            is_required=True,
        )

    def apply(self, ws: Workspace) -> AddEndorsementResult:
        """Store it. Raises McredError where the remote refuses that."""
        again = next_step("endorse", "add", self.command.file)
        if self.place.is_mine:
            ws = rewrite_shown(ws, self._show, again)
        else:
            ws = commit_to_main(ws, self._commit, again)
        return AddEndorsementResult(ws=ws, told=self.told, of=self.place.of)

    def _show(self, _: Workspace, before: ShownState) -> ShownState:
        entry = ShownBadge(name=self.told.name, file=self.plain.name)
        listed = replace(before.list, endorsements=(*before.list.endorsements, entry))
        return ShownState(list=listed, files={**before.files, self.plain.name: self.plain.data})

    def _commit(self, ws: Workspace) -> ChangeSet:
        path = endorsement_path(self.told.name)
        if path in ws.tree.entries:
            raise McredError(
                f"someone else added {path} in the meantime",
                hint=next_step("endorse", "add", self.command.file),
                code=Exit.CHANGED,
            )
        text = message(f"Add an endorsement of {self.place.of}", "endorse")
        return ChangeSet(changes={path: put_blob(ws.repo, self.plain.data)}, merged=(), text=text)

"""An earner adds a piece of evidence to a draft. Repeated after an interruption, it adds it once."""

from __future__ import annotations

import hashlib
import unicodedata
from pathlib import Path
from typing import ClassVar

from msgspec.structs import replace

from mcred.app.context import Context
from mcred.app.fetch import Fetching
from mcred.app.free_paths import ensure_path_free
from mcred.app.lookup import pick_draft, pick_submission, stood_in
from mcred.app.pieces.named_source import find_source, is_address
from mcred.app.profile import who_reads
from mcred.app.push import note_beside, note_odd, send_draft
from mcred.app.use_case import Command, Confirmation, Plan, Result
from mcred.app.work.drafts import (
    Draft,
    my_drafts,
    read_draft,
    refresh,
    refuse_final,
    save_draft,
    work_folder,
)
from mcred.app.work.file_traces import look_inside
from mcred.app.work.large_copy import LargeCopy
from mcred.app.workspace import Workspace
from mcred.domain.credential import Credential, Item
from mcred.domain.ids import MAX_LINE, Slug, SubmissionId
from mcred.domain.layout import folder_of, submission_path
from mcred.domain.rules.submit import FINAL
from mcred.domain.sealed.large_file import LARGE
from mcred.domain.submission import MAX_FILE, Evidence, largest_file, stored_name
from mcred.domain.text import as_id_typed, as_typed, nearest
from mcred.formats.edit import append_to_list
from mcred.formats.encode import encode
from mcred.problems import Exit, McredError, NextStep, next_step
from mcred.store.atomic import write_whole
from mcred.store.folder_index import name_on_disk, place_of, read_written
from mcred.store.lfs import INSTALL, MISSING, is_installed
from mcred.store.snapshot import explain_bad_path

_FILMS = frozenset((".mp4", ".m4v", ".mov", ".webm", ".avi", ".mkv", ".mpg", ".mpeg", ".ogv", ".wmv", ".3gp"))


class AddResult(Result, frozen=True, kw_only=True):
    """A piece of evidence in the list; `not needed` where it was listed before."""

    submission: SubmissionId
    item: Item
    piece: Evidence
    count: int
    """How many pieces the item has."""
    differs: bool = False
    """Whether the command describes a piece that was listed before in another way."""

    def finish(self) -> None:
        """Save and push what an earlier run listed, since it may have been interrupted before that."""
        if self.status == "not needed":
            _keep(self.ws, self.submission, self.item.id)


class Add(Command[AddResult], frozen=True, kw_only=True, rename={"item": "for", "credential": "in"}):
    """Add the file or web address `what` to `item` of my draft for `credential`.

    `type`: one of those that the item accepts; None where it accepts one, or the file's name tells.
    `title`: None takes the file's name. `copy`: for an address, a file whose digest is listed. `clean`:
    whether to remove hidden information from a file; None asks.
    """

    fetching: ClassVar[Fetching] = "try"
    what: str
    item: str
    type: str | None = None
    title: str | None = None
    about: str = ""
    students: bool = False
    copy: str | None = None
    credential: str | None = None
    clean: bool | None = None

    def plan(self, ws: Workspace) -> AddPlan | AddResult:
        """What will be listed. Raises McredError for a file, address, item or type that is not accepted."""
        submission, wanted = _find_item(ws, self.credential, self.item, self.what)
        draft = read_draft(ws, submission)
        refuse_final(ws, submission)
        again = next_step("add", "FILE", "--for", wanted.id, *(("--type", self.type) if self.type else ()))
        ensure_path_free(work_folder(ws), (f"{folder_of(submission)}/evidence/",), again)
        piece, stored = self._read(ws, submission, wanted, draft.definition, again)
        _refuse_unreadable(piece, again)
        listed, count = _find_listed(draft, piece), len(draft.work.evidence_of(wanted))
        folder = work_folder(ws) / folder_of(submission)
        if listed is None or (listed.file and not place_of(folder, listed.file).is_file()):
            old = listed is not None
            return AddPlan(command=self, draft=draft, item=wanted, piece=piece, stored=stored, is_listed=old)
        said = replace(piece, title=piece.title if self.title is not None else listed.title)
        return AddResult(
            ws=ws,
            status="not needed",
            submission=submission,
            item=wanted,
            piece=listed,
            count=count,
            differs=said != listed,
        )

    def _read(
        self, ws: Workspace, submission: SubmissionId, wanted: Item, definition: Credential, again: NextStep
    ) -> tuple[Evidence, bytes | LargeCopy | None]:
        """What is listed, and what to store of a file."""
        what, at = self.what, ws.ctx.at
        said = Evidence(
            item=wanted.id,
            type=_choose_type(ws.ctx, what, wanted, self.type or _guess_type(wanted, what), definition),
            title=as_typed(self.title or "") or wanted.title,
            about=self.about,
            students=self.students,
        )
        typed = replace(again, words=(what, *again.words[1:]))
        if is_address(what, again):
            other = next_step("add", what, "--for", self.item, "--copy", "FILE")
            digest = _digest(find_source(at, self.copy, other)) if self.copy else ""
            return replace(said, url=what, sha256=digest), None
        if self.copy is not None:
            why = f"{what} is a file and is copied anyway; --copy is for a web address"
            raise McredError(why, hint=typed, code=Exit.USAGE)
        source = find_source(at, what, again)
        _refuse_large(ws, source, replace(again, words=("URL", *again.words[1:], "--copy", what)))
        folder = work_folder(ws) / folder_of(submission)
        in_place = source.resolve().is_relative_to((folder / "evidence").resolve())
        stored = look_inside(ws.ctx, source, self.clean, typed, dry_run=ws.ctx.dry_run, in_place=in_place)
        plain = as_typed(source.stem.replace("_", " ").replace("-", " "))[:MAX_LINE] or wanted.title
        name = _place(folder, source, stored, again)
        return replace(said, file=name, title=said.title if self.title else plain), stored


class AddPlan(Plan[AddResult], frozen=True, kw_only=True):
    """A piece that is not listed, or whose file is missing."""

    draft: Draft
    item: Item
    piece: Evidence
    stored: bytes | LargeCopy | None
    is_listed: bool

    def confirmation(self) -> Confirmation:
        """Nothing is asked."""
        piece = self.piece
        what = f"{piece.file or piece.url} as {piece.type} for {self.item.title}"
        return Confirmation(would=f"Would add {what}.")

    def apply(self, ws: Workspace) -> AddResult:
        """Write the file and the list, then save and push them."""
        draft = self.draft
        if not draft.work.submission.evidence and ws.url is not None:
            ws.ctx.show.note(who_reads(ws.catalog.programme))
        _store(ws, draft.id, self.piece, self.stored, is_listed=self.is_listed)
        _keep(ws, draft.id, self.item.id)
        count = len(draft.work.evidence_of(self.item)) + (not self.is_listed)
        return AddResult(ws=ws, submission=draft.id, item=self.item, piece=self.piece, count=count)


def _keep(ws: Workspace, submission: SubmissionId, item: Slug) -> None:
    """Save and push."""
    saved = save_draft(ws, submission, title=f"Add evidence for {item}")
    note_beside(ws.ctx, saved.beside)
    note_odd(ws.ctx, saved.odd)
    send_draft(ws, submission)
    refresh(ws)


def _find_listed(draft: Draft, piece: Evidence) -> Evidence | None:
    """The listed piece with the same file or address. Raises McredError when it is listed for another
    item."""
    name = piece.file or piece.url
    found = next((e for e in draft.work.submission.evidence if (e.file or e.url) == name), None)
    if found is not None and found.item != piece.item:
        raise McredError(
            f"“{found.title}” was already added for {found.item}; one piece counts for one item",
            hint=next_step("check", draft.id.credential),
        )
    return found


def _find_item(ws: Workspace, credential: str | None, item: str, what: str) -> tuple[SubmissionId, Item]:
    """The only started submission that has the item, and the item; `what` is to be added."""
    ws.person()
    item = as_id_typed(item)
    if credential is not None or len(my_drafts(ws)) == 1 or stood_in(ws) is not None:
        submission = pick_draft(ws, credential, "add", "FILE", "--for", item, "--in")
        definition = ws.known(submission.credential)
        found = [i for i in definition.items if i.id == item]
        if not found:
            places = [i.id for i in definition.items if not i.is_written]
            if not places:
                said = f"{definition.id} asks for no evidence, only for written answers"
                raise McredError(said, hint=next_step("check", definition.id))
            close = nearest(item, places) or places[0]
            raise McredError(
                f"{definition.id} has no item '{item}'; evidence goes to {' or '.join(places)}",
                hint=next_step("add", what, "--for", close),
            )
        return submission, found[0]
    fits = [
        (draft, found)
        for draft in my_drafts(ws)
        for found in ws.known(draft.credential).items
        if found.id == item and ws.standing(draft).word not in FINAL
    ]
    if len(fits) > 1:
        drafts = [draft for draft, _ in fits]
        again = next_step("add", "FILE", "--for", item, "--in", drafts[0].credential)
        return fits[drafts.index(pick_submission(ws, drafts, f"for '{item}' of which one", again))]
    if not fits:
        again = next_step("add", "FILE", "--for", item, "--in", "ID")
        said = f"'{item}' belongs to none of the micro-credentials you started"
        raise McredError(said, hint=again if my_drafts(ws) else next_step("browse"))
    return fits[0]


def list_items(ws: Workspace, credential: str | None) -> list[Item]:
    """The items that evidence can be for, of the submission that `pick_draft` finds. Raises McredError where
    it asks for words only."""
    definition = ws.known(pick_draft(ws, credential, "add", "FILE", "--for", "ITEM", "--in").credential)
    items = [item for item in definition.items if not item.is_written]
    if not items:
        said = f"{definition.id} asks for no evidence, only for words"
        raise McredError(said, hint=next_step("check", definition.id))
    return items


def _guess_type(item: Item, what: str) -> str | None:
    """The kind that a file's name tells: a film is a video, and no other file is one."""
    if "://" in what or "video" not in item.accepts:
        return None
    others = [kind for kind in item.accepts if kind != "video"]
    if Path(what).suffix.lower() in _FILMS:
        return "video"
    return others[0] if len(others) == 1 else None


def _choose_type(ctx: Context, what: str, item: Item, kind: str | None, definition: Credential) -> Slug:
    if item.is_written:
        raise McredError(
            f"“{item.title}” is answered in writing ({item.requirement})",
            hint=next_step("check", definition.id),
        )
    if kind is None and len(item.accepts) == 1:
        return item.accepts[0]
    for accepted in item.accepts:
        if kind is not None and accepted == as_id_typed(kind):
            return accepted
    if kind is None and ctx.interactive:
        return Slug(
            ctx.choose(f"What type of evidence is it for “{item.title}”", item.accepts, "--type KIND")
        )
    said = f"does not accept '{kind}'; it accepts" if kind else "accepts several types: use --type"
    close = nearest(kind or "", item.accepts) or item.accepts[0]
    raise McredError(
        f"“{item.title}” {said} {' or '.join(item.accepts)}",
        hint=next_step("add", what, "--for", item.id, "--type", close),
    )


def _refuse_unreadable(piece: Evidence, again: NextStep) -> None:
    """Raises McredError for values that would make the list unreadable, before anything is stored."""
    try:
        encode(piece)
    except McredError as error:
        raise McredError(
            "it cannot be listed like this",
            hint=replace(again, note="first fix these"),
            problems=error.problems,
        ) from error


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _refuse_large(ws: Workspace, source: Path, link: NextStep) -> None:
    """Raises McredError for a file that is too large here, or cannot be sent as git-lfs is not installed.

    `link`: the command that adds its address instead.
    """
    programme, size = ws.catalog.programme, source.stat().st_size
    most = largest_file(programme)
    said = f"{source.name} has {_size_text(size)}"
    if size > most:
        only = "; larger ones are accepted only where submitted work is sealed" if most == MAX_FILE else ""
        raise McredError(
            f"{said}, more than {_size_text(most)}{only}",
            hint=replace(link, before="upload it where you keep videos, then"),
        )
    if size > LARGE and programme.work == "sealed" and not is_installed():
        raise McredError(
            f"{said}; {MISSING}",
            hint=replace(link, before=f"{INSTALL}, then type the same command again; or link to it:"),
        )


def _size_text(size: int) -> str:
    """A size in MB or GB, rounded up, so that one just above a limit is not called the limit.

    >>> _size_text(25 * 2**20 + 1), _size_text(2**31)
    ('26 MB', '2 GB')
    """
    return f"{-(-size // 2**20)} MB" if size < 2**30 else f"{-(-size * 10 // 2**30) / 10:g} GB"


def _place(folder: Path, source: Path, stored: bytes | LargeCopy, again: NextStep) -> str:
    """A free path below evidence/, or one with equal content, with a name that every computer can store."""
    try:
        inside = source.resolve().relative_to((folder / "evidence").resolve())
    except ValueError:
        stem, suffix = stored_name(source.name)
    else:
        own = name_on_disk(folder / "evidence", inside.as_posix())
        name = unicodedata.normalize("NFC", own)
        if bad := explain_bad_path(name):
            raise McredError(f"{bad}, so it cannot be stored; rename the file", hint=again)
        return f"evidence/{name}"
    for number in range(1, 1000):
        name = f"evidence/{stem}{f'-{number}' if number > 1 else ''}{suffix}"
        there = folder / name
        if there.is_symlink():
            continue
        if not there.exists() or (there.is_file() and _is_stored(there, stored)):
            return name
    raise McredError(f"there are too many files named {stem}", hint="rename yours, then add it again")


def _is_stored(there: Path, stored: bytes | LargeCopy) -> bool:
    return stored.equals(there) if isinstance(stored, LargeCopy) else there.read_bytes() == stored


def _store(
    ws: Workspace,
    submission: SubmissionId,
    piece: Evidence,
    stored: bytes | LargeCopy | None,
    *,
    is_listed: bool,
) -> None:
    """The file first, then the list: after an interruption between them the same command lists the file."""
    folder = work_folder(ws) / folder_of(submission)
    target = place_of(folder, piece.file)
    if stored is not None and not (target.is_file() and _is_stored(target, stored)):
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(stored, LargeCopy):
            with ws.ctx.show.working(f"copying {target.name}"):
                stored.store(target)
        else:
            write_whole(target, stored)
    if is_listed:
        return
    listing = work_folder(ws) / submission_path(submission)
    data = append_to_list(read_written(listing), ("evidence",), piece, submission_path(submission))
    write_whole(listing, data)

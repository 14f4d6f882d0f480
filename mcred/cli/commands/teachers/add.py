"""`mcred add`: add a piece of evidence."""

from __future__ import annotations

import hashlib
import re
import shlex
import unicodedata
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from msgspec.structs import replace

from mcred.app.context import Context
from mcred.app.free_paths import ensure_path_free
from mcred.app.profile import WHO_READS
from mcred.app.push import note_beside, note_odd, send_draft
from mcred.app.work.drafts import (
    Draft,
    my_drafts,
    pick_draft,
    read_draft,
    refresh,
    refuse_final,
    save_draft,
    work_folder,
)
from mcred.app.work.file_traces import look_inside
from mcred.app.workspace import Workspace, open_workspace
from mcred.cli.commands.teachers.show import describe_item
from mcred.cli.terminal import DryRun, terminal_of
from mcred.domain.credential import Credential, Item
from mcred.domain.ids import Slug, SubmissionId, suggest_id
from mcred.domain.layout import folder_of, submission_path
from mcred.domain.submission import MAX_FILE, Evidence
from mcred.domain.text import clean, nearest
from mcred.formats.edit import append_to_list
from mcred.formats.encode import encode
from mcred.problems import Exit, McredError
from mcred.store.address import redact
from mcred.store.atomic import write_whole
from mcred.store.folder_index import place_of
from mcred.store.snapshot import explain_bad_path

EXAMPLES = (
    "mcred add lesson.pdf --for lesson-plans",
    'mcred add talk.md --for class-record --type observation --title "Talk in period 3" --students',
    "mcred add https://video.example.org/42 --for class-record --type video --copy talk.mp4",
)


def run(
    ctx: typer.Context,
    what: Annotated[
        str, typer.Argument(help="A file, or the address of something online.", metavar="FILE|URL")
    ],
    item: Annotated[str, typer.Option("--for", help="Which item it is for.", metavar="ITEM")],
    kind: Annotated[str | None, typer.Option("--type", help="What kind of evidence it is.")] = None,
    title: Annotated[str | None, typer.Option(help="What to call it.")] = None,
    about: Annotated[str, typer.Option(help="A sentence for the assessor.")] = "",
    students: Annotated[
        bool, typer.Option("--students", help="Students can be seen, heard or named in it.")
    ] = False,
    publish: Annotated[
        bool, typer.Option("--publish", help="It may be shown to everybody on the badge's page.")
    ] = False,
    copy: Annotated[
        Path | None, typer.Option(help="For an address: your own copy, so that changes can be noticed.")
    ] = None,
    credential: Annotated[
        str | None, typer.Option("--in", help="Which micro-credential.", metavar="ID")
    ] = None,
    clean: Annotated[
        bool | None,
        typer.Option(
            "--clean/--keep-metadata",
            help="Take what a file says of places, people and devices out of the copy, or keep it.",
        ),
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Hand in a piece of evidence: a file is copied into your folder, a link is noted."""
    edge = terminal_of(ctx)
    ws = open_workspace(edge, only=lambda s: True)
    submission, wanted = _find_item(ws, credential, item)
    draft = read_draft(ws, submission)
    refuse_final(ws, submission)
    again = f"mcred add FILE --for {wanted.id}" + (f" --type {kind}" if kind else "")
    ensure_path_free(work_folder(ws), (f"{folder_of(submission)}/evidence/",), again)
    said = Evidence(
        item=wanted.id,
        type=_choose_type(wanted, kind, draft.definition),
        title=title or wanted.title,
        about=about,
        students=students,
        publish=publish,
    )
    if _is_address(what, again):
        stored = None
        digest = (
            _digest(_source(edge.at, str(copy), f"mcred add {what} --for {item} --copy FILE")) if copy else ""
        )
        piece = replace(said, url=what, sha256=digest)
    elif copy is not None:
        raise McredError(
            f"{what} is a file and is copied anyway; --copy is for an address",
            hint=_typed(again, what),
            code=Exit.USAGE,
        )
    else:
        source = _source(edge.at, what, again)
        _refuse_large(source)
        evidence = work_folder(ws) / folder_of(submission) / "evidence"
        in_place = source.resolve().is_relative_to(evidence.resolve())
        typed = _typed(again, what)
        stored = look_inside(edge, source, clean, typed, dry_run=dry_run, in_place=in_place)
        plain = source.stem.replace("_", " ").replace("-", " ").strip() or wanted.title
        name = _place(work_folder(ws) / folder_of(submission), source, stored, again)
        piece = replace(said, file=name, title=title or plain)
    _refuse_unreadable(piece, again)
    _hand_in(ws, draft, wanted, piece, stored, dry_run, titled=title is not None)


def _hand_in(
    ws: Workspace,
    draft: Draft,
    wanted: Item,
    piece: Evidence,
    stored: bytes | None,
    dry_run: bool,
    *,
    titled: bool,
) -> None:
    """Store and list a piece of evidence, once."""
    edge, submission = ws.ctx, draft.id
    already = _find_listed(draft, piece)
    if already is not None and not _is_gone(work_folder(ws) / folder_of(submission), already):
        edge.show.say(f"“{already.title}” is handed in already.")
        if replace(piece, title=piece.title if titled else already.title) != already:
            said = f"To change what is said of it, edit its lines in {submission_path(submission)}"
            edge.show.note(said, style="yellow")
        if not dry_run:
            _keep(ws, submission, wanted.id)
        edge.show.next(f"mcred check {submission.credential}")
        return
    if dry_run:
        edge.show.say(f"Would hand in {piece.file or piece.url} as {piece.type} for {wanted.title}.")
        return
    if not draft.work.submission.evidence and ws.url is not None:
        edge.show.note(WHO_READS)
    _store(ws, submission, piece, stored, is_listed=already is not None)
    _keep(ws, submission, wanted.id)
    edge.show.say(f"“{piece.title}” is handed in as {piece.type} for {wanted.title}.")
    _say_what_follows(edge, draft, wanted, piece, already is not None)
    edge.show.next(f"mcred check {submission.credential}")


def _keep(ws: Workspace, submission: SubmissionId, item: Slug) -> None:
    """Save and push; also for a listed piece, since an earlier run may have been interrupted between."""
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
            f"“{found.title}” is handed in for {found.item} already; one piece counts for one item",
            hint=f"mcred check {draft.id.credential}",
        )
    return found


def _is_gone(folder: Path, piece: Evidence) -> bool:
    """Whether a piece is listed and its file is missing."""
    return bool(piece.file) and not place_of(folder, piece.file).is_file()


def _say_what_follows(edge: Context, draft: Draft, item: Item, piece: Evidence, was_listed: bool) -> None:
    """Print what an earner should know of the piece they just added."""
    if piece.students:
        edge.show.note("mcred submit will ask whether consent for the students is on file.", style="yellow")
    if piece.url and not piece.sha256:
        edge.show.note(
            "Without --copy FILE nobody can tell later whether the page behind the link changed.",
            style="yellow",
        )
    count = len(draft.work.evidence_of(item)) + (not was_listed)
    if count > item.max:
        said = f"“{item.title}” takes at most {item.max} and has {count} now; take one out of the list"
        edge.show.note(f"{said} in {draft.work.where.file}.", style="yellow")


def _find_item(ws: Workspace, credential: str | None, item: str) -> tuple[SubmissionId, Item]:
    """The only started submission that has the item, and the item."""
    ws.person()
    if credential is not None or len(my_drafts(ws)) == 1:
        submission = pick_draft(ws, credential, "add", "FILE", "--for", item, "--in")
        definition = ws.known(submission.credential)
        found = [i for i in definition.items if i.id == item]
        if not found:
            places = [i.id for i in definition.items if not i.is_written]
            if not places:
                raise McredError(
                    f"{definition.id} asks for no evidence, only for words",
                    hint=f"mcred check {definition.id}",
                )
            close = nearest(item, places) or places[0]
            raise McredError(
                f"{definition.id} has no item '{item}'; evidence goes to {' or '.join(places)}",
                hint=f"mcred add FILE --for {close}",
            )
        return submission, found[0]
    fits = [
        (draft, found)
        for draft in my_drafts(ws)
        for found in ws.known(draft.credential).items
        if found.id == item and ws.standing(draft).word not in ("earned", "declined")
    ]
    if len(fits) != 1:
        names = " or ".join(d.credential for d, _ in fits) or "none of what you started"
        example = fits[0][0].credential if fits else "ID"
        raise McredError(
            f"'{item}' belongs to {names}",
            hint=f"mcred add FILE --for {item} --in {example}" if my_drafts(ws) else "mcred browse",
        )
    return fits[0]


def _choose_type(item: Item, kind: str | None, definition: Credential) -> Slug:
    if item.is_written:
        raise McredError(
            f"“{item.title}” is answered in words ({describe_item(item)})",
            hint=f"mcred check {definition.id}",
        )
    if kind is None and len(item.accepts) == 1:
        return item.accepts[0]
    for accepted in item.accepts:
        if accepted == kind:
            return accepted
    said = f"does not take '{kind}'; it takes" if kind else "takes several kinds: say --type"
    close = nearest(kind or "", item.accepts) or item.accepts[0]
    raise McredError(
        f"“{item.title}” {said} {' or '.join(item.accepts)}",
        hint=f"mcred add FILE --for {item.id} --type {close}",
    )


def _typed(again: str, what: str) -> str:
    """The command with the file as it was typed."""
    return again.replace("FILE", shlex.quote(what), 1)


def _refuse_unreadable(piece: Evidence, again: str) -> None:
    """Raises McredError for values that would make the list unreadable, before anything is stored."""
    try:
        encode(piece)
    except McredError as error:
        raise McredError(
            "it cannot be listed like this", hint=f"{again}   (first mend these)", problems=error.problems
        ) from error


def _is_address(what: str, again: str) -> bool:
    """Whether the source is a web address. Raises McredError for an address that nobody could open."""
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]+)://", what)
    if scheme is None:
        return False
    if scheme[1] not in ("https", "http"):
        raise McredError(
            f"{what} is not a web address; those begin with https://", hint=again.replace("FILE", "https://…")
        )
    try:
        parts = urlsplit(what)
        host = parts.hostname
    except ValueError:
        host = None
    if not host or re.search(r"\s", what) or clean(what) != what:
        raise McredError(f"{what} is not a whole web address", hint=again.replace("FILE", "https://…"))
    if parts.password is not None or parts.username:
        raise McredError(
            f"{redact(what)} has a name or password in it, and everybody who assesses could read it",
            hint=again.replace("FILE", f"https://{host}{parts.path}"),
        )
    return True


def _source(at: Path, name: str, again: str) -> Path:
    """The file that the user named. Raises McredError when it cannot be added."""
    try:
        path = at / Path(name).expanduser()
    except RuntimeError:
        # A name like ~nobody: not a user of this computer, but it may be a file.
        path = at / name
    if path.is_symlink():
        raise McredError(f"{name} is a link to another place; hand in the file itself", hint=again)
    if path.is_dir():
        raise McredError(f"{name} is a folder; hand in its files one by one", hint=again)
    if not path.is_file():
        raise McredError(f"{name} is not there", hint=again)
    if path.stat().st_size == 0:
        raise McredError(f"{name} is empty", hint=again)
    return path


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _refuse_large(source: Path) -> None:
    if source.stat().st_size > MAX_FILE:
        raise McredError(
            f"{source.name} has {source.stat().st_size // 2**20} MB, more than {MAX_FILE // 2**20} MB",
            hint=f"put it where you keep videos, then: mcred add URL --for ITEM --copy {source.name}",
        )


def _place(folder: Path, source: Path, stored: bytes, again: str) -> str:
    """A free path below evidence/, or one with equal content, with a name that every computer can store."""
    try:
        inside = source.resolve().relative_to((folder / "evidence").resolve())
    except ValueError:
        stem = suggest_id(source.stem) or "evidence"
        suffix = re.sub(r"[^a-z0-9.]", "", source.suffix.lower())[:10].rstrip(".")
    else:
        name = unicodedata.normalize("NFC", inside.as_posix())
        if bad := explain_bad_path(name):
            raise McredError(f"{bad}, so it cannot be stored; rename the file", hint=again)
        return f"evidence/{name}"
    for number in range(1, 1000):
        name = f"evidence/{stem}{f'-{number}' if number > 1 else ''}{suffix}"
        there = folder / name
        if there.is_symlink():
            continue
        if not there.exists() or (there.is_file() and there.read_bytes() == stored):
            return name
    raise McredError(f"there are too many files called {stem}", hint="rename yours, then add it again")


def _store(
    ws: Workspace, submission: SubmissionId, piece: Evidence, stored: bytes | None, *, is_listed: bool
) -> None:
    """The file first, then the list: after an interruption between them the same command lists the file."""
    folder = work_folder(ws) / folder_of(submission)
    target = place_of(folder, piece.file)
    if stored is not None and not (target.is_file() and target.read_bytes() == stored):
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, stored)
    if is_listed:
        return
    listing = work_folder(ws) / submission_path(submission)
    data = append_to_list(listing.read_bytes(), ("evidence",), piece, submission_path(submission))
    write_whole(listing, data)

"""`mcred add`: hand in a piece of evidence."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Annotated

import typer

from mcred.cli.desk import Desk, open_desk
from mcred.cli.drafts import my_drafts, pick_draft, read_draft, refresh, save_draft, work_folder
from mcred.cli.edge import DryRun, edge_of
from mcred.cli.sending import send_draft
from mcred.cli.verbs.show import describe_item
from mcred.files.edit import append_to_list
from mcred.files.layout import folder_of, submission_path
from mcred.model.credential import Credential, Item
from mcred.model.ids import Slug, SubmissionId, suggest_id
from mcred.model.submission import MAX_FILE, Evidence
from mcred.problems import Exit, McredError

EXAMPLES = (
    "mcred add lesson.pdf --for lesson-plan",
    'mcred add talk.md --for class-video --type observation --title "Talk in period 3" --students',
    "mcred add https://video.example.org/42 --for class-video --copy talk.mp4",
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
    dry_run: DryRun = False,
) -> None:
    """Hand in a piece of evidence: a file is copied into your folder, a link is noted."""
    edge = edge_of(ctx)
    desk = open_desk(edge, only=lambda s: True)
    submission, wanted = _find_item(desk, credential, item)
    draft = read_draft(desk, submission)
    evidence_type = _choose_type(wanted, kind, draft.definition)
    online = what.startswith(("https://", "http://"))
    source = None if online else _source(edge.at, what)
    digest = _digest(_source(edge.at, str(copy))) if online and copy else ""
    name = "" if source is None else _place(work_folder(desk) / folder_of(submission), source)
    piece = Evidence(
        item=wanted.id,
        type=evidence_type,
        title=title or (source.stem.replace("_", " ").replace("-", " ").strip() if source else wanted.title),
        file=name,
        url=what if online else "",
        sha256=digest,
        about=about,
        students=students,
        publish=publish,
    )
    already = [e for e in draft.work.submission.evidence if (e.file or e.url) == (piece.file or piece.url)]
    if already:
        edge.show.say(f"“{already[0].title}” is handed in already.")
        edge.show.next(f"mcred check {submission.credential}")
        return
    if dry_run:
        edge.show.say(f"Would hand in {piece.file or piece.url} as {piece.type} for {wanted.title}.")
        return
    _store(desk, submission, piece, source)
    save_draft(desk, submission, title=f"Add {piece.type} for {wanted.id}")
    send_draft(desk, submission)
    refresh(desk)
    edge.show.say(f"“{piece.title}” is handed in as {piece.type} for {wanted.title}.")
    if students:
        edge.show.note("mcred submit will ask whether consent for the students is on file.", style="yellow")
    if online and not digest:
        edge.show.note(
            "Without --copy FILE nobody can tell later whether the page behind the link changed.",
            style="yellow",
        )
    edge.show.next(f"mcred check {submission.credential}")


def _find_item(desk: Desk, credential: str | None, item: str) -> tuple[SubmissionId, Item]:
    """The one started submission that has the item, and the item."""
    desk.person()
    if credential is not None or len(my_drafts(desk)) == 1:
        submission = pick_draft(desk, credential)
        definition = desk.known(submission.credential)
        found = [i for i in definition.items if i.id == item]
        if not found:
            places = [i.id for i in definition.items if not i.is_written]
            raise McredError(
                f"{definition.id} has no item '{item}'; evidence goes to {', '.join(places)}",
                hint=f"mcred add FILE --for {places[0] if places else 'ITEM'}",
            )
        return submission, found[0]
    fits = [
        (draft, found)
        for draft in my_drafts(desk)
        for found in desk.known(draft.credential).items
        if found.id == item and desk.standing(draft).word not in ("earned", "declined")
    ]
    if len(fits) != 1:
        names = " or ".join(d.credential for d, _ in fits) or "none of what you started"
        raise McredError(f"'{item}' belongs to {names}", hint=f"mcred add FILE --for {item} --in ID")
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
    said = f"does not take '{kind}'" if kind else "takes several kinds"
    raise McredError(
        f"“{item.title}” {said}; it takes {' or '.join(item.accepts)}",
        hint=f"mcred add FILE --for {item.id} --type {item.accepts[0]}",
    )


def _source(at: Path, name: str) -> Path:
    path = at / Path(name).expanduser()
    if path.is_symlink():
        raise McredError(f"{name} is a link to another place", hint="mcred add with the file itself")
    if not path.is_file():
        said = "is a folder" if path.is_dir() else "is not there"
        raise McredError(f"{name} {said}", hint="mcred add with a file that is there", code=Exit.REFUSED)
    size = path.stat().st_size
    if size == 0:
        raise McredError(f"{name} is empty", hint="mcred add with the finished file")
    return path


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _place(folder: Path, source: Path) -> str:
    """A free or equal place below evidence/, with a name that every computer can store."""
    if source.stat().st_size > MAX_FILE:
        raise McredError(
            f"{source.name} has {source.stat().st_size // 2**20} MB, more than {MAX_FILE // 2**20} MB",
            hint=f"put it where you keep videos, then: mcred add URL --for ITEM --copy {source.name}",
        )
    try:
        inside = source.resolve().relative_to((folder / "evidence").resolve())
        return f"evidence/{inside.as_posix()}"
    except ValueError:
        stem, suffix = suggest_id(source.stem) or "evidence", source.suffix.lower()
    for number in range(1, 1000):
        name = f"evidence/{stem}{f'-{number}' if number > 1 else ''}{suffix}"
        if not (folder / name).exists() or _digest(folder / name) == _digest(source):
            return name
    raise McredError(f"there are too many files called {stem}", hint="rename yours, then add it again")


def _store(desk: Desk, submission: SubmissionId, piece: Evidence, source: Path | None) -> None:
    """The file first, then the list: a cut between them leaves a file that the same command lists."""
    folder = work_folder(desk) / folder_of(submission)
    if source is not None and source.resolve() != (folder / piece.file).resolve():
        target = folder / piece.file
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}.part")
        shutil.copyfile(source, part)
        part.replace(target)
    listing = work_folder(desk) / submission_path(submission)
    data = append_to_list(listing.read_bytes(), ("evidence",), piece, submission_path(submission))
    write_whole(listing, data)


def write_whole(path: Path, data: bytes) -> None:
    """Replace a file's content so that a cut leaves either the old or the new."""
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(data)
    part.replace(path)

"""Hidden information in an evidence file (places, names), and whether assessors' browsers can show it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mcred.app.context import Context
from mcred.app.work.large_copy import LargeCopy
from mcred.domain.submission import MAX_FILE
from mcred.problems import Hint, McredError
from mcred.store.folder_index import read_written

_TEXTS = (".csv", ".tsv", ".txt", ".md", ".htm", ".html", ".srt", ".vtt")

if TYPE_CHECKING:
    from mcred.website.metadata.traces import Traces


def look_inside(
    ctx: Context, source: Path, clean: bool | None, again: Hint, *, dry_run: bool, in_place: bool = False
) -> bytes | LargeCopy:
    """What to store of a file. Raises McredError where it reveals places or people and is left unchanged.

    `clean`: whether to remove that; None asks, and without a terminal removes it from a copy. A file that is
    stored `in_place` is the person's only one and is changed only with their consent.
    """
    _say_unshown(ctx, source)
    if source.stat().st_size > MAX_FILE:
        from mcred.website.metadata.large_films import changed_parts, read_skeleton

        skeleton = read_skeleton(source)
        if not skeleton:
            ctx.show.note(f"{source.name} is too large to look for hidden information in it.")
        content = b"".join(part for _, part in skeleton)
        stored = _look(ctx, source, content, clean, again, dry_run=dry_run, in_place=in_place)
        return LargeCopy(source=source, patches=changed_parts(skeleton, stored))
    content = source.read_bytes()
    return _look(ctx, source, content, clean, again, dry_run=dry_run, in_place=in_place)


def _look(
    ctx: Context,
    source: Path,
    content: bytes,
    clean: bool | None,
    again: Hint,
    *,
    dry_run: bool,
    in_place: bool,
) -> bytes:
    """The bytes to store in the place of those of a file."""
    from mcred.website.metadata.traces import find_traces, kind_of, take_out

    if not kind_of(content):
        return content
    traces = find_traces(content)
    told = _tell(traces)
    if told:
        style = "yellow" if traces.personal else "dim"
        ctx.show.note(f"{source.name} also contains hidden information: {'; '.join(told)}.", style=style)
    if clean is False or not (traces.personal or (clean and told)):
        if traces.personal:
            ctx.show.note(
                "It is kept in what is stored; anyone who can read your work can read it.", style="yellow"
            )
        return content
    without = take_out(content)
    if without is None:
        if (
            clean is None
            and ctx.interactive
            and not dry_run
            and ctx.confirm("Store it with that information inside?")
        ):
            return content
        raise McredError(
            f"mcred cannot remove that from {source.name}; export it again without that information, "
            "for example as a new JPEG, PDF, or MP4",
            hint=f"{again} --keep-metadata   (to store it as it is)",
        )
    if not dry_run and clean is None and not _is_agreed(ctx, source, again, in_place=in_place):
        return content
    if in_place:
        ctx.show.note("It is removed from the file in your evidence folder.")
    else:
        ctx.show.note(
            "It is removed from the copy that is stored; your own file stays as it is "
            "(--keep-metadata stores it unchanged).",
        )
    return without


def _tell(traces: Traces) -> list[str]:
    """Report what a file reveals about its maker, by kind."""
    kinds = (
        ("place", traces.place),
        ("names", traces.names),
        ("device or app", traces.device),
        ("dates", traces.dates),
        ("title", traces.title),
    )
    return [f"{what}: {', '.join(words)}" for what, words in kinds if words]


def _is_agreed(ctx: Context, source: Path, again: Hint, *, in_place: bool) -> bool:
    """Whether to remove it; without a terminal a copy may be changed without asking, the only file may
    not."""
    if ctx.interactive:
        of = "the file in your evidence folder" if in_place else "the copy that is stored"
        return ctx.confirm(f"Remove this from {of}?", default=True)
    if in_place:
        raise McredError(
            f"{source.name} is already in your evidence folder, so this would change the file itself",
            hint=f"{again} --clean   (or --keep-metadata, to store it as it is)",
        )
    return True


def _say_unshown(ctx: Context, source: Path) -> None:
    """Report a file that assessors' browsers will probably not show, and what helps."""
    from mcred.website.evidence import published_name
    from mcred.website.metadata.formats import HEAD, Unshown, explain_unshown

    unshown = explain_unshown(source)
    ending = source.suffix.lower()
    if source.stat().st_size <= MAX_FILE:
        is_published = bool(published_name(source.name, read_written(source)))
    else:
        with source.open("rb") as file:
            head = file.read(HEAD)
        # Of a text, whole lines: the last character may be cut.
        is_published = bool(published_name(source.name, head[: head.rfind(b"\n") + 1] or head))
    if unshown is None and not is_published:
        kind = f"{ending} files" if ending else "files of this type"
        unshown = Unshown(kind, "A PDF, a JPEG, or an MP4 is better")
        if ending in _TEXTS:
            unshown = Unshown(
                "texts that are not UTF-8", "Save it as UTF-8 (in Excel: CSV UTF-8), then add that"
            )
    if unshown is not None:
        what = f"Most browsers cannot show {unshown.what}, so your assessors may not see {source.name}"
        if not is_published:
            what = f"{what}, and no page can show it"
        ctx.show.note(f"{what}. {unshown.help}. It is added anyway.", style="yellow")

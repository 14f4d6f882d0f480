"""`mcred lint`: check everything in the programme."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.programme.edits import edited
from mcred.app.programme.lint import check_written, lint_snapshot, written_here
from mcred.app.workspace import open_workspace
from mcred.cli.terminal import Json, terminal_of
from mcred.domain.ids import BlobId
from mcred.formats.catalog import is_wanted
from mcred.problems import Exit, McredError, errors
from mcred.store.git import Repo
from mcred.store.snapshot import Entry, Snapshot, read_blobs, take_snapshot

STYLES = ("text", "json", "github")
EXAMPLES = ("mcred lint", "mcred lint --format github", "mcred lint --json")


def run(
    ctx: typer.Context,
    style: Annotated[
        str, typer.Option("--format", help="text, json, or github for annotations in its CI.")
    ] = "text",
    json: Json = False,
) -> None:
    """Check the rules, definitions, people, portfolios and golden examples, as they lie in your folder."""
    edge = terminal_of(ctx)
    if style not in STYLES:
        raise McredError(
            f"--format cannot be '{style}': it is {', '.join(STYLES)}", hint="mcred lint", code=Exit.USAGE
        )
    json = json or style == "json"
    edge.show.as_json = json
    with edge.show.answering(style), edge.show.working("reading everything"):
        ws = open_workspace(edge, fetching="no", only=lambda s: False)
        snapshot = take_snapshot(ws.repo, ws.main, lambda path, _: is_wanted(path, None))
        changes = edited(ws) if ws.repo.work_tree else {}
        snapshot = with_edits(ws.repo, snapshot, {**changes, **written_here(ws.repo, snapshot)})
        loose = check_written(snapshot, ("profile", "submission"), edge.now().date())
        found = (*lint_snapshot(ws, snapshot), *loose)
    if json:
        rows = [
            {"severity": p.severity, "where": str(p.where), "what": p.what, "help": str(p.hint)}
            for p in found
        ]
        edge.show.json("mcred/lint/1", {"in_order": not errors(found), "problems": rows})
    else:
        edge.show.problems(found, style)
        count = len(errors(found))
        if count:
            edge.show.say(f"{count} {'thing is' if count == 1 else 'things are'} not in order.")
            edge.show.next("mcred lint   (after you mended these)")
        else:
            edge.show.say("Everything is in order.", style="green")
            edge.show.next("mcred save --programme" if changes else "mcred build")
    if errors(found):
        raise typer.Exit(int(Exit.REFUSED))


def with_edits(repo: Repo, snapshot: Snapshot, changes: dict[str, BlobId | None]) -> Snapshot:
    """The snapshot with the working copy's unsaved edits."""
    entries, contents = dict(snapshot.entries), dict(snapshot.contents)
    data = read_blobs(repo, [b for b in changes.values() if b is not None])
    for path, blob in changes.items():
        entries.pop(path, None)
        contents.pop(path, None)
        if blob is not None:
            entries[path] = Entry(mode="100644", blob=blob, size=len(data[blob]))
            if is_wanted(path, None):
                contents[path] = data[blob]
    return Snapshot(commit=snapshot.commit, entries=entries, contents=contents)

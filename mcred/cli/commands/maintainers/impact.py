"""`mcred impact`: what a changed definition affects, before it is committed to main."""

from __future__ import annotations

from pathlib import PurePath
from typing import Annotated, Any

import typer

from mcred.app.pending import folder_at, read_edition
from mcred.app.programme.edits import edited
from mcred.app.work.versions import edition_of
from mcred.app.workspace import Workspace, open_workspace
from mcred.cli.commands.maintainers.lint import with_edits
from mcred.cli.render.comparison import line, show_lines
from mcred.cli.render.definition_delta import asked_lines
from mcred.cli.show import Show
from mcred.cli.terminal import Json, terminal_of
from mcred.domain.credential import EVIDENCE_TYPES, Credential
from mcred.domain.ids import CredentialId, SubmissionId
from mcred.domain.layout import (
    DEFINITIONS,
    definition_path,
    folder_of_definition,
    remote_ref,
    submission_path,
    submission_ref,
)
from mcred.domain.rules.impact import Begun, Flip, Impact, TouchedAs, TouchedWork, find_impact
from mcred.domain.submission import Submission
from mcred.formats.catalog import is_wanted, read_definition
from mcred.formats.decode import decode
from mcred.formats.encode import to_plain
from mcred.formats.portfolio import Tree, read_examples, read_work
from mcred.problems import McredError
from mcred.store.git import resolve
from mcred.store.snapshot import Snapshot, take_snapshot

EXAMPLES = (
    "mcred impact credentials/fractions-number-line",
    "mcred impact fractions-number-line --json",
)
_SAID: dict[TouchedAs, tuple[str, str]] = {
    "draft": ("Open drafts", "they go on by their own version, and may be sent by it"),
    "in review": ("In review", "judged by the version they were sent for"),
    "held": ("Held", "awards stay as they are; to show the new version as well"),
}
_OPEN = ("draft", "not yet earned", "withdrawn")
"""States of submissions that their earner is working on."""


def run(
    ctx: typer.Context,
    definition: Annotated[
        str, typer.Argument(help="Its folder or id, as it lies edited here.", metavar="DEFINITION")
    ],
    json: Json = False,
) -> None:
    """Show what an edited definition touches: drafts, reviews, awards, golden examples."""
    edge = terminal_of(ctx)
    edge.show.as_json = json
    ws = open_workspace(edge)
    name = _name(ws, definition)
    changes = edited(ws) if ws.repo.work_tree else {}
    whole = take_snapshot(ws.repo, ws.main, lambda path, _: is_wanted(path, frozenset()))
    now = with_edits(ws.repo, whole, changes)
    old, new = ws.known(name), _edited(ws, name, now)
    examples = (
        read_examples(old.id, ws.tree, old)[0],
        read_examples(new.id, now, new)[0],
    )
    impact = find_impact(old, new, examples, _begun(ws, new))
    if json:
        edge.show.json("mcred/impact/1", _data(impact))
        return
    _show(edge.show, impact)
    is_edited = any(path.startswith(f"{folder_of_definition(name)}/") for path in changes)
    edge.show.next("mcred lint" if is_edited else f"mcred show {name}")


def _name(ws: Workspace, typed: str) -> str:
    """The id that a path or a name refers to."""
    parts = PurePath(typed).parts
    if DEFINITIONS in parts and parts.index(DEFINITIONS) + 1 < len(parts):
        return parts[parts.index(DEFINITIONS) + 1]
    return ws.known(parts[0] if len(parts) == 1 else typed).id


def _edited(ws: Workspace, name: str, now: Snapshot) -> Credential:
    """The definition in the working copy. Raises McredError when it cannot be read."""
    path = definition_path(CredentialId(name))
    data = now.contents.get(path)
    if data is None:
        raise McredError(
            f"{path} is not there any more; whoever works by it goes on by the version they began with",
            hint="mcred lint",
        )
    types = frozenset((*EVIDENCE_TYPES, *ws.catalog.programme.evidence_types))
    found, problems = read_definition(data, path, types)
    if found is None:
        raise McredError(f"{path} cannot be read as it is", hint="mcred lint", problems=problems)
    return found


def _begun(ws: Workspace, new: Credential) -> list[Begun]:
    """Everybody's work on this micro-credential that is open or a valid award."""
    found: list[Begun] = []
    for submission, standing in sorted(ws.record.standings.items()):
        if submission.credential != new.id:
            continue
        if standing.word in _OPEN:
            found += _draft(ws, submission, new)
        elif standing.is_open and standing.request is not None and standing.judged is not None:
            tree = folder_at(ws.repo, standing.judged, submission)
            edition = read_edition(ws.repo, standing.request.definition.blob, submission.credential)
            found.append(_one("in review", submission, edition, tree, new))
        elif standing.word == "earned" and standing.decision is not None:
            edition = ws.catalog.editions[standing.decision.definition.blob]
            found.append(_one("held", submission, edition, ws.tree, new))
    return found


def _one(
    kind: TouchedAs, submission: SubmissionId, edition: Credential, tree: Tree, new: Credential
) -> Begun:
    work, _ = read_work(submission, tree, new)
    return Begun(submission=submission, kind=kind, edition=edition, work=work)


def _draft(ws: Workspace, submission: SubmissionId, new: Credential) -> list[Begun]:
    """A draft as last saved, where it can be read."""
    ref = submission_ref(submission)
    tip = resolve(ws.repo, ref) or resolve(ws.repo, remote_ref(ref))
    if tip is None:
        return []
    tree = folder_at(ws.repo, tip, submission)
    listing = tree.contents.get(submission_path(submission))
    listed = decode(listing, Submission, submission_path(submission))[0] if listing else None
    if listed is None:
        return []
    edition = edition_of(ws, submission, listed.version)
    return [_one("draft", submission, edition, tree, new)]


def _show(show: Show, impact: Impact) -> None:
    old, new = impact.old, impact.new
    lines = [line("title", new.title), line("sides", f"from version {old.version} to version {new.version}")]
    if not impact.asked:
        lines.append(line("fact", "Both ask the same of earners and assessors."))
    else:
        lines += [line("part", "What it asks differently"), *asked_lines(impact.asked)]
    if impact.asked and old.version == new.version and impact.touched:
        lines.append(line("open", f"It is in use: give it a higher version than {old.version}.", 1))
    if impact.flips:
        lines.append(line("part", "Golden examples that come out differently"))
        lines += [line("open" if not f.acknowledged else "fact", _flip(f), 1) for f in impact.flips]
    show_lines(show, lines)
    for kind, (title, said) in _SAID.items():
        touched = impact.of(kind)
        if touched:
            show.say()
            show.say(f"{title}: {len(touched)} ({said})", style="bold")
            show.table(
                ("submission", "version", "would lack", "judged anew"),
                [_row(t, new) for t in touched],
            )
    if not impact.touched:
        show.say()
        show.say("Nobody has begun it.")
    show.say()


def _flip(flip: Flip) -> str:
    said = f"{flip.example}: {flip.before} → {flip.after or 'its levels fit no longer'}"
    return f"{said} (acknowledged)" if flip.acknowledged else said


def _row(touched: TouchedWork, new: Credential) -> tuple[str, str, str, str]:
    delta = touched.delta
    if delta is None:
        return str(touched.submission), touched.version, "cannot be read", "-"
    titles = {c.id: c.title for c in new.criteria}
    lacks = "; ".join(g.what for g in delta.gaps) or "nothing"
    return (
        str(touched.submission),
        touched.version,
        lacks,
        ", ".join(titles[c] for c in delta.anew) or "nothing",
    )


def _data(impact: Impact) -> dict[str, Any]:
    return {
        "credential": impact.new.id,
        "from": impact.old.version,
        "to": impact.new.version,
        "asked": [to_plain(a) for a in impact.asked],
        "examples": [
            {"example": f.example, "before": f.before, "after": f.after, "acknowledged": f.acknowledged}
            for f in impact.flips
        ],
        "touched": [
            {
                "submission": str(t.submission),
                "as": t.kind,
                "version": t.version,
                "lacks": [g.what for g in t.delta.gaps] if t.delta else None,
                "judged_anew": list(t.delta.anew) if t.delta else None,
                "kept": list(t.delta.kept) if t.delta else None,
            }
            for t in impact.touched
        ],
    }

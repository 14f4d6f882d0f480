"""`mcred view`: show a submission as its assessors see it."""

from __future__ import annotations

import webbrowser
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from mcred.app.lookup import parse_submission
from mcred.app.pending import list_sound, read_edition, read_submitted
from mcred.app.work.compare import draw_page
from mcred.app.work.resubmission import Resubmission, look_again
from mcred.app.workspace import Workspace, open_workspace
from mcred.cli.show import show_of
from mcred.cli.terminal import terminal_of
from mcred.domain.credential import Credential
from mcred.domain.ids import CommitId, SubmissionId
from mcred.domain.layout import folder_of
from mcred.domain.status import Standing
from mcred.domain.submission import Work
from mcred.problems import McredError
from mcred.shipped import shipped
from mcred.store.snapshot import list_tree, read_blobs

CHANGES = "changes.html"
"""Beside the page of a further attempt: what changed, side by side."""
MOST_EVIDENCE = 256 * 1024 * 1024
"""The most bytes of evidence beside a page; beyond that, the largest files are left out."""
EXAMPLES = ("mcred view ana/fractions-number-line", "mcred view ana/fractions-number-line --text")


def run(
    ctx: typer.Context,
    submission: Annotated[str, typer.Argument(help="Whose and which, such as ana/true-cost.")],
    text: Annotated[bool, typer.Option("--text", help="In the terminal instead of the browser.")] = False,
    open_it: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in the browser.")] = True,
) -> None:
    """Look at a submission: answers, evidence, and the rubric beside them."""
    edge = terminal_of(ctx)
    ws = open_workspace(edge)
    wanted = parse_submission(ws, submission)
    standing = ws.standing(wanted)
    commit, definition, work = find_sent(ws, wanted, standing)
    again = look_again(ws, wanted, standing.attempt, commit, definition)
    if text:
        _print(ws, definition, work, standing)
        _print_news(ws, again)
    else:
        page = write_view(ws, wanted, commit, definition, work, standing.attempt, again)
        edge.show.say(f"The page is {page}")
        if open_it and edge.interactive:
            webbrowser.open(page.as_uri())
    if ws.me in standing.missing:
        edge.show.next(f"mcred assess {wanted}")
    else:
        edge.show.next("mcred queue")


def find_sent(
    ws: Workspace, submission: SubmissionId, standing: Standing
) -> tuple[CommitId, Credential, Work]:
    """The newest submitted state of a submission, with the definition it was submitted for."""
    decision = standing.decision
    blob = (
        standing.request.definition.blob
        if standing.request is not None
        else decision.definition.blob
        if decision is not None
        else None
    )
    if standing.judged is None or blob is None:
        raise McredError(f"{submission} was not sent yet ({standing.word})", hint="mcred queue --all")
    definition = read_edition(ws.repo, blob, submission.credential)
    list_sound(ws.repo, standing.judged, submission)
    work, _ = read_submitted(ws.repo, standing.judged, submission, definition)
    return standing.judged, definition, work


def _print(ws: Workspace, definition: Credential, work: Work, standing: Standing) -> None:
    show = show_of(ws)
    show.title(f"{definition.title}: {work.id}, attempt {standing.attempt} ({standing.word})")
    if work.submission.note:
        show.say(f"What changed: {work.submission.note}", indent=2)
    for part in definition.parts:
        show.say()
        show.title(part.title)
        for item in part.items:
            show.say(item.title, style="cyan", indent=2)
            answer = work.answers.get(item.id)
            if answer is not None and answer.text:
                show.say(answer.text, indent=4)
            for piece in work.evidence_of(item):
                show.say(f"{piece.type}: {piece.title} ({piece.file or piece.url})", indent=4)
                if piece.about:
                    show.say(piece.about, indent=6)


def _print_news(ws: Workspace, again: Resubmission | None) -> None:
    """Print what changed since the attempt before."""
    if again is None:
        return
    show = show_of(ws)
    show.say()
    show.title(f"What changed since {again.since}")
    show.say(", ".join(again.changed) or "Nothing that is judged.", indent=2)
    show.say(str(again.command), indent=2)


def write_view(
    ws: Workspace,
    submission: SubmissionId,
    commit: CommitId,
    definition: Credential,
    work: Work,
    attempt: int,
    again: Resubmission | None = None,
) -> Path:
    """Write a local page with the whole submission; evidence is copied beside it."""
    from mcred.website.local.review_page import render_review
    from mcred.website.local.review_views import ReviewNews

    folder = ws.repo.state_dir / "view" / f"{submission.earner}-{submission.credential}-{attempt}"
    prefix = folder_of(submission) + "/"
    entries = {
        path.removeprefix(prefix): entry
        for path, entry in list_tree(ws.repo, commit, folder_of(submission)).items()
        if path.startswith(f"{prefix}evidence/") and entry.mode == "100644"
    }
    left_out = choose_left_out({path: entry.size for path, entry in entries.items()})
    entries = {path: entry for path, entry in entries.items() if path not in left_out}
    data = read_blobs(ws.repo, [e.blob for e in entries.values()])
    files = render_review(
        work,
        definition,
        attempt,
        {path: data[e.blob] for path, e in entries.items()},
        (shipped("templates") / "site",),
        left_out=left_out,
        news=ReviewNews(since=again.since, changed=again.changed, page=CHANGES) if again else None,
    )
    if again is not None:
        files = {**files, CHANGES: draw_page(again.told)}
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return folder / "index.html"


def choose_left_out(sizes: Mapping[str, int]) -> Mapping[str, int]:
    """The largest files to leave out, by their sizes, so that the others fit the limit."""
    left, found = sum(sizes.values()), {}
    for path in sorted(sizes, key=lambda path: sizes[path], reverse=True):
        if left <= MOST_EVIDENCE:
            break
        found[path] = sizes[path]
        left -= sizes[path]
    return found

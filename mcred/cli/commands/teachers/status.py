"""`mcred status`: the user's submissions and the one next step. Also the output of `mcred` alone."""

from __future__ import annotations

from typing import Annotated

import typer
from msgspec import Struct

from mcred.app.awards.decide import issuer_duty
from mcred.app.awards.stacks import stack_title
from mcred.app.keys.replaced import say_replaced
from mcred.app.work.drafts import has_draft, is_unsaved, my_drafts, tip_kind, turned_away, unsent
from mcred.app.work.saved_files import missing_files
from mcred.app.workspace import Workspace, open_workspace
from mcred.cli.show import note_stale
from mcred.cli.terminal import terminal_of
from mcred.domain.ids import SubmissionId
from mcred.domain.layout import submission_ref
from mcred.domain.rules.decide import list_deciders
from mcred.domain.rules.submit import ENDED, FINAL
from mcred.domain.status import Standing
from mcred.problems import McredError
from mcred.store.git import resolve

EXAMPLES = ("mcred status", "mcred status --json", "mcred")


class SubmissionRow(Struct, frozen=True, kw_only=True):
    """One submission's row: state, who has to act, since when, by when, what to type."""

    submission: SubmissionId
    word: str
    actor: str
    since: str
    due: str
    next: str


def run(
    ctx: typer.Context, json: Annotated[bool, typer.Option("--json", help="For machines.")] = False
) -> None:
    """Show where you stand and the next step."""
    edge = terminal_of(ctx)
    edge.show.as_json = json
    ws = open_workspace(edge)
    show = edge.show
    note_stale(ws)
    lines = [line_of(ws, s) for s in my_submissions(ws)]
    duties = duties_of(ws)
    step = next_step(ws, lines, duties)
    if json:
        show.json(
            "mcred/status/1",
            {
                "programme": ws.catalog.programme.issuer.id,
                "person": ws.me,
                "confirmed": ws.me in ws.catalog.people,
                "submissions": [
                    {
                        "submission": str(line.submission),
                        "state": line.word,
                        "waiting_for": line.actor,
                        "since": line.since,
                        "due": line.due,
                        "next": line.next,
                    }
                    for line in lines
                ],
                "duties": [{"what": what, "next": command} for what, command in duties],
                "next": step,
            },
        )
        return
    show.title(f"{ws.catalog.programme.issuer.name}" + (f" · {ws.me}" if ws.me else ""))
    if ws.me is not None and ws.me not in ws.catalog.people:
        maintainers = " or ".join(ws.catalog.programme.roles.maintainers)
        show.say(f"You are not confirmed yet; {maintainers} will do that. You can work meanwhile.")
    elif ws.is_key_waiting:
        show.say("Your new key is not confirmed yet. You can work meanwhile; mcred sync sends it later.")
    say_replaced(ws)
    if lines:
        show.table(
            ("micro-credential", "state", "who acts", "since", "due"),
            [(line.submission.credential, line.word, line.actor, line.since, line.due) for line in lines],
        )
    for (person, stack), found in ws.catalog.stacked.items():
        if person == ws.me and found.live is not None:
            show.say(f"You completed {stack_title(ws.catalog, stack)} and have its badge (mcred stacks).")
    for what, _ in duties:
        show.say(what)
    show.next(step)


def my_submissions(ws: Workspace) -> tuple[SubmissionId, ...]:
    """All submissions of mine: started here, submitted, or decided."""
    if ws.me is None:
        return ()
    known = {s for s in ws.record.standings if s.earner == ws.me}
    return tuple(sorted({*known, *my_drafts(ws)}))


def line_of(ws: Workspace, submission: SubmissionId) -> SubmissionRow:
    """A submission's row."""
    standing, name = ws.standing(submission), submission.credential
    word, actor, command = standing.word, "you", f"mcred check {name}"
    text = str(word)
    if word == "not started":
        text = "draft"
    elif word == "in review":
        done, panel = len(standing.reviews), len(standing.seats.places)
        text, actor, command = f"in review ({done} of {panel})", _asked(ws, standing), "mcred status"
    elif word == "being reconciled":
        actor = " or ".join(list_deciders(ws.catalog.programme.roles, submission, standing.panel))
        command = "mcred status"
    elif word in ("not yet earned", "declined"):
        command = f"mcred feedback {name}"
        actor = "you" if word == "not yet earned" else "-"
    elif word in ("earned", *ENDED):
        actor, command = "-", f"mcred feedback {name}"
        text = f"earned, holds until {standing.ends}" if word == "earned" and standing.ends else text
    added, first = _left_to_do(ws, submission)
    return SubmissionRow(
        submission=submission,
        word=f"{text}, {added}" if added else text,
        actor=actor,
        since=standing.since.date().isoformat() if standing.since else "-",
        due=_due(standing),
        next=first or command,
    )


def _asked(ws: Workspace, standing: Standing) -> str:
    """Who has to act on work in review: assessors without an answer; an issuer where a place is vacant."""
    able = list_deciders(ws.catalog.programme.roles, standing.submission)
    issuers = " or ".join(able) if standing.seats.vacant else ""
    return ", ".join((*standing.missing, *([issuers] if issuers else [])))


def _left_to_do(ws: Workspace, submission: SubmissionId) -> tuple[str, str]:
    """What is not saved or not pushed of a submission, and what to type for it; two empty texts for
    nothing."""
    name = submission.credential
    if ws.repo.work_tree is None or ws.standing(submission).word in FINAL:
        return "", ""
    if not has_draft(ws, submission) and resolve(ws.repo, submission_ref(submission)) is None:
        return "not in this folder yet", "mcred sync"
    try:
        missing, unsaved = len(missing_files(ws, submission)), is_unsaved(ws, submission)
    except McredError:
        return "a file cannot be stored", f"mcred check {name}"
    if missing:
        return f"{missing} {'file' if missing == 1 else 'files'} missing", f"mcred restore {name}"
    newest = tip_kind(ws, submission)
    if submission_ref(submission) in unsent(ws) and newest is not None:
        if newest[0] in ("submit", "withdraw"):
            return f"{newest[0]} not finished", f"mcred {newest[0]} {name}"
        return "only on this computer", "mcred sync"
    if turned_away(ws, submission):
        return "to be sent again", f"mcred submit {name}"
    return ("changes not saved", "mcred save") if unsaved else ("", "")


def _due(standing: Standing) -> str:
    return str(standing.due) if standing.due and standing.word == "in review" else "-"


def duties_of(ws: Workspace) -> list[tuple[str, str]]:
    """What others wait for me to do, each with its command."""
    found: list[tuple[str, str]] = []
    roles = ws.catalog.programme.roles
    for standing in ws.record.standings.values():
        if standing.word == "in review" and ws.me in standing.missing:
            text = f"{standing.submission} waits for your assessment, due {standing.due}."
            found.append((text, f"mcred assess {standing.submission}"))
        if duty := issuer_duty(ws, standing):
            found.append(duty)
        found.extend(_uncounted(ws, standing))
    if ws.me in roles.maintainers:
        for person in sorted(ws.record.people):
            found.append((f"{person} asks to be confirmed.", f"mcred person add {person}"))
    return found


def _uncounted(ws: Workspace, standing: Standing) -> list[tuple[str, str]]:
    """Answers that are not counted, shown to their authors, the earner and the issuers."""
    found, earner = [], standing.submission.earner
    for person, reasons in ws.record.rejected(standing).items():
        if ws.me in (person, earner, *ws.catalog.programme.roles.issuers):
            whose = "Your" if ws.me == person else f"{person}'s"
            again = f"mcred submit {standing.submission.credential} --replace"
            found.append(
                (
                    f"{whose} answer about {standing.submission} is not counted: {'; '.join(reasons)}. "
                    f"{earner} can send the work again ({again}); then it is assessed again.",
                    again if ws.me == earner else f"mcred queue --why {standing.submission}",
                )
            )
    return found


def next_step(ws: Workspace, lines: list[SubmissionRow], duties: list[tuple[str, str]]) -> str:
    """The one command to type now: identity, then what others wait for, then my own work."""
    if ws.me is None:
        return "mcred setup"
    if ws.is_key_replaced:
        return f"mcred setup --id {ws.me} --lost-key   (unless you go on elsewhere)"
    if duties:
        return duties[0][1]
    waiting = [line for line in lines if line.actor == "you"]
    return waiting[0].next if waiting else "mcred browse"

"""Looks up what people name: submissions as `ana/wait-time`, or `wait-time` for one's own, or by the folder
they stand in; stacks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mcred.app.work.drafts import is_left, my_drafts, need_draft, work_folder
from mcred.app.workspace import Workspace, unknown
from mcred.domain.credential import Stack
from mcred.domain.ids import CredentialId, PersonId, StackId, SubmissionId, is_id
from mcred.domain.layout import folder_of
from mcred.domain.status import Standing
from mcred.domain.text import as_id_typed
from mcred.problems import Exit, Hint, McredError, next_step
from mcred.store.session import cached


def parse_submission(ws: Workspace, text: str) -> SubmissionId:
    """The submission a text names. Raises McredError that suggests the nearest existing one."""
    typed = as_id_typed(text).strip("/")
    earner, slash, credential = typed.partition("/")
    if not slash and ws.me is not None:
        earner, credential = ws.me, typed
    if is_id(earner) and is_id(credential):
        found = SubmissionId(PersonId(earner), CredentialId(credential))
        is_person = bool(slash) and earner in ws.catalog.people and credential in ws.catalog.definitions
        if is_person or found in ws.record.standings or found in ws.catalog.records:
            return found
    known = {str(s): s for s in (*ws.record.standings, *ws.catalog.records)}
    raise unknown("submission", text, known, next_step("queue", "--all"))


def find_stack(ws: Workspace, name: str) -> Stack:
    """The stack with an id. Raises McredError that suggests the nearest one."""
    found = ws.catalog.stacks.get(StackId(name))
    if found is None:
        raise unknown("stack", name, ws.catalog.stacks, next_step("stacks"))
    return found


def need_open(standing: Standing) -> Standing:
    """The submission's standing, if assessors or issuer have something to do. Raises McredError otherwise."""
    if not standing.is_open or standing.judged is None or standing.request is None:
        raise McredError(f"{standing.submission} is not in review ({standing.word})", hint=next_step("queue"))
    return standing


def stood_in(ws: Workspace) -> SubmissionId | None:
    """My submission in whose folder the user stands, None anywhere else."""
    here, root = ws.ctx.at.resolve(), work_folder(ws).resolve()
    return next((d for d in my_drafts(ws) if here.is_relative_to(root / folder_of(d))), None)


def pick_draft(
    ws: Workspace, credential: str | None, verb: str, *words: str, in_review: bool = False
) -> SubmissionId:
    """The submission a command is about: the one named, that of the folder the user is in, my only open one,
    or the one that the user picks. Raises McredError otherwise.

    `words`: what comes between the verb and the submission when the command is typed again;
    `in_review`: offer only those that wait for assessors or a decision.
    """
    if credential is not None:
        return ws.submission(credential)
    ws.person()
    if (here := stood_in(ws)) is not None:
        return here
    drafts = [d for d in my_drafts(ws) if not is_left(ws, d)]
    if in_review and len(drafts) > 1:
        drafts = [d for d in drafts if ws.standing(d).is_open]
        if not drafts:
            raise McredError("nothing of yours is in review", hint=next_step("status"))
    if len(drafts) == 1:
        return drafts[0]
    if not drafts:
        said = "nothing of yours is open" if my_drafts(ws) else "you have not started a micro-credential yet"
        raise McredError(said, hint=next_step("browse"))
    return pick_submission(ws, drafts, "which one", next_step(verb, *words, drafts[0].credential))


def pick_submission(ws: Workspace, mine: Sequence[SubmissionId], question: str, again: Hint) -> SubmissionId:
    """One of several submissions of mine, as the user picks it, once for each command.

    `again`: a command that names one. Raises McredError with it where no one can be asked.
    """
    names = [submission.credential for submission in mine]
    if not ws.ctx.interactive:
        raise McredError(f"{question}: {' or '.join(names)}?", hint=again, code=Exit.USAGE)
    asked = f"{question[0].upper()}{question[1:]}"
    picked = cached("picked", (asked, *names), lambda: ws.ctx.pick(asked, names, "ID"))
    return mine[names.index(CredentialId(picked))]


def find_place(ws: Workspace, credential: str | None, part: str) -> tuple[SubmissionId, Path]:
    """My draft and the file of one of its parts, by number, id or file name; its folder where `part` is ''.

    A single word that is no micro-credential is a part of the draft that `pick_draft` finds.
    Raises McredError for what is not started, and for no such part.
    """
    is_part = not part and credential is not None and credential not in ws.catalog.definitions
    part = credential or "" if is_part else part
    submission = pick_draft(ws, None if is_part else credential, "open")
    need_draft(ws, submission)
    folder = work_folder(ws) / folder_of(submission)
    if not part:
        return submission, folder
    files = {path.stem: path for path in sorted(folder.glob("*.md"))}
    wanted = part.removesuffix(".md")
    found = next((path for name, path in files.items() if wanted in (name, *name.split("-", 1))), None)
    if found is None:
        names = [name.split("-", 1)[-1] for name in files]
        raise unknown("part", part, names, next_step("open", submission.credential))
    return submission, found

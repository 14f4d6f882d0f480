"""An assessor's answer or an issuer's proposal, on a ref of its author's own.

A commit on exactly the state that is in review, adding one file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from msgspec.structs import replace

from mcred.app.workspace import Workspace
from mcred.domain.assessment import Assessment
from mcred.domain.decision import Override
from mcred.domain.ids import CommitId
from mcred.domain.layout import (
    assessment_path,
    declined_path,
    override_path,
    override_ref,
    parse_ref,
    review_ref,
)
from mcred.domain.seats import DeclinedReview
from mcred.formats.decode import decode
from mcred.formats.encode import encode
from mcred.formats.trailers import message
from mcred.store.batch import read_files
from mcred.store.git import resolve
from mcred.store.write import commit_files, move_refs, put_blob

T = TypeVar("T", Assessment, DeclinedReview, Override)


def store_answer(ws: Workspace, answer: Assessment | DeclinedReview | Override) -> CommitId:
    """Commit an answer and move its author's ref there; it is not pushed."""
    wanted, attempt = answer.submission, answer.attempt
    if isinstance(answer, Assessment):
        path = assessment_path(wanted, attempt, answer.assessor)
        verb, title = "assess", f"Assess attempt {attempt} of {wanted}"
    elif isinstance(answer, DeclinedReview):
        path = declined_path(wanted, attempt, answer.assessor)
        verb, title = "decline-review", f"Give back a place for {wanted}"
    else:
        path = override_path(wanted, attempt)
        verb, title = "override", f"Propose a decision on attempt {attempt} of {wanted}"
    commit = commit_files(
        ws.repo,
        base=answer.judged,
        changes={path: put_blob(ws.repo, encode(answer))},
        parents=[answer.judged],
        message=message(title, verb, wanted, attempt),
        author=ws.author(),
        key=ws.key(),
    )
    if isinstance(answer, Override):
        ref = override_ref(wanted, attempt, answer.issuer)
    else:
        ref = review_ref(wanted, attempt, answer.assessor)
    move_refs(ws.repo, [(ref, commit, resolve(ws.repo, ref))])
    return commit


def renew_answers(ws: Workspace, waiting: Mapping[str, CommitId]) -> Mapping[str, CommitId]:
    """Unsent refs; answers of mine among them are written again where main moved since they were."""
    renewed = dict(waiting)
    for name, commit in waiting.items():
        found = parse_ref(name)
        if found is None or found.kind not in ("review", "override") or found.assessor is None:
            continue
        place = (found.submission, found.attempt, found.assessor)
        answer: Assessment | DeclinedReview | Override | None
        if found.kind == "override":
            answer = read_answer(ws, commit, override_path(*place[:2]), Override)
        else:
            answer = read_answer(ws, commit, assessment_path(*place), Assessment) or read_answer(
                ws, commit, declined_path(*place), DeclinedReview
            )
        if answer is not None and answer.main != ws.main:
            renewed[name] = store_answer(ws, replace(answer, main=ws.main))
    return renewed


def read_answer(ws: Workspace, commit: CommitId, path: str, kind: type[T]) -> T | None:
    """The answer in a commit; None where it cannot be read."""
    (data,) = read_files(ws.repo, [(commit, path)])
    return decode(data or b"", kind, path)[0]

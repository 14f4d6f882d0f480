"""An assessor's answer or an issuer's proposal, on a ref of its author's own.

A commit on exactly the state that is in review, adding one file.
"""

from __future__ import annotations

from typing import TypeVar

from mcred.app.workspace import Workspace
from mcred.domain.assessment import Assessment
from mcred.domain.decision import Override
from mcred.domain.ids import CommitId
from mcred.domain.layout import override_ref, review_ref
from mcred.domain.seats import DeclinedReview
from mcred.formats.decode import decode
from mcred.formats.encode import encode
from mcred.formats.trailers import message
from mcred.store.batch import read_files
from mcred.store.git import resolve
from mcred.store.write import commit_files, move_refs, put_blob

T = TypeVar("T", Assessment, DeclinedReview, Override)


def store_answer(
    ws: Workspace, answer: Assessment | DeclinedReview | Override, path: str, title: str
) -> CommitId:
    """Commit an answer and move its author's ref there; it is not pushed."""
    wanted, attempt = answer.submission, answer.attempt
    verb = {Assessment: "assess", DeclinedReview: "decline-review", Override: "override"}[type(answer)]
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


def read_answer(ws: Workspace, commit: CommitId, path: str, kind: type[T]) -> T | None:
    """The answer in a commit; None where it cannot be read."""
    (data,) = read_files(ws.repo, [(commit, path)])
    return decode(data or b"", kind, path)[0]

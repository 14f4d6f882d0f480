"""Verifies a revealed piece: against a badge beside it, or against the record of the programme around.

Needs no reading key: a request, and a badge, have the commitment of every piece.
"""

from __future__ import annotations

from msgspec.structs import replace

from mcred.app.workspace import Workspace, open_workspace
from mcred.badges.checks import Check, VerifyReport, sum_up_checks
from mcred.badges.json_reader import JsonObject, read_json
from mcred.badges.revealed_piece import RevealedPiece, check_content, check_in_badge
from mcred.domain.decision import Decision
from mcred.domain.ids import SubmissionId
from mcred.domain.layout import request_path
from mcred.domain.submission import CommittedPiece, ReviewRequest
from mcred.formats.decode import decode
from mcred.problems import McredError, next_step
from mcred.store.batch import read_files

_CLAUSE = "the program's own record of the request"
OUTCOMES = {"award": "awarded", "revise": "not yet earned", "decline": "declined"}


def verify_piece(
    piece: RevealedPiece,
    content: bytes | None,
    around: Workspace | McredError | None,
    badge: VerifyReport | None,
) -> VerifyReport:
    """Whether a revealed piece is the one that was judged.

    `around`: the programme of the current folder, or why it cannot be read. `badge`: the report on a
    badge beside the piece, which is asked instead of that programme.
    """
    whole = check_content(piece, content)
    if badge is not None:
        checks = (whole, check_in_badge(piece, badge.document)) if badge.document else (whole,)
        return sum_up_checks((*checks, *badge.checks), badge.document)
    judged, document = _in_record(piece, around)
    return sum_up_checks((whole, judged), document)


def _in_record(piece: RevealedPiece, around: Workspace | McredError | None) -> tuple[Check, JsonObject]:
    """Whether the record has it, and the badge that was given for it."""
    check = Check(name="judged", ok=None, what="", clause=_CLAUSE)
    if not isinstance(around, Workspace):
        what = "nothing here shows what was assessed" if around is None else around.what
        remedy = f"{next_step('verify', 'FILE', '--badge', 'BADGE')}, or run it in the program's folder"
        return replace(check, what=what, remedy=remedy), {}
    submission = piece.about
    ws = open_workspace(around.ctx, fetching="no")
    path = request_path(submission, piece.attempt)
    (data,) = read_files(ws.repo, [(ws.main, path)])
    request = decode(data or b"", ReviewRequest, path)[0]
    record = ws.catalog.records.get(submission)
    decision = next((d for d in record.decisions if d.attempt == piece.attempt), None) if record else None
    if request is None or record is None or decision is None:
        what = f"the record here has no decided attempt {piece.attempt} of {submission}"
        return replace(check, what=what, remedy=str(next_step("sync"))), {}
    found = next((p for p in request.pieces if p.commitment == piece.commitment), None)
    if found is None:
        what = f"attempt {piece.attempt} of {submission} was not assessed by this piece"
        return replace(check, ok=False, what=what, state="not judged"), {}
    said = _tell(ws, submission, decision, found)
    documents = record.documents(piece.attempt)
    document = _read(documents[max(documents)]) if documents else {}
    return replace(check, ok=True, what=said), document


def _tell(ws: Workspace, submission: SubmissionId, decision: Decision, piece: CommittedPiece) -> str:
    """`“Class video” (video) of Ana Reyes, for Wait Time, attempt 1: judged on 2026-03-02, awarded`."""
    definition = ws.catalog.editions.get(decision.definition.blob)
    items = {i.id: i.title for i in definition.items} if definition else {}
    earner = ws.catalog.people.get(submission.earner)
    title = definition.title if definition else submission.credential
    who = earner.name if earner else submission.earner
    record = ws.catalog.records[submission]
    revoked = ", revoked since" if decision.attempt in record.revocations else ""
    what = f"“{items.get(piece.item, piece.item)}” ({piece.type})" if piece.item else "a file"
    return (
        f"{what} of {who}, for {title}, attempt {decision.attempt}: assessed on {decision.decided.date()}, "
        f"{OUTCOMES[decision.outcome]}{revoked}"
    )


def _read(data: bytes) -> JsonObject:
    try:
        return read_json(data)
    except McredError:
        return {}

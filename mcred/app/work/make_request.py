"""Makes the review request of an attempt: whom to ask, by which rule, what is carried over, which files."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from mcred.app.clock import stamp
from mcred.app.work.drafts import Draft, handed_in
from mcred.app.work.review_request import carried_criteria, earlier_assessors
from mcred.app.workspace import Workspace
from mcred.domain.layout import folder_of
from mcred.domain.programme import Roles
from mcred.domain.rules.decide import list_deciders
from mcred.domain.rules.panel import Panel, choose_panel
from mcred.domain.submission import FileDigest, ReviewRequest
from mcred.problems import Exit, McredError, next_step
from mcred.store.snapshot import read_blobs


def make_request(ws: Workspace, draft: Draft) -> ReviewRequest:
    """The request that `submit` stores. Raises McredError where nothing changed, or nobody can be asked."""
    policy = ws.catalog.programme.assessment.for_credential(draft.definition)
    carried = carried_criteria(ws.repo, ws.catalog, draft.work, draft.definition, draft.edition)
    if carried and len(carried) == len(draft.definition.criteria):
        raise McredError(
            "nothing that is judged has changed since the feedback",
            hint=next_step("feedback", draft.id.credential),
        )
    attempt = draft.work.submission.attempt
    earlier = earlier_assessors(ws.catalog, draft.id, attempt, ws.record.asked(draft.id))
    panel = choose_panel(draft.id, ws.catalog, policy, ws.record.loads(besides=draft.id), earlier)
    if not panel.is_complete:
        raise _nobody(ws, panel)
    now = stamp(ws)
    return ReviewRequest(
        format=2,
        submission=draft.id,
        attempt=attempt,
        definition=draft.edition,
        main=ws.main,
        rule=panel.rule,
        assessed_before=panel.assessed_before,
        panel=panel.members,
        candidates=panel.candidates,
        at_limit=panel.at_limit,
        reasons=panel.reasons,
        carried=carried,
        requested=now,
        due=(now + timedelta(days=policy.due_days)).date(),
        files=_digests(ws, draft),
    )


def _nobody(ws: Workspace, panel: Panel) -> McredError:
    issuers = " or ".join(ws.catalog.programme.roles.issuers)
    return McredError(
        f"nobody can assess this now: {'; '.join(panel.reasons)}. Your work is saved; tell {issuers}",
        hint=next_step("save"),
        code=Exit.NOT_ALLOWED,
    )


def _digests(ws: Workspace, draft: Draft) -> tuple[FileDigest, ...]:
    """The SHA-256 of every file that is submitted."""
    own = handed_in(draft.blobs, draft.id)
    prefix = folder_of(draft.id) + "/"
    found = []
    for path, blob in sorted(own.items()):
        data = read_blobs(ws.repo, [blob])[blob]
        found.append(
            FileDigest(
                path=path.removeprefix(prefix), sha256=hashlib.sha256(data).hexdigest(), bytes=len(data)
            )
        )
    return tuple(found)


def describe_panel(request: ReviewRequest) -> str:
    """`the expert mei`, `3 peers: ben, cleo, dev`: those who were asked, so at least one."""
    kind = "expert" if request.rule == "expert" else "peer"
    if len(request.asked) == 1:
        return f"the {kind} {request.asked[0]}"
    return f"{len(request.asked)} {kind}s: {', '.join(request.asked)}"


def describe_vacant(request: ReviewRequest, roles: Roles) -> str:
    """Why a request asks fewer than it needs, and who fills the seats; empty where it asks them all."""
    vacant = len(request.panel) - len(request.asked)
    if not vacant:
        return ""
    issuers = " or ".join(list_deciders(roles, request.submission)) or "an issuer"
    who = f"Everyone{' else' if request.asked else ''} who can assess this"
    limit = f"{who} has as many open reviews as this programme allows."
    if not request.asked:
        return f"{limit} {issuers} will ask somebody."
    more = "one more assessor" if vacant == 1 else f"{vacant} more assessors"
    return f"{limit} {issuers} will ask {more}."

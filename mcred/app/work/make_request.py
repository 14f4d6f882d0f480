"""Makes the review request of an attempt: whom to ask, by which rule, what it commits to, what is kept."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from datetime import timedelta

from msgspec import Struct
from msgspec.structs import replace

from mcred.app.clock import stamp
from mcred.app.pending import read_disclosures
from mcred.app.sealed.attempts import find_readable, seal_attempt
from mcred.app.sealed.line import newest_state
from mcred.app.sealed.review import work_keys
from mcred.app.work.drafts import Draft, handed_in
from mcred.app.work.review_request import carried_criteria, earlier_assessors
from mcred.app.work.unfit_files import own_files
from mcred.app.work.versions import attempts_of
from mcred.app.workspace import Workspace
from mcred.domain.erasure import without_disclosures
from mcred.domain.ids import BlobId, SubmissionId
from mcred.domain.layout import (
    disclosures_path,
    folder_of,
    folder_of_attempts,
    parse_path,
    request_path,
    submission_ref,
)
from mcred.domain.pieces import Disclosures, FileDigest, commit_to, list_contents
from mcred.domain.programme import Roles
from mcred.domain.rules.decide import list_deciders
from mcred.domain.rules.panel import Panel, choose_panel
from mcred.domain.rules.readers import readers_of
from mcred.domain.sealed.large_file import digest_stored
from mcred.domain.seats import seat
from mcred.domain.submission import ReviewRequest
from mcred.formats.encode import encode
from mcred.problems import Exit, McredError, next_step
from mcred.store.git import resolve
from mcred.store.snapshot import list_tree, read_blobs
from mcred.store.write import put_blob


class NewRequest(Struct, frozen=True, kw_only=True):
    """A request, and what opens the pieces that it commits to."""

    request: ReviewRequest
    disclosures: Disclosures

    def store(self, ws: Workspace, *, sealing: bool) -> Mapping[str, BlobId]:
        """The files beside the work, by path. `sealing`: the work is sealed as it was last saved, with what
        opens its pieces, and only the request is left."""
        request, submission = self.request, self.request.submission
        place = submission, request.attempt
        opens = {disclosures_path(*place): put_blob(ws.repo, encode(self.disclosures))}
        if sealing:
            files = {**own_files(ws, newest_state(ws, submission), submission), **opens}
            people = readers_of(request, seat(request), ws.catalog.programme, is_open=True)
            keys = work_keys(ws.catalog, people)
            request = replace(request, work=seal_attempt(ws, *place, files, keys))
        stored = {request_path(*place): put_blob(ws.repo, encode(request))}
        return stored if sealing else {**stored, **opens}


def make_request(ws: Workspace, draft: Draft) -> NewRequest:
    """The request that `submit` stores. Raises McredError where nothing changed, or no one can be asked."""
    policy = ws.catalog.programme.assessment.for_credential(draft.definition)
    contents = list_contents(draft.work, draft.definition, _digests(ws, draft))
    pieces, disclosures = commit_to(contents, _earlier_disclosures(ws, draft.id), secrets.token_bytes)
    carried = carried_criteria(ws, draft.id, pieces, draft.definition, draft.edition)
    if carried and len(carried) == len(draft.definition.criteria):
        raise McredError(
            "nothing that is assessed has changed since the feedback",
            hint=next_step("feedback", draft.id.credential),
        )
    attempt = draft.work.submission.attempt
    earlier = earlier_assessors(ws.catalog, draft.id, attempt, ws.record.asked(draft.id))
    panel = choose_panel(draft.id, ws.catalog, policy, ws.record.loads(besides=draft.id), earlier)
    if not panel.is_complete:
        raise _nobody(ws, panel)
    now = stamp(ws)
    request = ReviewRequest(
        format=2,
        submission=draft.id,
        attempt=attempt,
        definition=draft.edition,
        main=ws.main,
        rule=panel.rule,
        assessed_before=panel.assessed_before,
        panel=panel.members,
        candidates=panel.candidates,
        pool=panel.pool,
        at_limit=panel.at_limit,
        reasons=panel.reasons,
        carried=carried,
        requested=now,
        due=(now + timedelta(days=policy.due_days)).date(),
        pieces=pieces,
        attestations=draft.work.submission.attestations,
    )
    opened = Disclosures(format=2, disclosures=disclosures)
    return NewRequest(request=request, disclosures=opened)


def _nobody(ws: Workspace, panel: Panel) -> McredError:
    issuers = " or ".join(ws.catalog.programme.roles.issuers)
    return McredError(
        f"no one can assess this now: {'; '.join(panel.reasons)}. Your work is saved; tell {issuers}",
        hint=next_step("save"),
        code=Exit.NOT_ALLOWED,
    )


def _digests(ws: Workspace, draft: Draft) -> Mapping[str, FileDigest]:
    """The size and SHA-256 of every file that is submitted, one file read at a time."""
    prefix = folder_of(draft.id) + "/"
    own = handed_in(draft.blobs, draft.id)
    return {
        p.removeprefix(prefix): digest_stored(read_blobs(ws.repo, [b])[b]) for p, b in sorted(own.items())
    }


def _earlier_disclosures(ws: Workspace, submission: SubmissionId) -> Iterator[str]:
    """What opens the pieces of earlier attempts: a piece that did not change keeps its commitment."""
    tip, erased = resolve(ws.repo, submission_ref(submission)), ws.catalog.erased(submission)
    sent = (attempt.commit for attempt in attempts_of(ws, submission).values())
    plain = (at for commit in sent if (at := find_readable(ws, submission, commit)))
    for commit in dict.fromkeys((ws.main, tip or ws.main, *plain)):
        for path in list_tree(ws.repo, commit, folder_of_attempts(submission)):
            found = parse_path(path)
            if found is not None and found.kind == "disclosure list":
                opened = read_disclosures(ws.repo, commit, submission, found.attempt)
                yield from without_disclosures(opened.disclosures, erased) if opened else ()


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
    limit = f"{who} has as many open reviews as this program allows."
    if not request.asked:
        return f"{limit} {issuers} will assign someone."
    more = "one more assessor" if vacant == 1 else f"{vacant} more assessors"
    return f"{limit} {issuers} will assign {more}."

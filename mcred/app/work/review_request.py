"""What a review request has to say: computed when it is sent, and computed again by whoever decides on it.

A request is the earner's own file. Everything in it follows from a state of the main line and from what was
sent before, so anybody can tell whether it was made by the rules.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping

from mcred.app.catalogs import catalog_at
from mcred.app.pending import read_submitted
from mcred.domain.assessment import DefinitionRef
from mcred.domain.catalog import Catalog
from mcred.domain.credential import Credential
from mcred.domain.ids import CommitId, PersonId, Slug, SubmissionId
from mcred.domain.layout import folder_of, is_earners, request_path
from mcred.domain.rules.panel import choose_panel
from mcred.domain.status import Event
from mcred.domain.submission import ReviewRequest, Work, unchanged_criteria
from mcred.store.git import Repo
from mcred.store.snapshot import LARGEST, REGULAR, list_tree, read_blobs


def earlier_assessors(
    catalog: Catalog, submission: SubmissionId, sent: Iterable[Event]
) -> tuple[PersonId, ...]:
    """Everybody who was asked about a submission before, so that a new attempt finds no new judges."""
    asked: dict[PersonId, None] = {}
    record = catalog.records.get(submission)
    for assessment in record.assessments if record else ():
        asked[assessment.assessor] = None
    for event in sent:
        asked.update(dict.fromkeys(event.request.panel if event.request else ()))
    return tuple(asked)


def carried_criteria(
    repo: Repo, catalog: Catalog, work: Work, definition: Credential, edition: DefinitionRef
) -> tuple[Slug, ...]:
    """Criteria that keep their level, because their evidence is what it was at the last *revise*."""
    record = catalog.records.get(work.id)
    decision = record.decision if record else None
    if decision is None or decision.outcome != "revise" or decision.definition != edition:
        return ()
    if catalog.programme.attempts.carry_over != "unchanged":
        return ()
    before, _ = read_submitted(repo, decision.judged, work.id, definition)
    return unchanged_criteria(before, work, definition)


def find_doubts(
    repo: Repo,
    request: ReviewRequest,
    work: Work,
    definition: Credential,
    digests: Mapping[str, str],
    sent: Iterable[Event],
) -> Iterator[str]:
    """Where a request is not what the rules of its day give (FORMATS: Policy, last paragraph).

    `digests`: the SHA-256 of each file as it was sent. `sent`: what was sent of this submission before,
    replaced attempts too. The numbers of open
    reviews are the earner's own observation and are taken as they are said.
    """
    submission = request.submission
    if {f.path: f.sha256 for f in request.files} != digests:
        yield "the files it lists are not the files that were sent"
    versions = {request.definition.version, work.submission.version}
    if versions != {definition.version}:
        yield f"it names version {' and '.join(sorted(versions))}, its rubric is {definition.version}"
    then = catalog_at(repo, request.main, frozenset({submission}))
    panel = choose_panel(
        submission,
        then,
        then.programme.assessment.for_credential(definition),
        {c.person: c.open for c in request.candidates},
        earlier_assessors(then, submission, (e for e in sent if e.attempt < request.attempt)),
    )
    if (panel.rule, panel.assessed_before) != (request.rule, request.assessed_before):
        yield (
            f"{panel.assessed_before} submissions had been assessed, so {panel.rule}s were due; "
            f"it says {request.assessed_before} and {request.rule}s"
        )
    if panel.members != request.panel:
        yield f"the rules ask {', '.join(panel.members)}; it asks {', '.join(request.panel)}"
    if tuple(c.person for c in panel.candidates) != tuple(c.person for c in request.candidates):
        yield "it does not name everybody who could be asked, in their order"
    wrongly = set(request.carried) - set(carried_criteria(repo, then, work, definition, request.definition))
    if wrongly:
        yield f"it keeps levels although the evidence changed: {', '.join(sorted(wrongly))}"


def file_digests(repo: Repo, commit: CommitId, submission: SubmissionId) -> Mapping[str, str]:
    """The SHA-256 of each of the earner's own files, by its path below the submission's folder."""
    prefix = folder_of(submission) + "/"
    found: dict[str, str] = {}
    for path, entry in list_tree(repo, commit, folder_of(submission)).items():
        if is_earners(path.removeprefix(prefix)) and path != request_path(submission):
            # One at a time: evidence may be large.
            is_taken = entry.mode in REGULAR and entry.size <= LARGEST
            data = read_blobs(repo, [entry.blob])[entry.blob] if is_taken else b""
            found[path.removeprefix(prefix)] = hashlib.sha256(data).hexdigest()
    return found

"""What a review request has to say (audit: 6): it is the earner's own file, and all of it can be computed.

Everything in it follows from the state of main it was read from and from what was sent. `mcred reconcile`
shows each doubt to the issuer, and each is a finding of the audit. The numbers of open reviews are the
earner's own observation and are taken as they are said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal

from msgspec import Struct

from mcred.domain.catalog import RecordState
from mcred.domain.credential import Credential
from mcred.domain.ids import CommitId, PersonId, SubmissionId
from mcred.domain.rules.carry import may_carry
from mcred.domain.rules.panel import choose_panel
from mcred.domain.submission import ReviewRequest, Work


class SentRequest(Struct, frozen=True, kw_only=True):
    """A request with everything it has to follow from."""

    request: ReviewRequest
    submission: SubmissionId
    attempt: int
    definition: Credential
    """The definition that the request names, by its stored bytes."""
    then: RecordState
    """The state of main that the request says it was read from."""
    is_known: bool
    """Whether main had had the named definition by then."""
    is_there: bool
    """Whether main had a definition of this micro-credential then."""
    work: Work | None
    """What was sent, None where it cannot be read."""
    digests: Mapping[str, str]
    """The SHA-256 of each file as it was sent."""
    earlier: tuple[PersonId, ...]
    """Who was asked about this submission before (`asked_before`)."""
    read_judged: Callable[[CommitId], Work | None]
    """Work as it was sent in a commit, None where it cannot be read."""


class Doubt(Struct, frozen=True, kw_only=True):
    """Where a request is not what the rules of its day give: the audit's code, and the sentence."""

    code: Literal[
        "request-wrong",
        "decision-definition",
        "request-main-early",
        "request-files",
        "request-rule",
        "request-panel",
        "request-candidates",
        "request-carried",
    ]
    what: str


def find_doubts(sent: SentRequest) -> Iterator[Doubt]:
    """Where a request is not what the rules of its day give (FORMATS: Policy, last paragraph)."""
    yield from _doubts_about_rubric(sent)
    request = sent.request
    if {f.path: f.sha256 for f in request.files} != dict(sent.digests):
        yield Doubt(code="request-files", what="the files it lists are not the files that were sent")
    yield from _doubts_about_panel(sent)
    if request.carried and sent.work is not None:
        kept = may_carry(sent.work, sent.definition, request.definition, sent.then, sent.read_judged)
    else:
        kept = ()
    if wrongly := set(request.carried) - set(kept):
        what = f"it keeps levels although the evidence changed: {', '.join(sorted(wrongly))}"
        yield Doubt(code="request-carried", what=what)


def _doubts_about_rubric(sent: SentRequest) -> Iterator[Doubt]:
    """Which attempt, which rubric, from which state."""
    request, definition, earner = sent.request, sent.definition, sent.submission.earner
    if (request.submission, request.attempt) != (sent.submission, sent.attempt):
        what = f"it asks about attempt {request.attempt} of {request.submission}"
        yield Doubt(code="request-wrong", what=what)
    if not sent.is_known:
        what = "it names a definition that the programme did not have when it was sent"
        yield Doubt(code="decision-definition", what=what)
    elif definition.status != "live":
        what = f"it names a definition that was {definition.status}"
        yield Doubt(code="decision-definition", what=what)
    elif not sent.is_there:
        what = "there was no such micro-credential when it was sent"
        yield Doubt(code="decision-definition", what=what)
    if earner not in sent.then.people:
        what = f"{earner} was not confirmed yet in the state it was made from"
        yield Doubt(code="request-main-early", what=what)
    versions = {request.definition.version, *([sent.work.submission.version] if sent.work else [])}
    if versions != {definition.version}:
        what = f"it names version {' and '.join(sorted(versions))}, its rubric is {definition.version}"
        yield Doubt(code="request-wrong", what=what)


def _doubts_about_panel(sent: SentRequest) -> Iterator[Doubt]:
    """Whom the rules ask: the choice is made again from the state it was read from."""
    request, then = sent.request, sent.then
    policy = then.programme.assessment.for_credential(sent.definition)
    loads = {c.person: c.open for c in request.candidates}
    panel = choose_panel(sent.submission, then, policy, loads, sent.earlier)
    if (panel.rule, panel.assessed_before) != (request.rule, request.assessed_before):
        what = (
            f"{panel.assessed_before} submissions had been assessed, so {panel.rule}s were due; "
            f"it says {request.assessed_before} and {request.rule}s"
        )
        yield Doubt(code="request-rule", what=what)
    if panel.members != request.panel:
        what = f"the rules ask {', '.join(panel.members) or 'nobody'}; it asks {', '.join(request.panel)}"
        yield Doubt(code="request-panel", what=what)
    if tuple(c.person for c in panel.candidates) != tuple(c.person for c in request.candidates):
        # Whoever comes next in it is asked where somebody gives their place back.
        what = "it does not name everybody who could be asked, in their order"
        yield Doubt(code="request-candidates", what=what)
    if not panel.is_complete:
        yield Doubt(code="request-panel", what="there were not enough assessors for this")


def asked_before(
    submission: SubmissionId,
    attempt: int,
    then: RecordState,
    sent: Iterable[tuple[int, ReviewRequest | None]],
) -> tuple[PersonId, ...]:
    """Who assessed earlier attempts, or was asked to: they come first, so that nobody shops for assessors.

    `then`: the state of main that the request of this attempt is read from. `sent`: attempts sent before that
    main does not have, with their requests, replaced and rejected ones too; what is of this attempt or of a
    later one does not count.
    """
    asked = dict.fromkeys(then.assessors(submission))
    for number, request in sent:
        if request is not None and number < attempt:
            asked.update(dict.fromkeys(request.panel))
    return tuple(asked)

"""Checking a review request (audit: 6): the earner writes it, but all of its content can be computed.

Everything in it follows from the commit of main it was read from and from the sent work. `mcred reconcile`
shows each doubt to the issuer, and each is a finding of the audit. That the commit of main was the newest
one, and the numbers of open reviews right, is what `rules.draw` checks when it arrives: the record alone
cannot tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from mcred.domain.catalog import RecordState
from mcred.domain.credential import Credential
from mcred.domain.ids import CommitId, PersonId, SubmissionId
from mcred.domain.pieces import Disclosures, FileDigest, explain_mismatch, list_contents
from mcred.domain.programme import Policy
from mcred.domain.rules.carry import may_carry
from mcred.domain.rules.panel import Panel, choose_again, could_be
from mcred.domain.submission import CommittedPiece, ReviewRequest, Work


class SentRequest(Struct, frozen=True, kw_only=True):
    """A request and everything it has to follow from."""

    request: ReviewRequest
    submission: SubmissionId
    attempt: int
    definition: Credential
    """The definition that the request names by its blob."""
    then: RecordState
    """The programme at the commit of main that the request names."""
    is_known: bool
    """Whether the named definition had been on main by then."""
    is_there: bool
    """Whether main had a definition of this micro-credential then."""
    work: Work | None
    """The sent work, None when unreadable."""
    digests: Mapping[str, FileDigest]
    """Path → digest of each sent file; none where it cannot be read."""
    is_beside: bool
    """Whether some of the work lies beside the request, where everyone in the programme reads it."""
    disclosures: Disclosures | None
    """What opens the request's pieces, None when missing or unreadable."""
    earlier: tuple[PersonId, ...]
    """Who was asked about this submission before (`asked_before`)."""
    knew_newer: bool
    """Whether the sent work builds on a newer state of main than the request names."""
    read_pieces: Callable[[CommitId], Sequence[CommittedPiece] | None]
    """Reads the pieces of the request sent in a commit; None when unreadable."""


class Doubt(Struct, frozen=True, kw_only=True):
    """A deviation of a request from the rules of its day: the audit's code and sentence."""

    code: Literal[
        "request-wrong",
        "decision-definition",
        "request-main-early",
        "request-main-old",
        "request-pieces",
        "request-work",
        "request-rule",
        "request-panel",
        "request-candidates",
        "request-limit",
        "request-carried",
    ]
    what: str


def find_doubts(sent: SentRequest) -> Iterator[Doubt]:
    """Every deviation of a request from the rules of its day (FORMATS: Policy, last paragraph)."""
    yield from _doubts_about_rubric(sent)
    request = sent.request
    yield from _doubts_about_pieces(sent)
    yield from _doubts_about_panel(sent)
    kept = (
        may_carry(
            sent.submission, request.pieces, sent.definition, request.definition, sent.then, sent.read_pieces
        )
        if request.carried
        else ()
    )
    if wrongly := set(request.carried) - set(kept):
        what = f"it keeps levels although the evidence changed: {', '.join(sorted(wrongly))}"
        yield Doubt(code="request-carried", what=what)


def _doubts_about_pieces(sent: SentRequest) -> Iterator[Doubt]:
    """Doubts about where the work is, and about what it commits to where that can be read."""
    request, opened = sent.request, sent.disclosures
    is_sealed = sent.then.programme.work == "sealed"
    if is_sealed is sent.is_beside or is_sealed is (request.work is None):
        what = f"its work is not {'sealed' if is_sealed else 'beside its request'}, as in this program"
        yield Doubt(code="request-work", what=what)
    if not sent.digests:
        return
    contents = list_contents(sent.work, sent.definition, sent.digests) if sent.work else None
    if what := explain_mismatch(request.pieces, opened.disclosures if opened else None, contents):
        yield Doubt(code="request-pieces", what=what)
    elif sent.work is not None and sent.work.submission.attestations != request.attestations:
        yield Doubt(
            code="request-pieces", what="it confirms something other than the work that was submitted"
        )


def _doubts_about_rubric(sent: SentRequest) -> Iterator[Doubt]:
    """Doubts about the attempt, the rubric, and the commit of main."""
    request, definition, earner = sent.request, sent.definition, sent.submission.earner
    if (request.submission, request.attempt) != (sent.submission, sent.attempt):
        what = f"it is for attempt {request.attempt} of {request.submission}"
        yield Doubt(code="request-wrong", what=what)
    if not sent.is_known:
        what = "it names a definition that the program did not have when it was submitted"
        yield Doubt(code="decision-definition", what=what)
    elif definition.status != "live":
        what = f"it names a definition that was {definition.status}"
        yield Doubt(code="decision-definition", what=what)
    elif not sent.is_there:
        what = "there was no such micro-credential when it was submitted"
        yield Doubt(code="decision-definition", what=what)
    if earner not in sent.then.people:
        what = f"{earner} was not confirmed yet in the state it was made from"
        yield Doubt(code="request-main-early", what=what)
    if sent.knew_newer:
        what = "the work builds on a newer state of the program than the one its assessors were chosen from"
        yield Doubt(code="request-main-old", what=what)
    versions = {request.definition.version, *([sent.work.submission.version] if sent.work else [])}
    if versions != {definition.version}:
        what = f"it names version {' and '.join(sorted(versions))}, its rubric is {definition.version}"
        yield Doubt(code="request-wrong", what=what)


def _doubts_about_panel(sent: SentRequest) -> Iterator[Doubt]:
    """Doubts about the panel: it is chosen again."""
    request, panel = sent.request, redraw_panel(sent)
    if (panel.rule, panel.assessed_before) != (request.rule, request.assessed_before):
        what = (
            f"{panel.assessed_before} submissions had been assessed, so {panel.rule}s were due; "
            f"it says {request.assessed_before} and {request.rule}s"
        )
        yield Doubt(code="request-rule", what=what)
    if panel.members != request.panel:
        what = (
            f"the rules assign {', '.join(panel.members) or 'no one'}; it assigns {', '.join(request.panel)}"
        )
        yield Doubt(code="request-panel", what=what)
    if tuple(c.person for c in panel.candidates) != tuple(c.person for c in request.candidates):
        # The next candidate in it is asked when a panel member declines.
        what = "it does not name the first eligible people in their order"
        yield Doubt(code="request-candidates", what=what)
    elif not could_be(request.pool, panel, _policy_of(sent)):
        what = (
            "what it says about all eligible people does not match the people there were, or those it names"
        )
        yield Doubt(code="request-candidates", what=what)
    if panel.at_limit != request.at_limit:
        full, said = (", ".join(people) or "no one" for people in (panel.at_limit, request.at_limit))
        what = f"by the numbers it gives, {full} had as many open reviews as allowed; it says {said}"
        yield Doubt(code="request-limit", what=what)
    if not panel.is_complete:
        yield Doubt(code="request-panel", what="there were not enough assessors for this")


def redraw_panel(sent: SentRequest) -> Panel:
    """The panel by the rules, from the commit and the open reviews that the request names."""
    return choose_again(sent.request, sent.submission, sent.then, _policy_of(sent), sent.earlier)


def _policy_of(sent: SentRequest) -> Policy:
    return sent.then.programme.assessment.for_credential(sent.definition)


def asked_before(
    submission: SubmissionId,
    attempt: int,
    then: RecordState,
    sent: Iterable[tuple[int, ReviewRequest | None]],
) -> tuple[PersonId, ...]:
    """Who assessed or was asked to assess earlier attempts: they come first, so that earners cannot pick.

    `then`: the programme the request of this attempt is read from. `sent`: earlier sent attempts that main
    does not have, with their requests, including replaced and rejected ones; this attempt and later ones are
    ignored.
    """
    asked = dict.fromkeys(then.assessors(submission))
    for number, request in sent:
        if request is not None and number < attempt:
            asked.update(dict.fromkeys(request.asked))
    return tuple(asked)

"""Acceptance checks of fetched submissions and assessments, since a plain git remote checks nothing.

A submission is accepted when (S1) it is signed by a key of the earner on main, (S2) the submission and
attempt it names match its ref, (S3) its request was read from a commit of main. An assessment is accepted
when (ARCHITECTURE: "the reader must", 1-6) (A1) its signature is valid, (A2) by the assessor whose ref it is,
or by an issuer who attests it (`attestation`), (A3) its parent is the submitted commit being judged, (A4) it
adds exactly its one file, (A5) it is that assessor's only one for the attempt, and (A6) the assessor was
asked and may assess. A declined review is accepted by (A1) to (A5) too, from an assessor who was asked.

Each check returns every reason against; none means accepted. A5 follows from the ref: one per assessor.
"""

from __future__ import annotations

from msgspec import Struct

from mcred.domain.assessment import Assessment
from mcred.domain.catalog import ProgrammeState
from mcred.domain.ids import CommitId, PersonId, SubmissionId
from mcred.domain.programme import Policy
from mcred.domain.rules.attestation import check_attested
from mcred.domain.rules.eligibility import reasons_against_asked
from mcred.domain.seats import DeclinedReview, Seats, seat
from mcred.domain.submission import ReviewRequest


class Arrived(Struct, frozen=True, kw_only=True):
    """A fetched commit: its signer, parent and touched files."""

    signer: str | None
    parent: CommitId | None
    touched: tuple[tuple[str, str], ...]
    """(path, mode) of each file added or changed; a removed file has mode ''."""


def check_signer(signer: str | None, person: PersonId, catalog: ProgrammeState) -> tuple[str, ...]:
    """(S1, A1, A2) Why a signature is not by a key the programme lists for a person."""
    profile = catalog.people.get(person)
    if profile is None:
        return (f"{person} is not confirmed in this program",)
    if signer is None:
        return ("it is not signed, or its signature is broken",)
    if not profile.signs_with(signer):
        return (f"it is signed with a key that is not {person}'s",)
    return ()


def is_issuers(signer: str | None, catalog: ProgrammeState) -> bool:
    """Whether a signature is by a key that the programme lists for one of its issuers."""
    issuers = catalog.programme.roles.issuers
    return signer is not None and any(not check_signer(signer, issuer, catalog) for issuer in issuers)


def check_author(
    assessment: Assessment, assessor: PersonId, signer: str | None, catalog: ProgrammeState
) -> tuple[str, ...]:
    """(A1, A2) Why an assessment is neither signed by its assessor nor rightly attested by an issuer."""
    if assessment.attested is None:
        return check_signer(signer, assessor, catalog)
    return check_attested(assessment, assessment.attested, assessor, signer, catalog)


def check_submission(
    request: ReviewRequest,
    submission: SubmissionId,
    attempt: int,
    signer: str | None,
    catalog: ProgrammeState,
) -> tuple[str, ...]:
    """(S1, S2) Why a submission is not accepted. S3 needs history: the caller asks the store."""
    reasons = list(check_signer(signer, submission.earner, catalog))
    if (request.submission, request.attempt) != (submission, attempt):
        reasons.append(f"it says it is attempt {request.attempt} of {request.submission}")
    if (request.work is not None) != (catalog.programme.work == "sealed"):
        reasons.append(
            "its work is not sealed, as this program requires"
            if request.work is None
            else "its work is sealed, in a program whose members may read it"
        )
    if not request.panel or len(set(request.panel)) != len(request.panel):
        reasons.append("it assigns no one to assess it, or someone twice")
    return tuple(reasons)


def check_assessment(
    assessment: Assessment,
    arrived: Arrived,
    place: tuple[SubmissionId, int, PersonId, str],
    judged: CommitId,
    request: ReviewRequest,
    catalog: ProgrammeState,
    policy: Policy,
    seats: Seats | None = None,
) -> tuple[str, ...]:
    """Why an assessment is not accepted. `place`: its submission, attempt, assessor and path.

    `catalog`: main when the assessment was made, for the right to assess.
    `seats`: the current panel, when reviews were declined.
    """
    submission, attempt, assessor, path = place
    seats = seat(request) if seats is None else seats
    reasons = list(check_author(assessment, assessor, arrived.signer, catalog))
    if (assessment.submission, assessment.attempt, assessment.assessor) != (submission, attempt, assessor):
        claim = f"attempt {assessment.attempt} of {assessment.submission}"
        reasons.append(f"it says it is by {assessment.assessor} for {claim}")
    if arrived.parent != judged or assessment.judged != judged:
        reasons.append("it assesses an earlier version of the evidence")
    if arrived.touched != ((path, "100644"),):
        reasons.append("it changes more than its own file")
    if assessment.definition != request.definition:
        reasons.append("it was scored with another version of the rubric")
    if assessor in seats.relieved:
        reasons.append(f"{assessor} is no longer assigned: someone else is")
    elif assessor not in seats.panel:
        reasons.append(f"{assessor} is not assigned to assess this")
    # The earner signs the request, so its panel alone does not prove the right to assess.
    by_issuer = assessor in seats.stand_ins
    reasons.extend(
        reasons_against_asked(assessor, submission, catalog, request.rule, policy, by_issuer=by_issuer)
    )
    return tuple(dict.fromkeys(reasons))


def check_declined(
    declined: DeclinedReview,
    arrived: Arrived,
    place: tuple[SubmissionId, int, PersonId, str],
    judged: CommitId,
    catalog: ProgrammeState,
) -> tuple[str, ...]:
    """Why a declined review is not accepted; whether the assessor was asked is checked by `seat`."""
    submission, attempt, assessor, path = place
    reasons = list(check_signer(arrived.signer, assessor, catalog))
    if (declined.submission, declined.attempt, declined.assessor) != (submission, attempt, assessor):
        claim = f"attempt {declined.attempt} of {declined.submission}"
        reasons.append(f"it says it is by {declined.assessor} for {claim}")
    if arrived.parent != judged or declined.judged != judged:
        reasons.append("it is not about the version in review, or comes after an answer")
    if arrived.touched != ((path, "100644"),):
        reasons.append("it changes more than its own file")
    return tuple(reasons)

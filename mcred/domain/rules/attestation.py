"""Rules for attested assessments: written on a review host, and signed by an issuer instead of the assessor.

An attestation never proves authorship: it is an issuer's signed statement of what the host says
(docs/decisions). So it counts only where the programme accepts unsigned work (FORMATS: `signatures:
recorded`), only by an issuer of that day who neither earned nor assessed it, and only for the account in the
assessor's own profile.
"""

from __future__ import annotations

from mcred.domain.assessment import Assessment, Attested
from mcred.domain.catalog import ProgrammeState
from mcred.domain.ids import PersonId, Slug

ATTESTED = "attested by"
"""The text in a decision's flag for each attested assessment."""


def check_attested(
    assessment: Assessment,
    attested: Attested,
    assessor: PersonId,
    signer: str | None,
    catalog: ProgrammeState,
) -> tuple[str, ...]:
    """Every reason why an attestation is not accepted; none means it is."""
    programme, witness = catalog.programme, attested.by
    profile, known = catalog.people.get(witness), catalog.people.get(assessor)
    reasons: list[str] = []
    if programme.signatures != "recorded":
        reasons.append("the program accepts assessments only when their assessors sign them")
    if witness not in programme.roles.issuers:
        reasons.append(f"{witness} says it was written on {attested.host}, but is not an issuer")
    if witness == assessment.submission.earner:
        reasons.append("no one attests what others wrote about their own work")
    if witness == assessor:
        reasons.append(f"{witness} assessed it and has to sign that as an assessor")
    if profile is None or not profile.signs_with(signer):
        reasons.append(f"it is not signed with a key of {witness}, who attests it")
    account = known.accounts.get(Slug(attested.kind), "") if known else ""
    if not account or account.casefold() != attested.account.casefold():
        reasons.append(f"{attested.account} on {attested.host} is not {assessor}'s account")
    host = programme.review_host
    if host is not None and host.kind != attested.kind:
        reasons.append(f"{attested.host} is not the program's review host")
    return tuple(reasons)


def attested_flag(assessment: Assessment, attested: Attested) -> str:
    """A decision's flag for an assessment that its assessor did not sign."""
    where = f"{attested.account} on {attested.host}, review {attested.review}"
    return f"{assessment.assessor}'s assessment is {ATTESTED} {attested.by}, not signed: written as {where}"

"""What of a review and of a decision may stand in the record for everyone (TRUST: "Who can read what").

Until the decision no one but the issuers reads a review; of an award the levels are everyone's; of every
other outcome, levels and remarks are the earner's, the panel's and the issuers'.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mcred.domain.assessment import Assessment
from mcred.domain.decision import Decision
from mcred.domain.ids import Slug


def explain_open_review(assessment: Assessment, criteria: Sequence[Slug]) -> tuple[str, ...]:
    """Why a review, as it stands in its file, is not sealed, or commits to something else than it has to.

    `criteria`: the open ones. One that was written on a review host is open by nature.
    """
    said = bool(assessment.scores or assessment.summary)
    hidden = bool(assessment.sealed or assessment.key or assessment.commitments)
    if assessment.attested is not None:
        return ("it was written on a review host, but is sealed",) if hidden else ()
    if said:
        return ("everyone can read its levels or remarks before the decision",)
    if not (assessment.sealed and assessment.key):
        return ("its levels and remarks are not sealed",)
    digests = assessment.commitments
    if len(digests) != 2 * len(criteria) + 1 or len(set(digests)) != len(digests):
        return ("it does not commit to one level and one remark for each open criterion",)
    return ()


def explain_open_decision(decision: Decision, count: int) -> Iterator[str]:
    """Why a decision, as it stands in its file, shows what is not for everyone, or lacks what is sealed.

    `count`: how many criteria there are.
    """
    if decision.feedback:
        yield "everyone can read its feedback"
    if not decision.sealed:
        yield "it seals nothing for its earner"
    if decision.outcome == "award":
        if decision.commitments:
            yield "it seals levels that an award opens"
        return
    proposed = decision.override.opened if decision.override is not None else ""
    if decision.levels or decision.recommended or decision.reason or decision.opened or proposed:
        yield f"it shows everyone the levels of an attempt that was not awarded ({decision.outcome})"
    if len(decision.commitments) != count or len(set(decision.commitments)) != count:
        yield "it does not commit to one level for each criterion"

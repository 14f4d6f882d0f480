"""Who may record what is recognized."""

from __future__ import annotations

from mcred.domain.ids import PersonId
from mcred.domain.programme import Roles
from mcred.domain.recognition.policy import RecognitionPolicy


def list_recognizers(policy: RecognitionPolicy, roles: Roles) -> tuple[PersonId, ...]:
    """The people whom a policy names, or the maintainers."""
    return policy.recognizers or roles.maintainers


def explain_no_recognizer(
    person: PersonId | None, whose: PersonId | None, policy: RecognitionPolicy | None, roles: Roles
) -> str:
    """Why a person may not record what is recognized of someone's badges, '' when they may.

    `policy`: None where there is none that holds.
    """
    if policy is None:
        return "there is no such recognition policy"
    if person not in list_recognizers(policy, roles):
        return f"{person or 'the signer'} is not a recognizer of {policy.id}"
    return "no one records what is recognized of their own badges" if person == whose else ""

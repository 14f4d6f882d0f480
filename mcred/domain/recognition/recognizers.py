"""Who may record what is recognized, and what they could record by two policies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from mcred.domain.ids import CredentialId, PersonId, StackId
from mcred.domain.programme import Roles
from mcred.domain.recognition.policy import CreditUnit, RecognitionPolicy


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


def find_same_worth(
    one: RecognitionPolicy,
    other: RecognitionPolicy,
    credentials: Iterable[CredentialId],
    stacks: Iterable[StackId],
) -> Mapping[CreditUnit, tuple[str, ...]]:
    """Unit → the program's micro-credentials and stacks, by id, for which two policies give it."""
    found: dict[CreditUnit, list[str]] = {}
    badges: tuple[tuple[CredentialId | None, StackId | None], ...] = (
        *((credential, None) for credential in sorted(credentials)),
        *((None, stack) for stack in sorted(stacks)),
    )
    for credential, stack in badges:
        for unit in sorted({*_given(one, credential, stack)}.intersection(_given(other, credential, stack))):
            found.setdefault(unit, []).append(credential or stack or "")
    return {unit: tuple(names) for unit, names in found.items()}


def _given(
    policy: RecognitionPolicy, credential: CredentialId | None, stack: StackId | None
) -> Iterator[CreditUnit]:
    """What a policy may give for a badge of its own program."""
    own = policy.own_issuer
    for rule in policy.rules:
        if own is not None and rule.is_about(own, credential, stack):
            yield from (unit for unit, amount in rule.worth.items() if amount)

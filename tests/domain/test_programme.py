"""The programme's rules as data: defaults of the source documents, overrides, roles."""

from __future__ import annotations

import pytest
from msgspec.structs import asdict

from mcred.domain.credential import AssessmentOverride
from mcred.domain.ids import CredentialId
from mcred.domain.programme import Attempts, Policy, Roles
from tests.school import ANA, BEN, CLEO, DEV, MEI, ROSA, WAIT, a_credential, a_programme


def test_the_defaults_are_the_source_documents_figures() -> None:
    policy = Policy()
    assert (policy.expert_submissions, policy.experts, policy.peers) == (50, 1, 3)
    assert (policy.due_days, policy.max_open) == (10, 4)
    assert policy.conflicts == ("self", "same-school", "declared")
    assert Attempts() == Attempts(coach_after=3, note_required=True, carry_over="unchanged")


def test_signatures_are_required_unless_a_programme_says_otherwise() -> None:
    assert a_programme().signatures == "required"


def test_a_credential_that_overrides_nothing_has_the_programmes_policy() -> None:
    policy = Policy(experts=2, conflicts=("self",))
    assert policy.for_credential(a_credential()) == policy


@pytest.mark.parametrize("name", AssessmentOverride.__struct_fields__)
def test_each_override_changes_its_own_field_and_no_other(name: str) -> None:
    credential = a_credential(assessment=AssessmentOverride(**{name: 7}))
    changed = Policy().for_credential(credential)
    usual = asdict(Policy())
    assert {field for field, value in asdict(changed).items() if value != usual[field]} == {name}
    assert getattr(changed, name) == 7


def test_an_override_of_zero_is_an_override() -> None:
    credential = a_credential(assessment=AssessmentOverride(expert_submissions=0))
    assert Policy().for_credential(credential).expert_submissions == 0


def test_overriding_leaves_the_programmes_policy_as_it_was() -> None:
    policy = Policy()
    policy.for_credential(a_credential(assessment=AssessmentOverride(peers=5)))
    assert policy.peers == 3


def test_experts_of_a_credential_are_the_general_and_its_own_each_once_in_order() -> None:
    roles = Roles(
        maintainers=(ROSA,),
        issuers=(ROSA,),
        experts=(MEI, DEV),
        experts_for={WAIT: (CLEO, MEI), CredentialId("feedback"): (BEN,)},
    )
    assert roles.experts_of(WAIT) == (MEI, DEV, CLEO)
    assert roles.experts_of(CredentialId("feedback")) == (MEI, DEV, BEN)
    assert roles.experts_of(CredentialId("other")) == (MEI, DEV)


def test_a_person_has_all_the_roles_that_list_them() -> None:
    roles = Roles(
        maintainers=(ROSA,), issuers=(ROSA, DEV), experts=(MEI,), experts_for={WAIT: (DEV,)}, coaches=(MEI,)
    )
    assert roles.of(ROSA) == ("maintainer", "issuer")
    assert roles.of(DEV) == ("issuer", "expert")
    assert roles.of(MEI) == ("expert", "coach")
    assert roles.of(ANA) == ()

"""The reader's checks: from a case that is accepted, each single change is refused with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from msgspec import Struct, field
from msgspec.structs import replace

from mcred.domain.assessment import Assessment, DefinitionRef
from mcred.domain.catalog import Catalog
from mcred.domain.ids import BlobId, CommitId, CredentialId, PersonId, SubmissionId, Version
from mcred.domain.people import Person, SigningKey
from mcred.domain.programme import Policy
from mcred.domain.rules.acceptance import Arrived, check_assessment, check_signer, check_submission
from mcred.domain.submission import ReviewRequest
from tests.school import (
    ANA,
    ANAS,
    BEN,
    BLOB,
    DEV,
    MEI,
    SENT,
    WAIT,
    a_catalog,
    a_person,
    a_programme,
    a_request,
    an_assessment,
)

PATH = "portfolios/ana/wait-time/attempts/1/reviews/mei.json"
OTHER_PATH = "portfolios/ana/wait-time/attempts/1/reviews/dev.json"
OLDER = CommitId("0" * 40)
MEIS_KEY, ANAS_KEY, DEVS_KEY = "ssh-ed25519 mei", "ssh-ed25519 ana", "ssh-ed25519 dev"
NOBODY = PersonId("nobody")


def with_people(*changed: Person, **changes: Any) -> Catalog:
    catalog = a_catalog(**changes)
    return replace(catalog, people={**catalog.people, **{p.id: p for p in changed}})


def with_retired_key(name: str) -> Catalog:
    """Someone who has retired the key they sign with here and uses another by now."""
    old = SigningKey(public=f"ssh-ed25519 {name}", since=date(2025, 9, 1), retired=date(2026, 9, 1))
    new = SigningKey(public=f"ssh-ed25519 {name} new", since=date(2026, 9, 1))
    return with_people(a_person(name, keys=(old, new)))


def test_work_is_sealed_where_the_programme_seals_it_and_nowhere_else() -> None:
    sealing = a_catalog(programme=replace(a_programme(), work="sealed"))
    open_one, sealed = a_request(), a_request(work=OLDER)
    assert check_submission(sealed, ANAS, 1, ANAS_KEY, sealing) == ()
    asked = ("its work is not sealed, as this program requires",)
    assert check_submission(open_one, ANAS, 1, ANAS_KEY, sealing) == asked
    other = ("its work is sealed, in a program whose members may read it",)
    assert check_submission(sealed, ANAS, 1, ANAS_KEY, a_catalog()) == other


def lenient(**changes: Any) -> Catalog:
    return a_catalog(programme=replace(a_programme(), signatures="recorded"), **changes)


def without(person: PersonId, catalog: Catalog) -> Catalog:
    return replace(catalog, people={i: p for i, p in catalog.people.items() if i != person})


class Case(Struct, frozen=True):
    """An assessment as it arrives; accepted as it stands."""

    assessment: Assessment = field(default_factory=an_assessment)
    signer: str | None = MEIS_KEY
    parent: CommitId | None = SENT
    touched: tuple[tuple[str, str], ...] = ((PATH, "100644"),)
    place: tuple[SubmissionId, int, PersonId, str] = (ANAS, 1, MEI, PATH)
    judged: CommitId = SENT
    request: ReviewRequest = field(default_factory=a_request)
    catalog: Catalog = field(default_factory=a_catalog)
    policy: Policy = field(default_factory=Policy)

    def reasons(self) -> tuple[str, ...]:
        arrived = Arrived(signer=self.signer, parent=self.parent, touched=self.touched)
        rest = (self.place, self.judged, self.request, self.catalog, self.policy)
        return check_assessment(self.assessment, arrived, *rest)


OTHER_RUBRIC = DefinitionRef(version=Version("1.3.0"), blob=BlobId("9" * 40))
OTHER_BYTES = DefinitionRef(version=Version("1.2.0"), blob=BlobId("9" * 40))
OTHER_VERSION = DefinitionRef(version=Version("1.3.0"), blob=BLOB)
UNSIGNED = "it is not signed, or its signature is broken"
NOT_MEIS = "it is signed with a key that is not mei's"
STALE = "it assesses an earlier version of the evidence"
TOO_MUCH = "it changes more than its own file"
OTHER = "it was scored with another version of the rubric"
SAYS = "it says it is by {} for attempt {} of {}"


def test_an_assessment_as_it_should_be_is_accepted() -> None:
    assert Case().reasons() == ()


CHANGES: Mapping[str, tuple[Mapping[str, Any], str]] = {
    "no signature": ({"signer": None}, UNSIGNED),
    "an unknown key": ({"signer": "ssh-ed25519 stranger"}, NOT_MEIS),
    "another person's key": ({"signer": DEVS_KEY}, NOT_MEIS),
    "the earner's key": ({"signer": ANAS_KEY}, NOT_MEIS),
    "a retired key": ({"catalog": with_retired_key("mei")}, NOT_MEIS),
    "another earner in it": (
        {"assessment": an_assessment(submission=SubmissionId(BEN, WAIT))},
        SAYS.format("mei", 1, "ben/wait-time"),
    ),
    "another credential in it": (
        {"assessment": an_assessment(submission=SubmissionId(ANA, CredentialId("feedback")))},
        SAYS.format("mei", 1, "ana/feedback"),
    ),
    "another attempt in it": ({"assessment": an_assessment(attempt=2)}, SAYS.format("mei", 2, ANAS)),
    "another assessor in it": ({"assessment": an_assessment(DEV)}, SAYS.format("dev", 1, ANAS)),
    "a stale parent": ({"parent": OLDER}, STALE),
    "no parent": ({"parent": None}, STALE),
    "a stale state in it": ({"assessment": an_assessment(judged=OLDER)}, STALE),
    "a newer state sent": ({"judged": CommitId("1" * 40)}, STALE),
    "an extra file": ({"touched": ((PATH, "100644"), ("mcred.yaml", "100644"))}, TOO_MUCH),
    "an extra file before": ({"touched": (("a.txt", "100644"), (PATH, "100644"))}, TOO_MUCH),
    "a removed file": ({"touched": ((PATH, "100644"), ("evidence/plan.md", ""))}, TOO_MUCH),
    "its file removed": ({"touched": ((PATH, ""),)}, TOO_MUCH),
    "no file": ({"touched": ()}, TOO_MUCH),
    "an executable file": ({"touched": ((PATH, "100755"),)}, TOO_MUCH),
    "a symbolic link": ({"touched": ((PATH, "120000"),)}, TOO_MUCH),
    "a submodule": ({"touched": ((PATH, "160000"),)}, TOO_MUCH),
    "another path": ({"touched": ((OTHER_PATH, "100644"),)}, TOO_MUCH),
    "another definition in it": ({"assessment": an_assessment(definition=OTHER_RUBRIC)}, OTHER),
    "other bytes of the definition": ({"assessment": an_assessment(definition=OTHER_BYTES)}, OTHER),
    "another version, same bytes": ({"assessment": an_assessment(definition=OTHER_VERSION)}, OTHER),
    "another definition asked for": ({"request": a_request(definition=OTHER_RUBRIC)}, OTHER),
    "not asked": ({"request": a_request(panel=(DEV,))}, "mei is not assigned to assess this"),
    "nobody asked": ({"request": a_request(panel=())}, "mei is not assigned to assess this"),
    "the same school": (
        {"catalog": with_people(a_person("mei", school="Ana’s School"))},
        "mei and ana are at the same school",
    ),
    "a declared conflict": (
        {"catalog": with_people(a_person("ana", conflicts=(MEI,)))},
        "mei and ana declared a conflict of interest",
    ),
}


@pytest.mark.parametrize(("changes", "reason"), CHANGES.values(), ids=CHANGES.keys())
def test_one_thing_changed_is_refused_with_exactly_its_reason(
    changes: Mapping[str, Any], reason: str
) -> None:
    assert replace(Case(), **changes).reasons() == (reason,)


def test_an_assessor_without_a_profile_is_refused() -> None:
    reasons = Case(catalog=without(MEI, a_catalog())).reasons()
    assert "mei is not confirmed in this program" in reasons


def test_an_earner_who_asked_themselves_is_refused() -> None:
    path = "portfolios/ana/wait-time/attempts/1/reviews/ana.json"
    own = Case(
        assessment=an_assessment(ANA),
        signer=ANAS_KEY,
        touched=((path, "100644"),),
        place=(ANAS, 1, ANA, path),
        request=a_request(panel=(ANA,)),
        catalog=a_catalog(programme=a_programme(experts=(ANA, MEI))),
    )
    assert own.reasons() == ("no one assesses their own work",)


def test_an_assessment_put_in_anothers_place_is_refused_for_key_and_name() -> None:
    place = (ANAS, 1, DEV, OTHER_PATH)
    experts = a_catalog(programme=a_programme(experts=(MEI, DEV)))
    case = Case(
        place=place, touched=((OTHER_PATH, "100644"),), request=a_request(panel=(DEV,)), catalog=experts
    )
    assert case.reasons() == ("it is signed with a key that is not dev's", SAYS.format("mei", 1, ANAS))


def test_every_reason_is_given_at_once() -> None:
    case = Case(
        assessment=an_assessment(attempt=2, definition=OTHER_RUBRIC),
        signer=None,
        parent=OLDER,
        touched=(),
        request=a_request(panel=(DEV,)),
        catalog=with_people(a_person("mei", school="Ana’s School", conflicts=(ANA,))),
    )
    assert case.reasons() == (
        UNSIGNED,
        SAYS.format("mei", 2, ANAS),
        STALE,
        TOO_MUCH,
        OTHER,
        "mei is not assigned to assess this",
        "mei and ana are at the same school",
        "mei and ana declared a conflict of interest",
    )


def test_a_conflict_the_programme_does_not_mind_is_accepted() -> None:
    catalog = with_people(a_person("mei", school="Ana’s School"))
    assert Case(catalog=catalog, policy=Policy(conflicts=("self", "declared"))).reasons() == ()


# signatures


def test_a_key_on_the_list_is_accepted() -> None:
    assert check_signer(MEIS_KEY, MEI, a_catalog()) == ()


def test_a_second_key_is_accepted_as_well() -> None:
    assert check_signer("ssh-ed25519 mei new", MEI, with_retired_key("mei")) == ()


def test_a_retired_key_is_refused() -> None:
    assert check_signer(MEIS_KEY, MEI, with_retired_key("mei")) == (NOT_MEIS,)


def test_someone_unknown_is_refused_whatever_the_key() -> None:
    for signer in (None, MEIS_KEY):
        assert check_signer(signer, NOBODY, a_catalog()) == ("nobody is not confirmed in this program",)


def test_where_signatures_are_only_recorded_work_that_no_one_signed_is_refused() -> None:
    """Only an issuer's word stands for a review's signature, and it shows on the review."""
    assert check_signer(None, MEI, lenient()) == (UNSIGNED,)
    assert Case(signer=None, catalog=lenient()).reasons() == (UNSIGNED,)


def test_where_signatures_are_only_recorded_a_wrong_one_is_still_refused() -> None:
    assert check_signer(DEVS_KEY, MEI, lenient()) == (NOT_MEIS,)
    assert Case(signer=DEVS_KEY, catalog=lenient()).reasons() == (NOT_MEIS,)


# a submission


def test_a_submission_signed_by_its_earner_is_accepted() -> None:
    assert check_submission(a_request(), ANAS, 1, ANAS_KEY, a_catalog()) == ()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"signer": None}, UNSIGNED),
        ({"signer": MEIS_KEY}, "it is signed with a key that is not ana's"),
        ({"catalog": with_retired_key("ana")}, "it is signed with a key that is not ana's"),
        ({"catalog": without(ANA, a_catalog())}, "ana is not confirmed in this program"),
        ({"attempt": 2}, "it says it is attempt 1 of ana/wait-time"),
        ({"request": a_request(attempt=2)}, "it says it is attempt 2 of ana/wait-time"),
        ({"request": a_request(SubmissionId(BEN, WAIT))}, "it says it is attempt 1 of ben/wait-time"),
    ],
    ids=[
        "unsigned",
        "another's key",
        "retired key",
        "unknown earner",
        "other attempt",
        "later one",
        "another's",
    ],
)
def test_one_thing_changed_in_a_submission_is_refused(changes: Mapping[str, Any], reason: str) -> None:
    case: dict[str, Any] = {
        "request": a_request(),
        "submission": ANAS,
        "attempt": 1,
        "signer": ANAS_KEY,
        "catalog": a_catalog(),
    }
    assert check_submission(**{**case, **changes}) == (reason,)


def test_a_submission_gives_all_its_reasons() -> None:
    reasons = check_submission(a_request(attempt=3), ANAS, 1, None, a_catalog())
    assert reasons == (UNSIGNED, "it says it is attempt 3 of ana/wait-time")


def test_an_assessor_whom_only_the_request_makes_one_is_refused() -> None:
    nobody_trained = a_catalog(programme=a_programme(experts=()))
    assert Case(catalog=nobody_trained).reasons() == ("mei is not an expert for wait-time",)
    assert Case(request=a_request(rule="peer")).reasons() == ("mei has not earned wait-time",)


def test_a_holder_who_was_asked_as_a_peer_is_accepted() -> None:
    holders = a_catalog(holders={WAIT: frozenset({MEI})})
    assert Case(request=a_request(rule="peer"), catalog=holders).reasons() == ()


def test_an_assessor_without_a_profile_is_refused_with_one_reason() -> None:
    assert Case(catalog=without(MEI, a_catalog())).reasons() == ("mei is not confirmed in this program",)


def test_where_signatures_are_only_recorded_someone_unknown_is_still_refused() -> None:
    assert check_signer(None, NOBODY, lenient()) == ("nobody is not confirmed in this program",)
    reasons = check_submission(a_request(), ANAS, 1, None, without(ANA, lenient()))
    assert reasons == ("ana is not confirmed in this program",)

"""Paths and refs ↔ ids: what is built is found again, and nothing hostile passes for it."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcred.domain import layout
from mcred.domain.definition_checks import RESERVED
from mcred.domain.ids import CredentialId, PersonId, StackId, SubmissionId
from mcred.domain.layout import (
    UNTOLD,
    Found,
    FoundRef,
    PathKind,
    is_earners,
    parse_path,
    parse_ref,
    remote_ref,
)
from mcred.formats.scaffold import SCHEMA_OF, schema_line
from tests.formats.shapes import IDS
from tests.school import ANA, ANAS, MEI, WAIT, a_credential

PEOPLE = IDS.map(PersonId)
CREDENTIALS = IDS.map(CredentialId).filter(lambda c: c not in RESERVED)
SUBMISSIONS = st.builds(SubmissionId, PEOPLE, CREDENTIALS)
ATTEMPTS = st.integers(1, 9999)


@settings(max_examples=50)
@given(PEOPLE, CREDENTIALS, IDS.map(StackId))
def test_what_belongs_to_no_submission_is_found_where_it_was_put(
    person: PersonId, credential: CredentialId, stack: StackId
) -> None:
    assert parse_path(layout.profile_path(person)) == Found(kind="profile", person=person)
    assert parse_path(layout.definition_path(credential)) == Found(kind="definition", credential=credential)
    for name in ("badge.svg", "badge.png"):
        found = Found(kind="picture", credential=credential, rest=name)
        assert parse_path(layout.picture_path(credential, name)) == found
    assert parse_path(layout.stack_path(stack)) == Found(kind="stack", stack=stack)
    assert parse_path(layout.PROGRAMME) == Found(kind="programme")


@settings(max_examples=50)
@given(SUBMISSIONS, ATTEMPTS, PEOPLE)
def test_what_belongs_to_a_submission_is_found_where_it_was_put(
    submission: SubmissionId, attempt: int, assessor: PersonId
) -> None:
    person, credential = submission.earner, submission.credential
    folder = layout.folder_of(submission)
    assert parse_path(layout.submission_path(submission)) == Found(
        kind="submission", person=person, credential=credential
    )
    assert parse_path(layout.request_path(submission, attempt)) == Found(
        kind="request", person=person, credential=credential, attempt=attempt
    )
    assert parse_path(layout.assessment_path(submission, attempt, assessor)) == Found(
        kind="assessment", person=person, credential=credential, attempt=attempt, assessor=assessor
    )
    assert parse_path(layout.decision_path(submission, attempt)) == Found(
        kind="decision", person=person, credential=credential, attempt=attempt
    )
    assert parse_path(layout.revocation_path(submission, attempt)) == Found(
        kind="revocation", person=person, credential=credential, attempt=attempt
    )
    assert parse_path(f"{folder}/evidence/a/b c.md") == Found(
        kind="evidence", person=person, credential=credential, rest="evidence/a/b c.md"
    )
    answers = parse_path(f"{folder}/1-overview.md")
    assert answers == Found(kind="answers", person=person, credential=credential, rest="1-overview.md")
    assert answers.submission == submission


@settings(max_examples=50)
@given(SUBMISSIONS, ATTEMPTS, ATTEMPTS)
def test_each_award_of_an_attempt_is_found_by_its_number(
    submission: SubmissionId, attempt: int, number: int
) -> None:
    person, credential = submission.earner, submission.credential
    folder = layout.folder_of(submission)
    assert parse_path(layout.award_path(submission, attempt, number)) == Found(
        kind="award", person=person, credential=credential, attempt=attempt, number=number
    )
    if number == 1:
        assert layout.award_path(submission, attempt, 1) == f"{folder}/attempts/{attempt}/badge.json"
        return
    assert parse_path(layout.reissue_path(submission, attempt, number)) == Found(
        kind="reissue", person=person, credential=credential, attempt=attempt, number=number
    )


@settings(max_examples=50)
@given(PEOPLE, IDS.map(StackId), ATTEMPTS)
def test_a_stacks_badges_and_status_lists_are_found_by_their_number(
    person: PersonId, stack: StackId, number: int
) -> None:
    assert parse_path(layout.stack_award_path(person, stack, number)) == Found(
        kind="stack award", person=person, stack=stack, number=number
    )
    assert parse_path(layout.stack_reissue_path(person, stack, number)) == Found(
        kind="stack reissue", person=person, stack=stack, number=number
    )
    assert parse_path(layout.stack_revocation_path(person, stack, number)) == Found(
        kind="stack revocation", person=person, stack=stack, number=number
    )
    assert parse_path(layout.status_path(number)) == Found(kind="status list", number=number)


@settings(max_examples=50)
@given(SUBMISSIONS, ATTEMPTS, PEOPLE, st.booleans())
def test_refs_are_found_as_they_were_built(
    submission: SubmissionId, attempt: int, assessor: PersonId, remote: bool
) -> None:
    person, credential = submission.earner, submission.credential

    def parsed(ref: str) -> FoundRef | None:
        return parse_ref(remote_ref(ref) if remote else ref)

    own = parsed(layout.submission_ref(submission))
    assert own == FoundRef(kind="submission", person=person, credential=credential)
    assert own.submission == submission
    assert parsed(layout.review_ref(submission, attempt, assessor)) == FoundRef(
        kind="review", person=person, credential=credential, attempt=attempt, assessor=assessor
    )
    assert parsed(layout.person_ref(person)) == FoundRef(kind="person", person=person)


def test_golden_examples_are_found_below_their_definition() -> None:
    assert parse_path("credentials/wait-time/examples/good/evidence/plan.md") == Found(
        kind="example", credential=WAIT, rest="good/evidence/plan.md"
    )


def test_answers_are_named_by_the_place_and_id_of_their_part() -> None:
    definition = a_credential()
    names = [layout.answers_file(definition, part) for part in definition.parts]
    assert names == ["1-overview.md", "2-artifacts.md"]


@pytest.mark.parametrize(
    "path",
    [
        *(
            "",
            "/",
            ".",
            "..",
            "README.md",
            "mcred.yml",
            "Mcred.yaml",
            "mcred.yaml/",
            "./mcred.yaml",
            "x/mcred.yaml",
        ),
        *("credentials", "credentials/wait-time", "credentials/wait-time/badge.gif", "credentials/README.md"),
        *("credentials/Wait-Time/credential.yaml", "credentials/wait-time/credential.yml"),
        *("credentials/wait-time/deep/credential.yaml", "credentials//credential.yaml"),
        *("credentials/./wait-time/credential.yaml", "credentials/wait-time//credential.yaml"),
        *("credentials/con/credential.yaml", "credentials/wait-time/examples/README.md"),
        *("credentials/x/../wait-time/credential.yaml", "credentials/wait-time/examples/../credential.yaml"),
        *("credentials/stacks/Talk.yaml", "credentials/stacks/a/b.yaml", "credentials/stacks/.yaml"),
        *("credentials/status/0.json", "credentials/status/1.yaml", "credentials/status/1.json/x"),
        *("credentials/status/credential.yaml", "credentials/status", "credentials/stacks/talk.json"),
        *("portfolios", "portfolios/ana", "portfolios/Ana/profile.yaml", "portfolios//profile.yaml"),
        *("portfolios/../ana/profile.yaml", "portfolios/./ana/profile.yaml", "/portfolios/ana/profile.yaml"),
        *("./portfolios/ana/profile.yaml", "Portfolios/ana/profile.yaml", "portfolios\\ana\\profile.yaml"),
    ],
)
def test_what_is_not_the_programmes_is_nothing(path: str) -> None:
    assert parse_path(path) is None


@pytest.mark.parametrize(
    "rest",
    [
        *("x", "profile.yml", "Profile.yaml", "profile.yaml/x", "/profile.yaml", "./profile.yaml", ".ssh/id"),
        *("wait-time/", "wait-time/x.txt", "wait-time/Submission.yaml", "wait-time/./submission.yaml"),
        *("wait-time//submission.yaml", "wait-time/x/../submission.yaml", "../ben/profile.yaml"),
        *("Wait-Time/submission.yaml", "wait-time/deep/1-overview.md", "wait-time/review.yml"),
        *("wait-time/evidence/../attempts/1/decision.json", "wait-time/evidence//x", "wait-time/Evidence/x"),
        *("wait-time/attempts/0/decision.json", "wait-time/attempts/01/decision.json"),
        *("wait-time/attempts/10000/decision.json", "wait-time/attempts/1/decision.json/x"),
        *("wait-time/attempts/1\u0662/decision.json", "wait-time/attempts/-1/decision.json"),
        *("wait-time/attempts/1/decision.json\n", "wait-time/attempts/1/decision", "wait-time/attempts/1"),
        *("wait-time/Attempts/1/decision.json", "wait-time/attempts/1/Decision.json"),
        *("wait-time/attempts/1/decision.yaml", "wait-time/attempts/1/badge.json.bak"),
        *("wait-time/attempts/1/decision-2.json", "wait-time/attempts/decision.json"),
        *("wait-time/attempts/1/reviews/.json", "wait-time/attempts/1/reviews/Mei.json"),
        *("wait-time/attempts/1/reviews/con.json", "wait-time/attempts/1/reviews/mei-.json"),
        *("wait-time/attempts/1/reviews/x/mei.json", "wait-time/attempts/1/mei.json"),
        *("wait-time/attempts/1/declined/Mei.json", "wait-time/attempts/1/assignments/0.json"),
        *("wait-time/attempts/1/assignments/1\u0662.json", "wait-time/attempts/1/assignments/mei.json"),
        "wait-time/attempts/1/reviews/" + "a" * 64 + ".json",
        *("wait-time/attempts/1/badge-1.json", "wait-time/attempts/1/badge-02.json"),
        *("wait-time/attempts/1/badge-10000.json", "wait-time/attempts/1/badge-2-3.json"),
        *("wait-time/attempts/1/reissue.json", "wait-time/attempts/1/reissue-1.json"),
        *("wait-time/attempts/1/revocation-2.json", "wait-time/attempts/1/request-2.json"),
        *("stacks/submission.yaml", "stacks/1-overview.md", "status/submission.yaml"),
        *("stacks/attempts/1/decision.json", "status/attempts/1/badge.json"),
        *("stacks/talk/1-2/badge.json", "stacks/talk/1/badge.yaml", "stacks/talk/0/badge.json"),
        *("stacks/talk/1/badge-2.json", "stacks/Talk/1/badge.json", "stacks/talk/x/1/badge.json"),
    ],
)
def test_what_does_not_belong_in_a_portfolio_is_a_stray_of_its_owner(rest: str) -> None:
    found = parse_path(f"portfolios/ana/{rest}")
    assert found is not None
    assert (found.kind, found.person) == ("stray", ANA)


@given(st.text(st.sampled_from("portfolios/ana.yml-credent1\u0662\\ \n"), max_size=60) | st.text(max_size=60))
def test_any_path_at_all_is_answered(path: str) -> None:
    for whole in (path, f"portfolios/{path}", f"credentials/{path}", f"portfolios/ana/wait-time/{path}"):
        found = parse_path(whole)
        assert found is None or found.kind in get_args(PathKind)
    assert is_earners(path) in (True, False)


def test_only_what_belongs_to_a_submission_has_one() -> None:
    assert Found(kind="decision", person=ANA, credential=WAIT).submission == ANAS
    with pytest.raises(ValueError, match="profile belongs to no submission"):
        _ = Found(kind="profile", person=ANA).submission
    with pytest.raises(ValueError, match="person ref is about no submission"):
        _ = FoundRef(kind="person", person=ANA).submission


@pytest.mark.parametrize(
    ("rest", "own"),
    [
        ("submission.yaml", True),
        ("1-overview.md", True),
        ("evidence/plan.md", True),
        ("attempts/1/request.json", True),
        ("attempts/1/reviews/mei.json", False),
        ("attempts/1/decision.json", False),
        ("attempts/1/badge.json", False),
        ("attempts/1/reissue-2.json", False),
        ("attempts/notes.md", False),
        ("evidence/../attempts/1/request.json", False),
        ("./attempts/1/request.json", False),
        ("/attempts/1/request.json", False),
        ("", False),
    ],
)
def test_an_earner_writes_everything_but_the_judgement(rest: str, own: bool) -> None:
    assert is_earners(rest) is own


@pytest.mark.parametrize(
    "ref",
    [
        *(
            "",
            "HEAD",
            "refs/heads/main",
            "refs/remotes/origin/main",
            "refs/heads/",
            "refs/heads/submission/ana",
        ),
        *(
            "submission/ana/wait-time",
            "refs/tags/submission/ana/wait-time",
            "refs/heads/submission/ana/wait-time/x",
        ),
        *("refs/heads/refs/remotes/origin/submission/ana/wait-time", "refs/heads/refs/heads/person/ana"),
        *("refs/remotes/origin/refs/heads/person/ana", "refs/remotes/other/person/ana"),
        *(
            "refs/heads/submission/Ana/wait-time",
            "refs/heads/submission/ana/../mei",
            "refs/heads/submission//wait",
        ),
        *("refs/heads/submission/ana/wait-time\n", "refs/heads/person/ana/x", "refs/heads/person/con"),
        *("refs/heads/review/ana/wait-time/0/mei", "refs/heads/review/ana/wait-time/01/mei"),
        *("refs/heads/review/ana/wait-time/10000/mei", "refs/heads/review/ana/wait-time/one/mei"),
        *("refs/heads/review/ana/wait-time/1", "refs/heads/review/ana/wait-time/1/mei/x"),
        *("refs/heads/review/ana/wait-time/1\u0662/mei", "refs/heads/review/ana/wait-time/1/-mei"),
        *("refs/heads/submission/ana/stacks", "refs/heads/review/ana/status/1/mei"),
    ],
)
def test_any_other_ref_is_none_of_ours(ref: str) -> None:
    assert parse_ref(ref) is None


def test_the_remotes_refs_are_kept_apart() -> None:
    assert remote_ref(layout.MAIN) == layout.SENT_MAIN
    assert remote_ref(layout.review_ref(ANAS, 2, MEI)) == "refs/remotes/origin/review/ana/wait-time/2/mei"


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("mcred.yaml", "# yaml-language-server: $schema=docs/schema/programme.schema.json\n"),
        (
            "portfolios/ana/wait-time/submission.yaml",
            "# yaml-language-server: $schema=../../../docs/schema/submission.schema.json\n",
        ),
    ],
)
def test_a_files_first_line_leads_editors_to_its_schema(path: str, line: str) -> None:
    found = parse_path(path)
    assert found is not None
    assert schema_line(path, SCHEMA_OF[found.kind]) == line


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("mcred.yaml", True),
        ("credentials/wait-time/credential.yaml", True),
        ("portfolios/ana/profile.yaml", True),
        ("portfolios/ana/wait-time/attempts/1/decision.json", True),
        ("portfolios/ana/wait-time/attempts/1/revocation.json", True),
        ("portfolios/ana/stacks/talk/1/badge.json", True),
        ("portfolios/ana/wait-time/1-overview.md", False),
        ("portfolios/ana/wait-time/profile.yaml", False),
        ("portfolios/ana/wait-time/evidence/attempts/1/decision.json", False),
    ],
)
def test_what_tells_no_standing_is_left_out_by_its_beginning(path: str, told: bool) -> None:
    assert (UNTOLD.match(path) is None) is told

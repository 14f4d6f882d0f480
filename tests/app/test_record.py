"""Reading what is open, from the standings a folder shows: every kind of state, and what is passed over."""

from __future__ import annotations

import pytest

from mcred.app.lookup import need_open, parse_submission
from mcred.app.pending import find_edition, newest_refs
from mcred.app.workspace import Workspace, open_workspace
from mcred.cli.terminal import Terminal
from mcred.domain.ids import CredentialId, PersonId, SubmissionId
from mcred.domain.layout import submission_ref
from mcred.problems import McredError
from tests.cli.town import WAIT, Town

ANAS = SubmissionId(PersonId("ana"), CredentialId(WAIT))
OTHER = SubmissionId(PersonId("nobody"), CredentialId(WAIT))


def desk_of(town: Town, person: str = "rosa") -> Workspace:
    return open_workspace(Terminal(at=town.home(person), no_input=True))


def test_a_draft_is_known_by_its_saves(ready: Town) -> None:
    ready.run("ana", "save")
    standing = desk_of(ready, "ana").standing(ANAS)
    assert (standing.word, standing.attempt, standing.request) == ("draft", 1, None)
    assert desk_of(ready).standing(ANAS).word == "not started", "nobody else knows of it"


def test_what_is_sent_names_its_panel_and_loads_them(sent: Town) -> None:
    desk = desk_of(sent)
    standing = desk.standing(ANAS)
    assert standing.word == "in review" and standing.request is not None
    assert standing.missing == standing.request.panel
    assert desk.record.loads(besides=OTHER) == dict.fromkeys(standing.request.panel, 1)
    assert [e.attempt for e in desk.record.sent[ANAS]] == [1]


def test_an_assessment_frees_its_assessor(sent: Town) -> None:
    sent.assess("ana")
    desk = desk_of(sent)
    assert desk.standing(ANAS).word == "being reconciled"
    assert desk.record.loads(besides=OTHER) == {}
    ((submission, attempt, _),) = desk.record.assessments
    assert (submission, attempt) == (ANAS, 1)


def test_a_decision_comes_from_the_programme_itself(back: Town) -> None:
    desk = desk_of(back)
    standing = desk.standing(ANAS)
    assert standing.word == "not yet earned" and standing.decision is not None
    assert desk.record.assessments == {} and desk.record.turned_away == ()


def test_nothing_known_is_not_started(town: Town) -> None:
    desk = desk_of(town)
    assert desk.standing(ANAS).word == "not started"
    with pytest.raises(McredError, match="not in review"):
        need_open(desk.standing(ANAS))


def test_only_what_is_asked_for_is_read(earned: Town) -> None:
    edge = Terminal(at=earned.home("rosa"), no_input=True)
    catalog = open_workspace(edge).catalog
    assert catalog.decided == {(ANAS, 1)} and catalog.holders == {CredentialId(WAIT): frozenset({"ana"})}


def test_refs_of_strangers_and_of_code_are_passed_over(sent: Town) -> None:
    repo = desk_of(sent).repo
    refs = newest_refs(repo, lambda _: False)
    assert submission_ref(ANAS) in refs
    assert all(name.startswith("refs/heads/") for name in refs)


def test_submissions_are_named_as_people_type_them(sent: Town) -> None:
    assert parse_submission(desk_of(sent, "ana"), WAIT) == ANAS
    assert parse_submission(desk_of(sent), f" ana/{WAIT}/ ") == ANAS
    with pytest.raises(McredError, match=f"did you mean ana/{WAIT}"):
        parse_submission(desk_of(sent), "ana/wait-tme")


def test_an_older_edition_is_found_by_its_version(ready: Town) -> None:
    desk = desk_of(ready)
    today = desk.known(WAIT)
    path = ready.home("rosa") / "credentials" / WAIT / "credential.yaml"
    old = f"version: {today.version}"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, "version: 9.0.0", 1), "utf-8")
    ready.run("rosa", "save", "--programme")
    after = desk_of(ready)
    assert after.known(WAIT).version == "9.0.0"
    found = find_edition(after.repo, after.catalog, CredentialId(WAIT), today.version)
    assert found is not None and found[0] == today
    assert find_edition(after.repo, after.catalog, CredentialId(WAIT), "3.0.0") is None

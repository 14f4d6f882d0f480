"""What is left to show on the review host is remembered, whatever happens to the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcred.app.hosting.outbox import FILE, note_shown, note_waiting, read_shown
from mcred.domain.ids import CredentialId, PersonId, SubmissionId
from mcred.store.git import Repo
from tests.cli.town import Town
from tests.cli.webtown import only, show_on
from tests.school import ANAS

BENS = SubmissionId(PersonId("ben"), CredentialId("wait-time"))


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return Repo(git_dir=tmp_path, work_tree=None)


def test_what_waits_and_what_is_shown(repo: Repo) -> None:
    assert read_shown(repo) == {}
    note_waiting(repo, ANAS)
    note_shown(repo, BENS, "abc")
    assert read_shown(repo) == {ANAS: "", BENS: "abc"}
    note_shown(repo, ANAS, "def")
    assert read_shown(repo) == {ANAS: "def", BENS: "abc"}


@pytest.mark.parametrize(
    "text", ["", "[", "[]", "3", '{"ana": "x"}', '{"../x": "y"}', '{"ana/wait-time": 1}']
)
def test_a_broken_file_is_as_none(repo: Repo, text: str) -> None:
    (repo.state_dir / FILE).write_text(text, "utf-8")
    assert read_shown(repo) == {}
    note_waiting(repo, ANAS)
    assert read_shown(repo) == {ANAS: ""}


def test_what_the_host_missed_is_shown_by_whoever_was_to_show_it(first_web: Town, tmp_path: Path) -> None:
    """A review and a decision of the time while the host was away; it saw the main line move meanwhile."""
    town = show_on(first_web.copy(tmp_path / "town"), "github")
    town.submit("ana")
    town.host.down_after = len(town.host.calls)
    town.assess("ana")
    town.host.down_after = None
    for expert in ("mei", "tom"):
        town.run(expert, "sync")
    (entry,) = only(town).entries
    assert entry.body.startswith("<!-- mcred:review ana/wait-time 1")
    town.host.down_after = len(town.host.calls)
    ran = town.decide("ana", "wait-time", "decline", "--reason", "Another class.")
    assert "The review host was not notified first" in ran.err
    town.host.down_after = None
    town.run("rosa", "sync")
    shown = only(town)
    assert [e.body.split("\n")[0] for e in shown.entries[1:]] == ["<!-- mcred:decision ana/wait-time 1 -->"]
    assert (bool(shown.merged), shown.labels) == (True, ["micro-credential"])
    asked = len(town.host.calls)
    town.run("rosa", "sync")
    assert [c.method for c in town.host.calls[asked:] if c.method != "GET"] == []


def test_rules_that_name_no_usable_host_stop_no_one_and_lint_says_so(first_web: Town, tmp_path: Path) -> None:
    town = first_web.copy(tmp_path / "town")
    rules = town.home("rosa") / "mcred.yaml"
    named = "\nreview_host:\n  kind: github\n  url: http://github.com\n  repository: a/b\n\nsite:\n"
    rules.write_text(rules.read_text("utf-8").replace("\nsite:\n", named), "utf-8")
    said = town.run("rosa", "lint", expect=1).said
    assert "review_host: url 'http://github.com' does not start with https://" in said
    town.run("rosa", "save", "--programme", expect=None)
    town.run("ana", "sync")
    town.submit("ana")

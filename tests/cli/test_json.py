"""`--json`, of every verb in one programme: one document on stdout, as its schema says, and nothing else."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from mcred.app.answers.schema import list_answers
from mcred.cli.verbs import VERBS, load
from mcred.domain.credential import Validity
from mcred.formats.encode import encode
from tests.answers import held_to_schema
from tests.badges.elsewhere import DOCUMENTS
from tests.cli.court import asked, scores_file, start_mcred
from tests.cli.test_stacks import add_stack
from tests.cli.town import DEFINITIONS, PLAN, SITE, SLIP, WAIT, Ran, Town, git, set_site

ANA = f"ana/{WAIT}"
ELSEWHERE = {
    "mcred/recovered/1": "test_recovery.py",
    "mcred/proposed/1": "test_two_issuers.py",
    "mcred/vouched/1": "test_person_keys.py",
    "mcred/verify-all/1": "test_share_export.py",
    "mcred/trust/1": "test_trust.py",
    "mcred/recognize/1": "test_recognize.py",
    "mcred/recognize-record/1": "test_recognize.py",
    "mcred/impact-new/1": "test_impact.py",
    "mcred/impact-policy/1": "test_recognize.py",
    "mcred/trust-list/1": "test_trust.py",
    "mcred/serve/1": "test_json.py",
}
"""Answers that need a programme of another kind, and the tests that ask for them."""


class Teller:
    """A programme in which everyone types `--json`."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.verbs: set[str] = set()
        self.answers: set[str] = set()

    def __call__(self, person: str, *words: str, gives: str, code: int = 0) -> Ran:
        """One command of one person; `gives`: the name of its answer's schema."""
        ran = self.town.run(person, *words, "--json", expect=code)
        assert ran.json["schema"].split("/")[1] == gives, words
        self.verbs.add(words[0])
        self.answers.add(ran.json["schema"])
        return ran


def test_every_verb_takes_it() -> None:
    for verb in VERBS:
        assert "json" in inspect.signature(load(verb).run).parameters, verb.name  # type: ignore[attr-defined]


def found_and_join(tell: Teller) -> None:
    town = tell.town
    who = ("--person", "Rosa Diaz", "--school", "Bay", "--publish", "private", "--url", "", "--work", "open")
    there = str(town.desk("rosa") / "new")
    made = tell("rosa", "init", there, "--name", "New", *who, "--no-starter", "--dry-run", gives="plan").json
    assert made["would"][0].startswith("Would create the program New")
    made = tell("rosa", "init", there, "--name", "New", *who, "--no-starter", gives="init").json
    assert made["created"] and made["address"] is None and made["first"]
    made = tell("rosa", "init", there, "--remote", str(town.desk("rosa") / "new.git"), gives="init").json
    assert not made["created"] and made["address"].endswith("new.git")
    assert tell("rosa", "init", ".", "--host", "github", gives="host-files").json["written"]
    assert not tell("rosa", "init", ".", "--host", "github", gives="host-files").json["written"]
    line = tell("rosa", "invite", "Zoe Ito", "--school", "Bay", gives="invitation").json["invitation"]
    people = town.desk("rosa") / "people.csv"
    people.write_text("name,school\nYan Wu,Bay\n", "utf-8")
    out = ("--to", str(town.desk("rosa") / "out.csv"), "--yes")
    (row,) = tell("rosa", "person", "import", str(people), *out, gives="import").json["people"]
    assert (row["person"], row["happened"]) == ("yan-wu", "invited") and row["invitation"]
    joined = tell("zoe", "join", line, str(town.home("zoe")), gives="join").json
    assert (joined["person"], joined["confirmed"]) == ("zoe-ito", True)
    assert (
        tell("rosa", "join", str(town.remote), str(town.desk("rosa") / "copy"), gives="join").json["person"]
        is None
    )
    assert tell("rosa", "person", "add", "eva", gives="confirmed").json["status"] == "done"
    tell("rosa", "person", "list", gives="people")
    setup = tell("ana", "setup", "--school", "Elsewhere", gives="setup").json
    assert (setup["person"], setup["school"], setup["confirmed"]) == ("ana", "Elsewhere", False)
    assert (
        tell("ana", "link", str(town.desk("ana") / "key.txt"), "--dry-run", gives="link").json["code"] is None
    )
    assert tell("ana", "link", str(town.desk("ana") / "key.txt"), gives="link").json["code"]
    tell("rosa", "lint", gives="lint")
    tell("rosa", "impact", WAIT, gives="impact")
    zero, head = "0" * 40, git(town.remote, "rev-parse", "main").strip()
    assert not tell("rosa", "guard", "refs/heads/odd", zero, head, gives="guard", code=1).json["taken"]
    stub = ("exit-tickets", "--title", "Exit Tickets", "--topic", "Formative Assessment")
    said = "The teacher plans the next lesson from what exit tickets show."
    assert tell("rosa", "new", *stub, "--competency", said, gives="new").json["files"]
    tell("rosa", "doctor", gives="doctor")


def work_on_a_draft(tell: Teller) -> None:
    town = tell.town
    tell("ana", "browse", gives="catalogue")
    tell("ana", "show", WAIT, gives="credential")
    tell("ana", "start", SLIP, "--dry-run", gives="plan")
    assert tell("ana", "start", SLIP, gives="start").json["files"]
    names = [str(town.desk("ana") / name) for name in ("a.md", "b.md")]
    for name in names:
        Path(name).write_text(f"{PLAN}{name}\n", "utf-8")
    where = ("--for", "lesson-plan", "--in", WAIT)
    assert len(tell("ana", "add", *names, *where, "--dry-run", gives="plan").json["would"]) == 2
    rows = tell("ana", "add", *names, *where, gives="add").json["pieces"]
    assert [row["piece"]["file"] for row in rows] == ["evidence/a.md", "evidence/b.md"]
    for name in ("a.md", "b.md"):
        tell("ana", "remove", name, "--in", WAIT, gives="remove")
    assert tell("ana", "restore", WAIT, "a.md", gives="restore").json["piece"]["title"] == "a"
    tell("ana", "remove", "a.md", "--in", WAIT, gives="remove")
    tell("ana", "let-in", "mei", "--of", WAIT, "--yes", gives="let-in")
    (town.folder("ana") / "more.md").write_text("More.\n", "utf-8")
    assert ANA in tell("ana", "save", gives="save").json["drafts"]
    tell("ana", "sync", gives="sync")
    tell("ana", "check", WAIT, gives="check")
    tell("ana", "status", gives="status")
    tell("ana", "open", WAIT, gives="open")
    tell("ana", "preview", WAIT, "--text", gives="view")
    tell("ana", "help", "submit", gives="help")
    tell("ana", "growth", WAIT, gives="growth")
    assert not tell("ana", "growth", WAIT, "--show", "all", "--dry-run", gives="growth-shown").json["written"]
    assert "levels" in tell("ana", "growth", WAIT, "--show", "all", gives="growth-shown").json["shown"]


def assess_and_decide(tell: Teller) -> None:
    town = tell.town
    sent = ("submit", WAIT, "--attest", "all", "--yes")
    tell("ana", *sent, "--dry-run", gives="plan")
    assert tell("ana", *sent, gives="submit").json["assessors"] == [asked(town)]
    assert tell("ana", "withdraw", WAIT, gives="withdraw").json["attempt"] == 1
    assert tell("ana", *sent, gives="submit").json["state"] == "in review"
    tell("rosa", "queue", "--all", gives="queue")
    tell("rosa", "queue", "--why", ANA, gives="panel")
    first = asked(town)
    (other,) = {"mei", "tom"} - {first}
    moved = tell("rosa", "assign", ANA, "--to", other, "--because", "Ill", "--yes", gives="assign").json
    assert moved["panel"] == [other]
    viewed = tell(other, "view", ANA, gives="view").json
    assert Path(viewed["page"]).is_file() and viewed["parts"][1]["items"][0]["evidence"][0]["title"] == "plan"
    assert tell(other, "view", ANA, "--text", gives="view").json["page"] is None
    blank = str(town.desk(other) / "blank.yaml")
    tell(other, "assess", ANA, "--blank", blank, gives="blank-scores")
    scores = str(scores_file(town, other))
    assert tell(other, "assess", ANA, "--from", scores, "--yes", gives="assess").json["assessor"] == other
    assert tell("rosa", "reconcile", ANA, gives="matrix").json["recommended"] == "award"
    tell("rosa", "reconcile", ANA, "--award", "--yes", "--dry-run", gives="plan")
    made = tell("rosa", "reconcile", ANA, "--award", "--yes", gives="decided").json
    assert (made["outcome"], made["issuer"]) == ("award", "rosa")
    assert tell("rosa", "reconcile", ANA, gives="decided").json == made
    town.submit("ben")
    judge = town.panel("ben")[0]
    away = ("decline-review", f"ben/{WAIT}", "--because", "I coach him", "--yes")
    assert tell(judge, *away, gives="decline-review").json["declined"] == judge


def look_after_awards(tell: Teller) -> None:
    town = tell.town
    desk = town.desk("ana")
    town.run("ana", "sync")
    tell("ana", "feedback", WAIT, gives="feedback")
    tell("ana", "diff", WAIT, "--from", "2", "--to", "draft", gives="diff")
    page = str(desk / "changes.html")
    assert tell("ana", "diff", WAIT, "--from", "2", "--html", page, gives="diff").json["credential"] == WAIT
    assert Path(page).is_file()
    tell("ana", "diff", WAIT, "--newer", gives="diff-version")
    tell("ana", "diff", WAIT, "--stack", "pair", gives="diff-stack")
    tell("rosa", "stacks", gives="stacks")
    tell("rosa", "stacks", "--award", "--yes", gives="stacks-awarded")
    town.run("ana", "sync")
    tell("ana", "explain", ANA, gives="explain")
    tell("ana", "explain", "ana/stacks/pair", gives="explain-stack")
    tell("ana", "verify", f"portfolios/{ANA}/attempts/2/badge.json", gives="verify")
    tell("ana", "share", gives="share")
    tell("ana", "export", "--out", str(desk / "all.zip"), "--dry-run", gives="export")
    out = tell("ana", "export", "--out", str(desk / "all.zip"), gives="export").json
    assert out["written"] and (desk / "all.zip").stat().st_size == out["bytes"]
    tell("ana", "reveal", "lesson-plan", "--of", WAIT, "--out", str(desk / "plan.zip"), gives="reveal")
    tell("ana", "publish-piece", "lesson-plan", "--of", WAIT, "--yes", gives="publish-piece")
    tell("ana", "unpublish", "lesson-plan", gives="unpublish")
    (desk / "other.json").write_text(json.dumps(DOCUMENTS["eddsa-jcs-2022"]()), "utf-8")
    other = tell("ana", "add-badge", str(desk / "other.json"), "--publish", "--yes", gives="add-badge").json
    assert (other["badge"]["name"], other["published"], other["status"]) == ("reading-aloud", True, "done")
    tell("ana", "transcript", gives="transcript")
    gone = tell("ana", "remove", "reading-aloud", "--in", "elsewhere", gives="remove-badge").json
    assert gone["was_published"]
    town.run("rosa", "person", "add", "cleo", "--role", "administrator")
    town.run("cleo", "sync")
    said = str(desk / "said.json")
    words = ("endorse", "sign", ANA, "--comment", "She waits.", "--out", said)
    assert not tell("cleo", *words, "--dry-run", gives="endorse-sign").json["written"]
    made = tell("cleo", *words, gives="endorse-sign").json
    assert (made["signer"], made["written"]) == ("Cleo Martin", True)
    town.run("ana", "sync")
    tell("ana", "endorse", "add", said, "--dry-run", gives="plan")
    added = tell("ana", "endorse", "add", said, "--yes", gives="endorse-add").json
    assert (added["of"], added["endorsement"]["verdict"]) == (ANA, "valid")
    assert tell("ana", "endorse", "list", gives="endorse-list").json["endorsements"][0]["mine"]
    tell("cleo", "endorse", "withdraw", said, "--yes", gives="endorse-withdraw")
    assert tell("ana", "endorse", "remove", "cleo-martin", gives="endorse-remove").json["mine"]
    tell("ana", "erase", "lesson-plan", "--of", WAIT, "--reason", "A child.", "--yes", gives="erase")
    tell("ana", "witness", "--out", str(desk / "w.json"), gives="witness")
    assert tell("ana", "audit", "--witness", str(desk / "w.json"), gives="audit").json["witness"]
    tell("rosa", "progress", gives="progress")
    tell("rosa", "transcript", "--everyone", gives="transcript")
    tell("rosa", "report", gives="report")
    tell("rosa", "key", "show", gives="keys")
    tell("rosa", "key", "rotate", "--yes", gives="key")
    town.award("ana", SLIP)
    slip = f"ana/{SLIP}"
    assert tell("rosa", "renew", slip, "--reason", "Again.", "--yes", gives="renew").json["ends"]
    again = tell("rosa", "reissue", "--all", "--reason", "A key.", "--yes", gives="reissue").json
    assert (again["awards"], again["award"], again["failed"]) == (1, None, [])
    gone = tell("rosa", "revoke", ANA, "--reason", "By mistake.", "--yes", gives="revoke").json
    assert (gone["award"], gone["attempt"], gone["status"]) == (ANA, 2, "done")


def make_pages(tell: Teller, monkeypatch: pytest.MonkeyPatch) -> None:
    town = tell.town
    desk = town.desk("rosa")
    assert not tell("rosa", "build", "--out", str(desk / "site"), "--dry-run", gives="build").json["written"]
    assert tell("rosa", "build", "--out", str(desk / "site"), gives="build").json["badges"]
    tell("rosa", "publish", "--to", str(desk / "pages"), gives="publish")
    listed = f"format: 2\nname: One\nprogrammes:\n  - {{id: one, address: {town.remote}}}\n"
    (desk / "network.yaml").write_text(listed, "utf-8")
    words = ("network", "build", str(desk / "network.yaml"), "--to", str(desk / "net"), "--workers", "1")
    tell("rosa", *words, gives="network")

    def play(edge: object, place: Path, work: str) -> Path:
        edge.show.say("What the tour shows")  # type: ignore[attr-defined]
        return place / "index.html"

    monkeypatch.setattr("mcred.cli.commands.maintainers.tour.run_demo", play)
    ran = tell("rosa", "tour", "--into", str(desk / "tour"), gives="tour")
    assert "What the tour shows" in ran.err


@pytest.fixture
def tell(first_ready: Town, tmp_path: Path) -> Teller:
    """A programme with a site; Ana can submit."""
    town = first_ready.copy(tmp_path / "town")
    (town.place / "keys").mkdir()
    slip = town.home("rosa") / "credentials" / SLIP / "credential.yaml"
    slip.write_bytes(encode(replace(DEFINITIONS[SLIP], validity=Validity(months=12))))
    set_site(town, SITE)
    return Teller(town)


def test_every_answer_is_one_document_as_its_schema_says(
    tell: Teller, monkeypatch: pytest.MonkeyPatch
) -> None:
    found_and_join(tell)
    tell("rosa", "key", "new", gives="key")
    work_on_a_draft(tell)
    assess_and_decide(tell)
    add_stack(tell.town, WAIT)
    look_after_awards(tell)
    make_pages(tell, monkeypatch)
    assert {verb.name for verb in VERBS} - tell.verbs == {"serve", "trust", "recognize"}
    assert set(list_answers()) - tell.answers == set(ELSEWHERE)


def test_what_is_asked_elsewhere_is_asked_there() -> None:
    for name, place in ELSEWHERE.items():
        assert name in (Path(__file__).parent / place).read_text("utf-8")


def test_serving_says_its_address_on_one_line(first_earned: Town, tmp_path: Path) -> None:
    town = first_earned.copy(tmp_path / "town")
    process = start_mcred(town, "rosa", "serve", "--port", "0", "--json")
    assert process.stdout is not None
    said = held_to_schema(json.loads(process.stdout.readline()))
    assert said["schema"] == "mcred/serve/1" and said["address"].startswith("http://127.0.0.1:")
    assert Path(said["folder"]).is_dir()


def test_an_error_leaves_stdout_empty(ready: Town) -> None:
    ran = ready.run("ana", "revoke", ANA, "--reason", "x", "--yes", "--json", expect=5)
    assert ran.out == "" and ran.err.startswith("Not done: ")

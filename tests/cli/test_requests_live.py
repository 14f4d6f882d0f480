"""A year on a live GitHub that someone else made (`make forges`), next to a real remote.

Its HTTP and its state are real; of git it knows only the names of branches. So what the programme's own
record says of states is told to it by the reviews themselves.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.court import set_rules
from tests.cli.town import SLIP, Town, git
from tests.cli.webtown import SIGNED_IN, account
from tests.hosting.descriptions import Description, need
from tests.hosting.hosts import REPOSITORY, unquote_path

pytestmark = [pytest.mark.forges, pytest.mark.slow]
FOLDER = Path(__file__).parents[1] / "emulate"


class Checked(httpx.BaseTransport):
    """The network, each question held to GitHub's official description first."""

    def __init__(self, base: str) -> None:
        need("github")
        self.description = Description("github", base)
        self.base = httpx.URL(base).path
        self.inner = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        body = request.read()
        path = unquote_path(request.url.raw_path.decode().partition("?")[0]).removeprefix(self.base)
        given = httpx.Response(200, content=body).json() if body else None
        self.description.check_question(request.method, path, dict(request.url.params), given)
        return self.inner.handle_request(request)

    def close(self) -> None:
        self.inner.close()


class Live:
    """The live host as a town knows one."""

    kind = "github"

    def __init__(self, url: str) -> None:
        self.url = url
        self.clock = datetime(2026, 3, 2, tzinfo=UTC)

    def transport(self) -> httpx.BaseTransport:
        return Checked(f"{self.url}/api/v3")

    def ask(self, person: str, method: str, path: str, body: Any = None) -> Any:
        """What a person does on the web."""
        answer = httpx.request(
            method,
            f"{self.url}/api/v3/repos/{REPOSITORY}{path}",
            json=body,
            headers={"Authorization": f"Bearer tok-{person}"},
        )
        assert answer.status_code < 300, answer.text
        return answer.json()

    def requests(self) -> list[Any]:
        found: list[Any] = self.ask("rosa", "GET", "/pulls?state=all")
        return found

    def reviews(self, number: int) -> list[Any]:
        found: list[Any] = self.ask("rosa", "GET", f"/pulls/{number}/reviews?per_page=100")
        return found


@pytest.fixture
def live() -> Iterator[Live]:
    node = shutil.which("node")
    if node is None or not (FOLDER / "node_modules" / "emulate").is_dir():
        pytest.skip("the live GitHub is not installed: make forges")
    command = [node, "serve.mjs", *SIGNED_IN]
    with subprocess.Popen(
        command, cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stdin is not None
        try:
            yield Live(process.stdout.readline().strip())
        finally:
            process.stdin.close()
            process.wait(20)


@pytest.fixture
def town(live: Live, first_web: Town, tmp_path: Path) -> Town:
    town = first_web.copy(tmp_path / "town")
    named = f"review_host:\n  kind: github\n  url: {live.url}\n  repository: {REPOSITORY}\n"
    set_rules(town, "\nsite:\n", f"\n{named}\nsite:\n")
    set_rules(town, "signatures: required", "signatures: recorded")
    town.host, town.tokens = live, {p: f"tok-{p}" for p in SIGNED_IN}
    return town


def test_a_year(town: Town, live: Live) -> None:
    town.submit("ana")
    town.run("ana", "submit", "wait-time")
    town.run("ana", "sync")
    (shown,) = live.requests()
    assert (shown["state"], shown["user"]["login"]) == ("open", account("ana"))
    assert [label["name"] for label in shown["labels"]] == ["micro-credential", "in review"]
    (assessor,) = town.panel("ana")
    assert [r["login"] for r in shown["requested_reviewers"]] == [account(assessor)]

    town.assess("ana", levels={"questions": "developing"})
    (review,) = live.reviews(1)
    assert (review["state"], review["user"]["login"]) == ("COMMENTED", account(assessor))
    assert review["commit_id"] == judged(town)
    town.decide("ana", "wait-time", "revise")
    (shown,) = live.requests()
    assert (shown["state"], shown["labels"][1]["name"]) == ("closed", "needs evidence")

    town.run("ana", "sync")
    (town.folder("ana") / "evidence" / "plan.md").write_text("# Plan\n\nThree times.\n", "utf-8")
    town.run("ana", "submit", "wait-time", "--note", "Open questions", "--attest", "all")
    (shown,) = live.requests()
    assert (shown["state"], shown["title"]) == ("open", "Wait Time: Ana Reyes, attempt 2")

    wrong = {"event": "COMMENT", "body": "/score questions great", "commit_id": judged(town)}
    live.ask(assessor, "POST", "/pulls/1/reviews", wrong)
    own = {**wrong, "body": "/score questions proficient"}
    live.ask("ana", "POST", "/pulls/1/reviews", own)
    town.run("rosa", "sync")
    town.run("rosa", "sync")
    answers = [r["body"] for r in live.reviews(1) if "mcred:answer" in r["body"]]
    assert len(answers) == 2
    assert "its levels are proficient, basic, developing" in answers[0]
    assert "no one assesses their own work" in answers[1]

    live.ask(assessor, "POST", "/pulls/1/reviews", {**own, "event": "APPROVE"})
    ran = town.run("rosa", "sync")
    assert f"{assessor}'s assessment of ana/wait-time was taken" in ran.out
    town.decide("ana")
    (shown,) = live.requests()
    assert (shown["state"], shown["labels"][1]["name"]) == ("closed", "earned")
    assert "attested by the issuer: " in " ".join(town.run("rosa", "audit").out.split())
    marks = [first for r in live.reviews(1) if (first := r["body"].split("\n")[0]).startswith("<!--")]
    assert len(marks) == len(set(marks)) == 6


def test_withdrawn_and_sent_again(town: Town, live: Live) -> None:
    town.submit("ana", SLIP)
    town.run("ana", "withdraw", SLIP)
    assert [r["state"] for r in live.requests()] == ["closed"]
    town.run("ana", "submit", SLIP)
    assert [r["state"] for r in live.requests()] == ["open"]


def judged(town: Town) -> str:
    """The newest state that was sent."""
    return git(town.remote, "rev-parse", "refs/heads/submission/ana/wait-time").strip()


EVIDENCE = ("evidence/plan.md", "evidence/talk.md", "ten year olds")
"""What the request of an open programme tells of Ana's work."""


def shown_files(town: Town, shown: Any) -> list[str]:
    """The files that a pull request changes, as its page lists them."""
    return git(town.remote, "diff", "--name-only", f"main...{shown['head']['ref']}").split()


def test_an_open_request_shows_evidence_and_takes_comments(town: Town, live: Live) -> None:
    town.submit("ana")
    (shown,) = live.requests()
    folder = "portfolios/ana/wait-time"
    assert {f"{folder}/evidence/plan.md", f"{folder}/evidence/talk.md", f"{folder}/1-overview.md"} <= set(
        shown_files(town, shown)
    )
    for told in (*EVIDENCE, "| criterion | required | levels |", "`questions`"):
        assert told in shown["body"], told
    (assessor,) = town.panel("ana")
    line = {
        "body": "Which three?",
        "commit_id": judged(town),
        "path": f"{folder}/evidence/plan.md",
        "line": 3,
    }
    live.ask(assessor, "POST", "/pulls/1/comments", {**line, "side": "RIGHT"})
    live.ask(assessor, "POST", "/issues/1/comments", {"body": "Thank you, I read it tonight."})
    town.run("rosa", "sync")
    assert [c["body"] for c in live.ask("ana", "GET", "/pulls/1/comments")] == ["Which three?"]
    town.assess("ana")
    town.decide("ana")
    assert not [f for f in git(town.remote, "ls-tree", "-r", "--name-only", "main").split() if "comment" in f]
    assert (live.requests()[0]["state"], town.run("rosa", "audit", "--json").json["findings"]) == (
        "closed",
        [],
    )


def test_a_sealed_request_shows_neither_evidence_nor_remarks(town: Town, live: Live) -> None:
    set_rules(town, "work: open", "work: sealed")
    town.submit("ana")
    (shown,) = live.requests()
    assert shown_files(town, shown) == ["portfolios/ana/wait-time/attempts/1/request.json"]
    assert "What you write here can be read at once by everyone who can see this page" in shown["body"]
    town.assess("ana", levels={"questions": "developing"})
    town.decide("ana", "wait-time", "revise", "--feedback", "Open the questions, please.")
    (shown,) = live.requests()
    assert "sealed to its assessors and the issuers" in shown["body"] and "`questions`" in shown["body"]
    said = [*live.reviews(1), *live.ask("rosa", "GET", "/issues/1/comments")]
    texts = "\n".join([shown["title"], shown["body"], *(entry["body"] or "" for entry in said)])
    assert len(said) >= 2
    for word in (*EVIDENCE, "Say more here.", "Read with pleasure.", "Open the questions, please."):
        assert word not in texts, word

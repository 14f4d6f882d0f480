"""Commands of a programme that is shown on a review host, and a host that is left or leaves in the middle."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import httpx

from tests.cli.court import set_rules
from tests.cli.town import EXPERTS, Town
from tests.cli.webtown import HOSTS, SIGNED_IN, account
from tests.hosting.hosts import REPOSITORY, Host
from tests.hosting.server import Served
from tests.kills.record import even
from tests.kills.scenarios import ANA, Scenario, assess, nothing, send

Break = Literal["killed before", "killed after", "cut before", "cut after"]
"""What ends at a question: the command, or the line, before or after the host did what it asks."""
BREAKS: tuple[Break, ...] = ("killed before", "killed after", "cut before", "cut after")


@dataclass
class Breaking:
    """A host that answers until a question (from 1), and what happens then. 0: it answers all."""

    host: Host
    url: str = ""
    at: int = 0
    how: Break = "cut before"
    pid: Path = field(default_factory=Path)
    """The file that names the process of the command."""
    asked: int = 0

    def answer(
        self, method: str, url: httpx.URL, headers: Mapping[str, str], body: Any
    ) -> tuple[int, Mapping[str, str], Any]:
        """What the host answers, or nothing."""
        self.asked += 1
        if self.asked != self.at:
            return self.host.answer(method, url, headers, body)
        if self.how.endswith("after"):
            self.host.answer(method, url, headers, body)
        if self.how.startswith("killed"):
            os.kill(int(self.pid.read_text()), signal.SIGKILL)
        raise httpx.ReadError("the line broke")


def on_host(host: Host) -> list[str]:
    """All that the host shows of requests, without ids and times."""
    found = []
    for shown in host.requests.values():
        head = [shown.title, shown.state, shown.body, *shown.labels, *shown.reviewers, *shown.approved]
        found += [even(f"host: {shown.head}: {line}") for text in head for line in text.splitlines()]
        found += [
            even(f"host: {shown.head}: said: {entry.account.replace('-web', '')} {line}")
            for entry in shown.entries
            for line in entry.body.splitlines()
        ]
    return found


def put_on_host(town: Town, kind: str, live: Served) -> None:
    """Let a town be shown on a host of a kind, which answers at an address."""
    tokens = {p: f"tok-{p}" for p in SIGNED_IN}
    town.host = HOSTS[kind](town.remote, {tokens[p]: account(p) for p in SIGNED_IN})
    town.host.url = live.url
    town.tokens = tokens
    named = f"review_host:\n  kind: {kind}\n  url: {live.url}\n  repository: {REPOSITORY}\n"
    set_rules(town, "\nsite:\n", f"\n{named}\nsite:\n")
    set_rules(town, "signatures: required", "signatures: recorded")
    for person in EXPERTS:
        town.run(person, "sync")
    town.hand_in("ana")


def copy_host(host: Host, town: Town) -> Host:
    """The same host before a copy of the town's remote."""
    found = deepcopy(host)
    found.repo = town.remote
    return found


def score_on_the_web(town: Town) -> None:
    send(town)
    (assessor,) = town.panel("ana")
    best = "/score context passing\n/score questions proficient\n/score waiting proficient"
    for person, text in (("ana", best), (assessor, "/score context x"), (assessor, best)):
        town.host.say(1, account(person), text)


def judge(town: Town) -> None:
    send(town)
    assess(town)


HOSTED: tuple[Scenario, ...] = (
    Scenario("submit", "web", "ana", "submit wait-time --attest all", nothing),
    Scenario("withdraw", "web", "ana", "withdraw wait-time", send),
    Scenario("sync", "web", "rosa", "sync", score_on_the_web),
    Scenario("decline-review", "web", "JUDGE", f"decline-review {ANA} --because Ill --yes", send),
    Scenario("assign", "web", "rosa", f"assign {ANA} --to OTHER --because Ill --yes", send),
    Scenario(
        "reconcile", "web", "rosa", f"reconcile {ANA} --revise --feedback Page --reason So --yes", judge
    ),
    Scenario("reconcile", "web", "rosa", f"reconcile {ANA} --award --yes", judge),
)

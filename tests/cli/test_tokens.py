"""Tokens: where they come from, to which host they may go, and that no one ever sees one."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

import pytest

from mcred.app.keys.host_tokens import find_token
from mcred.hosting.values import HostedRepository
from mcred.problems import Exit, McredError
from tests.cli.town import Town
from tests.cli.webtown import SIGNED_IN, account
from tests.hosting.hosts import Refused

GITHUB = HostedRepository(kind="github", url="https://github.com", repository="a/b")
ENTERPRISE = HostedRepository(kind="github", url="https://github.school.example", repository="a/b")
GITLAB = HostedRepository(kind="gitlab", url="https://gitlab.com", repository="a/b")
LAB = HostedRepository(kind="gitlab", url="https://lab.school.example", repository="a/b")
GITEA = HostedRepository(kind="gitea", url="https://git.school.example:8443", repository="a/b")
ALL = {
    "MCRED_TOKEN": "mine",
    "GH_TOKEN": "gh",
    "GITHUB_TOKEN": "github",
    "GH_ENTERPRISE_TOKEN": "ghe",
    "GITLAB_TOKEN": "lab",
    "GITEA_TOKEN": "tea",
    "FORGEJO_TOKEN": "jo",
}


def nothing(host: str) -> str:
    return ""


def find(place: HostedRepository, shared: str, environ: Mapping[str, str]) -> str:
    return find_token(place, shared, environ, nothing, nothing)


@pytest.mark.parametrize(
    ("place", "shared", "left_out", "found"),
    [
        (GITHUB, "github.com", (), "mine"),
        (GITHUB, "github.com", ("MCRED_TOKEN",), "gh"),
        (GITHUB, "github.com", ("MCRED_TOKEN", "GH_TOKEN"), "github"),
        (GITHUB, "", (), "gh"),
        (GITHUB, "elsewhere.example", (), "gh"),
        (ENTERPRISE, "github.school.example", ("MCRED_TOKEN",), "ghe"),
        (ENTERPRISE, "", (), ""),
        (ENTERPRISE, "github.com", (), ""),
        (GITLAB, "gitlab.com", ("MCRED_TOKEN",), "lab"),
        (GITLAB, "github.com", (), "lab"),
        (LAB, "lab.school.example", ("MCRED_TOKEN",), "lab"),
        (LAB, "gitlab.com", (), ""),
        (GITEA, "git.school.example:8443", ("MCRED_TOKEN",), "tea"),
        (GITEA, "git.school.example:8443", ("MCRED_TOKEN", "GITEA_TOKEN"), "jo"),
        (GITEA, "git.school.example", (), ""),
    ],
)
def test_a_variable_goes_only_to_the_host_it_is_meant_for(
    place: HostedRepository, shared: str, left_out: tuple[str, ...], found: str
) -> None:
    assert find(place, shared, {k: v for k, v in ALL.items() if k not in left_out}) == found


def test_rules_alone_lead_no_token_anywhere_and_a_person_can() -> None:
    evil = HostedRepository(kind="github", url="https://evil.example", repository="a/b")
    assert find(evil, "github.com", ALL) == ""
    assert find(evil, "github.com", {**ALL, "MCRED_HOST": "evil.example"}) == "mine"
    assert find(LAB, "", {"MCRED_TOKEN": "x", "MCRED_HOST": "lab.school.example"}) == "x"


def test_what_is_kept_is_asked_for_by_host_and_only_when_nothing_is_said() -> None:
    asked: list[str] = []

    def gh(host: str) -> str:
        asked.append(f"gh {host}")
        return ""

    def git(host: str) -> str:
        asked.append(f"git {host}")
        return "kept\n"

    assert find_token(ENTERPRISE, "", {}, gh, git) == "kept"
    assert asked == ["gh github.school.example", "git github.school.example"]
    asked.clear()
    assert find_token(GITEA, "", {}, gh, git) == "kept"
    assert asked == [f"git {GITEA.host}"]
    asked.clear()
    assert find_token(GITHUB, "", {"GH_TOKEN": " t "}, gh, git) == "t"
    assert asked == []


@pytest.mark.parametrize("bad", ["a b", "a\nb", "tök", "x" * 2001, "a\x00b"])
def test_what_cannot_be_a_token_is_refused_without_being_shown(bad: str) -> None:
    with pytest.raises(McredError) as caught:
        find(GITHUB, "github.com", {"MCRED_TOKEN": bad})
    assert caught.value.code is Exit.SIGN_IN
    assert bad not in str(caught.value)
    assert "MCRED_TOKEN" in caught.value.what


def program(folder: Path, name: str, text: str) -> None:
    """A program of that name that comes before all others."""
    folder.mkdir(exist_ok=True)
    place = folder / name
    place.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
    place.chmod(place.stat().st_mode | stat.S_IXUSR)


def test_gh_and_git_are_really_asked(web: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if web.host.kind == "github":
        program(tmp_path / "bin", "gh", f'echo "$@" >> {tmp_path}/asked\necho "tok-ana-github"')
        monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    else:
        config = tmp_path / "gitconfig"
        script = tmp_path / "helper"
        program(tmp_path, "helper", f'cat >> {tmp_path}/asked\necho "password=tok-ana-{web.host.kind}"')
        config.write_text(f"[credential]\n\thelper = {script}\n\tusername = x\n", "utf-8")
        monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    web.tokens = {}
    web.submit("ana")
    assert [r.account for r in web.host.requests.values()] == [account("ana")]
    asked = (tmp_path / "asked").read_text("utf-8")
    assert ("auth token --hostname github.com" in asked) or (f"host={web.host.url[8:]}" in asked)


PLANTED = "PLANTED-4f6d9a-very-secret"


@pytest.mark.slow
def test_planted_tokens_are_seen_nowhere(web: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through a year with every kind of trouble: not in what is said, nor in any file, nor in an address."""
    web.host.accounts = {f"{PLANTED}-{p}": account(p) for p in SIGNED_IN}
    web.tokens = {p: f"{PLANTED}-{p}" for p in SIGNED_IN}
    heard: list[str] = []

    def run(person: str, *words: str) -> None:
        ran = web.run(person, *words, expect=None)
        heard.append(ran.said)

    echo = f"bad thing with {PLANTED}-ana inside"
    web.hand_in("ana")
    for status in (401, 422, 503):
        web.host.trouble = [Refused(status, echo)] * 3
        run("ana", "submit", "wait-time", "--attest", "all")
        run("ana", "--verbose", "sync")
    web.host.trouble = []
    web.host.down_after = len(web.host.calls)
    run("ana", "sync")
    web.host.down_after = None
    run("ana", "sync")
    with monkeypatch.context() as patch:
        patch.setattr("mcred.hosting.answers.number", lambda *_: explode(f"{PLANTED}-rosa"))
        run("rosa", "--verbose", "sync")
        run("rosa", "sync")
    assert any(said for said in heard)
    assert not [said for said in heard if PLANTED in said]
    places = (web.place, Path(os.environ["HOME"]))
    for path in (p for place in places for p in place.rglob("*") if p.is_file()):
        assert PLANTED.encode() not in path.read_bytes(), path
    for call in web.host.calls:
        assert PLANTED not in f"{call.path} {call.query} {call.body}"


def explode(secret: str) -> int:
    """A bug of ours whose words have a token in them."""
    raise RuntimeError(f"oh: {secret}")

"""A bare repository with a submission in it, and each kind of host over it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from mcred.domain.ids import CommitId
from mcred.hosting.client import HostConnection
from mcred.hosting.host import Forge
from mcred.hosting.pick import ADAPTERS
from mcred.hosting.values import HostedRepository
from tests.hosting.descriptions import need
from tests.hosting.gitea_host import GiteaHost
from tests.hosting.github_host import GitHubHost
from tests.hosting.gitlab_host import GitLabHost
from tests.hosting.hosts import REPOSITORY, Host

HEAD = "submission/ana/wait-time"
HOSTS: dict[str, type[Host]] = {"github": GitHubHost, "gitlab": GitLabHost, "gitea": GiteaHost}
TOKENS = {"tok-ana": "ana-web", "tok-mei": "mei-web", "tok-rosa": "rosa-web"}
SignIn = Callable[..., Forge]


def grow(repo: Path, branch: str, text: str, *, into: str = "") -> CommitId:
    """One more commit on a branch; `into`: a branch that it becomes a part of."""

    def git(*args: str, given: str = "", check: bool = True) -> str:
        who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
        words = ["git", *who, *args]
        done = subprocess.run(words, cwd=repo, input=given, capture_output=True, text=True, check=check)
        return done.stdout.strip()

    blob = git("hash-object", "-w", "--stdin", given=text)
    tree = git("mktree", given=f"100644 blob {blob}\ta.md\n")
    tips = [git("rev-parse", "-q", "--verify", f"refs/heads/{b}", check=False) for b in (branch, into) if b]
    parents = [word for tip in tips if tip for word in ("-p", tip)]
    made = git("commit-tree", tree, *parents, "-m", text)
    git("update-ref", f"refs/heads/{branch}", made)
    return CommitId(made)


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A bare repository with a main line and one submission."""
    place = tmp_path / "programme.git"
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(place)], check=True)
    grow(place, "main", "rules")
    grow(place, HEAD, "first attempt", into="main")
    return place


@pytest.fixture(params=HOSTS)
def host(request: pytest.FixtureRequest, repo: Path) -> Host:
    """A host with three accounts."""
    need(request.param)
    return HOSTS[request.param](repo, TOKENS)


@pytest.fixture
def pauses() -> list[float]:
    """How long the line waited, in seconds, instead of waiting."""
    return []


@pytest.fixture
def sign_in(host: Host, pauses: list[float]) -> SignIn:
    """The host's adapter, signed in as someone: `sign_in("mei")`."""

    def make(person: str = "ana") -> Forge:
        token = f"tok-{person}"
        place = HostedRepository(kind=host.kind, url=host.url, repository=REPOSITORY)
        adapter = ADAPTERS[place.kind]
        line = HostConnection(
            host=place.host,
            base=adapter.api(place),
            headers=adapter.headers(token),
            secret=token,
            pause=pauses.append,
            transport=host.transport(),
        )
        return adapter.make(place, line)

    return make

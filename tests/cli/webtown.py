"""A town whose programme is shown on a review host: accounts in the profiles, a stand-in host, tokens.

The host's side of git is the town's own remote, so it shows what was really sent.
"""

from __future__ import annotations

from tests.cli.court import set_rules
from tests.cli.town import Town
from tests.hosting.gitea_host import GiteaHost
from tests.hosting.github_host import GitHubHost
from tests.hosting.gitlab_host import GitLabHost
from tests.hosting.hosts import REPOSITORY, Host, Shown

HOSTS: dict[str, type[Host]] = {"github": GitHubHost, "gitlab": GitLabHost, "gitea": GiteaHost}
SIGNED_IN = ("rosa", "mei", "tom", "ana", "ben")
"""Who has an account and a token; Cleo has neither."""


def account(person: str) -> str:
    """A person's name on every host."""
    return f"{person}-web"


def introduce(town: Town) -> None:
    """Everyone who has an account says so, and Rosa confirms it."""
    for person in SIGNED_IN:
        names = [word for kind in HOSTS for word in ("--account", f"{kind}={account(person)}")]
        town.run(person, "setup", *names)
        if person != "rosa":
            town.run("rosa", "person", "add", person)
    town.run("rosa", "person", "add", "rosa", expect=None)
    for person in SIGNED_IN:
        town.run(person, "sync")


def show_on(town: Town, kind: str, *, rules: bool = True) -> Town:
    """Put a stand-in host of a kind before the town's remote; `bare`: none."""
    if kind == "bare":
        return town
    host = HOSTS[kind](town.remote, {f"tok-{p}-{kind}": account(p) for p in SIGNED_IN})
    if rules:
        named = f"review_host:\n  kind: {kind}\n  url: {host.url}\n  repository: {REPOSITORY}\n"
        set_rules(town, "\nsite:\n", f"\n{named}\nsite:\n")
    town.host = host
    town.tokens = {p: f"tok-{p}-{kind}" for p in SIGNED_IN}
    return town


def only(town: Town) -> Shown:
    """The one request there is."""
    (shown,) = town.host.requests.values()
    found: Shown = shown
    return found

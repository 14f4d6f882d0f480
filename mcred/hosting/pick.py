"""Selecting a programme's review host, from its remote URL or `mcred.yaml`.

One dict has all that differs between hosts; a new kind needs a module, a row here and its name in
`domain/programme.HostKind`.

>>> recognise("git@github.com:team/programme.git", None)
HostedRepository(kind='github', url='https://github.com', repository='team/programme')
>>> recognise("/srv/programme.git", None) is None
True
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from msgspec import Struct

from mcred.domain.programme import HostKind, ReviewHost
from mcred.hosting import gitea, github, gitlab
from mcred.hosting.bare import Bare
from mcred.hosting.host import Forge
from mcred.hosting.values import Ask, HostedRepository
from mcred.problems import McredError

_SCP = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*@(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*):(?P<path>[^:]+)")
_REPOSITORY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(?:/[A-Za-z0-9_][A-Za-z0-9._-]*)+")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?")


class Ci(Struct, frozen=True, kw_only=True):
    """A host's CI: its template, and what a maintainer has to enable by hand."""

    name: str
    """The value for `init --host`."""
    template: str
    """A file in `templates/program/ci`."""
    path: str
    """The path where the host expects the file."""
    nightly: tuple[str, str] | None = None
    """Template and path of a second file, for a host that needs one to build the pages each night."""
    by_hand: str


class Adapter(Struct, frozen=True, kw_only=True):
    """One kind of host: its adapter, API URL, authentication and CI."""

    make: Callable[[HostedRepository, Ask], Forge]
    api: Callable[[HostedRepository], str]
    headers: Callable[[str], Mapping[str, str]]
    compare: Callable[[HostedRepository, str, str], str]
    """The URL of the page to open a request for (head, base) by hand."""
    public: tuple[str, ...]
    """Public hosts of this kind, by name."""
    hints: tuple[str, ...]
    """Words in a self-hosted server's name that identify this kind."""
    tokens: tuple[str, ...]
    """Environment variables that usually hold a token for it."""
    own_tokens: tuple[str, ...] = ()
    """The same for a self-hosted server, where it has other variables."""
    settings: str
    """The settings page where a maintainer protects main."""
    ci: Ci
    pages: str = "pages"
    """The branch the host publishes pages from."""
    has_subgroups: bool = False
    """Whether a repository's name may have more than two segments."""


ADAPTERS: Mapping[HostKind, Adapter] = {
    "github": Adapter(
        make=github.GitHub,
        api=github.api,
        headers=github.headers,
        compare=github.compare_url,
        public=("github.com",),
        hints=("github",),
        tokens=("GH_TOKEN", "GITHUB_TOKEN"),
        own_tokens=("GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"),
        settings="Settings, Branches (or Rules)",
        pages="gh-pages",
        ci=Ci(
            name="github",
            template="github.yml",
            path=".github/workflows/mcred.yml",
            nightly=("github-nightly.yml", ".github/workflows/mcred-nightly.yml"),
            by_hand="In Settings, Pages: let GitHub Actions publish. In Settings, Branches: require the "
            "check “Rules” for main, and forbid force pushes.",
        ),
    ),
    "gitlab": Adapter(
        make=gitlab.GitLab,
        api=gitlab.api,
        headers=gitlab.headers,
        compare=gitlab.compare_url,
        public=("gitlab.com",),
        hints=("gitlab",),
        tokens=("GITLAB_TOKEN",),
        settings="Settings, Repository, Protected branches",
        has_subgroups=True,
        ci=Ci(
            name="gitlab",
            template="gitlab.yml",
            path=".gitlab-ci.yml",
            by_hand="In Settings, Repository: protect main, and forbid force pushes. In Settings, Merge "
            "requests: pipelines must succeed, and never squash. In Build, Pipeline schedules: run main each "
            "night, so that pages show what was published or withdrawn since.",
        ),
    ),
    "gitea": Adapter(
        make=gitea.Gitea,
        api=gitea.api,
        headers=gitea.headers,
        compare=gitea.compare_url,
        public=("gitea.com", "codeberg.org"),
        hints=("gitea", "forgejo"),
        tokens=("GITEA_TOKEN", "FORGEJO_TOKEN"),
        settings="Settings, Branches",
        ci=Ci(
            name="forgejo",
            template="forgejo.yml",
            path=".forgejo/workflows/mcred.yml",
            by_hand="In Settings, Branches: protect main, require the check “mcred / rules”. In Settings, "
            "Actions: turn actions on.",
        ),
    ),
}
"""Every kind of host with an adapter; a `bare` remote needs none."""


def recognise(remote: str | None, named: ReviewHost | None) -> HostedRepository | None:
    """The review host of a remote URL; None for a plain remote. Raises McredError for an invalid name.

    `named`: the host given in `mcred.yaml`.
    """
    if named is not None and named.kind == "bare":
        return None
    found = _from_address(remote or "")
    if named is None:
        kind = kind_of(found[0]) if found else None
        return (
            HostedRepository(kind=kind, url=f"https://{found[0]}", repository=found[1])
            if found and kind
            else None
        )
    if named.url:
        url = _checked_url(named.url)
    elif found:
        url = f"https://{found[0]}"
    else:
        url = f"https://{(*ADAPTERS[named.kind].public, '')[0]}"
    repository = named.repository or (found[1] if found else "")
    if not is_repository(named.kind, repository):
        raise _bad(f"repository '{repository}' is not OWNER/NAME on {url.partition('://')[2]}")
    return HostedRepository(kind=named.kind, url=url, repository=repository)


def kind_of(host: str) -> HostKind | None:
    """The kind of a host by its name; None when unknown."""
    name = host.casefold().partition(":")[0]
    for kind, adapter in ADAPTERS.items():
        if name in adapter.public:
            return kind
    return next((kind for kind, a in ADAPTERS.items() if any(h in name for h in a.hints)), None)


def is_repository(kind: HostKind, name: str) -> bool:
    """Whether a text is a valid repository name on that kind of host; GitLab allows subgroups."""
    is_plain = bool(_REPOSITORY.fullmatch(name)) and ".." not in name
    return is_plain and (name.count("/") == 1 or ADAPTERS[kind].has_subgroups)


def make_forge(place: HostedRepository | None, ask: Ask | None) -> Forge:
    """The adapter for a repository; `Bare` without a repository or authentication."""
    if place is None or ask is None:
        return Bare()
    return ADAPTERS[place.kind].make(place, ask)


def _from_address(remote: str) -> tuple[str, str] | None:
    """Host and repository of a remote URL; None for a folder."""
    if found := _SCP.fullmatch(remote):
        host, path = found["host"], found["path"]
    elif remote.startswith(("https://", "ssh://")):
        parts = urlsplit(remote)
        host = parts.hostname or ""
        if parts.scheme == "https" and parts.port:
            host = f"{host}:{parts.port}"
        path = parts.path
    else:
        return None
    path = path.strip("/").removesuffix(".git")
    return (host, path) if _HOST.fullmatch(host) and _REPOSITORY.fullmatch(path) else None


def _checked_url(url: str) -> str:
    """A host's base URL, checked so that it cannot send a token elsewhere."""
    parts = urlsplit(url)
    is_here = parts.hostname in ("127.0.0.1", "localhost", "::1")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_here):
        raise _bad(f"url '{url}' does not start with https://")
    if not _HOST.fullmatch(parts.netloc) or parts.query or parts.fragment:
        raise _bad(f"url '{url}' is more than the address of a host")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def _bad(what: str) -> McredError:
    return McredError(f"mcred.yaml, review_host: {what}", hint="mcred lint   (a maintainer fixes it)")

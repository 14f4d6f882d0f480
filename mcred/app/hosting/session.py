"""Opens and closes a session with the programme's review host: finds it, signs in, disconnects.

Where there is no host, or no token for it, the session does nothing; the record is complete without.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import Struct

from mcred.app.keys.host_tokens import find_token
from mcred.app.workspace import Workspace
from mcred.domain.ids import SubmissionId
from mcred.domain.layout import submission_ref
from mcred.hosting.host import Forge
from mcred.hosting.pick import ADAPTERS, make_forge, recognise
from mcred.hosting.values import HostedRepository
from mcred.problems import McredError
from mcred.store.git import Repo, attempt, read_helper


class Host(Struct, frozen=True, kw_only=True):
    """A review host, or the absence of one."""

    place: HostedRepository | None
    forge: Forge
    is_signed_in: bool

    @property
    def name(self) -> str:
        """The host's name for people."""
        return self.place.host if self.place else "the program's server"


def find_place(ws: Workspace) -> HostedRepository | None:
    """The repository of the programme's requests; None for a plain remote.

    Rules that name no usable host do not block anything; `mcred lint` reports what is wrong with them.
    """
    try:
        return recognise(ws.url, ws.catalog.programme.review_host)
    except McredError:
        return None


@contextmanager
def signed_in(ws: Workspace) -> Iterator[Host]:
    """Context manager: the programme's review host, signed in."""
    place = find_place(ws)
    token = _token(ws, place) if place is not None else ""
    if place is None or not token:
        yield Host(place=place, forge=make_forge(None, None), is_signed_in=False)
        return
    from mcred.hosting.client import HostConnection

    ws.ctx.show.hide(token)
    adapter = ADAPTERS[place.kind]
    line = HostConnection(
        host=place.host,
        base=adapter.api(place),
        headers=adapter.headers(token),
        secret=token,
        pause=ws.ctx.pause,
        transport=ws.ctx.hosts,
    )
    try:
        yield Host(place=place, forge=make_forge(place, line), is_signed_in=True)
    finally:
        line.close()


def page_to_open(ws: Workspace, submission: SubmissionId) -> str:
    """The address where a person opens the request by hand; '' for a plain remote."""
    place = find_place(ws)
    if place is None:
        return ""
    return ADAPTERS[place.kind].compare(place, head_of(submission), "main")


def head_of(submission: SubmissionId) -> str:
    """The head branch of a request: the earner's own ref."""
    return submission_ref(submission).removeprefix("refs/heads/")


def _token(ws: Workspace, place: HostedRepository) -> str:
    shared = recognise(ws.url, None)
    return find_token(
        place,
        shared.host if shared else host_of(ws.url or ""),
        ws.ctx.environment,
        lambda host: read_helper(("gh", "auth", "token", "--hostname", host)),
        lambda host: ask_git(ws.repo, host),
    )


def host_of(address: str) -> str:
    """The host in a remote's address, '' for a folder.

    >>> host_of("https://git.school.example:8443/team/programme.git")
    'git.school.example:8443'
    """
    from urllib.parse import urlsplit

    return urlsplit(address).netloc.rpartition("@")[2] if address.startswith("https://") else ""


def ask_git(repo: Repo, host: str) -> str:
    """The password or token that git's credential helpers keep for a host; they may not prompt."""
    asked = f"protocol=https\nhost={host}\n\n".encode()
    done = attempt(repo, "credential", "fill", stdin=asked)
    lines = done.out.decode("utf-8", "replace").splitlines() if done.code == 0 else []
    return next((line.removeprefix("password=") for line in lines if line.startswith("password=")), "")

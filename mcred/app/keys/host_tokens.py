"""Finds the token for a review host, and decides to which host one may be sent.

In this order: `MCRED_TOKEN`, the host's usual variables, `gh auth token`, git's credential helpers. The last
two are asked for one host by name. A variable is sent only to its intended host: that of the remote, which
the person chose; the public host that the variable is named after; or the one in `MCRED_HOST`. So a
programme's `mcred.yaml` alone cannot direct a token anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from mcred.hosting.pick import ADAPTERS
from mcred.hosting.values import HostedRepository
from mcred.problems import Exit, McredError

TOKEN, HOST = "MCRED_TOKEN", "MCRED_HOST"
_SOUND = re.compile(r"[\x21-\x7e]{1,2000}")


def find_token(
    place: HostedRepository,
    shared_host: str,
    environ: Mapping[str, str],
    ask_gh: Callable[[str], str],
    ask_git: Callable[[str], str],
) -> str:
    """The token for a host, '' where there is none. Raises McredError for one that no host could accept.

    `shared_host`: the host in the remote's address, '' for a folder. `ask_gh` and `ask_git` look up the token
    that is stored for a host.
    """
    for name, value in _given(place, shared_host, environ, ask_gh, ask_git):
        if not value.strip():
            continue
        if not _SOUND.fullmatch(value.strip()):
            raise McredError(
                f"what {name} has for {place.host} contains characters that are never in a token",
                hint="set it again, without quotation marks or spaces",
                code=Exit.SIGN_IN,
            )
        return value.strip()
    return ""


def _given(
    place: HostedRepository,
    shared_host: str,
    environ: Mapping[str, str],
    ask_gh: Callable[[str], str],
    ask_git: Callable[[str], str],
) -> Iterator[tuple[str, str]]:
    """Every source with its value, evaluated only when the ones before had none."""
    is_chosen = place.host in (shared_host, environ.get(HOST, ""))
    adapter = ADAPTERS[place.kind]
    is_public = place.host in adapter.public
    if is_chosen:
        yield TOKEN, environ.get(TOKEN, "")
    if is_public or is_chosen:
        for name in adapter.tokens if is_public else adapter.own_tokens or adapter.tokens:
            yield name, environ.get(name, "")
    if place.kind == "github":
        yield "gh auth token", ask_gh(place.host)
    if place.url.startswith("https://"):
        yield "git", ask_git(place.host)

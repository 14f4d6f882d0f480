"""Where a token for the review host comes from, and to which host one may go at all.

In this order: `MCRED_TOKEN`, the host's usual variables, `gh auth token`, what git itself keeps for the
host. The last two are asked for one host by name. A variable is sent only where it is meant for: to the host
of the shared place, which the person chose; to the public host that the variable is named after; or to the
one in `MCRED_HOST`. So a programme's `mcred.yaml` alone leads no token anywhere.
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
    """The token for a host, '' where there is none. Raises McredError for one that no host could take.

    `shared_host`: the host of the shared place's own address, '' for a folder. `ask_gh` and `ask_git` give
    what is kept for a host by name.
    """
    for name, value in _given(place, shared_host, environ, ask_gh, ask_git):
        if not value.strip():
            continue
        if not _SOUND.fullmatch(value.strip()):
            raise McredError(
                f"what {name} gives for {place.host} has signs that no token has",
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
    """Every source with what it holds, asked for only when the ones before held nothing."""
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

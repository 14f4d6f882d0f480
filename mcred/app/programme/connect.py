"""A programme gets its remote: an address, or a folder on this computer, created if it is not there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from shlex import quote

from msgspec import Struct

from mcred.app.audit.hook import own_hook
from mcred.app.context import Context
from mcred.domain.layout import MAIN, OWN_PLACES, SENT_MAIN
from mcred.domain.text import clean
from mcred.problems import Exit, Hint, McredError, next_step
from mcred.store.address import local_path, parse_address
from mcred.store.config import remote_url, set_remote
from mcred.store.git import Repo, create_repo, is_git_dir, open_repo, resolve
from mcred.store.leftovers import clear_dead
from mcred.store.remote import push, remote_heads
from mcred.store.shared import owner_of, share


class Connected(Struct, frozen=True, kw_only=True):
    """The remote that a programme has now."""

    address: str
    owner: str
    """Whose the folder is, where it checks pushes now; empty where it does not."""


def check_address(ctx: Context, place: Path, remote: str) -> str:
    """The remote's address. Raises McredError where it is none, is a file, or the programme in `place` was
    pushed to another."""
    address = parse_address(remote, base=ctx.at)
    refuse_file(local_path(address), next_step("init", place, "--remote", "ANOTHER-ADDRESS"))
    if (place / ".git").exists():
        repo = open_repo(place)
        now = remote_url(repo)
        if now is not None and now != address and resolve(repo, SENT_MAIN) is not None:
            raise McredError(f"the program is already online at {now}", hint=next_step("sync"))
    return address


def connect(ctx: Context, place: Path, address: str, *, guard: bool = True) -> Connected:
    """Give the programme in `place` its remote, and push main there.

    `guard`: a bare repository on this computer checks what is pushed. Raises McredError where the remote has
    a branch in the way or a history of its own, or does not take main.
    """
    repo, local = open_repo(place), local_path(address)
    clear_dead(repo.common_dir, repo.state_dir, local if local and local.is_dir() else None)
    if local and not (local.exists() and _holds_something(local)):
        _make_shared(repo, local)
    set_remote(repo, address)
    rename = f"git --git-dir={quote(str(local))} branch -m" if local else "rename there the branch"
    heads = remote_heads(repo, interactive=ctx.interactive)
    refuse_names(heads, address, rename)
    if MAIN in heads and resolve(repo, SENT_MAIN) is None and resolve(repo, heads[MAIN]) is None:
        empty = "or create that one again, empty: without a README"
        raise McredError(
            f"there is something at {address} already: another program, or what the host put there",
            hint=next_step("init", place, "--remote", "ANOTHER-ADDRESS", note=empty),
            code=Exit.CHANGED,
        )
    owner = _install_guard(local) if guard and local else ""
    main = resolve(repo, MAIN)
    if main is None:
        raise McredError("the program has nothing to send yet", hint=next_step("init", place))
    with ctx.show.working("sending") as tell:
        result = push(repo, {MAIN: main}, progress=tell, interactive=ctx.interactive)
    if result.refused:
        raise McredError(
            f"{address} did not accept it: {'; '.join(result.refused.values())}",
            hint=next_step("init", place, "--remote", "ANOTHER-ADDRESS"),
            code=Exit.CHANGED,
        )
    return Connected(address=address, owner=owner)


_BEGUN = re.compile(r"branches|info|refs|(?:HEAD|config)(?:\.lock)?")
"""What git makes first in a new repository."""


def _holds_something(local: Path) -> bool:
    """Whether a folder holds anything but what a killed call began to make there."""
    return is_git_dir(local) or any(
        not _BEGUN.fullmatch(path.name) and not _is_probe(path) for path in local.iterdir()
    )


def _is_probe(path: Path) -> bool:
    """Whether git made a file to see whether links can be made there; it goes at once where git goes on."""
    return re.fullmatch(r"t\w{6}", path.name) is not None and (
        path.is_symlink() or (path.is_file() and not path.stat().st_size)
    )


def _make_shared(repo: Repo, local: Path) -> None:
    """Create a bare repository; an existing folder is made group-writable, with setgid."""
    if local.exists():
        with suppress(PermissionError):
            local.chmod(local.stat().st_mode | 0o2070)
        for left in filter(_is_probe, [*local.iterdir()]):
            left.unlink()
    main = resolve(repo, MAIN)
    create_repo(local, bare=True, hexes=len(main or "") or 40)


def _install_guard(local: Path) -> str:
    """Install the pre-receive hook in a bare repository; returns its owner."""
    shared = open_repo(local, named=True)
    if shared.work_tree is not None:
        return ""
    share(shared, own_hook())
    return owner_of(local)


def refuse_file(place: Path | None, again: Hint) -> None:
    """Raises McredError where a file blocks the path, or a parent of it, and for a path with a line break."""
    if place is not None and re.search(r"[\x00-\x1f\x7f]", str(place)):
        said = clean(str(place)).replace("\n", "?")
        raise McredError(f"{said}: a folder with a line break in its path cannot be used", hint=again)
    for there in (place, *place.parents) if place else ():
        if there.exists() and not there.is_dir():
            raise McredError(f"{there} is a file, but it has to be a folder", hint=again)


def refuse_names(refs: Iterable[str], where: str, rename: str) -> None:
    """Raises McredError for branch names that mcred needs as folders for its own refs."""
    for ref in refs:
        if ref in OWN_PLACES or ref.startswith(f"{MAIN}/"):
            name = ref.removeprefix("refs/heads/")
            raise McredError(
                f"a branch named {name} is in the way in {where}: mcred stores people's work under that name",
                hint=f"{rename} {name} old-{name.replace('/', '-')}   (then the same command)",
            )

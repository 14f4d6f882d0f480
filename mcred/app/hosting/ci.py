"""CI files for a review host: they check every request by the rules, and publish the pages of main.

The text for each host is in `templates/program/ci`. It installs mcred from a wheel file in the programme,
never by name from a package registry; the file's path and digest are put into the text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from mcred.app.commit import ChangeSet, commit_to_main
from mcred.app.context import Context
from mcred.app.hosting.wheel import own_wheel
from mcred.app.work.drafts import refresh
from mcred.app.workspace import Workspace, open_workspace
from mcred.domain.ids import BlobId
from mcred.formats.trailers import message
from mcred.hosting.pick import ADAPTERS, Ci
from mcred.problems import Exit, McredError, next_step
from mcred.shipped import shipped
from mcred.store.snapshot import list_tree, read_blobs
from mcred.store.write import put_blob

FOLDER = ".mcred"
"""The folder of the wheel that a programme's review host installs."""
HOSTS = {adapter.ci.name: adapter.ci for adapter in ADAPTERS.values()}
"""CI files by the host name that users type."""


def known_host(name: str) -> Ci:
    """A host by its name. Raises McredError that names all known hosts."""
    if name not in HOSTS:
        raise McredError(
            f"mcred does not know the host '{name}'; it knows {', '.join(HOSTS)}",
            hint=next_step("init", ".", "--host", "github"),
            code=Exit.USAGE,
        )
    return HOSTS[name]


def host_files(host: Ci) -> Mapping[str, bytes]:
    """The CI files, and the wheel of this program that they install, by their paths in the programme."""
    wheel = own_wheel()
    found = {f"{FOLDER}/{wheel.name}": wheel.data}
    for template, path in _files(host):
        text = (shipped("templates") / "program" / "ci" / template).read_text("utf-8")
        text = text.replace("WHEEL-PATH", f"{FOLDER}/{wheel.name}").replace("WHEEL-SHA256", wheel.sha256)
        found[path] = text.encode()
    return found


def _files(host: Ci) -> tuple[tuple[str, str], ...]:
    """Templates and the paths where the host expects what is made of them."""
    return ((host.template, host.path), *((host.nightly,) if host.nightly is not None else ()))


def add_host(ctx: Context, name: str, dry_run: bool) -> bool:
    """Commit a host's CI files to main of an existing programme; returns whether something was written."""
    host, show = known_host(name), ctx.show
    wanted, again = host_files(host), next_step("init", ".", "--host", name)
    ws = open_workspace(ctx)
    me = ws.confirmed()
    maintainers = ws.catalog.programme.roles.maintainers
    if me not in maintainers:
        raise McredError(
            f"only maintainers decide what the host runs ({', '.join(maintainers)})",
            hint=next_step("status"),
            code=Exit.NOT_ALLOWED,
        )
    now = _on_main(ws, host)
    if now == wanted:
        if not dry_run:
            refresh(ws)  # an earlier run may have been stopped before that
        show.say(f"{host.path} already exists, as this version of mcred writes it.")
        show.say(host.by_hand)
        show.next(next_step("status"))
        return False
    if dry_run:
        for _, path in _files(host):
            show.say(wanted[path].decode())
        show.say(f"Would write {' and '.join(wanted)}. Nothing was changed.")
        return False
    both = [path for _, path in _files(host) if path in now.keys() & wanted.keys()]
    odd = [path for path in both if _plain(now[path]) != _plain(wanted[path])]
    if odd:
        raise McredError(
            f"{odd[0]} already exists with other content; nothing was changed",
            hint=f"{again} --dry-run   (shows what mcred would write)",
        )
    ws.need_fresh(again)
    changes: dict[str, BlobId | None] = dict.fromkeys(now)
    changes |= {path: put_blob(ws.repo, data) for path, data in wanted.items()}
    text = message(f"Let {name} hold requests to the rules and publish the pages", "edit")
    commit_to_main(ws, lambda _: ChangeSet(changes=changes, merged=(), text=text), again)
    show.say(
        f"{host.path} was written. From now on, {name} checks requests against the rules.", style="bold green"
    )
    show.say(
        f"It runs exactly this version of mcred, from {' and '.join(p for p in wanted if p != host.path)}."
    )
    show.say(host.by_hand)
    show.next(next_step("status"))
    return True


def _on_main(ws: Workspace, host: Ci) -> Mapping[str, bytes]:
    """What main has of this now: the host's files, and wheels of any version of mcred."""
    entries = {
        **{p: e for _, path in _files(host) for p, e in list_tree(ws.repo, ws.main, path).items()},
        **{p: e for p, e in list_tree(ws.repo, ws.main, FOLDER).items() if p.endswith(".whl")},
    }
    blobs = read_blobs(ws.repo, [entry.blob for entry in entries.values()])
    return {path: blobs[entry.blob] for path, entry in entries.items()}


def _plain(text: bytes) -> bytes:
    """The text without the name of the wheel, which differs between versions of mcred."""
    return re.sub(rb"(MCRED_(?:FILE|SHA256): ).*", rb"\1", text)

"""What a review host runs for a programme: its rules on every request, and the pages of what is on main.

The text for each host lies in `templates/program/ci`; only the version of mcred is put into it.
"""

from __future__ import annotations

import re

from msgspec import Struct

import mcred
from mcred.cli.desk import open_desk
from mcred.cli.edge import Edge
from mcred.cli.main_line import Addition, add_to_main
from mcred.files.events import message
from mcred.problems import Exit, McredError
from mcred.shipped import shipped
from mcred.store.bulk import read_small
from mcred.store.snapshot import list_tree
from mcred.store.write import put_blob


class Host(Struct, frozen=True, kw_only=True):
    """Where a host looks for what it is to run, and what a maintainer still does there by hand."""

    template: str
    path: str
    by_hand: str


HOSTS = {
    "github": Host(
        template="github.yml",
        path=".github/workflows/mcred.yml",
        by_hand="In Settings, Pages: let GitHub Actions publish. In Settings, Branches: require the check "
        "“Rules” for main, and forbid force pushes.",
    ),
    "gitlab": Host(
        template="gitlab.yml",
        path=".gitlab-ci.yml",
        by_hand="In Settings, Repository: protect main, and forbid force pushes. In Settings, Merge "
        "requests: pipelines must succeed, and never squash.",
    ),
    "forgejo": Host(
        template="forgejo.yml",
        path=".forgejo/workflows/mcred.yml",
        by_hand="In Settings, Branches: protect main, require the check “mcred / rules”. In Settings, "
        "Actions: switch actions on.",
    ),
}
"""Kinds of hosts by the name one types."""


def known_host(name: str) -> Host:
    """A host by its name. Raises McredError that names them all."""
    if name not in HOSTS:
        raise McredError(
            f"there is no host '{name}' that mcred writes for; there are {', '.join(HOSTS)}",
            hint="mcred init . --host github",
            code=Exit.USAGE,
        )
    return HOSTS[name]


def host_file(host: Host) -> bytes:
    """What the host runs, with the version of this program."""
    text = (shipped("templates") / "program" / "ci" / host.template).read_text("utf-8")
    return text.replace("mcred==0.0.0", f"mcred=={mcred.__version__}").encode()


def add_host(edge: Edge, name: str, dry_run: bool) -> None:
    """Put what a host runs on the main line of an existing programme."""
    host, show = known_host(name), edge.show
    wanted, again = host_file(host), f"mcred init . --host {name}"
    desk = open_desk(edge, only=lambda s: False)
    me = desk.confirmed()
    maintainers = desk.catalog.programme.roles.maintainers
    if me not in maintainers:
        raise McredError(
            f"only maintainers say what the host runs ({', '.join(maintainers)})",
            hint="mcred status",
            code=Exit.NOT_ALLOWED,
        )
    entry = list_tree(desk.repo, desk.main, host.path).get(host.path)
    now = read_small(desk.repo, [entry.blob]).get(entry.blob, b"") if entry else None
    if now == wanted:
        show.say(f"{host.path} is there already, and as this version of mcred writes it.")
        show.say(host.by_hand)
        show.next("mcred status")
        return
    if dry_run:
        show.say(wanted.decode())
        show.say(f"Would write {host.path}. Nothing was changed.")
        return
    if now is not None and _plain(now) != _plain(wanted):
        raise McredError(
            f"{host.path} is there already, and somebody wrote other things into it; nothing was changed",
            hint=f"{again} --dry-run   (shows what mcred would write)",
        )
    desk.need_fresh(again)
    blob = put_blob(desk.repo, wanted)
    text = message(f"Let {name} hold requests to the rules and publish the pages", "edit")
    add_to_main(
        desk, lambda _: Addition(changes={host.path: blob}, merged=(), text=text), again, only=lambda s: False
    )
    show.say(f"{host.path} is written. From now on {name} holds requests to the rules.", style="bold green")
    show.say(host.by_hand)
    show.next("mcred status")


def _plain(text: bytes) -> bytes:
    """The text but for the version of mcred, which a newer one may change."""
    return re.sub(rb"mcred==[0-9a-z.]+", b"mcred", text)

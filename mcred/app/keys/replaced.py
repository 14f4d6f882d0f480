"""Whether this folder's signing key was replaced, by whom, and the message about it."""

from __future__ import annotations

from collections.abc import Iterator

from mcred.app.workspace import Workspace
from mcred.domain.ids import CommitId, PersonId
from mcred.domain.layout import profile_path
from mcred.domain.people import Person, fingerprint
from mcred.formats.decode import decode
from mcred.formats.trailers import read_word
from mcred.problems import next_step
from mcred.store.batch import read_files
from mcred.store.log import Commit, read_commit
from mcred.store.main_history import list_changing


def told_replaced(ws: Workspace) -> tuple[str, ...]:
    """What happened to my key, when and by whom, and what to do; nothing while it is in use."""
    if not ws.is_key_replaced or ws.me is None:
        return ()
    old, me = ws.key().public, ws.me
    step = _replaced_in(ws, me, old)
    if step is None:
        return ()
    path = profile_path(me)
    (data,) = read_files(ws.repo, [(step.id, path)])
    after = decode(data or b"", Person, path)[0]
    new = [k.public for k in after.keys if k.retired is None] if after else []
    keys = " and ".join(f"{key[-12:]} ({fingerprint(key)})" for key in new) or "none"
    by, brought = _person(ws, step), [read_commit(ws.repo, p) for p in step.parents[1:]]
    with_old = by == me or any(c.signer == old for c in brought)
    vouched = sorted({p for c in brought if read_word(c) is not None and (p := _person(ws, c)) is not None})
    roles = ws.catalog.programme.roles
    apart = {*roles.maintainers, *roles.issuers} - {me, by or me, *vouched}
    others = " or ".join(sorted(apart) or roles.maintainers)
    said = [
        f"The key of this folder, which ends in {old[-12:]}, was replaced on {step.when:%Y-%m-%d}.",
        f"Your key in the program now ends in {keys}.",
    ]
    if with_old:
        said.append("The change was signed with the old key.")
    else:
        words = f"{' and '.join(vouched)} vouched that the new key is yours; " if vouched else ""
        said.append(f"{words}{by or 'someone'} confirmed it.")
    said.append("If you did this on another computer, continue there.")
    said.append(f"If it was not you, someone can act in your name: tell {others} right away, then type")
    return (*said, str(next_step("setup", "--id", me, "--lost-key")))


def say_replaced(ws: Workspace) -> None:
    """Show that message, if there is one."""
    *said, command = told_replaced(ws) or ("",)
    for line in said:
        ws.ctx.show.say(line, style="bold red")
    if said:
        ws.ctx.show.say(command, indent=4)


def _replaced_in(ws: Workspace, me: PersonId, old: str) -> Commit | None:
    """The commit of main that retired my key."""
    found: CommitId | None = None
    for state in _states(ws, me, old):
        found = state
    return read_commit(ws.repo, found) if found is not None else None


def _states(ws: Workspace, me: PersonId, old: str) -> Iterator[CommitId]:
    """The commits of main since my key was retired, newest first."""
    path = profile_path(me)
    names = list_changing(ws.repo, ws.main, path)
    for name, data in zip(names, read_files(ws.repo, [(n, path) for n in names]), strict=True):
        profile = decode(data or b"", Person, path)[0]
        if profile is not None and profile.signs_with(old):
            return
        yield name


def _person(ws: Workspace, commit: Commit) -> PersonId | None:
    """The person who signed a commit."""
    people = ws.catalog.people.values()
    return next((p.id for p in people if any(k.public == commit.signer for k in p.keys)), None)

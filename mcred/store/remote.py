"""The shared copy: join it, fetch from it, push to it and read back what really arrived.

Nothing is ever forced in either direction, and "sent" is only said after the remote's own answer (TRUST:
Reliability). Does not know what is published or why, nor any host's web interface.
"""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from mcred.domain.ids import CommitId, is_hex
from mcred.problems import Exit, McredError
from mcred.store.address import parse_address, redact
from mcred.store.config import remote_url, set_remote, ssh_command
from mcred.store.git import (
    Finished,
    GitFailed,
    Repo,
    attempt,
    create_repo,
    full_hex,
    is_ref,
    lines_of,
    list_refs,
    read_refs,
    resolve,
    run,
)
from mcred.store.leftovers import find_foreign, move_away
from mcred.store.log import is_ancestor
from mcred.store.remote_errors import CHANGED_FIRST, explain_unreachable, read_reasons
from mcred.store.session import close_readers
from mcred.store.shared import explain_rights, trusted
from mcred.store.write import Moved, move_refs

Progress = Callable[[str, int, int | None], None]
"""Called with a phase in plain words, how much is done, and of how much (None: not known)."""

_FETCHED_ONE = "refs/mcred/branch"
_FETCHED = "refs/mcred/fetched/"
"""Where the remote's refs are first put as they are; only what grew is then taken over."""
_TAKEN = "refs/remotes/origin/"
"""Where they are taken over."""
_TRIES = 3
_SOME, _MANY = 8, 100
"""From so many new or moved refs on git lists the history anew, and puts all refs into one file."""


class PushResult(Struct, frozen=True, kw_only=True):
    """What the remote has now, by its own answer, and why it has not the rest."""

    sent: tuple[str, ...]
    refused: Mapping[str, str]


def clone(
    url: str,
    into: Path,
    progress: Progress | None = None,
    *,
    base: Path | None = None,
    interactive: bool = False,
    leave_out: Iterable[str] = (),
) -> Repo:
    """Join a programme: a new folder with its whole history, nothing laid out yet.

    Made beside `into` under one fixed name and moved there when whole, so that a killed join leaves
    nothing where the person looks, and the next one clears up.
    """
    address = parse_address(url, base=base or into.parent)
    if into.is_symlink() or (into.exists() and (not into.is_dir() or any(into.iterdir()))):
        raise McredError(
            f"{into} is there already", hint="mcred sync   (inside it), or join into another folder"
        )
    try:
        into.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise McredError(
            f"{into.parent} cannot be made a folder ({error.strerror})",
            hint=f"mcred join {redact(address)} ANOTHER-FOLDER",
        ) from error
    unfinished = into.parent / f".{into.name}.joining"
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        repo = create_repo(unfinished, bare=False)
        set_remote(repo, address)
        if any(len(tip) == 64 for tip in remote_heads(repo, interactive=interactive).values()):
            shutil.rmtree(unfinished)
            repo = create_repo(unfinished, bare=False, hexes=64)
            set_remote(repo, address)
        fetch(repo, progress, interactive=interactive, leave_out=leave_out)
        main = resolve(repo, f"{_TAKEN}main")
        if main is None:
            raise McredError(
                f"there is nothing at {address} that mcred could join",
                hint="ask the programme's maintainer whether it has been set up (mcred init)",
            )
        move_refs(repo, [("refs/heads/main", main, None)])
        if into.exists():
            into.rmdir()
        close_readers()
        unfinished.rename(into)
    finally:
        close_readers()
        shutil.rmtree(unfinished, ignore_errors=True)
    place = into.resolve()
    return Repo(git_dir=place / ".git", work_tree=place)


def fetch(
    repo: Repo,
    progress: Progress | None = None,
    *,
    interactive: bool = False,
    leave_out: Iterable[str] = (),
) -> tuple[str, ...]:
    """Take over what grew at the remote; give back the refs that were rewritten there and so refused."""
    # Published pages are no part of the record, and can be much larger than it.
    refspecs = (f"+refs/heads/*:{_FETCHED}*", *(f"^{ref}" for ref in leave_out))
    # Read first: a push of ours that comes in between must not make the fetched state look like a step back.
    known = _list(repo, _TAKEN)
    options = ("--no-tags", "--prune", "--no-write-fetch-head", "--no-recurse-submodules", "--refmap=")
    for last in (False,) * (_TRIES - 1) + (True,):
        done = _talk(repo, "fetch", *options, "origin", *refspecs, progress=progress, interactive=interactive)
        # Two commands of one person may fetch at once; only one of them gets a ref's lock.
        if done.code == 0 or last or not re.search("cannot lock ref|unable to create .*lock", done.err, re.I):
            break
    if done.code:
        raise _explain(repo, done)
    fetched = _list(repo, _FETCHED)
    if fetched == known:
        return ()
    return _take_over(repo, _heads(fetched, "refs/heads/"), _heads(known, _TAKEN))


def fetch_branch(
    repo: Repo, ref: str, progress: Progress | None = None, *, interactive: bool = False
) -> CommitId | None:
    """One ref as the remote has it now, with its objects; None when it is not there."""
    tip = remote_heads(repo, [ref], interactive=interactive).get(ref)
    if tip is None or resolve(repo, tip) is not None:
        return tip
    options = ("--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--refmap=")
    wanted = f"+{ref}:{_FETCHED_ONE}"
    done = _talk(repo, "fetch", *options, "origin", wanted, progress=progress, interactive=interactive)
    if done.code:
        raise _explain(repo, done)
    found = run(repo, "for-each-ref", "--format=%(objectname)", _FETCHED_ONE)
    return next((CommitId(name) for name in lines_of(found) if is_hex(name)), None)


def remote_heads(
    repo: Repo, refs: Iterable[str] = (), *, interactive: bool = False
) -> Mapping[str, CommitId]:
    """What the remote itself says its refs are now; with `refs`, only those."""
    wanted = frozenset(refs)
    done = _talk(repo, "ls-remote", "--heads", "origin", *sorted(wanted), interactive=interactive)
    if done.code:
        raise _explain(repo, done)
    heads: dict[str, CommitId] = {}
    for line in lines_of(done.out):
        target, _, name = line.partition("\t")
        if is_ref(name) and is_hex(target) and (not wanted or name in wanted):
            heads[name] = CommitId(target)
    return heads


def push(
    repo: Repo,
    updates: Mapping[str, CommitId],
    expected: Mapping[str, CommitId | None] | None = None,
    progress: Progress | None = None,
    *,
    interactive: bool = False,
) -> PushResult:
    """Send exactly these commits to exactly these refs, then ask the remote what it has.

    `expected` names what the remote must have before (None: nothing); a ref that is elsewhere is refused
    and not sent. A connection cut after the remote took the push still counts as sent: its answer decides.
    """
    for ref, new in updates.items():
        if not is_ref(ref) or not ref.startswith("refs/heads/"):
            raise ValueError(f"not a ref to push to: {ref!r}")
        full_hex(new)
    refused: dict[str, str] = {}
    if expected:
        before = remote_heads(repo, expected, interactive=interactive)
        changed = [ref for ref in updates if ref in expected and before.get(ref) != expected[ref]]
        refused |= {ref: CHANGED_FIRST for ref in changed if before.get(ref) != updates[ref]}
    sending = {ref: new for ref, new in updates.items() if ref not in refused}
    if not sending:
        return PushResult(sent=(), refused=refused)
    refspecs = (f"{new}:{ref}" for ref, new in sorted(sending.items()))
    options = ("--porcelain", "--no-verify", "--no-signed", "--no-follow-tags")
    # By address: by name, git would note as arrived what it believes to have sent.
    where = ("--", remote_url(repo) or "origin")
    done = _talk(repo, "push", *options, *where, *refspecs, progress=progress, interactive=interactive)
    after = _read_back(repo, sending, done, interactive=interactive)
    sent = tuple(ref for ref, new in sending.items() if ref in after and is_ancestor(repo, new, after[ref]))
    reasons = read_reasons(done.out.decode("utf-8", "replace"), done.err)
    missing = [ref for ref in sending if ref not in sent]
    if missing and done.code:
        place = local_path(remote_url(repo) or "")
        if denied := place and explain_rights(place, writing=True):
            raise denied
        if not reasons:
            raise _explain(repo, done)
    refused |= {ref: reasons.get(ref, "the other side took it, but does not have it now") for ref in missing}
    _take_over(repo, {ref: after[ref] for ref in sent}, list_refs(repo, _TAKEN))
    return PushResult(sent=sent, refused=refused)


def _read_back(
    repo: Repo, sending: Mapping[str, CommitId], done: Finished, *, interactive: bool
) -> Mapping[str, CommitId]:
    try:
        return remote_heads(repo, sending, interactive=interactive)
    except McredError as error:
        if done.code:
            raise _explain(repo, done) from error
        raise McredError(
            "it was sent, but the answer did not come back, so it is not certain that it arrived",
            hint="type the same command again; nothing is sent twice",
            code=Exit.UNREACHABLE,
        ) from error


def _explain(repo: Repo, done: Finished) -> McredError:
    """Why the remote could not be talked to; of a folder on this computer its rights say more than git."""
    url = remote_url(repo) or ""
    place = local_path(url)
    return (place and explain_rights(place)) or explain_unreachable(done.err, url)


def local_path(url: str) -> Path | None:
    """The folder that an address names on this computer; None for an address elsewhere."""
    place = Path(url.removeprefix("file://"))
    return place if place.is_absolute() else None


def _list(repo: Repo, under: str) -> list[tuple[str, str, str]]:
    """Target, kind and name of each ref below a prefix; the same for two places that hold the same."""
    return [(target, kind, name.removeprefix(under)) for target, kind, name in read_refs(repo, under)]


def _heads(listing: Iterable[tuple[str, str, str]], under: str) -> Mapping[str, CommitId]:
    """The commits of a list, by their names below another prefix; names that are not ours left out."""
    heads: dict[str, CommitId] = {}
    for target, kind, name in listing:
        if kind == "commit" and is_ref(under + name):
            heads[under + name] = CommitId(target)
    return heads


def _take_over(repo: Repo, heads: Mapping[str, CommitId], known: Mapping[str, CommitId]) -> tuple[str, ...]:
    """Move our picture of the remote forward; give back the refs that did not grow but were replaced."""
    rewritten: list[str] = []
    updates: list[tuple[str, CommitId, CommitId | None]] = []
    for ref, new in heads.items():
        ours = ref.replace("refs/heads/", _TAKEN, 1)
        old = known.get(ours)
        if old is not None and not is_ancestor(repo, old, new):
            rewritten.append(ref)
        elif old != new:
            updates.append((ours, new, old))
    _drop_in_the_way(repo, known, [ref for ref, _, old in updates if old is None])
    try:
        move_refs(repo, updates)
    except Moved:
        # Another command took over the same at the same moment; one by one, what is still to do.
        for update in updates:
            with contextlib.suppress(Moved):
                move_refs(repo, [update])
    if len(updates) >= _SOME:
        _tidy(repo, len(updates))
    return tuple(rewritten)


def _tidy(repo: Repo, updates: int) -> None:
    """What git does by itself where `gc.auto` is on, for its own use; nothing is lost where it fails.

    Its list of the history makes long ways back five times as quick, and thousands of refs are read ten times
    as quickly from one file. Not left to `fetch`, which would fail where an interrupted one left a lock.
    """
    attempt(repo, "commit-graph", "write", "--reachable", "--split")
    if updates >= _MANY:
        attempt(repo, "pack-refs", "--all")


def _drop_in_the_way(repo: Repo, known: Mapping[str, CommitId], new: Iterable[str]) -> None:
    """A ref that the remote no longer has can stand where another's folder must be, or the reverse."""
    stale = [old for old in known for ref in new if old.startswith(f"{ref}/") or ref.startswith(f"{old}/")]
    script = b"".join(f"delete {ref}\0{known[ref]}\0".encode("ascii") for ref in dict.fromkeys(stale))
    if script:
        done = attempt(repo, "update-ref", "--stdin", "-z", stdin=script)
        if done.code:
            raise GitFailed(("update-ref",), done.code, done.err)


def _talk(
    repo: Repo, verb: str, *args: str, progress: Progress | None = None, interactive: bool = False
) -> Finished:
    """Start a command that talks to the remote; which program answers there is never the folder's choice."""
    url = remote_url(repo)
    if url is None:
        raise McredError(
            "this folder has no shared copy yet, so there is nowhere to send to or fetch from",
            hint="mcred join URL",
        )
    program = "--receive-pack=git-receive-pack" if verb == "push" else "--upload-pack=git-upload-pack"
    ssh = None if url.startswith(("https://", "file://", "/")) else ssh_command(interactive=interactive)
    shown = () if progress is None else ("--progress",)
    hear = None if progress is None else _progress_parser(progress)

    def ask(settings: Path | None = None) -> Finished:
        return attempt(repo, verb, *shown, program, *args, ssh=ssh, settings=settings, on_stderr=hear)

    done = ask()
    if done.code and re.search(r"bad object refs/|not our ref 0{40}", done.err) and _clear_away(repo, url):
        done = ask()
    owned = re.search(r"dubious ownership in repository at '(.*)'", done.err)
    if done.code and owned and _names(url, owned[1]):
        # This very folder was named as the programme's, so that it is another user's is no surprise.
        with trusted(repo, owned[1]) as settings:
            return ask(settings)
    return done


def _names(url: str, place: str) -> bool:
    """Whether git's name of a folder is the one that an address names."""
    named = local_path(url)
    return named is not None and place in {f"{named}{more}" for more in ("", ".git", "/.git", ".git/.git")}


def _clear_away(repo: Repo, url: str) -> bool:
    """Put aside files of other programs among git's refs, here and in a shared folder; whether there were."""
    place = local_path(url)
    there = Repo(git_dir=place, work_tree=None) if place and (place / "refs").is_dir() else None
    cleared = False
    for one in (repo, there):
        found = find_foreign(one.common_dir) if one else ()
        if one and found:
            # A shared folder of another user may not be ours to clear.
            with contextlib.suppress(OSError):
                move_away(one.common_dir, one.state_dir, found)
                cleared = True
    return cleared


def _progress_parser(progress: Progress) -> Callable[[str], None]:
    """git's progress lines, read by GitPython, as calls of ours."""
    # Imported here: it costs a tenth of a second and only these few verbs draw a bar.
    from git import RemoteProgress
    from git.util import CallableRemoteProgress

    phases = {
        RemoteProgress.COUNTING: "counting",
        RemoteProgress.FINDING_SOURCES: "counting",
        RemoteProgress.COMPRESSING: "packing",
        RemoteProgress.WRITING: "sending",
        RemoteProgress.RECEIVING: "receiving",
        RemoteProgress.RESOLVING: "unpacking",
    }

    def update(code: int, done: Any, total: Any = None, message: str = "") -> None:
        phase = phases.get(code & RemoteProgress.OP_MASK)
        if phase is not None:
            progress(phase, int(float(done or 0)), int(float(total)) if total else None)

    return CallableRemoteProgress(update).new_message_handler()

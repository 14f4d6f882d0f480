"""The remote: clone, fetch, push, and reading back what a push changed.

Never forces in either direction, but for sealed work and what people publish, which may be rewritten; a push
counts as sent only after the remote's refs are read back (TRUST: Reliability). Does not know any host's API.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from mcred.domain.ids import CommitId, is_hex
from mcred.domain.layout import MAIN, REWRITTEN_REFS, SHOWN_REFS
from mcred.problems import Exit, McredError
from mcred.retries import remove_folder, retry
from mcred.store.address import local_path, parse_address, redact
from mcred.store.config import remote_url, set_narrow, set_remote, ssh_command
from mcred.store.git import (
    Repo,
    attempt,
    create_repo,
    full_hex,
    is_ref,
    list_refs,
    read_refs,
    resolve,
    run,
)
from mcred.store.leftovers import clear_foreign, explain_lost
from mcred.store.log import find_unreached, is_ancestor, is_newer, is_whole
from mcred.store.os_errors import find_owned
from mcred.store.outcome import Finished, Progress, progress_parser
from mcred.store.remote_errors import CHANGED_FIRST, explain_unreachable, gone_away, read_reasons
from mcred.store.session import close_readers, keep_refs, known_refs, lines_of, session
from mcred.store.shared import explain_rights, read_heads, trusted
from mcred.store.write import Moved, drop_refs, move_refs

EVERY_REF = ("refs/heads/*",)
_FETCHED_ONE = "refs/mcred/branch"
_FETCHED = "refs/mcred/fetched/"
"""The prefix the remote's refs are fetched to; only fast-forwards are then copied to `_TAKEN`."""
_TAKEN = "refs/remotes/origin/"
"""The prefix of the remote-tracking refs."""
_TRIES = 3
_SOME, _MANY = 8, 100
"""How many new or moved refs make git rewrite its commit-graph, and pack its refs."""


class PushResult(Struct, frozen=True, kw_only=True):
    """The refs confirmed by the remote after a push, and the reason for each rejected one."""

    sent: tuple[str, ...]
    refused: Mapping[str, str]


def clone(
    url: str,
    into: Path,
    progress: Progress | None = None,
    *,
    base: Path | None = None,
    interactive: bool = False,
    refs: Iterable[str] = EVERY_REF,
) -> Repo:
    """Clone a programme with its whole history into a new folder, without a checkout.

    Cloned beside `into` under a fixed name and renamed when complete, so that a killed clone leaves `into`
    unchanged, and the next one cleans up. Raises McredError when `into` is taken or there is no programme.
    """
    address = parse_address(url, base=base or into.parent)
    if into.is_symlink() or (into.exists() and (not into.is_dir() or any(into.iterdir()))):
        hint = "mcred sync   (inside it; or join in another folder)"
        raise McredError(f"{into} already exists", hint=hint)
    try:
        into.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise McredError(
            f"{into.parent} cannot be created ({error.strerror})",
            hint=f"mcred join {redact(address)} ANOTHER-FOLDER",
        ) from error
    unfinished = into.parent / f".{into.name}.joining"
    remove_folder(unfinished)
    try:
        repo = create_repo(unfinished, bare=False)
        set_remote(repo, address)
        if any(len(tip) == 64 for tip in remote_heads(repo, interactive=interactive).values()):
            remove_folder(unfinished)
            repo = create_repo(unfinished, bare=False, hexes=64)
            set_remote(repo, address)
        set_narrow(repo)
        fetch(repo, progress, interactive=interactive, refs=refs)
        main = resolve(repo, f"{_TAKEN}main")
        if main is None:
            raise McredError(
                f"there is nothing at {address} that mcred could join",
                hint="ask the program's maintainer whether it has been set up (mcred init)",
            )
        move_refs(repo, [("refs/heads/main", main, None)])
        if into.exists():
            into.rmdir()
        close_readers()
        retry(lambda: unfinished.rename(into))
    finally:
        close_readers()
        with contextlib.suppress(OSError):
            remove_folder(unfinished)
    return Repo(git_dir=into.resolve() / ".git", work_tree=into.resolve())


def fetch(
    repo: Repo,
    progress: Progress | None = None,
    *,
    interactive: bool = False,
    refs: Iterable[str] = EVERY_REF,
) -> tuple[str, ...]:
    """Fetch branches; returns those that are no fast-forward, which are not taken over.

    What may be rewritten is taken over where it is newer; what people publish is dropped where the remote has
    it no more. Any other ref that it has no more is dropped where the fetched main has its commits, and one's
    own, which is sent again then. Raises McredError where it has no main any more.

    `refs`: patterns of those to fetch.
    """
    # Read first: our own push meanwhile must not make the fetched refs look rewound.
    known, patterns = _list(repo, _TAKEN), tuple(refs)
    if not _brings_nothing(repo, patterns):
        _fetch(repo, patterns, progress, interactive=interactive)
    fetched = _list(repo, _FETCHED)
    if fetched == known:
        return ()
    heads, ours = _heads(fetched, "refs/heads/"), _heads(known, _TAKEN)
    gone = {ref: tip for ref, tip in ours.items() if _there(ref) not in heads}
    main = heads.get(MAIN)
    if not main and _ours(MAIN) in _asked(ours, patterns):
        raise gone_away(remote_url(repo) or "")
    kept = find_unreached(repo, tuple(gone.values()), main) if main else frozenset(gone.values())
    own = {r for r in _asked(gone, patterns) if resolve(repo, _there(r)) is not None}
    over = [r for r, tip in gone.items() if tip not in kept or r in own or _there(r).startswith(SHOWN_REFS)]
    drop_refs(repo, {ref: ours[ref] for ref in over})
    return _take_over(repo, heads, {ref: tip for ref, tip in ours.items() if ref not in over})


def _brings_nothing(repo: Repo, patterns: Sequence[str]) -> bool:
    """Whether a shared folder has just the branches that were last fetched; False if only git can tell."""
    place = local_path(remote_url(repo) or "")
    if not place or session() is None:
        return False
    here = {f"refs/heads/{name}": target for target, _, name in _list(repo, _FETCHED)}
    there = read_heads(place, here.values())
    if there is None:
        return False
    return {r: there[r] for r in _asked(there, patterns)} == {r: here[r] for r in _asked(here, patterns)}


def _asked(refs: Iterable[str], patterns: Sequence[str]) -> Iterator[str]:
    """The branches that these patterns fetch, or their remote-tracking refs."""
    ends = [pattern.split("*") for pattern in patterns]
    return (r for r in refs if any(_there(r).startswith(a) and r.endswith(z) for a, z in ends))


def _fetch(repo: Repo, patterns: Sequence[str], progress: Progress | None, *, interactive: bool) -> None:
    """Fetch the refs of these patterns, and forget those that the remote does not have any more."""
    refspecs = tuple(f"+{ref}:{_FETCHED}{ref.removeprefix('refs/heads/')}" for ref in patterns)
    listing = known_refs(repo.git_dir)
    options = ("--no-tags", "--prune", "--no-write-fetch-head", "--no-recurse-submodules", "--refmap=")
    for last in (False,) * (_TRIES - 1) + (True,):
        done = _talk(repo, "fetch", *options, "origin", *refspecs, progress=progress, interactive=interactive)
        # Two commands of one user may fetch at once; only one of them gets a ref's lock.
        if done.code == 0 or last or not re.search("cannot lock ref|unable to create .*lock", done.err, re.I):
            break
    if done.code:
        raise _explain(repo, done)
    if " -> " not in done.err:  # git names each ref that it moves
        keep_refs(repo.git_dir, listing)


def fetch_branch(
    repo: Repo, ref: str, progress: Progress | None = None, *, interactive: bool = False
) -> CommitId | None:
    """Fetch one ref with its objects; returns its commit, or None when the remote does not have it."""
    tip = remote_heads(repo, [ref], interactive=interactive).get(ref)
    if tip is None or (resolve(repo, tip) is not None and is_whole(repo, tip)):
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
    """The remote's branches now (ref → commit), by `ls-remote`; with `refs`, only those.

    Those of a shared folder are read from its files.
    """
    wanted = frozenset(refs)
    place = local_path(remote_url(repo) or "")
    if place and (there := read_heads(place)) is not None:
        return {r: CommitId(t) for r, t in there.items() if is_ref(r) and (not wanted or r in wanted)}
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
    together: bool = False,
) -> PushResult:
    """Push these commits to these refs (ref → commit), then read the remote's refs back.

    `expected`: the commit each ref must have at the remote before (None: no ref); others are not sent. What
    arrived before the connection broke counts as sent: the refs read back decide. `together`: all or none.
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
    leases = (f"--force-with-lease={ref}:{old or ''}" for ref, old in _rewritten(repo, sending))
    options = ("--porcelain", "--no-verify", "--no-signed", "--no-follow-tags", *leases)
    # By URL: by name, git would update its remote-tracking refs before they are read back.
    how = (*options, "--atomic") if together else options
    where = ("--", remote_url(repo) or "origin")
    done = _talk(repo, "push", *how, *where, *refspecs, progress=progress, interactive=interactive)
    after = _read_back(repo, sending, done, interactive=interactive)
    sent = tuple(ref for ref, new in sending.items() if ref in after and is_ancestor(repo, new, after[ref]))
    place = local_path(remote_url(repo) or "")
    reasons = read_reasons(done.out.decode("utf-8", "replace"), done.err, is_folder=place is not None)
    missing = [ref for ref in sending if ref not in sent]
    if missing and done.code:
        if denied := place and explain_rights(place, writing=True):
            raise denied
        if not reasons:
            raise _explain(repo, done)
    refused |= {ref: reasons.get(ref, "the server accepted it, but does not have it now") for ref in missing}
    _take_over(repo, {ref: after[ref] for ref in sent}, list_refs(repo, _TAKEN))
    return PushResult(sent=sent, refused=refused)


def delete_refs(repo: Repo, refs: Mapping[str, CommitId], *, interactive: bool = False) -> None:
    """Delete branches at the remote that still have these commits (ref → commit); what it refuses stays."""
    leases = (f"--force-with-lease={ref}:{full_hex(tip)}" for ref, tip in refs.items())
    where = ("--", remote_url(repo) or "origin", *(f":{ref}" for ref in refs))
    how = ("--porcelain", "--no-verify", "--no-signed")
    done = _talk(repo, "push", *how, *leases, *where, interactive=interactive)
    rows = (row.split("\t") for row in done.out.decode("utf-8", "replace").splitlines())
    gone = [row[1].removeprefix(":refs/heads/") for row in rows if row[0] == "-" and len(row) > 1]
    drop_refs(repo, {f"{at}{r}": refs[f"refs/heads/{r}"] for r in gone for at in (_TAKEN, _FETCHED)})


def _rewritten(repo: Repo, sending: Mapping[str, CommitId]) -> Iterator[tuple[str, CommitId | None]]:
    """The refs that a push writes again, and what the remote had of each when it was last asked."""
    for ref, new in sorted(sending.items()):
        old = resolve(repo, _ours(ref)) if ref.startswith(REWRITTEN_REFS) else None
        if ref.startswith(SHOWN_REFS) or (old is not None and not is_ancestor(repo, old, new)):
            yield ref, old


def _read_back(
    repo: Repo, sending: Mapping[str, CommitId], done: Finished, *, interactive: bool
) -> Mapping[str, CommitId]:
    try:
        return remote_heads(repo, sending, interactive=interactive)
    except McredError as error:
        if done.code:
            raise _explain(repo, done) from error
        raise McredError(
            "it was sent, but no answer came back, so it is not certain that it arrived",
            hint="type the same command again; nothing is sent twice",
            code=Exit.UNREACHABLE,
        ) from error


def _explain(repo: Repo, done: Finished) -> McredError:
    """The error for an unreachable remote; for a local folder its permissions explain more than git."""
    url = remote_url(repo) or ""
    place = local_path(url)
    return (place and (explain_rights(place) or explain_lost(place))) or explain_unreachable(done.err, url)


def _list(repo: Repo, under: str) -> list[tuple[str, str, str]]:
    """Target, type and name of each ref below a prefix, without the prefix, so that lists compare."""
    return [(target, kind, name.removeprefix(under)) for target, kind, name in read_refs(repo, under)]


def _heads(listing: Iterable[tuple[str, str, str]], under: str) -> Mapping[str, CommitId]:
    """Ref → commit of a list, below another prefix; names outside mcred's pattern are left out."""
    heads: dict[str, CommitId] = {}
    for target, kind, name in listing:
        if kind == "commit" and is_ref(under + name):
            heads[under + name] = CommitId(target)
    return heads


def _take_over(repo: Repo, heads: Mapping[str, CommitId], known: Mapping[str, CommitId]) -> tuple[str, ...]:
    """Move the remote-tracking refs; returns the refs that are no fast-forward and may not be rewritten."""
    rewritten: list[str] = []
    updates: list[tuple[str, CommitId, CommitId | None]] = []
    for ref, new in heads.items():
        ours = _ours(ref)
        old = known.get(ours)
        may_rewrite = ref.startswith(REWRITTEN_REFS) and old is not None and is_newer(repo, new, old)
        if old is not None and not may_rewrite and not is_ancestor(repo, old, new):
            rewritten.append(ref)
        elif old != new:
            updates.append((ours, new, old))
    _drop_in_the_way(repo, known, [ref for ref, _, old in updates if old is None])
    try:
        move_refs(repo, updates)
    except Moved:
        # Another command moved some of them at the same time; move the rest one by one.
        for update in updates:
            with contextlib.suppress(Moved):
                move_refs(repo, [update])
    if len(updates) >= _SOME:
        _tidy(repo, len(updates))
    return tuple(rewritten)


def _tidy(repo: Repo, updates: int) -> None:
    """Write git's commit-graph and pack refs, as `gc.auto` would; failures are ignored.

    Walks are then five times as fast, and reading thousands of refs ten times. Not left to `fetch`, which
    would fail on a lock left by an interrupted one.
    """
    attempt(repo, "commit-graph", "write", "--reachable", "--split")
    if updates >= _MANY:
        attempt(repo, "pack-refs", "--all")


def _drop_in_the_way(repo: Repo, known: Mapping[str, CommitId], new: Iterable[str]) -> None:
    """Delete stale remote-tracking refs whose names conflict with new ones (`a` and `a/b`)."""
    stale = [old for old in known for ref in new if old.startswith(f"{ref}/") or ref.startswith(f"{old}/")]
    drop_refs(repo, {ref: known[ref] for ref in stale})


def _ours(ref: str) -> str:
    """The remote-tracking ref of a branch."""
    return ref.replace("refs/heads/", _TAKEN, 1)


def _there(ref: str) -> str:
    """The branch of a remote-tracking ref."""
    return ref.replace(_TAKEN, "refs/heads/", 1)


def _talk(
    repo: Repo, verb: str, *args: str, progress: Progress | None = None, interactive: bool = False
) -> Finished:
    """Run a git command against the remote, with a fixed program there whatever the configuration says."""
    url = remote_url(repo)
    if url is None:
        raise McredError(
            "this folder has no shared copy yet, so there is nowhere to send to or fetch from",
            hint="mcred join URL",
        )
    program = "--receive-pack=git-receive-pack" if verb == "push" else "--upload-pack=git-upload-pack"
    ssh = None if url.startswith(("https://", "file://", "/")) else ssh_command(interactive=interactive)
    shown = () if progress is None else ("--progress",)
    hear = None if progress is None else progress_parser(progress)

    def ask(settings: Path | None = None) -> Finished:
        done = attempt(repo, verb, *shown, program, *args, ssh=ssh, settings=settings, on_stderr=hear)
        owned = find_owned(done.err)
        if done.code and owned and settings is None and _names(url, owned):
            # The remote is this very folder, so that another user owns it is expected.
            with trusted(repo, owned) as trusting:
                return ask(trusting)
        return done

    done = ask()
    if done.code and re.search(r"bad object refs/|not our ref 0{40}", done.err) and _clear_away(repo, url):
        done = ask()
    return done


def _names(url: str, place: str) -> bool:
    """Whether a folder named by git is the one a remote URL names."""
    named = local_path(url)
    return named is not None and place in {f"{named}{more}" for more in ("", ".git", "/.git", ".git/.git")}


def _clear_away(repo: Repo, url: str) -> bool:
    """Move foreign files out of the git directory, here and in a local remote; whether there were any."""
    place = local_path(url)
    there = Repo(git_dir=place, work_tree=None) if place and (place / "refs").is_dir() else None
    cleared = [clear_foreign(one.common_dir, one.state_dir) for one in (repo, there) if one]
    return any(cleared)

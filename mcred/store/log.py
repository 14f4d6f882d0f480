"""The commit log as values: commits with their trailers and verified signers.

All bytes may be forged: names and dates are for display, only `signer` identifies the committer. Does not
know what a trailer means.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from itertools import islice

from msgspec import Struct

from mcred.domain.ids import BlobId, CommitId
from mcred.problems import McredError
from mcred.store.files.commit_graph import is_listed
from mcred.store.git import Repo, ask_objects, attempt, full_hex, resolve, run
from mcred.store.outcome import GitFailed
from mcred.store.session import session
from mcred.store.signatures import signer_of
from mcred.store.snapshot import UNASKABLE, Entry, read_objects
from mcred.store.walk import NEAR, TooFar, first_parents, links, list_commits, parse_parents, parse_tree_id

_PERSON = re.compile(rb"(?P<name>.*?) ?<(?P<email>[^<>\n]*)> (?P<seconds>-?\d{1,12}) (?P<zone>[+-]\d{4})")
_TRAILER = re.compile(r"(?P<key>[A-Za-z][A-Za-z0-9-]*): *(?P<value>.*)")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Commit(Struct, frozen=True, kw_only=True):
    """A parsed commit; `signer` is the public key of its valid signature, or None."""

    id: CommitId
    tree: str
    parents: tuple[CommitId, ...]
    author: str
    email: str
    when: datetime
    message: str
    trailers: Mapping[str, str]
    signer: str | None


class Change(Struct, frozen=True, kw_only=True):
    """One path that differs between two commits; None means that the path does not exist."""

    path: str
    old: Entry | None
    new: Entry | None


def walk_log(
    repo: Repo,
    include: Sequence[CommitId],
    exclude: Sequence[CommitId] = (),
    *,
    first_parent: bool = False,
    verify: bool = True,
) -> tuple[Commit, ...]:
    """Every commit reachable from `include` and not from `exclude`, oldest first.

    The order depends only on the commits, never on the order of the arguments. Without `verify`, every
    `signer` is None: quick, but not to be trusted.
    """
    if not include:
        return ()
    names = list_commits(repo, include, exclude, first_parent=first_parent)[::-1]
    return tuple(
        parse_commit(CommitId(name), raw, verify=verify) for name, _, raw in read_objects(repo, names)
    )


def list_touching(
    repo: Repo, include: Sequence[CommitId], under: str
) -> tuple[tuple[CommitId, datetime], ...]:
    """(commit, time) of each commit reachable from `include` that changed a folder, newest first."""
    if not include:
        return ()
    asked = "\n".join(full_hex(commit) for commit in sorted(set(include)))
    options = ("--full-history", "--date-order", "--timestamp", "--stdin")
    listing = run(repo, "rev-list", *options, "--", under, stdin=asked.encode()).decode("ascii")
    rows = (line.split(" ") for line in listing.splitlines())
    return tuple((CommitId(name), _moment(int(when))) for when, name in rows)


def _moment(seconds: int) -> datetime:
    """A Unix time as a datetime; a fixed minimum when it is out of range."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return _EPOCH


def read_commit(repo: Repo, commit: CommitId, *, verify: bool = True) -> Commit:
    """Read and parse one commit."""
    for name, kind, raw in read_objects(repo, [full_hex(commit)]):
        if kind == "commit":
            return parse_commit(CommitId(name), raw, verify=verify)
    raise McredError(f"{commit[:12]} is not an entry in the history", hint="mcred sync")


def find_signed(repo: Repo, commit: CommitId, keys: Collection[str]) -> Commit | None:
    """The newest commit signed by one of these public keys, among the last thousand first parents."""
    chain = first_parents(repo, commit)
    for most in (8, 992):
        for name, _, raw in read_objects(repo, list(islice(chain, most))):
            step = parse_commit(CommitId(name), raw)
            if step.signer in keys:
                return step
    return None


def parse_commit(name: CommitId, raw: bytes, *, verify: bool = True) -> Commit:
    """Parse a commit from its raw bytes; never raises, whatever they are."""
    head, _, body = raw.partition(b"\n\n")
    lines = head.split(b"\n")
    author = next((line[7:] for line in lines if line.startswith(b"author ")), b"")
    person, email, when = _parse_person(author)
    message = body.decode("utf-8", "replace").replace("\r\n", "\n")
    return Commit(
        id=name,
        tree=parse_tree_id(raw),
        parents=parse_parents(head),
        author=person,
        email=email,
        when=when,
        message=message,
        trailers=parse_trailers(message),
        signer=signer_of(raw) if verify else None,
    )


def parse_trailers(message: str) -> Mapping[str, str]:
    """The `Mcred-…` trailers of a message's last paragraph; a duplicate key is dropped.

    >>> dict(parse_trailers("Ask for review\\n\\nMcred-Event: submit\\nMcred-Attempt: 2\\n"))
    {'Mcred-Event': 'submit', 'Mcred-Attempt': '2'}
    """
    paragraphs = re.split(r"\n[ \t]*\n", message.strip("\n"))
    if len(paragraphs) < 2:
        return {}
    found: dict[str, str] = {}
    repeated: set[str] = set()
    for line in paragraphs[-1].strip("\n").split("\n"):
        trailer = _TRAILER.fullmatch(line)
        if trailer is None:
            return {}
        key = trailer["key"]
        if key in found:
            repeated.add(key)
        found[key] = trailer["value"].strip()
    return {key: value for key, value in found.items() if key.startswith("Mcred-") and key not in repeated}


def find_blob_versions(repo: Repo, commit: CommitId, path: str) -> tuple[BlobId, ...]:
    """Every blob that a path ever had in the history of a commit, newest first."""
    if UNASKABLE.search(path):
        return ()
    touching = run(repo, "rev-list", "--full-history", "--topo-order", full_hex(commit), "--", path).split()
    asked = [f"{name.decode('ascii')}:{path}" for name in touching]
    found = (words for words, _ in ask_objects(repo, asked, sizes=True))
    return tuple(dict.fromkeys(BlobId(words[0]) for words in found if len(words) == 3 and words[1] == "blob"))


def list_altered(repo: Repo, commit: CommitId, under: str) -> frozenset[str]:
    """The paths below a folder that some commit up to this one changed or took away."""
    how = ("--full-history", "--diff-merges=first-parent", "--no-renames", "--diff-filter=DMT")
    told = run(repo, "log", "--format=", "--name-only", "-z", *how, full_hex(commit), "--", under)
    return frozenset(path.decode("utf-8", "surrogateescape") for path in told.split(b"\0") if path)


def is_ancestor(repo: Repo, a: CommitId, b: CommitId) -> bool:
    """Whether `a` is an ancestor of `b` (or is `b`).

    False also when only `a` is not stored locally; McredError when a part of `b`'s history is not.
    """
    if full_hex(a) == full_hex(b):
        return True
    if (near := _history(repo, b, until=a)) is not None:
        return a in near
    kept = session()
    known: bool | None = kept.kept("ancestors", (repo, a, b)) if kept is not None else None
    if known is not None:
        return known
    done = attempt(repo, "merge-base", "--is-ancestor", a, b)
    if done.code not in (0, 1, 128):
        raise GitFailed(("merge-base",), done.code, done.err)
    if done.code and done.err:
        # git tells apart neither which of the two is missing nor that a part of the history is.
        if resolve(repo, a) is not None and resolve(repo, b) is not None:
            raise GitFailed(("merge-base",), done.code, done.err)
        if resolve(repo, b) is not None:
            run(repo, "rev-list", "--count", b)
    if kept is not None and done.code in (0, 1):
        # 128 is not cached: a commit missing now may be fetched later.
        kept.keep("ancestors", (repo, a, b), done.code == 0)
    return done.code == 0


def _history(repo: Repo, tip: CommitId, until: CommitId | None = None) -> Collection[CommitId] | None:
    """A commit with all its ancestors, or only as far as `until`.

    None outside a session, where they are many, and where one is not stored locally.
    """
    if session() is None:
        return None
    # Where git lists commits, it lists their ancestors too: it is not among them.
    is_apart = until is not None and _is_listed(repo, until) is False
    seen, todo = {tip}, [tip]
    try:
        while todo:
            if is_apart:
                todo = [name for name in todo if name == until or not _is_listed(repo, name)]
            known = links(repo, todo)
            if until in todo:
                break
            todo = [*dict.fromkeys(p for name in todo for p in known[name][1] if p not in seen)]
            seen.update(todo)
            if len(seen) > NEAR:
                return None
    except TooFar:
        return None
    return seen


def _is_listed(repo: Repo, commit: CommitId) -> bool | None:
    return None if repo.by_objects else is_listed(repo.common_dir / "objects", commit)


def find_unreached(repo: Repo, commits: Sequence[CommitId], known: CommitId) -> frozenset[CommitId]:
    """The commits that are not ancestors of `known`; one process for all."""
    if not commits:
        return frozenset()
    if (near := _history(repo, known)) is not None and all(resolve(repo, c) for c in commits):
        return frozenset(commits).difference(near)
    return frozenset(commits).intersection(list_commits(repo, commits, [known]))


def is_whole(repo: Repo, commit: CommitId) -> bool:
    """Whether a commit is stored here with all that it needs.

    For one that no ref has: a killed fetch leaves commits without their files, and moves no ref.
    """
    asked = ("--objects", "--quiet", full_hex(commit), "--not", "--all")
    return attempt(repo, "rev-list", *asked).code == 0


def is_newer(repo: Repo, new: CommitId, old: CommitId) -> bool:
    """Whether one commit is dated later than another."""
    return read_commit(repo, new, verify=False).when > read_commit(repo, old, verify=False).when


def read_dates(repo: Repo, commits: Sequence[CommitId]) -> Mapping[CommitId, datetime]:
    """Commit → committer date in UTC; commits not stored locally are left out.

    One process for all. Dates are claims, as everything but `signer` is.
    """
    if not commits:
        return {}
    asked = "\n".join(full_hex(c) for c in sorted(set(commits)))
    options = ("--no-walk=unsorted", "--ignore-missing", "--timestamp", "--stdin")
    listing = run(repo, "rev-list", *options, stdin=asked.encode("ascii")).decode("ascii")
    rows = (line.split(" ") for line in listing.splitlines())
    return {CommitId(name): _EPOCH + timedelta(seconds=int(seconds)) for seconds, name in rows}


def merge_base(repo: Repo, a: CommitId, b: CommitId) -> CommitId | None:
    """The merge base of two commits, or None when they have no common history."""
    found = run(repo, "merge-base", full_hex(a), full_hex(b), ok=(0, 1)).decode("ascii").split()
    return CommitId(found[0]) if found else None


def _parse_person(line: bytes) -> tuple[str, str, datetime]:
    person = _PERSON.fullmatch(line)
    if person is None:
        return line.partition(b"<")[0].decode("utf-8", "replace").strip(), "", _EPOCH
    zone = person["zone"].decode("ascii")
    minutes = int(zone[1:3]) * 60 + int(zone[3:5])
    offset = timedelta(minutes=-minutes if zone[0] == "-" else minutes)
    try:
        when = (_EPOCH + timedelta(seconds=int(person["seconds"]))).astimezone(timezone(offset))
    except (OverflowError, ValueError):
        when = _EPOCH
    return person["name"].decode("utf-8", "replace").strip(), person["email"].decode("utf-8", "replace"), when

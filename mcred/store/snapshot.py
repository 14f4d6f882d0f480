"""The tree of one commit, the bytes of selected files, and the checks every foreign tree must pass.

Trees are read as git wrote them, symlinks and submodules included, and never checked out. Does not know
what a path means; the checks are of names, modes and sizes only (TRUST: Threats and controls).

>>> explain_bad_path("portfolios/ana/aux.md")
"'aux' is a name reserved by Windows"
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from msgspec import Struct

from mcred.domain.ids import BlobId, CommitId, is_hex
from mcred.domain.layout import PORTFOLIOS
from mcred.problems import Place, Problem
from mcred.store.files.objects import parse_tree
from mcred.store.git import Repo, ask_objects, full_hex, run
from mcred.store.os_errors import missing
from mcred.store.outcome import GitFailed, TooMuch
from mcred.store.session import session

_MIB = 1024 * 1024
LARGEST = 100 * _MIB
"""The largest file that is accepted, in bytes."""
REGULAR = frozenset({"100644", "100755"})
FOLDER = "40000"
"""The mode of a folder; in an `Entry`, of one with more paths than can be listed."""
SUBMODULE = "160000"
"""The mode of a submodule's commit."""
DOUBLED = "doubled"
"""mcred's mode for a name that is twice in one folder."""

_PLAIN = REGULAR | {"120000", SUBMODULE}
MAX_FOLDER = 20_000
"""The most files below one folder; trees that repeat each other can expand to far more."""
MAX_DEPTH = 40
MAX_PATHS = 250_000
"""The most paths listed of one tree."""
KEPT_PATHS = 2_000
"""The longest listing of a tree that a session caches."""
MAX_LISTING = 32 * _MIB
"""The limit for git's output when it lists paths or changes, in bytes."""
MAX_READ = _MIB
"""The largest file whose content is parsed (texts, rules, records), in bytes."""
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?: *\..*)?")
_WINDOWS_SIGNS = re.compile(r'[<>:"\\|?*]')
# Control characters; then bidirectional and invisible ones, which make two names look like one.
_UNSEEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
UNASKABLE = re.compile(r"[\x00\n\r]")
"""Characters that end a name in git's line-based batch input."""
_GIT_SHORT = re.compile(r"git~[0-9]+|gi[0-9a-f]{4}~[0-9]+")
# Files that make some program act just because they exist in a repository.
_ACTIVE = frozenset(
    {
        *(".gitattributes", ".gitmodules", ".gitconfig", ".mailmap", ".lfsconfig"),
        *(".github", ".gitlab", ".gitlab-ci.yml", ".gitea", ".forgejo", ".circleci", ".woodpecker"),
        *(".woodpecker.yml", ".woodpecker.yaml", ".travis.yml", ".drone.yml", ".ci", ".buildkite"),
        *("jenkinsfile", "azure-pipelines.yml", "bitbucket-pipelines.yml", ".pre-commit-config.yaml"),
    }
)


class Entry(Struct, frozen=True, kw_only=True):
    """One entry of a tree: mode, object id and size in bytes."""

    mode: str
    blob: BlobId
    size: int


class Snapshot(Struct, frozen=True, kw_only=True):
    """The tree of one commit, and the bytes of selected paths."""

    commit: CommitId
    entries: Mapping[str, Entry]
    contents: Mapping[str, bytes]


def list_tree(
    repo: Repo, treeish: CommitId, *under: str, without: re.Pattern[str] | None = None
) -> Mapping[str, Entry]:
    """Path → entry for a commit or tree, recursively; `under` restricts it to some folders or files.

    `without` leaves out paths whose beginning matches; sizes are then not read and are 0.
    A folder with too many paths to list is one entry of mode `FOLDER`.
    """
    kept = session()
    asked = (repo.git_dir, treeish, under, without)
    if kept is not None and (known := kept.kept("trees", asked)) is not None:
        listed: Mapping[str, Entry] = known
        return listed
    entries = _list_tree(repo, treeish, under, without)
    if kept is not None and len(entries) <= KEPT_PATHS:
        kept.keep("trees", asked, entries)
    return entries


def _list_tree(
    repo: Repo, treeish: CommitId, under: tuple[str, ...], without: re.Pattern[str] | None
) -> Mapping[str, Entry]:
    from mcred.store.oversized_trees import is_small, list_thin

    where = ("--", *(path.rstrip("/") for path in under)) if under else ()
    how = ("-r", "-l", "-z", "--full-tree") if without is None else ("-r", "-z", "--full-tree")
    if repo.git_dir in _CROWDED:
        return list_thin(repo, treeish, under, without)
    if session() is not None and ((under and without is None) or is_small(repo, treeish)):
        # A few folders are read faster here than by a new process.
        found = list_thin(repo, treeish, under, without, here=without is None)
        if all(entry.mode in _PLAIN for entry in found.values()):
            return found
        # git normalizes odd modes.
    try:
        listing = run(repo, "ls-tree", *how, full_hex(treeish), *where, most=MAX_LISTING)
    except (TooMuch, GitFailed):
        _CROWDED.add(repo.git_dir)
        return list_thin(repo, treeish, under, without)
    entries = _list_all(listing) if without is None else _list_some(listing, without)
    return list_thin(repo, treeish, under, without) if _is_crowded(tuple(entries)) else entries


_CROWDED: set[Path] = set()
"""Repositories with a tree too large to list: their other trees probably are too."""


def _is_crowded(paths: Sequence[str]) -> bool:
    """Whether a folder of a portfolio, or the whole tree, exceeds its limit of paths."""
    step = MAX_FOLDER // 2
    leads = [path.split("/", 3)[:3] for path in paths[::step]]
    # Paths of one folder are adjacent: where two are this far apart, it is worth counting.
    near = {"/".join(a) + "/" for a, b in pairwise(leads) if a == b and len(a) == 3}
    return len(paths) > MAX_PATHS or any(sum(p.startswith(lead) for p in paths) > MAX_FOLDER for lead in near)


def _list_all(listing: bytes) -> dict[str, Entry]:
    entries: dict[str, Entry] = {}
    for line in listing.split(b"\0")[:-1]:
        fields, _, name = line.partition(b"\t")
        mode, _, blob, size = fields.decode("ascii").split()
        if size == "BAD":
            raise missing(blob)
        path = name.decode("utf-8", "surrogateescape")
        # git never writes a name twice in a tree; in a forged one two readers could take different entries.
        mode = DOUBLED if path in entries else mode
        entries[path] = Entry(mode=mode, blob=BlobId(blob), size=int(size) if size != "-" else 0)
    return entries


def _list_some(listing: bytes, without: re.Pattern[str]) -> dict[str, Entry]:
    entries: dict[str, Entry] = {}
    for line in listing.decode("utf-8", "surrogateescape").split("\0")[:-1]:
        fields, _, path = line.partition("\t")
        if without.match(path) is None:
            mode, _, blob = fields.split()
            entries[path] = Entry(mode=DOUBLED if path in entries else mode, blob=BlobId(blob), size=0)
    return entries


def list_folders(repo: Repo, commit: CommitId, *under: str) -> Mapping[str, str]:
    """Path → object id (tree or blob) of the direct children of some folders of a commit."""
    leads = {"/".join(path.split("/")[:end]) for path in under for end in range(1, path.count("/") + 2)}
    found: dict[str, str] = {}
    here = dict(zip([""], tree_ids(repo, [commit]), strict=True))
    while here:
        below = {}
        for folder, (tree, _, raw) in zip(here, read_objects(repo, here.values()), strict=True):
            for mode, name, inner in parse_tree(raw, len(tree) // 2):
                path = f"{folder}/{name}".lstrip("/")
                if folder in under:
                    found[path] = inner
                if mode == FOLDER and path in leads:
                    below[path] = inner
        here = below
    return found


def read_blobs(repo: Repo, blobs: Iterable[BlobId]) -> Mapping[BlobId, bytes]:
    """Blob id → bytes, with one process for all."""
    wanted = sorted({full_hex(blob) for blob in blobs})
    return {BlobId(name): data for name, kind, data in read_objects(repo, wanted) if kind == "blob"}


def read_objects(repo: Repo, names: Iterable[str]) -> Iterable[tuple[str, str, bytes]]:
    """Name, type and raw bytes of each object, in the given order; McredError for a missing one."""
    names = [full_hex(name) for name in names]
    for name, (words, data) in zip(names, ask_objects(repo, names), strict=True):
        if len(words) != 3:
            raise missing(name)
        yield name, words[1], data


def tree_ids(repo: Repo, names: Sequence[str]) -> list[str]:
    """The tree ids of commits (or trees); one that is not stored locally raises McredError."""
    trees = []
    for name, kind, raw in read_objects(repo, names):
        tree = name if kind == "tree" else raw[5 : 5 + len(name)].decode("ascii", "replace")
        if kind not in ("tree", "commit") or not is_hex(tree):
            raise missing(name)
        trees.append(tree)
    return trees


def take_snapshot(
    repo: Repo,
    commit: CommitId,
    want: Callable[[str, Entry], bool],
    *under: str,
    without: re.Pattern[str] | None = None,
) -> Snapshot:
    """The tree of a commit, or some folders and files of it, with the bytes of the files `want` selects.

    `without`: as in `list_tree`.
    """
    entries = list_tree(repo, commit, *under, without=without)
    from mcred.store.batch import read_small

    wanted = {
        path: entry.blob
        for path, entry in entries.items()
        if entry.mode in REGULAR and entry.size <= MAX_READ and want(path, entry)
    }
    # With `without`, sizes were not read yet.
    found = read_blobs(repo, wanted.values()) if without is None else read_small(repo, wanted.values())
    return Snapshot(
        commit=commit,
        entries=entries,
        contents={path: found[blob] for path, blob in wanted.items() if blob in found},
    )


def gate(
    entries: Mapping[str, Entry], *, max_file: int = LARGEST, max_entries: int = 200_000
) -> tuple[Problem, ...]:
    """Every problem of a tree by names, modes and sizes; empty when it is safe to read."""
    problems = explain_faults(find_faults(entries, max_file=max_file))
    crowd = (explain_crowd("", len(entries), max_entries),) if len(entries) > max_entries else ()
    return (*crowd, *problems)


def explain_faults(faults: Iterable[tuple[str, str, str]]) -> tuple[Problem, ...]:
    """The results of `find_faults` as problems to show."""
    return tuple(
        Problem(what=what, where=Place(file=_printable(path)), hint=hint) for path, what, hint in faults
    )


def explain_crowd(folder: str, count: int, most: int = MAX_FOLDER) -> Problem:
    """The problem of a folder ('' for the whole tree) with too many files."""
    return Problem(
        what=f"there are {count:,} files; at most {most:,} can be read",
        where=Place(file=folder) if folder else None,
        hint="remove folders that were added by mistake, then try again",
    )


def find_faults(entries: Mapping[str, Entry], *, max_file: int = LARGEST) -> tuple[tuple[str, str, str], ...]:
    """(path, what is wrong, hint) of every fault, sorted by path."""
    faults: list[tuple[str, str, str]] = []
    folders, paths = _folders(entries), sorted(entries)
    for path in paths:
        entry = entries[path]
        mode = DOUBLED if path in folders and entry.mode != FOLDER else entry.mode
        if mode not in REGULAR:
            faults.append((path, *_explain_mode(mode)))
        if entry.size > max_file:
            faults.append(
                (
                    path,
                    f"the file has {entry.size / _MIB:,.0f} MiB; at most {max_file / _MIB:,.0f} are taken",
                    "move it to where your school stores videos, then: mcred add URL --for ITEM --copy FILE",
                )
            )
        if bad := explain_bad_path(path):
            faults.append((path, bad, f"rename it; it could be '{_suggest(path)}'"))
        elif path.startswith(f"{PORTFOLIOS}/") and (active := _find_active(path)):
            faults.append((path, f"'{active}' does not belong in a portfolio", "remove it"))
    # Of twins the plain spelling is kept: every name that a programme needs is spelled like that.
    faults += find_twins(sorted(paths, key=lambda path: as_one_name(path) != path))
    return tuple(sorted(faults))


def explain_bad_path(path: str) -> str:
    """Why a path is not accepted (on Windows, on macOS, or at all), or '' when it is."""
    for part in path.split("/"):
        if why := _explain_bad_part(part):
            return why
    return ""


@lru_cache(maxsize=4096)
def _explain_bad_part(part: str) -> str:
    shown = _printable(part)
    rules = (
        (part in ("", ".", ".."), "a path contains an empty part, '.', or '..'"),
        (
            part.encode("utf-8", "surrogateescape") != part.encode("utf-8", "replace"),
            f"'{shown}' is not UTF-8",
        ),
        (_UNSEEN.search(part), f"'{shown}' contains a control character or an invisible one"),
        (_is_git_like(part), f"'{shown}' is a name reserved by git"),
        (_WINDOWS_SIGNS.search(part), f"'{shown}' has one of < > : \" \\ | ? * in it"),
        (
            part.endswith((".", " ")) or part.startswith(" "),
            f"'{shown}' begins or ends with a space or a dot",
        ),
        (_RESERVED.fullmatch(part), f"'{part.split('.')[0].strip()}' is a name reserved by Windows"),
        (len(part.encode("utf-8", "replace")) > 200, f"'{shown[:40]}…' is longer than 200 bytes"),
        (
            unicodedata.normalize("NFC", part) != part,
            f"'{shown}' has accents stored separately from their letters",
        ),
    )
    return next((why for broken, why in rules if broken), "")


def _is_git_like(part: str) -> bool:
    """Whether a name is `.git` in any spelling that macOS or Windows takes for it."""
    plain = _UNSEEN.sub("", part).casefold().split(":")[0].rstrip(". ")
    return plain == ".git" or bool(_GIT_SHORT.fullmatch(plain))


def _find_active(path: str) -> str:
    """The first part of a path that belongs in no portfolio, '' for none."""
    if _ACTIVE.isdisjoint(path.casefold().split("/")):
        return ""
    return next((part for part in path.split("/") if part.casefold() in _ACTIVE), "")


def find_twins(paths: Iterable[str]) -> Iterable[tuple[str, str, str]]:
    """Faults of paths, or folders above them, that are the same on a case-insensitive disk.

    The later one of two is reported.
    """
    paths = tuple(paths)
    # Of two spellings at least one is not the plain one.
    if all(as_one_name(path) == path for path in paths):
        return
    first: dict[str, str] = {}
    seen: set[str] = set()
    for path in paths:
        leads = [path]
        while (above := leads[-1].rpartition("/")[0]) and above not in seen:
            leads.append(above)
        for lead in reversed(leads):
            if lead in seen:
                continue
            seen.add(lead)
            twin = first.setdefault(as_one_name(lead), lead)
            if twin != lead:
                yield (
                    path,
                    f"'{_printable(lead)}' and '{_printable(twin)}' are the same name on many computers",
                    "rename one of them",
                )
                break


def as_one_name(path: str) -> str:
    """A key that is equal for all spellings a disk may treat as one name."""
    if path.isascii():
        return path.casefold()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def _folders(paths: Iterable[str]) -> set[str]:
    """Every folder above some paths."""
    found: set[str] = set()
    for path in paths:
        lead = path.rpartition("/")[0]
        while lead and lead not in found:
            found.add(lead)
            lead = lead.rpartition("/")[0]
    return found


def _explain_mode(mode: str) -> tuple[str, str]:
    return {
        FOLDER: (f"this folder holds more than {MAX_FOLDER:,} files, or is too deep", "remove it"),
        "120000": ("this is a link to another file, not a file", "replace it with a copy of the file"),
        "160000": ("this is another repository inside this one", "remove it, and copy its files if needed"),
        DOUBLED: ("this name appears twice in one folder", "this was not made by git; do not trust it"),
    }.get(mode, (f"this is stored in an unexpected way ({mode})", "remove the file, add it again and save"))


def _suggest(path: str) -> str:
    return "/".join(_suggest_part(part) for part in path.split("/") if part not in ("", ".", ".."))


def _suggest_part(part: str) -> str:
    if not _explain_bad_part(part):
        return part
    text = part.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\ufffd", "-")
    text = (
        _WINDOWS_SIGNS.sub("-", _UNSEEN.sub("", unicodedata.normalize("NFC", text))).strip(" ").rstrip(". ")
    )
    if len(text.encode()) > 200:
        stem, dot, ending = text.rpartition(".")
        ending = dot + ending if stem and len(ending) < 10 else ""
        text = text.encode()[:120].decode("utf-8", "ignore") + ending
    return text if text and not _explain_bad_part(text) else f"file-{text.lstrip('.')}"


def _printable(path: str) -> str:
    return path.encode("utf-8", "backslashreplace").decode()

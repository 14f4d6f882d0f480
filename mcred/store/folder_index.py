"""The index of the working copy: files found without following links, hashed as git would, and cached.

`Laid` is mcred's private record of what was last checked out. Its sizes and times only save reading: a file
whose record is as young as the record file itself is always hashed.

>>> normalise("a.md", b"\\xef\\xbb\\xbfone\\r\\ntwo\\r\\n")
b'one\\ntwo\\n'
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct, field

from mcred.domain.ids import BlobId, CommitId
from mcred.domain.pieces import FileDigest
from mcred.domain.sealed.large_file import LARGE, write_pointer
from mcred.domain.text import as_stored, as_typed
from mcred.problems import McredError, Place, Problem
from mcred.retries import retry
from mcred.store.atomic import PART_PREFIX, write_whole
from mcred.store.git import Repo
from mcred.store.snapshot import LARGEST, as_one_name

_TEXT = (".md", ".yaml", ".yml", ".txt")
_DROPPING = re.compile(
    r"(?i)\.DS_Store|Thumbs\.db|desktop\.ini|Icon\r|~\$.*|\.~lock\..*|\._.*|.*\.sw[op]|.*~|\.#.*|#.*#|\..*\.icloud"
    rf"|{re.escape(PART_PREFIX)}.*",
    re.DOTALL,
)
_SLACK = 2_000_000_000
"""Nanoseconds: the coarsest clock of a file system still in use (FAT, on memory sticks)."""


class Seen(Struct, frozen=True, kw_only=True):
    """A checked-out file: its blob, and its size and mtime when it last had that content (0: never)."""

    blob: BlobId
    size: int = 0
    modified: int = 0


class Laid(Struct, frozen=True, kw_only=True):
    """What is checked out: all of `tree`, and possibly parts of `begun` (checkouts that were killed)."""

    tree: str | None = None
    main: CommitId | None = None
    """The commit that git's index was last moved to: the next call goes on from it where that failed."""
    files: Mapping[str, Seen] = field(default_factory=dict)
    begun: tuple[str, ...] = ()
    saved: int = 0
    """When the record was saved, by the file system's clock."""


def read_laid(repo: Repo) -> Laid:
    """The stored record; an empty one when it is missing or unreadable."""
    path = _record(repo)
    try:
        saved = path.stat().st_mtime_ns
        raw = json.loads(path.read_bytes())
        return Laid(
            tree=raw["tree"],
            main=CommitId(raw["main"]) if raw["main"] else None,
            files={
                name: Seen(blob=BlobId(blob), size=size, modified=modified)
                for name, (blob, size, modified) in raw["files"].items()
            },
            begun=tuple(raw["begun"]),
            saved=saved,
        )
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        # Without a record every file counts as the user's own, so that none is overwritten.
        return Laid()


def save_laid(repo: Repo, laid: Laid) -> None:
    """Replace the stored record atomically."""
    raw = {
        "format": 1,
        "tree": laid.tree,
        "main": laid.main,
        "begun": laid.begun,
        "files": {name: (seen.blob, seen.size, seen.modified) for name, seen in laid.files.items()},
    }
    write_whole(_record(repo), json.dumps(raw, separators=(",", ":")).encode())


def _record(repo: Repo) -> Path:
    return repo.own_state_dir / "laid.json"


def find_files(
    work_tree: Path, under: str, odd: list[Problem] | None = None
) -> Iterator[tuple[str, Path, os.stat_result]]:
    """(tree path, disk path, stat) of each file below a folder; McredError for what cannot be stored.

    Tree paths are in composed form (NFC), because macOS may decompose a name.
    `odd`: collects what cannot be stored, which is then skipped instead.
    """
    start = work_tree
    for part in (part for part in under.split("/") if part):
        start = start / part
        if start.is_symlink():
            raise _link_error(start, work_tree)
    seen: set[str] = set()
    if not start.is_dir():
        return
    for path, found in _walk(start, work_tree):
        name = unicodedata.normalize("NFC", path.relative_to(work_tree).as_posix())
        if name in seen and not isinstance(found, McredError):
            found = McredError(
                f"two files are named {name}; they differ only in how an accent is written",
                hint="rename or remove one of them",
            )
        if isinstance(found, McredError):
            if odd is None:
                raise found
            odd.append(Problem(what=found.what, where=Place(file=name), hint=found.hint))
            continue
        seen.add(name)
        yield name, path, found


def _walk(folder: Path, work_tree: Path) -> Iterator[tuple[Path, os.stat_result | McredError]]:
    with os.scandir(folder) as listing:
        items = sorted(listing, key=lambda item: item.name)
    for item in items:
        path = Path(item.path)
        if item.is_symlink():
            yield path, _link_error(path, work_tree)
        elif folder == work_tree and item.name.casefold() == ".git":
            continue
        elif item.is_dir(follow_symlinks=False):
            if item.name.casefold() == ".git":
                error = McredError(
                    f"{path.parent.relative_to(work_tree)} contains another project with its own history",
                    hint=f"move the folder {path.relative_to(work_tree)} somewhere else",
                )
                yield path, error
            else:
                yield from _walk(path, work_tree)
        elif is_dropping(item.name):
            continue
        elif item.is_file(follow_symlinks=False):
            # Not the directory entry's stat: on Windows that can be older than the file's.
            yield path, path.lstat()
        else:
            said = f"{path.relative_to(work_tree)} is not a file that can be stored"
            yield path, McredError(said, hint="remove it")


def _link_error(path: Path, work_tree: Path) -> McredError:
    name = path.relative_to(work_tree).as_posix()
    return McredError(
        f"{name} is a link to another place, so its content would not be included",
        hint=f"replace it with a copy of the {'folder' if path.is_dir() else 'file'} itself",
    )


def is_dropping(name: str) -> bool:
    """Whether a file has a name that systems and editors give to files of their own.

    >>> is_dropping("~$plan.docx"), is_dropping("plan.docx")
    (True, False)
    """
    return _DROPPING.fullmatch(name) is not None


def place_of(root: Path, path: str) -> Path:
    """A tree path's path on disk, also where the disk has another Unicode normalization of it."""
    place = root
    for part in path.split("/"):
        place = place / _spelled(place, part)
    return place


def find_typed(at: Path, name: str | Path) -> Path:
    """The path of a file or folder as a person typed its name, also where the disk spells that otherwise:
    accents apart from their letters, or another kind of space (macOS has one in names of screenshots).

    A path that does not exist, or fits several files, is returned as it was typed.
    """
    typed = at / name
    if os.path.lexists(typed):
        return typed
    place = Path(typed.anchor)
    for part in typed.parts[1:] if typed.anchor else typed.parts:
        same = _alike(place, part, as_typed)
        place = place / (same[0] if len(same) == 1 else part)
    return place


def name_on_disk(folder: Path, inside: str) -> str:
    """A path below a folder, `/` between its parts, with each name as the folder lists it.

    Where a disk ignores case, a file is found under names that are not its own.
    """
    place, names = folder, []
    for part in inside.split("/"):
        listed = os.listdir(place) if place.is_dir() else []  # noqa: PTH208 -- only the names
        same = [name for name in listed if _compose(name).casefold() == _compose(part).casefold()]
        exact = part in listed or len(same) != 1
        names.append(part if exact else same[0])
        place = place / part
    return "/".join(names)


def by_spelling(trees: Iterable[Mapping[str, BlobId]]) -> Mapping[str, frozenset[BlobId]]:
    """What of some trees is at a path in any spelling: a disk that ignores case has only one of them."""
    found: dict[str, frozenset[BlobId]] = {}
    for tree in trees:
        for path, blob in tree.items():
            name = as_one_name(path)
            found[name] = found.get(name, frozenset()) | {blob}
    return found


def _spelled(folder: Path, part: str) -> str:
    if part.isascii():
        return part
    return next(iter(_alike(folder, part, _compose)), part)


def _compose(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _alike(folder: Path, part: str, form: Callable[[str], str]) -> Sequence[str]:
    """The name itself, if it is in a folder; otherwise those in it that have the same form, sorted."""
    if os.path.lexists(folder / part):
        return (part,)
    try:
        names = sorted(place.name for place in folder.iterdir())
    except OSError:
        return ()
    return [name for name in names if form(name) == form(part)]


def is_text(name: str) -> bool:
    """Whether a file is stored with LF line endings, whatever the editor wrote."""
    return name.lower().endswith(_TEXT)


def normalise(name: str, data: bytes) -> bytes:
    """The bytes stored for a file: text is UTF-8 without a byte order mark, with LF line endings."""
    is_evidence = name.lower().endswith(".txt")
    return as_stored(data, old_ends=not is_evidence) if is_text(name) else data


def read_written(path: Path) -> bytes:
    """A file that a person wrote, as it is stored."""
    return normalise(path.name, path.read_bytes())


def digest_file(path: Path) -> FileDigest:
    """The size and SHA-256 of a file, read in pieces."""
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        return FileDigest(sha256=sha256, bytes=file.tell())


def which_blob(name: str, path: Path, blobs: frozenset[BlobId]) -> BlobId | None:
    """Which of these blobs the file equals: raw, normalised, or as the pointer to it; None for none."""
    if not blobs:
        return None
    kind = "sha1" if len(next(iter(blobs))) == 40 else "sha256"
    is_large = path.stat().st_size > LARGE
    if is_large and (blob := _digest(kind, write_pointer(digest_file(path)))) in blobs:
        return blob
    if is_text(name) and path.stat().st_size <= LARGEST:
        data = path.read_bytes()
        found = {_digest(kind, text) for text in (data, normalise(name, data))}
    else:
        with path.open("rb") as stream:
            hasher = hashlib.new(kind, b"blob %d\0" % os.fstat(stream.fileno()).st_size)
            while chunk := stream.read(1 << 20):
                hasher.update(chunk)
        found = {BlobId(hasher.hexdigest())}
    return next(iter(found & blobs), None)


def _digest(kind: str, data: bytes) -> BlobId:
    return BlobId(hashlib.new(kind, b"blob %d\0" % len(data) + data).hexdigest())


def is_unchanged(info: os.stat_result, seen: Seen, laid: Laid) -> bool:
    """Whether size and mtime alone prove that the file is as checked out."""
    return (
        seen.modified != 0
        and info.st_size == seen.size
        and info.st_mtime_ns == seen.modified
        and info.st_mtime_ns < laid.saved - _SLACK
    )


def sparse_place(repo: Repo) -> Path:
    """git's file of which folders a narrow folder holds."""
    return repo.git_dir / "info" / "sparse-checkout"


def has_patterns(repo: Repo, patterns: str) -> bool:
    """Whether that file is there, and says this."""
    place = sparse_place(repo)
    return place.is_file() and place.read_bytes() == patterns.encode()


def sparse_patterns(under: Sequence[str], target: Collection[str]) -> str:
    """git's sparse-checkout file for some folders, each with its files, and the files above them.

    `target`: the files of the tree, as one of the folders may be a file.
    """
    lines = ["/*", "!/*/"]
    for folder in sorted(under):
        if folder not in target:
            parts = folder.split("/")
            above = ("/".join(parts[:depth]) for depth in range(1, len(parts)))
            lines += [line for lead in above for line in (f"/{lead}/", f"!/{lead}/*/")]
            lines.append(f"/{folder}/")
    return "".join(f"{line}\n" for line in lines)


def is_inside(path: str, under: Sequence[str]) -> bool:
    """Whether a path is one of the files and folders of a narrow folder, or a file above them."""
    parents = {folder.rpartition("/")[0] for folder in under}
    return path.rpartition("/")[0] in parents or any(f"{path}/".startswith(f"{folder}/") for folder in under)


def what_stands(root: Path, path: str) -> Path | None:
    """What exists at a path, without following links: the path itself, a file or link above it, or None."""
    place = root
    *folders, _ = parts = place_of(root, path).relative_to(root).parts
    for depth, part in enumerate(parts):
        place = place / part
        try:
            info = place.lstat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        if depth < len(folders) and not stat.S_ISDIR(info.st_mode):
            return place
    return place


def write_file(root: Path, path: str, data: bytes) -> bool:
    """Write one file; False when a file, a folder or a link of the user's is in the way."""
    *folders, name = place_of(root, path).relative_to(root).parts
    place = root
    for folder in folders:
        place = place / folder
        try:
            place.mkdir(exist_ok=True)
        except FileExistsError:
            return False
        if place.is_symlink():
            return False
    goal = place / name
    if goal.is_symlink() or goal.is_dir():
        return False
    write_whole(goal, data)
    return True


def remove_file(root: Path, path: str) -> None:
    """Delete the file of a tree path, and the folders left empty by that."""
    place = place_of(root, path)
    retry(lambda: place.unlink(missing_ok=True))
    for folder in place.parents:
        if folder == root:
            break
        try:
            folder.rmdir()
        except OSError:
            break

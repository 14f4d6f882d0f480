"""The working copy: main plus the user's own drafts, checked out file by file without switching branches.

A private state file records what was checked out (path, blob, and the file's size and mtime, so that finding
changes is fast). A file that the user changed since is never overwritten. Files outside the tree are never
touched, nothing is written through a symlink, and no filter or hook runs.

Does not know whose draft is where: the caller builds the tree to check out.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from mcred.domain.ids import BlobId, CommitId
from mcred.domain.sealed.large_file import LARGE, POINTER_SIZES, read_pointer, write_pointer
from mcred.problems import McredError, Problem
from mcred.retries import retry
from mcred.store.atomic import part_of, write_whole
from mcred.store.folder_index import (
    Laid,
    Seen,
    by_spelling,
    digest_file,
    find_files,
    has_patterns,
    is_inside,
    is_text,
    is_unchanged,
    normalise,
    place_of,
    read_laid,
    remove_file,
    save_laid,
    sparse_patterns,
    sparse_place,
    what_stands,
    which_blob,
    write_file,
)
from mcred.store.git import Repo, attempt, full_hex, run
from mcred.store.leftovers import LAYING
from mcred.store.outcome import GitFailed
from mcred.store.snapshot import (
    LARGEST,
    MAX_FOLDER,
    Entry,
    as_one_name,
    explain_crowd,
    explain_faults,
    find_faults,
    list_tree,
    read_blobs,
)
from mcred.store.write import put_blob, put_files

_POINTS = ("it only points to a file that Git LFS stores elsewhere", "replace it with the file itself")
_BATCH = 32 * 1024 * 1024
"""Bytes of new files held in memory at a time."""


class LayResult(Struct, frozen=True, kw_only=True):
    """The result of a checkout: paths written, removed, kept as the user's own, and skipped as unsafe."""

    written: tuple[str, ...]
    removed: tuple[str, ...]
    kept: tuple[str, ...]
    skipped: tuple[str, ...] = ()
    note: str = ""
    """For users of git: why their index was left unchanged; '' when it was updated."""


def lay_out(repo: Repo, target_tree: str, main: CommitId, under: Sequence[str] | None = None) -> LayResult:
    """Update the working copy to `target_tree`, keeping every file the user changed.

    `under`: the files and folders that are wanted, in a narrow folder; None for everything.

    If killed at any point, the same call (or one with a newer tree) finishes it:

    1. the target is recorded, so that a file already replaced does not count as the user's;
    2. files not in the target are removed, and folders left empty by that;
    3. new files are written atomically;
    4. the user's own index is updated, if it equals the old `main`;
    5. the new state is recorded.

    A large file is not written: it is not there until someone asks for it.
    """
    root = _root(repo)
    wanted = tuple(under or ())
    target, skipped = _safe_entries(list_tree(repo, CommitId(full_hex(target_tree)), *wanted))
    laid = read_laid(repo)
    begun = tuple(dict.fromkeys((*laid.begun, target_tree)))
    begun_before = (CommitId(tree) for tree in laid.begun if tree != target_tree)
    trees = [_blobs(_safe_entries(list_tree(repo, tree, *wanted))[0]) for tree in begun_before]
    if laid.begun:
        trees.append(_blobs(target))
    save_laid(repo, replace(laid, begun=begun))
    plan = _plan(root, laid, trees, _blobs(target))
    for path in plan.remove:
        remove_file(root, path)
    # What was being written when an earlier call was killed, and has no place any more.
    for path in {path for tree in trees for path in tree} - set(_blobs(target)):
        part = part_of(Path(path)).as_posix()
        if place_of(root, part).is_file():
            remove_file(root, part)
    stuck, away = _write_all(repo, root, {path: target[path] for path in plan.write})
    patterns = None if under is None else sparse_patterns(wanted, target)
    is_as_before = laid.main == main and not laid.begun and _is_made_for(repo, patterns)
    note = "" if skipped or is_as_before else _move_index(repo, laid.main, main, wanted, patterns)
    kept = sorted({*plan.keep, *stuck})
    files = _see_all(root, laid, {p: e for p, e in target.items() if p not in away}, frozenset(kept))
    is_moved = not skipped and not note
    save_laid(repo, Laid(tree=target_tree, main=main if is_moved else laid.main, files=files))
    return LayResult(
        written=tuple(path for path in plan.write if path not in stuck | away),
        removed=plan.remove,
        kept=tuple(kept),
        skipped=skipped,
        note=note,
    )


def changed_files(repo: Repo, under: str) -> Mapping[str, Path | None]:
    """Path → file below a folder that differs from the checkout: changed, new, or (None) deleted."""
    root, laid = _root(repo), read_laid(repo)
    prefix = under.rstrip("/") + "/" if under else ""
    missing = {path for path in laid.files if path.startswith(prefix)}
    changed: dict[str, Path | None] = {}
    for name, path, info in find_files(root, under):
        missing.discard(name)
        seen = laid.files.get(name)
        if seen is None or not _is_as_laid(name, path, info, seen, laid):
            changed[name] = path
    changed |= dict.fromkeys(missing)
    return dict(sorted(changed.items()))


def snapshot_folder(
    repo: Repo, under: str, odd: list[Problem] | None = None, *, largest: int = LARGEST
) -> Mapping[str, BlobId]:
    """Store every file below a folder as it is now; returns path → blob.

    Names, types, sizes and the number of files are checked before anything is stored. McredError lists what
    is not accepted; with `odd`, that is appended to it and left out instead.
    `largest`: the most bytes of a file; above `LARGEST`, of each large file only a pointer is stored.
    """
    root, laid = _root(repo), read_laid(repo)
    blobs: dict[str, BlobId] = {}
    raw: dict[str, Path] = {}
    for name, (path, info) in _find_fit(root, under, odd, largest).items():
        seen, is_large = laid.files.get(name), info.st_size > LARGE
        if (
            seen is not None
            and (largest > LARGEST or not is_large)
            and _is_as_laid(name, path, info, seen, laid)
        ):
            blobs[name] = seen.blob
        elif is_large and largest > LARGEST:
            blobs[name] = put_blob(repo, write_pointer(digest_file(path)))
        elif is_text(name) and (data := path.read_bytes()) != (text := normalise(name, data)):
            blobs[name] = put_blob(repo, text)
        else:
            raw[name] = path
    blobs |= zip(raw, put_files(repo, tuple(raw.values())), strict=True)
    return dict(sorted(blobs.items()))


def _find_fit(
    root: Path, under: str, odd: list[Problem] | None, largest: int
) -> Mapping[str, tuple[Path, os.stat_result]]:
    """Tree path → (file, stat) of the acceptable files below a folder."""
    found = {name: (path, info) for name, path, info in find_files(root, under, odd)}
    faults = (
        *find_faults(
            {name: Entry(mode="100644", blob=BlobId(""), size=i.st_size) for name, (_, i) in found.items()},
            max_file=largest,
        ),
        *((name, *_POINTS) for name, (path, info) in found.items() if _is_pointer(path, info)),
    )
    refused = list(explain_faults(faults))
    bad = {path for path, _, _ in faults}
    if len(found) > MAX_FOLDER:
        refused.append(explain_crowd(under, len(found)))
        bad |= {name for name in found if "/" in name.removeprefix(f"{under}/")}
    if refused and odd is None:
        raise McredError(
            "some files here cannot be stored as they are", hint=refused[0].hint, problems=tuple(refused)
        )
    if odd is not None:
        odd += refused
    return {name: there for name, there in found.items() if name not in bad}


def _is_pointer(path: Path, info: os.stat_result) -> bool:
    return info.st_size in POINTER_SIZES and read_pointer(path.read_bytes()) is not None


class _Plan(Struct, frozen=True, kw_only=True):
    write: tuple[str, ...]
    remove: tuple[str, ...]
    keep: tuple[str, ...]


def _plan(root: Path, laid: Laid, begun: Iterable[Mapping[str, BlobId]], new: Mapping[str, BlobId]) -> _Plan:
    """What to do with each path that differs between the trees."""
    old = {path: seen.blob for path, seen in laid.files.items()}
    unsure = tuple(begun)
    spelled = by_spelling((old, *unsure))
    write: list[str] = []
    remove: list[str] = []
    keep: list[str] = []
    for path in sorted({*old, *new}.union(*unsure)):
        states = [old.get(path), *(tree.get(path) for tree in unsure)]
        target = new.get(path)
        if all(state == target for state in states):
            continue
        ours = spelled.get(as_one_name(path), frozenset()) | ({target} if target is not None else frozenset())
        place = what_stands(root, path)
        if place is None:
            # Missing: new if never checked out; deleted by the user if it certainly was.
            if target is not None:
                (write if None in states else keep).append(path)
        elif place != place_of(root, path):
            # A file where a folder must be; it may itself be one to remove.
            if target is not None:
                (write if place.relative_to(root).as_posix() in remove else keep).append(path)
        elif stat.S_ISDIR(place.lstat().st_mode):
            if target is not None:
                write.append(path)
        elif (blob := _which(path, place, ours)) is None:
            keep.append(path)
        elif target is None:
            remove.append(path)
        elif blob != target:
            write.append(path)
    gone = {as_one_name(path) for path in remove}
    write += [p for p in new if as_one_name(p) in gone and p not in write and p not in keep]
    return _Plan(write=tuple(write), remove=tuple(remove), keep=tuple(keep))


def _which(name: str, place: Path, blobs: frozenset[BlobId]) -> BlobId | None:
    return which_blob(name, place, blobs) if stat.S_ISREG(place.lstat().st_mode) else None


def _write_all(repo: Repo, root: Path, entries: Mapping[str, Entry]) -> tuple[frozenset[str], frozenset[str]]:
    """Write files in batches; returns what is blocked by something of the user's, and what is large.

    An earlier version of a large file goes: it would be taken for the user's newer one.
    """
    stuck: set[str] = set()
    away: set[str] = set()
    for batch in _batches(entries):
        contents = read_blobs(repo, (entry.blob for entry in batch.values()))
        for path, entry in batch.items():
            if read_pointer(contents[entry.blob]) is not None:
                away.add(path)
                place = what_stands(root, path)
                if place == place_of(root, path) and stat.S_ISREG(place.lstat().st_mode):
                    remove_file(root, path)
            elif not write_file(root, path, contents[entry.blob]):
                stuck.add(path)
    return frozenset(stuck), frozenset(away)


def _batches(entries: Mapping[str, Entry]) -> Iterator[Mapping[str, Entry]]:
    batch: dict[str, Entry] = {}
    weight = 0
    for path, entry in entries.items():
        batch[path] = entry
        weight += entry.size
        if weight > _BATCH:
            yield batch
            batch, weight = {}, 0
    yield batch


def _see_all(root: Path, laid: Laid, target: Mapping[str, Entry], kept: frozenset[str]) -> Mapping[str, Seen]:
    """Size and mtime of each checked-out file, where it is known to equal its blob."""
    files: dict[str, Seen] = {}
    for path, entry in target.items():
        before = laid.files.get(path)
        if before is not None and before.blob == entry.blob:
            files[path] = before
            continue
        seen = Seen(blob=entry.blob)
        place = None if path in kept else what_stands(root, path)
        if place == place_of(root, path):
            info = place.lstat()
            if _which(path, place, frozenset({entry.blob})):
                seen = Seen(blob=entry.blob, size=info.st_size, modified=info.st_mtime_ns)
        files[path] = seen
    return files


def _is_as_laid(name: str, path: Path, info: os.stat_result, seen: Seen, laid: Laid) -> bool:
    return is_unchanged(info, seen, laid) or which_blob(name, path, frozenset({seen.blob})) is not None


def _read_index(repo: Repo, new: CommitId, under: Sequence[str], patterns: str | None) -> None:
    """Write the index of a commit; in a narrow folder the folders that are not here are an entry each."""
    place, index = sparse_place(repo), repo.git_dir / "index"
    if patterns is None:
        run(repo, "read-tree", full_hex(new))
    elif _is_made_for(repo, patterns):
        run(repo, "read-tree", "-m", "-i", full_hex(new))
    else:
        # Made beside the old one: it and the patterns belong together, and no file of the folder is touched.
        outside = [path for path in list_tree(repo, new) if not is_inside(path, under)]
        place.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=repo.state_dir, prefix=LAYING) as spare:
            made = Path(spare) / "index"
            run(repo, "read-tree", full_hex(new), index=made)
            place.unlink(missing_ok=True)
            listed = "".join(f"{path}\0" for path in outside).encode("utf-8", "surrogateescape")
            run(repo, "update-index", "--skip-worktree", "-z", "--stdin", stdin=listed, index=made)
            retry(lambda: made.replace(index))
        write_whole(place, patterns.encode())
        run(repo, "read-tree", "-m", "-i", full_hex(new))


def _is_made_for(repo: Repo, patterns: str | None) -> bool:
    """Whether there is an index, and git's sparse-checkout file is this one; None in a wide folder."""
    return (repo.git_dir / "index").exists() and (patterns is None or has_patterns(repo, patterns))


def _move_index(
    repo: Repo, old: CommitId | None, new: CommitId, under: Sequence[str], patterns: str | None
) -> str:
    """Update the user's own index to `main` if it has no changes; returns why not, or ''.

    `under`: the files and folders of a narrow folder. `patterns`: its sparse-checkout file.
    """
    if not _is_on_main(repo):
        return "your own checkout is not on main, so its index was left as it is"
    # Asked first, because it is so where main has moved and the person keeps their hands off the index.
    is_old = old not in (None, new) and (repo.git_dir / "index").exists() and _index_equals(repo, old)
    if (repo.git_dir / "index").exists() and not is_old:
        if not _index_equals(repo, new):
            return "your own index has changes in it, so it was left as it is"
        if _is_made_for(repo, patterns):
            return ""
    try:
        _read_index(repo, new, under, patterns)
    except GitFailed:
        return "your own index could not be moved (is another git command running?), so it was left as it is"
    return ""


def _is_on_main(repo: Repo) -> bool:
    head = repo.git_dir / "HEAD"
    if head.is_file() and not head.is_symlink() and head.read_bytes() == b"ref: refs/heads/main\n":
        return True
    found = attempt(repo, "symbolic-ref", "--quiet", "HEAD").out.decode("utf-8", "replace").strip()
    return found == "refs/heads/main"


def _index_equals(repo: Repo, commit: CommitId) -> bool:
    # Not `git diff-index`, which lists every file below the folders that a narrow folder leaves out.
    done = attempt(
        repo, "diff", "--cached", "--quiet", "--no-ext-diff", "--no-textconv", full_hex(commit), "--"
    )
    return done.code == 0


def _safe_entries(entries: Mapping[str, Entry]) -> tuple[Mapping[str, Entry], tuple[str, ...]]:
    """The entries that are safe to write to disk, and the paths of the others."""
    bad = {path for path, _, _ in find_faults(entries)}
    return {path: entry for path, entry in entries.items() if path not in bad}, tuple(sorted(bad))


def _blobs(entries: Mapping[str, Entry]) -> Mapping[str, BlobId]:
    return {path: entry.blob for path, entry in entries.items()}


def _root(repo: Repo) -> Path:
    if repo.work_tree is None:
        raise McredError("this is a shared copy without a folder to work in", hint="mcred join URL")
    return repo.work_tree

"""Running git: the only module that starts a process and builds its environment.

Every call names its repository with `--git-dir`, strips inherited `GIT_*` variables, turns off hooks,
filters and prompts, and checks the exit code (TRUST: One gateway to git). Revisions are full ref
names of a strict pattern or full hex. Does not know trees, logs or remotes; nor does it print.

>>> is_ref("refs/heads/submission/ana/wait-time")
True
>>> is_ref("refs/heads/../../config")
False
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from mcred.domain.ids import CommitId, is_hex
from mcred.problems import McredError
from mcred.store.files.objects import COMMIT, ObjectFiles
from mcred.store.files.refs import read_ref_files
from mcred.store.leftovers import explain_lost
from mcred.store.options import CONFIG_PLACES, ENVIRONMENT, OPTIONS, QUARANTINE, TALKS, settings_places
from mcred.store.os_errors import explain_no_git
from mcred.store.outcome import Finished, GitFailed, Hearing, collect
from mcred.store.session import (
    FEW,
    ReaderGone,
    RefTargets,
    batches,
    cached,
    check_bytes,
    invalidate_for,
    lines_of,
    session,
    split_answer,
)

_MANY_OBJECTS = 4096
"""More objects than these are read faster by a process of their own."""
_WHERE = ("--absolute-git-dir", "--is-inside-work-tree", "--show-cdup")
_SEGMENT = r"[a-z0-9][a-z0-9-]*"
_REF = re.compile(rf"refs/(?:heads|remotes/origin|mcred/draft|mcred/opened)/{_SEGMENT}(?:/{_SEGMENT})*")


class Repo(Struct, frozen=True, kw_only=True):
    """The paths of a repository. A handle for the functions of this package, never part of a value."""

    git_dir: Path
    work_tree: Path | None
    by_objects: bool = False
    """Walk the history by its objects alone, not by git's commit-graph; many are read by one git process."""

    @property
    def common_dir(self) -> Path:
        """Where refs and objects are: another folder than `git_dir` in a linked work tree."""
        try:
            return (self.git_dir / (self.git_dir / "commondir").read_text("utf-8").strip()).resolve()
        except FileNotFoundError:
            return self.git_dir

    @property
    def state_dir(self) -> Path:
        """The folder for mcred's local state, created on access: private, but in a bare repository, which has
        no user of its own, for those who may use that."""
        folder = self.common_dir / "mcred"
        if self.work_tree is None and not folder.exists():
            with contextlib.suppress(FileExistsError):
                folder.mkdir()
                folder.chmod(self.common_dir.stat().st_mode & 0o7777)
        return _make_private(folder)

    @property
    def own_state_dir(self) -> Path:
        """Like `state_dir`, but one per linked work tree: the state of *this* working copy."""
        return _make_private(self.git_dir / "mcred")


def is_ref(text: str) -> bool:
    """Whether a text is a full ref name that mcred reads or writes."""
    return bool(_REF.fullmatch(text))


def full_hex(name: str) -> str:
    """Return the name if it is full hex, else raise ValueError; git gets only such names as revisions."""
    if not is_hex(name):
        raise ValueError(f"not a full object name: {name!r}")
    return name


def open_repo(start: Path, *, named: bool = False) -> Repo:
    """The repository that contains `start`, searched upward. Raises McredError when there is none.

    `named`: `start` was given as a bare repository, and may belong to another user.
    """
    if not start.is_dir():
        raise McredError(f"there is no folder {start}", hint="mcred join URL")
    if is_git_dir(start) and (named or is_own(start)):
        # Without asking git, because safe.bareRepository can forbid discovery.
        return Repo(git_dir=start.resolve(), work_tree=None)
    found = attempt(None, "rev-parse", *_WHERE, cwd=start)
    if found.code:
        if not re.search(r"not a git repository \(or any|cannot use bare repository", found.err):
            raise GitFailed(("rev-parse",), found.code, _in_full(found.err, start))
        if damaged := explain_lost(start):
            raise damaged
        raise McredError(
            f"{start} is not inside a program's folder",
            hint="mcred join URL   (or, to create a program: mcred init DIR)",
        )
    # Of a bare repository without settings git says nothing after the second.
    git_dir, inside, up = re.sub(r"\nfalse\n\Z", "\nfalse\n\n", os.fsdecode(found.out))[:-1].rsplit("\n", 2)
    return Repo(git_dir=Path(git_dir), work_tree=(start / up).resolve() if inside == "true" else None)


def _in_full(stderr: str, start: Path) -> str:
    """git's stderr with the folder's own settings, which git names from the top of the folder, in full."""
    tops = (top for top in (start, *start.parents) if (top / ".git" / "config").exists())
    return stderr.replace("in file .git/config", f"in file {next(tops, start)}/.git/config")


def is_git_dir(place: Path) -> bool:
    """Whether a folder is itself a bare repository."""
    return place.name != ".git" and all(
        (place / name).exists() for name in ("HEAD", "objects", "refs", "config")
    )


def is_own(place: Path) -> bool:
    """Whether a file or folder belongs to this user."""
    return not hasattr(os, "geteuid") or place.stat().st_uid == os.geteuid()


def create_repo(path: Path, *, bare: bool, hexes: int = 40) -> Repo:
    """Create a repository on `main`; a bare one denies non-fast-forwards and is group-shared.

    `hexes`: the length of its object names (64 for SHA-256).
    """
    path.mkdir(parents=True, exist_ok=True)
    kind = ("--bare", "--shared=group") if bare else ()
    algorithm = f"--object-format={'sha256' if hexes == 64 else 'sha1'}"
    run(None, "init", "--quiet", "--template=", "--initial-branch=main", algorithm, *kind, cwd=path)
    git_dir = path.resolve() if bare else path.resolve() / ".git"
    repo = Repo(git_dir=git_dir, work_tree=None if bare else path.resolve())
    if bare:
        run(repo, "config", "--local", "receive.denyNonFastForwards", "true")
    return repo


def is_receiving() -> bool:
    """Whether git runs this program while it receives a push, and keeps what is stored apart."""
    return QUARANTINE[0] in os.environ


def _files_of(repo: Repo) -> ObjectFiles:
    """The files of a repository's objects, and of those that a push is just bringing; kept by a session."""
    running = session()
    if running is not None and (kept := running.files.get(repo.git_dir)) is not None:
        return kept
    pushed = [Path(os.environ[QUARANTINE[0]])] if is_receiving() else []
    files = ObjectFiles([repo.common_dir / "objects", *pushed])
    if running is not None:
        running.files[repo.git_dir] = files
    return files


def run(
    repo: Repo | None,
    *args: str,
    stdin: bytes = b"",
    cwd: Path | None = None,
    ok: tuple[int, ...] = (0,),
    most: int | None = None,
    index: Path | None = None,
) -> bytes:
    """Run git and return its stdout; an exit code outside `ok` raises `GitFailed`."""
    done = attempt(repo, *args, stdin=stdin, cwd=cwd, most=most, index=index)
    if done.code not in ok:
        raise GitFailed(args, done.code, done.err)
    return done.out


def attempt(
    repo: Repo | None,
    *args: str,
    stdin: bytes = b"",
    cwd: Path | None = None,
    ssh: str | None = None,
    settings: Path | None = None,
    on_stderr: Hearing = None,
    on_stdout: Hearing = None,
    most: int | None = None,
    index: Path | None = None,
) -> Finished:
    """Like `run`, for callers that read the exit code and stderr themselves.

    `settings`: a file `git/config` that git reads instead of the user's own configuration. `index`: a file
    that is used instead of the user's own index.
    `most`: bytes of output after which git is stopped and `TooMuch` raised.
    """
    invalidate_for(args)
    ends = (subprocess.PIPE if stdin else subprocess.DEVNULL, subprocess.PIPE)
    environment = _environment(ssh, settings, args[0] in TALKS)
    if index is not None:
        environment["GIT_INDEX_FILE"] = str(index)
    process = _start(repo, args, ends, cwd, environment)
    with process:
        try:
            return collect(process, stdin, on_stderr, on_stdout, most)
        except BaseException:
            _stop(process)
            raise


def ask_objects(
    repo: Repo, names: Sequence[str], *, sizes: bool = False
) -> Iterator[tuple[list[str], bytes]]:
    """`git cat-file`'s header fields (name, kind, size; or last `missing`) and bytes of each object.

    `names` are full hex, optionally followed by `:path` or `^{commit}`. `sizes`: without the bytes.
    """
    how, at = "--batch-check" if sizes else "--batch", 0
    # git does not parse a folder again for each of many paths in it.
    is_small = len(names) <= (FEW if names and ":" in names[0] else _MANY_OBJECTS)
    running = session() if names and (is_small or repo.by_objects) else None
    key = (repo.git_dir, how, repo.by_objects, ())
    if running is not None and repo.by_objects and (len(names) > FEW or ":" in names[0]):
        for part in batches([name.encode("utf-8", "surrogateescape") for name in names]):
            try:
                answers = running.ask_many(key, lambda: start_reader(repo, "cat-file", how), part)
            except ReaderGone:
                break
            at += len(part)
            yield from answers
        else:
            return
    elif running is not None:
        files = _files_of(repo)
        for at, name in enumerate(names):
            if (found := files.answer(name, sizes=sizes)) is None:
                if len(names) - at > FEW:
                    break
                asked = name.encode("utf-8", "surrogateescape")
                try:
                    found = running.ask(key, lambda: start_reader(repo, "cat-file", how), asked)
                except ReaderGone:
                    break
            yield found
        else:
            return
    names = names[at:]
    rest = "".join(f"{name}\n" for name in names).encode("utf-8", "surrogateescape")
    answer, at = run(repo, "cat-file", how, "--buffer", stdin=rest) if names else b"", 0
    for _ in names:
        end = answer.index(b"\n", at)
        words = split_answer(answer[at:end])
        at = end + 1
        if sizes or words[-1] == "missing":
            yield words, b""
        else:
            data = answer[at : at + int(words[2])]
            check_bytes(words, data)
            yield words, data
            at += len(data) + 1


def start_reader(repo: Repo, *args: str, index: Path | None = None) -> subprocess.Popen[bytes]:
    """Start a git command that answers what is written to it. `index`: as in `attempt`."""
    environment = _environment()
    if index is not None:
        environment["GIT_INDEX_FILE"] = str(index)
    return _start(repo, args, (subprocess.PIPE, subprocess.DEVNULL), None, environment)


def _start(
    repo: Repo | None,
    args: Sequence[str],
    ends: tuple[int, int],
    cwd: Path | None,
    environment: Mapping[str, str],
) -> subprocess.Popen[bytes]:
    """Start git with a repository and our options; `ends`: its stdin and stderr."""
    command = ["git"]
    if repo is not None:
        command.append(f"--git-dir={repo.git_dir}")
        if repo.by_objects:
            command += ["-c", "core.commitGraph=false"]
        # Any folder will do, as long as it does not depend on the user's current one.
        cwd = cwd or repo.work_tree or repo.git_dir
    for option in OPTIONS:
        command += ["-c", option]
    try:
        return subprocess.Popen(
            [*command, *args],
            stdin=ends[0],
            stdout=subprocess.PIPE,
            stderr=ends[1],
            cwd=cwd,
            env=environment,
        )
    except OSError as error:
        if cwd is not None and not cwd.is_dir():
            raise McredError(f"the folder {cwd} no longer exists", hint="mcred join URL") from error
        raise explain_no_git(error) from error


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Terminate before killing: git then removes its lock files."""
    process.terminate()
    try:
        process.wait(2)
    except subprocess.TimeoutExpired:
        process.kill()


def start_editor(command: Sequence[str], path: Path) -> bool:
    """Open a file in the user's editor and wait; False when the editor failed or does not exist."""
    try:
        return subprocess.run([*command, str(path)], check=False).returncode == 0
    except (FileNotFoundError, PermissionError):
        return False


def read_helper(command: Sequence[str]) -> str:
    """The first line another program prints, such as a stored token; '' when it fails."""
    try:
        done = subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace").partition("\n")[0].strip() if done.returncode == 0 else ""


def own_settings() -> tuple[Path, ...]:
    """The user's global git configuration files, in git's order."""
    return settings_places(os.environ)


def _environment(ssh: str | None = None, settings: Path | None = None, talks: bool = False) -> dict[str, str]:
    environment = dict(cached("environment", "", _inherited))
    if talks:
        del environment["GIT_SHALLOW_FILE"]
        environment["GIT_ALLOW_PROTOCOL"] = "https:ssh:file"
    if ssh is not None:
        environment["GIT_SSH_COMMAND"] = ssh
    if settings is not None:
        # git-lfs starts git without any variable of git's own: the second is for it.
        environment |= {"GIT_CONFIG_GLOBAL": str(settings), "XDG_CONFIG_HOME": str(settings.parents[1])}
    return environment


def _inherited() -> Mapping[str, str]:
    kept = (*QUARANTINE, *CONFIG_PLACES)
    return {n: v for n, v in os.environ.items() if not n.startswith("GIT_") or n in kept} | ENVIRONMENT


def resolve(repo: Repo, ref: str) -> CommitId | None:
    """The commit that a full ref name or full hex resolves to, or None."""
    if not is_ref(ref) and not is_hex(ref):
        raise ValueError(f"not a full ref name: {ref!r}")
    if session() is not None and is_hex(ref):
        (words, _), *_ = ask_objects(repo, [ref + COMMIT])
        if words[-1] != "missing" and is_hex(words[0]):
            return CommitId(words[0])
    elif session() is not None:
        # Another ref may be broken; git says below what it thinks of this one.
        with contextlib.suppress(GitFailed):
            target, kind = _all_refs(repo, "refs/").get(ref, ("", "commit"))
            if kind == "commit":
                return CommitId(target) if target else None
    found = attempt(repo, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    if found.code not in (0, 1):
        raise GitFailed(("rev-parse", ref), found.code, found.err)
    text = found.out.decode("ascii", "replace").strip()
    return CommitId(text) if found.code == 0 and is_hex(text) else None


def list_refs(repo: Repo, under: str = "refs/heads/") -> Mapping[str, CommitId]:
    """Full ref name → commit for the refs below a prefix, sorted; names outside our pattern are left out."""
    if not is_ref(under.rstrip("/") + "/x"):
        raise ValueError(f"not a prefix of full ref names: {under!r}")
    refs: dict[str, CommitId] = {}
    for target, kind, name in read_refs(repo, under):
        if kind == "commit" and is_ref(name):
            refs[name] = CommitId(target)
    return refs


def read_refs(repo: Repo, under: str) -> list[list[str]]:
    """Target, object type and name of every ref below a prefix, whatever its type, sorted by name."""
    refs = _all_refs(repo, under)
    return [[*found, name] for name, found in refs.items() if name.startswith(under)]


def _all_refs(repo: Repo, under: str) -> RefTargets:
    """The refs of a repository below a prefix; in a session, those of all prefixes that mcred asks for."""
    below = ["refs/heads/", "refs/remotes/origin/", "refs/mcred/"] if session() else [under]
    return cached("refs", repo.git_dir, lambda: _list_refs(repo, below))


def _list_refs(repo: Repo, below: Sequence[str]) -> RefTargets:
    if session() is not None and (found := read_ref_files(repo.common_dir, below)) is not None:
        files = _files_of(repo)
        kinds: dict[str, tuple[str, int]] = cached("kinds", repo.git_dir, dict)
        kinds |= {t: kind for t in {*found.values()} - kinds.keys() if (kind := files.measure(t))}
        rows = {ref: (target, kind[0]) for ref, target in found.items() if (kind := kinds.get(target))}
        if len(rows) == len(found):
            return rows
    listing = run(repo, "for-each-ref", "--format=%(objectname) %(objecttype) %(refname)", *below)
    return {name: (of, kind) for of, kind, name in (line.split(" ", 2) for line in lines_of(listing))}


def _make_private(folder: Path) -> Path:
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder

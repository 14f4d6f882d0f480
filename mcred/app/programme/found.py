"""A programme is founded: its rules, its founder as maintainer and issuer, and its first definitions."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from shlex import quote

from msgspec import Struct
from msgspec.structs import asdict, replace

from mcred.app.context import Context
from mcred.app.hosting.ci import host_files, known_host
from mcred.app.keys.reading import all_reading_keys, ensure_reading_key
from mcred.app.keys.signing import KEY_FILE
from mcred.app.people.sealed_email import with_email
from mcred.app.profile import SIGNING_KEY, settle
from mcred.app.programme.connect import check_address, refuse_file, refuse_names
from mcred.domain.ids import BlobId, is_id
from mcred.domain.layout import DEFINITIONS, MAIN, PROGRAMME, RECOGNITION, SCHEMAS, profile_path
from mcred.domain.people import Person, neutral_email
from mcred.domain.programme import Programme, WorkPolicy
from mcred.formats.decode import decode
from mcred.formats.scaffold import profile_file, programme_files, schema_line
from mcred.formats.schema import schema_files
from mcred.formats.trailers import message
from mcred.problems import Exit, McredError, next_step
from mcred.retries import remove_folder, retry
from mcred.shipped import shipped
from mcred.store.config import write_config
from mcred.store.folder_index import read_laid, save_laid
from mcred.store.git import Repo, create_repo, list_refs, open_repo, resolve
from mcred.store.session import close_readers
from mcred.store.snapshot import list_tree
from mcred.store.worktree import lay_out
from mcred.store.write import Author, build_tree, commit_tree, move_refs, put_blob

HELP = next_step("init", "--help")


WEB = ("https://", "http://")
"""How an address on the web begins."""


class Founding(Struct, frozen=True, kw_only=True):
    """The rules that a programme begins with."""

    id: str
    name: str
    url: str = ""
    """Where the badge pages will stand."""
    expert_submissions: int = 50
    experts: int = 1
    peers: int = 3
    due_days: int = 10
    work: WorkPolicy = "sealed"


def check_founding(ctx: Context, place: Path, founding: Founding, remote: str | None = None) -> None:
    """Raises McredError where the rules cannot be like this, or the folder cannot become this programme.

    `remote`: the address that it is to get.
    """
    _refuse_values(founding)
    if remote is not None:
        check_address(ctx, place, remote)
    refuse_file(place, next_step("init", "ANOTHER-FOLDER"))
    if not (place / ".git").exists():
        return
    refs = list_refs(open_repo(place))
    refuse_names(refs, str(place), f"git -C {quote(str(place))} branch -m")
    if refs and MAIN not in refs:
        branch = min(refs).removeprefix("refs/heads/")
        raise McredError(
            f"this repository has no branch main (it has {branch}), and a program has to be on main",
            hint=f"git -C {place} branch -m {branch} main   (then the same command)",
        )


def found_programme(
    ctx: Context,
    place: Path,
    founding: Founding,
    founder: Person,
    email: str | None = None,
    *,
    starter: bool = True,
    host: str = "",
) -> Repo:
    """Write the first commit of a programme in `place`, signed by its founder, and its files.

    `email`: the founder's email address. `starter`: with the micro-credentials and the recognition policy
    that come with mcred. `host`: the review host whose CI files it gets. Files that an existing repository
    has stay as they are.
    A new folder is written beside `place` and renamed when complete, so that a killed call leaves nothing
    there, and the next one cleans up.
    Raises McredError, before anything is written, where `check_founding` does and for an unknown host.
    """
    check_founding(ctx, place, founding)
    hosted = host_files(known_host(host)) if host else {}
    if place.exists() and any(place.iterdir()):
        return _found(ctx, place, founding, founder, email, hosted, starter=starter)
    place.parent.mkdir(parents=True, exist_ok=True)
    unfinished = place.parent / f".{place.name}.founding"
    remove_folder(unfinished)
    try:
        _found(ctx, unfinished, founding, founder, email, hosted, starter=starter)
        made = open_repo(unfinished)
        write_config(
            made,
            SIGNING_KEY,
            str(place.resolve() / made.state_dir.relative_to(unfinished.resolve()) / KEY_FILE),
        )
        close_readers()
        if place.exists():
            place.rmdir()
        retry(lambda: unfinished.rename(place))
    finally:
        close_readers()
        with suppress(OSError):
            remove_folder(unfinished)
    return open_repo(place)


def _found(
    ctx: Context,
    place: Path,
    founding: Founding,
    founder: Person,
    email: str | None,
    hosted: Mapping[str, bytes],
    *,
    starter: bool,
) -> Repo:
    place.mkdir(exist_ok=True)
    repo = open_repo(place) if (place / ".git").exists() else create_repo(place, bare=False)
    founder, key = settle(repo, ctx, founder)
    founder = with_email(founder, email, [ensure_reading_key(repo).public], all_reading_keys(repo))
    files = {**_first_files(founding, founder, starter=starter), **hosted}
    before = resolve(repo, MAIN)
    kept = frozenset(list_tree(repo, before)) if before else frozenset()
    changes: dict[str, BlobId | None] = {p: put_blob(repo, d) for p, d in files.items() if p not in kept}
    author = Author(name=founder.name, email=neutral_email(founder.id), when=ctx.now())
    text = message(f"Found the program {founding.name}", "found")
    parents = [before] if before else []
    commit = commit_tree(repo, build_tree(repo, before, changes), parents, text, author, key)
    move_refs(repo, [(MAIN, commit, before)])
    laid = read_laid(repo)
    if laid.tree is None and before is not None:
        # So that the index of an existing repository is updated as well.
        save_laid(repo, replace(laid, main=before))
    lay_out(repo, build_tree(repo, commit, {}), commit)
    return repo


def _first_files(founding: Founding, founder: Person, *, starter: bool) -> dict[str, bytes]:
    values = {**asdict(founding), "person": founder.id, "schema": schema_line(PROGRAMME, "programme")}
    files = dict(programme_files(shipped("templates") / "program", **values))
    files[profile_path(founder.id)] = profile_file(founder)
    files.update({f"{SCHEMAS}/{path}": data for path, data in schema_files().items()})
    if starter:
        for folder in (DEFINITIONS, RECOGNITION):
            base = shipped(folder)
            for path in sorted(p for p in base.rglob("*") if p.is_file()):
                files[f"{folder}/{path.relative_to(base).as_posix()}"] = path.read_bytes()
    return files


def _refuse_values(founding: Founding) -> None:
    """Raises McredError for values that the programme's rules cannot hold, before anything is written."""
    if not is_id(founding.id):
        said = f"'{founding.id}' cannot be the program's id"
        raise McredError(said, hint="add --programme-id ID", code=Exit.USAGE)
    if founding.url and not founding.url.startswith(WEB):
        said = f"--url cannot be '{founding.url}': use an address that starts with https://"
        raise McredError(said, hint=HELP, code=Exit.USAGE)
    values = {**asdict(founding), "person": "somebody", "schema": ""}
    files = programme_files(shipped("templates") / "program", **values)
    decoded, problems = decode(files[PROGRAMME], Programme, PROGRAMME)
    if decoded is None:
        said = "a program cannot start like this"
        raise McredError(said, hint=HELP, problems=problems, code=Exit.USAGE)

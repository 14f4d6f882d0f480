"""Publishes the pages: built in the programme's private folder, then pushed to a branch or copied to a
folder.

The branch's commits are made in the object database, without a checkout. They build on what is published; the
first push wins, and the other user builds again. Success is reported only after the remote confirmed its ref.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from mcred.app.context import Context
from mcred.app.pages.build import build_site
from mcred.app.workspace import Workspace, open_workspace
from mcred.domain.ids import CommitId
from mcred.domain.layout import MAIN, PAGES_BRANCHES, parse_ref
from mcred.domain.programme import ReviewHost
from mcred.formats.trailers import message
from mcred.hosting.pick import ADAPTERS, recognise
from mcred.problems import Exit, McredError, next_step
from mcred.retries import retry
from mcred.store.config import remote_url
from mcred.store.git import Repo, is_ref, open_repo
from mcred.store.remote import fetch_branch, push
from mcred.store.remote_errors import CHANGED_FIRST
from mcred.store.snapshot import list_tree
from mcred.store.write import build_tree, commit_tree, name_files, put_files
from mcred.website.output import MANIFEST

TRIES = 5
AGAIN = next_step("publish")


class Published(Struct, frozen=True, kw_only=True):
    """The result of a publication."""

    where: str
    commit: CommitId | None
    """The commit of the branch; None for a folder."""
    changed: int
    files: int
    badges: int = 0

    @property
    def is_new(self) -> bool:
        """Whether there was anything to do."""
        return self.changed > 0


def publish_site(ctx: Context, branch: str = "", to: Path | None = None) -> Published:
    """Build the pages and publish them: on a branch of the remote, or `to` a folder.

    `branch`: left empty, the one that the review host publishes. On a dry run nothing is changed. Raises
    McredError for a user who may not, and where the remote does not take it.
    """
    if branch and to is not None:
        said = "give --branch or --to, not both"
        raise McredError(said, hint=next_step("publish", "--help"), code=Exit.USAGE)
    repo = open_repo(ctx.at)
    # Before the work of building, so that a user without the right gets the error at once.
    ref = _target(ctx, repo, branch) if to is None else ""
    folder = ctx.at / to if to is not None else None
    if folder is not None and repo.work_tree is not None and folder.resolve() == repo.work_tree.resolve():
        raise McredError("the pages need a folder of their own", hint=f"{AGAIN} --to ../pages")
    with built_place(ctx, repo) as place:
        for _ in range(TRIES):
            built = build_site(ctx, place)
            if folder is not None:
                done: Published | None = publish_folder(place, folder, dry_run=ctx.dry_run)
            else:
                ws = open_workspace(ctx, fetching="no")
                done = publish_branch(ws, place, ref, dry_run=ctx.dry_run)
            if done is not None:
                return replace(done, badges=built.badges)
    raise McredError(
        "others keep publishing at the same time; nothing was sent", hint=AGAIN, code=Exit.CHANGED
    )


def _target(ctx: Context, repo: Repo, branch: str) -> str:
    """The ref for the pages. Raises McredError where there is no remote, or the user may not publish."""
    url = remote_url(repo)
    if url is None:
        raise McredError(
            "this program is not online yet, so no one would see the pages",
            hint=f"{AGAIN} --to DIR   (a folder that a web server shows)",
        )
    ws = open_workspace(ctx, fetching="no")
    me, roles = ws.confirmed(), ws.catalog.programme.roles
    may = dict.fromkeys((*roles.maintainers, *roles.issuers))
    if me not in may:
        raise McredError(
            f"maintainers and issuers publish ({', '.join(may)})",
            hint=next_step("build", note="the same pages, on this computer only"),
            code=Exit.NOT_ALLOWED,
        )
    if ws.is_key_waiting:
        said = "your new key is not confirmed yet"
        raise McredError(said, hint=next_step("status"), code=Exit.NOT_ALLOWED)
    return branch_ref(branch or default_branch(url, ws.catalog.programme.review_host))


@contextlib.contextmanager
def built_place(ctx: Context, repo: Repo) -> Iterator[Path]:
    """Where the pages are built before they are published: below the user's cache folder.

    A temporary folder on a dry run, and without a cache.
    """
    if ctx.cache is not None and not ctx.dry_run:
        name = hashlib.sha256(os.fsencode(repo.git_dir.resolve())).hexdigest()[:16]
        place = ctx.cache / "published" / name
        with contextlib.suppress(OSError):  # a home that cannot be written
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if place.parent.is_dir():
            yield place
            return
    with tempfile.TemporaryDirectory(prefix="mcred-") as folder:
        yield Path(folder) / "pages"


def default_branch(url: str | None, named: ReviewHost | None = None) -> str:
    """The branch that a host publishes: GitHub's own name, or the one of all other hosts.

    >>> default_branch("git@github.com:team/programme.git"), default_branch("/srv/programme.git")
    ('gh-pages', 'pages')
    """
    place = recognise(url, named)
    return ADAPTERS[place.kind].pages if place is not None else "pages"


def branch_ref(name: str) -> str:
    """The full name of a branch for pages. Raises McredError for one that the programme itself needs."""
    ref = f"refs/heads/{name}"
    kept = ("submission/", "review/", "person/", "vouch/")
    if not is_ref(ref) or ref == MAIN or parse_ref(ref) is not None or name.startswith(kept):
        raise McredError(
            f"the pages cannot go to a branch '{name}'",
            hint=f"{AGAIN} --branch {PAGES_BRANCHES[0].removeprefix('refs/heads/')}",
            code=Exit.USAGE,
        )
    return ref


def site_files(place: Path) -> Sequence[str]:
    """The paths of every file of a built site, dotfiles too, without the build's own files."""
    found = (p.relative_to(place).as_posix() for p in place.rglob("*") if p.is_file() and not p.is_symlink())
    return sorted(p for p in found if not p.startswith(MANIFEST.removesuffix(".json")))


def publish_branch(ws: Workspace, place: Path, ref: str, *, dry_run: bool) -> Published | None:
    """Make the branch equal to the built site, in one commit on top of what is published there.

    None when another user published meanwhile: theirs may be newer, so that the pages are built again first.
    """
    repo, paths = ws.repo, site_files(place)
    files, name = [place / path for path in paths], ref.removeprefix("refs/heads/")
    with ws.ctx.show.working("checking what is published") as tell:
        tip = fetch_branch(repo, ref, progress=tell, interactive=ws.ctx.interactive)
    before = _files_of(repo, tip)
    now = dict(zip(paths, name_files(repo, files), strict=True))
    changed = sum(1 for path in {*now, *before} if now.get(path) != before.get(path))
    if dry_run or not changed:
        return Published(where=name, commit=tip, changed=changed, files=len(paths))
    put_files(repo, files)
    tree = build_tree(repo, None, now)
    text = message(f"Publish the pages of {ws.main[:12]}", "publish")
    commit = commit_tree(repo, tree, [tip] if tip else [], text, ws.author(), ws.key())
    with ws.ctx.show.working("sending the pages") as tell:
        result = push(repo, {ref: commit}, {ref: tip}, tell, interactive=ws.ctx.interactive)
    if not result.refused:
        return Published(where=name, commit=commit, changed=changed, files=len(paths))
    (why,) = result.refused.values()
    if why == CHANGED_FIRST:
        return None
    raise McredError(f"the program's server did not accept the pages: {why}", hint=AGAIN, code=Exit.CHANGED)


def _files_of(repo: Repo, tip: CommitId | None) -> Mapping[str, str]:
    """A branch's files, by path; anything but a plain file counts as different from ours."""
    if tip is None:
        return {}
    return {
        p: e.blob if e.mode == "100644" else f"{e.mode} {e.blob}" for p, e in list_tree(repo, tip).items()
    }


def publish_folder(place: Path, to: Path, *, dry_run: bool) -> Published:
    """Make a folder equal to the built site: copied beside it, then swapped in as a whole."""
    old, new = to.with_name(f".{to.name}.old"), to.with_name(f".{to.name}.new")
    _refuse_folder(to)
    if not to.exists() and old.exists() and not dry_run:
        # A run was cut between the two moves: restore what was published until the new one is complete.
        retry(lambda: old.rename(to))
    paths = site_files(place)
    before = site_files(to) if to.is_dir() else ()
    both = [p for p in paths if p in frozenset(before)]
    same = sum(1 for p in both if (place / p).read_bytes() == (to / p).read_bytes())
    changed = len({*paths, *before}) - same
    if dry_run or (not changed and to.is_dir()):
        return Published(where=str(to), commit=None, changed=changed, files=len(paths))
    to.parent.mkdir(parents=True, exist_ok=True)
    for left in (old, new):
        shutil.rmtree(left, ignore_errors=True)
    for path in (*paths, MANIFEST):
        target = new / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(place / path, target)
    if hasattr(os, "sync"):
        os.sync()
    if to.exists():
        retry(lambda: to.rename(old))
    retry(lambda: new.rename(to))
    with contextlib.suppress(OSError):
        shutil.rmtree(old)
    return Published(where=str(to), commit=None, changed=changed, files=len(paths))


def _refuse_folder(to: Path) -> None:
    """Raises McredError for a folder that holds anything but our pages."""
    another = f"{AGAIN} --to ANOTHER-FOLDER"
    if to.is_symlink():
        raise McredError(f"{to} is a link; name the folder itself", hint=f"{AGAIN} --to {to.resolve()}")
    if to.exists() and not to.is_dir():
        raise McredError(f"{to} is not a folder", hint=another)
    if to.is_dir() and any(to.iterdir()) and not (to / MANIFEST).is_file():
        raise McredError(f"{to} has files that mcred did not make: nothing was published", hint=another)

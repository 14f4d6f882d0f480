"""`mcred init`: create a programme, or give an existing one its remote."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from shlex import quote
from typing import Annotated, Any

import typer
from msgspec.structs import replace

from mcred.app.audit.push_guard import own_hook
from mcred.app.hosting.ci import add_host, host_files, known_host
from mcred.app.profile import ask_who, settle
from mcred.cli.terminal import DryRun, Terminal, terminal_of
from mcred.domain.ids import BlobId, CommitId, is_id, suggest_id
from mcred.domain.layout import DEFINITIONS, MAIN, OWN_PLACES, PROGRAMME, SCHEMAS, SENT_MAIN, profile_path
from mcred.domain.people import Person
from mcred.domain.programme import Programme
from mcred.formats.decode import decode
from mcred.formats.scaffold import profile_file, programme_files, schema_line
from mcred.formats.schema import schema_files
from mcred.formats.trailers import message
from mcred.problems import Exit, McredError
from mcred.shipped import shipped
from mcred.store.address import parse_address
from mcred.store.config import read_config, remote_url, set_remote
from mcred.store.folder_index import read_laid, save_laid
from mcred.store.git import Repo, create_repo, list_refs, open_repo, resolve
from mcred.store.remote import local_path, push, remote_heads
from mcred.store.shared import owner_of, share
from mcred.store.snapshot import list_tree
from mcred.store.worktree import lay_out
from mcred.store.write import Author, build_tree, commit_tree, move_refs, put_blob

EXAMPLES = (
    'mcred init lakeside --name "Lakeside Schools" --person "Rosa Diaz"',
    'mcred init lakeside --name "Lakeside Schools" --person "Rosa Diaz" --remote /srv/lakeside.git',
    "mcred init . --remote /srv/lakeside.git",
    "mcred init . --host github",
)


def run(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Where the programme is to be.", metavar="DIR")],
    name: Annotated[str | None, typer.Option(help="The programme's name.")] = None,
    programme_id: Annotated[str | None, typer.Option("--programme-id", help="Its short id.")] = None,
    person: Annotated[
        str | None, typer.Option(help="Your name: you will be its maintainer and issuer.")
    ] = None,
    person_id: Annotated[str | None, typer.Option("--id", help="Your short id.")] = None,
    school: Annotated[str | None, typer.Option(help="Your school or office.")] = None,
    publish: Annotated[
        str | None, typer.Option(help="Your badges' pages: public, unlisted or private.")
    ] = None,
    remote: Annotated[
        str | None,
        typer.Option(help="The shared place: an address, or a folder that is made if it is not there."),
    ] = None,
    url: Annotated[str, typer.Option(help="Where the badge pages will stand, such as https://…")] = "",
    expert_submissions: Annotated[int, typer.Option(min=0, help="Experts judge the first so many.")] = 50,
    experts: Annotated[int, typer.Option(min=1, help="Experts per submission.")] = 1,
    peers: Annotated[int, typer.Option(min=1, help="Peers per submission, afterwards.")] = 3,
    due_days: Annotated[int, typer.Option(min=1, help="Days an assessor has.")] = 10,
    guard: Annotated[
        bool, typer.Option(help="Let a shared folder that is made here check what arrives.")
    ] = True,
    starter: Annotated[
        bool, typer.Option(help="Begin with the micro-credentials that come with mcred.")
    ] = True,
    host: Annotated[
        str, typer.Option(help="Let a review host check and publish: github, gitlab or forgejo.")
    ] = "",
    dry_run: DryRun = False,
) -> None:
    """Found a programme: its rules, you as maintainer and issuer, micro-credentials to begin with."""
    edge = terminal_of(ctx)
    place = (edge.at / folder).resolve()
    if host:
        known_host(host)
    if (place / "mcred.yaml").exists():
        if host and remote is None:
            add_host(replace(edge, at=place), host, dry_run)
            return
        if remote is None:
            raise McredError(f"{place} is a programme already", hint=f"mcred init {folder} --remote ADDRESS")
        _connect(edge, place, remote, dry_run, guard)
        return
    title = name or edge.ask("The programme's name", "--name")
    short = programme_id or suggest_id(title)
    if not is_id(short):
        raise McredError(
            f"'{short}' cannot be the programme's id", hint="add --programme-id ID", code=Exit.USAGE
        )
    values: dict[str, Any] = {
        "id": short,
        "name": title,
        "url": url,
        "expert_submissions": expert_submissions,
        "experts": experts,
        "peers": peers,
        "due_days": due_days,
    }
    _refuse_values(values)
    _refuse_place(edge, place, remote)
    if dry_run:
        edge.show.say(f"Would found the programme {title} ({short}) in {place}.")
        return
    founder = ask_who(edge, None, person, person_id, school, publish)
    place.mkdir(parents=True, exist_ok=True)
    repo = _repository(place)
    _found(edge, repo, values, founder, starter, host)
    edge.show.say(f"{title} is founded in {place}.", style="bold")
    shared = remote or remote_url(repo)
    if remote is not None:
        _connect(edge, place, remote, False, guard)
    elif shared is not None:
        edge.show.say(f"It is not at its shared place, {shared}, yet.")
        edge.show.next(f"mcred init {folder} --remote {shared}")
    else:
        edge.show.say("It has no shared place yet, so nobody else can join.")
        edge.show.next(f"mcred init {folder} --remote /path/to/programme.git")


def _refuse_values(values: dict[str, Any]) -> None:
    """Raises McredError for values that the programme's rules cannot hold, before anything is written."""
    if values["url"] and not values["url"].startswith(("https://", "http://")):
        raise McredError(
            f"--url cannot be '{values['url']}': it is an address that begins with https://",
            hint="mcred init --help",
            code=Exit.USAGE,
        )
    files = programme_files(shipped("templates") / "program", **values, person="somebody", schema="")
    decoded, problems = decode(files[PROGRAMME], Programme, PROGRAMME)
    if decoded is None:
        raise McredError(
            "a programme cannot begin like this", hint="mcred init --help", problems=problems, code=Exit.USAGE
        )


def _refuse_place(edge: Terminal, place: Path, remote: str | None) -> None:
    """Raises McredError for a folder that cannot become this programme, before anything is written."""
    address = parse_address(remote, base=edge.at) if remote is not None else None
    _refuse_file(place, "mcred init ANOTHER-FOLDER")
    if address is not None:
        _refuse_file(local_path(address), f"mcred init {place} --remote ANOTHER-ADDRESS")
    if not (place / ".git").exists():
        return
    repo = open_repo(place)
    if address is not None:
        _refuse_other_remote(repo, address)
    refs = list_refs(repo)
    _refuse_names(refs, str(place), f"git -C {quote(str(place))} branch -m")
    others = refs if MAIN not in refs else {}
    if others:
        branch = min(others).removeprefix("refs/heads/")
        raise McredError(
            f"this repository has no branch main (it has {branch}), and a programme lives on main",
            hint=f"git -C {place} branch -m {branch} main   (then the same command)",
        )


def _refuse_file(place: Path | None, again: str) -> None:
    """Raises McredError where a file blocks the path, or a parent of it."""
    for there in (place, *place.parents) if place else ():
        if there.exists() and not there.is_dir():
            raise McredError(f"{there} is a file, and a folder has to be there", hint=again)


def _refuse_other_remote(repo: Repo, address: str) -> None:
    """Raises McredError when the programme was pushed to another remote already."""
    now = remote_url(repo)
    if now is not None and now != address and resolve(repo, SENT_MAIN) is not None:
        raise McredError(f"the shared place is {now} already", hint="mcred sync")


def _repository(place: Path) -> Repo:
    """The repository with `place` as its root, created if there is none."""

    if not (place / ".git").exists():
        return create_repo(place, bare=False)
    return open_repo(place)


def _found(
    edge: Terminal,
    repo: Repo,
    values: dict[str, Any],
    asked: Person,
    starter: bool,
    host: str,
) -> None:
    """The first commit of a programme: its initial files, signed by its founder."""
    founder, key = settle(repo, edge, asked)
    values = {**values, "person": founder.id, "schema": schema_line(PROGRAMME, "programme")}
    files = dict(programme_files(shipped("templates") / "program", **values))
    files[profile_path(founder.id)] = profile_file(founder)
    files.update({f"{SCHEMAS}/{path}": data for path, data in schema_files().items()})
    if host:
        files.update(host_files(known_host(host)))
    if starter:
        base = shipped("credentials")
        for path in sorted(p for p in base.rglob("*") if p.is_file()):
            files[f"{DEFINITIONS}/{path.relative_to(base).as_posix()}"] = path.read_bytes()
    before = resolve(repo, MAIN)
    kept = _already_there(repo, before, files)
    changes: dict[str, BlobId | None] = {p: put_blob(repo, d) for p, d in files.items() if p not in kept}
    email = read_config(repo, "user.email") or ""
    author = Author(name=founder.name, email=email, when=edge.now())
    text = message(f"Found the programme {values['name']}", "found")
    parents = [before] if before else []
    commit = commit_tree(repo, build_tree(repo, before, changes), parents, text, author, key)
    move_refs(repo, [(MAIN, commit, before)])
    laid = read_laid(repo)
    if laid.tree is None and before is not None:
        # So that the index of an existing repository is updated as well.
        save_laid(repo, replace(laid, main=before))
    lay_out(repo, build_tree(repo, commit, {}), commit)


def _already_there(repo: Repo, before: CommitId | None, files: dict[str, bytes]) -> frozenset[str]:
    """Paths that an existing repository has already and keeps, such as its README."""

    return frozenset(list_tree(repo, before)) & frozenset(files) if before else frozenset()


def _connect(edge: Terminal, place: Path, remote: str, dry_run: bool, guard: bool) -> None:
    """Give the programme in `place` its remote and push main there."""
    repo = open_repo(place)
    address = parse_address(remote, base=edge.at)
    _refuse_other_remote(repo, address)
    local = local_path(address)
    _refuse_file(local, f"mcred init {place} --remote ANOTHER-ADDRESS")
    if dry_run:
        edge.show.say(f"Would make {address} the shared place of {place}.")
        return
    if local and (not local.exists() or not any(local.iterdir())):
        _make_shared(repo, local)
    set_remote(repo, address)
    _refuse_names(remote_heads(repo, interactive=edge.interactive), address, _rename_at(address))
    if guard and local:
        _install_guard(edge, local)
    main = resolve(repo, MAIN)
    if main is None:
        raise McredError("the programme has nothing to send yet", hint=f"mcred init {place}")
    with edge.show.working("sending") as tell:
        result = push(repo, {MAIN: main}, progress=tell, interactive=edge.interactive)
    if result.refused:
        raise McredError(
            f"{address} did not take it: {'; '.join(result.refused.values())}",
            hint=f"mcred init {place} --remote ANOTHER-ADDRESS",
            code=Exit.CHANGED,
        )
    edge.show.say(f"Its shared place is {address}. Others join with:")
    edge.show.next(f"mcred join {address}")


def _make_shared(repo: Repo, local: Path) -> None:
    """Create a bare repository; an existing folder is made group-writable, with setgid."""
    if local.exists():
        with suppress(PermissionError):
            local.chmod(local.stat().st_mode | 0o2070)
    main = resolve(repo, MAIN)
    create_repo(local, bare=True, hexes=len(main or "") or 40)


def _install_guard(edge: Terminal, local: Path) -> None:
    """Install the pre-receive hook in a bare repository on this computer."""
    shared = open_repo(local, named=True)
    if shared.work_tree is None:
        share(shared, own_hook())
        edge.show.say("It checks what arrives there against the programme's rules.")
        edge.show.say(f"Who may use it is decided by its group: it belongs to {owner_of(local)}.")


def _refuse_names(refs: Iterable[str], where: str, rename: str) -> None:
    """Raises McredError for branch names that mcred needs as folders for its own refs."""
    taken = [
        ref.removeprefix("refs/heads/") for ref in refs if ref in OWN_PLACES or ref.startswith(f"{MAIN}/")
    ]
    if taken:
        name = taken[0].removeprefix("refs/heads/")
        raise McredError(
            f"a branch named {name} is in the way in {where}: mcred keeps people's work under that name",
            hint=f"{rename} {name} old-{name.replace('/', '-')}   (then the same command)",
        )


def _rename_at(address: str) -> str:
    """The beginning of a command that renames a branch of the remote."""
    local = local_path(address)
    return f"git --git-dir={quote(str(local))} branch -m" if local else "rename there the branch"

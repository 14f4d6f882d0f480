"""Definitions, rules and templates that were edited here: checked, then put on the main line."""

from __future__ import annotations

from mcred.cli.desk import Desk
from mcred.cli.drafts import work_folder
from mcred.cli.linting import lint_snapshot
from mcred.cli.main_line import Addition, add_to_main
from mcred.files.events import message
from mcred.files.layout import PROGRAMME, parse_path
from mcred.files.read import is_wanted
from mcred.model.ids import BlobId, PersonId
from mcred.problems import Exit, McredError, errors
from mcred.store.log import list_changes
from mcred.store.snapshot import Entry, Snapshot, take_snapshot
from mcred.store.worktree import changed_files, snapshot_folder
from mcred.store.write import build_tree, commit_tree, put_file

AREAS = ("credentials", "templates")


def save_programme(desk: Desk, dry_run: bool) -> None:
    """Put edited definitions, templates and rules on the main line, if they are in order and I may."""
    me, show = desk.confirmed(), desk.edge.show
    changes = edited(desk)
    if not changes:
        show.say("Nothing was edited in mcred.yaml, credentials/ or templates/.")
        show.next("mcred lint")
        return
    _refuse_role(desk, me, changes)
    for path in sorted(changes):
        show.say(f"{'remove' if changes[path] is None else 'save'} {path}", indent=2)
    after = preview(desk, changes)
    problems = errors(lint_snapshot(desk, after))
    if problems:
        raise McredError(
            "what you edited is not in order", hint="mend it, then: mcred lint", problems=problems
        )
    _refuse_changed_versions(desk, after)
    if dry_run:
        show.say("Would be saved for everybody.")
        return
    names = sorted({p.split("/")[1] if "/" in p else p for p in changes})
    text = message(f"Edit {', '.join(names)[:60]}", "edit")

    def decide(now: Desk) -> Addition:
        touched = {c.path for c in list_changes(now.repo, desk.main, now.main)} & set(changes)
        if touched:
            raise McredError(
                f"somebody else changed {', '.join(sorted(touched))} meanwhile",
                hint="mcred sync   (your version stays in the folder)",
                code=Exit.CHANGED,
            )
        return Addition(changes=changes, merged=(), text=text)

    add_to_main(desk, decide, "mcred save --programme", only=lambda s: False)
    show.say("Saved for everybody.")
    show.next("mcred build")


def edited(desk: Desk) -> dict[str, BlobId | None]:
    """Changed programme files of the folder: path → what it holds now, None when removed."""
    root = work_folder(desk)
    found: dict[str, BlobId | None] = {}
    for area in AREAS:
        changed = changed_files(desk.repo, area)
        blobs = snapshot_folder(desk.repo, area) if changed else {}
        found.update({path: blobs.get(path) for path in changed})
    entry = desk.tree.entries.get(PROGRAMME)
    blob = put_file(desk.repo, root / PROGRAMME)
    if entry is None or entry.blob != blob:
        found[PROGRAMME] = blob
    return {p: b for p, b in found.items() if _blob_on_main(desk, p) != b}


def _blob_on_main(desk: Desk, path: str) -> BlobId | None:
    entry = desk.tree.entries.get(path)
    return entry.blob if entry else None


def preview(desk: Desk, changes: dict[str, BlobId | None]) -> Snapshot:
    """The programme as it would be with some files changed."""
    tree = build_tree(desk.repo, desk.main, changes)
    commit = commit_tree(desk.repo, tree, [desk.main], "Preview", desk.author(), desk.key())

    def want(path: str, entry: Entry) -> bool:
        return is_wanted(path, frozenset())

    return take_snapshot(desk.repo, commit, want)


def _refuse_role(desk: Desk, me: PersonId, changes: dict[str, BlobId | None]) -> None:
    roles = desk.catalog.programme.roles
    needs_maintainer = [p for p in changes if not p.startswith("credentials/")]
    if needs_maintainer and me not in roles.maintainers:
        raise McredError(
            f"only maintainers change {needs_maintainer[0]} ({', '.join(roles.maintainers)})",
            hint="mcred sync",
            code=Exit.NOT_ALLOWED,
        )
    if me not in (*roles.issuers, *roles.maintainers):
        raise McredError(
            f"only issuers change definitions ({', '.join(roles.issuers)})",
            hint="mcred sync",
            code=Exit.NOT_ALLOWED,
        )


def _refuse_changed_versions(desk: Desk, after: Snapshot) -> None:
    """A version somebody submitted against never changes (FORMATS: `version`)."""
    used = desk.catalog.in_use() | {
        (s.submission.credential, s.request.definition.version)
        for s in desk.record.standings.values()
        if s.request is not None
    }
    for credential, definition in desk.catalog.definitions.items():
        path = f"credentials/{credential}/credential.yaml"
        entry = after.entries.get(path)
        if entry is not None and entry.blob == definition.blob:
            continue
        what = parse_path(path)
        version = definition.credential.version
        data = after.contents.get(path, b"")
        same_version = any(f"version: {q}{version}{q}".encode() in data for q in ("", '"', "'"))
        if what and (credential, version) in used and (entry is None or same_version):
            raise McredError(
                f"{credential} {version} is in use: somebody submitted against it, so it cannot change",
                hint=f"give it a new version in {path}, then: mcred save --programme",
            )

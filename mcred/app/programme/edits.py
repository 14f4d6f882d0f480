"""Checks locally edited definitions, rules, templates and witnesses, and commits them to main."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mcred.app.audit.witness import FOLDER as WITNESSES
from mcred.app.commit import ChangeSet, commit_to_main
from mcred.app.pending import find_edition
from mcred.app.programme.lint import lint_snapshot
from mcred.app.work.drafts import work_folder
from mcred.app.workspace import Workspace
from mcred.domain.credential import Credential
from mcred.domain.ids import BlobId, PersonId, version_key
from mcred.domain.layout import DEFINITIONS, PROGRAMME, RECOGNITION, definition_path
from mcred.domain.programme import Programme
from mcred.domain.rules.growth import lost_issuer_keys, policy_of
from mcred.formats.catalog import is_wanted
from mcred.formats.decode import decode
from mcred.formats.trailers import message
from mcred.problems import Exit, McredError, errors, next_step
from mcred.store.diffs import list_changes
from mcred.store.folder_index import read_laid, read_written, which_blob
from mcred.store.log import find_blob_versions
from mcred.store.snapshot import Snapshot, take_snapshot
from mcred.store.worktree import changed_files, snapshot_folder
from mcred.store.write import build_tree, commit_tree, put_blob

AREAS = (DEFINITIONS, RECOGNITION, "templates", WITNESSES)


def check_edits(ws: Workspace) -> dict[str, BlobId | None]:
    """What I edited of the programme: path → new content, None when deleted.

    Raises McredError where I may not change it, another change came first, or it is not valid.
    """
    me = ws.confirmed()
    if not (changes := edited(ws)):
        return changes
    if not ws.ctx.dry_run:
        ws.need_fresh(next_step("save", "--programme"))
    refuse_role(ws, me, changes)
    _refuse_overtaken(ws, changes)
    for path in sorted(changes):
        ws.ctx.show.say(f"{'remove' if changes[path] is None else 'save'} {path}", indent=2)
    after = preview(ws, changes)
    found = lint_snapshot(ws, after)
    if problems := errors(found):
        raise McredError(
            "what you edited has errors",
            hint=next_step("lint", before="fix it, then"),
            problems=problems,
        )
    ws.ctx.show.warn(p for p in found if p.where is not None and p.where.file == PROGRAMME)
    _refuse_changed_versions(ws, after, changes)
    _refuse_step_back(ws, after, changes)
    return changes


def commit_edits(ws: Workspace, changes: Mapping[str, BlobId | None]) -> Workspace:
    """Commit checked edits to main. Raises McredError where another change of these files came first."""
    names = sorted({p.split("/")[1] if "/" in p else p for p in changes})
    text = message(f"Edit {', '.join(names)[:60]}", "edit")

    def decide(now: Workspace) -> ChangeSet:
        touched = {c.path for c in list_changes(now.repo, ws.main, now.main)} & set(changes)
        if touched:
            raise _overtaken(sorted(touched))
        return ChangeSet(changes=changes, merged=(), text=text)

    return commit_to_main(ws, decide, next_step("save", "--programme"))


def edited(ws: Workspace) -> dict[str, BlobId | None]:
    """Changed programme files of the working copy: path → new content, None when deleted."""
    root = work_folder(ws)
    found: dict[str, BlobId | None] = {}
    for area in AREAS:
        changed = changed_files(ws.repo, area)
        blobs = snapshot_folder(ws.repo, area) if changed else {}
        found.update({path: blobs.get(path) for path in changed})
    place, laid = root / PROGRAMME, read_laid(ws.repo).files.get(PROGRAMME)
    if not place.is_file():
        raise McredError(f"{PROGRAMME} is missing from your folder", hint=f"git checkout main -- {PROGRAMME}")
    # Compared with what was checked out: an older copy that no one edited is no change.
    if laid is None or which_blob(PROGRAMME, place, frozenset({laid.blob})) is None:
        found[PROGRAMME] = put_blob(ws.repo, read_written(place))
    return {p: b for p, b in found.items() if _blob_on_main(ws, p) != b}


def _blob_on_main(ws: Workspace, path: str) -> BlobId | None:
    entry = ws.tree.entries.get(path)
    return entry.blob if entry else None


def preview(ws: Workspace, changes: dict[str, BlobId | None]) -> Snapshot:
    """The programme as it would be with some files changed."""
    tree = build_tree(ws.repo, ws.main, changes)
    commit = commit_tree(ws.repo, tree, [ws.main], "Preview", ws.author(), ws.key())
    return take_snapshot(ws.repo, commit, lambda path, _: is_wanted(path, None))


def refuse_role(ws: Workspace, me: PersonId, changes: Iterable[str]) -> None:
    """Raises McredError for someone who may not change these files of the programme."""
    roles = ws.catalog.programme.roles
    needs_maintainer = [
        p for p in changes if p == PROGRAMME or p.startswith((f"{WITNESSES}/", f"{RECOGNITION}/"))
    ]
    if needs_maintainer and me not in roles.maintainers:
        raise McredError(
            f"only maintainers change {needs_maintainer[0]} ({', '.join(roles.maintainers)})",
            hint=next_step("sync"),
            code=Exit.NOT_ALLOWED,
        )
    if me not in (*roles.issuers, *roles.maintainers):
        raise McredError(
            f"only issuers change definitions and templates ({', '.join(roles.issuers)})",
            hint=next_step("sync"),
            code=Exit.NOT_ALLOWED,
        )


def _refuse_overtaken(ws: Workspace, changes: dict[str, BlobId | None]) -> None:
    """Raises McredError where the edit is based on something else than what main has now."""
    laid = read_laid(ws.repo).files
    begun = {path: seen.blob if (seen := laid.get(path)) else None for path in changes}
    touched = sorted(path for path in changes if begun[path] != _blob_on_main(ws, path))
    if touched:
        raise _overtaken(touched)


def _overtaken(paths: list[str]) -> McredError:
    return McredError(
        f"someone else changed {', '.join(paths)} in the meantime",
        hint=next_step(
            "sync", note="your version stays in the folder; work their changes into it before you save"
        ),
        code=Exit.CHANGED,
    )


def _refuse_step_back(ws: Workspace, after: Snapshot, changes: dict[str, BlobId | None]) -> None:
    """Rules and issuer keys only grow, and a definition in use is never replaced by an older version.

    TRUST: "a roll-back to an older, validly signed policy is a known hole elsewhere"; `mcred audit` finds it.
    """
    again = next_step("save", "--programme")
    rules, _ = decode(after.contents[PROGRAMME], Programme, PROGRAMME)
    if (
        rules is not None
        and policy_of(rules) != policy_of(ws.catalog.programme)
        and changes.get(PROGRAMME) in find_blob_versions(ws.repo, ws.main, PROGRAMME)
    ):
        raise McredError(
            f"these are exactly the rules of an earlier day, as if {PROGRAMME} had been rolled back",
            hint=f"say in a comment why they come back, such as # since 2026-09, then: {again}",
        )
    lost = lost_issuer_keys(ws.catalog.programme, rules) if rules else ()
    if lost:
        raise McredError(
            f"an issuer's key was removed or altered ({lost[0][:16]}…), but badges depend on it",
            hint=f"put it back under issuer: keys: as it was, then: {again}",
        )
    for credential in sorted({c for c, _ in ws.catalog.in_use()}):
        path, before = definition_path(credential), ws.catalog.definitions.get(credential)
        if path not in changes or path not in after.contents or before is None:
            continue
        edited_now, _ = decode(after.contents[path], Credential, path)
        if edited_now and version_key(edited_now.version) < version_key(before.credential.version):
            raise McredError(
                f"{credential} is at version {before.credential.version}; {edited_now.version} is older",
                hint=f"give it a higher version in {path}, then: {again}",
            )


def _refuse_changed_versions(ws: Workspace, after: Snapshot, changes: dict[str, BlobId | None]) -> None:
    """A version that was submitted against never changes (FORMATS: `version`), not even via another one."""
    used = ws.catalog.in_use() | {
        (s.submission.credential, s.request.definition.version)
        for s in ws.record.current.values()
        if s.request is not None
    }
    for credential, version in sorted(used):
        path = definition_path(credential)
        if path not in changes:
            continue
        entry = after.entries.get(path)
        if entry is None:
            raise McredError(
                f"{credential} is in use: someone submitted against it, so it cannot be removed",
                hint=next_step(
                    "save", "--programme", before=f"write status: retired and a new version in {path}, then"
                ),
            )
        edited_now, _ = decode(after.contents[path], Credential, path)
        known = find_edition(ws.repo, ws.catalog, credential, version)
        is_same = known is not None and known[1].blob == entry.blob
        if edited_now is not None and edited_now.version == version and not is_same:
            raise McredError(
                f"{credential} {version} is in use: someone submitted against it, so it cannot change",
                hint=next_step("save", "--programme", before=f"give it a new version in {path}, then"),
            )

"""The rules on a push of main that rest on what had arrived before; no record shows that later."""

from __future__ import annotations

from collections.abc import Iterator

from mcred.app.catalogs import NOBODY, catalog_at
from mcred.domain.decision import Decision
from mcred.domain.ids import CommitId
from mcred.domain.layout import (
    assessment_path,
    folder_of,
    override_ref,
    parse_path,
    remote_ref,
    review_ref,
    submission_ref,
)
from mcred.domain.seats import Assignment
from mcred.formats.decode import decode
from mcred.store.batch import read_small
from mcred.store.diffs import list_changes
from mcred.store.git import Repo, resolve
from mcred.store.log import is_ancestor, read_commit
from mcred.store.snapshot import list_tree


def scored_before(repo: Repo, old: CommitId | None, new: CommitId) -> Iterator[tuple[str, str]]:
    """Rejects giving an assessor's place away after their assessment arrived here: no record shows that
    later."""
    for change in list_changes(repo, old, new) if old is not None else ():
        found = parse_path(change.path)
        if found is None or found.kind != "assignment" or change.new is None:
            continue
        data = read_small(repo, [change.new.blob]).get(change.new.blob, b"")
        said = decode(data, Assignment, change.path)[0]
        tip = said and resolve(repo, review_ref(said.submission, said.attempt, said.instead_of))
        scores = said and assessment_path(said.submission, said.attempt, said.instead_of)
        if said and tip and scores in list_tree(repo, tip, folder_of(said.submission)):
            yield "assign-scored", f"{change.path}: {said.instead_of} had already assessed it"


def never_arrived(repo: Repo, old: CommitId | None, new: CommitId) -> Iterator[tuple[str, str]]:
    """Rejects what a decision rests on, signed with a replaced key, that had not arrived here before.

    No record shows when something was signed; the remote knows what it had received.
    """
    for change in list_changes(repo, old, new) if old is not None else ():
        found = parse_path(change.path)
        if old is None or found is None or found.kind != "decision" or change.new is None:
            continue
        data = read_small(repo, [change.new.blob]).get(change.new.blob, b"")
        said = decode(data, Decision, change.path)[0]
        catalog = catalog_at(repo, old, NOBODY)
        earner = found.submission.earner
        rests_on = {said.judged: (earner, submission_ref(found.submission))} if said else {}
        for basis in (*said.basis, *said.declined) if said else ():
            rests_on[basis.commit] = (
                basis.assessor,
                review_ref(found.submission, found.attempt, basis.assessor),
            )
        if said and said.override:
            issuer = said.override.issuer
            ref = override_ref(found.submission, found.attempt, issuer)
            rests_on[said.override.commit] = (issuer, ref)
        for commit, (person, ref) in rests_on.items():
            tip = resolve(repo, ref) or resolve(repo, remote_ref(ref))
            if resolve(repo, commit) is None or (tip is not None and is_ancestor(repo, commit, tip)):
                continue
            signer, profile = read_commit(repo, commit).signer, catalog.people.get(person)
            if signer and profile and signer in {k.public for k in profile.keys if k.retired is not None}:
                what = f"{commit[:12]} is signed with a key that {person} no longer uses"
                yield "key-replaced", f"{change.path}: {what}, and had not arrived here before"

"""What was recorded as recognized: read from a state of main, and what is right of it where that matters."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from mcred.app.audit.recorded import prove_ledgers
from mcred.domain.ids import CommitId, PersonId, Slug
from mcred.domain.layout import PORTFOLIOS, folder_of_person, parse_path
from mcred.domain.recognition.decided import (
    JudgedRecord,
    Ledger,
    LedgerKey,
    RecognitionDecision,
    open_ledger,
    rests_on_proof,
)
from mcred.domain.recognition.evidence import PresentedBadge
from mcred.domain.recognition.policy import RecognitionPolicy
from mcred.formats.decode import decode
from mcred.store.git import Repo
from mcred.store.log import list_altered
from mcred.store.snapshot import Snapshot, take_snapshot

_DEEPEST = 2
"""In so many folders a recorded decision is."""


def read_recorded(repo: Repo, commit: CommitId, *under: str) -> Snapshot:
    """What a commit has recorded as recognized below some folders, and nothing else."""

    def is_wanted(path: str, _: object) -> bool:
        found = parse_path(path)
        return found is not None and found.kind == "recognized"

    return take_snapshot(repo, commit, is_wanted, *under)


def read_ledgers(tree: Snapshot) -> dict[LedgerKey, Ledger]:
    """What is recorded in some files, by person and policy; all that can be read is taken for right."""
    found: dict[LedgerKey, list[JudgedRecord]] = {}
    for path, data in tree.contents.items():
        at = parse_path(path)
        if at is not None and at.person is not None and at.kind == "recognized":
            said, _ = decode(data, RecognitionDecision, path)
            place = (at.person, at.rest, at.number)
            is_same = said is not None and (said.person, said.policy, said.number) == place
            one = JudgedRecord(number=at.number, said=said if is_same else None, is_right=is_same)
            found.setdefault((at.person, at.rest), []).append(one)
    return {key: open_ledger(sorted(many, key=lambda one: one.number)) for key, many in found.items()}


def other_ledgers(tree: Snapshot, person: PersonId, policy: str) -> dict[str, Ledger]:
    """What other policies recorded of a person's badges, by their ids."""
    known = read_ledgers(tree).items()
    return {name: ledger for (whose, name), ledger in known if whose == person and name != policy}


def prove_where_needed(
    repo: Repo,
    tree: Snapshot,
    policy: RecognitionPolicy,
    everyone: Mapping[PersonId, Sequence[PresentedBadge]],
    as_of: date,
) -> dict[PersonId, Ledger]:
    """What a policy recorded of each of some people by a state of main.

    It is read from the files. Main's history is read for those of whom a file is no plain one, or was changed
    or taken away since it was added, and for those of whom it matters by a day what is right
    (`rests_on_proof`).
    """
    known = read_ledgers(tree)
    found = {person: known.get((person, policy.id), Ledger()) for person in everyone}
    altered = _find_altered(repo, tree, policy.id, everyone)
    asked = [
        (person, policy.id)
        for person, badges in everyone.items()
        if person in altered or rests_on_proof(policy, badges, as_of, found[person])
    ]
    proved = prove_ledgers(repo, tree.commit, asked) if asked else {}
    return found | {person: ledger for (person, _), ledger in proved.items()}


def _find_altered(
    repo: Repo, tree: Snapshot, policy: Slug, people: Collection[PersonId]
) -> frozenset[PersonId | None]:
    """Of whom a recorded decision of a policy was changed or taken away, or is a link or too large."""
    under = folder_of_person(*people) if len(people) == 1 else PORTFOLIOS
    unread = (path for path in tree.entries if path.count("/") <= _DEEPEST and path not in tree.contents)
    found = map(parse_path, (*list_altered(repo, tree.commit, under), *unread))
    return frozenset(at.person for at in found if at and (at.kind, at.rest) == ("recognized", policy))

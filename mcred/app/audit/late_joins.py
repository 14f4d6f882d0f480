"""Invitations that ended, by the clock of the remote: an audit knows only the dates that commits claim."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from mcred.domain.ids import CommitId
from mcred.domain.invitation import Invitation
from mcred.domain.layout import invitation_path, parse_path
from mcred.formats.decode import decode
from mcred.store.batch import read_small
from mcred.store.diffs import list_changes
from mcred.store.git import Repo
from mcred.store.log import walk_log
from mcred.store.snapshot import list_tree


def joined_late(repo: Repo, new: CommitId, old: CommitId | None, today: date) -> Iterator[tuple[str, str]]:
    """Rejects a step of an invited person whose invitation has ended.

    `today`: by the remote's clock. One that ended the day before is taken, as it may still be that day where
    it is used.
    """
    for commit in walk_log(repo, [new], [old]) if old is not None else ():
        if len(commit.parents) < 2 or commit.signer is None:
            continue
        for change in list_changes(repo, commit.parents[0], commit.id):
            found = parse_path(change.path)
            if found is None or found.kind != "profile" or found.person is None:
                continue
            path = invitation_path(found.person)
            entry = list_tree(repo, commit.parents[0], path).get(path)
            data = read_small(repo, [entry.blob]).get(entry.blob, b"") if entry else b""
            said = decode(data, Invitation, path)[0] if data else None
            if said is not None and said.key == commit.signer and said.expires < today - timedelta(days=1):
                yield "join-wrong", f"{found.person}'s invitation ended on {said.expires}"

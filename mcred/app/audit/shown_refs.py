"""The rules on a push to a shown ref: one state, signed by its owner, and nothing in it that is not shown."""

from __future__ import annotations

from collections.abc import Iterator

from mcred.app.catalogs import catalog_at
from mcred.app.pieces.shown import explain_files, read_list
from mcred.domain.catalog import Catalog
from mcred.domain.ids import CommitId, PersonId
from mcred.domain.layout import shown_path
from mcred.domain.rules.acceptance import check_signer, is_issuers
from mcred.domain.shown import ShownList, is_judged, leaves_out
from mcred.store.batch import stream_blobs
from mcred.store.git import Repo
from mcred.store.log import Commit
from mcred.store.snapshot import list_tree


def judge_shown(
    repo: Repo, person: PersonId, catalog: Catalog, old: CommitId | None, commit: Commit
) -> Iterator[tuple[str, str]]:
    """The code and the text of each reason against a state that arrives on a shown ref.

    It has no parents: what was taken back would come along with an earlier state. An issuer may write one
    again that has less than the one before (`old`), without pieces that do not count any more.
    """
    takes_out = is_issuers(commit.signer, catalog) and _takes_out(repo, person, catalog, old, commit.id)
    for reason in () if takes_out else check_signer(commit.signer, person, catalog):
        yield "not-signed", reason
    if commit.parents:
        yield "not-allowed", "it includes an earlier version"
    entries = list_tree(repo, commit.id)
    listed, wrong = read_list(repo, person, entries)
    for what in wrong:
        yield "bad-file", what
    if listed is None or wrong:
        return
    files = {entries[shown_path(name)].blob: name for name in listed.files}
    for blob, data in stream_blobs(repo, files):
        for what in explain_files({files[blob]: data}):
            yield "bad-file", what
    yield from _never_judged(repo, listed, catalog)


def _takes_out(repo: Repo, person: PersonId, catalog: Catalog, old: CommitId | None, new: CommitId) -> bool:
    """Whether a state is the one before without what was erased."""
    lists = [read_list(repo, person, list_tree(repo, at))[0] for at in (old, new) if at is not None]
    before, now = (*lists, None, None)[:2]
    if before is None or now is None:
        return False
    about = frozenset(piece.submission for piece in before.pieces)
    return leaves_out(now, before, catalog_at(repo, catalog.commit, about).records)


def _never_judged(repo: Repo, listed: ShownList, catalog: Catalog) -> Iterator[tuple[str, str]]:
    about = frozenset(piece.submission for piece in listed.pieces)
    records = catalog_at(repo, catalog.commit, about).records if about else {}
    for piece in listed.pieces:
        if not is_judged(piece, records.get(piece.submission)):
            attempt = f"attempt {piece.attempt} of {piece.submission}"
            yield "not-allowed", f"“{piece.title}” is not a piece that {attempt} was awarded for"

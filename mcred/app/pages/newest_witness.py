"""The newest witness that pages show, of those that the programme keeps in a folder of main."""

from __future__ import annotations

from msgspec import Struct

from mcred.app.audit.witness import FOLDER, count_awards, decode_witness
from mcred.app.catalogs import NOBODY, catalog_at
from mcred.domain.audit.witness import Witness
from mcred.domain.ids import CommitId
from mcred.domain.people import fingerprint
from mcred.problems import McredError, Place, Problem
from mcred.store.git import Repo
from mcred.store.log import is_ancestor
from mcred.store.snapshot import REGULAR, list_tree, read_blobs
from mcred.website.views import WitnessView


class ShownWitness(Struct, frozen=True, kw_only=True):
    """A witness as a page shows it, and the bytes of its file."""

    view: WitnessView
    data: bytes


def newest_witness(repo: Repo, commit: CommitId) -> tuple[ShownWitness | None, tuple[Problem, ...]]:
    """The newest witness at a commit of main that its history agrees with, and a warning for each other
    file."""
    listed = {p: e.blob for p, e in list_tree(repo, commit, FOLDER).items() if e.mode in REGULAR}
    contents = read_blobs(repo, dict.fromkeys(listed.values()))
    found: list[tuple[Witness, bytes]] = []
    problems: list[Problem] = []
    for path, blob in sorted(listed.items()):
        try:
            witness = decode_witness(contents[blob], path)
            if not _is_true(repo, commit, witness):
                raise McredError(f"{path} is about a different record")
            found.append((witness, contents[blob]))
        except McredError as error:
            what = f"no page shows it: {error.what}"
            problems.append(Problem(what=what, where=Place(file=path), severity="warning"))
    if not found:
        return None, tuple(problems)
    witness, data = max(found, key=lambda one: one[0].when)
    people = catalog_at(repo, commit, NOBODY).people.values()
    view = WitnessView(
        signer=next((p.name for p in people if any(k.public == witness.key for k in p.keys)), ""),
        key=fingerprint(witness.key),
        awards=witness.awards,
        day=witness.when.date(),
        state=witness.main[:12],
    )
    return ShownWitness(view=view, data=data), tuple(problems)


def _is_true(repo: Repo, commit: CommitId, witness: Witness) -> bool:
    """Whether a state of this history had just these awards."""
    known = is_ancestor(repo, witness.founding, witness.main) and is_ancestor(repo, witness.main, commit)
    return known and count_awards(repo, witness.main) == witness.awards

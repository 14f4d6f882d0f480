"""Reads what people publish (`domain/shown`), from refs that their owners' signatures make count.

A ref with anything that does not belong there is a named problem, and nothing of it is shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import suppress

from msgspec import Struct, field

from mcred.domain.catalog import Catalog
from mcred.domain.ids import CommitId, PersonId
from mcred.domain.layout import SHOWN_LIST, SHOWN_REFS, parse_ref, remote_ref, shown_path, shown_ref
from mcred.domain.people import Person
from mcred.domain.shown import ShownList, explain_list
from mcred.domain.submission import MAX_FILE
from mcred.formats.decode import decode
from mcred.problems import McredError, Place, Problem
from mcred.store.git import Repo, list_refs
from mcred.store.log import Commit, read_commit
from mcred.store.snapshot import Entry, find_faults, list_tree, read_blobs

MOST_BYTES = 500 * 2**20
"""The most that all files of one person's ref may have together."""


class ShownState(Struct, frozen=True, kw_only=True):
    """What a person publishes."""

    list: ShownList
    files: Mapping[str, bytes] = field(default_factory=dict)
    """The file of each piece, by its name in the list."""


def find_shown(repo: Repo) -> Mapping[PersonId, CommitId]:
    """The newest known state of everyone's shown ref; nothing of it is checked."""
    refs = {**list_refs(repo, remote_ref(SHOWN_REFS)), **list_refs(repo, SHOWN_REFS)}
    return {found.person: tip for name, tip in sorted(refs.items()) if (found := parse_ref(name))}


def read_shown(
    repo: Repo, catalog: Catalog, person: Person, tip: CommitId
) -> tuple[ShownState | None, tuple[Problem, ...]]:
    """What a person publishes in a state of their shown ref; None with every reason why nothing counts.

    A signature of theirs counts, and that of an issuer who erased something of theirs and took it out here.
    """
    commit = read_commit(repo, tip)
    erasers = (catalog.people.get(by) for by in _erasers(catalog, person.id))
    if not any(_signed_by(one, commit) for one in (person, *erasers) if one is not None):
        return None, (_problem(person.id, f"it is not signed with a key of {person.id}'s"),)
    entries = list_tree(repo, tip)
    listed, wrong = read_list(repo, person.id, entries)
    if listed is None or wrong:
        return None, tuple(_problem(person.id, what) for what in wrong)
    files = {name: entries[shown_path(name)].blob for name in listed.files}
    data = read_blobs(repo, files.values())
    contents = {name: data[blob] for name, blob in files.items()}
    if changed := tuple(explain_files(contents)):
        return None, tuple(_problem(person.id, what) for what in changed)
    return ShownState(list=listed, files=contents), ()


def _erasers(catalog: Catalog, person: PersonId) -> frozenset[PersonId]:
    return frozenset(e.by for r in catalog.records_of(person) for e in r.erasures)


def is_hidden(repo: Repo, catalog: Catalog, person: Person) -> bool:
    """Whether a person took their pages off the programme's."""
    tip = find_shown(repo).get(person.id)
    shown = read_shown(repo, catalog, person, tip)[0] if tip is not None else None
    return shown is not None and shown.list.hidden


def read_list(
    repo: Repo, person: PersonId, entries: Mapping[str, Entry]
) -> tuple[ShownList | None, tuple[str, ...]]:
    """The list of a shown ref, and everything that is wrong with it and with the names beside it."""
    wrong = [f"{path}: {what}" for path, what, _ in find_faults(entries, max_file=MAX_FILE)]
    if sum(entry.size for entry in entries.values()) > MOST_BYTES:
        wrong.append(f"its files have more than {MOST_BYTES // 2**20} MB")
    if wrong:
        return None, tuple(wrong)
    entry = entries.get(SHOWN_LIST)
    data = read_blobs(repo, [entry.blob])[entry.blob] if entry is not None else b""
    listed, problems = decode(data, ShownList, SHOWN_LIST)
    if listed is None:
        return None, tuple(f"{SHOWN_LIST}: {problem.what}" for problem in problems)
    return listed, tuple(explain_list(listed, person, entries.keys()))


def explain_files(contents: Mapping[str, bytes]) -> Iterator[str]:
    """Why files are not what their names say: their SHA-256, and a type that browsers show."""
    from mcred.website.evidence import published_name

    for name, data in contents.items():
        if name.partition(".")[0] != hashlib.sha256(data).hexdigest():
            yield f"the content of {name} does not match its name"
        elif name.endswith((".json", ".jwt")):
            if name not in _badge_names(data):
                yield f"{name} is not a badge, written as mcred writes it"
        elif published_name(name, data) != name:
            yield f"{name} is not of the type its name says"


def _badge_names(data: bytes) -> Iterator[str]:
    """The name of a badge's file, where it is one and nothing else; no picture or large file is opened."""
    from mcred.app.elsewhere import plain as goes_out
    from mcred.badges.bake import is_image
    from mcred.badges.others.opening import open_any

    if len(data) > goes_out.MOST_BYTES or is_image(data):
        return
    with suppress(McredError):
        plain = goes_out.write_plain(open_any(data))
        if plain.data == data:
            yield plain.name


def _signed_by(person: Person, commit: Commit) -> bool:
    """Whether a person signed a commit with a key that they had then."""
    return any(
        key.public == commit.signer and (key.retired is None or commit.when.date() <= key.retired)
        for key in person.keys
    )


def _problem(person: PersonId, what: str) -> Problem:
    return Problem(
        what=f"{what}; nothing that {person} publishes is shown",
        where=Place(file=shown_ref(person)),
        hint=f"{person} has to publish it again with mcred",
    )

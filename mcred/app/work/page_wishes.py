"""Requests to take something off the pages that no maintainer has confirmed yet: every build honours them.

A request counts if it is signed with a key the programme lists for the person, and only in so far as it makes
less public. Where more than one was signed, the newest counts.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from msgspec import Struct, field
from msgspec.structs import replace

from mcred.app.workspace import Workspace
from mcred.domain.catalog import Catalog, Record
from mcred.domain.ids import CommitId, CredentialId, PersonId
from mcred.domain.layout import (
    FoundRef,
    parse_ref,
    profile_path,
    remote_ref,
    submission_path,
)
from mcred.domain.people import Person, make_less_public
from mcred.domain.submission import Evidence, Submission
from mcred.formats.decode import decode
from mcred.formats.trailers import submission_of
from mcred.problems import McredError, next_step
from mcred.store.batch import read_files
from mcred.store.git import Repo, list_refs
from mcred.store.log import Commit, find_unreached, read_commit, walk_log

_EVENTS = {"person": ("person",), "submission": ("save", "submit", "withdraw")}


class Wish(Struct, frozen=True, kw_only=True):
    """What one person asked to withdraw; nothing of it makes anything more public."""

    asked: datetime
    before: Person
    """The person as the programme has them."""
    profile: Person | None = None
    """The profile that pages may show, where that is less than the programme's own version."""
    pieces: Mapping[CredentialId, tuple[str, ...]] = field(default_factory=dict)
    """Files and addresses of evidence that may not be published any more, sorted."""


def read_wishes(repo: Repo, main: CommitId) -> Mapping[PersonId, Wish]:
    """Everybody's open requests, compared with the state `main`."""
    opened = _open_lines(repo, main)
    people = _profiles(repo, main, {found.person for found in opened})
    listings = [f for f in opened if f.kind == "submission" and f.person in people]
    published = dict(zip(listings, _published(repo, main, listings), strict=True))
    wishes: dict[PersonId, Wish] = {}
    for found, tips in opened.items():
        person = people.get(found.person)
        if person is None or (found.kind == "submission" and not published[found]):
            continue
        commit = _newest_signed(repo, found, person, tips, main)
        if commit is None:
            continue
        before = wishes.get(found.person) or Wish(asked=commit.when, before=person)
        wish = _add(repo, found, commit, person, published.get(found, frozenset()), before)
        if wish != before:
            wishes[found.person] = replace(wish, asked=max(before.asked, commit.when))
    return wishes


def hold_back(catalog: Catalog, wishes: Mapping[PersonId, Wish]) -> Catalog:
    """The catalog as pages may show it."""
    asked = {p: w.profile for p, w in wishes.items() if w.profile is not None and p in catalog.people}
    return replace(
        catalog,
        people={**catalog.people, **asked},
        records={i: _without(record, wishes.get(i.earner)) for i, record in catalog.records.items()},
    )


def describe_wishes(wishes: Mapping[PersonId, Wish]) -> Iterator[str]:
    """What is held back for whom, a sentence for each request."""
    for name, wish in sorted(wishes.items()):
        for asked, held in _say(wish):
            yield f"{name} asked on {wish.asked.date()} {asked}; {held}."


def _say(wish: Wish) -> Iterator[tuple[str, str]]:
    now, asked = wish.before, wish.profile
    if asked is not None:
        if asked.publish != now.publish:
            kept = "their pages are" if asked.publish == "private" else "their name is"
            where = "left out" if asked.publish == "private" else "left out of lists"
            yield f"to be {asked.publish}", f"{kept} {where}"
        if asked.thanked != now.thanked:
            yield "not to be thanked by name", "their name is left out there"
        if asked.school != now.school:
            yield "not to show a school", "it is left out"
        for credential in sorted(c for c, shown in now.growth.items() if asked.growth.get(c, ()) != shown):
            yield f"to show less of how {credential} grew", "that is left out"
    for credential, pieces in sorted(wish.pieces.items()):
        count = f"{len(pieces)} piece{'' if len(pieces) == 1 else 's'} of evidence"
        yield (
            f"not to publish {count} of {credential}",
            f"{'it is' if len(pieces) == 1 else 'they are'} left out",
        )


def _open_lines(repo: Repo, main: CommitId) -> Mapping[FoundRef, Sequence[CommitId]]:
    """Requests and drafts that main does not have yet, with their newest commits here and at the remote."""
    lines: dict[FoundRef, dict[CommitId, None]] = {}
    for kind in _EVENTS:
        for prefix in (f"refs/heads/{kind}/", remote_ref(f"refs/heads/{kind}/")):
            for name, tip in list_refs(repo, prefix).items():
                found = parse_ref(name)
                if found is not None:
                    lines.setdefault(found, {})[tip] = None
    new = find_unreached(repo, [tip for tips in lines.values() for tip in tips], main)
    found_new = {found: [t for t in tips if t in new] for found, tips in lines.items()}
    return {found: tips for found, tips in found_new.items() if tips}


def _profiles(repo: Repo, main: CommitId, people: set[PersonId]) -> Mapping[PersonId, Person]:
    """The profiles of some people in the programme, as far as they can be read."""
    names = sorted(people)
    found = read_files(repo, [(main, profile_path(name)) for name in names])
    read = (
        (n, decode(data or b"", Person, profile_path(n))[0]) for n, data in zip(names, found, strict=True)
    )
    return {name: person for name, person in read if person is not None and person.id == name}


def _published(repo: Repo, main: CommitId, listings: Sequence[FoundRef]) -> Iterator[frozenset[str]]:
    """What each submission on main publishes: files and addresses."""
    places = [(main, submission_path(found.submission)) for found in listings]
    for (_, path), data in zip(places, read_files(repo, places), strict=True):
        listed = decode(data, Submission, path)[0] if data else None
        yield frozenset(_name(e) for e in (listed.evidence if listed else ()) if e.publish)


def _newest_signed(
    repo: Repo, found: FoundRef, person: Person, tips: Sequence[CommitId], main: CommitId
) -> Commit | None:
    """The newest commit of a ref that the person signed with a listed key."""
    for commit in reversed(walk_log(repo, tips, [main], verify=False)):
        same = found.kind == "person" or submission_of(commit) == found.submission
        if same and commit.trailers.get("Mcred-Event") in _EVENTS[found.kind]:
            checked = read_commit(repo, commit.id)
            if person.signs_with(checked.signer):
                return checked
    return None


def _add(
    repo: Repo, found: FoundRef, commit: Commit, person: Person, published: frozenset[str], wish: Wish
) -> Wish:
    """A request extended by what one ref asks for."""
    path = profile_path(found.person) if found.kind == "person" else submission_path(found.submission)
    (data,) = read_files(repo, [(commit.id, path)])
    if found.kind == "person":
        asked = decode(data, Person, path)[0] if data else None
        less = make_less_public(person, asked) if asked is not None and asked.id == person.id else person
        return wish if less == person else replace(wish, profile=less)
    listed = decode(data, Submission, path)[0] if data else None
    back = {_name(e) for e in (listed.evidence if listed else ()) if not e.publish}
    pieces = tuple(sorted(back & published))
    return replace(wish, pieces={**wish.pieces, found.submission.credential: pieces}) if pieces else wish


def _name(piece: Evidence) -> str:
    """The file or the address of a piece of evidence, Unicode-normalised."""
    return unicodedata.normalize("NFC", piece.file or piece.url)


def _without(record: Record, wish: Wish | None) -> Record:
    """A record whose withdrawn evidence is not published any more."""
    back = wish.pieces.get(record.id.credential, ()) if wish else ()
    if not back or record.work is None:
        return record
    listed = record.work.submission
    evidence = tuple(replace(e, publish=e.publish and _name(e) not in back) for e in listed.evidence)
    return replace(record, work=replace(record.work, submission=replace(listed, evidence=evidence)))


def shown_people(ws: Workspace) -> Mapping[PersonId, Person]:
    """Everybody's profile as others may see it now."""
    wishes = read_wishes(ws.repo, ws.main) if ws.record.people else {}
    asked = {p: w.profile for p, w in wishes.items() if w.profile is not None}
    return {**ws.catalog.people, **asked}


def refuse_against_wish(ws: Workspace, earner: PersonId) -> None:
    """Raises McredError where a badge would contain what its earner asked to remove from their profile."""
    wish = read_wishes(ws.repo, ws.main).get(earner) if earner in ws.record.people else None
    asked = wish.profile if wish else None
    if wish and asked and (asked.publish, asked.email) != (wish.before.publish, wish.before.email):
        maintainers = " or ".join(ws.catalog.programme.roles.maintainers)
        raise McredError(
            f"{earner} asked on {wish.asked.date()} that less of their profile is shown, and a badge made "
            "now would not follow that yet",
            hint=next_step("person", "add", earner, note=f"by {maintainers}; then the same command again"),
        )

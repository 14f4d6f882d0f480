"""Requests to show less of a profile that no maintainer has confirmed yet: every build honours them.

A request counts if it is signed with a key the programme lists for the person, and only in so far as it makes
less public. Where more than one was signed, the newest counts. Pieces of evidence need no confirmation
(`app/pieces`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from mcred.app.workspace import Workspace
from mcred.domain.catalog import Catalog
from mcred.domain.ids import CommitId, PersonId
from mcred.domain.layout import PERSON_REFS, parse_ref, profile_path, remote_ref
from mcred.domain.people import Person, make_less_public
from mcred.formats.decode import decode
from mcred.problems import McredError, next_step
from mcred.store.batch import read_files
from mcred.store.git import Repo, list_refs
from mcred.store.log import Commit, find_unreached, read_commit, walk_log


class Wish(Struct, frozen=True, kw_only=True):
    """What one person asked to withdraw; nothing of it makes anything more public."""

    asked: datetime
    before: Person
    """The person as the programme has them."""
    profile: Person
    """The profile that pages may show, which is less than the programme's own version."""


def read_wishes(repo: Repo, main: CommitId) -> Mapping[PersonId, Wish]:
    """Everyone's open requests, compared with the state `main`."""
    opened = _open_lines(repo, main)
    wishes: dict[PersonId, Wish] = {}
    for name, person in _profiles(repo, main, opened).items():
        commit = _newest_signed(repo, person, opened[name], main)
        path = profile_path(name)
        data = read_files(repo, [(commit.id, path)])[0] if commit is not None else None
        asked = decode(data, Person, path)[0] if data else None
        less = make_less_public(person, asked) if asked is not None and asked.id == name else person
        if commit is not None and less != person:
            wishes[name] = Wish(asked=commit.when, before=person, profile=less)
    return wishes


def hold_back(catalog: Catalog, wishes: Mapping[PersonId, Wish]) -> Catalog:
    """The catalog as pages may show it."""
    asked = {p: w.profile for p, w in wishes.items() if p in catalog.people}
    return replace(catalog, people={**catalog.people, **asked})


def describe_wishes(wishes: Mapping[PersonId, Wish]) -> Iterator[str]:
    """What is held back for whom, a sentence for each request."""
    for name, wish in sorted(wishes.items()):
        for asked, held in _say(wish):
            yield f"{name} asked on {wish.asked.date()} {asked}; {held}."


def _say(wish: Wish) -> Iterator[tuple[str, str]]:
    now, asked = wish.before, wish.profile
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


def _open_lines(repo: Repo, main: CommitId) -> Mapping[PersonId, Sequence[CommitId]]:
    """Requests that main does not have yet, with their newest commits here and at the remote."""
    lines: dict[PersonId, dict[CommitId, None]] = {}
    for prefix in (PERSON_REFS, remote_ref(PERSON_REFS)):
        for name, tip in list_refs(repo, prefix).items():
            found = parse_ref(name)
            if found is not None:
                lines.setdefault(found.person, {})[tip] = None
    new = find_unreached(repo, [tip for tips in lines.values() for tip in tips], main)
    found_new = {person: [t for t in tips if t in new] for person, tips in lines.items()}
    return {person: tips for person, tips in found_new.items() if tips}


def _profiles(
    repo: Repo, main: CommitId, people: Mapping[PersonId, Sequence[CommitId]]
) -> Mapping[PersonId, Person]:
    """The profiles of some people in the programme, as far as they can be read."""
    names = sorted(people)
    found = read_files(repo, [(main, profile_path(name)) for name in names])
    read = (
        (n, decode(data or b"", Person, profile_path(n))[0]) for n, data in zip(names, found, strict=True)
    )
    return {name: person for name, person in read if person is not None and person.id == name}


def _newest_signed(repo: Repo, person: Person, tips: Sequence[CommitId], main: CommitId) -> Commit | None:
    """The newest commit of a person's request that they signed with a listed key."""
    for commit in reversed(walk_log(repo, tips, [main], verify=False)):
        if commit.trailers.get("Mcred-Event") == "person":
            checked = read_commit(repo, commit.id)
            if person.signs_with(checked.signer):
                return checked
    return None


def shown_people(ws: Workspace) -> Mapping[PersonId, Person]:
    """Everyone's profile as others may see it now."""
    wishes = read_wishes(ws.repo, ws.main) if ws.record.people else {}
    asked = {p: w.profile for p, w in wishes.items()}
    return {**ws.catalog.people, **asked}


def refuse_against_wish(ws: Workspace, earner: PersonId) -> None:
    """Raises McredError where a badge would contain what its earner asked to remove from their profile."""
    wish = read_wishes(ws.repo, ws.main).get(earner) if earner in ws.record.people else None
    if wish and (wish.profile.publish, wish.profile.email) != (wish.before.publish, wish.before.email):
        maintainers = " or ".join(ws.catalog.programme.roles.maintainers)
        raise McredError(
            f"{earner} asked on {wish.asked.date()} to show less of their profile, and a badge made "
            "now would not respect that yet",
            hint=next_step("person", "add", earner, note=f"by {maintainers}; then the same command again"),
        )

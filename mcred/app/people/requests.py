"""Requests to be confirmed or to have a new key listed, as a maintainer reviews them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from mcred.app.workspace import Workspace
from mcred.domain.ids import BlobId, CommitId, PersonId
from mcred.domain.layout import folder_of_person, profile_path
from mcred.domain.people import Person, Word, fingerprint
from mcred.domain.rules.growth import may_vouch, new_signing_keys
from mcred.formats.decode import decode
from mcred.formats.trailers import read_word
from mcred.problems import Problem
from mcred.store.batch import read_small
from mcred.store.log import read_commit
from mcred.store.snapshot import list_tree


class Waiting(Struct, frozen=True, kw_only=True):
    """A request that a maintainer has not confirmed."""

    person: PersonId
    blob: BlobId | None
    profile: Person | None
    problems: tuple[Problem, ...]
    signer: str | None
    before: Person | None
    """The person as confirmed, None for a new person."""

    @property
    def is_known(self) -> bool:
        """Whether it is signed with a key that the programme lists for that person."""
        return self.before is not None and self.before.signs_with(self.signer)

    @property
    def is_takeover(self) -> bool:
        """Whether the request names a confirmed person without a key of theirs."""
        return self.before is not None and not self.is_known

    @property
    def new_keys(self) -> tuple[str, ...]:
        return new_signing_keys(self.before, self.profile) if self.profile else ()

    @property
    def word(self) -> Word | None:
        """The voucher that someone else must give for the new keys; None where there is no new key."""
        keys = tuple(fingerprint(key) for key in self.new_keys)
        return Word(person=self.person, keys=keys) if keys else None

    @property
    def name(self) -> str:
        return self.profile.name if self.profile else ""

    @property
    def school(self) -> str:
        return self.profile.school if self.profile else ""

    @property
    def before_name(self) -> str:
        return self.before.name if self.before else self.name


def read_waiting(ws: Workspace, person: PersonId, tip: CommitId) -> Waiting:
    """A request as it was sent."""
    path = profile_path(person)
    entry = list_tree(ws.repo, tip, folder_of_person(person)).get(path)
    data = read_small(ws.repo, [entry.blob]).get(entry.blob, b"") if entry else b""
    profile, problems = decode(data, Person, path)
    return Waiting(
        person=person,
        blob=entry.blob if entry else None,
        profile=profile,
        problems=problems,
        signer=read_commit(ws.repo, tip).signer,
        before=ws.catalog.people.get(person),
    )


def list_waiting(ws: Workspace) -> tuple[Waiting, ...]:
    """All requests that no maintainer has confirmed, by id."""
    return tuple(read_waiting(ws, person, tip) for person, tip in sorted(ws.record.people.items()))


def find_vouches(ws: Workspace, asked: Waiting, me: PersonId) -> Mapping[PersonId, CommitId]:
    """The signed vouchers of others, not mine, that name the person and each new key."""
    found: dict[PersonId, CommitId] = {}
    for (whose, voucher), commit in sorted(ws.record.vouches.items()):
        profile = ws.catalog.people.get(voucher)
        if whose != asked.person or profile is None or voucher in (me, asked.person):
            continue
        read = read_commit(ws.repo, commit)
        word = read_word(read)
        counts = may_vouch(ws.catalog.programme, voucher) and profile.signs_with(read.signer)
        if counts and word is not None and word.is_for(asked.person, asked.new_keys):
            found[voucher] = commit
    return found


def is_same_name(one: Person, other: Person) -> bool:
    """Whether two people have the same name."""
    return bool(fold_name(one.name)) and fold_name(one.name) == fold_name(other.name)


def fold_name(name: str) -> str:
    """A name in the form in which names that are the same are equal."""
    return " ".join(name.casefold().split())


def told_takeover(asked: Waiting) -> str:
    """Who requests that another key be listed, and which."""
    who = asked.before or asked.profile
    where = f", {who.school}" if who and who.school else ""
    keys = " and ".join(f"{key[-12:]} ({fingerprint(key)})" for key in asked.new_keys)
    return (
        f"{asked.before_name} ({asked.person}{where}) asks with a key that ends in {keys or 'nothing new'}."
    )


def told_waiting(asked: Waiting, people: Iterable[Person]) -> str:
    """A line of the list of requests."""
    if asked.is_takeover:
        return f"{told_takeover(asked)} Two other people have to confirm that it is theirs."
    where = f", {asked.school}" if asked.school else ""
    line = f"{asked.person}: {asked.name or 'cannot be read'}{where}"
    if asked.before is not None:
        return f"{line} (a changed profile)"
    twins = namesakes(asked, people)
    return line + "".join(
        f"; {p.name} is already a member ({p.id}, {p.school or 'no school'})" for p in twins
    )


def namesakes(asked: Waiting, people: Iterable[Person]) -> tuple[Person, ...]:
    """The confirmed people with the name of someone new."""
    if asked.profile is None or asked.before is not None:
        return ()
    return tuple(p for p in people if is_same_name(p, asked.profile))

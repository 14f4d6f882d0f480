"""What the record knows of those who endorse: their keys, and what they withdrew.

The keys are those of its administrators, who endorse in their own name, and of the programme. An
administrator withdraws theirs on their own shown ref. What was signed as the programme an issuer withdraws on
main: it stays withdrawn when they are no issuer any more, and the record shows that they were one.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from mcred.app.awards.named_issuer import parse_issuer
from mcred.app.awards.verify_record import issuer_names
from mcred.app.catalogs import NOBODY, catalog_at
from mcred.app.pieces.shown import read_shown
from mcred.badges.checks import NamedIssuer
from mcred.badges.endorsements.document import multikey_of, withdrawal_of
from mcred.badges.json_reader import JsonObject
from mcred.badges.proof import issuer_of
from mcred.domain.catalog import Catalog
from mcred.domain.ids import CommitId, PersonId
from mcred.domain.issuer_key import PublicKey
from mcred.domain.layout import PROGRAMME, WITHDRAWN, parse_path, profile_path
from mcred.domain.people import Person
from mcred.domain.programme import Programme
from mcred.domain.rules.endorse import list_endorsers, may_withdraw
from mcred.store.git import Repo
from mcred.store.snapshot import list_tree


class Endorsers(Struct, frozen=True, kw_only=True):
    """What the record knows of those who endorse."""

    programme: Programme
    people: Mapping[str, Person] = {}
    """The did:key of each key of an administrator → who that is."""
    withdrawn: Mapping[PersonId, tuple[str, ...]] = {}
    """What people withdrew of their own, as the digests of endorsements."""
    withdrawn_here: tuple[str, ...] = ()
    """What was withdrawn of the programme's, as digests."""

    @property
    def keys(self) -> Mapping[str, tuple[PublicKey, ...]]:
        """The same keys, each with its period."""
        return {
            did: tuple(
                PublicKey(id=did[8:], multibase=did[8:], since=key.since, until=key.retired)
                for key in person.keys
                if did_of(key.public) == did
            )
            for did, person in self.people.items()
        }

    @property
    def others(self) -> tuple[NamedIssuer, ...]:
        """Whom else the programme lists: universities, other programmes."""
        return tuple(
            NamedIssuer(
                did=one.id,
                keys=frozenset(one.keys) | (named.keys if (named := parse_issuer(one.id)) else frozenset()),
                name=one.name,
                listed="the program's list of endorsers",
            )
            for one in self.programme.endorsers
        )

    def is_withdrawn(self, document: JsonObject) -> bool:
        """Whether whoever signed an endorsement withdrew it."""
        return withdrawal_of(document) in self.withdrawn_by(issuer_of(document))

    def withdrawn_by(self, signer: str) -> frozenset[str]:
        """What counts as withdrawn of what was signed as `signer`, as digests."""
        if self.is_program(signer):
            return frozenset(self.withdrawn_here)
        person = self.people.get(signer)
        return frozenset(self.withdrawn.get(person.id, ()) if person is not None else ())

    def is_program(self, signer: str) -> bool:
        """Whether `signer` is one of the programme's own names."""
        return signer in issuer_names(self.programme)

    def may_withdraw(self, person: PersonId, signer: str) -> bool:
        """Whether a person may withdraw what was signed as `signer`."""
        found = self.people.get(signer)
        signers = frozenset({found.id} if found is not None else ())
        return may_withdraw(person, signers, self.programme.roles, as_program=self.is_program(signer))


def did_of(public: str) -> str:
    """The did:key of a person's public key; '' for a key of another kind."""
    multikey = multikey_of(public)
    return f"did:key:{multikey}" if multikey else ""


def read_endorsers(repo: Repo, catalog: Catalog, tips: Mapping[PersonId, CommitId]) -> Endorsers:
    """What the record says of those who endorse. `catalog`: with the profiles of administrators; `tips`: the
    states of what people publish."""
    programme = catalog.programme
    people = list_endorsers(programme.roles, catalog.people)
    withdrawn: dict[PersonId, tuple[str, ...]] = {}
    for person in programme.roles.administrators:
        known = catalog.people.get(person) if person in tips else None
        state = read_shown(repo, catalog, known, tips[person])[0] if known is not None else None
        if state is not None and state.list.withdrawn:
            withdrawn[person] = state.list.withdrawn
    keys = ((did_of(key.public), person) for person in people for key in person.keys)
    return Endorsers(
        programme=programme,
        people={did: who for did, who in keys if did},
        withdrawn=withdrawn,
        withdrawn_here=_read_withdrawn(repo, catalog.commit),
    )


def _read_withdrawn(repo: Repo, commit: CommitId) -> tuple[str, ...]:
    found = (parse_path(path) for path in sorted(list_tree(repo, commit, WITHDRAWN)))
    return tuple(one.rest for one in found if one is not None and one.kind == "withdrawal")


def read_endorsers_at(
    repo: Repo, commit: CommitId, programme: Programme, tips: Mapping[PersonId, CommitId]
) -> Endorsers:
    """The same of a commit of main, reading no other profiles."""
    profiles = map(profile_path, sorted(programme.roles.administrators))
    return read_endorsers(repo, catalog_at(repo, commit, NOBODY, PROGRAMME, *profiles), tips)

"""Append-only rules: the programme's policy and keys, people's keys, versions of definitions in use.

TRUST: "policy, key list and definitions only grow (a roll-back to an older, validly signed policy is a known
hole elsewhere)". Used by commands before they push, and by the audit.
"""

from __future__ import annotations

from collections.abc import Iterator

from mcred.domain.audit.state import Books
from mcred.domain.audit.values import Finding, Move, Touch
from mcred.domain.ids import CommitId, PersonId, version_key
from mcred.domain.people import Person
from mcred.domain.programme import Programme


def lost_issuer_keys(before: Programme, after: Programme) -> tuple[str, ...]:
    """Issuer keys that were removed or changed; a key in use may be ended."""
    found = []
    for old in before.issuer.keys:
        new = next((k for k in after.issuer.keys if k.multibase == old.multibase), None)
        same = new is not None and (new.id, new.since) == (old.id, old.since)
        if new is None or not same or (old.until is not None and new.until != old.until):
            found.append(old.multibase)
    return tuple(found)


def lost_signing_keys(before: Person, after: Person) -> tuple[str, ...]:
    """A person's keys that were removed or changed; a key in use may be retired."""
    found = []
    for old in before.keys:
        new = next((k for k in after.keys if k.public == old.public), None)
        if new is None or new.since != old.since or (old.retired is not None and new.retired != old.retired):
            found.append(old.public)
    return tuple(found)


def new_signing_keys(before: Person | None, after: Person) -> tuple[str, ...]:
    """A person's keys that were not listed before."""
    known = {k.public for k in before.keys} if before else set()
    return tuple(k.public for k in after.keys if k.public not in known)


def check_rules(move: Move, touch: Touch, books: Books) -> Iterator[Finding]:
    """Findings about `mcred.yaml`: unreadable, rolled back, or an issuer key lost."""
    if touch.new is None:
        return
    after = books.archive.programme(touch.new)
    if after is None:
        yield _find(move, touch, "rules-unreadable", "the program's rules cannot be read")
        return
    if touch.new in books.rules_seen and policy_of(after) != policy_of(books.now.programme):
        yield _find(move, touch, "rules-rolled-back", "these are exactly the rules of an earlier day")
    for key in lost_issuer_keys(books.now.programme, after):
        what = f"the issuer's key {key[:16]}… is gone or altered, but old badges depend on it"
        yield _find(move, touch, "issuer-key-lost", what)
    if not after.roles.maintainers:
        yield _find(move, touch, "no-maintainer", "no one may change the rules anymore")


def policy_of(rules: Programme) -> tuple[object, ...]:
    """The parts of the rules that must not be rolled back; roles may change back."""
    return (rules.assessment, rules.attempts, rules.signatures, rules.issuer, rules.evidence_types)


def check_profile(move: Move, touch: Touch, books: Books, person: PersonId | None) -> Iterator[Finding]:
    """Findings about a profile: unreadable, a key lost, another person's, or not vouched for."""
    before = books.now.people.get(touch.person) if touch.person else None
    after = books.archive.person(touch.new, touch.person)
    if after is None:
        code, what = (
            ("profile-unreadable", "it cannot be read") if touch.new else ("profile-removed", "it is gone")
        )
        yield _find(move, touch, code, what, touch.person)
        return
    for key in lost_signing_keys(before, after) if before else ():
        what = f"a key of {after.id} is gone or altered, but old work was signed with it ({_short(key)})"
        yield _find(move, touch, "key-lost", what, after.id)
    for key in new_signing_keys(before, after):
        owner = books.owner.get(key)
        if owner is not None and owner != after.id:
            what = f"this key is {owner}'s ({_short(key)}); a key belongs to one person"
            yield _find(move, touch, "key-shared", what, after.id)
        elif before is not None and not _is_vouched(move, touch, before, books, person, key):
            what = f"nothing vouches for a new key of {after.id}: no old key of theirs, and no second person"
            yield _find(move, touch, "key-not-vouched", what, after.id)
    if before is None and not _has_asked(move, touch, after, books):
        what = f"the request that came with it is not signed with a key of {after.id}'s"
        yield _find(move, touch, "key-not-vouched", what, after.id)


def _has_asked(move: Move, touch: Touch, after: Person, books: Books) -> bool:
    """Whether a person confirmed by a merge signed the request with their own key; without one, True."""
    asked = [p for p in move.parents[1:] if books.archive.blob_at(p, touch.path) == touch.new]
    return not asked or any(after.signs_with(books.archive.signer(p)) for p in asked)


def _is_vouched(
    move: Move, touch: Touch, before: Person, books: Books, person: PersonId | None, key: str
) -> bool:
    """Whether a new key is vouched for: signed with an old key of the person, or by two other people."""
    if person == before.id:
        return True

    def speaks(commit: CommitId) -> bool:
        word = books.archive.word(commit)
        return word is not None and word.is_for(before.id, (key,))

    is_maintainers = person in books.now.programme.roles.maintainers
    voices = {person} if is_maintainers and speaks(move.commit) else set()
    for parent in move.parents[1:]:
        signer = books.archive.signer(parent)
        if signer is None:
            continue
        if before.signs_with(signer) and books.archive.blob_at(parent, touch.path) == touch.new:
            return True
        if not speaks(parent):
            continue
        owner = books.owner.get(signer)
        profile = books.now.people.get(owner) if owner else None
        if profile is not None and profile.signs_with(signer) and may_vouch(books.now.programme, profile.id):
            voices.add(profile.id)
    return len(voices - {before.id}) >= 2


def may_vouch(programme: Programme, person: PersonId) -> bool:
    """Whether a person may vouch for another's new key: maintainers and issuers."""
    return person in (*programme.roles.maintainers, *programme.roles.issuers)


def check_definition_change(move: Move, touch: Touch, books: Books) -> Iterator[Finding]:
    """Findings about a definition: unreadable, or a version in use changed, removed or rolled back."""
    credential = touch.credential
    if credential is None:
        return
    before = books.seen.at(books.steps, books.tip).edition(credential)
    in_use = {version for c, version in books.used if c == credential}
    if touch.new is None:
        if in_use:
            yield _find(move, touch, "definition-changed", "it is in use and was removed")
        return
    after = books.archive.definition(touch.new, credential)
    if after is None:
        yield _find(move, touch, "definition-unreadable", "it cannot be read")
        return
    if before is not None and version_key(after.version) < version_key(before.version) and in_use:
        what = f"version {after.version} comes after version {before.version}"
        yield _find(move, touch, "definition-rolled-back", what)
    used = books.used.get((credential, after.version))
    if used is not None and used[1] != touch.new:
        what = f"version {after.version} is in use and now says something else"
        yield _find(move, touch, "definition-changed", what)


def _find(move: Move, touch: Touch, code: str, what: str, person: PersonId | None = None) -> Finding:
    return Finding(code=code, commit=move.commit, path=touch.path, what=what, person=person)


def _short(key: str) -> str:
    return key.rpartition(" ")[2][-12:]

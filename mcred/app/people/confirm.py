"""The people of a programme: who is in it, and how a maintainer confirms someone or gives them a role."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, field

from mcred.app.commit import ChangeSet, commit_to_main
from mcred.app.context import Context, Notice
from mcred.app.people.requests import (
    Waiting,
    find_vouches,
    list_waiting,
    namesakes,
    read_waiting,
    told_takeover,
)
from mcred.app.people.sealed_email import read_emails
from mcred.app.use_case import Command, Confirmation, Plan, Result
from mcred.app.workspace import Workspace, open_workspace
from mcred.domain.ids import BlobId, CommitId, CredentialId, PersonId, is_id
from mcred.domain.layout import PROGRAMME, profile_path
from mcred.domain.people import Person
from mcred.domain.programme import Roles
from mcred.formats.edit import append_to_list
from mcred.formats.trailers import message
from mcred.problems import Exit, McredError, next_step
from mcred.store.write import put_blob

ROLES = {
    "maintainer": "maintainers",
    "issuer": "issuers",
    "expert": "experts",
    "coach": "coaches",
    "administrator": "administrators",
}
LIST = next_step("person", "list")


class PeopleList(Struct, frozen=True, kw_only=True):
    """The people of a programme."""

    people: Mapping[PersonId, Person]
    """Everyone confirmed."""
    roles: Roles
    waiting: tuple[Waiting, ...]
    """The requests, by id."""
    emails: Mapping[PersonId, str]
    """The email addresses that the current user can open."""


def list_people(ctx: Context) -> PeopleList:
    """Everyone who is confirmed, and the requests; as last fetched where the remote cannot be reached."""
    ws = open_workspace(ctx)
    return PeopleList(
        people=ws.catalog.people,
        roles=ws.catalog.programme.roles,
        waiting=list_waiting(ws),
        emails=read_emails(ws),
    )


class ConfirmResult(Result, frozen=True, kw_only=True):
    """Who is confirmed."""

    person: PersonId


class Confirm(Command[ConfirmResult], frozen=True, kw_only=True):
    """Confirm `person` as they asked, and give them each `role`.

    `credential`, in JSON `for`: what an expert assesses, if not everything.
    """

    person: str
    role: tuple[str, ...] = ()
    credential: str | None = field(default=None, name="for")

    def begin(self, ctx: Context) -> Workspace:
        """Open the programme. Raises McredError while the remote cannot be reached."""
        return open_workspace(ctx, fetching="must")

    def plan(self, ws: Workspace) -> ConfirmPlan | ConfirmResult:
        """Whose request it is. Raises McredError for a user who may not, for what is no role, and for a
        request that is not the person's own."""
        me = ws.confirmed()
        _refuse(ws, me, self)
        person = PersonId(self.person)
        if not build_change_set(ws, me, self).changes:
            return ConfirmResult(ws=ws, status="not needed", person=person)
        asked, words = _read_request(ws, me, person)
        return ConfirmPlan(
            command=self,
            me=me,
            asked=asked,
            twins=namesakes(asked, ws.catalog.people.values()) if asked else (),
            vouchers=tuple(words),
            school=asked.school if asked else ws.catalog.people[person].school,
        )


class ConfirmPlan(Plan[ConfirmResult], frozen=True, kw_only=True):
    """Who is confirmed, or given a role."""

    command: Confirm
    me: PersonId
    asked: Waiting | None
    """The request; None for someone who only gets a role."""
    twins: tuple[Person, ...]
    """Confirmed people of the same name."""
    vouchers: tuple[PersonId, ...]
    """Who vouched for a new key."""
    school: str
    """The person's, as it will be."""

    def preview(self) -> Iterator[Notice]:
        """What a maintainer should know of the request."""
        asked = self.asked
        for twin in self.twins:
            said = f"{twin.name} is already a member: {twin.id}, {twin.school or 'no school'}."
            yield Notice(text=said, style="yellow")
        if asked is not None and asked.before is None:
            where = f", {asked.school}" if asked.school else ""
            yield Notice(text=f"{asked.person} is {asked.name}{where}.")
        if asked is not None and asked.before is not None and asked.school != asked.before.school:
            schools = f"{asked.before.school or 'no school'} to {asked.school or 'no school'}"
            yield Notice(text=f"{asked.before_name} ({asked.person}) changes from {schools}.", style="yellow")
        if "administrator" in self.command.role:
            yield Notice(
                text=f"As an administrator, {self.command.person} sees the transcripts of "
                f"{self.school or 'no school: there is none in their profile'}.",
                style="yellow",
            )
        if asked is not None and asked.is_takeover:
            vouched = (
                f"{', '.join(self.vouchers)} vouched for it; with your confirmation it replaces the old key."
            )
            yield Notice(text=f"{told_takeover(asked)} {vouched}")

    def confirmation(self) -> Confirmation:
        """Asks whether a new key that no old one signed is the person's own, and whether an administrator's
        school is theirs."""
        asked, roles, question = self.asked, self.command.role, ""
        if asked is not None and asked.is_takeover:
            question = f"Is it really {asked.before_name}'s?"
        elif "administrator" in roles and self.school:
            question = f"Is {self.school} really {self.command.person}'s school?"
        return Confirmation(
            would=f"Would confirm {self.command.person}" + (f" as {', '.join(roles)}." if roles else "."),
            question=question,
        )

    def apply(self, ws: Workspace) -> ConfirmResult:
        """Commit their profile and roles to main. Raises McredError where the request changed for the worse
        meanwhile."""
        command = self.command
        again = next_step("person", "add", command.person)
        after = commit_to_main(ws, lambda now: build_change_set(now, self.me, command), again)
        return ConfirmResult(ws=after, person=PersonId(command.person))


def _refuse(ws: Workspace, me: PersonId, command: Confirm) -> None:
    """Raises McredError for a user who may not do this, and for invalid roles or names."""
    maintainers = ws.catalog.programme.roles.maintainers
    if me not in maintainers:
        said = f"only maintainers confirm people ({', '.join(maintainers)})"
        raise McredError(said, hint=LIST, code=Exit.NOT_ALLOWED)
    expert = ("person", "add", command.person, "--role", "expert")
    for role in command.role:
        if role not in ROLES:
            said = f"there is no role '{role}'; there are {', '.join(ROLES)}"
            raise McredError(said, hint=next_step(*expert))
    if command.credential is not None:
        ws.known(command.credential)
        if command.role != ("expert",):
            hint = next_step(*expert, "--for", command.credential)
            raise McredError("--for names what someone is an expert for", hint=hint, code=Exit.USAGE)
    if not is_id(command.person):
        raise McredError(f"'{command.person}' is not an id", hint=LIST)


def build_change_set(ws: Workspace, me: PersonId, command: Confirm) -> ChangeSet:
    """The person's own signed profile and the rules with their roles; no changes where main has both."""
    person = PersonId(command.person)
    asked, words = _read_request(ws, me, person)
    changes: dict[str, BlobId | None] = {}
    merged: list[CommitId] = []
    if asked is not None:
        changes[profile_path(person)] = _checked_profile(ws, asked, words)
        merged += [ws.record.people[person], *words.values()]
    elif person not in ws.catalog.people:
        raise McredError(f"{person} has not asked to join", hint=LIST)
    rules = with_roles(ws, person, command.role, command.credential)
    if rules != ws.tree.contents[PROGRAMME]:
        changes[PROGRAMME] = put_blob(ws.repo, rules)
    word = asked.word if asked is not None and asked.is_takeover else None
    return ChangeSet(changes=changes, merged=merged, text=message(f"Confirm {person}", "person", word=word))


def _read_request(
    ws: Workspace, me: PersonId, person: PersonId
) -> tuple[Waiting | None, Mapping[PersonId, CommitId]]:
    """The person's request if there is one; for one without an old key, the vouchers of others."""
    tip = ws.record.people.get(person)
    if tip is None:
        return None, {}
    asked = read_waiting(ws, person, tip)
    return asked, find_vouches(ws, asked, me) if asked.is_takeover else {}


def with_roles(
    ws: Workspace,
    person: PersonId,
    wanted: Iterable[str],
    credential: str | None = None,
    *,
    rules: bytes = b"",
) -> bytes:
    """The programme's rules with a person's new roles. `credential`: what an expert assesses, if not all;
    `rules`: those with the new roles of others."""
    rules, roles = rules or ws.tree.contents[PROGRAMME], ws.catalog.programme.roles
    for role in dict.fromkeys(wanted):
        if role == "expert" and credential is not None:
            if person not in roles.experts_for.get(CredentialId(credential), ()):
                rules = append_to_list(rules, ("roles", "experts_for", credential), person, PROGRAMME)
        elif person not in getattr(roles, ROLES[role]):
            rules = append_to_list(rules, ("roles", ROLES[role]), person, PROGRAMME)
    return rules


def _checked_profile(ws: Workspace, asked: Waiting, words: Mapping[PersonId, CommitId]) -> BlobId:
    """The stored profile of a request, after checking that it is the person's own.

    `words`: the vouchers of others for a new key that no old key vouches for.
    """
    person, profile = asked.person, asked.profile
    again = next_step("person", "list", note=f"ask {person} to type {next_step('setup')} again")
    if profile is None or asked.blob is None:
        raise McredError(f"{person}'s profile cannot be read", hint=again, problems=asked.problems)
    if profile.id != person or not (asked.is_known or profile.signs_with(asked.signer)):
        raise McredError(
            f"{person}'s request is not signed with a key of their own profile; "
            "someone else may be asking in their name",
            hint=again,
            code=Exit.NOT_ALLOWED,
        )
    if asked.is_takeover and not words:
        raise McredError(
            f"{person} is confirmed with another key; someone else may be asking in their name. "
            f"{told_takeover(asked)}",
            hint=next_step("person", "vouch", person, note="by another maintainer or issuer who asked them"),
            code=Exit.NOT_ALLOWED,
        )
    _refuse_shared_key(ws, profile)
    _refuse_lost_keys(asked.before, profile)
    return asked.blob


def _refuse_lost_keys(before: Person | None, profile: Person) -> None:
    """Keys are append-only (TRUST: keys append-only): old work is verified by the keys of its day."""
    gone = {k.public for k in (before.keys if before else ())} - {k.public for k in profile.keys}
    if gone:
        note = f"ask {profile.id} to put it back, with a line retired:"
        raise McredError(
            f"{profile.id}'s changed profile leaves out a key that earlier work was signed with",
            hint=next_step("person", "list", note=note),
            code=Exit.NOT_ALLOWED,
        )


def _refuse_shared_key(ws: Workspace, profile: Person) -> None:
    """One key, one person: two accounts with one key could judge each other."""
    for other in ws.catalog.people.values():
        shared = {k.public for k in other.keys} & {k.public for k in profile.keys}
        if other.id != profile.id and shared:
            note = f"ask {profile.id} to join again, in a folder of their own"
            raise McredError(
                f"{profile.id} names a key that is {other.id}'s; a key belongs to one person",
                hint=next_step("person", "list", note=note),
                code=Exit.NOT_ALLOWED,
            )

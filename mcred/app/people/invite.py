"""A maintainer invites a person, who then joins without being confirmed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

from mcred.app.commit import ChangeSet, commit_to_main
from mcred.app.context import Context, Notice
from mcred.app.keys.signing import write_private
from mcred.app.people.confirm import with_roles
from mcred.app.people.invited import read_invitation
from mcred.app.people.requests import is_same_name
from mcred.app.use_case import Command, Confirmation, Plan, Result
from mcred.app.workspace import Workspace, open_workspace
from mcred.domain.ids import BlobId, PersonId, explain_bad_id, is_id, suggest_id
from mcred.domain.invitation import Invitation, Letter
from mcred.domain.layout import PROGRAMME, invitation_path
from mcred.domain.people import Person
from mcred.formats.encode import encode
from mcred.formats.letter import find_letter, write_letter
from mcred.formats.trailers import message
from mcred.problems import Exit, McredError, next_step
from mcred.store.git import Repo
from mcred.store.signatures import KeyPair, key_of_secret, make_key, secret_of
from mcred.store.write import put_blob

GIVEN = ("expert", "coach")
"""Roles that an invitation gives. No right to award or to change the rules travels by mail; nor does an
administrator's, who sees the school of their own profile: the invited person writes that profile."""
DAYS = 14
"""How long an invitation can be used."""
KEPT = "inviting"
"""The file, below mcred's private folder, of the invitation that its maintainer has not seen yet."""


class InviteResult(Result, frozen=True, kw_only=True):
    """The invitation."""

    person: PersonId
    name: str
    expires: date
    """The last day, in UTC."""
    line: str
    """The invitation as one line of text."""

    def forget(self) -> None:
        """Forget the line here, once its maintainer has it: the same words give another one then."""
        if _read_kept(self.ws.repo) == find_letter(self.line):
            (self.ws.repo.state_dir / KEPT).unlink(missing_ok=True)


class Invite(Command[InviteResult], frozen=True, kw_only=True):
    """Invite `name`, so that they join without being confirmed. That ends an earlier invitation of theirs.

    `id`: their short id, made from the name otherwise. `role`: expert or coach; no one else gets one.
    """

    name: str
    school: str
    id: str = ""
    role: tuple[str, ...] = ()
    days: int = DAYS

    def begin(self, ctx: Context) -> Workspace:
        """Open the programme. Raises McredError while the remote cannot be reached."""
        return open_workspace(ctx, fetching="must")

    def plan(self, ws: Workspace) -> InvitePlan:
        """Whom. Raises McredError for a user who may not, for an id that is no id, is taken or is asked for,
        and for other roles."""
        me = need_inviter(ws)
        person = PersonId(self.id or suggest_id(self.name))
        refuse_invitation(ws, person, self)
        twins = tuple(p for p in ws.catalog.people.values() if is_same_name(p, self._as_person(person)))
        unseen = _find_unseen(ws, person, self)
        return InvitePlan(command=self, me=me, person=person, twins=twins, unseen=unseen)

    def _as_person(self, person: PersonId) -> Person:
        return Person(format=2, id=person, name=self.name, school=self.school, keys=())


class InvitePlan(Plan[InviteResult], frozen=True, kw_only=True):
    """Who is invited."""

    command: Invite
    me: PersonId
    person: PersonId
    twins: tuple[Person, ...]
    """Confirmed people of the same name."""
    unseen: InviteResult | None
    """What an earlier run with the same words put on main and could not show."""

    def preview(self) -> Iterator[Notice]:
        """What a maintainer should know."""
        for twin in self.twins:
            said = f"{twin.name} is already a member: {twin.id}, {twin.school or 'no school'}."
            yield Notice(text=said, style="yellow")

    def confirmation(self) -> Confirmation:
        """Nothing is asked: an invitation can be taken back."""
        said = f"Would invite {self.command.name} ({self.person}) for {self.command.days} days."
        if self.unseen is not None:
            said = f"Would show the invitation of {self.command.name} ({self.person})."
        return Confirmation(would=f"{said} Nothing was changed.")

    def apply(self, ws: Workspace) -> InviteResult:
        """Commit the invitation to main. Raises McredError where another command came first."""
        if self.unseen is not None:
            return self.unseen
        once, command = make_key(), self.command
        line = write_letter(make_letter(ws, once, self.person, command.name, command.school))
        write_private(ws.repo.state_dir / KEPT, line.encode("ascii"))
        now = ws.ctx.now()
        said = say_invitation(self.person, once, self.me, now, command.days)
        again = next_step("invite", command.name, "--school", command.school)
        after = commit_to_main(ws, lambda latest: _build(latest, said, command), again)
        return InviteResult(ws=after, person=self.person, name=command.name, expires=said.expires, line=line)


def need_inviter(ws: Workspace) -> PersonId:
    """The user, who may invite. Raises McredError for anyone else, and without a remote."""
    me, maintainers = ws.confirmed(), ws.catalog.programme.roles.maintainers
    if me not in maintainers:
        what = f"only maintainers invite people ({', '.join(maintainers)})"
        raise McredError(what, hint=next_step("person", "list"), code=Exit.NOT_ALLOWED)
    ws.need_shared_place()
    return me


def say_invitation(person: PersonId, once: KeyPair, me: PersonId, now: datetime, days: int) -> Invitation:
    """The record of an invitation for so many days."""
    return Invitation(
        format=2,
        person=person,
        key=once.public,
        by=me,
        invited=now,
        expires=now.astimezone(UTC).date() + timedelta(days=days),
    )


def make_letter(ws: Workspace, once: KeyPair, person: PersonId, name: str, school: str) -> Letter:
    """What the invited person is given."""
    return Letter(address=ws.url or "", person=person, name=name, school=school, secret=secret_of(once))


def _find_unseen(ws: Workspace, person: PersonId, command: Invite) -> InviteResult | None:
    """The invitation that an earlier run with the same words put on main and could not show.

    Whoever has seen one and types the words again gets another: the earlier one may have gone astray.
    """
    kept = _read_kept(ws.repo)
    if kept is None or kept.person != person:
        return None
    said = read_invitation(ws, ws.main, kept)
    if said is None or said.key != key_of_secret(kept.secret).public:
        return None
    days = (said.expires - said.invited.astimezone(UTC).date()).days
    same = (kept.name, kept.school, days) == (command.name, command.school, command.days)
    if not same or with_roles(ws, person, command.role) != ws.tree.contents[PROGRAMME]:
        return None
    return InviteResult(
        ws=ws,
        status="not needed",
        person=person,
        name=kept.name,
        expires=said.expires,
        line=write_letter(kept),
    )


def _read_kept(repo: Repo) -> Letter | None:
    with suppress(OSError, ValueError):
        found = find_letter((repo.state_dir / KEPT).read_text("ascii"))
        return found if isinstance(found, Letter) else None
    return None


def _build(ws: Workspace, said: Invitation, command: Invite) -> ChangeSet:
    """The invitation, and the rules with the roles it gives."""
    refuse_invitation(ws, said.person, command)
    changes: dict[str, BlobId | None] = {invitation_path(said.person): put_blob(ws.repo, encode(said))}
    rules = with_roles(ws, said.person, command.role)
    if rules != ws.tree.contents[PROGRAMME]:
        changes[PROGRAMME] = put_blob(ws.repo, rules)
    return ChangeSet(changes=changes, merged=(), text=message(f"Invite {said.person}", "person"))


def refuse_invitation(ws: Workspace, person: PersonId, command: Invite) -> None:
    """Raises McredError for a person who cannot be invited like that."""
    words = ("invite", command.name, "--school", command.school)
    if not command.name.strip() or not 1 <= command.days <= 365:
        what = "an invitation is for a person with a name, for 1 to 365 days"
        raise McredError(what, hint=next_step(*words, "--days", str(DAYS)), code=Exit.USAGE)
    if not is_id(person):
        said = f"'{person}' cannot be an id: {explain_bad_id(person)}"
        raise McredError(said, hint=next_step(*words, "--id", "ID"), code=Exit.USAGE)
    refuse_roles(person, command.role)
    if (taken := ws.catalog.people.get(person)) is not None:
        raise McredError(
            f"{taken.name} ({person}, {taken.school or 'no school'}) is already a member",
            hint=next_step(*words, "--id", f"{person}-2", note="if this is someone else"),
        )
    if person in ws.record.people:
        raise McredError(
            f"{person} has asked to join already",
            hint=next_step("person", "add", person, note="confirms them"),
        )


def refuse_roles(person: PersonId, roles: tuple[str, ...]) -> None:
    """Raises McredError for a role that no invitation gives."""
    for role in roles:
        if role not in GIVEN:
            seen = " and you have seen their school" if role == "administrator" else ""
            note = f"once they have joined{seen}"
            what = f"an invitation gives the role {' or '.join(GIVEN)}, and not '{role}'"
            raise McredError(
                what, hint=next_step("person", "add", person, "--role", role, note=note), code=Exit.USAGE
            )

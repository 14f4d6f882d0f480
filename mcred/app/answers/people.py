"""Answers about people: who one is, who is in the programme, who may join it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct

from mcred.app.answers.answer import DoneWord, VerbAnswer, done_word
from mcred.app.answers.reviews import WaitingRow, list_waiting
from mcred.domain.ids import PersonId
from mcred.domain.people import Visibility

if TYPE_CHECKING:
    from mcred.app.people.confirm import ConfirmResult, PeopleList
    from mcred.app.people.invite import InviteResult
    from mcred.app.people.setup import SetupResult
    from mcred.app.people.vouch import VouchResult
    from mcred.app.workspace import Workspace


class SetupAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/setup/1"):
    """`mcred setup`."""

    status: DoneWord
    person: PersonId
    name: str
    school: str
    publish: Visibility
    confirmed: bool
    """Whether the programme has the profile like this already."""
    lost_key: bool
    """Whether two others have to vouch for the new key."""


def setup_answer(found: SetupResult) -> SetupAnswer:
    """Who the user is."""
    person = found.person
    return SetupAnswer(
        status=done_word(found),
        person=person.id,
        name=person.name,
        school=person.school,
        publish=person.publish,
        confirmed=found.is_confirmed,
        lost_key=found.is_key_lost,
    )


class JoinAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/join/1"):
    """`mcred join`."""

    folder: str
    programme: str
    person: PersonId | None
    """Null where the user has yet to say who they are (`mcred setup`)."""
    confirmed: bool


def join_answer(ws: Workspace, person: PersonId | None, *, confirmed: bool) -> JoinAnswer:
    """Where the programme is on this computer, and who the user is in it."""
    return JoinAnswer(
        folder=str(ws.ctx.at),
        programme=ws.catalog.programme.issuer.id,
        person=person,
        confirmed=confirmed,
    )


class LinkAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/link/1"):
    """`mcred link`."""

    file: str
    code: str | None
    """What opens the file; null in a dry run, which writes none."""


class InvitationAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/invitation/1"):
    """`mcred invite`."""

    person: PersonId
    expires: date
    """The last day, in UTC."""
    invitation: str
    """What the person joins with: one line of text."""


def invitation_answer(found: InviteResult) -> InvitationAnswer:
    """The invitation."""
    return InvitationAnswer(person=found.person, expires=found.expires, invitation=found.line)


class MemberRow(Struct, frozen=True, kw_only=True):
    """A person who is confirmed."""

    id: PersonId
    name: str
    school: str
    roles: tuple[str, ...]
    email: str | None
    """Null where there is none, or the user cannot open it."""


class PeopleAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/people/1"):
    """`mcred person list`."""

    people: tuple[MemberRow, ...]
    waiting: tuple[PersonId, ...]
    requests: tuple[WaitingRow, ...]
    """What those who wait ask for."""


def people_answer(found: PeopleList) -> PeopleAnswer:
    """Everyone in the programme."""
    emails: Mapping[PersonId, str] = found.emails
    return PeopleAnswer(
        people=tuple(
            MemberRow(
                id=p.id,
                name=p.name,
                school=p.school,
                roles=found.roles.of(p.id),
                email=emails.get(p.id),
            )
            for p in found.people.values()
        ),
        waiting=tuple(w.person for w in found.waiting),
        requests=list_waiting(found.waiting),
    )


class ConfirmedAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/confirmed/1"):
    """`mcred person add`."""

    status: DoneWord
    person: PersonId
    roles: tuple[str, ...]


def confirmed_answer(found: ConfirmResult) -> ConfirmedAnswer:
    """Who is confirmed, and their roles."""
    roles = found.ws.catalog.programme.roles.of(found.person)
    return ConfirmedAnswer(status=done_word(found), person=found.person, roles=roles)


class VouchedAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/vouched/1"):
    """`mcred person vouch`."""

    status: DoneWord
    person: PersonId


def vouched_answer(found: VouchResult) -> VouchedAnswer:
    """Whose new key it is."""
    return VouchedAnswer(status=done_word(found), person=found.person)

"""Reads the input of `mcred transcript`: the awards of the people whom it is about."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from mcred.app.elsewhere.kept import list_elsewhere
from mcred.app.workspace import Workspace, unknown
from mcred.domain.catalog import Record
from mcred.domain.ids import PersonId
from mcred.domain.people import Person
from mcred.domain.stack_badge import StackRecord
from mcred.domain.stats.overview import may_see_awards
from mcred.domain.stats.transcript import PersonTranscript, Transcript, list_awards, within
from mcred.problems import Exit, McredError, next_step


def read_transcript(
    ws: Workspace,
    person: str | None = None,
    school: str | None = None,
    *,
    everyone: bool = False,
    since: date | None = None,
    to: date | None = None,
) -> Transcript:
    """The transcript of one person (by default the user), of one school, or of everyone.

    `since`, `to`: only what was earned on these days and between. Coaches, issuers and maintainers see
    everyone, an administrator the people of the school in their own profile, others themselves. Badges earned
    elsewhere are all of the user's own, and of others those that they show. Raises
    McredError for anyone else, and for people and schools that the program does not have.
    """
    if since is not None and to is not None and to < since:
        raise McredError(f"{since} is after {to}", hint=next_step("transcript"), code=Exit.USAGE)
    people = _people(ws, person, school, everyone=everyone)
    if len(people) > 1:
        records, stacked = _group(ws, people)
    else:
        records = {p: ws.catalog.records_of(p) for p in people}
        stacked = {p: ws.catalog.stacked_of(p) for p in people}
    today, elsewhere = ws.ctx.now().date(), list_elsewhere(ws, people)
    return Transcript(
        issuer=ws.catalog.programme.issuer.name,
        day=today,
        since=since,
        to=to,
        people=tuple(
            PersonTranscript(
                person=one,
                name=profile.name,
                school=profile.school,
                awards=within(
                    list_awards(ws.catalog, records.get(one, ()), stacked.get(one, ()), today), since, to
                ),
                elsewhere=tuple(
                    badge
                    for badge in elsewhere.get(one, ())
                    if (since is None or (badge.earned or since) >= since)
                    and (to is None or (badge.earned or to) <= to)
                ),
            )
            for one, profile in sorted(people.items(), key=lambda p: (p[1].name.casefold(), p[0]))
        ),
    )


def _group(
    ws: Workspace, people: Collection[PersonId]
) -> tuple[Mapping[PersonId, tuple[Record, ...]], Mapping[PersonId, tuple[StackRecord, ...]]]:
    """All records of some people, read in one go."""
    records: dict[PersonId, tuple[Record, ...]] = {}
    stacked: dict[PersonId, tuple[StackRecord, ...]] = {}
    for record in ws.catalog.records.values():
        if record.id.earner in people:
            records[record.id.earner] = (*records.get(record.id.earner, ()), record)
    for (earner, _), stack in ws.catalog.stacked.items():
        if earner in people:
            stacked[earner] = (*stacked.get(earner, ()), stack)
    return records, stacked


def _people(
    ws: Workspace, person: str | None, school: str | None, *, everyone: bool
) -> Mapping[PersonId, Person]:
    me = ws.confirmed()
    if everyone or school is not None:
        wanted = school.strip().casefold() if school is not None else None
        found = {
            p.id: p for p in ws.catalog.people.values() if wanted is None or p.school.casefold() == wanted
        }
        if not found:
            schools = {p.school: p.school for p in ws.catalog.people.values()}
            raise unknown("school", str(school), schools, next_step("person", "list"))
    else:
        named = PersonId(person) if person is not None else me
        if named not in ws.catalog.people:
            raise unknown("person", named, ws.catalog.people, next_step("person", "list"))
        found = {named: ws.catalog.people[named]}
    need_sight(ws, found, "transcript")
    return found


def need_sight(ws: Workspace, people: Collection[PersonId], verb: str) -> None:
    """Raises McredError where I am not shown what all of some people earned. `verb`: what shows my own."""
    me = ws.confirmed()
    if all(may_see_awards(ws.catalog, me, person) for person in people):
        return
    is_administrator = me in ws.catalog.programme.roles.administrators
    raise McredError(
        "an administrator sees what people of their own school earned"
        if is_administrator
        else "your roles do not show you what other people earned",
        hint=next_step(verb, note="your own"),
        code=Exit.NOT_ALLOWED,
    )

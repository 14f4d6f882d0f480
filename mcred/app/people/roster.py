"""A maintainer invites everyone on a list: all of them in one step, or no one.

A member stays as they are, but for roles that the list adds. Someone whose invitation can still be used is
not invited again, since that would end the line they have.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Literal

from msgspec import Struct

from mcred.app.commit import ChangeSet, commit_to_main
from mcred.app.context import Context, Notice
from mcred.app.keys.signing import write_private
from mcred.app.people.confirm import ROLES, with_roles
from mcred.app.people.invite import (
    DAYS,
    GIVEN,
    Invite,
    make_letter,
    need_inviter,
    refuse_invitation,
    refuse_roles,
    say_invitation,
)
from mcred.app.people.requests import fold_name, is_same_name
from mcred.app.use_case import Command, Confirmation, Plan, Result
from mcred.app.workspace import Workspace, open_workspace
from mcred.domain.ids import BlobId, PersonId, suggest_id
from mcred.domain.invitation import Invitation, Letter
from mcred.domain.layout import PROGRAMME, invitation_path
from mcred.domain.people import Person
from mcred.formats.decode import decode
from mcred.formats.encode import encode
from mcred.formats.export.roster import Roster, RosterRow, read_roster
from mcred.formats.letter import MARK, find_letter, write_letter
from mcred.formats.trailers import message
from mcred.problems import McredError, Place, Problem, next_step
from mcred.store.batch import read_files
from mcred.store.folder_index import find_typed
from mcred.store.signatures import KeyPair, key_of_secret, make_key
from mcred.store.write import put_blob

LARGEST = 4 * 2**20
"""The most bytes of a list."""
_LINES = re.compile(rf"{MARK}[A-Za-z0-9_-]+")
KEPT = "inviting-many"
"""The file, below mcred's private folder, of the lines that were not handed out yet."""
Fate = Literal["invited", "invited before", "given roles", "member", "asked to join"]
"""What the import makes of a person: a new invitation; one that can still be used; new roles for someone who
is a member or invited; nothing for a member; nothing for someone whose request waits for a maintainer."""


class RosterLine(Struct, frozen=True, kw_only=True):
    """What happens with one line of the list."""

    line: int
    person: PersonId
    name: str
    school: str
    """A member's as in their profile, anyone else's as on the list."""
    email: str
    roles: tuple[str, ...]
    """The roles that are new."""
    fate: Fate


class Invited(Struct, frozen=True, kw_only=True):
    """What one person is handed."""

    of: RosterLine
    line: str
    """The invitation as one line of text."""


class ImportResult(Result, frozen=True, kw_only=True):
    """What happened; `not needed` where every line was done before."""

    lines: tuple[RosterLine, ...]
    invited: tuple[Invited, ...] = ()
    """Those whose line has to be handed out: also what an earlier run could not."""


class ImportPeople(Command[ImportResult], frozen=True, kw_only=True, rename={"file": "person"}):
    """Invite everyone on the list in a CSV file, in one step. `to`: where the lines will be written."""

    file: str
    to: str = ""

    def begin(self, ctx: Context) -> Workspace:
        """Open the programme. Raises McredError while the remote cannot be reached."""
        return open_workspace(ctx, fetching="must")

    def plan(self, ws: Workspace) -> ImportPlan | ImportResult:
        """Who. Raises McredError for a file that cannot be read, and with every line that cannot be done."""
        me = need_inviter(ws)
        _need_free(ws, self.to)
        roster = read_roster(_read(ws.ctx, self.file), self.file)
        lines, unseen = judge_roster(ws, roster, self.file), _find_unseen(ws)
        if all(one.fate not in ("invited", "given roles") for one in lines):
            return ImportResult(ws=ws, status="not needed", lines=lines, invited=_handed(lines, unseen))
        twins = _find_twins(lines, ws.catalog.people.values())
        return ImportPlan(command=self, me=me, roster=roster, lines=lines, twins=twins, unseen=unseen)


def _find_twins(
    lines: Iterable[RosterLine], people: Iterable[Person]
) -> Mapping[PersonId, tuple[Person, ...]]:
    """The members with the name of someone who is no member."""
    named: dict[str, list[Person]] = {}
    for one in people:
        named.setdefault(fold_name(one.name), []).append(one)
    found = {one.person: tuple(named.get(fold_name(one.name), ())) for one in lines}
    return {person: twins for person, twins in found.items() if all(p.id != person for p in twins)}


def _need_free(ws: Workspace, to: str) -> None:
    """Raises McredError where a file is that has anything but lines that an earlier run could not finish
    handing out: other lines are nowhere else."""
    place = ws.ctx.at / to
    if not to or not place.exists():
        return
    with suppress(OSError):
        there = set(_LINES.findall(place.read_text("utf-8", "replace")))
        if there and there <= set(_LINES.findall((ws.repo.state_dir / KEPT).read_text("ascii", "replace"))):
            return
    what = f"{to} already exists, and what is in it may be nowhere else"
    raise McredError(what, hint=f"{ws.ctx.typed}   (another name after --to)")


def _read(ctx: Context, name: str) -> bytes:
    place, again = find_typed(ctx.at, name), next_step("person", "import", "FILE.csv")
    try:
        data = place.read_bytes() if place.stat().st_size <= LARGEST else None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "that is no name of a file"
        raise McredError(f"{name} cannot be read: {why}", hint=again) from error
    if data is None:
        raise McredError(f"{name} has more than {LARGEST // 2**20} MB", hint=again)
    return data


class ImportPlan(Plan[ImportResult], frozen=True, kw_only=True):
    """What happens, line by line."""

    command: ImportPeople
    me: PersonId
    roster: Roster
    lines: tuple[RosterLine, ...]
    twins: Mapping[PersonId, tuple[Person, ...]]
    """Members with the name of someone who is no member."""
    unseen: Mapping[PersonId, str]
    """The lines of people invited by an earlier run that could not hand them out."""

    def preview(self) -> Iterator[Notice]:
        """Every line, and what of the file is not used."""
        for one in self.lines:
            where = f"{self.command.file}:{one.line}"
            yield Notice(text=f"{where}: {tell(one)}")
            for twin in self.twins.get(one.person, ()):
                said = f"{where}: {twin.name} is already a member: {twin.id}, {twin.school or 'no school'}."
                yield Notice(text=said, style="yellow")
        if self.roster.unused:
            yield Notice(text=f"Not used: the columns {', '.join(self.roster.unused)}.", style="yellow")
        if self.roster.is_guessed:
            said = "The file does not say how it was saved. Look at the names: are the accents right?"
            yield Notice(text=said, style="yellow")

    def confirmation(self) -> Confirmation:
        """Asks whether to do all of it."""
        new, roles = (sum(one.fate == fate for one in self.lines) for fate in ("invited", "given roles"))
        what = f"invite {new} of {len(self.lines)} people, and give new roles to {roles} others"
        return Confirmation(
            would=f"Would {what}. Nothing was changed.",
            question=f"{what.capitalize()}?",
            kept="Nothing was changed.",
            is_required=True,
        )

    def apply(self, ws: Workspace) -> ImportResult:
        """Commit all of it in one step. Raises McredError where another command came first."""
        new = [one for one in self.lines if one.fate == "invited"]
        keys = {one.person: make_key() for one in new}
        letters = {
            one.person: make_letter(ws, keys[one.person], one.person, one.name, one.school) for one in new
        }
        handed = {**self.unseen, **{person: write_letter(letter) for person, letter in letters.items()}}
        write_private(ws.repo.state_dir / KEPT, "\n".join(handed.values()).encode("ascii"))
        now, again = ws.ctx.now(), next_step("person", "import", self.command.file)
        after = commit_to_main(ws, lambda latest: self._build(latest, keys, now), again)
        return ImportResult(ws=after, lines=self.lines, invited=_handed(self.lines, handed))

    def _build(self, ws: Workspace, keys: Mapping[PersonId, KeyPair], now: datetime) -> ChangeSet:
        """All invitations, and the rules with all roles. Raises McredError where a line means something else
        by now."""
        if judge_roster(ws, self.roster, self.command.file) != self.lines:
            what = "someone changed the people of this program at the same moment. Nothing was changed"
            raise McredError(what, hint=next_step("person", "import", self.command.file))
        rules = ws.tree.contents[PROGRAMME]
        changes: dict[str, BlobId | None] = {}
        for one in self.lines:
            rules = with_roles(ws, one.person, one.roles, rules=rules)
            if one.fate == "invited":
                said = say_invitation(one.person, keys[one.person], self.me, now, DAYS)
                changes[invitation_path(one.person)] = put_blob(ws.repo, encode(said))
        if rules != ws.tree.contents[PROGRAMME]:
            changes[PROGRAMME] = put_blob(ws.repo, rules)
        return ChangeSet(changes=changes, merged=(), text=message(f"Invite {len(keys)} people", "person"))


def _handed(lines: Iterable[RosterLine], letters: Mapping[PersonId, str]) -> tuple[Invited, ...]:
    return tuple(Invited(of=one, line=letters[one.person]) for one in lines if one.person in letters)


def forget_lines(ws: Workspace, handed: Iterable[Invited]) -> None:
    """Forget the lines that were handed out, and keep those that an earlier import could not."""
    place, gone = ws.repo.state_dir / KEPT, {one.line for one in handed}
    with suppress(FileNotFoundError):
        kept = [line for line in place.read_text("ascii", "replace").split() if line not in gone]
        if kept:
            write_private(place, "\n".join(kept).encode("ascii", "replace"))
        else:
            place.unlink()


def tell(one: RosterLine) -> str:
    """What happens with a line, as text."""
    roles = f", as {' and '.join(one.roles)}" if one.roles else ""
    said = {
        "invited": f"is invited{roles}",
        "invited before": "was invited before; that invitation can still be used",
        "given roles": f"is here already, and is given a role{roles}",
        "member": "is a member already; nothing changes",
        "asked to join": "has asked to join; nothing changes until a maintainer confirms them",
    }[one.fate]
    return f"{one.name} ({one.person}, {one.school or 'no school'}) {said}"


def judge_roster(ws: Workspace, roster: Roster, file: str) -> tuple[RosterLine, ...]:
    """What happens with every line. Raises McredError with all that is wrong."""
    problems, lines = list(roster.problems), []
    seen: dict[PersonId, int] = {}
    named = [PersonId(row.id or suggest_id(row.name)) for row in roster.rows]
    open_ones = _open_invitations(ws, named)
    for row, person in zip(roster.rows, named, strict=True):
        where = Place(file=file, line=row.line)
        if person and person in seen:
            what = f"column id: '{person}' is on line {seen[person]}, too"
            problems.append(Problem(what=what, where=where, hint="write another id for one of them"))
            continue
        seen[person] = row.line
        if not row.name:
            continue
        # Before the roles: the remedy for those names the id.
        if (other := _find_namesake(ws, row, person)) is not None:
            what = f"column school: {row.name} ({person}) is a member, at {other.school}"
            hint = f"leave it empty if it is the same person, or write {person}-2 in column id"
            problems.append(Problem(what=what, where=where, hint=hint))
            continue
        try:
            lines.append(_judge(ws, row, person, is_invited=person in open_ones))
        except McredError as error:
            what = f"column {_column_of(row, person)}: {error.what}"
            problems.append(Problem(what=what, where=where, hint=f"correct this line, or: {error.hint}"))
    if problems:
        raise McredError(
            f"no one was invited: {file} has errors",
            hint=next_step("person", "import", file, "--dry-run", note="after you fix these lines"),
            problems=tuple(sorted(problems, key=lambda p: p.where.line if p.where else 0)),
        )
    return tuple(lines)


def _find_namesake(ws: Workspace, row: RosterRow, person: PersonId) -> Person | None:
    """The member with the id and the name of a line, but at another school."""
    known = ws.catalog.people.get(person)
    if known is None or fold_name(known.name) != fold_name(row.name):
        return None
    is_same = not row.school or not known.school or row.school.casefold() == known.school.casefold()
    return None if is_same else known


def _column_of(row: RosterRow, person: PersonId) -> str:
    """The column that a line was refused for."""
    return (
        "roles" if any(role not in (*GIVEN, "teacher") for role in row.roles) else "id" if person else "name"
    )


def _open_invitations(ws: Workspace, people: Sequence[PersonId]) -> Mapping[PersonId, Invitation]:
    """The invitations of some people that can still be used."""
    places = [(ws.main, invitation_path(person)) for person in people if person]
    found = zip(filter(None, people), read_files(ws.repo, places), strict=True)
    said = {person: decode(data, Invitation, invitation_path(person))[0] for person, data in found if data}
    now = ws.ctx.now()
    return {person: one for person, one in said.items() if one is not None and one.is_open(now)}


def _find_unseen(ws: Workspace) -> Mapping[PersonId, str]:
    """The lines that an earlier run put on main and could not hand out."""
    with suppress(OSError):
        text = (ws.repo.state_dir / KEPT).read_text("ascii", "replace")
        kept = [found for line in text.split() if isinstance(found := find_letter(line), Letter)]
        said = _open_invitations(ws, [one.person for one in kept])
        return {
            one.person: write_letter(one)
            for one in kept
            if one.person in said and said[one.person].key == key_of_secret(one.secret).public
        }
    return {}


def _judge(ws: Workspace, row: RosterRow, person: PersonId, *, is_invited: bool) -> RosterLine:
    """What happens with one line. Raises McredError for one that cannot be done."""
    roles, wanted = ws.catalog.programme.roles, dict.fromkeys(row.roles)
    new = tuple(
        role
        for role in wanted
        if role != "teacher" and (role not in GIVEN or person not in getattr(roles, ROLES[role]))
    )
    known = ws.catalog.people.get(person)
    named = Person(format=2, id=person, name=row.name, school=row.school, keys=())
    fate: Fate = "invited"
    if known is not None and is_same_name(known, named):
        refuse_roles(person, new)
        fate = "given roles" if new else "member"
    elif known is None and person in ws.record.people:
        fate, new = "asked to join", ()
    else:
        refuse_invitation(ws, person, Invite(name=row.name, school=row.school, id=row.id, role=new))
        if is_invited:
            fate = "given roles" if new else "invited before"
    return RosterLine(
        line=row.line,
        person=person,
        name=row.name,
        school=(known.school if known is not None else "") or row.school,
        email=row.email,
        roles=new,
        fate=fate,
    )

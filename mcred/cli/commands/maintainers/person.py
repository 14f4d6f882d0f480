"""`mcred person`: list the people of the programme; confirm requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from mcred.app.commit import ChangeSet, commit_to_main
from mcred.app.waiting_people import (
    Waiting,
    find_vouches,
    is_same_name,
    read_waiting,
    told_takeover,
    told_waiting,
)
from mcred.app.work.drafts import refresh
from mcred.app.workspace import Workspace, open_workspace, send
from mcred.cli.show import show_of
from mcred.cli.terminal import DryRun, Json, Yes, terminal_of
from mcred.domain.ids import BlobId, CommitId, CredentialId, PersonId, is_id
from mcred.domain.layout import PROGRAMME, profile_path, vouch_ref
from mcred.domain.people import Person, Word
from mcred.domain.rules.growth import may_vouch
from mcred.formats.edit import append_to_list
from mcred.formats.trailers import message, read_word
from mcred.problems import Exit, McredError
from mcred.store.log import read_commit
from mcred.store.write import commit_files, move_refs, put_blob

EXAMPLES = (
    "mcred person list",
    "mcred person add ana",
    "mcred person add mei --role expert",
    "mcred person add tom --role expert --for fractions-number-line",
    "mcred person vouch ana",
)

ROLES = {"maintainer": "maintainers", "issuer": "issuers", "expert": "experts", "coach": "coaches"}


def run(
    ctx: typer.Context,
    action: Annotated[
        str, typer.Argument(help="list, add (confirm somebody, give a role), or vouch (a lost key).")
    ] = "list",
    person: Annotated[str | None, typer.Argument(help="Whom.", metavar="ID")] = None,
    role: Annotated[list[str] | None, typer.Option(help="expert, issuer, coach or maintainer.")] = None,
    credential: Annotated[
        str | None, typer.Option("--for", help="An expert for one micro-credential only.", metavar="ID")
    ] = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """List the people of the programme, or confirm one who asked and give them a role."""
    edge = terminal_of(ctx)
    edge.show.as_json = json
    if action == "list":
        list_people(open_workspace(edge, only=lambda s: False), json)
    elif action == "add" and person:
        ws = open_workspace(edge, fetching="must", only=lambda s: False)
        confirm(ws, person, role or [], credential, dry_run, yes)
    elif action == "vouch" and person:
        vouch(open_workspace(edge, fetching="must", only=lambda s: False), person, yes, dry_run)
    else:
        raise McredError(f"mcred person cannot do '{action}'", hint="mcred person list", code=Exit.USAGE)


def list_people(ws: Workspace, as_json: bool) -> None:
    """Print all confirmed people with their roles, then the requests."""
    show, roles = show_of(ws), ws.catalog.programme.roles
    waiting = [read_waiting(ws, p, tip) for p, tip in sorted(ws.record.people.items())]
    if as_json:
        people = [
            {"id": p.id, "name": p.name, "school": p.school, "roles": list(roles.of(p.id))}
            for p in ws.catalog.people.values()
        ]
        asked = [
            {"id": w.person, "name": w.name, "school": w.school, "replaces_key": w.is_takeover}
            for w in waiting
        ]
        show.json(
            "mcred/people/1",
            {"people": people, "waiting": [w.person for w in waiting], "requests": asked},
        )
        return
    rows = [
        (p.id, p.name, p.school, ", ".join(roles.of(p.id)) or "-")
        for p in sorted(ws.catalog.people.values(), key=lambda p: p.id)
    ]
    show.table(("id", "name", "school", "roles"), rows)
    if waiting:
        show.say(f"Waiting to be confirmed: {', '.join(w.person for w in waiting)}")
        for one in waiting:
            show.say(told_waiting(one, ws.catalog.people.values()), indent=2)
        show.next(f"mcred person add {waiting[0].person}")


def confirm(
    ws: Workspace, name: str, wanted: list[str], credential: str | None, dry_run: bool, yes: bool = False
) -> None:
    """Commit a person's own signed profile to main, and their roles to the rules."""
    me, show = ws.confirmed(), show_of(ws)
    _refuse(ws, me, name, wanted, credential)
    person = PersonId(name)

    def decide(now: Workspace) -> ChangeSet:
        tip = now.record.people.get(person)
        changes: dict[str, BlobId | None] = {}
        merged: list[CommitId] = []
        word: Word | None = None
        if tip is not None:
            asked = read_waiting(now, person, tip)
            words = find_vouches(now, asked, me) if asked.is_takeover else {}
            changes[profile_path(person)] = _checked_profile(now, asked, words)
            merged += [tip, *words.values()]
            word = asked.word if asked.is_takeover else None
        elif person not in now.catalog.people:
            raise McredError(f"{person} has not asked to join", hint="mcred person list")
        rules = _with_roles(now, person, wanted, credential)
        if rules != now.tree.contents[PROGRAMME]:
            changes[PROGRAMME] = put_blob(now.repo, rules)
        return ChangeSet(
            changes=changes, merged=merged, text=message(f"Confirm {person}", "person", word=word)
        )

    if not decide(ws).changes:
        if not dry_run:
            # An interrupted run that had reached the remote did not update the working copy.
            refresh(ws)
        show.say(f"{person} is confirmed already; nothing to change.")
        show.next("mcred person list")
        return
    if dry_run:
        show.say(f"Would confirm {person}" + (f" as {', '.join(wanted)}." if wanted else "."))
        return
    if not _is_sure(ws, person, me, yes):
        show.say("Nothing was changed.")
        return
    after = commit_to_main(ws, decide, f"mcred person add {person}", only=lambda s: False)
    said = ", ".join(after.catalog.programme.roles.of(person)) or "teacher"
    show.say(f"{after.catalog.people[person].name} ({person}) is confirmed: {said}.")
    show.next(f"mcred person add {min(after.record.people)}" if after.record.people else "mcred person list")


def _refuse(ws: Workspace, me: PersonId, name: str, wanted: list[str], credential: str | None) -> None:
    """Raises McredError for a user who may not do this, and for invalid roles or names."""
    maintainers = ws.catalog.programme.roles.maintainers
    if me not in maintainers:
        raise McredError(
            f"only maintainers confirm people ({', '.join(maintainers)})",
            hint="mcred person list",
            code=Exit.NOT_ALLOWED,
        )
    for role in wanted:
        if role not in ROLES:
            raise McredError(
                f"there is no role '{role}'; there are {', '.join(ROLES)}",
                hint=f"mcred person add {name} --role expert",
            )
    if credential is not None:
        ws.known(credential)
        if wanted != ["expert"]:
            raise McredError(
                "--for names what somebody is an expert for",
                hint=f"mcred person add {name} --role expert --for {credential}",
                code=Exit.USAGE,
            )
    if not is_id(name):
        raise McredError(f"'{name}' is no id", hint="mcred person list")


def _with_roles(ws: Workspace, person: PersonId, wanted: list[str], credential: str | None) -> bytes:
    """The programme's rules with a person's new roles."""
    rules, roles = ws.tree.contents[PROGRAMME], ws.catalog.programme.roles
    for role in dict.fromkeys(wanted):
        if role == "expert" and credential is not None:
            if person not in roles.experts_for.get(CredentialId(credential), ()):
                rules = append_to_list(rules, ("roles", "experts_for", credential), person, PROGRAMME)
        elif person not in getattr(roles, ROLES[role]):
            rules = append_to_list(rules, ("roles", ROLES[role]), person, PROGRAMME)
    return rules


def _is_sure(ws: Workspace, person: PersonId, me: PersonId, yes: bool) -> bool:
    """Report what a maintainer should know of a request; for a replaced key, ask whether it is theirs."""
    tip, show = ws.record.people.get(person), show_of(ws)
    asked = read_waiting(ws, person, tip) if tip is not None else None
    if asked is None or asked.profile is None:
        return True
    twins = [p for p in ws.catalog.people.values() if p.id != person and is_same_name(p, asked.profile)]
    for twin in twins if asked.before is None else ():
        show.note(f"{twin.name} is here already: {twin.id}, {twin.school or 'no school'}.", style="yellow")
    if asked.before is None:
        where = f", {asked.profile.school}" if asked.profile.school else ""
        show.say(f"{person} is {asked.profile.name}{where}.")
    if not asked.is_takeover:
        return True
    vouchers = ", ".join(find_vouches(ws, asked, me))
    show.say(f"{told_takeover(asked)} {vouchers} vouched for it; with yours it replaces the old key.")
    return yes or not ws.ctx.interactive or ws.ctx.confirm(f"Is it really {asked.before_name}'s?")


def _checked_profile(ws: Workspace, asked: Waiting, words: Mapping[PersonId, CommitId]) -> BlobId:
    """The stored profile of a request, after checking that it is the person's own.

    `words`: the vouchers of others for a new key that no old key vouches for.
    """
    person, profile, before = asked.person, asked.profile, asked.before
    again = f"ask {person} to type mcred setup again"
    if profile is None or asked.blob is None:
        raise McredError(
            f"{person}'s profile cannot be read",
            hint=f"mcred person list   ({again})",
            problems=asked.problems,
        )
    if profile.id != person or not (asked.is_known or profile.signs_with(asked.signer)):
        raise McredError(
            f"{person}'s request is not signed with a key of their own profile; "
            "somebody else may be asking in their name",
            hint=f"mcred person list   ({again})",
            code=Exit.NOT_ALLOWED,
        )
    if asked.is_takeover and not words:
        raise McredError(
            f"{person} is confirmed with another key; somebody else may be asking in their name. "
            f"{told_takeover(asked)}",
            hint=f"mcred person vouch {person}   (by another maintainer or issuer who asked them)",
            code=Exit.NOT_ALLOWED,
        )
    _refuse_shared_key(ws, profile)
    _refuse_lost_keys(before, profile)
    return asked.blob


def _refuse_lost_keys(before: Person | None, profile: Person) -> None:
    """Keys are append-only (TRUST: keys append-only): old work is verified by the keys of its day."""
    gone = {k.public for k in (before.keys if before else ())} - {k.public for k in profile.keys}
    if gone:
        raise McredError(
            f"{profile.id}'s changed profile leaves out a key that old work is signed with",
            hint=f"mcred person list   (ask {profile.id} to put it back, with a line retired:)",
            code=Exit.NOT_ALLOWED,
        )


def _refuse_shared_key(ws: Workspace, profile: Person) -> None:
    """One key, one person: two accounts with one key could judge each other."""
    for other in ws.catalog.people.values():
        shared = {k.public for k in other.keys} & {k.public for k in profile.keys}
        if other.id != profile.id and shared:
            raise McredError(
                f"{profile.id} names a key that is {other.id}'s; a key belongs to one person",
                hint=f"mcred person list   (ask {profile.id} to join anew, in a folder of their own)",
                code=Exit.NOT_ALLOWED,
            )


def vouch(ws: Workspace, name: str, yes: bool, dry_run: bool) -> None:
    """Vouch that a new key is the person's own, where their old one is lost."""
    me, show = ws.confirmed(), show_of(ws)
    person = PersonId(name)
    tip, before = ws.record.people.get(person), ws.catalog.people.get(person)
    if me == person or not may_vouch(ws.catalog.programme, me):
        raise McredError(
            "two others vouch for a lost key: maintainers or issuers",
            hint="mcred person list",
            code=Exit.NOT_ALLOWED,
        )
    if tip is None or before is None:
        raise McredError(f"{name} has no new key to vouch for", hint="mcred person list")
    asked = read_waiting(ws, person, tip)
    ref = vouch_ref(person, me)
    said = ws.record.vouches.get((person, me))
    if asked.word is None:
        raise McredError(f"{name} has no new key to vouch for", hint="mcred person list")
    if said is not None and read_word(read_commit(ws.repo, said, verify=False)) == asked.word:
        show.say(f"You vouched for {name}'s new key already.")
        show.next(f"mcred person add {name}   (by a maintainer who is not you)")
        return
    show.say(told_takeover(asked))
    show.say(
        "Ask them face to face, or by telephone, to read the end of theirs to you: mcred setup shows it."
    )
    if dry_run:
        show.say("Would vouch for it. Nothing was changed.")
        return
    if not yes and not ws.ctx.confirm(
        f"Is it really {before.name}'s?", "--yes   (once they have read the end of it to you)"
    ):
        show.say("Nothing was said.")
        return
    commit = commit_files(
        ws.repo,
        base=tip,
        changes={},
        parents=[tip, *([said] if said else [])],
        message=message(f"Vouch for a key of {name}", "vouch", word=asked.word),
        author=ws.author(),
        key=ws.key(),
    )
    again = f"mcred person vouch {name}"
    if ws.url is None:
        move_refs(ws.repo, [(ref, commit, said)])
    else:
        send(ws, {ref: commit}, again)
    show.say(f"You vouch for {name}'s new key.", style="bold")
    show.next(f"mcred person add {name}   (by a maintainer who is not you)")

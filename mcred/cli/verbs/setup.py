"""`mcred setup`: who sits here; a signing key; asking the programme to confirm you."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from mcred.cli.desk import Desk, open_desk, send
from mcred.cli.drafts import refresh, refuse_in_the_way, work_folder
from mcred.cli.edge import DryRun, Edge, edge_of
from mcred.cli.identity import ask_who, read_profile, settle
from mcred.cli.verbs.add import write_whole
from mcred.files.events import message
from mcred.files.layout import person_ref, profile_path, remote_ref
from mcred.files.scaffold import profile_file
from mcred.model.ids import CommitId, PersonId
from mcred.model.people import Person
from mcred.problems import McredError
from mcred.store.git import resolve
from mcred.store.log import is_ancestor
from mcred.store.signatures import KeyPair
from mcred.store.snapshot import list_tree
from mcred.store.write import commit_files, move_refs, put_blob

EXAMPLES = (
    "mcred setup",
    'mcred setup --name "Ana Reyes" --id ana --school "Lincoln Elementary" --publish public',
    "mcred setup --publish private",
    "mcred setup --email ana@school.example",
)


def run(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Option(help="Your name, as on a badge.")] = None,
    person_id: Annotated[str | None, typer.Option("--id", help="Your short id.")] = None,
    school: Annotated[str | None, typer.Option(help="Your school.")] = None,
    publish: Annotated[
        str | None, typer.Option(help="Who may see your badges: public, unlisted or private.")
    ] = None,
    email: Annotated[
        str | None,
        typer.Option(help="Your e-mail address; badges hold only a salted hash of it. '' takes it out."),
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Say who you are in this programme. Once; again when something changes."""
    introduce(edge_of(ctx), name, person_id, school, publish, email, dry_run)


def introduce(
    edge: Edge,
    name: str | None,
    person_id: str | None,
    school: str | None,
    publish: str | None,
    email: str | None = None,
    dry_run: bool = False,
) -> None:
    """Make or change the profile of the person sitting here and send it to be confirmed."""
    desk = open_desk(edge, only=lambda s: False)
    root = work_folder(desk)
    if desk.me is not None:
        refuse_in_the_way(root, (profile_path(desk.me),), "mcred setup")
    before = read_profile(root, desk.me) if desk.me else None
    asked = ask_who(edge, desk.repo, name, person_id, school, publish, before, email)
    refuse_in_the_way(root, (profile_path(asked.id),), "mcred setup")
    taken = desk.catalog.people.get(asked.id)
    _refuse_taken(desk, asked)
    if dry_run:
        told = ", ".join((asked.school or "no school", *((asked.email,) if asked.email else ())))
        edge.show.say(f"Would introduce you as {asked.name} ({asked.id}), {told}.")
        return
    person, key = settle(desk.repo, edge, asked)
    desk = replace(desk, me=PersonId(person.id))
    path = root / profile_path(person.id)
    # Unchanged, it stays as it was typed, remarks and all.
    data = path.read_bytes() if before == person else profile_file(person)
    tip = _store_profile(desk, person, data, key)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, data)
    refresh(desk)
    edge.show.say(f"You are {person.name} ({person.id}).", style="bold")
    if tip == desk.main or (taken is not None and is_ancestor(desk.repo, tip, desk.main)):
        edge.show.say("The programme knows you.")
        edge.show.next("mcred status")
        return
    if desk.url is not None:
        send(desk, {person_ref(person.id): tip}, "mcred setup")
        maintainers = " or ".join(desk.catalog.programme.roles.maintainers)
        what = "Your request" if taken is None else "Your change"
        edge.show.say(f"{what} went to the programme. {maintainers} confirms it with:")
        edge.show.say(f"mcred person add {person.id}", indent=4)
        edge.show.say("You can begin to work meanwhile.")
    edge.show.next("mcred browse")


def _refuse_taken(desk: Desk, asked: Person) -> None:
    """Raises McredError for an id that somebody has, or has asked for."""
    taken = desk.catalog.people.get(asked.id)
    if desk.me is None and (taken or resolve(desk.repo, remote_ref(person_ref(asked.id)))):
        said = f"is called {asked.id} already ({taken.name})" if taken else f"asked to be called {asked.id}"
        raise McredError(
            f"somebody here {said}",
            hint=f'mcred setup --name "{asked.name}" --id {asked.id}-2   '
            "(on a second computer, bring your key along: see README)",
        )


def _store_profile(desk: Desk, person: Person, data: bytes, key: KeyPair) -> CommitId:
    """The profile on the person's own line; where it is so already, nothing new."""
    ref, path = person_ref(person.id), profile_path(person.id)
    local, shared = resolve(desk.repo, ref), resolve(desk.repo, remote_ref(ref))
    open_tips = [t for t in (local, shared) if t and not is_ancestor(desk.repo, t, desk.main)]
    base = open_tips[0] if open_tips else desk.main
    blob = put_blob(desk.repo, data)
    entry = list_tree(desk.repo, base, f"portfolios/{person.id}").get(path)
    if entry is not None and entry.blob == blob:
        return base
    tip = commit_files(
        desk.repo,
        base=base,
        changes={path: blob},
        parents=[base],
        message=message(f"Introduce {person.id}", "person"),
        author=desk.author(),
        key=key,
    )
    move_refs(desk.repo, [(ref, tip, local)])
    return tip

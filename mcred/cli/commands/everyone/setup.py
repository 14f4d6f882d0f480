"""`mcred setup`: create the user's profile and signing key, and request confirmation by the programme."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer
from msgspec.structs import replace

from mcred.app.free_paths import ensure_path_free
from mcred.app.keys.signing import NEXT_KEY, ensure_key, only_with, set_aside
from mcred.app.profile import WHO_READS, ask_who, read_accounts, read_profile, settle
from mcred.app.work.drafts import refresh, work_folder
from mcred.app.workspace import Workspace, open_workspace, send
from mcred.cli.terminal import DryRun, Terminal, terminal_of
from mcred.domain.ids import CommitId, PersonId
from mcred.domain.layout import folder_of_person, person_ref, profile_path, remote_ref
from mcred.domain.people import Person, make_less_public
from mcred.formats.scaffold import profile_file
from mcred.formats.trailers import message
from mcred.problems import Exit, McredError
from mcred.store.atomic import write_whole
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
    "mcred setup --share-work",
    "mcred setup --account github=ana-reyes",
    "mcred setup --thanked",
    "mcred setup --new-key",
    "mcred setup --id ana --lost-key",
)


def run(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Option(help="Your name, as on a badge.")] = None,
    person_id: Annotated[str | None, typer.Option("--id", help="Your short id.")] = None,
    school: Annotated[str | None, typer.Option(help="Your school.")] = None,
    publish: Annotated[
        str | None, typer.Option(help="Whether your badges get a page: public, unlisted or private.")
    ] = None,
    email: Annotated[
        str | None,
        typer.Option(
            help="Your e-mail address: badges hold only a salted hash of it, members can read it in your "
            "profile. '' takes it out."
        ),
    ] = None,
    thanked: Annotated[
        bool | None,
        typer.Option(
            "--thanked/--not-thanked",
            help="Whether the pages thank you by name for assessing, and say how many you assessed.",
        ),
    ] = None,
    share_work: Annotated[
        bool | None,
        typer.Option(
            "--share-work/--keep-work",
            help="Whether others may compare your work with somebody else's (mcred diff).",
        ),
    ] = None,
    account: Annotated[
        list[str] | None,
        typer.Option(
            help="Your name on a review host, where submissions are shown and assessed on the web too.",
            metavar="HOST=NAME",
        ),
    ] = None,
    new_key: Annotated[
        bool, typer.Option("--new-key", help="Sign with a new key, such as after a stolen computer.")
    ] = False,
    lost_key: Annotated[
        bool, typer.Option("--lost-key", help="You are known here, and the key of your old computer is lost.")
    ] = False,
    dry_run: DryRun = False,
) -> None:
    """Say who you are in this programme. Once; again when something changes."""
    edge = terminal_of(ctx)
    if new_key or lost_key:
        given = (name, school, publish, email, thanked, share_work, account or None)
        if (new_key and lost_key) or any(value is not None for value in given):
            raise McredError(
                "a new key is one wish, what else changes is another",
                hint="mcred setup --new-key   (then: mcred setup with the rest)",
                code=Exit.USAGE,
            )
        change_key(edge, person_id if lost_key else None, dry_run)
    else:
        introduce(edge, name, person_id, school, publish, email, dry_run, share_work, account, thanked)


def change_key(edge: Terminal, lost: str | None, dry_run: bool) -> None:
    """Request that a new key be listed: `lost` names the person who has none of the listed ones any more."""
    ws = open_workspace(edge, fetching="must", only=lambda s: False)
    me = _who_renews(ws, lost)
    before = ws.catalog.people[me]
    if dry_run:
        edge.show.say(f"Would ask for a new key of {me} to be listed. Nothing was changed.")
        return
    ws.take_confirmed_key()
    today = edge.now().date()
    if lost is None:
        person, key = only_with(before, ensure_key(ws.repo, NEXT_KEY), today), ws.key()
    else:
        if ws.is_key_replaced:
            set_aside(ws.repo)
        person, key = settle(ws.repo, edge, only_with(before, ensure_key(ws.repo), today))
    ws = replace(ws, me=me)
    tip = _store_profile(ws, person, profile_file(person), key)
    send(ws, {person_ref(me): tip}, edge.typed)
    refresh(ws)
    roles = ws.catalog.programme.roles
    edge.show.say(f"Your new key, which ends in {person.keys[-1].public[-12:]}, went out.", style="bold")
    if lost is None:
        edge.show.say(f"Until {' or '.join(roles.maintainers)} confirms it, you go on with the one you have:")
    else:
        others = sorted({*roles.maintainers, *roles.issuers} - {me})
        if len(others) < 2:
            edge.show.say(f"Two others have to say that it is you, and the programme has {len(others)}.")
            edge.show.say("A maintainer gives one more person a role first, such as issuer. Then one types")
        else:
            edge.show.say(f"Two of {', '.join(others)} have to say that it is you: one of them types")
        edge.show.say(f"mcred person vouch {me}", indent=4)
        edge.show.say("and then a maintainer among the others")
    edge.show.say(f"mcred person add {me}", indent=4)
    if waiting := [s for s, found in ws.record.standings.items() if s.earner == me and found.is_open]:
        names = ", ".join(s.credential for s in waiting)
        edge.show.say(f"What is in review stays in review ({names}).")
    edge.show.next("mcred sync   (when that is done)")


def _who_renews(ws: Workspace, lost: str | None) -> PersonId:
    """The person whose key it is. Raises McredError for one the programme does not know."""
    if lost is None or ws.me is not None:
        me = ws.confirmed()
        if lost is not None and not (lost == me and not ws.catalog.people[me].signs_with(ws.key().public)):
            raise McredError(
                f"this folder belongs to {me}, and its key is there", hint="mcred setup --new-key"
            )
        return me
    if lost not in ws.catalog.people:
        raise McredError(
            f"nobody here is called '{lost}'", hint="mcred setup --id ID --lost-key   (mcred person list)"
        )
    return PersonId(lost)


def introduce(
    edge: Terminal,
    name: str | None,
    person_id: str | None,
    school: str | None,
    publish: str | None,
    email: str | None = None,
    dry_run: bool = False,
    share_work: bool | None = None,
    accounts: Sequence[str] | None = None,
    thanked: bool | None = None,
) -> None:
    """Create or change the current user's profile and send it to be confirmed."""
    ws = open_workspace(edge, only=lambda s: False)
    root = work_folder(ws)
    if ws.me is not None:
        ensure_path_free(root, (profile_path(ws.me),), "mcred setup")
    before = read_profile(root, ws.me) if ws.me else None
    if before is None and ws.url is not None:
        edge.show.note(WHO_READS)
    asked = ask_who(edge, ws.repo, name, person_id, school, publish, before, email, share_work)
    asked = replace(asked, accounts=read_accounts(asked.accounts, accounts or ()))
    asked = asked if thanked is None else replace(asked, thanked=thanked)
    ensure_path_free(root, (profile_path(asked.id),), "mcred setup")
    taken = ws.catalog.people.get(asked.id)
    _refuse_taken(ws, asked)
    if dry_run:
        told = ", ".join((asked.school or "no school", *((asked.email,) if asked.email else ())))
        edge.show.say(f"Would introduce you as {asked.name} ({asked.id}), {told}.")
        return
    keep_profile(ws, asked, before, taken)


def keep_profile(ws: Workspace, asked: Person, before: Person | None, taken: Person | None) -> None:
    """Store a profile, write it to the working copy and send it to be confirmed; skips what is done already.

    `before`: as in the working copy; `taken`: as the programme has it.
    """
    edge, root = ws.ctx, work_folder(ws)
    ws.take_confirmed_key()
    person, key = settle(ws.repo, edge, asked)
    ws = replace(ws, me=PersonId(person.id))
    path = root / profile_path(person.id)
    # An unchanged profile keeps its text, comments included.
    data = path.read_bytes() if before == person else profile_file(person)
    tip = _store_profile(ws, person, data, key)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, data)
    refresh(ws)
    edge.show.say(f"You are {person.name} ({person.id}).", style="bold")
    if tip == ws.main or (taken is not None and is_ancestor(ws.repo, tip, ws.main)):
        edge.show.say("The programme knows you.")
        edge.show.next("mcred status")
        return
    if ws.url is not None:
        send(ws, {person_ref(person.id): tip}, "mcred setup")
        maintainers = " or ".join(ws.catalog.programme.roles.maintainers)
        what = "Your request" if taken is None else "Your change"
        edge.show.say(f"{what} went to the programme. {maintainers} confirms it with:")
        edge.show.say(f"mcred person add {person.id}", indent=4)
        if taken is None:
            edge.show.say("You can begin to work meanwhile.")
        elif taken.signs_with(key.public) and make_less_public(taken, person) != taken:
            edge.show.say("What you took back holds from now on, without waiting for that. Pages that are")
            edge.show.say("published already change when they are published again: mcred publish")
    edge.show.next("mcred browse" if taken is None else "mcred status")


def _refuse_taken(ws: Workspace, asked: Person) -> None:
    """Raises McredError for an id that is taken, or requested by another person."""
    taken = ws.catalog.people.get(asked.id)
    if ws.me is None and (taken or resolve(ws.repo, remote_ref(person_ref(asked.id)))):
        said = f"is called {asked.id} already ({taken.name})" if taken else f"asked to be called {asked.id}"
        raise McredError(
            f"somebody here {said}",
            hint=f'mcred setup --name "{asked.name}" --id {asked.id}-2   '
            f"(are you {asked.id}, and your key is lost? mcred setup --id {asked.id} --lost-key)",
        )


def _store_profile(ws: Workspace, person: Person, data: bytes, key: KeyPair) -> CommitId:
    """Commit the profile to the person's own ref; no commit without a change."""
    ref, path = person_ref(person.id), profile_path(person.id)
    local, shared = resolve(ws.repo, ref), resolve(ws.repo, remote_ref(ref))
    open_tips = [t for t in (local, shared) if t and not is_ancestor(ws.repo, t, ws.main)]
    base = open_tips[0] if open_tips else ws.main
    blob = put_blob(ws.repo, data)
    entry = list_tree(ws.repo, base, folder_of_person(person.id)).get(path)
    if entry is not None and entry.blob == blob:
        return base
    tip = commit_files(
        ws.repo,
        base=base,
        changes={path: blob},
        parents=[base],
        message=message(f"Introduce {person.id}", "person"),
        author=ws.author(),
        key=key,
    )
    move_refs(ws.repo, [(ref, tip, local)])
    return tip

"""An invited person joins, and maintainers' computers let in whom an invitation vouches for.

The one-time key of the invitation signs the step that brings the profile to main, as a maintainer's key does.
Where the remote takes main from maintainers only, the request rests on a commit signed with that
key, and a maintainer's next `sync` confirms it.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from mcred.app.commit import ChangeSet, commit_to_main
from mcred.app.context import Context
from mcred.app.people.confirm import Confirm, build_change_set
from mcred.app.people.requests import Waiting, list_waiting
from mcred.app.people.setup import store_profile
from mcred.app.profile import settle
from mcred.app.work.drafts import refresh, work_folder
from mcred.app.workspace import Workspace, open_workspace, send
from mcred.domain.ids import CommitId
from mcred.domain.invitation import Invitation, Letter
from mcred.domain.layout import folder_of_person, invitation_path, person_ref, profile_path
from mcred.domain.people import Person
from mcred.formats.decode import decode
from mcred.formats.letter import MARK, find_letter
from mcred.formats.scaffold import profile_file
from mcred.formats.trailers import message
from mcred.problems import Exit, Hint, McredError, next_step
from mcred.store.atomic import write_whole
from mcred.store.batch import read_small
from mcred.store.log import read_commit
from mcred.store.signatures import key_of_secret
from mcred.store.snapshot import list_tree

JOIN = next_step("join", "INVITATION")
TRIES = 3
"""How often an invited person tries to bring their profile to main, which may not be theirs to move."""
LONGEST = 20_000
"""Bytes of a file that an invitation is looked for in."""


class JoinResult(Struct, frozen=True, kw_only=True):
    """A person who joined with an invitation."""

    ws: Workspace
    person: Person
    is_confirmed: bool
    """False where a maintainer's next `sync` has to let them in."""


def read_letter(ctx: Context, word: str) -> Letter | None:
    """The invitation that a word is, or that is in the file of that name; None for anything else.

    Raises McredError for an invitation that was cut or changed.
    """
    text = word
    if not word.startswith(MARK):
        path = ctx.at / Path(word).expanduser()
        try:
            text = path.read_bytes()[:LONGEST].decode("utf-8", "replace") if path.is_file() else ""
        except OSError:
            return None  # an address that is no file of ours: whatever opens it says why it cannot
    found = find_letter(text)
    if isinstance(found, str):
        what = f"this invitation cannot be read: {found}"
        raise McredError(what, hint=next_step("join", "INVITATION", note="the whole line, in quotes"))
    return found


def join_invited(ws: Workspace, letter: Letter) -> JoinResult:
    """Make the person's keys here, and bring their profile to main with the invitation's one-time key.

    Raises McredError for an invitation that was used, replaced or taken back, or is over.
    """
    ws = open_workspace(ws.ctx, fetching="must")
    again = ws.ctx.typed or JOIN
    once = key_of_secret(letter.secret)
    known = ws.catalog.people.get(letter.person)
    if known is not None and ws.me == letter.person and known.signs_with(ws.key().public):
        return JoinResult(ws=ws, person=known, is_confirmed=True)
    _refuse_over(ws, letter, once.public, known)
    asked = Person(format=2, id=letter.person, name=letter.name, school=letter.school, keys=())
    person, key = settle(ws.repo, ws.ctx, asked)
    ws = replace(ws, me=person.id)
    path, data = profile_path(person.id), profile_file(person)
    tip = store_profile(ws, person, data, key, once)
    place = work_folder(ws) / path
    place.parent.mkdir(parents=True, exist_ok=True)
    write_whole(place, data)
    refresh(ws)
    command = Confirm(person=person.id)

    def bring(now: Workspace) -> ChangeSet:
        entry = list_tree(now.repo, tip, folder_of_person(person.id))[path]
        text = message(f"Confirm {command.person}", "person")
        return ChangeSet(changes={path: entry.blob}, merged=(tip,), text=text)

    try:
        ws = commit_to_main(ws, bring, again, key=once, tries=TRIES)
    except McredError as error:
        if error.code is Exit.UNREACHABLE:
            raise
        send(ws, {person_ref(person.id): tip}, again)
        return JoinResult(ws=ws, person=person, is_confirmed=False)
    return JoinResult(ws=ws, person=person, is_confirmed=True)


def _refuse_over(ws: Workspace, letter: Letter, public: str, known: Person | None) -> None:
    """Raises McredError for an invitation that lets no one in any more."""
    said = read_invitation(ws, ws.main, letter)
    maintainers = " or ".join(ws.catalog.programme.roles.maintainers)
    ask: Hint = f"ask {maintainers} for a new invitation"
    if known is not None:
        where = f", {known.school}" if known.school else ""
        raise McredError(
            f"{known.name} ({known.id}{where}) has joined already. An invitation is used once; if it was not "
            f"you, tell {maintainers} today",
            hint=next_step("link", "FILE", note="on your first computer, if it was you"),
        )
    if said is None or said.key != public:
        raise McredError("this invitation was replaced or taken back", hint=ask)
    if not said.is_open(ws.ctx.now()):
        raise McredError(f"this invitation ended on {said.expires}", hint=ask)


def read_invitation(ws: Workspace, commit: CommitId, of: Letter | Waiting) -> Invitation | None:
    """A person's invitation at a commit of main, None where there is none that can be read."""
    path = invitation_path(of.person)
    entry = list_tree(ws.repo, commit, path).get(path)
    if entry is None:
        return None
    return decode(read_small(ws.repo, [entry.blob]).get(entry.blob, b""), Invitation, path)[0]


def let_in_invited(ws: Workspace) -> Workspace:
    """As a maintainer, confirm everybody whose request an open invitation vouches for; the programme then."""
    if ws.stale is not None or ws.me not in ws.catalog.programme.roles.maintainers:
        return ws
    for asked in list_waiting(ws):
        if _is_invited(ws, asked):
            decide = partial(build_change_set, me=ws.person(), command=Confirm(person=asked.person))
            ws = commit_to_main(ws, decide, next_step("sync"))
            ws.ctx.show.say(f"{asked.name} ({asked.person}) joined with your program's invitation.")
    return ws


def _is_invited(ws: Workspace, asked: Waiting) -> bool:
    """Whether the commit below a request has the same profile and is signed with the key of an open
    invitation."""
    said = read_invitation(ws, ws.main, asked)
    if said is None or asked.before is not None or asked.profile is None:
        return False
    path = profile_path(asked.person)
    for parent in read_commit(ws.repo, ws.record.people[asked.person]).parents:
        entry = list_tree(ws.repo, parent, path).get(path)
        same = entry is not None and entry.blob == asked.blob
        if same and read_commit(ws.repo, parent).signer == said.key:
            return said.is_open(ws.ctx.now())
    return False

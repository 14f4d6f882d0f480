"""A user says who they are in this programme, changes that, or asks for a new signing key to be listed."""

from __future__ import annotations

from msgspec.structs import replace

from mcred.app.context import Context
from mcred.app.free_paths import ensure_path_free
from mcred.app.keys.reading import ensure_reading_key, read_with, renew_reading_key
from mcred.app.keys.signing import NEXT_KEY, ensure_key, only_with, set_aside
from mcred.app.people.sealed_email import ask_email, with_email_for
from mcred.app.profile import ask_who, read_accounts, read_profile, settle, who_reads
from mcred.app.use_case import Command, Confirmation, Plan, Result
from mcred.app.work.drafts import refresh, work_folder
from mcred.app.workspace import Workspace, open_workspace, send
from mcred.domain.ids import CommitId, PersonId
from mcred.domain.layout import folder_of_person, person_ref, profile_path, remote_ref
from mcred.domain.people import Person, make_less_public
from mcred.formats.scaffold import profile_file
from mcred.formats.trailers import message
from mcred.problems import Exit, McredError, next_step
from mcred.store.atomic import write_whole
from mcred.store.folder_index import read_written
from mcred.store.git import resolve
from mcred.store.log import is_ancestor
from mcred.store.signatures import KeyPair
from mcred.store.snapshot import list_tree
from mcred.store.write import commit_files, move_refs, put_blob

SETUP = next_step("setup")


class SetupResult(Result, frozen=True, kw_only=True):
    """The profile as it was stored and sent."""

    person: Person
    known: Person | None
    """The profile as the programme has it."""
    is_confirmed: bool = False
    """Whether the programme has it like this already."""
    takes_back: bool = False
    """Whether something is less public now, which holds without being confirmed."""
    is_key_lost: bool = False
    """Whether it lists a new key that no old one signed, so that two others vouch for it."""

    @property
    def is_reading_new(self) -> bool:
        """Whether this folder has another reading key than the programme lists, so that what was sealed to
        that one has to be sealed again."""
        before = {k.public for k in self.known.reading} if self.known is not None else set()
        return bool(before) and any(k.public not in before for k in self.person.reading)


class Setup(Command[SetupResult], frozen=True, kw_only=True):
    """Create or change my profile; what is None stays, or is asked for where it is needed.

    `account`: names on review hosts, such as `github=ana-reyes`. `new_key`: sign with a new key. `lost_key`:
    the person `id` has none of the listed keys any more. Neither goes together with other changes.
    """

    name: str | None = None
    id: str | None = None
    school: str | None = None
    publish: str | None = None
    email: str | None = None
    thanked: bool | None = None
    share_work: bool | None = None
    account: tuple[str, ...] = ()
    new_key: bool = False
    lost_key: bool = False

    def begin(self, ctx: Context) -> Workspace:
        """Open the programme. Raises McredError for a new key with another change, and for one while the
        remote cannot be reached."""
        is_key = self.new_key or self.lost_key
        rest = replace(self, id=None, new_key=False, lost_key=False)
        if (self.new_key and self.lost_key) or (is_key and rest != Setup()):
            raise McredError(
                "ask for a new key separately from other changes",
                hint=next_step("setup", "--new-key", note=f"then: {SETUP} with the rest"),
                code=Exit.USAGE,
            )
        return open_workspace(ctx, fetching="must" if is_key else "try")

    def plan(self, ws: Workspace) -> ProfilePlan | KeyPlan:
        """The profile as it would be. Raises McredError for values that no profile can hold, for an id that
        is taken, and for someone else's key."""
        if self.new_key or self.lost_key:
            me = _who_renews(ws, self.id if self.lost_key else None)
            return KeyPlan(command=self, me=me, is_lost=self.lost_key and self.id is not None)
        root = work_folder(ws)
        if ws.me is not None:
            ensure_path_free(root, (profile_path(ws.me),), SETUP)
        before = read_profile(root, ws.me) if ws.me else None
        if before is None and ws.url is not None:
            ws.ctx.show.note(who_reads(ws.catalog.programme))
        asked = ask_who(
            ws.ctx,
            ws.repo,
            self.name,
            self.id,
            self.school,
            self.publish,
            before,
            self.share_work,
        )
        email = ask_email(ws.ctx, self.email, is_new=before is None)
        asked = replace(asked, accounts=read_accounts(asked.accounts, self.account))
        asked = asked if self.thanked is None else replace(asked, thanked=self.thanked)
        ensure_path_free(root, (profile_path(asked.id),), SETUP)
        _refuse_taken(ws, asked)
        return ProfilePlan(command=self, asked=asked, email=email, before=before)


class ProfilePlan(Plan[SetupResult], frozen=True, kw_only=True):
    """A profile that is stored and sent."""

    asked: Person
    """As it will be, but for the keys and the email address."""
    email: str | None
    """The address; '' for none, None for the one it has."""
    before: Person | None
    """As in the working copy."""

    def confirmation(self) -> Confirmation:
        """Nothing is asked."""
        asked = self.asked
        told = ", ".join((asked.school or "no school", *((self.email,) if self.email else ())))
        return Confirmation(would=f"Would introduce you as {asked.name} ({asked.id}), {told}.")

    def apply(self, ws: Workspace) -> SetupResult:
        """Store it and send it to be confirmed. Raises McredError where the remote does not have it
        afterwards."""
        return keep_profile(ws, self.asked, self.before, self.email)


class KeyPlan(Plan[SetupResult], frozen=True, kw_only=True):
    """Whose key is replaced."""

    me: PersonId
    is_lost: bool
    """Whether no old key can sign for the new one."""

    def confirmation(self) -> Confirmation:
        """Nothing is asked."""
        return Confirmation(would=f"Would ask for a new key of {self.me} to be listed. Nothing was changed.")

    def apply(self, ws: Workspace) -> SetupResult:
        """Create the key and send a profile that lists it. Raises McredError where the remote does not have
        it afterwards."""
        before, today = ws.catalog.people[self.me], ws.ctx.now().date()
        ws.take_confirmed_key()
        if not (self.is_lost and before.signs_with(ensure_key(ws.repo).public)):
            renew_reading_key(ws.repo, before)
        if not self.is_lost:
            person, key = only_with(before, ensure_key(ws.repo, NEXT_KEY), today), ws.key()
            person = read_with(person, ensure_reading_key(ws.repo).public, today)
        else:
            if ws.is_key_replaced:
                set_aside(ws.repo)
            person, key = settle(ws.repo, ws.ctx, only_with(before, ensure_key(ws.repo), today))
        ws, person = replace(ws, me=self.me), with_email_for(ws, person, None)
        tip = store_profile(ws, person, profile_file(person), key)
        if tip != ws.main:
            send(ws, {person_ref(self.me): tip}, ws.ctx.typed)
        refresh(ws)
        return SetupResult(ws=ws, person=person, known=before, is_key_lost=self.is_lost)


def keep_profile(
    ws: Workspace, asked: Person, before: Person | None, email: str | None = None
) -> SetupResult:
    """Store a profile, write it to the working copy and send it to be confirmed; skips what is done already.

    `before`: as in the working copy. `email`: '' for no address, None for the one it has. Raises McredError
    where the remote does not have it afterwards.
    """
    root, known = work_folder(ws), ws.catalog.people.get(asked.id)
    ws.take_confirmed_key()
    person, key = settle(ws.repo, ws.ctx, asked)
    person = with_email_for(ws, person, email)
    ws = replace(ws, me=PersonId(person.id))
    path = root / profile_path(person.id)
    # An unchanged profile keeps its text, comments included.
    data = read_written(path) if before == person else profile_file(person)
    # First, since an address that is sealed again has other bytes: what a killed run sealed is what is sent.
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, data)
    tip = store_profile(ws, person, data, key)
    refresh(ws)
    if tip == ws.main or (known is not None and is_ancestor(ws.repo, tip, ws.main)):
        return SetupResult(ws=ws, person=person, known=known, is_confirmed=True)
    if ws.url is not None:
        send(ws, {person_ref(person.id): tip}, SETUP)
    takes_back = (
        known is not None and known.signs_with(key.public) and make_less_public(known, person) != known
    )
    return SetupResult(ws=ws, person=person, known=known, takes_back=takes_back)


def _who_renews(ws: Workspace, lost: str | None) -> PersonId:
    """The person whose key it is. Raises McredError for one the programme does not know."""
    if lost is None or ws.me is not None:
        me = ws.confirmed()
        if lost is not None and not (lost == me and not ws.catalog.people[me].signs_with(ws.key().public)):
            said = f"this folder belongs to {me}, and its key is there"
            raise McredError(said, hint=next_step("setup", "--new-key"))
        return me
    if lost not in ws.catalog.people:
        hint = next_step("setup", "--id", "ID", "--lost-key", note=str(next_step("person", "list")))
        raise McredError(f"no one here has the id '{lost}'", hint=hint)
    return PersonId(lost)


def _refuse_taken(ws: Workspace, asked: Person) -> None:
    """Raises McredError for an id that is taken, or requested by another person."""
    taken = ws.catalog.people.get(asked.id)
    if ws.me is None and (taken or asked.id in ws.record.people):
        said = (
            f"already has the id {asked.id} ({taken.name})" if taken else f"has asked for the id {asked.id}"
        )
        lost = next_step("setup", "--id", asked.id, "--lost-key")
        note = f"are you {asked.id}, and your key is lost? {lost}"
        raise McredError(
            f"someone here {said}",
            hint=next_step("setup", "--name", asked.name, "--id", f"{asked.id}-2", note=note),
        )


def store_profile(
    ws: Workspace, person: Person, data: bytes, key: KeyPair, once: KeyPair | None = None
) -> CommitId:
    """Commit the profile to the person's own ref; no commit without a change.

    `once`: the key of an invitation, which signs the same change in a commit below.
    """
    ref, path = person_ref(person.id), profile_path(person.id)
    local, shared = resolve(ws.repo, ref), resolve(ws.repo, remote_ref(ref))
    open_tips = [t for t in (local, shared) if t and not is_ancestor(ws.repo, t, ws.main)]
    base = open_tips[0] if open_tips else ws.main
    blob = put_blob(ws.repo, data)
    entry = list_tree(ws.repo, base, folder_of_person(person.id)).get(path)
    if entry is not None and entry.blob == blob:
        return base
    tip = base
    for signing in (once, key):
        if signing is not None:
            tip = commit_files(
                ws.repo,
                base=tip,
                changes={path: blob},
                parents=[tip],
                message=message(f"Introduce {person.id}", "person"),
                author=ws.author(),
                key=signing,
            )
    move_refs(ws.repo, [(ref, tip, local)])
    return tip

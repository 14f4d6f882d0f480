"""The opened programme and the current user: the starting point of every use case.

One snapshot of main, one reading of the open record; then a use case decides and finally writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from msgspec import Struct

from mcred.app.checkpoints import keep_checkpoint
from mcred.app.clock import DAYS_BEHIND, check_clock
from mcred.app.context import Context
from mcred.app.fetch import Fetching, open_programme, whoami
from mcred.app.index.catalog import IndexedCatalog, open_index
from mcred.app.index.kept_work import read_open
from mcred.app.index.tree import open_tree
from mcred.app.keys.signing import KEY_FILE, read_key, read_public_key, take_next_key
from mcred.app.pending import PendingWork, newest_refs
from mcred.app.uploads import send_large
from mcred.domain.credential import Credential
from mcred.domain.decision import Checkpoint
from mcred.domain.ids import CommitId, CredentialId, PersonId, SubmissionId
from mcred.domain.layout import ELSEWHERE, PERSON_REFS, WORK_REFS, draft_ref, parse_ref
from mcred.domain.people import neutral_email
from mcred.domain.status import Standing
from mcred.domain.text import as_id_typed, nearest
from mcred.problems import Exit, Hint, McredError, next_step
from mcred.store.config import read_config
from mcred.store.git import Repo, list_refs, resolve
from mcred.store.log import is_ancestor, read_commit
from mcred.store.remote import push
from mcred.store.remote_errors import FIX_TAKES, NOT_STORED, read_codes
from mcred.store.signatures import KeyPair
from mcred.store.snapshot import Snapshot
from mcred.store.write import Author

KEY_REPLACED = "this folder's key was replaced, so nothing signed with it is accepted"
KEY_WAITS = "your new key is not confirmed yet, so nothing signed with it is accepted"


class Workspace(Struct, frozen=True, kw_only=True):
    """An opened programme. `me` is None until `mcred setup` was run here."""

    ctx: Context
    repo: Repo
    url: str | None
    tree: Snapshot
    catalog: IndexedCatalog
    record: PendingWork
    me: PersonId | None
    stale: McredError | None
    """Why the data may be old: the error that the remote could not be reached."""

    @property
    def main(self) -> CommitId:
        """The commit of main that everything here was read from."""
        return self.catalog.commit

    def standing(self, submission: SubmissionId) -> Standing:
        """A submission's current standing."""
        found = self.record.standings.get(submission)
        return found or Standing(submission=submission, word="not started", attempt=0)

    def person(self) -> PersonId:
        """The current user. Raises McredError before `mcred setup`."""
        if self.me is None:
            raise McredError("mcred does not know who you are yet", hint=next_step("setup"))
        return self.me

    def confirmed(self) -> PersonId:
        """The current user. Raises McredError until a maintainer has confirmed them."""
        me = self.person()
        if me not in self.catalog.people:
            maintainers = ", ".join(self.catalog.programme.roles.maintainers)
            raise McredError(
                f"you are not confirmed in this program yet; {maintainers} can do that "
                f"({next_step('person', 'add', me)}). Your work is kept",
                hint=next_step("sync"),
                code=Exit.NOT_ALLOWED,
            )
        return me

    @property
    def is_key_waiting(self) -> bool:
        """Whether the programme knows me but does not list the key that I sign with here yet."""
        known = self.catalog.people.get(self.me) if self.me else None
        place = self.repo.state_dir / KEY_FILE
        return (
            known is not None
            and place.is_file()
            and not known.signs_with(self.public_key())
            and not self.is_key_replaced
        )

    @property
    def is_key_replaced(self) -> bool:
        """Whether the programme lists this folder's key as retired."""
        known = self.catalog.people.get(self.me) if self.me else None
        retired = {k.public for k in known.keys if k.retired is not None} if known is not None else set()
        return bool(retired) and (self.repo.state_dir / KEY_FILE).is_file() and self.public_key() in retired

    def submission(self, credential: str) -> SubmissionId:
        """My submission for a micro-credential."""
        return SubmissionId(self.person(), self.known(credential).id)

    def known(self, credential: str) -> Credential:
        """A definition by id, in letters of any size. Raises McredError that suggests the nearest."""
        found = self.catalog.definitions.get(CredentialId(as_id_typed(credential)))
        if found is None:
            raise unknown("micro-credential", credential, self.catalog.definitions, next_step("browse"))
        return found.credential

    def author(self, *, after: Iterable[CommitId] = ()) -> Author:
        """The current user as author of commits, whatever email address git's settings hold.

        `after`: those that the next one has to be dated later than, whatever the clocks of other computers
        said. Raises McredError where this computer's date is days behind the record, or years ahead.
        """
        me = self.person()
        check_clock(self, behind=DAYS_BEHIND)
        name = read_config(self.repo, "user.name") or me
        times = [read_commit(self.repo, c, verify=False).when + timedelta(seconds=1) for c in after]
        return Author(name=name, email=neutral_email(me), when=max((self.ctx.now(), *times)))

    def key(self) -> KeyPair:
        """The current user's signing key: the next one as soon as the programme lists it."""
        return read_key(self.repo, self.catalog.people.get(self.me) if self.me else None)

    def public_key(self) -> str:
        """The public part of the same."""
        return read_public_key(self.repo, self.catalog.people.get(self.me) if self.me else None)

    def take_confirmed_key(self) -> None:
        """Replace the key in use by the next one, where the programme lists it, and report that."""
        if take_next_key(self.repo, self.catalog.people.get(self.me) if self.me else None):
            self.ctx.show.say("Your new key is confirmed: from now on, you sign with it.")

    def need_fresh(self, again: Hint) -> None:
        """Raises McredError when the remote could not be reached. `again`: the command that repeats this."""
        if self.stale is not None:
            raise McredError(
                f"{self.stale.what}. Nothing was changed",
                hint=f"{again}   (once that is fixed: {self.stale.hint})",
                code=self.stale.code,
            ) from self.stale

    def need_shared_place(self) -> None:
        """Raises McredError for a programme without a remote, where no one else could receive anything."""
        if self.url is None:
            raise McredError(
                "this program is not online yet, so no one would receive it",
                hint=next_step("init", ".", "--remote", "/path/to/programme.git"),
            )


def unknown(kind: str, name: str, known: Iterable[str], hint: Hint) -> McredError:
    """The error for an unknown id, suggesting the nearest."""
    close = nearest(name, known)
    return McredError(
        f"there is no {kind} '{name}'" + (f"; did you mean {close}?" if close else ""),
        hint=f"{hint}{'' if not close else f'   (or the same command with {close})'}",
    )


def open_workspace(ctx: Context, *, fetching: Fetching = "try") -> Workspace:
    """Open the programme around `ctx.at`; what is not asked for is not read.

    `fetching`: `must` fails when the remote cannot be reached, `try` continues with what was last fetched.
    """
    opened = open_programme(ctx, fetching)
    repo, main = opened.repo, opened.main
    catalog = open_index(ctx.cache, repo, main, ctx.show.working)
    if repo.work_tree is not None and not ctx.dry_run:
        keep_checkpoint(repo, Checkpoint(commit=main, awards=catalog.awarded))
    refs, me = newest_refs(repo, lambda _: opened.url is None), whoami(repo)
    return Workspace(
        ctx=ctx,
        repo=repo,
        url=opened.url,
        tree=open_tree(repo, main),
        catalog=catalog,
        record=read_open(catalog, refs, ctx.now().date(), _drafts(repo, me)),
        me=me,
        stale=opened.stale,
    )


def _drafts(repo: Repo, me: PersonId | None) -> Mapping[SubmissionId, Standing]:
    """Where my own drafts stand, as far as nothing was submitted of them; no one else has them."""
    found: dict[SubmissionId, Standing] = {}
    for name in list_refs(repo, WORK_REFS):
        parsed = parse_ref(name)
        if (
            parsed is not None
            and parsed.person == me
            and parsed.credential != ELSEWHERE
            and (tip := resolve(repo, draft_ref(parsed.submission)))
        ):
            since = read_commit(repo, tip, verify=False).when
            standing = Standing(submission=parsed.submission, word="draft", attempt=1, since=since)
            found[parsed.submission] = standing
    return found


class PushRefused(McredError):
    """The remote did not take a push."""

    def __init__(self, reasons: Iterable[str], again: Hint) -> None:
        told = sorted(set(reasons))
        note = "" if str(again) == str(next_step("sync")) else f"then {again}"
        is_stored = not any(why.startswith(NOT_STORED) for why in told)
        hint = next_step("sync", note=note, before="" if is_stored else "when it can store things again")
        if any(FIX_TAKES in why for why in told):
            hint = next_step("doctor", "--fix", note=f"in ten minutes, then {next_step('sync')}")
        super().__init__(
            f"the program's server did not accept it: {'; '.join(told)}. It is saved on this computer",
            hint=hint,
            code=Exit.CHANGED if is_stored else Exit.UNREACHABLE,
        )
        self.codes = read_codes(told)
        """The codes of all reasons."""


def send(ws: Workspace, updates: Mapping[str, CommitId], again: Hint, *, together: bool = False) -> None:
    """Push refs and check what the remote reports afterwards; what main has needs no ref any more.

    `again`: the command that repeats it. `together`: all of them, or none.
    """
    updates = {ref: tip for ref, tip in updates.items() if not is_ancestor(ws.repo, tip, ws.main)}
    if not updates:
        return
    if ws.is_key_waiting and any(not ref.startswith(PERSON_REFS) for ref in updates):
        raise McredError(f"{KEY_WAITS}. It is saved on this computer", hint=again, code=Exit.NOT_ALLOWED)
    if ws.is_key_replaced and not all(ref.startswith(PERSON_REFS) for ref in updates):
        said = f"{KEY_REPLACED}. It is saved on this computer"
        raise McredError(said, hint=next_step("status"), code=Exit.NOT_ALLOWED)
    with ws.ctx.show.working("sending") as tell:
        try:
            send_large(ws.ctx, ws.repo, updates)
            result = push(ws.repo, updates, progress=tell, interactive=ws.ctx.interactive, together=together)
        except McredError as error:
            raise McredError(
                f"{error.what}. It is saved on this computer but not sent",
                hint=f"{again}   (once that is fixed: {error.hint})" if error.hint else again,
                code=error.code,
            ) from error
    if result.refused:
        raise PushRefused(result.refused.values(), again)

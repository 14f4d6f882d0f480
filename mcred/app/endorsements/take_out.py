"""Takes an endorsement off the pages: one of their badge by its earner, one of the programme's own by a
maintainer; and withdraws one, by whoever signed it."""

from __future__ import annotations

from typing import ClassVar

from msgspec.structs import replace

from mcred.app.awards.resolver import open_file
from mcred.app.commit import ChangeSet, commit_to_main
from mcred.app.endorsements.check import checking_of
from mcred.app.endorsements.kept import KeptEndorsement, read_kept
from mcred.app.fetch import Fetching
from mcred.app.pieces.rewrite_shown import rewrite_shown
from mcred.app.pieces.shown import ShownState
from mcred.app.use_case import Command, Confirmation, Plan, Result
from mcred.app.workspace import Workspace
from mcred.badges.bake import MAX_IMAGE
from mcred.badges.endorsements.document import is_endorsement, read_claims, withdrawal_of
from mcred.badges.heading import read_heading
from mcred.badges.others.opening import open_any
from mcred.domain.ids import BlobId, Slug
from mcred.domain.layout import endorsement_path, withdrawal_path
from mcred.formats.trailers import message
from mcred.problems import Exit, McredError, next_step
from mcred.store.write import put_blob


class RemoveEndorsementResult(Result, frozen=True, kw_only=True):
    """The endorsement that is out; `not needed` where there is none of this name."""

    name: Slug
    is_mine: bool
    left: tuple[Slug, ...]
    """The names of the others."""


class RemoveEndorsement(Command[RemoveEndorsementResult], frozen=True, kw_only=True, rename={"name": "what"}):
    """Take off the endorsement with a name: one of my badges', or the programme's."""

    fetching: ClassVar[Fetching] = "must"
    name: str

    def plan(self, ws: Workspace) -> RemoveEndorsementPlan | RemoveEndorsementResult:
        """Which one. Raises McredError for one that others may take off."""
        me, kept = ws.confirmed(), read_kept(ws)
        found = next((k for k in kept if k.name == self.name), None)
        if found is None:
            left = tuple(k.name for k in kept)
            name = Slug(self.name)
            return RemoveEndorsementResult(ws=ws, status="not needed", name=name, is_mine=False, left=left)
        maintainers = ws.catalog.programme.roles.maintainers
        if not found.is_mine and me not in maintainers:
            what = f"only maintainers remove the program's endorsements ({', '.join(maintainers)})"
            raise McredError(what, hint=next_step("sync"), code=Exit.NOT_ALLOWED)
        return RemoveEndorsementPlan(command=self, kept=found)


class RemoveEndorsementPlan(Plan[RemoveEndorsementResult], frozen=True, kw_only=True):
    """The endorsement."""

    command: RemoveEndorsement
    kept: KeptEndorsement

    def confirmation(self) -> Confirmation:
        """Nothing is asked: it can be added again from its file."""
        return Confirmation(would=f"Would take the endorsement {self.kept.name} off. Nothing was changed.")

    def apply(self, ws: Workspace) -> RemoveEndorsementResult:
        """Take it off. Raises McredError where the remote refuses that."""
        again = next_step("endorse", "remove", self.kept.name)
        if self.kept.is_mine:
            ws = rewrite_shown(ws, self._hide, again)
        else:
            text = message(f"Remove the endorsement {self.kept.name}", "endorse")
            changes = {endorsement_path(self.kept.name): None}
            ws = commit_to_main(ws, lambda _: ChangeSet(changes=changes, merged=(), text=text), again)
        left = tuple(k.name for k in read_kept(ws))
        return RemoveEndorsementResult(ws=ws, name=self.kept.name, is_mine=self.kept.is_mine, left=left)

    def _hide(self, _: Workspace, before: ShownState) -> ShownState:
        left = tuple(e for e in before.list.endorsements if e.name != self.kept.name)
        return replace(before, list=replace(before.list, endorsements=left))


class WithdrawEndorsementResult(Result, frozen=True, kw_only=True):
    """The endorsement that does not count any more; `not needed` where it did not before."""

    about: str
    title: str


class WithdrawEndorsement(
    Command[WithdrawEndorsementResult], frozen=True, kw_only=True, rename={"file": "what"}
):
    """Withdraw an endorsement that I signed, in my name or the programme's. `file`: as it was signed."""

    fetching: ClassVar[Fetching] = "must"
    file: str

    def plan(self, ws: Workspace) -> WithdrawEndorsementPlan | WithdrawEndorsementResult:
        """What is withdrawn. Raises McredError for a file that is none of the user's."""
        me, endorsers = ws.confirmed(), checking_of(ws).endorsers
        with open_file(ws.ctx.at, self.file, "endorse", "withdraw") as file:
            document = open_any(file.read(MAX_IMAGE + 1)).document
        claims, again = read_claims(document), next_step("verify", self.file)
        if not is_endorsement(document):
            raise McredError(f"there is no endorsement in {self.file}", hint=again)
        if not endorsers.may_withdraw(me, claims.signer_id):
            signer = claims.signer or claims.signer_id
            what = f"only whoever signed it can withdraw it: {signer} (you are {me})"
            raise McredError(what, hint=again, code=Exit.NOT_ALLOWED)
        digest, title = withdrawal_of(document), read_heading(document).title
        if digest in endorsers.withdrawn_by(claims.signer_id):
            return WithdrawEndorsementResult(ws=ws, status="not needed", about=claims.about, title=title)
        return WithdrawEndorsementPlan(
            command=self,
            digest=digest,
            about=claims.about,
            title=title,
            is_program=endorsers.is_program(claims.signer_id),
        )


class WithdrawEndorsementPlan(Plan[WithdrawEndorsementResult], frozen=True, kw_only=True):
    """The endorsement."""

    command: WithdrawEndorsement
    digest: str
    about: str
    title: str
    is_program: bool
    """Whether it was signed as the programme: then main has that it is withdrawn, for good."""

    def confirmation(self) -> Confirmation:
        """Asks whether to withdraw it."""
        return Confirmation(
            would=f"Would withdraw: {self.title}. Nothing was changed.",
            question="Withdraw it? The program's pages will no longer show it",
            kept="Nothing was changed.",
            is_required=True,
        )

    def apply(self, ws: Workspace) -> WithdrawEndorsementResult:
        """Withdraw it. Raises McredError where the remote refuses that."""
        again = next_step("endorse", "withdraw", self.command.file)
        if self.is_program:
            text = message("Withdraw an endorsement of the program's", "endorse")
            changes: dict[str, BlobId | None] = {withdrawal_path(self.digest): put_blob(ws.repo, b"{}\n")}
            ws = commit_to_main(ws, lambda _: ChangeSet(changes=changes, merged=(), text=text), again)
        else:
            ws = rewrite_shown(ws, self._withdraw, again)
        return WithdrawEndorsementResult(ws=ws, about=self.about, title=self.title)

    def _withdraw(self, _: Workspace, before: ShownState) -> ShownState:
        said = tuple(dict.fromkeys((*before.list.withdrawn, self.digest)))
        return replace(before, list=replace(before.list, withdrawn=said))

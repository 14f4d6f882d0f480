"""A maintainer or issuer vouches that a new key is the person's own, where their old one is lost."""

from __future__ import annotations

from collections.abc import Iterator

from mcred.app.context import Context, Notice
from mcred.app.people.requests import Waiting, read_waiting, told_takeover
from mcred.app.use_case import Command, Confirmation, Plan, Result
from mcred.app.workspace import Workspace, open_workspace, send
from mcred.domain.ids import CommitId, PersonId
from mcred.domain.layout import vouch_ref
from mcred.domain.rules.growth import may_vouch
from mcred.formats.trailers import message, read_word
from mcred.problems import Exit, McredError, next_step
from mcred.store.log import read_commit
from mcred.store.write import commit_files, move_refs


class VouchResult(Result, frozen=True, kw_only=True):
    """Whose new key it is."""

    person: PersonId


class Vouch(Command[VouchResult], frozen=True, kw_only=True):
    """Vouch for the new key of `person`, who was asked face to face or by telephone."""

    person: str

    def begin(self, ctx: Context) -> Workspace:
        """Open the programme. Raises McredError while the remote cannot be reached."""
        return open_workspace(ctx, fetching="must")

    def plan(self, ws: Workspace) -> VouchPlan | VouchResult:
        """Which key. Raises McredError for a user who may not, and for a person without a new key."""
        me, person = ws.confirmed(), PersonId(self.person)
        hint = next_step("person", "list")
        if me == person or not may_vouch(ws.catalog.programme, me):
            what = "two others vouch for a lost key: maintainers or issuers"
            raise McredError(what, hint=hint, code=Exit.NOT_ALLOWED)
        tip = ws.record.people.get(person)
        asked = read_waiting(ws, person, tip) if tip else None
        if tip is None or asked is None or asked.before is None or asked.word is None:
            raise McredError(f"{person} has no new key to vouch for", hint=hint)
        said = ws.record.vouches.get((person, me))
        if said is not None and read_word(read_commit(ws.repo, said, verify=False)) == asked.word:
            return VouchResult(ws=ws, status="not needed", person=person)
        return VouchPlan(command=self, me=me, asked=asked, tip=tip, said=said)


class VouchPlan(Plan[VouchResult], frozen=True, kw_only=True):
    """The request with the new key."""

    me: PersonId
    asked: Waiting
    tip: CommitId
    """The request's commit."""
    said: CommitId | None
    """My word for another key of theirs, given before."""

    def preview(self) -> Iterator[Notice]:
        """Which key, and how to find out whose it is."""
        yield Notice(text=told_takeover(self.asked))
        ask = "Ask them in person or by phone to read you the end of theirs"
        yield Notice(text=f"{ask}: {next_step('setup')} shows it.")

    def confirmation(self) -> Confirmation:
        """Asks whether it is theirs; when not interactive, an explicit yes is needed."""
        return Confirmation(
            would="Would vouch for it. Nothing was changed.",
            question=f"Is it really {self.asked.before_name}'s?",
            option="--yes   (once they have read you the end of it)",
            kept="You did not vouch for it.",
            is_required=True,
        )

    def apply(self, ws: Workspace) -> VouchResult:
        """Commit my word on top of the request, and push it."""
        person, said = self.asked.person, self.said
        commit = commit_files(
            ws.repo,
            base=self.tip,
            changes={},
            parents=[self.tip, *([said] if said else [])],
            message=message(f"Vouch for a key of {person}", "vouch", word=self.asked.word),
            author=ws.author(),
            key=ws.key(),
        )
        ref = vouch_ref(person, self.me)
        if ws.url is None:
            move_refs(ws.repo, [(ref, commit, said)])
        else:
            send(ws, {ref: commit}, next_step("person", "vouch", person))
        after = open_workspace(ws.ctx, fetching="no")
        return VouchResult(ws=after, person=person)

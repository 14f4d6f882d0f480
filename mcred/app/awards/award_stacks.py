"""Issues every stack badge that is due, and says how far people are in each stack."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from mcred.app.awards.stacks import (
    StackProgress,
    everybody,
    give_badge,
    held_badges,
    new_badges,
    progress_of,
)
from mcred.app.awards.status_lists import read_ledger, store_lists, take_place
from mcred.app.commit import ChangeSet, commit_to_main
from mcred.app.context import Notice
from mcred.app.keys.issuer import signing_key
from mcred.app.use_case import Command, Confirmation, Plan, Result
from mcred.app.workspace import Workspace
from mcred.domain.ids import BlobId, PersonId, StackId
from mcred.formats.trailers import message
from mcred.problems import Exit, McredError, next_step


class StackOverview(Struct, frozen=True, kw_only=True):
    """The stacks as one person sees them; only an issuer sees others' `due` and `hollow` badges."""

    mine: tuple[StackProgress, ...]
    due: tuple[StackProgress, ...]
    hollow: tuple[StackProgress, ...]


class AwardStacksResult(Result, frozen=True, kw_only=True):
    """The new stack badges, with their earners."""

    stacks: tuple[tuple[PersonId, StackId], ...] = ()


class AwardStacks(Command[AwardStacksResult], frozen=True, kw_only=True):
    """Issue every stack badge that is due."""

    def plan(self, ws: Workspace) -> AwardStacksPlan:
        """Whose badges are due. Raises McredError for a user who is no issuer."""
        me = ws.confirmed()
        if not is_issuer(ws):
            issuers = ", ".join(ws.catalog.programme.roles.issuers)
            raise McredError(
                f"only issuers award badges ({issuers})", hint=next_step("stacks"), code=Exit.NOT_ALLOWED
            )
        lines = everybody(ws.catalog, ws.ctx.now())
        own = tuple(line for line in lines if line.is_due and line.earner == me)
        return AwardStacksPlan(command=self, own=own, due=_find_due(ws))


class AwardStacksPlan(Plan[AwardStacksResult], frozen=True, kw_only=True):
    """The badges that are due; `own`: the issuer's, which another issuer has to issue."""

    own: tuple[StackProgress, ...]
    due: tuple[StackProgress, ...]

    def settle(self, ws: Workspace) -> AwardStacksPlan | AwardStacksResult:
        """This plan, or a result where nothing is due."""
        return self if self.due else AwardStacksResult(ws=ws, status="not needed")

    def preview(self) -> Iterator[Notice]:
        """Who gets which badge."""
        for line in self.due:
            counted = ", ".join(badge.credential for badge in line.counted)
            yield Notice(text=f"{line.earner}: {line.stack.title} ({counted})")

    def confirmation(self) -> Confirmation:
        """Asks whether to issue them."""
        count = f"{len(self.due)} {'badge' if len(self.due) == 1 else 'badges'}"
        return Confirmation(
            would=f"Would award {count}. Nothing was changed.",
            question=f"Award {count}?",
            kept="Nothing was awarded.",
        )

    def apply(self, ws: Workspace) -> AwardStacksResult:
        """Commit to main every badge that is due by then."""
        key = signing_key(ws.ctx, ws.catalog.programme)

        def decide(now: Workspace) -> ChangeSet:
            ledger, changes = read_ledger(now, key), dict[str, BlobId | None]()
            for line in _find_due(now):
                place = lambda: take_place(ledger, now.catalog.programme, key)  # noqa: E731
                changes.update(give_badge(now, line, key, place))
            changes.update(store_lists(now, ledger, key)[0])
            return ChangeSet(changes=changes, merged=(), text=message("Give badges of stacks", "stack"))

        after = commit_to_main(ws, decide, next_step("stacks", "--award"))
        return AwardStacksResult(ws=after, stacks=new_badges(ws.catalog, after.catalog))


def view_stacks(ws: Workspace) -> StackOverview:
    """How far the current user is in each stack, and what an issuer has to do."""
    catalog, now = ws.catalog, ws.ctx.now()
    others = everybody(catalog, now) if is_issuer(ws) else ()
    return StackOverview(
        mine=tuple(progress_of(catalog, ws.me, held_badges(catalog, ws.me, now))) if ws.me else (),
        due=tuple(line for line in others if line.is_due),
        hollow=tuple(line for line in others if line.is_hollow),
    )


def is_issuer(ws: Workspace) -> bool:
    """Whether the current user is an issuer."""
    return ws.me is not None and ws.me in ws.catalog.programme.roles.issuers


def _find_due(ws: Workspace) -> tuple[StackProgress, ...]:
    """The stack badges that are due, without the issuer's own."""
    lines = everybody(ws.catalog, ws.ctx.now())
    known = ws.catalog.people.keys() - {ws.me}
    return tuple(line for line in lines if line.is_due and line.earner in known)

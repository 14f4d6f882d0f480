"""A stack's badge issued again: `mcred reissue ana/stacks/evidence-to-action`, and with `reissue --all`.

By the definition it was given by and with the date it had, for the badges its earner holds today; whoever no
longer holds enough keeps the badge as it is until it is revoked.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from mcred.app.awards.changes import AGAIN, Step, begin_step, is_outdated, need_reason, warn_lost
from mcred.app.awards.stack_lookup import find_stack_record, need_stack_issuer
from mcred.app.awards.stacks import held_badges, stack_facts, write_stack_badge
from mcred.app.awards.status_lists import take_place
from mcred.app.clock import stamp
from mcred.app.commit import ChangeSet, commit_to_main
from mcred.app.keys.issuer import issuer_method, signing_key
from mcred.app.work.drafts import refresh
from mcred.app.workspace import Workspace
from mcred.badges.keys import IssuerKey, issuer_did
from mcred.badges.open_badge import StatusPlace
from mcred.badges.replacements import badge_id
from mcred.badges.stack_badge import StackFacts, read_definition
from mcred.domain.credential import Stack
from mcred.domain.ids import BlobId
from mcred.domain.layout import stack_award_path, stack_path, stack_reissue_path
from mcred.domain.stack_badge import StackAward, StackRecord, StackReissue
from mcred.formats.decode import decode
from mcred.formats.encode import encode
from mcred.formats.trailers import message
from mcred.problems import Exit, McredError, Problem
from mcred.store.snapshot import read_blobs


class Given(Struct, frozen=True, kw_only=True):
    """The badge of a stack that holds, with the definition it was given by."""

    number: int
    award: StackAward
    stack: Stack
    blob: BlobId


def reissue_stack(ws: Workspace, text: str, reason: str, *, yes: bool, dry_run: bool) -> None:
    """Issue one badge of a stack again, with what is said and asked on the way."""
    ctx, record = ws.ctx, find_stack_record(ws, text)
    need_stack_issuer(ws, record)
    name = f"{record.earner}/stacks/{record.stack}"
    _gather(ws, record)
    why = need_reason(ctx, reason, "Why is it issued again")
    if same := _find_same(ws, record, why):
        if not dry_run:
            # A run that was cut after the badge had arrived did not lay it out here.
            refresh(ws)
        ctx.show.say(f"{name} was issued again by {same.issuer} on {same.issued.date()}.")
        ctx.show.next("mcred build")
        return
    if dry_run:
        ctx.show.say(f"Would issue {name} again. Nothing was changed.")
        return
    if not yes and ctx.interactive and not ctx.confirm(f"Issue {name} again?"):
        ctx.show.say("Nothing was issued.")
        return
    again = f'mcred reissue {name} --reason "…"'
    key = signing_key(ctx, ws.catalog.programme)
    lost: list[str] = []

    def decide(now: Workspace) -> ChangeSet:
        found = find_stack_record(now, name)
        if _find_same(now, found, why):
            raise McredError(f"{name} was issued again meanwhile", hint=again, code=Exit.CHANGED)
        step = begin_step(now, need_stack_issuer(now, found), key)
        _issue(step, found, why)
        lost[:] = step.finish()
        return ChangeSet(changes=step.changes, merged=(), text=message(f"Reissue {name}", "reissue"))

    after = commit_to_main(ws, decide, again)
    after.ctx.show.say(f"{name}: issued again.", style="bold green")
    warn_lost(after.ctx, tuple(lost))
    after.ctx.show.next("mcred build")


def find_outdated_stacks(ws: Workspace, key: IssuerKey) -> Iterator[StackRecord]:
    """Everybody's badges of stacks that hold and are not by today's issuer with today's key."""
    programme = ws.catalog.programme
    did, method = issuer_did(programme.site.url, key.multibase), issuer_method(programme, key)
    for record in ws.catalog.stacked.values():
        award = record.awards[record.live] if record.live is not None else None
        has_ended = award is not None and award.ends is not None and award.ends < ws.ctx.now()
        if record.live is not None and not has_ended:
            document = award.document if award is not None else b""
            if is_outdated(document, did, method):
                yield record


def issue_stacks(step: Step, key: IssuerKey, reason: str, failed: list[Problem]) -> int:
    """Issue every outdated badge of a stack again; how many. What cannot be is named."""
    done = 0
    for record in find_outdated_stacks(step.ws, key):
        try:
            need_stack_issuer(step.ws, record)
            _issue(step, record, reason)
            done += 1
        except McredError as error:
            what = f"{record.earner}/stacks/{record.stack}: {error.what}"
            failed.append(Problem(what=what, hint=error.hint))
    return done


def _find_same(ws: Workspace, record: StackRecord, reason: str) -> StackReissue | None:
    """The newest reissue, if it is what is asked for now: for the same reason, less than a day old."""
    newest = record.reissues.get(record.live) if record.live is not None else None
    is_same = newest is not None and newest.reason == reason and ws.ctx.now() - newest.issued < AGAIN
    return newest if is_same else None


def _gather(ws: Workspace, record: StackRecord) -> tuple[Given, StackFacts]:
    """What a newer badge is made from. Raises McredError where there can be none."""
    name = f"{record.earner}/stacks/{record.stack}"
    if record.live is None:
        raise McredError(f"{name} is revoked. It stays so", hint="mcred stacks")
    given = _read_given(ws, record, record.live)
    held = held_badges(ws.catalog, record.earner, ws.ctx.now())
    counted = tuple(held[c] for c in given.stack.credentials if c in held)
    if len(counted) < given.stack.needed:
        what = f"{name}: {record.earner} holds {len(counted)} of its micro-credentials by now"
        hint = f'mcred revoke {name} --reason "…"'
        raise McredError(f"{what}, {given.stack.needed} are needed", hint=hint)
    facts = stack_facts(ws, given.stack, given.blob, record, counted)
    return given, replace(facts, awarded=given.award.awarded)


def _read_given(ws: Workspace, record: StackRecord, number: int) -> Given:
    award = record.awards[number]
    blob = read_definition(award.document) if award is not None else None
    data = read_blobs(ws.repo, [blob]).get(blob) if blob is not None else None
    stack = decode(data, Stack, stack_path(record.stack))[0] if data is not None else None
    if award is None or blob is None or stack is None:
        name = f"{record.earner}/stacks/{record.stack}"
        raise McredError(f"{name}, badge {number}, cannot be read", hint="mcred lint")
    return Given(number=number, award=award, stack=stack, blob=blob)


def _issue(step: Step, record: StackRecord, reason: str) -> None:
    """Put a new badge in the place of the one that holds. Raises McredError where it cannot be made."""
    given, facts = _gather(step.ws, record)
    reissue = StackReissue(
        format=1,
        earner=record.earner,
        stack=record.stack,
        number=record.free,
        issuer=step.me,
        issued=stamp(step.ws),
        reason=reason,
        replaces=badge_id(given.award.document),
    )

    def place() -> StatusPlace | None:
        return take_place(step.ledger, step.ws.catalog.programme, step.key)

    badge = write_stack_badge(facts, step.key, place, created=reissue.issued)
    step.put(stack_award_path(record.earner, record.stack, record.free), badge)
    step.put(stack_reissue_path(record.earner, record.stack, record.free), encode(reissue))
    step.end(given.award.document)

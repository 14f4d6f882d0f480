"""Reissues stack badges: `mcred reissue ana/stacks/evidence-to-action`, and with `reissue --all`.

By the definition it was issued by and with its original date, for the badges its earner holds today; an
earner who no longer holds enough keeps the badge unchanged until it is revoked.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from mcred.app.awards.changes import AGAIN, Step, is_outdated
from mcred.app.awards.stack_lookup import need_stack_issuer
from mcred.app.awards.stacks import held_badges, stack_facts, write_stack_badge
from mcred.app.awards.status_lists import take_place
from mcred.app.clock import stamp
from mcred.app.keys.issuer import issuer_method
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
from mcred.problems import McredError, Problem, next_step
from mcred.store.snapshot import read_blobs


class StackBadgeInForce(Struct, frozen=True, kw_only=True):
    """A valid stack badge, with the definition it was issued by."""

    number: int
    award: StackAward
    stack: Stack
    blob: BlobId


def find_outdated_stacks(ws: Workspace, key: IssuerKey) -> Iterator[StackRecord]:
    """Everyone's valid stack badges that do not name today's issuer and key."""
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
    """Reissue every outdated stack badge; returns how many. What cannot be is reported."""
    done = 0
    for record in find_outdated_stacks(step.ws, key):
        try:
            need_stack_issuer(step.ws, record)
            issue_stack(step, record, reason)
            done += 1
        except McredError as error:
            what = f"{record.name}: {error.what}"
            failed.append(Problem(what=what, hint=error.hint))
    return done


def find_same_stack(ws: Workspace, record: StackRecord, reason: str) -> StackReissue | None:
    """The newest reissue, if it is the one requested now: for the same reason, less than a day old."""
    newest = record.reissues.get(record.live) if record.live is not None else None
    is_same = newest is not None and newest.reason == reason and ws.ctx.now() - newest.issued < AGAIN
    return newest if is_same else None


def gather_stack(ws: Workspace, record: StackRecord) -> tuple[StackBadgeInForce, StackFacts]:
    """What a newer badge is made from. Raises McredError where there can be none."""
    name = record.name
    if record.live is None:
        raise McredError(f"{name} is revoked. That cannot be undone", hint=next_step("stacks"))
    given = _read_given(ws, record, record.live)
    held = held_badges(ws.catalog, record.earner, ws.ctx.now())
    counted = tuple(held[c] for c in given.stack.credentials if c in held)
    if len(counted) < given.stack.needed:
        what = f"{name}: {record.earner} now holds {len(counted)} of its micro-credentials"
        hint = next_step("revoke", name, "--reason", "…")
        raise McredError(f"{what}, and {given.stack.needed} are required", hint=hint)
    facts = stack_facts(ws, given.stack, given.blob, record, counted)
    return given, replace(facts, awarded=given.award.awarded)


def _read_given(ws: Workspace, record: StackRecord, number: int) -> StackBadgeInForce:
    award = record.awards[number]
    blob = read_definition(award.document) if award is not None else None
    data = read_blobs(ws.repo, [blob]).get(blob) if blob is not None else None
    stack = decode(data, Stack, stack_path(record.stack))[0] if data is not None else None
    if award is None or blob is None or stack is None:
        raise McredError(f"{record.name}, badge {number}, cannot be read", hint=next_step("lint"))
    return StackBadgeInForce(number=number, award=award, stack=stack, blob=blob)


def issue_stack(step: Step, record: StackRecord, reason: str) -> None:
    """Replace the valid badge by a new one. Raises McredError where it cannot be made."""
    given, facts = gather_stack(step.ws, record)
    reissue = StackReissue(
        format=2,
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

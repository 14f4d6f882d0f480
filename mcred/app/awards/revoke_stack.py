"""Taking a stack's badge back: `mcred revoke ana/stacks/evidence-to-action`.

As final as with any award, and in one step: the record of why, and the badge's place in its status list.
"""

from __future__ import annotations

from mcred.app.awards.changes import begin_step, need_reason, warn_lost, warn_unlisted
from mcred.app.awards.decide import require_issuer
from mcred.app.awards.stacks import stack_title
from mcred.app.clock import stamp
from mcred.app.commit import ChangeSet, commit_to_main
from mcred.app.keys.issuer import signing_key
from mcred.app.work.drafts import refresh
from mcred.app.workspace import Workspace, unknown
from mcred.badges.status_places import read_place
from mcred.domain.ids import PersonId
from mcred.domain.layout import stack_revocation_path
from mcred.domain.stack_badge import StackRecord, StackRevocation
from mcred.formats.encode import encode
from mcred.formats.trailers import message
from mcred.problems import Exit, McredError
from mcred.store.write import put_blob


def names_stack(text: str) -> bool:
    """Whether a text names a stack's badge rather than an award.

    >>> names_stack("ana/stacks/talk"), names_stack("ana/wait-time")
    (True, False)
    """
    parts = text.strip("/").split("/")
    return len(parts) == 3 and parts[1] == "stacks"


def revoke_stack(ws: Workspace, text: str, reason: str, *, yes: bool, dry_run: bool) -> None:
    """Revoke a person's badge of a stack, with what is said and asked on the way."""
    ctx, record = ws.ctx, find_stack_record(ws, text)
    need_stack_issuer(ws, record)
    title = stack_title(ws.catalog, record.stack)
    number = record.live
    if number is None:
        if not dry_run:
            # A run that was cut after the revocation had arrived did not lay it out here.
            refresh(ws)
        ctx.show.say(f"{record.earner}'s badge of {title} is revoked.")
        ctx.show.next("mcred stacks")
        return
    why = need_reason(ctx, reason, "Why is it revoked? It stays on record")
    if dry_run:
        ctx.show.say(f"Would revoke {record.earner}'s badge of {title}. Nothing was changed.")
        return
    if (
        not yes
        and ctx.interactive
        and not ctx.confirm(f"Revoke {record.earner}'s badge of {title} for good?")
    ):
        ctx.show.say("Nothing was revoked.")
        return
    _revoke(ws, record, number, why)
    ctx.show.next("mcred build")


def find_stack_record(ws: Workspace, text: str) -> StackRecord:
    """The badges of a stack that a text names, such as ana/stacks/talk. Raises McredError for none."""
    known = {f"{r.earner}/stacks/{r.stack}": r for r in ws.catalog.stacked.values() if r.awards}
    found = known.get(text.strip("/"))
    if found is None:
        raise unknown("badge of a stack", text, known, "mcred stacks")
    return found


def need_stack_issuer(ws: Workspace, record: StackRecord) -> PersonId:
    """Who sits here, as an issuer, and not of their own badge. Raises McredError."""
    me = require_issuer(ws, None)
    if me == record.earner:
        raise McredError("nobody decides on their own badge", hint="mcred stacks", code=Exit.NOT_ALLOWED)
    return me


def _revoke(ws: Workspace, record: StackRecord, number: int, reason: str) -> None:
    name = f"{record.earner}/stacks/{record.stack}"
    again = f'mcred revoke {name} --reason "…"'
    award = record.awards[number]
    has_place = award is not None and read_place(award.document) is not None
    key = signing_key(ws.ctx, ws.catalog.programme) if has_place else None
    lost: list[str] = []

    def decide(now: Workspace) -> ChangeSet:
        found = find_stack_record(now, name)
        me = need_stack_issuer(now, found)
        if found.live != number:
            raise McredError(f"{name} is revoked already", hint="mcred stacks", code=Exit.CHANGED)
        revocation = StackRevocation(
            format=1,
            earner=record.earner,
            stack=record.stack,
            number=number,
            issuer=me,
            revoked=stamp(now),
            reason=reason,
        )
        step = begin_step(now, me, key)
        if award is not None and (place := read_place(award.document)):
            step.ledger.revoke(place)
        path = stack_revocation_path(record.earner, record.stack, number)
        step.changes[path] = put_blob(now.repo, encode(revocation))
        lost[:] = step.finish()
        return ChangeSet(changes=step.changes, merged=(), text=message(f"Revoke {name}", "revoke"))

    after = commit_to_main(ws, decide, again)
    after.ctx.show.say(f"{name}: revoked.", style="bold green")
    documents = [a.document for a in record.awards.values() if a is not None]
    warn_unlisted(after.ctx, documents)
    warn_lost(after.ctx, tuple(lost))

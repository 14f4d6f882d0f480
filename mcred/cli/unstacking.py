"""Taking a stack's badge back: `mcred revoke ana/stacks/evidence-to-action`.

As final as with any award, and in one step: the record of why, and the badge's place in its status list.
"""

from __future__ import annotations

from mcred.badge.ledger import read_place
from mcred.cli.amending import begin_step, need_reason, warn_lost, warn_unlisted
from mcred.cli.clock import stamp
from mcred.cli.deciding import need_issuer
from mcred.cli.desk import Desk, unknown
from mcred.cli.drafts import refresh
from mcred.cli.issuing import signing_key
from mcred.cli.main_line import Addition, add_to_main
from mcred.cli.stacking import stack_title
from mcred.files.encode import encode
from mcred.files.events import message
from mcred.files.layout import stack_revocation_path
from mcred.model.ids import PersonId
from mcred.model.stacked import StackRecord, StackRevocation
from mcred.problems import Exit, McredError
from mcred.store.write import put_blob


def names_stack(text: str) -> bool:
    """Whether a text names a stack's badge rather than an award.

    >>> names_stack("ana/stacks/talk"), names_stack("ana/wait-time")
    (True, False)
    """
    parts = text.strip("/").split("/")
    return len(parts) == 3 and parts[1] == "stacks"


def revoke_stack(desk: Desk, text: str, reason: str, *, yes: bool, dry_run: bool) -> None:
    """Revoke a person's badge of a stack, with what is said and asked on the way."""
    edge, record = desk.edge, find_stack_record(desk, text)
    need_stack_issuer(desk, record)
    title = stack_title(desk.catalog, record.stack)
    number = record.live
    if number is None:
        if not dry_run:
            # A run that was cut after the revocation had arrived did not lay it out here.
            refresh(desk)
        edge.show.say(f"{record.earner}'s badge of {title} is revoked.")
        edge.show.next("mcred stacks")
        return
    why = need_reason(edge, reason, "Why is it revoked? It stays on record")
    if dry_run:
        edge.show.say(f"Would revoke {record.earner}'s badge of {title}. Nothing was changed.")
        return
    if (
        not yes
        and edge.interactive
        and not edge.confirm(f"Revoke {record.earner}'s badge of {title} for good?")
    ):
        edge.show.say("Nothing was revoked.")
        return
    _revoke(desk, record, number, why)
    edge.show.next("mcred build")


def find_stack_record(desk: Desk, text: str) -> StackRecord:
    """The badges of a stack that a text names, such as ana/stacks/talk. Raises McredError for none."""
    known = {f"{r.earner}/stacks/{r.stack}": r for r in desk.catalog.stacked.values() if r.awards}
    found = known.get(text.strip("/"))
    if found is None:
        raise unknown("badge of a stack", text, known, "mcred stacks")
    return found


def need_stack_issuer(desk: Desk, record: StackRecord) -> PersonId:
    """Who sits here, as an issuer, and not of their own badge. Raises McredError."""
    me = need_issuer(desk, None)
    if me == record.earner:
        raise McredError("nobody decides on their own badge", hint="mcred stacks", code=Exit.NOT_ALLOWED)
    return me


def _revoke(desk: Desk, record: StackRecord, number: int, reason: str) -> None:
    name = f"{record.earner}/stacks/{record.stack}"
    again = f'mcred revoke {name} --reason "…"'
    award = record.awards[number]
    has_place = award is not None and read_place(award.document) is not None
    key = signing_key(desk.edge, desk.catalog.programme) if has_place else None
    lost: list[str] = []

    def decide(now: Desk) -> Addition:
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
        return Addition(changes=step.changes, merged=(), text=message(f"Revoke {name}", "revoke"))

    after = add_to_main(desk, decide, again)
    after.edge.show.say(f"{name}: revoked.", style="bold green")
    documents = [a.document for a in record.awards.values() if a is not None]
    warn_unlisted(after.edge, documents)
    warn_lost(after.edge, tuple(lost))

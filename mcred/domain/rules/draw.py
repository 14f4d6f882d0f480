"""Whether a request was drawn from the newest state: only the remote can tell, and only when it arrives.

The audit re-derives a panel from the commit of main and the open reviews that its request names. Whether
these were the newest ones leaves no trace in the record, so an earner could pick assessors by naming others.
The guard refuses that, and `submit` draws again when someone else was faster. It draws by the remote's own
numbers, so that it holds those whom a request does not name to them as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mcred.domain.ids import CommitId, PersonId
from mcred.domain.rules.panel import Panel
from mcred.domain.submission import ReviewRequest

OLD, LOADS = "request-old", "request-loads"
OUTDATED = frozenset({OLD, LOADS})
"""The codes of a request that is drawn again and sent again."""


def find_outdated(
    request: ReviewRequest, main: CommitId, loads: Mapping[PersonId, int], drawn: Panel
) -> Iterator[tuple[str, str]]:
    """The code and the reason of each difference between a request and the state in which it arrives.

    `loads`: open reviews by assessor, without those of the request's own submission. `drawn`: the panel that
    they and this main give.
    """
    if request.main != main:
        yield (
            OLD,
            f"its assessors were chosen at {request.main[:12]}, but the record is at {main[:12]} now",
        )
    other = [c for c in request.candidates if c.open != loads.get(c.person, 0)]
    if other:
        counted = ", ".join(f"{c.person} {loads.get(c.person, 0)} (it says {c.open})" for c in other)
        yield LOADS, f"these numbers of open reviews differ: {counted}"
    elif request.main == main and (drawn.candidates, drawn.pool) != (request.candidates, request.pool):
        first = ", ".join(c.person for c in drawn.candidates)
        yield LOADS, f"by the open reviews of all {drawn.count} eligible people, these come first: {first}"

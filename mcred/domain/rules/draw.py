"""Whether a request was drawn from the newest state: only the remote can tell, and only when it arrives.

The audit re-derives a panel from the commit of main and the open reviews that its request names. Whether
these were the newest ones leaves no trace in the record, so an earner could pick assessors by naming others.
The guard refuses that, and `submit` draws again when somebody else was faster.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mcred.domain.ids import CommitId, PersonId
from mcred.domain.submission import ReviewRequest

OLD, LOADS = "request-old", "request-loads"
OUTDATED = frozenset({OLD, LOADS})
"""The codes of a request that is drawn again and sent again."""


def find_outdated(
    request: ReviewRequest, main: CommitId, loads: Mapping[PersonId, int]
) -> Iterator[tuple[str, str]]:
    """The code and the reason of each difference between a request and the state in which it arrives.

    `loads`: open reviews by assessor, without those of the request's own submission.
    """
    if request.main != main:
        yield OLD, f"its assessors were drawn from {request.main[:12]}, and main is {main[:12]} by now"
    other = [c for c in request.candidates if c.open != loads.get(c.person, 0)]
    if other:
        counted = ", ".join(f"{c.person} {loads.get(c.person, 0)} (it says {c.open})" for c in other)
        yield LOADS, f"these numbers of open reviews differ: {counted}"

"""What is done in a shorter way than the programme does it: the same values, held against the real ones now
and then, so that a large programme stays an honest one."""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from collections.abc import Collection, Mapping, Sequence, Set
from functools import cache

from msgspec import Struct
from msgspec.json import Encoder, format
from msgspec.structs import replace

from bench.keys import reading_key
from mcred.app.sealed.opening import OpenReview, open_review
from mcred.domain.assessment import Assessment
from mcred.domain.catalog import ProgrammeState
from mcred.domain.ids import CommitId, CredentialId, PersonId, SubmissionId
from mcred.domain.people import Person
from mcred.domain.programme import Policy, Programme
from mcred.domain.record_file import RecordFile
from mcred.domain.rules.panel import RESERVE, Panel, choose_panel, digest_of
from mcred.domain.sealed.review import ReviewContent, fill_in
from mcred.domain.submission import Load
from mcred.formats.encode import dump, encode, to_plain
from mcred.formats.record import id_to_text
from mcred.formats.sealed_part import to_bytes
from mcred.store.seal import unseal

_ENCODER = Encoder(order="sorted", enc_hook=id_to_text)
_FIRST, _EACH = 3, 200
_done: Counter[str] = Counter()


def is_due(what: str) -> bool:
    """Whether it is time to hold a short cut against the real thing: the first times, then each 200th."""
    _done[what] += 1
    return _done[what] <= _FIRST or _done[what] % _EACH == 0


def hold(what: str, short: object, real: object) -> None:
    """Raises ValueError where a short cut gives something else than the real thing."""
    if short != real:
        raise ValueError(f"a short cut of bench is wrong: {what}")


def write_value(value: object) -> bytes:
    """As `formats.encode` writes it, without reading it again."""
    if not isinstance(value, RecordFile):
        return dump(to_plain(value)).encode()
    data = format(_ENCODER.encode(value), indent=2) + b"\n"
    if is_due(type(value).__name__):
        hold("a record's spelling", data, encode(value))
    return data


def open_own(stored: Assessment, content: ReviewContent) -> OpenReview:
    """A review as its assessor, who knows what they sealed, can read it."""
    mine = [reading_key(stored.assessor)]
    key = io.BytesIO()
    unseal(io.BytesIO(to_bytes(stored.key)), key, mine)
    opened = OpenReview(assessment=fill_in(stored, content), content=content, key=key.getvalue().decode())
    if is_due("open review"):
        hold("an opened review", opened, open_review(stored, mine))
    return opened


class _Few(Struct, frozen=True, kw_only=True):
    """A programme in which only some hold the micro-credential."""

    commit: CommitId
    programme: Programme
    people: Mapping[PersonId, Person]
    holders: Mapping[CredentialId, frozenset[PersonId]]
    count: int

    def assessed(self, credential: CredentialId) -> int:
        return self.count

    def find_close(self, earner: PersonId, people: Collection[PersonId]) -> Set[PersonId]:
        return frozenset(people)


def choose(
    submission: SubmissionId,
    state: ProgrammeState,
    policy: Policy,
    loads: Mapping[PersonId, int],
    earlier: tuple[PersonId, ...],
    schools: Mapping[str, Sequence[PersonId]],
) -> Panel:
    """What `choose_panel` chooses, where no one declared a conflict or is at their limit.

    Of thousands of holders only those of the earner's school, and the first of all others, are asked for
    reasons against them.

    `schools`: who is at which.
    """
    holders, earner = state.holders.get(submission.credential, frozenset()), submission.earner
    near = holders.intersection(schools.get(state.people[earner].school, ()))
    lead = f"{state.commit} {submission} "
    ranked = sorted(
        (p not in earlier, loads.get(p, 0), hashlib.sha256(f"{lead}{p}".encode()).digest(), p)
        for p in holders - near
        if p != earner
    )
    few = _Few(
        commit=state.commit,
        programme=state.programme,
        people=state.people,
        holders={submission.credential: near | {p for _, _, _, p in ranked[: policy.peers]}},
        count=state.assessed(submission.credential),
    )
    panel = choose_panel(submission, few, policy, loads, earlier)
    if panel.rule == "peer":
        panel = replace(
            panel,
            candidates=tuple(_load(p, open_) for _, open_, _, p in ranked[: policy.peers + RESERVE]),
            sha256=digest_of(p for _, _, _, p in ranked),
            open=dict(Counter(open_ for _, open_, _, _ in ranked)),
        )
    if is_due("panel"):
        hold("a panel", panel, choose_panel(submission, state, policy, loads, earlier))
    return panel


@cache
def _load(person: PersonId, count: int) -> Load:
    return Load(person=person, open=count)

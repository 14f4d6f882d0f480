"""Answers of issuers' verbs: a decision, and what becomes of an award afterwards; the keys that sign them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct

from mcred.app.answers.answer import DoneWord, ProblemRow, VerbAnswer, done_word, list_problems
from mcred.app.answers.catalogue import NewStackBadge, list_new
from mcred.domain.decision import Outcome
from mcred.domain.ids import PersonId, Slug, SubmissionId
from mcred.domain.issuer_key import PublicKey

if TYPE_CHECKING:
    from mcred.app.awards.decide import Case
    from mcred.app.awards.overrides import Proposal
    from mcred.app.awards.reconcile import ReconcileResult
    from mcred.app.awards.reissue import ReissueResult
    from mcred.app.awards.renew import RenewResult
    from mcred.app.awards.revoke import RevokeResult
    from mcred.app.keys.listed_keys import KeyResult, ListedKeys
    from mcred.app.keys.recover import RecoverResult
    from mcred.domain.decision import Decision


class CriterionLevels(Struct, frozen=True, kw_only=True):
    """One criterion: each assessor's level, and the combined one."""

    criterion: Slug
    given: Mapping[PersonId, Slug]
    level: Slug
    required: Slug
    spread: int
    """How many levels lie between the highest and the lowest."""
    carried: bool
    """Whether it is kept from the attempt before."""
    met: bool


class ProposedLevel(Struct, frozen=True, kw_only=True):
    """A level that an issuer sets."""

    level: Slug
    reason: str


class ProposalRow(Struct, frozen=True, kw_only=True):
    """What an issuer proposed against the levels."""

    issuer: PersonId
    outcome: Outcome | None
    reason: str
    levels: Mapping[Slug, ProposedLevel]


class MatrixAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/matrix/1"):
    """`mcred reconcile` before it is decided."""

    submission: SubmissionId
    attempt: int
    recommended: Outcome
    reasons: tuple[str, ...]
    criteria: tuple[CriterionLevels, ...]
    proposals: tuple[ProposalRow, ...]


def matrix_answer(case: Case) -> MatrixAnswer:
    """The assessors' levels side by side."""
    return MatrixAnswer(
        submission=case.submission,
        attempt=case.standing.attempt,
        recommended=case.matrix.recommended,
        reasons=tuple(case.matrix.reasons),
        criteria=tuple(
            CriterionLevels(
                criterion=row.criterion.id,
                given=dict(row.given),
                level=row.level,
                required=row.required,
                spread=row.spread,
                carried=row.carried,
                met=row.met,
            )
            for row in case.matrix.rows
        ),
        proposals=tuple(map(_proposal, case.proposals)),
    )


def _proposal(one: Proposal) -> ProposalRow:
    said = one.said
    return ProposalRow(
        issuer=said.issuer,
        outcome=said.outcome,
        reason=said.reason,
        levels={s.criterion: ProposedLevel(level=s.level, reason=s.reason) for s in said.levels},
    )


class DecidedAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/decided/1"):
    """`mcred reconcile`, decided: now or earlier."""

    submission: SubmissionId
    attempt: int
    outcome: Outcome
    issuer: PersonId
    decided: date
    stacks: tuple[NewStackBadge, ...]
    """The stack badges that came with it."""


class ProposedAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/proposed/1"):
    """`mcred reconcile` with an outcome that another issuer has to agree with. It is not decided yet."""

    status: DoneWord
    submission: SubmissionId
    attempt: int
    outcome: Outcome | None
    recommended: Outcome | None
    seconds: tuple[PersonId, ...]
    """The issuers of whom one has to agree."""


def decided_answer(found: ReconcileResult) -> DecidedAnswer | ProposedAnswer:
    """What was decided or proposed. Raises LookupError where neither was."""
    if found.proposed is not None:
        return ProposedAnswer(
            status=done_word(found),
            submission=found.submission,
            attempt=found.attempt,
            outcome=found.proposed.outcome,
            recommended=found.recommended,
            seconds=found.seconds,
        )
    decision = found.earlier or _decision_in(found)
    return DecidedAnswer(
        submission=decision.submission,
        attempt=decision.attempt,
        outcome=decision.outcome,
        issuer=decision.issuer,
        decided=decision.decided.date(),
        stacks=list_new(found.stacks),
    )


def _decision_in(found: ReconcileResult) -> Decision:
    decisions = found.ws.catalog.records[found.submission].decisions
    return {d.attempt: d for d in decisions}[found.attempt]


class RevokeAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/revoke/1"):
    """`mcred revoke`."""

    status: DoneWord
    award: str
    """The submission, or a stack's badge such as `ana/stacks/talk`."""
    attempt: int | None
    """Null for a stack's badge."""
    live: int | None
    """Where it was revoked before: another attempt that is still valid."""
    unchanged_lists: tuple[str, ...]
    """Addresses of status lists that could no longer be changed."""


def revoke_answer(found: RevokeResult) -> RevokeAnswer:
    """What was revoked."""
    award, attempt = _named(found.name)
    return RevokeAnswer(
        status=done_word(found),
        award=award,
        attempt=attempt,
        live=found.live,
        unchanged_lists=found.lost,
    )


def _named(name: str) -> tuple[str, int | None]:
    """The award and the attempt in `ana/wait-time, attempt 1`."""
    award, _, attempt = name.partition(", attempt ")
    return award, int(attempt) if attempt else None


class RenewAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/renew/1"):
    """`mcred renew`."""

    status: DoneWord
    submission: SubmissionId
    ends: date | None
    """The last day of the award."""
    unchanged_lists: tuple[str, ...]
    """Addresses of status lists that could no longer be changed."""


def renew_answer(found: RenewResult) -> RenewAnswer:
    """Until when it is valid now."""
    return RenewAnswer(
        status=done_word(found), submission=found.submission, ends=found.ends, unchanged_lists=found.lost
    )


class ReissueAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/reissue/1"):
    """`mcred reissue`."""

    status: DoneWord
    award: str | None
    """The submission, or a stack's badge such as `ana/stacks/talk`; null with `--all`."""
    attempt: int | None
    awards: int
    """With `--all`: how many awards were reissued."""
    stacks: int
    """With `--all`: how many stack badges were reissued."""
    failed: tuple[ProblemRow, ...]
    """What could not be reissued; then the command ends with 1."""
    unchanged_lists: tuple[str, ...]
    """Addresses of status lists that could no longer be changed."""


def reissue_answer(found: ReissueResult) -> ReissueAnswer:
    """What was reissued."""
    award, attempt = _named(found.name)
    return ReissueAnswer(
        status=done_word(found),
        award=award or None,
        attempt=attempt,
        awards=found.awards,
        stacks=found.stacks,
        failed=list_problems(found.failed),
        unchanged_lists=found.lost,
    )


class KeysAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/keys/1"):
    """`mcred key show`."""

    issuer: str | None
    """The issuer's id for other software; null while awards are not signed."""
    keys: tuple[PublicKey, ...]
    here: bool
    """Whether the private part of the key in use is on this computer."""


def keys_answer(found: ListedKeys) -> KeysAnswer:
    """Every key that the programme lists."""
    return KeysAnswer(issuer=found.issuer, keys=found.keys, here=found.is_here)


class KeyAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/key/1"):
    """`mcred key new` and `mcred key rotate`."""

    status: DoneWord
    key: str
    """The public part of the key that signs from now on."""
    file: str
    """Where its private part is."""
    earlier: str | None
    """Where the private part of the one before is kept; null where none was replaced."""


def key_answer(found: KeyResult) -> KeyAnswer:
    """The key in use."""
    return KeyAnswer(
        status=done_word(found),
        key=found.key,
        file=str(found.place),
        earlier=str(found.aside) if found.aside is not None else None,
    )


class RecoverAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/recovered/1"):
    """`mcred key recover`."""

    attempts: tuple[str, ...]
    """The attempts that more people can open now, such as `ana/wait-time, attempt 1`."""


def recover_answer(found: RecoverResult) -> RecoverAnswer:
    """What more people can open."""
    return RecoverAnswer(attempts=found.attempts)

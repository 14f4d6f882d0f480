"""Golden examples of a policy (`recognition/<id>.examples.yaml`): badges, and what they have to come to.

Held against the policy whenever the programme is checked, so that no change of a rule goes unnoticed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Struct, field

from mcred.domain.ids import CredentialId, Doc, Prose, Slug, StackId, Version
from mcred.domain.recognition.amounts import describe, describe_one
from mcred.domain.recognition.count import Account, recognize
from mcred.domain.recognition.evidence import SOUND_YEARS, PresentedBadge, ReachedLevel
from mcred.domain.recognition.policy import Amounts, RecognitionPolicy
from mcred.problems import Fault

KnownScales = Mapping[CredentialId, Mapping[Slug, tuple[Slug, ...]]]
"""Micro-credential of the programme → criterion → scale, best first."""


class ExampleBadge(Struct, frozen=True, kw_only=True):
    """A badge of an example."""

    id: Slug
    issuer: Annotated[Slug, Doc("One of the policy's issuers, or any other word for one that it lacks.")]
    credential: CredentialId | None = None
    stack: StackId | None = None
    version: Version | None = None
    earned: date
    renewed: date | None = None
    ends: date | None = None
    revoked: bool = False
    override: Annotated[bool, Doc("Awarded although the levels did not reach the rubric.")] = False
    levels: Annotated[Mapping[Slug, Slug], Doc("Criterion → level; of the program's micro-credentials.")] = (
        field(default_factory=dict)
    )
    contains: Annotated[tuple[Slug, ...], Doc("Of a stack's badge: the badges it was given for.")] = ()


class RecognitionExample(Struct, frozen=True, kw_only=True):
    """Badges, and what they come to on a day."""

    id: Slug
    text: Prose = ""
    as_of: date
    badges: tuple[ExampleBadge, ...]
    total: Annotated[Amounts, Doc("CreditUnit → amount; units that are not named come to 0.")] = field(
        default_factory=dict
    )
    lane: Slug | None = None
    not_counted: Annotated[tuple[Slug, ...], Doc("The badges of which nothing counts.")] = ()


class RecognitionExamples(Struct, frozen=True, kw_only=True):
    """`recognition/<id>.examples.yaml`: what a policy has to come to."""

    format: Literal[2]
    id: Annotated[Slug, Doc("The policy's id.")]
    examples: tuple[RecognitionExample, ...]


def run_example(policy: RecognitionPolicy, example: RecognitionExample, scales: KnownScales) -> Account:
    """What a policy says of an example."""
    issuers = {issuer.id: issuer for issuer in policy.issuers}
    badges = []
    for badge in example.badges:
        issuer = issuers.get(badge.issuer)
        known = scales.get(badge.credential, {}) if badge.credential and issuer and issuer.program else {}
        badges.append(
            PresentedBadge(
                name=badge.id,
                issuer=issuer.known_as[0] if issuer and issuer.known_as else "" if issuer else badge.issuer,
                of_program=bool(issuer and issuer.program),
                credential=badge.credential,
                stack=badge.stack,
                version=badge.version,
                earned=badge.earned,
                renewed=badge.renewed,
                ends=badge.ends,
                standing="revoked" if badge.revoked else "valid",
                override=badge.override,
                levels={
                    criterion: ReachedLevel(level=level, scale=known.get(criterion, (level,)))
                    for criterion, level in badge.levels.items()
                },
                digests=(badge.id,),
                contains=badge.contains,
            )
        )
    return recognize(policy, badges, example.as_of)


def check_examples(
    examples: RecognitionExamples, policy: RecognitionPolicy | None, scales: KnownScales
) -> Iterator[Fault]:
    """Every example that cannot be read, or comes to something else by the policy."""
    for n, example in enumerate(examples.examples):
        faults = tuple(_check_example(("examples", n), example, scales))
        yield from faults
        if policy is not None and not faults:
            yield from _compare(("examples", n), example, run_example(policy, example, scales))


def _check_example(
    path: tuple[str | int, ...], example: RecognitionExample, scales: KnownScales
) -> Iterator[Fault]:
    known = [badge.id for badge in example.badges]
    for n, badge in enumerate(example.badges):
        here = (*path, "badges", n)
        if known.count(badge.id) > 1:
            yield Fault(path=(*here, "id"), what="two badges have this id", hint="give each its own")
        if (badge.credential is None) == (badge.stack is None):
            what = "a badge is of a micro-credential or of a stack"
            yield Fault(path=here, what=what, hint="write credential: or stack:")
        for other in badge.contains:
            if other not in known:
                what = f"there is no badge '{other}'"
                yield Fault(path=(*here, "contains"), what=what, hint="list it above")
        for criterion, level in badge.levels.items():
            scale = scales.get(badge.credential, {}).get(criterion, ()) if badge.credential else ()
            if scale and level not in scale:
                what = f"{criterion} has no level '{level}'"
                yield Fault(
                    path=(*here, "levels", criterion), what=what, hint=f"use one of {', '.join(scale)}"
                )
        for name in ("earned", "renewed", "ends"):
            if (day := getattr(badge, name)) is not None and day.year not in SOUND_YEARS:
                yield Fault(path=(*here, name), what=f"{day} is too far away", hint="use a year of our time")
    if example.as_of.year not in SOUND_YEARS:
        yield Fault(
            path=(*path, "as_of"), what=f"{example.as_of} is too far away", hint="use a year of our time"
        )


def _compare(path: tuple[str | int, ...], example: RecognitionExample, account: Account) -> Iterator[Fault]:
    for unit in sorted({*account.total, *example.total}):
        came, said = account.total.get(unit, Decimal(0)), example.total.get(unit, Decimal(0))
        if came != said:
            what = f"“{example.id}” comes to {describe_one(unit, came)}, not {describe_one(unit, said)}"
            at = (*path, "total", unit) if unit in example.total else (*path, "total")
            yield Fault(path=at, what=what, hint="correct the total, or the policy")
    lane = account.lane.lane.id if account.lane else None
    if lane != example.lane:
        what = f"“{example.id}” reaches {lane or 'no lane'}, not {example.lane or 'none'}"
        yield Fault(path=(*path, "lane"), what=what, hint="correct the lane, or the policy")
    nothing = tuple(line.badge.name for line in account.lines if not line.counted)
    if set(nothing) != set(example.not_counted):
        what = f"of “{example.id}”, {', '.join(sorted(nothing)) or 'no badge'} counts for nothing"
        hint = f"write not_counted: [{', '.join(sorted(nothing))}], or correct the policy"
        yield Fault(path=(*path, "not_counted"), what=what, hint=hint)


class ChangedExample(Struct, frozen=True, kw_only=True):
    """An example that a changed policy lets come to something else."""

    example: Slug
    before: str
    after: str


def compare_examples(
    old: RecognitionPolicy, new: RecognitionPolicy, examples: RecognitionExamples, scales: KnownScales
) -> Iterator[ChangedExample]:
    """Every example that comes to something else by the new policy."""
    for example in examples.examples:
        before, after = (_said(run_example(policy, example, scales)) for policy in (old, new))
        if before != after:
            yield ChangedExample(example=example.id, before=before, after=after)


def _said(account: Account) -> str:
    lane = f", {account.lane.lane.title}" if account.lane else ""
    return f"{describe({u: a for u, a in account.total.items() if a})}{lane}"

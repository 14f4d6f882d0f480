"""A badge as a recognition policy sees it, whether it is from the record or from a file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal

from msgspec import Struct, field

from mcred.domain.ids import CredentialId, Slug, StackId, Version
from mcred.domain.recognition.policy import AcceptedIssuer, LevelFloor, RecognitionPolicy

SOUND_YEARS = range(1970, 2200)
"""The years that a badge can be from; around others, not every day exists."""
BadgeStanding = Literal["valid", "revoked", "not valid", "cannot tell"]
HolderAnswer = Literal["on record", "checked", "not checked"]
"""How it is known whose badge it is: by the record, or a file was held against a person, or it was not."""


class ReachedLevel(Struct, frozen=True, kw_only=True):
    """The level that a criterion reached, and its scale, best first."""

    level: Slug
    scale: tuple[Slug, ...]

    def reaches(self, floor: Slug) -> bool:
        """Whether it is a level of its scale or better; False for one that the scale does not have."""
        return {floor, self.level} <= set(self.scale) and self.scale.index(self.level) <= self.scale.index(
            floor
        )


class PresentedBadge(Struct, frozen=True, kw_only=True):
    """A badge, and what a policy asks of it."""

    name: str
    """The submission and attempt, or the file."""
    title: str = ""
    issuer: str = ""
    """The DID or address that it names as its issuer."""
    holder: HolderAnswer = "on record"
    of_program: bool = False
    """Whether it is in the record of the programme that has the policy."""
    credential: CredentialId | None = None
    stack: StackId | None = None
    achievement: str = ""
    version: Version | None = None
    earned: date | None = None
    renewed: date | None = None
    ends: date | None = None
    """Its last day; None for no end."""
    standing: BadgeStanding = "valid"
    why: str = ""
    """Why it is not valid, or why that cannot be told."""
    settled: bool = False
    """Whether a recorded decision has it: that it expires, or is too old by now, takes nothing away then."""
    override: bool = False
    levels: Mapping[Slug, ReachedLevel] = field(default_factory=dict)
    """Criterion → level reached."""
    digests: tuple[str, ...] = ()
    """The SHA-256 of each document it was issued as."""
    contains: tuple[str, ...] = ()
    """Of a stack's badge: the digests of those that it was given for."""
    contained_titles: tuple[str, ...] = ()
    """Of a stack's badge: their titles, which stay when one is issued again as another document."""


def find_issuer(policy: RecognitionPolicy, badge: PresentedBadge) -> AcceptedIssuer | None:
    """The policy's issuer that a badge is from."""
    for issuer in policy.issuers:
        if (issuer.program and badge.of_program) or (badge.issuer and badge.issuer in issuer.known_as):
            return issuer
    return None


def find_credential(issuer: AcceptedIssuer, badge: PresentedBadge) -> CredentialId | None:
    """The id of a badge's micro-credential; None for one that the policy has no id for."""
    known = issuer.achievements.items() if badge.achievement else ()
    return next((name for name, said in known if said == badge.achievement), badge.credential)


def below_floor(floor: LevelFloor, levels: Mapping[Slug, ReachedLevel]) -> tuple[str, str] | None:
    """The key of a floor that some levels do not reach, and why; None where they reach all of it."""
    for criterion, reached in sorted(levels.items()):
        if floor.every and floor.every in reached.scale and not reached.reaches(floor.every):
            return "every", f"{criterion} reached {reached.level}, not {floor.every}"
    if floor.every and all(floor.every not in reached.scale for reached in levels.values()):
        return "every", f"no criterion has a level {floor.every}"
    for criterion, least in sorted(floor.criteria.items()):
        found = levels.get(criterion)
        if found is None or not found.reaches(least):
            return "criteria", f"{criterion} reached {found.level if found else 'no level'}, not {least}"
    best = sum(1 for reached in levels.values() if reached.level == reached.scale[0])
    if best < floor.best_criteria:
        return "best_criteria", f"{best} criteria reached the best level, not {floor.best_criteria}"
    return None

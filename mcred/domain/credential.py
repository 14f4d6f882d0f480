"""A micro-credential's definition: one competency, and all it takes to show and judge it.

The six components are Digital Promise's: competency, key method, method components, research and
resources, submission criteria (parts, items), scoring rubric (criteria, levels). Field names are those
of FORMATS, "A definition". A stack is `k of n` micro-credentials with a badge of its own.

Does not know its file format or path.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from mcred.domain.ids import CredentialId, CreditHours, Doc, Line, Prose, Slug, StackId, Url, Version

EVIDENCE_TYPES: tuple[Slug, ...] = tuple(
    Slug(name)
    for name in (
        "video",
        "lesson-plan",
        "project-plan",
        "unit-plan",
        "student-work",
        "teacher-reflection",
        "student-reflection",
        "observation",
        "assessment",
        "peer-review",
        "self-evaluation",
        "other",
    )
)
"""The kinds of evidence of the source documents; a programme may add its own."""

Attestation = Literal["ready", "own-work", "release", "student-consent", "ai-use"]
ATTESTATION_TEXTS: Mapping[str, str] = {
    "ready": "This is complete and ready to be assessed.",
    "own-work": "This is my own work; where others helped, I say so.",
    "release": "The assessors of my submission and the issuers may read everything I submit here.",
    "student-consent": "Every student who can be seen, heard, or named has consent on file at my school.",
    "ai-use": "Where I used an AI tool, I say where and for what.",
}

Scales = Mapping[Slug, tuple[Slug, ...]]


class MethodComponent(Struct, frozen=True, kw_only=True):
    """One step or strand of the key method."""

    id: Slug
    title: Line
    text: Prose


class Research(Struct, frozen=True, kw_only=True):
    """A source the method rests on."""

    citation: Annotated[str, Meta(max_length=1000), Doc("The reference, as one would print it.")]
    url: Url = ""
    summary: Prose = ""


class Resource(Struct, frozen=True, kw_only=True):
    """Something that helps to learn the method."""

    title: Line
    url: Url = ""
    component: Annotated[Slug | None, Doc("The method component it helps with.")] = None
    free: bool = True
    summary: Prose = ""


class Alignment(Struct, frozen=True, kw_only=True):
    """An entry of an external framework that this competency matches (Open Badges 3.0 `alignment`)."""

    framework: Line
    code: Line = ""
    name: Line
    url: Url = ""


class Origin(Struct, frozen=True, kw_only=True):
    """Where a copied definition came from."""

    repository: Url
    id: CredentialId
    version: Version


class Words(Struct, frozen=True, kw_only=True):
    """How long a written answer is: `limit` refuses outside the bounds, `guide` only says so."""

    min: int = 0
    max: int | None = None
    mode: Literal["limit", "guide"] = "limit"


class Media(Struct, frozen=True, kw_only=True):
    """Bounds of a recording."""

    max_minutes: int | None = None


class Item(Struct, frozen=True, kw_only=True):
    """One thing an earner writes or hands in."""

    id: Slug
    title: Line
    text: Prose = ""
    words: Annotated[Words | None, Doc("Written answers: bounds in words.")] = None
    accepts: Annotated[tuple[Slug, ...], Doc("Types of evidence taken here.")] = ()
    min: Annotated[int, Doc("Fewest pieces of evidence.")] = 1
    max: Annotated[int, Doc("Most pieces of evidence.")] = 1
    students: Annotated[bool, Doc("Students are usually seen or named: consent is asked.")] = False
    media: Media | None = None

    @property
    def is_written(self) -> bool:
        """Whether it is answered in the part's Markdown file rather than with files."""
        return not self.accepts

    @property
    def requirement(self) -> str:
        """What it requires, in a few words: `100–300 words`, `1–2 of lesson-plan`."""
        if self.is_written:
            if self.words is None:
                return "in your words"
            most = f"–{self.words.max}" if self.words.max is not None else " or more"
            return f"{'about ' if self.words.mode == 'guide' else ''}{self.words.min}{most} words"
        most = f"–{self.max}" if self.max != self.min else ""
        return f"{self.min}{most} of {' or '.join(self.accepts)}"


class Criterion(Struct, frozen=True, kw_only=True):
    """One row of the rubric."""

    id: Slug
    title: Line
    items: Annotated[tuple[Slug, ...], Doc("The items it judges; none named means all of the part.")] = ()
    levels: Annotated[Mapping[Slug, Prose], Doc("What work at each level of the scale looks like.")]
    required: Annotated[Slug | None, Doc("The level to reach; the scale's best when not named.")] = None
    guidance: Annotated[Prose, Doc("For assessors.")] = ""


class Part(Struct, frozen=True, kw_only=True):
    """One section of what is submitted, with the criteria it is judged by."""

    id: Slug
    title: Line
    kind: Literal["overview", "artifacts", "reflection"]
    scale: Slug
    text: Prose = ""
    items: tuple[Item, ...]
    criteria: tuple[Criterion, ...]

    def items_of(self, criterion: Criterion) -> tuple[Item, ...]:
        """The items a criterion judges."""
        return tuple(i for i in self.items if not criterion.items or i.id in criterion.items)


class AwardRule(Struct, frozen=True, kw_only=True):
    """When levels are enough: `all` criteria at their required level, `points`, or `count` of them.

    Points of a level are counted from the scale's worst (0) upwards.
    """

    kind: Literal["all", "points", "count"] = "all"
    number: int = 0
    of: int = 0

    def __str__(self) -> str:
        if self.kind == "points":
            return f"points >= {self.number}"
        if self.kind == "count":
            return f"{self.number} of {self.of}"
        return "every criterion at its required level"


_POINTS = re.compile(r"points ?>= ?([0-9]{1,4})")
_COUNT = re.compile(r"([0-9]{1,3}) of ([0-9]{1,3})")


def parse_award_rule(text: str) -> AwardRule | None:
    """The rule a definition states, or None when it is none of the three, or asks nothing or too much.

    >>> parse_award_rule("points >= 12")
    AwardRule(kind='points', number=12, of=0)
    """
    plain = " ".join(text.lower().split())
    if plain == str(AwardRule()):
        return AwardRule()
    if found := _POINTS.fullmatch(plain):
        rule = AwardRule(kind="points", number=int(found[1]))
        return rule if rule.number > 0 else None
    if found := _COUNT.fullmatch(plain):
        rule = AwardRule(kind="count", number=int(found[1]), of=int(found[2]))
        return rule if 0 < rule.number <= rule.of else None
    return None


class Fee(Struct, frozen=True, kw_only=True):
    """What an attempt costs; mcred only shows it."""

    amount: int
    currency: Annotated[str, Meta(max_length=3)] = "USD"
    per: Literal["attempt", "award"] = "attempt"


class Validity(Struct, frozen=True, kw_only=True):
    """How long an award holds, and how it is renewed."""

    months: int
    renew: Literal["delta", "full"] = "delta"


class AssessmentOverride(Struct, frozen=True, kw_only=True):
    """What one micro-credential does differently from the programme's policy."""

    expert_submissions: int | None = None
    experts: int | None = None
    peers: int | None = None
    due_days: int | None = None


class Credential(Struct, frozen=True, kw_only=True):
    """A micro-credential at one version."""

    format: Literal[2]
    id: CredentialId
    version: Version
    status: Literal["draft", "live", "retired"] = "live"
    title: Line
    topics: tuple[Line, ...]
    language: Annotated[str, Meta(max_length=35), Doc("A BCP 47 tag such as en or es-MX.")] = "en"
    issuer: Annotated[Line, Doc("Default: the program.")] = ""
    contributors: tuple[Line, ...] = ()
    hours: Annotated[int | None, Doc("An estimate of the work it takes.")] = None
    credits: Annotated[
        CreditHours | None, Doc("Credit hours that the issuer says it is worth; its badges say so.")
    ] = None
    needs_students: bool = True
    competency: Annotated[str, Meta(max_length=400), Doc("One sentence, one skill.")]
    key_method: Annotated[str, Meta(max_length=600), Doc("One sentence.")]
    for_recognizers: Annotated[Prose, Doc("What a holder has shown, for people outside.")] = ""
    method_components: tuple[MethodComponent, ...]
    research: tuple[Research, ...]
    resources: tuple[Resource, ...]
    alignment: tuple[Alignment, ...] = ()
    prerequisites: tuple[CredentialId, ...] = ()
    derived_from: Origin | None = None
    scales: Annotated[Scales, Doc("Level names, best first.")]
    parts: tuple[Part, ...]
    award_rule: AwardRule = field(default_factory=AwardRule)
    assessment: AssessmentOverride = field(default_factory=AssessmentOverride)
    attestations: tuple[Attestation, ...] = ("ready", "own-work", "release")
    fee: Fee | None = None
    validity: Validity | None = None

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """All rows of the rubric, in the order of the parts."""
        return tuple(c for part in self.parts for c in part.criteria)

    @property
    def items(self) -> tuple[Item, ...]:
        """All items, in the order of the parts."""
        return tuple(i for part in self.parts for i in part.items)

    def part_of(self, criterion: Criterion) -> Part:
        """The part a criterion belongs to."""
        return next(p for p in self.parts if criterion in p.criteria)

    def scale_of(self, criterion: Criterion) -> tuple[Slug, ...]:
        """The levels a criterion may get, best first."""
        return self.scales[self.part_of(criterion).scale]

    def required_level(self, criterion: Criterion) -> Slug:
        """The level a criterion must reach."""
        return criterion.required or self.scale_of(criterion)[0]

    @property
    def is_scalable(self) -> bool:
        """Whether each criterion has a scale with the level it requires; without, no outcome follows."""
        return all(p.scale in self.scales and self.scales[p.scale] for p in self.parts if p.criteria) and all(
            self.required_level(c) in self.scale_of(c) for c in self.criteria
        )

    def rank(self, criterion: Criterion, level: Slug) -> int:
        """How far a level is from the best: 0 is the best."""
        return self.scale_of(criterion).index(level)

    def meets(self, criterion: Criterion, level: Slug) -> bool:
        """Whether a level reaches what the criterion requires."""
        return reaches(level, self.required_level(criterion), self.scale_of(criterion))


def reaches(level: Slug, required: Slug, scale: tuple[Slug, ...]) -> bool:
    """Whether a level of a scale is at least the required one."""
    return scale.index(level) <= scale.index(required)


class Stack(Struct, frozen=True, kw_only=True):
    """Several micro-credentials that together earn a badge of their own: `need` of `credentials`."""

    format: Literal[2]
    id: StackId
    version: Version
    title: Line
    text: Prose = ""
    topics: tuple[Line, ...] = ()
    credits: Annotated[CreditHours | None, Doc("Credit hours of the whole stack; its badge says so.")] = None
    credentials: tuple[CredentialId, ...]
    need: Annotated[int | None, Doc("How many are required; all when not named.")] = None
    ordered: Annotated[bool, Doc("Suggest them in this order.")] = False
    for_recognizers: Prose = ""

    @property
    def needed(self) -> int:
        """How many of its micro-credentials an earner needs."""
        return len(self.credentials) if self.need is None else self.need


def progress(stack: Stack, held: frozenset[CredentialId]) -> tuple[int, int]:
    """How many of a stack's micro-credentials are held, and how many are needed."""
    return len(held & set(stack.credentials)), stack.needed

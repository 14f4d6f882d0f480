"""A micro-credential's definition: one competency, and all it takes to show and judge it.

The six components are Digital Promise's: competency, key method, method components, research and
resources, submission criteria (parts, items), scoring rubric (criteria, levels). Field names are those
of FORMATS, "A definition". A stack is `k of n` micro-credentials with a badge of its own.

Does not know how it is written down or where it lives.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from mcred.model.ids import CredentialId, Doc, Limit, Line, Prose, Slug, StackId, Url, Version
from mcred.problems import Fault

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
    "release": "The programme's assessors and issuer may read everything I submit here.",
    "student-consent": "Every student who can be seen, heard or named has consent on file at my school.",
    "ai-use": "Where I used an AI tool, I say where and for what.",
}

Scales = Mapping[Slug, tuple[Slug, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodComponent:
    """One step or strand of the key method."""

    id: Slug
    title: Line
    text: Prose


@dataclass(frozen=True, slots=True, kw_only=True)
class Research:
    """A source the method rests on."""

    citation: Annotated[str, Limit(1000), Doc("The reference, as one would print it.")]
    url: Url = ""
    summary: Prose = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """Something that helps to learn the method."""

    title: Line
    url: Url = ""
    component: Annotated[Slug | None, Doc("The method component it helps with.")] = None
    free: bool = True
    summary: Prose = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """A place in somebody's framework that this competency matches (Open Badges 3.0 `alignment`)."""

    framework: Line
    code: Line = ""
    name: Line
    url: Url = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a copied definition came from."""

    repository: Url
    id: CredentialId
    version: Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """How long a written answer is: `limit` refuses outside the bounds, `guide` only says so."""

    min: int = 0
    max: int | None = None
    mode: Literal["limit", "guide"] = "limit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """Bounds of a recording."""

    max_minutes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One row of the rubric."""

    id: Slug
    title: Line
    items: Annotated[tuple[Slug, ...], Doc("The items it judges; none named means all of the part.")] = ()
    levels: Annotated[Mapping[Slug, Prose], Doc("What work at each level of the scale looks like.")]
    required: Annotated[Slug | None, Doc("The level to reach; the scale's best when not named.")] = None
    guidance: Annotated[Prose, Doc("For assessors.")] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardRule:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """What an attempt costs; mcred only shows it."""

    amount: int
    currency: Annotated[str, Limit(3)] = "USD"
    per: Literal["attempt", "award"] = "attempt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity:
    """How long an award holds, and how it is renewed."""

    months: int
    renew: Literal["delta", "full"] = "delta"


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentOverride:
    """What one micro-credential does differently from the programme's policy."""

    expert_submissions: int | None = None
    experts: int | None = None
    peers: int | None = None
    due_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A micro-credential at one version."""

    format: Literal[1]
    id: CredentialId
    version: Version
    status: Literal["draft", "live", "retired"] = "live"
    title: Line
    topics: tuple[Line, ...]
    language: Annotated[str, Limit(35), Doc("A BCP 47 tag such as en or es-MX.")] = "en"
    issuer: Annotated[Line, Doc("Default: the programme.")] = ""
    contributors: tuple[Line, ...] = ()
    hours: Annotated[int | None, Doc("An estimate, for credit.")] = None
    needs_students: bool = True
    competency: Annotated[str, Limit(400), Doc("One sentence, one skill.")]
    key_method: Annotated[str, Limit(600), Doc("One sentence.")]
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
        """The part a criterion stands in."""
        return next(p for p in self.parts if criterion in p.criteria)

    def scale_of(self, criterion: Criterion) -> tuple[Slug, ...]:
        """The levels a criterion may get, best first."""
        return self.scales[self.part_of(criterion).scale]

    def required_level(self, criterion: Criterion) -> Slug:
        """The level a criterion must reach."""
        return criterion.required or self.scale_of(criterion)[0]

    def rank(self, criterion: Criterion, level: Slug) -> int:
        """How far a level is from the best: 0 is the best."""
        return self.scale_of(criterion).index(level)

    def meets(self, criterion: Criterion, level: Slug) -> bool:
        """Whether a level reaches what the criterion requires."""
        return self.rank(criterion, level) <= self.rank(criterion, self.required_level(criterion))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """Several micro-credentials that together earn a badge of their own: `need` of `credentials`."""

    format: Literal[1]
    id: StackId
    version: Version
    title: Line
    text: Prose = ""
    topics: tuple[Line, ...] = ()
    credentials: tuple[CredentialId, ...]
    need: Annotated[int | None, Doc("How many are needed; all when not named.")] = None
    ordered: Annotated[bool, Doc("Suggest them in this order.")] = False
    for_recognizers: Prose = ""

    @property
    def needed(self) -> int:
        """How many of its micro-credentials an earner needs."""
        return len(self.credentials) if self.need is None else self.need


def progress(stack: Stack, held: frozenset[CredentialId]) -> tuple[int, int]:
    """How many of a stack's micro-credentials are held, and how many are needed."""
    return len(held & set(stack.credentials)), stack.needed


RESERVED = ("stacks", "status")
"""Ids that would collide with folders beside the definitions."""


def check_definition(definition: Credential, evidence_types: frozenset[Slug]) -> Iterator[Fault]:
    """Everything in a definition that does not fit together."""
    if definition.id in RESERVED:
        yield Fault(path=("id",), what=f"'{definition.id}' is the name of a folder", hint="choose another id")
    if not definition.criteria:
        yield Fault(path=("parts",), what="there is no criterion", hint="give each part criteria to judge by")
    for name, levels in definition.scales.items():
        if len(set(levels)) < 2 or len(set(levels)) != len(levels):
            yield Fault(
                path=("scales", name),
                what=f"the scale '{name}' needs two or more different levels",
                hint="name them best first, such as [proficient, basic, developing]",
            )
    components = {c.id for c in definition.method_components}
    for n, resource in enumerate(definition.resources):
        if resource.component and resource.component not in components:
            yield Fault(
                path=("resources", n, "component"),
                what=f"there is no method component '{resource.component}'",
                hint=f"the components are {', '.join(sorted(components))}",
            )
    rule = definition.award_rule
    if rule.kind == "count" and not 0 < rule.number <= rule.of == len(definition.criteria):
        count = len(definition.criteria)
        yield Fault(path=("award_rule",), what=f"there are {count} criteria", hint=f"write '… of {count}'")
    if rule.kind == "points" and not 0 < rule.number <= (most := _most_points(definition)):
        yield Fault(
            path=("award_rule",),
            what=f"there are {most} points to get",
            hint=f"write 'points >= {most}' or less",
        )
    if definition.id in definition.prerequisites:
        at = definition.prerequisites.index(definition.id)
        what = "this asks for itself before it can be begun"
        yield Fault(path=("prerequisites", at), what=what, hint="take it out")
    yield from _check_ids(definition)
    for n, part in enumerate(definition.parts):
        yield from _check_part(definition, part, ("parts", n), evidence_types)


def _most_points(definition: Credential) -> int:
    """The points of work that is at the best level everywhere."""
    scales = (definition.scales.get(p.scale, ()) for p in definition.parts for _ in p.criteria)
    return sum(max(len(levels) - 1, 0) for levels in scales)


Named = tuple[str, tuple[str | int, ...]]
"""An id with the path to what has it."""


def _check_ids(definition: Credential) -> Iterator[Fault]:
    """Parts, items, criteria and components are named once each."""
    parts = list(enumerate(definition.parts))
    named: dict[str, list[Named]] = {
        "part": [(p.id, ("parts", n)) for n, p in parts],
        "item": [(i.id, ("parts", n, "items", k)) for n, p in parts for k, i in enumerate(p.items)],
        "criterion": [
            (c.id, ("parts", n, "criteria", k)) for n, p in parts for k, c in enumerate(p.criteria)
        ],
        "method component": [
            (c.id, ("method_components", n)) for n, c in enumerate(definition.method_components)
        ],
    }
    for kind, ids in named.items():
        seen: set[str] = set()
        for name, path in ids:
            if name in seen:
                what = f"the {kind} id '{name}' is used twice"
                yield Fault(path=(*path, "id"), what=what, hint="rename one of them")
            seen.add(name)
    for n, part in parts:
        titles = Counter(" ".join(i.title.casefold().split()) for i in part.items)
        for k, item in enumerate(part.items):
            if titles[" ".join(item.title.casefold().split())] > 1:
                yield Fault(
                    path=("parts", n, "items", k, "title"),
                    what=f"the title “{item.title}” stands twice in this part",
                    hint="answers are found by their heading: give each item a title of its own",
                )


def _check_part(
    definition: Credential, part: Part, at: tuple[str | int, ...], evidence_types: frozenset[Slug]
) -> Iterator[Fault]:
    if not part.items:
        yield Fault(path=(*at, "items"), what="this part asks for nothing", hint="add an item")
    for n, item in enumerate(part.items):
        for kind in item.accepts:
            if kind not in evidence_types:
                yield Fault(
                    path=(*at, "items", n, "accepts"),
                    what=f"there is no evidence type '{kind}'",
                    hint=f"the types are {', '.join(sorted(evidence_types))}",
                )
        if item.max < item.min or (item.accepts and item.max == 0):
            what = f"max ({item.max}) is less than min ({item.min})"
            yield Fault(path=(*at, "items", n), what=what, hint="raise max")
        if item.words and item.words.max is not None and item.words.max < item.words.min:
            yield Fault(
                path=(*at, "items", n, "words"), what="max is less than min", hint="exchange the two numbers"
            )
    if part.scale not in definition.scales:
        yield Fault(
            path=(*at, "scale"),
            what=f"there is no scale '{part.scale}'",
            hint=f"the scales are {', '.join(definition.scales)}",
        )
        return
    for n, criterion in enumerate(part.criteria):
        yield from _check_criterion(criterion, part, definition.scales[part.scale], (*at, "criteria", n))


def _check_criterion(
    criterion: Criterion, part: Part, scale: tuple[Slug, ...], at: tuple[str | int, ...]
) -> Iterator[Fault]:
    items = {i.id for i in part.items}
    for item in criterion.items:
        if item not in items:
            yield Fault(
                path=(*at, "items"),
                what=f"this part has no item '{item}'",
                hint=f"its items are {', '.join(sorted(items))}",
            )
    for level in criterion.levels:
        if level not in scale:
            yield Fault(
                path=(*at, "levels", level),
                what=f"the scale '{part.scale}' has no level '{level}'",
                hint=f"its levels are {', '.join(scale)}",
            )
    for level in scale:
        if not criterion.levels.get(level, "").strip():
            yield Fault(
                path=(*at, "levels"),
                what=f"level '{level}' is not described",
                hint="say what work at this level looks like; assessors and teachers need every one",
            )
    if criterion.required is not None and criterion.required not in scale:
        yield Fault(
            path=(*at, "required"),
            what=f"the scale '{part.scale}' has no level '{criterion.required}'",
            hint=f"its levels are {', '.join(scale)}",
        )


def check_stack(stack: Stack, known: frozenset[CredentialId]) -> Iterator[Fault]:
    """Everything in a stack that does not fit together."""
    for n, credential in enumerate(stack.credentials):
        if credential not in known:
            yield Fault(
                path=("credentials", n),
                what=f"there is no micro-credential '{credential}'",
                hint=f"there are {', '.join(sorted(known))}",
            )
        elif credential in stack.credentials[:n]:
            what = f"'{credential}' is named twice"
            yield Fault(path=("credentials", n), what=what, hint="keep one of them")
    count = len(stack.credentials)
    if not count:
        yield Fault(path=("credentials",), what="there is none to earn", hint="mcred browse lists them")
    elif not 0 < stack.needed <= count:
        what = f"need has to be 1 to {count}, as many as there are"
        yield Fault(path=("need",), what=what, hint="leave it out to need all")

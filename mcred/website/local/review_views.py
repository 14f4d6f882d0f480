"""View models of an assessor's local page of a submission; never published."""

from __future__ import annotations

from datetime import date
from typing import Literal

from msgspec import Struct

from mcred.domain.credential import Credential, Criterion, Item, Part
from mcred.domain.ids import Slug, SubmissionId
from mcred.domain.programme import Rule
from mcred.website.prose import Beside


class Inline(Struct, frozen=True, kw_only=True):
    """A text shown on the page itself, in exactly one of these forms."""

    prose: str = ""
    """Markdown."""
    plain: str = ""
    rows: tuple[tuple[str, ...], ...] = ()
    """A table, its head first."""
    cut: bool = False
    """Whether only its beginning is shown."""
    folded: bool = False
    """Whether it is long enough to start collapsed."""


class Artifact(Struct, frozen=True, kw_only=True):
    """A piece of evidence as its assessors see it, published or not."""

    type: Slug
    title: str
    about: str
    name: str
    """The file's own name, empty for a link."""
    gone: bool
    """Whether the file is listed but missing."""
    left_out: bool
    """Whether it exists, but is too large for a copy beside the page."""
    file: str
    """The copy beside the page, empty when there is none."""
    picture: str
    """The source of a picture, empty for other files."""
    size: int
    address: str
    """The link as written."""
    sha256: str
    students: bool
    text: Inline | None


class ReviewItem(Struct, frozen=True, kw_only=True):
    """What was required, and all that was submitted for it."""

    item: Item
    answer: Inline | None
    words: int
    length: Literal["fits", "short", "long"]
    artifacts: tuple[Artifact, ...]


class ReviewCriterion(Struct, frozen=True, kw_only=True):
    """A row of the rubric, best level first."""

    criterion: Criterion
    items: tuple[Item, ...]
    """The items it judges, empty for all of its part."""
    levels: tuple[Slug, ...]
    required: Slug
    carried: bool


class ReviewPart(Struct, frozen=True, kw_only=True):
    """One part: its submitted evidence, and its criteria."""

    part: Part
    items: tuple[ReviewItem, ...]
    criteria: tuple[ReviewCriterion, ...]


class ReviewNews(Struct, frozen=True, kw_only=True):
    """For a further attempt: what has new content since which one, and the page that shows it."""

    since: str
    changed: tuple[str, ...]
    page: str


class ReviewView(Struct, frozen=True, kw_only=True):
    """A submission as its assessors see it, on their own computer."""

    credential: Credential
    submission: SubmissionId
    attempt: int
    """0: a draft."""
    note: str
    rule: Rule | None
    """None, with no panel and no dates, when no review of this attempt was requested."""
    panel: int
    requested: date | None
    due: date | None
    carried: tuple[str, ...]
    """The titles of the criteria that keep their level."""
    parts: tuple[ReviewPart, ...]
    strays: tuple[Artifact, ...]
    """Listed for an item that the definition does not have."""
    files: Beside
    """How the page shows each file of evidence, by its path below the submission's folder."""
    unlisted: tuple[str, ...]
    """Files that were submitted without being listed."""
    news: ReviewNews | None = None

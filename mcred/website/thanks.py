"""The page that thanks assessors: by name those who agreed to it, the others as a number.

It shows how many submissions a person assessed, never whose or which: assessors are not named beside what
they judged. Built from the cached part of each portfolio, so that no record has to be read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from mcred.domain.catalog import Catalog
from mcred.domain.ids import PersonId
from mcred.website.addresses import ASSESSORS, portfolio_page
from mcred.website.badges import Earned
from mcred.website.listing.cut import cut, turns
from mcred.website.views import AssessorRow, AssessorsView, Page


class Thanked(Struct, frozen=True, kw_only=True):
    """A person who agreed to be thanked by name."""

    id: PersonId
    name: str
    school: str
    public: bool
    """Whether lists may link to their portfolio."""


class Thanks(Struct, frozen=True, kw_only=True):
    """The cached part of some portfolios: the assessors of decided attempts, and who agreed to be named."""

    judged: tuple[PersonId, ...] = ()
    named: tuple[Thanked, ...] = ()


def find_thanks(catalog: Catalog, people: Iterable[PersonId]) -> Thanks:
    """The thanks that follow from the records in the catalog and the wishes of some people."""
    judged = sorted(
        assessor
        for record in catalog.records.values()
        for decision in record.decisions
        for assessor in {basis.assessor for basis in decision.basis}
    )
    wanted = (catalog.people[p] for p in sorted(people) if p in catalog.people)
    named = tuple(
        Thanked(id=p.id, name=p.name, school=p.school, public=p.publish == "public")
        for p in wanted
        if p.thanked
    )
    return Thanks(judged=tuple(judged), named=named)


def add_thanks(several: Iterable[Thanks]) -> Thanks:
    """The sum of several cached parts."""
    found = tuple(several)
    return Thanks(
        judged=tuple(p for one in found for p in one.judged),
        named=tuple(p for one in found for p in one.named),
    )


def thank(catalog: Catalog, thanks: Thanks, badges: tuple[Earned, ...]) -> Iterator[Page]:
    """The pages; a person with a badge that lists may include gets a link to their portfolio."""
    counted, earners = Counter(thanks.judged), {b.submission.earner for b in badges if b.public}
    named = sorted((p for p in thanks.named if counted[p.id]), key=lambda p: (p.name.casefold(), p.id))
    rows = tuple(
        AssessorRow(
            name=person.name,
            school=person.school,
            portfolio=portfolio_page(person.id) if person.public and person.id in earners else "",
            assessed=counted[person.id],
        )
        for person in sorted(named, key=lambda p: -counted[p.id])
    )
    leaves = cut(rows, lambda row: row.name)
    for leaf, (path, turn) in zip(leaves, turns(ASSESSORS, len(leaves)), strict=True):
        view = AssessorsView(rows=leaf, turn=turn)
        if turn.number == 1:
            unnamed = len(counted) - len(named)
            view = replace(view, unnamed=unnamed, people=len(counted), assessed=counted.total())
        yield Page(
            path=path,
            template="assessors.html.j2",
            title="Who assesses",
            language=catalog.programme.site.language,
            section="about",
            data=view,
        )

"""The catalogue by title, cut into pages where it is long, and what it can be narrowed to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from mcred.website.listing.cut import cut, turns
from mcred.website.views import CatalogueView, CredentialCard, Facet

HOURS = (5, 10, 20, 40)
"""Up to how many hours the list can be narrowed."""
SAYS_NOTHING = "other"
"""The type of evidence that is no facet."""


def cut_catalogue(
    first: str, live: Sequence[CredentialCard], retired: Sequence[CredentialCard]
) -> tuple[tuple[str, CatalogueView], ...]:
    """The pages of a catalogue by their paths. `first`: the path of the first one; `live` and `retired`: by
    title."""
    rows = [(card, True) for card in live] + [(card, False) for card in retired]
    leaves = cut(rows, lambda row: f"{row[1]} {row[0].id}")
    pages = []
    for leaf, (path, turn) in zip(leaves, turns(first, len(leaves)), strict=True):
        view = CatalogueView(
            live=tuple(card for card, is_live in leaf if is_live),
            retired=tuple(card for card, is_live in leaf if not is_live),
            turn=turn,
        )
        pages.append((path, view if turn.number > 1 else _with_facets(view, (*live, *retired))))
    return tuple(pages)


def list_facets(several: Iterable[Iterable[str]]) -> tuple[Facet, ...]:
    """Each value with how many have it, by name. `several`: the values of each micro-credential."""
    counts = Counter(value for values in several for value in frozenset(values))
    ordered = sorted(counts, key=lambda name: (name.casefold(), name))
    return tuple(Facet(name=name, count=counts[name]) for name in ordered)


def _with_facets(view: CatalogueView, cards: Sequence[CredentialCard]) -> CatalogueView:
    """`cards`: all that a search finds, the retired ones too."""
    hours = [card.hours for card in cards if card.hours]
    return replace(
        view,
        topics=list_facets(card.topics for card in cards),
        kinds=list_facets([k for k in card.kinds if k != SAYS_NOTHING] for card in cards),
        languages=list_facets([card.language] for card in cards),
        hours=tuple(n for n in HOURS if 0 < sum(h <= n for h in hours) < len(cards)),
        count=len(cards),
    )

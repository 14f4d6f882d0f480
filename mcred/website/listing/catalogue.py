"""The catalogue by topic, cut into pages where it is long."""

from __future__ import annotations

from itertools import groupby

from msgspec.structs import replace

from mcred.domain.ids import Slug
from mcred.website.listing.cut import cut, turns
from mcred.website.views import CatalogueView, CredentialCard, Topic


def cut_catalogue(
    first: str, topics: tuple[Topic, ...], retired: tuple[CredentialCard, ...], kinds: tuple[Slug, ...]
) -> tuple[tuple[str, CatalogueView], ...]:
    """The pages of a catalogue by their paths; `first`: the path of the first one, which names all topics."""
    rows = [(number, card) for number, topic in enumerate(topics) for card in topic.cards]
    rows += [(len(topics), card) for card in retired]
    leaves = cut(rows, lambda row: f"{row[0]} {row[1].id}")
    paths = tuple(turns(first, len(leaves)))
    begins: dict[int, str] = {}
    for leaf, (path, _) in zip(leaves, paths, strict=True):
        for number, _ in leaf:
            begins.setdefault(number, path)
    placed = [replace(topic, page=begins.get(number, first)) for number, topic in enumerate(topics)]
    pages = []
    for leaf, (path, turn) in zip(leaves, paths, strict=True):
        parts = {n: tuple(card for _, card in some) for n, some in groupby(leaf, key=lambda row: row[0])}
        view = CatalogueView(
            topics=tuple(replace(placed[n], cards=cards) for n, cards in parts.items() if n < len(topics)),
            retired=parts.get(len(topics), ()),
            turn=turn,
        )
        if turn.number == 1:
            count = len({card.id for topic in topics for card in topic.cards})
            view = replace(view, contents=tuple(placed), kinds=kinds, count=count)
        pages.append((path, view))
    return tuple(pages)

"""The badges that the user keeps, from their newest draft, and those that others show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from mcred.app.pieces.shown import ShownState, find_shown, read_shown
from mcred.app.sealed.line import newest_state
from mcred.app.workspace import Workspace
from mcred.domain.ids import PersonId, Slug
from mcred.domain.layout import elsewhere_holder_path, elsewhere_of, folder_of, parse_elsewhere
from mcred.domain.network.elsewhere import ElsewhereBadge
from mcred.store.snapshot import list_tree, read_blobs

if TYPE_CHECKING:
    from mcred.app.elsewhere.check import Checking


class KeptBadge(Struct, frozen=True, kw_only=True):
    """A badge in the user's own draft."""

    name: Slug
    path: str
    data: bytes
    issued_to: str = ""
    """The address or id that it was held against when it was added; '' for none."""


def read_kept(ws: Workspace, me: PersonId) -> tuple[KeptBadge, ...]:
    """The badges that I keep, by name."""
    place = elsewhere_of(me)
    folder = folder_of(place)
    entries = list_tree(ws.repo, newest_state(ws, place), folder)
    named = {p: name for p in sorted(entries) if (name := parse_elsewhere(p[len(folder) + 1 :])) is not None}
    holders = {n: p for n in named.values() if (p := elsewhere_holder_path(me, n)) in entries}
    data = read_blobs(ws.repo, [entries[path].blob for path in (*named, *holders.values())])
    return tuple(
        KeptBadge(
            name=name,
            path=path,
            data=data[entries[path].blob],
            issued_to=data[entries[holders[name]].blob].decode("utf-8", "replace").strip()
            if name in holders
            else "",
        )
        for path, name in named.items()
    )


def list_elsewhere(
    ws: Workspace, people: Iterable[PersonId]
) -> Mapping[PersonId, tuple[ElsewhereBadge, ...]]:
    """What people earned elsewhere, verified now: all that the user keeps, and what others show."""
    checking: Checking | None = None
    tips = find_shown(ws.repo)
    found: dict[PersonId, tuple[ElsewhereBadge, ...]] = {}
    for person in people:
        holders: Mapping[Slug, str] = {}
        if person == ws.me:
            own = read_kept(ws, person)
            badges: Mapping[Slug, bytes] = {kept.name: kept.data for kept in own}
            holders = {kept.name: kept.issued_to for kept in own}
        else:
            known = ws.catalog.people.get(person) if person in tips else None
            state = read_shown(ws.repo, ws.catalog, known, tips[person])[0] if known is not None else None
            badges = _shown_data(state) if state is not None else {}
        if badges:
            from mcred.app.elsewhere.check import checking_of  # loads the verification of badges

            checking = checking or checking_of(ws)
            found[person] = list_badges(badges, checking, holders)
    return found


def list_badges(
    badges: Mapping[Slug, bytes], checking: Checking, holders: Mapping[Slug, str]
) -> tuple[ElsewhereBadge, ...]:
    """Badges as they are listed, the oldest first. `holders`: whose each is, where that is known."""
    from mcred.app.elsewhere.check import check_badge, describe_badge

    found = [
        describe_badge(name, check_badge(data, checking), checking, holders.get(name, ""))
        for name, data in badges.items()
    ]
    return tuple(sorted(found, key=lambda b: (str(b.earned or ""), b.name)))


def show_badges(state: ShownState, checking: Checking) -> tuple[tuple[ElsewhereBadge, bytes], ...]:
    """The badges that a person shows, with their files; `file` is their name."""
    data = _shown_data(state)
    endings = {b.name: b.file.partition(".")[2] for b in state.list.elsewhere}
    return tuple(
        (replace(badge, file=f"{badge.name}.{endings[badge.name]}"), data[badge.name])
        for badge in list_badges(data, checking, {})
    )


def _shown_data(state: ShownState) -> Mapping[Slug, bytes]:
    return {} if state.list.hidden else {b.name: state.files[b.file] for b in state.list.elsewhere}

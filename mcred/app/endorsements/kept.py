"""The endorsements that are here: of the user's badges on their shown ref, the programme's own on main."""

from __future__ import annotations

from msgspec import Struct

from mcred.app.endorsements.check import EndorsementChecking, read_of_program, tell_all
from mcred.app.pieces.rewrite_shown import own_shown
from mcred.app.workspace import Workspace
from mcred.domain.endorsements.told import ToldEndorsement
from mcred.domain.ids import Slug


class KeptEndorsement(Struct, frozen=True, kw_only=True):
    """An endorsement that is here."""

    name: Slug
    data: bytes
    is_mine: bool
    """Whether it is of a badge of the user's; else it is the programme's."""


def read_kept(ws: Workspace) -> tuple[KeptEndorsement, ...]:
    """Those of the user's badges, then the programme's, each by name."""
    mine: list[KeptEndorsement] = []
    if ws.me is not None and ws.me in ws.catalog.people:
        state = own_shown(ws)
        mine = [
            KeptEndorsement(name=e.name, data=state.files[e.file], is_mine=True)
            for e in sorted(state.list.endorsements, key=lambda e: e.name)
        ]
    ours = read_of_program(ws.repo, ws.main)
    return (*mine, *(KeptEndorsement(name=name, data=data, is_mine=False) for name, data in ours))


def list_kept(
    ws: Workspace, checking: EndorsementChecking
) -> tuple[tuple[KeptEndorsement, ToldEndorsement], ...]:
    """The same, each as it is listed."""
    found = []
    for kept in read_kept(ws):
        ((told, _),) = tell_all(((kept.name, kept.data),), checking, ws.catalog)
        found.append((kept, told))
    return tuple(found)

"""Sealing a review for the issuers who may decide on it, and for its assessor."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence

from mcred.app.keys.reading import ensure_reading_key
from mcred.app.sealed.opening import seal_content
from mcred.app.workspace import Workspace
from mcred.domain.assessment import Assessment, Scoring
from mcred.domain.catalog import ProgrammeState
from mcred.domain.ids import PersonId, Slug
from mcred.domain.rules.decide import list_deciders
from mcred.domain.sealed.review import make_content
from mcred.domain.status import Standing
from mcred.problems import Exit, McredError, next_step
from mcred.store.seal import MAX_READERS, is_reading_key


def current_keys(state: ProgrammeState, people: Iterable[PersonId]) -> tuple[str, ...]:
    """The reading keys that the programme lists for some people, without retired ones, and without what is
    none."""
    profiles = (state.people.get(person) for person in dict.fromkeys(people))
    found = (k.public for p in profiles if p is not None for k in p.reading if k.retired is None)
    return tuple(key for key in dict.fromkeys(found) if is_reading_key(key))


def work_keys(state: ProgrammeState, people: Iterable[PersonId]) -> tuple[str, ...]:
    """The keys that submitted work is sealed to for some people: theirs, and the programme's recovery key."""
    recovery = state.programme.recovery
    return (*current_keys(state, people), *((recovery,) if is_reading_key(recovery) else ()))


def without_key(state: ProgrammeState, people: Iterable[PersonId]) -> tuple[PersonId, ...]:
    """Those of some people for whom the programme lists no reading key."""
    return tuple(person for person in dict.fromkeys(people) if not current_keys(state, (person,)))


def need_readers(ws: Workspace, standing: Standing) -> tuple[str, ...]:
    """The keys of the issuers who may read the reviews of an attempt before it is decided: those who may
    decide. An issuer who is on its panel is none of them while another one is left.

    Raises McredError where none of them has a key.
    """
    readers = _list_readers(ws, standing)
    keys, whose = current_keys(ws.catalog, readers), " or ".join(readers) or "an issuer"
    if not keys:
        raise McredError(
            f"levels and remarks are sealed to those who decide, and {whose} has no reading key listed",
            hint=next_step("setup", note=f"typed by {whose}; a maintainer confirms it"),
            code=Exit.NOT_ALLOWED,
        )
    if len(keys) >= MAX_READERS:
        raise McredError(
            f"{len(keys)} issuers may decide on this, but a review can be sealed to only {MAX_READERS - 1}",
            hint=next_step("person", "list"),
        )
    return keys


def note_without_key(ws: Workspace, standing: Standing) -> None:
    """Tell which issuers will not be able to read a review, because no reading key of theirs is listed."""
    if lacking := without_key(ws.catalog, _list_readers(ws, standing)):
        them = " and ".join(lacking)
        ws.ctx.show.note(
            f"{them} will not be able to read your review: they have no reading key listed yet. "
            f"They get one with {next_step('setup')}",
            style="yellow",
        )


def _list_readers(ws: Workspace, standing: Standing) -> tuple[PersonId, ...]:
    return list_deciders(ws.catalog.programme.roles, standing.submission, standing.panel)


def seal_review(
    ws: Workspace, standing: Standing, review: Assessment, scoring: Scoring, criteria: Sequence[Slug]
) -> Assessment:
    """A review with these scores, sealed for the issuers who may decide and for me.

    `criteria`: the open ones, in the rubric's order. Raises McredError where no issuer could read it.
    """
    readers = dict.fromkeys((*need_readers(ws, standing), ensure_reading_key(ws.repo).public))
    content = make_content(scoring.scores, scoring.summary, criteria, secrets.token_bytes)
    return seal_content(review, content, tuple(readers))

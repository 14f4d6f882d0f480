"""How a portfolio grew, as far as the user may see it, and what its earner lets pages show of that."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from mcred.app.pending import newest_refs
from mcred.app.profile import read_profile
from mcred.app.programme.timeline import read_timelines
from mcred.app.sealed.coached import find_let_in, my_record
from mcred.app.work.drafts import work_folder
from mcred.app.work.page_wishes import shown_people
from mcred.app.workspace import Workspace
from mcred.domain.ids import SubmissionId
from mcred.domain.layout import draft_ref
from mcred.domain.people import Person, Shown
from mcred.domain.stats.overview import may_see_all
from mcred.domain.timeline import ALL, Timeline, keep_shown
from mcred.problems import Exit, McredError, next_step
from mcred.store.git import resolve

NOTHING = "nothing"


class VisibleGrowth(Struct, frozen=True, kw_only=True):
    """A timeline, and which parts of it pages show."""

    timeline: Timeline
    shown: tuple[Shown, ...]


def view_growth(ws: Workspace, which: SubmissionId) -> VisibleGrowth:
    """How a submission grew. Raises McredError for someone else's that is not shown."""
    profile = ws.catalog.people.get(which.earner)
    shown = profile.growth.get(which.credential, ()) if profile else ()
    return VisibleGrowth(timeline=_visible(ws, which), shown=shown)


def parse_shown(text: str) -> tuple[Shown, ...]:
    """The parts that a list of words names, each once, in fixed order. Raises McredError for an unknown
    word."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    if words == [NOTHING]:
        return ()
    if words == ["all"]:
        return ALL
    unknown = [word for word in words if word not in ALL]
    if unknown or not words:
        said = f"'{unknown[0]}' is not something the picture shows" if unknown else "nothing was named"
        raise McredError(
            f"{said}; use {', '.join(ALL)}, all, or {NOTHING}",
            hint=next_step("growth", "ID", "--show", "attempts,levels"),
            code=Exit.USAGE,
        )
    return tuple(part for part in ALL if part in words)


def choose_shown(ws: Workspace, which: SubmissionId, shown: tuple[Shown, ...]) -> tuple[Person, Person]:
    """My profile as it is in the working copy, and with what pages may show of my submission.

    Raises McredError for someone else's submission, and without a profile.
    """
    me = ws.confirmed()
    if which.earner != me:
        raise McredError(
            f"only {which.earner} chooses that", hint=next_step("growth", which), code=Exit.NOT_ALLOWED
        )
    before = read_profile(work_folder(ws), me)
    if before is None:
        raise McredError("your profile is not in this folder", hint=next_step("sync"))
    kept = {c: parts for c, parts in before.growth.items() if c != which.credential}
    return before, replace(before, growth={**kept, which.credential: shown} if shown else kept)


def _visible(ws: Workspace, which: SubmissionId) -> Timeline:
    """The timeline as far as the current user may see it."""
    refs = newest_refs(ws.repo, lambda _: ws.url is None or which.earner == ws.me)
    draft = resolve(ws.repo, draft_ref(which)) if which.earner == ws.me else None
    record = my_record(ws, which)
    catalog = replace(ws.catalog, records={which: record} if record is not None else {})
    whole = read_timelines(ws.repo, catalog, refs, (which,), (draft,) if draft else ())[which]
    if which.earner == ws.me or may_see_all(ws.catalog, ws.me) or find_let_in(ws, which) is not None:
        return whole
    profile = shown_people(ws).get(which.earner)
    chosen = profile.growth.get(which.credential, ()) if profile else ()
    if not chosen:
        raise McredError(
            f"{which.earner} has not chosen to show how {which.credential} grew",
            hint=next_step("progress"),
            code=Exit.NOT_ALLOWED,
        )
    return keep_shown(whole, chosen)

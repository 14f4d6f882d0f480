"""Making the pages: the state of main → whose pages have to be made anew → those, a few people at a time, by
several processes where they are many → the pages about everybody → all moved into place at the end.

Memory holds the pages of a few people and a line of each award, however large the programme is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext, suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from mcred.cli.edge import Edge
from mcred.cli.ground import Ground, published_evidence, read_ground, read_portfolios
from mcred.cli.growing import shown_timelines
from mcred.cli.issuing import did_files
from mcred.cli.keeping import all_kept
from mcred.cli.news import fetch_news, find_main
from mcred.cli.pictures import Artist, read_pictures
from mcred.cli.processes import start_pool
from mcred.model.catalog import Catalog
from mcred.model.ids import CommitId, PersonId
from mcred.problems import McredError, Problem
from mcred.site.pictures import credential_picture, stack_picture
from mcred.store.git import Repo, open_repo

if TYPE_CHECKING:
    from jinja2 import Environment

    from mcred.cli.kept import Kept
    from mcred.site.output import Aside, Mark, Output

TOGETHER = 300
"""How many records are read and shown at a time."""
MANY = 300
"""From so many records on, starting other processes is worth its second."""

Told = Callable[[str, int, int | None], None]


class Built(Struct, frozen=True, kw_only=True):
    """What a build did, or would do: all files of the site, how many of them are new, changed or gone, and
    how many badges there are."""

    files: int
    changed: int
    badges: int


class Bundle(NamedTuple):
    """Work for one process: whose pages to make, from which state, and where to lay them aside."""

    repo: Repo
    commit: CommitId
    people: tuple[PersonId, ...]
    templates: tuple[Path, ...]
    aside: Aside


def build_site(edge: Edge, out: Path, dry_run: bool = False) -> Built:
    """Write the site of the newest state that is known here; with `dry_run` only see what would change."""
    from mcred.cli.kept import Remembered, find_touched, read_kept, write_kept
    from mcred.site.output import open_output

    repo = open_repo(edge.at)
    if repo.work_tree is not None and out.resolve() == repo.work_tree.resolve():
        raise McredError("the pages need a folder of their own", hint="mcred build --out site")
    stale = fetch_news(edge, repo)
    if stale is not None:
        edge.show.note(f"{stale.what}. The pages show what was last received.", style="yellow")
    _templates.cache_clear()
    _ground.cache_clear()
    ground = _ground(repo, find_main(repo))
    output = open_output(out, only_look=dry_run)
    made_from = {person: ground.digest_of(person) for person in ground.folders}
    with all_kept():
        before = read_kept(repo, out)
        touched = find_touched(out, (*before.people.values(), *before.lists.values()))
    kept = {p: k for p, k in before.people.items() if k.stays(made_from.get(p), touched)}
    missing = tuple(person for person in made_from if person not in kept)
    many = sum(len(ground.inside[person]) for person in missing) > MANY
    with (
        start_pool(_get_ready) if many else nullcontext() as pool,
        edge.show.working("making the pages") as tell,
    ):
        artist = _draw_all(ground)  # while other processes start
        for person, made in _make_all(ground, output, missing, pool, tell):
            kept[person] = made._replace(made_from=made_from[person])
        people = dict(sorted(kept.items()))
        with all_kept():
            stay = {path: k for path, k in before.lists.items() if k.stays(k.made_from, touched)}
            lists, marks, problems = _make_lists(ground, people, artist, stay, output.aside("lists"))
    every = (*people.values(), *lists.values())
    marks = {**{path: mark for k in every for path, mark in k.files.items()}, **marks}
    edge.show.problems(problems)
    badges = sum(1 for path in marks if path.startswith("badges/") and path.endswith("/badge.json"))
    if dry_run:
        changed = sum(1 for mark in marks.values() if mark.aside) + len(output.find_gone(marks))
        return Built(files=len(marks), changed=changed, badges=badges)
    with all_kept():
        written = output.finish(marks)
        now = Remembered(people=people, lists=lists)
        if now != before:
            write_kept(repo, out, now.in_place(marks))
    changed = len(written.changed) + len(written.removed)
    return Built(files=len(marks), changed=changed, badges=badges)


def _make_all(
    ground: Ground,
    output: Output,
    people: Sequence[PersonId],
    pool: ProcessPoolExecutor | None,
    tell: Told | None,
) -> Iterator[tuple[PersonId, Kept]]:
    """The pages of some people, a few at a time; by other processes where there are some."""
    bundles = [
        Bundle(ground.repo, ground.commit, group, ground.templates, output.aside(f"{n}"))
        for n, group in enumerate(_group(ground, people))
    ]
    total, done = sum(len(ground.inside[p]) for p in people), 0
    for made in _by_processes(pool, bundles) if pool else map(make_pages, bundles):
        yield from made.items()
        done += sum(len(ground.inside[p]) for p in made)
        if tell:
            tell("making the pages", done, total)


def _group(ground: Ground, people: Sequence[PersonId]) -> Iterator[tuple[PersonId, ...]]:
    group: list[PersonId] = []
    count = 0
    for person in people:
        group.append(person)
        count += len(ground.inside[person])
        if count >= TOGETHER:
            yield tuple(group)
            group, count = [], 0
    if group:
        yield tuple(group)


def _by_processes(pool: ProcessPoolExecutor, bundles: Sequence[Bundle]) -> Iterator[Mapping[PersonId, Kept]]:
    from mcred.cli.kept import unpack

    waiting: deque[Future[bytes]] = deque()
    with suppress(BrokenProcessPool):
        waiting.extend(pool.submit(_make_packed, bundle) for bundle in bundles)
    for bundle in bundles:
        try:
            made = unpack(waiting.popleft().result())
        except (BrokenProcessPool, IndexError):  # where no process can be started, this one does the work
            made = make_pages(bundle)
        yield made


def _get_ready() -> None:
    """What another process can load before it gets work."""
    import mcred.site.build  # noqa: F401


def _make_packed(bundle: Bundle) -> bytes:
    from mcred.cli.kept import pack

    return pack(make_pages(bundle))


@all_kept()
def make_pages(bundle: Bundle) -> Mapping[PersonId, Kept]:
    """The pages of a few people, rendered and laid aside."""
    from mcred.cli.kept import Kept
    from mcred.site.build import render_pages
    from mcred.site.pages import make_frame, plan_portfolios
    from mcred.site.thanks import find_thanks

    catalog, found = read_portfolios(bundle.repo, bundle.commit, bundle.people)
    evidence = published_evidence(bundle.repo, catalog)
    artist, frame = _artist(bundle.repo, bundle.commit), make_frame(catalog)
    # Only what was judged leads to it: what is open on other refs is not part of the state that is shown.
    growth = shown_timelines(bundle.repo, catalog, {})
    made = {}
    laid: dict[str, Mark] = {}
    for person, own in _one_by_one(catalog, bundle.people):
        planned = plan_portfolios(own, evidence, artist, growth)
        pages = render_pages(_templates(bundle.templates, frame.language), planned.pages, frame)
        marks = {}
        for path, content in pages:
            if path not in laid:  # each badge brings the picture of its micro-credential
                laid[path] = bundle.aside.put(path, content)
            marks[path] = laid[path]
        read = (p for p in found if p.where and p.where.file.startswith(f"portfolios/{person}/"))
        made[person] = Kept(
            made_from="",
            files=marks,
            badges=tuple(b.earned for b in planned.badges),
            stacked=tuple(b.earned for b in planned.stacked),
            thanks=find_thanks(own, (person,)),
            problems=(*read, *planned.problems, *artist.take_problems()),
        )
    return made


def _one_by_one(catalog: Catalog, people: Sequence[PersonId]) -> Iterator[tuple[PersonId, Catalog]]:
    """The catalog again for each person, with their records only."""
    for person in people:
        records = {i: r for i, r in catalog.records.items() if i.earner == person}
        stacked = {i: r for i, r in catalog.stacked.items() if i[0] == person}
        yield person, replace(catalog, records=records, stacked=stacked)


def _make_lists(
    ground: Ground, people: Mapping[PersonId, Kept], artist: Artist, before: Mapping[str, Kept], aside: Aside
) -> tuple[Mapping[str, Kept], Mapping[str, Mark], tuple[Problem, ...]]:
    """The pages about everybody, what is no page, and every problem of the site in the order of its people.

    `before`: pages that can stay unless what they show changed.
    """
    from mcred.cli.kept import Kept, digest_page
    from mcred.site.build import fixed_files, render_pages
    from mcred.site.pages import find_bad_names, make_frame, plan_lists
    from mcred.site.thanks import add_thanks

    catalog = ground.catalog
    badges = tuple(b for k in people.values() for b in k.badges)
    stacked = tuple(b for k in people.values() for b in k.stacked)
    thanks = add_thanks(k.thanks for k in people.values())
    templates, frame = _templates(ground.templates, catalog.programme.site.language), make_frame(catalog)
    lists = {}
    for page in plan_lists(catalog, badges, stacked, artist, thanks):
        made_from = digest_page(ground.shared, page)
        kept = before.get(page.path)
        if kept is None or kept.made_from != made_from:
            files = {path: aside.put(path, data) for path, data in render_pages(templates, [page], frame)}
            kept = Kept(made_from=made_from, files=files)
        lists[page.path] = kept
    fixed = {**fixed_files(templates, catalog), **did_files(catalog.programme)}
    _, refused = read_pictures(ground.repo, catalog.definitions.values())
    found = (
        *ground.problems,
        *refused,
        *artist.take_problems(),
        *find_bad_names(catalog),
        *(p for k in people.values() for p in k.problems),
    )
    return lists, {path: aside.put(path, fixed[path]) for path in sorted(fixed)}, found


@lru_cache(maxsize=1)
def _templates(folders: tuple[Path, ...], language: str) -> Environment:
    from platformdirs import user_cache_path

    from mcred.site.render import open_templates

    return open_templates(folders, language, user_cache_path("mcred") / "templates")


_ground = lru_cache(maxsize=1)(read_ground)


@lru_cache(maxsize=1)
def _artist(repo: Repo, commit: CommitId) -> Artist:
    """Draws for as long as a state is shown; each picture is made once in a process."""
    return _make_artist(_ground(repo, commit))


def _make_artist(ground: Ground) -> Artist:
    from mcred.cli.kept import read_drawn

    own, _ = read_pictures(ground.repo, ground.catalog.definitions.values())
    return Artist(own=own, drawn=read_drawn(ground.repo, ground.shared))


def _draw_all(ground: Ground) -> Artist:
    """Draw what every process needs, once, unless an earlier build did."""
    from mcred.cli.kept import write_drawn

    artist = _make_artist(ground)
    before = len(artist.drawn)
    for definition in ground.catalog.definitions.values():
        artist(credential_picture(definition.credential))
    for stack in ground.catalog.stacks.values():
        artist(stack_picture(stack))
    if len(artist.drawn) > before:
        write_drawn(ground.repo, ground.shared, artist.drawn)
    return artist

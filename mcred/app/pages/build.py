"""Builds the pages: the commit of main → whose pages must be rendered → those, a few people at a time, in
several processes where there are many → the pages about everyone → all moved into place at the end.

Memory holds the pages of a few people and one line for each award, however large the programme is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext, suppress
from datetime import datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from mcred.app.context import Context
from mcred.app.fetch import open_programme
from mcred.app.gc_pause import gc_disabled
from mcred.app.keys.issuer import did_files
from mcred.app.pages.inputs import BuildInputs, look_inside, read_inputs, read_portfolios, take_shown
from mcred.app.pages.pictures import Artist, draw_apart, read_pictures
from mcred.app.pieces.shown import find_shown
from mcred.app.processes import count_processors, start_copies
from mcred.app.programme.timeline import shown_timelines
from mcred.app.work.page_wishes import Wish, describe_wishes, hold_back, read_wishes
from mcred.domain.catalog import Catalog
from mcred.domain.ids import CommitId, PersonId
from mcred.domain.layout import folder_of_person
from mcred.problems import McredError, Problem, next_step
from mcred.store.git import Repo
from mcred.website.addresses import WITNESS
from mcred.website.pictures import credential_picture, stack_picture

if TYPE_CHECKING:
    from mcred.app.endorsements.endorsers import Endorsers
    from mcred.app.pages.cache import CachedPages, MadePages, PersonSummary, Remembered
    from mcred.website.output import Aside, Output, OutputMark
    from mcred.website.render import Templates

BATCH_SIZE = 300
"""How many records are read and rendered at a time, at most."""
SHARES = 4
"""Into how many parts the work of a process is divided, at least, so that all end at about the same time."""
MANY = 100
"""The number of records from which on starting other processes is worth it."""

TellProgress = Callable[[str, int, int | None], None]


class Built(Struct, frozen=True, kw_only=True):
    """The result of a build or dry run: all files of the site, how many are new, changed or deleted, and how
    many badges there are."""

    files: int
    changed: int
    badges: int


class Bundle(NamedTuple):
    """The work of one process: whose pages to render, from which commit, and where to store them."""

    repo: Repo
    cache: Path | None
    commit: CommitId
    people: tuple[PersonId, ...]
    held: Mapping[PersonId, Wish]
    shown: Mapping[PersonId, CommitId]
    now: datetime
    """When badges that people earned elsewhere, and endorsements, are verified."""
    endorsers: Endorsers | None
    """What the record knows of those who endorse."""
    templates: tuple[Path, ...]
    unused: frozenset[Path]
    aside: Aside


class Renewed(NamedTuple):
    """The pages of a commit: those kept from the last build, and those that were rendered."""

    stay: Remembered
    people: Mapping[PersonId, MadePages]
    lists: Mapping[str, tuple[str, MadePages]]
    """The pages about everyone, by their paths, with what they are made from."""
    fixed: Mapping[str, OutputMark]
    """Files that are neither a page nor one person's."""
    badges: int
    problems: tuple[Problem, ...]

    def marks(self) -> Mapping[str, OutputMark]:
        """Every file that was made, in the order in which they are moved into place."""
        made = (*self.people.values(), *(page for _, page in self.lists.values()))
        return {**{path: mark for one in made for path, mark in one.files.items()}, **self.fixed}


@gc_disabled()
def build_site(ctx: Context, out: Path, dry_run: bool = False) -> Built:
    """Write the site of the newest known commit of main; with `dry_run` only compute what would change."""
    from mcred.app.endorsements.endorsers import read_endorsers_at
    from mcred.app.pages.cache import find_left, read_kept
    from mcred.app.pages.modified import find_touched
    from mcred.website.output import open_output

    opened = open_programme(ctx)
    repo, stale = opened.repo, opened.stale
    if repo.work_tree is not None and out.resolve() == repo.work_tree.resolve():
        raise McredError("the pages need a folder of their own", hint=next_step("build", "--out", "site"))
    if stale is not None:
        ctx.show.note(f"{stale.what}. The pages show what was last received.", style="yellow")
    for once in (_ground, _artist, _templates):
        once.cache_clear()
    ground = _ground(repo, opened.main)
    held, shown = read_wishes(repo, ground.commit), find_shown(repo)
    endorsers = read_endorsers_at(repo, ground.commit, ground.catalog.programme, shown)
    output, before = open_output(out, only_look=dry_run), read_kept(ctx.cache, out)
    ground = look_inside(ground, before.inside)
    ground = replace(ground, held=held, shown=shown, endorsers=endorsers, cache=ctx.cache)
    site = _renew(ctx, ground, output, before.without(find_touched(ctx.cache, out)))
    ctx.show.warn(site.problems)
    for said in describe_wishes(ground.held):
        ctx.show.note(said, style="yellow")
    made = site.marks()
    left = find_left(output, before, site.stay, made)
    if dry_run:
        changed = sum(1 for mark in made.values() if mark.aside) + len(output.find_gone(left))
        return Built(files=len(output.settle(made, left)), changed=changed, badges=site.badges)
    written = output.finish(made, left)
    if not ctx.dry_run:
        _remember(ground, out, before, site, made)
    changed = len(written.changed) + len(written.removed)
    return Built(files=written.files, changed=changed, badges=site.badges)


def _renew(ctx: Context, ground: BuildInputs, output: Output, before: Remembered) -> Renewed:
    """The pages of a commit: cached where still valid, the rest rendered."""
    from mcred.app.pages.cache import Remembered

    stay = {
        person: kept
        for person, kept in before.people.items()
        if person in ground.folders and kept.made_from == ground.digest_of(person)
    }
    missing = tuple(person for person in ground.folders if person not in stay)
    total = ground.size_of(missing)
    # Before a thread shows the progress, so that the processes can be copies of this one.
    copies = start_copies(partial(_get_ready, ground)) if total > MANY else nullcontext()
    with copies as pool, ctx.show.working("building the pages") as tell:
        _draw_all(ground, pool, keep=not ctx.dry_run)
        made = dict(_make_people(ground, output, missing, pool, tell, ctx.now()))
        people = {p: m for p in ground.folders if (m := made.get(p))}
        shown = [(people.get(p) or stay[p]).shown for p in ground.folders]
        digests, lists, fixed, problems = _make_lists(
            ground, shown, before.lists, output.aside("lists"), ctx.now()
        )
    return Renewed(
        stay=Remembered(people=stay, lists={p: before.lists[p] for p in digests if p not in lists}),
        people=people,
        lists={path: (digests[path], page) for path, page in lists.items()},
        fixed=fixed,
        badges=sum(len(one.badges) + len(one.stacked) for one in shown),
        problems=problems,
    )


def _remember(
    ground: BuildInputs, out: Path, before: Remembered, site: Renewed, marks: Mapping[str, OutputMark]
) -> None:
    """Store the cache for the next build."""
    from mcred.app.pages.cache import Remembered, keep, write_kept
    from mcred.website.output import stamp_of

    left_as = stamp_of(out)
    if not (site.people or site.lists or left_as != before.left_as):
        return
    people = {p: keep(made, ground.digest_of(p), marks) for p, made in site.people.items()}
    lists = {path: keep(made, made_from, marks) for path, (made_from, made) in site.lists.items()}
    now = Remembered(
        people={**site.stay.people, **people},
        lists={**site.stay.lists, **lists},
        fixed=tuple(site.fixed),
        inside=ground.inside,
        left_as=left_as,
    )
    write_kept(ground.cache, out, now)


def _make_people(
    ground: BuildInputs,
    output: Output,
    people: Sequence[PersonId],
    pool: ProcessPoolExecutor | None,
    tell: TellProgress | None,
    now: datetime,
) -> Iterator[tuple[PersonId, MadePages]]:
    """Render the pages of some people, a few at a time; in the processes of a pool where there are many."""
    bundles = [
        Bundle(
            ground.repo,
            ground.cache,
            ground.commit,
            group,
            {p: ground.held[p] for p in group if p in ground.held},
            {p: ground.shown[p] for p in group if p in ground.shown},
            now,
            ground.endorsers,
            ground.templates,
            ground.unused,
            output.aside(group[0]),
        )
        for group in _group(ground, people, SHARES * count_processors() if pool else 1)
    ]
    total, done = ground.size_of(people), 0
    for made in _by_processes(pool, bundles) if pool else map(make_pages, bundles):
        yield from made.items()
        done += ground.size_of(made)
        if tell:
            tell("building the pages", done, total)


def _group(ground: BuildInputs, people: Sequence[PersonId], shares: int) -> Iterator[tuple[PersonId, ...]]:
    group: list[PersonId] = []
    count, size = 0, min(BATCH_SIZE, -(-ground.size_of(people) // shares))
    for person in people:
        group.append(person)
        count += ground.size_of((person,))
        if count >= size:
            yield tuple(group)
            group, count = [], 0
    if group:
        yield tuple(group)


def _by_processes(
    pool: ProcessPoolExecutor, bundles: Sequence[Bundle]
) -> Iterator[Mapping[PersonId, MadePages]]:
    from mcred.app.pages.cache import unpack

    waiting: deque[Future[bytes]] = deque()
    with suppress(BrokenProcessPool):
        waiting.extend(pool.submit(_make_packed, bundle) for bundle in bundles)
    for bundle in bundles:
        try:
            made = unpack(waiting.popleft().result())
        except (BrokenProcessPool, IndexError):  # where no process can be started, this one renders
            made = make_pages(bundle)
        yield made


def _get_ready(ground: BuildInputs) -> None:
    """What another process can load before its work arrives."""
    import mcred.app.pages.cache
    import mcred.website.build  # noqa: F401

    _templates_of(ground)


def _make_packed(bundle: Bundle) -> bytes:
    from mcred.app.pages.cache import pack

    return pack(make_pages(bundle))


def make_pages(bundle: Bundle) -> Mapping[PersonId, MadePages]:
    """The pages of a few people, rendered and stored in the staging folder."""
    from mcred.app.elsewhere.check import Checking
    from mcred.app.pages.cache import MadePages, PersonSummary
    from mcred.app.pages.verify_files import find_ended
    from mcred.website.build import render_pages
    from mcred.website.evidence import ShownEvidence
    from mcred.website.pages import make_frame, plan_portfolios
    from mcred.website.thanks import find_thanks

    catalog, found = read_portfolios(bundle.repo, bundle.commit, bundle.people)
    # With the issuers whom the programme names, and without the network: the same for whoever builds.
    checking = Checking(now=bundle.now, equivalents=catalog.programme.equivalents)
    catalog, evidence, unread = take_shown(
        bundle.repo, hold_back(catalog, bundle.held), bundle.shown, checking, bundle.endorsers
    )
    artist, frame = _artist(bundle.repo, bundle.commit, bundle.cache), make_frame(catalog)
    # Only what was judged is needed: open work on other refs is not part of the commit that is shown.
    growth = shown_timelines(bundle.repo, catalog, {})
    made = {}
    laid: dict[str, OutputMark] = {}
    for person, own in _one_by_one(catalog, bundle.people):
        planned = plan_portfolios(own, evidence.get(person, ShownEvidence()), artist, growth)
        templates = _templates(bundle.templates, bundle.unused, frame.language, bundle.cache)
        pages = render_pages(templates, planned.pages, frame)
        marks = {}
        for path, content in pages:
            if path not in laid:  # each badge brings the picture of its micro-credential
                laid[path] = bundle.aside.put(path, content)
            marks[path] = laid[path]
        read = (p for p in found if p.where and p.where.file.startswith(f"{folder_of_person(person)}/"))
        shown = PersonSummary(
            badges=tuple(b.earned for b in planned.badges),
            stacked=tuple(b.earned for b in planned.stacked),
            thanks=find_thanks(own, (person,)),
            problems=(*read, *unread.get(person, ()), *planned.problems, *artist.take_problems()),
            ended=find_ended(own),
        )
        made[person] = MadePages(marks, shown)
    return made


def _one_by_one(catalog: Catalog, people: Sequence[PersonId]) -> Iterator[tuple[PersonId, Catalog]]:
    """The catalog once for each person, with only their records."""
    for person in people:
        records = {i: r for i, r in catalog.records.items() if i.earner == person}
        stacked = {i: r for i, r in catalog.stacked.items() if i[0] == person}
        yield person, replace(catalog, records=records, stacked=stacked)


def _make_lists(
    ground: BuildInputs,
    people: Sequence[PersonSummary],
    before: Mapping[str, CachedPages],
    aside: Aside,
    now: datetime,
) -> tuple[Mapping[str, str], Mapping[str, MadePages], Mapping[str, OutputMark], tuple[Problem, ...]]:
    """The pages about everyone: the inputs of each, and those rendered because `before` has no equal.

    Then the files that are not pages, and every problem of the site in the order of its people.
    """
    from mcred.app.endorsements.check import read_endorsements
    from mcred.app.endorsements.endorsers import Endorsers
    from mcred.app.pages.cache import MadePages, digest_page
    from mcred.app.pages.newest_witness import newest_witness
    from mcred.app.pages.verify_files import verify_files
    from mcred.website.build import fixed_files, render_pages
    from mcred.website.pages import find_bad_names, make_frame, plan_lists
    from mcred.website.thanks import add_thanks

    catalog, artist = ground.catalog, _artist(ground.repo, ground.commit, ground.cache)
    badges = tuple(b for shown in people for b in shown.badges)
    stacked = tuple(b for shown in people for b in shown.stacked)
    thanks = add_thanks(shown.thanks for shown in people)
    templates, frame = _templates_of(ground), make_frame(catalog)
    witness, bad = newest_witness(ground.repo, ground.commit)
    shown, copy = (witness.view, {WITNESS: witness.data}) if witness else (None, {})
    said, unfit = read_endorsements(ground.repo, ground.commit, catalog, ground.endorsers, now)
    digests, made = {}, {}
    for page in plan_lists(catalog, badges, stacked, artist, thanks, shown, said):
        digests[page.path] = digest_page(ground.shared, page)
        if page.path not in before or before[page.path].made_from != digests[page.path]:
            files = render_pages(templates, [page], frame)
            made[page.path] = MadePages({path: aside.put(path, content) for path, content in files})
    fixed = {**fixed_files(templates, catalog), **did_files(catalog.programme), **copy}
    endorsers = ground.endorsers or Endorsers(programme=catalog.programme)
    fixed |= verify_files(endorsers, (one for shown in people for one in shown.ended))
    _, refused = read_pictures(ground.repo, catalog.definitions.values())
    found = (
        *ground.problems,
        *refused,
        *bad,
        *unfit,
        *artist.take_problems(),
        *find_bad_names(catalog),
        *(problem for shown in people for problem in shown.problems),
    )
    return digests, made, {path: aside.put(path, fixed[path]) for path in sorted(fixed)}, found


@lru_cache(maxsize=1)
def _templates(
    folders: tuple[Path, ...], unused: frozenset[Path], language: str, cache: Path | None
) -> Templates:
    from mcred.website.render import open_templates

    return open_templates(folders, language, cache / "templates" if cache else None, unused)


def _templates_of(ground: BuildInputs) -> Templates:
    return _templates(ground.templates, ground.unused, ground.catalog.programme.site.language, ground.cache)


_ground = lru_cache(maxsize=1)(read_inputs)


@lru_cache(maxsize=1)
def _artist(repo: Repo, commit: CommitId, cache: Path | None) -> Artist:
    """The artist for one commit; each picture is made once in a process."""
    from mcred.app.pages.cache import read_drawn

    ground = _ground(repo, commit)
    own, _ = read_pictures(repo, ground.catalog.definitions.values())
    return Artist(own=own, drawn=read_drawn(cache, repo, ground.shared))


def _draw_all(ground: BuildInputs, pool: ProcessPoolExecutor | None, *, keep: bool) -> None:
    """Draw what every process needs, once, unless an earlier build did. `keep`: for later builds, too.

    This process compiles templates meanwhile.
    """
    from mcred.app.pages.cache import write_drawn
    from mcred.website.build import compile_ahead

    artist = _artist(ground.repo, ground.commit, ground.cache)
    before = len(artist.drawn)
    pictures = [credential_picture(d.credential) for d in ground.catalog.definitions.values()]
    pictures += [stack_picture(stack) for stack in ground.catalog.stacks.values()]
    if pool is not None and not before:
        with suppress(BrokenProcessPool):
            coming = pool.map(partial(draw_apart, artist.own), pictures)
            if ground.cache is not None:
                compile_ahead(_templates_of(ground))
            for drawn in coming:
                artist.drawn.add(drawn)
    for picture in pictures:
        artist.prepare(picture)
    if keep and len(artist.drawn) > before:
        write_drawn(ground.cache, ground.repo, ground.shared, artist.drawn)

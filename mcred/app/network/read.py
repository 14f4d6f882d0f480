"""Reads one programme of a network, as a reader without an identity: a job that any process can run.

A job gets values and returns a value, so it can run in a process of this computer or on a cluster. Its copy
of the programme stays in a cache folder; what it returns is kept by the caller.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from itertools import islice
from pathlib import Path

from msgspec import Struct

from mcred import __version__
from mcred.app.audit.run import run_audit
from mcred.app.pages.inputs import BuildInputs, read_inputs, read_portfolios, take_shown
from mcred.app.pieces.shown import find_shown
from mcred.app.work.page_wishes import hold_back, read_wishes
from mcred.domain.catalog import Catalog
from mcred.domain.credential import Credential
from mcred.domain.ids import CommitId, CredentialId, Slug
from mcred.domain.layout import MAIN, PORTFOLIOS, PUBLIC_REFS, SENT_HEADS, local_ref
from mcred.domain.network.reading import (
    OfferedCredential,
    OfferedStack,
    ProgrammeFailure,
    ProgrammeReading,
    PublicAward,
)
from mcred.problems import Exit, McredError, errors
from mcred.store.git import Repo, list_refs, open_repo
from mcred.store.log import is_ancestor
from mcred.store.os_errors import explain_os_error
from mcred.store.remote import clone, fetch, remote_heads
from mcred.store.session import git_session
from mcred.website.addresses import absolute, credential_page, stack_page
from mcred.website.badge_views import BadgeCard
from mcred.website.badges import plan_badges
from mcred.website.cards import kinds_of
from mcred.website.evidence import ShownEvidence
from mcred.website.pages import shown_definitions, shown_stacks, site_of
from mcred.website.pictures import Picture
from mcred.website.prose import safe_link
from mcred.website.stack_badges import plan_stack_badges

FORMAT = 2
"""Changes with the meaning of what is kept."""
BATCH_SIZE = 300
"""How many people's records are read at a time."""


class ReadJob(Struct, frozen=True, kw_only=True):
    """What one process is asked to do."""

    programme: Slug
    address: str
    """As `store.address.parse_address` returns it."""
    cache: Path
    """The folder of the programme's copy, and of what its audits verified."""
    state: str
    """The state that was read last (`state_of`), '' for none."""
    main: CommitId | None
    """Main as it was read last; a history without it was rewritten."""
    today: datetime


class ReadReport(Struct, frozen=True, kw_only=True):
    """What a job did: the new reading, or why there is none. Neither where nothing has changed."""

    programme: Slug
    state: str = ""
    reading: ProgrammeReading | None = None
    failure: ProgrammeFailure | None = None

    @property
    def status(self) -> str:
        """`read`, `unchanged` or `failed`."""
        return "failed" if self.failure else "read" if self.reading else "unchanged"


def run_job(job: ReadJob) -> ReadReport:
    """Fetch, audit and read one programme. Whatever goes wrong with it is in the report."""
    try:
        with git_session():
            return _run(job)
    except McredError as error:
        again = f"check its address; if that is right, remove {job.cache} and build again"
        hint = str(error.hint) if error.code is Exit.CHANGED else again
        failure = ProgrammeFailure(what=error.what, hint=hint)
    except OSError as error:
        failure = ProgrammeFailure(what=explain_os_error(error).what)
    except Exception as error:  # a strange repository must not stop the others
        failure = ProgrammeFailure(what=f"a bug in mcred stopped it ({type(error).__name__}: {error})")
    return ReadReport(programme=job.programme, failure=failure)


def _run(job: ReadJob) -> ReadReport:
    place = job.cache / "copy"
    if (place / ".git").exists():
        repo = open_repo(place)
        if state_of(remote_heads(repo)) == job.state:
            return ReadReport(programme=job.programme)
        if MAIN in fetch(repo, refs=PUBLIC_REFS):
            raise _rewritten(job)
    else:
        repo = clone(job.address, place, refs=PUBLIC_REFS)
    heads = {local_ref(name): tip for name, tip in list_refs(repo, SENT_HEADS).items()}
    main = heads.get(MAIN)
    if main is None:
        raise McredError("it no longer has a program")
    if job.main is not None and not is_ancestor(repo, job.main, main):
        raise _rewritten(job)
    return ReadReport(programme=job.programme, state=state_of(heads), reading=_read(job, repo, main))


def _rewritten(job: ReadJob) -> McredError:
    return McredError(
        "its history was rewritten since it was last read",
        hint=f"ask its maintainers why; to read the new history anyway, remove {job.cache}",
        code=Exit.CHANGED,
    )


def state_of(heads: Mapping[str, CommitId]) -> str:
    """A digest of everything that a reading depends on: a programme's public branches, and this program."""
    kept = (f"{name} {tip}" for name, tip in sorted(heads.items()) if name.startswith(_PUBLIC))
    return hashlib.sha256("\n".join((f"{__version__} {FORMAT}", *kept)).encode()).hexdigest()


_PUBLIC = tuple(pattern.rstrip("*") for pattern in PUBLIC_REFS)


def _read(job: ReadJob, repo: Repo, main: CommitId) -> ProgrammeReading:
    # Open work is not fetched, so it cannot be compared with the history here.
    audited = run_audit(repo, main, refs=False, cache=job.cache, today=job.today).audited
    inputs = read_inputs(repo, main)
    catalog, site = inputs.catalog, site_of(inputs.catalog)
    shown = shown_definitions(catalog)
    awards, unread = _read_awards(repo, inputs, site)
    return ProgrammeReading(
        main=main,
        issuer=catalog.programme.issuer.name,
        url=safe_link(catalog.programme.issuer.url),
        site=site,
        credentials=tuple(_offer(catalog, c, site) for c in shown.values()),
        stacks=tuple(
            OfferedStack(
                id=stack.id,
                title=stack.title,
                needed=stack.needed,
                credits=stack.credits,
                credentials=tuple(c for c in stack.credentials if c in shown),
                page=_at(site, stack_page(stack.id)),
            )
            for stack in shown_stacks(catalog)
        ),
        awards=awards,
        findings=tuple(sorted(Counter(found.code for found in audited.findings).items())),
        unread=len(errors(inputs.problems)) + unread,
    )


def _offer(catalog: Catalog, credential: Credential, site: str) -> OfferedCredential:
    return OfferedCredential(
        id=credential.id,
        version=credential.version,
        retired=credential.status == "retired",
        title=credential.title,
        topics=credential.topics,
        language=credential.language,
        issuer=credential.issuer or catalog.programme.issuer.name,
        hours=credential.hours,
        credits=credential.credits,
        needs_students=credential.needs_students,
        kinds=kinds_of(credential),
        competency=credential.competency,
        key_method=credential.key_method,
        for_recognizers=credential.for_recognizers,
        alignment=credential.alignment,
        page=_at(site, credential_page(credential.id)),
    )


def _read_awards(repo: Repo, inputs: BuildInputs, site: str) -> tuple[tuple[PublicAward, ...], int]:
    """The badges that the programme's own pages would list, by the same rules, and how many files or badges
    cannot be read."""
    wishes, tips = read_wishes(repo, inputs.commit), find_shown(repo)
    people, awards, unread = iter(inputs.folders), [], 0
    while group := tuple(islice(people, BATCH_SIZE)):
        catalog, problems = read_portfolios(repo, inputs.commit, group)
        catalog, _, _ = take_shown(repo, hold_back(catalog, wishes), tips)
        badges, incomplete = plan_badges(catalog, ShownEvidence(), _draw_nothing)
        stacked = plan_stack_badges(catalog, badges, _draw_nothing)
        own = [p for p in errors(problems) if p.where and p.where.file.startswith(f"{PORTFOLIOS}/")]
        unread += len(own) + len(incomplete)
        awards += [_award(b.card, b.document, b.submission.credential, site) for b in badges if b.is_listed]
        awards += [_award(b.card, b.document, None, site) for b in stacked if b.is_listed]
    return tuple(sorted(awards, key=lambda a: (-a.awarded.toordinal(), a.title, a.earner, a.page))), unread


def _award(card: BadgeCard, document: str, credential: CredentialId | None, site: str) -> PublicAward:
    return PublicAward(
        credential=credential,
        title=card.title,
        earner=card.earner,
        awarded=card.awarded,
        page=_at(site, card.page),
        document=_at(site, document),
    )


def _at(site: str, path: str) -> str:
    return absolute(site, path) if site else ""


def _draw_nothing(picture: Picture) -> Mapping[str, bytes]:
    return {}

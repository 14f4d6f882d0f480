"""The rules on a push, checked by the remote before it accepts one.

Main must pass everything `mcred audit` checks; a person's own refs must pass what every reader checks. Only
what a push adds is read, and only as blobs: nothing is checked out or run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta

from msgspec import Struct

from mcred.app.audit.arrived_before import never_arrived, scored_before
from mcred.app.audit.drawn import check_drawn
from mcred.app.audit.late_joins import joined_late
from mcred.app.audit.run import run_audit
from mcred.app.audit.sealed_refs import judge_sealed, list_arriving
from mcred.app.audit.shown_refs import judge_shown
from mcred.app.catalogs import NOBODY, catalog_at
from mcred.app.pending import PendingWork, read_pending
from mcred.domain.catalog import Catalog
from mcred.domain.ids import CommitId, SubmissionId
from mcred.domain.layout import (
    MAIN,
    PAGES_BRANCHES,
    PROGRAMME,
    REWRITTEN_REFS,
    FoundRef,
    assessment_path,
    folder_of,
    is_earners,
    opens_work,
    parse_ref,
    profile_path,
    submission_ref,
)
from mcred.domain.people import Person
from mcred.domain.rules.acceptance import check_signer
from mcred.domain.rules.growth import lost_signing_keys, may_vouch, new_signing_keys
from mcred.domain.rules.rights import REVIEW_OLD
from mcred.formats.decode import decode
from mcred.formats.trailers import read_attempt, read_word
from mcred.problems import Hint, McredError, Problem, errors, next_step
from mcred.store.batch import read_small
from mcred.store.diffs import list_changes
from mcred.store.git import Repo, list_refs, resolve
from mcred.store.log import Commit, is_ancestor, is_newer, read_commit, walk_log
from mcred.store.session import git_session
from mcred.store.snapshot import find_faults, list_tree


class Update(Struct, frozen=True, kw_only=True):
    """One ref that a push moves; None: it did not exist before, or is deleted."""

    ref: str
    old: CommitId | None
    new: CommitId | None


class PushRefusal(Struct, frozen=True, kw_only=True):
    """Why a ref may not be moved like that."""

    ref: str
    code: str
    what: str
    hint: Hint


class Push(Struct, frozen=True, kw_only=True):
    """Everything that is pushed together, and when."""

    moved: Mapping[str, CommitId]
    today: date
    has_arrived: bool
    """Whether a review host took it before, so that what it was drawn from may have changed since."""


SYNC_FIRST = next_step("sync", note="then the same command again")
_NO_NAME = ("ref-unknown", "nothing is stored here under that name")


@git_session()
def check_push(
    repo: Repo, updates: Iterable[Update], today: date, *, main: CommitId | None = None
) -> tuple[PushRefusal, ...]:
    """Every reason to reject a push; none means it is accepted. `main`: the commit of main, where no ref has
    it."""
    updates = tuple(updates)
    moved = {**({MAIN: main} if main else {}), **{u.ref: u.new for u in updates if u.new is not None}}
    push = Push(moved=moved, today=today, has_arrived=main is not None)
    return tuple(refusal for update in updates for refusal in _judge_one(repo, update, push))


def judge_request(
    repo: Repo, ref: str, base: CommitId, head: CommitId, today: date
) -> tuple[PushRefusal, ...]:
    """Every reason to reject what a review host proposes: a person's own ref, or a change of main."""
    found = parse_ref(ref)
    if found is not None or ref in PAGES_BRANCHES:
        return check_push(repo, [Update(ref=ref, old=None, new=head)], today, main=base)
    return check_push(repo, [Update(ref=MAIN, old=base, new=head)], today)


def _against_move(repo: Repo, update: Update) -> tuple[str, str] | None:
    """Why a ref may not be moved, whatever it points at; None when it may."""
    if parse_ref(update.ref) is None and update.ref not in (MAIN, *PAGES_BRANCHES):
        return _NO_NAME
    if update.new is None:
        return "ref-removed", "nothing may be deleted that the program's record does not have"
    if resolve(repo, update.new) is None:
        return "ref-unknown", "it is not a state of a program"
    if update.old is None or is_ancestor(repo, update.old, update.new):
        return None
    if update.ref.startswith(REWRITTEN_REFS):
        # Something may be taken out of it for good; no one who kept an older state brings that back.
        is_old = not is_newer(repo, update.new, update.old)
        return ("line-rewritten", "a newer version of it is here") if is_old else None
    return "line-rewritten", "it does not build on what is here"


_FINISHED = ("submission", "review", "override", "person", "vouch")
"""Kinds of refs that are needed until main has their commits."""


def _is_on_main(repo: Repo, update: Update, push: Push) -> bool:
    """Whether a ref is deleted whose commits main has."""
    main = push.moved.get(MAIN) or resolve(repo, MAIN)
    if update.new is not None or update.old is None or main is None:
        return False
    return is_ancestor(repo, update.old, main)


def _judge_one(repo: Repo, update: Update, push: Push) -> Iterator[PushRefusal]:
    def refuse(code: str, what: str, hint: Hint = SYNC_FIRST) -> PushRefusal:
        return PushRefusal(ref=update.ref, code=code, what=what, hint=hint)

    found = parse_ref(update.ref) if update.ref.startswith("refs/heads/") else None
    wrong = _against_move(repo, update) if update.ref.startswith("refs/heads/") else _NO_NAME
    if found is not None and found.kind in _FINISHED and _is_on_main(repo, update, push):
        return
    if wrong is not None or update.new is None:
        yield refuse(*(wrong or _NO_NAME))
    elif update.ref in PAGES_BRANCHES:
        for code, what in _judge_pages(repo, update.old, update.new, push.moved):
            yield refuse(code, what, next_step("publish", note="by a maintainer or an issuer"))
    elif found is None:
        for code, what in _judge_main(repo, update.old, update.new, push.today):
            yield refuse(code, what, next_step("audit", note="docs/findings.md explains it"))
    else:
        main = push.moved.get(MAIN) or resolve(repo, MAIN)
        if main is None:
            yield refuse(
                "ref-unknown", "there is no program here yet", next_step("init", ".", "--remote", "ADDRESS")
            )
            return
        if is_ancestor(repo, update.new, main) and found.kind not in ("work", "grant", "shown"):
            # A review host does not say whether the ref was there before.
            if update.old is None and not push.has_arrived:
                yield refuse(
                    "ref-finished", "the program's record already has this, so nothing can start with it"
                )
            return
        for code, what in _judge_own(repo, found, update, (main, push)):
            yield refuse(code, what)


def _judge_main(repo: Repo, old: CommitId | None, new: CommitId, today: date) -> Iterator[tuple[str, str]]:
    # A repository of code that becomes a programme has no programme history yet to build on.
    until = _latest(today)
    begun = old is not None and PROGRAMME in list_tree(repo, old, PROGRAMME)
    try:
        result = run_audit(repo, new, trusted=old if begun else None, refs=False, today=until)
    except McredError as error:
        yield "line-rewritten", error.what
        return
    for finding in result.audited.findings:
        yield finding.code, f"{finding.path or 'the record'}: {finding.what}"
    yield from _dated_ahead(walk_log(repo, [new], [old] if old else [], verify=False), until)
    yield from scored_before(repo, old if begun else None, new)
    yield from joined_late(repo, new, old, today)
    yield from never_arrived(repo, old if begun else None, new)


def _latest(today: date) -> datetime:
    """The latest time that an honest clock can show: the sender's time zone may be a day ahead."""
    return datetime.combine(today + timedelta(days=1), time.max, UTC)


def _dated_ahead(commits: Iterable[Commit], until: datetime) -> Iterator[tuple[str, str]]:
    """Rejects a date in the future, which would keep everyone else from signing until it is reached."""
    for commit in commits:
        if commit.when > until:
            what = f"{commit.id[:12]} is dated {commit.when:%Y-%m-%d}, which is after {until:%Y-%m-%d}"
            yield "dated-ahead", what


def _judge_pages(
    repo: Repo, old: CommitId | None, new: CommitId, moved: Mapping[str, CommitId]
) -> Iterator[tuple[str, str]]:
    """Published pages: by maintainers and issuers, plain files only; they are no part of the record."""
    main = moved.get(MAIN) or resolve(repo, MAIN)
    if main is None:
        yield "ref-unknown", "there is no program here yet"
        return
    catalog = catalog_at(repo, main, NOBODY)
    roles = catalog.programme.roles
    for commit in walk_log(repo, [new], [old] if old else []):
        may = (catalog.people.get(p) for p in (*roles.maintainers, *roles.issuers))
        if not any(p is not None and p.signs_with(commit.signer) for p in may):
            yield "not-signed", f"{commit.id[:12]} is not signed by a maintainer or an issuer"
        for path, what, _ in find_faults(list_tree(repo, commit.id)):
            yield "bad-file", f"{path}: {what}"


def _judge_own(
    repo: Repo, found: FoundRef, update: Update, now: tuple[CommitId, Push]
) -> Iterator[tuple[str, str]]:
    """A person's own ref: who signed the new commits, and which paths they touch."""
    main, push = now
    if found.kind in ("work", "grant") and update.new is not None:
        sealed = list_arriving(repo, main, update.old, update.new)
        yield from _dated_ahead(sealed, _latest(push.today))
        yield from judge_sealed(repo, found, catalog_at(repo, main, NOBODY), update.old, sealed)
        return
    if found.kind == "shown" and update.new is not None:
        state = read_commit(repo, update.new)
        yield from _dated_ahead([state], _latest(push.today))
        yield from judge_shown(repo, found.person, catalog_at(repo, main, NOBODY), update.old, state)
        return
    only = frozenset({found.submission}) if found.credential else frozenset[SubmissionId]()
    catalog = catalog_at(repo, main, only)
    tip = update.new or main
    # Not what any other ref has: it could have been made to carry a commit here first.
    judged = resolve(repo, submission_ref(found.submission)) if found.kind in ("review", "override") else None
    arriving = walk_log(repo, [tip], [c for c in (main, update.old, judged) if c is not None])
    yield from _dated_ahead(arriving, _latest(push.today))
    if found.kind == "person":
        yield from _other_files(repo, arriving, profile_path(found.person))
        yield from _read_profiles(repo, found, arriving)
        yield from _judge_profile(repo, found, tip, catalog)
        return
    if found.kind == "vouch":
        yield from _other_files(repo, arriving, "")
        yield from _judge_vouch(repo, found, tip, catalog)
        return
    if found.kind == "submission":
        yield from _judge_drafts(repo, found, arriving, catalog)
    mine = {
        name: ref_tip
        for name, ref_tip in {**list_refs(repo), **push.moved}.items()
        if (p := parse_ref(name)) is not None and p.credential and p.submission == found.submission
    }
    new = frozenset(c.id for c in arriving)
    record = read_pending(repo, catalog, mine, push.today, arriving=new)
    yield from _turned_away(repo, found, update, record)
    if not push.has_arrived:
        yield from _written_before(found, update, record, main)
        if found.kind == "submission":
            yield from check_drawn(repo, catalog, (found.submission, record), new, push.today)
    if found.kind == "review":
        yield from _second_score(repo, found, tip)


def _judge_drafts(
    repo: Repo, found: FoundRef, commits: Iterable[Commit], catalog: Catalog
) -> Iterator[tuple[str, str]]:
    folder = folder_of(found.submission) + "/"
    for commit in commits:
        for reason in check_signer(commit.signer, found.person, catalog) if _is_known(found, catalog) else ():
            yield "not-signed", f"{commit.id[:12]}: {reason}"
        changed = _own_changes(repo, commit)
        for path in changed:
            if not path.startswith(folder) or not is_earners(path.removeprefix(folder)):
                yield "not-allowed", f"{path} may not be changed here by {found.person}"
        tree = list_tree(repo, commit.id, folder)
        for path, what, _ in find_faults(tree):
            yield "bad-file", f"{path}: {what}"
        if catalog.programme.work == "sealed":
            attempt = read_attempt(commit)
            for path in (p for p in changed if p in tree and opens_work(p.removeprefix(folder), attempt)):
                yield "not-sealed", f"{path} is not sealed, and this program seals submitted work"


def _is_known(found: FoundRef, catalog: Catalog) -> bool:
    """Whether a ref's owner is known. People start work before they are confirmed; until then it is
    theirs."""
    return found.person in catalog.people


def _own_changes(repo: Repo, commit: Commit) -> tuple[str, ...]:
    """The paths in which a commit differs from all of its parents."""
    if not commit.parents:
        return tuple(list_tree(repo, commit.id))
    changed = [{c.path for c in list_changes(repo, p, commit.id)} for p in commit.parents]
    return tuple(sorted(set.intersection(*changed)))


def _turned_away(
    repo: Repo, found: FoundRef, update: Update, record: PendingWork
) -> Iterator[tuple[str, str]]:
    """What every reader would reject of the new commits; what was accepted earlier is not this push's fault.

    Without that exception, work begun with a key that is retired since could not be continued.
    """
    away = [a for a in record.turned_away if a.ref == update.ref]
    for one in away:
        if update.old is None or not is_ancestor(repo, one.commit, update.old):
            for reason in one.reasons:
                yield f"{found.kind}-refused", reason
    proposed = record.overrides.get(found.submission, ())
    if found.kind == "override" and not away and update.new not in {p.commit for p in proposed}:
        yield "override-refused", f"attempt {found.attempt} of {found.submission} is not in review"
    if found.kind == "review" and found.assessor is not None:
        standing = record.standings.get(found.submission)
        answers = (*standing.reviews, *standing.changes) if standing else ()
        if found.assessor not in {e.person for e in answers if e.kind != "assign"} and not away:
            yield "review-refused", f"attempt {found.attempt} of {found.submission} is not in review"


def _written_before(
    found: FoundRef, update: Update, record: PendingWork, main: CommitId
) -> Iterator[tuple[str, str]]:
    """Rejects an answer or a proposal under an older state of main: a right may be lost since."""
    named = {p.commit: p.said.main for p in record.overrides.get(found.submission, ())}
    standing = record.standings.get(found.submission)
    for event in (*standing.reviews, *standing.changes) if standing else ():
        said = event.declined or record.assessments.get((found.submission, found.attempt, event.person))
        if said is not None and event.kind != "assign":
            named[event.commit] = said.main
    under = named.get(update.new, main) if update.new and update.new != update.old else main
    if under != main:
        yield REVIEW_OLD, f"it was written under {under[:12]}, and the program's record is at {main[:12]} now"


def _second_score(repo: Repo, found: FoundRef, tip: CommitId) -> Iterator[tuple[str, str]]:
    path = assessment_path(found.submission, found.attempt, found.author)
    parents = read_commit(repo, tip, verify=False).parents
    if any(path in list_tree(repo, parent, path) for parent in parents):
        yield "review-refused", f"{found.assessor} already scored this attempt"


def _other_files(repo: Repo, commits: Iterable[Commit], own: str) -> Iterator[tuple[str, str]]:
    """Changes of any file but `own` in commits for a profile, or with no purpose but their message ('')."""
    for commit in commits:
        for other in _own_changes(repo, commit):
            if other != own:
                yield "not-allowed", f"{commit.id[:12]} changes {other}, which does not belong there"


def _read_profiles(repo: Repo, found: FoundRef, commits: Iterable[Commit]) -> Iterator[tuple[str, str]]:
    """What is wrong with a profile in any new commit: an email address in one of them stays readable, also
    where the next one seals it."""
    path = profile_path(found.person)
    for commit in commits:
        problems = _read_profile(repo, commit.id, path)[1]
        yield from (("profile-unreadable", f"{path} in {commit.id[:12]}: {p.what}") for p in errors(problems))


def _read_profile(repo: Repo, commit: CommitId, path: str) -> tuple[Person | None, tuple[Problem, ...]]:
    """The profile in a state; None and no problems where there is none."""
    entry = list_tree(repo, commit, path).get(path)
    if entry is None:
        return None, ()
    return decode(read_small(repo, [entry.blob]).get(entry.blob, b""), Person, path)


def _judge_profile(repo: Repo, found: FoundRef, tip: CommitId, catalog: Catalog) -> Iterator[tuple[str, str]]:
    path = profile_path(found.person)
    commit = read_commit(repo, tip)
    profile, _ = _read_profile(repo, tip, path)
    if profile is None or profile.id != found.person:
        yield "profile-unreadable", f"{path} is not a profile of {found.person}"
        return
    if not profile.signs_with(commit.signer) and not _signs_now(catalog, found, commit.signer):
        yield "not-signed", f"it is not signed with a key of {found.person}'s"
    before = catalog.people.get(found.person)
    if before is not None and lost_signing_keys(before, profile):
        yield "key-lost", "it leaves out a key that earlier work was signed with"
    taken = {k.public: p.id for p in catalog.people.values() for k in p.keys if p.id != found.person}
    for key in profile.keys:
        if key.public in taken:
            yield "key-shared", f"it names a key that is {taken[key.public]}'s"


def _signs_now(catalog: Catalog, found: FoundRef, signer: str | None) -> bool:
    """Whether a person signs with a key that the programme lists for them."""
    known = catalog.people.get(found.person)
    return known is not None and known.signs_with(signer)


def _judge_vouch(repo: Repo, found: FoundRef, tip: CommitId, catalog: Catalog) -> Iterator[tuple[str, str]]:
    commit = read_commit(repo, tip)
    voucher = found.author
    for reason in check_signer(commit.signer, voucher, catalog):
        yield "not-signed", reason
    if voucher == found.person or not may_vouch(catalog.programme, voucher):
        yield "not-allowed", f"{voucher} cannot vouch for {found.person}'s key"
    path, word = profile_path(found.person), read_word(commit)
    profile, _ = _read_profile(repo, tip, path)
    before = catalog.people.get(found.person)
    if word is None or profile is None or not word.is_for(found.person, new_signing_keys(before, profile)):
        yield "not-allowed", f"it does not name {found.person} and the new key that it vouches for"

"""What a person's badges are worth to a district on a day: from the record, from files, or from both.

With a day, policy and record are those of that day: the newest state of main that is dated no later. Who is
shown them has the role today.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, tzinfo

from msgspec import Struct, field
from msgspec.structs import replace

from mcred.app.awards.verify_record import issuer_names
from mcred.app.catalogs import catalog_of
from mcred.app.context import Context
from mcred.app.programme.transcript import need_sight
from mcred.app.recognition.award_files import read_awards
from mcred.app.recognition.in_files import Looking, read_badge_files
from mcred.app.recognition.ledgers import other_ledgers, prove_where_needed
from mcred.app.recognition.policies import (
    LoadedPolicy,
    choose_policy,
    find_state,
    latest_day,
    open_policy_file,
)
from mcred.app.workspace import Workspace, open_workspace, unknown
from mcred.domain.catalog import Catalog
from mcred.domain.ids import CommitId, PersonId, Slug
from mcred.domain.layout import (
    DEFINITIONS,
    PORTFOLIOS,
    PROGRAMME,
    RECOGNITION,
    folder_of_person,
    recognition_path,
)
from mcred.domain.recognition.count import Account, recognize
from mcred.domain.recognition.decided import (
    Ledger,
    RecordedAlready,
    find_new,
    find_recorded_already,
    settle,
    sum_amounts,
)
from mcred.domain.recognition.evidence import PresentedBadge
from mcred.domain.recognition.on_record import read_everyone, read_record
from mcred.domain.recognition.policy import Amounts, RecognitionPolicy
from mcred.domain.recognition.recognizers import explain_no_recognizer
from mcred.domain.stats.overview import may_see_awards
from mcred.problems import Exit, McredError, NextStep, next_step
from mcred.store.git import open_repo
from mcred.store.snapshot import Snapshot


class RecognizedState(Struct, frozen=True, kw_only=True):
    """A state of a programme that is asked what it recognizes."""

    ws: Workspace
    commit: CommitId
    as_of: date
    tree: Snapshot
    catalog: Catalog
    loaded: LoadedPolicy
    newest: RecognitionPolicy | None
    """The policy as it is today, which says who is a recognizer; None where there is none any more."""

    @property
    def is_recognizer(self) -> bool:
        """Whether the policy names the user today, whatever day is asked about."""
        return self.newest is not None and self.ws.me in self.newest.recognizers


class Recognized(Struct, frozen=True, kw_only=True):
    """What one person's badges came to, and by which policy."""

    account: Account
    loaded: LoadedPolicy
    person: PersonId | None = None
    """None for badges that are all in files."""
    name: str = ""
    """The person's name, where the programme knows it."""
    commit: CommitId | None = None
    """The state of main that policy and record are from; None for a policy in a file."""
    recorded: Ledger = Ledger()
    """What was recorded by then."""
    unrecorded: Amounts = field(default_factory=dict)
    """What of the person's own record in this programme counts and is in none of these."""
    already: tuple[RecordedAlready, ...] = ()
    """What of that other policies recorded already."""
    may_record: bool = False
    """Whether the user may record it."""


def open_state(
    ws: Workspace,
    as_of: date | None,
    policy: str,
    people: Sequence[PersonId] | None = None,
    typed: Sequence[object] = (),
) -> RecognizedState:
    """The programme as a day has it, with the policy of that day. `people`: who is asked about,
    None for everyone. `typed`: what else was typed, for the next step of an error.

    Raises McredError where there was no programme yet, or the policy is unknown or cannot be read.
    """
    chosen = ("--policy", policy) if policy else ()
    today = next_step("recognize", *typed, *chosen, note="as of today")
    _refuse_later(as_of, latest_day(ws.ctx.now()), today)

    def read_zone(state: CommitId) -> tzinfo:
        policies = read_awards(ws.repo, state, RECOGNITION)
        try:
            return choose_policy(policies, policy).policy.zone
        except McredError:
            return UTC

    commit = ws.main if as_of is None else find_state(ws.repo, ws.main, as_of, read_zone)
    if commit is None:
        raise McredError(f"there was no program on {as_of}", hint=today)
    portfolios = (PORTFOLIOS,) if people is None else map(folder_of_person, people)
    under = (PROGRAMME, DEFINITIONS, RECOGNITION, *portfolios)
    tree = read_awards(ws.repo, commit, *under)
    if PROGRAMME not in tree.contents:
        raise McredError(f"there was no program on {as_of}", hint=today)
    loaded = choose_policy(tree, policy, (*typed, *(("--as-of", as_of) if as_of else ())))
    last = loaded.policy.day_of(ws.ctx.now())
    _refuse_later(as_of, last, today)
    return RecognizedState(
        ws=ws,
        commit=commit,
        as_of=as_of or last,
        tree=tree,
        catalog=catalog_of(ws.repo, tree)[0],
        loaded=loaded,
        newest=loaded.policy if commit == ws.main else _find_newest(ws, loaded.policy.id),
    )


def _find_newest(ws: Workspace, policy: Slug) -> RecognitionPolicy | None:
    try:
        return choose_policy(read_awards(ws.repo, ws.main, RECOGNITION), policy).policy
    except McredError:
        return None


def _refuse_later(as_of: date | None, last: date, today: NextStep) -> None:
    if as_of is not None and as_of > last:
        raise McredError(f"{as_of} is later than today", hint=today, code=Exit.USAGE)


def recognize_everyone(ctx: Context, as_of: date | None, policy: str) -> tuple[Recognized, ...]:
    """What the record of each person comes to who was awarded something, and whose awards I am shown."""
    ws = open_workspace(ctx)
    me = ws.confirmed()
    state = open_state(ws, as_of, policy)
    by = state.loaded.policy
    everyone = read_everyone(state.catalog, by)
    shown = [p for p in everyone if state.is_recognizer or may_see_awards(ws.catalog, me, p)]
    if len(shown) < len(everyone):
        ctx.show.note("Your roles do not show you everyone's.")
    own = {one: everyone[one] for one in shown}
    recorded = prove_where_needed(ws.repo, state.tree, by, own, state.as_of)
    return tuple(_told(state, one, badges, (), recorded[one]) for one, badges in own.items())


def recognize_named(
    ctx: Context, names: Sequence[str], as_of: date | None, policy: str, looking: Looking
) -> Recognized:
    """What the badges of one person come to, of the record, in files, or both; mine where none is named.

    `policy`: an id, or a file of a district's own. Raises McredError for a name that is neither a person nor
    a file, for two people, and for one whose awards I am not shown. Files next to a person are held against
    that person's id, unless `looking` names someone.
    """
    if policy.endswith(".yaml"):
        if (own := _own_policy(ctx, policy)) is None:
            return _by_file(ctx, names, as_of, policy, looking)
        policy = own
    ws = open_workspace(ctx)
    people = [PersonId(name) for name in names if name in ws.catalog.people and not (ctx.at / name).is_file()]
    files = [name for name in names if name not in people]
    if not names:
        people = [ws.person()]
    if len(set(people)) > 1:
        raise McredError(
            "these are the badges of two people",
            hint=next_step("recognize", people[0], note="one at a time"),
            code=Exit.USAGE,
        )
    for name in files:
        if "." not in name and "/" not in name and not (ctx.at / name).exists():
            raise unknown("person or file", name, ws.catalog.people, next_step("person", "list"))
    person = people[0] if people else None
    state = open_state(ws, as_of, policy, people[:1], names)
    if names and person is not None and not state.is_recognizer:
        need_sight(ws, people, "recognize")
    badges = list(read_record(state.catalog, person, state.loaded.policy)) if person is not None else []
    issuers = issuer_names(ws.catalog.programme)
    if person is not None and not looking.identity:
        looking = replace(looking, identity=person)
    more = tuple(read_badge_files(ctx, files, state.loaded.policy, issuers, state.as_of, looking))
    if person is None:
        return _told(state, person, badges, more, Ledger())
    recorded = prove_where_needed(ws.repo, state.tree, state.loaded.policy, {person: badges}, state.as_of)
    return _told(state, person, badges, more, recorded[person])


def _own_policy(ctx: Context, typed: str) -> str | None:
    """The id of the policy of the programme around, where a path leads to its file."""
    place = (ctx.at / typed).resolve()
    name = place.name.removesuffix(".yaml")
    try:
        root = open_repo(place.parent).work_tree if place.parent.is_dir() else None
        is_own = root is not None and place == root / recognition_path(name) and (root / PROGRAMME).is_file()
    except McredError:
        return None
    return name if is_own and ctx.at.resolve().is_relative_to(root or place) else None


def _by_file(
    ctx: Context, names: Sequence[str], as_of: date | None, policy: str, looking: Looking
) -> Recognized:
    """By a policy in a file, which knows no one's record."""
    again = next_step("recognize", *names, "--policy", policy, note="as of today")
    _refuse_later(as_of, latest_day(ctx.now()), again)
    loaded = open_policy_file(ctx.at, policy, as_of)
    today = loaded.policy.day_of(ctx.now())
    _refuse_later(as_of, today, again)
    if not names:
        raise McredError(
            "no badge is named",
            hint=next_step("recognize", "badge.json", "--policy", policy),
            code=Exit.USAGE,
        )
    badges = read_badge_files(ctx, names, loaded.policy, frozenset(), as_of or today, looking)
    return Recognized(account=recognize(loaded.policy, badges, as_of or today), loaded=loaded)


def _told(
    state: RecognizedState,
    person: PersonId | None,
    own: Sequence[PresentedBadge],
    more: Sequence[PresentedBadge],
    recorded: Ledger,
) -> Recognized:
    """What badges came to: `own` of the record, `more` in files."""
    known = state.ws.catalog.people.get(person) if person is not None else None
    policy, roles = state.loaded.policy, state.ws.catalog.programme.roles
    new = find_new(policy, own, state.as_of, recorded)
    others = other_ledgers(state.tree, person, policy.id) if person is not None else {}
    return Recognized(
        account=recognize(policy, (*settle(own, recorded), *more), state.as_of),
        loaded=state.loaded,
        person=person,
        name=known.name if known is not None else "",
        commit=state.commit,
        recorded=recorded,
        unrecorded=sum_amounts(new.total),
        already=tuple(find_recorded_already(new, others)),
        may_record=not explain_no_recognizer(state.ws.me, person, state.newest, roles),
    )

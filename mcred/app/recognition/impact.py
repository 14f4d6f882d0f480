"""What an edited recognition policy changes, and for whom, before it is committed to main."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePath

from msgspec import Struct

from mcred.app.programme.edits import edited
from mcred.app.programme.folder import with_edits
from mcred.app.recognition.ledgers import prove_where_needed, read_recorded
from mcred.app.recognition.policies import list_policies, read_golden, scales_of
from mcred.app.workspace import Workspace, unknown
from mcred.domain.ids import CredentialId, PersonId, is_id
from mcred.domain.layout import (
    PORTFOLIOS,
    RECOGNITION,
    definition_path,
    parse_path,
    recognition_examples_path,
    recognition_path,
)
from mcred.domain.recognition.count import ZERO, Account, recognize
from mcred.domain.recognition.decided import find_new, settle, sum_amounts
from mcred.domain.recognition.examples import ChangedExample, compare_examples
from mcred.domain.recognition.on_record import read_everyone
from mcred.domain.recognition.policy import Amounts, RecognitionPolicy
from mcred.domain.text import as_id_typed
from mcred.formats.catalog import is_wanted
from mcred.formats.recognition import read_policy
from mcred.problems import McredError, next_step
from mcred.store.snapshot import Snapshot, take_snapshot


class ChangedAccount(Struct, frozen=True, kw_only=True):
    """A person whose record comes to something else."""

    person: PersonId
    before: Account | None
    """None for a policy that main does not have yet."""
    after: Account
    next_before: Amounts | None
    """What the next recorded decision would hold by the policy of main."""
    next_after: Amounts
    is_recorded: bool
    """Whether anything is recorded of them by this policy."""

    def changes(self) -> Amounts:
        """CreditUnit → how much more the next decision holds, below zero for less; none that stays."""
        old, new = self.next_before or {}, self.next_after
        found = {unit: new.get(unit, ZERO) - old.get(unit, ZERO) for unit in (*old, *new)}
        return {unit: amount for unit, amount in found.items() if amount}

    def lanes(self) -> tuple[str | None, str | None]:
        """The titles of the lanes before and after."""
        before, after = (
            one.lane.lane.title if one and one.lane else None for one in (self.before, self.after)
        )
        return before, after


class PolicyImpact(Struct, frozen=True, kw_only=True):
    """A policy as on main and as in the working copy, and what comes out differently."""

    old: RecognitionPolicy | None
    new: RecognitionPolicy
    is_edited: bool
    people: tuple[ChangedAccount, ...]
    examples: tuple[ChangedExample, ...]


def named_policy(ws: Workspace, typed: str) -> str | None:
    """The id of the policy that a path below `recognition/`, or an id, refers to; None for a definition.

    Raises McredError for an id of neither, on main or in the folder.
    """
    parts = PurePath(typed).parts
    if len(parts) > 1 and parts[-2] == RECOGNITION:
        return parts[-1].removesuffix(".yaml").removesuffix(".examples")
    known, here = ws.catalog.definitions, ws.repo.work_tree
    if len(parts) > 1 or as_id_typed(typed) in known:
        return None
    laid = (here / RECOGNITION).glob("*.yaml") if here else ()
    found = (parse_path(f"{RECOGNITION}/{place.name}") for place in laid)
    policies = {*list_policies(ws.tree), *(x.rest for x in found if x and x.kind == "recognition policy")}
    if typed in policies:
        return typed
    if here and is_id(typed) and (here / definition_path(CredentialId(typed))).is_file():
        return None
    kind = "micro-credential or recognition policy" if policies else "micro-credential"
    raise unknown(kind, typed, (*known, *policies), next_step("browse"))


def find_policy_impact(ws: Workspace, name: str) -> PolicyImpact:
    """What an edit of a policy changes. Raises McredError for one that does not exist or cannot be read."""
    changes = edited(ws) if ws.repo.work_tree else {}
    whole = take_snapshot(ws.repo, ws.main, lambda path, _: is_wanted(path, None))
    now = with_edits(ws.repo, whole, changes)
    new = _read(now, name)
    if new is None:
        raise McredError(f"there is no {recognition_path(name)}", hint=next_step("lint"))
    old = _read(whole, name) if recognition_path(name) in whole.contents else None
    scales = scales_of(ws.catalog)
    golden = read_golden(now.contents, new, scales)
    files = (recognition_path(name), recognition_examples_path(name))
    return PolicyImpact(
        old=old,
        new=new,
        is_edited=any(path in files for path in changes),
        people=tuple(_compare_people(ws, old, new)),
        examples=tuple(compare_examples(old, new, golden, scales)) if old and golden else (),
    )


def _read(tree: Snapshot, name: str) -> RecognitionPolicy | None:
    file = recognition_path(name)
    if file not in tree.contents:
        return None
    policy, problems = read_policy(tree.contents[file], file, name)
    if policy is None:
        raise McredError(f"{file} has errors", hint=next_step("lint"), problems=problems)
    return policy


def _compare_people(
    ws: Workspace, old: RecognitionPolicy | None, new: RecognitionPolicy
) -> Iterator[ChangedAccount]:
    tree = read_recorded(ws.repo, ws.main, PORTFOLIOS)
    earlier = _apply(ws, tree, old) if old else {}
    for person, (after, next_after, is_recorded) in _apply(ws, tree, new).items():
        before, next_before, _ = earlier.get(person, (None, None, False))
        one = ChangedAccount(
            person=person,
            before=before,
            after=after,
            next_before=next_before,
            next_after=next_after,
            is_recorded=is_recorded,
        )
        if one.changes() or one.lanes()[0] != one.lanes()[1]:
            yield one


def _apply(
    ws: Workspace, tree: Snapshot, policy: RecognitionPolicy
) -> Mapping[PersonId, tuple[Account, Amounts, bool]]:
    """What everyone's badges come to today, what the next decision would hold, and whether there is one."""
    everyone, today = read_everyone(ws.catalog, policy), policy.day_of(ws.ctx.now())
    ledgers = prove_where_needed(ws.repo, tree, policy, everyone, today)
    return {
        person: (
            recognize(policy, settle(badges, ledgers[person]), today),
            sum_amounts(find_new(policy, badges, today, ledgers[person]).total),
            bool(ledgers[person].taken),
        )
        for person, badges in everyone.items()
    }

"""The issuer's keys as the programme lists them: which sign, the first one, and a new one in place of the
old."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from msgspec import Struct

from mcred.app.clock import stamp
from mcred.app.commit import ChangeSet, commit_to_main
from mcred.app.context import Context
from mcred.app.keys.issuer import (
    KEY_VARIABLE,
    ask_passphrase,
    find_issuer_key,
    find_next_key,
    key_place,
    make_key_file,
    make_next_key,
    take_next_key,
)
from mcred.app.use_case import Command, Confirmation, Plan, Result
from mcred.app.work.drafts import refresh
from mcred.app.workspace import Workspace, open_workspace
from mcred.badges.keys import IssuerKey, issuer_did, publish_key
from mcred.domain.issuer_key import PublicKey
from mcred.domain.layout import PROGRAMME
from mcred.domain.programme import Programme
from mcred.formats.edit import append_to_list, set_in_entry
from mcred.formats.trailers import message
from mcred.problems import Exit, McredError, next_step
from mcred.store.write import put_blob


class ListedKeys(Struct, frozen=True, kw_only=True):
    """Every key the programme lists, and whether the one in use is on this computer."""

    issuer: str | None
    """The issuer's id for other software; None while awards are not signed."""
    keys: tuple[PublicKey, ...]
    place: Path
    is_here: bool


class KeyResult(Result, frozen=True, kw_only=True):
    """The key that signs from now on."""

    key: str
    """Its public part, as it is listed."""
    place: Path
    """The path of its private part."""
    aside: Path | None = None
    """The new path of the earlier one, where it was replaced."""


class KeyCommand(Command[KeyResult], frozen=True, kw_only=True):
    """A change of the key; `passphrase`: ask for one that protects its file."""

    passphrase: bool = False

    def begin(self, ctx: Context) -> Workspace:
        """Open the programme without submissions."""
        return open_workspace(ctx, fetching="must")

    def need_maintainer(self, ws: Workspace) -> None:
        """Raises McredError for a user who is no maintainer."""
        me, maintainers = ws.confirmed(), ws.catalog.programme.roles.maintainers
        if me not in maintainers:
            raise McredError(
                f"only maintainers create the key ({', '.join(maintainers)})",
                hint=next_step("key", "show"),
                code=Exit.NOT_ALLOWED,
            )


class NewKey(KeyCommand, frozen=True, kw_only=True):
    """Make the programme's first key, or the next after it was retired; from then on awards are signed."""

    def plan(self, ws: Workspace) -> NewKeyPlan | KeyResult:
        """Where it will be. Raises McredError where another computer has the key, or this one a retired
        one."""
        self.need_maintainer(ws)
        programme = ws.catalog.programme
        listed, place = programme.issuer.current_key, key_place(ws.ctx, programme)
        if listed is None:
            _refuse_retired(ws, place)
            return NewKeyPlan(command=self, place=place)
        here = find_issuer_key(ws.ctx, programme)
        if here is None or here.multibase != listed.multibase:
            what = "the program already has a key, on another computer"
            raise McredError(what, hint=next_step("key", "show"))
        return KeyResult(ws=ws, status="not needed", key=listed.multibase, place=place)


class NewKeyPlan(Plan[KeyResult], frozen=True, kw_only=True):
    """Where the key will be."""

    command: NewKey
    place: Path

    def confirmation(self) -> Confirmation:
        """Nothing is asked."""
        return Confirmation(would=f"Would create a key in {self.place} and list it in {PROGRAMME}.")

    def apply(self, ws: Workspace) -> KeyResult:
        """Store the private key and list its public part on main; what an interrupted run stored is used."""
        programme = ws.catalog.programme
        secret = ask_passphrase(ws.ctx, "A passphrase for the key") if self.command.passphrase else ""
        key = make_key_file(ws.ctx, programme, secret)
        issuer_did(programme.site.url, key.multibase)
        after = _list_key(ws, key, "new", "List the key that signs awards")
        return KeyResult(ws=after, key=key.multibase, place=self.place)


class RotateKey(KeyCommand, frozen=True, kw_only=True):
    """Use a new key in place of the one in use, whose file is kept under another name.

    The new key waits beside the old one until main lists it, so every listed key exists here: interrupted at
    any point and repeated, this continues with the same key.
    """

    def plan(self, ws: Workspace) -> RotatePlan | KeyResult:
        """Which key is replaced. Raises McredError without one, and where a variable says where it is."""
        self.need_maintainer(ws)
        programme = ws.catalog.programme
        again = next_step("key", "rotate")
        if ws.ctx.environment.get(KEY_VARIABLE):
            what = f"{KEY_VARIABLE} names the key, so mcred does not know where to store the new one"
            raise McredError(what, hint=f"unset {KEY_VARIABLE}, then {again}")
        listed = programme.issuer.current_key
        if listed is None:
            raise McredError("this program has no key to rotate", hint=next_step("key", "new"))
        waiting = find_next_key(ws.ctx, programme)
        if waiting is None and _is_rotated(programme, ws.ctx.now().date()):
            place = key_place(ws.ctx, programme)
            return KeyResult(ws=ws, status="not needed", key=listed.multibase, place=place)
        return RotatePlan(command=self, listed=listed.multibase, waiting=waiting)


class RotatePlan(Plan[KeyResult], frozen=True, kw_only=True):
    """Which key is replaced."""

    command: RotateKey
    listed: str
    """The key that the programme has in use."""
    waiting: IssuerKey | None
    """The new key, where an interrupted run made it."""

    def confirmation(self) -> Confirmation:
        """Asks whether to replace it, unless an earlier run listed the new one."""
        if self.waiting is not None and self.waiting.multibase == self.listed:
            return Confirmation(would="Would finish the key change started here.")
        question = f"Replace {self.listed} with a new key"
        return Confirmation(
            would=f"Would replace {self.listed} with a new key.",
            question=f"{question}?",
            kept="The key was not changed.",
            is_required=True,
        )

    def apply(self, ws: Workspace) -> KeyResult:
        """Store the new key, list it on main and put it in the place of the old one."""
        programme, secret = ws.catalog.programme, ""
        if self.waiting is None and self.command.passphrase:
            secret = ask_passphrase(ws.ctx, "A passphrase for the new key")
        key = self.waiting or make_next_key(ws.ctx, programme, secret)
        if key.multibase in {k.multibase for k in programme.issuer.keys}:
            refresh(ws)
        else:
            ws = _list_key(ws, key, "rotate", "Put a new key that signs awards in the place of the old one")
        aside = take_next_key(ws.ctx, programme)
        return KeyResult(ws=ws, key=key.multibase, place=key_place(ws.ctx, programme), aside=aside)


def read_listed_keys(ws: Workspace) -> ListedKeys:
    """The keys that the programme lists."""
    programme = ws.catalog.programme
    listed, place = programme.issuer.current_key, key_place(ws.ctx, programme)
    return ListedKeys(
        issuer=issuer_did(programme.site.url, listed.multibase) if listed else None,
        keys=programme.issuer.keys,
        place=place,
        is_here=place.is_file(),
    )


def _refuse_retired(ws: Workspace, place: Path) -> None:
    """Raises McredError while this computer's key is a retired one, which may not sign any more."""
    programme = ws.catalog.programme
    retired = {key.multibase for key in programme.issuer.keys}
    here = find_issuer_key(ws.ctx, programme) if retired else None
    if here is not None and here.multibase in retired:
        raise McredError(
            "the key on this computer was retired; it no longer signs anything",
            hint=next_step("key", "new", note=f"after you have moved {place} to a safe place"),
        )


def _is_rotated(programme: Programme, today: date) -> bool:
    """Whether one key was retired today and another listed: this command, typed twice."""
    current = programme.issuer.current_key
    ended = any(key.until == today for key in programme.issuer.keys)
    return current is not None and current.since == today and ended


def _list_key(ws: Workspace, key: IssuerKey, action: str, title: str) -> Workspace:
    """List a key in the programme's rules on main; one that replaces others retires them from today."""

    def decide(now: Workspace) -> ChangeSet:
        rules, today = now.tree.contents[PROGRAMME], stamp(now).date()
        keys = now.catalog.programme.issuer.keys
        if key.multibase not in {k.multibase for k in keys}:
            for number, listed in enumerate(keys if action == "rotate" else ()):
                if listed.until is None:
                    rules = set_in_entry(rules, ("issuer", "keys"), number, "until", today, PROGRAMME)
            rules = append_to_list(rules, ("issuer", "keys"), publish_key(key, today), PROGRAMME)
        changes = {PROGRAMME: put_blob(now.repo, rules)}
        return ChangeSet(changes=changes, merged=(), text=message(title, "key"))

    return commit_to_main(ws, decide, next_step("key", action))

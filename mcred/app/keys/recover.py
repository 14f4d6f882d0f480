"""Lets people read submitted work again who lost a reading key, or came later: with the programme's recovery
key, or one's own."""

from __future__ import annotations

from pathlib import Path

from msgspec import field

from mcred.app.sealed.grants import grant_with
from mcred.app.use_case import Command, Confirmation, Plan, Result
from mcred.app.work.drafts import unsent
from mcred.app.workspace import Workspace, send
from mcred.domain.layout import GRANT_REFS, parse_ref
from mcred.problems import McredError, next_step
from mcred.store.folder_index import find_typed
from mcred.store.seal import ReadingPair, read_identities

_AGE = b"age-encryption.org/"
AGAIN = next_step("key", "recover")


class RecoverResult(Result, frozen=True, kw_only=True):
    """Which attempts more people can open now."""

    attempts: tuple[str, ...]
    """Each as submission and number."""


class Recover(Command[RecoverResult], frozen=True, kw_only=True):
    """Let those read every attempt to whom it is due, by what this folder's reading keys open.

    `key_file`, in JSON `with`: an identity file of age with the programme's recovery key, which opens all.
    """

    key_file: str | None = field(default=None, name="with")

    def plan(self, ws: Workspace) -> RecoverPlan:
        """With which keys. Raises McredError for a file without one."""
        ws.confirmed()
        ws.need_shared_place()
        place = find_typed(ws.ctx.at, Path(self.key_file).expanduser()) if self.key_file is not None else None
        return RecoverPlan(command=self, keys=_read_keys(place) if place is not None else ())


class RecoverPlan(Plan[RecoverResult], frozen=True, kw_only=True):
    """The keys in the file."""

    keys: tuple[ReadingPair, ...]

    def confirmation(self) -> Confirmation:
        """Nothing is asked: only those are let in who may read it."""
        return Confirmation(
            would="Would let everyone who may read submitted work read it again. Nothing was changed."
        )

    def apply(self, ws: Workspace) -> RecoverResult:
        """Open what can be opened, and give its key to whom it is due.

        Raises McredError where the remote does not have that afterwards.
        """
        listed = ws.catalog.programme.recovery
        if self.keys and listed not in {key.public for key in self.keys}:
            named = f"names {listed}" if listed else "names none"
            ws.ctx.show.note(
                f"This is not the recovery key in mcred.yaml, which {named}; it opens what was sealed to it.",
                style="yellow",
            )
        moved = {**grant_with(ws, self.keys)}
        # What an interrupted run gave and did not send.
        moved.update((ref, tip) for ref, tip in unsent(ws).items() if ref.startswith(GRANT_REFS))
        if moved:
            send(ws, moved, AGAIN)
        refs = (parse_ref(ref) for ref in sorted(moved))
        found = tuple(f"{ref.submission}, attempt {ref.attempt}" for ref in refs if ref is not None)
        return RecoverResult(ws=ws, status="done" if found else "not needed", attempts=found)


def _read_keys(place: Path) -> tuple[ReadingPair, ...]:
    """The keys in an identity file. Raises McredError for any other file."""
    hint = next_step("key", "recover", "--with", "FILE", note="FILE as age-keygen wrote it")
    try:
        data = place.read_bytes()
    except OSError as error:
        raise McredError(f"{place} cannot be read: {error.strerror}", hint=hint) from error
    if data.startswith(_AGE):
        what = f"{place} is itself encrypted, with a passphrase or a key"
        raise McredError(what, hint=f"age -d -o recovery.txt {place}   then {hint}")
    try:
        keys = read_identities(data)
    except McredError:
        keys = ()
    if not keys:
        raise McredError(f"{place} contains no age key (a line AGE-SECRET-KEY-1…)", hint=hint)
    return keys

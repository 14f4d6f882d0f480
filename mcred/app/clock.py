"""Checks this computer's date against the record before anything is signed with it.

An issued badge cannot be recalled, and its dates come from the signer's clock.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Protocol

from mcred.app.context import Context
from mcred.domain.catalog import Catalog
from mcred.domain.ids import CommitId
from mcred.problems import McredError
from mcred.store.git import Repo
from mcred.store.log import find_signed
from mcred.store.session import cached

BEHIND = timedelta(minutes=5)
"""How far the clocks of two computers may differ."""
DAYS_BEHIND = timedelta(days=1)
"""How far a date may be behind that only says when someone wrote something."""
AHEAD = timedelta(days=2 * 366)
"""The longest pause of a programme before the user is asked whether the date is right."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Dated(Protocol):
    """What of an opened programme tells the date."""

    @property
    def ctx(self) -> Context:
        """The clock, and whom to ask."""

    @property
    def repo(self) -> Repo:
        """Where the history is."""

    @property
    def main(self) -> CommitId:
        """The commit of main."""

    @property
    def catalog(self) -> Catalog:
        """The programme at that commit."""


def newest_entry(ws: Dated, *more: datetime) -> datetime:
    """The newest date the programme vouches for: its latest commit, its issuer key's start, and `more`.

    Only commits signed by an issuer or maintainer count; no other date may block everyone.
    """
    programme = ws.catalog.programme
    keys = (datetime.combine(k.since, time(), UTC) for k in programme.issuer.keys if not k.until)
    people = map(ws.catalog.people.get, {*programme.roles.issuers, *programme.roles.maintainers})
    trusted = {key.public for person in people if person for key in person.keys}
    step = find_signed(ws.repo, ws.main, trusted)
    return max((*keys, *more, *((step.when,) if step else ())), default=_EPOCH).astimezone(UTC)


def doubt_clock(ws: Dated, *more: datetime, behind: timedelta = BEHIND) -> str:
    """Why this computer's date is wrong, or probably wrong; '' when it may be right."""
    newest, now = newest_entry(ws, *more), ws.ctx.now()
    if newest - behind <= now <= newest + AHEAD:
        return ""
    here, there = f"{now:%Y-%m-%d %H:%M} UTC", f"{newest:%Y-%m-%d %H:%M} UTC"
    whose = "this work was submitted at" if newest in more else "the program's newest entry is from"
    return f"this computer's clock says {here}, but {whose} {there}"


def check_clock(ws: Dated, *more: datetime, behind: timedelta = BEHIND) -> None:
    """Raises McredError before anything is signed with a date that contradicts the record.

    `more`: dates of open work. On a terminal, a date far ahead is asked about, once for each command.
    """
    doubt = doubt_clock(ws, *more, behind=behind)
    if not doubt:
        return
    ahead = ws.ctx.now() > newest_entry(ws, *more)
    if ahead and ws.ctx.interactive:
        question = f"{doubt[0].upper()}{doubt[1:]}. Is {ws.ctx.now():%Y-%m-%d} today's date?"
        if cached("clock", newest_entry(ws, *more), lambda: ws.ctx.confirm(question)):
            return
    how = "when it is right; in a terminal, mcred asks you whether it is" if ahead else "when it is right"
    raise McredError(
        f"{doubt}. Nothing was signed; set this computer's date and time", hint=f"{ws.ctx.typed}   ({how})"
    )


def stamp(ws: Dated, *more: datetime) -> datetime:
    """The time to sign with: never before what it follows, since clocks differ by minutes."""
    return max(ws.ctx.now(), newest_entry(ws, *more))

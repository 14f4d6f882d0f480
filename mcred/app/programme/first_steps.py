"""What a programme lacks before it can assess and award: none of it is an error in a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mcred.domain.credential import Credential
from mcred.domain.layout import PROGRAMME
from mcred.domain.programme import Programme
from mcred.problems import Hint, NextStep, Place, Problem, next_step

NO_ADDRESS = (
    "the program's pages have no address yet (site: url in mcred.yaml). Badges awarded until then name no "
    "status list: if one is revoked, no one outside the program can see it"
)
_MOST = 3
"""How many definitions are named."""


def first_steps(programme: Programme, definitions: Iterable[Credential]) -> Iterator[Problem]:
    """A warning for each, in the order in which a founder goes through them; its hint is what to do."""
    where = Place(file=PROGRAMME)

    def step(what: str, hint: Hint) -> Problem:
        return Problem(what=what, where=where, hint=hint, severity="warning")

    if programme.issuer.current_key is None:
        what = "there is no key yet that signs awards, so badges would not be signed"
        yield step(what, next_step("key", "new"))
    live = [d.id for d in definitions if d.status == "live"]
    alone = [c for c in live if not programme.roles.experts_of(c)]
    if alone:
        names = ", ".join(alone[:_MOST]) + (f" and {len(alone) - _MOST} more" if len(alone) > _MOST else "")
        what = f"there is no expert for {names}, so nothing that is submitted can be assessed"
        yield step(what, next_step("person", "add", "PERSON", "--role", "expert"))
    if not programme.site.url:
        saved = next_step("save", "--programme")
        yield step(NO_ADDRESS, f"write the address under site: url, then {saved}")


def first_command(steps: Iterable[Problem]) -> NextStep | None:
    """The first of these steps that is a command."""
    return next((step.hint for step in steps if isinstance(step.hint, NextStep)), None)

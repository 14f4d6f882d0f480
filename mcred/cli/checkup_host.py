"""Whether the programme's review host keeps main as it should: what is missing, and where to switch it."""

from __future__ import annotations

from collections.abc import Iterator

from mcred.cli.checkup import Finding
from mcred.cli.desk import Desk
from mcred.cli.hosting import find_place, signed_line
from mcred.forge.protection import Protection, read_protection
from mcred.problems import McredError

TOPIC = "review host"
WHERE = {
    "github": "Settings, Branches (or Rules)",
    "gitlab": "Settings, Repository, Protected branches",
    "gitea": "Settings, Branches",
}
MERGES = {
    "github": "Settings, General, Pull Requests",
    "gitlab": "Settings, Merge requests",
    "gitea": "Settings, Repository",
}


def check_host(desk: Desk) -> Iterator[Finding]:
    """What the host lets happen that it should not."""
    place = find_place(desk)
    if place is None:
        yield Finding(topic=TOPIC, level="good", what="none: the shared place is a plain one")
        return
    try:
        with signed_line(desk) as line:
            if line is None:
                what = f"no token for {place.host}, so it cannot be asked"
                hint = "set MCRED_TOKEN, then: mcred doctor --host"
                yield Finding(topic=TOPIC, level="look", what=what, next=hint)
                return
            found = read_protection(place, line)
    except McredError as error:
        yield Finding(topic=TOPIC, level="look", what=error.what, next="mcred doctor --host")
        return
    wrong = tuple(missing(found, place.kind))
    again = "mcred doctor --host   (after a maintainer switched it)"
    for what in wrong:
        yield Finding(topic=TOPIC, level="look", what=f"{place.host}: {what}", next=again)
    if not wrong:
        yield Finding(topic=TOPIC, level="good", what=f"{place.host} keeps main as it should")


def missing(found: Protection, kind: str) -> Iterator[str]:
    """What to switch, and where."""
    where, merges = WHERE[kind], MERGES[kind]
    if found.is_protected is None:
        yield f"whether main is protected cannot be seen with this token; look in {where}"
    elif not found.is_protected:
        yield f"main is not protected; switch it on in {where}"
    else:
        if found.can_be_forced:
            yield f"main can be overwritten; forbid force pushes in {where}"
        if found.can_be_removed:
            yield f"main can be deleted; forbid that in {where}"
        if found.needs_checks is False:
            yield f"requests are taken without the rules' check; require it in {where}"
    if found.may_squash:
        yield f"squashing or rebasing is allowed, which loses who signed what; switch both off in {merges}"

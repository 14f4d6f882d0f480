"""Checks whether the review host protects main: what is missing, and where to switch it on."""

from __future__ import annotations

from collections.abc import Iterator

from mcred.app.doctor.finding import DoctorFinding
from mcred.app.hosting.session import find_place, signed_in
from mcred.app.workspace import Workspace
from mcred.hosting.pick import ADAPTERS
from mcred.hosting.values import Protection
from mcred.problems import McredError, next_step

TOPIC = "review host"


def check_host(ws: Workspace) -> Iterator[DoctorFinding]:
    """What the host allows that it should not."""
    place = find_place(ws)
    if place is None:
        yield DoctorFinding(topic=TOPIC, level="good", what="none: the program's server is not a review host")
        return
    try:
        with signed_in(ws) as host:
            if not host.is_signed_in:
                what = f"no token for {place.host}, so it cannot be checked"
                hint = next_step("doctor", "--host", before="set MCRED_TOKEN, then")
                yield DoctorFinding(topic=TOPIC, level="look", what=what, next=hint)
                return
            found = host.forge.protection("main")
    except McredError as error:
        yield DoctorFinding(topic=TOPIC, level="look", what=error.what, next=next_step("doctor", "--host"))
        return
    wrong = tuple(missing(found, ADAPTERS[place.kind].settings))
    again = next_step("doctor", "--host", note="after a maintainer changed the setting")
    for what in wrong:
        yield DoctorFinding(topic=TOPIC, level="look", what=f"{place.host}: {what}", next=again)
    if not wrong:
        yield DoctorFinding(topic=TOPIC, level="good", what=f"{place.host} protects main as it should")


def missing(found: Protection, where: str) -> Iterator[str]:
    """What to switch on, in the settings at `where`; a setting the host does not show is not taken as off."""
    for kept, wrong in (
        (found.refuses_rewriting, "main can be overwritten; forbid force pushes"),
        (found.refuses_removal, "main can be deleted; forbid that"),
    ):
        if kept is None:
            yield f"whether {wrong.partition(';')[0]} is not visible with this token; check in {where}"
        elif not kept:
            yield f"{wrong} in {where}"
    if found.refuses_pushes:
        yield f"no one may push to main, so decisions do not arrive; allow issuers to push in {where}"

"""Any one byte of the record changed: found, or shown to be nothing that a rule rests on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import asdict, replace

from mcred.app.answers.answer import answer_to_plain
from mcred.app.answers.audits import audit_answer
from mcred.app.audit.run import run_audit
from mcred.app.audit.told import ToldFinding
from mcred.domain.assessment import Assessment
from mcred.domain.decision import Decision
from mcred.domain.ids import CommitId
from mcred.domain.layout import PROGRAMME, parse_path
from mcred.domain.people import Person
from mcred.domain.programme import Programme
from mcred.domain.submission import ReviewRequest
from mcred.formats.decode import decode
from mcred.store.session import git_session
from tests.audit.retold import Place, Retelling
from tests.audit.second_checker import check_again
from tests.audit.workshop import Redo, open_workshop
from tests.cli.town import WAIT, Town

SHAPES: dict[str, type[Any]] = {
    "programme": Programme,
    "profile": Person,
    "request": ReviewRequest,
    "assessment": Assessment,
    "decision": Decision,
}
FREE: dict[str, dict[str, str]] = {
    "programme": {
        "issuer.id": "the maintainers' own name for the issuer; badges follow it",
        "issuer.name": "the maintainers' own words; badges follow them",
        "issuer.url": "as above",
        "issuer.email": "as above",
        "issuer.description": "as above",
        "issuer.keys.id": "the name of the key in the issuer's own document; badges follow it",
        "issuer.keys.since": "a day for readers; a key counts from the step that lists it",
        "site.url": "where pages stand; badges follow it",
        "site.language": "the language of pages",
        "attempts.coach_after": "only advises",
        "assessment.due_days": "only advises",
        "assessment.max_open": "decides among several who could be asked; here all of them were",
        "roles.coaches": "coaches judge nothing",
        "evidence_types": "what definitions may ask for; these ask for none of them",
    },
    "profile": {
        "name": "the person's own; badges follow it",
        "school": "the person's own; here no two were at one school",
        "publish": "the person's own choice; badges follow it",
        "accounts": "for readers",
        "keys.since": "a day for readers; a key counts from the step that lists it",
        "reading.public": "what others seal to; nothing that was judged rests on it",
        "reading.since": "a day for readers",
    },
    "request": {
        "reasons": "told to people; anybody can compute them again",
        "requested": "the earner's own clock; the order of steps is what counts",
        "due": "only advises",
    },
    "assessment": {
        "assessed": "the assessor's own clock",
        "commitments": "of remarks and summary: the assessor's own words; those of levels are opened",
        "sealed": "for those who can open it; nothing that is proved rests on it",
        "key": "as above",
    },
    "decision": {
        "decided": "the issuer's own clock; the badge follows it",
        "reason": "the issuer's own words",
        "sealed": "for those who can open it; nothing that is proved rests on it",
        "flags": "a warning to readers beyond what was asked",
    },
}
"""Fields that whoever signs them may fill as they like, and why no rule rests on them."""


def differing(before: Any, after: Any, at: str = "") -> Iterator[str]:
    """The fields in which two values differ, such as `site.url`; entries of a list are not told apart."""
    if before == after:
        return
    if isinstance(before, Struct) and type(before) is type(after):
        for name, old in asdict(before).items():
            yield from differing(old, getattr(after, name), f"{at}.{name}".lstrip("."))
    elif isinstance(before, tuple) and isinstance(after, tuple) and len(before) == len(after):
        for old, new in zip(before, after, strict=True):
            if isinstance(old, Struct):
                yield from differing(old, new, at)
            elif old != new:
                yield at
    else:
        yield at


def irrelevance(place: Place, data: bytes) -> str:
    """Why no rule rests on a change of one file that everyone signed; '' where one does."""
    found = parse_path(place.path)
    assert found is not None
    if found.kind == "definition" and found.credential != WAIT:
        return "nobody was judged by this definition"
    if found.kind == "award":
        try:
            same = json.loads(data) == json.loads(place.data)
        except ValueError:
            same = False
        return "the same document, written otherwise" if same else ""
    shape = SHAPES.get(found.kind)
    if shape is None:
        return ""
    before, after = decode(place.data, shape, "")[0], decode(data, shape, "")[0]
    if before is None or after is None:
        return ""
    free = [FREE[found.kind].get(name, "") for name in differing(before, after)]
    return "; ".join(free) or "the same value, written otherwise" if all(free) else ""


BEFORE_ANYONE_IS_ASKED = ("assessment.", "roles.issuers", "roles.experts", "work")
WHERE_PEERS_ARE_ASKED = (
    *("roles.maintainers", "roles.experts"),
    *("assessment.experts", "assessment.expert_submissions"),
)


def rests_on_none(retelling: Retelling, place: Place, data: bytes) -> bool:
    """Whether no step rests on what changes in the rules: they did not hold any more when someone was first
    asked, or no maintainer did anything under them, and only peers were asked."""
    old, new = (decode(said, Programme, "")[0] for said in (place.data, data))
    if place.path != PROGRAMME or old is None or new is None:
        return False
    sent = (p.data for p in retelling.places if p.path.endswith("/request.json"))
    requests = [r for r in (decode(d, ReviewRequest, "")[0] for d in sent) if r is not None]
    files, rules = retelling.shop.files, (PROGRAMME.encode(), retelling.shop.objects.put(place.data))
    line = [*retelling.shop.line_of(retelling.tip)]
    held = [c for c in line if files(c)[rules[0]][1] == rules[1]]
    first = min(line.index(request.main) for request in requests)
    free: tuple[str, ...] = ()
    if all(line.index(c) < first for c in held):
        free = BEFORE_ANYONE_IS_ASKED
    elif all(request.rule == "peer" for request in requests if request.main in held):
        decided = sum(p.path.endswith("/decision.json") for p in retelling.places) - 1
        free = WHERE_PEERS_ARE_ASKED if new.assessment.expert_submissions <= decided else ()
    return bool(free) and all(name.startswith(free) for name in differing(old, new))


@pytest.fixture(scope="module")
def retelling(first_chronicle: Town, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Retelling]:
    """The honest history up to Cleo's award, where no one is chosen by lot."""
    shop = open_workshop(first_chronicle, tmp_path_factory.mktemp("retold") / "retold.git")
    tip = Redo(shop, "cleo").old
    yield Retelling(shop, tip)
    shop.objects.close()


def found_at(retelling: Retelling, tip: CommitId) -> set[str]:
    """What an audit of another line finds; the second checker says the same, or that it cannot tell."""
    retelling.shop.move(tip)
    with git_session():
        result = run_audit(retelling.shop.repo, tip)
    told = [
        ToldFinding(finding=f, signer="", signer_id=None, when=None, changes=(), advice="")
        for f in result.audited.findings
    ]
    check_again(
        retelling.shop.repo.git_dir, 1, answer_to_plain(audit_answer(result, told, ())), leave_open=True
    )
    return {f.code for f in result.audited.findings}


@st.composite
def changes(draw: st.DrawFn) -> tuple[int, int, int]:
    """Which file, where in it, and by how much a byte is turned."""
    return draw(st.integers(0, 10_000)), draw(st.integers(0, 1_000_000)), draw(st.integers(1, 255))


def turned(retelling: Retelling, change: tuple[int, int, int]) -> tuple[Place, bytes]:
    """A place of the history with one byte changed."""
    which, where, by = change
    filled = [p for p in retelling.places if p.data]
    place = filled[which % len(filled)]
    at = where % len(place.data)
    return place, place.data[:at] + bytes([place.data[at] ^ by]) + place.data[at + 1 :]


# The order of peers is drawn by the id of a state; who decides on others than were due has to say why.
DRAWN_BY_ID = frozenset({"request-panel", "request-candidates", "decision-reason"})


def test_told_again_word_for_word_it_is_the_same_history(retelling: Retelling) -> None:
    place = retelling.places[0]
    assert retelling.tell(place, place.data, sign=True) == retelling.tip
    assert found_at(retelling, retelling.tip) == set()


def test_told_again_with_another_founding_nothing_is_found(retelling: Retelling) -> None:
    # Every id changes: what is found in the tests below is the byte's doing.
    place = next(p for p in retelling.places if p.path == "mcred.yaml")
    told = retelling.tell(place, place.data + b"# Our rules.\n", sign=True)
    assert told != retelling.tip
    assert found_at(retelling, told) <= DRAWN_BY_ID


def check(retelling: Retelling, change: tuple[int, int, int], *, sign: bool) -> None:
    place, data = turned(retelling, change)
    codes = found_at(retelling, retelling.tell(place, data, sign=sign))
    free = sign and (
        irrelevance(place, data) or retelling.is_draft(place) or rests_on_none(retelling, place, data)
    )
    assert codes or free, (place.path, place.commit, data)


@pytest.mark.parametrize(
    ("number", "old", "new", "is_free"),
    [
        (0, b"experts: 1", b"experts: 0", True),
        (0, b"issuers: [rosa]", b"issuers: [sosa]", True),
        (0, b"maintainers: [rosa]", b"maintainers: [sosa]", False),
        (1, b"- mei", b"- oei", False),
        (1, b"experts: 1", b"experts: 0", False),
        (2, b"- tom", b"- tim", True),
        (3, b"- mei", b"- oei", True),
        (3, b"maintainers: [rosa]", b"maintainers: [sosa]", True),
        (3, b"issuers: [rosa]", b"issuers: [sosa]", False),
        (3, b"expert_submissions: 2", b"expert_submissions: 3", True),
        (3, b"expert_submissions: 2", b"expert_submissions: 4", False),
        (3, b"peers: 2", b"peers: 1", False),
    ],
)
def test_rules_are_free_where_no_step_rests_on_them(
    retelling: Retelling, number: int, old: bytes, new: bytes, is_free: bool
) -> None:
    place = [p for p in retelling.places if p.path == PROGRAMME][number]
    data = place.data.replace(old, new)
    assert data != place.data
    assert rests_on_none(retelling, place, data) is is_free
    codes = found_at(retelling, retelling.tell(place, data, sign=True))
    assert codes <= DRAWN_BY_ID if is_free else codes, codes


quick = settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
slow = settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))


@quick
@given(changes())
def test_a_byte_changed_by_no_one_is_found(retelling: Retelling, change: tuple[int, int, int]) -> None:
    check(retelling, change, sign=False)


@quick
@given(changes())
def test_a_byte_changed_by_all_who_signed_is_found_or_free(
    retelling: Retelling, change: tuple[int, int, int]
) -> None:
    check(retelling, change, sign=True)


@pytest.mark.slow
@slow
@given(changes(), st.booleans())
def test_many_bytes(retelling: Retelling, change: tuple[int, int, int], sign: bool) -> None:
    check(retelling, change, sign=sign)


def test_what_is_free_is_said_of_fields_that_there_are() -> None:
    for kind, free in FREE.items():
        names = set(SHAPES[kind].__struct_fields__)
        assert {name.split(".")[0] for name in free} <= names
        assert all(free.values())


def test_what_a_rule_rests_on_is_not_free(retelling: Retelling) -> None:
    place = next(p for p in retelling.places if p.path.endswith("cleo/wait-time/attempts/1/decision.json"))
    decision = decode(place.data, Decision, "")[0]
    assert decision is not None
    changed = replace(decision, outcome="decline", reason="x", levels=decision.levels[1:])
    assert sorted(differing(decision, changed)) == ["levels", "outcome", "reason"]
    assert irrelevance(place, place.data.replace(b"award", b"awarr", 1)) == ""
    assert irrelevance(place, place.data + b"\n") == ""
    profile = next(p for p in retelling.places if p.path == "portfolios/cleo/profile.yaml")
    assert irrelevance(profile, profile.data + b"# A remark.\n") == "the same value, written otherwise"

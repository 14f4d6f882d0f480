"""Stack badges in portfolios: what is read of them, and what cannot be read keeps its place."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from mcred.domain.ids import CommitId, StackId, Version
from mcred.domain.layout import (
    Found,
    FoundRef,
    award_path,
    parse_path,
    parse_ref,
    picture_path,
    reissue_path,
    remote_ref,
    revocation_path,
    stack_award_path,
    stack_reissue_path,
    stack_revocation_path,
    status_path,
    vouch_ref,
)
from mcred.domain.stack_badge import Contained, StackAward, StackRecord, StackReissue, StackRevocation
from mcred.formats.encode import encode
from mcred.formats.portfolio import Stored
from mcred.formats.stack_badge import read_stack_award, read_stacked
from mcred.problems import Place, Problem
from tests.school import ANA, ANAS, BEN, MAIN, MEI, NOON, ROSA, WAIT

TALK, PAIR = StackId("talk"), StackId("pair")
DIGEST = "0123456789abcdef" * 4
Change = Callable[[dict[str, Any]], object]


def a_document() -> dict[str, Any]:
    return {
        "credentialSubject": {"achievement": {"name": "Classroom talk", "version": "1.0.0"}},
        "awardedDate": "2026-11-02T12:00:00Z",
        "validUntil": "2027-11-02T23:59:59+00:00",
        "evidence": [
            {"genre": "micro-credential badge", "name": "Wait Time", "description": f"SHA-256 {DIGEST}"},
            {"genre": "something else", "name": 3, "description": None},
            {"name": "no genre"},
        ],
    }


def written(*changes: Change) -> bytes:
    raw = a_document()
    for change in changes:
        change(raw)
    return json.dumps(raw).encode()


def an_award(data: bytes) -> StackAward:
    return StackAward(
        document=data,
        title="Classroom talk",
        version=Version("1.0.0"),
        awarded=NOON,
        ends=datetime(2027, 11, 2, 23, 59, 59, tzinfo=UTC),
        contained=(Contained(name="Wait Time", digest=DIGEST),),
    )


def test_a_stack_badge_says_what_it_was_given_for() -> None:
    data = written()
    assert read_stack_award(data) == an_award(data)


@pytest.mark.parametrize(
    ("said", "read"),
    [(3, "3"), (1.5, "1.5"), (0.05, "0.05"), (2.0, "2"), (0, None), (1e999, None), (True, None), ("3", None)],
)
def test_a_stack_badge_says_its_credit_hours(said: object, read: str | None) -> None:
    """A forged badge may say anything, and is read all the same: an audit finds it."""
    data = written(lambda d: d["credentialSubject"]["achievement"].update(creditsAvailable=said))
    found = read_stack_award(data)
    assert found is not None
    assert (str(found.credits) if found.credits else None) == read


@pytest.mark.parametrize(
    "change",
    [lambda d: d.pop("validUntil"), lambda d: d.update(validUntil=None), lambda d: d.update(validUntil="")],
)
def test_a_stack_badge_without_an_end_holds_on(change: Change) -> None:
    data = written(change)
    assert read_stack_award(data) == replace(an_award(data), ends=None)


def test_each_contained_badge_stands_in_its_order() -> None:
    more = {"genre": "micro-credential badge", "name": "Feedback", "description": "SHA-256 " + "f" * 64}
    award = read_stack_award(written(lambda d: d["evidence"].append(more)))
    assert award is not None
    assert award.contained == (
        Contained(name="Wait Time", digest=DIGEST),
        Contained(name="Feedback", digest="f" * 64),
    )


def inside(**changes: Any) -> Change:
    return lambda d: d["credentialSubject"]["achievement"].update(changes)


def piece(**changes: Any) -> Change:
    return lambda d: d["evidence"][0].update(changes)


@pytest.mark.parametrize(
    "change",
    [
        inside(name=3),
        inside(name=None),
        inside(version="1"),
        inside(version="1.0.0.0"),
        inside(version="01.0.0"),
        inside(version=""),
        inside(version=None),
        inside(version=1),
        lambda d: d.update(credentialSubject=[]),
        lambda d: d.update(credentialSubject={"achievement": "x"}),
        lambda d: d.update(awardedDate="2026-11-02T12:00:00"),
        lambda d: d.update(awardedDate="yesterday"),
        lambda d: d.update(awardedDate=5),
        lambda d: d.update(validUntil="some day"),
        lambda d: d.update(validUntil=7),
        lambda d: d.update(evidence=[]),
        lambda d: d.update(evidence=None),
        lambda d: d.update(evidence=["text"]),
        lambda d: d.update(evidence={"genre": "micro-credential badge"}),
        piece(genre="badge"),
        piece(name=["Wait Time"]),
        piece(description=f"SHA-256 {DIGEST[:-1]}"),
        piece(description=f"SHA-256 {DIGEST}0"),
        piece(description=f"SHA-256 {DIGEST.upper()}"),
        piece(description=f"sha-256 {DIGEST}"),
        piece(description=f"SHA-256 {DIGEST}\n"),
        piece(description=DIGEST),
        piece(description=None),
    ],
)
def test_a_document_with_one_thing_amiss_is_no_stack_badge(change: Change) -> None:
    assert read_stack_award(written(change)) is None


# whole portfolios


@dataclass(frozen=True)
class Few:
    """A state of a few files."""

    contents: Mapping[str, bytes]
    commit: CommitId = MAIN
    entries: Mapping[str, Stored] = field(default_factory=dict)


def a_revocation(number: int = 1, **changes: Any) -> StackRevocation:
    base = StackRevocation(
        format=2,
        earner=ANA,
        stack=TALK,
        number=number,
        issuer=ROSA,
        revoked=NOON + timedelta(days=3),
        reason="A part was revoked.",
    )
    return replace(base, **changes)


def read(
    files: Mapping[str, bytes], *unread: str
) -> tuple[dict[tuple[str, str], StackRecord], tuple[Problem, ...]]:
    found = {path: what for path in (*files, *unread) if (what := parse_path(path))}
    records, problems = read_stacked(Few(files), found)
    return {(str(p), str(s)): record for (p, s), record in records.items()}, problems


def test_one_issued_again_counts_only_where_it_belongs() -> None:
    again = StackReissue(
        format=2,
        earner=ANA,
        stack=TALK,
        number=2,
        issuer=ROSA,
        issued=NOON,
        reason="Moved.",
        replaces="urn:uuid:1",
    )
    path = stack_reissue_path(ANA, TALK, 2)
    records, problems = read({path: encode(again)})
    assert (dict(records[(ANA, TALK)].reissues), problems) == ({2: again}, ())
    for change in ({"number": 3}, {"stack": PAIR}, {"earner": BEN}):
        records, problems = read({path: encode(replace(again, **change))})
        assert dict(records[(ANA, TALK)].reissues) == {2: None} and [p.where for p in problems]
    assert dict(read({}, path)[0][(ANA, TALK)].reissues) == {2: None}


def test_each_persons_stack_badges_are_gathered_by_stack() -> None:
    data = written()
    records, problems = read(
        {
            stack_award_path(BEN, TALK, 1): data,
            stack_award_path(ANA, TALK, 2): data,
            stack_award_path(ANA, TALK, 1): data,
            stack_revocation_path(ANA, TALK, 1): encode(a_revocation()),
            stack_award_path(ANA, PAIR, 1): data,
            award_path(ANAS, 1): data,
        }
    )
    award = an_award(data)
    assert problems == ()
    assert list(records) == [("ana", "pair"), ("ana", "talk"), ("ben", "talk")]
    assert records["ana", "talk"] == StackRecord(
        earner=ANA, stack=TALK, awards={1: award, 2: award}, revocations={1: a_revocation()}
    )
    assert records["ana", "pair"] == StackRecord(earner=ANA, stack=PAIR, awards={1: award})
    assert records["ben", "talk"] == StackRecord(earner=BEN, stack=TALK, awards={1: award})


def test_a_badge_that_cannot_be_read_is_named_and_keeps_its_number() -> None:
    path = stack_award_path(ANA, TALK, 1)
    records, problems = read({path: b"{}"})
    assert problems == (Problem(what="this is not a stack badge", where=Place(file=path), hint="mcred sync"),)
    record = records["ana", "talk"]
    assert (dict(record.awards), record.live, record.free) == ({1: None}, 1, 2)


def test_what_was_not_asked_for_counts_without_a_word() -> None:
    records, problems = read({}, stack_award_path(ANA, TALK, 2), stack_revocation_path(ANA, TALK, 2))
    assert problems == ()
    record = records["ana", "talk"]
    assert (dict(record.awards), dict(record.revocations)) == ({2: None}, {2: None})
    assert (record.live, record.free, record.allows_another(NOON)) == (None, 3, False)


@pytest.mark.parametrize(
    ("changes", "name", "says", "place"),
    [
        ({"earner": BEN}, "earner", "ben", "ana"),
        ({"stack": PAIR}, "stack", "pair", "talk"),
        ({"number": 2}, "number", "2", "1"),
    ],
)
def test_a_revocation_counts_only_where_it_belongs(
    changes: dict[str, Any], name: str, says: str, place: str
) -> None:
    path = stack_revocation_path(ANA, TALK, 1)
    records, problems = read({path: encode(a_revocation(**changes))})
    assert [p.what for p in problems] == [f"the {name} is '{says}', but the file's location says '{place}'"]
    assert [p.where.file for p in problems if p.where] == [path]
    assert list(records["ana", "talk"].revocations) == [1]


# where they stand


@pytest.mark.parametrize(
    ("built", "path", "found"),
    [
        (
            award_path(ANAS, 2, 3),
            "portfolios/ana/wait-time/attempts/2/badge-3.json",
            Found(kind="award", person=ANA, credential=WAIT, attempt=2, number=3),
        ),
        (
            reissue_path(ANAS, 2, 3),
            "portfolios/ana/wait-time/attempts/2/reissue-3.json",
            Found(kind="reissue", person=ANA, credential=WAIT, attempt=2, number=3),
        ),
        (
            reissue_path(ANAS, 9999, 10),
            "portfolios/ana/wait-time/attempts/9999/reissue-10.json",
            Found(kind="reissue", person=ANA, credential=WAIT, attempt=9999, number=10),
        ),
        (
            revocation_path(ANAS, 12),
            "portfolios/ana/wait-time/attempts/12/revocation.json",
            Found(kind="revocation", person=ANA, credential=WAIT, attempt=12),
        ),
        (
            stack_award_path(ANA, TALK, 7),
            "portfolios/ana/stacks/talk/7/badge.json",
            Found(kind="stack award", person=ANA, stack=TALK, number=7),
        ),
        (
            stack_revocation_path(ANA, TALK, 7),
            "portfolios/ana/stacks/talk/7/revocation.json",
            Found(kind="stack revocation", person=ANA, stack=TALK, number=7),
        ),
        (status_path(4), "credentials/status/4.json", Found(kind="status list", number=4)),
        (
            picture_path(WAIT, "badge.png"),
            "credentials/wait-time/badge.png",
            Found(kind="picture", credential=WAIT, rest="badge.png"),
        ),
    ],
)
def test_what_becomes_of_an_award_has_its_path(built: str, path: str, found: Found) -> None:
    assert built == path
    assert parse_path(path) == found


@pytest.mark.parametrize(
    "path",
    [
        "credentials/status/01.json",
        "credentials/status/10000.json",
        "credentials/status/1-2.json",
        "credentials/status/1.json.bak",
        "credentials/wait-time/badge.SVG",
        "credentials/wait-time/badge.svg/x",
        "credentials/wait-time/pictures/badge.svg",
    ],
)
def test_no_list_and_no_picture_stands_elsewhere(path: str) -> None:
    assert parse_path(path) is None


@pytest.mark.parametrize("remote", [False, True])
def test_a_vouch_names_whose_key_it_is_about_and_who_gives_their_word(remote: bool) -> None:
    ref = vouch_ref(ANA, MEI)
    assert ref == "refs/heads/vouch/ana/mei"
    found = parse_ref(remote_ref(ref) if remote else ref)
    assert found == FoundRef(kind="vouch", person=ANA, assessor=MEI)
    with pytest.raises(ValueError, match="a vouch ref is about no submission"):
        _ = found.submission


@pytest.mark.parametrize(
    "rest",
    [
        "",
        "ana",
        "ana/",
        "ana/mei/x",
        "Ana/mei",
        "ana/Mei",
        "ana/../mei",
        "ana/con",
        "ana/stacks",
        "ana/status",
    ],
)
def test_any_other_vouch_is_none(rest: str) -> None:
    assert parse_ref(f"refs/heads/vouch/{rest}") is None

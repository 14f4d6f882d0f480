"""A tree of files → the catalog: what is broken is named and left out, the rest is there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from msgspec.structs import replace

from mcred.domain.assessment import Agreed, DefinitionRef, Score
from mcred.domain.catalog import Catalog
from mcred.domain.credential import Credential, Item
from mcred.domain.ids import BlobId, CommitId, CredentialId, PersonId, Slug, StackId, SubmissionId, Version
from mcred.domain.layout import (
    assessment_path,
    award_path,
    decision_path,
    definition_path,
    folder_of,
    profile_path,
    reissue_path,
    request_path,
    revocation_path,
    stack_award_path,
    stack_path,
    stack_revocation_path,
    status_path,
    submission_path,
)
from mcred.domain.submission import Work, find_gaps
from mcred.formats.catalog import is_wanted, read_catalog, read_programme
from mcred.formats.encode import encode
from mcred.formats.portfolio import read_examples, read_folder, read_work
from mcred.problems import McredError, Problem
from tests.school import (
    ANA,
    ANAS,
    BEN,
    BLOB,
    MAIN,
    MEI,
    WAIT,
    a_credential,
    a_decision,
    a_person,
    a_programme,
    a_reissue,
    a_request,
    a_revocation,
    a_stack,
    a_work,
    an_assessment,
)

BENS = SubmissionId(BEN, WAIT)
FOLDER = folder_of(ANAS)
OVERVIEW = b"# Overview questions\n\n## Your setting\n\nMy class of nine-year-olds.\n"
PLAN = f"{FOLDER}/evidence/plan.md"


@dataclass(frozen=True)
class FakeEntry:
    """A file as a store would list it."""

    blob: BlobId
    size: int


@dataclass
class FakeTree:
    """Paths and bytes in memory; `absent` are listed but not read, as links and large files are."""

    contents: dict[str, bytes]
    blobs: dict[str, BlobId] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    commit: CommitId = MAIN

    @property
    def entries(self) -> Mapping[str, FakeEntry]:
        paths = (*self.contents, *self.absent)
        return {
            p: FakeEntry(self.blobs.get(p, BlobId(f"{n:040x}")), len(self.contents.get(p, b"")))
            for n, p in enumerate(paths)
        }


@dataclass
class FakeBlobs:
    """Past editions by blob; remembers what it was asked for."""

    known: Mapping[BlobId, bytes] = field(default_factory=dict)
    asked: list[list[BlobId]] = field(default_factory=list)

    def __call__(self, blobs: Iterable[BlobId]) -> Mapping[BlobId, bytes]:
        self.asked.append(list(blobs))
        return {b: self.known[b] for b in self.asked[-1] if b in self.known}


def school(**more: bytes | None) -> dict[str, bytes]:
    """A programme of two people, one micro-credential, one stack and Ana's award."""
    return {
        "mcred.yaml": encode(a_programme()),
        "README.md": b"# Ours\n",
        profile_path(ANA): encode(a_person("ana")),
        profile_path(BEN): encode(a_person("ben")),
        definition_path(WAIT): encode(a_credential()),
        stack_path(StackId("talk")): encode(a_stack()),
        submission_path(ANAS): encode(a_work().submission),
        f"{FOLDER}/1-overview.md": OVERVIEW,
        PLAN: b"Say less.\n",
        request_path(ANAS, 1): encode(a_request()),
        assessment_path(ANAS, 1, MEI): encode(an_assessment()),
        decision_path(ANAS, 1): encode(a_decision()),
        award_path(ANAS, 1): b"{}\n",
    }


def a_tree(changes: Mapping[str, bytes | None] | None = None, absent: tuple[str, ...] = ()) -> FakeTree:
    """The school with some files changed, or taken out with None."""
    files = {**school(), **(changes or {})}
    return FakeTree(
        contents={p: d for p, d in files.items() if d is not None and p not in absent},
        blobs={definition_path(WAIT): BLOB},
        absent=absent,
    )


def catalog_of(tree: FakeTree, blobs: FakeBlobs | None = None, **only: Any) -> tuple[Catalog, list[str]]:
    catalog, problems = read_catalog(tree, blobs or FakeBlobs(), **only)
    return catalog, [str(p) for p in problems]


# The whole


def test_a_sound_programme_is_read_whole() -> None:
    catalog, problems = catalog_of(a_tree())
    assert problems == []
    assert (catalog.commit, catalog.programme) == (MAIN, a_programme())
    assert catalog.people == {ANA: a_person("ana"), BEN: a_person("ben")}
    assert catalog.definitions[WAIT].credential == a_credential()
    assert catalog.definitions[WAIT].blob == BLOB
    assert catalog.editions == {BLOB: a_credential()}
    assert catalog.stacks == {StackId("talk"): a_stack()}
    record = catalog.records[ANAS]
    assert record.assessments == (an_assessment(),)
    assert record.decisions == (a_decision(),)
    assert record.awards == {1: b"{}\n"}
    assert record.work is not None
    assert record.work.request == a_request()
    assert catalog.decided == {(ANAS, 1)}
    assert catalog.holders == {WAIT: {ANA}}


def test_without_a_programme_there_is_nothing_to_read() -> None:
    with pytest.raises(McredError, match=r"there is no mcred\.yaml") as refused:
        read_catalog(a_tree({"mcred.yaml": None}), FakeBlobs())
    assert str(refused.value.hint) == "mcred init DIR"


def test_a_broken_programme_stops_everything_with_all_its_problems() -> None:
    text = encode(a_programme()).replace(b"format: 2\n", b"format: 2\nsignatures: maybe\ntopics: []\n")
    with pytest.raises(McredError, match=r"mcred\.yaml cannot be read") as refused:
        read_programme(a_tree({"mcred.yaml": text}))
    assert [str(p) for p in refused.value.problems] == [
        "mcred.yaml:2:13: error: signatures cannot be 'maybe'",
        "mcred.yaml:3:1: error: unknown key 'topics'",
    ]


@pytest.mark.parametrize(
    ("path", "broken", "lost"),
    [
        (profile_path(ANA), b"format: 2\nid: &x ana\n", "ana"),
        (definition_path(CredentialId("other")), b"format: 2\n", ""),
        (stack_path(StackId("talk")), b"\xff\n", "talk"),
        (submission_path(ANAS), b"format: 2\ncredential: wait-time\n", "work"),
        (assessment_path(ANAS, 1, MEI), b"", "assessment"),
        (decision_path(ANAS, 1), b"- x\n", "decision"),
    ],
)
def test_one_broken_file_is_named_and_left_out_and_the_others_are_there(
    path: str, broken: bytes, lost: str
) -> None:
    catalog, problems = catalog_of(a_tree({path: broken}))
    assert problems
    assert {p.split(":")[0] for p in problems} == {path}
    record = catalog.records[ANAS]
    there = {
        "ana": ANA in catalog.people,
        "ben": BEN in catalog.people,
        "wait-time": WAIT in catalog.definitions,
        "talk": StackId("talk") in catalog.stacks,
        "work": record.work is not None,
        "assessment": bool(record.assessments),
        "decision": bool(record.decisions),
    }
    assert {name for name, is_there in there.items() if not is_there} == ({lost} if lost else set())


def test_a_broken_definition_loses_what_rests_on_it_and_nothing_else() -> None:
    catalog, problems = catalog_of(a_tree({definition_path(WAIT): b"format: 3\n"}))
    assert (
        f"{definition_path(WAIT)}:1:9: error: this file has format 3, but this mcred reads format 2"
        in problems
    )
    assert catalog.records[ANAS].assessments == (an_assessment(),)
    assert set(catalog.people) == {ANA, BEN}


@pytest.mark.parametrize(
    "path",
    [
        profile_path(ANA),
        definition_path(WAIT),
        stack_path(StackId("talk")),
        assessment_path(ANAS, 1, MEI),
        decision_path(ANAS, 1),
    ],
)
def test_a_link_in_the_place_of_a_file_is_named_and_stops_nothing(path: str) -> None:
    _, problems = catalog_of(a_tree(absent=(path,)))
    assert f"{path}: error: this is not a regular file" in problems


def test_an_award_that_is_a_link_is_no_document() -> None:
    assert catalog_of(a_tree(absent=(award_path(ANAS, 1),)))[0].records[ANAS].awards == {}


def test_what_does_not_belong_is_left_aside() -> None:
    strays = {f"{FOLDER}/x.txt": b"\xff", f"{FOLDER}/attempts/one/decision.json": b"[", "docs/a.yaml": b"["}
    assert catalog_of(a_tree(strays))[1] == []


@pytest.mark.parametrize(
    ("path", "value", "what"),
    [
        (profile_path(ANA), a_person("cleo"), "the id is 'cleo', but the file's location says 'ana'"),
        (
            definition_path(WAIT),
            a_credential(id="other"),
            "the id is 'other', but the file's location says 'wait-time'",
        ),
        (
            stack_path(StackId("talk")),
            a_stack(id="other"),
            "the id is 'other', but the file's location says 'talk'",
        ),
        (assessment_path(ANAS, 1, MEI), an_assessment(submission=BENS), "the submission is 'ben/wait-time'"),
        (
            assessment_path(ANAS, 1, MEI),
            an_assessment(attempt=2),
            "the attempt is '2', but the file's location says '1'",
        ),
        (
            assessment_path(ANAS, 1, MEI),
            an_assessment(BEN),
            "the assessor is 'ben', but the file's location says 'mei'",
        ),
        (decision_path(ANAS, 1), a_decision(BENS), "the submission is 'ben/wait-time'"),
        (
            decision_path(ANAS, 1),
            a_decision(attempt=2),
            "the attempt is '2', but the file's location says '1'",
        ),
        (revocation_path(ANAS, 1), a_revocation(BENS), "the submission is 'ben/wait-time'"),
        (
            revocation_path(ANAS, 1),
            a_revocation(attempt=2),
            "the attempt is '2', but the file's location says '1'",
        ),
        (
            reissue_path(ANAS, 1, 2),
            a_reissue(attempt=2),
            "the attempt is '2', but the file's location says '1'",
        ),
        (
            reissue_path(ANAS, 1, 2),
            a_reissue(number=3),
            "the number is '3', but the file's location says '2'",
        ),
        (
            request_path(ANAS, 1),
            a_request(BENS),
            "the submission is 'ben/wait-time', but the file's location says 'ana/wait-time'",
        ),
        (submission_path(ANAS), a_work(SubmissionId(ANA, CredentialId("x"))).submission, "this is for 'x'"),
    ],
)
def test_a_file_counts_only_where_it_belongs(path: str, value: Any, what: str) -> None:
    data = encode(value)
    catalog, problems = catalog_of(a_tree({path: data}))
    (said,) = [p for p in problems if p.startswith(path)]
    assert what in said
    line = int(said.split(":")[1])
    key = "credential" if "this is for" in what else what.split()[1]
    assert data.decode().splitlines()[line - 1].startswith((f"{key}:", f'  "{key}":'))
    assert value not in (*catalog.people.values(), *catalog.records[ANAS].decisions)


# Counting from names


def test_who_holds_and_what_is_decided_is_read_from_names_alone() -> None:
    names = (
        *(decision_path(BENS, n) for n in (1, 2)),
        award_path(BENS, 2),
        decision_path(SubmissionId(ANA, CredentialId("other")), 1),
    )
    catalog, problems = catalog_of(a_tree(absent=names), only=frozenset())
    assert problems == []
    assert catalog.records == {}
    assert catalog.decided == {(ANAS, 1), (BENS, 1), (BENS, 2), (SubmissionId(ANA, CredentialId("other")), 1)}
    assert catalog.holders == {WAIT: {ANA, BEN}}
    assert catalog.assessed(WAIT) == 3
    assert catalog.held_by(BEN) == {WAIT}


def test_a_revoked_award_is_held_no_more_unless_there_is_another() -> None:
    twice = (award_path(ANAS, 2), award_path(ANAS, 1, 2))
    revoked = revocation_path(ANAS, 1)
    assert catalog_of(a_tree(absent=(revoked,)), only=frozenset())[0].holders == {}
    assert catalog_of(a_tree(absent=(revoked, twice[1])), only=frozenset())[0].holders == {}
    assert catalog_of(a_tree(absent=(revoked, *twice)), only=frozenset())[0].holders == {WAIT: {ANA}}
    others = catalog_of(a_tree(absent=(revocation_path(BENS, 1),)), only=frozenset())[0]
    assert others.holders == {WAIT: {ANA}}


# What became of an award


def test_what_became_of_an_award_is_read() -> None:
    files = {
        award_path(ANAS, 1, 2): b"second",
        reissue_path(ANAS, 1, 2): encode(a_reissue()),
        revocation_path(ANAS, 1): encode(a_revocation()),
        status_path(3): b"list",
    }
    catalog, problems = catalog_of(a_tree(files))
    assert problems == []
    record = catalog.records[ANAS]
    assert (record.awards, record.issued_again) == ({1: b"{}\n"}, {(1, 2): b"second"})
    assert (record.reissues, record.revocations) == ((a_reissue(),), {1: a_revocation()})
    assert catalog.lists == {3: b"list"}
    assert all(is_wanted(path, None) for path in files)


def test_a_revocation_that_cannot_be_read_counts_all_the_same() -> None:
    catalog, problems = catalog_of(a_tree({revocation_path(ANAS, 1): b"format: 2\n"}))
    assert catalog.records[ANAS].revocations == {1: None}
    assert (catalog.records[ANAS].live, catalog.holders) == ((), {})
    assert problems and all(p.startswith(revocation_path(ANAS, 1)) for p in problems)


def test_a_stacks_badges_belong_to_no_submission() -> None:
    talk = StackId("talk")
    files = {stack_award_path(ANA, talk, 1): b"{}", stack_revocation_path(ANA, talk, 1): b""}
    catalog, problems = catalog_of(a_tree(files))
    assert set(catalog.records) == {ANAS}
    record = catalog.stacked[(ANA, talk)]
    assert (record.awards, record.revocations, record.live, record.free) == ({1: None}, {1: None}, None, 2)
    assert len(problems) == 2, "what cannot be read is named, and counts all the same"
    assert catalog.holders == {WAIT: {ANA}}
    assert all(is_wanted(path, frozenset({ANAS})) and is_wanted(path, None) for path in files)
    assert not any(is_wanted(path, frozenset()) for path in files)


def test_only_the_asked_submissions_become_records() -> None:
    files = {submission_path(BENS): encode(a_work(BENS).submission), submission_path(ANAS): b"broken: ["}
    catalog, problems = catalog_of(a_tree(files), only=frozenset({BENS}))
    assert (set(catalog.records), problems) == ({BENS}, [])


def test_bytes_are_wanted_of_what_is_read_and_of_nothing_else() -> None:
    wanted = {path for path in a_tree().entries if is_wanted(path, None)}
    assert set(a_tree().entries) - wanted == {"README.md", PLAN}
    few = {path for path in a_tree().entries if is_wanted(path, frozenset({BENS}))}
    assert few == {p for p in wanted if not p.startswith(f"{FOLDER}/")}
    example = "credentials/wait-time/examples/good/"
    assert is_wanted(f"{example}submission.yaml", frozenset())
    assert not is_wanted(f"{example}evidence/class.mp4", None)
    assert not is_wanted(f"{FOLDER}/stray.yaml.txt", None)


def test_reading_what_is_wanted_is_enough() -> None:
    tree = a_tree()
    few = a_tree(absent=tuple(p for p in tree.contents if not is_wanted(p, frozenset())))
    assert catalog_of(few, only=frozenset())[1] == []


# Past editions

OLD = BlobId("9" * 40)
OLDER = BlobId("8" * 40)


def decided_by(blob: BlobId, submission: SubmissionId = ANAS, attempt: int = 1) -> bytes:
    ref = DefinitionRef(version=Version("1.1.0"), blob=blob)
    return encode(a_decision(submission, attempt=attempt, definition=ref))


def test_past_editions_are_asked_for_once_each_and_all_at_once() -> None:
    blobs = FakeBlobs(
        {OLD: encode(a_credential(version="1.1.0")), OLDER: encode(a_credential(version="1.0"))}
    )
    tree = a_tree(
        {
            decision_path(ANAS, 1): decided_by(OLD),
            decision_path(ANAS, 2): decided_by(BLOB, attempt=2),
            decision_path(BENS, 1): decided_by(OLD, BENS),
            decision_path(BENS, 2): decided_by(OLDER, BENS, 2),
        }
    )
    catalog, problems = catalog_of(tree, blobs)
    assert problems == []
    assert [sorted(asked) for asked in blobs.asked] == [[OLDER, OLD]]
    assert {b: e.version for b, e in catalog.editions.items()} == {BLOB: "1.2.0", OLD: "1.1.0", OLDER: "1.0"}


def test_nothing_is_asked_for_when_the_present_edition_is_all_there_is() -> None:
    blobs = FakeBlobs()
    catalog_of(a_tree(), blobs)
    assert blobs.asked == []


def test_decided_work_is_read_by_the_edition_it_was_decided_by() -> None:
    part = a_credential().parts[0]
    old = a_credential(parts=(replace(part, items=(Item(id=Slug("setting"), title="Old words"),)),))
    tree = a_tree(
        {decision_path(ANAS, 1): decided_by(OLD), f"{FOLDER}/1-overview.md": b"## Old words\n\nIt.\n"}
    )
    catalog, problems = catalog_of(tree, FakeBlobs({OLD: encode(old)}))
    work = catalog.records[ANAS].work
    assert problems == []
    assert work is not None
    assert work.answers[Slug("setting")].text == "It."


def test_work_whose_edition_is_lost_is_left_out_and_the_decision_named() -> None:
    catalog, problems = catalog_of(a_tree({decision_path(ANAS, 1): decided_by(OLD)}))
    assert [p.partition(": ")[0] for p in problems] == [decision_path(ANAS, 1)]
    assert "9999999999" in problems[0]
    assert catalog.records[ANAS].work is None
    assert catalog.records[ANAS].decisions


def test_an_edition_of_another_micro_credential_is_none_of_this_one() -> None:
    blobs = FakeBlobs({OLD: encode(a_credential(id="other"))})
    catalog, problems = catalog_of(a_tree({decision_path(ANAS, 1): decided_by(OLD)}), blobs)
    assert (
        "credentials/wait-time/credential.yaml (as it was then):2:5: error: the id is 'other'" in problems[0]
    )
    assert OLD not in catalog.editions


def test_a_portfolio_for_an_unknown_micro_credential_is_named() -> None:
    lost = SubmissionId(BEN, CredentialId("wait-tme"))
    catalog, problems = catalog_of(a_tree({submission_path(lost): encode(a_work(lost).submission)}))
    assert problems == [f"{submission_path(lost)}: error: there is no micro-credential 'wait-tme'"]
    assert catalog.records[lost].work is None


def test_a_programme_may_add_types_of_evidence() -> None:
    part = a_credential().parts[1]
    song = replace(part.items[0], accepts=(Slug("song"),))
    definition = encode(a_credential(parts=(replace(part, items=(song, part.items[1])),)))
    assert "there is no evidence type 'song'" in catalog_of(a_tree({definition_path(WAIT): definition}))[1][0]
    text = encode(a_programme()) + b"evidence_types: [song]\n"
    tree = a_tree({"mcred.yaml": text, definition_path(WAIT): definition, f"{FOLDER}/1-overview.md": None})
    assert catalog_of(tree)[1] == []


# A submission's folder


def a_folder(changes: Mapping[str, bytes | None]) -> FakeTree:
    return a_tree({f"{FOLDER}/{path}": data for path, data in changes.items()})


def work_of(tree: FakeTree, definition: Credential | None = None) -> tuple[Work | None, tuple[Problem, ...]]:
    return read_work(ANAS, tree, definition or a_credential())


def answers_of(
    overview: str | bytes, definition: Credential | None = None
) -> tuple[dict[str, str], list[str]]:
    data = overview.encode() if isinstance(overview, str) else overview
    work, problems = work_of(a_folder({"1-overview.md": data}), definition)
    assert work is not None
    return {str(i): a.text for i, a in work.answers.items()}, [str(p) for p in problems]


def test_a_folder_is_read_with_answers_files_and_request() -> None:
    work, problems = work_of(a_tree())
    assert problems == ()
    assert work is not None
    assert work.submission == a_work().submission
    answer = work.answers[Slug("setting")]
    assert (answer.text, answer.words) == ("My class of nine-year-olds.", 4)
    assert str(answer.where) == f"{FOLDER}/1-overview.md:3"
    assert {p: f.size for p, f in work.files.items()} == {"evidence/plan.md": 10}
    assert work.request == a_request()


def test_a_folder_without_a_list_says_how_to_start() -> None:
    work, (problem,) = work_of(a_folder({"submission.yaml": None}))
    assert work is None
    assert (str(problem), str(problem.hint)) == (
        f"{FOLDER}/submission.yaml: error: there is no submission.yaml",
        "mcred start wait-time",
    )


def test_the_problems_of_all_files_of_a_folder_are_said_at_once() -> None:
    files = {
        "submission.yaml": b"format: 2\n",
        "1-overview.md": b"## Nope\n",
    }
    work, problems = work_of(a_folder(files))
    assert work is None
    assert {p.where.file.rpartition("/")[2] for p in problems if p.where} == set(files)


def test_a_broken_request_leaves_the_work_readable() -> None:
    work, problems = work_of(a_folder({"attempts/1/request.json": b"format: 2\n"}))
    assert work is not None
    assert work.request is None
    assert problems


def test_files_of_others_with_a_longer_name_are_not_taken() -> None:
    other = "portfolios/ana/wait-time-2/evidence/x.md"
    work, _ = work_of(a_tree({other: b"x"}))
    assert work is not None
    assert set(work.files) == {"evidence/plan.md"}


@pytest.mark.parametrize(
    "heading",
    ["## Your setting", "##   your  SETTING  ##", "Your setting\n---", "## Your\u00a0setting"],
)
def test_an_answer_is_found_by_its_heading_however_it_is_typed(heading: str) -> None:
    assert answers_of(f"{heading}\n\nHere.\n") == ({"setting": "Here."}, [])


def test_an_accent_may_be_typed_in_either_way() -> None:
    part = a_credential().parts[0]
    item = Item(id=Slug("ecole"), title="Ton \u00e9cole")
    definition = a_credential(parts=(replace(part, items=(item,)),))
    assert answers_of("## Ton e\u0301cole\n\nIci.\n", definition) == ({"ecole": "Ici."}, [])


def test_guidance_is_no_answer_and_no_file_is_no_answer() -> None:
    assert answers_of("## Your setting\n<!-- Write. -->\n") == ({"setting": ""}, [])
    work, problems = work_of(a_folder({"1-overview.md": None}))
    assert work is not None
    assert (dict(work.answers), problems) == ({}, ())


@pytest.mark.parametrize(
    ("heading", "hint"),
    [("Your settings", "did you mean ## Your setting?"), ("Zebra", "the headings are Your setting")],
)
def test_an_unknown_heading_is_named_with_the_nearest(heading: str, hint: str) -> None:
    work, (problem,) = work_of(a_folder({"1-overview.md": f"# P\n\n##  {heading}\n\nx\n".encode()}))
    assert work is not None
    assert (str(problem), str(problem.hint)) == (
        f"{FOLDER}/1-overview.md:3: error: no question has the heading “{heading}”",
        hint,
    )
    assert problem.where is not None
    assert problem.where.source == f"##  {heading}"


UNSEEN = (0x200B, 0x200C, 0x200D, 0x2060, 0xAD, 0x34F, 0x180E, 0xFE0F, 0xE0100, 0xE0001, 0xE0061, 0x3164)
NAMED = (0xFEFF, 0x2028, 0x202E)
"""Those that are refused anywhere in an answer's file; the heading is found all the same."""


@pytest.mark.parametrize("code", [*UNSEEN, *NAMED, 0xA0], ids=hex)
@pytest.mark.parametrize(
    "form", ["## Your{} setting", "## Your setting{}", "##{}Your setting", "{}## Your setting"]
)
def test_what_no_one_sees_in_a_heading_does_not_matter(form: str, code: int) -> None:
    if "r{} s" in form and code in (0xA0, 0x2028):
        form = "## Your{}setting"
    if (form[0], code) == ("{", 0xA0):
        form = "## {}Your setting"
    if code == 0x2028 and form.startswith(("##{}", "{}")):
        form = "## {}Your setting"
    answers, problems = answers_of(form.format(chr(code)) + "\n\nHere.\n")
    at_start = code == 0xFEFF and form[0] == "{"
    assert answers == {"setting": "Here."}
    assert problems == [] or (code in NAMED and f"there is a hidden character (U+{code:04X})" in problems[0])
    assert len(problems) == (code in NAMED and not at_start)


def test_what_no_one_sees_in_an_unknown_heading_is_named_by_its_code() -> None:
    (problem,) = answers_of("## Your\u200b settings\u00ad\n\nHere.\n")[1]
    assert "no question has the heading “Your(U+200B) settings(U+00AD)”" in problem
    assert problem.startswith(f"{FOLDER}/1-overview.md:1:8: ")


def test_the_first_of_two_equal_headings_counts_and_the_second_is_named() -> None:
    answers, problems = answers_of("## Your setting\n\none\n\n## your setting\n\ntwo\n")
    assert answers == {"setting": "one"}
    assert problems == [f"{FOLDER}/1-overview.md:5: error: the heading “your setting” appears twice"]


def test_a_heading_of_another_part_is_unknown_in_this_one() -> None:
    assert "no question has the heading “Lesson plan”" in answers_of("## Lesson plan\n\nx\n")[1][0]


def test_answers_that_are_not_utf8_are_named_by_their_line() -> None:
    answers, problems = answers_of(b"## Your setting\n\n\xe9cole\n")
    assert (answers, problems) == ({}, [f"{FOLDER}/1-overview.md:3: error: the text is not UTF-8"])


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_its_mark_is_named_once(encoding: str) -> None:
    _, problems = answers_of("## Your setting\n\nHere.\n".encode(encoding))
    assert problems == [f"{FOLDER}/1-overview.md:1: error: the text is not UTF-8"]


def test_an_old_line_end_is_no_hidden_character() -> None:
    assert answers_of("# Part\r\r## Your setting\r\rHere.\r") == ({"setting": "Here."}, [])


def test_hidden_characters_in_answers_are_named_line_by_line() -> None:
    _, problems = answers_of("\ufeff## Your setting\r\n\r\na\u202eb\r\n\r\ncd\x1b\r\n")
    assert problems == [
        f"{FOLDER}/1-overview.md:3:2: error: there is a hidden character (U+202E) here",
        f"{FOLDER}/1-overview.md:5:3: error: there is a hidden character (U+001B) here",
    ]


def test_a_remark_that_hides_answers_is_named_where_it_begins() -> None:
    _, problems = answers_of("# Part\n\n<!-- Write below.\n\n## Your setting\n\nLost.\n")
    assert len(problems) == 1
    assert problems[0].startswith(
        f"{FOLDER}/1-overview.md:3: error: a hidden comment starts here and never ends"
    )


LISTED = """\
format: 2
credential: wait-time
version: 1.2.0
evidence:
  - item: lesson-plan
    type: lesson-plan
    title: Plan
"""


def listing_problems(*lines: str) -> list[tuple[str, str, str]]:
    text = LISTED + "".join(f"    {line}\n" if not line.startswith("  -") else f"{line}\n" for line in lines)
    work, problems = work_of(a_folder({"submission.yaml": text.encode()}))
    assert (work is None) == bool(problems)
    return [(str(p.where).removeprefix(f"{FOLDER}/submission.yaml:"), p.what, str(p.hint)) for p in problems]


@pytest.mark.parametrize(
    "file",
    [
        *(
            "../mei/x",
            "/etc/passwd",
            "evidence/../../mei/x",
            "evidence",
            "evidence/",
            "plan.md",
            "evidence//x",
        ),
        *("./evidence/x", "evidence/./x", "Evidence/x", "evidence\\x", "C:/x", "attempts/1/decision.json"),
    ],
)
def test_evidence_outside_its_folder_is_refused(file: str) -> None:
    assert listing_problems(f"file: '{file}'") == [
        (
            "8:11",
            f"'{file}' is not in the evidence folder",
            "mcred add FILE --for lesson-plan --type lesson-plan",
        )
    ]


@pytest.mark.parametrize(
    "url", ["ftp://example.org/x", "javascript:alert(1)", "file:///x", "www.example.org", "//x"]
)
def test_a_link_that_is_no_web_address_is_refused(url: str) -> None:
    assert listing_problems(f"url: '{url}'") == [("8:10", "this is not a web address", "start with https://")]


@pytest.mark.parametrize("name", ["file: evidence/a.md", "url: https://example.org/a"])
def test_the_same_piece_twice_is_named_at_the_second(name: str) -> None:
    again = ("  - item: class-video", "type: video", "title: Again", name)
    value = name.partition(": ")[2]
    assert listing_problems(name, *again) == [("9:5", f"'{value}' is listed twice", "keep only one of them")]


def test_pieces_without_file_or_link_are_left_to_the_check_for_gaps() -> None:
    assert listing_problems("  - {item: a, type: b, title: c}", "  - {item: a, type: b, title: c}") == []


@pytest.mark.parametrize("digest", ["abc", "Z" * 64, "A" * 64, "0" * 40])
def test_a_digest_that_is_none_is_refused(digest: str) -> None:
    (found,) = listing_problems("url: https://example.org/a", f"sha256: '{digest}'")
    assert found[:2] == ("9:13", "this is not a SHA-256")


def test_sound_evidence_is_taken() -> None:
    digest = f"sha256: '{'0' * 64}'"
    assert listing_problems("file: evidence/day one/plan é.md") == []
    assert listing_problems("url: http://example.org/a", digest) == []


# Golden examples

EXAMPLES = "credentials/wait-time/examples"
AGREED = Agreed(format=2, outcome="award", scores=(Score(criterion=Slug("context"), level=Slug("passing")),))


def examples_of(files: Mapping[str, bytes]) -> tuple[list[str], list[str]]:
    tree = FakeTree(contents={f"{EXAMPLES}/{p}": d for p, d in files.items()})
    examples, problems = read_examples(WAIT, tree, a_credential())
    return [e.name for e in examples], [str(p) for p in problems]


def an_example(name: str) -> dict[str, bytes]:
    submission = SubmissionId(PersonId(name), WAIT)
    return {
        f"{name}/submission.yaml": encode(a_work(submission).submission),
        f"{name}/agreed.yaml": encode(AGREED),
        f"{name}/1-overview.md": OVERVIEW,
        f"{name}/evidence/plan.md": b"x",
    }


def test_golden_examples_are_read_in_the_order_of_their_names() -> None:
    names, problems = examples_of({**an_example("revise"), **an_example("good"), "README.md": b"# Why\n"})
    assert (names, problems) == (["good", "revise"], [])


def test_an_example_is_a_whole_submission_with_what_was_agreed() -> None:
    tree = FakeTree(contents={f"{EXAMPLES}/{p}": d for p, d in an_example("good").items()})
    ((example,), _) = read_examples(WAIT, tree, a_credential())
    assert example.agreed == AGREED
    assert set(example.work.files) == {"evidence/plan.md"}
    assert example.work.answers[Slug("setting")].words == 4


@pytest.mark.parametrize(
    ("path", "data", "where", "what"),
    [
        ("agreed.yaml", None, "agreed.yaml", "there is no agreed.yaml"),
        (
            "agreed.yaml",
            b"format: 2\noutcome: aword\nscores: []\n",
            "agreed.yaml:2:10",
            "outcome cannot be 'aword'",
        ),
        ("submission.yaml", None, "submission.yaml", "there is no submission.yaml"),
    ],
)
def test_a_broken_example_is_named_and_the_others_are_there(
    path: str, data: bytes | None, where: str, what: str
) -> None:
    files: dict[str, bytes | None] = {**an_example("good"), **an_example("other"), f"good/{path}": data}
    names, problems = examples_of({p: d for p, d in files.items() if d is not None})
    assert names == ["other"]
    assert problems == [f"{EXAMPLES}/good/{where}: error: {what}"]


def test_an_example_whose_name_is_no_id_is_named() -> None:
    assert examples_of({"Very Good/submission.yaml": b""}) == (
        [],
        [f"{EXAMPLES}/Very Good: error: this name is not an id"],
    )


def test_any_folder_can_hold_a_submission() -> None:
    tree = FakeTree(contents={"x/submission.yaml": encode(a_work().submission), "x/1-overview.md": OVERVIEW})
    work, problems = read_folder("x", ANAS, tree, a_credential())
    assert problems == ()
    assert work is not None
    assert work.where.file == "x/submission.yaml"


def test_gaps_in_evidence_name_the_line_of_the_entry_or_of_the_list() -> None:
    listing = (
        b"format: 2\ncredential: wait-time\nversion: 1.2.0\n# what I made\nevidence:\n"
        b"  - item: lesson-plan\n    type: lesson-plan\n    title: One\n    file: evidence/gone.md\n"
        b"  - item: lesson-plan\n    type: video\n    title: Two\n    url: https://a.example/2\n"
    )
    tree = a_tree({f"{FOLDER}/submission.yaml": listing}, absent=())
    work, _ = read_work(ANAS, tree, a_credential())
    assert work is not None
    said = {(g.what, g.where.line) for g in find_gaps(work, a_credential()) if g.where}
    assert ("the file evidence/gone.md was not found", 6) in said
    assert ("“Lesson plan” does not accept video", 10) in said
    assert ("“Class video” needs 1 (video or observation) and has none", 5) in said

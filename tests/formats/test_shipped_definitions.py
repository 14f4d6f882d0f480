"""The definitions that come with mcred are fit to be published: read, taught by and judged by strangers.

`mcred lint` sees to it that they fit together and that each example comes out as agreed. What is held here is
what `credentials/README.md` asks of whoever writes one.
"""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from mcred.cli.demo import to_publish
from mcred.domain.assessment import Agreed
from mcred.domain.credential import EVIDENCE_TYPES, Credential, Stack
from mcred.domain.submission import Submission
from mcred.formats.decode import decode
from mcred.shipped import shipped

ROOT = shipped("credentials")
TOOLS = Path(__file__).parents[2] / "tools"
DOI = re.compile(r"https://doi\.org/10\.[0-9]{4,9}/[!-~]+(?<![.,;])")
ADDRESS = re.compile(r"https://[a-z0-9.-]+\.[a-z]{2,}/[!-~]*")
YEAR = re.compile(r"\((1[89]|20)[0-9]{2}\)")
QUOTED = re.compile(r"\"([^\"]+)\"|«([^»]+)»")


def read(path: Path, kind: type) -> object:
    value, problems = decode(path.read_bytes(), kind, str(path))
    assert value is not None, problems
    return value


def definition_at(folder: Path) -> Credential:
    value = read(folder / "credential.yaml", Credential)
    assert isinstance(value, Credential)
    return value


FOLDERS = sorted(path.parent for path in ROOT.glob("*/credential.yaml"))
EXAMPLES = sorted(path.parent for path in ROOT.glob("*/examples/*/agreed.yaml"))
STACKS = sorted(ROOT.glob("stacks/*.yaml"))
each = pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
each_example = pytest.mark.parametrize("example", EXAMPLES, ids=lambda p: f"{p.parent.parent.name}/{p.name}")


def agreed_at(example: Path) -> Agreed:
    value = read(example / "agreed.yaml", Agreed)
    assert isinstance(value, Agreed)
    return value


@each
def test_it_says_who_may_learn_what_and_how_long_it_takes(folder: Path) -> None:
    found = definition_at(folder)
    assert found.id == folder.name and found.status == "live"
    least = 3 if found.topics[0] == "Getting Started" else 5
    assert found.hours is not None and least <= found.hours <= 20
    assert len(found.method_components) >= 4 and len(found.alignment) >= 3
    assert len(found.for_recognizers.split()) >= 50
    assert found.competency.count(". ") == 0, "one sentence, one skill"


@each
def test_what_it_rests_on_can_be_looked_up(folder: Path) -> None:
    found = definition_at(folder)
    assert len(found.research) >= 5 and len(found.resources) >= 3
    for work in found.research:
        assert YEAR.search(work.citation), work.citation
        assert len(work.summary.split()) >= 15, work.citation
    assert any(resource.free for resource in found.resources)
    urls = [cited.url for kind in (found.research, found.resources, found.alignment) for cited in kind]
    assert [url for url in urls if url and not ADDRESS.fullmatch(url)] == []
    assert [url for url in urls if "doi.org" in url and not DOI.fullmatch(url)] == []


@each
def test_what_is_free_can_be_opened_and_each_part_of_the_method_can_be_learned(folder: Path) -> None:
    found = definition_at(folder)
    assert all(resource.url for resource in found.resources if resource.free)
    assert all(standard.url for standard in found.alignment)
    assert {part.id for part in found.method_components} <= {r.component for r in found.resources}


def test_the_page_of_citations_follows_the_definitions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(TOOLS))
    written = importlib.import_module("citations").written
    page = (TOOLS.parent / "docs" / "citations.md").read_text("utf-8")
    assert page == written(page), "type: python tools/citations.py"
    by_hand = page.replace("| no (no network) |", "| yes, 2026-12-15 |")
    assert by_hand != page and by_hand == written(by_hand), "what was written by hand is kept"


@each
def test_nothing_is_asked_for_that_no_criterion_reads(folder: Path) -> None:
    for part in definition_at(folder).parts:
        read_items = {item.id for criterion in part.criteria for item in part.items_of(criterion)}
        assert {item.id for item in part.items} == read_items


@each
def test_every_level_says_what_an_assessor_would_see(folder: Path) -> None:
    for criterion in definition_at(folder).criteria:
        texts = [" ".join(text.split()) for text in criterion.levels.values()]
        assert len(set(texts)) == len(texts)
        # The best level needs a full sentence; the last may be "Students did not look back".
        assert len(texts[0].split()) >= 15, criterion.id
        assert all(len(text.split()) >= 4 for text in texts), criterion.id
        assert len(criterion.guidance.split()) >= 7, criterion.id


@each
def test_one_example_earns_the_award(folder: Path) -> None:
    outcomes = [agreed_at(path).outcome for path in EXAMPLES if path.parent.parent == folder]
    assert "award" in outcomes
    assert agreed_at(folder / "examples" / "proficient").outcome == "award", "the tour hands this one in"


@each_example
def test_feedback_quotes_what_the_teacher_wrote(example: Path) -> None:
    files = [*example.glob("*.md"), *(example / "evidence").iterdir(), example / "submission.yaml"]
    rubric = (example.parent.parent / "credential.yaml").read_text("utf-8")
    work = plain(" ".join([path.read_text("utf-8") for path in files] + [rubric]))
    for score in agreed_at(example).scores:
        assert len(score.feedback.split()) >= 12, score.criterion
        for found in QUOTED.finditer(score.feedback):
            quoted = plain(found[1] or found[2])
            # One or two words between quotation marks may be a manner of speaking.
            assert len(quoted.split()) < 3 or quoted in work, (score.criterion, found[0])


def plain(text: str) -> str:
    """Words alone: no emphasis, marks at the end, or line ends."""
    return " ".join(re.sub(r"[^\w\s]", " ", text.replace("…", " ")).casefold().split())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_what_the_sample_publishes_shows_no_student(folder: Path) -> None:
    listed = read(folder / "examples" / "proficient" / "submission.yaml", Submission)
    assert isinstance(listed, Submission)
    published = to_publish(folder.name)
    assert published and not any(piece.students for piece in published)
    assert {*listed.evidence} - {*published} == {piece for piece in listed.evidence if piece.students}


@pytest.mark.parametrize("path", STACKS, ids=lambda path: path.stem)
def test_a_stack_takes_what_there_is_and_says_why(path: Path) -> None:
    stack = read(path, Stack)
    assert isinstance(stack, Stack)
    assert stack.id == path.stem and 2 <= stack.needed <= len(stack.credentials)
    assert {str(c) for c in stack.credentials} <= {folder.name for folder in FOLDERS}
    assert len(stack.text.split()) >= 60 and len(stack.for_recognizers.split()) >= 30


def test_all_kinds_of_evidence_are_known_and_many_are_asked_for() -> None:
    asked = {kind for folder in FOLDERS for item in definition_at(folder).items for kind in item.accepts}
    assert asked <= set(EVIDENCE_TYPES)
    assert len(asked) >= 8

"""`mcred diff`: a draft since the last feedback, attempts, days, other people's work, what is asked again."""

from __future__ import annotations

import json
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from msgspec.structs import replace

from mcred.domain.credential import Words
from mcred.domain.ids import Version
from mcred.formats.encode import encode
from tests.cli.town import ANSWER, DEFINITIONS, SLIP, WAIT, Town, git

PDF = Path(__file__).parents[1] / "formats" / "three-pages.pdf"


def rewrite(town: Town, person: str, path: str, old: str, new: str, credential: str = WAIT) -> None:
    """Someone edits a file of their own folder."""
    place = town.folder(person, credential) / path
    text = place.read_text("utf-8")
    assert old in text
    place.write_text(text.replace(old, new), "utf-8")


def revise(town: Town) -> None:
    """Ana answers the feedback, and sends it again."""
    rewrite(town, "ana", "evidence/plan.md", "three seconds", "five seconds")
    town.run("ana", "submit", "--note", "Waited longer.", "--attest", "all")


def test_my_draft_since_the_feedback(back: Town) -> None:
    rewrite(back, "ana", "evidence/plan.md", "three seconds", "five seconds")
    rewrite(back, "ana", "1-overview.md", "a quiet goal", "a loud one")
    before = back.refs("ana"), back.files("ana")
    ran = back.run("ana", "diff")
    assert "from attempt 1 to your draft" in ran.out
    assert "Period two, ten year olds, and a [-quiet goal.-] {+loud one.+}" in ran.out
    assert "Wait [-three-] {+five+} seconds," in ran.out
    assert "evidence/plan.md, 42 bytes → 41 bytes" in ran.out
    assert ran.next == "mcred check wait-time"
    assert (back.refs("ana"), back.files("ana")) == before, "showing changes nothing"


def test_each_remark_has_its_answer_or_is_not_addressed(back: Town) -> None:
    rewrite(back, "ana", "1-overview.md", "quiet", "loud")
    lines = back.run("ana", "diff").out.splitlines()
    said = next(n for n, text in enumerate(lines) if "Say more here." in text)
    assert lines[said + 1].strip() == "not addressed", "the overview is no answer to a remark on the plan"
    issuer = next(n for n, text in enumerate(lines) if "Open the questions." in text)
    assert lines[issuer + 1].strip() == "answered by: Your setting"
    rewrite(back, "ana", "evidence/plan.md", "twice", "thrice")
    lines = back.run("ana", "diff").out.splitlines()
    assert lines[said + 1 :].count("      answered by: Lesson plan") == 1


def test_reflowing_answers_nothing(back: Town) -> None:
    rewrite(back, "ana", "1-overview.md", ANSWER, ANSWER.replace(" and", "\nand"))
    ran = back.run("ana", "diff")
    assert "the same words, formatted differently" in ran.out
    assert "[-" not in ran.out
    assert "answered by" not in ran.out


def test_an_untouched_draft_has_not_changed(back: Town) -> None:
    ran = back.run("ana", "diff")
    assert "Nothing has changed." in ran.out
    assert ran.out.count("not addressed") == 3
    assert back.run("ana", "diff", "--json").json["same"] is True


def test_evidence_added_removed_renamed_and_moved(back: Town) -> None:
    desk = back.desk("ana")
    (desk / "more.md").write_text("# More\n", "utf-8")
    back.run("ana", "add", str(desk / "more.md"), "--for", "lesson-plan", "--in", WAIT)
    folder = back.folder("ana")
    (folder / "evidence" / "talk.md").rename(folder / "evidence" / "class-talk.md")
    rewrite(back, "ana", "submission.yaml", "evidence/talk.md", "evidence/class-talk.md")
    ran = back.run("ana", "diff")
    assert "added: more (lesson-plan)" in ran.out
    assert "evidence/more.md, 7 bytes" in ran.out
    assert "renamed: talk (observation)" in ran.out
    assert "evidence/talk.md → evidence/class-talk.md" in ran.out
    found = back.run("ana", "diff", "--json").json
    kinds = [e["change"] for p in found["parts"] for i in p["items"] for e in i["evidence"]]
    assert kinds == ["added", "renamed"]


def test_pages_of_a_pdf_are_counted(back: Town) -> None:
    desk = back.desk("ana")
    (desk / "scan.pdf").write_bytes(PDF.read_bytes())
    back.run("ana", "add", str(desk / "scan.pdf"), "--for", "lesson-plan", "--in", WAIT)
    assert "3 pages" in back.run("ana", "diff").out


def test_two_attempts_with_their_levels(back: Town) -> None:
    revise(back)
    back.assess("ana")
    back.decide("ana")
    for person in ("ana", "rosa"):
        back.run(person, "sync")
        ran = back.run(person, "diff", "ana/wait-time", "--from", "1", "--to", "2")
        assert "from attempt 1 to attempt 2" in ran.out
        assert "Questions: developing → proficient" in ran.out
        assert "the note on what changed" in ran.out
        assert "attempt 1 → 2" in ran.out
    assert back.run("ana", "diff", "wait-time").out.startswith("Wait Time"), "earned: the last two attempts"
    assert "[-five-] {+three+}" in back.run("ana", "diff", WAIT, "--from", "2", "--to", "1").out


def test_two_days_and_two_entries_of_the_history(back: Town) -> None:
    first = back.now.date()
    rewrite(back, "ana", "1-overview.md", "quiet", "loud")
    back.run("ana", "save", wait=timedelta(days=3))
    second = back.now.date()
    rewrite(back, "ana", "1-overview.md", "loud", "daring")
    back.run("ana", "save", wait=timedelta(days=3))
    ran = back.run("ana", "diff", "--from", str(first), "--to", str(second))
    assert f"from {first} to {second}" in ran.out
    assert "a [-quiet-] {+loud+} goal." in ran.out
    entry = git(back.home("ana"), "rev-parse", "refs/mcred/draft/ana/wait-time").strip()
    ran = back.run("ana", "diff", "--from", str(second), "--to", entry[:9])
    assert "a [-loud-] {+daring+} goal." in ran.out
    assert f"entry {entry[:10]}" in ran.out


def test_drafts_of_others_are_theirs(back: Town) -> None:
    rewrite(back, "ana", "1-overview.md", "quiet", "secret")
    back.run("ana", "save", wait=timedelta(days=3))
    entry = git(back.home("ana"), "rev-parse", "refs/mcred/draft/ana/wait-time").strip()
    back.run("mei", "sync")
    ran = back.run("mei", "diff", "ana/wait-time", "--to", "draft", expect=5)
    assert "ana has not submitted this draft, and you have not been let in to read it" in ran.err
    ran = back.run("mei", "diff", "ana/wait-time", "--from", "1", "--to", entry[:12], expect=1)
    assert "has no entry" in ran.err
    ran = back.run("mei", "diff", "ana/wait-time", "--from", "1", "--to", str(back.now.date()))
    assert "secret" not in ran.out


def test_two_people_only_with_the_word_of_both(earned: Town) -> None:
    earned.submit("ben")
    both = ("ana/wait-time", "ben/wait-time")
    ran = earned.run("mei", "diff", *both, expect=5)
    assert "ana and ben did not agree" in ran.err
    for person in ("ana", "ben"):
        earned.run(person, "setup", "--share-work")
        earned.run("rosa", "person", "add", person)
        earned.run("mei", "sync")
        expect = 0 if person == "ben" else 5
        ran = earned.run("mei", "diff", *both, expect=expect)
    assert "Wait Time: ana/wait-time and ben/wait-time" in ran.out
    assert "from ana, attempt 1 to ben, attempt 1" in ran.out
    earned.run("ana", "setup", "--keep-work")
    earned.run("rosa", "person", "add", "ana")
    assert "ana did not agree" in earned.run("mei", "diff", *both, expect=5).err
    earned.run("ana", "sync")
    assert earned.run("ana", "diff", *both).code == 0, "nobody needs their own word"


def test_two_micro_credentials_are_not_laid_side_by_side(earned: Town) -> None:
    earned.submit("ben", SLIP)
    ran = earned.run("mei", "diff", "ana/wait-time", f"ben/{SLIP}", expect=1)
    assert "are different micro-credentials" in ran.err


def new_version(town: Town) -> None:
    """Rosa asks for more words, and for another criterion's best level."""
    old = DEFINITIONS[WAIT]
    overview, artifacts = old.parts
    item = replace(overview.items[0], words=Words(min=20, max=60))
    waiting = replace(artifacts.criteria[1], required=None)
    parts = (
        replace(overview, items=(item,)),
        replace(artifacts, criteria=(artifacts.criteria[0], waiting)),
    )
    path = town.home("rosa") / "credentials" / WAIT / "credential.yaml"
    path.write_bytes(encode(replace(old, version=Version("1.3.0"), parts=parts)))
    town.run("rosa", "save", "--programme")


def test_what_a_newer_version_would_ask(earned: Town) -> None:
    earned.run("rosa", "sync")
    assert "Both versions ask the same." in earned.run("ana", "diff", WAIT, "--newer").out
    new_version(earned)
    ran = earned.run("ana", "diff", WAIT, "--newer")
    assert "from version 1.2.0 to version 1.3.0" in ran.out
    assert "3 to 30 words → 20 to 60 words" in ran.out
    assert "needs basic → proficient" in ran.out
    assert "“Your setting” has 9 words, and needs at least 20" in ran.out
    assert "needs re-assessment: Context, Waiting" in ran.out
    assert "asks the same: Questions" in ran.out
    found = earned.run("ana", "diff", WAIT, "--newer", "--json").json
    assert found["judged_anew"] == ["context", "waiting"]
    assert found["schema"] == "mcred/diff-version/1"


STACK = b"""format: 2
id: talk
version: "1.0.0"
title: Classroom talk
credentials: [wait-time, exit-slip]
"""


def test_what_a_stack_would_ask(earned: Town) -> None:
    earned.run("rosa", "sync")
    (earned.home("rosa") / "credentials" / "stacks").mkdir(exist_ok=True)
    (earned.home("rosa") / "credentials" / "stacks" / "talk.yaml").write_bytes(STACK)
    earned.run("rosa", "save", "--programme")
    ran = earned.run("ana", "diff", WAIT, "--stack", "talk")
    assert "1 of 2 earned; 1 still to earn" in ran.out
    assert "Wait Time: earned" in ran.out
    assert "One slip (in writing)" in ran.out
    earned.run("ben", "start", WAIT)
    desk = earned.desk("ben")
    (desk / "plan.md").write_text("# Plan\n", "utf-8")
    earned.run("ben", "add", str(desk / "plan.md"), "--for", "lesson-plan", "--in", WAIT)
    assert (
        "pieces you already have of that type: plan" in earned.run("ben", "diff", WAIT, "--stack", "talk").out
    )
    assert "did you mean talk" in earned.run("ana", "diff", WAIT, "--stack", "tal", expect=1).err


def add_example(town: Town, name: str = "good", **levels: str) -> Path:
    """Rosa takes what Ana sent, with a word changed, as a golden example."""
    source = town.folder("ana")
    place = town.home("rosa") / "credentials" / WAIT / "examples" / name
    (place / "evidence").mkdir(parents=True)
    for path in ("submission.yaml", "1-overview.md", "evidence/plan.md", "evidence/talk.md"):
        (place / path).write_bytes((source / path).read_bytes())
    overview = place / "1-overview.md"
    overview.write_text(overview.read_text("utf-8").replace("quiet", "golden"), "utf-8")
    given = {"context": "passing", "questions": "proficient", "waiting": "basic", **levels}
    rows = "".join(f"  - {{criterion: {c}, level: {level}, feedback: Seen.}}\n" for c, level in given.items())
    (place / "agreed.yaml").write_text(f"format: 2\noutcome: award\nscores:\n{rows}", "utf-8")
    town.run("rosa", "save", "--programme")
    return place


def test_against_a_golden_example(sent: Town) -> None:
    sent.run("rosa", "sync")
    add_example(sent)
    ran = sent.run("ana", "diff", WAIT, "--example", "good")
    assert "from the golden example “good” to your draft" in ran.out
    assert "a [-golden-] {+quiet+} goal." in ran.out
    assert "evidence" not in ran.out, "the same files are no difference"
    assert "it has good" in sent.run("ana", "diff", WAIT, "--example", "nothing", expect=1).err


class _Page(HTMLParser):
    """What a page asks of others, and which marks it has."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.asked += [v or "" for k, v in attrs if k in ("src", "href", "srcset", "action")]


def test_one_page_that_needs_nothing_beside_it(back: Town) -> None:
    rewrite(back, "ana", "1-overview.md", "quiet", "<script>alert(1)</script> loud")
    rewrite(back, "ana", "evidence/plan.md", "twice", "thrice")
    ran = back.run("ana", "diff", "--html", "changes.html")
    assert ran.next == "mcred check wait-time"
    html = (back.home("ana") / "changes.html").read_text("utf-8")
    page = _Page()
    page.feed(html)
    assert not page.asked
    assert "script" not in page.tags
    assert {"del", "ins", "style"} <= set(page.tags)
    assert "&lt;script&gt;" in html
    assert "Not addressed" not in html
    assert "Answered by: Lesson plan" in html
    again = (back.home("ana") / "changes.html").read_bytes()
    back.run("ana", "diff", "--html", "changes.html")
    assert (back.home("ana") / "changes.html").read_bytes() == again


def test_a_page_is_written_over_no_other_file(back: Town) -> None:
    ran = back.run("ana", "diff", "--html", "plan.md", expect=2)
    assert ran.next == "mcred diff --html plan.html"
    other = back.home("ana") / "notes.html"
    other.write_text("<p>My own notes.</p>", "utf-8")
    assert "is something else" in back.run("ana", "diff", "--html", "notes.html", expect=1).err
    assert other.read_text("utf-8") == "<p>My own notes.</p>"
    assert "cannot be written" in back.run("ana", "diff", "--html", "no/such.html", expect=1).err


def test_markdown_that_no_ones_words_can_break(back: Town) -> None:
    rewrite(back, "ana", "1-overview.md", "quiet", "**loud** <b> [x](y)")
    out = back.run("ana", "diff", "--md").out
    assessor = "mei" if "mei" in out else "tom"
    assert "~~quiet~~ **\\*\\*loud\\*\\* \\<b\\> \\[x\\]\\(y\\)**" in out
    assert "\n## Overview questions\n" in out
    assert "\n### Your setting\n" in out
    assert f"\n> {assessor} \\(developing\\): Say more here.\n" in out


def test_the_same_for_machines(back: Town) -> None:
    rewrite(back, "ana", "1-overview.md", "quiet", "loud")
    found = back.run("ana", "diff", "--json").json
    assert found["schema"] == "mcred/diff/1"
    (item,) = found["parts"][0]["items"]
    assert [s["kind"] for s in item["text"]] == ["same", "removed", "added", "same"]
    assert "".join(s["text"] for s in item["text"] if s["kind"] != "added").split() == ANSWER.split()
    questions = next(c for c in found["criteria"] if c["criterion"] == "questions")
    assert questions["remarks"][0]["addressed"] is False
    assert json.dumps(found)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--from", "soon"), "is not a version"),
        (("--from", "1", "--newer"), "one comparison at a time"),
        (("--newer", "--html", "x.html"), "a side-by-side page needs two"),
    ],
)
def test_wishes_that_cannot_be_met(back: Town, words: tuple[str, ...], said: str) -> None:
    ran = back.run("ana", "diff", *words, expect=2)
    assert said in ran.err
    assert ran.next.startswith("mcred diff")


def test_moments_that_never_were(back: Town) -> None:
    assert "there is no attempt 7" in back.run("ana", "diff", "--from", "7", expect=1).err
    assert (
        "nothing had been saved for ana/wait-time by 2020-01-01"
        in back.run("ana", "diff", "--from", "2020-01-01", expect=1).err
    )
    assert "has no entry" in back.run("ana", "diff", "--from", "abcdef0", expect=1).err


def test_without_feedback_it_is_what_was_saved_last(ready: Town) -> None:
    rewrite(ready, "ana", "1-overview.md", "quiet", "loud")
    ran = ready.run("ana", "diff")
    assert "from what you saved last to your draft" in ran.out
    assert "[-quiet-] {+loud+}" in ran.out


def test_nothing_to_compare_with(town: Town) -> None:
    folder = town.home("ana") / "portfolios" / "ana" / WAIT
    town.start("ana")
    work = "work/ana/wait-time/draft"
    for kept in ("mcred/draft/ana/wait-time", f"heads/{work}", f"remotes/origin/{work}"):
        git(town.home("ana"), "update-ref", "-d", f"refs/{kept}")
    git(town.remote, "update-ref", "-d", "refs/heads/work/ana/wait-time/draft")
    ran = town.run("ana", "diff", expect=None)
    assert folder.is_dir()
    assert ran.code == 1
    assert "nothing saved" in ran.err
    assert ran.next == "mcred save"


def test_a_first_attempt_has_nothing_before_it(sent: Town) -> None:
    ran = sent.run("mei", "diff", "ana/wait-time", expect=1)
    assert "the first one" in ran.err
    assert ran.next == "mcred view ana/wait-time"

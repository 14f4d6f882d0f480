"""What this computer remembers and reads back: checkpoints, stored values, steps, names as they are typed."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcred.app import checkpoints
from mcred.app.audit.classify import is_text, touch_of
from mcred.app.audit.contents import ContentCache
from mcred.app.awards.stack_lookup import names_stack
from mcred.app.checkpoints import (
    FILE,
    keep_checkpoint,
    read_checkpoint,
    refuse_rewritten,
    rewritten,
    write_checkpoint,
)
from mcred.app.lookup import need_open, parse_submission
from mcred.domain.audit.values import Touch
from mcred.domain.decision import Checkpoint
from mcred.domain.ids import BlobId, CommitId, CredentialId, StackId, SubmissionId
from mcred.domain.stack_badge import StackRevocation
from mcred.domain.status import Standing, StateWord
from mcred.formats.encode import encode
from mcred.formats.yaml_reader import MAX_BYTES
from mcred.problems import Exit, McredError
from mcred.store.git import Repo, create_repo
from mcred.store.log import Change
from mcred.store.snapshot import Entry
from mcred.store.write import put_blob
from tests.school import (
    ANA,
    ANAS,
    BEN,
    NOON,
    ROSA,
    SENT,
    WAIT,
    a_catalog,
    a_credential,
    a_decision,
    a_person,
    a_programme,
    a_reissue,
    a_request,
    a_revocation,
    a_stack,
)

ONE, TWO, THREE = (CommitId(c * 40) for c in "123")
TALK = StackId("talk")


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return Repo(git_dir=tmp_path, work_tree=None)


class TestCheckpointFile:
    @settings(max_examples=30)
    @given(st.sampled_from([ONE, TWO, CommitId("ab" * 32)]), st.integers(0, 10**6))
    def test_what_is_written_is_read(self, commit: CommitId, awards: int) -> None:
        checkpoint = Checkpoint(commit=commit, awards=awards)
        written = write_checkpoint(checkpoint)
        for data in (written, b"\xef\xbb\xbf" + written, written.decode("ascii").encode("utf-16")):
            found: Any = SimpleNamespace(read_bytes=partial(bytes, data))
            assert read_checkpoint(found) == checkpoint

    def test_as_it_is_published(self) -> None:
        assert write_checkpoint(Checkpoint(commit=ONE, awards=3)) == (
            b'{\n  "ref": "refs/heads/main",\n  "commit": "' + b"1" * 40 + b'",\n  "awards": 3\n}\n'
        )

    @pytest.mark.parametrize(
        "data",
        [
            *(b"", b"{", b"[]", b"3", b"null", b'"text"', b"\xff\xfe", b"{}"),
            json.dumps({"commit": ONE}).encode(),
            json.dumps({"awards": 3}).encode(),
            json.dumps({"commit": ONE, "awards": "3"}).encode(),
            json.dumps({"commit": ONE, "awards": None}).encode(),
            json.dumps({"commit": ONE, "awards": 3.0}).encode(),
            json.dumps({"commit": 1, "awards": 3}).encode(),
            json.dumps({"commit": "1" * 39, "awards": 3}).encode(),
            json.dumps({"commit": "refs/heads/main", "awards": 3}).encode(),
            json.dumps({"commit": "--all", "awards": 3}).encode(),
            json.dumps({"commit": "A" * 40, "awards": 3}).encode(),
        ],
    )
    def test_anything_else_is_none(self, tmp_path: Path, data: bytes) -> None:
        (tmp_path / "c.json").write_bytes(data)
        assert read_checkpoint(tmp_path / "c.json") is None

    def test_no_file_and_a_folder_are_none(self, tmp_path: Path) -> None:
        assert read_checkpoint(tmp_path / "none.json") is None
        assert read_checkpoint(tmp_path) is None


class TestKeptCheckpoint:
    """A line of three commits; which grows out of which is told by their first digits."""

    @pytest.fixture(autouse=True)
    def line(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def grows(repo: Repo, old: CommitId, new: CommitId) -> bool:
            return "9" not in (old[0], new[0]) and old[0] <= new[0]

        monkeypatch.setattr(checkpoints, "is_ancestor", grows)
        monkeypatch.setattr(checkpoints, "resolve", lambda repo, commit: commit)
        monkeypatch.setattr(checkpoints, "check_history", lambda repo, commit: None)

    @pytest.mark.parametrize(
        ("before", "now", "kept"),
        [
            (None, (ONE, 0), (ONE, 0)),
            ((ONE, 0), (TWO, 4), (TWO, 4)),
            ((ONE, 1), (THREE, 1), (THREE, 1)),
            # An older state says nothing new, and is no reason to forget.
            ((THREE, 5), (ONE, 2), (THREE, 5)),
            ((TWO, 4), (TWO, 9), (TWO, 4)),
        ],
    )
    def test_the_newest_is_remembered(
        self,
        repo: Repo,
        before: tuple[CommitId, int] | None,
        now: tuple[CommitId, int],
        kept: tuple[CommitId, int],
    ) -> None:
        for found in filter(None, (before, now)):
            keep_checkpoint(repo, Checkpoint(commit=found[0], awards=found[1]))
        assert read_checkpoint(repo.state_dir / FILE) == Checkpoint(commit=kept[0], awards=kept[1])
        assert [p.name for p in repo.state_dir.iterdir()] == [FILE]

    def test_another_history_is_refused_and_not_remembered(self, repo: Repo) -> None:
        keep_checkpoint(repo, Checkpoint(commit=TWO, awards=4))
        with pytest.raises(McredError) as refused:
            refuse_rewritten(repo, CommitId("9" * 40))
        assert refused.value.code is Exit.CHANGED
        assert "it had 4 awards at 222222222222, which is not part of it now" in refused.value.what
        assert read_checkpoint(repo.state_dir / FILE) == Checkpoint(commit=TWO, awards=4)

    @pytest.mark.parametrize(
        ("how", "middle"), [("", "rewritten; nothing"), ("so", "rewritten: so; nothing")]
    )
    def test_words(self, how: str, middle: str) -> None:
        assert middle in rewritten(how).what
        assert (
            str(rewritten(how).hint) == "tell the maintainers; no one should continue until they explain it"
        )


class TestSteps:
    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            ("mcred.yaml", {"kind": "programme", "number": 0}),
            (
                "credentials/wait-time/credential.yaml",
                {"kind": "definition", "credential": WAIT, "number": 0},
            ),
            ("credentials/wait-time/badge.svg", {"kind": "picture", "credential": WAIT, "number": 0}),
            ("credentials/stacks/talk.yaml", {"kind": "stack", "stack": TALK, "number": 0}),
            ("credentials/status/2.json", {"kind": "status list", "number": 2}),
            ("portfolios/ana/profile.yaml", {"kind": "profile", "person": ANA, "number": 0}),
            (
                "portfolios/ana/wait-time/attempts/3/decision.json",
                {"kind": "decision", "person": ANA, "credential": WAIT, "attempt": 3, "number": 0},
            ),
            (
                "portfolios/ana/wait-time/attempts/3/badge.json",
                {"kind": "award", "person": ANA, "credential": WAIT, "attempt": 3, "number": 1},
            ),
            (
                "portfolios/ana/wait-time/attempts/3/reissue-2.json",
                {"kind": "reissue", "person": ANA, "credential": WAIT, "attempt": 3, "number": 2},
            ),
            (
                "portfolios/ana/wait-time/attempts/1/reviews/ben.json",
                {
                    "kind": "assessment",
                    "person": ANA,
                    "credential": WAIT,
                    "attempt": 1,
                    "assessor": BEN,
                    "number": 0,
                },
            ),
            (
                "portfolios/ana/stacks/talk/2/badge.json",
                {"kind": "stack award", "person": ANA, "stack": TALK, "number": 2},
            ),
            # What no rule knows.
            ("README.md", {"kind": "loose"}),
            ("credentials/stacks/talk.txt", {"kind": "loose"}),
            ("portfolios/Ana/profile.yaml", {"kind": "loose"}),
        ],
    )
    def test_a_file_with_what_it_is(self, path: str, expected: dict[str, Any]) -> None:
        old, new = BlobId("4" * 40), BlobId("5" * 40)
        change = Change(
            path=path,
            old=Entry(mode="100644", blob=old, size=1),
            new=Entry(mode="100644", blob=new, size=2),
        )
        assert touch_of(change, "crooked") == Touch(path=path, old=old, new=new, fault="crooked", **expected)

    @pytest.mark.parametrize("path", ["mcred.yaml", "elsewhere"])
    def test_added_and_removed(self, path: str) -> None:
        entry = Entry(mode="100644", blob=BlobId("5" * 40), size=1)
        added = touch_of(Change(path=path, old=None, new=entry))
        removed = touch_of(Change(path=path, old=entry, new=None))
        assert (added.old, added.new, added.fault) == (None, entry.blob, "")
        assert (removed.old, removed.new) == (entry.blob, None)

    @pytest.mark.parametrize(
        ("path", "ours"),
        [
            ("mcred.yaml", True),
            ("portfolios/ana/wait-time/1-overview.md", True),
            ("portfolios/ana/wait-time/attempts/1/badge.json", True),
            ("portfolios/ana/wait-time/evidence/plan.md", False),
            ("portfolios/ana/wait-time/evidence/deep/er.json", False),
            ("credentials/wait-time/badge.svg", False),
            ("credentials/wait-time/badge.png", False),
            ("portfolios/ana/evidence.md", True),
            ("a.yaml.gz", False),
            ("a.yml", False),
        ],
    )
    def test_which_files_are_read(self, path: str, ours: bool) -> None:
        assert is_text(path) is ours


@pytest.mark.parametrize(
    ("text", "stack"),
    [
        *(("ana/stacks/talk", True), ("/ana/stacks/talk/", True), ("ana/wait-time", False)),
        *(("ana/stacks", False), ("stacks/talk", False), ("stacks/ana/talk", False), ("", False)),
        *(("ana/stacks/talk/1", False), ("ana/Stacks/talk", False), ("ana/talk/stacks", False)),
    ],
)
def test_which_texts_name_a_stacks_badge(text: str, stack: bool) -> None:
    assert names_stack(text) is stack


A_STACK_REVOCATION = StackRevocation(
    format=2, earner=ANA, stack=TALK, number=2, issuer=ROSA, revoked=NOON, reason="A mistake."
)


def of(new: BlobId | None, **where: Any) -> Touch:
    return Touch(path="x", kind="x", old=None, new=new, **where)


OF_ANAS: dict[str, Any] = {"person": ANA, "credential": WAIT, "attempt": 1}
OF_BENS: dict[str, Any] = {**OF_ANAS, "person": BEN}


class TestContents:
    @pytest.fixture
    def repo(self, tmp_path: Path) -> Repo:
        return create_repo(tmp_path / "r", bare=True)

    def test_values_are_those_of_their_place(self, repo: Repo) -> None:
        put: Callable[[Any], BlobId] = lambda value: put_blob(repo, encode(value))  # noqa: E731
        contents = ContentCache(repo)
        rules, person, definition, stack = a_programme(), a_person("ana"), a_credential(), a_stack()
        assert contents.programme(put(rules)) == rules
        name = put(person)
        assert contents.person(name, ANA) == person
        assert contents.person(name, BEN) is None and contents.person(name, None) is None
        name = put(definition)
        assert contents.definition(name, WAIT) == definition
        assert contents.definition(name, CredentialId("other")) is None
        name = put(stack)
        assert contents.stack(name, TALK) == stack
        assert contents.stack(name, StackId("walk")) is None

    def test_records_are_those_of_their_attempt(self, repo: Repo) -> None:
        contents = ContentCache(repo)
        made = a_decision(), a_revocation(), a_reissue(), A_STACK_REVOCATION
        decided, ended, again, stacked = (put_blob(repo, encode(value)) for value in made)
        decision, revocation, reissue, stack_revocation = made
        assert contents.decision(of(decided, **OF_ANAS)) == decision
        assert contents.decision(of(decided, **OF_BENS)) is None
        assert contents.decision(of(decided, **{**OF_ANAS, "attempt": 2})) is None
        assert contents.decision(of(None, **OF_ANAS)) is None
        assert contents.decision(of(ended, **OF_ANAS)) is None
        assert contents.revocation(of(ended, **OF_ANAS)) == revocation
        assert contents.revocation(of(ended, **OF_BENS)) is None
        assert contents.reissue(of(again, **OF_ANAS, number=2)) == reissue
        assert contents.reissue(of(again, **OF_ANAS, number=3)) is None
        assert contents.stack_revocation(of(stacked, person=ANA, stack=TALK, number=2)) == stack_revocation
        assert contents.stack_revocation(of(stacked, person=ANA, stack=TALK, number=1)) is None
        assert contents.stack_revocation(of(stacked, person=BEN, stack=TALK, number=2)) is None

    def test_a_huge_file_is_no_file_of_ours(self, repo: Repo) -> None:
        contents = ContentCache(repo)
        most, more = (put_blob(repo, b"#" * (MAX_BYTES + n)) for n in (0, 1))
        assert contents.stored(most) == b"#" * MAX_BYTES
        assert contents.stored(more) == b""
        assert contents.stored(BlobId("f" * 40)) == b""

    def test_rules_are_decoded_once_however_many_windows_ask(
        self, repo: Repo, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        contents = ContentCache(repo)
        rules, decided = put_blob(repo, encode(a_programme())), put_blob(repo, encode(a_decision()))
        first = contents.programme(rules)
        once = contents.decision(of(decided, **OF_ANAS))
        assert contents.decision(of(decided, **OF_ANAS)) is once
        contents.forget()
        again = contents.decision(of(decided, **OF_ANAS))
        assert contents.programme(rules) is first
        assert again == once and again is not once


class TestNaming:
    @pytest.fixture
    def desk(self) -> Any:
        """Ana sits there; Ben's work on another micro-credential is known, too."""
        bens = SubmissionId(BEN, CredentialId("exit-ticket"))
        record = SimpleNamespace(standings={ANAS: None, bens: None})
        return SimpleNamespace(record=record, catalog=a_catalog(), me=ANA)

    @pytest.mark.parametrize(
        ("typed", "named"),
        [
            *(("ana/wait-time", "ana/wait-time"), ("wait-time", "ana/wait-time")),
            *((" /ana/wait-time/ ", "ana/wait-time"), ("ben/exit-ticket", "ben/exit-ticket")),
            # Nothing was begun there, but person and micro-credential are known.
            ("cleo/wait-time", "cleo/wait-time"),
        ],
    )
    def test_known_ones(self, desk: Any, typed: str, named: str) -> None:
        assert str(parse_submission(desk, typed)) == named

    @pytest.mark.parametrize(
        ("typed", "nearest"),
        [
            *(("ana/wait-tme", "ana/wait-time"), ("ben/exit-tickets", "ben/exit-ticket")),
            *(("exit-ticket", "ben/exit-ticket"), ("zz", ""), ("nobody/9", ""), ("", ""), ("/", "")),
        ],
    )
    def test_unknown_ones_name_the_nearest(self, desk: Any, typed: str, nearest: str) -> None:
        with pytest.raises(McredError) as refused:
            parse_submission(desk, typed)
        more = f"; did you mean {nearest}?" if nearest else ""
        assert refused.value.what == f"there is no submission '{typed}'{more}"
        assert str(refused.value.hint).startswith("mcred queue --all")

    def test_no_one_sits_there(self, desk: Any) -> None:
        desk.me = None
        with pytest.raises(McredError, match="there is no submission 'wait-time'"):
            parse_submission(desk, "wait-time")

    @pytest.mark.parametrize("word", ["in review", "being reconciled"])
    def test_open_work_is_given_back(self, word: StateWord) -> None:
        standing = Standing(submission=ANAS, word=word, attempt=1, judged=SENT, request=a_request())
        assert need_open(standing) is standing

    @pytest.mark.parametrize(
        ("word", "judged", "asked"),
        [
            *(("draft", True, True), ("awarded", True, True), ("not started", False, False)),
            *(("in review", False, True), ("in review", True, False)),
        ],
    )
    def test_other_work_is_refused_with_its_state(self, word: StateWord, judged: bool, asked: bool) -> None:
        standing = Standing(
            submission=ANAS,
            word=word,
            attempt=1,
            judged=SENT if judged else None,
            request=a_request() if asked else None,
        )
        with pytest.raises(McredError) as refused:
            need_open(standing)
        assert refused.value.what == f"ana/wait-time is not in review ({word})"
        assert str(refused.value.hint) == "mcred queue"

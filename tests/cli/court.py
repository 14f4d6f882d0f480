"""What tests of assessing and deciding need beside the town: waiting work, forged pieces, the record.

Everything is built with real commits in someone's own folder and sent to the remote, as an attacker
could do it who may write there.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pexpect
from msgspec import Struct
from msgspec.structs import replace

from mcred.app.keys.signing import read_key
from mcred.app.workspace import Workspace, open_workspace
from mcred.cli.terminal import Terminal
from mcred.domain.assessment import Assessment, Score
from mcred.domain.decision import Decision
from mcred.domain.ids import CommitId, CredentialId, PersonId, Slug, SubmissionId
from mcred.domain.layout import (
    assessment_path,
    decision_path,
    disclosures_path,
    folder_of,
    request_path,
    review_ref,
    submission_ref,
)
from mcred.domain.status import Standing
from mcred.domain.submission import ReviewRequest
from mcred.formats.decode import decode
from mcred.formats.encode import encode
from mcred.formats.trailers import message
from mcred.store.git import Repo, open_repo
from mcred.store.signatures import KeyPair
from mcred.store.write import Author, commit_tree, put_blob
from tests.cli.town import WAIT, Town, git, scoring
from tests.sealing import decided_for, key_of, sealed

PROJECT = Path(__file__).parents[2]
ANAS = SubmissionId(PersonId("ana"), CredentialId(WAIT))
T = TypeVar("T")
STARTED: list[subprocess.Popen[bytes]] = []
"""Processes that the running test started; the fixture `nothing_left_running` ends them."""
TERMINALS: list[AtKeyboard] = []


def spread_town(first: Town, place: Path, **levels: Mapping[str, str]) -> Town:
    """A copy of a town where both experts judge, and did so: `mei` and `tom` with their levels."""
    town = first.copy(place)
    set_rules(town, "  experts: 1\n", "  experts: 2\n")
    town.submit("ana")
    for person in ("mei", "tom"):
        hand_scores(town, person, levels.get(person, {}))
    return town


def set_rules(town: Town, old: str, new: str, by: str = "rosa") -> None:
    """A maintainer edits the programme's rules."""
    town.run(by, "sync")
    rules = town.home(by) / "mcred.yaml"
    text = rules.read_text("utf-8")
    assert old in text
    rules.write_text(text.replace(old, new), "utf-8")
    town.run(by, "save", "--programme")


def scores_file(town: Town, person: str, levels: Mapping[str, str] | None = None) -> Path:
    """A file of scores on someone's own desk."""
    path = town.desk(person) / "scores.yaml"
    path.write_bytes(scoring(WAIT, levels or {}))
    return path


def hand_scores(
    town: Town, person: str, levels: Mapping[str, str] | None = None, earner: str = "ana"
) -> None:
    """One assessor scores from a file."""
    town.run(person, "assess", f"{earner}/{WAIT}", "--from", str(scores_file(town, person, levels)), "--yes")


def desk_of(town: Town, person: str = "rosa") -> Workspace:
    """The programme as someone's folder knows it after a fetch."""
    return open_workspace(Terminal(at=town.home(person), now=lambda: town.now, no_input=True))


def standing_of(town: Town, submission: SubmissionId = ANAS) -> Standing:
    """Where a submission stands, as everyone who fetches sees it."""
    return desk_of(town).standing(submission)


def asked(town: Town) -> str:
    """The one expert who was asked about Ana's work."""
    (person,) = standing_of(town).missing
    return str(person)


def asked_before(town: Town) -> str:
    """Who assessed Ana's first attempt: the lot chose them, so it differs from run to run."""
    refs = git(town.remote, "for-each-ref", "--format=%(refname:lstrip=6)", "refs/heads/review/ana").split()
    (name,) = refs or names_on_main(town, f"portfolios/{ANAS}/attempts/1/reviews")
    return name.removesuffix(".json")


def repo_of(town: Town, person: str) -> Repo:
    """Someone's own folder."""
    return open_repo(town.home(person))


def on_main(town: Town, path: str) -> bytes:
    """A file of the remote's main line."""
    return subprocess.run(
        ["git", "show", f"main:{path}"], cwd=town.remote, capture_output=True, check=True
    ).stdout


def names_on_main(town: Town, under: str, ref: str = "main") -> Sequence[str]:
    """The files below a folder of the remote's main line, by their path below it."""
    listing = git(town.remote, "ls-tree", "-r", "--name-only", ref, "--", f"{under}/").split()
    return [path.removeprefix(f"{under}/") for path in listing]


class Forgery(Struct, kw_only=True):
    """A commit to be built by someone, and where it goes. `key` None: not signed."""

    by: str
    ref: str
    parent: str
    files: Mapping[str, bytes]
    text: str
    key: KeyPair | None
    mode: str = "100644"


def send_forgery(town: Town, forgery: Forgery) -> CommitId:
    """Build the commit with git itself in the forger's folder and push it."""
    repo = repo_of(town, forgery.by)
    index = str(town.place / "forged-index")
    changed = {**os.environ, "GIT_INDEX_FILE": index}

    def plumb(*args: str) -> str:
        words = ["git", "-c", "user.name=M", "-c", "user.email=m@example.org", *args]
        done = subprocess.run(words, cwd=repo.work_tree, env=changed, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode().strip()

    plumb("fetch", "--quiet", "origin", "+refs/heads/*:refs/forger/*")
    plumb("read-tree", forgery.parent)
    for path, data in forgery.files.items():
        plumb("update-index", "--add", "--cacheinfo", f"{forgery.mode},{put_blob(repo, data)},{path}")
    tree = plumb("write-tree")
    Path(index).unlink()
    parent = CommitId(plumb("rev-parse", forgery.parent))
    if forgery.key is None:
        commit = CommitId(plumb("commit-tree", tree, "-p", parent, "-m", forgery.text))
    else:
        author = Author(name="Mallory", email="m@example.org", when=town.now)
        commit = commit_tree(repo, tree, [parent], forgery.text, author, forgery.key)
    plumb("push", "--quiet", "origin", f"{commit}:{forgery.ref}")
    return commit


def a_later_state(town: Town) -> CommitId:
    """One that Ana never submitted, on the ref of what she did submit: made with git."""
    ref = submission_ref(ANAS)
    path = f"portfolios/{ANAS}/evidence/plan.md"
    text = message("Save a draft", "save", ANAS)
    parent, key = git(town.remote, "rev-parse", ref).strip(), read_key(repo_of(town, "ana"))
    later = {path: b"# Later\n"}
    return send_forgery(town, Forgery(by="ana", ref=ref, parent=parent, files=later, text=text, key=key))


def an_honest_review(town: Town, person: str, **changes: Any) -> tuple[Assessment, Forgery]:
    """An assessment as `mcred assess` would send it."""
    standing = standing_of(town)
    assert standing.request is not None
    assert standing.judged is not None
    levels = {"context": "passing", "questions": "proficient", "waiting": "proficient"}
    base = Assessment(
        format=2,
        submission=ANAS,
        attempt=standing.attempt,
        assessor=PersonId(person),
        judged=standing.judged,
        main=CommitId(git(town.remote, "rev-parse", "main").strip()),
        definition=standing.request.definition,
        conflict="none",
        assessed=town.now,
        scores=tuple(Score(criterion=Slug(c), level=Slug(v), feedback="So.") for c, v in levels.items()),
    )
    assessment = replace(base, **changes)
    issuers = [key_of(town.home(name)) for name in ("rosa", person)]
    stored = assessment if assessment.attested or assessment.sealed else sealed(assessment, issuers)
    return assessment, Forgery(
        by=person,
        ref=review_ref(ANAS, standing.attempt, PersonId(person)),
        parent=standing.judged,
        files={assessment_path(ANAS, standing.attempt, PersonId(person)): encode(stored)},
        text=message("Assess", "assess", ANAS, standing.attempt),
        key=read_key(repo_of(town, person)),
    )


def forge_request(town: Town, key: KeyPair | None = None, **changes: Any) -> CommitId:
    """Ana sends her waiting work again, with a review request that she wrote herself."""
    standing = standing_of(town)
    assert standing.request is not None
    request = replace(standing.request, **{"attempt": standing.attempt + 1, **changes})
    return send_request(town, request, key)


def send_request(town: Town, request: ReviewRequest, key: KeyPair | None = None) -> CommitId:
    """A submit commit on Ana's line that holds a given request, with what opens the newest one's pieces."""
    ref, number = submission_ref(ANAS), standing_of(town).attempt
    # Of decided work main has everything, and its ref is gone.
    newest = ref if ref in git(town.remote, "for-each-ref", ref) else "main"
    return send_forgery(
        town,
        Forgery(
            by="ana",
            ref=ref,
            parent=git(town.remote, "rev-parse", newest).strip(),
            files={
                request_path(ANAS, request.attempt): encode(request),
                disclosures_path(ANAS, request.attempt): git(
                    town.remote, "show", f"{newest}:{disclosures_path(ANAS, number)}"
                ).encode(),
            },
            text=message("Submit", "submit", ANAS, request.attempt),
            key=key or read_key(repo_of(town, "ana")),
        ),
    )


def read_on_main(town: Town, path: str, shape: type[T]) -> T:
    """A file of the main line as a value."""
    found, problems = decode(on_main(town, path), shape, path)
    assert found is not None, problems
    return found


def decided(
    town: Town, attempt: int = 1, reader: str = "rosa", about: SubmissionId = ANAS
) -> tuple[Decision, tuple[Assessment, ...]]:
    """A decision on main and the reviews it rests on, as someone's folder opens them."""
    decision = read_on_main(town, decision_path(about, attempt), Decision)
    paths = [assessment_path(about, attempt, b.assessor) for b in decision.basis]
    reviews = [read_on_main(town, path, Assessment) for path in paths]
    return decided_for(town.home(reader), decision, *reviews)


def anas_folder() -> str:
    """Where Ana's work lies."""
    return folder_of(ANAS)


def start_mcred(town: Town, person: str, *words: str, **more: Any) -> subprocess.Popen[bytes]:
    """A real process of one person, started and not waited for."""
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "PYTHONWARNINGS": "error"}
    process = subprocess.Popen(
        [sys.executable, "-m", "mcred", "--no-input", *words],
        cwd=town.home(person),
        env={**environment, **more.pop("env", {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        **more,
    )
    STARTED.append(process)
    return process


def end_started() -> None:
    """End every process and terminal that a test started and left running, such as a test that failed."""
    while STARTED:
        process = STARTED.pop()
        if process.poll() is None:
            process.kill()
            process.communicate()
    while TERMINALS:
        TERMINALS.pop().child.close(force=True)


class AtKeyboard:
    """A person at a terminal."""

    def __init__(self, town: Town, person: str, *words: str, env: Mapping[str, str] | None = None) -> None:
        environment = {**os.environ, "PYTHONPATH": str(PROJECT), "TERM": "dumb", **(env or {})}
        self.child: Any = pexpect.spawn(
            sys.executable,
            ["-m", "mcred", *words],
            cwd=str(town.home(person)),
            env=environment,
            encoding="utf-8",
            timeout=20,
            dimensions=(50, 200),
        )
        TERMINALS.append(self)

    def answer(self, question: str, text: str) -> None:
        """Wait for a question and type."""
        self.child.expect_exact(question)
        self.child.sendline(text)

    def end(self) -> int:
        """Wait for the end; the exit code."""
        self.child.expect(pexpect.EOF)
        self.child.close()
        return int(self.child.exitstatus)

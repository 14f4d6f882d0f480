"""A forger's workshop: a remote of one's own, everyone's keys, and git's plumbing.

`Workshop` builds any commit: any tree, parents, message, author text and signature. `Redo` builds a whole
decision again, from what the earner sent to the badge, with everything that follows from a change made to fit
(ids, digests, levels, signatures), as the strongest attacker would, and leaves wrong only what a test names.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from msgspec.structs import replace
from openbadgeslib.ob3.ldp import add_data_integrity_proof

from mcred.app.keys.reading import all_reading_keys
from mcred.app.keys.signing import read_key
from mcred.app.pending import read_edition, read_request, read_submitted
from mcred.app.sealed.decision import list_opened, seal_parts, trace_kept
from mcred.app.sealed.match import file_digests
from mcred.app.sealed.opening import OpenReview, open_decision, open_review
from mcred.badges.keys import IssuerKey, issuer_did, method_id
from mcred.badges.keys import read_key as read_issuer_key
from mcred.badges.open_badge import AwardFacts, Issuing, describe_award, write_document
from mcred.cli.app import run_line
from mcred.cli.show import Show
from mcred.cli.terminal import Terminal
from mcred.domain.assessment import Assessment
from mcred.domain.catalog import Record
from mcred.domain.credential import Credential
from mcred.domain.decision import Basis, Checkpoint, Decision, Override, OverrideRef, Settled
from mcred.domain.ids import BlobId, CommitId, CredentialId, PersonId, SubmissionId
from mcred.domain.layout import (
    PROGRAMME,
    assessment_path,
    award_path,
    decision_path,
    declined_path,
    disclosures_path,
    folder_of,
    is_sent_with,
    opens_work,
    override_path,
    profile_path,
    request_path,
)
from mcred.domain.people import Person
from mcred.domain.pieces import Disclosures, commit_to, list_contents
from mcred.domain.programme import Programme
from mcred.domain.rules.outcome import combine
from mcred.domain.seats import DeclinedReview
from mcred.domain.submission import CommittedPiece, ReviewRequest
from mcred.formats.decode import decode
from mcred.formats.encode import encode
from mcred.formats.trailers import message
from mcred.problems import McredError
from mcred.store.git import Repo, open_repo
from mcred.store.log import parse_commit
from mcred.store.signatures import KeyPair, sign
from mcred.store.snapshot import list_tree
from tests.audit.objects import Flat, Objects
from tests.audit.second_checker import check_again
from tests.cli.town import WAIT, Town
from tests.school import random_bytes
from tests.sealing import decided_for, disclosed, key_of, sealed, sealed_proposal

T = TypeVar("T")
File = bytes | tuple[str, str] | None
"""New content, (mode, object id), or None to take it away."""
AUTHOR = "Rosa Diaz <rosa@mcred.invalid> 1772445600 +0000"
PEM = "issuer.pem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What `mcred audit` said, as JSON and as text."""

    code: int
    out: dict[str, Any]
    err: str

    @property
    def found(self) -> set[tuple[str, str, str]]:
        """Code, commit and path of each finding."""
        return {(f["code"], f["commit"], f["path"]) for f in self.out["findings"]}

    @property
    def codes(self) -> set[str]:
        """The codes alone."""
        return {f["code"] for f in self.out["findings"]}

    @property
    def proved(self) -> set[tuple[str, int]]:
        """The awards that hold."""
        return {(a["submission"], a["attempt"]) for a in self.out["awards"] if a["proved"]}


@dataclass(slots=True, kw_only=True)
class Workshop:
    """A bare repository to forge in; `tip` is its main line's end."""

    town: Town
    repo: Repo
    tip: CommitId
    honest: CommitId
    """Where the honest history ends."""
    objects: Objects
    _keys: dict[str, KeyPair] = field(default_factory=dict)

    # Reading ---------------------------------------------------------------------------------------------

    def git(self, *args: str) -> bytes:
        """git as an attacker types it."""
        done = subprocess.run(["git", *args], cwd=self.repo.git_dir, capture_output=True, check=False)
        assert done.returncode == 0, (args, done.stderr)
        return done.stdout

    def key(self, person: str) -> KeyPair:
        """Anyone's signing key."""
        if person not in self._keys:
            self._keys[person] = read_key(open_repo(self.town.home(person)))
        return self._keys[person]

    def issuer_key(self) -> IssuerKey:
        """The key that signs badges."""
        return read_issuer_key((self.town.place / PEM).read_text("ascii"), "")

    def show(self, path: str, commit: str = "") -> bytes:
        """A file at a commit; the tip's when none is said."""
        return self.objects.get(self.blob(path, commit))[1]

    def blob(self, path: str, commit: str = "") -> BlobId:
        """A file's object id."""
        return BlobId(self.files(commit or self.tip)[path.encode("utf-8", "surrogateescape")][1])

    def files(self, commit: str) -> Flat:
        """Every file of a commit."""
        return self.objects.flat(parse_commit(CommitId(commit), self.raw(commit), verify=False).tree)

    def read(self, path: str, shape: type[T], commit: str = "") -> T:
        """A file as a value."""
        return self.decoded(self.show(path, commit), shape)

    def decoded(self, data: bytes, shape: type[T]) -> T:
        """Bytes as a value."""
        found, problems = decode(data, shape, "")
        assert found is not None, problems
        return found

    def raw(self, commit: str) -> bytes:
        """A commit's bytes."""
        return self.objects.get(commit)[1]

    def parents(self, commit: str) -> tuple[CommitId, ...]:
        """A commit's parents."""
        return parse_commit(CommitId(commit), self.raw(commit), verify=False).parents

    def text(self, commit: str) -> str:
        """A commit's message."""
        return self.raw(commit).partition(b"\n\n")[2].decode()

    def main_line(self) -> list[CommitId]:
        """The first-parent line, oldest first."""
        return self.line_of(self.tip)

    def line_of(self, tip: CommitId) -> list[CommitId]:
        """The first-parent line up to a commit, oldest first."""
        line = [tip]
        while parents := self.parents(line[-1]):
            line.append(parents[0])
        return line[::-1]

    def awards(self, commit: str = "") -> int:
        """How many awards a state has."""
        return sum(path.endswith(b"/badge.json") for path in self.files(commit or self.tip))

    # Writing ---------------------------------------------------------------------------------------------

    def put(self, data: bytes, kind: str = "blob") -> str:
        """Store an object, whatever it is."""
        return self.objects.put(data, kind)

    def tree(self, base: str, changes: Mapping[str, File]) -> str:
        """The tree of a commit with some paths changed; paths may be of any bytes (surrogate-escaped)."""
        files = dict(self.files(base)) if base else {}
        for path, change in changes.items():
            name = path.encode("utf-8", "surrogateescape")
            if change is None:
                files.pop(name, None)
            else:
                files[name] = ("100644", self.put(change)) if isinstance(change, bytes) else change
        return self.objects.write(files)

    def commit(
        self,
        tree: str,
        parents: Sequence[str],
        text: str,
        by: str | KeyPair | None,
        *,
        author: str = AUTHOR,
    ) -> CommitId:
        """A commit of any shape. `by`: whose key signs, None for no one's."""
        head = "\n".join(
            [f"tree {tree}", *(f"parent {p}" for p in parents), f"author {author}", f"committer {author}"]
        ).encode()
        body = text.encode()
        return self.seal(head, body, self.key(by) if isinstance(by, str) else by)

    def seal(self, head: bytes, body: bytes, key: KeyPair | None) -> CommitId:
        """Sign a commit's bytes and store it."""
        if key is None:
            return CommitId(self.put(head + b"\n\n" + body, "commit"))
        signature = sign(head + b"\n\n" + body, key).rstrip("\n").replace("\n", "\n ")
        return CommitId(self.put(head + f"\ngpgsig {signature}\n\n".encode() + body, "commit"))

    def move(self, tip: str) -> CommitId:
        """Let the main line end somewhere."""
        (self.repo.git_dir / "refs" / "heads" / "main").write_text(f"{tip}\n", "ascii")
        self.tip = CommitId(tip)
        return self.tip

    def step(
        self,
        changes: Mapping[str, File],
        by: str | KeyPair | None = "rosa",
        *,
        text: str = "Save\n\nMcred-Event: programme\n",
        merged: Sequence[str] = (),
        author: str = AUTHOR,
    ) -> CommitId:
        """One more step on the main line."""
        tree = self.tree(self.tip, changes)
        return self.move(self.commit(tree, [self.tip, *merged], text, by, author=author))

    def edit(self, path: str, old: str, new: str, by: str | KeyPair | None = "rosa", **more: Any) -> CommitId:
        """Replace a text in a file of the main line."""
        before = self.show(path).decode()
        assert old in before, before
        return self.step({path: before.replace(old, new, 1).encode()}, by, **more)

    def rules(self, by: str = "rosa", **changes: Any) -> CommitId:
        """The programme's rules with other values."""
        now = self.read(PROGRAMME, Programme)
        return self.step({PROGRAMME: encode(replace(now, **changes))}, by)

    def profile(self, person: str, by: str | KeyPair = "rosa", **changes: Any) -> CommitId:
        """A person's profile with other values, straight on the main line."""
        now = self.read(profile_path(PersonId(person)), Person)
        return self.step({profile_path(PersonId(person)): encode(replace(now, **changes))}, by)

    # Asking ----------------------------------------------------------------------------------------------

    def run(self, *words: str) -> tuple[int, str, str]:
        """mcred in this repository."""
        out, err = io.StringIO(), io.StringIO()
        edge = Terminal(at=self.repo.git_dir, show=Show(out, err), now=lambda: self.town.now, no_input=True)
        return int(run_line(words, edge)), out.getvalue(), err.getvalue()

    def audit(self, *words: str) -> Answer:
        """`mcred audit --json`; without more words the second checker has to agree (`check_again`)."""
        code, out, err = self.run("audit", "--json", *words)
        found = json.loads(out) if out else {"findings": [], "awards": [], "stacks": [], "recognized": []}
        if not words:
            check_again(self.repo.git_dir, code, found)
        return Answer(code=code, out=found, err=err)


def open_workshop(town: Town, place: Path) -> Workshop:
    """A copy of a town's remote to forge in."""
    shutil.copytree(town.remote, place, symlinks=True, copy_function=_copy_or_link)
    repo = Repo(git_dir=place, work_tree=None)
    objects = Objects(place)
    tip = CommitId(objects.name_of("refs/heads/main"))
    # The people's own refs point at what came of the honest history; a test that is about them makes them.
    shutil.rmtree(place / "refs" / "heads")
    (place / "refs" / "heads").mkdir()
    (place / "packed-refs").write_text(f"{tip} refs/heads/main\n", "ascii")
    # Its clock goes on by itself: others begin with the same town.
    return Workshop(town=copy(town), repo=repo, tip=tip, honest=tip, objects=objects)


def _copy_or_link(source: str, target: str) -> None:
    # What git stored once it never changes, so copies may share it.
    if "/objects/" in source:
        os.link(source, target)
    else:
        shutil.copy2(source, target)


def submission(earner: str, credential: str = WAIT) -> SubmissionId:
    """Whose, and which."""
    return SubmissionId(PersonId(earner), CredentialId(credential))


class Redo:
    """A decision made again. Set what is to be forged, then `build`; the rest is made to fit."""

    def __init__(self, shop: Workshop, earner: str, attempt: int = 1, credential: str = WAIT) -> None:
        self.shop = shop
        self.about = submission(earner, credential)
        self.attempt = attempt
        self.attempt = attempt
        self.place = decision_path(self.about, attempt)
        self.old = next(c for c in shop.line_of(shop.honest) if self._has(c))
        self.stored = shop.read(self.place, Decision, self.old)
        """The decision as it stands on record."""
        given = [shop.read(self.assessment_file(b.assessor), Assessment, b.commit) for b in self.stored.basis]
        self.was, self.opened_reviews = decided_for(shop.town.home("rosa"), self.stored, *given)
        """The decision and its reviews, as Rosa reads them."""
        self.asked = shop.read(request_path(self.about, attempt), ReviewRequest, self.stored.judged)
        self.main: CommitId = shop.parents(self.old)[0]
        """What the decision is built on."""
        self.files: dict[str, File] = {}
        """The earner's files by their path below the folder, as sent."""
        self.request: dict[str, Any] = {}
        self.opened: File = None
        """Another file of what opens the request's pieces."""
        self.sealed: CommitId | None = None
        """The commit of the sealed work, which then does not lie beside the request."""
        self.earner: str | KeyPair | None = earner
        self.sent_text = shop.text(self.was.judged)
        self.sent_on: tuple[CommitId, ...] = ()
        """Other parents of what is sent."""
        self.panel: tuple[str, ...] = tuple(self.asked.panel)
        """Who assesses."""
        self.given: dict[str, dict[str, Any]] = {}
        """Changed fields of an assessment, before it is sealed."""
        self.shown: dict[str, dict[str, Any]] = {}
        """Changed fields of an assessment's file, after it was sealed."""
        self.signed: dict[str, str | KeyPair | None] = {}
        """Another key for an assessor's commit."""
        self.beside: dict[str, dict[str, File]] = {}
        """More files in an assessor's commit."""
        self.stands_on: dict[str, CommitId] = {}
        """Another parent for an assessor's commit."""
        self.keep_sent = False
        """What was sent stays as it is, whoever assesses."""
        self.gave_back: dict[str, dict[str, Any]] = {}
        """Who gave their place back, with changed fields; in `signed`, `beside`, …: "ana gave back"."""
        self.proposer = ""
        """Another issuer who proposed the outcome before; in `signed`, `beside`, …: "proposed"."""
        self.proposal: dict[str, Any] = {}
        """Changed fields of what they proposed."""
        self.basis_by: dict[str, str | None] = {}
        """By whose word the decision says that an assessor's review counts, where not as the review says."""
        self.decision: dict[str, Any] = {}
        """Changed fields of the decision, before it is sealed."""
        self.written: Callable[[Decision], Decision] = lambda decision: decision
        """Edits the decision's file, after it was sealed."""
        self.issuer: str | KeyPair | None = "rosa"
        self.more: dict[str, File] = {}
        """More files in the decision's commit, or other ones."""
        self.badge: Callable[[dict[str, Any]], None] = lambda _: None
        """Edits the badge before it is signed."""
        self.badge_key: IssuerKey | None = None
        self.issuing: dict[str, Any] = {}
        """More of what the issuer says in the badge, such as its place in a status list."""
        self.merged: Callable[[list[CommitId]], list[CommitId]] = lambda parents: parents
        """Edits the parents after the first."""
        self.author = AUTHOR
        self.judged = self.was.judged
        self.disclosed = ""
        """What opens the other issuer's proposal."""
        self.reviews: dict[str, CommitId] = {}
        self.read: dict[str, OpenReview] = {}
        """What each of them says."""
        self.keys = all_reading_keys(open_repo(shop.town.home("rosa")))

    def _has(self, commit: CommitId) -> bool:
        return self.place.encode() in self.shop.files(commit)

    @property
    def folder(self) -> str:
        """Where the work lies."""
        return folder_of(self.about)

    @property
    def decision_file(self) -> str:
        """The decision's path."""
        return self.place

    @property
    def award_file(self) -> str:
        """The badge's path."""
        return award_path(self.about, self.attempt)

    def assessment_file(self, person: str) -> str:
        """An assessment's path."""
        return assessment_path(self.about, self.attempt, PersonId(person))

    def build(self) -> CommitId:
        """The forged decision, as the main line's new end."""
        request = self._send()
        self._assess(request)
        return self.shop.move(self._decide(request))

    def _send(self) -> ReviewRequest:
        shop = self.shop
        altered = not self.keep_sent and (
            bool(self.files or self.request or self.sealed)
            or self.panel != tuple(self.asked.panel)
            or self.earner != self.about.earner
            or self.sent_text != shop.text(self.was.judged)
        )
        if not altered:
            return self.asked
        if self.sealed is not None:
            return self._send_sealed()
        changes = {f"{self.folder}/{path}": data for path, data in self.files.items()}
        tree = shop.tree(self.was.judged, changes)
        probe = shop.commit(tree, [], "probe", None)
        pieces, opened = self._commit(probe)
        request = replace(self.asked, **{"pieces": pieces, "panel": self.panel, **self.request})
        where = disclosures_path(self.about, self.attempt)
        sent = {request_path(self.about, self.attempt): encode(request), where: encode(opened)}
        tree = shop.tree(probe, {**sent, **({where: self.opened} if self.opened else {})})
        parents = self.sent_on or shop.parents(self.was.judged)
        self.judged = shop.commit(tree, parents, self.sent_text, self.earner)
        return request

    def _send_sealed(self) -> ReviewRequest:
        shop = self.shop
        request = replace(self.asked, **{"work": self.sealed, "panel": self.panel, **self.request})
        old = list_tree(shop.repo, self.was.judged, self.folder)
        beside = (p for p in old if opens_work(p.removeprefix(f"{self.folder}/"), self.attempt))
        sent: dict[str, File] = dict.fromkeys(beside)
        sent[request_path(self.about, self.attempt)] = encode(request)
        sent |= {f"{self.folder}/{path}": data for path, data in self.files.items()}
        tree = shop.tree(self.was.judged, sent)
        self.judged = shop.commit(tree, shop.parents(self.was.judged), self.sent_text, self.earner)
        return request

    def _commit(self, probe: CommitId) -> tuple[tuple[CommittedPiece, ...], Disclosures]:
        """What a request for these files commits to; what did not change keeps its commitment."""
        shop, about = self.shop, self.about
        was = shop.read(disclosures_path(about, self.attempt), Disclosures, self.was.judged)
        if not self.files or _odd(self.files):
            return self.asked.pieces, was
        rubric = rubric_of(shop, self.asked)
        try:
            work = read_submitted(shop.repo, probe, about, rubric)[0]
        except McredError:
            return self.asked.pieces, was
        contents = list_contents(work, rubric, file_digests(shop.repo, probe, about))
        pieces, disclosures = commit_to(contents, was.disclosures, random_bytes(0))
        return pieces, replace(was, disclosures=disclosures)

    def _assess(self, request: ReviewRequest) -> None:
        shop = self.shop
        for person in self.panel:
            commit = next((b.commit for b in self.was.basis if b.assessor == person), None)
            like = next((a for a in self.opened_reviews if a.assessor == person), self.opened_reviews[0])
            fits = {
                "judged": self.judged,
                "main": self.request.get("main", like.main),
                "definition": request.definition,
                "assessor": PersonId(person),
            }
            given = replace(like, **{**fits, **self.given.get(person, {})})
            changed = self.signed | self.beside | self.stands_on | self.shown
            untouched = commit and given == like and person not in changed
            if commit and untouched:
                self.reviews[person] = commit
                stored = shop.read(self.assessment_file(person), Assessment, commit)
                self.read[person] = open_review(stored, self.keys)
                continue
            parent = self.stands_on.get(person, self.judged)
            stored = given if given.attested else sealed(given, [key_of(shop.town.home("rosa"))])
            self.read[person] = open_review(stored, self.keys)
            stored = replace(stored, **self.shown.get(person, {}))
            changes = {self.assessment_file(person): encode(stored), **self.beside.get(person, {})}
            text = message(f"Assess attempt {self.attempt}", "assess", self.about, self.attempt)
            by = self.signed.get(person, person)
            self.reviews[person] = shop.commit(shop.tree(parent, changes), [parent], text, by)

    def _give_back(self) -> dict[str, CommitId]:
        """The step of each person who gave their place back."""
        shop, steps = self.shop, {}
        for person, changed in self.gave_back.items():
            said = DeclinedReview(
                format=2,
                submission=self.about,
                attempt=self.attempt,
                assessor=PersonId(person),
                judged=self.judged,
                main=self.main,
                declined=self.was.decided,
                because="I coach them.",
            )
            parent = self.stands_on.get(f"{person} gave back", self.judged)
            files: dict[str, File] = {self.declined_file(person): encode(replace(said, **changed))}
            files |= self.beside.get(f"{person} gave back", {})
            text = message("Give back a place", "decline-review", self.about, self.attempt)
            by = self.signed.get(f"{person} gave back", person)
            steps[person] = shop.commit(shop.tree(parent, files), [parent], text, by)
        return steps

    @property
    def override_file(self) -> str:
        """Where it stands that another issuer proposed the outcome."""
        return override_path(self.about, self.attempt)

    def _propose(self) -> CommitId:
        """The step of the other issuer."""
        shop = self.shop
        said = Override(
            format=2,
            submission=self.about,
            attempt=self.attempt,
            issuer=PersonId(self.proposer),
            judged=self.judged,
            main=self.main,
            proposed=self.was.decided,
            outcome=self.decision.get("outcome", self.was.outcome),
            reason="I saw it taught.",
        )
        parent = self.stands_on.get("proposed", self.judged)
        said = replace(said, **self.proposal)
        self.disclosed = disclosed(said)
        files: dict[str, File] = {self.override_file: encode(sealed_proposal(said))}
        files |= self.beside.get("proposed", {})
        text = message("Propose", "override", self.about, self.attempt)
        return shop.commit(
            shop.tree(parent, files), [parent], text, self.signed.get("proposed", self.proposer)
        )

    def declined_file(self, person: str) -> str:
        """Where it stands that someone gave their place back."""
        return declined_path(self.about, self.attempt, PersonId(person))

    def _decide(self, request: ReviewRequest) -> CommitId:
        shop, rubric = self.shop, rubric_of(self.shop, request)
        given_back = self._give_back()
        opened = [self.read[person] for person in self.reviews]
        read = [one.assessment for one in opened]
        before = self._before()
        earlier = {
            d.attempt: open_decision(d, self.keys, before.assessments)
            for d in before.decisions
            if d.is_sealed
        }
        kept = trace_kept(before, earlier, request.carried)
        try:
            matrix = combine(tuple(read), rubric, {c: level for c, (level, _) in kept.items()})
            levels = tuple(
                Settled(criterion=r.criterion.id, level=r.level, carried=r.carried) for r in matrix.rows
            )
            recommended = matrix.recommended
        except ValueError:
            assert self.was.recommended is not None
            levels, recommended = self.was.levels, self.was.recommended
        fits: dict[str, Any] = {
            "issuer": PersonId(self.issuer) if isinstance(self.issuer, str) else self.was.issuer,
            "judged": self.judged,
            "definition": request.definition,
            "rule": request.rule,
            "basis": tuple(
                Basis(assessor=PersonId(p), commit=c, attested=self._word_of(p, a))
                for (p, c), a in zip(self.reviews.items(), read, strict=True)
            ),
            "levels": levels,
            "recommended": recommended,
            "checkpoint": Checkpoint(commit=self.main, awards=shop.awards(self.main)),
            "declined": tuple(Basis(assessor=PersonId(p), commit=c) for p, c in given_back.items()),
        }
        if self.proposer:
            proposed = self._propose()
            outcome = self.decision.get("outcome", self.was.outcome)
            shown = self.disclosed if outcome == "award" else ""
            fits["override"] = OverrideRef(issuer=PersonId(self.proposer), commit=proposed, opened=shown)
        decision = replace(self.was, **{**fits, **self.decision})
        shows = list_opened(self.attempt, opened, earlier, kept)
        readers = [key_of(shop.town.home(name)) for name in ("rosa", self.about.earner)]
        # What is the same keeps its bytes: sealing draws new ones.
        same = decision == self.was
        decision = self.written(self.stored if same else seal_parts(decision, opened, shows, readers))
        changes: dict[str, File] = self._work()
        for person, commit in self.reviews.items():
            changes[self.assessment_file(person)] = shop.show(self.assessment_file(person), commit)
        for person, commit in given_back.items():
            changes[self.declined_file(person)] = shop.show(self.declined_file(person), commit)
        if self.proposer:
            changes[self.override_file] = shop.show(self.override_file, proposed)
        changes[self.decision_file] = encode(decision)
        if decision.outcome == "award":
            changes[self.award_file] = self.make_badge(decision)
        changes |= self.more
        parents = [
            self.main,
            *self.merged(
                [
                    self.judged,
                    *self.reviews.values(),
                    *given_back.values(),
                    *([proposed] if self.proposer else []),
                ]
            ),
        ]
        text = message(f"Award attempt {self.attempt} of {self.about}", "decide", self.about, self.attempt)
        return shop.commit(shop.tree(self.main, changes), parents, text, self.issuer, author=self.author)

    def _word_of(self, person: str, review: Assessment) -> PersonId | None:
        """By whose word a review counts, as the decision says."""
        by = self.basis_by.get(person, review.attested.by if review.attested else None)
        return PersonId(by) if by else None

    def _before(self) -> Record:
        """The earlier attempts, as they stand on record."""
        decisions, reviews = [], []
        for attempt in range(1, self.attempt):
            decision = self.shop.read(decision_path(self.about, attempt), Decision, self.main)
            decisions.append(decision)
            for basis in decision.basis:
                path = assessment_path(self.about, attempt, basis.assessor)
                reviews.append(self.shop.read(path, Assessment, self.main))
        return Record(id=self.about, work=None, assessments=tuple(reviews), decisions=tuple(decisions))

    def _work(self) -> dict[str, File]:
        """The earner's files as judged, over whatever the main line has of them."""
        changes: dict[str, File] = {}
        for commit in (self.main, self.judged):
            for name, file in self.shop.files(commit).items():
                path = name.decode("utf-8", "surrogateescape")
                if path.startswith(f"{self.folder}/") and is_sent_with(
                    path.removeprefix(f"{self.folder}/"), self.attempt
                ):
                    changes[path] = file if commit == self.judged else None
        return changes

    def make_badge(self, decision: Decision, stored: bytes = b"") -> bytes:
        """The badge that a decision gives, with its edits, signed where the programme signs."""
        shop = self.shop
        programme = shop.read(PROGRAMME, Programme, self.main)
        rubric = read_edition(shop.repo, decision.definition.blob, self.about.credential)
        facts = AwardFacts(
            programme=programme,
            definition=rubric,
            earner=shop.read(profile_path(self.about.earner), Person, self.main),
            decision=decision,
            submitted=decision.judged,
            pieces=sent.pieces if (sent := read_request(shop.repo, decision.judged, self.about)) else (),
        )
        return sign_badge(shop, facts, stored or encode(decision), self.badge, self.badge_key, **self.issuing)


def sign_badge(
    shop: Workshop,
    facts: AwardFacts,
    decision: bytes,
    edit: Callable[[dict[str, Any]], None] = lambda _: None,
    key: IssuerKey | None = None,
    **more: Any,
) -> bytes:
    """A badge from facts, edited before it is signed."""
    if facts.programme.issuer.current_key is None:
        document = describe_award(facts)
        edit(document)
        return write_document(document)
    key = key or shop.issuer_key()
    did = issuer_did(facts.programme.site.url, key.multibase)
    issuing = Issuing(
        did=did,
        method=method_id(did, key),
        salt=sha256(decision).hexdigest()[:32],
        decision=BlobId(shop.put(decision)),
        **more,
    )
    document = describe_award(facts, issuing)
    edit(document)
    # Without the library's own check that others can read all of it, which takes longer than signing: what is
    # told falsely here is for the audit to find.
    signed = add_data_integrity_proof(document, key.pem, issuing.method, created=facts.decision.decided)
    return write_document(signed)


def rubric_of(shop: Workshop, request: ReviewRequest) -> Credential:
    """The rubric that a request names."""
    return read_edition(shop.repo, request.definition.blob, request.submission.credential)


def _odd(files: Mapping[str, File]) -> bool:
    """Whether what is sent cannot even be listed."""
    return any(isinstance(data, tuple) for data in files.values())

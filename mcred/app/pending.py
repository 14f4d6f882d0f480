"""Reads the open part of the record: what was submitted and not yet decided, each piece checked.

One pass over the refs of earners and assessors → events, accepted assessments, and what was rejected with its
reasons. Decided attempts are on main and come from the catalog.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import lru_cache

from msgspec import Struct

from mcred.app.awards.overrides import Proposal, read_overrides
from mcred.app.index.standings import all_standings, decided_events, find_last_words, is_decided
from mcred.app.pending_reviews import ReviewKey, ReviewReader, TurnedAway
from mcred.app.rights import Rights
from mcred.domain.assessment import Assessment, DefinitionRef
from mcred.domain.catalog import Catalog, ProgrammeState
from mcred.domain.credential import Credential
from mcred.domain.ids import BlobId, CommitId, CredentialId, PersonId, SubmissionId
from mcred.domain.layout import (
    HEADS,
    OVERRIDE_REFS,
    REVIEW_REFS,
    SENT_HEADS,
    FoundRef,
    definition_path,
    disclosures_path,
    folder_of,
    local_ref,
    override_ref,
    parse_ref,
    request_path,
    review_ref,
)
from mcred.domain.pieces import Disclosures
from mcred.domain.rules.acceptance import check_signer, check_submission
from mcred.domain.rules.rights import reasons_since
from mcred.domain.status import Event, Standing, fold
from mcred.domain.submission import MAX_TEXT, ReviewRequest, Work
from mcred.formats.decode import decode
from mcred.formats.portfolio import read_work
from mcred.formats.trailers import read_attempt, read_event, submission_of
from mcred.problems import McredError, Problem, next_step
from mcred.store.batch import read_files, read_small
from mcred.store.git import Repo, list_refs
from mcred.store.lfs import with_real_sizes
from mcred.store.log import Commit, find_blob_versions, find_unreached, merge_base, read_commit, walk_log
from mcred.store.snapshot import Entry, Snapshot, gate, list_tree, read_blobs

NOBODY = PersonId("")
"""Stands for an assessor: the common beginning of all refs of one attempt's answers."""


class PendingWork(Struct, frozen=True, kw_only=True):
    """Open work, as far as it was accepted."""

    standings: Mapping[SubmissionId, Standing]
    """Of all submissions; those that main has decided on are read when they are asked for."""
    current: Mapping[SubmissionId, Standing]
    """Of the submissions with a ref that main does not have, and of the user's drafts."""
    sent: Mapping[SubmissionId, tuple[Event, ...]]
    """All accepted submits of open submissions, replaced ones too, oldest first."""
    assessments: Mapping[ReviewKey, Assessment]
    overrides: Mapping[SubmissionId, tuple[Proposal, ...]]
    """Issuers' proposals of outcomes that the levels do not recommend, for open attempts."""
    turned_away: tuple[TurnedAway, ...]
    people: Mapping[PersonId, CommitId]
    """People who requested to be confirmed, or changed their profile."""
    vouches: Mapping[tuple[PersonId, PersonId], CommitId]
    """Whose new key it is, and who vouches → the commit, unchecked."""

    @property
    def open(self) -> tuple[Standing, ...]:
        """Where assessors or the issuer have something to do, by submission."""
        return tuple(s for _, s in sorted(self.current.items()) if s.is_open)

    def loads(self, *, besides: SubmissionId) -> Mapping[PersonId, int]:
        """How many reviews each assessor still has to write, but for those of one submission.

        What a request for that submission is drawn by, be it the first one or a replacement.
        """
        waiting = (s for s in self.open if s.word == "in review" and s.submission != besides)
        return Counter(person for standing in waiting for person in standing.missing)

    def of(self, catalog: Catalog, person: PersonId) -> frozenset[SubmissionId]:
        """A person's submissions that have a standing."""
        decided = (r.id for r in catalog.records_of(person) if r.decisions)
        return frozenset((*(s for s in self.current if s.earner == person), *decided))

    def asked(self, submission: SubmissionId) -> tuple[Event, ...]:
        """Every submit that asked for assessments, including rejected ones: who was asked then is asked first
        again, as in an audit."""
        away = (a.event for a in self.turned_away if a.event is not None and a.event.kind == "submit")
        return (*self.sent.get(submission, ()), *(e for e in away if e.submission == submission))

    def rejected(self, standing: Standing) -> Mapping[PersonId, tuple[str, ...]]:
        """Who answered about open work without being counted, and why."""
        found: dict[PersonId, tuple[str, ...]] = {}
        for away in self.turned_away:
            ref = parse_ref(away.ref)
            if ref is None or ref.kind != "review" or ref.assessor is None:
                continue
            if (ref.submission, ref.attempt) == (standing.submission, standing.attempt):
                found[ref.assessor] = away.reasons
        return found if standing.is_open else {}


def read_pending(
    repo: Repo,
    catalog: Catalog,
    refs: Mapping[str, CommitId],
    today: date,
    arriving: frozenset[CommitId] = frozenset(),
) -> PendingWork:
    """The open record from `refs` (full name → commit), checked against the catalog of main.

    `arriving`: what is being pushed now, and is checked against the newest commit of main.
    """
    rights = Rights(repo, catalog, arriving)
    found = list(_parse(refs, lambda name: not name.startswith((REVIEW_REFS, OVERRIDE_REFS))))
    tips = [t for t in found if t[1].kind == "submission" and not is_decided(catalog, t[1].submission, t[2])]
    over = [e for s in dict.fromkeys(t[1].submission for t in tips) for e in decided_events(catalog, s)]
    reader = _Reader(repo, catalog, rights, find_last_words(over, today))
    events = [*reader.submissions(tips), *over]
    before = fold(events, today)
    # Of thousands of answers most belong to work decided long ago.
    reviews = _answers_to(refs, before, review_ref)
    answers = ReviewReader(repo, rights, read_edition)
    arrived = list(answers.read(reviews, before))
    answered = {e.submission for e in arrived}
    events.extend(arrived)
    current = {**before, **fold((e for e in events if e.submission in answered), today)}
    overrides, not_taken = read_overrides(repo, rights, _answers_to(refs, current, override_ref), current)
    sent: dict[SubmissionId, list[Event]] = {}
    for event in events:
        if event.kind == "submit":
            sent.setdefault(event.submission, []).append(event)
    asking = {p.person: tip for _, p, tip in found if p.kind == "person"}
    new = find_unreached(repo, tuple(asking.values()), catalog.commit)
    people = {person: tip for person, tip in asking.items() if tip in new}
    return PendingWork(
        standings=all_standings(catalog, current, today),
        current=current,
        sent={key: tuple(sorted(value, key=lambda e: (e.attempt, e.when))) for key, value in sent.items()},
        assessments=answers.accepted,
        overrides=overrides,
        turned_away=(*reader.turned_away, *answers.turned_away, *not_taken),
        people=people,
        vouches={
            (p.person, p.assessor): tip for _, p, tip in found if p.kind == "vouch" and p.assessor is not None
        },
    )


def _parse(
    refs: Mapping[str, CommitId], wanted: Callable[[str], bool]
) -> Iterator[tuple[str, FoundRef, CommitId]]:
    for name, tip in sorted(refs.items()):
        if wanted(name) and (parsed := parse_ref(name)) is not None:
            yield name, parsed, tip


def _answers_to(
    refs: Mapping[str, CommitId],
    standings: Mapping[SubmissionId, Standing],
    name_of: Callable[[SubmissionId, int, PersonId], str],
) -> list[tuple[str, FoundRef, CommitId]]:
    """The refs, as `name_of` names them, of what people say about attempts that are open."""
    places = {name_of(s.submission, s.attempt, NOBODY) for s in standings.values() if s.is_open}
    return list(_parse(refs, lambda name: name[: name.rfind("/") + 1] in places))


class _Reader:
    def __init__(
        self, repo: Repo, catalog: Catalog, rights: Rights, last_words: Mapping[SubmissionId, str]
    ) -> None:
        self.repo = repo
        self.catalog = catalog
        self.rights = rights
        self.last_words = last_words
        """Why no further attempt may be sent, by submission."""
        self.begun: dict[SubmissionId, CommitId] = {}
        """The oldest of each submission's commits."""
        self.turned_away: list[TurnedAway] = []
        self.editions: dict[CredentialId, frozenset[BlobId]] = {}

    def submissions(self, tips: list[tuple[str, FoundRef, CommitId]]) -> Iterator[Event]:
        """Saves, submits and withdrawals that are not on main yet."""
        if not tips:
            return
        of: dict[SubmissionId, str] = {parsed.submission: name for name, parsed, _ in tips}
        log = walk_log(self.repo, [tip for _, _, tip in tips], [self.catalog.commit])
        submits = [c for c in log if c.trailers.get("Mcred-Event") == "submit" and submission_of(c) in of]
        requests = self._requests(submits)
        self.rights.learn(r.main for r in requests.values())
        for commit in log:
            submission = submission_of(commit)
            if submission is None or submission not in of:
                continue
            request = requests.get(commit.id)
            self.begun.setdefault(submission, commit.id)
            event = read_event(commit, submission.earner, request)
            if event is None or event.kind not in ("save", "submit", "withdraw"):
                continue
            reasons = self._reasons_against(event, commit, request)
            if reasons:
                away = TurnedAway(ref=of[submission], commit=commit.id, reasons=reasons, event=event)
                self.turned_away.append(away)
            else:
                yield event

    def _requests(self, submits: list[Commit]) -> Mapping[CommitId, ReviewRequest]:
        """The review request of each submit, read in one batch."""
        paths = {
            c.id: request_path(s, read_attempt(c)) for c in submits if (s := submission_of(c)) is not None
        }
        found: dict[CommitId, ReviewRequest] = {}
        for commit, data in zip(paths, read_files(self.repo, tuple(paths.items())), strict=True):
            request = decode(data or b"", ReviewRequest, paths[commit])[0]
            if request is not None:
                found[commit] = request
        return found

    def _reasons_against(
        self, event: Event, commit: Commit, request: ReviewRequest | None
    ) -> tuple[str, ...]:
        signer = commit.signer
        if event.kind != "submit":
            states = self.rights.since(lambda: self._begun_on(event.submission), commit.id, event.submission)
            return reasons_since(states, lambda at: check_signer(signer, event.person, at))
        if request is None:
            return ("its review request is missing or cannot be read",)
        about = (request, event.submission, event.attempt, signer)
        reasons: list[str] = []
        there: ProgrammeState = self.catalog
        if self.rights.place(request.main) is None:
            reasons.append("it was made from a state that the program never had")
        else:
            there = self.rights.at(request.main, commit.id, event.submission)
        reasons += check_submission(*about, there)
        if not self._had(request.definition.blob, event.submission.credential):
            reasons.append("it names a definition that the program never had")
        if why := self.last_words.get(event.submission):
            reasons.append(why)
        return tuple(reasons)

    def _begun_on(self, submission: SubmissionId) -> CommitId | None:
        """The commit of main that the first commit of the open work builds on."""
        return merge_base(self.repo, self.begun[submission], self.catalog.commit)

    def _had(self, blob: BlobId, credential: CredentialId) -> bool:
        """Whether the programme ever had a definition: today's, or one in its history, which is slow."""
        today = self.catalog.definitions.get(credential)
        return (today is not None and today.blob == blob) or blob in self._blobs_of(credential)

    def _blobs_of(self, credential: CredentialId) -> frozenset[BlobId]:
        if credential not in self.editions:
            path = definition_path(credential)
            self.editions[credential] = frozenset(find_blob_versions(self.repo, self.catalog.commit, path))
        return self.editions[credential]


def folder_at(repo: Repo, commit: CommitId, submission: SubmissionId) -> Snapshot:
    """A submission's folder at a commit: texts are read, evidence is only listed."""
    entries = {
        path: entry
        for path, entry in list_tree(repo, commit, folder_of(submission)).items()
        if entry.mode in ("100644", "100755")
    }
    texts = {
        p: e.blob
        for p, e in entries.items()
        if p.endswith((".yaml", ".md")) and "/evidence/" not in p and e.size <= MAX_TEXT
    }
    data = read_blobs(repo, texts.values())
    entries = dict(with_real_sizes(repo, entries))
    return Snapshot(commit=commit, entries=entries, contents={p: data[b] for p, b in texts.items()})


def list_sound(repo: Repo, commit: CommitId, submission: SubmissionId) -> Mapping[str, Entry]:
    """A submission's files as submitted. Raises McredError for names, kinds or sizes that not every computer
    can store (TRUST: the tree gate)."""
    sent = list_tree(repo, commit, folder_of(submission))
    if problems := gate(sent):
        raise McredError(
            f"{submission} contains files that no one can take over; ask {submission.earner} to fix that and "
            f"type: {next_step('submit', submission.credential, '--replace')}",
            hint=next_step("queue", "--all"),
            problems=problems,
        )
    return sent


def read_submitted(
    repo: Repo, commit: CommitId, submission: SubmissionId, definition: Credential
) -> tuple[Work, tuple[Problem, ...]]:
    """A submission as submitted. Raises McredError when it cannot be read at all."""
    work, problems = read_work(submission, folder_at(repo, commit, submission), definition)
    if work is None:
        raise McredError(
            f"{submission} cannot be read as it was submitted", hint=next_step("queue"), problems=problems
        )
    return work, problems


def read_request(repo: Repo, commit: CommitId, submission: SubmissionId) -> ReviewRequest | None:
    """The request that a submitted commit is about; None when missing or unreadable."""
    path = request_path(submission, read_attempt(read_commit(repo, commit, verify=False)))
    (data,) = read_files(repo, [(commit, path)])
    return decode(data or b"", ReviewRequest, path)[0]


def read_disclosures(
    repo: Repo, commit: CommitId, submission: SubmissionId, attempt: int
) -> Disclosures | None:
    """What opens the pieces of an attempt's request, in a commit; None when missing or unreadable.

    The only reader of disclosures, so that they may lie elsewhere in a programme whose members cannot read
    the work.
    """
    path = disclosures_path(submission, attempt)
    (data,) = read_files(repo, [(commit, path)])
    return decode(data or b"", Disclosures, path)[0]


@lru_cache(maxsize=64)
def read_edition(repo: Repo, blob: BlobId, credential: CredentialId) -> Credential:
    """A definition by its stored bytes. Raises McredError when they are not a definition."""
    data = read_small(repo, [blob]).get(blob, b"")
    definition, problems = decode(data, Credential, definition_path(credential))
    if definition is None:
        raise McredError(
            f"the definition of {credential} cannot be read", hint=next_step("lint"), problems=problems
        )
    return definition


def find_edition(
    repo: Repo, catalog: Catalog, credential: CredentialId, version: str
) -> tuple[Credential, DefinitionRef] | None:
    """The definition at a version: today's, or one in main's history. None when that version never
    existed."""
    today = catalog.definitions.get(credential)
    if today is not None and today.credential.version == version:
        return today.credential, DefinitionRef(version=today.credential.version, blob=today.blob)
    for blob in find_blob_versions(repo, catalog.commit, definition_path(credential)):
        data = read_small(repo, [blob]).get(blob, b"")
        definition, _ = decode(data, Credential, definition_path(credential))
        if definition is not None and definition.version == version:
            return definition, DefinitionRef(version=definition.version, blob=blob)
    return None


def newest_refs(repo: Repo, choose_local: Callable[[str], bool]) -> Mapping[str, CommitId]:
    """Refs by their `refs/heads/…` name: the remote's, and local ones where `choose_local` says so."""
    shared = {local_ref(name): tip for name, tip in list_refs(repo, SENT_HEADS).items()}
    local = {name: tip for name, tip in list_refs(repo, HEADS).items() if choose_local(name)}
    return {**shared, **local}

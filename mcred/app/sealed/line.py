"""Where the user's work stands: the newest draft, what another computer of theirs saved, what was sent.

Three refs: the drafts as plain files, on this computer only; the same drafts sealed, on the work ref; and
what was submitted. The first two always move together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress

from msgspec import Struct

from mcred.app.keys.reading import ensure_reading_key
from mcred.app.sealed.attempts import find_readable
from mcred.app.sealed.open_work import OpenList, open_files, open_list
from mcred.app.sealed.pass_on import pass_on, read_let_in
from mcred.app.sealed.review import current_keys
from mcred.app.sealed.seal_work import seal_commit
from mcred.app.workspace import Workspace
from mcred.domain.ids import BlobId, CommitId, PersonId, SubmissionId, is_hex
from mcred.domain.layout import WORK_REFS, draft_ref, parse_ref, remote_ref, submission_ref, work_ref
from mcred.domain.sealed.work import PassedOn
from mcred.formats.trailers import SENT, message
from mcred.problems import McredError, next_step
from mcred.store.git import Repo, list_refs, resolve
from mcred.store.log import Commit, is_ancestor, read_commit, walk_log
from mcred.store.seal import Unopened
from mcred.store.write import commit_tree, move_refs

INSTEAD = "Mcred-Instead"
"""The trailer of a sealed draft that was written again, without those before: in the place of which."""
ERASED = "Mcred-Erased"
"""The trailer of such a draft: after how many erasures."""


RefMove = tuple[str, CommitId | None, CommitId | None]
"""A ref, its new commit, and the one that it has to have."""


class Elsewhere(Struct, frozen=True, kw_only=True):
    """What another computer of the user saved and is not here yet."""

    sealed: CommitId
    """The newest commit of the work ref at the remote."""
    draft: CommitId | None
    """The draft in it; None where it cannot be opened."""
    why: str = ""
    """Why it cannot be opened."""
    is_instead: bool = False
    """Whether it was written again in place of all that was saved here."""

    def explain(self, submission: SubmissionId) -> str:
        """As text, that it cannot be opened."""
        return (
            f"what you saved of {submission.credential} on another computer cannot be opened here: {self.why}"
        )


def open_draft(ws: Workspace, submission: SubmissionId) -> CommitId | None:
    """My newest draft; None where there is none, or main has what was submitted of it."""
    tip = resolve(ws.repo, draft_ref(submission))
    if tip is None:
        return None
    sent = read_commit(ws.repo, tip, verify=False).trailers.get(SENT, "")
    return None if sent and _is_on_main(ws, submission, CommitId(sent)) else tip


def _is_on_main(ws: Workspace, submission: SubmissionId, sent: CommitId) -> bool:
    record = ws.catalog.records.get(submission)
    if record is not None and any(decision.judged == sent for decision in record.decisions):
        return True
    found = resolve(ws.repo, sent)
    return found is not None and is_ancestor(ws.repo, found, ws.main)


def sent_tip(ws: Workspace, submission: SubmissionId) -> tuple[str, CommitId] | None:
    """The event of my newest commit for others, and the commit; None where main has it, or there is none."""
    ref = submission_ref(submission)
    local, shared = resolve(ws.repo, ref), resolve(ws.repo, remote_ref(ref))
    tip = local if shared is None or (local and is_ancestor(ws.repo, shared, local)) else shared
    if tip is None or is_ancestor(ws.repo, tip, ws.main):
        return None
    return read_commit(ws.repo, tip, verify=False).trailers.get("Mcred-Event", ""), tip


def newest_state(ws: Workspace, submission: SubmissionId) -> CommitId:
    """My newest state here: the draft; where none is open, what was judged last, or main without that."""
    return open_draft(ws, submission) or last_judged(ws, submission) or ws.main


def last_judged(ws: Workspace, submission: SubmissionId) -> CommitId | None:
    """The commit with the plain files of my attempt that was decided last, where they are sealed and can be
    read here."""
    record = ws.catalog.records.get(submission)
    decision = record.decision if record is not None else None
    at = find_readable(ws, submission, decision.judged) if decision is not None else None
    return at if decision is not None and at != decision.judged else None


def shown_state(ws: Workspace, submission: SubmissionId) -> CommitId:
    """What my folder shows: my newest state; without any draft here, what I have in review."""
    sent = None if resolve(ws.repo, draft_ref(submission)) else sent_tip(ws, submission)
    found = find_readable(ws, submission, sent[1]) if sent else None
    return found or newest_state(ws, submission)


def my_lines(ws: Workspace) -> frozenset[SubmissionId]:
    """My submissions with a draft here."""
    return _lines_of(ws, WORK_REFS)


def all_lines(ws: Workspace) -> frozenset[SubmissionId]:
    """My submissions with a draft here or at the remote, or with something in review."""
    sent = {s for s in ws.record.of(ws.catalog, ws.me) if sent_tip(ws, s)} if ws.me else set()
    return my_lines(ws) | _lines_of(ws, remote_ref(WORK_REFS)) | sent


def _lines_of(ws: Workspace, under: str) -> frozenset[SubmissionId]:
    found = (parse_ref(name) for name in list_refs(ws.repo, under))
    return frozenset(f.submission for f in found if f is not None and f.person == ws.me)


def find_elsewhere(ws: Workspace, submission: SubmissionId) -> Elsewhere | None:
    """What another computer of mine saved and is not here yet; its plain commits are stored."""
    ref = work_ref(submission)
    local, shared = resolve(ws.repo, ref), resolve(ws.repo, remote_ref(ref))
    if shared is None or (local is not None and follows(ws.repo, shared, local)):
        return None
    try:
        draft = _open_drafts(ws, submission, shared, [local] if local else [])
    except Unopened as error:
        return Elsewhere(sealed=shared, draft=None, why=error.what)
    is_on_top = local is None or is_ancestor(ws.repo, local, shared)
    is_instead = local is not None and not is_on_top and follows(ws.repo, local, shared)
    return Elsewhere(sealed=shared, draft=draft, is_instead=is_instead)


def follows(repo: Repo, old: CommitId, new: CommitId) -> bool:
    """Whether a sealed draft holds all that another one does: it is on top of it, or was written again in the
    place of it or of a later one."""
    if is_ancestor(repo, old, new):
        return True
    named = (root.trailers.get(INSTEAD, "") for root in roots_of(repo, new))
    replaced = [tip for name in named if is_hex(name) and (tip := resolve(repo, name)) is not None]
    return any(is_ancestor(repo, old, tip) for tip in replaced)


def roots_of(repo: Repo, tip: CommitId) -> tuple[Commit, ...]:
    """The commits without parents that a commit goes back to."""
    return tuple(commit for commit in walk_log(repo, [tip], verify=False) if not commit.parents)


def need_opened(ws: Workspace, submission: SubmissionId) -> Elsewhere | None:
    """Like `find_elsewhere`. Raises McredError where it cannot be opened."""
    other = find_elsewhere(ws, submission)
    if other is not None and other.draft is None:
        note = "what you have here is saved on top of it; nothing there is lost"
        raise McredError(other.explain(submission), hint=next_step("save", submission.credential, note=note))
    return other


def keep_draft(
    ws: Workspace,
    submission: SubmissionId,
    tree: str,
    other: Elsewhere | None,
    *,
    title: str,
    sent: CommitId | None = None,
) -> CommitId:
    """Store a draft on top of mine, plain and sealed, and move the refs of both to it.

    `other`: what it follows of another computer, too. `sent`: as which commit it is submitted, whose ref
    moves as well.
    """
    ref, work, plain = submission_ref(submission), work_ref(submission), draft_ref(submission)
    old, mine = resolve(ws.repo, work), resolve(ws.repo, plain)
    text = message(title, "save", submission)
    if sent is not None:
        text = f"{message(title, 'sent', submission).rstrip()}\n{SENT}: {sent}\n"
    parents = dict.fromkeys(tip for tip in (mine, other.draft if other else None) if tip is not None)
    draft = commit_tree(ws.repo, tree, list(parents), text, ws.author(), ws.key())
    before = [tip for tip in (old, other.sealed if other else None) if tip is not None]
    sealed = _seal(ws, submission, draft, before, plan_sealing(ws, submission, before))
    moves: list[RefMove] = [(work, sealed, old), (plain, draft, mine)]
    if sent is not None:
        moves.append((ref, sent, resolve(ws.repo, ref)))
    _move_line(ws.repo, moves, other)
    return draft


def _move_line(repo: Repo, moves: Sequence[RefMove], other: Elsewhere | None) -> None:
    """Move the refs of a draft: the sealed one, the plain one, and that of what is submitted.

    git moves several one after another, in this order, and may be killed between two. What is submitted
    comes last: the next `submit` sends what that ref has, and saves nothing any more. What another computer
    saved is found for as long as the sealed ref does not follow it: then that one moves after the plain one.
    """
    if other is not None:
        sealed, plain, *more = moves
        move_refs(repo, [plain])
        move_refs(repo, [sealed, *more])
    else:
        move_refs(repo, moves)


def seal_again(ws: Workspace, submission: SubmissionId, people: tuple[PersonId, ...] | None = None) -> bool:
    """Seal my newest draft again where that lets others in than now, or to more; returns whether it did.

    `people`: whom it lets in; None for those whom it lets in now, after a reading key of theirs changed, or
    something was submitted or decided. Only my newest draft here can be sealed, not another computer's.
    """
    draft, other = resolve(ws.repo, draft_ref(submission)), find_elsewhere(ws, submission)
    old = resolve(ws.repo, work_ref(submission))
    if draft is None or old is None or (other is not None and other.draft != draft):
        return False
    before = [old, *([other.sealed] if other else [])]
    sealing = plan_sealing(ws, submission, before, people)
    newest = next((one for one in sealing.last if one.commit == old), None)
    is_so = newest is not None and (newest.list.readers, newest.list.passed) == (
        sealing.readers,
        sealing.passed,
    )
    if other is None and is_so:
        return False
    move_refs(ws.repo, [(work_ref(submission), _seal(ws, submission, draft, before, sealing), old)])
    return True


class Sealing(Struct, frozen=True, kw_only=True):
    """How my next draft is sealed."""

    last: Sequence[OpenList]
    """Earlier lists that can be opened here."""
    passed: PassedOn
    readers: tuple[str, ...]
    """My key in this folder, and those of the coaches who are let in."""


def plan_sealing(
    ws: Workspace,
    submission: SubmissionId,
    before: Sequence[CommitId],
    people: tuple[PersonId, ...] | None = None,
) -> Sealing:
    """How the draft on top of some commits of the work ref is sealed. `people`: as in `seal_again`."""
    last = open_all(ws, submission, before)
    if before and not last:
        said = f"what you saved of {submission.credential} before cannot be opened with your reading key"
        ws.ctx.show.note(f"{said}. If you let a coach read it, let them in again", style="yellow")
    wanted = people if people is not None else read_let_in(ws.repo, submission, before)
    passed = pass_on(ws, submission, wanted, last)
    keys = (ensure_reading_key(ws.repo).public, *current_keys(ws.catalog, passed.let_in))
    return Sealing(last=last, passed=passed, readers=tuple(dict.fromkeys(keys)))


def _seal(
    ws: Workspace, submission: SubmissionId, draft: CommitId, before: Sequence[CommitId], sealing: Sealing
) -> CommitId:
    return seal_commit(
        ws,
        submission,
        draft,
        sealing.readers,
        sealing.last,
        parents=before,
        passed=sealing.passed,
        text=message("Save a draft", "work", submission),
    )


def let_in_of(ws: Workspace, submission: SubmissionId) -> tuple[PersonId, ...]:
    """The coaches whom my newest draft here lets in."""
    tip = resolve(ws.repo, work_ref(submission))
    return read_let_in(ws.repo, submission, [tip]) if tip is not None else ()


def open_all(ws: Workspace, submission: SubmissionId, tips: Iterable[CommitId]) -> Sequence[OpenList]:
    """Those of some sealed drafts that can be opened here: their files can be kept."""
    found = []
    for tip in tips:
        with suppress(Unopened):
            found.append(open_list(ws.repo, submission, tip))
    return found


def _open_drafts(
    ws: Workspace, submission: SubmissionId, tip: CommitId, known: Sequence[CommitId]
) -> CommitId:
    """Store the draft that a commit of the work ref holds, and those before it, as plain commits.

    `known`: commits of the work ref that were opened or sealed here. Raises `Unopened` where the newest
    cannot be opened, or is not signed by its earner; an earlier one that cannot be opened is left out.
    """
    signer = read_commit(ws.repo, tip).signer
    profile = ws.catalog.people.get(submission.earner)
    listed = {k.public for k in profile.keys} if profile else set()
    if signer is None or signer not in {*listed, ws.key().public}:
        raise Unopened(f"it is not signed by {submission.earner}")
    opened: dict[BlobId, BlobId] = {}
    draft = None
    for commit in walk_log(ws.repo, [tip], known, verify=False):
        try:
            draft = open_files(ws.repo, open_list(ws.repo, submission, commit.id), opened)
        except Unopened:
            if commit.id == tip:
                raise
    if draft is None:
        raise Unopened("it is not what mcred saves")
    return draft


def take_elsewhere(ws: Workspace, submission: SubmissionId, other: Elsewhere) -> bool:
    """Go on from what another computer saved, where it follows all that was saved here."""
    work, plain = work_ref(submission), draft_ref(submission)
    old = resolve(ws.repo, work)
    if other.draft is None or (old is not None and not follows(ws.repo, old, other.sealed)):
        return False
    moves = [(work, other.sealed, old), (plain, other.draft, resolve(ws.repo, plain))]
    _move_line(ws.repo, moves, other)
    return True

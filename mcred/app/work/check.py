"""What is still missing from a draft."""

from __future__ import annotations

from msgspec import Struct

from mcred.app.work.drafts import Draft, is_sent, read_draft
from mcred.app.work.saved_files import missing_files
from mcred.app.workspace import Workspace
from mcred.domain.ids import SubmissionId
from mcred.domain.rules.submit import FINAL
from mcred.domain.submission import find_gaps, largest_file
from mcred.problems import NextStep, Problem, errors, next_step


class CheckedDraft(Struct, frozen=True, kw_only=True):
    """A draft with all its problems."""

    draft: Draft
    problems: tuple[Problem, ...]
    missing: tuple[str, ...]
    """Saved files that are needed and not in the folder."""
    next: NextStep

    @property
    def gaps(self) -> tuple[Problem, ...]:
        """The problems without which it could be submitted."""
        return errors(self.problems)


def check_draft(ws: Workspace, submission: SubmissionId) -> CheckedDraft:
    """Check my draft. Raises McredError where it is not started, or its list cannot be read."""
    draft, name = read_draft(ws, submission), submission.credential
    largest = largest_file(ws.catalog.programme)
    problems = (*draft.problems, *find_gaps(draft.work, draft.definition, largest=largest))
    missing, standing = tuple(sorted(missing_files(ws, submission))), ws.standing(submission)
    if missing:
        step = next_step("restore", name)
    elif errors(problems):
        step = next_step("check", name, note="after you mended these")
    elif standing.word in FINAL or is_sent(ws, draft):
        step = next_step("status")
    else:
        step = next_step("submit", name, *(("--replace",) if standing.is_open else ()))
    return CheckedDraft(draft=draft, problems=problems, missing=missing, next=step)

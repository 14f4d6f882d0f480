"""Which requests this computer still has to show on the review host, and as what it last showed others.

A name is noted before the host is asked anything; so after a cut, or while the host is away, `mcred sync`
knows what is left to do.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from mcred.domain.ids import CredentialId, PersonId, SubmissionId, is_id
from mcred.store.atomic import write_whole
from mcred.store.git import Repo

FILE = "requests.json"


def read_shown(repo: Repo) -> Mapping[SubmissionId, str]:
    """Submission → what its request showed last, '' where that is to be done."""
    try:
        found = json.loads(_place(repo).read_text("utf-8"))
        pairs = [(name.split("/"), state) for name, state in found.items()]
    except (OSError, ValueError, AttributeError):
        return {}
    return {
        SubmissionId(PersonId(name[0]), CredentialId(name[1])): state
        for name, state in pairs
        if len(name) == 2 and all(is_id(n) for n in name) and isinstance(state, str)
    }


def note_waiting(repo: Repo, submission: SubmissionId) -> None:
    """Something is to be shown, and may not come about now."""
    _write(repo, submission, "")


def note_shown(repo: Repo, submission: SubmissionId, state: str) -> None:
    """Everything there is to show is shown."""
    _write(repo, submission, state)


def _write(repo: Repo, submission: SubmissionId, state: str) -> None:
    shown = dict(read_shown(repo))
    if shown.get(submission) == state:
        return
    shown[submission] = state
    kept = json.dumps({str(s): text for s, text in sorted(shown.items())}, indent=1)
    write_whole(_place(repo), kept.encode("ascii"))


def _place(repo: Repo) -> Path:
    return repo.state_dir / FILE

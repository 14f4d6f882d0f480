"""Which requests this computer has yet to update on the review host, and the state it last showed of others.

A submission is noted before the host is contacted; so after an interruption, or while the host is down,
`mcred sync` knows what is left to do.
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
    """Submission → the state its request showed last, '' where an update is due."""
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
    """Note that an update is due, which may fail now."""
    _write(repo, submission, "")


def note_shown(repo: Repo, submission: SubmissionId, state: str) -> None:
    """Note the state that is now shown in full."""
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

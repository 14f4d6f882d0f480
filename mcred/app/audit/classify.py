"""Lists the commits of main as audit steps and classifies each changed path."""

from __future__ import annotations

from mcred.domain.audit.values import EARNERS, Touch
from mcred.domain.ids import CommitId
from mcred.domain.layout import DEFINITIONS, PORTFOLIOS, PROGRAMME, parse_path
from mcred.store.git import Repo
from mcred.store.log import Change
from mcred.store.main_history import MainLine, walk_line
from mcred.store.snapshot import as_one_name

RECORD = (PROGRAMME, DEFINITIONS, PORTFOLIOS)
"""Rules of who may do what, and records of what was done: they tell main's own commits from merged ones."""


def read_line(repo: Repo, tip: CommitId) -> MainLine:
    """The commits of main, from the one that first adds the programme's rules."""
    return walk_line(repo, tip, RECORD, lambda commit: "Mcred-Event" in commit.trailers)


def touch_of(change: Change, fault: str = "") -> Touch:
    """A changed file with its kind; a path that no rule matches is `loose`."""
    found = parse_path(change.path)
    old = change.old.blob if change.old else None
    new = change.new.blob if change.new else None
    if found is None:
        return Touch(path=change.path, kind="loose", old=old, new=new, fault=fault)
    return Touch(
        path=change.path,
        kind=found.kind,
        old=old,
        new=new,
        person=found.person,
        credential=found.credential,
        stack=found.stack,
        attempt=found.attempt,
        number=found.number,
        assessor=found.assessor,
        fault=fault,
    )


def explain_disguise(path: str) -> str:
    """Why a path is the same as one of the programme's own on some file systems, '' for any other path."""
    plain = as_one_name(path)
    known = parse_path(plain) if plain != path else None
    if known is None or known.kind in EARNERS | {"stray"}:
        return ""
    found = parse_path(path)
    return "" if found and found.kind == known.kind else f"this is '{plain}' on many computers"


def is_text(path: str) -> bool:
    """Whether a file is one that mcred parses, rather than evidence."""
    return path.endswith((".yaml", ".json", ".md")) and "/evidence/" not in path

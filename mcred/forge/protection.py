"""How a review host keeps the main branch, read and never changed: what `mcred doctor --host` compares.

What the token may not see is None, never "no". The questions are those of `docs.github.com/rest` (rules for a
branch, branch protection, a repository), `docs.gitlab.com/api` (protected branches, a project), the API v1
of Gitea and Forgejo (branch_protections, a repository).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from mcred.forge.values import Ask, Asked, Place

_QUIET = (403, 404)
"""Not there, or not for this token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """What the host lets happen to main; None where that cannot be seen."""

    is_protected: bool | None
    can_be_forced: bool | None = None
    can_be_removed: bool | None = None
    needs_checks: bool | None = None
    may_squash: bool | None = None
    """Whether a request may be taken in a way that loses who signed what."""


def read_protection(place: Place, ask: Ask, branch: str = "main") -> Protection:
    """How a branch is kept on the place's host."""
    readers = {"github": _github, "gitlab": _gitlab, "gitea": _gitea}
    return readers[place.kind](place, ask, branch)


def _github(place: Place, ask: Ask, branch: str) -> Protection:
    base = f"/repos/{place.repository}"
    rules = _get(ask, f"{base}/rules/branches/{branch}")
    types = {str(r.get("type")) for r in rules if isinstance(r, dict)} if isinstance(rules, list) else None
    old = _map(_get(ask, f"{base}/branches/{branch}/protection"))
    repository = _map(_get(ask, base))
    if old is None and types is None:
        return Protection(is_protected=None, may_squash=_squashes(repository))
    types, classic = types or set(), old or {}
    forced = _switch(classic, "allow_force_pushes", old is not None)
    removed = _switch(classic, "allow_deletions", old is not None)
    return Protection(
        is_protected=bool(types) or old is not None,
        can_be_forced=forced and "non_fast_forward" not in types,
        can_be_removed=removed and "deletion" not in types,
        needs_checks="required_status_checks" in types or bool(classic.get("required_status_checks")),
        may_squash=_squashes(repository),
    )


def _switch(classic: Mapping[str, object], name: str, is_there: bool) -> bool:
    """A switch of branch protection; where there is none, everything is allowed."""
    found = _map(classic.get(name))
    return bool(found and found.get("enabled")) if is_there else True


def _gitlab(place: Place, ask: Ask, branch: str) -> Protection:
    base = f"/projects/{quote(place.repository, safe='')}"
    found, project = _map(_get(ask, f"{base}/protected_branches/{branch}")), _map(_get(ask, base))
    option = project.get("squash_option") if project else None
    checks = project.get("only_allow_merge_if_pipeline_succeeds") if project else None
    return Protection(
        is_protected=found is not None if project is not None else None,
        can_be_forced=_is_on(found, "allow_force_push") if found is not None else None,
        # A protected branch of GitLab's cannot be removed by a push.
        can_be_removed=False if found is not None else None,
        needs_checks=checks if isinstance(checks, bool) else None,
        may_squash=option != "never" if isinstance(option, str) else None,
    )


def _gitea(place: Place, ask: Ask, branch: str) -> Protection:
    base = f"/repos/{place.repository}"
    found, repository = _map(_get(ask, f"{base}/branch_protections/{branch}")), _map(_get(ask, base))
    return Protection(
        is_protected=found is not None if repository is not None else None,
        can_be_forced=_is_on(found, "enable_force_push") if found is not None else None,
        can_be_removed=False if found is not None else None,
        needs_checks=_is_on(found, "enable_status_check") if found is not None else None,
        may_squash=_squashes(repository),
    )


def _get(ask: Ask, path: str) -> object:
    """What the host says, None where it says nothing to this token."""
    answer = ask(Asked(method="GET", path=path), _QUIET)
    return answer.json if answer.status < 300 else None


def _map(value: object) -> Mapping[str, object] | None:
    return value if isinstance(value, dict) else None


def _is_on(found: Mapping[str, object] | None, name: str) -> bool:
    return bool(found and found.get(name))


def _squashes(repository: Mapping[str, object] | None) -> bool | None:
    """Whether squashing or rebasing is offered; GitHub and Gitea name the switches alike."""
    names = ("allow_squash_merge", "allow_rebase_merge", "allow_rebase")
    said = [repository[n] for n in names if n in repository] if repository else []
    return any(bool(s) for s in said) if said else None

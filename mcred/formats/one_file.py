"""The value of one file by what its path says, with the checks that need no other file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Protocol

from mcred.domain.assessment import Assessment
from mcred.domain.award import Reissue, Revocation
from mcred.domain.credential import Credential, Stack
from mcred.domain.decision import Decision
from mcred.domain.definition_checks import check_definition, check_stack
from mcred.domain.erasure import Erasure
from mcred.domain.ids import CredentialId, Slug, SubmissionId
from mcred.domain.layout import Found, PathKind, parse_path
from mcred.domain.people import Person
from mcred.domain.programme import Programme
from mcred.domain.seats import Assignment, DeclinedReview
from mcred.domain.submission import ReviewRequest
from mcred.formats.decode import decode
from mcred.formats.portfolio import same_place
from mcred.problems import Fault, Problem


def read_alone(data: bytes, path: str) -> object | None:
    """The value of a file; None where its path has no rule, or it cannot be read."""
    what = parse_path(path)
    if what is None:
        return None
    if what.kind == "profile":
        return decode(data, Person, path, named(what.person))[0]
    if what.kind == "definition":
        return decode(data, Credential, path, named(what.credential))[0]
    if what.kind == "stack":
        return decode(data, Stack, path, named(what.stack))[0]
    if what.kind == "programme":
        return decode(data, Programme, path)[0]
    shape = _PLACED.get(what.kind)
    return decode(data, shape, path, placed(what))[0] if shape is not None else None


class Named(Protocol):
    @property
    def id(self) -> str: ...


def named(outside: str | None) -> Callable[[Named], Iterable[Fault]]:
    """A check that a file's id matches its path."""
    return lambda value: _same_id(value.id, outside)


def stack_check(outside: str | None, known: frozenset[CredentialId]) -> Callable[[Stack], Iterable[Fault]]:
    return lambda stack: (*_same_id(stack.id, outside), *check_stack(stack, known))


class Judged(Protocol):
    @property
    def submission(self) -> SubmissionId: ...
    @property
    def attempt(self) -> int: ...


def placed(what: Found) -> Callable[[Judged], Iterator[Fault]]:
    """A check that a file's submission, attempt, number and assessor match its path."""

    def check(value: Judged) -> Iterator[Fault]:
        yield from same_place("submission", value.submission, what.submission)
        yield from same_place("attempt", value.attempt, what.attempt)
        if isinstance(value, Assessment | DeclinedReview):
            yield from same_place("assessor", value.assessor, what.assessor)
        if isinstance(value, Reissue | Assignment | Erasure):
            yield from same_place("number", value.number, what.number)

    return check


_PLACED: Mapping[PathKind, type[Judged]] = {
    "request": ReviewRequest,
    "assignment": Assignment,
    "decision": Decision,
    "reissue": Reissue,
    "revocation": Revocation,
}
"""Records whose submission and attempt are those of their path."""


def _same_id(inside: str, outside: str | None) -> Iterator[Fault]:
    if inside != outside:
        yield Fault(
            path=("id",),
            what=f"the id is '{inside}', but the file's location says '{outside}'",
            hint=f"write id: {outside}",
        )


@lru_cache(maxsize=256)
def read_definition(
    data: bytes, path: str, types: frozenset[Slug]
) -> tuple[Credential | None, tuple[Problem, ...]]:
    """Decode and check a definition; returns it or None, and its problems. Its id must be the folder's name.

    Cached, because many portfolios refer to the same definition.
    """
    what = parse_path(path)
    folder = what.credential if what else None
    return decode(data, Credential, path, lambda d: (*_same_id(d.id, folder), *check_definition(d, types)))


@lru_cache(maxsize=256)
def read_edition(
    data: bytes, file: str, credential: CredentialId
) -> tuple[Credential | None, tuple[Problem, ...]]:
    """Decode an earlier version of a micro-credential's definition; returns it or None, and its problems.

    Cached for the same reason.
    """
    return decode(data, Credential, file, named(credential))

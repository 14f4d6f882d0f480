"""Typed access to a host's JSON responses; an unexpected value raises a McredError."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from mcred.domain.ids import CommitId, is_hex
from mcred.hosting.values import Ask, HostedRepository, HostRequest, HostResponse, Review
from mcred.problems import Exit, McredError
from mcred.store.address import redact


def as_object(json: object) -> Mapping[str, object]:
    """A response as a JSON object."""
    if isinstance(json, dict):
        return json
    raise odd("it is no object")


def as_list(json: object) -> Iterator[Mapping[str, object]]:
    """A response as a list of JSON objects."""
    if not isinstance(json, list):
        raise odd("it is no list")
    for item in json:
        yield as_object(item)


def below(value: Mapping[str, object], name: str) -> Mapping[str, object]:
    """A member that is an object; an empty one when missing."""
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def text(value: Mapping[str, object], name: str) -> str:
    """A member that is a text; '' when missing."""
    found = value.get(name)
    return found if isinstance(found, str) else ""


def number(value: Mapping[str, object], name: str) -> int:
    """A required member that is a number."""
    found = value.get(name)
    if isinstance(found, int) and not isinstance(found, bool):
        return found
    raise odd(f"it has no {name}")


def when(value: Mapping[str, object], name: str) -> datetime:
    """A required member that is a time with a zone."""
    try:
        found = datetime.fromisoformat(text(value, name))
    except ValueError:
        raise odd(f"it has no {name}") from None
    if found.tzinfo is None:
        raise odd(f"its {name} has no zone")
    return found


def commit(value: Mapping[str, object], name: str) -> CommitId | None:
    """A member that is a full commit id; None when missing."""
    found = text(value, name)
    return CommitId(found) if is_hex(found) else None


def names(value: Mapping[str, object], name: str, field: str) -> tuple[str, ...]:
    """One text field of each object in a list member, such as the names of labels."""
    found = value.get(name)
    listed = found if isinstance(found, list) else []
    return tuple(n for item in listed if isinstance(item, dict) and (n := text(item, field)))


def odd(why: str) -> McredError:
    """The error for a response that does not match the host's API documentation."""
    return McredError(
        f"the review host answered in a way mcred does not understand: {why}",
        hint="mcred sync   (later; if this continues, tell the maintainers of mcred)",
        code=Exit.UNREACHABLE,
    )


def comments(ask: Ask, path: str, size: Mapping[str, str]) -> Iterator[Review]:
    """Comments of GitHub and Gitea, which are not bound to a commit."""
    for comment in pages(ask, HostRequest(method="GET", path=path), size):
        yield Review(
            id=f"comment-{number(comment, 'id')}",
            account=text(below(comment, "user"), "login"),
            body=text(comment, "body").replace("\r\n", "\n"),
            when=when(comment, "created_at"),
        )


def pages(ask: Ask, asked: HostRequest, size: Mapping[str, str]) -> Iterator[Mapping[str, object]]:
    """Every object of a paginated list. `size`: the page size parameter in the host's own name."""
    for page in range(1, MAX_PAGES + 1):
        query = {**asked.query, **size, "page": str(page)}
        answer = ask(HostRequest(method=asked.method, path=asked.path, query=query))
        yield from as_list(answer.json)
        if not answer.more:
            return


MAX_PAGES = 200
"""A limit, against a host whose list never ends."""


def refused(place: HostedRepository, answer: HostResponse) -> McredError:
    """The error for a rejection that the caller could not handle."""
    said = text(answer.json, "message") if isinstance(answer.json, dict) else ""
    why = f": {redact(' '.join(said.split())[:300])}" if said else ""
    return McredError(f"{place.host}: it refused ({answer.status}){why}", hint="mcred sync")

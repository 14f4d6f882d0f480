"""Taking a host's answer apart: each value asked for by name and kind, anything else is a named refusal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from mcred.domain.ids import CommitId, is_hex
from mcred.hosting.values import Ask, HostedRepository, HostRequest, HostResponse, Review
from mcred.problems import Exit, McredError
from mcred.store.address import redact


def as_object(json: object) -> Mapping[str, object]:
    """An answer that is one object."""
    if isinstance(json, dict):
        return json
    raise odd("it is no object")


def as_list(json: object) -> Iterator[Mapping[str, object]]:
    """An answer that is a list of objects."""
    if not isinstance(json, list):
        raise odd("it is no list")
    for item in json:
        yield as_object(item)


def below(value: Mapping[str, object], name: str) -> Mapping[str, object]:
    """An object inside; an empty one where there is none."""
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def text(value: Mapping[str, object], name: str) -> str:
    """A text inside; '' where there is none."""
    found = value.get(name)
    return found if isinstance(found, str) else ""


def number(value: Mapping[str, object], name: str) -> int:
    """A number that has to be there."""
    found = value.get(name)
    if isinstance(found, int) and not isinstance(found, bool):
        return found
    raise odd(f"it has no {name}")


def when(value: Mapping[str, object], name: str) -> datetime:
    """A time that has to be there, with its zone."""
    try:
        found = datetime.fromisoformat(text(value, name))
    except ValueError:
        raise odd(f"it has no {name}") from None
    if found.tzinfo is None:
        raise odd(f"its {name} has no zone")
    return found


def commit(value: Mapping[str, object], name: str) -> CommitId | None:
    """A full commit name, None where there is none."""
    found = text(value, name)
    return CommitId(found) if is_hex(found) else None


def names(value: Mapping[str, object], name: str, field: str) -> tuple[str, ...]:
    """One text of each object in a list, such as the names of labels."""
    found = value.get(name)
    listed = found if isinstance(found, list) else []
    return tuple(n for item in listed if isinstance(item, dict) and (n := text(item, field)))


def odd(why: str) -> McredError:
    """An answer that is not what the host's description promises."""
    return McredError(
        f"the review host answers in a way mcred does not know: {why}",
        hint="mcred sync   (later; if it stays so, tell the maintainers of mcred)",
        code=Exit.UNREACHABLE,
    )


def comments(ask: Ask, path: str, size: Mapping[str, str]) -> Iterator[Review]:
    """Plain comments, which are bound to no state, as GitHub and Gitea have them."""
    for comment in pages(ask, HostRequest(method="GET", path=path), size):
        yield Review(
            id=f"comment-{number(comment, 'id')}",
            account=text(below(comment, "user"), "login"),
            body=text(comment, "body").replace("\r\n", "\n"),
            when=when(comment, "created_at"),
        )


def pages(ask: Ask, asked: HostRequest, size: Mapping[str, str]) -> Iterator[Mapping[str, object]]:
    """Every object of a list, page by page. `size`: how many on one page, by the host's own word."""
    for page in range(1, MAX_PAGES + 1):
        query = {**asked.query, **size, "page": str(page)}
        answer = ask(HostRequest(method=asked.method, path=asked.path, query=query))
        yield from as_list(answer.json)
        if not answer.more:
            return


MAX_PAGES = 200
"""A bound, so that a host that always has more keeps nobody for ever."""


def refused(place: HostedRepository, answer: HostResponse) -> McredError:
    """A refusal that looked as if it could be mended, and could not."""
    said = text(answer.json, "message") if isinstance(answer.json, dict) else ""
    why = f": {redact(' '.join(said.split())[:300])}" if said else ""
    return McredError(f"{place.host}: it refuses ({answer.status}){why}", hint="mcred sync")

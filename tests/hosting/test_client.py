"""The line's manners: patience with limits, repeating only what may be repeated, saying nothing secret."""

from __future__ import annotations

import traceback
from collections.abc import Callable

import httpx
import pytest

from mcred.hosting.client import LONGEST_WAIT, TRIES, HostConnection
from mcred.hosting.values import HostRequest
from mcred.problems import Exit, McredError

SECRET = "planted-0123456789"  # noqa: S105 (planted, to be looked for)
DATE = "Mon, 02 Mar 2026 09:00:00 GMT"
READ = HostRequest(method="GET", path="/a")
MAKE = HostRequest(method="POST", path="/a", body={"x": 1})
Answers = list[httpx.Response | Exception]


class Wire:
    """Answers one after the other; the last one again and again."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[httpx.Request] = []
        self.pauses: list[float] = []
        self.line = HostConnection(
            host="host.example",
            base="https://host.example/api",
            headers={"Authorization": f"Bearer {SECRET}"},
            secret=SECRET,
            pause=self.pauses.append,
            transport=httpx.MockTransport(self.answer),
        )

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(found, Exception):
            raise found
        return found


def fine() -> httpx.Response:
    return httpx.Response(200, json={"ok": True})


def test_the_token_goes_in_a_header_and_nowhere_else() -> None:
    wire = Wire(fine())
    assert wire.line(MAKE).json == {"ok": True}
    (request,) = wire.asked
    assert request.headers["authorization"] == f"Bearer {SECRET}"
    assert str(request.url) == "https://host.example/api/a"
    assert SECRET not in request.content.decode()


@pytest.mark.parametrize(
    ("headers", "status", "waited"),
    [
        ({"retry-after": "7"}, 429, 7.0),
        ({"retry-after": "7"}, 403, 7.0),
        ({"retry-after": "2"}, 503, 2.0),
        ({"retry-after": "Mon, 02 Mar 2026 09:00:09 GMT", "date": DATE}, 429, 9.0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1772442030", "date": DATE}, 403, 30.0),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "1772442005", "date": DATE}, 429, 5.0),
        ({}, 429, 1.0),
    ],
)
@pytest.mark.parametrize("asked", [READ, MAKE])
def test_waits_as_long_as_the_host_asks(
    headers: dict[str, str], status: int, waited: float, asked: HostRequest
) -> None:
    wire = Wire(httpx.Response(status, headers=headers), fine())
    assert wire.line(asked).status == 200
    assert wire.pauses == [waited]


def test_does_not_sit_through_a_long_wait() -> None:
    wire = Wire(httpx.Response(429, headers={"retry-after": str(int(LONGEST_WAIT) + 1)}))
    with pytest.raises(McredError, match="too busy") as caught:
        wire.line(READ)
    assert (caught.value.code, wire.pauses, len(wire.asked)) == (Exit.UNREACHABLE, [], 1)


@pytest.mark.parametrize(
    ("trouble", "made_twice"),
    [
        (lambda: httpx.ConnectError("no"), True),
        (lambda: httpx.ConnectTimeout("no"), True),
        (lambda: httpx.ReadTimeout("no"), False),
        (lambda: httpx.RemoteProtocolError("cut"), False),
        (lambda: httpx.ReadError("cut"), False),
        (lambda: httpx.Response(502), False),
        (lambda: httpx.Response(500), False),
    ],
)
def test_repeats_only_what_may_be_repeated(
    trouble: Callable[[], httpx.Response | Exception], made_twice: bool
) -> None:
    assert Wire(trouble(), fine()).line(READ).status == 200
    making = Wire(trouble(), fine())
    if made_twice:
        assert making.line(MAKE).status == 200
    else:
        with pytest.raises(McredError) as caught:
            making.line(MAKE)
        assert caught.value.code is Exit.UNREACHABLE
    assert len(making.asked) == (2 if made_twice else 1)


def test_gives_up_after_some_tries() -> None:
    wire = Wire(httpx.ConnectError("no"))
    with pytest.raises(McredError, match=r"host\.example: it cannot be reached"):
        wire.line(READ)
    assert len(wire.asked) == TRIES


@pytest.mark.parametrize(
    ("status", "words", "code"),
    [
        (301, "moved", Exit.CHANGED),
        (401, "does not accept the token", Exit.SIGN_IN),
        (403, "not allowed", Exit.NOT_ALLOWED),
        (404, "it does not exist", Exit.NOT_ALLOWED),
        (409, r"refused \(409\)", Exit.REFUSED),
        (422, "Validation Failed: title is too long", Exit.REFUSED),
    ],
)
def test_each_refusal_has_its_words(status: int, words: str, code: Exit) -> None:
    body = {"message": "Validation Failed:", "errors": [{"message": "title is too long"}]}
    wire = Wire(httpx.Response(status, json=body, headers={"location": "https://evil.example/"}))
    with pytest.raises(McredError, match=words) as caught:
        wire.line(READ)
    assert caught.value.code is code
    assert str(caught.value.hint).startswith("mcred sync")
    assert len(wire.asked) == 1
    assert wire.line(READ, ok=(status,)).status == status


@pytest.mark.parametrize("body", [b"<html>", b"\xff\xfe", b"{"])
def test_an_answer_that_cannot_be_read_is_no_answer(body: bytes) -> None:
    with pytest.raises(McredError, match="cannot be read"):
        Wire(httpx.Response(200, content=body)).line(READ)


def test_an_endless_answer_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mcred.hosting.client.MAX_BYTES", 10)
    with pytest.raises(McredError, match="connection broke"):
        Wire(httpx.Response(200, content=b" " * 11)).line(READ)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(401, json={"message": f"Bad credentials: {SECRET}"}),
        httpx.Response(422, json={"errors": [f"{SECRET} is odd"], "message": f"token={SECRET}"}),
        httpx.Response(200, content=SECRET.encode()),
        httpx.ConnectError(f"https://x:{SECRET}@host"),
        httpx.ReadTimeout(SECRET),
    ],
)
def test_what_is_raised_has_no_token_in_it(answer: httpx.Response | Exception) -> None:
    with pytest.raises(McredError) as caught:
        Wire(answer).line(MAKE)
    assert SECRET not in "".join(traceback.format_exception(caught.value))

"""The HTTP client for review hosts: authenticated, with retries that never repeat a creation.

The one module besides `app/safe_http` that uses the network (docs/decisions):

1. A token is sent to its own host only, in a header; redirects are never followed.
2. A rate-limited request (429, or 403 with a time) is retried after that time if it is short; otherwise
   the error states the time.
3. Idempotent requests (reading, setting, deleting) are retried after a broken connection or a server
   error; those that create something only where they certainly never arrived. The next run finds by
   marker what did.
4. No output, exception or exception chain contains a token.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from mcred.hosting.values import HostRequest, HostResponse
from mcred.problems import Exit, McredError
from mcred.store.address import redact

if TYPE_CHECKING:
    import httpx

    Transport = httpx.BaseTransport

TRIES = 3
SECONDS = 20.0
LONGEST_WAIT = 60.0
MAX_BYTES = 16 * 1024 * 1024
_MAY_REPEAT = ("GET", "PUT", "PATCH", "DELETE")
LATER = "mcred sync"

Pause = Callable[[float], None]


class HostConnection:
    """A client for one host, which reuses its connection."""

    def __init__(
        self,
        *,
        host: str,
        base: str,
        headers: Mapping[str, str],
        secret: str,
        pause: Pause,
        transport: Transport | None = None,
    ) -> None:
        import httpx

        self._host, self._secret, self._pause = host, secret, pause
        self._client = httpx.Client(
            base_url=base,
            headers={"User-Agent": "mcred", **headers},
            timeout=httpx.Timeout(SECONDS, connect=SECONDS / 2),
            follow_redirects=False,
            transport=transport,
        )

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def __call__(self, asked: HostRequest, ok: Iterable[int] = ()) -> HostResponse:
        """Send a request and return the response; McredError for none, or a status above 299 not in `ok`."""
        last: McredError | None = None
        for turn in range(TRIES):
            if turn and last is not None:
                self._pause(float(turn))
            outcome = self._once(asked)
            if isinstance(outcome, McredError):
                last = outcome
                continue
            response, body = outcome
            wait = _asked_to_wait(response)
            if wait is not None and turn + 1 < TRIES and wait <= LONGEST_WAIT:
                self._pause(wait)
                last = None
                continue
            if response.status_code >= 500 and asked.method in _MAY_REPEAT and turn + 1 < TRIES:
                last = self._refusal(response, body)
                continue
            if response.status_code < 300 or response.status_code in tuple(ok):
                return self._answer(response, body)
            raise self._refusal(response, body)
        raise last or self._away("it is too busy")

    def _once(self, asked: HostRequest) -> tuple[httpx.Response, bytes] | McredError:
        """One attempt; returns an error worth a retry, raises any other."""
        import httpx

        try:
            return exchange(self._client, asked)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            return self._away("it cannot be reached")
        except (httpx.TransportError, httpx.DecodingError) as error:
            why = (
                "it did not answer in time"
                if isinstance(error, httpx.TimeoutException)
                else "the connection broke"
            )
            if asked.method in _MAY_REPEAT:
                return self._away(why)
            raise self._away(why) from None
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            raise self._away("its address cannot be used") from None

    def _answer(self, response: httpx.Response, body: bytes) -> HostResponse:
        try:
            value: object = json.loads(body) if body.strip() else None
        except ValueError:
            raise self._away("its answer cannot be read") from None
        more = bool(response.headers.get("x-next-page")) or 'rel="next"' in response.headers.get("link", "")
        return HostResponse(status=response.status_code, json=value, more=more)

    def _refusal(self, response: httpx.Response, body: bytes) -> McredError:
        """The error for a status above 299, with a hint."""
        status, said = response.status_code, self._clean(_message(body))
        if _asked_to_wait(response) is not None or status >= 500:
            return self._away(f"it is too busy ({status})")
        if status in (301, 302, 303, 307, 308):
            return self._error("the repository has moved there; update review_host", Exit.CHANGED)
        if status == 401:
            return self._error(f"it does not accept the token{said}", Exit.SIGN_IN)
        if status == 403:
            return self._error(f"the token is not allowed to do that{said}", Exit.NOT_ALLOWED)
        if status == 404:
            return self._error(f"it does not exist, or the token may not see it{said}", Exit.NOT_ALLOWED)
        return self._error(f"it refused ({status}){said}", Exit.REFUSED)

    def _error(self, why: str, code: Exit) -> McredError:
        return McredError(f"{self._host}: {why}", hint=LATER, code=code)

    def _away(self, why: str) -> McredError:
        return self._error(why, Exit.UNREACHABLE)

    def _clean(self, said: str) -> str:
        return f": {redact(said.replace(self._secret, '…') if self._secret else said)}" if said else ""


def exchange(client: httpx.Client, asked: HostRequest) -> tuple[httpx.Response, bytes]:
    """Send one request and read the whole response, bounded in size."""
    import httpx

    with client.stream(
        asked.method, asked.path.lstrip("/"), params=dict(asked.query) or None, json=asked.body
    ) as response:
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > MAX_BYTES:
                raise httpx.DecodingError("too large")
        return response, bytes(body)


def _asked_to_wait(response: httpx.Response) -> float | None:
    """How many seconds a host asks to wait, by its own clock; None when it does not."""
    if response.status_code not in (403, 429, 503):
        return None
    after, reset = response.headers.get("retry-after", ""), ""
    if re.fullmatch(r"[0-9]{1,9}", after):
        return float(after)
    for names in (("x-ratelimit-remaining", "x-ratelimit-reset"), ("ratelimit-remaining", "ratelimit-reset")):
        if response.headers.get(names[0]) == "0":
            reset = response.headers.get(names[1], "")
    now = _instant(response.headers.get("date", ""))
    until = _instant(after) if after else float(reset) if re.fullmatch(r"[0-9]{1,12}", reset) else None
    if now is not None and until is not None:
        return max(0.0, until - now)
    return 1.0 if response.status_code == 429 else None


def _instant(http_date: str) -> float | None:
    try:
        return parsedate_to_datetime(http_date).timestamp()
    except ValueError:
        return None


def _message(body: bytes) -> str:
    """The message of an error response, in one line."""
    try:
        found: object = json.loads(body)
    except ValueError:
        return ""
    if not isinstance(found, dict):
        return ""
    said = [str(found.get(name)) for name in ("message", "error") if found.get(name)]
    listed = found.get("errors")
    for item in listed if isinstance(listed, list) else ():
        said.append(str(item.get("message") or item.get("code")) if isinstance(item, dict) else str(item))
    return " ".join(" ".join(said).split())[:300]

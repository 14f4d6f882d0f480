"""A stand-in host behind a real socket of this computer, for programs that run in a process of their own."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

from tests.hosting.hosts import Host


@dataclass
class Served:
    """An address of this computer, and the host that answers there at the moment."""

    url: str
    host: Host | None = None

    def put(self, host: Host) -> Host:
        """Let another host answer from now on."""
        host.url, self.host = self.url, host
        return host


@contextmanager
def served() -> Iterator[Served]:
    """An address, for as long as the block lasts."""
    lock, place = threading.Lock(), Served("")

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            size = int(self.headers.get("content-length") or 0)
            raw = self.rfile.read(size)
            headers = {name.lower(): value for name, value in self.headers.items()}
            with lock:
                host = place.host
                if host is None:
                    raise AssertionError("nobody was put here to answer")
                try:
                    status, sent, value = host.answer(
                        self.command, httpx.URL(host.url + self.path), headers, json.loads(raw or b"null")
                    )
                except httpx.TransportError:
                    self.close_connection = True
                    return
            body = b"" if value is None else json.dumps(value).encode()
            self.send_response(status)
            for name, text in sent.items():
                self.send_header(name, text)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: a test says itself what went wrong."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    place.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield place
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

"""A host of Git LFS objects: the batch API and the basic transfer, over http, with a folder behind it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

_STEP = 1 << 18


@dataclass(slots=True, kw_only=False)
class LfsServer:
    """One host; `asked` has the verb and the first byte of each transfer."""

    folder: Path
    url: str = ""
    asked: list[tuple[str, int]] = field(default_factory=list)
    stops_after: int | None = None
    """The number of bytes of a transfer after which the connection is cut."""
    on_stop: Callable[[], None] = lambda: None
    """What is done then."""

    @contextmanager
    def running(self) -> Iterator[LfsServer]:
        """Answers as long as this is open."""
        self.folder.mkdir()
        handler = type("Handler", (_Handler,), {"host": self})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()


class _Handler(BaseHTTPRequestHandler):
    host: LfsServer

    def log_message(self, *_: Any) -> None:
        """Nothing is logged."""

    def do_POST(self) -> None:
        """The batch API: where each object goes, or comes from."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        objects = [self._answer(one, asked["operation"]) for one in asked["objects"]]
        data = json.dumps({"transfer": "basic", "objects": objects}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/vnd.git-lfs+json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _answer(self, one: dict[str, Any], operation: str) -> dict[str, Any]:
        is_here = (self.host.folder / one["oid"]).is_file()
        said = {"oid": one["oid"], "size": one["size"], "authenticated": True}
        if operation == "download" and not is_here:
            return {**said, "error": {"code": 404, "message": "no such object"}}
        if operation == "upload" and is_here:
            return said
        return {**said, "actions": {operation: {"href": f"{self.host.url}/{one['oid']}"}}}

    def do_PUT(self) -> None:
        """An object is sent."""
        self.host.asked.append(("PUT", 0))
        place, left = self.host.folder / self.path.lstrip("/"), int(self.headers["Content-Length"])
        done = bytearray()
        while left and (data := self.rfile.read(min(_STEP, left))):
            done += data
            left -= len(data)
            if self._is_cut(len(done)):
                return
        if not left:
            place.write_bytes(done)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

    def do_GET(self) -> None:
        """An object is fetched, or the rest of it."""
        data = (self.host.folder / self.path.lstrip("/")).read_bytes()
        first = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")[0])
        self.host.asked.append(("GET", first))
        self.send_response(206 if first else 200)
        if first:
            self.send_header("Content-Range", f"bytes {first}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(data) - first))
        self.end_headers()
        for at in range(first, len(data), _STEP):
            self.wfile.write(data[at : at + _STEP])
            if self._is_cut(at - first + _STEP):
                return

    def _is_cut(self, done: int) -> bool:
        if self.host.stops_after is None or done < self.host.stops_after:
            return False
        self.host.on_stop()
        self.close_connection = True
        return True

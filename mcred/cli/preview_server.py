"""Serves the pages on this computer, and rebuilds them whenever their sources have changed.

The page in the browser polls whether it is still the newest; the script for that is added to responses and
never to the files. Only requests from this computer are answered, and only from the folder of the pages.
"""

from __future__ import annotations

import hashlib
import http.server
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mcred.app.answers.programme import ServeAnswer
from mcred.cli.terminal import Terminal
from mcred.problems import McredError

ASKED = "/.mcred-live"
SCRIPT = "/.mcred-live.js"
EVERY = 1.0
"""Seconds between two checks of the sources."""
LIVE = b""""use strict";
(() => {
  let known;
  const ask = async () => {
    try {
      const now = await (await fetch("/.mcred-live", { cache: "no-store" })).text();
      if (known !== undefined && known !== now) location.reload();
      known = now;
    } catch { /* the command has ended, or comes again */ }
    setTimeout(ask, 1000);
  };
  ask();
})();
"""
_CLOSED, _OPEN = b"default-src 'none'; ", b"default-src 'none'; script-src 'self'; connect-src 'self'; "


class Pages(http.server.SimpleHTTPRequestHandler):
    """Serves the files of one folder, with the polling script in each page."""

    state: Callable[[], str]

    def do_GET(self) -> None:
        """VerbAnswer the two addresses of the preview itself, pages with the script, and other files
        unchanged."""
        path = self.path.partition("?")[0]
        if path == ASKED:
            return self._answer(self.state().encode(), "text/plain")
        if path == SCRIPT:
            return self._answer(LIVE, "text/javascript")
        file = Path(self.translate_path(self.path))
        page = file / "index.html" if file.is_dir() and path.endswith("/") else file
        if page.suffix == ".html" and page.is_file():
            return self._answer(add_script(page.read_bytes()), "text/html")
        return super().do_GET()

    def _answer(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Do not log requests."""


def add_script(page: bytes) -> bytes:
    """A page with the script, and with permission for it where its policy had none.

    >>> add_script(b"<body></body>").count(b"live.js")
    1
    """
    if b"script-src" not in page:
        page = page.replace(_CLOSED, _OPEN, 1)
    added = b'<script src="' + SCRIPT.encode() + b'"></script></body>'
    return page.replace(b"</body>", added, 1)


def look_at(folders: tuple[Path, ...]) -> str:
    """A digest of the name, size and time of every file below some folders."""
    found = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")) if folder.is_dir() else [folder]:
            try:
                about = path.stat()
            except OSError:
                continue
            found.update(f"{path}\0{about.st_size}\0{about.st_mtime_ns}\n".encode("utf-8", "surrogateescape"))
    return found.hexdigest()


def serve(
    edge: Terminal, place: Path, port: int, sources: tuple[Path, ...], build: Callable[[], Any]
) -> None:
    """Serve until Ctrl-C; build again when a source changed. `build` was done once already."""
    state = {"seen": look_at(sources), "number": 1}

    class Ours(Pages):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, directory=str(place), **options)

        state = staticmethod(lambda: str(state["number"]))

    try:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Ours)
    except OSError as error:
        raise McredError(
            f"port {port} is already in use ({error.strerror})", hint="mcred serve --port 0"
        ) from error
    with server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            address = f"http://127.0.0.1:{server.server_port}/"
            if edge.show.as_json:
                edge.show.answer(ServeAnswer(address=address, folder=str(place)), lines=False)
            edge.show.say(f"The pages are at {address} (press Ctrl-C to stop).")
            edge.show.out.file.flush()
            _watch(edge, state, sources, build)
        except KeyboardInterrupt:
            pass  # the intended end
        finally:
            server.shutdown()


def _watch(
    edge: Terminal, state: dict[str, Any], sources: tuple[Path, ...], build: Callable[[], Any]
) -> None:
    rest = threading.Event()
    while not rest.wait(EVERY):
        now = look_at(sources)
        if now == state["seen"]:
            continue
        state["seen"] = now
        try:
            build()
        except McredError as error:
            # Half-written files and broken templates are normal while editing them.
            edge.show.note(f"The pages were not rebuilt: {error.what}", style="yellow")
            continue
        state["number"] += 1

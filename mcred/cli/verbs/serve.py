"""`mcred serve`: look at the pages on this computer."""

from __future__ import annotations

import contextlib
import functools
import http.server
from pathlib import Path
from typing import Annotated

import typer

from mcred.cli.building import build_site
from mcred.cli.edge import edge_of
from mcred.problems import McredError

EXAMPLES = ("mcred serve", "mcred serve --port 8080", "mcred serve --out /tmp/pages")


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing for each request."""


def run(
    ctx: typer.Context,
    out: Annotated[Path, typer.Option(help="The folder of the pages.", metavar="DIR")] = Path("site"),
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any free one.")] = 8000,
) -> None:
    """Build the pages and show them on this computer only, until you press Ctrl-C."""
    edge = edge_of(ctx)
    place = out if out.is_absolute() else edge.at / out
    build_site(edge, place)
    handler = functools.partial(_Quiet, directory=str(place))
    try:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError as error:
        raise McredError(f"port {port} is taken ({error.strerror})", hint="mcred serve --port 0") from error
    with server:
        edge.show.say(f"The pages are at http://127.0.0.1:{server.server_port}/ (Ctrl-C ends).")
        edge.show.out.file.flush()
        # Ctrl-C is how this is meant to end.
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()

"""The one place where errors become exit codes."""

from __future__ import annotations

import errno
import gc
import io
import os
import re
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TextIO

import typer

from mcred import __version__
from mcred.cli.show import Show
from mcred.cli.terminal import Terminal
from mcred.cli.verbs import VERBS, make_parser
from mcred.domain.text import as_line
from mcred.problems import Exit, McredError
from mcred.store.session import git_session


def run_line(argv: Sequence[str], edge: Terminal) -> Exit:
    """Run one command line; every error is printed and becomes an exit code."""
    argv = as_line(argv)
    edge.typed = " ".join(["mcred", *(f'"{word}"' if re.search(r"[\s;&|]", word) else word for word in argv)])
    try:
        _refuse_halves(argv)
        with git_session():
            code = make_parser()(args=list(argv), prog_name="mcred", standalone_mode=False, obj=edge)
        edge.show.out.file.flush()
        # The parser itself turns Ctrl-C into this code.
        if code == Exit.STOPPED:
            return _say_stopped(edge)
        return Exit(code) if isinstance(code, int) and code else Exit.OK
    except McredError as error:
        if error.code is Exit.BUG:
            return _report_bug(error, edge)
        return _refuse(error, edge)
    except typer.Abort:
        return _say_stopped(edge)
    except typer.Exit as stop:
        return Exit(stop.exit_code)
    except BrokenPipeError:
        _send_nowhere(sys.stdout)
        return Exit.OK
    except KeyboardInterrupt:
        return _say_stopped(edge)
    except (OSError, MemoryError) as error:
        return _explain_surroundings(error, edge)
    except Exception as error:
        if hasattr(error, "format_message") and hasattr(error, "exit_code"):
            return _explain_usage(error, argv, edge)
        return _report_bug(error, edge)


def _refuse_halves(argv: Sequence[str]) -> None:
    """Rejects arguments with lone surrogates: they become text in files and records."""
    halved = [word for word in argv if any("\ud800" <= sign <= "\udfff" for sign in word)]
    if any(map(os.path.lexists, halved)):
        what = "the name of this file or folder is not valid UTF-8 text, so other computers cannot read it"
        raise McredError(what, hint="rename it, then type the same command again with its new name")
    if halved:
        raise McredError("what you typed is not valid UTF-8 text", hint="mcred --help   (then type it again)")


def _say_stopped(edge: Terminal) -> Exit:
    edge.show.note("Stopped. Everything saved is still there; type the same command to continue.")
    return Exit.STOPPED


def _refuse(error: McredError, edge: Terminal) -> Exit:
    """Print an error and return its exit code; where printing fails too, only the code."""
    try:
        edge.show.error(error)
    except OSError:
        _send_nowhere(sys.stderr)
    return error.code


def _explain_surroundings(error: OSError | MemoryError, edge: Terminal) -> Exit:
    """Explain an error of the operating system, which is no bug of mcred."""
    from mcred.store.os_errors import explain_os_error

    if not isinstance(error, OSError):
        error = OSError(errno.ENOMEM, str(error) or "out of memory")
    try:
        edge.show.out.file.flush()
    except OSError:
        _send_nowhere(sys.stdout)
    if edge.verbose:
        with suppress(OSError):
            edge.show.note(edge.show.without_secrets("".join(traceback.format_exception(error))))
    return _refuse(explain_os_error(error), edge)


def _send_nowhere(stream: TextIO) -> None:
    """Redirect a broken stream to the null device, so that Python does not fail flushing it at exit."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _explain_usage(error: Exception, argv: Sequence[str], edge: Terminal) -> Exit:
    """The parser's usage error, with the matching help command."""
    message: str = error.format_message()  # type: ignore[attr-defined]
    verb = next((v.name for v in VERBS if v.name in argv), "")
    edge.show.error(McredError(message.rstrip("."), hint=f"mcred {verb} --help".replace("  ", " ")))
    return Exit.USAGE


def _report_bug(error: Exception, edge: Terminal) -> Exit:
    """Three lines for the user; the details go into a file with secrets removed."""
    from platformdirs import user_log_path

    from mcred.store.address import redact

    details = edge.show.without_secrets(redact("".join(traceback.format_exception(error))))
    versions = f"mcred {__version__}, Python {sys.version.split()[0]}, {sys.platform}\n"
    text = (versions + details).encode("utf-8", "backslashreplace")
    said = f"{type(error).__name__}: {error.what}" if isinstance(error, McredError) else type(error).__name__
    edge.show.note(f"Not done: mcred itself failed ({said}). This is a bug in mcred.", style="bold red")
    try:
        place = user_log_path("mcred", ensure_exists=True) / "bug.log"
        place.write_bytes(text)
    except OSError:
        # No home to write to, or a full disk there: any other place will do.
        import tempfile

        try:
            place = Path(tempfile.mkdtemp(prefix="mcred-")) / "bug.log"
            place.write_bytes(text)
        except OSError as full:
            edge.show.note(f"The details could not be written to a file ({full.strerror}).", style="")
            edge.show.note("Next: mcred doctor", style="")
            return Exit.BUG
    edge.show.note(f"The details are in {place}", style="")
    edge.show.note("Next: type the same command again; if it fails again, send us this file", style="")
    if edge.verbose:
        edge.show.note(details, style="dim")
    return Exit.BUG


def _open_missing() -> None:
    """Open the standard streams that the parent process had closed: a file opened later would take their
    place."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(number, True)
    os.close(number)
    nowhere = Path(os.devnull)
    sys.stdin = sys.stdin or nowhere.open(encoding="utf-8")
    sys.stdout = sys.stdout or nowhere.open("w", encoding="utf-8")
    sys.stderr = sys.stderr or nowhere.open("w", encoding="utf-8")


def main() -> None:
    """The console script."""
    _open_missing()
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a letter shows a question mark; no work is lost for that.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    show = Show()
    try:
        edge = Terminal(show=show)
    except OSError:
        show.error(McredError("the folder you are in no longer exists, or you may not open it", hint="cd"))
        sys.exit(int(Exit.REFUSED))
    if os.environ.get("_MCRED_COMPLETE", "").startswith("complete_"):
        from mcred.cli.completion import complete

        complete(edge)
    code = run_line(sys.argv[1:], edge)
    # Or Python would run another garbage collection before it ends: with 300,000 values in
    # memory that takes 0.3 of 0.4 s.
    gc.freeze()
    sys.exit(int(code))

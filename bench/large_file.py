"""How long a large file takes: `python -m bench.large_file DIR [--megabytes 2048]`.

A programme that seals work is made in DIR. Its earner adds a film of that size and submits it, an assessor
opens it; each command is a process of its own. Beside each time and peak memory: copying the same file.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.cli.town import Town, found_town

SUBMISSION = "ana/wait-time"
_STEP = 1 << 20


def write_film(place: Path, megabytes: int) -> Path:
    """A file that begins as a film does, of random bytes; its box of pictures ends with the file."""
    with place.open("wb") as file:
        file.write(b"\0\0\0\x10ftypisom\0\0\2\0" + bytes(4) + b"mdat")
        for _ in range(megabytes):
            file.write(os.urandom(_STEP))
    return place


def seal_work(town: Town) -> None:
    """Make it a programme that seals submitted work."""
    rules = town.home("rosa") / "mcred.yaml"
    rules.write_text(rules.read_text("utf-8").replace("work: open", "work: sealed"), "utf-8")
    town.run("rosa", "save", "--programme")


def measure(words: Sequence[str], at: Path) -> tuple[float, int]:
    """Run one command; its seconds, and the most MiB of memory that a process of it used."""
    begun = time.monotonic()
    process = subprocess.Popen([sys.executable, "-m", "mcred", *words], cwd=at, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"mcred {words[0]} ended with {process.returncode}")
    return time.monotonic() - begun, used.ru_maxrss // 1024


def hand_in(town: Town, film: Path) -> dict[str, tuple[float, int]]:
    """Ana adds and submits a film, an assessor opens it: what each command took."""
    town.hand_in("ana")
    listing = town.listing("ana")
    said = listing.read_text("utf-8")
    listing.write_text(said[: said.rindex("- item:")].rstrip() + "\n", "utf-8")
    words = ("add", str(film), "--for", "class-video", "--type", "video")
    taken = {"add": measure(words, town.home("ana"))}
    taken["submit"] = measure(("submit", "--attest", "all"), town.home("ana"))
    (asked,) = town.panel("ana")
    taken["view"] = measure(("view", SUBMISSION, "--no-open"), town.home(asked))
    taken["view again"] = measure(("view", SUBMISSION, "--no-open"), town.home(asked))
    return taken


def main() -> None:
    """Print one line for each command."""
    asked = argparse.ArgumentParser()
    asked.add_argument("folder", type=Path)
    asked.add_argument("--megabytes", type=int, default=2048)
    options = asked.parse_args()
    options.folder.mkdir(parents=True)
    town = found_town(options.folder / "town")
    seal_work(town)
    film = write_film(options.folder / "film.mp4", options.megabytes)
    begun = time.monotonic()
    shutil.copyfile(film, options.folder / "copy.mp4")
    print(f"copy: {time.monotonic() - begun:.1f} s")
    (options.folder / "copy.mp4").unlink()
    for verb, (seconds, memory) in hand_in(town, film).items():
        print(f"{verb}: {seconds:.1f} s, {memory} MiB")


if __name__ == "__main__":
    main()

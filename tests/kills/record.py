"""What can be compared of two towns: the record, a person's folder, what verbs show, what was left behind.

Each is a row of lines without what differs from run to run: times, ids of commits, keys, salts, signatures,
which of the two experts the lot chose.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from mcred.badges.status_list import read_bits
from tests.cli.town import Town, git
from tests.kills.asking import ask

_EXPERTS = re.compile(r"\b(?:mei|tom|Mei Lin|Tomás Vega)\b|University|College of Education")
_VARIES = (
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?"), "TIME"),
    (re.compile(r"\b\d\d:\d\d\b"), "TIME"),
    (re.compile(r"(?<![A-Za-z0-9])(?=[a-z]*[0-9])[0-9a-f]{7,64}(?![A-Za-z0-9])"), "HEX"),
    (re.compile(r"(?=[\w+/=-]*[0-9])(?=[\w+/=-]*[a-z])(?=[\w+/=-]*[A-Z])[\w+/=-]{20,}"), "CODE"),
    (re.compile(r"(?=[\w+/=-]*[a-z])(?=[\w+/=-]*[A-Z])[\w+/=-]{40,}"), "CODE"),
    (re.compile(r"\b(?:age|ssh)1?-?[a-z0-9]{30,}"), "CODE"),
    (re.compile(r"(?<=it ends in )\S+|(?<=seconds: )[\d.]+|(?<=Index: )\d+|(?<=json#)\d+"), "CODE"),
    (_EXPERTS, "EXPERT"),
)
LEFT = re.compile(
    r"\.(?:lock|joining|founding|tmp|new|part)$|^(?:\.mcred-part|writing|tree)-|^tmp(?!_)|^gc.pid"
)
"""Names of what is made for a moment; objects that git did not finish (`tmp_…`) are git's to collect."""


def even(text: str) -> str:
    """A text without what differs from run to run."""
    for pattern, word in _VARIES:
        text = pattern.sub(word, text)
    return text


def flat(value: Any, at: str = "") -> Iterator[str]:
    """A document as lines `name.name: value`; what is in a list has no number."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "encodedList":
                yield f"{at}.bits: {len(read_bits({'credentialSubject': value}))}"
            else:
                yield from flat(inner, f"{at}.{even(name)}")
    elif isinstance(value, list):
        for inner in value:
            yield from flat(inner, f"{at}[]")
    else:
        yield even(f"{at}: {value}")


def lines_of(path: str, data: bytes) -> list[str]:
    """A file as lines that can be compared in any order."""
    name = even(path)
    if path.endswith((".age", ".png", ".zip")) or b"\0" in data[:8000]:
        return [f"{name}: file"]
    text = data.decode("utf-8", "replace")
    if path.endswith(".json"):
        try:
            return [f"{name}{line}" for line in flat(json.loads(text))] or [f"{name}: empty"]
        except ValueError:
            return [f"{name}: not JSON"]
    return [f"{name}: {even(line)}" for line in text.splitlines() if line.strip()] or [f"{name}: empty"]


def _blobs(repo: Path, ref: str) -> Iterator[tuple[str, bytes]]:
    """Path and bytes of each file of a ref."""
    rows = git(repo, "ls-tree", "-r", "-z", ref).split("\0")[:-1]
    names = "".join(f"{row.split()[2]}\n" for row in rows)
    done = subprocess.run(
        ["git", "cat-file", "--batch"], cwd=repo, input=names.encode(), capture_output=True, check=True
    ).stdout
    at = 0
    for row in rows:
        end = done.index(b"\n", at)
        size = int(done[at:end].split()[2])
        yield row.partition("\t")[2], done[end + 1 : end + 1 + size]
        at = end + size + 2


def refs_of(repo: Path, under: str) -> dict[str, str]:
    """Ref → commit; nothing where there is no repository, or half of one."""
    words = ["git", "for-each-ref", "--format=%(refname) %(objectname)", under]
    done = subprocess.run(words, cwd=repo, capture_output=True, check=False) if repo.is_dir() else None
    rows = done.stdout.decode().split("\n") if done is not None and done.returncode == 0 else []
    return {ref: tip for ref, _, tip in (row.partition(" ") for row in rows if row)}


def _opened(files: Mapping[str, bytes], reader: Path) -> list[str]:
    """What a person's reading keys open of sealed work, read without mcred's own code."""
    from pyrage import DecryptError, decrypt, x25519

    state = reader / ".git" / "mcred"
    mine = [x25519.Identity.from_str(p.read_text().strip()) for p in sorted(state.glob("reading-key*"))]
    for path, data in files.items():
        if path.startswith("keys/"):
            with suppress(DecryptError):
                inner = x25519.Identity.from_str(decrypt(data, mine).decode().strip())
                rows = json.loads(decrypt(files["list.age"], [inner]))["files"]
                break
    else:
        return ["opened: nothing"]
    found = []
    for row in rows:
        key = x25519.Identity.from_str(row["key"])
        found += lines_of(f"opened {row['path']}", decrypt(files[f"files/{row['name']}.age"], [key]))
    return found


def on_record(town: Town, base: dict[str, str]) -> list[str]:
    """What the remote has: refs, commits since `base`, and the files of each ref that moved."""
    refs = refs_of(town.remote, "refs")
    found = [f"ref {even(ref)}" for ref in refs]
    known = [tip for ref, tip in base.items() if "/work/" not in ref]
    lines = ("--exclude=refs/heads/work/*", "--all")  # how often a draft was saved is not asked
    commits = git(town.remote, "log", *lines, "--format=%s", "--not", *known) if refs else ""
    found += [f"commit {even(line)}" for line in commits.splitlines()]
    for ref, tip in refs.items():
        if base.get(ref) != tip:
            files = dict(_blobs(town.remote, ref))
            told = [line for path, data in files.items() for line in lines_of(path, data)]
            if "list.age" in files:
                told += _opened(files, town.home(ref.split("/")[3]))
            found += [f"{even(ref)} {line}" for line in told]
    return found


def in_folder(folder: Path) -> list[str]:
    """What is in a person's folder, but for what git and mcred keep there."""
    if not folder.is_dir():
        return ["no folder"]
    found = []
    for path in sorted(folder.rglob("*")):
        inner = path.relative_to(folder)
        if path.is_file() and ".git" not in inner.parts:
            found += lines_of(f"folder/{inner.as_posix()}", path.read_bytes())
    return found


def drafts(home: Path) -> list[str]:
    """The drafts that a person's own refs hold."""
    if not (home / ".git").is_dir():
        return []
    found = []
    for ref in refs_of(home, "refs/mcred/draft"):
        for path, data in _blobs(home, ref):
            if path.startswith("portfolios/"):
                found += [f"{ref} {line}" for line in lines_of(path, data)]
    return found


def sent(home: Path, remote: Path) -> list[str]:
    """Which of a person's own refs the remote has as they are."""
    there = refs_of(remote, "refs/heads")
    ours = refs_of(home / ".git", "refs/heads").items()
    return [even(f"own {ref}: {there.get(ref) == tip}") for ref, tip in ours]


def has_text(home: Path, text: str) -> bool:
    """Whether a person's repository holds a file with a text, in whatever state."""
    words = ["git", "hash-object", "--stdin"]
    name = subprocess.run(words, cwd=home, input=text.encode(), capture_output=True, check=True).stdout
    asked = ["git", "cat-file", "-e", name.decode().strip()]
    return subprocess.run(asked, cwd=home, capture_output=True, check=False).returncode == 0


def left_behind(*places: Path) -> list[str]:
    """What was made for a moment and is still there."""
    return sorted(
        f"left behind: {path}" for place in places for path in place.rglob("*") if LEFT.search(path.name)
    )


def kept_private(home: Path) -> list[str]:
    """The names of what mcred keeps for itself."""
    place = home / ".git" / "mcred"
    return [even(f"kept: {p.relative_to(place).as_posix()}") for p in sorted(place.rglob("*")) if p.is_file()]


def shown(town: Town, home: Path, line: Mapping[str, str], *, moved: bool) -> list[str]:
    """What verbs tell: where the person stands, what the doctor and the audit find."""
    found: list[str] = []
    asked = [(home, ["status", "--json"]), (home, ["doctor", "--json"])]
    if moved:
        asked.append((town.home("rosa"), ["audit", "--json"]))
    for at, words in asked:
        if at.is_dir():
            answer = ask(town, at, words, after=3, more=line)
            said = answer.said.replace(str(town.place), "place")
            try:
                # The table of a document is in its beginning: notes may stand before it.
                document = json.loads(said[said.index("{") :])
                lines = list(flat(document))
            except ValueError:
                lines = [even(line) for line in said.splitlines()]
            found += [f"{words[0]} {answer.code}", *(f"{words[0]}{line}" for line in lines)]
    return found


def differences(expected: Sequence[str], found: Sequence[str]) -> tuple[list[str], list[str]]:
    """What is missing, and what is there once too often."""
    wanted, there = Counter(expected), Counter(found)
    return sorted((wanted - there).elements()), sorted((there - wanted).elements())

"""List what the definitions in `credentials/` cite, by address, in `docs/citations.md`.

    python tools/citations.py

The last column says whether someone opened the address and found there what is cited. It is written by hand,
and kept when the page is written again; what is new begins with "no".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from mcred.domain.credential import Credential
from mcred.formats.decode import decode

PROJECT = Path(__file__).resolve().parent.parent
PAGE = PROJECT / "docs" / "citations.md"
NO_ADDRESS = "none"
HEAD = """# What the definitions cite

Every reference, resource, and standard in `credentials/`, by address. `python tools/citations.py` writes this
page from the definitions and keeps the last column, which is written by hand:

* *yes, 2026-12-15*: someone opened the address that day and found there what is cited;
* *cited so*: it was not opened, but other publications give the same address for the same work;
* *no*: author, year, and address come from memory, or from the definition's author. Open it before you rely
  on it, and write the day here.

| address | what it is | in | checked |
|---|---|---|---|
"""


class Cited(NamedTuple):
    """One thing that a definition cites."""

    url: str
    what: str
    where: str


def definitions() -> Iterator[Credential]:
    """Every definition of this repository, by id."""
    for path in sorted((PROJECT / "credentials").glob("*/credential.yaml")):
        found, problems = decode(path.read_bytes(), Credential, str(path))
        if found is None:
            raise SystemExit("\n".join(map(str, problems)))
        yield found


def cited_in(definition: Credential) -> Iterator[Cited]:
    """What a definition cites, in its order: references, resources, standards."""
    for work in definition.research:
        yield Cited(work.url, " ".join(work.citation.split()), definition.id)
    for resource in definition.resources:
        yield Cited(resource.url, resource.title, definition.id)
    for standard in definition.alignment:
        yield Cited(standard.url, standard.framework, definition.id)


def checked(page: str) -> dict[tuple[str, str], str]:
    """What the last column of the page says, by the address; where there is none, by what it is."""
    rows = (line.strip("| \n").split(" | ") for line in page.splitlines() if line.startswith("| "))
    return {_key(row[0].strip("<>"), row[1]): row[-1] for row in rows if len(row) == 4}


def _key(url: str, what: str) -> tuple[str, str]:
    return (url, what if url == NO_ADDRESS else "")


def written(page: str) -> str:
    """The page as the definitions are now; takes what stood in its last column from the page before."""
    known = checked(page)
    found: dict[tuple[str, str], list[Cited]] = defaultdict(list)
    for definition in definitions():
        for cited in cited_in(definition):
            what = cited.what.replace("|", "\\|")
            found[_key(cited.url or NO_ADDRESS, what)].append(cited._replace(what=what))
    rows = []
    for key, several in sorted(found.items(), key=lambda item: (item[0][0] == NO_ADDRESS, item[0])):
        address = key[0] if key[0] == NO_ADDRESS else f"<{key[0]}>"
        where = ", ".join(dict.fromkeys(f"`{c.where}`" for c in several))
        rows.append(f"| {address} | {several[0].what} | {where} | {known.get(key, 'no')} |\n")
    return HEAD + "".join(rows)


def main() -> None:
    """Write the page."""
    before = PAGE.read_text("utf-8") if PAGE.exists() else ""
    PAGE.write_text(written(before), "utf-8")


if __name__ == "__main__":
    main()

"""Looks up the keys and status lists that a badge names: in a copy of the pages, the surrounding programme,
the network if allowed, or a file that came with the badge.

Each answer has its source, each failure its reason. What came with the badge is asked last and marked as its
own: it shows that a badge is intact, not whose it is. For a status list the network comes first, since the
newest list is the one that counts. DID document, status list and badge are looked up independently, each by
its own address.
"""

from __future__ import annotations

import errno
import stat
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from msgspec import Struct, field

from mcred.app.awards.verify_record import issuer_names
from mcred.badges.checks import Material
from mcred.badges.json_reader import read_json
from mcred.badges.keys import did_address, did_document
from mcred.badges.links import clean_link
from mcred.badges.open_badge import read_references, write_document
from mcred.domain.award import BADGE_FILE
from mcred.domain.catalog import Catalog
from mcred.problems import Exit, McredError, next_step
from mcred.store.folder_index import find_typed

MAX_FILE = 6 * 1024 * 1024
_MAX_BADGES = 20_000
"""The most badges that are read in a copy of the pages."""
_MAX_LATER = 20
"""The most badges of such a copy that are verified because they claim to replace one."""
MAX_ASKED = 6
"""The most addresses that are fetched for one badge, however many it names."""


class SiteCopy(Struct, frozen=True, kw_only=True):
    """A folder with the issuer's pages, and their address on the network ('' where unknown)."""

    folder: Path
    issuer: str
    keys: bytes
    address: str

    def find(self, url: str) -> bytes | None:
        """The file for an address; None for an address not below that of the pages, or a missing file."""
        link = clean_link(url).partition("#")[0].partition("?")[0]
        if not self.address or not link.startswith(f"{self.address}/"):
            return None
        return read_below(self.folder, link.removeprefix(f"{self.address}/"))


def open_site(folder: Path) -> SiteCopy:
    """A copy of an issuer's pages. Raises McredError when there is no such folder."""
    try:
        there = folder.is_dir()
    except OSError:
        there = False
    if not there:
        raise McredError(
            f"there is no folder {shorten(str(folder))}", hint=next_step("verify", "FILE", "--site", "DIR")
        )
    for name in (".well-known/did.json", "did.json"):
        keys = read_below(folder, name)
        issuer = _id_of(keys) if keys else ""
        if keys and issuer:
            address = did_address(issuer).removesuffix("/did.json").removesuffix("/.well-known")
            return SiteCopy(folder=folder, issuer=issuer, keys=keys, address=clean_link(address))
    return SiteCopy(folder=folder, issuer="", keys=b"", address="")


def read_below(folder: Path, path: str) -> bytes | None:
    """Read a file below a folder, never through a path or link that leads outside, nor a huge file."""
    try:
        place = (folder / path).resolve()
        inside = place.is_relative_to(folder.resolve()) and place.is_file()
        return place.read_bytes() if inside and place.stat().st_size <= MAX_FILE else None
    except (OSError, ValueError):
        return None


def open_file(at: Path, name: str, *verb: str) -> BinaryIO:
    """Open a file that the user named. Raises McredError that says why it cannot be read.

    `verb`: the command that was typed, without the file; `verify` if none.
    """
    verb = verb or ("verify",)
    place, shown = find_typed(at, name), shorten(name) or "."
    try:
        mode = place.stat().st_mode
        if stat.S_ISREG(mode):
            return place.open("rb")
    except (FileNotFoundError, NotADirectoryError):
        raise McredError(f"{shown} was not found", hint=next_step(*verb, "FILE")) from None
    except (OSError, ValueError) as error:
        why = _WHY_NOT.get(getattr(error, "errno", 0) or 0, "it is not a file that can be read")
        raise McredError(f"{shown} cannot be opened: {why}", hint=next_step(*verb, "FILE")) from None
    if stat.S_ISDIR(mode):
        found = next((p for pattern in _INSIDE for p in sorted(place.glob(pattern))), Path("FILE"))
        inside = found.relative_to(at) if found.is_relative_to(at) else found
        what = f"{shown} is a folder; name the badge file in it"
        raise McredError(what, hint=next_step(*verb, inside))
    raise McredError(f"{shown} is not a file with a badge in it", hint=next_step(*verb, "FILE"))


_INSIDE = ("badge.json", "*/badge.json", "badges/*/*/badge.json", "*.json", "*.png", "*.svg", "*.zip")
"""Where a folder has a badge, the likeliest place first."""
_WHY_NOT = {
    errno.ENAMETOOLONG: "that is too long for a file name",
    errno.ELOOP: "it only leads back to itself",
    errno.EACCES: "you may not read it",
    errno.EPERM: "you may not read it",
}


def is_file(place: Path) -> bool:
    """Whether a file exists; False also for an invalid file name."""
    try:
        return place.is_file()
    except OSError:
        return False


def is_folder(place: Path) -> bool:
    """Whether a folder exists; False also for an invalid name."""
    try:
        return place.is_dir()
    except OSError:
        return False


def shorten(text: str) -> str:
    """Shorten a name for use in a sentence."""
    return text if len(text) <= 100 else f"{text[:60]}…"


class Parcel(Struct, frozen=True, kw_only=True):
    """Keys and lists from the same file as the badges: DID documents and lists by their ids."""

    documents: Mapping[str, bytes]


class Sources(Struct, kw_only=True):
    """All sources available in this run."""

    named: Mapping[str, bytes] = field(default_factory=dict)
    """A did.json that the user knows, by its id."""
    site: SiteCopy | None = None
    catalog: Catalog | None = None
    fetch: Callable[[str], bytes] | None = None
    """Fetches from the network; None when that is not allowed."""
    parcel: Parcel | None = None
    asked: dict[str, Material] = field(default_factory=dict)
    before: int = 0
    """How many addresses were asked for earlier badges."""
    replaced: dict[str, list[str]] | None = None
    """The paths of badges in the copy of the pages by the id they claim to replace; None until it was
    read."""

    def find_did(self, did: str) -> Material:
        """Look up a DID document."""
        places = (
            *(self._did_named, self._did_in_site, self._did_in_programme),
            *(self._did_online, self._packed),
        )
        return self._first(did, places)

    def find_list(self, address: str) -> Material:
        """Look up a status list."""
        order = (self._online, self._at_site, self._list_in_programme, self._packed)
        return self._first(address, order)

    def find_page(self, url: str) -> Material:
        """Look up any other document that a badge names by its address."""
        return self._first(clean_link(url), (self._at_site, self._online))

    def begin_badge(self) -> None:
        """Count the addresses again from none: they are those of another badge."""
        self.before = len(self.asked)

    def find_later(self, badge: str) -> Iterator[bytes]:
        """Badges in the copy of the pages that claim to replace another one, not yet verified."""
        if self.site is None:
            return
        if self.replaced is None:
            self.replaced = {}
            for replaces, path in _read_replaced(self.site.folder):
                self.replaced.setdefault(replaces, []).append(path)
        for path in self.replaced.get(badge, ())[:_MAX_LATER]:
            if (data := read_below(self.site.folder, path)) is not None:
                yield data

    def find_badge(self, url: str) -> Material:
        """The badge at an address; for the address of its page, the document beside it."""
        link = clean_link(url)
        head, _, last = link.rpartition("/")
        if last in ("", "index.html"):
            link = f"{head}/{BADGE_FILE}"
        return self._first(link, (self._at_site, self._online))

    def _first(self, name: str, places: tuple[Callable[[str], Material | None], ...]) -> Material:
        reasons = []
        for place in places:
            found = place(name)
            if found is not None and found.data is not None:
                return found
            if found is not None:
                reasons.append(found.where)
        if self.fetch is None and name.startswith(("https:", "did:web:")):
            reasons.append("not looked up online")
        return Material(data=None, where="; ".join(reasons))

    def _did_named(self, did: str) -> Material | None:
        data = self.named.get(did)
        return Material(data=data, where="the did.json you named") if data else None

    def _did_in_site(self, did: str) -> Material | None:
        if self.site is None or self.site.issuer != did:
            return None
        return Material(data=self.site.keys, where=f"from {self.site.folder}")

    def _at_site(self, url: str) -> Material | None:
        # Anyone whom the site lets publish may have written it: only its did.json is the issuer's own.
        data = self.site.find(url) if self.site else None
        if self.site is None or not data:
            return None
        return Material(data=data, where=f"from {self.site.folder}", public=True)

    def _did_in_programme(self, did: str) -> Material | None:
        if self.catalog is None or did not in issuer_names(self.catalog.programme):
            return None
        data = write_document(did_document(did, self.catalog.programme.issuer.keys))
        return Material(data=data, where="from the program's record")

    def _list_in_programme(self, address: str) -> Material | None:
        lists = self.catalog.lists.values() if self.catalog else ()
        data = next((found for found in lists if _id_of(found) == address), None)
        return Material(data=data, where="from the program's record") if data else None

    def _did_online(self, did: str) -> Material | None:
        return self._online(did_address(did)) if did.startswith("did:web:") else None

    def _online(self, url: str) -> Material | None:
        if self.fetch is None:
            return None
        if url not in self.asked:
            self.asked[url] = self._ask(self.fetch, url)
        return self.asked[url]

    def _ask(self, fetch: Callable[[str], bytes], url: str) -> Material:
        if len(self.asked) - self.before >= MAX_ASKED:
            return Material(data=None, where=f"it names more than {MAX_ASKED} addresses")
        try:
            return Material(data=fetch(url), where=f"from {url}", public=True)
        except McredError as error:
            return Material(data=None, where=f"{url}: {error.what}")

    def _packed(self, name: str) -> Material | None:
        data = self.parcel.documents.get(name) if self.parcel else None
        return Material(data=data, where="from the same file", own=True) if data else None


def _read_replaced(folder: Path) -> Iterator[tuple[str, str]]:
    """For each signed badge of the pages: what it claims to replace, and its path."""
    for place in islice(sorted(folder.glob(f"badges/**/{BADGE_FILE}")), _MAX_BADGES):
        path = place.relative_to(folder).as_posix()
        data = read_below(folder, path)
        if data is None or b'"relatedResource"' not in data:
            continue
        try:
            document = read_json(data)
        except McredError:
            continue
        replaces = read_references(document).replaces
        if document.get("proof") and replaces != document.get("id"):
            yield replaces, path


def need_badge(sources: Sources, url: str) -> bytes:
    """The badge at an address. Raises McredError that names what to do when it is not available."""
    found = sources.find_badge(url)
    if found.data is not None:
        return found.data
    if sources.fetch is None:
        raise McredError(
            f"{url} is not in a copy at hand and was not looked up online",
            hint=next_step("verify", url, "--online"),
            code=Exit.UNREACHABLE,
        )
    raise McredError(
        f"no badge was found: {found.where}",
        hint=next_step("verify", "FILE", note="ask for the badge file"),
        code=Exit.UNREACHABLE,
    )


def _id_of(data: bytes) -> str:
    try:
        name = read_json(data).get("id")
    except McredError:
        return ""
    return name if isinstance(name, str) else ""


def index_parcel(documents: Mapping[str, bytes]) -> Parcel:
    """Index the keys and lists of a file by their own ids; an id that two of them claim is dropped."""
    ids = list(_named(documents.values()))
    twice = {name for name, _ in ids if sum(1 for other, _ in ids if other == name) > 1}
    return Parcel(documents={name: data for name, data in ids if name not in twice})


def _named(documents: Any) -> Iterator[tuple[str, bytes]]:
    for data in documents:
        if name := _id_of(data):
            yield name, data

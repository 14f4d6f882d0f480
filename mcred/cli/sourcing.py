"""Where the keys and lists that a badge names are looked for: a copy of the pages, the programme around, the
network if asked, a file that came with the badge.

Each answer says where it came from, and each failure why. What came with the badge is asked last and marked
as its own: it shows that a badge is whole, not whose it is. For a status list the network comes first, since
the newest list is the one that counts. DID document, status list and badge are looked for independently of
each other, each by its own address.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from mcred.badge.keys import did_address, did_document, expand_did_key
from mcred.badge.links import clean_link
from mcred.badge.openbadge import write_document
from mcred.badge.proof import issuer_of
from mcred.badge.reading import read_json
from mcred.badge.verify import Material
from mcred.cli.rederiving import issuer_names
from mcred.model.award import BADGE_FILE
from mcred.model.catalog import Catalog
from mcred.problems import Exit, McredError

MAX_FILE = 6 * 1024 * 1024
MAX_ASKED = 6
"""So many addresses at most are asked in one run, however many a badge names."""


class SiteCopy(Struct, frozen=True, kw_only=True):
    """A folder with the issuer's pages, and where they stand on the network ('' where nothing says it)."""

    folder: Path
    issuer: str
    keys: bytes
    address: str

    def find(self, url: str) -> bytes | None:
        """What the pages hold at an address; None for what is not below theirs, or not there."""
        link = clean_link(url).partition("#")[0].partition("?")[0]
        if not self.address or not link.startswith(f"{self.address}/"):
            return None
        return read_below(self.folder, link.removeprefix(f"{self.address}/"))


def open_site(folder: Path) -> SiteCopy:
    """A copy of an issuer's pages. Raises McredError when there is no such folder."""
    if not folder.is_dir():
        raise McredError(f"there is no folder {folder}", hint="mcred verify FILE --site DIR")
    for name in (".well-known/did.json", "did.json"):
        keys = read_below(folder, name)
        issuer = _id_of(keys) if keys else ""
        if keys and issuer:
            address = did_address(issuer).removesuffix("/did.json").removesuffix("/.well-known")
            return SiteCopy(folder=folder, issuer=issuer, keys=keys, address=clean_link(address))
    return SiteCopy(folder=folder, issuer="", keys=b"", address="")


def read_below(folder: Path, path: str) -> bytes | None:
    """A file below a folder, never one that a path or a link leads to elsewhere, nor a huge one."""
    try:
        place = (folder / path).resolve()
        inside = place.is_relative_to(folder.resolve()) and place.is_file()
        return place.read_bytes() if inside and place.stat().st_size <= MAX_FILE else None
    except (OSError, ValueError):
        return None


class Parcel(Struct, frozen=True, kw_only=True):
    """Keys and lists from the same file as the badges: DID documents and lists by their ids."""

    documents: Mapping[str, bytes]


class Sources(Struct, kw_only=True):
    """All places there are in this run."""

    site: SiteCopy | None = None
    catalog: Catalog | None = None
    fetch: Callable[[str], bytes] | None = None
    """Asks the network; None when it may not be asked."""
    parcel: Parcel | None = None
    asked: dict[str, Material] = field(default_factory=dict)

    def find_did(self, did: str) -> Material:
        """A DID document."""
        return self._first(did, (self._did_in_site, self._did_in_programme, self._did_online, self._packed))

    def find_list(self, address: str) -> Material:
        """A status list."""
        order = (self._online, self._at_site, self._list_in_programme, self._packed)
        return self._first(address, order)

    def find_badge(self, url: str) -> Material:
        """A badge at an address; for its page, the document beside it."""
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
            reasons.append("the network was not asked: --online")
        return Material(data=None, where="; ".join(reasons))

    def _did_in_site(self, did: str) -> Material | None:
        if self.site is None or self.site.issuer != did:
            return None
        return Material(data=self.site.keys, where=f"from {self.site.folder}")

    def _at_site(self, url: str) -> Material | None:
        data = self.site.find(url) if self.site else None
        return Material(data=data, where=f"from {self.site.folder}") if self.site and data else None

    def _did_in_programme(self, did: str) -> Material | None:
        if self.catalog is None or did not in issuer_names(self.catalog.programme):
            return None
        data = write_document(did_document(did, self.catalog.programme.issuer.keys))
        return Material(data=data, where="from the programme's record")

    def _list_in_programme(self, address: str) -> Material | None:
        lists = self.catalog.lists.values() if self.catalog else ()
        data = next((found for found in lists if _id_of(found) == address), None)
        return Material(data=data, where="from the programme's record") if data else None

    def _did_online(self, did: str) -> Material | None:
        return self._online(did_address(did)) if did.startswith("did:web:") else None

    def _online(self, url: str) -> Material | None:
        if self.fetch is None:
            return None
        if url not in self.asked:
            self.asked[url] = self._ask(self.fetch, url)
        return self.asked[url]

    def _ask(self, fetch: Callable[[str], bytes], url: str) -> Material:
        if len(self.asked) >= MAX_ASKED:
            return Material(data=None, where=f"it names more than {MAX_ASKED} addresses")
        try:
            return Material(data=fetch(url), where=f"from {url}")
        except McredError as error:
            return Material(data=None, where=f"{url}: {error.what}")

    def _packed(self, name: str) -> Material | None:
        data = self.parcel.documents.get(name) if self.parcel else None
        return Material(data=data, where="from the same file", own=True) if data else None


def need_badge(sources: Sources, url: str) -> bytes:
    """The badge at an address. Raises McredError that names what to do when it is not at hand."""
    found = sources.find_badge(url)
    if found.data is not None:
        return found.data
    if sources.fetch is None:
        raise McredError(
            f"{url} is not in a copy that is at hand, and the network was not asked",
            hint=f"mcred verify {url} --online",
            code=Exit.UNREACHABLE,
        )
    raise McredError(
        f"there is no badge to be had: {found.where}",
        hint="mcred verify FILE   (ask for the badge's file)",
        code=Exit.UNREACHABLE,
    )


def find_owner(sources: Sources, document: Mapping[str, Any]) -> tuple[Mapping[str, Any] | None, Material]:
    """The DID document of a document's issuer, None when it is not at hand, and where it came from."""
    issuer = issuer_of(document)
    if issuer.startswith("did:key:"):
        return expand_did_key(issuer), Material(data=None, where="")
    found = sources.find_did(issuer)
    try:
        return (read_json(found.data) if found.data is not None else None), found
    except McredError:
        return None, found


def _id_of(data: bytes) -> str:
    try:
        name = read_json(data).get("id")
    except McredError:
        return ""
    return name if isinstance(name, str) else ""


def index_parcel(documents: Mapping[str, bytes]) -> Parcel:
    """The keys and lists of a file by their own ids; an id that two claim is nobody's."""
    ids = list(_named(documents.values()))
    twice = {name for name, _ in ids if sum(1 for other, _ in ids if other == name) > 1}
    return Parcel(documents={name: data for name, data in ids if name not in twice})


def _named(documents: Any) -> Iterator[tuple[str, bytes]]:
    for data in documents:
        if name := _id_of(data):
            yield name, data

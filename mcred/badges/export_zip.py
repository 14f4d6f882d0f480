"""Writing a zip file with a person's badges and all that verifies them, and safely reading one of badges.

Written with fixed times and sorted names, so that it is reproducible. Read as untrusted: sizes are checked
before the central directory is read and each entry is inflated; a path that leads outside, or is there
twice, rejects the whole file. Nothing is extracted to disk. A file repacked by other programs may have a
root folder, and what macOS adds. In one that someone packed by hand, without a `badges/` folder, each file
that may hold a badge is read as one.

    README.txt
    badges/<credential>/<attempt>[-<number>]/badge.json, badge.png, badge.svg
    work/<credential>/<attempt>/…           the work as judged, assessments, decision, definition
    keys/did.json, keys/status/<n>.json     as below the issuer's site, so that `--site keys` finds them
    clr.json
"""

from __future__ import annotations

import io
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import BinaryIO

from msgspec import Struct

from mcred.badges.bake import MAX_IMAGE
from mcred.badges.clr import CLR_FILE
from mcred.badges.json_reader import MAX_BYTES
from mcred.problems import McredError

MAX_ENTRIES = 5000
MAX_TABLE = 2 * 1024 * 1024
MAX_READ = 64 * 1024 * 1024
"""The limit for all inflated entries together, in bytes."""
KEYS = "keys/"
_FIXED = (1980, 1, 1, 0, 0, 0)
"""The earliest time in a zip file."""
_END = struct.Struct("<4s4H2LH")
_BADGES = ("badge.json", "badge.png", "badge.svg")
_LOOSE = (".json", ".png", ".svg", ".jwt")
"""How a file that may hold a badge ends, where a zip file is no export."""
_LEFT = frozenset({".git", "__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini"})


class Packed(Struct, frozen=True, kw_only=True):
    """The entries of a zip file needed for verification, by name: badges and images, keys and lists, CLR."""

    badges: Mapping[str, bytes]
    keys: Mapping[str, bytes]
    clr: bytes | None
    is_export: bool
    """Whether each folder below `badges/` is a badge; else each file is one, and those too large are cut."""


def is_left_behind(name: str) -> bool:
    """Whether a file or folder of this name is only what a system leaves in folders."""
    return name in _LEFT or name.startswith("._")


def is_parcel(data: bytes) -> bool:
    """Whether a file begins like a zip file."""
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def write_parcel(files: Mapping[str, bytes]) -> bytes:
    """The bytes of a zip file with these files; reproducible."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as pack:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _FIXED)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            pack.writestr(entry, files[name], compresslevel=9)
    return out.getvalue()


def read_parcel(file: BinaryIO) -> Packed:
    """Read what verifies the badges of a zip file. Raises McredError for one that is rejected."""
    found = read_entries(file, _find_root, _is_wanted)
    badges = {n: data for n, data in found.items() if n.startswith("badges/")}
    is_export = bool(badges)
    if not is_export:
        badges = dict(read_entries(file, lambda _: "", _is_loose, cut=True))
    return Packed(
        badges=badges,
        keys={n: data for n, data in found.items() if n.startswith(KEYS)},
        clr=found.get(CLR_FILE) if is_export else None,
        is_export=is_export,
    )


def read_entries(
    file: BinaryIO,
    find_root: Callable[[Iterable[str]], str],
    is_wanted: Callable[[str], bool],
    largest: int = MAX_IMAGE,
    *,
    cut: bool = False,
) -> Mapping[str, bytes]:
    """The wanted entries of a zip file by their names below its root folder.

    `find_root`: the root folder among all names, '' without one. `largest`: the limit of an entry that is not
    JSON, in bytes; `cut`: of a larger one, that and one byte more, so that its reader refuses it alone.
    Raises McredError for a file that is rejected.
    """
    _check_table(file)
    try:
        with zipfile.ZipFile(file) as pack:
            entries = pack.infolist()
            named = _by_name(entries)
            root = find_root(named)
            wanted = {name.removeprefix(root): e for name, e in named.items() if name.startswith(root)}
            return _read(pack, {name: e for name, e in wanted.items() if is_wanted(name)}, largest, cut)
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, NotImplementedError, EOFError) as error:
        raise _refusal("it is damaged") from error
    except (RuntimeError, struct.error, IndexError) as error:  # encrypted, or an invalid directory
        raise _refusal("it is locked or damaged") from error


def _check_table(file: BinaryIO) -> None:
    """Check the central directory's size before `zipfile` loads it (APPNOTE 6.3.10, §4.3.16)."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - 65_536 - _END.size - 20))
    tail = file.read()
    at = len(tail) - _END.size
    if at < 0 or tail[at : at + 4] != b"PK\x05\x06" or tail[-2:] != b"\0\0":
        at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        raise _refusal("it is damaged")
    if at >= 20 and tail[at - 20 : at - 16] == b"PK\x06\x07":
        raise _refusal("it is too large")
    _, _, _, _, entries, table, _, _ = _END.unpack_from(tail, at)
    if entries > MAX_ENTRIES or table > MAX_TABLE:
        raise _refusal("it has too many parts")
    file.seek(0)


def _by_name(entries: Iterable[zipfile.ZipInfo]) -> Mapping[str, zipfile.ZipInfo]:
    """The entries by their names, as every system is to understand them.

    Some programs of Windows write a backslash between folders, some others begin each name with `./`, and a
    Mac may write accents apart from their letters.
    """
    named: dict[str, zipfile.ZipInfo] = {}
    seen: set[str] = set()
    for count, entry in enumerate(entries):
        name = unicodedata.normalize("NFC", entry.filename.replace("\\", "/")).removeprefix("./")
        if count >= MAX_ENTRIES:
            raise _refusal("it has too many parts")
        if not name:  # the folder itself
            continue
        if {"", ".", ".."} & set(name.removesuffix("/").split("/")) or set(":\0") & set(entry.orig_filename):
            raise _refusal("a name in it leads elsewhere")
        same = name.casefold()
        if same in seen:
            raise _refusal("two of its parts have the same name")
        seen.add(same)
        named[name] = entry
    return named


def _find_root(names: Iterable[str]) -> str:
    """The common root folder, '' without one; other programs add it when they repack an export."""
    parts = (name.split("/") for name in names if not name.startswith("__MACOSX/"))
    around = [p[: p.index("badges")] for p in parts if p[-1] in _BADGES and "badges" in p]
    return "".join(f"{part}/" for part in min(around, key=len, default=[]))


def _is_wanted(name: str) -> bool:
    folder, _, last = name.rpartition("/")
    if name.startswith("badges/"):
        return last in _BADGES
    return name == CLR_FILE or (name.startswith(KEYS) and last.endswith(".json") and folder.count("/") <= 1)


def _is_loose(name: str) -> bool:
    return (
        name.casefold().endswith(_LOOSE)
        and not name.startswith(KEYS)
        and not any(map(is_left_behind, name.split("/")))
    )


def _read(
    pack: zipfile.ZipFile, entries: Mapping[str, zipfile.ZipInfo], largest: int, cut: bool
) -> dict[str, bytes]:
    """The inflated entries, within the limit of each kind and of all together."""
    found: dict[str, bytes] = {}
    left = MAX_READ
    for name, entry in entries.items():
        most = MAX_BYTES if name.casefold().endswith(".json") else largest
        if name == CLR_FILE and entry.file_size > most:
            continue  # too large to be signed, so there is nothing to verify
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise _refusal("it is packed in an unusual way")
        with pack.open(entry) as part:
            data = part.read(min(most, left) + 1)
        left -= len(data)
        if (len(data) > most and not cut) or left < 0:
            raise _refusal(f"{name} in it is too large")
        found[name] = data
    return found


def _refusal(why: str) -> McredError:
    return McredError(
        f"this zip file cannot be used: {why}", hint="mcred verify badge.json   (one of its badges)"
    )

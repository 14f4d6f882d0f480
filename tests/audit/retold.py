"""An honest history told again with one byte changed: later steps built again, ids and badges made to fit.

`sign` True: everyone signs what they signed before, as if they had meant the changed text. False: the old
signatures are kept, as someone without any key could do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mcred.domain.decision import Decision
from mcred.domain.ids import CommitId
from mcred.domain.layout import parse_path
from mcred.problems import McredError
from mcred.store.signatures import signer_of
from tests.audit.workshop import Redo, Workshop
from tests.cli.town import PEOPLE

_ID = re.compile(rb"\b[0-9a-f]{40}\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A file at the commit that brought it."""

    commit: CommitId
    path: str
    data: bytes


class Retelling:
    """A history that ends at `tip`, ready to be told again any number of times."""

    def __init__(self, shop: Workshop, tip: CommitId) -> None:
        self.shop = shop
        listing = shop.git("rev-list", "--topo-order", "--reverse", tip).decode().split()
        self.commits = [CommitId(name) for name in listing]
        self.tip = tip
        owners = {shop.key(p).public: p for p in PEOPLE}
        self.signer = {c: owners[signer_of(shop.raw(c)) or ""] for c in self.commits}
        self.places = list(self._places())

    def _places(self) -> Iterator[Place]:
        """Every governed file that some step brought or changed, where it came first."""
        seen: set[tuple[bytes, str]] = set()
        for commit in self.commits:
            for path, (_, blob) in sorted(self.shop.files(commit).items()):
                if (path, blob) not in seen and path.startswith(
                    (b"mcred.yaml", b"credentials/", b"portfolios/")
                ):
                    seen.add((path, blob))
                    yield Place(commit=commit, path=path.decode(), data=self.shop.objects.get(blob)[1])

    def is_draft(self, place: Place) -> bool:
        """Whether a file was replaced before it was ever sent: no state of the main line has it like that."""
        file = (place.path.encode(), self.shop.objects.put(place.data))
        line = self.shop.line_of(self.tip)
        return not any(self.shop.files(c).get(file[0], ("", ""))[1] == file[1] for c in line)

    def tell(self, place: Place, data: bytes, *, sign: bool, root: CommitId | None = None) -> CommitId:
        """The history with other bytes at one place; its new end. `root`: what the founding stands on."""
        changed = (place.path.encode(), self.shop.objects.put(place.data))
        altered = self.shop.objects.put(data)
        names: dict[bytes, bytes] = {}
        badges: dict[str, str] = {}
        after: set[CommitId] = set()
        for commit in self.commits:
            parents = self.shop.parents(commit)
            if commit == place.commit or after & set(parents):
                after.add(commit)
            elif not (root and not parents) and not any(p.encode() in names for p in parents):
                continue
            files = {}
            for path, (mode, blob) in self.shop.files(commit).items():
                if (path, blob) == changed and commit in after:
                    files[path] = (mode, altered)
                else:
                    files[path] = (mode, badges.get(blob) or self._linked(path, blob, names))
            self._renew_badge(commit, parents, files, changed, names, badges)
            made = self._seal(commit, parents, files, names, sign=sign, root=root)
            names[commit.encode()] = made.encode()
        return CommitId(names.get(self.tip.encode(), self.tip.encode()).decode())

    def _linked(self, path: bytes, blob: str, names: dict[bytes, bytes]) -> str:
        """A file with the new ids of the commits it names."""
        if not path.startswith(b"portfolios/") or b"/evidence/" in path:
            return blob
        data = self.shop.objects.get(blob)[1]
        new = _ID.sub(lambda m: names.get(m[0], m[0]), data)
        return blob if new == data else self.shop.objects.put(new)

    def _renew_badge(
        self,
        commit: CommitId,
        parents: tuple[CommitId, ...],
        files: dict[bytes, tuple[str, str]],
        changed: tuple[bytes, str],
        names: dict[bytes, bytes],
        badges: dict[str, str],
    ) -> None:
        """The badge that this step brings, made from what the step says now, as an honest issuer would."""
        before = self.shop.files(parents[0]) if parents else {}
        for path in [p for p in files if p not in before and b"/badge" in p]:
            found = parse_path(path.decode())
            old = self.shop.files(commit)[path][1]
            if found is None or found.person is None or (path, old) == changed:
                continue
            redo = Redo(self.shop, found.person, found.attempt)
            main = names.get(parents[0].encode(), parents[0].encode())
            redo.main = CommitId(main.decode())
            decided = files[redo.decision_file.encode()][1]
            if decided == self.shop.blob(redo.decision_file, commit):
                continue
            try:
                decision = self.shop.decoded(self.shop.objects.get(decided)[1], Decision)
                badge = self.shop.objects.put(redo.make_badge(decision, self.shop.objects.get(decided)[1]))
            except (AssertionError, McredError, LookupError, KeyError, StopIteration):
                continue
            badges[old] = badge
            files[path] = (files[path][0], badge)

    def _seal(
        self,
        commit: CommitId,
        parents: tuple[CommitId, ...],
        files: dict[bytes, tuple[str, str]],
        names: dict[bytes, bytes],
        *,
        sign: bool,
        root: CommitId | None,
    ) -> CommitId:
        head, _, body = self.shop.raw(commit).partition(b"\n\n")
        lines = [f"tree {self.shop.objects.write(files)}".encode()]
        lines += [b"parent " + names.get(p.encode(), p.encode()) for p in parents]
        lines += [f"parent {root}".encode()] if root and not parents else []
        rest = [line for line in head.split(b"\n") if not line.startswith((b"tree ", b"parent "))]
        if sign:
            at = next(n for n, line in enumerate(rest) if line.startswith(b"gpgsig "))
            return self.shop.seal(b"\n".join([*lines, *rest[:at]]), body, self.shop.key(self.signer[commit]))
        return CommitId(self.shop.put(b"\n".join([*lines, *rest]) + b"\n\n" + body, "commit"))

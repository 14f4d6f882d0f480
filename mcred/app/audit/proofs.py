"""Verifies badge proofs for a whole history: in several processes where there are many, with a cache on disk.

One verification costs tens of milliseconds, more than the rest of an award's audit. The result depends on the
badge's bytes and the key alone, so it is cached like commit signers, in the user's own folder; only valid
proofs are cached.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from mcred.app.audit.cache import read_pairs, write_pairs
from mcred.app.processes import is_helper, start_pool
from mcred.badges.json_reader import read_json
from mcred.badges.proof import signature_holds
from mcred.badges.proof_pair import proofs_of
from mcred.domain.ids import BlobId
from mcred.problems import McredError

FILE = "proofs.json"
MANY = 60
"""The number of proofs from which on starting other processes is worth its second."""
_MULTIBASE = re.compile(r"z[1-9A-HJ-NP-Za-km-z]{20,100}")
ProofPair = tuple[BlobId, str]


class Proofs:
    """Which badges are known to have a valid proof by which key."""

    def __init__(self, cache: Path | None) -> None:
        """`cache`: the folder of earlier results; None for none."""
        self.place = cache / FILE if cache is not None else None
        self.checked = 0
        """Proofs that were really checked in this run."""
        self.waited = 0.0
        """Seconds spent on them, or waiting for the processes that did."""
        self._good: set[ProofPair] = {(BlobId(blob), key) for blob, key in read_pairs(self.place)}
        self._known = len(self._good)
        self._new: dict[ProofPair, bool] = {}
        self._waiting: dict[ProofPair, Future[bool]] = {}
        self._pool: ProcessPoolExecutor | None = None

    def begin(self, badges: Mapping[BlobId, bytes]) -> None:
        """Start verifying badges that will be needed, each with the key that it names.

        A process that audits one of many programmes verifies them itself, when they are needed.
        """
        if is_helper():
            return
        for blob, data in badges.items():
            key = _named_key(data)
            if key and (blob, key) not in self._good and (blob, key) not in self._waiting:
                self._pool = self._pool or start_pool()
                self._waiting[(blob, key)] = self._pool.submit(proof_holds, data, key)

    def hold(self, blob: BlobId, document: Mapping[str, object], multibase: str) -> bool:
        """Whether a badge's proof was made with a key over exactly the badge's content."""
        pair = (blob, multibase)
        if pair in self._good:
            return True
        begun = time.perf_counter()
        good = self._check(pair, document)
        self.waited += time.perf_counter() - begun
        self.checked += 1
        self._new[pair] = good
        if good:
            self._good.add(pair)
        return good

    def _check(self, pair: ProofPair, document: Mapping[str, object]) -> bool:
        waiting = self._waiting.pop(pair, None)
        if waiting is not None:
            try:
                return waiting.result()
            except BrokenProcessPool:  # where no process can be started, this one verifies
                self._waiting.clear()
        return signature_holds(document, pair[1])

    def take_new(self) -> dict[ProofPair, bool]:
        """What was checked since this was asked last, and whether each holds."""
        new, self._new = self._new, {}
        return new

    def add(self, found: Mapping[ProofPair, bool], seconds: float) -> None:
        """Take what another process checked, and the time it spent."""
        self.checked += len(found.keys() - self._good)
        self.waited += seconds
        self._good.update(pair for pair, good in found.items() if good)

    def close(self) -> None:
        """End the other processes and store the results."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        if len(self._good) > self._known:
            write_pairs(self.place, self._good)


def proof_holds(data: bytes, multibase: str) -> bool:
    """Verify one proof, in a worker process."""
    try:
        return signature_holds(read_json(data), multibase)
    except McredError:
        return False


def _named_key(data: bytes) -> str:
    """The key that a badge names in its first proof, '' unless it has the usual form."""
    try:
        proofs = proofs_of(read_json(data))
    except McredError:
        return ""
    method = proofs[0].get("verificationMethod") if proofs else None
    key = method.rpartition("#")[2] if isinstance(method, str) else ""
    return key if _MULTIBASE.fullmatch(key) else ""

"""git's own list of the history can say what it likes: an audit follows the entries themselves."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable

import pytest

from mcred.store.git import Repo, run
from tests.audit.forged_lines import (
    a_decision_hides_a_line_that_clones_saw,
    a_merge_of_code_hides_a_line_that_clones_saw,
)
from tests.audit.forgeries import Where
from tests.audit.workshop import Workshop

SHA1 = 20
NO_PARENT = 0x70000000


def reached(repo: Repo, tip: str) -> set[str]:
    return set(run(repo, "rev-list", tip).decode("ascii").split())


def hide_second_parent(repo: Repo, commit: str) -> None:
    """Let the list say that a merge had one parent only."""
    run(repo, "commit-graph", "write", "--reachable")
    place = repo.common_dir / "objects" / "info" / "commit-graph"
    listed = bytearray(place.read_bytes())
    rows = (struct.unpack_from(">4sQ", listed, 8 + 12 * n) for n in range(listed[6]))
    chunks: dict[bytes, int] = dict(rows)
    (count,) = struct.unpack_from(">L", listed, chunks[b"OIDF"] + 4 * 255)
    names = [listed[chunks[b"OIDL"] + SHA1 * n :][:SHA1].hex() for n in range(count)]
    row = chunks[b"CDAT"] + (SHA1 + 16) * names.index(commit)
    struct.pack_into(">L", listed, row + SHA1 + 4, NO_PARENT)
    listed[-SHA1:] = hashlib.sha1(listed[:-SHA1], usedforsecurity=False).digest()
    place.chmod(0o644)
    place.write_bytes(listed)


@pytest.mark.parametrize(
    "forge", [a_decision_hides_a_line_that_clones_saw, a_merge_of_code_hides_a_line_that_clones_saw]
)
def test_a_forged_list_hides_no_lost_line_from_an_audit(
    shop: Workshop, forge: Callable[[Workshop], Where]
) -> None:
    commit, path = forge(shop)
    assert ("line-lost", commit, path) in shop.audit().found
    (hidden,) = (c for c in reached(shop.repo, shop.tip) if shop.honest in shop.parents(c))
    hide_second_parent(shop.repo, hidden)
    assert shop.honest not in reached(shop.repo, shop.tip), "git itself believes its list"
    assert ("line-lost", commit, path) in shop.audit().found

"""The status lists on main, for issuing and revoking: read, draw an index, sign, store.

All of it is done again for every state of main that is tried, so two issuers at the same moment never assign
one index to two badges.
"""

from __future__ import annotations

import secrets

from mcred.app.keys.issuer import issuer_method
from mcred.app.workspace import Workspace
from mcred.badges.keys import IssuerKey, issuer_did
from mcred.badges.links import site_root
from mcred.badges.open_badge import StatusPlace
from mcred.badges.status_places import StatusLedger, open_ledger
from mcred.domain.ids import BlobId
from mcred.domain.layout import parse_path, status_path
from mcred.domain.programme import Programme
from mcred.store.snapshot import read_blobs
from mcred.store.write import put_blob


def read_ledger(ws: Workspace, key: IssuerKey | None) -> StatusLedger:
    """The lists and the indexes of all badges on main, read in one go."""
    kinds = ("award", "stack award")
    paths = {path: parse_path(path) for path in ws.tree.entries if path.endswith(".json")}
    awards = [ws.tree.entries[path].blob for path, found in paths.items() if found and found.kind in kinds]
    listed = [issuer_method(ws.catalog.programme, key)] if key else []
    return open_ledger(ws.catalog.lists, read_blobs(ws.repo, awards).values(), listed)


def take_place(ledger: StatusLedger, programme: Programme, key: IssuerKey | None) -> StatusPlace | None:
    """A random free index for a new badge; None where the pages have no address or awards are not signed."""
    root = site_root(programme.site.url)
    if key is None or not root:
        return None
    return ledger.take(root, issuer_did(programme.site.url, key.multibase), secrets.randbits(64))


def store_lists(
    ws: Workspace, ledger: StatusLedger, key: IssuerKey | None
) -> tuple[dict[str, BlobId | None], tuple[str, ...]]:
    """What the ledger changes, by path; and the addresses of lists that can no longer be changed."""
    if key is None:
        return {}, ledger.pending
    name = issuer_method(ws.catalog.programme, key).partition("#")[2]
    written, lost = ledger.sign(key, name, ws.ctx.now())
    return {status_path(number): put_blob(ws.repo, data) for number, data in written.items()}, lost

"""Makes a witness, reads one, and compares it with this copy of the programme."""

from __future__ import annotations

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from mcred.app.audit.classify import read_line
from mcred.app.audit.repository import History
from mcred.app.context import Context
from mcred.app.workspace import open_workspace
from mcred.domain.audit.witness import Witness, WitnessedHistory
from mcred.domain.ids import CommitId, is_hex
from mcred.domain.layout import MAIN, PORTFOLIOS, parse_path
from mcred.domain.text import as_stored
from mcred.problems import McredError, next_step
from mcred.store.config import remote_url
from mcred.store.folder_index import find_typed
from mcred.store.git import Repo
from mcred.store.log import is_ancestor
from mcred.store.remote import remote_heads
from mcred.store.signatures import sign, signer_of_text
from mcred.store.snapshot import list_tree

FOLDER = "witnesses"
"""Where a programme keeps the witnesses that its pages show; only maintainers add files there."""
NAMESPACE = "mcred-witness"
"""The kind of text that is signed: `ssh-keygen -Y verify -n mcred-witness` takes it too."""
MAX_BYTES = 16 * 1024
"""More than any witness has."""
_HINT = next_step(
    "audit", "--witness", "FILE", note="the file as it was signed; ask the person who signed it"
)


class NewWitness(Struct, frozen=True, kw_only=True):
    """A witness, as a value and as the bytes of its file, and a name for that."""

    witness: Witness
    data: bytes
    file: str


def make_witness(ctx: Context) -> NewWitness:
    """Sign the newest state of main with the current user's key.

    Raises McredError where the remote cannot be reached, and for a user without a key.
    """
    ws = open_workspace(ctx, fetching="must")
    key, line = ws.key(), read_line(ws.repo, ws.main)
    plain = Witness(
        kind="witness",
        format=2,
        founding=line.steps[0].commit.id,
        main=ws.main,
        steps=len(line.steps),
        awards=count_awards(ws.repo, ws.main),
        when=ctx.now(),
        key=key.public,
        signature="",
    )
    made = replace(plain, signature=sign(_signed_part(plain), key, NAMESPACE))
    return NewWitness(witness=made, data=encode_witness(made), file=f"witness-{ws.person()}.json")


def encode_witness(witness: Witness) -> bytes:
    """The bytes of a witness's file: one spelling for each."""
    return msgspec.json.encode(witness, order="sorted")


def _signed_part(witness: Witness) -> bytes:
    """Everything but the signature."""
    plain = msgspec.to_builtins(witness)
    del plain["signature"]
    return msgspec.json.encode(plain, order="sorted")


def decode_witness(data: bytes, name: str) -> Witness:
    """Read a witness of exactly the form that is written. Raises McredError for anything else, and where its
    signature does not hold."""
    data = data.removesuffix(b"\n")  # editors and mail add one
    try:
        found = msgspec.json.decode(data[:MAX_BYTES], type=Witness)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise _refusal(name, f"is not a witness ({error})") from error
    if not is_hex(found.founding) or not is_hex(found.main) or encode_witness(found) != data:
        raise _refusal(name, "is not a witness in the required form")
    if (
        found.when.tzinfo is None
        or signer_of_text(_signed_part(found), found.signature, NAMESPACE) != found.key
    ):
        raise _refusal(name, "was changed, or was not signed with the key that it names")
    return found


def _refusal(name: str, what: str) -> McredError:
    return McredError(f"{name} {what}", hint=_HINT)


def read_witness(ctx: Context, name: str) -> Witness:
    """The witness in a file or at an https address. Raises McredError where there is none."""
    if name.lower().startswith(("https:", "http:")):
        try:
            return decode_witness(ctx.fetch(name), name)
        except McredError as error:
            raise McredError(error.what, hint=_HINT, code=error.code) from error
    try:
        with find_typed(ctx.at, name).open("rb") as file:
            return decode_witness(as_stored(file.read(MAX_BYTES)), name)
    except (OSError, ValueError) as error:
        raise _refusal(name, "cannot be read") from error


def compare_with_history(ctx: Context, history: History, tip: CommitId, witness: Witness) -> WitnessedHistory:
    """What this history has of a witness.

    Asks the remote for its newest state only where this copy may be older than the witness.
    """
    repo = history.repo  # which does not believe what a copied folder says of ancestors
    is_part = is_ancestor(repo, witness.main, tip)
    return WitnessedHistory(
        founding=history.line.steps[0].commit.id,
        is_part=is_part,
        awards=count_awards(repo, tip),
        has_newer=not is_part and _may_have_newer(ctx, repo, tip),
    )


def _may_have_newer(ctx: Context, repo: Repo, tip: CommitId) -> bool:
    """Whether the remote has a newer state than `tip`, or cannot be reached; False where there is none.

    That the witnessed commit is among the objects here says nothing: copies bring objects of no branch.
    """
    if remote_url(repo) is None:
        return False
    try:
        newest = remote_heads(repo, [MAIN], interactive=ctx.interactive).get(MAIN)
    except McredError:
        return True
    return newest is not None and not is_ancestor(repo, newest, tip)


def count_awards(repo: Repo, commit: CommitId) -> int:
    """The number of awards on record at a commit of main, revoked ones included."""
    found = (parse_path(path) for path in list_tree(repo, commit, PORTFOLIOS))
    return sum(1 for f in found if f is not None and f.kind == "award" and f.number == 1)

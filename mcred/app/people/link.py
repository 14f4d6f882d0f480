"""A second computer of the same person: the first one seals its keys with a code, the second opens them."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from pathlib import Path

import msgspec
from msgspec import Struct

from mcred.app.context import Context
from mcred.app.keys.signing import KEY_FILE, write_private
from mcred.app.people.join import clone_programme
from mcred.app.profile import settle
from mcred.app.work.drafts import refresh
from mcred.app.workspace import Workspace, open_workspace
from mcred.domain.ids import is_id
from mcred.domain.people import Person
from mcred.domain.second_computer import KEY_FILES, SecondComputer
from mcred.problems import McredError, next_step
from mcred.store.atomic import write_whole
from mcred.store.config import read_config
from mcred.store.git import Repo, open_repo
from mcred.store.seal import Unopened, WrongCode, open_with_code, seal_with_code

MARK = "mcred-second-computer:"
_LINE = re.compile(rf"{MARK}([A-Za-z0-9+/=]+)")
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without I, L, O and U, which are read for others."""
_GROUPS, _GROUP = 4, 5
"""Twenty letters have 100 bits, too many to try."""
LONGEST = 200_000
"""Bytes of a file that is looked into."""
KEPT = "linking"
"""The file, below mcred's private folder, that names what was made by its SHA-256 until its code is shown."""
CODE = "MCRED_LINK_CODE"
"""The environment variable of the code, where no one can be asked."""
ANOTHER = next_step("link", "FILE", note="on your first computer, makes another")


def _plain(code: str) -> str:
    """A code as it is used, however it was typed."""
    return re.sub(r"[\s-]", "", code).upper()


class Linking(Struct, frozen=True, kw_only=True):
    """What the second computer needs: a file, and the code that opens it."""

    code: str
    repo: Repo

    def finish(self) -> None:
        """Forget which file it is: its code has been shown."""
        (self.repo.state_dir / KEPT).unlink(missing_ok=True)


def write_link(ws: Workspace, place: Path) -> Linking:
    """Seal this folder's keys with a new code into a file, readable by its owner only.

    Raises McredError without a key or a remote, and for a place inside the programme's folder or one that has
    a file, but for one whose code an earlier run could not show: nothing else opens it.
    """
    me, again = ws.person(), next_step("link", str(place.name))
    ws.need_shared_place()
    top = ws.repo.work_tree
    if top is not None and place.resolve().is_relative_to(top.resolve()):
        what = f"{place} is inside the program's folder, which is shared"
        raise McredError(what, hint=next_step("link", f"../{place.name}"))
    if place.exists() and not _is_unseen(ws.repo, place):
        raise McredError(f"{place} already exists", hint=next_step("link", f"{place.name}-2"))
    folder = ws.repo.state_dir
    keys = {p.name: p.read_text("ascii") for p in sorted(folder.iterdir()) if KEY_FILES.fullmatch(p.name)}
    if KEY_FILE not in keys:
        raise McredError("your signing key is not in this folder", hint=next_step("setup"))
    name = read_config(ws.repo, "user.name") or me
    said = SecondComputer(address=ws.url or "", person=me, name=name, keys=keys)
    code = "-".join("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))
    sealed = seal_with_code(msgspec.json.encode(said), _plain(code))
    text = f"{MARK}{base64.b64encode(sealed).decode('ascii')}\n".encode("ascii")
    write_whole(ws.repo.state_dir / KEPT, hashlib.sha256(text).hexdigest().encode("ascii"))
    try:
        write_whole(place, text, 0o600)
    except OSError as error:
        raise McredError(f"{place} cannot be written: {error.strerror}", hint=again) from error
    return Linking(code=code, repo=ws.repo)


def _is_unseen(repo: Repo, place: Path) -> bool:
    """Whether an earlier run made this file and could not show its code."""
    try:
        made = hashlib.sha256(place.read_bytes()[:LONGEST]).hexdigest()
        return (repo.state_dir / KEPT).read_text("ascii") == made
    except (OSError, ValueError):
        return False


def find_link(ctx: Context, word: str) -> bytes | None:
    """What a first computer sealed into the file of that name; None for anything else."""
    path = ctx.at / Path(word).expanduser()
    try:
        data = path.read_bytes()[:LONGEST] if path.is_file() else b""
    except OSError:
        return None
    found = _LINE.search(data.decode("utf-8", "replace"))
    try:
        return base64.b64decode(found[1], validate=True) if found else None
    except ValueError:
        raise McredError(f"{word} was cut or changed", hint=ANOTHER) from None


def open_link(ctx: Context, word: str, sealed: bytes) -> SecondComputer:
    """Ask for the code, and open what the first computer sealed. Raises McredError for a wrong code."""
    code = ctx.environment.get(CODE) or ctx.ask_secret("The code that your first computer showed", CODE)
    again = next_step("join", word)
    try:
        data = open_with_code(sealed, _plain(code))
        said = msgspec.json.decode(data, type=SecondComputer)
    except WrongCode as error:
        what = f"that is not the code of {word}: it has {_GROUPS} groups of {_GROUP} letters and numbers"
        raise McredError(what, hint=again) from error
    except (Unopened, ValueError) as error:
        raise McredError(f"{word} was cut or changed", hint=ANOTHER) from error
    if not is_id(said.person) or not all(KEY_FILES.fullmatch(name) for name in said.keys):
        raise McredError(f"{word} is not from mcred", hint=ANOTHER)
    return said


def join_linked(ctx: Context, said: SecondComputer, folder: Path | None) -> Path:
    """Clone the programme and put the person's keys into it; the folder. Asks nothing.

    Raises McredError for a folder that is another person's or has other keys; nothing is overwritten.
    """
    place = clone_programme(ctx, said.address, folder)
    repo = open_repo(place)
    other = next_step("join", "FILE", "ANOTHER-FOLDER")
    for name, text in said.keys.items():
        key = repo.state_dir / name
        if key.exists() and key.read_text("ascii", "replace") != text:
            raise McredError(f"{place} has other keys already", hint=other)
    for name, text in said.keys.items():
        write_private(repo.state_dir / name, text.encode("ascii"))
    settle(repo, ctx, Person(format=2, id=said.person, name=said.name, keys=()))
    return place


def bring_drafts(ctx: Context) -> Workspace:
    """Fetch what only this person may open, and write it into the folder."""
    ws = open_workspace(ctx, fetching="must")
    refresh(ws)
    return ws

"""The current user: an id, a name, a signing and a reading key, for this folder only.

The keys are created here and never leave; the programme gets the profile with their public parts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from mcred.app.context import Context
from mcred.app.fetch import PERSON_SETTING, whoami
from mcred.app.keys.reading import ensure_reading_key, read_with
from mcred.app.keys.signing import KEY_FILE, ensure_key
from mcred.domain.ids import PersonId, Slug, explain_bad_id, is_id, suggest_id
from mcred.domain.layout import profile_path
from mcred.domain.people import Person, SigningKey, Visibility, neutral_email
from mcred.domain.programme import Programme
from mcred.domain.text import as_typed
from mcred.formats.decode import decode
from mcred.formats.encode import encode
from mcred.hosting.pick import ADAPTERS
from mcred.problems import Exit, McredError, next_step
from mcred.store.config import read_config, write_config
from mcred.store.folder_index import read_written
from mcred.store.git import Repo
from mcred.store.signatures import KeyPair

_DRAFTS = (
    "Your drafts are sealed: only the reading key in your folder opens them, and that of a "
    "coach whom you let in."
)
_RECOVERY = (
    "It can also be opened with the program's recovery key, which is kept offline in case "
    "reading keys are lost."
)
_SEALED = (
    "What you submit is sealed too: its assessors and the issuers can open it, and anyone who could open it "
    "may have kept a copy. Every member of this program, and anyone else who can reach its address, sees "
    "that you submitted and how much, and can read the levels of your awards."
)
_OPEN = (
    "What you submit can be read by every member of this program, and by anyone else who can reach its "
    "address: evidence, submitted work, and the levels of your awards. Earlier submitted versions stay "
    "readable in its history, and so do pieces that you erase later."
)
_REVIEWS = (
    "Remarks and feedback, and the levels of work that was returned, are sealed to you, your assessors, and "
    "the issuers."
)
_PAGES = "No page of the program shows any of it until you publish pieces of what you were awarded for."


SIGNING_KEY = "user.signingkey"
"""git's setting of the file that the person's own git signs with."""


def who_reads(programme: Programme) -> str:
    """What members are told, before they save anything, about who can read it."""
    work = _SEALED if programme.work == "sealed" else _OPEN
    if programme.work == "sealed" and programme.recovery:
        work = f"{work} {_RECOVERY}"
    return "\n".join((_DRAFTS, work, _REVIEWS, _PAGES))


def ask_who(
    ctx: Context,
    repo: Repo | None,
    name: str | None,
    person: str | None,
    school: str | None,
    publish: str | None,
    before: Person | None = None,
    share_work: bool | None = None,
) -> Person:
    """A profile without keys, from options, what is already known, or questions; with the email address as
    it was."""
    known = whoami(repo) if repo else None
    said = read_config(repo, "user.name") if repo and known else None
    # `mcred init` is the one command that has no repository yet, and a --name of its own.
    option = '--name "YOUR NAME"' if repo else '--person "YOUR NAME"'
    full = name or (before.name if before else None) or said or ctx.ask("Your name", option)
    full = as_typed(full)
    chosen = (
        person or known or ctx.ask("Your short id, used in addresses", "--id ID", suggest_id(full) or None)
    )
    while not is_id(chosen) and not (person or known) and ctx.interactive:
        ctx.show.note(f"'{chosen}' cannot be an id: {explain_bad_id(chosen)}", style="yellow")
        chosen = ctx.ask("Your short id, used in addresses", "--id ID", suggest_id(chosen) or None)
    if not is_id(chosen):
        raise McredError(
            f"'{chosen}' cannot be an id: {explain_bad_id(chosen)}",
            hint=f"the same command with --id {suggest_id(chosen) or 'ID'}",
            code=Exit.USAGE,
        )
    if known is not None and chosen != known:
        raise McredError(
            f"this folder belongs to {known}",
            hint=next_step("join", "ADDRESS", note="into another folder, for another person"),
        )
    where = school if school is not None else before.school if before else None
    if where is None:
        where = ctx.ask("Your school (your assessors are never from the same school)", "--school", "")
    where = as_typed(where)
    shown: Visibility = before.publish if before else "public"
    if publish is not None:
        shown = _visibility(publish)
    elif before is None and ctx.interactive:
        shown = _visibility(
            ctx.choose(
                "Who may see your badges on the program's pages",
                ("public", "unlisted", "private"),
                "--publish",
                "public",
            )
        )
    base = before or Person(format=2, id=PersonId(chosen), name=full, keys=())
    asked = replace(base, id=PersonId(chosen), name=full, school=where, publish=shown)
    if share_work is not None:
        asked = replace(asked, share_work=share_work)
    _refuse_unreadable(asked)
    return asked


def _refuse_unreadable(person: Person) -> None:
    """Raises McredError for values that no profile can hold, before a key or a setting is made for it."""
    try:
        encode(person)
    except McredError as error:
        raise McredError(
            "your profile cannot contain this",
            hint="the same command with --name or --school as these lines ask for",
            problems=error.problems,
            code=Exit.USAGE,
        ) from error


def read_accounts(before: Mapping[Slug, str], given: Sequence[str]) -> Mapping[Slug, str]:
    """The stored accounts on review hosts, updated by the given ones; an empty name removes one."""
    found = dict(before)
    for text in given:
        kind, _, name = text.partition("=")
        if kind not in ADAPTERS or "=" not in text or not re.fullmatch(r"[A-Za-z0-9._-]{0,100}", name):
            raise McredError(
                f"'{text}' is not an account; write HOST=NAME, with HOST one of {', '.join(ADAPTERS)}",
                hint="the same command with --account github=YOUR-NAME",
                code=Exit.USAGE,
            )
        found[Slug(kind)] = name
    return {kind: name for kind, name in found.items() if name}


def _visibility(text: str) -> Visibility:
    choices: tuple[Visibility, ...] = ("public", "unlisted", "private")
    for choice in choices:
        if choice == text:
            return choice
    raise McredError(
        f"--publish cannot be '{text}'; use public, unlisted, or private",
        hint="the same command with --publish private",
        code=Exit.USAGE,
    )


def settle(repo: Repo, ctx: Context, person: Person) -> tuple[Person, KeyPair]:
    """Create the keys that are missing, and store whose folder this is."""
    key = ensure_key(repo)
    person = read_with(person, ensure_reading_key(repo).public, ctx.now().date())
    if not any(k.public == key.public for k in person.keys):
        new = SigningKey(public=key.public, since=ctx.now().date())
        person = replace(person, keys=(*person.keys, new))
    # The folder's owner is stored last: until then an interrupted setup leaves a folder without owner.
    for name, value in (
        ("user.name", person.name),
        ("user.email", neutral_email(person.id)),
        ("gpg.format", "ssh"),
        (SIGNING_KEY, str(repo.state_dir / KEY_FILE)),
        ("commit.gpgsign", "true"),
        (PERSON_SETTING, person.id),
    ):
        write_config(repo, name, value)
    return person, key


def read_profile(work_tree: Path, person: PersonId) -> Person | None:
    """A profile as stored in the folder. Raises McredError when it cannot be read."""
    path = profile_path(person)
    try:
        data = read_written(work_tree / path)
    except FileNotFoundError:
        return None
    profile, problems = decode(data, Person, path)
    if profile is None:
        raise McredError(
            f"{path} cannot be read",
            hint=next_step("setup", note="first fix these lines"),
            problems=problems,
        )
    return profile

"""A maintainer or an issuer begins a definition.

Repeated, it writes what is missing and overwrites nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar

from mcred.app.fetch import Fetching
from mcred.app.free_paths import ensure_path_free
from mcred.app.programme.edits import refuse_role
from mcred.app.use_case import Command, Confirmation, Plan, Question, Result
from mcred.app.work.drafts import work_folder
from mcred.app.workspace import Workspace
from mcred.domain.credential import Credential
from mcred.domain.definition_checks import RESERVED
from mcred.domain.ids import CredentialId, is_id, suggest_id
from mcred.domain.layout import DEFINITIONS, definition_path
from mcred.formats.decode import decode
from mcred.formats.definition_stub import definition_files
from mcred.problems import Exit, McredError, next_step
from mcred.shipped import shipped
from mcred.store.atomic import write_whole
from mcred.store.folder_index import read_written

QUESTIONS = {
    "title": "Its title, such as “Using Exit Tickets to Plan Tomorrow”",
    "topic": "A topic that it is listed under",
    "competency": "The one skill it is about, in a sentence: “The teacher …”",
}


class NewDefinitionResult(Result, frozen=True, kw_only=True):
    """The files that were written, by their paths; none where all of them existed."""

    credential: CredentialId
    files: tuple[str, ...]


class NewDefinition(Command[NewDefinitionResult], frozen=True, kw_only=True):
    """Begin the definition `credential` as a draft, with two golden examples to fill in."""

    fetching: ClassVar[Fetching] = "no"
    credential: str
    title: str = ""
    topic: str = ""
    competency: str = ""

    def plan(self, ws: Workspace) -> NewDefinitionPlan | NewDefinitionResult:
        """What is left to ask.

        Raises McredError for an id that is taken or cannot be one, and for someone who may not change
        definitions.
        """
        name = self.credential.strip().strip("/").removeprefix(f"{DEFINITIONS}/")
        if not is_id(name) or name in RESERVED:
            near = suggest_id(name)
            raise McredError(
                f"'{self.credential}' cannot be an id: use small letters, digits, and hyphens",
                hint=next_step("new", near if near and near not in RESERVED else "ID"),
                code=Exit.USAGE,
            )
        credential = CredentialId(name)
        path = definition_path(credential)
        refuse_role(ws, ws.confirmed(), (path,))
        place = work_folder(ws) / path
        known = ws.catalog.definitions.get(credential)
        if not place.exists() and known is None:
            return NewDefinitionPlan(command=self, credential=credential)
        here = decode(read_written(place), Credential, path)[0] if place.is_file() else None
        if here is not None and self.title.strip() in ("", here.title) and here.status == "draft":
            return NewDefinitionResult(ws=ws, status="not needed", credential=credential, files=())
        raise McredError(f"{path} already exists; nothing was changed", hint=next_step("show", credential))


class NewDefinitionPlan(Plan[NewDefinitionResult], frozen=True, kw_only=True):
    """A definition that does not exist yet."""

    command: NewDefinition
    credential: CredentialId

    def questions(self) -> Iterator[Question]:
        """What every definition needs: a title, a topic, and the competency."""
        for name, text in QUESTIONS.items():
            if not getattr(self.command, name).strip():
                yield Question(field=name, text=text, option=f'--{name} "…"')

    def settle(self, ws: Workspace) -> NewFilesPlan:
        """The files to write. Raises McredError for a value that is missing, or does not fit a definition."""
        said = {name: getattr(self.command, name).strip() for name in QUESTIONS}
        if missing := [name for name, value in said.items() if not value]:
            raise McredError(
                f"--{missing[0]} is required", hint=f'{ws.ctx.typed} --{missing[0]} "…"', code=Exit.USAGE
            )
        fresh, problems = definition_files(
            self.credential, **said, templates=shipped("templates") / "definition"
        )
        if problems:
            again = next_step("new", self.credential)
            raise McredError("that does not fit a definition", hint=again, problems=problems)
        root = work_folder(ws)
        ensure_path_free(root, fresh, next_step("new", self.credential))
        files = {path: data for path, data in fresh.items() if not (root / path).exists()}
        return NewFilesPlan(command=self.command, credential=self.credential, root=root, files=files)


class NewFilesPlan(Plan[NewDefinitionResult], frozen=True, kw_only=True):
    """The files of a new definition that do not exist yet, the definition last: it marks a complete one."""

    credential: CredentialId
    root: Path
    files: Mapping[str, bytes]

    def confirmation(self) -> Confirmation:
        """Nothing is asked."""
        return Confirmation(would="\n".join(f"Would make {path}" for path in sorted(self.files)))

    def apply(self, ws: Workspace) -> NewDefinitionResult:
        """Write the files. Nothing is saved or sent."""
        for path, data in self.files.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            write_whole(self.root / path, data)
        return NewDefinitionResult(ws=ws, credential=self.credential, files=tuple(self.files))

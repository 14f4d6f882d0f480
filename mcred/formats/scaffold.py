"""Scaffolding: the initial files of a submission, a profile and a programme.

Texts of a definition are written as comments, never where they would be read as an answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mcred.domain.credential import Credential
from mcred.domain.ids import SubmissionId
from mcred.domain.layout import (
    SCHEMAS,
    answers_file,
    folder_of,
    profile_path,
    submission_path,
)
from mcred.domain.people import Person
from mcred.domain.programme import WorkPolicy, attestation_text
from mcred.formats.encode import encode

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment


def start_files(
    submission: SubmissionId, definition: Credential, work: WorkPolicy, templates: Path
) -> Mapping[str, bytes]:
    """Path → text of a new submission: its list, and a Markdown file per part with a heading per item.

    `work`: who may read it once it is submitted.
    """
    folder = folder_of(submission)
    listing = submission_path(submission)
    files = {
        listing: render(
            templates,
            "submission.yaml.j2",
            schema=schema_line(listing, "submission"),
            definition=definition,
            attestations={name: attestation_text(name, work) for name in definition.attestations},
            readers="its assessors and the issuers" if work == "sealed" else "everyone in the program",
        )
    }
    for part in definition.parts:
        path = f"{folder}/{answers_file(definition, part)}"
        files[path] = render(templates, "part.md.j2", definition=definition, part=part)
    return files


def profile_file(person: Person) -> bytes:
    """The initial profile file."""
    return encode(person, head=schema_line(profile_path(person.id), "profile"))


def programme_files(templates: Path, **values: Any) -> Mapping[str, bytes]:
    """Path → content of `mcred.yaml` and its neighbours for a new programme; `values` fill the templates."""
    return {
        name.removesuffix(".j2").replace("dot-", "."): render(templates, name, **values)
        for name in sorted(p.name for p in templates.iterdir() if p.suffix == ".j2")
    }


def render(templates: Path, template: str, /, **values: Any) -> bytes:
    """A template of a folder with its values filled in."""
    return _templates_of(templates).get_template(template).render(**values).encode()


@lru_cache(maxsize=2)
def _templates_of(folder: Path) -> SandboxedEnvironment:
    """A folder's templates, each compiled once."""
    from jinja2 import FileSystemLoader, StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    environment = SandboxedEnvironment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["remark"] = _remark
    environment.filters["quoted"] = _quoted
    environment.filters["line"] = _line
    return environment


def _remark(text: str) -> str:
    """Text escaped so that it cannot end the comment around it."""
    return re.sub(r"-(?=-)", "- ", text).strip()


def _line(text: str) -> str:
    """A title on a single line, for a heading or comment."""
    return " ".join(text.split())


def _quoted(text: str) -> str:
    """A YAML scalar in double quotes."""
    import json

    return json.dumps(text, ensure_ascii=False)


SCHEMA_OF: dict[str, str] = {
    "programme": "programme",
    "definition": "credential",
    "stack": "stack",
    "profile": "profile",
    "submission": "submission",
}
"""Kind of file → name of its JSON Schema."""


def schema_line(path: str, name: str) -> str:
    """The first line of a scaffolded file: its schema's path for editors, relative to the file."""
    up = "../" * path.count("/")
    return f"# yaml-language-server: $schema={up}{SCHEMAS}/{name}.schema.json\n"

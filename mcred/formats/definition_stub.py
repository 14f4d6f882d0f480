"""A new definition, as a sound draft with `FILL IN` where its author goes on, and two golden examples."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mcred.domain.credential import Credential
from mcred.domain.ids import CredentialId, Slug
from mcred.domain.layout import answers_file, definition_path, example_path
from mcred.formats.decode import decode
from mcred.formats.scaffold import render, schema_line
from mcred.problems import Problem

FILL_IN = "FILL IN"
"""What stands where an author still has to write."""
EXAMPLES = {"proficient": "award", "near-miss": "revise"}
"""The names of the golden examples, and what each results in."""


def definition_files(
    credential: CredentialId, title: str, topic: str, competency: str, templates: Path
) -> tuple[Mapping[str, bytes], tuple[Problem, ...]]:
    """Path → text of a new definition and its examples, the definition last.

    Also the problems of the values given; then there are no files.
    """
    path = definition_path(credential)
    data = render(
        templates,
        "credential.yaml.j2",
        schema=schema_line(path, "credential"),
        id=credential,
        title=title,
        topic=topic,
        competency=competency,
    )
    definition, problems = decode(data, Credential, path)
    if definition is None:
        return {}, problems
    files: dict[str, bytes] = {}
    for name, outcome in EXAMPLES.items():
        files.update(_example_files(definition, name, outcome, templates))
    return {**files, path: data}, ()


def _example_files(definition: Credential, name: str, outcome: str, templates: Path) -> Mapping[str, bytes]:
    """An example's list and answers, without any text, and its agreed levels."""
    agreed = example_path(definition.id, name)
    folder = agreed.rpartition("/")[0]
    listing = f"{folder}/submission.yaml"
    levels: dict[Slug, Slug] = {c.id: definition.scale_of(c)[0] for c in definition.criteria}
    if outcome == "revise":
        missed = definition.criteria[-1]
        levels[missed.id] = definition.scale_of(missed)[-1]
    files = {
        listing: render(
            templates,
            "submission.yaml.j2",
            schema=schema_line(listing, "submission"),
            definition=definition,
        ),
        agreed: render(
            templates,
            "agreed.yaml.j2",
            schema=schema_line(agreed, "agreed"),
            outcome=outcome,
            levels=levels,
        ),
    }
    for part in definition.parts:
        text = render(templates, "part.md.j2", part=part)
        files[f"{folder}/{answers_file(definition, part)}"] = text
    return files

"""Compiled templates, kept from one build to the next in a folder of the person's own.

What is kept is code, so it never lies in a programme's folder, which may come from somebody else
(docs/decisions/0027). A template that changed is compiled again, as jinja2 notices itself.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

import jinja2
from jinja2.bccache import Bucket, FileSystemBytecodeCache


class Compiled(FileSystemBytecodeCache):
    """Code by the names and places of templates, and by `made_by`: whatever else it depends on."""

    def __init__(self, folder: Path, made_by: str) -> None:
        super().__init__(str(folder), "%s.template")
        self.made_by = f"{jinja2.__version__} {made_by}"

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """A name for the file that keeps a template."""
        return hashlib.sha256(f"{self.made_by} {filename} {name}".encode()).hexdigest()

    def load_bytecode(self, bucket: Bucket) -> None:
        """What is kept, if it can be read."""
        with suppress(OSError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it; without a place to write to, it is compiled again next time."""
        with suppress(OSError):
            Path(self.directory).mkdir(mode=0o700, parents=True, exist_ok=True)
            super().dump_bytecode(bucket)

"""Cache of compiled templates, from one build to the next, in the user's cache folder.

Compiled templates are code, so they are never stored in a programme's folder, which may come from others
(docs/decisions/0027). A changed template is compiled again, which jinja2 detects itself.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

import jinja2
from jinja2.bccache import Bucket, FileSystemBytecodeCache


class Compiled(FileSystemBytecodeCache):
    """A bytecode cache keyed by template names and paths, and by `made_by`: all other inputs."""

    def __init__(self, folder: Path, made_by: str) -> None:
        super().__init__(str(folder), "%s.template")
        self.made_by = f"{jinja2.__version__} {made_by}"

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """The file name for a template's bytecode."""
        return hashlib.sha256(f"{self.made_by} {filename} {name}".encode()).hexdigest()

    def load_bytecode(self, bucket: Bucket) -> None:
        """Load cached bytecode, if it can be read."""
        with suppress(OSError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Store bytecode; where it cannot be written, the template is compiled again next time.

        What a killed build was writing of it goes; another build that is writing it gives up.
        """
        with suppress(OSError):
            folder = Path(self.directory)
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for left in folder.glob(f"{bucket.key}.template*.tmp"):
                left.unlink(missing_ok=True)
            super().dump_bytecode(bucket)

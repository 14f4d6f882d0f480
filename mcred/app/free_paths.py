"""Rejects writing to a path that is blocked by a link, or by a file where a folder is needed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from mcred.problems import Hint, McredError


def ensure_path_free(root: Path, paths: Iterable[str], again: Hint) -> None:
    """Raises McredError where a link, or a file in place of a folder, blocks a path that mcred writes.

    A path that ends with a slash is a folder. Nothing is ever written through a link or over such a file.
    """
    for path in paths:
        place, parts = root, path.rstrip("/").split("/")
        for number, part in enumerate(parts, start=1):
            place, is_folder = place / part, number < len(parts) or path.endswith("/")
            name = place.relative_to(root).as_posix()
            if place.is_symlink():
                said = "is a link to another place"
            elif place.exists() and place.is_dir() != is_folder:
                said = f"is a {'file' if is_folder else 'folder'}"
            else:
                continue
            raise McredError(
                f"{name} {said}, and a {'folder' if is_folder else 'file'} of yours belongs there",
                hint=f"{again}   (first move {name} somewhere else)",
            )

"""Refuses to write where a link, or a file in place of a folder, is in the way."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from mcred.problems import Hint, McredError


def ensure_path_free(root: Path, paths: Iterable[str], again: Hint) -> None:
    """Raises McredError where a link, or a file for a folder, stands on the way to a path of ours.

    A path that ends with a slash is a folder. Nothing is ever written through a link or over such a thing.
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
                f"{name} {said}, and a {'folder' if is_folder else 'file'} of yours has to stand there",
                hint=f"{again}   (first move {name} somewhere else)",
            )

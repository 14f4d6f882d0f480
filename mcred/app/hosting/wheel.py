"""Packs this program as a wheel file, so that a review host runs it and not the registry's `mcred`.

The name on the public package registry belongs to another project. A programme's CI therefore installs a file
that a maintainer signed into the programme, and compares its SHA-256 first.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from msgspec import Struct

import mcred
from mcred.problems import McredError
from mcred.shipped import shipped

DISTRIBUTION = "mcred-portfolios"
"""The name of the distribution; the package and the command are called `mcred`."""
SHIPPED = ("credentials", "recognition", "schema", "templates", "findings.md")
FIRST_DAY = (1980, 1, 1, 0, 0, 0)
"""The date of every entry of the zip file, so that the same program gives the same bytes."""


class Wheel(Struct, frozen=True, kw_only=True):
    """A wheel: its file name, which has a meaning for pip, and its bytes."""

    name: str
    data: bytes

    @property
    def sha256(self) -> str:
        """The SHA-256 of its bytes, in hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()


@cache
def own_wheel() -> Wheel:
    """The running program, packed from its own files.

    Format: https://packaging.python.org/en/latest/specifications/binary-distribution-format/
    Raises McredError where Python does not know this program as an installed one.
    """
    tag = f"{DISTRIBUTION.replace('-', '_')}-{mcred.__version__}"
    files = {**_program(), **_description(f"{tag}.dist-info")}
    record = f"{tag}.dist-info/RECORD"
    lines = [f"{path},sha256={_digest(data)},{len(data)}\n" for path, data in sorted(files.items())]
    files[record] = "".join([*lines, f"{record},,\n"]).encode()
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path, data in sorted(files.items()):
            entry = zipfile.ZipInfo(path, FIRST_DAY)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o100644 << 16
            archive.writestr(entry, data)
    return Wheel(name=f"{tag}-py3-none-any.whl", data=target.getvalue())


def _program() -> Mapping[str, bytes]:
    """The package and its data files, as an installed package lists them."""
    package = Path(mcred.__file__).parent
    sources = (p for p in package.rglob("*") if p.suffix == ".py" or p.name == "py.typed")
    found = {f"mcred/{p.relative_to(package).as_posix()}": p.read_bytes() for p in sources}
    for name in SHIPPED:
        top = shipped(name)
        for path in (p for p in (top, *top.rglob("*")) if p.is_file()):
            found[f"mcred/shipped/{path.relative_to(top.parent).as_posix()}"] = path.read_bytes()
    return found


def _description(folder: str) -> Mapping[str, bytes]:
    """The metadata that pip needs: dependencies, licence and console script."""
    try:
        installed = distribution(DISTRIBUTION)
    except PackageNotFoundError as error:
        raise McredError(
            "this mcred was not installed with pip, so it cannot be packed for the review host",
            hint="python -m pip install FOLDER   (the folder mcred came in; then the same command)",
        ) from error
    texts = {name: installed.read_text(name) for name in ("METADATA", "entry_points.txt", "licenses/LICENSE")}
    texts["WHEEL"] = "Wheel-Version: 1.0\nGenerator: mcred\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    return {f"{folder}/{name}": text.encode() for name, text in texts.items() if text is not None}


def _digest(data: bytes) -> str:
    return urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()

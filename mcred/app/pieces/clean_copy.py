"""The copy of a file that is shown: without what it says of places, people, devices and dates."""

from __future__ import annotations

import posixpath

from msgspec import Struct

from mcred.problems import McredError


class CleanCopy(Struct, frozen=True, kw_only=True):
    """A file as it is shown."""

    name: str
    """Its SHA-256 with the ending of its type."""
    data: bytes


def make_copy(path: str, content: bytes) -> CleanCopy:
    """The copy of an evidence file. Raises McredError where browsers do not show it, and where what it tells
    of its maker cannot be taken out.

    Pictures are encoded again from their pixels alone; the same bytes give the same copy. A file without
    hidden information stays as it is.
    """
    from mcred.website.evidence import published_name
    from mcred.website.metadata.photos import copy_photo, is_photo
    from mcred.website.metadata.traces import Traces, find_traces, take_out

    name = published_name(path, content)
    ending = name.rpartition(".")[2]
    if not name:
        raise McredError(
            f"{posixpath.basename(path)} is of a type that browsers do not show, so no page can show it",
            hint="next time submit a PDF, a JPEG, or an MP4",
        )
    data: bytes | None = content
    if is_photo(ending):
        data = copy_photo(content, ending)
    elif find_traces(content) != Traces():
        data = take_out(content)
    if data is None or not (shown := published_name(path, data)):
        raise McredError(
            f"the hidden information in {posixpath.basename(path)} cannot be removed, so it is not published",
            hint="next time export it without that information before you add it",
        )
    return CleanCopy(name=shown, data=data)

"""Lists the site's pictures: one for each micro-credential and stack, and one with each badge baked into it.

Both exist as SVG and PNG beside their page. They are made by a function passed in (`Draw`), since drawing and
baking belong to `badge`; a picture that cannot be made has no file, and its page has none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from mcred.domain.award import PICTURE_PNG, PICTURE_SVG
from mcred.domain.credential import Credential, Stack
from mcred.domain.ids import CredentialId
from mcred.website.badge_views import Copy


class Picture(Struct, frozen=True, kw_only=True):
    """A picture to make: its subject, and the badge to bake into it."""

    of: str
    """The id of the micro-credential, or `stacks/` and the id of the stack."""
    credential: CredentialId | None
    topic: str
    title: str
    document: bytes | None = None


Draw = Callable[[Picture], Mapping[str, bytes]]
"""A picture's files by their names: `badge.svg`, `badge.png`."""


def credential_picture(credential: Credential, document: bytes | None = None) -> Picture:
    """The picture of a micro-credential, with or without one of its badges baked in."""
    topic = credential.topics[0] if credential.topics else ""
    return Picture(
        of=credential.id, credential=credential.id, topic=topic, title=credential.title, document=document
    )


def stack_picture(stack: Stack, document: bytes | None = None) -> Picture:
    """The picture of a stack."""
    topic = stack.topics[0] if stack.topics else ""
    return Picture(
        of=f"stacks/{stack.id}", credential=None, topic=topic, title=stack.title, document=document
    )


def draw_copies(draw: Draw, picture: Picture, folder: str) -> tuple[Copy, ...]:
    """A picture's files in a folder of the site."""
    drawn = draw(picture)
    return tuple(
        Copy(path=folder + name, content=drawn[name]) for name in (PICTURE_SVG, PICTURE_PNG) if name in drawn
    )

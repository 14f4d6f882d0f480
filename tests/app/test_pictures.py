"""Which drawings the pages show."""

from __future__ import annotations

import re

from mcred.app.pages.pictures import Artist
from mcred.domain.award import PICTURE_SVG
from mcred.website.pictures import credential_picture, stack_picture
from tests.school import a_credential, a_stack


def test_a_stack_is_told_from_the_micro_credentials_of_its_topic() -> None:
    """Their signs differ, which are all that is seen of them where they are small."""
    artist, topics = Artist(own={}), ("Questioning",)
    drawn = (
        artist(credential_picture(a_credential(topics=topics))),
        artist(stack_picture(a_stack(topics=topics))),
    )
    signs = [re.findall(r'd="(M[^"]+)"', files[PICTURE_SVG].decode())[-1] for files in drawn]
    assert signs[0] != signs[1]

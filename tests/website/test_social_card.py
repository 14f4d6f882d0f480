"""The card that other sites show of a link to a badge."""

from __future__ import annotations

import io
from functools import cache

import pytest
from PIL import Image, ImageChops

from mcred.badges.default_image import draw_artwork, write_png
from mcred.domain.ids import SubmissionId
from mcred.website.badge_views import Copy
from mcred.website.preview.drawn_text import spell, width_of, wrap
from mcred.website.preview.social_card import social_card
from tests.browser.sample import a_site
from tests.school import BEN, WAIT, a_record, a_revocation
from tests.website.markup import read
from tests.website.test_lists import SITE, at
from tests.website.town import a_town, build


@cache
def art() -> tuple[Copy, ...]:
    return (Copy(path="a/badge.png", content=write_png(draw_artwork("Talk", "Wait Time", "wait-time"))),)


def drawn(title: str = "Wait Time", earner: str = "Ana Reyes", issuer: str = "Lake") -> Image.Image:
    (card,) = social_card("https://x.example/", "a/", art(), title, issuer, earner)
    return Image.open(io.BytesIO(card.content)).convert("RGB")


def differs(one: Image.Image, other: Image.Image) -> tuple[int, int, int, int] | None:
    return ImageChops.difference(one, other).getbbox()


def test_a_card_has_the_size_that_other_sites_show_and_the_same_bytes_each_time() -> None:
    assert drawn().size == (1200, 630)
    first, again = (social_card("https://x.example/", "a/", art(), "T", "L", "A") for _ in range(2))
    assert first == again and first[0].path == "a/social.png" and len(first[0].content) < 60_000


def test_title_earner_and_issuer_are_on_it() -> None:
    whole = drawn()
    for other in (drawn(title="Pause Time"), drawn(earner="Eve Reyes"), drawn(issuer="Hill")):
        words = (540, 0, 1200, 630)
        assert differs(whole.crop(words), other.crop(words)) is not None


@pytest.mark.parametrize(("name", "plain"), [("Núñez", "Nunez"), ("Łukasz", "Lukasz"), ("ığdır", "igdir")])
def test_accents_are_drawn(name: str, plain: str) -> None:
    assert differs(drawn(earner=name), drawn(earner=plain)) is not None


def test_a_name_that_cannot_be_drawn_is_left_out_and_without_a_title_there_is_no_card() -> None:
    lower = (540, 450, 1160, 600)
    assert drawn(earner="ليلى").crop(lower).getcolors() == drawn(earner="日本").crop(lower).getcolors()
    assert (
        len(drawn(earner="ليلى").crop(lower).getcolors() or ())
        == 1
        < len(drawn().crop(lower).getcolors() or ())
    )
    assert social_card("https://x.example/", "a/", art(), "وقت", "Lake", "Ana") == ()
    assert social_card("https://x.example/", "a/", art(), "", "Lake", "Ana") == ()


def test_there_is_none_without_an_address_or_a_picture() -> None:
    assert social_card("", "a/", art(), "T", "L") == ()
    assert social_card("https://x.example/", "a/", (), "T", "L") == ()
    broken = (Copy(path="a/badge.png", content=b"\x89PNG\r\n\x1a\n broken"),)
    assert social_card("https://x.example/", "a/", broken, "T", "L") == ()


def test_text_is_broken_between_words_and_never_wider_than_it_may_be() -> None:
    letters = spell("The quick brown fox jumps over the lazy dog") or ()
    lines = list(wrap(letters, 40, 300))
    assert " ".join("".join(line) for line in lines) == "".join(letters)
    assert len(lines) > 2 and all(width_of(line, 40) <= 300 for line in lines)


def test_a_page_names_its_card_with_its_size() -> None:
    files = a_site()
    for path, words in (
        ("badges/ana/wait-time/1/", "Wait Time, earned by Ana"),
        ("credentials/wait-time/", "Wait Time"),
        ("stacks/talk/", "Classroom talk"),
    ):
        said = {
            e.attributes.get("property", e.attributes.get("name")): e.attributes["content"]
            for e in read(files[f"{path}index.html"]).all("meta")
            if "content" in e.attributes
        }
        assert str(said["og:image"]).endswith(f"/{path}social.png") and f"{path}social.png" in files
        assert (said["og:image:width"], said["og:image:height"]) == ("1200", "630")
        assert said["og:image:alt"] == words and said["twitter:card"] == "summary_large_image"


def test_a_revoked_badge_has_no_card() -> None:
    assert "badges/ben/wait-time/1/index.html" in a_site()
    assert "badges/ben/wait-time/1/social.png" not in a_site()


def test_a_picture_that_is_no_png_is_named_as_it_is() -> None:
    ben = SubmissionId(BEN, WAIT)
    files = build(at(SITE, a_town((a_record(ben, revocations={1: a_revocation(ben)}),))))
    assert not [p for p in files if p.endswith("social.png")]
    assert b'name="twitter:card" content="summary"' in files["credentials/wait-time/index.html"]

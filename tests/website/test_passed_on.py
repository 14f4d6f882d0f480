"""Words and pictures of badges as they go out, and the order badges stand in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from mcred.domain.catalog import Catalog
from mcred.domain.ids import SubmissionId
from mcred.website.addresses import (
    badge_page,
    credential_image,
    credential_page,
    relative,
    stack_badge_page,
    stack_image,
    stack_page,
)
from mcred.website.badge_views import BadgeView, Copy
from mcred.website.badges import Badge, by_earner, plan_badges
from mcred.website.pictures import Picture, credential_picture, draw_copies, stack_picture
from mcred.website.share_links import Shared, embed_snippet, linkedin_address, mail_text
from tests.school import (
    ANA,
    ANAS,
    BEN,
    NOON,
    WAIT,
    a_catalog,
    a_credential,
    a_decision,
    a_person,
    a_record,
    a_revocation,
    a_stack,
)
from tests.website.town import EVIDENCE, paint

SHARED = Shared(
    title="Wait & see",
    issuer='The "Lake" School',
    page="https://x.example/b/ana/wait-time/1/",
    issued=date(2026, 11, 2),
)


def test_linkedin_is_given_the_page_where_a_badge_has_no_id() -> None:
    page = "https%3A%2F%2Fx.example%2Fb%2Fana%2Fwait-time%2F1%2F"
    assert linkedin_address(SHARED) == (
        "https://www.linkedin.com/profile/add?startTask=CERTIFICATION_NAME&name=Wait%20%26%20see"
        "&organizationName=The%20%22Lake%22%20School&issueYear=2026&issueMonth=11"
        f"&certUrl={page}&certId={page}"
    )
    ending = replace(SHARED, until=date(2029, 1, 31), id="urn:uuid:1")
    assert linkedin_address(ending).endswith(
        f"&expirationYear=2029&expirationMonth=1&certUrl={page}&certId=urn%3Auuid%3A1"
    )


def test_the_snippet_shows_the_picture_and_leads_to_the_page() -> None:
    assert embed_snippet(SHARED) == (
        '<a href="https://x.example/b/ana/wait-time/1/">'
        '<img src="https://x.example/b/ana/wait-time/1/badge.svg" '
        'alt="Wait &amp; see, The &quot;Lake&quot; School" width="160" height="160"></a>'
    )
    odd = replace(SHARED, page='https://x.example/"><b>/')
    assert embed_snippet(odd).startswith(
        '<a href="https://x.example/&quot;&gt;&lt;b&gt;/"><img src="https://x'
    )


def test_a_mail_says_what_was_earned_and_how_to_check_it() -> None:
    assert mail_text(SHARED).splitlines() == [
        'I earned the micro-credential “Wait & see” from The "Lake" School on 2026-11-02.',
        "What I did for it and how it was assessed: https://x.example/b/ana/wait-time/1/",
        "To verify it: mcred verify https://x.example/b/ana/wait-time/1/badge.json --online, "
        "or any reader of Open Badges 3.0.",
    ]
    first = mail_text(replace(SHARED, until=date(2029, 1, 31))).splitlines()[0]
    assert first.endswith(" on 2026-11-02. It is valid until 2029-01-31.")


# addresses


def test_pictures_and_stack_badges_stand_with_their_pages() -> None:
    stack = a_stack().id
    assert [stack_badge_page(ANA, stack, 2), stack_image(stack), credential_image(WAIT)] == [
        "badges/ana/stacks/talk/2/index.html",
        "stacks/talk/badge.svg",
        "credentials/wait-time/badge.svg",
    ]
    assert badge_page(ANAS, 1, 2) == "badges/ana/wait-time/1-2/index.html"


@pytest.mark.parametrize(
    ("page", "target", "link"),
    [
        ("index.html", "style.css", "style.css"),
        ("about/index.html", "index.html", "../index.html"),
        (badge_page(ANAS, 1), credential_page(WAIT), "../../../../credentials/wait-time/index.html"),
        (badge_page(ANAS, 1), badge_page(ANAS, 1, 2), "../1-2/index.html"),
        (badge_page(ANAS, 1), badge_page(ANAS, 1), "index.html"),
        (stack_page(a_stack().id), stack_image(a_stack().id), "badge.svg"),
    ],
)
def test_one_page_leads_to_another_by_the_shortest_way(page: str, target: str, link: str) -> None:
    assert relative(page, target) == link


# pictures


def test_a_picture_carries_its_first_topic_and_its_badge() -> None:
    many = a_credential(topics=("Questioning", "Talk"))
    assert credential_picture(many, b"{}") == Picture(
        of="wait-time", credential=WAIT, topic="Questioning", title="Wait Time", document=b"{}"
    )
    assert credential_picture(a_credential(topics=())).topic == ""
    assert credential_picture(many).document is None
    stack = a_stack(topics=("Talk", "Questioning"))
    assert stack_picture(stack, b"x") == Picture(
        of="stacks/talk", credential=None, topic="Talk", title="Classroom talk", document=b"x"
    )
    assert stack_picture(replace(stack, topics=())).topic == ""


@pytest.mark.parametrize(
    ("drawn", "paths"),
    [
        ({}, []),
        ({"badge.svg": b"s"}, [("f/badge.svg", b"s")]),
        ({"badge.png": b"p"}, [("f/badge.png", b"p")]),
        ({"badge.png": b"p", "badge.svg": b"s"}, [("f/badge.svg", b"s"), ("f/badge.png", b"p")]),
        ({"badge.gif": b"g", "../x.svg": b"x"}, []),
    ],
)
def test_only_the_two_files_of_a_picture_are_copied(
    drawn: Mapping[str, bytes], paths: list[tuple[str, bytes]]
) -> None:
    asked: list[Picture] = []

    def draw(picture: Picture) -> Mapping[str, bytes]:
        asked.append(picture)
        return drawn

    picture = stack_picture(a_stack())
    assert draw_copies(draw, picture, "f/") == tuple(Copy(path=p, content=c) for p, c in paths)
    assert asked == [picture]


# badges


def plan(catalog: Catalog) -> tuple[Badge, ...]:
    badges, problems = plan_badges(catalog, EVIDENCE, paint)
    assert problems == ()
    return badges


def test_a_badge_goes_out_with_both_its_pictures() -> None:
    (badge,) = plan(a_catalog((a_record(),)))
    view = badge.page.data
    assert isinstance(view, BadgeView)
    assert view.pictures == (
        ("badge.svg", "badges/ana/wait-time/1/badge.svg"),
        ("badge.png", "badges/ana/wait-time/1/badge.png"),
    )
    said = b"wait-time|Questioning|Wait Time|"
    files = {copy.path: copy.content for copy in badge.page.beside}
    assert files["badges/ana/wait-time/1/badge.json"] == b"{}\n"
    assert files["badges/ana/wait-time/1/badge.svg"] == b"svg|" + said + b"{}\n"
    assert files["badges/ana/wait-time/1/badge.png"] == b"png|" + said + b"{}\n"
    assert files["credentials/wait-time/badge.svg"] == b"svg|" + said
    assert files["credentials/wait-time/badge.png"] == b"png|" + said


def test_a_badge_that_cannot_be_drawn_goes_out_without_pictures() -> None:
    badges, problems = plan_badges(a_catalog((a_record(),)), EVIDENCE, lambda _: {})
    (view,) = [b.page.data for b in badges]
    assert isinstance(view, BadgeView)
    assert (view.pictures, view.picture) == ((), "credentials/wait-time/badge.svg")
    assert problems == ()
    assert [c.path for c in badges[0].page.beside if c.path.endswith((".svg", ".png"))] == []


def test_each_persons_badges_begin_with_the_newest_award() -> None:
    later = NOON + timedelta(days=1)
    twice = (a_decision(), a_decision(attempt=2, decided=later))
    record = a_record(
        decisions=twice, awards={1: b"first", 2: b"second"}, revocations={2: a_revocation(attempt=2)}
    )
    bens = a_record(SubmissionId(BEN, WAIT), issued_again={(1, 2): b"again"})
    badges, _ = plan_badges(a_catalog((bens, record)), EVIDENCE, paint)
    found = by_earner(badges)
    assert {p: [(b.attempt, b.number) for b in mine] for p, mine in found.items()} == {
        ANA: [(2, 1), (1, 1)],
        BEN: [(1, 2), (1, 1)],
    }
    assert by_earner(()) == {}


def test_a_page_names_its_earner_and_is_listed_for_the_public_alone() -> None:
    catalog = a_catalog((a_record(),))
    shy = replace(catalog, people={**catalog.people, ANA: a_person("ana", publish="unlisted")})
    ((open_one,), (hidden,)) = plan(catalog), plan(shy)
    assert open_one.page.title == hidden.page.title == "Wait Time, earned by Ana"
    assert [(b.public, b.page.listed) for b in (open_one, hidden)] == [(True, True), (False, False)]
    assert open_one.page.description == "The teacher waits after a question."
    assert open_one.digest == "ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356"

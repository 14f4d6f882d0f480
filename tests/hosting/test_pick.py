"""Which host a programme is on: by its address, or by its rules, and what is refused."""

from __future__ import annotations

import pytest

from mcred.domain.programme import ReviewHost
from mcred.hosting.bare import Bare
from mcred.hosting.pick import ADAPTERS, make_forge, recognise
from mcred.hosting.values import (
    HostedRepository,
    PostedReview,
    Request,
    RequestState,
    Wanted,
    marker,
    pick_request,
    read_marker,
)
from mcred.problems import McredError


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("https://github.com/team/programme", ("github", "https://github.com", "team/programme")),
        ("https://github.com/team/programme.git", ("github", "https://github.com", "team/programme")),
        ("git@github.com:team/programme.git", ("github", "https://github.com", "team/programme")),
        ("ssh://git@github.com:22/team/p.git", ("github", "https://github.com", "team/p")),
        ("https://GitHub.com/team/p/", ("github", "https://github.com", "team/p")),
        ("https://github.school.example/t/p", ("github", "https://github.school.example", "t/p")),
        ("https://gitlab.com/a/b/c.git", ("gitlab", "https://gitlab.com", "a/b/c")),
        ("https://gitlab.x.org:8443/a/b", ("gitlab", "https://gitlab.x.org:8443", "a/b")),
        ("https://codeberg.org/a/b.git", ("gitea", "https://codeberg.org", "a/b")),
        ("git@forgejo.school.example:a/b.git", ("gitea", "https://forgejo.school.example", "a/b")),
        ("https://example.org/a/b.git", None),
        ("/srv/github.com/a/b.git", None),
        ("file:///srv/a.git", None),
        ("", None),
        ("https://github.com/", None),
        ("https://github.com/../../etc", None),
    ],
)
def test_by_address(address: str, found: tuple[str, str, str] | None) -> None:
    place = recognise(address, None)
    assert (place and (place.kind, place.url, place.repository)) == found


@pytest.mark.parametrize(
    ("address", "named", "found"),
    [
        ("/srv/p.git", ReviewHost(kind="github", repository="a/b"), ("https://github.com", "a/b")),
        ("git@git.example.org:a/b.git", ReviewHost(kind="gitea"), ("https://git.example.org", "a/b")),
        (
            "https://github.com/a/b",
            ReviewHost(kind="gitlab", url="https://lab.example.org/code/", repository="x/y/z"),
            ("https://lab.example.org/code", "x/y/z"),
        ),
        (
            "/p.git",
            ReviewHost(kind="gitea", url="http://127.0.0.1:3000", repository="a/b"),
            ("http://127.0.0.1:3000", "a/b"),
        ),
        ("https://github.com/a/b", ReviewHost(kind="bare"), None),
    ],
)
def test_by_the_rules(address: str, named: ReviewHost, found: tuple[str, str] | None) -> None:
    place = recognise(address, named)
    assert (place and (place.url, place.repository)) == found
    assert place is None or place.kind == named.kind


@pytest.mark.parametrize(
    "named",
    [
        ReviewHost(kind="github", url="http://github.com", repository="a/b"),
        ReviewHost(kind="github", url="https://me:secret@github.com", repository="a/b"),
        ReviewHost(kind="github", url="https://github.com?x=1", repository="a/b"),
        ReviewHost(kind="github", url="ftp://github.com", repository="a/b"),
        ReviewHost(kind="github", repository="a"),
        ReviewHost(kind="github", repository="a/b/c"),
        ReviewHost(kind="github", repository="a/b..c"),
        ReviewHost(kind="github", repository="../../user"),
        ReviewHost(kind="gitlab", repository="a/../b"),
        ReviewHost(kind="gitea", repository="a/b?x"),
    ],
)
def test_what_could_lead_elsewhere_is_refused(named: ReviewHost) -> None:
    with pytest.raises(McredError, match="review_host"):
        recognise("/srv/p.git", named)


def test_a_kind_is_one_line_in_the_dict() -> None:
    assert set(ADAPTERS) == {"github", "gitlab", "gitea"}
    assert isinstance(make_forge(None, None), Bare)


@pytest.mark.parametrize("kind", ADAPTERS)
def test_the_page_to_open_names_branch_and_main(kind: str) -> None:
    place = HostedRepository(kind=kind, url="https://host.example", repository="a/b")  # type: ignore[arg-type]
    url = ADAPTERS[place.kind].compare(place, "submission/ana/wait-time", "main")
    assert url.startswith("https://host.example/a/b/")
    assert "main" in url
    assert "wait-time" in url


def test_the_plain_remote_shows_nothing() -> None:
    request = a_request(1, "open")
    bare, wanted = Bare(), Wanted(head="x", title="t", body="b", labels=())
    assert (bare.find("x"), bare.open(wanted), bare.reviews(request)) == (None, None, ())
    assert bare.change(request, wanted) is request
    assert (bare.label(request, ("a",)), bare.invite(request, ("b",))) == ((), ())
    bare.post(request, PostedReview(body="b"))


def a_request(number: int, state: RequestState, head: str = "x") -> Request:
    return Request(
        number=number,
        url="u",
        state=state,
        head=head,
        tip="",
        title="t",
        body="b",
        author="a",
    )


@pytest.mark.parametrize(
    ("states", "picked"),
    [
        (("open",), 1),
        (("closed", "open", "closed"), 2),
        (("closed", "closed", "merged"), 2),
        (("merged", "merged"), 2),
        ((), None),
    ],
)
def test_the_open_request_counts_then_the_newest_closed_one(
    states: tuple[RequestState, ...], picked: int | None
) -> None:
    found = [a_request(n, state) for n, state in enumerate(states, start=1)]
    best = pick_request([*found, a_request(99, "open", "y")], "x")
    assert (best.number if best else None) == picked


def test_markers_are_read_back_and_hold_no_words_of_others() -> None:
    mark = marker("review", "ana/wait-time", 1, "mei")
    assert read_marker(f"\n{mark}\nx") == mark
    assert read_marker(f"x {mark}") == ""
    for bad in ("-->", "<", "ä", ""):
        with pytest.raises(ValueError, match="marker"):
            marker("review", bad)

"""What every adapter can do, one suite over each kind of host (MODELS: Tests)."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from mcred.domain.ids import CommitId
from mcred.hosting.host import Forge
from mcred.hosting.values import EARNED, IN_REVIEW, LABEL, PostedReview, Request, Wanted, marker
from mcred.problems import McredError
from tests.hosting.conftest import HEAD, SignIn, grow
from tests.hosting.hosts import PLAIN, Host

MARK = marker("request", "ana/wait-time")
WANTED = Wanted(
    head=HEAD,
    title="Wait Time: Ana Reyes, attempt 1",
    body=f"{MARK}\n\nWhat is in it.",
    labels=(LABEL, IN_REVIEW),
)


def opened(forge: Forge, wanted: Wanted = WANTED) -> Request:
    made = forge.open(wanted)
    assert made is not None
    return made


def again(forge: Forge) -> Request:
    found = forge.find(HEAD)
    assert found is not None
    return found


class TestARequest:
    def test_is_opened_once_and_found_again(self, host: Host, sign_in: SignIn, repo: Path) -> None:
        forge = sign_in()
        assert forge.find(HEAD) is None
        made = opened(forge)
        assert (made.state, made.head, made.title, made.body) == ("open", HEAD, WANTED.title, WANTED.body)
        assert (made.author, made.tip) == ("ana-web", host.branch(HEAD))
        assert opened(forge) == made == again(forge)
        assert len(host.requests) == 1

    def test_is_changed_where_it_differs_and_not_asked_for_otherwise(
        self, host: Host, sign_in: SignIn
    ) -> None:
        forge = sign_in()
        made = opened(forge)
        asked = len(host.calls)
        assert forge.change(made, WANTED) == made
        assert len(host.calls) == asked
        changed = forge.change(made, replace(WANTED, title="Other", body=f"{MARK}\n\nOther."))
        assert (changed.title, changed.body) == ("Other", f"{MARK}\n\nOther.")
        assert again(forge) == changed

    def test_is_closed_and_opened_again(self, sign_in: SignIn) -> None:
        forge = sign_in()
        closed = forge.change(opened(forge), replace(WANTED, is_open=False))
        assert (closed.state, again(forge).state) == ("closed", "closed")
        assert forge.change(closed, WANTED).state == "open"
        assert again(forge).number == closed.number

    def test_shows_new_commits_of_its_branch(self, sign_in: SignIn, repo: Path) -> None:
        forge = sign_in()
        first = opened(forge)
        second = grow(repo, HEAD, "second attempt")
        assert (again(forge).number, again(forge).tip) == (first.number, second)

    def test_is_merged_once_the_main_line_has_it_and_then_stays_so(
        self, host: Host, sign_in: SignIn, repo: Path
    ) -> None:
        host.merges_by_itself = True
        forge = sign_in()
        first = opened(forge)
        grow(repo, "main", "decided", into=HEAD)
        merged = again(forge)
        assert (merged.number, merged.state) == (first.number, "merged")
        assert forge.change(merged, replace(WANTED, is_open=False)).state == "merged"
        grow(repo, HEAD, "begun anew")
        second = opened(forge)
        assert second.number != first.number
        assert again(forge) == second

    def test_closed_before_the_main_line_had_it_can_be_opened_again(
        self, sign_in: SignIn, repo: Path
    ) -> None:
        forge = sign_in()
        closed = forge.change(opened(forge), replace(WANTED, is_open=False))
        grow(repo, "main", "decided", into=HEAD)
        assert again(forge).state == "closed"
        grow(repo, HEAD, "second attempt")
        assert forge.change(again(forge), WANTED).state == "open"
        assert again(forge).number == closed.number

    def test_of_the_same_branch_in_a_copy_is_a_strangers(self, host: Host, sign_in: SignIn) -> None:
        forge = sign_in()
        theirs = opened(forge)
        host.requests[theirs.number].is_of_a_copy = True
        assert forge.find(HEAD) is None

    def test_is_a_draft_while_something_is_missing(self, host: Host, sign_in: SignIn) -> None:
        forge = sign_in()
        made = opened(forge, replace(WANTED, is_draft=True))
        assert (made.is_draft, made.title) == (True, WANTED.title)
        shown = host.requests[made.number]
        assert shown.draft or shown.title in (f"Draft: {WANTED.title}", f"WIP: {WANTED.title}")
        ready = forge.change(made, WANTED)
        if host.kind != "github":  # where only a person can do that
            assert (ready.is_draft, again(forge).title, shown.title) == (False, WANTED.title, WANTED.title)
            assert forge.change(ready, replace(WANTED, is_draft=True)).is_draft

    def test_of_another_branch_is_another_one(self, sign_in: SignIn, repo: Path) -> None:
        other = "submission/ben/wait-time"
        grow(repo, other, "his", into="main")
        forge = sign_in()
        his = opened(forge, replace(WANTED, head=other))
        assert forge.find(HEAD) is None
        assert opened(forge).number != his.number

    def test_is_found_beyond_the_first_page(self, host: Host, sign_in: SignIn, repo: Path) -> None:
        forge = sign_in()
        mine = opened(forge)
        for n in range(3):
            branch = f"submission/p{n}/wait-time"
            grow(repo, branch, "theirs", into="main")
            opened(forge, replace(WANTED, head=branch))
        host.page_size = 2
        assert again(forge).number == mine.number

    def test_without_anything_new_is_refused_with_the_hosts_words(self, sign_in: SignIn, repo: Path) -> None:
        grow(repo, "main", "decided", into=HEAD)
        with pytest.raises(McredError, match="commits between"):
            sign_in().open(WANTED)


class TestLabels:
    def test_are_given_and_taken_and_others_stay(self, host: Host, sign_in: SignIn) -> None:
        forge = sign_in()
        made = opened(forge)
        forge.label(made, (LABEL, IN_REVIEW))
        host.requests[made.number].labels.append("maths")
        forge.label(again(forge), (LABEL, EARNED))
        assert sorted(again(forge).labels) == sorted(("maths", LABEL, EARNED))
        asked = len(host.calls)
        found = again(forge)
        forge.label(found, (EARNED, LABEL))
        assert len(host.calls) == asked + 1


class TestReviewers:
    def test_are_asked_and_those_whom_the_host_does_not_take_are_named(
        self, host: Host, sign_in: SignIn
    ) -> None:
        forge = sign_in()
        made = opened(forge)
        assert forge.invite(made, ("mei-web", "stranger", "rosa-web")) == ("stranger",)
        assert sorted(again(forge).reviewers) == ["mei-web", "rosa-web"]


class TestReviews:
    def test_are_read_in_their_order_with_what_they_are_bound_to(self, host: Host, sign_in: SignIn) -> None:
        made = opened(sign_in())
        host.say(made.number, "rosa-web", "Line one.\nLine two.")
        sign_in("mei").post(made, PostedReview(body="Good.", verdict="approve", commit=CommitId(made.tip)))
        first, second = sign_in().reviews(made)
        assert (first.account, first.body, first.is_taken_back) == (
            "rosa-web",
            "Line one.\nLine two.",
            False,
        )
        assert (second.account, second.body) == ("mei-web", "Good.")
        assert first.when < second.when
        assert first.id != second.id
        if second.commit is not None:
            assert second.commit == made.tip

    def test_an_approval_of_an_older_state_approves_no_newer_one(
        self, host: Host, sign_in: SignIn, repo: Path
    ) -> None:
        made = opened(sign_in())
        grow(repo, HEAD, "more")
        sign_in("mei").post(made, PostedReview(body="Good.", verdict="approve", commit=CommitId(made.tip)))
        shown = host.requests[made.number]
        assert [e.body for e in shown.entries] == ["Good."]
        if host.kind == "gitlab":  # approves the request as a whole
            assert not shown.approved
        else:
            assert shown.entries[0].commit == made.tip

    def test_what_the_host_itself_notes_is_no_ones_word(self, host: Host, sign_in: SignIn) -> None:
        made = opened(sign_in())
        events = {"gitlab": "SYSTEM", "gitea": "REQUEST_REVIEW", "github": "PENDING"}
        host.say(made.number, "mei-web", "requested review", events[host.kind])
        assert sign_in().reviews(made) == ()

    @pytest.mark.parametrize("verdict", ["approve", "changes", "comment"])
    def test_say_what_they_come_to(self, host: Host, sign_in: SignIn, verdict: str) -> None:
        made = opened(sign_in())
        said = PostedReview(body="So.", verdict=verdict, commit=CommitId(made.tip))  # type: ignore[arg-type]
        sign_in("mei").post(made, said)
        shown = host.requests[made.number]
        assert [e.body for e in shown.entries] == ["So."]
        assert ("mei-web" in shown.approved) == (verdict == "approve")

    def test_of_whoever_opened_it_become_a_comment(self, host: Host, sign_in: SignIn) -> None:
        made = opened(sign_in())
        sign_in().post(made, PostedReview(body="Mine.", verdict="approve", commit=CommitId(made.tip)))
        assert [e.body for e in host.requests[made.number].entries] == ["Mine."]
        assert not host.requests[made.number].approved

    def test_plain_comments_are_read_among_them(self, host: Host, sign_in: SignIn) -> None:
        made = opened(sign_in())
        host.say(made.number, "mei-web", "First.", PLAIN)
        sign_in("mei").post(made, PostedReview(body="Second."))
        host.say(made.number, "rosa-web", "Third.", PLAIN)
        found = sign_in().reviews(made)
        assert [r.body for r in found] == ["First.", "Second.", "Third."]
        assert (found[0].commit, found[2].account) == (None, "rosa-web")
        assert len({r.id for r in found}) == 3

    def test_are_read_page_by_page(self, host: Host, sign_in: SignIn) -> None:
        made = opened(sign_in())
        for n in range(5):
            host.say(made.number, "mei-web", f"Note {n}.")
        host.page_size = 2
        assert [r.body for r in sign_in().reviews(made)] == [f"Note {n}." for n in range(5)]

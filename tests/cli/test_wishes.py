"""What an earner takes back is off the pages at once, before a maintainer confirms it, whoever builds."""

from __future__ import annotations

import pytest

from mcred.store.signatures import make_key
from tests.cli.court import Forgery, send_forgery
from tests.cli.town import WAIT, Town

PROFILE = "portfolios/ana/profile.yaml"


def site(town: Town, person: str = "rosa") -> str:
    """All of the pages that a person builds, in one text, paths included."""
    town.run(person, "build")
    files = sorted(p for p in (town.home(person) / "site").rglob("*") if p.is_file())
    return "\n".join(f"{p} {p.read_bytes().decode('utf-8', 'replace')}" for p in files)


@pytest.mark.parametrize("builder", ["rosa", "ben"])
def test_private_holds_for_whoever_builds_and_is_said(earned: Town, builder: str) -> None:
    earned.run(builder, "sync")
    assert "Ana Reyes" in site(earned, builder)
    told = earned.run("ana", "setup", "--publish", "private")
    assert "private from now on" in told.out and told.next == "mcred status"
    said = earned.run(builder, "build")
    assert "ana asked on 2026-03-02 to be private; their pages are left out." in said.err
    text = site(earned, builder)
    assert "Ana Reyes" not in text and "/ana/" not in text
    earned.run("rosa", "person", "add", "ana")
    again = earned.run(builder, "build")
    assert "asked on" not in again.err
    assert "Ana Reyes" not in site(earned, builder)


def test_publish_leaves_out_what_was_taken_back(earned: Town) -> None:
    earned.run("rosa", "publish", "--to", "../pages")
    pages = earned.home("rosa").parent / "pages"
    assert (pages / "badges" / "ana").is_dir()
    earned.run("ana", "setup", "--publish", "private")
    said = earned.run("rosa", "publish", "--to", "../pages")
    assert "to be private" in said.err and not (pages / "badges" / "ana").exists()


def test_unlisted_leaves_the_name_out_of_lists(earned: Town) -> None:
    earned.run("ana", "setup", "--publish", "unlisted")
    site(earned)
    pages = earned.home("rosa") / "site"
    assert (pages / "badges" / "ana").is_dir()
    for listed in ("index.html", "feed.xml", "index.json", "sitemap.xml", f"credentials/{WAIT}/index.html"):
        if (pages / listed).exists():
            assert "Ana Reyes" not in (pages / listed).read_text("utf-8"), listed


def test_growth_thanks_and_school_taken_back(earned: Town) -> None:
    earned.run("ana", "growth", WAIT, "--show", "attempts,levels")
    earned.run("rosa", "person", "add", "ana")
    earned.run("ana", "sync")
    shown = site(earned)
    assert "Lincoln Elementary" in shown and 'id="growth"' in shown
    earned.run("ben", "sync")
    earned.run("ben", "growth", f"ana/{WAIT}")
    earned.run("ana", "growth", WAIT, "--show", "nothing")
    earned.run("ana", "setup", "--school", "")
    text = site(earned)
    assert "Ana Reyes" in text
    assert 'id="growth"' not in text and "Lincoln Elementary" not in text
    assert "to show less of how wait-time grew" in earned.run("rosa", "build").err
    earned.run("ben", "sync")
    earned.run("ben", "growth", f"ana/{WAIT}", expect=5)


def test_nothing_more_public_is_taken_from_a_request(earned: Town) -> None:
    earned.run("ana", "setup", "--publish", "private")
    earned.run("rosa", "person", "add", "ana")
    earned.run("ana", "sync")
    earned.run("ana", "setup", "--publish", "public", "--thanked")
    said = earned.run("rosa", "build")
    assert "asked on" not in said.err
    assert "Ana Reyes" not in site(earned)


@pytest.mark.parametrize("signed", ["by nobody", "by somebody else"])
def test_only_a_request_with_the_persons_own_key_counts(earned: Town, signed: str) -> None:
    mine = (earned.home("ana") / PROFILE).read_bytes()
    forged = Forgery(
        by="ben",
        ref="refs/heads/person/ana",
        parent="refs/forger/main",
        files={PROFILE: mine.replace(b"publish: public", b"publish: private")},
        text="Introduce ana\n\nMcred-Event: person\n",
        key=None if signed == "by nobody" else make_key(),
    )
    assert forged.files[PROFILE] != mine
    send_forgery(earned, forged)
    assert "Ana Reyes" in site(earned)


def test_an_unsigned_step_on_top_does_not_undo_a_wish(earned: Town) -> None:
    mine = (earned.home("ana") / PROFILE).read_bytes()
    earned.run("ana", "setup", "--publish", "private")
    forged = Forgery(
        by="ben",
        ref="refs/heads/person/ana",
        parent="refs/forger/person/ana",
        files={PROFILE: mine},
        text="Introduce ana\n\nMcred-Event: person\n",
        key=None,
    )
    send_forgery(earned, forged)
    assert "Ana Reyes" not in site(earned)


def test_no_badge_is_made_against_a_wish(sent: Town) -> None:
    sent.run("ana", "setup", "--email", "ana@school.example")
    sent.run("rosa", "person", "add", "ana")
    sent.run("ana", "sync")
    sent.run("ana", "setup", "--email", "")
    sent.assess("ana")
    said = sent.run("rosa", "reconcile", f"ana/{WAIT}", "--award", "--yes", expect=1)
    assert "ana asked on" in said.err and said.next.startswith("mcred person add ana")
    sent.run("rosa", "person", "add", "ana")
    sent.run("rosa", "reconcile", f"ana/{WAIT}", "--award", "--yes")
    assert sent.run("rosa", "audit").code == 0

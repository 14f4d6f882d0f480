"""Page templates that no one put on the main line who may: they are on no page, and someone hears of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcred.app.keys.signing import read_key
from mcred.domain.ids import CommitId
from mcred.domain.layout import MAIN
from mcred.store.signatures import KeyPair, make_key
from tests.cli.court import Forgery, repo_of, send_forgery
from tests.cli.town import Ran, Town, git

LOOK = "templates/site/badge.html.j2"
EVIL = b"<script>alert(1)</script>\n"


def pushed(town: Town, by: str, files: dict[str, bytes], key: KeyPair | str | None = "own") -> CommitId:
    """A change of the main line at a remote that checks nothing; then in Rosa's folder."""
    commit = send_forgery(
        town,
        Forgery(
            by=by,
            ref=MAIN,
            parent="refs/forger/main",
            files=files,
            text="Nicer",
            key=read_key(repo_of(town, by)) if isinstance(key, str) else key,
        ),
    )
    town.run("rosa", "sync")
    return commit


def pages(town: Town, out: Path, *words: str) -> tuple[Ran, bytes]:
    """What a build says, and every page and asset of it."""
    ran = town.run("rosa", *(words or ("build", "--out", str(out))))
    return ran, b"".join(p.read_bytes() for p in sorted(out.rglob("*")) if p.suffix in (".html", ".css"))


def is_told(ran: Ran, path: str, commit: CommitId) -> bool:
    said = " ".join(ran.err.split())
    return f"{path}: warning: this template is not used" in said and commit[:12] in said


@pytest.mark.parametrize("verb", ["build", "publish"])
def test_a_members_template_is_on_no_page(earned: Town, tmp_path: Path, verb: str) -> None:
    commit = pushed(earned, "ben", {LOOK: EVIL})
    assert (earned.home("rosa") / LOOK).read_bytes() == EVIL
    out = tmp_path / "site"
    ran, shown = pages(earned, out, verb, "--out" if verb == "build" else "--to", str(out))
    assert b"alert" not in shown and b"Ana Reyes" in shown and is_told(ran, LOOK, commit)
    again, shown = pages(earned, out, verb, "--out" if verb == "build" else "--to", str(out))
    assert b"alert" not in shown and is_told(again, LOOK, commit)


@pytest.mark.parametrize("key", [None, make_key()], ids=["unsigned", "stranger"])
def test_what_no_one_here_signed_is_on_no_page(earned: Town, tmp_path: Path, key: KeyPair | None) -> None:
    files = {LOOK: EVIL, "templates/site/colours.css": b"/* alert */\n"}
    commit = pushed(earned, "rosa", files, key=key)
    ran, shown = pages(earned, tmp_path / "site")
    assert b"alert" not in shown and all(is_told(ran, path, commit) for path in files)


def test_words_of_a_member_are_on_no_page(earned: Town, tmp_path: Path) -> None:
    evil = b'msgid "Micro-credentials"\nmsgstr "alert"\n\nmsgid "Badges"\nmsgstr "alert"\n'
    path = "templates/site/locale/en.po"
    commit = pushed(earned, "ben", {path: evil})
    ran, shown = pages(earned, tmp_path / "site")
    assert b"alert" not in shown and is_told(ran, path, commit)


def test_a_maintainers_template_is_used_and_a_members_is_not(earned: Town, tmp_path: Path) -> None:
    out = tmp_path / "site"
    pushed(earned, "rosa", {LOOK: b"<p>our look</p>\n"})
    ran, shown = pages(earned, out)
    assert b"our look" in shown and "not used" not in ran.err
    commit = pushed(earned, "ben", {LOOK: EVIL})
    ran, shown = pages(earned, out)
    assert b"alert" not in shown and b"our look" not in shown and is_told(ran, LOOK, commit)
    # A maintainer puts it right with the usual command.
    (earned.home("rosa") / LOOK).write_bytes(b"<p>our new look</p>\n")
    earned.run("rosa", "save", "--programme")
    ran, shown = pages(earned, out)
    assert b"our new look" in shown and "not used" not in ran.err


def test_what_a_checkout_makes_of_a_members_template_is_on_no_page(earned: Town, tmp_path: Path) -> None:
    commit = pushed(earned, "ben", {LOOK: EVIL, ".gitattributes": b"*.j2 ident\n"})
    (earned.home("rosa") / LOOK).write_bytes(EVIL + b"{# $Id: 1 $ #}\n")
    ran, shown = pages(earned, tmp_path / "site")
    assert b"alert" not in shown and is_told(ran, LOOK, commit)


def test_a_turn_back_by_a_member_is_on_no_page(earned: Town, tmp_path: Path) -> None:
    pushed(earned, "rosa", {LOOK: b"<p>first look</p>\n"})
    pushed(earned, "rosa", {LOOK: b"<p>second look</p>\n"})
    commit = pushed(earned, "ben", {LOOK: b"<p>first look</p>\n"})
    ran, shown = pages(earned, tmp_path / "site")
    assert b"first look" not in shown and is_told(ran, LOOK, commit)


def test_who_made_themselves_a_maintainer_decides_on_no_page(earned: Town, tmp_path: Path) -> None:
    rules = git(earned.remote, "show", "main:mcred.yaml")
    mine = rules.replace("maintainers: [rosa]", "maintainers: [rosa, ben]")
    assert mine != rules
    pushed(earned, "ben", {"mcred.yaml": mine.encode()})
    commit = pushed(earned, "ben", {LOOK: EVIL})
    ran, shown = pages(earned, tmp_path / "site")
    assert b"alert" not in shown and is_told(ran, LOOK, commit)


def test_what_is_tried_in_the_own_folder_is_used(earned: Town, tmp_path: Path) -> None:
    pushed(earned, "ben", {"templates/site/home.html.j2": EVIL})
    own = earned.home("rosa") / LOOK
    own.write_bytes(b"<p>tried</p>\n")
    ran, shown = pages(earned, tmp_path / "site")
    assert b"tried" in shown and b"alert" not in shown and LOOK not in ran.err

"""`invite` and `join` with an invitation: no question, no second confirmation, once, in time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mcred.formats.letter import MARK, find_letter, write_letter
from tests.cli.test_guard import guarded
from tests.cli.town import WAIT, Ran, Town, git

BAY = ("--school", "Bay School")


def invite(town: Town, *words: str, name: str = "Zoe Ito") -> str:
    """The line that Rosa sends."""
    return str(town.run("rosa", "invite", name, *BAY, *words, "--json").json["invitation"])


def join(town: Town, word: str, who: str = "zoe", expect: int = 0) -> Ran:
    return town.run(who, "join", word, str(town.home(who)), at=town.place, expect=expect)


def audited(town: Town) -> Ran:
    town.run("rosa", "sync")
    return town.run("rosa", "audit")


class TestJoining:
    def test_asks_nothing_and_waits_for_nobody(self, town: Town) -> None:
        said = join(town, invite(town))
        assert "You are Zoe Ito (zoe-ito), and the program knows you." in said.out
        assert said.next.endswith("zoe && mcred browse") and said.next.startswith("cd ")
        people = town.run("rosa", "person", "list", "--json").json
        (zoe,) = (p for p in people["people"] if p["id"] == "zoe-ito")
        assert (zoe["name"], zoe["school"], zoe["roles"]) == ("Zoe Ito", "Bay School", [])
        assert "zoe-ito" not in people["waiting"]
        assert "refs/heads/person/zoe-ito" not in town.refs()
        audited(town)

    def test_a_teacher_submits_at_once(self, town: Town) -> None:
        join(town, invite(town, "--id", "zoe"))
        town.hand_in("zoe")
        town.run("zoe", "submit", WAIT, "--attest", "all")
        assert "refs/heads/submission/zoe/wait-time" in town.refs()
        audited(town)

    def test_a_file_does_as_well_as_the_line(self, town: Town) -> None:
        letter = town.place / "zoe.txt"
        said = town.run("rosa", "invite", "Zoe Ito", *BAY, "--to", str(letter))
        (line,) = [text for text in said.out.splitlines() if text.startswith("mcred join ")]
        assert line.removeprefix("mcred join ") in letter.read_text("utf-8")
        assert "knows you" in join(town, str(letter)).out

    def test_a_file_without_one_is_named(self, town: Town) -> None:
        letter = town.place / "zoe.txt"
        letter.write_bytes(b"")
        said = join(town, str(letter), expect=2)
        assert f"{letter} holds no invitation" in said.err and said.next.startswith("mcred join INVITATION")

    def test_roles_come_with_it(self, town: Town) -> None:
        join(town, invite(town, "--id", "zoe", "--role", "expert"))
        people = town.run("rosa", "person", "list", "--json").json["people"]
        assert [p["roles"] for p in people if p["id"] == "zoe"] == [["expert"]]

    def test_a_role_that_waits_for_its_person_is_no_fault_until_the_invitation_ends(self, town: Town) -> None:
        invite(town, "--role", "expert")
        town.run("rosa", "lint")
        town.now += timedelta(days=15)
        assert "names 'zoe-ito', who has no profile" in town.run("rosa", "lint", expect=1).said

    @pytest.mark.parametrize("role", ["issuer", "maintainer", "administrator", "king"])
    def test_other_roles_do_not_travel_by_mail(self, town: Town, role: str) -> None:
        before = town.refs()
        assert "expert or coach" in town.run("rosa", "invite", "Zoe", *BAY, "--role", role, expect=2).err
        assert town.refs() == before

    def test_typed_again_before_it_was_shown_it_is_the_same_one(
        self, town: Town, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def cut(*_: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr("mcred.cli.commands.maintainers.invite._show_invitation", cut)
            town.run("rosa", "invite", "Zoe Ito", *BAY, expect=130)
        main, place = git(town.remote, "rev-parse", "main"), town.home("rosa") / ".git" / "mcred" / "inviting"
        assert place.stat().st_mode & 0o077 == 0
        # Other words ask for another one: nothing of it is shown before it is on main.
        assert "Would invite" in town.run("rosa", "invite", "Zoe Ito", *BAY, "--days", "3", "--dry-run").out
        assert "Would show" in town.run("rosa", "invite", "Zoe Ito", *BAY, "--dry-run").out
        kept = place.read_bytes()
        line = invite(town)
        assert git(town.remote, "rev-parse", "main") == main and not place.exists()
        assert invite(town) != line and git(town.remote, "rev-parse", "main") != main
        # Nor is one shown that another one replaced meanwhile.
        place.write_bytes(kept)
        assert "knows you" in join(town, invite(town)).out
        assert "has joined already" in join(town, line, who="eve", expect=1).err

    @pytest.mark.parametrize("more", [(), ("--json",)])
    def test_typed_again_before_its_file_was_written_it_is_the_same_one(
        self, town: Town, monkeypatch: pytest.MonkeyPatch, more: tuple[str, ...]
    ) -> None:
        def cut(*_: object, dry_run: bool = False) -> None:
            if not dry_run:
                raise KeyboardInterrupt

        words, file = ("invite", "Zoe Ito", *BAY, "--to", "zoe.txt", *more), town.home("rosa") / "zoe.txt"
        with monkeypatch.context() as patch:
            patch.setattr("mcred.cli.commands.maintainers.invite.place_output", cut)
            assert "mcred-invitation:" in town.run("rosa", *words, expect=130).out
        main = git(town.remote, "rev-parse", "main")
        line = next(
            w for w in town.run("rosa", *words).out.split() if w.startswith(("mcred-inv", '"mcred-inv'))
        )
        assert line.strip('",') in file.read_text("utf-8") and git(town.remote, "rev-parse", "main") == main
        assert not (town.home("rosa") / ".git" / "mcred" / "inviting").exists()

    def test_what_was_not_sent_is_no_invitation(self, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
        def cut(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr("mcred.app.people.invite.commit_to_main", cut)
            town.run("rosa", "invite", "Zoe Ito", *BAY, expect=130)
        assert "knows you" in join(town, invite(town)).out
        assert not (town.home("rosa") / ".git" / "mcred" / "inviting").exists()

    def test_again_after_it_was_cut_goes_on(self, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
        line = invite(town)

        def cut(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr("mcred.app.people.invited.commit_to_main", cut)
            join(town, line, expect=130)
        assert "knows you" in join(town, line).out
        assert "knows you" in join(town, line).out
        audited(town)

    def test_a_shared_place_that_checks_what_arrives_takes_it(self, town: Town) -> None:
        town.now = datetime.now(UTC).replace(microsecond=0)  # as the clock there
        town = guarded(town)
        assert "knows you" in join(town, invite(town)).out
        audited(town)


class TestOnce:
    def test_a_second_person_is_told_who_came_first(self, town: Town) -> None:
        line = invite(town)
        join(town, line)
        main = git(town.remote, "rev-parse", "main")
        second = join(town, line, "yan", expect=1)
        assert "Zoe Ito (zoe-ito, Bay School) has joined already" in second.err
        assert "tell rosa" in second.err and git(town.remote, "rev-parse", "main") == main

    def test_a_newer_invitation_ends_the_earlier_one(self, town: Town) -> None:
        old, new = invite(town), invite(town)
        assert "replaced or taken back" in join(town, old, expect=1).err
        assert "knows you" in join(town, new).out

    def test_it_ends(self, town: Town) -> None:
        line = invite(town, "--days", "2")
        town.now += timedelta(days=4)
        assert "this invitation ended on 2026-03-04" in join(town, line, expect=1).err
        assert "portfolios/zoe-ito/profile.yaml" not in git(
            town.remote, "ls-tree", "-r", "--name-only", "main"
        )

    def test_a_request_of_a_stranger_with_that_id_does_not_keep_her_out(self, town: Town) -> None:
        line = invite(town, "--id", "zoe")
        thief = ("--name", "Zoe Ito", "--id", "zoe", "--school", "Bay School")
        town.run("yan", "join", str(town.remote), str(town.home("yan")), *thief, at=town.place)
        assert "knows you" in join(town, line).out
        assert "waits" not in town.run("zoe", "status").out
        audited(town)

    @pytest.mark.parametrize("spoil", ["cut", "altered", "empty"])
    def test_a_spoiled_line_is_named(self, town: Town, spoil: str) -> None:
        line = invite(town)
        bad = {"cut": line[:-30], "altered": line.replace("Z", "Q"), "empty": MARK}[spoil]
        said = join(town, bad, expect=1)
        assert "this invitation" in said.err and said.next
        assert not town.home("zoe").exists()

    def test_who_it_is_for_is_not_changed_by_options(self, town: Town) -> None:
        line = invite(town)
        town.run("zoe", "join", line, str(town.home("zoe")), "--name", "Ann", at=town.place, expect=2)
        assert not town.home("zoe").exists()


class TestMainIsTheMaintainers:
    """On a review host that takes main from maintainers only."""

    @pytest.fixture
    def closed(self, town: Town) -> Town:
        hook = town.remote / "hooks" / "update"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(
            '#!/bin/sh\n[ "$1" != refs/heads/main ] || [ -e open ] || { echo protected >&2; exit 1; }\n',
            "ascii",
        )
        hook.chmod(0o755)
        return town

    def open(self, town: Town) -> None:
        (town.remote / "open").write_text("", "ascii")

    def test_the_next_sync_of_a_maintainer_lets_them_in(self, closed: Town) -> None:
        town = closed
        self.open(town)
        line = invite(town)
        (town.remote / "open").unlink()
        said = join(town, line)
        assert "when rosa next types mcred sync" in said.out
        assert "refs/heads/person/zoe-ito" in town.refs()
        town.run("zoe", "start", WAIT, expect=None)
        self.open(town)
        assert "Zoe Ito (zoe-ito) joined" in town.run("rosa", "sync").out
        assert "not confirmed" not in town.run("zoe", "status").said
        town.run("rosa", "audit")

    def test_a_request_without_an_invitation_waits_for_a_word(self, closed: Town) -> None:
        town = closed
        self.open(town)
        line = invite(town, "--id", "zoe")
        thief = ("--name", "Zoe Ito", "--id", "zoe", "--school", "Bay School")
        town.run("yan", "join", str(town.remote), str(town.home("yan")), *thief, at=town.place)
        town.run("rosa", "sync")
        assert "zoe" in town.run("rosa", "person", "list", "--json").json["waiting"]
        assert line.startswith(MARK)

    def test_after_it_ended_it_waits_for_a_word_too(self, closed: Town) -> None:
        town = closed
        self.open(town)
        line = invite(town, "--days", "1")
        (town.remote / "open").unlink()
        join(town, line)
        town.now += timedelta(days=3)
        self.open(town)
        town.run("rosa", "sync")
        assert "zoe-ito" in town.run("rosa", "person", "list", "--json").json["waiting"]


class TestInviting:
    def test_only_maintainers_do(self, town: Town) -> None:
        assert "only maintainers invite" in town.run("ana", "invite", "Zoe", *BAY, expect=5).err

    def test_somebody_who_is_in_or_asked(self, town: Town) -> None:
        said = town.run("rosa", "invite", "Ana Reyes", *BAY, "--id", "ana", expect=1)
        assert "Ana Reyes (ana, Lincoln Elementary) is already a member" in said.err
        assert "has asked to join" in town.run("rosa", "invite", "Eva", *BAY, "--id", "eva", expect=1).err

    def test_a_dry_run_changes_nothing(self, town: Town) -> None:
        before = town.refs()
        letter = town.place / "zoe.txt"
        said = town.run("rosa", "invite", "Zoe Ito", *BAY, "--to", str(letter), "--dry-run")
        assert "Would invite Zoe Ito (zoe-ito)" in said.out
        assert town.refs() == before and not letter.exists()

    def test_a_file_that_is_something_else_is_kept(self, town: Town) -> None:
        before, letter = town.refs(), town.place / "notes.txt"
        letter.write_text("mine", "utf-8")
        town.run("rosa", "invite", "Zoe Ito", *BAY, "--to", str(letter), expect=1)
        assert letter.read_text("utf-8") == "mine" and town.refs() == before


def test_a_line_is_read_back_from_any_text(town: Town) -> None:
    letter = find_letter(invite(town))
    assert letter is not None and not isinstance(letter, str)
    assert find_letter(f"> Dear Zoe,\n>  {write_letter(letter)}.\n") == letter
    assert find_letter("Dear Zoe") is None

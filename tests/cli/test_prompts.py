"""What is asked, and every way to answer: well, badly, not at all, with Ctrl-D and with Ctrl-C."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcred.cli.terminal import Terminal
from mcred.problems import McredError
from tests.cli.court import AtKeyboard
from tests.cli.keyboard import EOF, ask, press_control_c, terminal
from tests.cli.town import PLAN, WAIT, Town, git


@pytest.fixture
def newcomer(town: Town) -> Town:
    """Zoe has the programme's folder and has not said who she is."""
    town.run("zoe", "join", str(town.remote), str(town.home("zoe")), at=town.place)
    return town


def settings(town: Town, person: str) -> str:
    return git(town.home(person), "config", "--local", "--list")


def profile(town: Town, person: str = "zoe") -> str:
    path = town.home("zoe") / "portfolios" / person / "profile.yaml"
    return path.read_text(encoding="utf-8")


class TestSetup:
    def test_five_questions_and_what_is_offered(self, newcomer: Town) -> None:
        ran = ask(newcomer, "zoe", "Zoë Itō\n\nBay School\n\n\n", "setup")
        assert ran.code == 0 and "[zoe-ito]" in ran.err and "[public]" in ran.err
        text = profile(newcomer, "zoe-ito")
        assert "Zoë Itō" in text and "school: Bay School" in text and "publish: public" in text

    def test_what_was_said_in_options_is_not_asked(self, newcomer: Town) -> None:
        words = ("--name", "Zoe Ito", "--id", "zoe", "--school", "", "--publish", "private")
        ran = ask(newcomer, "zoe", "\n", "setup", *words)
        assert (
            ran.code == 0
            and "Your name" not in ran.err
            and "school" not in profile(newcomer).split("keys")[0]
        )

    def test_who_is_known_is_asked_nothing(self, town: Town) -> None:
        ran = ask(town, "ana", "", "setup")
        assert ran.code == 0 and "?" not in ran.err and "Your" not in ran.err

    def test_an_empty_name_is_asked_for_again(self, newcomer: Town) -> None:
        ran = ask(newcomer, "zoe", "\n\nZoe\nzoe\n\n\n\n", "setup")
        assert ran.code == 0 and ran.err.count("Your name") == 3 and "name: Zoe" in profile(newcomer)

    def test_a_choice_is_asked_for_until_it_is_one(self, newcomer: Town) -> None:
        ran = ask(newcomer, "zoe", "Zoe\nzoe\nBay\nnobody\nb\np\nunl\n\n", "setup")
        assert ran.code == 0 and "publish: unlisted" in profile(newcomer)
        assert ran.err.count("please type one of public, unlisted, private") == 3

    @pytest.mark.parametrize("name", ["Z Z", "con", "-", "Zoë", "x" * 80])
    def test_an_id_that_is_none_is_asked_for_again(self, newcomer: Town, name: str) -> None:
        ran = ask(newcomer, "zoe", f"Zoe\n{name}\nzoe\nBay\npublic\n\n", "setup")
        assert ran.code == 0 and f"'{name}' cannot be an id" in ran.err
        assert "You are Zoe (zoe)." in ran.out and "name: Zoe" in profile(newcomer)

    @pytest.mark.parametrize("name", ["Z Z", "con", "-", "Zoë", "x" * 80])
    def test_an_id_that_is_none_is_refused_and_nothing_is_made(self, newcomer: Town, name: str) -> None:
        before = settings(newcomer, "zoe"), newcomer.refs()
        ran = ask(newcomer, "zoe", "Zoe\nBay\npublic\n", "setup", "--id", name)
        assert ran.code == 2 and "cannot be an id" in ran.err
        assert ran.next.startswith("the same command with --id ")
        assert (settings(newcomer, "zoe"), newcomer.refs()) == before

    def test_hostile_names_stay_what_was_typed(self, newcomer: Town) -> None:
        ran = ask(newcomer, "zoe", "Zoe: [red]#x[/] 'q'\nzoe\n--school\n\n\n", "setup")
        assert ran.code == 0 and "You are Zoe: [red]#x[/] 'q' (zoe)." in ran.out
        assert newcomer.run("rosa", "person", "add", "zoe").code == 0
        people = newcomer.run("rosa", "person", "list", "--json").json["people"]
        assert next(p for p in people if p["id"] == "zoe")["name"] == "Zoe: [red]#x[/] 'q'"

    @pytest.mark.parametrize(
        "typed", ["", "Zoe\n", "Zoe\nzoe\n", "Zoe\nzoe\nBay\n", "Zoe\nzoe\nBay\nnobody\n"]
    )
    def test_ended_at_any_question_nothing_is_made(self, newcomer: Town, typed: str) -> None:
        before = settings(newcomer, "zoe"), newcomer.refs(), newcomer.files("zoe")
        ran = ask(newcomer, "zoe", typed + EOF, "setup")
        assert ran.code == 130 and "Stopped." in ran.err and "type the same command" in ran.err
        assert (settings(newcomer, "zoe"), newcomer.refs(), newcomer.files("zoe")) == before
        assert not (newcomer.home("zoe") / ".git" / "mcred" / "signing-key").exists()

    def test_join_asks_the_same_and_goes_on_after_a_stop(self, town: Town) -> None:
        words = ("join", str(town.remote), str(town.home("zoe")))
        assert ask(town, "zoe", EOF, *words, at=town.place).code == 130
        ran = ask(town, "zoe", "Zoe\nzoe\nBay\n\n\n", *words, at=town.place)
        assert ran.code == 0 and "refs/heads/person/zoe" in town.refs()


class TestInit:
    def test_asks_for_what_it_needs(self, tmp_path: Path) -> None:
        town = Town(place=tmp_path)
        keys = "Lake & Söhne\n\n\nRosa Diaz\n\nOffice\nunlisted\n\n"
        ran = ask(town, "rosa", keys, "init", "lake", "--no-starter", at=tmp_path)
        assert ran.code == 0 and "Lake & Söhne was created" in ran.out
        rules = (tmp_path / "lake" / "mcred.yaml").read_text("utf-8").splitlines()
        assert "  id: lake-sohne" in rules and "work: sealed" in rules

    def test_an_address_that_is_none_is_asked_for_again(self, tmp_path: Path) -> None:
        keys = "Lake\n\nnot yet\nhttps://badges.example.org\nRosa Diaz\n\nOffice\nunlisted\n\n"
        ran = ask(Town(place=tmp_path), "rosa", keys, "init", "lake", "--no-starter", at=tmp_path)
        assert ran.code == 0 and "'not yet' is not an address that starts with https://" in ran.err
        assert "https://badges.example.org" in (tmp_path / "lake" / "mcred.yaml").read_text("utf-8")

    @pytest.mark.parametrize("typed", ["", "Lake\n", "Lake\nRosa\n", "Lake\nRosa\nrosa\nOffice\n"])
    def test_ended_at_any_question_nothing_is_made(self, tmp_path: Path, typed: str) -> None:
        ran = ask(Town(place=tmp_path), "rosa", typed + EOF, "init", "lake", at=tmp_path)
        assert ran.code == 130 and list(tmp_path.iterdir()) == []


class TestSubmit:
    def test_every_statement_is_asked_and_no_is_no(self, ready: Town) -> None:
        before = ready.refs()
        ran = ask(ready, "ana", "y\nn\ny\n", "submit")
        assert ran.code == 2 and ran.err.count("[y/N]") == 3
        assert "own-work: This is my own work" in ran.err and "ready: This is complete" not in ran.err
        assert ready.refs() == before
        # What was confirmed is kept: only the missing one is asked for now.
        ran = ask(ready, "ana", "yes\n\n", "submit")
        assert ran.code == 0 and ran.err.count("[y/N]") == 1 and ready.sent("ana") == ["1"]

    def test_an_answer_that_is_none_is_asked_again(self, ready: Town) -> None:
        ran = ask(ready, "ana", "maybe\ny\nY\nyes\nperhaps\nyes\n", "submit")
        assert ran.code == 0 and ran.err.count("invalid input") == 2 and ready.sent("ana") == ["1"]

    @pytest.mark.parametrize("typed", ["", "y\n", "y\ny\ny\n"])
    def test_ended_at_any_question_nothing_is_sent(self, ready: Town, typed: str) -> None:
        files = {p: d for p, d in ready.files("ana").items() if not p.endswith("submission.yaml")}
        ran = ask(ready, "ana", typed + EOF, "submit")
        assert ran.code == 130 and not ready.sent("ana")
        after = ready.files("ana")
        assert all(after[path] == digest for path, digest in files.items())
        ready.run("ana", "submit", "--attest", "all")
        assert ready.sent("ana") == ["1"]

    def test_yes_asks_nothing_but_never_confirms_a_statement(self, ready: Town) -> None:
        ran = ask(ready, "ana", "n\nn\nn\n", "submit", "--yes")
        assert ran.code == 2 and "Submit it now" not in ran.err and not ready.sent("ana")
        ran = ask(ready, "ana", "", "submit", "--yes", "--attest", "all")
        assert ran.code == 0 and ready.sent("ana") == ["1"]

    def test_a_note_is_asked_for_after_feedback(self, back: Town) -> None:
        (back.folder("ana") / "evidence" / "plan.md").write_text(PLAN + "Better.\n", encoding="utf-8")
        assert ask(back, "ana", EOF, "submit").code == 130 and not back.sent("ana")
        ran = ask(back, "ana", 'Four pauses: "now" # really\n\n', "submit")
        assert ran.code == 0 and back.sent("ana") == ["2"]
        assert 'Four pauses: "now" # really' in back.listing("ana").read_text(encoding="utf-8")


class TestRevoke:
    REVOKE = ("revoke", f"ana/{WAIT}", "--reason", "By mistake.")

    @pytest.mark.parametrize(("typed", "code"), [("\n", 0), ("n\n", 0), ("what\nno\n", 0), (EOF, 130)])
    def test_only_yes_is_yes(self, earned: Town, typed: str, code: int) -> None:
        before = earned.refs("rosa"), earned.refs()
        ran = ask(earned, "rosa", typed, *self.REVOKE)
        assert ran.code == code and "attempt 1: revoked." not in ran.said
        assert (earned.refs("rosa"), earned.refs()) == before

    def test_yes(self, earned: Town) -> None:
        assert "revoked." in ask(earned, "rosa", "y\n", *self.REVOKE).out


def test_what_can_be_undone_asks_nothing(sent: Town) -> None:
    ran = ask(sent, "ana", EOF, "withdraw")
    assert ran.code == 0 and "is withdrawn" in ran.out


class TestNobodyThere:
    @pytest.mark.parametrize("how", ["--no-input", "MCRED_NO_INPUT"])
    def test_on_a_terminal_too_when_told_so(
        self, earned: Town, monkeypatch: pytest.MonkeyPatch, how: str
    ) -> None:
        if how.startswith("MCRED"):
            monkeypatch.setenv(how, "1")
        first = (how,) if how.startswith("--") else ()
        ran = ask(earned, "rosa", "y\n", *first, "revoke", f"ana/{WAIT}", "--reason", "So")
        assert ran.code == 2 and "not running in a terminal" in ran.err
        assert ran.next == " ".join(["mcred", *first, "revoke", f"ana/{WAIT}", "--reason So --yes"])

    def test_a_secret_is_asked_for_by_its_variable(self) -> None:
        with pytest.raises(McredError) as refused:
            Terminal(no_input=True).ask_secret("The passphrase", "MCRED_PASSPHRASE")
        assert str(refused.value.hint) == "set MCRED_PASSPHRASE" and refused.value.code == 2

    def test_someone_is_there_exactly_when_there_is_a_terminal(self) -> None:
        with terminal("open sesame\n") as shown:
            assert Terminal().ask("Your word", "--word") == "open sesame"
        assert b"Your word" in b"".join(shown) and not Terminal(no_input=True).interactive

    def test_what_was_typed_is_said_again_as_a_shell_takes_it(self, newcomer: Town) -> None:
        ran = newcomer.run("zoe", "setup", "--school", "Bay School; rm -rf", expect=2)
        assert ran.next == 'mcred setup --school "Bay School; rm -rf" --name "YOUR NAME"'


@pytest.mark.parametrize(
    ("verb", "answers"),
    [
        ("setup", ()),
        ("setup", (("Your name", "Zoe"), ("Your short id", "zoe"), ("Your school", "Bay"))),
        ("submit", (("[y/N]", "y"),)),
        ("submit", (("[y/N]", "y"), ("[y/N]", "y"), ("[y/N]", "y"))),
    ],
    ids=["first of setup", "last of setup", "second of submit", "last of submit"],
)
def test_control_c_at_a_question(ready: Town, verb: str, answers: tuple[tuple[str, str], ...]) -> None:
    person = "ana" if verb == "submit" else "zoe"
    if verb == "setup":
        ready.run("zoe", "join", str(ready.remote), str(ready.home("zoe")), at=ready.place)
    before = ready.refs()
    at = AtKeyboard(ready, person, verb)
    for question, answer in answers:
        at.answer(question, answer)
    at.child.expect(r"(\[y/N\]|\[Y/n\]|Your name|Who may see).*: ?$")
    press_control_c(at.child)
    at.child.expect_exact(". Everything saved is still there")
    assert at.end() == 130 and ready.refs() == before

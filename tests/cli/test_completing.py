"""TAB in a real shell, and what the program answers to it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pexpect
import pytest

from mcred.cli.completion import OFFERS
from mcred.cli.verbs import VERBS, make_command
from tests.cli.town import OLD, SLIP, WAIT, Town

BIN = Path(sys.executable).parent
FOREIGN = ("COMP_", "_TYPER_", "_MCRED_", "XDG_")


def surroundings(town: Town, **more: str) -> dict[str, str]:
    """A person's own home, and mcred on the path."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    home = town.place / "home"
    home.mkdir(exist_ok=True)
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    return {**kept, "HOME": str(home), "ZDOTDIR": str(home), "PATH": path, "TERM": "dumb", **more}


def ask(town: Town, person: str, *words: str, at: Path | None = None) -> list[str]:
    """What is offered for the last of these words, as bash asks."""
    asked = {
        "COMP_WORDS": "\n".join(("mcred", *words)),
        "COMP_CWORD": str(len(words)),
        "_MCRED_COMPLETE": "complete_bash",
    }
    done = subprocess.run(
        [BIN / "mcred"],
        cwd=at or town.home(person),
        env=surroundings(town, **asked),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stderr == ""
    return done.stdout.split()


def everything(place: Path) -> Mapping[str, float]:
    return {str(path): path.lstat().st_mtime for path in place.rglob("*")}


class TestOffers:
    def test_verbs(self, town: Town) -> None:
        assert ask(town, "ana", "") == [v.name for v in VERBS]
        assert ask(town, "ana", "sh") == ["show", "share"]
        assert ask(town, "ana", "--at", "/", "sh") == ["show", "share"]

    @pytest.mark.parametrize("verb", ["add", "check", "decline-review", "person", "submit"])
    def test_the_options_of_a_verb(self, verb: str, town: Town) -> None:
        command = make_command(verb)
        long = {n for p in command.params for n in p.opts if n.startswith("--")} | {"--help"}
        offered = set(ask(town, "ana", verb, "--"))
        assert long <= offered and "--at" not in offered

    def test_micro_credentials(self, town: Town) -> None:
        assert ask(town, "ana", "show", "") == [SLIP, OLD, WAIT]
        assert ask(town, "ana", "start", "wa") == [WAIT]
        assert ask(town, "ana", "check", "") == []
        town.start("ana", SLIP)
        assert ask(town, "ana", "check", "") == [SLIP]

    def test_submissions_and_people(self, sent: Town) -> None:
        sent.run("mei", "sync")
        assert ask(sent, "mei", "assess", "") == [f"ana/{WAIT}"]
        assert ask(sent, "mei", "queue", "--why", "an") == [f"ana/{WAIT}"]
        assert ask(sent, "mei", "view", "ben/") == []
        assert set(ask(sent, "ana", "view", "")) == {WAIT, f"ana/{WAIT}"}
        assert ask(sent, "rosa", "assign", f"ana/{WAIT}", "--to", "t") == ["tom"]
        assert ask(sent, "rosa", "person", "add", "e") == ["eva"]

    def test_what_was_decided_is_a_submission_too(self, earned: Town) -> None:
        assert ask(earned, "ana", "revoke", "ana/") == [f"ana/{WAIT}"]
        assert ask(earned, "ana", "share", "") == [WAIT]

    def test_items_and_kinds_of_what_i_began(self, town: Town) -> None:
        assert ask(town, "ana", "add", "plan.md", "--for", "") == []
        town.start("ana")
        assert ask(town, "ana", "add", "plan.md", "--for", "") == ["class-video", "lesson-plan"]
        assert ask(town, "ana", "add", "plan.md", "--in", WAIT, "--for", "l") == ["lesson-plan"]
        assert ask(town, "ana", "add", "x", "--for", "lesson-plan", "--type", "") == ["lesson-plan"]
        assert set(ask(town, "ana", "add", "x", "--type", "")) == {"lesson-plan", "observation", "video"}

    @pytest.mark.parametrize(
        ("words", "offered"),
        [
            (("setup", "--publish", ""), ["public", "unlisted", "private"]),
            (("person", ""), ["list", "add", "import", "vouch"]),
            (("person", "add", "mei", "--role", "e"), ["expert"]),
            (("key", "r"), ["rotate", "recover"]),
            (("check", "--format", ""), ["text", "github"]),
            (("lint", "--format", ""), ["text", "json", "github"]),
            (("growth", WAIT, "--show", "n"), ["nothing"]),
            (("submit", "--attest", "r"), ["ready", "release"]),
            (("init", "x", "--host", "g"), ["github", "gitlab"]),
        ],
        ids=lambda value: " ".join(value),
    )
    def test_words_to_choose_from(self, words: tuple[str, ...], offered: list[str], town: Town) -> None:
        assert ask(town, "ana", *words) == offered

    def test_another_folder(self, town: Town, tmp_path: Path) -> None:
        home = town.home("ana")
        assert ask(town, "ana", "--at", str(home), "show", "w", at=tmp_path) == [WAIT]
        assert ask(town, "ana", "--at", "../ana", "show", "w", at=town.home("ben")) == [WAIT]

    @pytest.mark.parametrize("words", [("show", ""), ("add", "x", "--for", ""), ("show", "--at", "")])
    def test_nothing_where_there_is_nothing(self, words: tuple[str, ...], town: Town, tmp_path: Path) -> None:
        assert ask(town, "ana", *words, at=tmp_path) == []

    def test_nothing_of_a_broken_programme(self, town: Town) -> None:
        shutil.rmtree(town.home("ana") / ".git" / "objects")
        assert ask(town, "ana", "show", "") == []

    def test_reads_the_local_copy_only(self, sent: Town) -> None:
        """Nothing is fetched, not even looked for, and nothing is written."""
        before = everything(sent.home("mei"))
        sent.remote.rename(sent.place / "away")
        assert ask(sent, "mei", "assess", "") == []
        assert ask(sent, "mei", "add", "x", "--for", "") == []
        assert everything(sent.home("mei")) == before

    def test_every_id_that_can_be_typed_is_offered(self) -> None:
        """What is not in the table is a file, a number, or a text of the person's own."""
        free = {
            *("at", "what", "title", "about", "copy", "source", "blank", "because", "topic", "words", "out"),
            "comment",
            "competency",
            "workers",
            *(
                "html",
                "csv",
                "clr",
                "calendar",
                "svg",
                "cohort",
                "example",
                "to",
                "attempt",
                "folder",
                "name",
                "programme_id",
            ),
            *(
                "issuer",
                "person",
                "person_id",
                "school",
                "remote",
                "url",
                "email",
                "account",
                "note",
                "level",
                "reason",
            ),
            *(
                "feedback",
                "port",
                "branch",
                "into",
                "badge",
                "beside",
                "identity",
                "as_of",
                "site",
                "since",
                "peers",
            ),
            *(
                "experts",
                "file",
                "witness",
                "expert_submissions",
                "days",
                "due_days",
                "ref",
                "old",
                "new",
                "base",
                "head",
            ),
        }
        known = {
            f"{verb.name}.{param.name}"
            for verb in VERBS
            for param in make_command(verb.name).params
            if not getattr(param, "is_flag", False)
        }
        named = {name for name in known if name in OFFERS or name.split(".")[1] in OFFERS}
        assert {name for name in known - named if name.split(".")[1] not in free} == set()
        assert [key for key in OFFERS if not any(key in (n, n.split(".")[1]) for n in known)] == []


READY = "ready-for-keys "
SHELLS = {
    "bash": (("--norc", "-i"), "source ~/.bashrc; PS1='ready-''for-keys '"),
    "zsh": (("-f", "-i"), "source ~/.zshrc; PS1='ready-''for-keys '"),
    "fish": (("-i",), "function fish_prompt; printf '%s' 'ready-''for-keys '; end"),
}
"""How each is started without this computer's settings, and what makes it ready."""


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest, town: Town) -> Iterator[pexpect.spawn[str]]:
    """A new shell of Ana's in her folder, after `mcred --install-completion` in an earlier one."""
    name = request.param
    if not shutil.which(name):
        pytest.skip(f"{name} is not on this computer")
    town.start("ana")
    env = surroundings(town, SHELL=name)
    # Without this folder, fish reads all manual pages in the background first.
    (Path(env["HOME"]) / ".local" / "share" / "fish" / "generated_completions").mkdir(
        parents=True, exist_ok=True
    )
    options, ready = SHELLS[name]
    subprocess.run(
        [name, *options, "-c", "mcred --install-completion; true"], env=env, check=True, capture_output=True
    )
    child = pexpect.spawn(name, [*options], cwd=str(town.home("ana")), env=env, encoding="utf-8", timeout=60)
    child.setwinsize(40, 120)
    child.sendline(ready)
    child.expect_exact(READY)
    if name == "zsh":
        # Its first TAB only loads the script.
        child.send("mcred brow\t")
        child.expect_exact("\a")
        child.send("\x15")
    yield child
    child.close(force=True)


class TestShells:
    @pytest.mark.slow
    def test_tab_finishes_verb_option_id_and_item(self, shell: pexpect.spawn[str]) -> None:
        for typed, finished in (
            ("mcred brow", "mcred browse "),
            ("mcred submit --att", "--attest "),
            ("mcred show wait", f"mcred show {WAIT} "),
            ("mcred add plan.md --for les", "--for lesson-plan "),
            ("mcred setup --publish unl", "--publish unlisted "),
            ("mcred open wait", f"mcred open {WAIT} "),
            (f"mcred open {WAIT} 1", f"mcred open {WAIT} 1-overview "),
            ("mcred prev", "mcred preview "),
            ("mcred preview wait", f"mcred preview {WAIT} "),
            ("mcred preview --te", "mcred preview --text "),
            ("mcred help prev", "mcred help preview "),
            ("mcred new exit-tickets --comp", "--competency "),
        ):
            shell.send(typed + "\t")
            shell.expect_exact(finished)
            shell.send("\x15")
            assert "Traceback" not in str(shell.before)

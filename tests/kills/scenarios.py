"""What is typed and in which town: one for each thing that a verb writes."""

from __future__ import annotations

import json
import os
import shlex
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from msgspec.structs import replace

from mcred.domain.credential import Validity
from mcred.formats.encode import encode
from tests.badges.elsewhere import DOCUMENTS
from tests.cli.court import asked, scores_file, set_rules
from tests.cli.test_endorse import badge_of, by_university
from tests.cli.test_recognize import write_policy
from tests.cli.test_stacks import add_stack
from tests.cli.town import DEFINITIONS, EXPERTS, OVERVIEW, PLAN, SITE, SLIP, WAIT, Town, set_site

ANA = f"ana/{WAIT}"
Build = Callable[[Town], None]


def nothing(town: Town) -> None:
    """The town as it is."""


# Towns ---------------------------------------------------------------------------------------------------


def seal(town: Town) -> None:
    set_rules(town, "work: open", "work: sealed")
    for person in ("ana", *EXPERTS):
        town.run(person, "sync")


def hand_in(town: Town) -> None:
    town.hand_in("ana")


def send(town: Town) -> None:
    town.run("ana", "submit", "--attest", "all")


def assess(town: Town) -> None:
    town.assess("ana")


def send_back(town: Town) -> None:
    town.assess("ana", levels={"questions": "developing"})
    town.decide("ana", WAIT, "revise", "--feedback", "Open the questions.")
    town.run("ana", "sync")


def sign(town: Town) -> None:
    (town.place / "keys").mkdir()
    slip = town.home("rosa") / "credentials" / SLIP / "credential.yaml"
    slip.write_bytes(encode(replace(DEFINITIONS[SLIP], validity=Validity(months=12))))
    set_site(town, SITE)
    town.run("rosa", "key", "new")
    town.decide("ana")
    town.run("ana", "sync")
    town.award("ana", SLIP)


def show_piece(town: Town) -> None:
    town.run("ana", "publish-piece", "lesson-plan", "--of", ANA, "--yes")


def complete_stack(town: Town) -> None:
    add_stack(town, WAIT, SLIP)


TOWNS: Mapping[str, tuple[str, Build]] = {
    "open ready": ("town", hand_in),
    "open sent": ("open ready", send),
    "sealed": ("town", seal),
    "ready": ("sealed", hand_in),
    "sent": ("ready", send),
    "assessed": ("sent", assess),
    "back": ("sent", send_back),
    "signed": ("assessed", sign),
    "shown": ("signed", show_piece),
    "due": ("signed", complete_stack),
}
"""Name → the town that it is made of, and what happens there."""

# What comes before the command ---------------------------------------------------------------------------


def write_more(town: Town) -> None:
    (town.folder("ana") / "1-overview.md").write_text(OVERVIEW + "And more.\n", "utf-8")


def add_later(town: Town) -> None:
    (town.desk("ana") / "more.md").write_text(PLAN + "More.\n", "utf-8")


def get_badge(town: Town) -> None:
    (town.desk("ana") / "badge.json").write_text(json.dumps(DOCUMENTS["eddsa-jcs-2022"]()), "utf-8")


def show_badge(town: Town) -> None:
    get_badge(town)
    town.run("ana", "add-badge", str(town.desk("ana") / "badge.json"), "--publish", "--yes")


def get_praise(town: Town) -> None:
    by_university(town, badge_of(town)["id"], "said.json", who="ana")


def show_praise(town: Town) -> None:
    get_praise(town)
    town.run("ana", "endorse", "add", str(town.desk("ana") / "said.json"), "--yes")


def get_praise_of_issuer(town: Town) -> None:
    by_university(town, badge_of(town)["issuer"]["id"], "said.json")


def sign_praise(town: Town) -> None:
    town.run("rosa", "person", "add", "cleo", "--role", "administrator")
    town.run("cleo", "sync")
    said = str(town.desk("cleo") / "said.json")
    town.run("cleo", "endorse", "sign", ANA, "--comment", "She waits.", "--out", said)


def sign_as_program(town: Town) -> None:
    """What the programme says of another one, on Rosa's desk."""
    words = ("did:web:badges.other.example", "--comment", "Partners.", "--as-program")
    town.run("rosa", "endorse", "sign", *words, "--out", str(town.desk("rosa") / "ours.json"))


def list_people(town: Town) -> None:
    (town.desk("rosa") / "people.csv").write_text("name,roles\nZoe Ito,expert\nYan Wu,\n", "utf-8")


def agree(town: Town) -> None:
    write_policy(town)
    town.run("rosa", "save", "--programme")


def lose_file(town: Town) -> None:
    (town.folder("ana") / "1-overview.md").unlink()


def write_elsewhere(town: Town) -> None:
    other = town.second_computer("ana")
    (other / "portfolios/ana" / WAIT / "2-artifacts.md").write_text("# From two\n", "utf-8")
    town.run("ana", "save", at=other)
    write_more(town)


def score(town: Town) -> None:
    scores_file(town, asked(town), {"questions": "basic"})


def edit_rules(town: Town) -> None:
    path = town.home("rosa") / "mcred.yaml"
    path.write_text(path.read_text("utf-8").replace("due_days: 10", "due_days: 7"), "utf-8")


def move_site(town: Town) -> None:
    set_site(town, "https://elsewhere.example")


def name_issuer(town: Town) -> None:
    set_rules(town, "issuers: [rosa]", "issuers: [rosa, dev]")
    town.run("ana", "sync")


def join_zoe(town: Town) -> None:
    town.run("zoe", "join", str(town.remote), str(town.home("zoe")), at=town.place)


def make_keys_folder(town: Town) -> None:
    (town.place / "keys").mkdir()


def join_anew(town: Town) -> None:
    shutil.rmtree(town.home("ana"))
    town.run("ana", "join", str(town.remote), str(town.home("ana")), at=town.place)


def lose_key(town: Town) -> None:
    join_anew(town)
    town.run("ana", "setup", "--id", "ana", "--lost-key")


def judge_ben(town: Town) -> None:
    town.submit("ben", SLIP)
    town.assess("ben", SLIP)


def begin_list(town: Town) -> None:
    move_site(town)
    judge_ben(town)


def wait_long(town: Town) -> None:
    town.now += timedelta(days=100)


def confirm_key(town: Town) -> None:
    town.run("ana", "setup", "--new-key")
    town.run("rosa", "person", "add", "ana")


def leave_lock(town: Town) -> None:
    lock = town.home("ana") / ".git" / "packed-refs.lock"
    lock.touch()
    os.utime(lock, (0, 0))


def list_programmes(town: Town) -> None:
    listed = "format: 2\nname: One\nprogrammes:\n  - {id: lakeside, address: ../../remote.git}\n"
    (town.desk("rosa") / "network.yaml").write_text(listed, "utf-8")


def empty(town: Town) -> None:
    shutil.rmtree(town.remote)


# What is typed -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scenario:
    """A command, by whom, in which town after what.

    JUDGE and OTHER are experts, the one who was asked and the other; DESK, HOME and REMOTE are folders.
    """

    verb: str
    town: str
    person: str
    words: str
    begin: Build = nothing
    is_at_place: bool = False
    """Typed in the folder above all, as it makes the person's own."""
    shows: str = ""
    """What is shown once, as a pattern: by the run that was stopped or by the one after it. Such a command,
    typed again after it has ended, is another one."""

    @property
    def talks(self) -> bool:
        """Whether the remote can be on another computer while this is typed."""
        return "REMOTE" not in self.words or self.verb == "join"

    @property
    def name(self) -> str:
        """For tests and the table."""
        return f"{self.town}, {self.begin.__name__}: {self.words}"

    def typed(self, town: Town) -> tuple[str, list[str]]:
        """Who types, and what."""
        said: dict[str, str] = {}
        if "JUDGE" in self.person + self.words or "OTHER" in self.words:
            said["JUDGE"] = asked(town)
            (said["OTHER"],) = {"mei", "tom"} - {said["JUDGE"]}
        person = said.get(self.person, self.person)
        said |= {
            "DESK": str(town.place / "desks" / person),
            "HOME": str(town.place / "people" / person),
            "REMOTE": str(town.remote),
        }
        words = shlex.split(self.words)
        for name, meant in said.items():
            words = [word.replace(name, meant) for word in words]
        return person, words


_WHO = "--name 'Zoe Ito' --id zoe --school Bay"
_INVITED = "'Zoe Ito' --id zoe --school Bay --to DESK/zoe.txt"
_FOUND = "--name Lake --programme-id lake --person 'Nora Ek' --id nora --school Office --no-starter"

SCENARIOS: tuple[Scenario, ...] = (
    Scenario("join", "town", "zoe", f"join REMOTE HOME {_WHO}", is_at_place=True),
    Scenario("setup", "town", "zoe", f"setup {_WHO}", join_zoe),
    Scenario("setup", "sealed", "ana", "setup --school Elsewhere --email ana@school.example"),
    Scenario("setup", "ready", "ana", "setup --new-key"),
    Scenario("setup", "town", "ana", "setup --id ana --lost-key", join_anew),
    Scenario("sync", "ready", "ana", "sync", write_elsewhere),
    Scenario("sync", "ready", "ana", "sync", confirm_key),
    Scenario("sync", "signed", "mei", "sync"),
    Scenario("doctor", "ready", "ana", "doctor --fix", leave_lock),
    Scenario("start", "sealed", "ana", f"start {WAIT}"),
    Scenario("start", "ready", "ana", f"start {SLIP}"),
    Scenario("add", "ready", "ana", f"add DESK/more.md --for lesson-plan --in {WAIT}", add_later),
    Scenario("remove", "ready", "ana", f"remove plan --in {WAIT}"),
    Scenario("restore", "ready", "ana", f"restore {WAIT}", lose_file),
    Scenario("save", "ready", "ana", f"save {WAIT}", write_more),
    Scenario("save", "town", "rosa", "save --programme", edit_rules),
    Scenario("submit", "ready", "ana", f"submit {WAIT} --attest all", write_more),
    Scenario("submit", "open ready", "ana", f"submit {WAIT} --attest all", write_more),
    Scenario("submit", "sent", "ana", f"submit {WAIT} --replace --attest all", write_more),
    Scenario("submit", "back", "ana", f"submit {WAIT} --attest all --note Opened", write_more),
    Scenario("withdraw", "sent", "ana", f"withdraw {WAIT}"),
    Scenario("withdraw", "open sent", "ana", f"withdraw {WAIT}"),
    Scenario("add-badge", "signed", "ana", "add-badge DESK/badge.json --publish --yes", get_badge),
    Scenario("remove", "signed", "ana", "remove reading-aloud --in elsewhere", show_badge),
    Scenario("endorse", "signed", "ana", "endorse add DESK/said.json --yes", get_praise),
    Scenario("endorse", "signed", "rosa", "endorse add DESK/said.json --yes", get_praise_of_issuer),
    Scenario("endorse", "signed", "ana", "endorse remove state-university", show_praise),
    Scenario("endorse", "signed", "cleo", "endorse withdraw DESK/said.json --yes", sign_praise),
    Scenario("endorse", "signed", "rosa", "endorse withdraw DESK/ours.json --yes", sign_as_program),
    Scenario("let-in", "ready", "ana", f"let-in dev --of {WAIT} --yes", write_more),
    Scenario("publish-piece", "signed", "ana", f"publish-piece lesson-plan --of {ANA} --yes"),
    Scenario("unpublish", "shown", "ana", f"unpublish lesson-plan --of {WAIT}"),
    Scenario("erase", "signed", "ana", f"erase lesson-plan --of {ANA} --reason Child --yes"),
    Scenario("export", "signed", "ana", "export --out DESK/badges.zip"),
    Scenario("reveal", "signed", "ana", f"reveal lesson-plan --of {WAIT} --out DESK/plan.zip"),
    Scenario("stacks", "due", "rosa", "stacks --award --yes"),
    Scenario("view", "sent", "JUDGE", f"view {ANA} --text"),
    Scenario("assess", "sent", "JUDGE", f"assess {ANA} --from DESK/scores.yaml --yes", score),
    Scenario("assess", "open sent", "JUDGE", f"assess {ANA} --from DESK/scores.yaml --yes", score),
    Scenario("decline-review", "sent", "JUDGE", f"decline-review {ANA} --because Ill --yes"),
    Scenario("assign", "sent", "rosa", f"assign {ANA} --to OTHER --because Ill --yes"),
    Scenario("reconcile", "assessed", "rosa", f"reconcile {ANA} --award --yes"),
    Scenario("reconcile", "assessed", "rosa", f"reconcile {ANA} --revise --feedback Page --reason So --yes"),
    Scenario("reconcile", "assessed", "rosa", f"reconcile {ANA} --decline --feedback No --reason So --yes"),
    Scenario("reconcile", "signed", "rosa", f"reconcile ben/{SLIP} --award --yes", judge_ben),
    Scenario("reconcile", "signed", "rosa", f"reconcile ben/{SLIP} --award --yes", begin_list),
    Scenario("revoke", "signed", "rosa", f"revoke {ANA} --reason Mistake --yes"),
    Scenario("recognize", "signed", "rosa", "recognize ana --record --yes", agree),
    Scenario("renew", "signed", "rosa", f"renew ana/{SLIP} --reason Again --yes", wait_long),
    Scenario("reissue", "signed", "rosa", "reissue --all --reason Address --yes", move_site),
    Scenario("key", "assessed", "rosa", "key new", make_keys_folder),
    Scenario("key", "signed", "rosa", "key rotate --yes"),
    Scenario("key", "back", "ana", "key recover", name_issuer),
    Scenario("link", "ready", "ana", "link DESK/mcred.txt", shows=r"(?m)^ +(\w{5}-){3}\w{5}$"),
    Scenario("invite", "town", "rosa", f"invite {_INVITED}", shows=r"(?m)^mcred join mcred-invitation:\w+"),
    Scenario(
        "invite", "town", "rosa", f"invite {_INVITED} --json --role expert", shows='"invitation": "mcred-inv'
    ),
    Scenario("person", "town", "rosa", "person add eva --role expert"),
    Scenario("person", "town", "rosa", "person vouch ana --yes", lose_key),
    Scenario("person", "town", "rosa", "person import DESK/people.csv --to DESK/out.csv --yes", list_people),
    Scenario("init", "town", "nora", f"init HOME {_FOUND} --remote REMOTE", empty, is_at_place=True),
    Scenario("init", "town", "rosa", "init . --host github"),
    Scenario("init", "town", "rosa", "init . --remote REMOTE"),
    Scenario("new", "town", "rosa", "new tickets --title Tickets --topic Data --competency Plans"),
    Scenario("witness", "signed", "rosa", "witness --out DESK/witness.json"),
    Scenario("audit", "signed", "rosa", "audit"),
    Scenario("report", "signed", "rosa", "report --html DESK/report.html"),
    Scenario("progress", "signed", "rosa", "progress --csv DESK/progress.csv"),
    Scenario("network", "signed", "rosa", "network build DESK/network.yaml --to DESK/site", list_programmes),
    Scenario("build", "signed", "rosa", "build --out DESK/site"),
    Scenario("publish", "signed", "rosa", "publish"),
    Scenario("publish", "signed", "rosa", "publish --to DESK/pages"),
)
WRITE_NOTHING = {
    **dict.fromkeys(
        (
            "browse",
            "show",
            "open",
            "check",
            "preview",
            "status",
            "feedback",
            "diff",
            "growth",
            "share",
            "help",
        ),
        "they show",
    ),
    **dict.fromkeys(("queue", "explain", "verify", "transcript", "lint", "impact"), "they show"),
    "trust": "it replaces one small file of a person's own, whole",
    "guard": "it answers to a push, and stores nothing",
    "serve": "it builds as `build` does",
    "tour": "it makes programmes of its own, with the commands above",
}
"""Verbs without a scenario, and why."""

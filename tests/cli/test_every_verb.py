"""Of every verb: none goes on with a rewritten history, and a dry run leaves everything as it is."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path

import pytest
from msgspec import Struct

from mcred.app.checkpoints import FILE
from mcred.app.keys.signing import KEY_FILE, NEXT_KEY
from mcred.cli.verbs import VERBS, load
from tests.badges.elsewhere import DOCUMENTS
from tests.cli.conftest import Make
from tests.cli.court import asked, repo_of, scores_file, set_rules
from tests.cli.test_endorse import badge_of, by_university
from tests.cli.test_recognize import write_policy
from tests.cli.town import PLAN, SLIP, WAIT, Town, git

ANA = f"ana/{WAIT}"
BADGE = f"portfolios/ana/{WAIT}/attempts/1/badge.json"


class Typed(Struct, frozen=True):
    """What someone types, in a town of a name."""

    town: str
    person: str
    words: tuple[str, ...]


def _mine(*words: str, town: str = "earned", person: str = "ana") -> Typed:
    return Typed(town, person, words)


def _rosas(*words: str, town: str = "earned") -> Typed:
    return Typed(town, "rosa", words)


# JUDGE: whoever was asked about Ana's work. OTHER: the other expert. DESK: a folder with files of one's own.
TYPED: Mapping[str, Typed] = {
    "setup": _mine("--school", "Elsewhere"),
    "sync": _mine(town="ready"),
    "browse": _mine(),
    "show": _mine(WAIT),
    "start": _mine(SLIP),
    "add": _mine("DESK/more.md", "--for", "lesson-plan", "--in", WAIT, town="ready"),
    "remove": _mine("plan", "--in", WAIT, town="ready"),
    "open": _mine(WAIT, town="ready"),
    "check": _mine(WAIT, town="ready"),
    "preview": _mine(WAIT, "--text", town="ready"),
    "restore": _mine(WAIT, town="ready"),
    "save": _mine(WAIT, town="ready"),
    "submit": _mine(WAIT, "--attest", "all", "--yes", town="ready"),
    "status": _mine(),
    "feedback": _mine(WAIT),
    "diff": _mine(WAIT, town="sent"),
    "withdraw": _mine(WAIT, town="sent"),
    "stacks": _rosas("--award", "--yes", town="signed"),
    "growth": _mine(WAIT, "--show", "attempts", town="earned"),
    "share": _mine(town="signed"),
    "export": _mine("--out", "DESK/badges.zip", town="signed"),
    "reveal": _mine("lesson-plan", "--of", WAIT, "--out", "DESK/plan.zip", town="signed"),
    "erase": _mine("lesson-plan", "--of", ANA, "--reason", "A child.", "--yes", town="signed"),
    "publish-piece": _mine("lesson-plan", "--of", ANA, "--yes", town="signed"),
    "unpublish": _mine("--page", town="signed"),
    "add-badge": _mine("DESK/badge.json", "--publish", "--yes"),
    "let-in": _mine("mei", "--of", WAIT, "--yes", town="ready"),
    "link": _mine("DESK/second.txt"),
    "invite": _rosas("Zoe Ito", "--school", "Bay School"),
    "queue": Typed("sent", "JUDGE", ()),
    "view": Typed("sent", "JUDGE", (ANA, "--text")),
    "assess": Typed("sent", "JUDGE", (ANA, "--from", "DESK/scores.yaml", "--yes")),
    "decline-review": Typed("sent", "JUDGE", (ANA, "--because", "I coach her", "--yes")),
    "progress": _rosas("--csv", "DESK/progress.csv"),
    "reconcile": _rosas(ANA, "--award", "--yes", town="assessed"),
    "assign": _rosas(ANA, "--to", "OTHER", "--because", "Ill", "--yes", town="sent"),
    "revoke": _rosas(ANA, "--reason", "By mistake.", "--yes", town="signed"),
    "renew": _rosas(f"ana/{SLIP}", "--reason", "Again.", "--yes", town="signed"),
    "reissue": _rosas("--all", "--reason", "A new address.", "--yes", town="signed"),
    "key": _rosas("rotate", "--yes", town="signed"),
    "report": _rosas("--html", "DESK/report.html"),
    "verify": _mine(BADGE, town="signed"),
    "endorse": _rosas("add", "DESK/by-university.json", "--yes", town="signed"),
    "transcript": _mine("--csv", "DESK/transcript.csv"),
    "recognize": _rosas("ana", "--csv", "DESK/recognized.csv", town="signed"),
    "explain": _mine(ANA),
    "audit": _mine(),
    "witness": _rosas("--out", "DESK/witness.json"),
    "init": _rosas(".", "--host", "github"),
    "person": _rosas("add", "eva"),
    "new": _rosas(
        "exit-tickets", "--title", "Tickets", "--topic", "Data", "--competency", "The teacher plans."
    ),
    "lint": _rosas(),
    "impact": _rosas(WAIT),
    "build": _rosas("--out", "DESK/site"),
    "serve": _rosas("--out", "DESK/site", "--port", "0"),
    "publish": _rosas("--to", "DESK/pages"),
}
OPENS_NONE = {
    "join": "it makes a new folder, which has seen nothing yet",
    "network": "it opens a copy of its own of each program (tests/audit/test_network.py)",
    "guard": "it stands at the shared place itself, and holds each push to what was there before",
    "tour": "it makes programs of its own",
    "help": "it reads no program",
    "trust": "its list is a person's own, outside of any program (tests/cli/test_trust.py)",
    "doctor": "it says what is wrong in a line of its own, and ends with 1",
}
LOCAL = {"browse", "show", "new", "open", "check", "preview", "restore", "lint", "verify", "audit"}
"""They ask no one for news, and go on with what was received while that is what was seen before."""


def typed(town: Town, verb: str) -> tuple[str, list[str]]:
    """Who types, and what."""
    given, said = TYPED[verb], {}
    if given.town == "sent":
        said["JUDGE"] = asked(town)
        (said["OTHER"],) = {"mei", "tom"} - {said["JUDGE"]}
    person = said.get(given.person, given.person)
    said["DESK"] = str(town.desk(person))
    (town.desk(person) / "more.md").write_text(PLAN, encoding="utf-8")
    (town.desk(person) / "badge.json").write_text(json.dumps(DOCUMENTS["eddsa-jcs-2022"]()), "utf-8")
    scores_file(town, person)
    if verb == "restore":
        (town.folder(person) / "1-overview.md").unlink()
    if verb == "endorse":
        by_university(town, badge_of(town)["issuer"]["id"])
    if verb == "recognize":
        write_policy(town)
        town.run("rosa", "save", "--programme")
    words = [verb, *given.words]
    for name, meant in said.items():
        words = [word.replace(name, meant) for word in words]
    return person, words


@pytest.fixture
def town_of(request: pytest.FixtureRequest) -> Callable[[str], Town]:
    """A town by what happened in it."""

    def give(name: str) -> Town:
        if name == "assessed":
            town: Town = request.getfixturevalue("sent")
            town.assess("ana")
            return town
        found: Town = request.getfixturevalue(name)
        return found

    return give


def test_every_verb_is_tried_or_has_a_reason() -> None:
    assert {v.name for v in VERBS} == set(TYPED) | set(OPENS_NONE)
    assert not set(TYPED) & set(OPENS_NONE)


# A rewritten history -------------------------------------------------------------------------------------


def rewrite(town: Town) -> None:
    """Another history at the remote, from which the newest steps are gone."""
    old = git(town.remote, "rev-parse", "main~2").strip()
    words = ("-c", "user.name=M", "-c", "user.email=m@example.org")
    new = git(town.remote, *words, "commit-tree", "-p", old, "-m", "Other", f"{old}^{{tree}}").strip()
    git(town.remote, "update-ref", "refs/heads/main", new)


def lose_refs(town: Town, person: str) -> None:
    for ref in ("refs/remotes/origin/main", "refs/heads/main"):
        git(town.home(person), "update-ref", "-d", ref)


def kept(town: Town, person: str) -> None:
    """The folder knows what it knew."""


def lost(town: Town, person: str) -> None:
    """The folder lost its copies of the main line."""
    lose_refs(town, person)


def taken_over(town: Town, person: str) -> None:
    """git itself was told to bring the other history in the place of the one that was known."""
    lose_refs(town, person)
    git(town.home(person), "fetch", "--quiet", "origin", "+refs/heads/main:refs/remotes/origin/main")


@pytest.mark.parametrize("state", [kept, lost, taken_over], ids=lambda s: s.__name__)
@pytest.mark.parametrize("verb", TYPED)
def test_no_verb_goes_on_with_a_rewritten_history(
    town_of: Callable[[str], Town],
    monkeypatch: pytest.MonkeyPatch,
    verb: str,
    state: Callable[[Town, str], None],
) -> None:
    if state is kept and verb in LOCAL:
        return
    monkeypatch.setattr("mcred.cli.commands.maintainers.serve.serve", lambda *_: None)
    town = town_of(TYPED[verb].town)
    person, words = typed(town, verb)
    town.run(person, "status")
    rewrite(town)
    state(town, person)
    files, remote = everything(town, person), git(town.remote, "for-each-ref")
    ran = town.run(person, *words, expect=6)
    is_asked = state is not lost or verb not in LOCAL
    assert ("was rewritten" if is_asked else "is gone") in ran.err and ran.next
    assert everything(town, person) == files
    assert git(town.remote, "for-each-ref") == remote


def test_the_doctor_says_so(earned: Town) -> None:
    earned.run("rosa", "status")
    rewrite(earned)
    taken_over(earned, "rosa")
    assert "was rewritten" in earned.run("rosa", "doctor", expect=1).out


# A dry run -----------------------------------------------------------------------------------------------

DRY = tuple(
    v.name
    for v in VERBS
    if v.name not in ("network", "trust") and "dry_run" in inspect.signature(load(v).run).parameters  # type: ignore[attr-defined]
)


def everything(town: Town, person: str) -> Mapping[str, str]:
    """Every file of a person's folder, desk and keys, and every ref, but for what a fetch brings."""
    home = town.home(person)
    places = [home, town.desk(person), *([town.keys] if town.keys else [])]
    fetched = ("objects/", "refs/", "logs/", "FETCH_HEAD", "packed-refs")
    found = {
        str(path): sha256(path.read_bytes()).hexdigest()
        for place in places
        for path in sorted(place.rglob("*"))
        if path.is_file() and not str(path.relative_to(place)).startswith(tuple(f".git/{f}" for f in fetched))
    }
    refs = git(home, "for-each-ref", "--format=%(refname) %(objectname)").splitlines()
    copies = ("refs/remotes/origin/", "refs/mcred/fetched/")
    return {**found, **{ref: "" for ref in refs if not ref.startswith(copies)}}


@pytest.mark.parametrize("verb", DRY)
def test_a_dry_run_leaves_everything_as_it_is(
    town_of: Callable[[str], Town], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, verb: str
) -> None:
    """Although a newer state waits at the remote, a new key is confirmed, and no state was kept yet."""
    name = "ready" if verb == "doctor" else TYPED[verb].town
    town = town_of(name)
    person, words = ("ana", ["doctor", "--fix"]) if verb == "doctor" else typed(town, verb)
    if verb not in ("submit", "withdraw", "assess", "decline-review"):
        town.run(person, "setup", "--new-key")
        town.run("rosa", "person", "add", person)
        assert (repo_of(town, person).state_dir / NEXT_KEY).exists()
    (repo_of(town, person).state_dir / FILE).unlink()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    before, remote = everything(town, person), git(town.remote, "for-each-ref")
    town.run(person, *words, "--dry-run")
    assert town.run(person, *words, "--dry-run", "--json").json["schema"]
    assert everything(town, person) == before
    assert git(town.remote, "for-each-ref") == remote
    assert not (tmp_path / "data").exists()


SEALED = (
    *("start", "add", "remove", "save", "submit", "withdraw", "sync", "setup", "restore", "assess"),
    *(
        "decline-review",
        "assign",
        "reconcile",
        "publish-piece",
        "unpublish",
        "erase",
        "key",
        "person",
        "export",
        "reveal",
    ),
)
"""Verbs that seal, open or publish work, or change who can read it."""


@pytest.fixture(scope="session")
def sealed_of(make_once: Make, first_ready: Town) -> Callable[[str], Town]:
    """The same towns, in a programme that seals submitted work."""

    def ready(place: Path) -> Town:
        town = first_ready.copy(place)
        set_rules(town, "work: open", "work: sealed")
        town.run("ana", "sync")
        return town

    def sent(place: Path) -> Town:
        town = make_once("sealed ready", ready).copy(place)
        town.run("ana", "submit", "--attest", "all")
        return town

    def assessed(place: Path) -> Town:
        town = make_once("sealed sent", sent).copy(place)
        town.assess("ana")
        return town

    def signed(place: Path) -> Town:
        town = make_once("sealed assessed", assessed).copy(place)
        (place / "keys").mkdir()
        town.run("rosa", "key", "new")
        town.decide("ana")
        town.run("ana", "sync")
        return town

    def give(name: str) -> Town:
        builds = {"ready": ready, "sent": sent, "assessed": assessed, "signed": signed, "earned": signed}
        return make_once(f"sealed {name}", builds[name])

    return give


@pytest.mark.parametrize("verb", SEALED)
def test_a_dry_run_leaves_sealed_work_as_it_is(
    sealed_of: Callable[[str], Town], tmp_path: Path, verb: str
) -> None:
    town = sealed_of(TYPED[verb].town).copy(tmp_path / "town")
    person, words = typed(town, verb)
    if verb in ("save", "sync"):
        (town.folder("ana") / "1-overview.md").write_text("# Overview questions\n\nMore.\n", "utf-8")
    before, remote = everything(town, person), git(town.remote, "for-each-ref")
    town.run(person, *words, "--dry-run")
    assert everything(town, person) == before
    assert git(town.remote, "for-each-ref") == remote
    town.run(person, *words)
    changed = git(town.remote, "for-each-ref") != remote or everything(town, person) != before
    assert changed, "the same without --dry-run changes something"


def test_a_reader_signs_with_the_old_key_file_until_someone_syncs(ready: Town) -> None:
    ready.run("ana", "setup", "--new-key")
    ready.run("rosa", "person", "add", "ana")
    state = repo_of(ready, "ana").state_dir
    old, new = (state / KEY_FILE).read_bytes(), (state / NEXT_KEY).read_bytes()
    for words in (["status"], ["browse"], ["submit", "--attest", "all", "--yes"]):
        said = ready.run("ana", *words).said
        assert "not confirmed" not in said and (state / KEY_FILE).read_bytes() == old
    assert "from now on, you sign with it" in ready.run("ana", "sync").out
    assert (state / KEY_FILE).read_bytes() == new and not (state / NEXT_KEY).exists()
    assert ready.run("rosa", "audit", "--json").json["findings"] == []

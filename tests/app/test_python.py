"""mcred without a terminal: docs/python.md runs, and a verb's options are its command's fields."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mcred.app.assessment.assess import Assess
from mcred.app.assessment.assign import Assign
from mcred.app.assessment.decline_review import DeclineReview
from mcred.app.awards.award_stacks import AwardStacks
from mcred.app.awards.reconcile import Reconcile
from mcred.app.awards.reissue import ReissueBadge
from mcred.app.awards.renew import Renew
from mcred.app.awards.revoke import Revoke
from mcred.app.context import Context
from mcred.app.elsewhere.add import AddBadge
from mcred.app.elsewhere.remove import RemoveBadge
from mcred.app.endorsements.add import AddEndorsement
from mcred.app.endorsements.take_out import RemoveEndorsement, WithdrawEndorsement
from mcred.app.keys.listed_keys import RotateKey
from mcred.app.keys.recover import Recover
from mcred.app.people.confirm import Confirm
from mcred.app.people.invite import Invite
from mcred.app.people.roster import ImportPeople
from mcred.app.people.setup import Setup
from mcred.app.people.vouch import Vouch
from mcred.app.pieces.erase import Erase
from mcred.app.pieces.publish import PublishPieces
from mcred.app.pieces.remove import Remove
from mcred.app.pieces.unpublish import Unpublish
from mcred.app.programme.new_definition import NewDefinition
from mcred.app.recognition.record import RecordRecognized
from mcred.app.sealed.let_in import LetIn
from mcred.app.use_case import Command, carry_out
from mcred.app.work.add import Add
from mcred.app.work.restore import Restore
from mcred.app.work.save import Save
from mcred.app.work.start import Start
from mcred.app.work.submit import Submit
from mcred.app.work.sync import Sync
from mcred.app.work.withdraw import Withdraw
from mcred.cli.verbs import VERBS, load, make_command
from mcred.domain.submission import ReviewRequest
from mcred.problems import McredError
from tests.app.conftest import at_home
from tests.cli.court import asked
from tests.cli.town import EXPERTS, WAIT, Town

PAGE = Path(__file__).parents[2] / "docs" / "python.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE.read_text("utf-8"), re.M | re.S)
COMMANDS: dict[str, type[Command[Any]]] = {
    "assess": Assess,
    "add": Add,
    "add-badge": AddBadge,
    "assign": Assign,
    "decline-review": DeclineReview,
    "endorse add": AddEndorsement,
    "endorse remove": RemoveEndorsement,
    "endorse withdraw": WithdrawEndorsement,
    "erase": Erase,
    "invite": Invite,
    "key rotate": RotateKey,
    "key recover": Recover,
    "let-in": LetIn,
    "new": NewDefinition,
    "person add": Confirm,
    "person vouch": Vouch,
    "person import": ImportPeople,
    "recognize": RecordRecognized,
    "reconcile": Reconcile,
    "publish-piece": PublishPieces,
    "unpublish": Unpublish,
    "reissue": ReissueBadge,
    "renew": Renew,
    "revoke": Revoke,
    "setup": Setup,
    "stacks": AwardStacks,
    "remove": Remove,
    "remove elsewhere": RemoveBadge,
    "restore": Restore,
    "save": Save,
    "start": Start,
    "submit": Submit,
    "sync": Sync,
    "withdraw": Withdraw,
}
"""By verb, or by verb and action."""
RUNNER = {"action", "yes", "dry_run", "json", "help"}
PICKS = {
    "stacks": {"award"},
    "invite": {"to"},
    "endorse": {"about", "as_program", "comment", "out"},
    "recognize": {"record", "csv", "identity", "online", "site"},
}
"""Options that pick one of a verb's commands, say where its result is written, or are those of an action that
only reads or writes a file."""
TYPED = {"scoring": {"from", "edit", "blank"}, "earner": {"badges"}}
"""Options that are ways to write the value of one field."""


def options_of(verb: str) -> set[str]:
    """What is typed for a verb: its arguments, and its options by their long names."""
    names = set()
    for parameter in make_command(verb).params:
        long = [o.removeprefix("--") for o in parameter.opts if o.startswith("--")]
        names.add((long[0] if long else str(parameter.name)).replace("-", "_"))
    return names - RUNNER - PICKS.get(verb, set())


def fields_of(verb: str) -> set[str]:
    """What the commands of a verb are told, by the names of its options."""
    kinds = [kind for name, kind in COMMANDS.items() if name.split()[0] == verb]
    fields = (f for k in kinds for f in zip(k.__struct_fields__, k.__struct_encode_fields__, strict=True))
    return {option for field, name in fields for option in TYPED.get(field, {name})}


def test_options_are_the_fields_of_the_commands() -> None:
    verbs = {v.name for v in VERBS if hasattr(load(v), "run_command")}
    assert {v: options_of(v) for v in verbs} == {v: fields_of(v) for v in verbs}
    assert verbs == {name.split()[0] for name in COMMANDS}


@pytest.mark.parametrize("verb", COMMANDS)
def test_a_command_is_read_from_json(verb: str) -> None:
    kind = COMMANDS[verb]
    needed = {f.name: "ana/wait-time" for f in msgspec.structs.fields(kind) if f.required}
    command = kind(**needed)
    assert msgspec.json.decode(msgspec.json.encode(command), type=kind) == command


@pytest.mark.parametrize("blocks", [BLOCKS[:1], [BLOCKS[0].partition("command =")[0], BLOCKS[1]]])
def test_the_page_s_examples_run(blocks: list[str], sent: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    first = asked(sent)
    (other,) = {*EXPERTS} - {first}
    sent.home("rosa").joinpath("../programme").resolve().symlink_to(sent.home("rosa"))
    monkeypatch.chdir(sent.home("rosa").parent)
    code = "".join(blocks).replace("datetime.now(UTC).replace(microsecond=0)", "NOW")
    names = {"tom": other, "mei": first, "ana/wait-time": f"ana/{WAIT}"}
    code = re.sub("|".join(map(re.escape, names)), lambda found: names[found[0]], code)
    exec(code, {"NOW": sent.now})  # noqa: S102 (the page's own)
    assert sent.panel("ana") == [other]


def test_a_plain_context_is_one(tmp_path: Path, town: Town) -> None:
    ctx: Context = at_home(town, "ana")
    assert not ctx.interactive and ctx.ask("How many?", "--n N", "3") == "3"
    with pytest.raises(McredError, match="--n is required"):
        ctx.ask("How many?", "--n N")
    with pytest.raises(McredError, match="--yes is required"):
        ctx.confirm("Go on?")
    with pytest.raises(McredError, match="not running in a terminal"):
        ctx.ask_secret("Passphrase", "X")


def test_what_is_said_is_collected_without_secrets(town: Town) -> None:
    show = at_home(town, "ana").show
    show.hide("hunter2")
    show.mixed((("a ", "bold"), ("hunter2", "")))
    show.notes(("b", "c"))
    show.next("mcred status")
    show.error(McredError("no"))
    with show.working("long") as tell:
        assert tell is None
    said = [n.text for n in show.results], [n.text for n in show.remarks], show.steps
    assert said == (["a …"], ["b", "c", "no"], ["mcred status"])


@pytest.mark.slow
def test_from_work_to_award_and_back_in_python(town: Town) -> None:
    town.hand_in("ana")
    ana, rosa = at_home(town, "ana"), at_home(town, "rosa")
    with pytest.raises(McredError, match="confirm it by its name"):
        carry_out(ana, Submit(credential=WAIT))
    sent = carry_out(ana, Submit(credential=WAIT, attest=("all",)))
    assert isinstance(sent.standing.request, ReviewRequest)
    assert carry_out(ana, Withdraw(credential=WAIT)).attempt == 1
    again = carry_out(ana, Submit(credential=WAIT, attest=("all",)))
    assert again.standing.attempt == 2
    town.assess("ana")
    looked = carry_out(rosa, Reconcile(submission=f"ana/{WAIT}"))
    assert (looked.status, looked.recommended) == ("open", "award")
    done = carry_out(rosa, Reconcile(submission=f"ana/{WAIT}", award=True))
    assert (done.status, done.outcome) == ("done", "award")
    with pytest.raises(McredError, match="reason is required"):
        carry_out(rosa, Revoke(award=f"ana/{WAIT}"))
    ended = carry_out(rosa, Revoke(award=f"ana/{WAIT}", reason="By mistake."))
    assert ended.name == f"ana/{WAIT}, attempt 2"
    assert not (*ana.show.results, *rosa.show.results)

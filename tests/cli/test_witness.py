"""`mcred witness`, and `mcred audit --witness`: a history cut short or written again is told by it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from mcred.app.audit.witness import NAMESPACE, decode_witness, encode_witness
from mcred.app.keys.signing import read_key
from mcred.domain.audit.witness import Witness
from mcred.problems import Exit, McredError
from mcred.store.git import open_repo
from mcred.store.signatures import sign
from tests.cli.town import Ran, Town, git

FILE = "witness-rosa.json"
ADDRESS = "https://witness.example.org/lakeside.json"


@pytest.fixture
def kept(signed: Town) -> Path:
    """What Rosa signed after Ana's award, kept outside of the programme."""
    signed.run("rosa", "sync")
    signed.run("rosa", "witness")
    return Path(shutil.move(signed.home("rosa") / FILE, signed.desk("mei") / FILE))


def clone(town: Town) -> Path:
    """A copy of the remote that has seen nothing before."""
    fresh = town.place / "fresh"
    git(town.place, "clone", "--quiet", str(town.remote), str(fresh))
    return fresh


def audit(town: Town, witness: Path | str, at: Path, expect: int) -> Any:
    """The JSON of an audit with a witness."""
    found = town.run("mei", "audit", "--witness", str(witness), "--json", at=at, expect=expect).json
    assert [a["proved"] for a in found["awards"]] == [True] * len(found["awards"])
    return found


def codes(found: Any) -> list[str]:
    return [f["code"] for f in found["findings"]]


def say(town: Town, witness: Path, at: Path, expect: int) -> str:
    return " ".join(town.run("mei", "audit", "--witness", str(witness), at=at, expect=expect).said.split())


def cut_short(town: Town) -> None:
    """The remote loses the award, and whatever refers to it."""
    git(town.remote, "update-ref", "refs/heads/main", "main~1")


def write_anew(town: Town, made: Path) -> None:
    """The remote loses the award, and Rosa signs another step in its place."""
    cut_short(town)
    git(town.place, "clone", "--quiet", str(town.remote), str(made))
    shutil.copytree(town.home("rosa") / ".git" / "mcred", made / ".git" / "mcred")
    (made / ".git" / "mcred" / "checkpoint.json").unlink()
    for name, value in (("mcred.person", "rosa"), ("user.name", "Rosa Diaz")):
        git(made, "config", name, value)
    rules = made / "mcred.yaml"
    rules.write_text(rules.read_text("utf-8") + "# another year\n", "utf-8")
    town.run("rosa", "save", "--programme", at=made)


def signed_by(town: Town, person: str, witness: Witness, **changes: Any) -> bytes:
    """A witness that says something else, signed by someone."""
    key = read_key(open_repo(town.home(person)))
    plain = json.loads(encode_witness(witness)) | changes | {"key": key.public}
    del plain["signature"]
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"))
    plain["signature"] = sign(text.encode(), key, NAMESPACE)
    return json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()


def test_what_was_signed_is_in_every_later_state(signed: Town, kept: Path) -> None:
    witness = decode_witness(kept.read_bytes(), "it")
    assert (witness.awards, witness.main) == (2, git(signed.remote, "rev-parse", "main").strip())
    assert witness.founding == git(signed.remote, "rev-list", "--max-parents=0", "main").split()[-1]
    signed.award("ben")
    said = say(signed, kept, clone(signed), 0)
    assert "Witnessed by Rosa Diaz (rosa) on 2026-03-" in said
    assert (
        f"UTC: 2 awards after {witness.steps} steps, at {witness.main[:12]}. This history contains it."
        in said
    )
    found = audit(signed, kept, signed.place / "fresh", 0)["witness"]
    assert (found["answer"], found["awards"], found["main"]) == ("held", 2, witness.main)
    kept.write_bytes(kept.read_text(encoding="utf-8").replace("\n", "\r\n").encode("utf-16"))
    assert audit(signed, kept, signed.place / "fresh", 0)["witness"]["answer"] == "held"


def test_a_history_cut_short_is_told_in_a_fresh_copy(signed: Town, kept: Path) -> None:
    cut_short(signed)
    fresh = clone(signed)
    assert signed.run("mei", "audit", "--json", at=fresh).json["clean"]
    found = audit(signed, kept, fresh, Exit.CHANGED)
    assert (codes(found), found["witness"]["answer"]) == (["witness-lost"], "lost")
    said = say(signed, kept, fresh, Exit.CHANGED)
    assert "it was rewritten or shortened since 2026-03-02, when it had 2 awards" in said
    assert "What to do: Ask the maintainers, and the person who signed the witness;" in said
    assert said.endswith("(in the copy of someone who has had one longer)")


def test_a_history_written_again_is_told_in_a_fresh_copy(signed: Town, kept: Path) -> None:
    write_anew(signed, signed.place / "anew")
    fresh = clone(signed)
    assert signed.run("mei", "audit", "--json", at=fresh).json["clean"]
    assert codes(audit(signed, kept, fresh, Exit.CHANGED)) == ["witness-lost"]


def test_the_remote_itself_has_no_one_to_ask(signed: Town, kept: Path) -> None:
    assert codes(audit(signed, kept, signed.remote, 0)) == []
    cut_short(signed)
    assert codes(audit(signed, kept, signed.remote, Exit.CHANGED)) == ["witness-lost"]


def test_an_older_copy_is_called_old_and_is_well_once_it_has_fetched(signed: Town, kept: Path) -> None:
    old = clone(signed)
    signed.award("ben")
    signed.run("rosa", "sync")
    signed.run("rosa", "witness", "--out", str(kept.with_name("newer.json")))
    newer = kept.with_name("newer.json")
    found = audit(signed, newer, old, Exit.UNREACHABLE)
    assert (codes(found), found["clean"], found["witness"]["answer"]) == ([], True, "old")
    said = signed.run("mei", "audit", "--witness", str(newer), at=old, expect=Exit.UNREACHABLE)
    assert "the copy is older, or was cut short." in " ".join(said.said.split())
    assert said.next.startswith("mcred sync")
    signed.run("mei", "sync", at=old)
    assert audit(signed, newer, old, 0)["witness"]["answer"] == "held"


def test_nothing_is_said_against_a_copy_while_the_remote_is_out_of_reach(signed: Town, kept: Path) -> None:
    cut_short(signed)
    fresh = clone(signed)
    signed.remote.rename(signed.place / "away.git")
    assert codes(audit(signed, kept, fresh, Exit.UNREACHABLE)) == []


def test_a_copy_without_the_whole_history_cannot_tell(signed: Town, kept: Path) -> None:
    short = signed.place / "short"
    git(signed.place, "clone", "--quiet", "--depth", "1", f"file://{signed.remote}", str(short))
    ran = signed.run("mei", "audit", "--witness", str(kept), at=short, expect=Exit.UNREACHABLE)
    assert "rewritten" not in ran.said


def test_a_stranger_may_sign_and_is_called_one(signed: Town, kept: Path) -> None:
    signed.run("eva", "sync")
    signed.run("eva", "witness", "--out", str(kept.with_name("evas.json")))
    found = audit(signed, kept.with_name("evas.json"), clone(signed), 0)["witness"]
    assert found["signer"].startswith("a stranger's key SHA256:")


def test_a_witness_of_another_programme_is_no_word_about_this_one(signed: Town, kept: Path) -> None:
    witness = decode_witness(kept.read_bytes(), "it")
    kept.write_bytes(signed_by(signed, "rosa", witness, founding=witness.main))
    found = audit(signed, kept, clone(signed), Exit.CHANGED)
    assert codes(found) == ["witness-other"]


def test_fewer_awards_than_were_witnessed_are_told(signed: Town, kept: Path) -> None:
    witness = decode_witness(kept.read_bytes(), "it")
    kept.write_bytes(signed_by(signed, "rosa", witness, awards=3))
    found = audit(signed, kept, clone(signed), Exit.CHANGED)
    assert codes(found) == ["witness-awards"]
    assert found["findings"][0]["what"] == "awards on record: 3 on 2026-03-02 by the witness, 2 now"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"awards":2', b'"awards":1'),
        (b'"awards":2', b'"awards":2,"more":1'),
        (b'"awards":2', b'"awards":2,"awards":2'),
        (b'"awards":2', b'"awards": 2'),
        (b'"format":2', b'"format":3'),
        (b"2026-03-02T", b"2026-03-03T"),
        (b"ssh-ed25519 ", b"ssh-ed25519  "),
        (b"{", b""),
    ],
)
def test_a_changed_witness_is_none(signed: Town, kept: Path, old: bytes, new: bytes) -> None:
    data = kept.read_bytes()
    assert old in data
    kept.write_bytes(data.replace(old, new, 1))
    refused = signed.run("mei", "audit", "--witness", str(kept), at=signed.remote, expect=Exit.REFUSED)
    assert FILE in refused.err


def test_who_signed_cannot_be_exchanged(signed: Town, kept: Path) -> None:
    data = kept.read_bytes()
    rosas, evas = (read_key(open_repo(signed.home(p))).public.encode() for p in ("rosa", "eva"))
    with pytest.raises(McredError, match="not signed with the key that it names"):
        decode_witness(data.replace(rosas, evas), "it")
    assert decode_witness(data + b"\n", "it").key == rosas.decode()


def test_a_commits_signature_is_none_over_a_witness(signed: Town, kept: Path) -> None:
    witness = json.loads(kept.read_bytes())
    del witness["signature"]
    text = json.dumps(witness, sort_keys=True, separators=(",", ":")).encode()
    for namespace, fits in ((NAMESPACE, True), ("git", False)):
        key = read_key(open_repo(signed.home("rosa")))
        data = json.dumps(
            {**witness, "signature": sign(text, key, namespace)}, sort_keys=True, separators=(",", ":")
        ).encode()
        if fits:
            assert decode_witness(data, "it").awards == 2
        else:
            with pytest.raises(McredError):
                decode_witness(data, "it")


def test_an_address_is_asked_and_has_to_be_https(signed: Town, kept: Path) -> None:
    signed.web[ADDRESS] = kept.read_bytes()
    assert audit(signed, ADDRESS, clone(signed), 0)["witness"]["answer"] == "held"
    assert signed.asked == [ADDRESS]
    nowhere = f"{ADDRESS}.not"
    signed.run("mei", "audit", "--witness", nowhere, at=signed.remote, expect=Exit.UNREACHABLE)


def test_pages_show_the_newest_that_fits_and_who_signed_it(signed: Town, kept: Path) -> None:
    own = decode_witness(kept.read_bytes(), "it")
    home = signed.home("rosa")
    (home / "witnesses").mkdir()
    shutil.copy(kept, home / "witnesses" / "rosa.json")
    later = {"when": "2026-04-01T08:00:00Z"}
    others = {
        "evas.json": signed_by(signed, "eva", own, when="2026-03-20T08:00:00Z"),
        "lying.json": signed_by(signed, "rosa", own, awards=9, **later),
        "other.json": signed_by(signed, "rosa", own, main=own.founding[::-1], **later),
        "broken.json": b"{}",
    }

    def build() -> str:
        signed.run("rosa", "save", "--programme")
        warned = signed.run("rosa", "build", "--out", str(signed.place / "site")).err
        page = (signed.place / "site" / "about" / "index.html").read_text("utf-8")
        shown = page.partition("Who saw the record")[2].partition("</p>")[0]
        return " ".join((shown + warned).split())

    assert '<time datetime="2026-03-02">' in (said := build())
    assert "the record had 2 awards. Signed by <bdi>Rosa Diaz</bdi>" in said
    assert (signed.place / "site" / "witness.json").read_bytes() == kept.read_bytes()
    for name, data in others.items():
        (home / "witnesses" / name).write_bytes(data)
    said = build()
    assert '<time datetime="2026-03-20">' in said and "someone outside the program" in said
    assert all(f"no page shows it: witnesses/{name}" in said for name in others if name != "evas.json")
    assert (signed.place / "site" / "witness.json").read_bytes() == others["evas.json"]
    assert audit(signed, signed.place / "site" / "witness.json", home, 0)["findings"] == []


def test_only_maintainers_put_one_on_the_pages(signed: Town, kept: Path) -> None:
    (signed.home("mei") / "witnesses").mkdir()
    shutil.copy(kept, signed.home("mei") / "witnesses")
    refused = signed.run("mei", "save", "--programme", expect=Exit.NOT_ALLOWED)
    assert "only maintainers change witnesses/witness-rosa.json" in refused.err


def test_what_would_be_signed_is_shown_and_nothing_written(signed: Town) -> None:
    signed.run("rosa", "sync")
    before = signed.files("rosa")
    said = signed.run("rosa", "witness", "--dry-run").out
    assert "You certify that this program has 2 awards after" in said
    assert f"Would write {FILE}" in said
    assert signed.files("rosa") == before


def test_a_witness_is_replaced_and_nothing_else(signed: Town) -> None:
    signed.run("rosa", "sync")
    home = signed.home("rosa")
    (home / FILE).write_text('{"mine": 1}', "utf-8")
    refused = signed.run("rosa", "witness", expect=1)
    assert "is something else" in refused.err
    (home / FILE).unlink()
    signed.run("rosa", "witness")
    first = (home / FILE).read_bytes()
    ran: Ran = signed.run("rosa", "witness")
    assert (home / FILE).read_bytes() != first
    assert ran.next.startswith(f"mcred audit --witness {FILE}")


def test_nothing_is_signed_from_an_old_copy(signed: Town) -> None:
    signed.remote.rename(signed.place / "away.git")
    signed.run("rosa", "witness", expect=Exit.UNREACHABLE)
    assert not (signed.home("rosa") / FILE).exists()

"""A folder that someone passed on: nothing in it beside the objects changes what an audit says."""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
import zlib
from collections.abc import Callable
from hashlib import sha1
from pathlib import Path

import pytest
from platformdirs import user_cache_path

from mcred.app.audit.cache import SIGNERS, cache_of
from mcred.app.audit.proofs import FILE as PROOFS
from mcred.domain.layout import PROGRAMME
from mcred.problems import Exit
from tests.audit.workshop import Redo, Workshop

UNSIGNED = "tools/a.md"


def an_unsigned_step(shop: Workshop) -> str:
    """Something that an audit finds."""
    step = shop.step({UNSIGNED: b"x\n"}, None)
    assert step in {commit for _, commit, _ in shop.audit().found}
    return step


def a_badge_with_another_signature(shop: Workshop) -> tuple[str, str]:
    """A badge whose proof does not hold: its object id, and the key it names."""
    redo = Redo(shop, "dev")
    redo.build()
    badge = json.loads(shop.show(redo.award_file))
    value = badge["proof"]["proofValue"]
    badge["proof"]["proofValue"] = value[:-1] + ("2" if value[-1] != "2" else "3")
    redo.more = {redo.award_file: json.dumps(badge).encode()}
    redo.build()
    return shop.blob(redo.award_file), badge["proof"]["verificationMethod"].rpartition("#")[2]


def in_the_folder(shop: Workshop) -> Path:
    """Where a copied folder would bring a cache along."""
    return shop.repo.state_dir


def in_the_users(shop: Workshop) -> Path:
    """Where this user's own earlier audits left it."""
    place = cache_of(user_cache_path("mcred"), shop.main_line()[0])
    assert place is not None
    place.mkdir(parents=True, exist_ok=True)
    return place


@pytest.mark.parametrize("place", [in_the_folder, in_the_users])
def test_a_false_list_of_signers_in_the_folder_is_not_read(
    shop: Workshop, place: Callable[[Workshop], Path]
) -> None:
    step = an_unsigned_step(shop)
    (place(shop) / SIGNERS).write_text(json.dumps({shop.key("rosa").public: [step]}))
    assert (step in {c for _, c, _ in shop.audit().found}) == (place is in_the_folder)
    assert step in {c for _, c, _ in shop.audit("--fresh").found}, "verified again, whatever is cached"


@pytest.mark.parametrize("place", [in_the_folder, in_the_users])
def test_a_false_list_of_proofs_in_the_folder_is_not_read(
    shop: Workshop, place: Callable[[Workshop], Path]
) -> None:
    blob, key = a_badge_with_another_signature(shop)
    found = shop.audit("--fresh").found
    assert found
    (place(shop) / PROOFS).write_text(json.dumps({key: [blob]}))
    assert (shop.audit().found == found) == (place is in_the_folder)
    assert shop.audit("--fresh").found == found


def test_an_audit_leaves_its_results_in_the_users_folder_alone(shop: Workshop) -> None:
    before = {p for p in shop.repo.git_dir.rglob("*") if p.is_file()}
    first, again = shop.audit(), shop.audit()
    assert first.out["signatures"]["checked"] > 0 == again.out["signatures"]["checked"]
    assert shop.audit("--fresh").out["signatures"]["checked"] == first.out["signatures"]["checked"]
    assert {p for p in shop.repo.git_dir.rglob("*") if p.is_file()} == before
    assert {p.name for p in in_the_users(shop).iterdir()} == {SIGNERS, PROOFS}


# What git is told about its objects ------------------------------------------------------------------------


def shallow(shop: Workshop, bad: str) -> None:
    """The history is said to begin with the last step."""
    (shop.repo.git_dir / "shallow").write_text(f"{shop.tip}\n")
    assert (
        subprocess.run(
            ["git", "rev-list", "--count", "main"], cwd=shop.repo.git_dir, capture_output=True, check=True
        ).stdout.strip()
        == b"1"
    ), "git itself believes it"


def grafts(shop: Workshop, bad: str) -> None:
    """The last step is said to follow the one before the bad one."""
    (shop.repo.git_dir / "info").mkdir(exist_ok=True)
    (shop.repo.git_dir / "info" / "grafts").write_text(f"{shop.tip} {shop.parents(bad)[0]}\n")


def replacement(shop: Workshop, bad: str) -> None:
    """The last step is said to be another commit, on the one before the bad one."""
    tree = shop.tree(shop.parents(bad)[0], {})
    shop.git("replace", shop.tip, shop.commit(tree, shop.parents(bad), "Save\n", "rosa"))


@pytest.mark.parametrize("told", [shallow, grafts, replacement])
def test_what_git_is_told_of_the_past_hides_nothing(
    shop: Workshop, told: Callable[[Workshop, str], None]
) -> None:
    bad = an_unsigned_step(shop)
    shop.step({PROGRAMME: shop.show(PROGRAMME) + b"# more\n"}, "rosa")
    found = shop.audit().found
    told(shop, bad)
    answer = shop.audit()
    assert answer.found == found and bad in {commit for _, commit, _ in found}


@pytest.mark.parametrize("told", [shallow, grafts, replacement])
def test_an_honest_history_stays_proved_whatever_git_is_told(
    shop: Workshop, told: Callable[[Workshop, str], None]
) -> None:
    told(shop, shop.main_line()[2])
    answer = shop.audit()
    assert answer.code == 0 and len(answer.proved) == 4


# Objects that are not what their names say -----------------------------------------------------------------


def loosen(shop: Workshop) -> None:
    """Every object in a file of its own, and none of them shared with another test."""
    folder = shop.repo.git_dir / "objects"
    shutil.move(folder / "pack", shop.repo.git_dir / "aside")
    for pack in sorted((shop.repo.git_dir / "aside").glob("*.pack")):
        with pack.open("rb") as stream:
            subprocess.run(["git", "unpack-objects", "-q"], cwd=shop.repo.git_dir, stdin=stream, check=True)
    shutil.rmtree(shop.repo.git_dir / "aside")


def store_as(shop: Workshop, name: str, kind: str, data: bytes) -> None:
    """Other bytes under a name."""
    place = shop.repo.git_dir / "objects" / name[:2] / name[2:]
    place.unlink()
    place.write_bytes(zlib.compress(f"{kind} {len(data)}\0".encode() + data))


def a_commit(shop: Workshop) -> tuple[str, bytes]:
    """The last step, with the parent of an earlier one: the bad step before it is hidden."""
    bad = shop.parents(shop.tip)[0]
    return shop.tip, shop.raw(shop.tip).replace(bad.encode(), shop.parents(bad)[0].encode())


def a_folder(shop: Workshop) -> tuple[str, bytes]:
    """The last step's folder, without one of its entries."""
    name = shop.tree(shop.tip, {})
    raw = shop.objects.get(name)[1]
    return name, raw[: raw.index(b"100644 mcred.yaml")] + raw[raw.index(b"100644 mcred.yaml") + 38 :]


def a_decision(shop: Workshop) -> tuple[str, bytes]:
    """A decision with other words."""
    name = shop.blob(Redo(shop, "cleo").decision_file)
    return name, shop.objects.get(name)[1].replace(b"award", b"revise")


def some_evidence(shop: Workshop) -> tuple[str, bytes]:
    """A lesson plan with other words."""
    redo = Redo(shop, "cleo")
    return shop.blob(f"{redo.folder}/evidence/plan.md"), b"# Another plan\n"


@pytest.mark.parametrize("what", [a_commit, a_folder, a_decision, some_evidence])
def test_an_object_with_other_bytes_under_its_name_is_never_believed(
    shop: Workshop, what: Callable[[Workshop], tuple[str, bytes]]
) -> None:
    an_unsigned_step(shop)
    shop.step({PROGRAMME: shop.show(PROGRAMME) + b"# more\n"}, "rosa")
    loosen(shop)
    name, data = what(shop)
    kind, before = shop.objects.get(name)
    assert data != before
    store_as(shop, name, kind, data)
    assert shop.git("cat-file", kind, name) == data, "git itself believes it"
    for words in (("audit",), ("audit", "--fresh")):
        code, out, err = shop.run(*words)
        assert code == Exit.UNREACHABLE, (out, err)
        assert f"is not what its name says ({name[:12]})" in err and "Next: mcred join" in err


@pytest.mark.parametrize("altered", [False, True])
def test_objects_that_lie_in_another_store_are_hashed_too(
    shop: Workshop, tmp_path: Path, altered: bool
) -> None:
    loosen(shop)
    if altered:
        store_as(shop, shop.blob(PROGRAMME), "blob", shop.show(PROGRAMME) + b"# more\n")
    shutil.move(shop.repo.git_dir / "objects", tmp_path / "elsewhere")
    (shop.repo.git_dir / "objects" / "info").mkdir(parents=True)
    (shop.repo.git_dir / "objects" / "info" / "alternates").write_text(f"{tmp_path / 'elsewhere'}\n")
    answer = shop.audit()
    assert answer.code == (Exit.UNREACHABLE if altered else 0)
    assert altered or len(answer.proved) == 4


@pytest.mark.parametrize("packed", [False, True])
def test_a_changed_byte_in_an_object_is_never_passed_over(shop: Workshop, packed: bool) -> None:
    assert change_bytes(shop, random.Random(1), 8, packed=packed) == []  # noqa: S311


@pytest.mark.slow
@pytest.mark.parametrize("packed", [False, True])
def test_none_of_a_thousand_changed_bytes_is_passed_over(shop: Workshop, packed: bool) -> None:
    assert change_bytes(shop, random.Random(2), 1000, packed=packed) == []  # noqa: S311


def change_bytes(shop: Workshop, chance: random.Random, count: int, *, packed: bool) -> list[str]:
    """Change one byte at a time, and return the changes that an audit passed over or fell over.

    Of an object in a file of its own every second change is one of its contents, stored as git would.
    """
    names = sorted(name for name in shop.git("rev-list", "--objects", "--no-object-names", "main").split())
    if packed:
        shop.git("repack", "-adq")
    else:
        loosen(shop)
    missed = []
    for number in range(count):
        name = chance.choice(names).decode()
        place = shop.repo.git_dir / "objects" / name[:2] / name[2:]
        if packed:
            (place,) = (shop.repo.git_dir / "objects" / "pack").glob("*.pack")
        stored = place.read_bytes()
        inside = not packed and number % 2 == 0
        data = bytearray(zlib.decompress(stored) if inside else stored)
        at = chance.randrange(len(data))
        data[at] ^= chance.randrange(1, 256)
        place.unlink()
        place.write_bytes(zlib.compress(data) if inside else bytes(data))
        code, out, err = shop.run("audit", "--fresh")
        expected = 0 if code == 0 and are_intact(shop, names) else Exit.UNREACHABLE
        if "Traceback" in out + err or code != expected:
            missed.append(f"{place.name} at {at}, inside {inside}: {code} {err}")
        place.unlink()
        place.write_bytes(stored)
    return missed


def are_intact(shop: Workshop, names: list[bytes]) -> bool:
    """Whether each object still gives its name: some bits of packed and compressed data mean nothing."""
    for name in names:
        done = subprocess.run(
            ["git", "cat-file", "--batch"],
            cwd=shop.repo.git_dir,
            input=name,
            capture_output=True,
            check=False,
        )
        head, _, rest = done.stdout.partition(b"\n")
        _, kind, size = head.split()
        data = b"%s %s\0" % (kind, size) + rest[:-1]
        if sha1(data, usedforsecurity=False).hexdigest().encode() != name:
            return False
    return True


# Copies that are old or not whole --------------------------------------------------------------------------


def test_a_copy_that_is_older_than_a_checkpoint_is_called_old(shop: Workshop, tmp_path: Path) -> None:
    seen = shop.step({PROGRAMME: shop.show(PROGRAMME) + b"# more\n"}, "rosa")
    checkpoint = tmp_path / "checkpoint.json"
    checkpoint.write_text(json.dumps({"ref": "refs/heads/main", "commit": seen, "awards": shop.awards()}))
    shop.move(shop.honest)
    for loses in (False, True):
        if loses:
            (shop.repo.git_dir / "objects" / seen[:2] / seen[2:]).unlink()
        code, out, err = shop.run("audit", "--since", str(checkpoint))
        assert code == Exit.UNREACHABLE, (out, err)
        assert "the copy is old" in err and "rewritten" not in err and "Next: mcred sync" in err


def test_a_checkpoint_with_fewer_awards_that_is_not_here_is_another_history(
    shop: Workshop, tmp_path: Path
) -> None:
    checkpoint = tmp_path / "checkpoint.json"
    checkpoint.write_text(json.dumps({"ref": "refs/heads/main", "commit": "1" * 40, "awards": 1}))
    code, _, err = shop.run("audit", "--since", str(checkpoint))
    assert code == Exit.CHANGED and "was rewritten, or this is" in err


def test_the_age_of_the_copy_and_the_founding_id_are_said(shop: Workshop) -> None:
    _, out, _ = shop.run("audit")
    answer = shop.audit().out
    assert answer["founding"] == shop.main_line()[0]
    day = answer["newest"][:10]
    said = rf"This copy ends on {day} \((today|\d+ days ago)\); founding id {answer['founding']}"
    assert re.search(said, out)

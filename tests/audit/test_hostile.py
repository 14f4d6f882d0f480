"""Hostile bytes in a history: the audit answers or refuses, and never falls over."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from mcred.domain.decision import Basis
from mcred.domain.ids import BlobId, CommitId, PersonId
from mcred.domain.layout import PROGRAMME, request_path, status_path
from mcred.formats.encode import encode
from mcred.problems import Exit
from mcred.store import diffs
from tests.audit.forgeries import RUBRIC
from tests.audit.workshop import Redo, Workshop

Hostile = Callable[[Workshop], str]
"""Builds a history and names the code it must be found under; '' where any answer will do."""
HOSTILE: list[Hostile] = []
FOLDER = "portfolios/dev/wait-time"


def hostile(build: Hostile) -> Hostile:
    """Put a history on the list."""
    HOSTILE.append(build)
    return build


def _files(shop: Workshop, path: str, data: bytes = b"x\n", code: str = "") -> str:
    shop.step({path: data}, "rosa")
    return code


@hostile
def a_name_is_not_utf8(shop: Workshop) -> str:
    redo = Redo(shop, "dev")
    redo.files = {"evidence/b\udcff.md": ("100644", shop.put(b"x\n"))}
    redo.build()
    return "bad-file"


@hostile
def a_name_has_line_breaks_and_colours(shop: Workshop) -> str:
    return _files(shop, "portfolios/dev/a\n\x1b[31mred\t.md", code="bad-file")


@hostile
def a_name_beside_the_portfolios_is_not_utf8(shop: Workshop) -> str:
    return _files(shop, "credentials/\udcfe\udcff/x", code="bad-file")


@hostile
def a_name_begins_with_a_colon(shop: Workshop) -> str:
    return _files(shop, "portfolios/:(glob)**/x.md", code="bad-file")


@hostile
def a_tree_names_a_decision_twice(shop: Workshop) -> str:
    redo = Redo(shop, "cleo")
    other = shop.put(shop.show(redo.decision_file).replace(b"award", b"revise"))
    return _doubled(shop, redo.decision_file, other)


@hostile
def a_tree_names_the_rules_twice(shop: Workshop) -> str:
    return _doubled(shop, PROGRAMME, shop.put(shop.show(PROGRAMME).replace(b"peers: 2", b"peers: 1")))


@hostile
def a_tree_names_an_award_twice_with_the_same_bytes(shop: Workshop) -> str:
    path = f"{FOLDER}/attempts/1/badge.json"
    return _doubled(shop, path, shop.blob(path))


def _doubled(shop: Workshop, path: str, blob: str) -> str:
    """A step whose tree has a second entry of the same name."""
    objects = shop.objects

    def rebuilt(tree: str, parts: list[str]) -> str:
        entries = [(name, (mode, o)) for mode, name, o in objects.entries(tree)]
        made = []
        for name, (mode, o) in entries:
            if name != parts[0].encode():
                made.append((name, (mode, o)))
            elif len(parts) == 1:
                made += [(name, (mode, o)), (name, ("100644", blob))]
            else:
                made.append((name, (mode, rebuilt(o, parts[1:]))))
        return objects.list(made)

    tree = rebuilt(shop.tree(shop.tip, {}), path.split("/"))
    shop.move(shop.commit(tree, [shop.tip], "Save\n", "rosa"))
    return "bad-file"


@hostile
def a_tree_is_in_no_order(shop: Workshop) -> str:
    entries = [(name, (mode, o)) for mode, name, o in shop.objects.entries(shop.tree(shop.tip, {}))]
    tree = shop.objects.list(entries[::-1])
    shop.move(shop.commit(tree, [shop.tip], "Save\n", "rosa"))
    return ""


@hostile
def the_rules_are_a_folder(shop: Workshop) -> str:
    shop.step({PROGRAMME: None, f"{PROGRAMME}/x": b"1\n"}, "rosa")
    return ""


@hostile
def the_rules_are_a_link(shop: Workshop) -> str:
    shop.step({PROGRAMME: ("120000", shop.put(shop.show(PROGRAMME)))}, "rosa")
    return "bad-file"


@hostile
def the_rules_are_another_repository(shop: Workshop) -> str:
    shop.step({PROGRAMME: ("160000", shop.tip)}, "rosa")
    return ""


@hostile
def the_portfolios_are_a_link(shop: Workshop) -> str:
    gone = {p.decode(): None for p in shop.files(shop.tip) if p.startswith(b"portfolios/")}
    shop.step({**gone, "portfolios": ("120000", shop.put(b"/etc"))}, "rosa")
    return "record-changed"


@hostile
def the_founding_cannot_be_read_and_work_goes_on(shop: Workshop) -> str:
    first = shop.main_line()[0]
    tree = shop.tree(first, {PROGRAMME: b"\xff\xfe\x00"})
    shop.move(shop.commit(tree, [], "Found\n", "rosa"))
    shop.step({PROGRAMME: shop.show(PROGRAMME, first)}, "rosa")
    shop.profile("rosa", "rosa", name="Rosa")
    return "rules-unreadable"


@hostile
def rules_are_huge(shop: Workshop) -> str:
    return _files(shop, PROGRAMME, shop.show(PROGRAMME) + b"# " + b"x" * 300_000, "rules-unreadable")


@hostile
def rules_are_deep(shop: Workshop) -> str:
    return _files(shop, PROGRAMME, b"a: " + b"[" * 5000, "rules-unreadable")


@hostile
def a_rubric_is_a_bomb_of_aliases(shop: Workshop) -> str:
    lines = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))
    return _files(shop, RUBRIC, f"a0: &a0 [x]\n{lines}\n".encode(), "definition-unreadable")


@hostile
def a_rubric_asks_for_a_level_of_no_scale(shop: Workshop) -> str:
    levels = shop.show(RUBRIC)
    assert b"required: " in levels
    return _files(
        shop, RUBRIC, re.sub(rb"required: .*", b"required: splendid", levels), "definition-unreadable"
    )


@hostile
def a_rubric_names_a_scale_that_is_none(shop: Workshop) -> str:
    scales = shop.show(RUBRIC)
    assert b"scale: " in scales
    return _files(shop, RUBRIC, re.sub(rb"scale: .*", b"scale: splendid", scales), "definition-unreadable")


@hostile
def attempts_go_to_the_end(shop: Workshop) -> str:
    text = shop.show(f"{FOLDER}/attempts/1/decision.json").replace(b'"attempt": 1', b'"attempt": 9999')
    shop.step(
        {f"{FOLDER}/attempts/9999/decision.json": text, f"{FOLDER}/attempts/10000/decision.json": text},
        "rosa",
    )
    return "submit-missing"


@hostile
def an_attempt_is_counted_in_other_digits(shop: Workshop) -> str:
    redo = Redo(shop, "dev")
    redo.sent_text = redo.sent_text.replace("Mcred-Attempt: 1", "Mcred-Attempt: ١")
    redo.build()
    return "submit-missing"


@hostile
def trailers_are_doubled(shop: Workshop) -> str:
    redo = Redo(shop, "dev")
    redo.sent_text = redo.sent_text.rstrip("\n") + "\nMcred-Attempt: 1\n"
    redo.build()
    return "submit-missing"


@hostile
def an_assessors_step_is_empty(shop: Workshop) -> str:
    redo = Redo(shop, "dev")
    person = redo.panel[0]
    empty = shop.commit(shop.tree(redo.judged, {}), [redo.judged], "Assess\n", person)
    return _instead(redo, person, empty, "assessment-more")


@hostile
def an_assessors_step_has_no_parent(shop: Workshop) -> str:
    redo = Redo(shop, "dev")
    person = redo.panel[0]
    path = redo.assessment_file(person)
    alone = shop.commit(shop.tree("", {path: shop.show(path)}), [], "Assess\n", person)
    return _instead(redo, person, alone, "assessment-stale")


def _instead(redo: Redo, person: str, commit: CommitId, code: str) -> str:
    """The decision with another commit in the place of someone's assessment."""
    old = next(b.commit for b in redo.was.basis if b.assessor == person)
    redo.merged = lambda parents: [commit if p == old else p for p in parents]
    basis = (replace(b, commit=commit) if b.assessor == person else b for b in redo.was.basis)
    redo.decision = {"basis": tuple(basis)}
    redo.build()
    return code


@hostile
def ids_name_objects_of_other_kinds(shop: Workshop) -> str:
    redo = Redo(shop, "dev")
    tree, blob = shop.tree(shop.tip, {}), shop.blob(PROGRAMME)
    basis = (Basis(assessor=PersonId("ana"), commit=CommitId(tree)), *redo.was.basis[1:])
    redo.decision = {"judged": CommitId(blob), "basis": basis}
    redo.make_badge = lambda *_: b"{}"  # type: ignore[method-assign]
    redo.build()
    return "submit-missing"


@hostile
def ids_name_nothing(shop: Workshop) -> str:
    redo = Redo(shop, "dev")
    nothing = CommitId("0" * 40)
    basis = (Basis(assessor=redo.was.basis[0].assessor, commit=nothing), *redo.was.basis[1:])
    redo.decision = {"basis": basis, "definition": replace(redo.asked.definition, blob=BlobId("f" * 40))}
    redo.make_badge = lambda *_: b"{}"  # type: ignore[method-assign]
    redo.build()
    return "assessment-missing"


@hostile
def a_request_names_a_tree_as_its_rubric(shop: Workshop) -> str:
    redo = Redo(shop, "dev")
    tree = BlobId(shop.tree(shop.tip, {}))
    asked = replace(redo.asked, definition=replace(redo.asked.definition, blob=tree))
    changed = {request_path(redo.about, redo.was.attempt): encode(asked)}
    redo.judged = shop.commit(
        shop.tree(redo.was.judged, changed), shop.parents(redo.was.judged), redo.sent_text, "dev"
    )
    redo._send = lambda: redo.asked  # type: ignore[method-assign]
    redo.build()
    return "decision-definition"


@hostile
def a_request_was_made_from_a_tree(shop: Workshop) -> str:
    redo = Redo(shop, "dev")
    redo.request = {"main": CommitId(shop.tree(shop.tip, {}))}
    redo.build()
    return "request-main-unknown"


@pytest.mark.parametrize(
    "badge",
    [b"", b"null", b'{"a": NaN}', b'{"a": 1e999}', b'{"a": ' + b"9" * 5000 + b"}", b'{"a": "\\ud800"}',
     b'{"a": 1, "a": 2}', b"\xff", b"[" * 100_000, b'{"proof": [], "credentialStatus": 7}',
     b'{"credentialStatus": {"statusListCredential": [], "statusListIndex": "-1"}, "credentialSubject": []}'],
    ids=lambda b: repr(b[:12]),
)  # fmt: skip
def test_a_badge_of_any_bytes_is_found(shop: Workshop, badge: bytes) -> None:
    redo = Redo(shop, "dev")
    redo.more = {redo.award_file: badge}
    commit = redo.build()
    assert ("award-other", commit, redo.award_file) in shop.audit().found
    assert shop.run("audit")[0] == 1


@pytest.mark.parametrize(
    "data", [b"", b"[]", b'{"credentialSubject": {"encodedList": "uH4sIAAAAAAAA_w"}}', b"\xff" * 300_000]
)
def test_a_status_list_of_any_bytes_is_found(shop: Workshop, data: bytes) -> None:
    commit = shop.step({status_path(1): data}, "rosa")
    assert ("status-list-wrong", commit, status_path(1)) in shop.audit().found


@hostile
def a_commit_has_text_of_no_encoding(shop: Workshop) -> str:
    head = f"tree {shop.tree(shop.tip, {'x': b'1'})}\nparent {shop.tip}\nauthor \xff\nencoding \x1b[31m"
    shop.move(shop.seal(head.encode("latin-1"), b"\xff\xfe\n\nMcred-Event: \xff\n", None))
    return ""


@pytest.mark.parametrize("build", HOSTILE, ids=lambda b: b.__name__.replace("_", " "))
def test_it_never_falls_over(shop: Workshop, build: Hostile) -> None:
    expected = build(shop)
    answer = shop.audit()
    assert answer.code != Exit.BUG, answer.err
    assert not expected or expected in answer.codes, answer.out["findings"]
    code, out, err = shop.run("audit")
    assert code == answer.code
    assert "\x1b[31m" not in out + err and "Traceback" not in out + err


# What is not there ---------------------------------------------------------------------------------------


def _loosen(shop: Workshop) -> None:
    """Every object in a file of its own."""
    packs = list((shop.repo.git_dir / "objects" / "pack").iterdir())
    aside = shop.repo.git_dir / "aside"
    aside.mkdir()
    for pack in packs:
        pack.rename(aside / pack.name)
    for pack in sorted(aside.glob("*.pack")):
        with pack.open("rb") as stream:
            subprocess.run(["git", "unpack-objects", "-q"], cwd=shop.repo.git_dir, stdin=stream, check=True)


def _lose(shop: Workshop, name: str) -> None:
    place = shop.repo.git_dir / "objects" / name[:2] / name[2:]
    place.chmod(0o644)
    place.unlink()


@pytest.mark.parametrize("what", ["commit", "tree", "folder", "decision", "evidence", "rubric", "assessment"])
def test_a_part_that_is_not_here_is_said_and_accuses_no_one(shop: Workshop, what: str) -> None:
    redo = Redo(shop, "cleo")
    tree = shop.tree(redo.old, {})
    lost = {
        "commit": redo.was.basis[0].commit,
        "tree": tree,
        "folder": {n: o for _, n, o in shop.objects.entries(tree)}[b"portfolios"],
        "decision": shop.blob(redo.decision_file),
        "evidence": shop.blob(f"{redo.folder}/evidence/plan.md"),
        "rubric": shop.blob(RUBRIC),
        "assessment": shop.blob(redo.assessment_file(redo.panel[0])),
    }[what]
    _loosen(shop)
    _lose(shop, lost)
    code, out, err = shop.run("audit")
    assert code == Exit.UNREACHABLE, (out, err)
    assert "missing on this computer" in err and lost[:12] in err and "Next: mcred join" in err


def test_a_shallow_copy_is_said(shop: Workshop) -> None:
    redo = Redo(shop, "cleo")
    _loosen(shop)
    (shop.repo.git_dir / "shallow").write_text(f"{redo.old}\n")
    _lose(shop, redo.main)
    code, out, err = shop.run("audit")
    assert code == Exit.UNREACHABLE, (out, err)
    assert "missing on this computer" in err


def test_a_graft_changes_nothing(shop: Workshop) -> None:
    line = shop.main_line()
    (shop.repo.git_dir / "info").mkdir(exist_ok=True)
    (shop.repo.git_dir / "info" / "grafts").write_text(f"{line[-1]} {line[-3]}\n")
    assert shop.audit().out["findings"] == []
    assert len(shop.audit().proved) == 4


# Another history than before -----------------------------------------------------------------------------


def test_a_rewritten_line_is_refused_by_whoever_keeps_a_checkpoint(shop: Workshop) -> None:
    seen = shop.tip
    shop.move(Redo(shop, "dev").main)
    shop.step({"portfolios/dev/profile.yaml": shop.show("portfolios/dev/profile.yaml") + b"# x\n"}, "dev")
    assert shop.audit().out["findings"] == []
    answer = shop.audit("--since", seen)
    assert answer.code == Exit.CHANGED
    assert "was rewritten" in answer.err


def shown_another_line(shop: Workshop) -> Redo:
    """Dev's work, to be sent from a state that main never had."""
    asked = Redo(shop, "dev")
    shown = shop.commit(shop.tree(asked.main, {"x": b"1"}), [asked.main], "Shown to Eva alone\n", "rosa")
    asked.request = {"main": shown, "submission": asked.about}
    return asked


def send(shop: Workshop, asked: Redo) -> None:
    """Let the earner's own ref point at it."""
    ref = shop.repo.git_dir / "refs" / "heads" / "submission" / "dev" / "wait-time"
    ref.parent.mkdir(parents=True)
    ref.write_text(f"{asked.judged}\n")


def test_a_line_that_only_one_earner_was_shown_is_found(shop: Workshop) -> None:
    asked = shown_another_line(shop)
    asked._send()
    send(shop, asked)
    answer = shop.audit()
    assert answer.found == {("fork-seen", asked.judged, request_path(asked.about, asked.was.attempt))}
    assert answer.code == 1


def test_work_that_main_has_is_held_to_it_with_its_decision(shop: Workshop) -> None:
    asked = shown_another_line(shop)
    asked.build()
    send(shop, asked)
    assert {code for code, _, _ in shop.audit().found} == {"request-main-unknown"}


def test_what_was_lost_after_a_checkpoint_is_found_and_before_it_is_trusted(shop: Workshop) -> None:
    seen, older = shop.tip, Redo(shop, "dev").main
    hidden = shop.commit(shop.tree(older, {}), [older, seen], "Merge\n", None)
    shop.move(older)
    merge = shop.step({"tools/a.py": b"1\n"}, "rosa", text="Merge code\n", merged=[hidden])
    assert {(c, at) for c, at, _ in shop.audit("--since", older).found} == {("line-lost", merge)}
    assert shop.audit("--since", merge).found == set()


# More than can be read ------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", ["", "templates/", "templates/site/"])
@pytest.mark.parametrize("by", [None, "ana"])
def test_what_differs_in_too_many_files_is_not_taken_for_nothing(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch, folder: str, by: str | None
) -> None:
    """A folder of so many names that git's answer is cut short, and among them one that gives power."""
    programme = shop.show(PROGRAMME).replace(b"issuers:\n", b"issuers:\n    - ana\n", 1)
    crowd = {f"{folder}{number:04}": b"x" for number in range(400)}
    step = shop.step({PROGRAMME: programme, **crowd}, by)
    monkeypatch.setattr(diffs, "MAX_LISTING", 20_000)
    answer = shop.audit()
    assert answer.code == 1 and step in {commit for _, commit, _ in answer.found}

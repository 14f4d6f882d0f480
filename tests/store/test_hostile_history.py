"""Commits that someone forged: nothing in them is taken for a trailer, a signer or a parent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcred.domain.ids import CommitId
from mcred.problems import McredError
from mcred.store.git import Repo
from mcred.store.log import is_ancestor, parse_commit, parse_trailers, read_commit, walk_log
from mcred.store.signatures import KeyPair, load_key, make_key, sign, signer_of, split_signature
from mcred.store.write import Author, commit_tree

Save = Callable[..., CommitId]
Raw = Callable[..., str]

unhurried = settings(deadline=None, max_examples=60)
TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
NAME = CommitId("1" * 40)
KEY = make_key()
PAYLOAD = f"tree {TREE}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nSave\n".encode()


def signed(payload: bytes, armored: str) -> bytes:
    head, _, body = payload.partition(b"\n\n")
    return head + b"\ngpgsig " + armored.strip().replace("\n", "\n ").encode() + b"\n\n" + body


keys = st.sampled_from(["Mcred-Event", "Mcred-Attempt", "Mcred-X", "Reviewed-by"])
plain = st.text(alphabet="aZ0-.:<>é \t", max_size=8).map(str.strip)


@unhurried
@given(st.dictionaries(keys, plain, min_size=1), st.text(alphabet="ab:\n \t-", max_size=30))
def test_trailers_are_read_from_the_last_paragraph_whatever_stands_before(
    wanted: dict[str, str], before: str
) -> None:
    block = "\n".join(f"{key}: {value}" for key, value in wanted.items())
    own = {key: value for key, value in wanted.items() if key.startswith("Mcred-")}
    assert parse_trailers(f"Subject {before}\n\n{block}\n") == own
    assert parse_trailers(f"Subject\n\n{block}\n\n{before or 'x'}.") == {}


@unhurried
@given(st.sampled_from(["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\r"]), keys)
def test_no_sign_but_a_line_feed_begins_a_trailer(sign_of_end: str, key: str) -> None:
    hidden = f"Subject\n\nMcred-Note: mine{sign_of_end}{key}: forged"
    found = parse_trailers(hidden)
    assert key not in found and set(found) <= {"Mcred-Note"}
    assert parse_trailers(f"Subject{sign_of_end}{sign_of_end}{key}: forged") == {}


@pytest.mark.parametrize(
    "message",
    [
        "Subject\n\nMcred-Event: award\n Mcred-Event: more",
        "Subject\n\nMcred-Event : award",
        "Subject\n\n Mcred-Event: award",
        "Subject\n\nMcred-Evént: award",
        "Subject\n\nMcred-Event: award\nmcred-event",
        "Subject\n\nMcred-Event: award\n-- \nAna",
    ],
)
def test_a_paragraph_that_is_not_all_trailers_has_none(message: str) -> None:
    assert parse_trailers(message) == {}


def test_a_message_cannot_add_to_a_commits_head(bare: Repo, start: CommitId, author: Author) -> None:
    tree = read_commit(bare, start).tree
    text = f"\n\ntree {TREE}\nparent {'a' * 40}\ngpgsig x\n\nMcred-Event: award\n"
    made = commit_tree(bare, tree, [start], text, author, KEY)
    found = read_commit(bare, made)
    assert (found.tree, found.parents, found.signer) == (tree, (start,), KEY.public)
    assert found.message == text.strip("\n") + "\n" and found.trailers == {"Mcred-Event": "award"}


def test_a_good_signature_does_not_move_to_another_commit(bare: Repo, start: CommitId, raw_git: Raw) -> None:
    armored = sign(PAYLOAD, KEY)
    assert signer_of(signed(PAYLOAD, armored)) == KEY.public
    forged = signed(PAYLOAD.replace(b"author", f"parent {start}\nauthor".encode(), 1), armored)
    name = raw_git(bare, "hash-object", "-t", "commit", "-w", "--stdin", stdin=forged)
    found = walk_log(bare, [CommitId(name)])
    assert [c.id for c in found] == [start, name]
    assert found[1].parents == (start,) and found[1].signer is None and found[0].signer is not None
    assert walk_log(bare, [CommitId(name)], verify=False)[0].signer is None


def test_a_commit_of_another_time_zone_or_century_is_still_in_its_order(
    bare: Repo, start: CommitId, key: KeyPair
) -> None:
    tree, last = read_commit(bare, start).tree, start
    made = [start]
    for year in (2030, 1980, 2099):
        when = datetime(year, 1, 1, tzinfo=UTC)
        last = commit_tree(bare, tree, [last], "x", Author(name="A", email="", when=when), key)
        made.append(last)
    assert [c.id for c in walk_log(bare, [last, start])] == made, "parents first, whatever the clocks said"
    assert is_ancestor(bare, made[1], last) and not is_ancestor(bare, last, made[1])


def test_what_is_no_entry_of_the_history_is_said_plainly(bare: Repo, start: CommitId) -> None:
    for name in (read_commit(bare, start).tree, "2" * 40):
        with pytest.raises(McredError) as refused:
            read_commit(bare, CommitId(name))
        assert refused.value.hint
    assert walk_log(bare, []) == ()


@unhurried
@given(st.binary(max_size=80))
def test_what_is_signed_is_the_commit_without_its_signature(body: bytes) -> None:
    payload = PAYLOAD + body
    armored = sign(payload, KEY)
    assert split_signature(signed(payload, armored)) == (payload, armored.strip())
    assert signer_of(signed(payload, armored)) == KEY.public
    assert signer_of(signed(payload + b"x", armored)) is None
    assert parse_commit(NAME, payload, verify=True).signer is None


@unhurried
@given(st.integers(0, len(KEY.private) - 1), st.sampled_from([b"A", b"B", b"\n", b"\0"]))
def test_a_bent_key_file_is_refused_or_signs_as_the_key_it_says_it_is(at: int, put: bytes) -> None:
    try:
        found = load_key(KEY.private[:at] + put + KEY.private[at + 1 :])
    except McredError as error:
        assert "signing key" in error.what and error.hint
    else:
        assert signer_of(signed(PAYLOAD, sign(PAYLOAD, found))) == found.public

"""Five different messages for five different causes, as the programs really word them."""

from __future__ import annotations

import re

import pytest

from mcred.problems import Exit
from mcred.store.remote_errors import explain_unreachable

SSH_TAIL = """fatal: Could not read from remote repository.

Please make sure you have the correct access rights
and the repository exists.
"""

CASES = [
    (
        "ssh: Could not resolve hostname nowhere: Name or service not known\n" + SSH_TAIL,
        "cannot be found",
        Exit.UNREACHABLE,
    ),
    ("fatal: unable to access 'https://x/': Could not resolve host: x", "cannot be found", Exit.UNREACHABLE),
    ("Host key verification failed.\r\n" + SSH_TAIL, "does not know the host", Exit.UNREACHABLE),
    (
        "No ED25519 host key is known for x and you have requested strict checking.\n" + SSH_TAIL,
        "does not know the host",
        Exit.UNREACHABLE,
    ),
    (
        "ssh: connect to host x port 22: Network is unreachable\n" + SSH_TAIL,
        "is not responding",
        Exit.UNREACHABLE,
    ),
    (
        "ssh: connect to host x port 22: Connection timed out\n" + SSH_TAIL,
        "is not responding",
        Exit.UNREACHABLE,
    ),
    (
        "fatal: unable to access 'https://x/': Failed to connect to x port 443",
        "is not responding",
        Exit.UNREACHABLE,
    ),
    (
        "error: RPC failed; curl 56 Recv failure: Connection reset by peer",
        "is not responding",
        Exit.UNREACHABLE,
    ),
    ("fatal: the remote end hung up unexpectedly", "is not responding", Exit.UNREACHABLE),
    ("git@github.com: Permission denied (publickey).\n" + SSH_TAIL, "sign-in", Exit.SIGN_IN),
    ("fatal: could not read Username for 'https://x': terminal prompts disabled", "sign-in", Exit.SIGN_IN),
    (
        "remote: HTTP Basic: Access denied\nfatal: Authentication failed for 'https://x/'",
        "sign-in",
        Exit.SIGN_IN,
    ),
    ("ERROR: Repository not found.\n" + SSH_TAIL, "no program at", Exit.UNREACHABLE),
    (
        "fatal: '/srv/x' does not appear to be a git repository\n" + SSH_TAIL,
        "no program at",
        Exit.UNREACHABLE,
    ),
    (
        "remote: Repository not found.\nfatal: repository 'https://x/' not found",
        "no program at",
        Exit.UNREACHABLE,
    ),
    (
        "remote: Permission to a/b.git denied to ana.\n"
        "fatal: unable to access 'https://x/': The requested URL returned error: 403",
        "not write",
        Exit.NOT_ALLOWED,
    ),
    ("remote: You are not allowed to push code to this project.", "not write", Exit.NOT_ALLOWED),
    ("ERROR: Permission to a/b.git denied to deploy key\n" + SSH_TAIL, "not write", Exit.NOT_ALLOWED),
]


@pytest.mark.parametrize(("stderr", "says", "code"), CASES)
def test_each_cause_has_its_message(stderr: str, says: str, code: Exit) -> None:
    error = explain_unreachable(stderr, "https://example.org/p")
    assert says in error.what and "https://example.org/p" in error.what
    assert error.code is code and error.hint


def test_there_are_five_messages_and_two_for_the_second() -> None:
    assert len({explain_unreachable(stderr, "u").what for stderr, _, _ in CASES}) == 6


def test_an_unknown_cause_is_quoted_without_secrets() -> None:
    error = explain_unreachable(
        "x\nfatal: odd thing at https://ana:geheim@x/ ghp_geheimgeheim\n", "https://a:geheim@x/"
    )
    assert "odd thing" in error.what and "geheim" not in f"{error.what}{error.hint}"
    assert error.code is Exit.UNREACHABLE


def test_no_words_of_git() -> None:
    for stderr, _, _ in [*CASES, ("", "", Exit.OK)]:
        error = explain_unreachable(stderr, "u")
        assert not re.search(
            r"(?i)\b(commit|branch|rebase|HEAD|origin|merge|refspec)", f"{error.what}{error.hint}"
        )

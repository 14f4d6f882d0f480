"""Who signed what: our own reading against git's and ssh-keygen's, over a whole history."""

from __future__ import annotations

import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from mcred.store.signatures import signer_of
from tests.audit.forgeries import STRANGER
from tests.audit.workshop import Redo, Workshop
from tests.cli.town import PEOPLE

pytestmark = pytest.mark.skipif(
    shutil.which("ssh-keygen") is None, reason="ssh-keygen is not on this computer, so git cannot verify"
)


def gits_signers(shop: Workshop, place: Path, *tips: str) -> dict[str, str]:
    """Commit → whom git says it is well signed by, '' for no one."""
    allowed = place / "allowed-signers"
    allowed.write_text("".join(f"{p} {shop.key(p).public}\n" for p in PEOPLE), "utf-8")
    options = ("-c", f"gpg.ssh.allowedSignersFile={allowed}", "-c", "gpg.format=ssh")
    words = ["git", *options, "log", "--format=%H %G? %GS", *tips]
    for _ in range(20):
        done = subprocess.run(words, cwd=shop.repo.git_dir, capture_output=True, check=False)
        # Where ssh-keygen refuses a damaged signature before git has told it all, git itself may die of that.
        if done.returncode != -signal.SIGPIPE:
            break
    assert done.returncode == 0, done.stderr
    found = {}
    for line in done.stdout.decode().splitlines():
        commit, verdict, *who = line.split(" ")
        found[commit] = who[0] if verdict == "G" and who else ""
    return found


def test_every_honest_commit_has_the_same_signer_for_git(shop: Workshop, tmp_path: Path) -> None:
    owners = {shop.key(p).public: p for p in PEOPLE}
    found = gits_signers(shop, tmp_path, shop.tip)
    assert len(found) > 25
    assert found == {c: owners[signer_of(shop.raw(c)) or ""] for c in found}


def test_what_git_does_not_believe_is_not_believed_here(shop: Workshop, tmp_path: Path) -> None:
    good = shop.raw(shop.tip)
    head, _, body = good.partition(b"\n\n")
    signature = head[head.index(b"\ngpgsig ") :]
    plain = head[: head.index(b"\ngpgsig ")]
    forged = {
        "unsigned": shop.seal(plain, body, None),
        "stranger": shop.seal(plain, body, STRANGER),
        "other text": shop.put(head + b"\n\n" + body + b"More.\n", "commit"),
        "other tree": shop.put(head.replace(b"tree ", b"tree ", 1) + b"\nencoding x\n\n" + body, "commit"),
        "two": shop.put(plain + signature + signature + b"\n\n" + body, "commit"),
        "cut": shop.put(head[:-90] + b"\n\n" + body, "commit"),
        "twin": Redo(shop, "cleo").old,
    }
    found = gits_signers(shop, tmp_path, *forged.values())
    for name, commit in forged.items():
        ours = signer_of(shop.raw(commit))
        owner = next((p for p in PEOPLE if shop.key(p).public == ours), "")
        assert owner in ("", found[commit]), name
        assert (owner != "") == (name == "twin"), name

"""Signatures against the two programs that define them, git and ssh-keygen, and against hostile bytes."""

from __future__ import annotations

import base64
import hashlib
import shutil
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcred.domain.ids import CommitId
from mcred.problems import McredError
from mcred.store.git import Repo, run
from mcred.store.signatures import KeyPair, load_key, make_key, public_of, sign, signer_of, split_signature

Save = Callable[..., CommitId]
Raw = Callable[..., str]

needs_keygen = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed")

KEY = make_key()
HEAD = b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000"


def signed(payload: bytes, armored: str, header: str = "gpgsig") -> bytes:
    """A raw commit with the signature where git puts it."""
    head, _, body = payload.partition(b"\n\n")
    folded = armored.rstrip("\n").replace("\n", "\n ")
    return head + f"\n{header} {folded}\n\n".encode() + body


PAYLOAD = HEAD + b"\n\nSave\n"
HIDING = HEAD + b"\ngpgsig-sha256 x\n\nSave\n"
"""git leaves the last header out of what it checks, so this is signed for us and unsigned for git."""
GOOD = signed(PAYLOAD, sign(PAYLOAD, KEY))


def keygen(*args: str | Path, stdin: bytes = b"") -> bytes:
    return subprocess.run(
        ["ssh-keygen", *map(str, args)], input=stdin, capture_output=True, check=True
    ).stdout


def test_key_is_one_line_without_comment_and_loads_again() -> None:
    assert KEY.public.startswith("ssh-ed25519 AAAA") and len(KEY.public.split()) == 2
    assert KEY.private.startswith(b"-----BEGIN OPENSSH PRIVATE KEY-----")
    assert load_key(KEY.private) == KEY and public_of(KEY.private) == KEY.public
    assert make_key() != KEY


def test_the_private_half_is_never_shown() -> None:
    assert "PRIVATE" not in repr(KEY) and "private" not in repr(KEY)


def test_good_signature() -> None:
    assert signer_of(GOOD) == KEY.public


def test_git_and_we_agree(
    ana: Repo, start: CommitId, save: Save, key: KeyPair, tmp_path: Path, raw_git: Raw
) -> None:
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not installed")
    commit = save(ana, {"x.md": "x"}, start, message="Save ü\n\nMcred-Event: submit")
    allowed = tmp_path / "allowed"
    allowed.write_text(f"ana@school.example {key.public}\n")
    config = f"gpg.ssh.allowedSignersFile={allowed}"
    raw_git(ana, "-c", config, "verify-commit", commit)
    assert signer_of(run(ana, "cat-file", "commit", commit)) == key.public
    allowed.write_text(f"ana@school.example {make_key().public}\n")
    with pytest.raises(AssertionError):
        raw_git(ana, "-c", config, "verify-commit", commit)


@needs_keygen
@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_signature_made_by_ssh_keygen(kind: str, tmp_path: Path) -> None:
    keygen(
        "-q",
        "-t",
        kind,
        *(("-b", "2048") if kind == "rsa" else ()),
        "-N",
        "",
        "-C",
        "a comment",
        "-f",
        tmp_path / "k",
    )
    armored = keygen("-Y", "sign", "-n", "git", "-f", tmp_path / "k", stdin=PAYLOAD).decode()
    public = " ".join((tmp_path / "k.pub").read_text().split()[:2])
    assert signer_of(signed(PAYLOAD, armored)) == public
    other = keygen("-Y", "sign", "-n", "file", "-f", tmp_path / "k", stdin=PAYLOAD).decode()
    assert signer_of(signed(PAYLOAD, other)) is None, "a signature for another purpose"


@needs_keygen
def test_our_signature_read_by_ssh_keygen(tmp_path: Path) -> None:
    (tmp_path / "sig").write_text(sign(PAYLOAD, KEY))
    (tmp_path / "allowed").write_text(f"ana {KEY.public}\n")
    who = ("-I", "ana", "-f", tmp_path / "allowed", "-s", tmp_path / "sig")
    assert b"Good" in keygen("-Y", "verify", "-n", "git", *who, stdin=PAYLOAD)


@needs_keygen
def test_key_file_as_ssh_keygen_writes_it(tmp_path: Path) -> None:
    keygen("-q", "-t", "ed25519", "-N", "", "-C", "x", "-f", tmp_path / "k")
    key = load_key((tmp_path / "k").read_bytes())
    assert key.public == " ".join((tmp_path / "k.pub").read_text().split()[:2])
    keygen("-q", "-t", "ed25519", "-N", "locked", "-f", tmp_path / "locked")
    assert public_of((tmp_path / "k").read_bytes()) == key.public
    for read in (load_key, public_of):
        with pytest.raises(McredError, match="passphrase"):
            read((tmp_path / "locked").read_bytes())
    keygen("-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", tmp_path / "rsa")
    for read in (load_key, public_of):
        with pytest.raises(McredError, match="kind"):
            read((tmp_path / "rsa").read_bytes())


@pytest.mark.parametrize(
    "data", [b"", b"no key", KEY.private[:80], KEY.public.encode()], ids=["empty", "other", "cut", "public"]
)
def test_damaged_key_file(data: bytes) -> None:
    for read in (load_key, public_of):
        with pytest.raises(McredError) as refused:
            read(data)
        assert refused.value.hint


def with_lines(*extra: bytes) -> bytes:
    head, _, body = GOOD.partition(b"\n\n")
    return b"\n".join((head, *extra)) + b"\n\n" + body


ARMOR = sign(PAYLOAD, KEY)
BLOB = base64.b64decode("".join(ARMOR.splitlines()[1:-1]))


def rearmor(blob: bytes) -> str:
    return f"-----BEGIN SSH SIGNATURE-----\n{base64.b64encode(blob).decode()}\n-----END SSH SIGNATURE-----\n"


def strings(*parts: bytes) -> bytes:
    return b"".join(struct.pack("!L", len(part)) + part for part in parts)


def odd(
    digest: bytes = b"sha512",
    *,
    meant: bytes = b"git",
    said: bytes = b"git",
    kind: bytes = b"ssh-ed25519",
    more: tuple[bytes, ...] = (),
) -> str:
    """A signature that is right in itself, but over a digest that can be forged, `meant` for something else,
    with a wrong word about that, of another kind than its key, or by a key with parts added."""
    from mcred.store import signatures as module

    made = hashlib.new(digest.decode(), PAYLOAD, usedforsecurity=False).digest()
    raw = module._load_private(KEY.private).sign(b"SSHSIG" + strings(meant, b"", digest, made))
    public = base64.b64decode(KEY.public.split()[1]) + strings(*more)
    return rearmor(b"SSHSIG\0\0\0\1" + strings(public, said, b"", digest, strings(kind, raw)))


def test_the_builder_of_odd_signatures_builds_good_ones_too() -> None:
    assert signer_of(signed(PAYLOAD, odd(b"sha512"))) == KEY.public
    assert signer_of(signed(PAYLOAD, odd(b"sha256"))) == KEY.public


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(PAYLOAD, id="unsigned"),
        pytest.param(GOOD.replace(b"Save", b"save"), id="message changed"),
        pytest.param(GOOD.replace(b"author A", b"author B"), id="author changed"),
        pytest.param(GOOD.replace(b"\n\nSave", b"\nextra x\n\nSave"), id="header added"),
        pytest.param(signed(GOOD, sign(GOOD, KEY)), id="two signatures, nested"),
        pytest.param(signed(GOOD, ARMOR), id="two signatures, same"),
        pytest.param(with_lines(b"gpgsig-sha256 x"), id="a header git leaves out"),
        pytest.param(signed(HIDING, sign(HIDING, KEY)), id="signed over a header git leaves out"),
        pytest.param(with_lines(b"gpgsigned yes"), id="a header git leaves out by its beginning"),
        pytest.param(signed(PAYLOAD, ARMOR, "gpgsig-sha256"), id="the other hash"),
        pytest.param(PAYLOAD + signed(PAYLOAD, ARMOR), id="a signature in the message"),
        pytest.param(signed(PAYLOAD, "junk\n" + ARMOR), id="text before"),
        pytest.param(signed(PAYLOAD, ARMOR + "junk"), id="text after"),
        pytest.param(signed(PAYLOAD, ARMOR + ARMOR), id="two in one header"),
        pytest.param(signed(PAYLOAD, ARMOR.replace("SSH SIGNATURE", "PGP SIGNATURE")), id="PGP"),
        pytest.param(signed(PAYLOAD, rearmor(BLOB[:-10])), id="cut"),
        pytest.param(signed(PAYLOAD, rearmor(b"")), id="empty"),
        pytest.param(signed(PAYLOAD, rearmor(b"SSHSIG\0\0\0\2" + BLOB[10:])), id="version 2"),
        pytest.param(
            signed(PAYLOAD, rearmor(b"SSHSIG\0\0\0\1\xff\xff\xff\xff")), id="a length beyond the end"
        ),
        pytest.param(
            signed(PAYLOAD, rearmor(BLOB.replace(b"ssh-ed25519", b"ssh-ed25518"))), id="unknown key kind"
        ),
        pytest.param(signed(PAYLOAD, rearmor(BLOB + b"x")), id="bytes left over"),
        pytest.param(
            signed(PAYLOAD, rearmor(BLOB[:105] + b"\x08" + BLOB[106:])), id="inner length beyond the end"
        ),
        pytest.param(signed(PAYLOAD, odd(b"md5")), id="MD5"),
        pytest.param(signed(PAYLOAD, odd(b"sha1")), id="SHA-1"),
        pytest.param(signed(PAYLOAD, odd(meant=b"file", said=b"file")), id="meant for a file"),
        pytest.param(signed(PAYLOAD, odd(meant=b"file")), id="meant for a file, and not said"),
        pytest.param(signed(PAYLOAD, odd(said=b"file")), id="said to be for a file"),
        pytest.param(signed(PAYLOAD, odd(kind=b"ssh-rsa")), id="of another kind than its key"),
        pytest.param(signed(PAYLOAD, odd(more=(b"x",))), id="a key with a part more"),
        pytest.param(signed(PAYLOAD, rearmor(BLOB + b"x" * 20_000)), id="huge"),
        pytest.param(signed(PAYLOAD, "é" + ARMOR), id="not ASCII"),
        pytest.param(GOOD.replace(b"\n\n", b"\n"), id="no blank line"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"gpgsig \n\n", id="an empty header"),
    ],
)
def test_no_ones_signature(raw: bytes) -> None:
    assert signer_of(raw) is None


@given(st.binary(max_size=300))
def test_hostile_bytes_never_raise(data: bytes) -> None:
    assert signer_of(data) is None
    assert signer_of(HEAD + b"\ngpgsig " + data + b"\n\nx") is None
    assert signer_of(signed(PAYLOAD, rearmor(b"SSHSIG\0\0\0\1" + data))) is None


@settings(max_examples=200)
@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_any_single_changed_byte_is_noticed(at: int, by: int) -> None:
    changed = bytearray(GOOD)
    changed[at] ^= by
    try:
        payload, armored = split_signature(bytes(changed))
        same = payload == PAYLOAD and base64.b64decode("".join(armored.split("\n")[1:-1])) == BLOB
    except ValueError:
        same = False
    assert signer_of(bytes(changed)) in (None, KEY.public if same else None)


@given(st.binary(max_size=200), st.text(max_size=40))
def test_signs_any_payload(body: bytes, name: str) -> None:
    clean = name.encode("utf-8", "replace").replace(b"\n", b" ")
    payload = HEAD + b"\nx " + clean + b"\n\n" + body
    assert signer_of(signed(payload, sign(payload, KEY))) == KEY.public

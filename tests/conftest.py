"""Every test runs in a world of its own: no home, no git configuration, no network."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest


class NetworkUsedInATest(RuntimeError):
    """A test tried to leave this computer; give it a bare repository or a local server instead."""


@pytest.fixture(autouse=True)
def pinned_world(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Home and configuration are empty folders, git's own variables are gone, the network is refused."""
    home = tmp_path_factory.mktemp("home")
    for name in list(os.environ):
        if name.startswith(("GIT_", "XDG_", "MCRED_", "SSH_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    for name, folder in (
        ("CONFIG", ".config"),
        ("DATA", ".local/share"),
        ("STATE", ".state"),
        ("CACHE", ".cache"),
    ):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / folder))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setattr(socket.socket, "connect", _connect_locally)


_connect = socket.socket.connect


def _connect_locally(self: socket.socket, address: Any) -> None:
    local = self.family not in (socket.AF_INET, socket.AF_INET6) or address[0] in (
        "127.0.0.1",
        "::1",
        "localhost",
    )
    if not local:
        raise NetworkUsedInATest(f"connect to {address!r}")
    _connect(self, address)


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """An empty folder whose name needs care: a space and a letter with an accent."""
    folder = tmp_path / "my école"
    folder.mkdir()
    return folder

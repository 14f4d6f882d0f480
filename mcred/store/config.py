"""Reading and writing a repository's git configuration, and the user's ssh command."""

from __future__ import annotations

import re
from pathlib import Path

from mcred.problems import McredError
from mcred.store.address import parse_address
from mcred.store.files.settings import parse_settings
from mcred.store.git import Repo, attempt, run
from mcred.store.options import SSH_OPTIONS
from mcred.store.session import session

_CONFIG_KEY = re.compile(r"[a-z][a-z0-9]*(?:\.[A-Za-z0-9_-]+)*\.[a-zA-Z][a-zA-Z0-9-]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def read_config(repo: Repo, key: str) -> str | None:
    """A value of the repository's local configuration, or None."""
    _check_key(key)
    kept = session()
    if kept is None:
        value = run(repo, "config", "--local", "--null", "--get", key, ok=(0, 1))
        return value.rstrip(b"\0").decode("utf-8", "replace") if value else None
    # git writes its settings into a new file each time, and renames that.
    file = repo.common_dir / "config"
    info = file.stat() if file.exists() else None
    state = (repo.git_dir, info and (info.st_ino, info.st_mtime_ns, info.st_size))
    values: dict[str, str] | None = kept.kept("settings", state)
    if values is None:
        values = parse_settings(file)
        if values is None:
            values = {}
            for line in run(repo, "config", "--local", "--null", "--list").split(b"\0")[:-1]:
                name, _, text = line.decode("utf-8", "replace").partition("\n")
                values[name] = text
        kept.keep("settings", state, values)
    # git writes section and name in lower case, and keeps the case of the subsection between them.
    section, _, rest = key.partition(".")
    between, dot, name = rest.rpartition(".")
    return values.get(f"{section.lower()}.{between}{dot}{name.lower()}")


def write_config(repo: Repo, key: str, value: str) -> None:
    """Set one value of the repository's local configuration."""
    _check_key(key)
    if _CONTROL.search(value):
        raise McredError(
            f"the value for {key} contains a line break or a control character",
            hint="type it again on one line",
        )
    run(repo, "config", "--local", "--replace-all", key, value)


def remote_url(repo: Repo) -> str | None:
    """The URL of the remote `origin`, or None when it is not set."""
    return read_config(repo, "remote.origin.url")


def set_remote(repo: Repo, url: str, *, base: Path | None = None) -> None:
    """Set the URL of `origin`. A relative path is resolved against `base`, or else the work tree."""
    address = parse_address(url, base=base or repo.work_tree or repo.git_dir)
    write_config(repo, "remote.origin.url", address)
    # No leading plus: a published branch may only fast-forward.
    write_config(repo, "remote.origin.fetch", "refs/heads/*:refs/remotes/origin/*")


_NARROW = ("core.sparseCheckout", "core.sparseCheckoutCone", "index.sparse")


def set_narrow(repo: Repo) -> None:
    """Let a folder hold only some of the files, as git's own sparse checkout does."""
    for key in _NARROW:
        write_config(repo, key, "true")


def is_narrow(repo: Repo) -> bool:
    """Whether a folder holds only some of the files; its user may have ended that with git."""
    if read_config(repo, _NARROW[0]) != "true":
        return False
    asked = ("config", "--type=bool", "--get", _NARROW[0])
    return not (repo.git_dir / "config.worktree").exists() or run(repo, *asked, ok=(0, 1)) == b"true\n"


def ssh_command(*, interactive: bool) -> str:
    """The value of GIT_SSH_COMMAND: the user's own ssh command, without prompts unless `interactive`."""
    # Only the user's own configuration: the repository's could name any program.
    own = attempt(None, "config", "--global", "--get", "core.sshCommand").out.decode("utf-8", "replace")
    command = own.strip() or "ssh"
    return command if interactive else f"{command} {SSH_OPTIONS}"


def _check_key(key: str) -> None:
    if not _CONFIG_KEY.fullmatch(key):
        raise ValueError(f"not a configuration key: {key!r}")

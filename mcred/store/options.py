"""The options and environment variables of every git call."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

# A hook on a server runs inside git's quarantine: without these three it cannot see the pushed objects.
QUARANTINE = ("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH")

# Kept, because the administrator (and the tests) choose the configuration files, and a user who can set
# these could as well edit the files.
CONFIG_PLACES = ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM")

# git maps packs whole, up to 32 GB; in small windows, looking whether what arrived is whole takes as long
# and a quarter of the memory (bench/README.md).
LEAN: Mapping[str, str] = {"core.packedGitLimit": "32m", "core.packedGitWindowSize": "1m"}

OPTIONS = (
    f"core.hooksPath={os.devnull}",
    f"core.attributesFile={os.devnull}",
    "core.fsmonitor=false",
    "core.quotePath=false",
    "core.protectNTFS=true",
    "core.protectHFS=true",
    # Two commands of one user may compete for a ref's lock; waiting is better than an error.
    "core.filesRefLockTimeout=5000",
    "core.packedRefsTimeout=5000",
    "core.askPass=",
    *(f"{key}={value}" for key, value in LEAN.items()),
    "protocol.ext.allow=never",
    "diff.external=",
    "submodule.recurse=false",
    "fetch.recurseSubmodules=false",
    "push.recurseSubmodules=no",
    "push.followTags=false",
    "push.gpgSign=false",
    "log.showSignature=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "http.lowSpeedLimit=100",
    "http.lowSpeedTime=60",
    # Of git-lfs: what one is told to fetch or leave out elsewhere does not apply here, and nothing is locked.
    # A path from each repository's own folder: a folder that is the remote gets this option too.
    "lfs.storage=lfs",
    "lfs.fetchInclude=",
    "lfs.fetchExclude=",
    "lfs.locksVerify=false",
)
SSH_OPTIONS = "-oBatchMode=yes -oConnectTimeout=20 -oServerAliveInterval=15"

TALKS = frozenset({"fetch", "ls-remote", "push"})
"""The commands that talk to the remote, and need to know what a shallow clone lacks."""

ENVIRONMENT = {
    "LC_ALL": "C.UTF-8",
    "LANGUAGE": "",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    # A copied folder may say that the history ends early or that a commit has other parents.
    "GIT_SHALLOW_FILE": "",
    "GIT_GRAFT_FILE": "",
    # A partial clone would fetch each missing object, through whatever program the folder names.
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "",
    # git-lfs otherwise tells only a terminal how far it is.
    "GIT_LFS_FORCE_PROGRESS": "1",
    # Used in reflogs only; a commit's author and committer are written by store/write.
    "GIT_COMMITTER_NAME": "mcred",
    "GIT_COMMITTER_EMAIL": "mcred@localhost",
}


def settings_places(environment: Mapping[str, str]) -> tuple[Path, ...]:
    """The user's global git configuration files, in git's order."""
    named = environment.get("GIT_CONFIG_GLOBAL")
    home = environment.get("HOME") or environment.get("USERPROFILE")
    base = Path(home) if home else None
    xdg = environment.get("XDG_CONFIG_HOME") or (base and base / ".config")
    places = [Path(named)] if named else [xdg and Path(xdg, "git", "config"), base and base / ".gitconfig"]
    return tuple(place for place in places if place)

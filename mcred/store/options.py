"""What git is told on every call, and what it may see of the environment."""

from __future__ import annotations

import os

# A hook on a server runs inside git's quarantine: without these three it cannot see what was sent.
QUARANTINE = ("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH")

# Which configuration files git reads is the administrator's choice (and the tests'), not a caller's trick:
# whoever can set them could as well edit the files.
CONFIG_PLACES = ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM")

OPTIONS = (
    f"core.hooksPath={os.devnull}",
    f"core.attributesFile={os.devnull}",
    "core.fsmonitor=false",
    "core.quotePath=false",
    "core.protectNTFS=true",
    "core.protectHFS=true",
    # Two commands of one person may meet at a ref's lock; waiting is better than an error.
    "core.filesRefLockTimeout=5000",
    "core.packedRefsTimeout=5000",
    "core.askPass=",
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
)
SSH_OPTIONS = "-oBatchMode=yes -oConnectTimeout=20 -oServerAliveInterval=15"

ENVIRONMENT = {
    "LC_ALL": "C.UTF-8",
    "LANGUAGE": "",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_ALLOW_PROTOCOL": "https:ssh:file",
    # Only the diary of refs shows these two; a commit's people are written by store/write.
    "GIT_COMMITTER_NAME": "mcred",
    "GIT_COMMITTER_EMAIL": "mcred@localhost",
}

"""The `pre-receive` hook that mcred installs at a remote."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import msgspec

import mcred
from mcred.store.shared import HOOK_FORM


def own_hook() -> str:
    """A hook that starts this installed mcred, with the paths it needs."""
    places = dict.fromkeys(str(Path(m.__file__ or "").parents[1]) for m in (mcred, msgspec))
    return hook(sys.executable, os.pathsep.join(places))


def hook(python: str, places: str) -> str:
    """The text of the remote's `pre-receive` hook, which starts mcred and runs nothing from the push.

    It runs as the user who pushes: it ignores their git and Python settings, and where they cannot run the
    maintainer's Python, it uses an mcred of their own. Without any, every push is rejected.
    """
    from shlex import quote

    return f"""#!/bin/sh
# Made by mcred {HOOK_FORM}: holds what arrives to the program's rules. "mcred doctor --fix" renews it.
PYTHON={quote(python)}
PLACES={quote(places)}
START='
import os, sys
sys.path[:0] = sys.argv.pop(1).split(os.pathsep)
try:
    from mcred.cli.app import main
except ImportError:
    sys.exit(97)
main()
'
GIT_CONFIG_GLOBAL=/dev/null
export GIT_CONFIG_GLOBAL
if [ -x "$PYTHON" ]; then
  "$PYTHON" -I -c "$START" "$PLACES" --no-input guard
  code=$?
  case $code in 97|126|127) ;; *) exit $code ;; esac
fi
if command -v mcred >/dev/null 2>&1; then
  exec mcred --no-input guard
fi
echo "mcred: the check on this server does not start ($PYTHON), and no other mcred is installed" >&2
echo "Next: install mcred for all users of that computer, then run there: mcred doctor --fix" >&2
exit 1
"""

"""What a program needs: time on the clock, time of the processors, memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """One run: seconds on the clock, seconds of all its processors, the most memory of one process in MiB."""

    wall: float
    cpu: float
    memory: float


def cost_of(words: Sequence[str], at: Path) -> Cost:
    """What a program and all it starts need. Raises CalledProcessError when it fails."""
    probe = (
        "import json,os,resource,subprocess,sys,time;b=time.perf_counter();"
        "r=subprocess.run(sys.argv[1:],stdin=subprocess.DEVNULL,stdout=subprocess.DEVNULL).returncode;"
        "u=resource.getrusage(resource.RUSAGE_CHILDREN);"
        "print(json.dumps([time.perf_counter()-b,u.ru_utime+u.ru_stime,u.ru_maxrss/1024]));sys.exit(r)"
    )
    own = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    whole = [sys.executable, "-c", probe, *words]
    done = subprocess.run(whole, cwd=at, env=own, capture_output=True, check=False)
    if done.returncode:
        sys.stderr.write(done.stderr.decode("utf-8", "replace"))
        done.check_returncode()
    wall, cpu, memory = json.loads(done.stdout)
    return Cost(wall=wall, cpu=cpu, memory=memory)

"""All that is asked about speed, one part after another: about two hours on 2 cores.

python -m bench DIR
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

PARTS = ("everyday", "audit", "site", "network")


def main() -> None:
    """Run each part in a folder of its own below DIR. Fails where one of them fails."""
    parser = argparse.ArgumentParser(description="All that is asked about speed.")
    parser.add_argument("place", type=Path)
    place = parser.parse_args().place.resolve()
    for part in PARTS:
        print(f"\n## {part}\n", flush=True)
        (place / part).mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-m", f"bench.{part}", str(place / part)], check=True)


if __name__ == "__main__":
    main()

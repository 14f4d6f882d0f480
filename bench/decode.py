"""How long reading one record takes, beside `json.loads` of the same bytes.

python -m bench.decode
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from mcred.formats.decode import decode
from mcred.formats.encode import encode
from tests.school import a_decision, a_request, an_assessment

TIMES, ROUNDS = 1000, 9


def microseconds(act: Callable[[], object]) -> float:
    """Processors' time of one call, the best of some rounds."""
    found = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        for _ in range(TIMES):
            act()
        found.append((time.process_time() - begun) / TIMES * 1e6)
    return min(found)


def main() -> None:
    """Print a table."""
    print("| record | bytes | decode | json.loads | ratio |\n|---|---|---|---|---|")
    for value in (a_decision(), a_request(), an_assessment()):
        data, shape = encode(value), type(value)
        ours = microseconds(lambda data=data, shape=shape: decode(data, shape, "r.json"))  # type: ignore[misc]
        plain = microseconds(lambda data=data: json.loads(data))  # type: ignore[misc]
        print(f"| {shape.__name__} | {len(data)} | {ours:.1f} µs | {plain:.1f} µs | {ours / plain:.1f} |")


if __name__ == "__main__":
    main()

"""Stands in for the program ssh, and breaks the line: git's other half runs on this computer.

Started as `ssh HOST COMMAND` for each connection, without site packages. `KILLS_LINE` names a folder that
notes each connection of a command with the bytes that went there and came back; `KILLS_CUT` says which
connection (from 0) breaks: `NUMBER there BYTES` after so many bytes went there, `NUMBER back BYTES` after so
many came back, while the other side has all that was sent and goes on.
"""

import contextlib
import os
import selectors
import subprocess
import sys


def main() -> int:
    """One connection, whole or cut."""
    folder, cut = os.environ["KILLS_LINE"], os.environ.get("KILLS_CUT", "- - 0").split()
    number = len(os.listdir(folder))  # noqa: PTH208 (the fewest imports)
    is_cut = str(number) == cut[0]
    most = {"there": -1, "back": -1}
    if is_cut:
        most[cut[1]] = int(cut[2])
    note = os.open(f"{folder}/{number:03}", os.O_WRONLY | os.O_CREAT)
    other = subprocess.Popen(sys.argv[-1], shell=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S602
    assert other.stdin is not None and other.stdout is not None
    moved = {"there": 0, "back": 0}
    lines = {0: (other.stdin.fileno(), "there"), other.stdout.fileno(): (1, "back")}
    broken = most["there"] == 0 or most["back"] == 0
    with selectors.DefaultSelector() as waiting:
        for source in lines:
            waiting.register(source, selectors.EVENT_READ)
        while not broken and other.stdout.fileno() in waiting.get_map():
            for key, _ in waiting.select():
                source = int(key.fd)
                target, way = lines[source]
                data = os.read(source, 65536)
                if 0 <= most[way] <= moved[way] + len(data):
                    data, broken = data[: most[way] - moved[way]], True
                with contextlib.suppress(BrokenPipeError):
                    _write(target, data)
                moved[way] += len(data)
                if not data or broken:
                    waiting.unregister(source)
                    if source == 0 and not broken:
                        other.stdin.close()
                if broken:
                    break
    os.write(note, f"{moved['there']} {moved['back']}".encode())
    if not broken:
        return other.wait()
    os.close(1)
    with contextlib.suppress(BrokenPipeError):
        other.stdin.close()
    while other.stdout.read(65536):
        continue
    other.wait()
    sys.stderr.write("Connection closed by remote host\n")
    return 255


def _write(target: int, data: bytes) -> None:
    while data:
        data = data[os.write(target, data) :]


if __name__ == "__main__":
    sys.exit(main())

"""Follows a program and all that it starts, and stops them at one of the places where they change a file.

Linux only: a filter in the kernel (seccomp) stops each process before a system call that makes, changes,
renames or removes a file, and `ptrace` tells this process of it. So the writes of Python, of SQLite, of git
and of git's other half at the remote are counted in one row, and nothing in the product knows of it.
"""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import struct
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Victim = Literal["computer", "program", "there"]
"""Who ends: everything that runs, only the command (what it started goes on), only the other side's git."""

_CALLS: dict[str, dict[int, tuple[str, tuple[int, ...]]]] = {
    # Number → name and, for each path that it changes, the place of its folder's handle and of its name
    # among the arguments (-1: no handle).
    "x86_64": {
        1: ("write", ()),
        18: ("write", ()),
        77: ("truncate", ()),
        76: ("truncate", (-1, 0)),
        257: ("open", (0, 1)),
        2: ("open", (-1, 0)),
        82: ("rename", (-1, 1)),
        264: ("rename", (2, 3)),
        316: ("rename", (2, 3)),
        83: ("mkdir", (-1, 0)),
        258: ("mkdir", (0, 1)),
        84: ("remove", (-1, 0)),
        87: ("remove", (-1, 0)),
        263: ("remove", (0, 1)),
        86: ("link", (-1, 1)),
        265: ("link", (2, 3)),
        266: ("link", (1, 2)),
        88: ("link", (-1, 1)),
    },
    "aarch64": {
        64: ("write", ()),
        68: ("write", ()),
        46: ("truncate", ()),
        45: ("truncate", (-1, 0)),
        56: ("open", (0, 1)),
        38: ("rename", (2, 3)),
        276: ("rename", (2, 3)),
        34: ("mkdir", (0, 1)),
        35: ("remove", (0, 1)),
        37: ("link", (2, 3)),
        36: ("link", (1, 2)),
    },
}
_MACHINE = platform.machine()
CAN_TRACE = sys.platform == "linux" and _MACHINE in _CALLS
_TRACEME, _CONT, _SETOPTIONS, _GETEVENTMSG, _CALL_INFO = 0, 7, 0x4200, 0x4201, 0x420E
_FORKED, _SECCOMP = (1, 2, 3), 7
_OPTIONS = 0x2 | 0x4 | 0x8 | 0x10 | 0x80 | 0x100000  # fork, vfork, clone, exec, seccomp; end with the tracer
_NO_NEW_PRIVILEGES, _SET_SECCOMP = 38, 22
_MAKES = os.O_CREAT | os.O_TRUNC
_AT_FDCWD = -100
_WALL = 0x40000000


@dataclass(frozen=True, slots=True)
class Effect:
    """One change of a file: which program makes it, of what kind, and where."""

    program: str
    kind: str
    path: str


@dataclass(slots=True)
class Watched:
    """What became of a program: its exit code (negative: the signal that ended it) and its effects."""

    code: int = 0
    effects: list[Effect] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Stop:
    """Before which effect (from 1) who is ended; 0: no one."""

    at: int = 0
    victim: Victim = "computer"


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _ptrace(request: int, pid: int, address: int = 0, data: int = 0) -> int:
    libc = _libc()
    libc.ptrace.restype = ctypes.c_long
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    done: int = libc.ptrace(request, pid, address, data)
    return done


def _filter() -> bytes:
    """The kernel's program: stop before the calls of the table, opening only where a file may be made."""
    calls = _CALLS[_MACHINE]
    load_number = struct.pack("HBBI", 0x20, 0, 0, 0)
    allow, tell = struct.pack("HBBI", 0x06, 0, 0, 0x7FFF0000), struct.pack("HBBI", 0x06, 0, 0, 0x7FF00000)
    rows = [load_number]
    for number, (kind, names) in calls.items():
        if kind == "open":
            argument = names[1] + 1
            rows += [
                struct.pack("HBBI", 0x15, 0, 4, number),
                struct.pack("HBBI", 0x20, 0, 0, 16 + 8 * argument),
                struct.pack("HBBI", 0x45, 0, 1, _MAKES),
                tell,
                allow,
            ]
        else:
            rows += [struct.pack("HBBI", 0x15, 0, 1, number), tell]
    return b"".join([*rows, allow])


def _begin() -> None:
    """In the process that is to be followed: wait for the tracer, then set the filter."""
    _ptrace(_TRACEME, 0)
    os.kill(os.getpid(), signal.SIGSTOP)
    program = _filter()
    kept = ctypes.create_string_buffer(program, len(program))
    head = struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(kept))
    buffer = ctypes.create_string_buffer(head, len(head))
    libc = _libc()
    libc.prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) or libc.prctl(
        _SET_SECCOMP, 2, ctypes.addressof(buffer), 0, 0
    ):
        os._exit(125)


class _Tracer:
    def __init__(self, root: int, below: Sequence[str], stop: Stop) -> None:
        self.root, self.below, self.stop = root, tuple(below), stop
        self.parents: dict[int, int] = {root: 0}
        self.found = Watched()
        self.is_done = False

    def run(self) -> Watched:
        os.waitpid(self.root, 0)
        _ptrace(_SETOPTIONS, self.root, 0, _OPTIONS)
        _ptrace(_CONT, self.root)
        live = {self.root}
        while live:
            try:
                pid, status = os.waitpid(-1, _WALL)
            except ChildProcessError:
                break
            if not os.WIFSTOPPED(status):
                live.discard(pid)
                if pid == self.root:
                    self.found.code = os.waitstatus_to_exitcode(status)
                continue
            self._on_stop(pid, status, live)
        return self.found

    def _on_stop(self, pid: int, status: int, live: set[int]) -> None:
        sign, event, hand_on = os.WSTOPSIG(status), status >> 16, 0
        if event in _FORKED:
            message = ctypes.c_ulong()
            _ptrace(_GETEVENTMSG, pid, 0, ctypes.addressof(message))
            self.parents[message.value] = pid
            live.add(message.value)
        elif event == _SECCOMP:
            self._on_call(pid, live)
        elif not event and sign not in (signal.SIGTRAP, signal.SIGSTOP):
            hand_on = sign
        live.add(pid)
        _ptrace(_CONT, pid, 0, hand_on)

    def _on_call(self, pid: int, live: set[int]) -> None:
        info = ctypes.create_string_buffer(88)
        if _ptrace(_CALL_INFO, pid, 88, ctypes.addressof(info)) <= 0:
            return
        number, *words = struct.unpack_from("Q6Q", info.raw, 24)
        kind, names = _CALLS[_MACHINE][number]
        path = self._path(pid, kind, names, words)
        if path is None or not path.startswith(self.below) or not _is_effect(kind, path):
            return
        program = self._program(pid)
        self.found.effects.append(Effect(program, kind, path))
        if len(self.found.effects) == self.stop.at and not self.is_done:
            self.is_done = True
            self._end(pid, live)

    def _path(self, pid: int, kind: str, names: Sequence[int], words: Sequence[int]) -> str | None:
        try:
            if not names:
                return str(Path(f"/proc/{pid}/fd/{words[0]}").readlink())
            handle, name = names
            with Path(f"/proc/{pid}/mem").open("rb", 0) as memory:
                memory.seek(words[name])
                text = os.fsdecode(memory.read(4096).partition(b"\0")[0])
            if text.startswith("/"):
                return text
            folder = ctypes.c_int(words[handle] & 0xFFFFFFFF).value if handle >= 0 else _AT_FDCWD
            at = "cwd" if folder == _AT_FDCWD else f"fd/{folder}"
            return os.path.normpath(Path(f"/proc/{pid}/{at}").readlink() / text)
        except OSError:
            return None

    def _program(self, pid: int) -> str:
        """`git push`, `mcred`: the words of a process that tell what it does."""
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")
        except OSError:
            return "gone"
        base = Path(words[0]).name
        if base != "git":
            return "mcred" if base.startswith("python") else base
        skipped = iter(words[1:])
        rest = [w for w in skipped if w != "-c" or next(skipped, None) is None]
        return " ".join([base, *[w for w in rest if not w.startswith("-")][:1]])

    def _end(self, pid: int, live: set[int]) -> None:
        if self.stop.victim == "computer":
            dying = set(live)
        elif self.stop.victim == "program":
            dying = {self.root}
        else:
            dying = self._there(pid, live)
        for one in dying:
            with suppress(ProcessLookupError):  # it is ending, and was not waited for yet
                os.kill(one, signal.SIGKILL)

    def _there(self, pid: int, live: set[int]) -> set[int]:
        """The other side's git: the highest process above this one that receives or sends, and all below."""
        top, above = pid, pid
        while above := self.parents.get(above, 0):
            if "-pack" in self._program(above):
                top = above
        return {one for one in live if self._is_below(one, top)}

    def _is_below(self, pid: int, top: int) -> bool:
        while pid and pid != top:
            pid = self.parents.get(pid, 0)
        return pid == top


def _is_effect(kind: str, path: str) -> bool:
    """Whether a call changes what anybody could find: not what git makes aside, nor what is so already."""
    if "/tmp_obj" in path:  # noqa: S108 (of git, in its own folder)
        return False
    return os.path.lexists(path) if kind == "remove" else kind != "mkdir" or not os.path.lexists(path)


def follow(run: Callable[[], int], below: Sequence[str], stop: Stop) -> Watched:
    """Run a function in a process of its own and stop as told; what it did below some folders."""
    child = os.fork()
    if child == 0:
        code = 126
        try:
            _begin()
            code = run()
        finally:
            os._exit(code)
    return _Tracer(child, below, stop).run()

"""What the kernel tells of processes, any of which may end at any moment: their children, and whether they live."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .waiting import eventually


def children(parent: int) -> list[int]:
    """The processes that it has started, each by one of its threads; one that has just ended has none."""
    threads: list[str] = []
    with suppress(FileNotFoundError, ProcessLookupError):
        threads = [thread.name for thread in Path(f"/proc/{parent}/task").iterdir()]
    return [int(child) for thread in threads for child in told(parent, f"task/{thread}/children").split()]


def tree(parent: int) -> list[int]:
    """All processes below that one."""
    own = children(parent)
    return own + [below for child in own for below in tree(child)]


def alive(pid: int) -> bool:
    """Whether the process exists and is no zombie."""
    return state(pid) not in ("", "Z", "X")


def state(pid: int) -> str:
    """The letter of its state; nothing for a process that is gone."""
    return told(pid, "stat").rpartition(")")[2].strip()[:1]


def command_of(pid: int) -> list[str]:
    """The words of its command line; none for a process that is gone or a zombie."""
    return told(pid, "cmdline").split("\0")[:-1]


def told(pid: int, name: str) -> str:
    """A file of /proc about it; nothing for a process that is gone."""
    try:
        return Path(f"/proc/{pid}/{name}").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""


@contextmanager
def standing_still(root: int) -> Iterator[None]:
    """Stops the process and its children: first itself, so that it starts no more of them."""
    stopped = [root]
    try:
        os.kill(root, signal.SIGSTOP)
        eventually(f"process {root} stands still", lambda: state(root) == "T", every=0.01)
        for child in children(root):
            stopped.append(child)
            _send(child, signal.SIGSTOP)
        yield
    finally:
        for pid in stopped:
            _send(pid, signal.SIGCONT)


def _send(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)

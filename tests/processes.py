"""What the kernel tells of processes: their children, and whether they live."""

from pathlib import Path


def children(parent: int) -> list[int]:
    """The processes that it has started; one that has just ended has none."""
    found: list[int] = []
    for listed in Path(f"/proc/{parent}/task").glob("*/children"):  # a child belongs to the thread that started it
        try:
            found += map(int, listed.read_text(encoding="ascii").split())
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def tree(parent: int) -> list[int]:
    """All processes below that one."""
    own = children(parent)
    return own + [below for child in own for below in tree(child)]


def alive(pid: int) -> bool:
    """Whether the process exists and is no zombie."""
    return state(pid) not in ("", "Z", "X")


def state(pid: int) -> str:
    """The letter of its state; nothing for a process that is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""

"""Looks at process trees through /proc: processor time and memory."""

import os
import resource
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")
_PARENT, _USER, _SYSTEM, _ENDED_USER, _ENDED_SYSTEM = 1, 11, 12, 13, 14  # fields of /proc/PID/stat behind the name


@dataclass(frozen=True)
class Memory:
    """Of one process, bytes: `pss` counts shared pages by the share of each process, `private` not at all."""

    pss: int
    rss: int
    private: int


def tree(root: int) -> list[int]:
    """The process and all its descendants."""
    children: dict[int, list[int]] = {}
    for pid in (int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()):
        fields = _stat(pid)
        if fields:
            children.setdefault(int(fields[_PARENT]), []).append(pid)
    return list(_descend(root, children))


def _descend(pid: int, children: dict[int, list[int]]) -> Iterator[int]:
    yield pid
    for child in children.get(pid, []):
        yield from _descend(child, children)


def cpu_seconds(pids: list[int]) -> float:
    """Processor time that these processes have used so far; those that are gone count as nothing."""
    found = [fields for pid in pids if (fields := _stat(pid))]
    return sum(int(fields[_USER]) + int(fields[_SYSTEM]) for fields in found) / _TICKS


def below_seconds() -> float:
    """Processor time of all that descends from this process, of what has ended too."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    below = [fields for pid in tree(os.getpid())[1:] if (fields := _stat(pid))]
    ticks = sum(int(fields[one]) for fields in below for one in (_USER, _SYSTEM, _ENDED_USER, _ENDED_SYSTEM))
    return ended.ru_utime + ended.ru_stime + ticks / _TICKS


def command_of(pid: int) -> str:
    """The command line, or nothing when the process is gone."""
    with suppress(OSError):
        return (_PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    return ""


def memory_of(pid: int) -> Memory | None:
    """What the process occupies; None when it is gone."""
    with suppress(OSError):
        sizes = {
            name: int(rest.split()[0]) * 1024
            for name, _, rest in (
                line.partition(":")
                for line in (_PROC / str(pid) / "smaps_rollup").read_text(encoding="ascii").splitlines()[1:]
            )
        }
        return Memory(sizes["Pss"], sizes["Rss"], sizes["Private_Clean"] + sizes["Private_Dirty"])
    return None


def _stat(pid: int) -> list[str]:
    with suppress(OSError):
        return (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    return []

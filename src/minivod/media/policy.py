"""What a process of ours may do: its limits, the identity it takes, and the paths it may see."""

import json
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path

from minivod.media import confine

Argument = str | Path
LAUNCHER = Path(confine.__file__)
_NOBODY = 65534
_PACKAGE = LAUNCHER.parent.parent
_SYSTEM = (
    "/usr/lib", "/lib", "/lib64", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache", "/dev/null", "/dev/urandom",
    "/proc/cpuinfo", "/proc/meminfo", "/proc/self", "/sys/devices/system/cpu",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a confined tool may use: bytes and seconds; `stall` is the longest time without progress.

    `nice` is added to its niceness: the system then prefers others while processors are short.
    """

    memory: int = 2 * 1024**3
    cpu: int = 12 * 3600
    wall: float = 12 * 3600.0
    file_size: int = 64 * 1024**3
    open_files: int = 128
    processes: int = 512
    stall: float = 120.0
    nice: int = 0


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What `confine.py` does before it becomes the program."""

    parent: int = field(default_factory=os.getpid)
    death_signal: int = signal.SIGKILL
    uid: int | None = None
    gid: int | None = None
    cwd: str | None = None
    confined: bool = False
    nice: int = 0
    limits: dict[str, int] = field(default_factory=dict)
    programs: list[str] = field(default_factory=list)
    listable: list[str] = field(default_factory=list)
    readable: list[str] = field(default_factory=list)
    writable: list[str] = field(default_factory=list)

    def argv(self, program: Sequence[Argument]) -> list[str]:
        """The command line of the launcher for that program."""
        return [sys.executable, "-I", "-S", str(LAUNCHER), json.dumps(asdict(self)), *map(str, program)]


def confined(
    program: str, limits: Limits, *, directory: Path, writable: Path | None, readable: Sequence[str] = ()
) -> Policy:
    """The policy of a tool for unknown media.

    Args:
        program: absolute path of the tool.
        limits: of its resources.
        directory: what it may read, and its working directory.
        writable: what it may also write.
        readable: what it may read besides.
    """
    uid = unprivileged_user(program)
    return Policy(
        uid=uid,
        gid=uid,
        cwd=str(directory),
        confined=True,
        nice=limits.nice,
        limits={
            "AS": limits.memory,
            "CPU": limits.cpu,
            "FSIZE": limits.file_size,
            "NOFILE": limits.open_files,
            "CORE": 0,
            # The kernel counts all processes of a user: only for one whose others are tools too.
            **({"NPROC": limits.processes} if uid is not None else {}),
        },
        programs=[*_SYSTEM, *_program_paths(), program],
        listable=[str(_PACKAGE.parent)],
        readable=[str(directory), *readable],
        writable=[str(writable)] if writable else [],
    )


@cache
def unprivileged_user(program: str) -> int | None:
    """Whom a tool runs as when we are root; None: ourselves without capabilities, as others cannot reach the tool."""
    if os.geteuid() != 0:
        return None
    places = [Path(program), *(map(Path, _program_paths()) if program == sys.executable else ())]
    above = {parent for place in places for path in (place, place.resolve()) for parent in (path, *path.parents)}
    return _NOBODY if all(path.stat().st_mode & 0o001 for path in above if path.is_dir()) else None


@cache
def _program_paths() -> tuple[str, ...]:
    """Where interpreter, packages and this package live."""
    parts = [
        Path(prefix) / part
        for prefix in sorted({sys.prefix, sys.base_prefix})
        for part in ("bin", "lib", "lib64", "pyvenv.cfg")
    ]
    places = [*parts, Path(sys.executable).resolve().parent, _PACKAGE]
    return tuple(str(place) for place in places if place.exists())

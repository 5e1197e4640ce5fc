"""How much memory this process may have: what the machine has, or what its control group leaves of that."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


def allowed(root: Path = Path("/")) -> int:
    """Bytes; the least of the limits of this process's control groups, of their parents and of the machine.

    Args:
        root: where `proc` and `sys` are.
    """
    return min(_machine(), *_limits(root))


def _machine() -> int:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _limits(root: Path) -> Iterator[int]:
    """What the files of cgroups say, of version 2 (`memory.max`) and 1; `max` and what cannot be read limit nothing."""
    yield _machine()
    groups = root / "sys/fs/cgroup"
    for controllers, path in _memberships(root):
        base, name = (groups / "memory", "memory.limit_in_bytes") if controllers else (groups, "memory.max")
        group = base / path.strip("/")
        for place in (group, *group.parents):
            if place.is_relative_to(base):
                with contextlib.suppress(OSError, ValueError):
                    yield int((place / name).read_text(encoding="ascii"))


def _memberships(root: Path) -> Iterator[tuple[str, str]]:
    """Controllers and path of each control group that can limit memory: those of version 2 name no controllers."""
    with contextlib.suppress(OSError, ValueError):
        for line in (root / "proc/self/cgroup").read_text(encoding="utf-8").splitlines():
            _, controllers, path = line.split(":", 2)
            if not controllers or "memory" in controllers.split(","):
                yield controllers, path

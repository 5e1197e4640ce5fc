"""(c) Memory of an idle `minivod serve` on an empty data directory."""

import tempfile
import time
from collections import defaultdict
from pathlib import Path

from bench import processes
from bench.processes import Memory
from bench.report import Report
from minivod.cli.local_server import LocalServer, start_local_server

TITLE = "(c) Memory of the idle server tree"
_MIB = 1024 * 1024
_WATCH_SECONDS = 1.0
_IDLE_CORES = 0.05
_LONGEST_WAIT = 60.0
_ROLES = {"minivod serve": "supervisor", "minivod api": "API", "minivod worker": "worker", "postgres": "PostgreSQL"}


def run(*, quick: bool) -> Report:
    """Measures and reports; there is nothing that `quick` could leave out."""
    with tempfile.TemporaryDirectory(prefix="minivod-bench-") as name:
        home = Path(name)
        home.chmod(0o755)
        with start_local_server(home / "data") as server:
            return of(server)


def of(server: LocalServer) -> Report:
    """Of a server that has nothing to do; waits until it is idle."""
    waited = wait_until_idle(server)
    return _report(measure(server.service.pid), waited)


def wait_until_idle(server: LocalServer) -> float:
    """Seconds from the server's readiness until its worker was ready too and nothing was busy any more."""
    begun = time.monotonic()
    busy = True
    while busy and time.monotonic() - begun < _LONGEST_WAIT:
        before = processes.cpu_seconds(processes.tree(server.service.pid))
        time.sleep(_WATCH_SECONDS)
        used = processes.cpu_seconds(processes.tree(server.service.pid)) - before
        ready = '"worker_ready"' in server.log.read_text(encoding="utf-8")
        busy = not ready or used > _IDLE_CORES * _WATCH_SECONDS
    return time.monotonic() - begun


def measure(root: int) -> dict[str, list[Memory]]:
    """The memory of every process of the tree, by what it is."""
    found: dict[str, list[Memory]] = defaultdict(list)
    for pid in processes.tree(root):
        command, memory = processes.command_of(pid), processes.memory_of(pid)
        if memory is not None:
            found[next((role for part, role in _ROLES.items() if part in command), "other")].append(memory)
    return found


def _report(found: dict[str, list[Memory]], waited: float) -> Report:
    report = Report(TITLE, ["part", "processes", "PSS MiB", "RSS MiB", "private MiB"])
    everything = [memory for memories in found.values() for memory in memories]
    for role, memories in [*found.items(), ("**all**", everything)]:
        report.add(
            role,
            str(len(memories)),
            _mebibytes([memory.pss for memory in memories]),
            _mebibytes([memory.rss for memory in memories]),
            _mebibytes([memory.private for memory in memories]),
        )
    report.notes.append(
        f"Taken {waited:.0f} s after the server said that it is ready, when its worker was ready too and the tree used "
        f"less than {_IDLE_CORES:.0%} of a core. PSS counts a shared page once in all; it is the figure that adds up."
    )
    return report


def _mebibytes(sizes: list[int]) -> str:
    return f"{sum(sizes) / _MIB:.0f}"

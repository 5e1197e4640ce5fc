"""The process tree of `minivod serve`: PostgreSQL, the API and a worker, kept alive and stopped in order."""

import queue
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import structlog

from minivod.cli.embedded_postgres import EmbeddedPostgres, PostgresError
from minivod.media.sandbox import Service, start_service

log = structlog.get_logger(__name__)
_LONGEST_PAUSE = 30.0
_POLL_SECONDS = 0.2
_API_GRACE = 10.0
_MARGIN = 15.0
"""Seconds beyond `worker_grace` in which a worker kills its tools and hands its jobs back."""


@dataclass
class Child:
    """A program of ours that is started anew when it ends. Times are seconds.

    A program with `lives`, a file, is told the name of its life (`--name`) and that of the one before (`--after`),
    which is dead. The file outlives this process: whoever holds the data directory knows that nobody else's are alive.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    grace: float
    pass_fds: Sequence[int] = ()
    lives: Path | None = None
    service: Service | None = None
    _failures: int = field(default=0, repr=False)
    _not_before: float = field(default=0.0, repr=False)
    _started: float = field(default=0.0, repr=False)

    def tend(self) -> None:
        """Starts the program if it is not running, after a pause that grows with its failures."""
        now = time.monotonic()
        if self.service is not None and (code := self.service.poll()) is not None:
            log.error("child_ended", child=self.name, code=code)
            self.service = None
            self._failures = self._failures + 1 if now - self._started < _LONGEST_PAUSE else 1
            self._not_before = now + min(0.5 * 2**self._failures, _LONGEST_PAUSE)
        if self.service is None and now >= self._not_before:
            self._started = now
            # When this process is killed, the database ends too. Without it neither could stop in order: the API would
            # hold the port against the next start, and the worker would wait for a database that is not ours any more.
            argv = [*self.argv, *self._begin_life()]
            self.service = start_service(argv, env=self.env, pass_fds=self.pass_fds, death_signal=signal.SIGKILL)

    def _begin_life(self) -> list[str]:
        if self.lives is None:
            return []
        before = self.lives.read_text(encoding="ascii").strip() if self.lives.exists() else ""
        name = uuid4().hex
        self.lives.write_text(name, encoding="ascii")
        return ["--name", name, *(["--after", before] if before else [])]

    def stop(self) -> None:
        """Asks the program to end, and kills it when its grace is over."""
        if self.service is not None:
            self.service.terminate(self.grace)
            self.service = None


def children(
    env: Mapping[str, str], plain: socket.socket, tls: socket.socket | None, worker_grace: float, home: Path
) -> list[Child]:
    """The API on listening sockets that survive its restarts, and a worker; `home` is the data directory."""
    program = [sys.executable, "-m", "minivod"]
    sockets = {"--fd": plain.fileno()} | ({"--tls-fd": tls.fileno()} if tls else {})
    told = [word for name, number in sockets.items() for word in (name, str(number))]
    return [
        Child("api", [*program, "api", *told], env, _API_GRACE, pass_fds=tuple(sockets.values())),
        Child("worker", [*program, "worker", "--supervised"], env, worker_grace + _MARGIN, lives=home / "worker"),
    ]


class Tended(Protocol):
    """What the supervisor looks after."""

    def tend(self) -> None:
        """Called a few times each second."""

    def stop(self) -> None:
        """Called at the end."""


class Stop:
    """Whether a signal asked for the end.

    Its handler may run at any moment of the main thread, even in the middle of `wait`. So there is no lock that both
    could take, as there is in `threading.Event`: a put into this kind of queue takes none.
    """

    def __init__(self) -> None:
        self._asked = queue.SimpleQueue[None]()

    def ask(self, *_: object) -> None:
        """A signal handler."""
        self._asked.put(None)

    def wait(self, seconds: float) -> bool:
        """Whether it was asked for; waits for that so long. True is said once."""
        try:
            self._asked.get(timeout=seconds)
        except queue.Empty:
            return False
        return True


def supervise(
    postgres: EmbeddedPostgres | None, tended: Sequence[Tended], on_ready: Callable[[], bool], stopping: Stop
) -> None:
    """Keeps everything alive until `stopping` was asked, then stops worker, API and database, in this order.

    Args:
        postgres: the database, if it is ours; started already.
        tended: API first.
        on_ready: called until it returns True.
        stopping: asked by a signal.
    """
    ready = False
    try:
        while not stopping.wait(_POLL_SECONDS):
            if postgres is not None and not postgres.running():
                log.error("database_ended")
                _restart(postgres)
            for child in tended:
                child.tend()
            ready = ready or on_ready()
    finally:
        for child in reversed(tended):
            child.stop()
        if postgres is not None:
            postgres.stop()


def _restart(postgres: EmbeddedPostgres) -> None:
    try:
        postgres.start()
    except PostgresError as error:
        log.error("database_not_restarted", reason=str(error))


def stop_on_signals() -> Stop:
    """What SIGTERM and SIGINT ask for."""
    stop = Stop()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop.ask)
    return stop

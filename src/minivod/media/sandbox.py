"""The only module that starts processes: confined tools for unknown media, and trusted programs of ours."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import IO, Any

from minivod.media import confine
from minivod.settings import Settings

Argument = str | Path
_LAUNCHER = Path(confine.__file__)
_NOBODY = 65534
_STDERR_KEPT = 4096
_STDOUT_KEPT = 4 * 1024 * 1024
_READ = 65536
_KILL_SECONDS = 1.0
_ENVIRONMENT = {"LC_ALL": "C", "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
_READABLE = (
    "/usr/lib", "/lib", "/lib64", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache", "/dev/null", "/dev/urandom",
    "/proc/cpuinfo", "/proc/meminfo", "/proc/self", "/sys/devices/system/cpu",
)  # fmt: skip


class StepFailed(Exception):
    """A tool could not do its step; the message says what ended it, for the caller of the API."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a confined tool may use: bytes and seconds; `stall` is the longest time without progress."""

    memory: int = 2 * 1024**3
    cpu: int = 12 * 3600
    wall: float = 12 * 3600.0
    file_size: int = 64 * 1024**3
    open_files: int = 128
    stall: float = 120.0


@dataclass(frozen=True)
class Completed:
    """A process that ended; `stdout` and `stderr` are bounded for confined ones."""

    returncode: int
    stdout: bytes
    stderr: bytes


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What `confine.py` does before it becomes the program."""

    parent: int = field(default_factory=os.getpid)
    death_signal: int = signal.SIGKILL
    uid: int | None = None
    gid: int | None = None
    cwd: str | None = None
    no_network: bool = False
    no_privileges: bool = False
    limits: dict[str, int] = field(default_factory=dict)
    readable: list[str] = field(default_factory=list)
    writable: list[str] = field(default_factory=list)

    def argv(self, program: Sequence[Argument]) -> list[str]:
        """The command line of the launcher for that program."""
        return [sys.executable, "-I", "-S", str(_LAUNCHER), json.dumps(asdict(self)), *map(str, program)]


class Service:
    """A running program of ours, in a process group of its own that dies with this process."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        """Args: process: as `start_service` started it."""
        self._process = process
        self.pid = process.pid

    def poll(self) -> int | None:
        """The exit code, None while it runs."""
        return self._process.poll()

    def wait(self, timeout: float | None = None) -> int:
        """The exit code; raises TimeoutError after `timeout` seconds."""
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise TimeoutError from None

    def terminate(self, grace: float) -> int:
        """SIGTERM to the program, and SIGKILL to its group when it has not ended after `grace` seconds."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            self.wait(grace)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        return self.wait()


def start_service(
    argv: Sequence[Argument],
    *,
    env: Mapping[str, str],
    user: int | None = None,
    cwd: Path | None = None,
    stdout: IO[Any] | int | None = None,
    stderr: IO[Any] | int | None = None,
    pass_fds: Sequence[int] = (),
) -> Service:
    """Starts a program of ours beside this process; it gets SIGTERM when the thread that started it ends.

    Args:
        argv: absolute path of the program, and its arguments.
        env: its whole environment.
        user: identity to take (uid and gid), as root only.
        cwd: its working directory.
        stdout: where output goes; None inherits.
        stderr: likewise.
        pass_fds: descriptors that it inherits.
    """
    policy = Policy(death_signal=signal.SIGTERM, uid=user, gid=user, cwd=str(cwd) if cwd else None)
    return Service(
        subprocess.Popen(
            policy.argv(argv),
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            pass_fds=tuple(pass_fds),
            start_new_session=True,
        )
    )


def run_trusted(
    argv: Sequence[Argument],
    *,
    timeout: float,
    env: Mapping[str, str] | None = None,
    user: int | None = None,
    cwd: Path | None = None,
) -> Completed:
    """Runs a program of ours to its end; blocks.

    Args:
        argv: absolute path of the program, and its arguments.
        timeout: seconds after which it is killed; `StepFailed` then.
        env: its environment; None inherits ours.
        user: identity to take (uid and gid), as root only.
        cwd: its working directory.
    """
    policy = Policy(uid=user, gid=user, cwd=str(cwd) if cwd else None)
    try:
        done = subprocess.run(
            policy.argv(argv),
            env=dict(env) if env is not None else None,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            start_new_session=True,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise StepFailed(f"{Path(argv[0]).name} took longer than {timeout:.0f} s") from None
    return Completed(done.returncode, done.stdout, done.stderr)


class Stream:
    """Standard output of a confined tool, read as it comes."""

    def __init__(self, process: asyncio.subprocess.Process, limits: Limits, errors: "asyncio.Task[bytes]") -> None:
        """Args: process: of `Sandbox.stream`; limits: its `stall` bounds each read; errors: collects stderr."""
        self._process = process
        self._limits = limits
        self._errors = errors
        assert process.stdout is not None  # noqa: S101 - a pipe was asked for
        self._stdout = process.stdout

    async def read(self, most: int = _READ) -> bytes:
        """Up to `most` bytes, none at the end; raises StepFailed when nothing comes for too long."""
        try:
            return await asyncio.wait_for(self._stdout.read(most), self._limits.stall)
        except TimeoutError:
            raise StepFailed(f"no progress for {self._limits.stall:.0f} s") from None

    async def read_exactly(self, number: int) -> bytes | None:
        """That many bytes; None at a clean end, StepFailed in the middle of them."""
        try:
            return await asyncio.wait_for(self._stdout.readexactly(number), self._limits.stall)
        except asyncio.IncompleteReadError as error:
            if error.partial:
                raise StepFailed("the tool's output was cut off") from None
            return None
        except TimeoutError:
            raise StepFailed(f"no progress for {self._limits.stall:.0f} s") from None

    async def finish(self) -> Completed:
        """Waits for the end that has to follow the last byte."""
        try:
            code = await asyncio.wait_for(self._process.wait(), self._limits.stall)
        except TimeoutError:
            raise StepFailed(f"it did not end within {self._limits.stall:.0f} s of its last output") from None
        return Completed(code, b"", await self._errors)


class Sandbox:
    """Runs tools on files of unknown content: no network, no privileges, no files but its own, bounded resources."""

    def __init__(self, limits: Limits, *, readable: Sequence[Path] = (), max_pixels: int = 7680 * 4320) -> None:
        """Args: limits: of every tool; readable: further paths tools may read; max_pixels: largest picture."""
        self.limits = limits
        self.max_pixels = max_pixels
        self._readable = [*_READABLE, *_program_paths(), *map(str, readable)]

    @classmethod
    def from_settings(cls, settings: Settings) -> "Sandbox":
        """The sandbox of a server."""
        limits = Limits(memory=settings.step_memory, stall=settings.step_stall)
        readable = [Path(settings.ffmpeg)] if settings.ffmpeg else []
        return cls(limits, readable=readable, max_pixels=settings.max_pixels)

    async def run(
        self,
        argv: Sequence[Argument],
        *,
        directory: Path,
        limits: Limits | None = None,
        on_stdout: Callable[[bytes], bool] | None = None,
    ) -> Completed:
        """Runs a tool to its end.

        Args:
            argv: absolute path of the tool, and its arguments.
            directory: the job's own; the tool sees and writes nothing else. It is the working directory.
            limits: in place of the sandbox's own.
            on_stdout: given each piece of output; says whether it is progress. None: all output is.

        Raises:
            StepFailed: it was killed for want of progress or time. A non-zero exit code is the caller's to judge.
        """
        limits = limits or self.limits
        kept = bytearray()
        async with self.stream(argv, directory=directory, limits=limits) as stream:
            loop = asyncio.get_running_loop()
            progress = loop.time()
            while block := await stream.read():
                kept += block[: max(0, _STDOUT_KEPT - len(kept))]
                if on_stdout is None or on_stdout(block):
                    progress = loop.time()
                elif loop.time() - progress > limits.stall:
                    raise StepFailed(f"no progress for {limits.stall:.0f} s")
            done = await stream.finish()
        return Completed(done.returncode, bytes(kept), done.stderr)

    @asynccontextmanager
    async def stream(
        self, argv: Sequence[Argument], *, directory: Path, limits: Limits | None = None
    ) -> AsyncIterator[Stream]:
        """Starts a tool and gives its output; at the end of the block its whole process group is gone.

        Raises:
            StepFailed: the wall clock ran out.
        """
        limits = limits or self.limits
        uid = _unprivileged_user(str(argv[0]))
        if os.geteuid() == 0:
            os.chown(directory, uid or 0, -1)  # without capabilities not even root gets into others' directories
        process = await asyncio.create_subprocess_exec(
            *self._policy(directory, limits, uid).argv(argv),
            env=_ENVIRONMENT,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
            limit=_STDOUT_KEPT,
        )
        assert process.stderr is not None  # noqa: S101 - a pipe was asked for
        errors = asyncio.create_task(_tail(process.stderr))
        try:
            async with asyncio.timeout(limits.wall):
                yield Stream(process, limits, errors)
        except TimeoutError:
            raise StepFailed(f"it took longer than {limits.wall:.0f} s") from None
        finally:
            await asyncio.shield(_end(process, errors))

    def _policy(self, directory: Path, limits: Limits, uid: int | None) -> Policy:
        return Policy(
            uid=uid,
            gid=uid,
            cwd=str(directory),
            no_network=True,
            no_privileges=True,
            limits={
                "AS": limits.memory,
                "CPU": limits.cpu,
                "FSIZE": limits.file_size,
                "NOFILE": limits.open_files,
                "CORE": 0,
                **({"NPROC": 512} if uid is not None else {}),
            },
            readable=self._readable,
            writable=[str(directory)],
        )


@cache
def capabilities() -> dict[str, bool]:
    """Which defences work on this machine, by trying them in a process that ends at once."""
    probe = (
        "import json, os, sys; sys.path.insert(0, sys.argv[1]); import confine; network = confine.leave_network(); "
        "files = confine.restrict_files(['/usr/lib'], []); print(json.dumps([network, files]))"
    )
    done = run_trusted([sys.executable, "-I", "-S", "-c", probe, str(_LAUNCHER.parent)], timeout=30)
    network, files = json.loads(done.stdout) if done.returncode == 0 else (False, False)
    return {
        "own network namespace": network,
        "file access by Landlock": files,
        "unprivileged user": os.geteuid() != 0 or _unprivileged_user(sys.executable) is not None,
        "no new privileges, resource limits, process group": True,
    }


async def _tail(stream: asyncio.StreamReader) -> bytes:
    kept = b""
    while block := await stream.read(_READ):
        kept = (kept + block)[-_STDERR_KEPT:]
    return kept


async def _end(process: asyncio.subprocess.Process, errors: "asyncio.Task[bytes]") -> None:
    """Kills the group: a tool whose work is wanted has ended by now, and no child of it may outlive it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(errors, _KILL_SECONDS)
    transport = getattr(process, "_transport", None)
    if transport is not None:
        transport.close()  # a descendant that escaped with our pipe must not keep it open


def _program_paths() -> list[str]:
    """Where interpreter, packages and this package live."""
    places = {sys.prefix, sys.base_prefix, str(Path(sys.executable).resolve().parent), str(_LAUNCHER.parent.parent)}
    return sorted(places)


@cache
def _unprivileged_user(program: str) -> int | None:
    """Whom a tool runs as when we are root; None: root without capabilities, because others cannot reach the tool."""
    if os.geteuid() != 0:
        return None
    places = [Path(program), *(map(Path, _program_paths()) if program == sys.executable else ())]
    above = {parent for place in places for path in (place, place.resolve()) for parent in (path, *path.parents)}
    return _NOBODY if all(path.stat().st_mode & 0o001 for path in above) else None

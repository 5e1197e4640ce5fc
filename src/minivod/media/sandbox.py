"""The only module that starts processes: confined tools for unknown media, and trusted programs of ours."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any, TypeVar

from minivod.media.forked import ForkServer, Tool
from minivod.media.policy import LAUNCHER, Argument, Limits, Policy, confined, unprivileged_user
from minivod.settings import Settings

__all__ = [
    "Argument", "Completed", "Limits", "Sandbox", "Service", "StepFailed", "Stream", "capabilities",
    "python_tool", "run_trusted", "start_service",
]  # fmt: skip
T = TypeVar("T")

_STDERR_KEPT = 4096
_STDOUT_KEPT = 4 * 1024 * 1024
_READ = 65536
_KILL_SECONDS = 1.0
_ENVIRONMENT = {"LC_ALL": "C", "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}


class StepFailed(Exception):
    """A tool could not do its step; the message says what ended it, for the caller of the API."""


@dataclass(frozen=True)
class Completed:
    """A process that ended; `stdout` and `stderr` are bounded for confined tools."""

    returncode: int
    stdout: bytes
    stderr: bytes


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

    def kill(self) -> None:
        """SIGKILL to its group; it is yet to be waited for."""
        _kill_group(self.pid, self._process.returncode)

    def terminate(self, grace: float) -> int:
        """SIGTERM to the program, and SIGKILL to its group when it has not ended after `grace` seconds."""
        self._process.terminate()
        with contextlib.suppress(TimeoutError):
            self.wait(grace)
        _kill_group(self.pid, self._process.returncode)
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
    death_signal: int = signal.SIGTERM,
) -> Service:
    """Starts a program of ours beside this process; it gets a signal when the thread that started it ends.

    Args:
        argv: absolute path of the program, and its arguments.
        env: its whole environment.
        user: identity to take (uid and gid), as root only.
        cwd: its working directory.
        stdout: where output goes; None inherits.
        stderr: likewise.
        pass_fds: descriptors that it inherits.
        death_signal: which signal that is; 0: none.
    """
    policy = Policy(death_signal=death_signal, uid=user, gid=user, cwd=str(cwd) if cwd else None)
    return Service(
        subprocess.Popen(  # noqa: S603 - an argument list, no shell
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
    process = subprocess.Popen(  # noqa: S603 - an argument list, no shell
        policy.argv(argv),
        env=dict(env) if env is not None else None,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        stdout, stderr = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        raise StepFailed(f"{Path(argv[0]).name} took longer than {timeout:.0f} s") from None
    finally:
        _kill_group(process.pid, process.returncode)
        process.wait()
        process.__exit__(None, None, None)
    return Completed(process.returncode, stdout, stderr)


class Stream:
    """Standard output of a confined tool, read as it comes."""

    def __init__(self, tool: Tool, limits: Limits) -> None:
        """Args: tool: of `Sandbox.stream`; limits: `stall` bounds each read, `wall` the whole."""
        self._tool = tool
        self._limits = limits
        self._stdout = tool.stdout
        self._errors = asyncio.create_task(_tail(tool.stderr))
        self._too_long = False
        self._clock = asyncio.get_running_loop().call_later(limits.wall, self._end_of_time)

    async def read(self, most: int = _READ) -> bytes:
        """Up to `most` bytes, none at the end; raises StepFailed when nothing comes for too long."""
        block = await self._in_time(self._stdout.read(most))
        self._check()
        return block

    async def read_exactly(self, number: int) -> bytes | None:
        """That many bytes; None at a clean end, StepFailed in the middle of them or when nothing comes for too long."""
        try:
            return await self._in_time(self._stdout.readexactly(number))
        except asyncio.IncompleteReadError as error:
            self._check()
            if error.partial:
                raise StepFailed("the tool's output was cut off") from None
            return None

    async def finish(self) -> Completed:
        """Waits for the end that has to follow the last byte."""
        code = await self._in_time(self._tool.wait())
        await asyncio.wait([self._errors], timeout=_KILL_SECONDS)
        self._check()
        return Completed(code, b"", self._errors.result() if self._errors.done() else b"")

    async def close(self) -> None:
        """Kills the group: a tool whose work is wanted has ended by now, and no child of it may outlive it."""
        self._clock.cancel()
        self._errors.cancel()
        await asyncio.shield(self._tool.close())

    async def _in_time(self, reading: Coroutine[Any, Any, T]) -> T:
        try:
            # Not `wait_for`: in Python 3.11 it forgets a cancellation that meets output, of which there may be a lot.
            async with asyncio.timeout(self._limits.stall):
                return await reading
        except TimeoutError:
            raise StepFailed(f"it was stopped after {self._limits.stall:.0f} s without progress") from None

    def _end_of_time(self) -> None:
        self._too_long = True
        self._tool.kill()
        self._stdout.set_exception(self._out_of_time())  # what is still in the pipe may come, but is not wanted

    def _check(self) -> None:
        if self._too_long:
            raise self._out_of_time()

    def _out_of_time(self) -> StepFailed:
        return StepFailed(f"it was stopped after {self._limits.wall:.0f} s")


class Sandbox:
    """Runs tools on files of unknown content: no network, no privileges, no files but its own, bounded resources."""

    def __init__(self, limits: Limits, *, ffmpeg: str = "", fonts: str = "", max_pixels: int = 7680 * 4320) -> None:
        """Args: limits: of every tool; ffmpeg, fonts: as the settings; max_pixels: largest picture that is decoded."""
        self.limits = limits
        self.ffmpeg = ffmpeg
        self.fonts = fonts
        self.max_pixels = max_pixels

    @classmethod
    def from_settings(cls, settings: Settings) -> "Sandbox":
        """The sandbox of a server."""
        limits = Limits(memory=settings.step_memory, stall=settings.step_stall)
        return cls(limits, ffmpeg=settings.ffmpeg, fonts=settings.fonts_dir, max_pixels=settings.max_pixels)

    def capabilities(self) -> dict[str, bool]:
        """Which defences work on this machine."""
        return capabilities()

    async def run(
        self,
        argv: Sequence[Argument],
        *,
        directory: Path,
        writable: Path | None = None,
        readable: Sequence[str] = (),
        limits: Limits | None = None,
        on_stdout: Callable[[bytes], bool] | None = None,
    ) -> Completed:
        """Runs a tool to its end.

        Args:
            argv: absolute path of the tool, and its arguments; files are named relative to `directory`.
            directory: the job's own, and the working directory; the tool sees nothing else and only reads there.
            writable: what it may write, itself below `directory`.
            readable: what else it may read, by absolute paths.
            limits: in place of the sandbox's own.
            on_stdout: given each piece of output; says whether it is progress. None: all output is.

        Raises:
            StepFailed: it was killed for want of progress or time. A non-zero exit code is the caller's to judge.
        """
        limits = limits or self.limits
        kept = bytearray()
        async with self.stream(
            argv, directory=directory, writable=writable, readable=readable, limits=limits
        ) as stream:
            loop = asyncio.get_running_loop()
            progress = loop.time()
            while block := await stream.read():
                if on_stdout is None:
                    kept += block
                    if len(kept) > _STDOUT_KEPT:
                        raise StepFailed("it was stopped because it printed too much")
                elif on_stdout(block):
                    progress = loop.time()
                elif loop.time() - progress > limits.stall:
                    raise StepFailed(f"it was stopped after {limits.stall:.0f} s without progress")
            done = await stream.finish()
        return Completed(done.returncode, bytes(kept), done.stderr)

    @asynccontextmanager
    async def stream(
        self,
        argv: Sequence[Argument],
        *,
        directory: Path,
        writable: Path | None = None,
        readable: Sequence[str] = (),
        limits: Limits | None = None,
    ) -> AsyncIterator[Stream]:
        """Starts a tool and gives its output; at the end of the block its whole process group is gone.

        The arguments are those of `run`.
        """
        limits = limits or self.limits
        policy = confined(str(argv[0]), limits, directory=directory, writable=writable, readable=readable)
        if os.geteuid() == 0:
            for place in (directory, *((writable,) if writable else ())):
                # Without capabilities not even root gets into others' directories.
                os.chown(place, policy.uid or 0, -1)
        stream = Stream(await _TOOLS.tool(policy, list(map(str, argv))), limits)
        try:
            yield stream
        finally:
            await stream.close()


def _start_fork_server(descriptor: int) -> Service:
    """It ends when nobody holds the other end of its descriptor; until then no thread of ours takes it along."""
    start = "import sys; sys.path.append(sys.argv[1]); from minivod.media.fork_server import main; main(sys.argv[2])"
    argv: list[Argument] = [sys.executable, "-I", "-B", "-c", start, LAUNCHER.parents[2], str(descriptor)]
    return start_service(argv, env=_ENVIRONMENT, stdout=subprocess.DEVNULL, pass_fds=[descriptor], death_signal=0)


_TOOLS = ForkServer(_start_fork_server, pipe_limit=_STDOUT_KEPT)


@cache
def capabilities() -> dict[str, bool]:
    """Which defences work on this machine, by trying them in a process that ends at once."""
    attempt = (
        "import json, sys; sys.path.insert(0, sys.argv[1]); import confine; network = confine.leave_network(); "
        "confine.libc.prctl(confine.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); "
        "files = confine.restrict_files(confine.make_ruleset(['/usr/lib'], [], [], [])); "
        "print(json.dumps([network, files, confine.restrict_calls()]))"
    )
    done = run_trusted([sys.executable, "-I", "-S", "-c", attempt, LAUNCHER.parent], timeout=30)
    network, files, calls = json.loads(done.stdout) if done.returncode == 0 else (False, False, False)
    return {
        "own network namespace": network,
        "file access by Landlock": files,
        "system calls by seccomp": calls,
        "unprivileged user": os.geteuid() != 0 or unprivileged_user(sys.executable) is not None,
        "no new privileges, resource limits, process group": True,
    }


def python_tool(module: str, *arguments: Argument) -> list[str]:
    """The command line that runs a module `child_…` of `media/` as a confined tool, out of the fork server."""
    return [sys.executable, "-m", module, *map(str, arguments)]


def _kill_group(leader: int, returncode: int | None) -> None:
    """SIGKILL to a process group of ours; `returncode` of its leader: not None when it ended and was waited for."""
    if returncode is not None and _exists(leader):
        return  # the kernel gave the number to another process, so nothing is left of the group
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def _exists(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


async def _tail(stream: asyncio.StreamReader) -> bytes:
    kept = b""
    while block := await stream.read(_READ):
        kept = (kept + block)[-_STDERR_KEPT:]
    return kept

"""Programs of ours in copies of a process that has their libraries loaded, which saves each of them a second.

A copy has nothing of ours loaded: our modules are imported as by a fresh interpreter, and it ends as one does. Tests of
how a program starts, or of signals in its first moments, start an interpreter of their own.
"""

import atexit
import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NoReturn

WORKERS = (
    "aiohttp", "asyncio", "cv2", "fastcrc", "imageio_ffmpeg", "msgspec.inspect", "numpy.typing", "obstore", "PIL.Image",
    "procrastinate", "prometheus_client", "psycopg_pool", "tomllib", "typer.main",
)  # fmt: skip
COMMANDS = (
    *WORKERS, "cryptography.x509", "getpass", "http.client", "httpx", "jwt", "opencc", "qcloud_vod.vod_upload_client",
    "rich.console", "rich.progress", "tencentcloud.vod.v20180717.vod_client",
)  # fmt: skip
"""What is loaded beforehand; libraries that start threads of their own cannot be."""


class Program:
    """A program that runs; like a Popen, as far as tests need one."""

    def __init__(self, status: int) -> None:
        """Args: status: where its number comes from, and its exit code when it has ended."""
        self._status = os.fdopen(status, "rb", buffering=0)
        self.pid = int(self._line())
        self.returncode: int | None = None

    def _line(self) -> bytes:
        return self._status.readline()

    def poll(self) -> int | None:
        """The exit code, as Popen has it; None while it runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Waits for the end, seconds at most; raises TimeoutExpired."""
        if self.returncode is None:
            if not select.select([self._status], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            self.returncode = int(self._line())
            self._status.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Ends it at once."""
        self.send_signal(signal.SIGKILL)


def start(
    argv: Sequence[str], env: Mapping[str, str], stdin: int, stdout: int, stderr: int, libraries: Sequence[str]
) -> Program:
    """Starts the program.

    Args:
        argv: like the arguments of the interpreter: `-m` and a module, or the path of a script, and what it is told.
        env: its whole environment.
        stdin: a descriptor; likewise `stdout` and `stderr`.
        libraries: one of the two above.
    """
    told, telling = os.pipe()
    request = json.dumps([list(argv), dict(env), str(Path.cwd())]).encode()
    try:
        socket.send_fds(_copier(tuple(libraries)), [request], [stdin, stdout, stderr, telling])
    finally:
        os.close(telling)
    return Program(told)


def run(
    argv: Sequence[str], env: Mapping[str, str], stdin: bytes | None, timeout: float, libraries: Sequence[str]
) -> subprocess.CompletedProcess[bytes]:
    """Runs the program to its end; raises TimeoutExpired after so many seconds. Without `stdin` it has an empty one."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as said:
        given.write(stdin or b"")
        given.seek(0)
        program = start(argv, env, given.fileno(), out.fileno(), said.fileno(), libraries)
        try:
            code = program.wait(timeout)
        finally:
            program.kill()
        out.seek(0)
        said.seek(0)
        return subprocess.CompletedProcess(list(argv), code, out.read(), said.read())


@cache
def _copier(libraries: tuple[str, ...]) -> socket.socket:
    """The way to the process that is copied; it ends with this one."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with its:
        argv = [sys.executable, "-P", __file__, str(its.fileno()), *libraries]
        subprocess.Popen(argv, pass_fds=[its.fileno()], stdin=subprocess.DEVNULL)
    return ours


def _next_request(control: socket.socket) -> tuple[bytes, list[int]] | None:
    """In each copy what it shall run; None at the end of the process that is copied."""
    awake, waker = socket.socketpair()
    for end in (awake, waker):
        end.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for those who started the programs
    signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
    running: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([control, awake], [], [])
        if awake in ready:
            awake.recv(4096)
            _tell_ends(running)
        if control in ready:
            request, descriptors, _, _ = socket.recv_fds(control, 1 << 20, 4)
            if not request:
                return None
            if _is_copy(descriptors.pop(), running):
                for one in (control, awake, waker):
                    one.close()
                return request, descriptors
            for descriptor in descriptors:
                os.close(descriptor)


def _is_copy(status: int, running: dict[int, int]) -> bool:
    """Forks; what the copied process knows of its copies is not for them."""
    if pid := os.fork():
        running[pid] = status
        os.write(status, b"%d\n" % pid)
        return False
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for told in (status, *running.values()):
        os.close(told)
    return True


def _tell_ends(running: dict[int, int]) -> None:
    for pid in list(running):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            told = running.pop(pid)
            with contextlib.suppress(BrokenPipeError):  # nobody waits for it
                os.write(told, b"%d\n" % os.waitstatus_to_exitcode(status))
            os.close(told)


def _become(request: bytes, descriptors: Sequence[int]) -> None:
    """Runs a program in this process, which ends as the program does."""
    argv, env, directory = json.loads(request)
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    tempfile.tempdir = None
    os.chdir(directory)
    if argv[0] == "-m":
        sys.argv = argv[1:]
        runpy.run_module(argv[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = argv
        runpy.run_path(argv[0], run_name="__main__")


def _exit_code(request: bytes, descriptors: Sequence[int]) -> int:
    """Runs it; what an interpreter would make of its end."""
    try:
        _become(request, descriptors)
    except SystemExit as error:
        if error.code is None or isinstance(error.code, int):
            return error.code or 0
        print(error.code, file=sys.stderr)
        return 1
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _end(code: int) -> NoReturn:
    """As an interpreter ends, but for the modules, whose unloading would take longer than most programs."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)


def _serve(descriptor: str, *libraries: str) -> None:
    import minivod.lean  # noqa: F401 - before all that logs, as in our programs

    for name in libraries:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # looking through it would make each copy a real one
    with socket.socket(fileno=int(descriptor)) as control:
        request = _next_request(control)
    if request is not None:
        _end(_exit_code(*request))


if __name__ == "__main__":
    _serve(*sys.argv[1:])

"""Fork server: a process that has loaded what our tools need, and makes each tool a confined copy of itself.

Starting an interpreter and its libraries anew costs each tool more than most of its work. The client is `forked.py`;
`main` gets the number of a descriptor, a socket of messages. Each asks for a tool: JSON of `policy` and `argv`, and
three descriptors: the tool's standard output, its standard error, and its lifeline. On the lifeline the server says
`pid N` and `exit N` (as `subprocess` counts), and closes it when nothing of the tool is left. The client ends the tool
by closing its half, or by ceasing to exist.

The server itself never touches what a job holds. All its copies have the same layout in memory, which would help who
tries to take one over again and again: so it makes way for a new server after a crash, and after a number of tools.
"""

import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from minivod.media import confine

_MESSAGE = 1 << 18
BROKEN = 70
"""How a tool of ours ends that met what it was not made for (EX_SOFTWARE of sysexits.h); it says what on stderr."""
_IDLE = 60.0  # seconds without a tool after which the memory is given back
_TOOLS = 256  # made by one server
_CRASHES = {
    -number for number in (signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGABRT, signal.SIGFPE, signal.SIGTRAP)
}


class _Tool:
    """A child, and its lifeline."""

    def __init__(self, pid: int, line: socket.socket) -> None:
        self.pid = pid
        self.line = line
        self.code: int | None = None
        self.unwanted = False

    def say(self, text: str) -> None:
        try:
            self.line.send(text.encode())
        except OSError:
            self.unwanted = True  # nobody listens

    def kill(self) -> None:
        """SIGKILL to it and to its group, which may be yet to come; the number is its own until it is waited for."""
        for kill in (os.kill, os.killpg):
            with suppress(ProcessLookupError, PermissionError):
                kill(self.pid, signal.SIGKILL)

    def ended(self) -> bool:
        """Whether it ended; it is not waited for yet, so that its number stays its own."""
        if self.code is None:
            found = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if found is not None:
                self.code = found.si_status if found.si_code == os.CLD_EXITED else -found.si_status
        return self.code is not None


class Server:
    """Makes tools until nobody may ask any more and all are gone."""

    def __init__(self, control: socket.socket, modules: frozenset[str]) -> None:
        """Args: control: where it is asked; modules: which are loaded and run without a new program."""
        self._control: socket.socket | None = control
        self._modules = modules
        self._tools: dict[int, _Tool] = {}
        self._made = 0
        self._selector = selectors.DefaultSelector()
        self._wake, waker = socket.socketpair()
        self._wake.setblocking(False)
        waker.setblocking(False)
        self._waker = waker
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        self._selector.register(self._wake, selectors.EVENT_READ, self._look_around)
        self._selector.register(control, selectors.EVENT_READ, self._take)

    def run(self) -> None:
        """Serves; comes back when the server has to end."""
        while self._control is not None or self._tools:
            ready = self._selector.select(None if self._tools else _IDLE)
            if not ready and not self._tools:
                return
            for key, _ in ready:
                key.data()

    def _take(self) -> None:
        if self._control is None:
            return
        message, descriptors, _, _ = socket.recv_fds(self._control, _MESSAGE, 3)
        if not message:
            self._retire()
            return
        output, errors, line = descriptors
        self._make(json.loads(message), output, errors, socket.socket(fileno=line))
        os.close(output)
        os.close(errors)
        self._made += 1
        if self._made == _TOOLS:
            self._retire()

    def _make(self, order: dict[str, Any], output: int, errors: int, line: socket.socket) -> None:
        server = os.getpid()
        try:
            pid = os.fork()
        except OSError as error:
            line.send(f"error {error.strerror}\n".encode())
            line.close()
            return
        if pid == 0:
            _become(order, server, output, errors, self._modules)
        tool = self._tools[pid] = _Tool(pid, line)
        self._selector.register(line, selectors.EVENT_READ, lambda: self._hear(tool))
        tool.say(f"pid {pid}\n")

    def _hear(self, tool: _Tool) -> None:
        """A lifeline can be read: the tool is not wanted any more."""
        if self._tools.get(tool.pid) is not tool:
            return
        self._selector.unregister(tool.line)
        tool.unwanted = True
        tool.kill()
        self._look_at(tool)

    def _look_around(self) -> None:
        with suppress(BlockingIOError):
            while self._wake.recv(4096):
                pass
        for tool in list(self._tools.values()):
            self._look_at(tool)

    def _look_at(self, tool: _Tool) -> None:
        known = tool.code is not None
        if not tool.ended():
            return
        if not known:
            tool.say(f"exit {tool.code}\n")
            if tool.code in _CRASHES and not tool.unwanted:
                self._retire()
        if tool.unwanted and tool.pid in self._tools:
            tool.kill()  # what it may have started
            os.waitpid(tool.pid, 0)
            del self._tools[tool.pid]
            with suppress(KeyError):
                self._selector.unregister(tool.line)
            tool.line.close()

    def _retire(self) -> None:
        """Takes no more orders: the next one finds a closed socket, and makes the client start another server."""
        if self._control is not None:
            self._selector.unregister(self._control)
            self._control.close()
            self._control = None


def _become(order: dict[str, Any], server: int, output: int, errors: int, modules: frozenset[str]) -> NoReturn:
    """The way of a copy: it becomes the tool, and never returns to the server's work."""
    code = 1
    try:
        os.setsid()  # a session, so that what is niced gives way to all else (`confine.give_way`), and a group
        signal.set_wakeup_fd(-1)
        os.dup2(output, 1)
        os.dup2(errors, 2)
        os.closerange(3, max(os.sysconf("SC_OPEN_MAX"), 4096))
        code = _work({**order["policy"], "parent": server}, order["argv"], modules)
        sys.stdout.flush()
    except SystemExit as end:
        code = _told(end)
    except BaseException:  # it ends here in any case, and must not become a second server
        code = BROKEN
        traceback.print_exc()
    finally:
        try:
            sys.stderr.flush()
        finally:
            os._exit(code)


def _work(policy: dict[str, Any], argv: list[str], modules: frozenset[str]) -> int:
    confine.enter(policy)
    if argv[:2] == [sys.executable, "-m"] and argv[2] in modules:
        sys.argv = argv[1:]
        runpy.run_module(argv[2], run_name="__main__")
        return 0
    return confine.execute(argv)


def _told(end: SystemExit) -> int:
    """The exit code, as the interpreter takes it."""
    try:
        sys.stdout.flush()
    except OSError:
        return 120
    if end.code is None or isinstance(end.code, int):
        return end.code or 0
    sys.stderr.write(f"{end.code}\n")
    return 1


def load(package: Path) -> frozenset[str]:
    """Loads what all our tools import, and gives their names: the modules `child_…` below this directory."""
    root = package.parent.parent
    names = [".".join(path.relative_to(root).with_suffix("").parts) for path in sorted(package.rglob("child_*.py"))]
    for name in names:
        importlib.import_module(name)
        del sys.modules[name]  # each run of it is its first
    importlib.import_module("numpy")  # by itself a tool loads it only for what is turned or HDR, as phones film
    return frozenset(names)


def main(descriptor: str) -> None:
    """Entry point."""
    confine.hear_signals(confine.DEAF)
    gc.disable()  # what is loaded is no garbage
    modules = load(Path(__file__).parent)
    gc.collect()
    gc.freeze()  # it stays shared with the copies
    gc.enable()
    Server(socket.socket(fileno=int(descriptor)), modules).run()

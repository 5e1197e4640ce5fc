"""The client of the fork server: starts tools there, reads what they say, and ends them."""

import asyncio
import json
import os
import socket
import threading
from asyncio import StreamReader, StreamReaderProtocol
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import asdict
from typing import Protocol

from minivod.media.policy import Policy

_TRIES = 3
_PATIENCE = 60.0
"""Seconds that a server may take to say what takes it milliseconds, but may have to be started for."""


class _Process(Protocol):
    """The server's process, as far as it concerns us."""

    def poll(self) -> int | None: ...

    def kill(self) -> None: ...


class Tool:
    """A running tool; `stdout` and `stderr` are its pipes."""

    def __init__(
        self,
        life: StreamReader,
        line: asyncio.StreamWriter,
        stdout: "_Pipe",
        stderr: "_Pipe",
        *,
        server: _Process,
        patience: float,
    ) -> None:
        """Args: life, line: both directions of its lifeline; server: what made it, and is given `patience` seconds."""
        self.stdout, self.stderr = stdout.reader, stderr.reader
        self._server, self._patience = server, patience
        self._life, self._line = life, line
        self._pipes = (stdout, stderr)
        self._code: asyncio.Task[int] | None = None

    async def wait(self) -> int:
        """How it ended, as `subprocess` counts: SIGKILL when even the server that made it is gone."""
        if self._code is None:
            self._code = asyncio.create_task(_ending(self._life))
        return await asyncio.shield(self._code)

    def kill(self) -> None:
        """SIGKILL to its process group; `close` waits for it."""
        with suppress(OSError, RuntimeError):
            self._line.write_eof()

    async def close(self) -> None:
        """Kills it; comes back when nothing of it is left. What escaped with our pipes does not keep them open."""
        self.kill()
        for pipe in self._pipes:
            pipe.close()
        try:
            async with asyncio.timeout(self._patience):
                await self._gone()
        except TimeoutError:
            self._server.kill()  # somebody has stopped it, or it hangs; all its tools die with it
            await self._gone()
        self._line.close()

    async def _gone(self) -> None:
        await self.wait()
        await self._life.read()


class ForkServer:
    """A fork server that is started when it is needed, and again whenever it has gone."""

    def __init__(self, start: Callable[[int], _Process], *, pipe_limit: int, patience: float = _PATIENCE) -> None:
        """Args: start: starts one that is asked over this descriptor.

        pipe_limit: bytes read ahead of a tool.
        patience: seconds after which a server that says nothing is given up.
        """
        self._start = start
        self._pipe_limit = pipe_limit
        self._patience = patience
        self._control: socket.socket | None = None
        self._processes: list[_Process] = []
        self._lock = threading.Lock()

    async def tool(self, policy: Policy, argv: Sequence[str]) -> Tool:
        """Starts a tool.

        Args:
            policy: what it may do.
            argv: absolute path of the program and its arguments; or what `sandbox.python_tool` gives.

        Raises:
            OSError: the system cannot start processes.
        """
        order = json.dumps({"policy": asdict(policy), "argv": list(argv)}).encode()
        starting = asyncio.create_task(self._begin(order))
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            await asyncio.shield(asyncio.create_task(_discard(starting)))
            raise

    async def _begin(self, order: bytes) -> Tool:
        for _ in range(_TRIES):
            tool = await self._ask(order)
            if tool is not None:
                return tool
        raise OSError(f"no process could be started in {_TRIES} attempts")

    async def _ask(self, order: bytes) -> Tool | None:
        """None: that server had gone, went before it could make the tool, or stands still."""
        with ExitStack() as undo:
            stdout = undo.enter_context(closing(await _Pipe.open(self._pipe_limit)))
            stderr = undo.enter_context(closing(await _Pipe.open(self._pipe_limit)))
            ours, theirs = socket.socketpair()
            ours.setblocking(False)
            with closing(theirs):
                life, line = await asyncio.open_unix_connection(sock=ours)
                undo.callback(line.close)
                server = self._send(order, [stdout.write_end, stderr.write_end, theirs.fileno()])
            said = await self._answer(life) if server is not None else b""
            if server is not None and said.startswith(b"pid "):
                undo.pop_all()
                stdout.close_write_end()
                stderr.close_write_end()
                return Tool(life, line, stdout, stderr, server=server, patience=self._patience)
        if said:
            raise OSError(said.decode().strip())
        return None

    async def _answer(self, life: StreamReader) -> bytes:
        """What the server says; a silent one is asked no more, and goes when its tools have gone, or with us."""
        control = self._control
        try:
            async with asyncio.timeout(self._patience):
                return await life.readline()
        except TimeoutError:
            with self._lock:
                if self._control is control and control is not None:
                    control.close()
                    self._control = None
            return b""

    def _send(self, order: bytes, descriptors: list[int]) -> _Process | None:
        with self._lock:
            self._processes = [process for process in self._processes if process.poll() is None]
            if self._control is None:
                self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                self._control.setblocking(False)
                with closing(theirs):
                    self._processes.append(self._start(theirs.fileno()))
            try:
                socket.send_fds(self._control, [order], descriptors)
            except (BrokenPipeError, ConnectionResetError, BlockingIOError):  # it has gone, or takes nothing
                self._control.close()
                self._control = None
                return None
            return self._processes[-1]


class _Pipe:
    """A pipe from a tool to us."""

    def __init__(self, reader: StreamReader, transport: asyncio.ReadTransport, write_end: int) -> None:
        self.reader = reader
        self.write_end = write_end
        self._transport = transport

    @classmethod
    async def open(cls, limit: int) -> "_Pipe":
        read_end, write_end = os.pipe()
        reader = StreamReader(limit)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: StreamReaderProtocol(reader), os.fdopen(read_end, "rb", 0)
        )
        return cls(reader, transport, write_end)

    def close_write_end(self) -> None:
        if self.write_end >= 0:
            os.close(self.write_end)
            self.write_end = -1

    def close(self) -> None:
        self.close_write_end()
        self._transport.close()


async def _ending(life: StreamReader) -> int:
    said = await life.readline()
    return int(said.split()[1]) if said.startswith(b"exit ") else -9


async def _discard(starting: "asyncio.Task[Tool]") -> None:
    with suppress(OSError):
        await (await starting).close()

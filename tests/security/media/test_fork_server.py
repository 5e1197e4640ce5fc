"""Threat T15 with tools that are copies of a process of ours: what they inherit, and what becomes of both."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

import minivod
from minivod.media.fork_server import BROKEN
from minivod.media.forked import ForkServer, Tool
from minivod.media.outcome import check
from minivod.media.policy import Limits, confined
from minivod.media.sandbox import Completed, Service, StepFailed, python_tool, start_service

from ...processes import alive
from ...waiting import PATIENCE, until
from .conftest import gone

SPY = """
import os, sys, time
runs = []

def reached(call):
    try:
        call()
    except OSError:
        return False
    return True

def main(wish):
    runs.append(1)
    if wish == "look":
        descriptors = [number for number in range(1024) if reached(lambda: os.fstat(number))]
        status = dict(line.split(":\\t", 1) for line in open("/proc/self/status").read().splitlines() if ":\\t" in line)
        print(descriptors, len(runs), sorted(os.environ), os.getcwd(), status["NoNewPrivs"], int(status["CapEff"], 16),
              int(status["CapPrm"], 16), reached(lambda: open("/etc/passwd")), reached(os.fork), os.getuid(), sep="|")
    elif wish == "sleep":
        print(os.getpid(), flush=True)
        time.sleep(600)
    elif wish == "parent":
        print(os.getppid())
    elif wish == "abort":
        os.abort()
    elif wish == "raise":
        raise ValueError("no such thing")
    elif wish == "text":
        sys.exit("in words")
    else:
        sys.exit(int(wish))

if __name__ == "__main__":
    main(sys.argv[2])
"""


@dataclass
class Forge:
    """A fork server with a spy among its modules, and the processes that it had."""

    server: ForkServer
    started: list[Service]
    job: Path

    async def start(self, *wish: str) -> Tool:
        policy = confined(
            sys.executable, Limits(), directory=self.job, writable=None, readable=[str(self.job.parent / "spy")]
        )
        return await self.server.tool(replace(policy, uid=None, gid=None), python_tool("spy.media.child_spy", *wish))

    async def say(self, *wish: str) -> tuple[int, str, str]:
        tool = await self.start(*wish)
        try:
            async with asyncio.timeout(PATIENCE):
                output, errors = await asyncio.gather(tool.stdout.read(), tool.stderr.read())
                return await tool.wait(), output.decode().strip(), errors.decode().strip()
        finally:
            await tool.close()


def forge_of(tmp_path: Path, change: str = "", patience: float = PATIENCE) -> Forge:
    (tmp_path / "spy" / "media").mkdir(parents=True)
    (tmp_path / "spy" / "media" / "child_spy.py").write_text(SPY)
    (tmp_path / "job").mkdir()
    started: list[Service] = []

    def start(descriptor: int) -> Service:
        script = (
            "import socket, sys; sys.path += sys.argv[1:3]; from pathlib import Path\n"
            f"from minivod.media import confine, fork_server\n{change}\n"
            "confine.hear_signals(confine.DEAF)\n"
            "modules = fork_server.load(Path(sys.argv[1]) / 'spy' / 'media')\n"
            "fork_server.Server(socket.socket(fileno=int(sys.argv[3])), modules).run()"
        )
        package = Path(minivod.__file__).parents[1]
        argv: list[str | Path] = [sys.executable, "-I", "-c", script, tmp_path, package, str(descriptor)]
        started.append(start_service(argv, env={"A": "b", "LC_ALL": "C"}, pass_fds=[descriptor], death_signal=0))
        return started[-1]

    return Forge(ForkServer(start, pipe_limit=1 << 20, patience=patience), started, tmp_path / "job")


@pytest.fixture
async def forge(tmp_path: Path) -> AsyncIterator[Forge]:
    found = forge_of(tmp_path)
    yield found
    for service in found.started:
        service.terminate(0)


def entries(directory: Path) -> int:
    return sum(1 for _ in directory.iterdir())


async def test_a_copy_has_nothing_of_the_server_but_its_code(forge: Forge) -> None:
    neighbour = await forge.start("sleep")
    await neighbour.stdout.readline()
    for _ in range(2):
        code, output, errors = await forge.say("look")
        assert (code, errors) == (0, "")
        descriptors, runs, environment, place, *rights, opened, forked, user = output.split("|")
        assert (descriptors, runs, environment) == ("[0, 1, 2]", "1", "['A', 'LC_ALL']")
        assert (place, rights, opened, forked) == (str(forge.job), ["1", "0", "0"], "False", "False")
        assert int(user) == os.getuid()
    await neighbour.close()


@pytest.mark.parametrize(
    ("wish", "code", "errors"),
    [("0", 0, ""), ("3", 3, ""), ("text", 1, "in words"), ("raise", BROKEN, "ValueError: no such thing")],
)
async def test_ends_are_those_of_an_interpreter(forge: Forge, wish: str, code: int, errors: str) -> None:
    ended, _, said = await forge.say(wish)
    assert (ended, said.splitlines()[-1:]) == (code, [errors] if errors else [])


async def test_what_broke_inside_is_for_the_log_alone(forge: Forge) -> None:
    code, _, said = await forge.say("raise")
    with (
        capture_logs() as logged,
        pytest.raises(StepFailed, match=r"^a tool of the server failed on it; the server's log says how$"),
    ):
        check(Completed(code, b"", said.encode()), Limits())
    assert "no such thing" in logged[0]["said"]


async def test_after_a_crash_the_next_copy_is_of_another_server(forge: Forge) -> None:
    """All copies of one server have the same layout in memory: nobody gets a second guess at it."""
    first = (await forge.say("parent"))[1]
    assert (await forge.say("parent"))[1] == first
    unwanted = await forge.start("sleep")
    await unwanted.close()
    assert (await forge.say("parent"))[1] == first, "what we killed did not crash"
    running = await forge.start("sleep")
    await running.stdout.readline()
    assert (await forge.say("abort"))[0] == -signal.SIGABRT
    assert (await forge.say("parent"))[1] != first
    assert alive(int(first)), "it stays for the tool that still runs"
    await running.close()
    assert await running.wait() == -signal.SIGKILL

    async def gone() -> bool:
        return forge.started[0].poll() is not None

    await until(gone, "the end of the first server")


async def test_a_server_makes_a_number_of_copies_and_does_not_wait_for_ever(tmp_path: Path) -> None:
    forge = forge_of(tmp_path, "fork_server._TOOLS = 2; fork_server._IDLE = 0.2")
    parents = [(await forge.say("parent"))[1] for _ in range(5)]
    assert len(set(parents)) >= 3
    for service in forge.started:
        assert await asyncio.to_thread(service.wait, PATIENCE) == 0
    assert (await forge.say("parent"))[0] == 0


async def test_tools_die_with_their_server_and_that_is_told(forge: Forge) -> None:
    tool = await forge.start("sleep")
    pid = int(await tool.stdout.readline())
    os.kill(forge.started[0].pid, signal.SIGKILL)
    assert await tool.wait() == -signal.SIGKILL

    assert await gone(pid)
    await tool.close()
    assert (await forge.say("parent"))[0] == 0


async def test_a_server_that_stands_still_is_left_alone_by_the_next_tool(tmp_path: Path) -> None:
    """The tools that it has made go on."""
    forge = forge_of(tmp_path)
    tool = await forge.start("sleep")
    pid = int(await tool.stdout.readline())
    forge.server._patience = 5  # only now: a start takes longer on a busy machine
    os.kill(forge.started[0].pid, signal.SIGSTOP)
    try:
        assert int((await forge.say("parent"))[1]) in [server.pid for server in forge.started[1:]]
        assert alive(pid)
    finally:
        os.kill(forge.started[0].pid, signal.SIGCONT)
    await tool.close()
    assert await asyncio.to_thread(forge.started[0].wait, PATIENCE) == 0


async def test_a_tool_of_a_server_that_stands_still_can_be_ended(tmp_path: Path) -> None:
    forge = forge_of(tmp_path)
    tool = await forge.start("sleep")
    pid = int(await tool.stdout.readline())
    tool._patience = 1  # only now: a start takes longer on a busy machine
    os.kill(forge.started[0].pid, signal.SIGSTOP)
    try:
        async with asyncio.timeout(PATIENCE):
            await tool.close()
        assert await gone(pid)
    except BaseException:
        os.kill(forge.started[0].pid, signal.SIGKILL)  # a server that stands still would stay for ever
        raise
    assert await asyncio.to_thread(forge.started[0].wait, PATIENCE) == -signal.SIGKILL


async def test_service_managers_are_not_heard(forge: Forge) -> None:
    tool = await forge.start("sleep")
    pid = int(await tool.stdout.readline())
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        os.kill(forge.started[0].pid, number)
        os.kill(pid, number)
    assert (await forge.say("parent"))[1] == str(forge.started[0].pid)
    assert alive(pid)
    await tool.close()
    assert not alive(pid)


async def test_many_at_once_leave_nothing(forge: Forge) -> None:
    await forge.say("0")
    server = Path(f"/proc/{forge.started[0].pid}")

    def held() -> tuple[int, str]:
        number = forge.started[0].pid
        return entries(server / "fd"), (server / f"task/{number}/children").read_text()

    before, ours = held(), entries(Path("/proc/self/fd"))
    codes = await asyncio.gather(*(forge.say(str(number)) for number in range(40)))
    assert [code for code, _, _ in codes] == list(range(40))
    waiting = [asyncio.create_task(forge.say("sleep")) for _ in range(20)]
    for number, task in enumerate(waiting):
        if number % 2:
            await asyncio.sleep(0.01)
        task.cancel()  # some before they were started, some while they are
    assert all(
        isinstance(end, asyncio.CancelledError) for end in await asyncio.gather(*waiting, return_exceptions=True)
    )

    async def nothing() -> bool:
        return held() == before and entries(Path("/proc/self/fd")) <= ours

    await until(nothing, "the end of all of them")
    assert len(forge.started) == 1

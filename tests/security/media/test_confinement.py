"""Threat T15: what code that took over a media tool can reach; and nothing of it stays when a step ends."""

import asyncio
import json
import os
import signal
import socket
import sys
import time
from pathlib import Path

import pytest
import uvloop

from minivod.media.sandbox import Completed, Limits, Sandbox, StepFailed, capabilities, run_trusted, start_service

from ...processes import alive
from ...waiting import PATIENCE
from .conftest import Canary, gone

PYTHON = [sys.executable, "-I", "-S", "-c"]
needs_landlock = pytest.mark.skipif(not capabilities()["file access by Landlock"], reason="no Landlock here")
needs_network_namespace = pytest.mark.skipif(not capabilities()["own network namespace"], reason="no namespaces here")
needs_seccomp = pytest.mark.skipif(not capabilities()["system calls by seccomp"], reason="no seccomp here")
needs_a_closed_network = pytest.mark.skipif(
    not any(capabilities()[name] for name in ("own network namespace", "system calls by seccomp")),
    reason="neither namespaces nor seccomp here",
)


async def said(sandbox: Sandbox, script: str, directory: Path, writable: Path | None = None) -> str:
    """What a script prints in the sandbox; `attempt` is at hand, which names what stops a call."""
    attempt = (
        "import os\ndef attempt(call):\n"
        "    try: print('reached', call())\n"
        "    except OSError as error: print(type(error).__name__, error.errno)\n"
    )
    done = await sandbox.run([*PYTHON, attempt + script], directory=directory, writable=writable)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


async def test_the_environment_holds_no_secret(sandbox: Sandbox, job: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINIVOD_DATABASE_URL", "postgresql://secret")
    found = json.loads(await said(sandbox, "import json; print(json.dumps(dict(os.environ)))", job))
    assert set(found) <= {"LC_ALL", "OPENBLAS_NUM_THREADS", "PYTHONDONTWRITEBYTECODE", "LC_CTYPE"}


@needs_landlock
async def test_files_beyond_the_job(sandbox: Sandbox, job: Path, neighbour: Path) -> None:
    (job / "own").write_text("own")
    (job / "own").chmod(0o644)
    (job / "link").symlink_to(neighbour)
    for path in ("/etc/passwd", "/etc/shadow", str(neighbour), f"../other/{neighbour.name}", "link"):
        assert "Error" in await said(sandbox, f"attempt(lambda: open({path!r}).read())", job), path
    for path in ("/etc", str(neighbour.parent), "..", "/proc", "/tmp"):
        assert "Error" in await said(sandbox, f"attempt(lambda: os.listdir({path!r}))", job), path
    assert "reached own" in await said(sandbox, "attempt(lambda: open('own').read())", job)


@needs_landlock
async def test_nothing_is_written_but_where_allowed(sandbox: Sandbox, job: Path) -> None:
    output = job / "output"
    output.mkdir()
    write = "attempt(lambda: open({!r}, 'w').write('x'))"
    for path in ("inside", "/tmp/minivod-escape", str(job.parent / "escape"), "output/../inside"):
        assert "PermissionError" in await said(sandbox, write.format(path), job, output), path
    assert "reached 1" in await said(sandbox, write.format("output/inside"), job, output)
    assert "PermissionError" in await said(sandbox, write.format("output/inside"), job)


@needs_landlock
async def test_what_a_tool_wrote_cannot_be_run(sandbox: Sandbox, job: Path) -> None:
    script = (
        "import sys\nfd = os.open('tool', os.O_WRONLY | os.O_CREAT, 0o755)\n"
        "os.write(fd, b'#!' + sys.executable.encode() + b'\\nprint(1)'); os.close(fd)\n"
        "attempt(lambda: os.execv('tool', ['tool']))"
    )
    assert "PermissionError" in await said(sandbox, script, job, job)


@needs_a_closed_network
async def test_the_network(sandbox: Sandbox, job: Path, canary: Canary) -> None:
    script = f"import socket; attempt(lambda: socket.create_connection(('127.0.0.1', {canary.port}), 2))"
    assert "Error" in await said(sandbox, script, job)
    assert canary.calls == 0


@needs_network_namespace
async def test_the_network_namespace_is_empty(sandbox: Sandbox, job: Path) -> None:
    script = "print(os.readlink('/proc/self/ns/net'))"
    ours = os.stat("/proc/self/ns/net").st_ino  # noqa: PTH116
    assert f"[{ours}]" not in await said(sandbox, script, job)


@needs_seccomp
async def test_sockets_of_neighbours(sandbox: Sandbox, job: Path) -> None:
    """Landlock does not cover Unix sockets, behind one of which a database may listen."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(job / "socket"))
        listener.listen()
        script = "import socket\nattempt(lambda: socket.socket(socket.AF_UNIX).connect('socket'))"
        assert "PermissionError" in await said(sandbox, script, job)


@needs_seccomp
async def test_other_processes_are_out_of_reach(sandbox: Sandbox, job: Path) -> None:
    for call in ("os.fork()", f"os.kill({os.getpid()}, 0)", "os.setsid()", "os.setpgid(0, 0)"):
        assert "PermissionError" in await said(sandbox, f"attempt(lambda: {call})", job), call
    threads = "import threading; t = threading.Thread(target=lambda: print('thread')); t.start(); t.join()"
    assert "thread" in await said(sandbox, threads, job)


async def test_privileges_are_gone_for_good(sandbox: Sandbox, job: Path) -> None:
    status = dict(
        line.split(":\t", 1)
        for line in (await said(sandbox, "print(open('/proc/self/status').read())", job)).splitlines()
        if ":\t" in line
    )
    assert status["NoNewPrivs"] == "1"
    for kind in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[kind], 16) == 0 or (os.geteuid() != 0 and kind == "CapBnd")
    assert status["Groups"].strip() == "" or os.geteuid() != 0 or not capabilities()["unprivileged user"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
async def test_root_becomes_nobody_where_nobody_can_reach_the_tool(sandbox: Sandbox, job: Path) -> None:
    done = await sandbox.run(["/usr/bin/id", "-u"], directory=job)
    assert done.stdout == b"65534\n"


async def test_cancelling_kills_the_tool_before_it_returns(sandbox: Sandbox, job: Path) -> None:
    said: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    script = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"

    def take(block: bytes) -> bool:
        said.set_result(int(block))
        return True

    step = asyncio.create_task(sandbox.run([*PYTHON, script], directory=job, on_stdout=take))
    tool = await said
    step.cancel()
    with pytest.raises(asyncio.CancelledError):
        await step
    assert not alive(tool)


async def test_cancelling_is_heard_through_noise(sandbox: Sandbox, job: Path) -> None:
    """Output that comes at the very moment must not make the cancellation be forgotten."""
    loud = "import sys\nwhile True: sys.stdout.write('x' * 65536)"
    for number in range(20):
        blocks = 0
        step: asyncio.Task[Completed]

        def take(_: bytes) -> bool:
            nonlocal blocks
            blocks += 1
            if blocks == number + 1:  # noqa: B023 - awaited in this turn
                asyncio.get_running_loop().call_soon(step.cancel)  # noqa: B023
            return True

        step = asyncio.create_task(sandbox.run([*PYTHON, loud], directory=job, on_stdout=take))
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(step, PATIENCE)


async def test_a_tool_that_ignores_signals_ends_all_the_same(job: Path) -> None:
    script = (
        "import os, signal, time\nfor number in range(1, 32):\n"
        "    if number not in (9, 19): signal.signal(number, signal.SIG_IGN)\n"
        "print(os.getpid(), flush=True)\ntime.sleep(600)"
    )
    seen: list[int] = []

    def take(block: bytes) -> bool:
        seen.append(int(block))
        return True

    stall = 0.5
    while not seen:  # until it has the time to say its number, which on a busy machine may be more
        with pytest.raises(StepFailed):
            await Sandbox(Limits(stall=stall)).run([*PYTHON, script], directory=job, on_stdout=take)
        stall *= 2
    assert not alive(seen[0])


async def test_tools_die_with_the_server(job: Path) -> None:
    """A server that is killed leaves nothing behind."""
    script = (
        "import asyncio, sys\nfrom pathlib import Path\nfrom minivod.media.sandbox import Limits, Sandbox\n"
        "tool = [sys.executable, '-I', '-S', '-c', 'import os, time; print(os.getpid(), flush=True); time.sleep(60)']\n"
        "def show(block):\n    print(block.decode(), end='', flush=True)\n    return True\n"
        "asyncio.run(Sandbox(Limits()).run(tool, directory=Path(sys.argv[1]), on_stdout=show))"
    )
    reading, writing = os.pipe()
    environment = {"PYTHONPATH": os.pathsep.join(sys.path)}
    server = start_service([sys.executable, "-c", script, job], env=environment, stdout=writing)
    os.close(writing)
    with os.fdopen(reading) as output:
        tool = int(await asyncio.to_thread(output.readline))
        assert alive(tool)
        os.kill(server.pid, signal.SIGKILL)
        assert await gone(tool)
    server.wait(PATIENCE)


def test_a_service_that_ignores_sigterm_is_killed_with_its_children() -> None:
    script = (
        "import os, signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = os.fork()\nif child: print(child, flush=True)\ntime.sleep(600)"
    )
    reading, writing = os.pipe()
    service = start_service([*PYTHON, script], env={}, stdout=writing)
    os.close(writing)
    with os.fdopen(reading) as output:
        child = int(output.readline())
    started = time.monotonic()
    assert service.terminate(0.3) == -signal.SIGKILL
    assert time.monotonic() - started < PATIENCE
    assert asyncio.run(gone(child))


def test_a_service_that_obeys_is_not_killed() -> None:
    script = (
        "import signal, sys, time\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(7))\n"
        "print(flush=True)\ntime.sleep(60)"
    )
    reading, writing = os.pipe()
    service = start_service([*PYTHON, script], env={}, stdout=writing)
    os.close(writing)
    with os.fdopen(reading) as output:
        output.readline()
    assert service.poll() is None
    assert service.terminate(PATIENCE) == 7


def test_trusted_programs_get_what_they_are_given_and_end_in_time() -> None:
    done = run_trusted([*PYTHON, "import os; print(os.environ['A'])"], timeout=PATIENCE, env={"A": "b"})
    assert (done.returncode, done.stdout) == (0, b"b\n")
    with pytest.raises(StepFailed, match="longer than"):
        run_trusted([*PYTHON, "import os, time; os.fork(); time.sleep(60)"], timeout=0.3)


def test_capabilities_are_told_by_name(sandbox: Sandbox) -> None:
    assert sandbox.capabilities() == capabilities()
    assert all(isinstance(name, str) and isinstance(works, bool) for name, works in capabilities().items())


@needs_seccomp
async def test_neighbours_of_the_same_user_are_left_alone(sandbox: Sandbox, job: Path) -> None:
    """Tools of several tenants share one user, who may otherwise slow down and stop his other processes."""
    script = (
        "import ctypes, resource\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "def call(*numbers):\n"
        "    if libc.syscall(*numbers) < 0: raise OSError(ctypes.get_errno(), 'refused')\n"
        f"attempt(lambda: resource.prlimit({os.getpid()}, resource.RLIMIT_CPU))\n"
        f"attempt(lambda: os.setpriority(os.PRIO_PROCESS, {os.getpid()}, 19))\n"
        f"attempt(lambda: os.sched_setaffinity({os.getpid()}, {{0}}))\n"
    )
    if os.uname().machine == "x86_64":
        script += f"attempt(lambda: call(234, {os.getpid()}, {os.getpid()}, 0))\n"  # tgkill
    said_lines = (await said(sandbox, script, job)).splitlines()
    assert said_lines and set(said_lines) == {"PermissionError 1"}
    assert "reached" in await said(sandbox, "import resource; attempt(lambda: resource.getrlimit(0))", job)


async def test_a_crash_is_told_as_a_crash(sandbox: Sandbox, job: Path) -> None:
    done = await sandbox.run([*PYTHON, "import os; os.abort()"], directory=job)
    assert done.returncode == -signal.SIGABRT


def test_under_uvloop(sandbox: Sandbox, job: Path) -> None:
    """The servers run on it: output, a cut by the wall clock, a cancellation."""
    loud = "import os, sys\nsys.stdout.write(str(os.getpid()) + '\\n')\nwhile True: sys.stdout.write('x' * 65536)"
    trouble: list[object] = []

    async def steps() -> None:
        started: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def take(block: bytes) -> bool:
            if not started.done():
                started.set_result(int(block.split(b"\n")[0]))
            return True

        asyncio.get_running_loop().set_exception_handler(lambda _, context: trouble.append(context))
        assert await said(sandbox, "print('well')", job) == "well\n"
        with pytest.raises(StepFailed, match="stopped after"):
            await sandbox.run([*PYTHON, loud], directory=job, limits=Limits(wall=0.3), on_stdout=lambda _: True)
        step = asyncio.create_task(sandbox.run([*PYTHON, loud], directory=job, on_stdout=take))
        tool = await started
        step.cancel()
        with pytest.raises(asyncio.CancelledError):
            await step
        assert not alive(tool)

    uvloop.run(steps())
    assert trouble == []


async def test_what_comes_after_the_end_of_time_is_no_trouble(job: Path) -> None:
    trouble: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: trouble.append(context))
    loud = "import sys\nwhile True: sys.stdout.write('x' * 65536)"
    with pytest.raises(StepFailed, match="stopped after"):
        await Sandbox(Limits(wall=0.3)).run([*PYTHON, loud], directory=job, on_stdout=lambda _: True)
    await asyncio.sleep(0.05)
    assert trouble == []


def test_a_group_whose_number_was_given_away_is_not_killed() -> None:
    """A service that ended long ago is terminated, and its number belongs to another process by then."""
    ended = start_service([*PYTHON, "pass"], env={})
    assert ended.wait(PATIENCE) == 0
    stranger = start_service([*PYTHON, "import time; time.sleep(60)"], env={})
    ended.pid = stranger.pid  # the kernel's part: the same number again
    try:
        assert ended.terminate(0.1) == 0
        time.sleep(0.1)
        assert stranger.poll() is None
    finally:
        stranger.terminate(0)

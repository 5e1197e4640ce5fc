"""Signals that end a command are heard however it was started: as a background job of a shell, by `nohup`, by a runner.

What a process ignores or blocks is passed on to the programs that it starts. A shell without job control starts its
background jobs with SIGINT and SIGQUIT ignored; a program that forgot to clean up after itself passes on anything.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from ..databases import LayDatabase
from .user import CLIP, DEAF, PATIENCE, alive, deafen, eventually, tree

Program = subprocess.Popen[bytes]


@contextmanager
def started(
    *arguments: str, home: Path, env: Mapping[str, str], before: Callable[[], None] = deafen
) -> Iterator[tuple[Program, Path]]:
    """`minivod` with these arguments, and the file with what it says; `before` runs in the process before the program.

    When the block ends, it must have ended by itself, and everything below it too.
    """
    said = home / "said"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MINIVOD_")}
    with said.open("wb") as output:
        program = subprocess.Popen(
            [sys.executable, "-m", "minivod", *arguments],
            env={**inherited, "TMPDIR": str(home), **env},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            preexec_fn=before,
        )
    try:
        yield program, said
        below = tree(program.pid) if program.poll() is None else []
        program.wait(PATIENCE)
        eventually("nothing of it is left", lambda: not [pid for pid in below if alive(pid)])
        assert "Traceback" not in said.read_text(encoding="utf-8")
    finally:
        program.kill()
        program.wait()


@contextmanager
def nobody_answers() -> Iterator[tuple[int, Callable[[], bool]]]:
    """The port of a server that never says a word, and whether somebody has called it."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(0.05)
        callers = []

        def called() -> bool:
            try:
                callers.append(silent.accept()[0])
            except TimeoutError:
                return bool(callers)
            return True

        try:
            yield silent.getsockname()[1], called
        finally:
            for caller in callers:
                caller.close()


@pytest.mark.parametrize(
    ("name", "number"),
    [("api", signal.SIGINT), ("api", signal.SIGTERM), ("worker", signal.SIGINT), ("serve", signal.SIGINT)],
)
def test_a_server(
    name: str,
    number: signal.Signals,
    home: Path,
    database_url: str,
    lay_database: LayDatabase,
    unused_tcp_port: int,
) -> None:
    env = {"MINIVOD_DATA_DIR": str(home / "data"), "MINIVOD_PORT": str(unused_tcp_port)}
    if name == "serve":
        lay_database(home / "data")
    else:
        env["MINIVOD_DATABASE_URL"] = database_url
    with started(name, home=home, env=env) as (program, said):

        def runs() -> bool:
            if name == "api":
                return listens(unused_tcp_port)
            return {"worker": '"worker_ready"', "serve": "endpoint: "}[name] in said.read_text(encoding="utf-8")

        eventually("it runs", lambda: runs() or program.poll() is not None)
        program.send_signal(number)
    assert program.returncode == 0


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@pytest.mark.parametrize("ignored", [False, True], ids=["terminal", "nohup"])
def test_a_terminal_that_is_closed_ends_a_server_in_order_unless_it_was_started_by_nohup(
    ignored: bool, home: Path, database_url: str
) -> None:
    def before() -> None:
        # Whoever started the tests may have ignored it, as `nohup` does.
        signal.signal(signal.SIGHUP, signal.SIG_IGN if ignored else signal.SIG_DFL)

    env = {"MINIVOD_DATA_DIR": str(home / "data"), "MINIVOD_DATABASE_URL": database_url, "MINIVOD_PORT": "0"}
    with started("serve", home=home, env=env, before=before) as (program, said):
        eventually("it runs", lambda: "endpoint: " in said.read_text(encoding="utf-8"))
        program.send_signal(signal.SIGHUP)
        if ignored:
            with pytest.raises(subprocess.TimeoutExpired):
                program.wait(0.5)
            program.send_signal(signal.SIGTERM)
    assert program.returncode == 0


@pytest.mark.parametrize(
    "arguments", [("keys", "list"), ("psign", "1"), ("db", "upgrade"), ("doctor",)], ids=lambda words: words[0]
)
def test_a_command_that_waits_for_the_database(arguments: tuple[str, ...], home: Path) -> None:
    with nobody_answers() as (port, called):
        env = {"MINIVOD_DATABASE_URL": f"postgresql://user@127.0.0.1:{port}/name", "MINIVOD_DATA_DIR": str(home)}
        with started(*arguments, home=home, env=env) as (program, said):
            eventually("it waits", called)
            program.send_signal(signal.SIGINT)
    assert program.returncode == 130
    assert "the database" not in said.read_text(encoding="utf-8")


def test_models_install(home: Path) -> None:
    """pip, which it waits for, ends with it."""
    with nobody_answers() as (port, called):
        env = {"PIP_INDEX_URL": f"http://127.0.0.1:{port}/", "MINIVOD_MODELS_DIR": str(home / "models")}
        with started("models", "install", home=home, env=env) as (program, _):
            eventually("pip waits", called)
            program.send_signal(signal.SIGINT)
    assert program.returncode == 130
    assert not list(home.glob("tmp*"))


def test_at_every_moment_from_the_first_on(home: Path) -> None:
    """No traceback, also while modules are being loaded; it may have been faster than the signal."""
    ended = []
    for moment in range(6):
        with started("--version", home=home, env={}) as (program, _):
            eventually("it listens", lambda: listens_to_sigterm(program.pid) or program.poll() is not None, every=0.001)
            time.sleep(moment / 40)
            program.send_signal(signal.SIGINT)
        ended.append(program.returncode)
    # Python itself ends by the signal when that came while it ran code out of a string.
    assert set(ended) <= {0, 130, -signal.SIGINT}
    assert set(ended) != {0}


@pytest.mark.parametrize("delay", [0.01, 0.0001], ids=["as it is", "sooner than it can be"])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_where_python_drops_exceptions(number: signal.Signals, code: int, delay: float) -> None:
    """The loading of a module ends with a callback of a weak reference; whatever is raised in one is dropped.

    It is told later, which may come too soon once more, as where the machine is busy.
    """
    command = f"""
import signal, time, weakref
from minivod import __main__ as program
program._A_MOMENT = {delay}
program.be_ended_by_signals()
class Lock: pass
lock = Lock()
seen = weakref.ref(lock, lambda _: signal.raise_signal({int(number)}))
try:
    del lock
    time.sleep(20)
except KeyboardInterrupt:
    raise SystemExit(130)
"""
    done = subprocess.run([sys.executable, "-c", command], capture_output=True, timeout=2 * PATIENCE, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (code, b"", b"")


def listens_to_sigterm(pid: int) -> bool:
    """Its handler is the last one to be installed of those that end a command."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    caught = int(status.partition("SigCgt:")[2].split()[0], 16) if "SigCgt:" in status else 0
    return bool(caught >> (signal.SIGTERM - 1) & 1)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_upload(number: signal.Signals, home: Path) -> None:
    with nobody_answers() as (port, called):
        env = {"TENCENTCLOUD_SECRET_ID": "id", "TENCENTCLOUD_SECRET_KEY": "key", "XDG_CACHE_HOME": str(home)}
        arguments = ("upload", str(CLIP), "--endpoint", f"http://127.0.0.1:{port}")
        with started(*arguments, home=home, env=env) as (program, said):
            eventually("it waits", called)
            program.send_signal(number)
    assert program.returncode == 128 + number
    assert said.read_text("utf-8") == "minivod: interrupted; the same command goes on where it stopped\n"


def test_a_demo_is_cleaned_up_after_also_when_it_is_asked_to_end_by_sigterm(home: Path) -> None:
    with started("demo", home=home, env={"NO_COLOR": "1"}) as (program, said):
        eventually("its server runs", lambda: "server at" in said.read_text("utf-8") or program.poll() is not None)
        program.send_signal(signal.SIGTERM)
    assert program.returncode == 128 + signal.SIGTERM
    assert not list(home.glob("minivod-demo-*"))


def test_what_a_server_starts_hears_signals_too(home: Path) -> None:
    """Whatever the program is: it is started without what this process ignores and blocks."""
    code = (
        "import signal; deaf = "
        f"[signal.getsignal(number) == signal.SIG_IGN for number in {sorted(map(int, DEAF))}]; "
        "print(deaf, signal.pthread_sigmask(signal.SIG_BLOCK, ()))"
    )
    start = (
        "import signal, sys, os\nfrom pathlib import Path\nfrom minivod.media.sandbox import start_service\n"
        f"start_service([sys.executable, '-c', {code!r}], env={{}}).wait()"
    )
    done = subprocess.run(
        [sys.executable, "-c", start], preexec_fn=deafen, capture_output=True, timeout=PATIENCE, check=False
    )
    assert done.stdout.decode() == f"{[False] * len(DEAF)} set()\n"

"""A real PostgreSQL for the whole run, and an empty, migrated database for each test that asks for one."""

import fcntl
import gc
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import hypothesis
import msgspec
import psycopg
import pytest
import structlog

from minivod.cli.embedded_postgres import EmbeddedPostgres
from minivod.media.sandbox import run_trusted
from minivod.media.tools import ffmpeg_path
from minivod.store import migrate

from . import places
from .clips import BUNNY
from .databases import Databases, LayDatabase
from .distribution import LongestFirst, place
from .waiting import PATIENCE

sys.path.append(str(Path(__file__).parents[1]))  # for the package `bench`, which is not installed

# By its own settings an example may take 0.2 s, and inventing it not much more: a busy machine takes longer.
hypothesis.settings.register_profile(
    "minivod",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.function_scoped_fixture],
)
hypothesis.settings.load_profile("minivod")

_OTHERS = ("MINIVOD_", "TENCENTCLOUD_", "AWS_", "PG")
"""Beginnings of variables by which the programs under test are told what to do."""
_TERMINAL = {"COLUMNS", "LINES", "TERMINAL_WIDTH", "FORCE_COLOR", "NO_COLOR", "PY_COLORS", "GITHUB_ACTIONS"}
"""Variables that change what programs print; some are set on machines of continuous integration."""


def pytest_configure() -> None:
    """Whoever runs the tests may have settings of their own in the environment, a proxy, and another umask."""
    for name in list(os.environ):
        if name.startswith(_OTHERS) or name in _TERMINAL:
            del os.environ[name]
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = ",".join(filter(None, [os.environ.get(name), "127.0.0.1", "localhost"]))
    os.umask(0o022)
    # What is logged is read when a test fails. As columns in colours, structlog's own form, a line takes as long as a
    # request does.
    shared = (structlog.contextvars.merge_contextvars, structlog.processors.add_log_level)
    structlog.configure([*shared, structlog.processors.format_exc_info, structlog.processors.JSONRenderer(_to_json)])


def _to_json(event: object, **_: object) -> str:
    return msgspec.json.encode(event, enc_hook=str).decode()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """No garbage is looked for among thousands of tests while they are made, nor later: all of them stay."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long tests first."""
    items.sort(key=lambda item: place(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LongestFirst:
    """In place of that which `--dist` names."""
    return LongestFirst(config, log)


@pytest.fixture(scope="session")
def open_directory() -> Iterator[Path]:
    """A directory with a short path that other users can reach (pytest's own ones are closed to them)."""
    directory = places.new_directory()
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def short_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half of the real clip, small: where it does not matter what is shown, it is reviewed and encoded in no time."""
    clip = tmp_path_factory.mktemp("short") / "short.mp4"
    coded = ["-t", "2.5", "-vf", "scale=320:180", "-c:v", "libx264", "-preset", "veryfast", "-c:a", "copy"]
    done = run_trusted([ffmpeg_path(), "-v", "error", "-i", BUNNY, *coded, clip], timeout=PATIENCE)
    assert done.returncode == 0, done.stderr.decode()
    return clip


@pytest.fixture
def unused_tcp_port_factory() -> Iterator[Callable[[], int]]:
    """Ports for servers that cannot take one of the system's choice; nobody else is given them until the test ends.

    They are bound, and nobody listens. Servers bind them once more, by SO_REUSEADDR. (In place of pytest-asyncio's,
    whose ports are anybody's as soon as they are chosen.)
    """
    with ExitStack() as stack:

        def hold() -> int:
            held = stack.enter_context(socket.socket())
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            held.bind(("127.0.0.1", 0))
            return int(held.getsockname()[1])

        yield hold


@pytest.fixture
def unused_tcp_port(unused_tcp_port_factory: Callable[[], int]) -> int:
    """One of these."""
    return unused_tcp_port_factory()


@pytest.fixture(scope="session")
def lay_database(open_directory: Path, tmp_path_factory: pytest.TempPathFactory) -> LayDatabase:
    """Puts the files of a new, migrated database into a data directory, which is made if need be.

    A server that is started there starts as one does that was stopped before anything was done with it; to make the
    files, and to migrate, takes longer than to copy them.
    """
    if "PYTEST_XDIST_WORKER" in os.environ:
        made = _laid_for_all(open_directory, tmp_path_factory)
    else:
        made = _laid(open_directory)

    def lay(data: Path) -> None:
        data.mkdir(mode=0o711, exist_ok=True)
        _copy(made / "postgres", data / "postgres")

    return lay


def _laid_for_all(open_directory: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files are made by the process of the run that is the first to need them; the others wait for it."""
    shared = tmp_path_factory.getbasetemp().parent / "laid"
    shared.mkdir(exist_ok=True)
    with (shared / "lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "postgres").exists():
            shutil.rmtree(shared / "half", ignore_errors=True)  # of one that was killed
            _copy(_laid(open_directory) / "postgres", shared / "half")
            (shared / "half").rename(shared / "postgres")
    return shared


def _laid(open_directory: Path) -> Path:
    made = open_directory / "laid"
    made.mkdir(mode=0o755)  # the user of the database has to pass, who may not where pytest keeps its directories
    server = EmbeddedPostgres(made)
    migrate.upgrade(server.start())
    server.stop()
    return made


def _copy(files: Path, to: Path) -> None:
    subprocess.run(["cp", "-a", files, to], check=True)


@pytest.fixture(scope="session")
def postgres(open_directory: Path, lay_database: LayDatabase) -> Iterator[EmbeddedPostgres]:
    """The embedded PostgreSQL; it need not survive a power cut, and a busy disk does not hold it up."""
    home = open_directory / "database"
    lay_database(home)
    home.chmod(0o755)
    server = EmbeddedPostgres(home)
    server.start()
    try:
        with psycopg.connect(server.url, autocommit=True) as connection:
            # Nor does anything come of itself between two tests: statistics of one would make the plans of others.
            for setting in ("fsync", "full_page_writes", "autovacuum"):
                connection.execute(f"alter system set {setting} = off")
            connection.execute("select pg_reload_conf()")
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def databases(postgres: EmbeddedPostgres) -> Iterator[Databases]:
    """Its databases."""
    opened = Databases(postgres)
    yield opened
    opened.close()


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """The URL of an empty, migrated database of the test's own."""
    with databases.lent() as url:
        yield url

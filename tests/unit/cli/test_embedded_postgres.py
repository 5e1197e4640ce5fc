"""The embedded database: one server on a data directory, whatever was left by the one before."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from minivod.cli import data_directory, embedded_postgres, memory
from minivod.cli.embedded_postgres import EmbeddedPostgres, PostgresError

Start = Callable[[Path], EmbeddedPostgres]


@pytest.fixture
def home(open_directory: Path, request: pytest.FixtureRequest) -> Path:
    made = open_directory / f"embedded-{abs(hash(request.node.name)) % 10**8}"
    made.mkdir(mode=0o755)
    return made


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a database on a directory; all are stopped at the end."""
    started: list[EmbeddedPostgres] = []

    def begin(home: Path) -> EmbeddedPostgres:
        postgres = EmbeddedPostgres(home)
        started.append(postgres)
        postgres.start()
        return postgres

    yield begin
    for postgres in started:
        postgres.stop()


def write(postgres: EmbeddedPostgres, value: int) -> None:
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute("create table if not exists kept (value integer)")
        connection.execute("insert into kept values (%s)", [value])


def values(postgres: EmbeddedPostgres) -> list[int]:
    with psycopg.connect(postgres.url) as connection:
        return [row[0] for row in connection.execute("select value from kept order by value")]


@pytest.mark.parametrize("through_a_link", [False, True])
def test_a_server_that_outlived_its_supervisor_is_ended(through_a_link: bool, home: Path, start: Start) -> None:
    data = home / "data"
    data.mkdir(mode=0o755)
    place = data
    if through_a_link:
        place = home / "link"
        place.symlink_to(data)
    left = start(place)
    write(left, 1)
    again = start(place)
    assert not left.running(), "two servers on one directory would destroy it"
    write(again, 2)
    assert values(again) == [1, 2]


def test_the_lock_of_a_dead_server_whose_number_another_program_has(home: Path, start: Start) -> None:
    first = start(home)
    write(first, 1)
    lock = home / "postgres" / "postmaster.pid"
    kept = lock.read_text(encoding="utf-8")
    first.stop()
    lock.write_text(kept.replace(kept.split()[0], str(os.getpid()), 1), encoding="utf-8")
    again = start(home)
    assert values(again) == [1]


def test_half_a_cluster_is_made_anew(home: Path, start: Start) -> None:
    half = home / "postgres.new"
    half.mkdir(mode=0o700)
    (half / "PG_VERSION").write_text("18\n", encoding="ascii")
    write(start(home), 1)
    assert not half.exists()


def test_a_long_path_gets_a_short_socket(home: Path, start: Start) -> None:
    deep = home / ("long" * 20)
    deep.mkdir(mode=0o755)
    postgres = start(deep)
    write(postgres, 1)
    assert str(deep) not in postgres.url
    assert EmbeddedPostgres(deep).url == postgres.url, "commands find the running server"
    postgres.stop()
    Path(postgres.url.partition("host=")[2]).rmdir()


def test_a_server_that_cannot_start_says_where_to_look(home: Path, start: Start) -> None:
    start(home).stop()
    (home / "postgres" / "global" / "pg_control").unlink()
    with pytest.raises(PostgresError, match=r"did not start; .*postgres\.log says why"):
        start(home)


def test_somebody_elses_directory_is_refused(home: Path) -> None:
    (home / "postgres-socket").symlink_to("/tmp")
    with pytest.raises(PostgresError, match="is not minivod's own directory"):
        EmbeddedPostgres(home).start()


def test_a_data_directory_has_one_user(home: Path) -> None:
    link = home.with_name(f"{home.name}-link")
    link.symlink_to(home)
    with (
        data_directory.locked(home),
        pytest.raises(data_directory.InUse, match=rf"\(process {os.getpid()}\)"),
        data_directory.locked(link),
    ):
        pass
    with data_directory.locked(link) as found:
        assert found == home.resolve()


@pytest.mark.parametrize(("allowed", "buffers"), [(1, 64), (512, 64), (1024, 128), (4096, 512), (10**6, 512)])
def test_a_small_machine_lends_less_memory(allowed: int, buffers: int) -> None:
    assert embedded_postgres.buffers(allowed * 2**20) == buffers


def test_the_server_has_the_memory_of_this_machine(home: Path, start: Start) -> None:
    with psycopg.connect(start(home).url) as connection:
        [[told]] = connection.execute("select setting::int / 128 from pg_settings where name = 'shared_buffers'")
    assert told == embedded_postgres.buffers(memory.allowed())

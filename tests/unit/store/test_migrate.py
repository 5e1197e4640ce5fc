"""The schema is brought up to date once, whoever comes first; whoever finds it so does not load what migrates."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import psycopg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from minivod.cli.embedded_postgres import EmbeddedPostgres
from minivod.store import media, migrate
from minivod.store.database import Database
from minivod.store.search import Search, find

from ...databases import url_of
from ...waiting import PATIENCE


@pytest.fixture
def empty(postgres: EmbeddedPostgres) -> Iterator[str]:
    """The URL of a database in which nothing is yet."""
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute("create database test_migrate")
        yield url_of(postgres, "test_migrate")
        connection.execute("drop database test_migrate with (force)")


def test_several_at_once(empty: str) -> None:
    with ThreadPoolExecutor() as pool:
        done = list(pool.map(migrate.upgrade, [empty] * 3))
    assert sorted(done, key=str) == [(migrate.head(), migrate.head())] * 2 + [(None, migrate.head())]
    with psycopg.connect(empty) as connection:
        assert connection.execute("select count(*) from fair_share").fetchone() == (3,)


def _scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(migrate._MIGRATIONS))
    return ScriptDirectory.from_config(config)


async def test_videos_that_were_there_before_the_library_are_found(empty: str) -> None:
    """In the order of their age, however they lie in their table, and new ones come after them."""
    migrate._migrate(empty, str(_scripts().get_revision("0012").down_revision))
    with psycopg.connect(empty) as connection:
        connection.execute("insert into account (app_id) values (1)")
        connection.execute("insert into sub_app (sub_app_id, app_id, name, play_key) values (1, 1, '', '')")
        for file_id, days in (("second", 2), ("third", 1), ("first", 3)):
            connection.execute(
                """insert into media
                       (file_id, sub_app_id, directory, name, media_type, object_key, metadata, created_at)
                   values (%s, 1, 'd', %s, 'mp4', 'key', '{}', now() - make_interval(days => %s))""",
                [file_id, f"家庭录像 {file_id}", days],
            )
        connection.execute(
            """insert into media_review (file_id, sub_app_id, content, subject, definition, suggestion, types)
               values ('second', 1, 'Media', 'key', 10, 'block', '{}'),
                      ('first', 1, 'Media', 'other', 10, 'pass', '{}')"""
        )
    migrate.upgrade(empty)
    db = await Database(empty).open()
    async with db.transaction() as connection_:
        await media.create(
            connection_, file_id="fourth", sub_app_id=1, directory="d", name="录像", media_type="mp4", object_key="k",
            metadata={},
        )  # fmt: skip
    rows = await db.fetch_all("select file_id from media order by number")
    assert [row["file_id"] for row in rows] == ["first", "second", "third", "fourth"]
    now = datetime.now(UTC)
    for asked, wanted in (
        (Search(sub_app_id=1, prefixes=["家庭"]), ["third", "second", "first"]),
        (Search(sub_app_id=1, names=["second"]), ["second"]),
        (Search(sub_app_id=1, terms=[["vblock"]]), ["second"]),
        (Search(sub_app_id=1, terms=[["vnotModerated"], ["c0"]]), ["fourth", "third", "first"]),
    ):
        assert (await find(db, asked, now)).file_ids == wanted
    await db.close()


async def test_an_upgrade_that_was_interrupted_goes_on(empty: str) -> None:
    """What is searched is filled by itself, batch by batch; meanwhile videos are made, changed and deleted."""
    migrate._migrate(empty, "0031")
    new = """insert into media (file_id, sub_app_id, directory, name, media_type, object_key, metadata, number)
             select n::text, 1 + n %% 2, 'd', 'film ' || n, 'mp4', 'key', '{}', n * 700
               from generate_series(%s::int, %s::int) n"""
    with psycopg.connect(empty, autocommit=True) as connection:
        connection.execute("insert into account (app_id) values (1)")
        for app in (1, 2):
            connection.execute(
                "insert into sub_app (sub_app_id, app_id, name, play_key) values (%s, 1, %s::text, '')", [app, app]
            )
        connection.execute(new, [1, 40])
        migrate.upgrade(empty)
        connection.execute("update alembic_version set version_num = '0031'")
        connection.execute("delete from searchable where number between 5000 and 15000")
        connection.execute(new, [41, 44])
        connection.execute("update media set name = 'series' where number between 4000 and 6000")
        connection.execute("delete from media where number between 14000 and 16000")
        migrate.upgrade(empty)
    db = await Database(empty).open()
    for app, films, series in ((1, 18, 2), (2, 20, 1)):
        for asked, number in (("film", films), ("series", series)):
            rows = await db.fetch_all(
                "select file_id from media where sub_app_id = %s and strpos(name, %s) > 0", [app, asked]
            )
            found = await find(db, Search(sub_app_id=app, names=[asked], limit=99), datetime.now(UTC))
            assert sorted(found.file_ids) == sorted(row["file_id"] for row in rows)
            assert found.total == number
    await db.close()


def test_the_head_is_that_of_the_scripts() -> None:
    assert _scripts().get_current_head() == migrate.head()


def test_a_database_that_is_up_to_date_costs_no_library(database_url: str) -> None:
    program = (
        f"import sys; from minivod.store import migrate; print(migrate.upgrade({database_url!r})); "
        "print([name for name in ('sqlalchemy', 'alembic') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=PATIENCE, check=True)
    assert done.stdout.decode() == f"{(migrate.head(), migrate.head())}\n[]\n"

"""Reaches the server's database from a command: the running server's, or one that is started for a moment."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
import psycopg_pool

from minivod.cli import data_directory
from minivod.cli.embedded_postgres import EmbeddedPostgres, PostgresError
from minivod.cli.options import data_dir, fail
from minivod.settings import Settings
from minivod.store import accounts, migrate
from minivod.store.accounts import AccessKey
from minivod.store.database import Database

T = TypeVar("T")


def first_key(url: str) -> AccessKey | None:
    """Makes the first account and its key on a new database; None when there is an account already."""

    async def make() -> AccessKey | None:
        database = await Database(url, max_size=2).open()
        try:
            async with database.transaction() as connection:
                await connection.execute("lock table account in exclusive mode")  # two first starts at once
                if await accounts.first_account(database) is not None:
                    return None
                return await accounts.create_key(connection, await accounts.create_account(connection))
        finally:
            await database.close()

    return asyncio.run(make())


@contextmanager
def database_url(settings: Settings) -> Iterator[str]:
    """The URL of the database, migrated.

    An embedded database that a server holds is used as it is; otherwise it is started and stopped again.
    """
    if settings.database_url:
        migrate.upgrade(settings.database_url)
        yield settings.database_url
        return
    try:
        with data_directory.locked(data_dir(settings)) as home:
            postgres = EmbeddedPostgres(home)
            try:
                url = postgres.start()
                migrate.upgrade(url)
                yield url
            finally:
                postgres.stop()
    except data_directory.InUse:
        yield EmbeddedPostgres(data_dir(settings)).url


def with_database(settings: Settings, work: Callable[[Database], Coroutine[Any, Any, T]]) -> T:
    """Runs `work` with the open database; ends the program with a sentence when there is none."""

    async def run(url: str) -> T:
        database = await Database(url, max_size=2, timeout=15).open()
        try:
            return await work(database)
        finally:
            await database.close()

    try:
        with database_url(settings) as url:
            return asyncio.run(run(url))
    except (PostgresError, data_directory.Unusable) as error:
        raise fail(str(error)) from None
    except (psycopg.OperationalError, psycopg_pool.PoolTimeout):
        raise fail("the database does not answer; check database_url, or that this user may use data_dir") from None

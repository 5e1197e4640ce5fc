"""Reaches the server's database from a command: the running server's, or one that is started for a moment."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
import psycopg_pool

from minivod.cli import data_directory
from minivod.cli.checks import check_database_url
from minivod.cli.embedded_postgres import EmbeddedPostgres, PostgresError
from minivod.cli.options import data_dir, fail
from minivod.settings import Settings, SettingsError
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


class NoDatabase(Exception):
    """The database cannot be had; the message says why and what would help."""


@contextmanager
def open_database(settings: Settings) -> Iterator[str]:
    """The URL of the database, migrated.

    An embedded database that a server holds is used as it is; otherwise it is started and stopped again.

    Raises:
        NoDatabase: also when the block fails because the database went away.
    """
    try:
        with _migrated(settings) as url:
            yield url
    except (PostgresError, data_directory.Unusable, SettingsError) as error:
        raise NoDatabase(str(error)) from None
    except (psycopg.OperationalError, psycopg_pool.PoolTimeout) as error:
        raise NoDatabase(_unreachable(settings, error)) from None


@contextmanager
def _migrated(settings: Settings) -> Iterator[str]:
    if settings.database_url:
        check_database_url(settings.database_url)
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


def with_database(settings: Settings, work: Callable[[Database], Coroutine[Any, Any, T]], *, create: bool = False) -> T:
    """Runs `work` with the open database; ends the program with a sentence when there is none.

    Args:
        settings: of the server.
        work: what is to be done.
        create: makes an embedded database that does not exist yet, rather than to fail.
    """
    try:
        return ask(settings, work, create=create)
    except NoDatabase as error:
        raise fail(str(error)) from None


def ask(settings: Settings, work: Callable[[Database], Coroutine[Any, Any, T]], *, create: bool = False) -> T:
    """Like `with_database`, but raises NoDatabase."""

    async def run(url: str) -> T:
        database = await Database(url, max_size=2, timeout=15).open()
        try:
            return await work(database)
        finally:
            await database.close()

    if not create and not has_database(settings):
        raise NoDatabase(f"there is no server's database in {settings.data_dir}; `minivod serve` makes one")
    with open_database(settings) as url:
        return asyncio.run(run(url))


def has_database(settings: Settings) -> bool:
    """Whether there is a database to work on: a given one, or an embedded one that was made before."""
    return bool(settings.database_url) or (data_dir(settings) / "postgres").exists()


def _unreachable(settings: Settings, error: Exception) -> str:
    if not settings.database_url:
        return f"the database of {settings.data_dir} does not answer; is the server stopping, or another user's?"
    lines = str(error).strip().splitlines()
    return f"the database does not answer; check database_url: {lines[0] if lines else 'no reason given'}"

"""The connection pool and the three ways in which the store asks the database."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, LiteralString, Self, TypeVar

import msgspec
from psycopg import AsyncConnection, OperationalError
from psycopg.errors import Diagnostic, IdleInTransactionSessionTimeout
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

Row = DictRow
Connection = AsyncConnection[DictRow]
Params = Sequence[Any] | Mapping[str, Any] | None
StructT = TypeVar("StructT", bound=msgspec.Struct)
ConnectionT = TypeVar("ConnectionT", bound=AsyncConnection[Any])


KEEPALIVE = {
    "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 60_000,
}  # fmt: skip
"""Parameters by which a connection over TCP notices within about a minute that the other side is gone."""
STANDSTILL = 20.0
"""Seconds for which a process may stand still (SIGSTOP, a paused container) inside a transaction.

What it has locked, others may be waiting for. The database then ends the transaction, and whoever wakes up is told.
"""


def from_row(row: Row, kind: type[StructT]) -> StructT:
    """The members of that type out of a whole row; a newer server may have added columns to the table."""
    return kind(**{name: row[name] for name in kind.__struct_fields__})


class Pool(AsyncConnectionPool[ConnectionT]):
    """A pool whose callers can be cancelled while they wait for a connection.

    It waits by `asyncio.wait_for`, which in Python 3.11 forgets a cancellation that meets the connection; the task
    that was to end would go on.
    """

    async def getconn(self, timeout: float | None = None) -> ConnectionT:
        """See the base class; raises CancelledError when that came meanwhile."""
        task = asyncio.current_task()
        before = task.cancelling() if task else 0  # cleaning up after a cancellation may use the database
        connection = await super().getconn(timeout)
        if task and task.cancelling() > before:
            await self.putconn(connection)
            raise asyncio.CancelledError
        return connection


async def configure(connection: AsyncConnection[Any]) -> None:
    """Prepares a new connection of a pool: autocommit, STANDSTILL, and no compiler, which costs more than it saves."""
    await connection.set_autocommit(True)
    setting = "select set_config('idle_in_transaction_session_timeout', %s, false), set_config('jit', 'off', false)"
    await connection.execute(setting, [f"{STANDSTILL * 1000:.0f}ms"])


@contextmanager
def _standstill_named(connection: AsyncConnection[Any]) -> Iterator[None]:
    """Around a transaction: one that was ended for STANDSTILL is no mistake of ours, but an outage like others.

    The database says so once. Who stood still before the answer to a statement was read gets it behind that answer,
    as a notice, and with the next statement hears only that the connection has ended.
    """
    heard: list[str | None] = []

    def hear(notice: Diagnostic) -> None:
        heard.append(notice.sqlstate)

    connection.add_notice_handler(hear)
    try:
        yield
    except (OperationalError, IdleInTransactionSessionTimeout) as error:
        if IdleInTransactionSessionTimeout.sqlstate in (error.sqlstate, *heard):
            raise OperationalError(f"this process stood still for {STANDSTILL:.0f} s in a transaction") from error
        raise
    finally:
        connection.remove_notice_handler(hear)


class _Sweep:
    """Looks at what ends a `with` block that uses a pool.

    When one connection was found broken, every broken one is replaced: a restart of the database breaks all of them,
    and each would wait for a caller of its own to fail.
    """

    def __init__(self, pool: Pool[Connection]) -> None:
        self._pool = pool
        self._task: asyncio.Task[None] | None = None

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OperationalError) and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._pool.check())

    async def stop(self) -> None:
        """Before the pool is closed."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)


class Database:
    """A pool of connections to PostgreSQL; every statement outside `transaction` commits by itself."""

    def __init__(self, url: str, *, max_size: int = 10, timeout: float = 10.0, check: bool = False) -> None:
        """A pool that is not open yet.

        Args:
            url: a postgresql:// URL.
            max_size: connections.
            timeout: seconds to wait for one.
            check: try each connection before it is used; costs a round trip, and what it is for does not fail after
                a restart of the database.
        """
        self.url = url
        self._pool: Pool[Connection] = Pool(
            url,
            connection_class=AsyncConnection[DictRow],
            kwargs={"row_factory": dict_row, "application_name": "minivod", **KEEPALIVE},
            configure=configure,
            min_size=1,
            max_size=max_size,
            timeout=timeout,
            check=AsyncConnectionPool.check_connection if check else None,
            open=False,
        )
        self._sweep = _Sweep(self._pool)

    async def open(self) -> Self:
        """Connects; raises `psycopg_pool.PoolTimeout` when the database does not answer."""
        await self._pool.open(wait=True, timeout=self._pool.timeout)
        return self

    async def close(self) -> None:
        """Closes every connection."""
        await self._sweep.stop()
        await self._pool.close()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection in autocommit mode."""
        with self._sweep:
            async with self._pool.connection() as connection:
                yield connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection inside a transaction that commits when the block ends without an exception."""
        with self._sweep:
            async with self._pool.connection() as connection:
                with _standstill_named(connection):
                    async with connection.transaction():
                        yield connection

    async def fetch_one(self, sql: LiteralString, params: Params = None) -> Row | None:
        """The first row of the answer, or None."""
        with self._sweep:
            async with self._pool.connection() as connection:
                return await (await connection.execute(sql, params)).fetchone()

    async def fetch_all(self, sql: LiteralString, params: Params = None) -> list[Row]:
        """Every row of the answer."""
        with self._sweep:
            async with self._pool.connection() as connection:
                return await (await connection.execute(sql, params)).fetchall()

    async def execute(self, sql: LiteralString, params: Params = None) -> int:
        """Runs the statement; the number of rows that it changed."""
        with self._sweep:
            async with self._pool.connection() as connection:
                return (await connection.execute(sql, params)).rowcount

    async def uptime(self) -> float:
        """Seconds since the database server was started."""
        row = await self.fetch_one("select extract(epoch from now() - pg_postmaster_start_time())::float8 as seconds")
        return float(row["seconds"]) if row else 0.0


class Joined(Database):
    """A database as one transaction has it: every statement is a part of that transaction, and goes back with it."""

    def __init__(self, connection: Connection) -> None:
        """Args: connection: in a transaction, in whose block this is used."""
        self._connection = connection

    async def open(self) -> Self:
        """It is open."""
        return self

    async def close(self) -> None:
        """The transaction ends where it was begun."""

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """The transaction's."""
        yield self._connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A savepoint of the transaction."""
        async with self._connection.transaction():
            yield self._connection

    async def fetch_one(self, sql: LiteralString, params: Params = None) -> Row | None:
        """The first row of the answer, or None."""
        return await (await self._connection.execute(sql, params)).fetchone()

    async def fetch_all(self, sql: LiteralString, params: Params = None) -> list[Row]:
        """Every row of the answer."""
        return await (await self._connection.execute(sql, params)).fetchall()

    async def execute(self, sql: LiteralString, params: Params = None) -> int:
        """Runs the statement; the number of rows that it changed."""
        return (await self._connection.execute(sql, params)).rowcount

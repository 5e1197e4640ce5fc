"""Databases for tests: each is as if it were new. Few are, because making one takes ten times what cleaning takes."""

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from minivod.cli.embedded_postgres import EmbeddedPostgres

LayDatabase = Callable[[Path], None]
"""Puts the files of a new, migrated database into a data directory; the fixture `lay_database`."""
_LEAVING_SECONDS = 1.0
_TABLES = "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1"
_SHAPE = """
select (select sum(hash_record_extended((oid, relname, relnatts), 1))
          from pg_class where relnamespace = 'public'::regnamespace) as classes,
       (select sum(hash_record_extended((attrelid, attname, attnotnull, atthasdef), 1))
          from pg_attribute join pg_class on pg_class.oid = attrelid
         where relnamespace = 'public'::regnamespace and relkind in ('r', 'v')) as columns,
       (select sum(hashoidextended(oid, 1)) from pg_constraint
         where connamespace = 'public'::regnamespace) as constraints,
       (select sum(hash_record_extended((oid, xmin), 1)) from pg_proc
         where pronamespace = 'public'::regnamespace) as functions,
       (select sum(hash_record_extended((oid, tgenabled), 1)) from pg_trigger) as triggers,
       (select sum(hashoidextended(oid, 1)) from pg_namespace where nspname !~ '^pg_(toast_)?temp') as schemas,
       (select sum(hash_record_extended(setting, 1)) from pg_db_role_setting setting) as settings
"""
"""Whatever a test does to more than rows changes a sum of this: each is of 64-bit hashes, in whatever order. A digest
over the same as a text takes four times as long."""
_FILLED = """
select relname from pg_class
 where relkind = 'r' and relnamespace = 'public'::regnamespace and pg_relation_size(oid) > 0 order by 1
"""
"""The tables with rows: cleaning leaves no page to others. To look into each of them would cost three times as much."""
_SEQUENCES = """
select setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
  from pg_sequences where last_value is not null
"""


def url_of(server: EmbeddedPostgres, database: str) -> str:
    """The URL of a database of that server."""
    return server.url.replace("/postgres?", f"/{database}?", 1)


class Databases:
    """The databases of one server; a database belongs to one test at a time."""

    def __init__(self, server: EmbeddedPostgres) -> None:
        """Args: server: with a migrated database, which the others are copied from."""
        self._server = server
        self._numbers = itertools.count(1)
        self._free: list[str] = []
        self._cleaners: dict[str, psycopg.Connection] = {}
        self._admin = psycopg.connect(server.url, autocommit=True)
        self._tables = [row[0] for row in self._admin.execute(_TABLES)]
        self._content = {table: content for table in self._tables if (content := _content(self._admin, table))}
        self._shape: object = None

    def url(self, name: str) -> str:
        """The URL of that database."""
        return url_of(self._server, name)

    def take(self) -> str:
        """The name of a database that is migrated and has no rows but the migrations' own."""
        if self._free:
            return self._free.pop()
        name = f"test_{next(self._numbers)}"
        self._admin.execute(f"create database {name} template postgres strategy file_copy")
        if self._shape is None:
            with psycopg.connect(self.url(name), autocommit=True) as connection:
                self._shape = connection.execute(_SHAPE).fetchone()
        return name

    def give_back(self, name: str) -> None:
        """Cleans it, or drops it when somebody is still connected or something other than rows has changed."""
        if self._left_by_all(name):
            cleaner = self._cleaner(name)
            if cleaner.execute(_SHAPE).fetchone() == self._shape:
                self._clean(cleaner)
                self._free.append(name)
                return
        if name in self._cleaners:
            self._cleaners.pop(name).close()
        self._admin.execute(f"drop database {name} with (force)")

    @contextmanager
    def lent(self) -> Iterator[str]:
        """The URL of a database of the block's own, as `take` gives it."""
        name = self.take()
        try:
            yield self.url(name)
        finally:
            self.give_back(name)

    def close(self) -> None:
        """Leaves the server."""
        for connection in (self._admin, *self._cleaners.values()):
            connection.close()

    def _cleaner(self, name: str) -> psycopg.Connection:
        """A connection that stays from test to test: a new one spends more on the catalogue than on cleaning."""
        if name in self._cleaners:
            try:
                self._cleaners[name].execute("select")
            except psycopg.OperationalError:  # a test has ended everybody's
                del self._cleaners[name]
        if name not in self._cleaners:
            self._cleaners[name] = psycopg.connect(self.url(name), autocommit=True)
        return self._cleaners[name]

    def _left_by_all(self, name: str) -> bool:
        """Whether nobody else is connected; who has just left may be seen for a moment yet."""
        cleaner = self._cleaners.get(name)
        others = "select 1 from pg_stat_activity where datname = %s and backend_type = 'client backend' and pid <> %s"
        end = time.monotonic() + _LEAVING_SECONDS
        while self._admin.execute(others, [name, cleaner.info.backend_pid if cleaner else 0]).fetchone():
            if time.monotonic() > end:
                return False
            time.sleep(0.005)
        return True

    def _clean(self, connection: psycopg.Connection) -> None:
        touched = [row[0] for row in connection.execute(_FILLED) if row[0] not in self._content]
        touched += [table for table, content in self._content.items() if _content(connection, table) != content]
        connection.execute(_SEQUENCES)
        if not touched:
            return
        deleting = "; ".join(f'delete from "{table}"' for table in touched)
        with connection.transaction():
            connection.execute(f"set local session_replication_role = replica; {deleting}")  # in any order
            for table in self._content.keys() & set(touched):
                with connection.cursor().copy(f'copy "{table}" from stdin') as copy:
                    copy.write(self._content[table])
        # Rows of the next test lie in the order in which they come, as in a new table.
        connection.execute("vacuum " + ", ".join(f'"{table}"' for table in touched))


def _content(connection: psycopg.Connection, table: str) -> bytes:
    with connection.cursor().copy(f'copy "{table}" to stdout') as copy:
        return b"".join(bytes(block) for block in copy)

"""`minivod serve`: everything on one machine, with one command."""

import errno
import http.client
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
import typer

from minivod import lean, logs  # noqa: F401 - lean before all that logs
from minivod.cli import data_directory, preparation
from minivod.cli.embedded_postgres import EmbeddedPostgres, PostgresError
from minivod.cli.options import data_dir, fail, with_settings
from minivod.cli.preparation import FirstKey
from minivod.cli.supervisor import children, listen, stop_on_signals, supervise
from minivod.settings import Settings

_READY_TIMEOUT = 1.0
_LOOPBACK = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - who listens everywhere is also here


@with_settings
def serve(settings: Settings) -> None:
    """Run the whole server: database, API, uploads, playback and a worker.

    The first start prints a new SecretId and SecretKey.
    """
    logs.configure(settings.log_level, settings.log_format)
    os.umask(0o077)
    try:
        with data_directory.locked(data_dir(settings)) as home:
            _serve(settings, home)
    except (data_directory.InUse, data_directory.Unusable, PostgresError) as error:
        raise fail(str(error)) from None


def _serve(settings: Settings, home: Path) -> None:
    stopping = stop_on_signals()
    try:
        listener = listen(settings.host, settings.port)
    except OSError as error:
        raise fail(_deaf(settings, error)) from None
    with listener, _database(settings, home) as (postgres, url):
        resolved = resolve(settings, home, url, listener)
        key = preparation.upgrade_and_make_first_key(resolved)
        address = _address(settings.host, listener)

        def on_ready() -> bool:
            if not answers(listener):
                return False
            announce(f"http://{address}", key)
            return True

        parts = children(preparation.environment(resolved), listener, settings.worker_grace, home)
        supervise(postgres, parts, on_ready, stopping)


def _deaf(settings: Settings, error: OSError) -> str:
    """Why nothing can be heard at the address; the library repeats it in its words, after the system's."""
    reason = (error.strerror or str(error)).partition(" (while ")[0]
    other = "port" if error.errno in (errno.EADDRINUSE, errno.EACCES) else "host"
    return f"cannot listen on {settings.host}:{settings.port}: {reason}; set another {other}"


@contextmanager
def _database(settings: Settings, home: Path) -> Iterator[tuple[EmbeddedPostgres | None, str]]:
    if settings.database_url:
        yield None, settings.database_url
        return
    postgres = EmbeddedPostgres(home)
    try:
        yield postgres, postgres.start()
    finally:
        postgres.stop()


def resolve(settings: Settings, home: Path, url: str, listener: socket.socket) -> Settings:
    """The settings of the API and the worker: nothing is left to their own defaults."""
    host, port = settings.host, listener.getsockname()[1]
    return msgspec.structs.replace(
        settings,
        database_url=url,
        data_dir=str(home),
        storage_url=settings.storage_url or (home / "objects").as_uri(),
        port=port,
        public_url=settings.public_url or f"http://{_address(host, listener)}",
    )


def _address(host: str, listener: socket.socket) -> str:
    """host:port under which this machine reaches the server."""
    shown = _LOOPBACK.get(host, host)
    return f"{f'[{shown}]' if ':' in shown else shown}:{listener.getsockname()[1]}"


def answers(listener: socket.socket) -> bool:
    """Whether the API on that socket says that it is ready."""
    host, port = listener.getsockname()[:2]
    with suppress(OSError, http.client.HTTPException):
        connection = http.client.HTTPConnection(_LOOPBACK.get(host, host), port, timeout=_READY_TIMEOUT)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        finally:
            connection.close()
    return False


def announce(url: str, key: FirstKey | None) -> None:
    """Tells where the server is and, once, its first key: a panel for people, plain lines for programs."""
    lines = [f"endpoint: {url}"]
    if key is not None:
        lines += [f"AppId: {key.app_id}", f"SecretId: {key.secret_id}", f"SecretKey: {key.secret_key}"]
    if sys.stdout.isatty():
        _panel(lines, key)
    else:
        typer.echo("\n".join(lines))
    sys.stdout.flush()


def _panel(lines: list[str], key: FirstKey | None) -> None:
    from rich.console import Console  # the supervisor lives long and needs this once, if ever
    from rich.panel import Panel

    note = "\n[dim]The SecretKey is shown this once; `minivod keys create` makes more.[/]" if key else ""
    Console().print(Panel("\n".join(lines) + note, title="minivod is ready", expand=False), highlight=False)

"""`minivod serve`: everything on one machine, with one command."""

import http.client
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

import msgspec
import typer

from minivod import lean, logs  # noqa: F401 - lean before all that logs
from minivod.cli import data_directory, preparation
from minivod.cli.embedded_postgres import EmbeddedPostgres, PostgresError
from minivod.cli.listeners import listeners
from minivod.cli.options import data_dir, fail, with_settings
from minivod.cli.preparation import FirstKey
from minivod.cli.renewal import Renewal
from minivod.cli.supervisor import children, stop_on_signals, supervise
from minivod.settings import Settings
from minivod.urls import PublicUrls, loopback, public_urls

_READY_TIMEOUT = 1.0


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
    plain, tls = listeners(settings)
    with plain, tls or nullcontext(), _database(settings, home) as (postgres, url):
        resolved = resolve(settings, home, url, plain, tls)
        key = preparation.upgrade_and_make_first_key(resolved)
        own = public_urls(msgspec.structs.replace(resolved, public_url=""))

        def on_ready() -> bool:
            if not answers(plain):
                return False
            announce(own, key)
            return True

        parts = children(preparation.environment(resolved), plain, tls, settings.worker_grace, home)
        supervise(postgres, [*parts, *([Renewal(home)] if tls and not settings.tls_cert else [])], on_ready, stopping)


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


def resolve(settings: Settings, home: Path, url: str, plain: socket.socket, tls: socket.socket | None) -> Settings:
    """The settings of the API and the worker: where they would choose, the choice is made."""
    return msgspec.structs.replace(
        settings,
        database_url=url,
        data_dir=str(home),
        storage_url=settings.storage_url or (home / "objects").as_uri(),
        port=plain.getsockname()[1],
        tls_port=tls.getsockname()[1] if tls else settings.tls_port,
    )


def answers(listener: socket.socket) -> bool:
    """Whether the API on that socket says that it is ready."""
    host, port = listener.getsockname()[:2]
    with suppress(OSError, http.client.HTTPException):
        connection = http.client.HTTPConnection(loopback(host), port, timeout=_READY_TIMEOUT)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        finally:
            connection.close()
    return False


def announce(urls: PublicUrls, key: FirstKey | None) -> None:
    """Tells where the server is and, once, its first key: a panel for people, plain lines for programs."""
    lines = [f"endpoint: {urls.http}"]
    if urls.https:
        lines.append(f"endpoint (TLS): {urls.https}")
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

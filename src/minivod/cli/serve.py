"""`minivod serve`: everything on one machine, with one command."""

import http.client
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import typer
from rich.console import Console
from rich.panel import Panel

from minivod import logs
from minivod.cli import data_directory
from minivod.cli.embedded_postgres import EmbeddedPostgres, PostgresError
from minivod.cli.instance import first_key
from minivod.cli.options import data_dir, fail, with_settings
from minivod.cli.supervisor import children, listen, stop_on_signals, supervise
from minivod.media.sandbox import run_trusted
from minivod.settings import Settings, to_environment
from minivod.store.accounts import AccessKey

_MIGRATION_SECONDS = 600.0
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
        raise fail(f"cannot listen on {settings.host}:{settings.port}: {error.strerror}; set another port") from None
    with listener, _database(settings, home) as (postgres, url):
        env = child_environment(settings, home, url, listener)
        _migrate(env)
        key = first_key(url)
        address = _address(settings.host, listener)

        def on_ready() -> bool:
            if not answers(listener):
                return False
            announce(f"http://{address}", key, Console())
            return True

        supervise(postgres, children(env, listener, settings.worker_grace), on_ready, stopping)


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


def child_environment(settings: Settings, home: Path, url: str, listener: socket.socket) -> dict[str, str]:
    """The environment of the API and the worker: all settings, resolved. Secrets travel here, not in arguments."""
    host, port = settings.host, listener.getsockname()[1]
    resolved = {
        **to_environment(settings),
        "MINIVOD_DATABASE_URL": url,
        "MINIVOD_DATA_DIR": str(home),
        "MINIVOD_STORAGE_URL": settings.storage_url or (home / "objects").as_uri(),
        "MINIVOD_PORT": str(port),
        "MINIVOD_PUBLIC_URL": settings.public_url or f"http://{_address(host, listener)}",
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MINIVOD_")}
    return {**inherited, **resolved}


def _address(host: str, listener: socket.socket) -> str:
    """host:port under which this machine reaches the server."""
    shown = _LOOPBACK.get(host, host)
    return f"{f'[{shown}]' if ':' in shown else shown}:{listener.getsockname()[1]}"


def _migrate(env: dict[str, str]) -> None:
    """In a process of its own, so that the migration library does not stay in memory."""
    done = run_trusted([sys.executable, "-m", "minivod", "db", "upgrade"], timeout=_MIGRATION_SECONDS, env=env)
    if done.returncode != 0:
        raise fail(f"the database could not be upgraded: {done.stderr.decode(errors='replace')[-2000:]}")


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


def announce(url: str, key: AccessKey | None, console: Console) -> None:
    """Tells where the server is and, once, its first key: a panel for people, plain lines for programs."""
    lines = [f"endpoint: {url}"]
    if key is not None:
        lines += [f"AppId: {key.app_id}", f"SecretId: {key.secret_id}", f"SecretKey: {key.secret_key}"]
    if console.is_terminal:
        note = "\n[dim]The SecretKey is shown this once; `minivod keys create` makes more.[/]" if key else ""
        console.print(Panel("\n".join(lines) + note, title="minivod is ready", expand=False), highlight=False)
    else:
        typer.echo("\n".join(lines))
    sys.stdout.flush()

"""`minivod api` and `minivod worker`: the parts of the server as processes of their own."""

import asyncio
import gc
import signal
import socket
import sys
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from minivod import lean, logs  # noqa: F401 - lean before all that logs
from minivod.cli import preparation
from minivod.cli.checks import check
from minivod.cli.listeners import inherited, listeners
from minivod.cli.options import fail, with_settings
from minivod.settings import Settings, SettingsError

if TYPE_CHECKING:
    from minivod.serving.tls import Certificates

_DRAIN_SECONDS = 8


@with_settings
def api(
    settings: Settings,
    fd: Annotated[int | None, typer.Option(help="Listening socket inherited from a supervisor.", hidden=True)] = None,
    tls_fd: Annotated[int | None, typer.Option(help="Likewise, for HTTPS.", hidden=True)] = None,
) -> None:
    """Run the API, the object endpoint for uploads and playback; needs database_url."""
    from minivod.app import create_app  # the other commands need not load what this one needs
    from minivod.serving.server import Server

    for number in (signal.SIGTERM, signal.SIGINT):
        # uvicorn raises the signal again when everything is closed: an orderly end has the exit code 0.
        signal.signal(number, lambda *_: sys.exit(0))
    _start(settings, "api", prepared=fd is not None)
    if fd is None:
        plain, tls = listeners(settings)
        settings = msgspec.structs.replace(
            settings, port=plain.getsockname()[1], tls_port=tls.getsockname()[1] if tls else settings.tls_port
        )
    else:
        plain, tls = inherited(fd), inherited(tls_fd) if tls_fd is not None else None
    secure = _with_certificate(settings, tls) if tls else None
    server = Server(create_app(settings), plain, secure, timeout_graceful_shutdown=_DRAIN_SECONDS)
    # What was loaded until now stays for ever; looking through it again and again would hold all requests up.
    gc.collect()
    gc.freeze()
    server.run()


@with_settings
def worker(
    settings: Settings,
    supervised: Annotated[bool, typer.Option("--supervised", help="The database is prepared.", hidden=True)] = False,
    name: Annotated[str | None, typer.Option(help="The supervisor's name for this process.", hidden=True)] = None,
    after: Annotated[str | None, typer.Option(help="Its name for one that is dead.", hidden=True)] = None,
) -> None:
    """Run a worker: publishes videos; needs database_url and the same storage_url as the API."""
    from minivod.jobs.worker import run  # the other commands need not load the detectors' libraries
    from minivod.review.words import WordListError

    _start(settings, "worker", prepared=supervised)
    try:
        asyncio.run(run(settings, name=name, after=after))
    except (SettingsError, WordListError) as error:
        raise fail(str(error), 2) from None


def _with_certificate(settings: Settings, tls: socket.socket) -> "tuple[socket.socket, Certificates]":
    """The socket of HTTPS with what is served on it. A pair that broke since the check is no end: it may be mended."""
    from minivod.clock import Clock
    from minivod.serving.tls import Certificates

    pair = settings.tls_pair()
    if pair is None:
        raise fail("there is a socket for HTTPS, and no certificate", 2)
    return tls, Certificates(*pair, Clock())


def _start(settings: Settings, role: str, *, prepared: bool) -> None:
    logs.configure(settings.log_level, settings.log_format)
    if not settings.database_url:
        raise fail("database_url is not set; `minivod serve` brings its own database, the single parts need one", 2)
    if prepared:
        return
    try:
        check(settings, role)
    except SettingsError as error:
        raise fail(str(error), 2) from None
    preparation.upgrade(settings)

"""`minivod api` and `minivod worker`: the parts of the server as processes of their own."""

import asyncio
import gc
import signal
import sys
from typing import Annotated

import typer

from minivod import lean, logs  # noqa: F401 - lean before all that logs
from minivod.cli import preparation
from minivod.cli.checks import check
from minivod.cli.options import fail, with_settings
from minivod.settings import Settings, SettingsError

_DRAIN_SECONDS = 8


@with_settings
def api(
    settings: Settings,
    fd: Annotated[int | None, typer.Option(help="Listening socket inherited from a supervisor.", hidden=True)] = None,
) -> None:
    """Run the API, the object endpoint for uploads and playback; needs database_url."""
    import uvicorn  # the other commands need not load what this one needs

    from minivod.app import create_app
    from minivod.serving.connection import OPTIONS

    for number in (signal.SIGTERM, signal.SIGINT):
        # uvicorn raises the signal again when everything is closed: an orderly end has the exit code 0.
        signal.signal(number, lambda *_: sys.exit(0))
    _start(settings, "api", prepared=fd is not None)
    app = create_app(settings)
    # What was loaded until now stays for ever; looking through it again and again would hold all requests up.
    gc.collect()
    gc.freeze()
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        fd=fd,
        timeout_graceful_shutdown=_DRAIN_SECONDS,
        **OPTIONS,
    )


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

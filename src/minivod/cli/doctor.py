"""`minivod doctor`: what works on this machine, and why a request's signature was refused."""

import asyncio
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from minivod import __version__
from minivod.api import failures, signers
from minivod.api.captured import CaptureError, parse_capture, restore, secret_id_of
from minivod.api.diagnosis import Diagnosis, Known, diagnose, diagnose_record
from minivod.api.failures import FailedSignature
from minivod.cli import doctor_tls
from minivod.cli.checks import check_rate_limit, check_review, check_storage_url
from minivod.cli.instance import NoDatabase, ask, has_database, with_database
from minivod.cli.options import data_dir, fail, finite, with_settings
from minivod.cli.report import Line, State
from minivod.destinations import addresses, read_url
from minivod.egress_connections import look_up
from minivod.media.sandbox import capabilities
from minivod.media.tools import ffmpeg_version
from minivod.objects import ObjectError, Objects
from minivod.review.asking import destinations_of
from minivod.review.chosen_services import with_services
from minivod.review.detectors import DetectorConfig, DetectorError, load_detectors
from minivod.review.policy import with_part
from minivod.review.services import Service
from minivod.review.words import WordListError
from minivod.settings import Settings, SettingsError
from minivod.settings_sources import load
from minivod.settings_words import masked
from minivod.store.accounts import AccessKey
from minivod.store.database import Database

app = typer.Typer(help="What works on this machine, and why a signature was refused.", no_args_is_help=False)

app.command()(doctor_tls.tls)

_MARKS: dict[State, str] = {"ok": "[green]✓[/]", "note": "[yellow]![/]", "bad": "[red]✗[/]"}


@app.callback(invoke_without_command=True)
def doctor(context: typer.Context) -> None:
    """Check this machine: ffmpeg, the sandbox, detectors and models, the database. `doctor check` takes settings."""
    if context.invoked_subcommand is not None:
        return
    try:
        settings = load()
    except SettingsError as error:
        raise fail(str(error), 2) from None
    _report(settings)


@app.command()
@with_settings
def check(settings: Settings) -> None:
    """Check this machine with the given settings; exit status 1 if the server could not work."""
    _report(settings)


@app.command()
@with_settings
def signature(
    settings: Settings,
    request: Annotated[
        str,
        typer.Argument(
            help="RequestId of a request that this server refused, or a file with a captured request (- for standard "
            "input): request line, headers, empty line, body. Without it the latest refused requests are listed."
        ),
    ] = "",
    at: Annotated[
        float | None,
        typer.Option(help="Unix time at which a captured request was received; default: now.", callback=finite),
    ] = None,
    called: Annotated[
        str, typer.Option("--called", help="Host, with its port, that the client calls; default: that of public_url.")
    ] = "",
) -> None:
    """Say why a request's signature was refused, with the texts that the server signed."""
    kept = data_dir(settings) / failures.DIRECTORY
    if not request:
        _list(kept)
        return
    record = failures.load(kept, request)
    hosts = [host for host in (called, urlsplit(settings.public_url).netloc.rpartition("@")[2]) if host]
    found = _of_record(settings, record, hosts) if record else _of_capture(settings, request, at, hosts)
    typer.echo(found.render(), nl=False)
    if found.verdict != "valid":
        raise typer.Exit(1)


def _of_record(settings: Settings, record: FailedSignature, hosts: list[str]) -> Diagnosis:
    known = _known(settings, secret_id_of(restore(record, None)), hosts)
    typer.echo(f"{record.request_id}: {record.code}: {record.message}\n")
    return diagnose_record(record, known)


def _of_capture(settings: Settings, source: str, at: float | None, hosts: list[str]) -> Diagnosis:
    try:
        raw = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
        http = parse_capture(raw)
    except CaptureError as error:
        name = "standard input" if source == "-" else source
        raise fail(f"{name} is not a captured request: {error}", 2) from None
    except OSError as error:
        raise fail(
            f"{source!r} is neither the RequestId of a kept failure (`minivod doctor signature` lists them) nor a "
            f"file that can be read: {error.strerror}",
            2,
        ) from None
    known = _known(settings, secret_id_of(http), hosts)
    return diagnose(http, known, now=time.time() if at is None else at)


def _known(settings: Settings, secret_id: str | None, hosts: list[str]) -> Known:
    """What the server knows; the database is asked only where the request can be read."""
    if secret_id is None:
        return signers.known(settings, None, [], hosts)

    async def find(db: Database) -> tuple[AccessKey | None, list[AccessKey]]:
        return await signers.find(db, secret_id)

    return signers.known(settings, *with_database(settings, find), hosts)


def _list(kept: Path) -> None:
    records = failures.recent(kept) if kept.is_dir() else []
    if not records:
        typer.echo(f"no refused request is kept in {kept}")
    for record in records:
        when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.server_time))
        typer.echo(f"{record.request_id}  {when}  {record.code}")


def _report(settings: Settings) -> None:
    typer.echo(f"minivod {__version__}, Python {sys.version.split()[0]}\n")
    lines = [
        line
        for part in (_tools, _sandbox, _detectors, _storage, _limits, doctor_tls.lines, _database)
        for line in part(settings)
    ]
    console = Console()
    if console.is_terminal:
        table = Table.grid(padding=(0, 2, 0, 0))
        for line in lines:
            table.add_row(_MARKS[line.state], line.what, escape(line.words))
        console.print(table, highlight=False)
    else:  # unbroken lines for programs
        for line in lines:
            typer.echo(f"{Text.from_markup(_MARKS[line.state])}  {line.what:<8}  {line.words}")
    if any(line.state == "bad" for line in lines):
        raise typer.Exit(1)


def _tools(settings: Settings) -> Iterator[Line]:
    try:
        version = ffmpeg_version(settings.ffmpeg)
    except OSError as error:
        yield Line("bad", "ffmpeg", str(error))
        return
    yield Line("ok", "ffmpeg", version.partition(" Copyright")[0])


def _sandbox(_: Settings) -> Iterator[Line]:
    works = capabilities()
    yield Line("ok", "sandbox", f"active: {', '.join(name for name in works if works[name])}")
    if missing := [name for name in works if not works[name]]:
        words = f"not available on this machine: {', '.join(missing)}; the other defences still hold"
        yield Line("note", "sandbox", words)


def _detectors(settings: Settings) -> Iterator[Line]:
    try:
        check_review(settings)
        found = with_services(load_detectors(DetectorConfig.from_settings(settings)), settings)
    except (DetectorError, WordListError, SettingsError) as error:
        yield Line("bad", "review", str(error))
        return
    if found.covered:
        yield Line("ok", "review", f"looked for: {', '.join(with_part(name, found.partly) for name in found.covered)}")
    for reason in dict.fromkeys(found.uncovered.values()):
        wire_types = [wire_type for wire_type in found.uncovered if found.uncovered[wire_type] == reason]
        yield Line("note", "review", f"not looked for: {', '.join(wire_types)}: {reason}")
    yield from services(settings, found.services)


def services(settings: Settings, found: Sequence[Service]) -> Iterator[Line]:
    """The reviewers from outside, and what of WeChat's content check is not asked."""
    for one in found:
        words = f"{one.name} is asked about {', '.join(sorted(one.categories))}"
        yield Line("ok", "review", f"{words}; `minivod review try-service {one.name}` tries it")
    yield from unreachable_services(settings)
    if settings.review_wechat_appid and not settings.review_wechat_openid:
        yield Line("note", "review", "WeChat is asked about no text: the setting review_wechat_openid is empty")


def unreachable_services(settings: Settings, lookup: Callable[[str], Sequence[str]] | None = None) -> Iterator[Line]:
    """The URLs of services whose name leads nowhere, or where no call goes."""
    urls = {"http": settings.review_http_url}
    if settings.review_wechat_appid:
        urls["wechat"] = settings.review_wechat_url
    for name, url in urls.items():
        if not url:
            continue
        host = read_url(url).host
        try:
            found = addresses((lookup or look_up)(host))
        except OSError as error:
            yield Line("bad", "review", f"{name} cannot be asked: the name {host} has no address ({error.strerror})")
            continue
        if not any(map(destinations_of(name, url, settings).permits, found)):
            told = ", ".join(map(str, found))
            words = f"the name {host} leads to {told}; the setting review_service_networks would allow it"
            yield Line("bad", "review", f"{name} cannot be asked: {words}")


def _storage(settings: Settings) -> Iterator[Line]:
    wanted = settings.objects_dir()
    if wanted is None:
        yield from _remote_storage(settings.objects_url())
        return
    place = next(path for path in (wanted, *wanted.parents) if path.is_dir())
    if not os.access(place, os.W_OK | os.X_OK):
        yield Line("bad", "storage", f"{place} cannot be written by this user")
    else:
        yield Line("ok", "storage", f"{place} has {shutil.disk_usage(place).free / 1e9:,.1f} GB free")


def _remote_storage(url: str) -> Iterator[Line]:
    try:
        check_storage_url(url)
        asyncio.run(Objects(url).check())
    except SettingsError as error:
        yield Line("bad", "storage", str(error))
    except ObjectError as error:
        yield Line("bad", "storage", f"{masked(url)}: {error}")
    else:
        yield Line("ok", "storage", f"{masked(url)} answers")


def _limits(settings: Settings) -> Iterator[Line]:
    try:
        check_rate_limit(settings)
    except SettingsError as error:
        yield Line("bad", "limits", str(error))


def _database(settings: Settings) -> Iterator[Line]:
    if not has_database(settings):
        yield Line("note", "database", f"none yet in {settings.data_dir}; `minivod serve` makes it")
        return

    async def uptime(db: Database) -> float:
        return await db.uptime()

    try:
        yield Line("ok", "database", f"answers; up for {ask(settings, uptime):.0f} s")
    except NoDatabase as error:
        yield Line("bad", "database", str(error))

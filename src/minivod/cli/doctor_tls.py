"""`minivod doctor tls`, and what `minivod doctor` says of the server's certificate."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from minivod import certificates
from minivod.certificates import Unusable
from minivod.cli import authority, tls_check
from minivod.cli.authority import Place
from minivod.cli.checks import check_tls
from minivod.cli.options import data_dir, fail, with_settings
from minivod.cli.report import Line
from minivod.settings import Settings, SettingsError

_SOON = timedelta(days=14)


@with_settings
def tls(
    settings: Settings,
    url: Annotated[str, typer.Argument(help="As a client calls the server: https://HOST:PORT, or http://….")],
    ca_file: Annotated[
        Path | None,
        typer.Option(help="CAs that the client trusts; default: that of `minivod tls init`, or the system's."),
    ] = None,
) -> None:
    """Say what a client finds at an address: an expired or untrusted certificate, another host, the wrong port."""
    own = Place.of(data_dir(settings)).ca
    try:
        found = tls_check.at(url, ca_file or (own if own.exists() else None))
    except ValueError as error:
        raise fail(str(error), 2) from None
    except Unusable as error:
        raise fail(str(error)) from None
    typer.echo(f"{'✓' if found.well else '✗'} {found.words}")
    if not found.well:
        raise typer.Exit(1)


def lines(settings: Settings) -> Iterator[Line]:
    """Of the report of `minivod doctor`."""
    try:
        check_tls(settings)
    except SettingsError as error:
        yield Line("bad", "tls", str(error))
        return
    pair = settings.tls_pair()
    if pair is None:
        yield Line("note", "tls", "no certificate, so HTTP alone; `minivod tls init HOST` makes one")
        return
    cert, key = pair
    own = certificates.read(cert)
    now = authority.moment()
    if fault := own.fault_at(now):
        yield Line("bad", "tls", f"{cert}: {fault}")
        return
    soon = own.ends - now < _SOON
    yield Line("note" if soon else "ok", "tls", f"{', '.join(own.names)}; until {certificates.shown(own.ends)}")
    if words := certificates.open_to_others(key):
        yield Line("note", "tls", words)
    yield from _trust(settings, cert, key)


def _trust(settings: Settings, cert: Path, key: Path) -> Iterator[Line]:
    """For the host that clients call: that of public_url, if it is known."""
    public = urlsplit(settings.public_url)
    names = [name for name in certificates.read(cert).names if "*" not in name]
    host = public.hostname if public.scheme == "https" and public.hostname else next(iter(names), "")
    if not host:
        yield Line("bad", "tls", f"{cert}: {certificates.NAMELESS}")
        return
    ca = Place.of(data_dir(settings)).ca
    private = ca if not settings.tls_cert and ca.exists() else None
    found = tls_check.pair(cert, key, host, private)
    whose = f", if they trust the CA {ca}" if private else ""
    yield Line("ok" if found.well else "note", "tls", f"{found.words}{whose if found.well else ''}")

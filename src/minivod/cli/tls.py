"""`minivod tls`: a private CA and a certificate for the server, and how clients come to trust them."""

from pathlib import Path
from typing import Annotated

import typer

from minivod import certificates
from minivod.cli import authority, trust
from minivod.cli.authority import Place
from minivod.cli.options import data_dir, fail, with_settings
from minivod.settings import Settings

app = typer.Typer(no_args_is_help=True, help="A private CA and a certificate for the server.")


@app.command()
@with_settings
def init(
    settings: Settings,
    hosts: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[HOST]...",
            help="DNS names and IP addresses by which clients call the server; localhost is always one.",
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Make a new CA in place of the one that is there; clients must trust anew.")
    ] = False,
) -> None:
    """Make a private CA and a certificate in the data directory, and say how clients trust them.

    What is there is kept; a certificate that ends soon, or is for other hosts, is made anew by the same CA.
    """
    place = Place.of(data_dir(settings))
    try:
        made = authority.init(place, hosts or [], authority.moment(), force=force)
    except (authority.Refused, certificates.Unusable, OSError) as error:
        raise fail(str(error)) from None
    _tell(settings, place, "made" if made else "kept")


@app.command()
@with_settings
def renew(settings: Settings) -> None:
    """Make a new certificate of the same CA for the same hosts; a running server takes it within seconds.

    `minivod serve` does it by itself, a month before a certificate ends.
    """
    place = Place.of(data_dir(settings))
    try:
        authority.renew(place, authority.moment())
        own = certificates.read(place.server)
    except (authority.Refused, certificates.Unusable, OSError) as error:
        raise fail(str(error)) from None
    typer.echo(f"renewed: {place.server}, until {certificates.shown(own.ends)}")


def _tell(settings: Settings, place: Place, what: str) -> None:
    own, ca = certificates.read(place.server), certificates.read(place.ca)
    typer.echo(f"CA: {place.ca}, until {certificates.shown(ca.ends)}")
    typer.echo(f"{what}: {place.server}, until {certificates.shown(own.ends)}, for {', '.join(own.names)}")
    if settings.tls_cert:
        typer.echo(f"note: the server goes on taking the setting tls_cert, {settings.tls_cert}")
    else:
        typer.echo(f"`minivod serve` speaks HTTPS with it from its next start on, on port {settings.tls_port}.")
    host = next(name for name in own.names if "*" not in name)
    address = f"[{host}]:{settings.tls_port}" if ":" in host else f"{host}:{settings.tls_port}"
    for client, typed in trust.lines(Path(place.ca), address).items():
        typer.echo(f"\n# {client}")
        typer.echo("\n".join(typed))

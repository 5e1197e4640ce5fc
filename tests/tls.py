"""Certificates for tests, made as `minivod tls init` makes them, and clients that trust them."""

import ssl
from datetime import datetime
from pathlib import Path

from minivod.cli import authority
from minivod.cli.authority import Place

__all__ = ["Place", "client", "make"]


def make(home: Path, *hosts: str, now: datetime | None = None) -> Place:
    """A CA and a certificate below that directory; without hosts, for localhost alone."""
    place = Place.of(home)
    authority.init(place, hosts, now or authority.moment(), force=True)
    return place


def client(place: Place, newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> ssl.SSLContext:
    """Trusts that CA; offers old versions, and HTTP/2 too, if told to."""
    context = ssl.create_default_context(cafile=place.ca)
    context.set_alpn_protocols(["h2", "http/1.1"])
    if newest < ssl.TLSVersion.TLSv1_2:
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = newest
    return context

"""Where the server may send requests of its own: how a URL is read, and which ports and addresses may be called.

Nothing here opens a connection: `egress.py` does, and asks this module about every address that it is about to
connect to (field.md §4, T11). A URL is read once, strictly, and from then on only what was read is used, so that no
two readers can understand it differently. Special addresses: the IANA registries of RFC 6890 and what came after it.
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from urllib.parse import quote, urljoin

import idna

from minivod.settings import Settings, SettingsError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

LONGEST_URL = 4096
DEFAULT_PORTS = {"http": 80, "https": 443}
_MOST_PORT = 65535
_PORT_DIGITS = 5
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^#]*)(?:#.*)?")
_AUTHORITY = re.compile(r"(\[[^\[\]]*\]|[^:\[\]]*)(?::([0-9]{0,5}))?")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\\]")
"""What no URL has: some clients drop it and some cut there; a backslash is a slash for some."""
_KEPT = "/?:@!$&'()*+,;=%~-._[]|"
"""What stays as it is written after the host: signatures of URLs depend on it."""
_LONGEST_NAME = 253
_UNREADABLE = "has a host or a port that cannot be read; after the host there may be :PORT"

_SPECIAL = tuple(
    map(
        ipaddress.ip_network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "168.63.129.16/32",  # public by its number; inside Azure it is the platform's own service
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "240.0.0.0/4",
            "2001::/23",  # Teredo, benchmarks, ORCHID
            "2001:db8::/32",
            "2002::/16",  # 6to4: an IPv4 address of anybody's choice in it
            "3fff::/20",
        ),
    )
)
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: what DNS64 answers for hosts that have IPv4 alone


class BadUrl(ValueError):
    """A URL that is not called; the message goes on from the URL: `has no host`."""


@dataclass(frozen=True)
class Target:
    """A URL as it was read: nobody reads the text again."""

    scheme: str
    """`http` or `https`."""
    host: str
    """A name in ASCII, small letters, without a trailing dot; or an address in its canonical form, no brackets."""
    port: int
    path: str
    """Path and query as they are sent."""

    @property
    def origin(self) -> str:
        """Scheme, host, and the port unless it is the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"

    @property
    def url(self) -> str:
        """Whole; may hold a signature or a password in its query."""
        return f"{self.origin}{self.path}"

    @property
    def shown(self) -> str:
        """For logs and messages: without the query, which may hold secrets."""
        return f"{self.origin}{self.path.partition('?')[0]}"

    @cached_property
    def address(self) -> Address | None:
        """If the host is one."""
        try:
            return ipaddress.ip_address(self.host)
        except ValueError:
            return None

    def join(self, reference: str) -> str:
        """A URL that a document or a redirect at this one gives, which may be relative (RFC 3986 §5).

        Raises:
            BadUrl: it has characters that no URL has, or brackets that do not close.
        """
        _refuse_the_unseen(reference)
        try:
            return urljoin(self.url, reference.strip(" "))
        except ValueError:
            raise BadUrl(_UNREADABLE) from None


class Destinations:
    """What the settings `egress_networks` and `egress_ports` let through.

    Raises:
        SettingsError: one of them cannot be read.
    """

    def __init__(self, settings: Settings) -> None:
        self._networks = [_network(text) for text in settings.egress_networks]
        self._ports = [_port_range(text) for text in settings.egress_ports]

    def read(self, text: str) -> Target:
        """The URL, if it may be called as far as it tells; where a name leads is seen when it is.

        Raises:
            BadUrl: it is no URL of http or https, has a user or a password, or a host or port that is not called.
        """
        target = read_url(text)
        if not any(target.port in ports for ports in self._ports):
            raise BadUrl(f"has the port {target.port}, which this server does not call (its setting egress_ports)")
        if target.address is not None and not self.permits(target.address):
            raise BadUrl(f"has the host {target.host}, an address that is not public (setting egress_networks)")
        return target

    def permits(self, address: Address) -> bool:
        """Whether the address may be connected to: it is public, or the operator allows its network.

        An IPv4 address in an IPv6 one is judged as the IPv4 address that is reached by it.
        """
        address = _reached(address)
        if address.is_multicast or address.is_unspecified or address == IPv4Address("255.255.255.255"):
            return False
        return any(address in network for network in self._networks) or is_public(address)


def is_public(address: Address) -> bool:
    """Whether it is a unicast address of the public internet."""
    address = _reached(address)
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    return not address.is_multicast and not any(address in network for network in _SPECIAL)


def read_url(text: str) -> Target:
    """Reads a URL strictly; whether it may be called is not asked.

    Raises:
        BadUrl: it is no absolute URL of http or https, or has a user or a password.
    """
    if len(text) > LONGEST_URL:
        raise BadUrl(f"is longer than {LONGEST_URL} characters")
    _refuse_the_unseen(text)
    found = _URL.fullmatch(text)
    if found is None:
        raise BadUrl("is not an absolute URL of the form http://host/path or https://host/path")
    scheme, authority, rest = found[1].lower(), found[2], found[3]
    if scheme not in DEFAULT_PORTS:
        raise BadUrl(f"has the scheme {scheme[:20]}; it must be http or https")
    if "@" in authority:
        raise BadUrl("has a user or a password before its host; leave them out")
    parts = _AUTHORITY.fullmatch(authority)
    if parts is None:
        raise BadUrl(_UNREADABLE)
    return Target(scheme, _host(parts[1]), _port(parts[2], scheme), _path(rest))


def _refuse_the_unseen(text: str) -> None:
    if _UNSEEN.search(text):
        raise BadUrl("has control characters or a backslash; write them percent-encoded")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise BadUrl("is not Unicode text")


def _host(written: str) -> str:
    if not written:
        raise BadUrl("has no host")
    if written.startswith("["):
        return _ipv6(written[1:-1])
    name = _ascii(written).removesuffix(".")
    if _NUMBER.fullmatch(name.rpartition(".")[2]):
        return _ipv4(name)
    if len(name) > _LONGEST_NAME or not all(_LABEL.fullmatch(label) for label in name.split(".")):
        raise BadUrl("has a host that is no host name; letters, digits, hyphens and dots make one")
    return name


def _ascii(name: str) -> str:
    """In small letters of ASCII: what other letters stand for (UTS 46), as clients and resolvers take it."""
    if name.isascii():
        return name.lower()
    try:
        return idna.encode(name, uts46=True).decode().lower()
    except (idna.IDNAError, UnicodeError):
        raise BadUrl("has a host that is no host name, also not in the letters of its language") from None


def _ipv4(name: str) -> str:
    """What ends in a number is an address (WHATWG URL §3.5), and there is one way to write it here."""
    try:
        return str(IPv4Address(name))
    except ValueError:
        raise BadUrl("has an address that is not written as four decimal numbers, like 192.0.2.1") from None


def _ipv6(text: str) -> str:
    try:
        address = IPv6Address(text)
    except ValueError:
        raise BadUrl("has something in brackets that is no IPv6 address") from None
    if address.scope_id is not None:
        raise BadUrl("has an IPv6 address with a zone, which means something on one machine alone")
    return str(address)


def _port(digits: str | None, scheme: str) -> int:
    port = int(digits) if digits else DEFAULT_PORTS[scheme]
    if not 0 < port <= _MOST_PORT:
        raise BadUrl(f"has the port {port}; ports are 1 to {_MOST_PORT}")
    return port


def _path(rest: str) -> str:
    path = quote(rest, safe=_KEPT)
    return path if path.startswith("/") else f"/{path}"


def _reached(address: Address) -> Address:
    """The IPv4 address that a mapped or translated one leads to."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text.strip())
    except ValueError:
        raise SettingsError(
            f"the setting egress_networks has a wrong value {text[:60]!r}; expected: networks like 10.0.0.0/8 or "
            "fd00::/8, whose address has no bits beyond the network's"
        ) from None


def _port_range(text: str) -> range:
    first, dash, last = text.strip().partition("-")
    bounds = [first, last] if dash else [first]
    if all(bound.isascii() and bound.isdigit() and len(bound) <= _PORT_DIGITS for bound in bounds):
        ports = range(int(first), int(bounds[-1]) + 1)
        if ports and ports[0] > 0 and ports[-1] <= _MOST_PORT:
            return ports
    raise SettingsError(
        f"the setting egress_ports has a wrong value {text[:60]!r}; expected: ports like 443, or ranges like 8000-8099"
    )


def addresses(found: Iterable[str]) -> list[Address]:
    """Those of a resolver's answers that are addresses; one with a zone is none that is called."""
    return [ipaddress.ip_address(text) for text in found if "%" not in text]

"""Which host may a client have signed, when another arrived? Proxies change it; only the doctor asks this (T3)."""

import ipaddress
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence

REFERENCE_HOST = "vod.tencentcloudapi.com"
NGINX_LINE = "proxy_set_header Host $http_host;"

_HTTP, _HTTPS = "80", "443"
_PORT = re.compile(r"(\[[^]]*\]|[^:]*):([0-9]{1,5})")
_FORWARDED_HOST = re.compile(r'(?:^|[;,])\s*host="?([^";,\s]+)', re.IGNORECASE)
_OTHER_PORTS = (_HTTP, _HTTPS, "8080", "8443")
_LAST_PORT = 65_535
_MOST_TOLD = 10
"""Values of a forwarding header that are tried: more proxies than stand in a row."""
_MOST_SCANNED = 4
"""Names that are tried with every port."""
_LOCAL = ("localhost", "127.0.0.1")
"""What clients on the same machine call."""
_DROPPED = f"drops the port, as nginx does with `proxy_set_header Host $host;` - `{NGINX_LINE}` mends it"
_CASE = (
    "; they differ in upper and lower case only: write the host in lower case where the client is told of it (a proxy "
    f"in front can change that too, as nginx does with `proxy_set_header Host $host;` - `{NGINX_LINE}` mends it)"
)
_DOT = (
    "; they differ in the dot at the end of the name only: leave it out where the client is told of it (a proxy in "
    f"front can drop it, as nginx does with `proxy_set_header Host $host;` - `{NGINX_LINE}` mends it)"
)
_SAME_ADDRESS = "; it is the same IPv6 address: sign it as it is sent, in brackets and in the same spelling"
_URL = "; sign the host alone, without what else is in a URL"

Guess = tuple[str, str]
"""In words what the client did, and the host that it would have signed."""


def usual(sent: Mapping[str, str], hosts: Sequence[str]) -> Iterator[Guess]:
    """The hosts that are worth a try.

    Args:
        sent: the headers of the request, as they arrived.
        hosts: by which clients call the server, such as that of `public_url`, with their ports.
    """
    arrived = sent.get("host", "")
    name, _ = split(arrived)
    told = [host for host in (*hosts, *_forwarded(sent)) if host]
    ports = list(dict.fromkeys([*(split(host)[1] for host in told), *_list(sent, "x-forwarded-port"), *_OTHER_PORTS]))
    others = [REFERENCE_HOST, *told]
    for one in (*(split(host)[0] for host in told), name):
        others += [one, *(f"{one}:{port}" for port in ports if port)]
    names = {split(host)[0] for host in told}
    spellings = {**_spellings(name), **_spellings(arrived)}
    for other in dict.fromkeys([*others, *spellings, "localhost", "127.0.0.1", ""]):
        if other not in (arrived, name):
            yield _words(arrived, other, spellings.get(other) or _hint(arrived, other, split(other)[0] in names)), other


def every_port(sent: Mapping[str, str], hosts: Sequence[str]) -> Iterator[str]:
    """Hosts with every port: where a proxy drops it, or puts another there, nothing else tells which it was.

    The name that arrived, those without a port that are told, and where an upstream of a proxy arrived, as one does
    without any header that tells of the proxy, those of this machine.
    """
    arrived = sent.get("host", "")
    names = dict.fromkeys(filter(None, [split(arrived)[0], *_other_names(sent, hosts)]))
    for name in itertools.islice(names, _MOST_SCANNED):
        for number in range(1, _LAST_PORT + 1):
            if (other := f"{name}:{number}") != arrived:
                yield other


def of_port(sent: Mapping[str, str], hosts: Sequence[str], other: str) -> str:
    """The words for a host of `every_port`."""
    arrived = sent.get("host", "")
    return _words(arrived, other, _hint(arrived, other, split(other)[0] in _other_names(sent, hosts)))


def _other_names(sent: Mapping[str, str], hosts: Sequence[str]) -> list[str]:
    told = [host for host in (*hosts, *_forwarded(sent)) if host and not split(host)[1]]
    return [*told, *(_LOCAL if _is_upstream(split(sent.get("host", ""))[0]) else ())]


def advice(sent: Mapping[str, str], hosts: Sequence[str]) -> str:
    """Where no guess was right: what a proxy may have done; empty where what clients call arrived."""
    arrived = sent.get("host", "")
    if any(split(host)[0] == split(arrived)[0] for host in hosts):
        return ""
    return (
        f". The request arrived with the Host {arrived!r}: if clients call another one, a proxy changes it (nginx: "
        f"`{NGINX_LINE}` mends that); say which one they call with --called, or with the setting public_url"
    )


def split(host: str) -> tuple[str, str]:
    """Name and port of a host; the port is empty where there is none."""
    match = _PORT.fullmatch(host)
    return (match[1], match[2]) if match else (host, "")


def _is_upstream(name: str) -> bool:
    """Whether a proxy may call the server so: an address of the inside, or a name without a domain."""
    try:
        return ipaddress.ip_address(name.strip("[]")).is_private
    except ValueError:
        return "." not in name


def _forwarded(sent: Mapping[str, str]) -> list[str]:
    named = [host for header in ("x-forwarded-host", "x-original-host") for host in _list(sent, header)]
    return [*named, *_FORWARDED_HOST.findall(sent.get("forwarded", ""))[:_MOST_TOLD]]


def _list(sent: Mapping[str, str], header: str) -> list[str]:
    """The values of a header to which each proxy adds its own."""
    return [value.strip() for value in sent.get(header, "").split(",") if value.strip()][:_MOST_TOLD]


def _spellings(host: str) -> dict[str, str]:
    """The host written in other ways, each with what is to be done about it."""
    name, port = split(host)
    end = f":{port}" if port else ""
    dotted = name.removesuffix(".") if name.endswith(".") else f"{name}."
    found = dict.fromkeys((host.lower(), host.upper(), host.title()), _CASE)
    found |= {f"{dotted}{end}": _DOT}
    found |= dict.fromkeys((f"http://{host}", f"https://{host}", f"{host}/", f"http://{host}/"), _URL)
    return found | {f"{form}{end}": _SAME_ADDRESS for form in _ipv6_forms(name)}


def _ipv6_forms(name: str) -> Iterator[str]:
    try:
        address = ipaddress.IPv6Address(name.strip("[]"))
    except ValueError:
        return
    for form in dict.fromkeys([name.strip("[]"), address.compressed, address.exploded, _without_zeros(address)]):
        yield from (f"[{form}]", form)


def _without_zeros(address: ipaddress.IPv6Address) -> str:
    return ":".join(f"{int(group, 16):x}" for group in address.exploded.split(":"))


def _words(arrived: str, other: str, hint: str) -> str:
    return f"signed the host {other!r}, but {arrived!r} arrived{hint}"


def _hint(arrived: str, other: str, told: bool) -> str:
    """What to do about it; `told`: the name is one by which clients call the server, or that a proxy forwarded."""
    (name, port), (signed_name, signed_port) = split(arrived), split(other)
    if not arrived:
        return (
            '; a proxy in front of this server leaves the Host out, as nginx does with `proxy_set_header Host "";` - '
            f"`{NGINX_LINE}` mends it"
        )
    if other == REFERENCE_HOST:
        return "; set the endpoint in the SDK's HttpProfile, so that it signs the host it calls"
    if signed_name == name:
        return _port_hint(port, signed_port)
    if signed_name.lower() == name.lower():
        return _CASE
    if told:
        return (
            "; a proxy in front of this server must hand the Host on as it came, but sends another, as nginx does with "
            f"`proxy_pass` alone - `{NGINX_LINE}` mends it"
        )
    return ""


def _port_hint(port: str, signed_port: str) -> str:
    if port and signed_port:
        return (
            "; the port in Host differs: a proxy in front of this server puts its own there (in a container, the one "
            "that is mapped to another), as nginx does with `proxy_set_header Host $host:$server_port;`, or that of "
            f"its upstream, as with `proxy_pass` alone - `{NGINX_LINE}` mends it"
        )
    if signed_port in (_HTTP, _HTTPS):
        return (
            "; the port in Host differs: either the client's HTTP library leaves the usual port out of Host, so leave "
            f"it out where the client is told of the host, or a proxy in front of this server {_DROPPED}"
        )
    return f"; a proxy in front of this server {_DROPPED}"

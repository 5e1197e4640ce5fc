"""Which host may a client have signed, when another arrived? Proxies change it; only the doctor asks this (T3)."""

import re
from collections.abc import Iterator, Mapping, Sequence

REFERENCE_HOST = "vod.tencentcloudapi.com"
NGINX_LINE = "proxy_set_header Host $http_host;"

_HTTP, _HTTPS = "80", "443"
_PORT = re.compile(r"(.*?):([0-9]{1,5})")
_FORWARDED_HOST = re.compile(r'(?:^|[;,])\s*host="?([^";,\s]+)', re.IGNORECASE)
_OTHER_PORTS = (_HTTP, _HTTPS)
_LAST_PORT = 65_535
_OF_PROXIES = ("x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-real-ip", "forwarded", "via")

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
    for other in dict.fromkeys([*others, "localhost", "127.0.0.1", ""]):
        if other not in (arrived, name):
            yield _words(arrived, other, forwarded=split(other)[0] in {split(host)[0] for host in told}), other


def every_port(sent: Mapping[str, str], hosts: Sequence[str]) -> Iterator[Guess]:
    """Names that arrived without a port, with every port: where a proxy drops it, nothing else tells which it was."""
    arrived = sent.get("host", "")
    told = [*hosts, *_forwarded(sent)]
    names = dict.fromkeys(host for host in (arrived, *told) if host and not split(host)[1])
    for name in names:
        for port in range(1, _LAST_PORT + 1):
            other = f"{name}:{port}"
            yield _words(arrived, other, forwarded=name in told), other


def advice(sent: Mapping[str, str], hosts: Sequence[str]) -> str:
    """Where no guess was right: what a proxy may have done; empty where nothing speaks for one."""
    arrived = sent.get("host", "")
    if any(split(host)[0] == split(arrived)[0] for host in hosts):
        return ""
    if not hosts and not any(name in sent for name in _OF_PROXIES):
        return ""
    return (
        f". The request arrived with the Host {arrived!r}: if clients call another one, a proxy changes it (nginx: "
        f"`{NGINX_LINE}` mends that); say which one they call with --called, or with the setting public_url"
    )


def split(host: str) -> tuple[str, str]:
    """Name and port of a host; the port is empty where there is none."""
    match = _PORT.fullmatch(host)
    return (match[1], match[2]) if match else (host, "")


def _forwarded(sent: Mapping[str, str]) -> list[str]:
    named = [host for header in ("x-forwarded-host", "x-original-host") for host in _list(sent, header)]
    return [*named, *_FORWARDED_HOST.findall(sent.get("forwarded", ""))]


def _list(sent: Mapping[str, str], header: str) -> list[str]:
    """The values of a header to which each proxy adds its own."""
    return [value.strip() for value in sent.get(header, "").split(",") if value.strip()]


def _words(arrived: str, other: str, *, forwarded: bool) -> str:
    (name, port), (signed_name, signed_port) = split(arrived), split(other)
    hint = ""
    if other == REFERENCE_HOST:
        hint = "; set the endpoint in the SDK's HttpProfile, so that it signs the host it calls"
    elif signed_name == name and signed_port not in ("", _HTTP, _HTTPS) and not port:
        hint = (
            "; a proxy in front of this server drops the port, as nginx does with `proxy_set_header Host $host;` - "
            f"`{NGINX_LINE}` mends it"
        )
    elif forwarded:
        hint = (
            "; a proxy in front of this server must hand the Host on as it came, but sends another, as nginx does with "
            f"`proxy_pass` alone - `{NGINX_LINE}` mends it"
        )
    elif signed_name == name:
        hint = "; the port in Host differs"
    return f"signed the host {other!r}, but {arrived!r} arrived{hint}"

"""Which proxy of the environment an HTTP client goes through, so that a dead one is named and not the server."""

import ipaddress
import os
import re
from urllib.parse import urlsplit
from urllib.request import getproxies_environment, proxy_bypass

from minivod.settings_words import masked

_SYSTEM_REASON = re.compile(r"\[(?:Errno -?\d+|SSL: \w+)\] ([\w ]+)")
"""The one part for people in what urllib3 says."""


def system_reason(text: str) -> str:
    """What the system said, out of a client's words about a failed connection: `: Connection refused`, or empty."""
    if "dependencies for SOCKS" in text:  # of requests
        return ": a SOCKS proxy needs the package PySocks (pip install PySocks)"
    found = _SYSTEM_REASON.search(text)
    return f": {found[1]}" if found else ""


def advice(url: str, *, own: str = "") -> str:
    """Through which proxy a request got to the URL, and how to go there without; empty where no proxy is between.

    It is found as the official SDKs, pip and obstore find it: the variable of the scheme before ALL_PROXY, and
    no_proxy with names, addresses and networks.

    Args:
        url: of whoever was asked.
        own: the variable in which this client looks first, whatever no_proxy says; for example `AWS_PROXY_URL`.
    """
    if own and os.environ.get(own):
        return f"{_through(os.environ[own], own)}; to go there without it, unset {own}"
    found = getproxies_environment()
    try:
        parts = urlsplit(url)
    except ValueError:  # nobody got anywhere by it
        return ""
    value = found.get(parts.scheme) or found.get("all")
    if not value or _is_excepted(parts.hostname or "", parts.netloc):
        return ""
    variable = _variable(parts.scheme, value)
    return f"{_through(value, variable)}; to go there without it, set no_proxy={parts.hostname}, or unset {variable}"


def forget() -> None:
    """Takes the proxies out of this process's environment: all that it calls is a server of its own."""
    for name in list(os.environ):
        if name.lower() in ("http_proxy", "https_proxy", "all_proxy"):
            del os.environ[name]


def shown(proxy: str) -> str:
    """The proxy as a URL, without its password."""
    return masked(proxy if "://" in proxy else f"http://{proxy}")


def _through(value: str, variable: str) -> str:
    return f"through the proxy {shown(value)}, which the variable {variable} names"


def _is_excepted(host: str, netloc: str) -> bool:
    """Whether no_proxy has it. A port in it counts after a name, but no client takes one after an address."""
    if proxy_bypass(host) or (not _is_address(host) and proxy_bypass(netloc.rpartition("@")[2])):
        return True
    entries = getproxies_environment().get("no", "").split(",")
    return any(_is_within(host, entry.strip()) for entry in entries if "/" in entry)


def _is_address(host: str) -> bool:
    try:
        return bool(ipaddress.ip_address(host))
    except ValueError:
        return False


def _is_within(host: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


def _variable(scheme: str, value: str) -> str:
    """The variable that holds the proxy, as it is written: clients take HTTP_PROXY and http_proxy for the same."""
    names = [f"{scheme}_proxy", f"{scheme}_proxy".upper(), "all_proxy", "ALL_PROXY"]
    written = [*names, *os.environ]
    return next(name for name in written if name in os.environ and os.environ[name] == value)

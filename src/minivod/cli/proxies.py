"""Which proxy of the environment an HTTP client goes through, so that a dead one is named and not the server."""

import os
from urllib.parse import urlsplit

from minivod.settings import masked


def advice(url: str) -> str:
    """Through which proxy a request got to the URL, and how to go there without; empty where no proxy is between.

    It is found as the official SDKs find it, by requests: the variable of the scheme before ALL_PROXY, and no_proxy.
    """
    from requests.utils import get_environ_proxies, select_proxy  # comes with the SDKs, which not everybody has

    value = select_proxy(url, get_environ_proxies(url))
    if not value:
        return ""
    variable = _variable(urlsplit(url).scheme, value)
    shown = masked(value if "://" in value else f"http://{value}")
    return (
        f"through the proxy {shown}, which the variable {variable} names; to go there without it, set "
        f"no_proxy={urlsplit(url).hostname}, or unset {variable}"
    )


def forget() -> None:
    """Takes the proxies out of this process's environment: all that it calls is a server of its own."""
    for name in list(os.environ):
        if name.lower() in ("http_proxy", "https_proxy", "all_proxy"):
            del os.environ[name]


def _variable(scheme: str, value: str) -> str:
    """The variable that holds the proxy, as it is written: clients take HTTP_PROXY and http_proxy for the same."""
    names = [f"{scheme}_proxy", f"{scheme}_proxy".upper(), "all_proxy", "ALL_PROXY"]
    written = [*names, *os.environ]
    return next(name for name in written if name in os.environ and os.environ[name] == value)

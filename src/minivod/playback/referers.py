"""Which pages may have their visitors fetch files: the Referer against a list of an application (RefererAuthPolicy)."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import SplitResult, urlsplit

_PORTS = {"http": 80, "https": 443}


def allowed(policy: dict[str, Any], given: Sequence[str]) -> bool:
    """Whether a request may be answered.

    Args:
        policy: an enabled RefererAuthPolicy as on the wire.
        given: the values of all its headers Referer.
    """
    shown = [one for one in given if one.strip()]
    if not shown:
        return bool(policy["BlankRefererAllowed"] == "Yes")
    listed = [any(_matches(entry, one) for entry in policy["Referers"]) for one in shown]
    return all(listed) if policy["AuthType"] == "White" else not any(listed)


def _matches(entry: str, referer: str) -> bool:
    """Whole names match whole names: `example.com` is neither `example.com.cn` nor `www.example.com`."""
    text = referer.strip().replace("\\", "/")  # as browsers read it (WHATWG URL §4.4)
    try:
        parts = urlsplit(text if "://" in text else f"//{text.removeprefix('//')}")
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return False
    place, slash, path = entry.partition("/")
    name, _, wanted_port = place.lower().partition(":")
    if wanted_port and _port(parts) != int(wanted_port):
        return False
    if slash and not (parts.path or "/").startswith(f"/{path}"):
        return False
    return host.endswith(name[1:]) and len(host) >= len(name) if name.startswith("*.") else host == name


def _port(parts: SplitResult) -> int | None:
    """The port, which browsers leave out when it is the scheme's; one that cannot be read is none."""
    try:
        return parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None

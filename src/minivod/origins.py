"""Origins of pages as browsers write them in `Origin`, which is compared letter by letter (RFC 6454 §6.2)."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

import idna

ALL, OPAQUE = "*", "null"
"""All origins, and that of pages which have none: of files, and of frames in a sandbox."""
_USUAL_PORTS = {"http": 80, "https": 443}
_PARTS = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<place>[^\s/?#@*,;'\"\\]+)/?\Z")


class NoOrigin(ValueError):
    """The text is no origin."""


def canonical(texts: Iterable[str]) -> list[str]:
    """The origins as browsers write them: in small letters, without the usual port or a slash at the end.

    Raises:
        NoOrigin: one of them is none, for example because it has a path; its argument is the text.
    """
    return [_canonical(text) for text in texts]


def _canonical(text: str) -> str:
    if text in (ALL, OPAQUE):
        return text
    found = _PARTS.match(text)
    if found is None:
        raise NoOrigin(text)
    scheme = found["scheme"].lower()
    try:
        parts = urlsplit(f"//{found['place']}")
        host, port = parts.hostname or "", parts.port
        host = host if host.isascii() else idna.encode(host, uts46=True).decode()
    except (ValueError, idna.IDNAError):  # brackets, or a port; a name that is none
        raise NoOrigin(text) from None
    if not host:
        raise NoOrigin(text)
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}" + (f":{port}" if port is not None and port != _USUAL_PORTS.get(scheme) else "")

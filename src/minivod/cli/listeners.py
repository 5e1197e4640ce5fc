"""The sockets on which a server listens: one of HTTP, and one of HTTPS where there is a certificate."""

import errno
import socket

from minivod.cli.options import fail
from minivod.settings import Settings

_BACKLOG = 2048


def listeners(settings: Settings) -> tuple[socket.socket, socket.socket | None]:
    """Both, or the first and None; a sentence ends the program when an address cannot be had."""
    plain = _listen(settings.host, settings.port, "")
    if settings.tls_pair() is None:
        return plain, None
    return plain, _listen(settings.tls_host or settings.host, settings.tls_port, "tls_")


def inherited(descriptor: int) -> socket.socket:
    """A listening socket that a supervisor has opened."""
    return socket.socket(fileno=descriptor)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; raises OSError when the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=_BACKLOG, reuse_port=False)
    # Not every event loop sets it on accepted sockets, which have it from this one. Else each answer takes 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.set_inheritable(True)
    return listener


def _listen(host: str, port: int, prefix: str) -> socket.socket:
    try:
        return listen(host, port)
    except OSError as error:
        # The library repeats the reason in its words, after the system's.
        reason = (error.strerror or str(error)).partition(" (while ")[0]
        other = "port" if error.errno in (errno.EADDRINUSE, errno.EACCES) else "host"
        raise fail(f"cannot listen on {host}:{port}: {reason}; set another {prefix}{other}") from None

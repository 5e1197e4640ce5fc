"""What limits requests to the outside, and what goes wrong with them, in words that nothing of the answer is in."""

import errno
import os
from dataclasses import dataclass

import aiohttp

from minivod.destinations import Target

GIVEN_UP = (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)
"""What is raised when a connection has ended before anything of an answer came."""


class EgressError(Exception):
    """A request came to nothing; the message is for whoever gave the URL."""


class Forbidden(EgressError):
    """It is not made: the URL, or one that it redirects to, says itself that it leads where this server does not call.

    A name whose addresses are not called is `Unreachable`, like one that does not exist.
    """


class Unreachable(EgressError):
    """No connection: no address of the name, refused, no route, or TLS failed."""


class TimedOut(EgressError):
    """One of the limits of time was over."""


class TooLarge(EgressError):
    """The answer has more bytes than are taken."""


class Broken(EgressError):
    """The answer ended early, is no HTTP, or has a form that was not asked for."""


@dataclass(frozen=True)
class Limits:
    """Of one `get`, redirects included: seconds, and bytes of the body."""

    total: float
    max_bytes: int
    connect: float = 15.0
    """For one connection: the lookup of the name, TCP and TLS."""
    silence: float = 30.0
    """Without a byte from the other side."""


class NotPermitted(OSError):
    """An address that is not connected to; an OSError, for what lies between to take it for one of a connection."""

    def __init__(self) -> None:
        super().__init__(errno.EACCES, "not permitted")


def failure(error: Exception, target: Target, limits: Limits) -> EgressError:
    """In words of ours: those of libraries repeat what the other side sent."""
    where = target.shown
    if isinstance(error, TimeoutError):
        return TimedOut(f"{where} {_late(error, limits)}")
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        reason = getattr(error.certificate_error, "verify_message", "") or "it is not trusted"
        return Unreachable(f"{where} has a certificate that is not accepted: {reason}")
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        return Unreachable(f"{where} cannot be reached: TLS failed")
    if isinstance(error, aiohttp.ClientConnectorError):
        return _no_connection(error, target)
    if isinstance(error, aiohttp.ServerDisconnectedError | aiohttp.ClientPayloadError | OSError):
        return Broken(f"{where} broke the connection off")
    return Broken(f"{where} did not answer in HTTP that can be read")


def _late(error: Exception, limits: Limits) -> str:
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return f"cannot be reached within {limits.connect:g} seconds"
    if isinstance(error, aiohttp.SocketTimeoutError):
        return f"sent nothing for {limits.silence:g} seconds"
    return f"took longer than {limits.total:g} seconds"


def _no_connection(error: aiohttp.ClientConnectorError, target: Target) -> EgressError:
    """A name that is unknown and one whose addresses are private are told alike: nobody finds out private names.

    Alike means in kind, too: what callers do then, and so how long it takes, shows which one it was.
    """
    by_name = isinstance(error, aiohttp.ClientConnectorDNSError)
    if by_name or isinstance(error.os_error, NotPermitted):  # an address as host says for itself what it is
        kind = Unreachable if by_name else Forbidden
        return kind(
            f"{target.shown} cannot be reached: the name {target.host} has no address, or none that this server calls "
            "(setting egress_networks)"
        )
    number = error.os_error.errno or 0
    reason = os.strerror(number) if number in errno.errorcode else "no connection"
    return Unreachable(f"{target.shown} cannot be reached: {reason}")

"""Tries a receiver: sends it a test event, then calls that it must refuse, and says in words what is wrong with it."""

import secrets as random_secrets
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

from minivod.callbacks.schedule import PAUSES
from minivod.callbacks.sender import Outcome, Sender
from minivod.callbacks.signing import SIGN_SECONDS
from minivod.clock import Clock, FixedClock
from minivod.egress import Egress
from minivod.webhooks import new_secret

CONTENT: dict[str, Any] = {
    "EventType": "MinivodTest",
    "MinivodTestEvent": {"Message": "a test by `minivod events test`; nothing has happened"},
}
"""An EventType that the API does not have: a receiver must answer 2xx to events that it does not know."""
_STALE = 3600.0
_NEAR = 0.5
"""Part of the time limit after which an answer that came in time is told to be slow."""

_ADVICE = {
    401: "it wants credentials, or takes the signature for wrong: compare its secret with `minivod events secret`",
    403: "it wants credentials, or takes the signature for wrong: compare its secret with `minivod events secret`",
    404: "there is nothing at this path; look at the URL's path",
    405: "it does not take POST at this path",
    410: "it says that it is gone; a real event would end the calls until another NotificationUrl is set",
    411: "it wants a Content-Length, which is sent: something in between drops it",
    413: "it, or a proxy before it, takes no bodies of this size",
    415: "it does not take application/json",
    429: "it has too many calls; events wait as long as its Retry-After says, a day at most",
}
_ERRORS = {
    "timed_out": "it must answer within push_timeout: let it keep the event, answer, and work on it afterwards",
    "forbidden": "this server does not call it; the operator may allow it by egress_networks and egress_ports",
    "unreachable": "look whether it runs, and is reached from here (DNS, firewall, certificate, egress_networks)",
    "broken": "it took the connection and did not answer in HTTP: look for a crash, or for HTTPS behind an http:// URL",
}


class Finding(NamedTuple):
    """One thing that was tried; `well` is None where it is only worth to know."""

    well: bool | None
    words: str
    advice: str = ""


class Trial:
    """Of one receiver, signed as its application's callbacks are."""

    def __init__(self, egress: Egress, clock: Clock, timeout: float) -> None:
        """Args: egress: makes the calls; clock: the time of the signatures; timeout: seconds of a call."""
        self._egress = egress
        self._clock = clock
        self._timeout = timeout

    async def run(self, url: str, secrets: list[str], sign_key: str = "") -> AsyncIterator[Finding]:
        """What is found, one after the other; the first tells of the test event, and is the last if it was not taken.

        Args:
            url: of the receiver.
            secrets: of the application.
            sign_key: its SignKey, or nothing.
        """
        message_id = f"evt_test_{random_secrets.token_hex(8)}"
        outcome = await self._sender().send(url, message_id, CONTENT, secrets, sign_key)
        yield judge(outcome, self._timeout)
        if outcome.error:
            return
        forged = await self._sender().send(url, message_id, CONTENT, [new_secret()], sign_key and "forged")
        yield _refuses(forged, "a wrong signature", "anybody who knows the URL can send it events")
        late = FixedClock(self._clock.now() - _STALE - SIGN_SECONDS)
        stale = await self._sender(late).send(url, message_id, CONTENT, secrets, sign_key)
        yield _refuses(stale, "a timestamp that is an hour old", "whoever has recorded a call can send it again later")

    def _sender(self, clock: Clock | None = None) -> Sender:
        return Sender(self._egress, clock or self._clock, self._timeout)


def judge(outcome: Outcome, timeout: float) -> Finding:
    """What came of a call to a receiver, and what would help."""
    took = f"{outcome.seconds * 1000:.0f} ms"
    if not outcome.error:
        slow = "" if outcome.seconds < _NEAR * timeout else f"that is near to the limit of {timeout:g} s (push_timeout)"
        return Finding(True, f"took the test event: {outcome.status} after {took}", slow)
    if outcome.status is None:
        return Finding(False, f"{outcome.words} (after {took})", _ERRORS.get(outcome.error, ""))
    return Finding(False, f"{outcome.words} (after {took})", _advice(outcome.status))


def _advice(status: int) -> str:
    if status in _ADVICE:
        return _ADVICE[status]
    if 300 <= status < 400:
        return (
            "set NotificationUrl to the address to which it redirects (often https:// in place of http://, or a / more)"
        )
    if status >= 500:
        return f"it, or a proxy before it, failed: look at its log. A real event would be sent {len(PAUSES)} times more"
    return "it must answer 2xx when it has kept the event"


def _refuses(outcome: Outcome, what: str, danger: str) -> Finding:
    if outcome.error:
        return Finding(True, f"refuses {what}: {outcome.words}")
    return Finding(None, f"takes {what}: {outcome.status}", f"it does not verify webhook-signature, so {danger}")

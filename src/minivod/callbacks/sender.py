"""Makes one callback: the body as the reference has it, signed, posted, and what came of it in words of ours."""

import time
from collections.abc import Iterable
from typing import Any

import msgspec

from minivod import webhooks
from minivod.callbacks import signing
from minivod.clock import Clock
from minivod.destinations import BadUrl, read_url
from minivod.egress import Egress
from minivod.egress_failures import Broken, EgressError, Forbidden, TimedOut, Unreachable
from minivod.messages import ENGLISH, translate_members

GONE = 410
_ERRORS: dict[type[EgressError], str] = {
    Forbidden: "forbidden",
    Unreachable: "unreachable",
    TimedOut: "timed_out",
    Broken: "broken",
}


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a call; `error` is empty when the receiver took it, `retry_after` is in seconds."""

    status: int | None
    error: str
    words: str
    seconds: float
    retry_after: float | None = None

    @property
    def gone(self) -> bool:
        """Whether the receiver wants no further calls."""
        return self.status == GONE


class Sender:
    """Calls receivers, and never reads more of an answer than its head."""

    def __init__(self, egress: Egress, clock: Clock, timeout: float, language: str = ENGLISH) -> None:
        """Args: egress: makes the request; clock: for signatures; timeout: seconds of a call; language: of messages."""
        self._egress = egress
        self._clock = clock
        self._language = language
        self.timeout = timeout

    async def send(
        self, url: str, message_id: str, content: dict[str, Any], secrets: Iterable[str], sign_key: str = ""
    ) -> Outcome:
        """One call.

        Args:
            url: of the receiver.
            message_id: the same whenever the event is sent.
            content: of the body, without the fields of the reference's signature.
            secrets: for Standard Webhooks.
            sign_key: for the reference's signature; empty: there is none.
        """
        now = int(self._clock.now())
        told = translate_members(content, self._language)
        body = msgspec.json.encode(told | (signing.reference_fields(sign_key, now) if sign_key else {}))
        headers = {"Content-Type": "application/json", **webhooks.headers(secrets, message_id, now, body)}
        begun = time.monotonic()
        try:
            reply = await self._egress.post(url, body, headers, self.timeout)
        except EgressError as error:
            kind = _ERRORS.get(type(error), "failed")
            return Outcome(status=None, error=kind, words=str(error), seconds=time.monotonic() - begun)
        wait = webhooks.read_retry_after(reply.headers.get("retry-after", ""), self._clock.now())
        return Outcome(
            status=reply.status,
            error="" if _taken(reply.status) else "status",
            words=_words(reply.status),
            seconds=time.monotonic() - begun,
            retry_after=wait,
        )


def shown(url: str) -> str:
    """The URL for logs: without its query, which may hold a secret."""
    try:
        return read_url(url).shown
    except BadUrl:
        return "a URL that cannot be read"


def _taken(status: int) -> bool:
    return 200 <= status < 300


def _words(status: int) -> str:
    if _taken(status):
        return ""
    if 300 <= status < 400:
        return f"answered {status}; redirects are not followed"
    if status == GONE:
        return f"answered {status}: it wants no further calls"
    return f"answered {status}; only 2xx means that it has the event"

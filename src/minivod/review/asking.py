"""Asks a service over HTTP: so many calls at a time, so long in all, again after growing pauses."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping

import msgspec
import structlog

from minivod.clock import Clock
from minivod.destinations import BadUrl, read_url
from minivod.egress import Egress, EgressError, Forbidden, Limits
from minivod.review.services import ServiceAway
from minivod.settings import Settings, SettingsError
from minivod.webhooks import read_retry_after

MOST_ANSWER = 1 << 20
"""Bytes of an answer."""
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0
_OK = 200
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses after which the same request may be answered (RFC 9110 §15)."""

log = structlog.get_logger(__name__)


class Asking:
    """The calls of this process to one service.

    Args:
        name: of the service, for messages.
        url: of the operator; its port may be called, and the networks of `review_service_networks`.
        settings: of the server.
        clock: tells the time of signatures and dates.
        sleep: waits between two tries.

    Raises:
        SettingsError: the URL cannot be called.
    """

    def __init__(
        self,
        name: str,
        url: str,
        settings: Settings,
        clock: Clock | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.name = name
        self.clock = clock or Clock()
        try:
            port = read_url(url).port
        except BadUrl as error:
            raise SettingsError(f"the URL of the review service {name} {error}") from None
        own = {"egress_networks": settings.review_service_networks, "egress_ports": [str(port)]}
        self._egress = Egress(msgspec.structs.replace(settings, **own))
        self._timeout = settings.review_service_timeout
        self._patience = settings.review_service_patience
        self._calls = asyncio.Semaphore(settings.review_service_calls)
        self._sleep = sleep

    async def ask(self, url: str, body: bytes, headers: Callable[[], Mapping[str, str]]) -> bytes:
        """The body of the answer.

        Args:
            url: of the call.
            body: as it is sent.
            headers: are made for each try, because a signature has a time.

        Raises:
            ServiceAway: there was none with status 200 in time.
        """
        ends = asyncio.get_running_loop().time() + self._patience
        tries = 0
        while True:
            async with self._calls:
                left = ends - asyncio.get_running_loop().time()
                answer, why, wait = await self._try(url, body, headers(), min(self._timeout, max(left, 0.001)))
            if answer is not None:
                return answer
            pause = min(_FIRST_PAUSE * 2**tries, _LONGEST_PAUSE) * random.uniform(0.9, 1.1)  # noqa: S311 - no secret
            pause, tries = max(pause, wait or 0.0), tries + 1
            if wait is None or asyncio.get_running_loop().time() + pause >= ends:
                log.warning("review_service_away", service=self.name, tries=tries, reason=why)
                raise ServiceAway(f"the review service {self.name} did not answer as it should")
            await self._sleep(pause)

    async def _try(
        self, url: str, body: bytes, headers: Mapping[str, str], timeout: float
    ) -> tuple[bytes | None, str, float | None]:
        """The answer; or why there is none, and for how many seconds it is left alone (None: for ever)."""
        limits = Limits(total=timeout, max_bytes=MOST_ANSWER, connect=timeout, silence=timeout)
        try:
            reply, answer = await self._egress.ask(url, body, headers, limits)
        except Forbidden as error:
            return None, str(error), None
        except EgressError as error:
            return None, str(error), 0.0
        if reply.status == _OK:
            return answer, "", None
        why = f"status {reply.status}"
        if reply.status not in _AGAIN:
            return None, why, None
        return None, why, read_retry_after(reply.headers.get("retry-after", ""), self.clock.now()) or 0.0

    def unusable(self, why: str) -> ServiceAway:
        """For an answer that means nothing; `why` is for the log alone."""
        log.warning("review_service_answer_refused", service=self.name, reason=why)
        return ServiceAway(f"the review service {self.name} gave an answer that cannot be used")

"""Asks a service over HTTP: so many calls at a time and a minute, so long in all, again after growing pauses."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence

import msgspec
import structlog

from minivod.clock import Clock
from minivod.destinations import BadUrl, Destinations, read_url
from minivod.egress import Egress
from minivod.egress_failures import EgressError, Forbidden, Limits, TooLarge
from minivod.review.services import ServiceAway
from minivod.settings import Settings, SettingsError
from minivod.webhooks import read_retry_after

MOST_ANSWER = 1 << 20
"""Bytes of an answer."""
_KEPT_FOR = 60.0
"""Seconds for which connections to a service are used again."""
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0
_OK = 200
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses after which the same request may be answered (RFC 9110 §15)."""

log = structlog.get_logger(__name__)


def destinations_of(name: str, url: str, settings: Settings) -> Destinations:
    """Where calls of a service may lead: to the port of its URL, and beside public addresses to its networks.

    Raises:
        SettingsError: the URL cannot be called, or a network is none; the message names the setting.
    """
    try:
        found = destinations(settings, [str(read_url(url).port)])
        found.read(url)
    except BadUrl as error:
        why = str(error).replace("egress_networks", "review_service_networks")
        raise SettingsError(f"the URL of the review service {name} {why}") from None
    return found


def destinations(settings: Settings, ports: Sequence[str] = ()) -> Destinations:
    """Those of services, whose networks are not those of tenants; raises SettingsError where one is none."""
    own = {"egress_networks": settings.review_service_networks, "egress_ports": list(ports)}
    try:
        return Destinations(msgspec.structs.replace(settings, **own))
    except SettingsError as error:
        raise SettingsError(str(error).replace("egress_networks", "review_service_networks")) from None


class Asking:
    """The calls of this process to one service.

    Args:
        name: of the service, for messages.
        url: of the operator; its port may be called, and the networks of `review_service_networks`.
        settings: of the server.
        clock: tells the time of signatures and dates.
        sleep: waits between two tries, and for the turn of a call.
        per_minute: calls that are begun in a minute, evenly; None: as many as come.
        once: nothing is tried again; whoever asks wants to know what is wrong now.

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
        *,
        per_minute: int | None = None,
        once: bool = False,
    ) -> None:
        self.name = name
        self.clock = clock or Clock()
        destinations = destinations_of(name, url, settings)
        self._egress = Egress(settings, destinations=destinations, kept_for=_KEPT_FOR)
        self._timeout = settings.review_service_timeout
        self._patience = settings.review_service_patience
        self._calls = asyncio.Semaphore(settings.review_service_calls)
        self._sleep = sleep
        self._gap = 60.0 / per_minute if per_minute else 0.0
        self._next = 0.0
        self._once = once

    async def ask(
        self,
        url: str,
        body: bytes,
        headers: Callable[[], Mapping[str, str]],
        busy: Callable[[bytes], str] = lambda _: "",
    ) -> bytes:
        """The body of the answer.

        Args:
            url: of the call.
            body: as it is sent.
            headers: are made for each try, because a signature has a time.
            busy: why an answer with status 200 only says that the service is to be asked again; empty: it is one.

        Raises:
            ServiceAway: there was none with status 200 in time, or it is longer than `MOST_ANSWER`.
        """
        now = asyncio.get_running_loop().time
        ends, tries = None, 0
        while True:
            async with self._calls:
                await self._turn(now())
                begun = now()
                ends = ends or begun + self._patience  # whoever waits for a place has not lost patience
                timeout = min(self._timeout, max(ends - begun, 0.001))
                answer, why, wait = await self._try(url, body, headers(), timeout)
            if answer is not None and not (why := busy(answer)):
                return answer
            wait = 0.0 if answer is not None else wait
            pause = min(_FIRST_PAUSE * 2**tries, _LONGEST_PAUSE) * random.uniform(0.9, 1.1)  # noqa: S311 - no secret
            pause, tries = max(pause, wait or 0.0), tries + 1
            if wait is None or self._once or now() + pause >= ends:
                raise self.away(why, tries)
            await self._sleep(pause)

    async def _turn(self, now: float) -> None:
        """Waits until as much time has passed since the call before as there must be between two."""
        moment = max(self._next, now)
        self._next = moment + self._gap
        if moment > now:
            await self._sleep(moment - now)

    async def _try(
        self, url: str, body: bytes, headers: Mapping[str, str], timeout: float
    ) -> tuple[bytes | None, str, float | None]:
        """The answer; or why there is none, and for how many seconds it is left alone (None: for ever)."""
        limits = Limits(total=timeout, max_bytes=MOST_ANSWER, connect=timeout, silence=timeout)
        try:
            reply, answer = await self._egress.ask(url, body, headers, limits)
        except TooLarge:  # the same question has the same answer
            raise self.unusable(f"it answered with more than {MOST_ANSWER} bytes") from None
        except EgressError as error:
            why = str(error).replace("egress_networks", "review_service_networks")
            return None, why, None if isinstance(error, Forbidden) else 0.0
        if reply.status == _OK:
            return answer, "", None
        why = f"it answered with status {reply.status}"
        if reply.status not in _AGAIN:
            return None, why, None
        return None, why, read_retry_after(reply.headers.get("retry-after", ""), self.clock.now()) or 0.0

    def away(self, why: str, tries: int = 1) -> ServiceAway:
        """For a service that does not do its work; `why` is for the operator alone."""
        self._log("review_service_away", tries=tries, reason=why)
        return ServiceAway(f"the review service {self.name} did not answer as it should", why)

    def unusable(self, why: str) -> ServiceAway:
        """For an answer that means nothing; `why` is for the operator alone."""
        self._log("review_service_answer_refused", reason=why)
        return ServiceAway(f"the review service {self.name} gave an answer that cannot be used", why)

    def _log(self, event: str, **more: object) -> None:
        if not self._once:  # whoever asks once is told
            log.warning(event, service=self.name, **more)

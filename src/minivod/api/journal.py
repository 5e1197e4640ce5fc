"""What is noted of each call that was answered: a line of the access log, and its metrics."""

from functools import cache

from prometheus_client import Counter, Histogram

from minivod import metrics
from minivod.access_log import AccessLog, ApiLine
from minivod.clock import Clock
from minivod.settings import Settings


class Journal:
    """The notes of one endpoint."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._access_log = AccessLog(settings.log_format, settings.log_level)
        self._clock = clock

    def note(
        self, *, request_id: str, action: str, code: str, app_id: int | None, client: str | None, seconds: float
    ) -> None:
        """Notes one call.

        Args:
            request_id: of the call.
            action: its name; empty: it has none that is known.
            code: of the error; empty: there was none.
            app_id: of the account, if it is known.
            client: the address.
            seconds: to answer.
        """
        _requests(action, code).inc()
        _seconds(action).observe(seconds)
        line = ApiLine(
            request_id=request_id,
            action=action,
            code=code,
            app_id=app_id,
            client=client,
            ms=round(seconds * 1000, 2),
        )
        self._access_log.write(line, self._clock.now())


@cache
def _requests(action: str, code: str) -> Counter:
    return metrics.API_REQUESTS.labels(action or "none", code or "OK")


@cache
def _seconds(action: str) -> Histogram:
    return metrics.API_SECONDS.labels(action or "none")

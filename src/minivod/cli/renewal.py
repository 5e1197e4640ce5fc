"""Renews the certificate of the private CA before it ends, so that nobody has to think of it."""

import time
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)

LOOK_SECONDS = 3600.0


class Renewal:
    """Looks every hour; the API notices the new file by itself."""

    def __init__(self, home: Path) -> None:
        """Args: home: the data directory."""
        self._home = home
        self._next = 0.0

    def tend(self) -> None:
        """Renews what is due. Where that fails, the log says why; the certificate of before goes on being served."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + LOOK_SECONDS
        from minivod.certificates import Unusable  # of a library that a server without TLS need not load
        from minivod.cli import authority

        place, moment = authority.Place.of(self._home), authority.moment()
        try:
            if authority.due(place, moment):
                authority.renew(place, moment)
                log.info("tls_certificate_renewed")
        except (authority.Refused, Unusable, OSError) as error:
            log.error("tls_certificate_not_renewed", reason=str(error))

    def stop(self) -> None:
        """Nothing runs."""

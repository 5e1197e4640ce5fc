"""What every request to an action passes, whichever way it is called: keys, applications, rates, turns, the journal."""

import time

from starlette.types import Scope

from minivod.actions import Services
from minivod.api.applications import Applications
from minivod.api.authentication import Authenticator
from minivod.api.journal import Journal
from minivod.api.rate_limit import RateLimiter
from minivod.api.turns import Turns
from minivod.store import accounts
from minivod.store.accounts import AccessKey
from minivod.urls import SCHEMES


class Gates:
    """Those of a process; its endpoints share them, so that an account has one rate and one share of turns."""

    def __init__(self, services: Services) -> None:
        """Args: services: what actions work with."""
        settings, database, clock = services.settings, services.database, services.clock
        self.authenticator = Authenticator(
            lambda secret_id: accounts.find_key(database, secret_id),
            clock,
            strict=settings.strict_signature,
            allow_unsigned_payload=settings.allow_unsigned_payload,
        )
        self.applications = Applications.of(services)
        self.limiter = RateLimiter(settings.rate_limit, settings.rate_limit_storage)
        self.turns = Turns(time.monotonic)
        self._journal = Journal(settings, clock)
        self._services = services
        self._services_by = {scheme: services.for_callers_by(scheme) for scheme in SCHEMES}

    def services(self, scope: Scope) -> Services:
        """For a caller who came by that scheme."""
        return self._services_by.get(scope.get("scheme", ""), self._services)

    def note(
        self, scope: Scope, request_id: str, action: str, code: str, key: AccessKey | None, seconds: float
    ) -> None:
        """Notes a call.

        Args:
            scope: of the request.
            request_id: of the call.
            action: its name; empty: it has none that is known.
            code: of the error; empty: there was none.
            key: if it is known.
            seconds: to answer.
        """
        client = scope.get("client")
        self._journal.note(
            request_id=request_id,
            action=action,
            code=code,
            app_id=key.app_id if key else None,
            client=client[0] if client else None,
            seconds=seconds,
        )

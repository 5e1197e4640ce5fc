"""How the console does what callers of the API do: by the same actions, for an application, with a row of the audit.

A page has `visit.call(sub_app_id, "DeleteMedia", {"FileId": …}, about=…)`. The parameters are decoded and checked as
those of a request are, the application is chosen by the same rule (it must be On for what changes something), its
quota holds, and the action itself is the API's. What goes wrong is a `WireError`: a page that catches it shows its
message beside the form (`say(error.message)`), and for one that does not, the guard makes a page of it.

The audit. An action may open several transactions, delete objects, or wait; so its row cannot be in its transaction.
It is written before: what changed has a row in any case, and without a row nothing was done. What came of it is a
second row, because nothing changes the first; if that is missing, the server stopped in between, and the row says who
asked for what. What the console does by itself, in one transaction, writes both rows there (`Visit.record`).
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import psycopg
import structlog

from minivod import errors, ids
from minivod.actions import AnyAction, CallContext, Services
from minivod.api import redaction, registry
from minivod.api.applications import Applications
from minivod.api.endpoint import as_wire_error
from minivod.store import accounts, console_changes
from minivod.store.accounts import AccessKey

log = structlog.get_logger(__name__)

_LONGEST = 500
"""Characters of a text that the audit keeps."""


class By(NamedTuple):
    """Who acts: the name of a user of the console, the language of messages, and `http` or `https` for URLs."""

    name: str
    language: str
    scheme: str


class Actor:
    """Calls actions for users of the console, who may act for every application."""

    def __init__(self, services: Services) -> None:
        """Args: services: what actions work with."""
        self._services = services
        self._actions = registry.discover()
        self._applications = Applications.of(services)

    async def call(
        self, by: By, sub_app_id: int, name: str, parameters: Mapping[str, Any], *, about: str = "", text: bool = False
    ) -> Any:
        """The answer of an action, as its `response` type; what changes something is written down.

        Args:
            by: who asks.
            sub_app_id: of the application that it is done for; of an account's own actions, its default one.
            name: of the action.
            parameters: as on the wire, without SubAppId.
            about: what is changed, for the audit: a FileId, a TaskId.
            text: whether numbers and booleans are texts, as forms have them.

        Raises:
            WireError: as callers of the API get it.
        """
        action = registry.find(self._actions, name)
        try:
            request = registry.decode(action, dict(parameters), text=text)
            context = await self._context(by, sub_app_id, action)
            if not action.mutates:
                return await action.run(context, request)
            return await self._written(by, context, action, request, parameters, about)
        except Exception as failure:  # as the API tells it
            error = as_wire_error(failure)
            if isinstance(error, errors.InternalError | errors.ServiceUnavailable):
                log.error("console_action_failed", action=name, exc_info=failure)
            raise error from (None if error is failure else failure)

    async def _context(self, by: By, sub_app_id: int, action: AnyAction) -> CallContext:
        app_id = await accounts.account_of(self._services.database, sub_app_id)
        if app_id is None:
            raise errors.InvalidSubAppId(f"there is no application {sub_app_id}")
        key = AccessKey("", app_id, "", enabled=True, account_enabled=True)  # one that may do everything
        chosen = await self._applications.resolve(action, key, sub_app_id)
        return CallContext(
            request_id=ids.new_request_id(),
            key=key,
            app_id=app_id,
            sub_app_id=chosen,
            language=by.language,
            services=self._services.for_callers_by(by.scheme),
            quota=await self._applications.quota(key, chosen),
        )

    async def _written(
        self, by: By, context: CallContext, action: AnyAction, request: Any, parameters: Mapping[str, Any], about: str
    ) -> Any:
        database = self._services.database
        async with database.transaction() as connection:
            change = await console_changes.begin(
                connection, by.name, context.sub_app_id, action.name, about, kept(parameters)
            )
        try:
            answer = await action.run(context, request)
        except Exception as failure:
            error = as_wire_error(failure)
            await self._end(change, error.code, error.message)
            raise
        await self._end(change)
        return answer

    async def _end(self, change: int, code: str = "", message: str = "") -> None:
        """Writes down what came of it; whoever asked is told what was done, even if this cannot be written."""
        try:
            async with self._services.database.transaction() as connection:
                await console_changes.end(connection, change, code, message)
        except psycopg.Error as failure:
            log.warning("console_outcome_not_written", change=change, reason=type(failure).__name__)


def kept(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """What the audit keeps of parameters: no secrets, and of long texts the beginning."""
    return {name: _short(redaction.tree(name, value)) for name, value in parameters.items()}


def _short(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _short(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_short(one) for one in value]
    if isinstance(value, str):
        value = value.replace("\0", "\ufffd")  # which no text of the database has
        return value if len(value) <= _LONGEST else f"{value[:_LONGEST]}… ({len(value)} characters)"
    return value

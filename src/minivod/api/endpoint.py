"""The API as an ASGI application: the steps of a request's life, in order, and the one place where errors are told."""

import time
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import psycopg_pool
import structlog
from starlette.types import Receive, Scope, Send

from minivod import asgi, errors, ids
from minivod.actions import AnyAction, CallContext, Services
from minivod.actions.caller import Caller
from minivod.api import body, parameters, registry, request, response
from minivod.api.applications import check_action
from minivod.api.failures import DIRECTORY, FailedSignatures
from minivod.api.gates import Gates
from minivod.api.registry import Registry
from minivod.api.request import Call, HttpRequest
from minivod.errors import WireError
from minivod.store.accounts import AccessKey
from minivod.store.quotas import NONE, Quota

log = structlog.get_logger(__name__)

_CALLER_GONE = "CallerGone"
"""In place of an error code, in log and metrics: the client closed the connection before the answer."""

_AUTHENTICATION_ERRORS = (
    errors.InvalidAuthorization, errors.NoSuchProduct, errors.SignatureExpire, errors.InvalidSecretId,
    errors.SecretIdNotFound, errors.SignatureFailure, errors.TokenFailure,
)  # fmt: skip


class Exchange:
    """A request on its way through the steps; each step sets what later ones use."""

    __slots__ = (
        "action", "answer", "call", "caller", "http", "key", "quota", "receive", "request", "request_id", "scope",
        "sub_app_id",
    )  # fmt: skip

    http: HttpRequest
    call: Call
    key: AccessKey
    action: AnyAction
    request: Any
    sub_app_id: int
    quota: Quota
    answer: bytes

    def __init__(self, request_id: str, scope: Scope, receive: Receive) -> None:
        self.request_id = request_id
        self.scope = scope
        self.receive = receive
        self.caller = Caller(partial(asgi.disconnected, receive))


Step = Callable[[Exchange], Awaitable[None] | None]


class ApiEndpoint:
    """ASGI application for the path `/`."""

    def __init__(self, services: Services, actions: Registry | None = None, gates: Gates | None = None) -> None:
        """What answers.

        Args:
            services: what actions work with.
            actions: by name, default all that are built.
            gates: that are shared with other endpoints; default some of its own.
        """
        self._settings = services.settings
        self._gates = gates or Gates(services)
        self._actions = actions if actions is not None else registry.discover()
        self._bodies = body.BodyReader()
        self.failures = FailedSignatures(Path(services.settings.data_dir) / DIRECTORY, services.clock)
        self.steps: tuple[Step, ...] = (
            self.read_head,
            self.read_body,
            self.parse,
            self.authenticate,
            self.find_action,
            self.limit_rate,
            self.decode,
            self.choose_application,
            self.check_permission,
            self.run,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        begun = time.perf_counter()
        exchange = Exchange(ids.new_request_id(), scope, receive)
        code = _CALLER_GONE
        try:
            answer, failed = await self._answer(exchange)
            await response.send_answer(send, answer)
            code = failed
        except body.Disconnected:
            return
        except ConnectionError:
            pass  # of the client; the connections of the server itself fail with errors of their own
        finally:
            if code:
                await self._take_back(exchange)
        if not code and exchange.caller.can_take_back:
            asgi.if_unread(scope, partial(self._take_back, exchange))
        self._note(exchange, code, time.perf_counter() - begun)

    async def _answer(self, exchange: Exchange) -> tuple[bytes, str]:
        """The body of the answer, and its error code."""
        try:
            for step in self.steps:
                pending = step(exchange)
                if pending is not None:
                    await pending
        except body.Disconnected:
            raise
        except Exception as failure:  # the one place where failures become answers
            error = as_wire_error(failure)
            self._note_failure(exchange, error, failure)
            return response.encode_error(error, exchange.request_id, self._language(exchange)), error.code
        return exchange.answer, ""

    async def _take_back(self, exchange: Exchange) -> None:
        """The caller did not get the answer."""
        try:
            await exchange.caller.take_back()
        except psycopg.OperationalError as failure:
            log.warning("answer_not_taken_back", request_id=exchange.request_id, reason=type(failure).__name__)

    def read_head(self, exchange: Exchange) -> None:
        """Method, headers and query."""
        scope = exchange.scope
        exchange.http = request.read_head(scope["method"], scope["path"], scope["query_string"], scope["headers"])
        request.check_head(exchange.http)
        body.check_query(exchange.http.query)

    async def read_body(self, exchange: Exchange) -> None:
        """The body, up to the limit of its way of calling."""
        headers = exchange.http.headers
        limit = body.limit_of(headers.get("authorization"))
        exchange.http.body = await self._bodies.read(exchange.receive, limit, headers.get("content-length"))

    def parse(self, exchange: Exchange) -> None:
        """Way of calling and common parameters."""
        exchange.call = request.parse(exchange.http)

    async def authenticate(self, exchange: Exchange) -> None:
        """Who calls."""
        exchange.key = await self._gates.authenticator.authenticate(exchange.call)

    def find_action(self, exchange: Exchange) -> None:
        """What they call."""
        exchange.action = registry.find(self._actions, exchange.call.action)

    async def limit_rate(self, exchange: Exchange) -> None:
        """How often; the body has not been decoded yet (T25)."""
        await self._gates.limiter.check(exchange.key.app_id, exchange.action.name, exchange.action.limit)

    def decode(self, exchange: Exchange) -> None:
        """With which parameters."""
        tree = parameters.read(exchange.call)
        exchange.request = registry.decode(exchange.action, tree, text=exchange.call.encoding != "json")

    async def choose_application(self, exchange: Exchange) -> None:
        """For which application."""
        wanted = getattr(exchange.request, "SubAppId", None)
        if isinstance(wanted, str):  # as the published model has it in one place; its digits were checked
            wanted = int(wanted or 0)
        exchange.sub_app_id = await self._gates.applications.resolve(exchange.action, exchange.key, wanted)
        exchange.quota = NONE
        if exchange.action.mutates and not exchange.action.of_account:
            exchange.quota = await self._gates.applications.quota(exchange.key, exchange.sub_app_id)

    def check_permission(self, exchange: Exchange) -> None:
        """Whether the key may call it."""
        check_action(exchange.action, exchange.key)

    async def run(self, exchange: Exchange) -> None:
        """Does it, and encodes the answer."""
        language = self._language(exchange)
        context = CallContext(
            request_id=exchange.request_id,
            key=exchange.key,
            app_id=exchange.key.app_id,
            sub_app_id=exchange.sub_app_id,
            language=language,
            services=self._gates.services(exchange.scope),
            caller=exchange.caller,
            quota=exchange.quota,
        )
        free = nullcontext() if exchange.action.waits else self._gates.turns.one(exchange.key.app_id)
        async with free:
            answer: msgspec.Struct = await exchange.action.run(context, exchange.request)
        exchange.answer = response.encode(answer, exchange.request_id, language)

    def _language(self, exchange: Exchange) -> str:
        """Of messages: the caller's, who may not have been authenticated, or that of the setting."""
        if hasattr(exchange, "call"):
            named = exchange.call.language
        else:
            named = request.language_of(exchange.http) if hasattr(exchange, "http") else ""
        return named or self._settings.language

    def _note(self, exchange: Exchange, code: str, seconds: float) -> None:
        action = exchange.action.name if hasattr(exchange, "action") else ""
        key = exchange.key if hasattr(exchange, "key") else None
        self._gates.note(exchange.scope, exchange.request_id, action, code, key, seconds)

    def _note_failure(self, exchange: Exchange, error: WireError, failure: Exception) -> None:
        if isinstance(error, _AUTHENTICATION_ERRORS) and hasattr(exchange, "http"):
            self.failures.record(exchange.request_id, exchange.http, error)
        if isinstance(error, errors.InternalError | errors.ServiceUnavailable):
            log.error("api_request_failed", request_id=exchange.request_id, exc_info=failure)


def as_wire_error(failure: Exception) -> WireError:
    """What a caller is told of a failure."""
    match failure:
        case WireError():
            return failure
        case psycopg.OperationalError() | psycopg_pool.PoolTimeout():
            return errors.ServiceUnavailable()
        case _:
            return errors.InternalError()

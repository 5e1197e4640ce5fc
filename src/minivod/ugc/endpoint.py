"""`POST /v3/index.php` as an ASGI application: always HTTP 200, with `{"code", "message", "data"}`."""

import time
from collections.abc import Sequence
from urllib.parse import parse_qsl

import msgspec
import structlog
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from minivod import errors, ids
from minivod.actions import CallContext, Services
from minivod.api import parameters, registry
from minivod.api.applications import check_action
from minivod.api.authentication import check_account
from minivod.api.body import BodyReader, Disconnected
from minivod.api.endpoint import as_wire_error
from minivod.api.gates import Gates
from minivod.api.parameters import Tree
from minivod.api.response import send_answer
from minivod.errors import WireError, shorten
from minivod.messages import translate
from minivod.messages.accepted import language_of
from minivod.store.accounts import AccessKey
from minivod.ugc import codes, signature
from minivod.ugc.calls import CALLS, Permit, UgcCall

log = structlog.get_logger(__name__)

LARGEST = 64 * 1024
"""Bytes of a body: the longest signature, with all its texts in Chinese, needs half of them."""
_BODIES = 16 * 1024 * 1024
"""Bytes of bodies that are being read, all requests together."""
_PREFLIGHT_SECONDS = 86400


def with_cors(endpoint: ASGIApp, origins: Sequence[str]) -> ASGIApp:
    """The endpoint for pages of these origins, `*` for all; cookies are never asked for."""
    return CORSMiddleware(
        endpoint,
        allow_origins=origins,
        allow_methods=("POST",),
        allow_headers=["*"],
        max_age=_PREFLIGHT_SECONDS,
        allow_private_network=True,
    )


class Exchange:
    """A request on its way; each step sets what is noted of it."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self.receive = receive
        self.request_id = ids.new_request_id()
        self.called: UgcCall | None = None
        self.key: AccessKey | None = None

    def header(self, name: bytes) -> str:
        """The header's first value, or nothing."""
        return next((value.decode("latin-1") for header, value in self.scope["headers"] if header == name), "")


class UgcEndpoint:
    """ASGI application."""

    def __init__(self, services: Services, gates: Gates | None = None) -> None:
        """Args: services: what the calls work with; gates: shared with other endpoints; default some of its own."""
        self._language_here = services.settings.language
        self._clock = services.clock
        self._gates = gates or Gates(services)
        self._bodies = BodyReader(budget=_BODIES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        begun = time.perf_counter()
        exchange = Exchange(scope, receive)
        code = ""
        try:
            data = await self._answer(exchange)
            answer = {"code": codes.OK, "message": "", "data": data}
        except Disconnected:
            return
        except Exception as failure:  # the one place where failures become answers
            error = as_wire_error(failure)
            code = error.code
            answer = {"code": codes.code_of(error), "message": self._told(exchange, error, failure), "data": {}}
        await send_answer(send, msgspec.json.encode(answer))
        self._note(exchange, code, time.perf_counter() - begun)

    async def _answer(self, exchange: Exchange) -> msgspec.Struct:
        called = exchange.called = _find(exchange.scope)
        tree = parameters.read_json(await self._read(exchange))
        signed = signature.split(_text(tree, "signature", called))
        said = signature.read(signed)
        key = exchange.key = await self._authenticate(signed, signature.secret_id_of(said))
        await self._gates.limiter.check(key.app_id, called.name, called.action.limit)
        members = signature.members(said, self._clock.now())
        request = registry.decode(called, tree, text=False)
        sub_app_id = await self._gates.applications.resolve(called.action, key, members.vodSubAppId, "vodSubAppId")
        check_action(called.action, key)
        context = CallContext(
            request_id=exchange.request_id,
            key=key,
            app_id=key.app_id,
            sub_app_id=sub_app_id,
            language=self._language(exchange),
            services=self._gates.services(exchange.scope),
            quota=await self._gates.applications.quota(key, sub_app_id),
        )
        async with self._gates.turns.one(key.app_id):
            return await called.run(context, Permit(members, signed.digest), request)

    async def _read(self, exchange: Exchange) -> bytes:
        try:
            return await self._bodies.read(exchange.receive, LARGEST, exchange.header(b"content-length"))
        except errors.RequestSizeLimitExceeded:
            raise errors.RequestSizeLimitExceeded(f"the body may have {LARGEST} bytes, this one has more") from None

    async def _authenticate(self, signed: signature.Signed, secret_id: str) -> AccessKey:
        """The key that made the signature, whose account is enabled; temporary keys make none."""
        try:
            key = await self._gates.authenticator.key_of(
                secret_id, lambda secret_key: signature.is_signed_by(signed, secret_key)
            )
        except errors.SignatureFailure:
            raise signature.wrong(secret_id) from None
        if key.token is not None:
            raise errors.TokenFailure(
                f"the key {secret_id} is temporary; an upload signature has no place for its token: sign with a "
                "permanent key"
            )
        check_account(key)
        return key

    def _told(self, exchange: Exchange, error: WireError, failure: Exception) -> str:
        """The message of the answer, in the caller's language."""
        message = error.message
        if isinstance(error, errors.InternalError):
            message = (
                "the server could not carry out the request; its log has the reason under the RequestId "
                f"{exchange.request_id}"
            )
        if isinstance(error, errors.InternalError | errors.ServiceUnavailable):
            log.error("ugc_request_failed", request_id=exchange.request_id, exc_info=failure)
        return translate(message, self._language(exchange))

    def _language(self, exchange: Exchange) -> str:
        """Of messages: the first of the browser's that there is, or that of the setting."""
        return language_of(exchange.header(b"accept-language")) or self._language_here

    def _note(self, exchange: Exchange, code: str, seconds: float) -> None:
        action = exchange.called.name if exchange.called else ""
        self._gates.note(exchange.scope, exchange.request_id, action, code, exchange.key, seconds)


def _find(scope: Scope) -> UgcCall:
    """The call that method and query name; raises InvalidRequest, InvalidAction."""
    if scope["method"] != "POST":
        raise errors.InvalidRequest(f"the method is {shorten(scope['method'])}; an upload is asked for by POST")
    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    names = [value for name, value in query if name == "Action"]
    if len(names) > 1:
        raise errors.InvalidAction(f"the Action is given more than once; it must be one of {', '.join(CALLS)}")
    if not names or names[0] not in CALLS:
        given = shorten(names[0]) if names else "missing"
        raise errors.InvalidAction(f"the Action is {given}; it must be one of {', '.join(CALLS)}")
    return CALLS[names[0]]


def _text(tree: Tree, name: str, called: UgcCall) -> str:
    given = tree.get(name)
    if given is None:
        raise errors.MissingParameter(f"the parameter {name} is missing; {called.name} requires it")
    if not isinstance(given, str):
        raise errors.InvalidParameter(f"{name} is {shorten(given)}; it must be a string")
    return given

"""One module per action of the API, named like it; here is what an action declares and what it is given."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Generic, TypeVar

import msgspec

from minivod.actions.caller import Caller
from minivod.clock import Clock
from minivod.errors import InvalidParameterValue, WireError
from minivod.media.sandbox import Sandbox
from minivod.objects import Objects
from minivod.settings import Settings
from minivod.store.accounts import AccessKey
from minivod.store.bell import EventBell, WithdrawalBell
from minivod.store.database import Database
from minivod.store.event_reader import EventReader
from minivod.store.publications import Publications
from minivod.store.quotas import NONE, Quota
from minivod.store.task_reader import TaskReader

RequestT = TypeVar("RequestT", bound=msgspec.Struct)
ResponseT = TypeVar("ResponseT", bound=msgspec.Struct)


class Services(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of the server that actions work with; `app.py` builds them.

    `public_url` is the base of URLs in answers. `https_url` takes its place for callers by HTTPS; empty: nothing does.
    """

    settings: Settings
    clock: Clock
    database: Database
    objects: Objects
    sandbox: Sandbox
    publications: Publications
    tasks: TaskReader
    event_bell: EventBell
    event_reader: EventReader
    public_url: str
    https_url: str = ""
    withdrawal_bell: WithdrawalBell | None = None

    @property
    def event_url(self) -> str:
        """The base of URLs in events, whose readers may call by either scheme: HTTPS is what listens to the world."""
        return self.https_url or self.public_url

    def for_callers_by(self, scheme: str) -> "Services":
        """The services of a call by `http` or `https`, which is answered with URLs that its caller can use."""
        if scheme != "https" or not self.https_url:
            return self
        return msgspec.structs.replace(self, public_url=self.https_url)


class CallContext(msgspec.Struct, frozen=True, kw_only=True):
    """Who calls, for which application: everything about a call but its parameters."""

    request_id: str
    key: AccessKey
    app_id: int
    sub_app_id: int
    language: str
    services: Services
    caller: Caller = msgspec.field(default_factory=Caller)
    quota: Quota = NONE


class Action(msgspec.Struct, Generic[RequestT, ResponseT], frozen=True, kw_only=True):
    """An action of the API.

    Attributes:
        name: on the wire.
        request: its parameters; names, types and bounds are checked before `run` is called.
        response: the members of its answer without RequestId.
        run: does it; raises `WireError` for every answer that is not a success.
        limit: requests per second and account (contract.md §1.6); a lower `rate_limit` setting wins.
        mutates: whether it changes anything; then it is refused for an application that is not On.
        always: whether it is not, because it is about the application's state, or about what has happened already.
        waits: whether it waits for something that others do; then it takes no turn from other requests.
        of_account: whether it is about the account and none of its applications: it has no SubAppId.
        blanks: whether an empty text in place of one of several words asks for nothing.
        value_errors: parameters whose wrong values have a code of their own; members of objects by their path.
    """

    name: str
    request: type[RequestT]
    response: type[ResponseT]
    run: Callable[[CallContext, RequestT], Awaitable[ResponseT]]
    limit: int = 100
    mutates: bool = True
    always: bool = False
    waits: bool = False
    of_account: bool = False
    blanks: bool = False
    value_errors: Mapping[str, type[WireError]] = {}

    def value_error(self, path: str) -> type[WireError]:
        """The error class for a wrong value at that path: its own, or that of the parameter which it belongs to."""
        parts = [part for part in path.split(".") if not part.isdigit()]
        known = (self.value_errors.get(".".join(parts[:length])) for length in range(len(parts), 0, -1))
        return next(filter(None, known), InvalidParameterValue)


AnyAction = Action[Any, Any]

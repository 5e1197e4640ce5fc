"""What server and application say to each other beyond plain ASGI: names of messages, extensions, departures."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

FILE = "http.response.zerocopysend"
"""Message with a piece of a file (an extension of ASGI): `file` is a descriptor, `offset` and `count` are bytes."""
UNREAD = "minivod.unread"
"""Extension: a function that is given what to do if the client drops the connection with this answer still unread."""
CUT = "minivod.cut"
"""Extension: a function that ends the connection in the midst of an answer, on purpose and without a complaint."""

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Then = Callable[[], Awaitable[None]]


async def disconnected(receive: Receive) -> None:
    """Returns when the client has closed the connection; what comes before of a body is dropped."""
    while (await receive())["type"] != "http.disconnect":
        pass


def offers_files(scope: Scope) -> bool:
    """Whether the server sends pieces of files by itself."""
    return FILE in scope.get("extensions", {})


def if_unread(scope: Scope, then: Then) -> None:
    """Has `then` called if the client drops the connection with this answer still unread, where the server can tell."""
    register = scope.get("extensions", {}).get(UNREAD)
    if register is not None:
        register(then)


def cut(scope: Scope) -> None:
    """The answer ends here, before its end, so that the client sees that it is incomplete; the caller returns."""
    end = scope.get("extensions", {}).get(CUT)
    if end is not None:
        end()

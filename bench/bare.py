"""The yardstick: an ASGI application that reads a POST and answers a small JSON object, behind uvicorn.

`python -m bench.bare FD [log]` serves it on an inherited listening socket, with the options that `minivod api` uses;
with `log` it writes uvicorn's own access log, as `minivod api` writes one of its own.
"""

import sys

import uvicorn
from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope

_BODY = b'{"Response":{"TaskId":"1300000000-0000000000000000t0","RequestId":"00000000-0000-4000-8000-000000000000"}}'
_HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(_BODY))]


async def app(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Answers every request alike, after its body has come."""
    while True:
        message = await receive()
        if message["type"] != "http.request" or not message.get("more_body"):
            break
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS, "trailers": False})
    await send({"type": "http.response.body", "body": _BODY, "more_body": False})


if __name__ == "__main__":
    logs = sys.argv[2:] == ["log"]
    log_config = uvicorn.config.LOGGING_CONFIG if logs else None
    uvicorn.run(app, fd=int(sys.argv[1]), access_log=logs, log_config=log_config, server_header=False, lifespan="off")

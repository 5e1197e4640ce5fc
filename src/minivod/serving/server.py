"""The server of an API process: one application behind a socket of HTTP and, perhaps, one of HTTPS."""

import asyncio
import socket
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from minivod.serving.connection import OPTIONS
from minivod.serving.tls import Certificates
from minivod.serving.tls_listener import TlsListener


class Server(uvicorn.Server):
    """uvicorn's, which would speak TLS on all of its sockets or on none."""

    def __init__(
        self,
        app: ASGIApp,
        plain: socket.socket,
        tls: tuple[socket.socket, Certificates] | None = None,
        **options: Any,
    ) -> None:
        """Args: plain: listening, for HTTP; tls: likewise for HTTPS; options: of uvicorn, beside OPTIONS."""
        super().__init__(uvicorn.Config(app, **OPTIONS | options))
        self._plain = plain
        self._tls = tls

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Until a signal; `sockets` is the base class's, and means nothing here."""
        await super().serve(sockets=[self._plain])

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """HTTP first; HTTPS shares its state, so that one end of the process drains the connections of both."""
        await super().startup(sockets=sockets)
        if self._tls is not None:
            self.servers.append(TlsListener(*self._tls, self._protocol))  # type: ignore[arg-type]  # it looks like one

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As the base class does, for both sockets."""
        await super().shutdown(sockets=[*(sockets or []), *([self._tls[0]] if self._tls else [])])

    def _protocol(self) -> asyncio.Protocol:
        made: asyncio.Protocol = self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return made

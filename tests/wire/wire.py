"""The real endpoint with real actions on a real database: called in process, or over TCP by the official SDK."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import Send
from tencentcloud.common.credential import Credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.vod.v20180717.vod_client import VodClient

from minivod.actions import Services
from minivod.api.endpoint import ApiEndpoint
from minivod.api.request import HttpRequest
from minivod.clock import Clock
from minivod.media.sandbox import Sandbox
from minivod.objects import Objects
from minivod.publishing.preflight import Preflight
from minivod.serving.connection import OPTIONS
from minivod.settings import Settings
from minivod.store import accounts
from minivod.store.accounts import AccessKey
from minivod.store.bell import EventBell
from minivod.store.database import Database
from minivod.store.event_reader import EventReader
from minivod.store.publications import Publications
from minivod.store.task_reader import TaskReader

from ..unit.api import signer

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class Answer(dict[str, Any]):
    """The members of an answer."""

    @property
    def code(self) -> str:
        """The code of an error, or `OK`."""
        return str(self["Error"]["Code"]) if "Error" in self else "OK"

    @property
    def message(self) -> str:
        return str(self["Error"]["Message"]) if "Error" in self else ""


@dataclass
class Wire:
    """The endpoint, and a key to call it with."""

    endpoint: ApiEndpoint
    services: Services
    key: AccessKey

    @property
    def db(self) -> Database:
        return self.services.database

    @property
    def credentials(self) -> dict[str, Any]:
        """Arguments for the signer."""
        return {"secret_id": self.key.secret_id, "secret_key": self.key.secret_key}

    def request(self, action: str, params: Mapping[str, Any] | None = None, **how: Any) -> HttpRequest:
        """A request signed by the official SDK."""
        chosen: dict[str, Any] = {"now": time.time(), **self.credentials} | how
        return signer.by_sdk(action, dict(params or {}), **chosen)

    async def call(self, action: str, params: Mapping[str, Any] | None = None, **how: Any) -> Answer:
        """Signs by the official SDK, and calls."""
        return await self.send(self.request(action, params, **how))

    async def json(self, action: str, body: bytes) -> Answer:
        """Calls with a body by hand."""
        return await self.send(signer.v3(body, action=action, now=int(time.time()), **self.credentials))

    async def send(self, http: HttpRequest, *, headers: list[tuple[bytes, bytes]] | None = None) -> Answer:
        """Calls in process, and holds the answer to contract.md §1.4."""
        messages = await self.raw(http, headers=headers)
        start, body = messages
        assert start["status"] == 200
        assert dict(start["headers"])[b"content-type"] == b"application/json"
        assert dict(start["headers"])[b"content-length"] == str(len(body["body"])).encode()
        return read_answer(body["body"])

    async def raw(self, http: HttpRequest, *, headers: list[tuple[bytes, bytes]] | None = None) -> list[Any]:
        """Calls in process; the messages that the server was given."""
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        await self.deliver(http, send, headers=headers)
        return sent

    async def deliver(self, http: HttpRequest, send: Send, *, headers: list[tuple[bytes, bytes]] | None = None) -> None:
        """Calls in process, with the sending side of a server."""
        lines = [
            (name.encode("latin-1"), value.encode(errors="surrogateescape")) for name, value in http.headers.items()
        ]
        scope = {
            "type": "http",
            "method": http.method,
            "path": http.path,
            "query_string": http.query,
            "headers": lines + (headers or []),
            "client": ("127.0.0.1", 1),
        }
        halves = [http.body[: len(http.body) // 2], http.body[len(http.body) // 2 :]]

        async def receive() -> dict[str, Any]:
            if not halves:
                await asyncio.Event().wait()  # the client stays
            return {"type": "http.request", "body": halves.pop(0), "more_body": bool(halves)}

        await self.endpoint(scope, receive, send)

    @asynccontextmanager
    async def port(self) -> AsyncIterator[int]:
        """The endpoint behind uvicorn, for as long as the block lasts."""
        config = uvicorn.Config(
            self.endpoint, host="127.0.0.1", port=0, log_level="error", **OPTIONS | {"lifespan": "off"}
        )
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
        try:
            yield int(server.servers[0].sockets[0].getsockname()[1])
        finally:
            server.should_exit = True
            await task

    def sdk(self, port: int, **profile: Any) -> VodClient:
        """The official client; only its endpoint differs from the reference's."""
        http = HttpProfile(protocol="http", endpoint=f"127.0.0.1:{port}", reqMethod=profile.pop("method", "POST"))
        client = ClientProfile(httpProfile=http, **{"language": "en-US"} | profile)
        return VodClient(Credential(self.key.secret_id, self.key.secret_key, self.key.token), "ap-guangzhou", client)


def read_answer(body: bytes) -> Answer:
    """The members of the envelope, which has nothing else."""
    envelope = json.loads(body)
    assert list(envelope) == ["Response"]
    answer = Answer(envelope["Response"])
    assert UUID.fullmatch(answer["RequestId"])
    if "Error" in answer:
        assert set(answer) == {"Error", "RequestId"}
        assert set(answer["Error"]) == {"Code", "Message"}
        assert answer.message
    return answer


@asynccontextmanager
async def open_wire(
    database_url: str, directory: Path, *, clock: Clock | None = None, **settings: Any
) -> AsyncIterator[Wire]:
    """The endpoint on that database."""
    chosen = Settings(**({"data_dir": str(directory), "database_url": database_url} | settings))
    database = await Database(database_url).open()
    async with EventBell(database_url) as bell:
        services = Services(
            settings=chosen,
            clock=clock or Clock(),
            database=database,
            objects=Objects(chosen.objects_url()),
            sandbox=Sandbox.from_settings(chosen),
            publications=Publications(database, Preflight.from_settings(chosen).accepts),
            tasks=TaskReader(database),
            event_bell=bell,
            event_reader=EventReader(database),
            public_url="http://127.0.0.1:9050",
        )
        async with database.transaction() as connection:
            app_id = await accounts.create_account(connection)
            key = await accounts.create_key(connection, app_id)
        try:
            yield Wire(ApiEndpoint(services), services, key)
        finally:
            await database.close()

"""The whole application of an API process, as `minivod api` composes it, on a free port; and a worker beside it."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tencentcloud.common.credential import Credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.vod.v20180717.vod_client import VodClient

from minivod.app import create_app
from minivod.cli.listeners import listen
from minivod.clock import Clock
from minivod.media.sandbox import start_service
from minivod.serving.server import Server
from minivod.serving.tls import Certificates
from minivod.settings import Settings, to_environment
from minivod.store import accounts
from minivod.store.accounts import AccessKey
from minivod.store.database import Database

from ..waiting import PATIENCE

_DRAIN_SECONDS = 10
"""For connections that clients left open: as `minivod api` has it, not for ever."""


@dataclass(frozen=True)
class Served:
    """A running server, and a key to call it with."""

    port: int
    key: AccessKey
    settings: Settings
    db: Database
    secure_port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def sdk(self, **http: Any) -> VodClient:
        """The official client; only its endpoint differs from the reference's, and what of HTTP is given."""
        reached = HttpProfile(protocol="http", endpoint=f"127.0.0.1:{self.port}", **http)
        profile = ClientProfile(httpProfile=reached, language="en-US")
        return VodClient(Credential(self.key.secret_id, self.key.secret_key), "ap-guangzhou", profile)

    @contextmanager
    def worker(self) -> Iterator[None]:
        """`minivod worker` with the server's settings, for as long as the block lasts."""
        env = {name: value for name, value in os.environ.items() if not name.startswith("MINIVOD_")}
        service = start_service(
            [sys.executable, "-m", "minivod", "worker"], env=env | to_environment(self.settings), stdout=sys.stderr
        )
        try:
            yield
        finally:
            service.terminate(PATIENCE)


@asynccontextmanager
async def serve(database_url: str, directory: Path, **settings: Any) -> AsyncIterator[Served]:
    """The application on that database, and an account on it; by HTTPS too, where `directory` has a certificate."""
    with listen("127.0.0.1", 0) as listener, listen("127.0.0.1", 0) as secure:
        port, secure_port = (one.getsockname()[1] for one in (listener, secure))
        told: dict[str, Any] = {"data_dir": str(directory), "database_url": database_url}
        chosen = Settings(**told | {"port": port, "tls_port": secure_port} | settings)
        umask = os.umask(0o077)
        pair = chosen.tls_pair()
        tls = (secure, Certificates(*pair, Clock())) if pair else None
        server = Server(create_app(chosen), listener, tls, log_level="error", timeout_graceful_shutdown=_DRAIN_SECONDS)
        task = asyncio.create_task(server.serve())
        database = await Database(database_url).open()
        try:
            while not server.started:
                assert not task.done(), "the server did not start"
                await asyncio.sleep(0.01)
            async with database.transaction() as connection:
                key = await accounts.create_key(connection, await accounts.create_account(connection))
            yield Served(port, key, chosen, database, secure_port)
        finally:
            server.should_exit = True
            await asyncio.gather(task, return_exceptions=True)
            await database.close()
            os.umask(umask)

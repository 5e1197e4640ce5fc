"""The real object endpoint on a port of its own, with a database and a directory, and upload sessions on it."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from qcloud_cos import CosConfig, CosS3Client

from minivod import ids
from minivod.clock import Clock
from minivod.cos.endpoint import CosEndpoint
from minivod.objects import Objects
from minivod.serving.connection import OPTIONS
from minivod.store import accounts, uploads
from minivod.store.database import Database
from minivod.store.uploads import Upload, UploadDetails

from ...waiting import PATIENCE

MAX_SIZE = 40 * 1024 * 1024
SIZE_ALONE = 2 * 1024**3


@dataclass
class CosServer:
    """The running endpoint and what it keeps."""

    db: Database
    objects: Objects
    root: Path
    endpoint: CosEndpoint
    port: int
    app_id: int

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def client(self, session: Upload, **other: str) -> CosS3Client:
        """The official client with the session's temporary key."""
        config = {
            "SecretId": session.secret_id,
            "SecretKey": session.secret_key,
            "Token": session.token,
            "Domain": self.address,
            "Region": "local",
            "Scheme": "http",
        } | other
        return CosS3Client(CosConfig(**config), retry=1)

    async def session(self, *, lifetime: float = 3600.0, cover: bool = False) -> Upload:
        """A new upload session."""
        folder = f"vod_upload/{self.app_id}/{ids.new_directory()}"
        new = Upload(
            session_key=ids.new_token(),
            sub_app_id=self.app_id,
            secret_id=ids.new_secret_id(),
            secret_key=ids.new_secret_key(),
            token=ids.new_token(),
            media_key=f"{folder}/video.mp4",
            cover_key=f"{folder}/cover.jpg" if cover else None,
            media_type="mp4",
            cover_type="jpg" if cover else None,
            details=UploadDetails(name="clip"),
        )
        await uploads.create(self.db, new, lifetime)
        found = await uploads.find_by_session_key(self.db, self.app_id, new.session_key)
        assert found is not None
        return found

    async def content(self, session: Upload) -> bytes | None:
        """What counts as the session's video now."""
        placed = (await uploads.find_objects(self.db, session.session_key)).get(session.media_key)
        if placed is None:
            return None
        return b"".join([chunk async for chunk in self.objects.get_range(placed.stored_key)])

    def files(self) -> list[Path]:
        """Every file of the object store, unfinished ones too."""
        return [Path(folder) / name for folder, _, names in os.walk(self.root) for name in names]


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = await Database(database_url).open()
    yield database
    await database.close()


@pytest.fixture
async def app_id(db: Database) -> int:
    async with db.transaction() as connection:
        return await accounts.create_account(connection)


Serve = Callable[..., Awaitable[CosServer]]


@pytest.fixture
async def serve(db: Database, app_id: int, tmp_path: Path) -> AsyncIterator[Serve]:
    """Starts endpoints; every one of a test works on the same database and directory."""
    running: list[tuple[uvicorn.Server, asyncio.Task[None]]] = []

    async def start(**options: float) -> CosServer:
        root = tmp_path / "objects"
        objects = Objects(root.as_uri())
        endpoint = CosEndpoint(db, objects, Clock(), **{"max_size": MAX_SIZE, **options})  # type: ignore[arg-type]
        config = uvicorn.Config(endpoint, host="127.0.0.1", port=0, log_level="error", **OPTIONS | {"lifespan": "off"})
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve())
        running.append((server, task))
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        return CosServer(db, objects, root, endpoint, port, app_id)

    yield start
    for server, task in running:
        server.should_exit = server.force_exit = True
        await task


@pytest.fixture
async def cos(serve: Serve) -> CosServer:
    return await serve()


@dataclass
class Alone:
    """An endpoint in a process of its own."""

    pid: int
    port: int
    process: asyncio.subprocess.Process


@pytest.fixture
async def alone(database_url: str, tmp_path: Path) -> AsyncIterator[Alone]:
    """It works on the database and directory of the other endpoints of the test."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__).with_name("serve_alone.py")),
        database_url,
        str(tmp_path / "objects"),
        str(SIZE_ALONE),
        stdout=asyncio.subprocess.PIPE,
    )
    assert child.stdout is not None
    port = int(await asyncio.wait_for(child.stdout.readline(), PATIENCE))
    yield Alone(child.pid, port, child)
    if child.returncode is None:
        child.terminate()
    await child.wait()

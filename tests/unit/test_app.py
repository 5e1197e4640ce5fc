"""The application's life: it starts when its database answers, and says why when it does not."""

import asyncio
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from minivod import app
from minivod.settings import Settings


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    """The application changes that of its process, which is all tests' here."""
    before = os.umask(0o022)
    yield
    os.umask(before)


class Server:
    """The server's side of the ASGI lifespan protocol."""

    def __init__(self) -> None:
        self.to_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.from_app: asyncio.Queue[Any] = asyncio.Queue()

    def run(self, application: app.App) -> asyncio.Task[None]:
        scope = {"type": "lifespan", "asgi": {"version": "3.0"}}
        return asyncio.create_task(application(scope, self.to_app.get, self.from_app.put))


async def get(application: app.App, path: str) -> dict[str, Any]:
    """The head of the answer."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"host", b"elsewhere.example")]
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": headers, "scheme": "http"}
    await application(scope, receive, send)
    return dict(sent[0])


def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings(database_url=database_url, data_dir=str(tmp_path), storage_url=(tmp_path / "objects").as_uri())


def test_what_it_makes_is_its_owners_alone(tmp_path: Path) -> None:
    home = tmp_path / "above" / "data"
    app.create_app(Settings(data_dir=str(home)))
    assert stat.S_IMODE(home.stat().st_mode) == 0o711, "others may pass, to the directories of their jobs"
    (home / "file").touch()
    assert stat.S_IMODE((home / "file").stat().st_mode) == 0o600
    home.chmod(0o750)
    app.create_app(Settings(data_dir=str(home)))
    assert stat.S_IMODE(home.stat().st_mode) == 0o750, "what the operator chose stays"


async def test_it_starts_and_stops(database_url: str, tmp_path: Path) -> None:
    server = Server()
    application = app.create_app(settings(tmp_path, database_url))
    life = server.run(application)
    await server.to_app.put({"type": "lifespan.startup"})
    assert await server.from_app.get() == {"type": "lifespan.startup.complete"}
    assert (await get(application, "/healthz"))["status"] == 200
    elsewhere = await get(application, "/healthz/")
    assert elsewhere["status"] == 404, "no redirect to whatever host the caller names"
    assert b"location" not in dict(elsewhere["headers"])
    await server.to_app.put({"type": "lifespan.shutdown"})
    assert await server.from_app.get() == {"type": "lifespan.shutdown.complete"}
    await life


async def test_a_database_that_is_away_is_told_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "_PATIENCE", 1.0)
    server = Server()
    life = server.run(app.create_app(settings(tmp_path, "postgresql://user:hunter2@127.0.0.1:1/name")))
    await server.to_app.put({"type": "lifespan.startup"})
    told = await server.from_app.get()
    assert told["type"] == "lifespan.startup.failed"
    assert told["message"] == "the database did not answer within 1 s; check database_url"
    await life

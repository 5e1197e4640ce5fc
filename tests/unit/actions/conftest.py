"""The context of a call with real parts: database, object store, sandbox."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from minivod import ids
from minivod.actions import CallContext, Services
from minivod.clock import Clock
from minivod.media.sandbox import Sandbox
from minivod.objects import Objects
from minivod.settings import Settings
from minivod.store import accounts
from minivod.store.database import Database
from minivod.store.event_bell import EventBell
from minivod.store.publications import Publications
from minivod.store.task_reader import TaskReader


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = await Database(database_url).open()
    yield database
    await database.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    tmp_path.chmod(0o711)  # the tools' user has to pass
    return Settings(data_dir=str(tmp_path))


@pytest.fixture
async def call(db: Database, settings: Settings, database_url: str) -> CallContext:
    async with db.transaction() as connection:
        app_id = await accounts.create_account(connection)
        key = await accounts.create_key(connection, app_id)
    services = Services(
        settings=settings,
        clock=Clock(),
        database=db,
        objects=Objects(settings.objects_url()),
        sandbox=Sandbox.from_settings(settings),
        publications=Publications(db, frozenset({"mp4", "3gp"})),
        tasks=TaskReader(db),
        event_bell=EventBell(database_url),
        public_url="http://vod.example",
    )
    return CallContext(
        request_id=ids.new_request_id(),
        key=key,
        app_id=app_id,
        sub_app_id=app_id,
        language="en-US",
        services=services,
    )

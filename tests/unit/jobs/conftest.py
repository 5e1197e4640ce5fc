"""A database with an account, an object store on a directory, and publications that were accepted."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from minivod import ids
from minivod.objects import Objects
from minivod.store import accounts, media
from minivod.store.database import Database
from minivod.store.publications import KIND, Publications, PublishRequest

Accept = Callable[..., Awaitable[str]]


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = await Database(database_url).open()
    yield database
    await database.close()


@pytest.fixture
def objects(tmp_path: Path) -> Objects:
    return Objects((tmp_path / "objects").as_uri())


@pytest.fixture
async def app_id(db: Database) -> int:
    async with db.transaction() as connection:
        return await accounts.create_account(connection)


@pytest.fixture
def accept(db: Database, app_id: int) -> Accept:
    """Has a new video's publication accepted; the TaskId."""
    server = Publications(db, lambda *_: True)

    async def one(account: int = app_id) -> str:
        file_id = ids.new_file_id()
        async with db.transaction() as connection:
            await media.create(
                connection,
                file_id=file_id,
                sub_app_id=account,
                directory=ids.new_directory(),
                name="clip",
                media_type="mp4",
                object_key=f"vod_upload/{file_id}/clip.mp4",
                metadata={"container": "mp4"},
            )
        wanted = PublishRequest(
            sub_app_id=account,
            app_id=account,
            file_id=file_id,
            definition=0,
            task_id=ids.new_task_id(account, KIND),
        )
        assert (await server.accept(wanted)).accepted
        return wanted.task_id

    return one

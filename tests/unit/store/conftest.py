"""A migrated database with an account, for tests of the store."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from minivod import ids
from minivod.store import accounts, media
from minivod.store.database import Database

NewMedia = Callable[..., Awaitable[str]]


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = await Database(database_url).open()
    yield database
    await database.close()


@pytest.fixture
async def app_id(db: Database) -> int:
    async with db.transaction() as connection:
        return await accounts.create_account(connection)


@pytest.fixture
def new_media(db: Database, app_id: int) -> NewMedia:
    async def create(container: str = "mp4", sub_app_id: int = app_id) -> str:
        file_id = ids.new_file_id()
        async with db.transaction() as connection:
            await media.create(
                connection,
                file_id=file_id,
                sub_app_id=sub_app_id,
                directory=ids.new_directory(),
                name="clip",
                media_type=container,
                object_key=f"vod_upload/{file_id}",
                metadata={"container": container},
            )
        return file_id

    return create

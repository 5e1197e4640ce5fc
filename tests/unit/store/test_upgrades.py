"""A server of the version before goes on while a newer one has added columns to the schema."""

import pytest

from minivod import ids
from minivod.store import accounts, events, media, publications, tasks, templates, uploads
from minivod.store.database import Database
from minivod.store.publications import KIND, Publications, PublishRequest
from minivod.store.uploads import Upload, UploadDetails, UploadedObject

from .conftest import NewMedia

TABLES = ("account", "sub_app", "access_key", "upload", "uploaded_object", "media", "task", "publication", "event",
          "template", "template_number")  # fmt: skip


@pytest.fixture
async def newer(db: Database) -> Database:
    async with db.connection() as connection:
        for table in TABLES:
            await connection.execute(f"alter table {table} add column added_later integer not null default 7")
    return db


async def test_what_is_new_in_the_tables_is_passed_over(newer: Database, app_id: int, new_media: NewMedia) -> None:
    file_id = await new_media()
    task_id = ids.new_task_id(app_id, KIND)
    wanted = PublishRequest(sub_app_id=app_id, app_id=app_id, file_id=file_id, definition=0, task_id=task_id)
    assert (await Publications(newer, lambda *_: True).accept(wanted)).accepted
    assert (await media.find(newer, app_id, [file_id]))[file_id].file_id == file_id
    assert (await publications.find(newer, app_id, [file_id]))[file_id].state == "RUNNING"
    [task] = await tasks.find_many(newer, [(app_id, task_id)])
    assert task is not None and task.file_id == file_id
    async with newer.transaction() as connection:
        key = await accounts.create_key(connection, app_id)
        await events.append(connection, app_id, "FileDeleted", file_id, {})
    assert await accounts.find_key(newer, key.secret_id) == key
    assert [event.kind for event in await events.pull(newer, app_id)] == ["FileDeleted"]


async def test_uploads_go_on(newer: Database, app_id: int) -> None:
    session = Upload(
        session_key=ids.new_token(),
        sub_app_id=app_id,
        secret_id=ids.new_secret_id(),
        secret_key=ids.new_secret_key(),
        token=ids.new_token(),
        media_key="vod_upload/a.mp4",
        cover_key=None,
        media_type="mp4",
        cover_type=None,
        details=UploadDetails(),
    )
    await uploads.create(newer, session, 60.0)
    placed = UploadedObject(
        object_key=session.media_key, session_key=session.session_key, stored_key="vod_upload/b.mp4", size=1,
        etag="e", crc64="1", md5="m",
    )  # fmt: skip
    async with newer.transaction() as connection:
        assert await uploads.lock(connection, session.session_key) is not None
        await uploads.place(connection, placed)
    found = await uploads.find_objects(newer, session.session_key)
    assert found[session.media_key].stored_key == placed.stored_key


async def test_templates_go_on(newer: Database, app_id: int) -> None:
    async with newer.transaction() as connection:
        definition = await templates.next_definition(connection, app_id)
        await templates.create(
            connection, sub_app_id=app_id, kind="ImageSprite", definition=definition, name="", comment="", body={}
        )
        locked = await templates.lock(connection, app_id, "ImageSprite", definition)
        assert locked is not None
        await templates.replace(connection, locked, locked)
    assert [row.definition for row in await templates.find(newer, app_id, "ImageSprite")] == [definition]

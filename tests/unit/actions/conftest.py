"""The context of a call with real parts: database, object store, sandbox."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from psycopg.types.json import Jsonb

from minivod import ids
from minivod.actions import CallContext, Services, wechat_mini_program_publish
from minivod.clock import Clock
from minivod.media.metadata import AudioStream, MediaMetadata, PictureFormat, VideoStream
from minivod.media.sandbox import Sandbox
from minivod.objects import Objects
from minivod.publishing.preflight import Preflight
from minivod.settings import Settings
from minivod.store import accounts, media, publications, tasks
from minivod.store.bell import EventBell
from minivod.store.database import Database
from minivod.store.event_reader import EventReader
from minivod.store.publications import Publications
from minivod.store.task_reader import TaskReader
from minivod.store.tasks import Outcome

NewVideo = Callable[..., Awaitable[str]]


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
    return await make_call(db, settings, database_url)


async def make_call(db: Database, settings: Settings, database_url: str) -> CallContext:
    """A call by a key of a new account."""
    async with db.transaction() as connection:
        app_id = await accounts.create_account(connection)
        key = await accounts.create_key(connection, app_id)
    services = Services(
        settings=settings,
        clock=Clock(),
        database=db,
        objects=Objects(settings.objects_url()),
        sandbox=Sandbox.from_settings(settings),
        publications=Publications(db, Preflight.from_settings(settings).accepts),
        tasks=TaskReader(db),
        event_bell=EventBell(database_url),
        event_reader=EventReader(db),
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


@pytest.fixture
def new_video(call: CallContext) -> NewVideo:
    return maker_of_videos(call)


def maker_of_videos(call: CallContext) -> NewVideo:
    """Makes a video whose publication, by the store's own functions, is in that state (None: it has none)."""

    async def make(
        container: str = "mp4",
        state: str | None = None,
        *,
        renditions: tuple[int, ...] = (),
        streams: Mapping[str, Any] | None = None,
    ) -> str:
        file_id, db = ids.new_file_id(), call.services.database
        async with db.transaction() as connection:
            await media.create(
                connection,
                file_id=file_id,
                sub_app_id=call.sub_app_id,
                directory=ids.new_directory(),
                name="clip",
                media_type=container,
                object_key=f"vod_upload/{file_id}",
                metadata=probed(container, **streams or {}),
                cover_key=f"vod_upload/{file_id}.jpg",
                cover_type="jpg",
            )
            for definition in renditions:
                await connection.execute(
                    """insert into media_result (file_id, sub_app_id, kind, definition, task_id, prefix, files, entry,
                                                 metadata, whole, source_key, body)
                       values (%s, %s, 'Transcode', %s, 'x', %s, '{v.mp4}', 'v.mp4', %s, true, %s,
                               '{"container": "mp4"}')""",
                    [
                        file_id, call.sub_app_id, definition, f"made/{file_id}/{definition}", Jsonb(probed("mp4")),
                        f"vod_upload/{file_id}",
                    ],
                )  # fmt: skip
        if state is not None:
            await _publish(call, file_id, state)
        return file_id

    return make


async def _publish(call: CallContext, file_id: str, state: str) -> None:
    task_id = (await wechat_mini_program_publish.run(call, wechat_mini_program_publish.Request(FileId=file_id))).TaskId
    if state == "RUNNING":
        return
    db, owner = call.services.database, uuid4()
    task = await tasks.claim(db, task_id, owner, 0)
    assert task is not None
    key = f"published/{file_id}.mp4" if state == "PASS" else None
    async with db.transaction() as connection:
        assert await tasks.finish(connection, task_id, owner, Outcome(result=state.title()))
        assert await publications.decide(
            connection, task, state=state, object_key=key, metadata=probed("mp4"), review_summary=[]
        )


def probed(container: str, *, audio: str = "", **video: Any) -> dict[str, Any]:
    """A probe's answer, as a row keeps it, of a video that is playable but for what is said of its streams."""
    picture: dict[str, Any] = {
        "codec": "h264", "codec_tag": "avc1", "bitrate": 8, "width": 1280, "height": 720, "fps": 25.0,
        "dynamic_range": "SDR", "format": PictureFormat("High", 8, "4:2:0"),
    }  # fmt: skip
    sound = AudioStream(codec=audio, bitrate=8, sampling_rate=48000, channels=2)
    metadata = MediaMetadata(
        container=container, size=1, duration=1.0, bitrate=8, width=1280, height=720, rotate=0,
        video=[VideoStream(**picture | video)], audio=[sound] if audio else [], md5="0" * 32, audio_duration=0.0,
        video_duration=1.0, faststart=True,
    )  # fmt: skip
    built: dict[str, Any] = msgspec.to_builtins(metadata)
    return built

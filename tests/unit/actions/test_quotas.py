"""Quotas: what begins something is refused beyond them, exactly, and what ends makes room again."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from minivod import errors, ids
from minivod.actions import (
    CallContext,
    apply_upload,
    commit_upload,
    process_media,
    pull_upload,
    review_audio_video,
    wechat_mini_program_publish,
)
from minivod.media.metadata import MediaMetadata
from minivod.processing.room import QuotaExceeded
from minivod.store import accounts, media, quotas, storage, tasks, uploads
from minivod.store.publications import Publications
from minivod.store.quotas import Quota
from minivod.store.tasks import Outcome
from minivod.store.uploads import UploadedObject
from minivod.wire.process_inputs import MediaProcessTaskInput

from ...wire.wire import open_wire
from .conftest import NewVideo, probed

TWO_STEPS = {"TranscodeTaskSet": [{"Definition": 10}, {"Definition": 20}]}


def within(call: CallContext, **quota: int) -> CallContext:
    return msgspec.structs.replace(call, quota=Quota(**quota))


async def process(call: CallContext, file_id: str, asked: dict[str, Any] = TWO_STEPS) -> str:
    wanted = process_media.Request(FileId=file_id, MediaProcessTask=msgspec.convert(asked, MediaProcessTaskInput))
    return (await process_media.run(call, wanted)).TaskId


async def pull(call: CallContext) -> str:
    return (await pull_upload.run(call, pull_upload.Request(MediaUrl="http://video.example/a.mp4"))).TaskId


async def publish(call: CallContext, file_id: str) -> str:
    request = wechat_mini_program_publish.Request(FileId=file_id)
    return (await wechat_mini_program_publish.run(call, request)).TaskId


async def uploaded(call: CallContext, size: int) -> str:
    """The key of a session whose file is there, of that size."""
    applied = await apply_upload.run(call, apply_upload.Request(MediaType="mp4"))
    stored = f"uploaded/{ids.new_directory()}.mp4"
    await call.services.objects.put_bytes(stored, bytes(size))
    done = UploadedObject(
        object_key=applied.MediaStoragePath[1:], session_key=applied.VodSessionKey, stored_key=stored, size=size,
        etag="0" * 32, crc64="0",
    )  # fmt: skip
    async with call.services.database.transaction() as connection:
        await uploads.place(connection, done)
    return applied.VodSessionKey


@pytest.fixture
def any_content(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is uploaded is taken for a video of its size."""

    async def inspect(services: Any, video: UploadedObject, cover: object) -> MediaMetadata:
        return msgspec.structs.replace(msgspec.convert(probed("mp4"), MediaMetadata), size=video.size)

    monkeypatch.setattr(commit_upload, "_inspect", inspect)


async def commit(call: CallContext, key: str) -> str:
    return (await commit_upload.run(call, commit_upload.Request(VodSessionKey=key))).FileId


async def test_bytes(call: CallContext, any_content: None) -> None:
    small = within(call, bytes=100)
    first, second = await uploaded(small, 60), await uploaded(small, 60)
    file_id = await commit(small, first)
    with pytest.raises(QuotaExceeded, match="stores 60 bytes; 60 more would be over its quota of 100"):
        await commit(small, second)
    assert await commit(small, first) == file_id  # what is done stays
    async with call.services.database.transaction() as connection:
        await media.delete(connection, call.sub_app_id, file_id)
    assert await commit(small, second)  # nothing was lost
    full = within(call, bytes=60)
    for attempt in (uploaded(full, 1), pull(full), process(full, file_id), publish(full, file_id)):
        with pytest.raises(QuotaExceeded, match="stores 60 bytes, and its quota is 60"):
            await attempt


async def test_videos(call: CallContext, new_video: NewVideo, any_content: None) -> None:
    two = within(call, media=2)
    await new_video()
    keys = [await uploaded(two, 1) for _ in range(2)]
    await commit(two, keys[0])
    for attempt in (commit(two, keys[1]), uploaded(two, 1), pull(two)):
        with pytest.raises(QuotaExceeded, match="has 2 videos, and its quota is 2"):
            await attempt
    await publish(two, await new_video())  # makes no other video


async def test_tasks(call: CallContext, new_video: NewVideo) -> None:
    three, file_id = within(call, tasks=3), await new_video()
    task_id = await process(three, file_id)
    with pytest.raises(QuotaExceeded, match="has 2 unfinished tasks and steps; 2 more would be over its quota"):
        await process(three, file_id)
    await publish(three, file_id)
    review = review_audio_video.Request(FileId=file_id)
    for attempt in (pull(three), review_audio_video.run(three, review), publish(three, await new_video())):
        with pytest.raises(QuotaExceeded, match="has 3 unfinished tasks and steps; 1 more would be over"):
            await attempt
    owner, step = uuid4(), task_id.removesuffix("0") + "1"
    assert await tasks.claim(call.services.database, step, owner, 0)
    async with call.services.database.transaction() as connection:
        assert await tasks.finish(connection, step, owner, Outcome())
    await pull(three)


async def test_calls_at_the_same_time_keep_it_exactly(
    call: CallContext, new_video: NewVideo, any_content: None
) -> None:
    ten, file_id = within(call, tasks=10), await new_video()
    answers = await asyncio.gather(*(process(ten, file_id) for _ in range(9)), return_exceptions=True)
    assert sum(isinstance(one, str) for one in answers) == 5
    assert {type(one) for one in answers if not isinstance(one, str)} == {QuotaExceeded}
    room = (await storage.stored(call.services.database, call.sub_app_id)).bytes + 35
    keys = [await uploaded(call, 10) for _ in range(6)]
    answers = await asyncio.gather(*(commit(within(call, bytes=room), key) for key in keys), return_exceptions=True)
    assert sum(isinstance(one, str) for one in answers) == 3


async def test_publications_at_the_same_time_keep_it_exactly(call: CallContext, new_video: NewVideo) -> None:
    """Of several API processes, beside other calls, and those that are refused for another reason take no room."""
    videos = [await new_video() for _ in range(8)]
    running = await publish(call, videos[0])
    ten = within(call, tasks=7)
    servers = [
        msgspec.structs.replace(ten, services=msgspec.structs.replace(ten.services, publications=publications))
        for publications in (ten.services.publications, Publications(ten.services.database, lambda *_: True))
    ]
    wanted = [videos[0], "1234567890123456789", *videos[1:]]
    calls = [publish(servers[i % 2], file_id) for i, file_id in enumerate(wanted)]
    answers = await asyncio.gather(*calls, process(ten, videos[0]), return_exceptions=True)
    begun = await call.services.database.fetch_all("select from task where steps_left = 0 and status <> 'FINISH'")
    assert len(begun) == 7
    assert {type(one) for one in answers if not isinstance(one, str)} <= {
        QuotaExceeded, errors.FailedOperation, errors.FileNotExist,
    }  # fmt: skip
    with pytest.raises(QuotaExceeded, match="has 7 unfinished tasks and steps; 1 more would be over its quota of 7"):
        await publish(servers[0], await new_video())
    with pytest.raises(errors.FailedOperation, match=running):
        await publish(within(call, tasks=8), videos[0])


async def test_who_is_refused_takes_no_room_from_the_next(call: CallContext, new_video: NewVideo) -> None:
    """All in one batch, of which two have no such video."""
    videos = [await new_video() for _ in range(4)]
    unknown = [f"123456789012345678{i}" for i in range(2)]
    three = within(call, tasks=3)
    answers = await asyncio.gather(
        *(publish(three, one) for one in (unknown[0], videos[0], unknown[1], *videos[1:])), return_exceptions=True
    )
    assert [type(one).__name__ for one in answers] == [
        "FileNotExist",
        "str",
        "FileNotExist",
        "str",
        "str",
        "LimitExceededQuota",
    ]


async def test_what_the_operator_wants_does_not_count(call: CallContext, new_video: NewVideo) -> None:
    await process(call, await new_video())
    await call.services.database.execute("update task set kind = 'review-again' where parent_id is not null")
    async with call.services.database.connection() as connection:
        assert (await quotas.use(connection, call.sub_app_id)).tasks == 0


async def test_own_quotas_and_those_of_the_settings(database_url: str, tmp_path: Path) -> None:
    """As the endpoint finds them: an application's own, or that of the settings; 0 is no limit."""
    async with open_wire(database_url, tmp_path, rate_limit=0, quota_tasks=1) as wire:
        async with wire.db.transaction() as connection:
            other = (await accounts.create_sub_app(connection, wire.key.app_id, "other")).sub_app_id
        assert await quotas.change(wire.db, other, {"tasks": 0})
        own: dict[str, Any] = {"MediaUrl": "http://video.example/a.mp4"}
        free = own | {"SubAppId": other}
        assert [(await wire.call("PullUpload", own)).code for _ in range(2)] == ["OK", "LimitExceeded.Quota"]
        assert [(await wire.call("PullUpload", free)).code for _ in range(2)] == ["OK", "OK"]
        assert await quotas.find(wire.db, other, Quota(tasks=1, media=4)) == Quota(tasks=0, media=4)
        [row] = await quotas.standings(wire.db, other)
        assert (row.tasks, row.quota_tasks, row.quota_media) == (2, 0, None)
        assert await quotas.change(wire.db, other, {"tasks": None, "media": 9})
        assert await quotas.find(wire.db, other, Quota(tasks=1, media=4)) == Quota(tasks=1, media=9)
        assert not await quotas.change(wire.db, 1, {"tasks": 1})

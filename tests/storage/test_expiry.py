"""Videos whose ExpireTime has passed are deleted, with all that was made of them, as in the reference."""

from typing import Any

import msgspec

from minivod import ids
from minivod.jobs.janitor import delete_doomed
from minivod.processing.removal import remove_expired
from minivod.store import events, media, publications

from ..wire.wire import Wire
from .life import metadata


async def video(wire: Wire, expires_in: str | None) -> str:
    """A video with a cover and a rendition; `expires_in` is an interval, negative when its time is over."""
    file_id = ids.new_file_id()
    keys = {name: f"vod_upload/{file_id}/{name}" for name in ("video", "cover", "rendition")}
    for key in keys.values():
        await wire.services.objects.put_bytes(key, b"content")
    async with wire.db.transaction() as connection:
        await media.create(
            connection, file_id=file_id, sub_app_id=wire.key.app_id, directory=ids.new_directory(), name="v",
            media_type="mp4", object_key=keys["video"], cover_key=keys["cover"], cover_type="jpg",
            metadata=msgspec.to_builtins(metadata()),
        )  # fmt: skip
        await connection.execute(
            """insert into media_result (file_id, sub_app_id, kind, definition, task_id, prefix, files, entry, whole,
                                         source_key, metadata)
               select file_id, sub_app_id, 'Transcode', 10, 'x', %s, array['rendition'], 'rendition', true, object_key,
                      metadata
                 from media where file_id = %s""",
            [f"vod_upload/{file_id}", file_id],
        )
        await connection.execute(
            "update media set expires_at = now() + %s::interval where file_id = %s", [expires_in, file_id]
        )
    return file_id


async def described(wire: Wire, *file_ids: str) -> list[str]:
    answer: dict[str, Any] = await wire.call("DescribeMediaInfos", {"FileIds": list(file_ids)})
    assert "MediaInfoSet" in answer, answer
    return [found["FileId"] for found in answer["MediaInfoSet"] or []]


async def stored(wire: Wire) -> set[str]:
    return {entry.key.split("/")[1] async for entry in wire.services.objects.entries()}


async def test_what_has_expired_is_removed_and_nothing_else(wire: Wire) -> None:
    over = [await video(wire, "-1 second"), await video(wire, "-3 days")]
    kept = [await video(wire, "1 hour"), await video(wire, None)]
    assert await remove_expired(wire.db, "http://x") == 2
    await delete_doomed(wire.db, wire.services.objects)
    assert await described(wire, *over, *kept) == kept
    assert await stored(wire) == set(kept)
    assert await remove_expired(wire.db, "http://x") == 0


async def test_a_publication_that_is_under_way_ends_with_its_video(wire: Wire) -> None:
    file_id = await video(wire, "1 hour")
    task_id = (await wire.call("WeChatMiniProgramPublish", {"FileId": file_id}))["TaskId"]
    await wire.db.execute("update media set expires_at = now()")
    assert await remove_expired(wire.db, "http://x") == 1
    task = (await wire.call("DescribeTaskDetail", {"TaskId": task_id}))["WechatMiniProgramPublishTask"]
    assert (task["Status"], task["PublishResult"]) == ("FINISH", "Failed")
    assert "expired" in task["Message"]
    (event,) = await events.pull(wire.db, wire.key.app_id)
    assert event.payload["TaskId"] == task_id
    assert await publications.find(wire.db, wire.key.app_id, [file_id]) == {}

"""DeleteMedia: the whole video and each of its parts, what that does to publications, tasks and events."""

from typing import Any

import msgspec
import pytest

from minivod import errors, ids
from minivod.actions import CallContext
from minivod.actions.delete_media import ACTION, PARTS, Request, run
from minivod.shapes import MediaDeleteItem
from minivod.store import events, media, playables, publications, results

from .conftest import NewVideo

TEMPLATES = (10, 100030)


async def delete(call: CallContext, file_id: str, *parts: str | tuple[str, int]) -> None:
    items = [MediaDeleteItem(part) if isinstance(part, str) else MediaDeleteItem(*part) for part in parts]
    await run(call, Request(FileId=file_id, DeleteParts=items))


async def left(call: CallContext, file_id: str) -> dict[str, Any]:
    """What is left of a video."""
    db = call.services.database
    found = (await media.find(db, call.sub_app_id, [file_id])).get(file_id)
    published = (await publications.find(db, call.sub_app_id, [file_id])).get(file_id)
    renditions = (await results.find(db, call.sub_app_id, [file_id])).get(file_id, [])
    return {
        "original": found is not None and found.object_key is not None,
        "renditions": tuple(item.definition for item in renditions),
        "publication": published.state if published else None,
    }


async def doomed(call: CallContext) -> set[str]:
    rows = await call.services.database.fetch_all("select object_key from doomed_object")
    return {row["object_key"] for row in rows}


def deleting(call: CallContext) -> CallContext:
    """The call on a server that tells of deletions."""
    settings = msgspec.structs.replace(call.services.settings, event_on_delete=True)
    return msgspec.structs.replace(call, services=msgspec.structs.replace(call.services, settings=settings))


ALL = {"original": True, "renditions": TEMPLATES, "publication": "PASS"}


PARTS_AND_CHANGES: list[tuple[list[Any], dict[str, Any]]] = [
    (["OriginalFiles"], {"original": False}),
    (["TranscodeFiles"], {"renditions": ()}),
    ([("TranscodeFiles", 0)], {"renditions": ()}),
    ([("TranscodeFiles", 10)], {"renditions": (100030,)}),
    ([("TranscodeFiles", 230), ("TranscodeFiles", 10000)], {}),
    ([("TranscodeFiles", 10), ("TranscodeFiles", 100030)], {"renditions": ()}),
    ([("TranscodeFiles", -1)], {}),
    (["WechatMiniProgramPublishFiles"], {"publication": None}),
    ([("WechatMiniProgramPublishFiles", 10)], {}),
    (["AdaptiveDynamicStreamingFiles", "WechatPublishFiles"], {}),
    ([part for part in PARTS if part.startswith("Mps")], {}),
    (["OriginalFiles", "WechatMiniProgramPublishFiles"], {"original": False, "publication": None}),
    (["OriginalFiles", "OriginalFiles"], {"original": False}),
    (list(PARTS), {"original": False, "renditions": (), "publication": None}),
]


async def test_parts(call: CallContext, new_video: NewVideo) -> None:
    other = await new_video("mp4", "PASS", renditions=TEMPLATES)
    for parts, changed in PARTS_AND_CHANGES:
        file_id, before = await new_video("mp4", "PASS", renditions=TEMPLATES), await doomed(call)
        await delete(call, file_id, *parts)
        assert await left(call, file_id) == ALL | changed, parts
        gone = await doomed(call) - before
        assert bool(gone) == bool(changed) and all(file_id in key for key in gone), parts
        await delete(call, file_id, *parts)  # what does not exist any more is no error
        assert await left(call, file_id) == ALL | changed, parts
    assert await left(call, other) == ALL


@pytest.mark.parametrize(
    ("kind", "goes_with", "stays_with"),
    [
        ("made/{}/0", "TranscodeFiles", ["OriginalFiles", "AdaptiveDynamicStreamingFiles", ("TranscodeFiles", 10)]),
        ("cover/{}", "OriginalFiles", ["TranscodeFiles", "AdaptiveDynamicStreamingFiles", "WechatPublishFiles"]),
    ],
)
async def test_a_cover_goes_with_what_it_came_with(
    call: CallContext, new_video: NewVideo, kind: str, goes_with: str, stays_with: list[str | tuple[str, int]]
) -> None:
    file_id = await new_video("mp4")
    key, db = f"{kind.format(file_id)}/cover.jpg", call.services.database
    await db.execute("update media set cover_key = %s, cover_type = 'jpg' where file_id = %s", [key, file_id])
    await delete(call, file_id, *stays_with)
    assert (await media.find(db, call.sub_app_id, [file_id]))[file_id].cover_key == key
    assert key not in await doomed(call)
    await delete(call, file_id, goes_with)
    assert (await media.find(db, call.sub_app_id, [file_id]))[file_id].cover_key is None
    assert key in await doomed(call)


async def test_a_publication_of_a_template_goes_by_its_definition(call: CallContext, new_video: NewVideo) -> None:
    file_id = await new_video("mp4", "PASS", renditions=TEMPLATES)
    await call.services.database.execute("update publication set definition = 100030")
    await delete(call, file_id, ("WechatMiniProgramPublishFiles", 10))
    assert await left(call, file_id) == ALL
    await delete(call, file_id, ("WechatMiniProgramPublishFiles", 100030))
    assert await left(call, file_id) == ALL | {"publication": None}


HLS = ("index.m3u8", "0.ts", "low/1.ts")


async def publish_hls(call: CallContext, file_id: str) -> set[str]:
    """Makes the publication one of HLS; the keys of its files."""
    await call.services.database.execute(
        "update publication set definition = 10, files = %s, object_key = %s where file_id = %s",
        [list(HLS), f"published/{file_id}/a/index.m3u8", file_id],
    )
    return {f"published/{file_id}/a/{name}" for name in HLS}


@pytest.mark.parametrize("part", [part for part in PARTS if part != "WechatMiniProgramPublishFiles"])
async def test_other_parts_leave_every_published_file(call: CallContext, new_video: NewVideo, part: str) -> None:
    file_id = await new_video("mp4", "PASS", renditions=TEMPLATES)
    keys = await publish_hls(call, file_id)
    for definition in (0, 10):
        await delete(call, file_id, (part, definition))
        assert not await doomed(call) & keys
        [playable] = await playables.find_playables(
            call.services.database, [playables.Address(call.app_id, file_id, results.TRANSCODE, 10, HLS[2])]
        )
        assert playable is not None and playable.entry == HLS[0]
        assert playable.file is not None and playable.file.key == f"published/{file_id}/a/{HLS[2]}"


@pytest.mark.parametrize("parts", [(), ("WechatMiniProgramPublishFiles",), (("WechatMiniProgramPublishFiles", 10),)])
async def test_published_hls_goes_with_every_file(call: CallContext, new_video: NewVideo, parts: Any) -> None:
    file_id, other = await new_video("mp4", "PASS"), await new_video("mp4", "PASS")
    keys, others = await publish_hls(call, file_id), await publish_hls(call, other)
    await delete(call, file_id, *parts)
    assert keys <= await doomed(call)
    assert not others & await doomed(call)
    assert (await left(call, file_id))["publication"] is None


async def test_the_whole_video(call: CallContext, new_video: NewVideo) -> None:
    file_id = await new_video("mp4", "PASS", renditions=TEMPLATES)
    await delete(call, file_id)
    assert await left(call, file_id) == {"original": False, "renditions": (), "publication": None}
    assert await doomed(call) == {
        f"vod_upload/{file_id}",
        f"vod_upload/{file_id}.jpg",
        f"made/{file_id}/10/v.mp4",
        f"made/{file_id}/100030/v.mp4",
        f"published/{file_id}.mp4",
    }
    with pytest.raises(errors.FileNotExist):
        await delete(call, file_id)


@pytest.mark.parametrize("parts", [[], ["OriginalFiles"], ["WechatMiniProgramPublishFiles"]], ids=str)
async def test_a_publication_under_way_ends_with_its_event(
    call: CallContext, new_video: NewVideo, parts: list[str]
) -> None:
    file_id = await new_video("mp4", "RUNNING")
    await delete(call, file_id, *parts)
    (event,) = await events.pull(call.services.database, call.sub_app_id)
    told = event.payload
    assert (event.kind, told["FileId"]) == ("WechatMiniProgramPublishComplete", file_id)
    assert (told["Status"], told["PublishResult"]) == ("FINISH", "Failed")
    assert told["ErrCode"] != 0 and "deleted" in told["Message"]
    assert (await left(call, file_id))["publication"] is None


@pytest.mark.parametrize("part", ["TranscodeFiles", "WechatPublishFiles", ("WechatMiniProgramPublishFiles", 10)])
async def test_other_parts_leave_a_publication_under_way_alone(
    call: CallContext, new_video: NewVideo, part: str | tuple[str, int]
) -> None:
    file_id = await new_video("mp4", "RUNNING")
    await delete(call, file_id, part)
    assert (await left(call, file_id))["publication"] == "RUNNING"
    assert await events.pull(call.services.database, call.sub_app_id) == []


async def test_events_of_deletions_are_a_setting(call: CallContext, new_video: NewVideo) -> None:
    await delete(call, await new_video())
    assert await events.pull(call.services.database, call.sub_app_id) == []
    file_id, loud = await new_video(), deleting(call)
    for parts in ([("TranscodeFiles", 10)], [("TranscodeFiles", 10)], []):
        await delete(msgspec.structs.replace(loud, request_id=ids.new_request_id()), file_id, *parts)
    told = await events.pull(call.services.database, call.sub_app_id)
    assert [event.kind for event in told] == ["FileDeleted"] * 3
    assert all(event.payload["FileIdSet"] == [file_id] for event in told)
    items = [event.payload["FileDeleteResultInfo"] for event in told]
    part = {"Type": "TranscodeFiles", "Definition": 10}
    assert items == [[{"FileId": file_id, "DeleteParts": parts}] for parts in ([part], [part], [])]


async def test_what_is_no_file_id(call: CallContext) -> None:
    for file_id in ("", "0", "1" * 15, "1" * 20, "0" * 18, "5285485487985271487 ", "٣" * 18, "x" * 18):
        with pytest.raises(errors.InvalidFileId):
            await delete(call, file_id)


async def test_a_part_that_the_api_does_not_have_deletes_nothing(call: CallContext, new_video: NewVideo) -> None:
    file_id = await new_video("mp4", "PASS", renditions=TEMPLATES)
    with pytest.raises(errors.InvalidParameterValue, match=r"DeleteParts\.1\.Type 'originalfiles'"):
        await delete(call, file_id, "TranscodeFiles", "originalfiles")
    assert await left(call, file_id) == ALL


def test_parts_have_a_bound() -> None:
    item = {"Type": "TranscodeFiles"}
    msgspec.convert({"FileId": "1", "DeleteParts": [item] * 100}, ACTION.request)
    with pytest.raises(msgspec.ValidationError, match="DeleteParts"):
        msgspec.convert({"FileId": "1", "DeleteParts": [item] * 101}, ACTION.request)

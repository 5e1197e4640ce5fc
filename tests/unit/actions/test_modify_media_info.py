"""ModifyMediaInfo: what it changes, what it refuses, and that a refused call changes nothing."""

import asyncio
import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from minivod import errors, ids
from minivod.actions import CallContext, create_class, describe_media_infos, modify_media_info
from minivod.actions.inline_picture import LARGEST
from minivod.actions.media_changes import LARGEST_SUBTITLE
from minivod.processing.removal import remove_expired
from minivod.store import media
from minivod.wire.media_info import MediaInfo

from ..templates.samples import png
from .conftest import NewVideo

VTT = "WEBVTT\n\n00:00.000 --> 00:01.000\n你好\n"


def encoded(content: bytes | str) -> str:
    return base64.b64encode(content.encode() if isinstance(content, str) else content).decode()


def written(content: bytes | str = VTT, **more: Any) -> dict[str, Any]:
    return {"Name": "中文", "Language": "zh", "Format": "vtt", "Content": encoded(content)} | more


def moment(at: float, content: str = "a") -> dict[str, Any]:
    return {"TimeOffset": at, "Content": content}


async def change(call: CallContext, file_id: str, **asked: Any) -> modify_media_info.Response:
    return await modify_media_info.run(
        call, msgspec.convert({"FileId": file_id} | asked, modify_media_info.Request, strict=True)
    )


async def info(call: CallContext, file_id: str) -> MediaInfo:
    [found] = (await describe_media_infos.run(call, describe_media_infos.Request(FileIds=[file_id]))).MediaInfoSet
    return found


async def basic(call: CallContext, file_id: str) -> Any:
    return (await info(call, file_id)).BasicInfo


async def stored(call: CallContext) -> set[str]:
    return {entry.key async for entry in call.services.objects.entries()}


async def doomed(call: CallContext) -> set[str]:
    rows = await call.services.database.fetch_all("select object_key from doomed_object where after <= now()")
    return {row["object_key"] for row in rows}


async def test_name_description_class_and_tags(call: CallContext, new_video: NewVideo) -> None:
    file_id = await new_video()
    class_id = (await create_class.run(call, create_class.Request(ParentId=-1, ClassName="电影"))).ClassId
    before = await basic(call, file_id)
    answer = await change(
        call, file_id, Name="新的名字", Description="描述", ClassId=class_id, AddTags=["猫", "狗", "猫"]
    )
    assert (answer.CoverUrl, answer.AddedSubtitleSet) == ("", [])
    found = await basic(call, file_id)
    assert (found.Name, found.Description, found.ClassId, found.ClassPath) == ("新的名字", "描述", class_id, "电影")
    assert (found.TagSet, found.CreateTime) == (["猫", "狗"], before.CreateTime)
    await change(call, file_id, DeleteTags=["狗", "not there"], AddTags=["鸟"], ClassId=0)
    found = await basic(call, file_id)
    assert (found.Name, found.TagSet, found.ClassId) == ("新的名字", ["猫", "鸟"], 0)
    await change(call, file_id, Name="", Description="", ClearTags=1)
    found = await basic(call, file_id)
    assert (found.Name, found.Description, found.TagSet) == ("", "", [])


async def test_key_frames(call: CallContext, new_video: NewVideo) -> None:
    file_id = await new_video()
    assert (await info(call, file_id)).KeyFrameDescInfo is None
    await change(
        call, file_id, AddKeyFrameDescs=[{"TimeOffset": 9.5, "Content": "end"}, {"TimeOffset": 0, "Content": "a"}]
    )
    await change(call, file_id, AddKeyFrameDescs=[{"TimeOffset": 0, "Content": "begin"}], DeleteKeyFrameDescs=[3])
    shown = (await info(call, file_id)).KeyFrameDescInfo
    assert shown is not None
    assert [(one.TimeOffset, one.Content) for one in shown.KeyFrameDescSet] == [(0, "begin"), (9.5, "end")]
    many = [{"TimeOffset": number / 10, "Content": "x" * 128} for number in range(96, 194)]
    await change(call, file_id, AddKeyFrameDescs=many)
    with pytest.raises(errors.LimitExceeded) as refused:
        await change(call, file_id, AddKeyFrameDescs=[{"TimeOffset": 1, "Content": "one more"}])
    assert refused.value.code == "LimitExceeded.KeyFrameDescCountReachMax"
    await change(
        call, file_id, DeleteKeyFrameDescs=[9.5], AddKeyFrameDescs=[{"TimeOffset": 1, "Content": "in its place"}]
    )
    await change(call, file_id, ClearKeyFrameDescs=1)
    assert (await info(call, file_id)).KeyFrameDescInfo is None


async def test_tags_are_bounded(call: CallContext, new_video: NewVideo) -> None:
    file_id = await new_video()
    await change(call, file_id, AddTags=[f"tag {number}" for number in range(16)])
    with pytest.raises(errors.LimitExceeded) as refused:
        await change(call, file_id, AddTags=["one more"])
    assert refused.value.code == "LimitExceeded.TagCountReachMax"
    await change(call, file_id, AddTags=["one more"], DeleteTags=["tag 0"])
    assert len((await basic(call, file_id)).TagSet) == 16


async def test_a_cover_replaces_the_other(call: CallContext, new_video: NewVideo) -> None:
    file_id = await new_video()
    answer = await change(call, file_id, CoverData=encoded(png()))
    assert answer.CoverUrl == (await basic(call, file_id)).CoverUrl != ""
    [key] = await stored(call)
    assert (await call.services.objects.head(key)) == len(png())
    assert await doomed(call) == {f"vod_upload/{file_id}.jpg"}
    found = (await media.find(call.services.database, call.sub_app_id, [file_id]))[file_id]
    assert (found.cover_key, found.cover_type) == (key, "png")
    await change(call, file_id, Name="x")
    assert (await media.find(call.services.database, call.sub_app_id, [file_id]))[file_id].cover_type == "png"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("%%%", "ImageDecodeError"),
        (encoded("no picture"), "PicFormatError"),
        (encoded(b"RIFF\x24\0\0\0WEBPVP8 "), "PicFormatError"),
        (encoded(png()[:40]), "ImageDecodeError"),
        (encoded(png() + bytes(LARGEST)), "ImageDecodeError"),
    ],
)
async def test_what_is_no_cover(call: CallContext, new_video: NewVideo, content: str, code: str) -> None:
    file_id = await new_video()
    with pytest.raises(errors.InvalidParameterValue, match="CoverData") as refused:
        await change(call, file_id, CoverData=content, Name="changed", AddSubtitles=[written()])
    assert refused.value.code == f"InvalidParameterValue.{code}"
    assert await stored(call) == await doomed(call)
    assert (await basic(call, file_id)).Name == "clip"


async def test_subtitles(call: CallContext, new_video: NewVideo) -> None:
    file_id = await new_video()
    assert (await info(call, file_id)).SubtitleInfo is None
    both = [written(Id="zh_1"), written("\ufeffWEBVTT - title\r\n", Language="en-US", Name="English")]
    first, second = (await change(call, file_id, AddSubtitles=both)).AddedSubtitleSet
    assert (first.Id, first.Name, first.Language, first.Format, first.Source) == (
        "zh_1", "中文", "zh", "vtt", "UserUploaded",
    )  # fmt: skip
    assert first.Url.endswith(f"/{file_id}/subtitles/zh_1.vtt") and second.Id
    shown = (await info(call, file_id)).SubtitleInfo
    assert shown is not None and shown.SubtitleSet == [first, second]
    with pytest.raises(errors.InvalidParameterValue, match="zh_1"):
        await change(call, file_id, AddSubtitles=[written(Id="zh_1")], Name="changed")
    assert (await basic(call, file_id)).Name == "clip"
    await change(call, file_id, DeleteSubtitleIds=["zh_1", "never there"])
    shown = (await info(call, file_id)).SubtitleInfo
    assert shown is not None and shown.SubtitleSet == [second]
    await change(call, file_id, AddSubtitles=[written(Id=f"n{number}") for number in range(15)])
    with pytest.raises(errors.LimitExceeded, match="17 subtitles"):
        await change(call, file_id, AddSubtitles=[written()])
    await change(call, file_id, ClearSubtitles=1)
    assert (await info(call, file_id)).SubtitleInfo is None
    assert await stored(call) == await doomed(call), "nothing is left that no row refers to"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"1\n00:00:00,000 --> 00:00:01,000\nSubRip", "WEBVTT"),
        (b"WEBVTTX", "WEBVTT"),
        (b"", "WEBVTT"),
        (b"WEBVTT\n\xff\xfe", "UTF-8"),
        (b"WEBVTT\n" + bytes(LARGEST_SUBTITLE), "at most"),
    ],
)
async def test_what_is_no_subtitle(call: CallContext, new_video: NewVideo, content: bytes, why: str) -> None:
    file_id = await new_video()
    with pytest.raises(errors.InvalidParameterValue, match=f"AddSubtitles.1.Content.*{why}"):
        await change(call, file_id, AddSubtitles=[written(), written(content)])
    assert await stored(call) == set()


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"AddTags": ["a", "b"], "DeleteTags": ["b"]}, ".AddTagsAndDeleteTagsConflict"),
        ({"AddTags": ["a"], "ClearTags": 1}, ".AddTagsAndClearTagsConflict"),
        (
            {"AddKeyFrameDescs": [{"TimeOffset": 1, "Content": "a"}], "DeleteKeyFrameDescs": [1]},
            ".AddKeyFrameDescsAndDeleteKeyFrameDescsConflict",
        ),
        (
            {"AddKeyFrameDescs": [{"TimeOffset": 1, "Content": "a"}], "ClearKeyFrameDescs": 1},
            ".AddKeyFrameDescsAndClearKeyFrameDescsConflict",
        ),
        ({"AddSubtitles": [written(Id="a")], "DeleteSubtitleIds": ["a"]}, ""),
        ({"AddSubtitles": [written()], "ClearSubtitles": 1}, ""),
        ({"AddSubtitles": [written(Id="a"), written(Id="a")]}, ""),
        ({"DeleteKnowledgeBases": ["kb"], "ClearKnowledgeBases": 1}, ""),
        ({"ClassId": 404}, ".ClassId"),
        ({"ExpireTime": "2020-01-01T00:00:00Z"}, ".ExpireTime"),
        ({"ExpireTime": ""}, ".ExpireTime"),
    ],
)
async def test_what_contradicts_itself(
    call: CallContext, new_video: NewVideo, asked: dict[str, Any], code: str
) -> None:
    file_id = await new_video()
    before = await info(call, file_id)
    with pytest.raises(errors.InvalidParameterValue, match=next(iter(asked)).removeprefix("Add")) as refused:
        await change(call, file_id, Name="changed", **asked)
    assert refused.value.code == f"InvalidParameterValue{code}"
    assert await info(call, file_id) == before


@pytest.mark.parametrize(
    "asked",
    [
        {"Name": "x" * 65}, {"Description": "x" * 129}, {"AddTags": ["x" * 33]}, {"AddTags": [""]}, {"ClearTags": 2},
        {"AddKeyFrameDescs": [{"TimeOffset": -1, "Content": "x"}]},
        {"AddKeyFrameDescs": [{"TimeOffset": 1, "Content": "x" * 129}]},
        {"AddSubtitles": [written(Format="srt")]}, {"AddSubtitles": [written(Language="english language")]},
        {"AddSubtitles": [written(Id="a/b")]}, {"AddSubtitles": [written(Id="x" * 17)]}, {"ClassId": -1},
    ],
)  # fmt: skip
def test_bounds_are_part_of_the_type(asked: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError, match=next(iter(asked))):
        msgspec.convert({"FileId": "5285485487985271487"} | asked, modify_media_info.Request)


async def test_an_expiry_really_deletes(call: CallContext, new_video: NewVideo) -> None:
    file_id, other = await new_video(), await new_video()
    db = call.services.database
    await change(
        call, file_id, ExpireTime=(datetime.now(UTC) + timedelta(hours=1)).isoformat(), AddSubtitles=[written()]
    )
    await change(call, other, ExpireTime="2100-01-01T00:00:00Z")
    assert (await basic(call, other)).ExpireTime == "2100-01-01T00:00:00Z"
    await change(call, other, ExpireTime="9999-12-31T23:59:59Z")
    assert (await basic(call, other)).ExpireTime == "9999-12-31T23:59:59Z"
    assert await remove_expired(db, "") == 0
    await db.execute("update media set expires_at = expires_at - interval '1 hour'")
    assert await remove_expired(db, "") == 1
    assert (await media.find(db, call.sub_app_id, [file_id, other])).keys() == {other}
    assert await stored(call) <= await doomed(call)


async def test_videos_that_are_none(call: CallContext) -> None:
    with pytest.raises(errors.InvalidFileId):
        await change(call, "x")
    with pytest.raises(errors.FileNotExist):
        await change(call, ids.new_file_id(), CoverData="no Base64: nobody looks at it")


async def test_changes_at_the_same_time_lose_nothing(call: CallContext, new_video: NewVideo) -> None:
    file_id = await new_video()
    await asyncio.gather(
        *(change(call, file_id, AddTags=[f"t{number}"]) for number in range(8)),
        *(change(call, file_id, AddSubtitles=[written(Id=f"s{number}")]) for number in range(4)),
        change(call, file_id, Name="renamed"),
    )
    found = await info(call, file_id)
    assert found.BasicInfo is not None and found.SubtitleInfo is not None
    assert set(found.BasicInfo.TagSet) == {f"t{number}" for number in range(8)} and found.BasicInfo.Name == "renamed"
    assert len(found.SubtitleInfo.SubtitleSet) == 4

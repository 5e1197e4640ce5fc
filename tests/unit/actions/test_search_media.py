"""SearchMedia: which parameters find what, and what is refused; store/test_search.py holds the search to a model."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from minivod import errors, ids
from minivod.actions import (
    CallContext,
    create_class,
    delete_media,
    forbid_media_distribution,
    modify_media_info,
    search_media,
)
from minivod.shapes import MediaDeleteItem, wire_time
from minivod.store import media_reviews
from minivod.store.media_reviews import MediaReview

from .conftest import NewVideo


async def search(call: CallContext, **asked: Any) -> search_media.Response:
    return await search_media.run(call, msgspec.convert(asked, search_media.Request))


async def found(call: CallContext, **asked: Any) -> list[str]:
    answer = await search(call, **asked)
    assert answer.TotalCount == len(answer.MediaInfoSet)
    return [info.FileId for info in answer.MediaInfoSet]


async def change(call: CallContext, file_id: str, **asked: Any) -> None:
    await modify_media_info.run(call, msgspec.convert({"FileId": file_id} | asked, modify_media_info.Request))


async def test_what_was_changed_is_found_at_once(call: CallContext, new_video: NewVideo) -> None:
    cat, dog = await new_video(), await new_video("3gp")
    film = (await create_class.run(call, create_class.Request(ParentId=-1, ClassName="电影"))).ClassId
    old = (await create_class.run(call, create_class.Request(ParentId=film, ClassName="老片"))).ClassId
    await change(call, cat, Name="家里的猫", Description="a film about a CAT", AddTags=["猫", "宠物"], ClassId=old)
    await change(call, dog, Name="家里的狗", AddTags=["狗", "宠物"], ClassId=film)
    for asked, wanted in (
        ({}, [dog, cat]),
        ({"Names": ["猫"]}, [cat]),
        ({"Names": ["里的", "nothing"]}, [dog, cat]),
        ({"Names": ["里的"], "Tags": ["猫"]}, [cat]),
        ({"Names": ["猫狗"]}, []),
        ({"NamePrefixes": ["家里的狗"]}, [dog]),
        ({"NamePrefixes": ["里"]}, []),
        ({"Descriptions": ["cat"]}, [cat]),
        ({"Text": "狗"}, [dog]),
        ({"Text": "About"}, [cat]),
        ({"Tags": ["宠物"]}, [dog, cat]),
        ({"Tags": ["宠"]}, []),
        ({"ClassIds": [film]}, [dog, cat]),
        ({"ClassIds": [old, 404]}, [cat]),
        ({"ClassIds": [0]}, []),
        ({"MediaTypes": ["3GP"]}, [dog]),
        ({"Categories": ["Video", "Image"]}, [dog, cat]),
        ({"Categories": ["Audio"]}, []),
        ({"SourceTypes": ["Record", "Upload"], "SourceType": "Upload"}, [dog, cat]),
        ({"StorageClasses": ["STANDARD", "ARCHIVE"]}, [dog, cat]),
        ({"StorageRegions": ["ap-guangzhou"]}, []),
        ({"Status": ["Normal", "SystemForbidden"]}, [dog, cat]),
        ({"Status": ["Forbidden"]}, []),
        ({"ReviewResults": ["notModerated"]}, [dog, cat]),
        ({"FileIds": [cat, ids.new_file_id()]}, [cat]),
        ({"FileIds": [cat], "Tags": ["狗"]}, []),
        ({"Sort": {"Field": "CreateTime", "Order": "Asc"}}, [cat, dog]),
        ({"Names": [], "Text": "", "Tags": [], "SourceType": "", "StreamId": ""}, [dog, cat]),
    ):
        assert await found(call, **asked) == wanted, asked
    await change(call, cat, Name="renamed", DeleteTags=["猫"], ClassId=0)
    assert await found(call, Names=["猫"]) == await found(call, Tags=["猫"]) == await found(call, ClassIds=[old]) == []
    await delete_media.run(call, delete_media.Request(FileId=cat))
    assert await found(call) == [dog]


async def test_the_better_match_comes_first(call: CallContext, new_video: NewVideo) -> None:
    names = ["旅行的猫和别的", "猫", "一只猫", "猫和狗"]
    videos = {name: await new_video() for name in names}
    for name, file_id in videos.items():
        await change(call, file_id, Name=name)
    order = {"Field": "CreateTime", "Order": "Asc"}
    ranked = [videos[name] for name in ("猫", "猫和狗", "一只猫", "旅行的猫和别的")]
    assert await found(call, Names=["猫"]) == await found(call, Names=["猫"], Sort=order) == ranked
    assert (await found(call, Names=["猫", "狗"]))[0] == videos["猫和狗"]
    page = await search(call, Names=["猫"], Offset=1, Limit=2)
    assert page.TotalCount == 4 and [info.FileId for info in page.MediaInfoSet] == ranked[1:3]
    beyond = await search(call, Names=["猫"], Offset=4990, Limit=10)
    assert (beyond.TotalCount, beyond.MediaInfoSet) == (4, [])


@pytest.mark.parametrize(
    "asked",
    [
        {"StreamIds": ["a"]}, {"StreamId": "a"}, {"StreamDomains": ["a"]}, {"StreamPaths": ["a"]},
        {"TrtcSdkAppIds": [1]}, {"TrtcRoomIds": ["a"]}, {"KnowledgeBases": ["a"]}, {"SourceTypes": ["Record"]},
        {"SourceType": "VideoProcessing"}, {"SourceTypes": ["Upload"], "SourceType": "Unknown"},
        {"StorageClasses": ["ARCHIVE"]}, {"Status": ["SystemForbidden"]}, {"Categories": ["Image"]},
    ],
)  # fmt: skip
async def test_what_no_video_here_is(call: CallContext, new_video: NewVideo, asked: dict[str, Any]) -> None:
    await new_video()
    assert await search(call, **asked) == search_media.Response(0, [])


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"FileIds": ["x"]}, ".FileIds"),
        ({"Filters": ["everything"]}, ""),
        ({"Vids": ["1"]}, ".Vids"),
        ({"Vid": "1"}, ""),
        ({"Offset": 4991}, ".Offset"),
        ({"Limit": 5001}, ".Limit"),
        ({"StartTime": "yesterday"}, ".StartTime"),
        ({"EndTime": "2020-01-01"}, ".EndTime"),
        ({"CreateTime": {"After": "2020-01-01T00:00:00"}}, ""),
        ({"ExpireTime": {"Before": "never"}}, ""),
        ({"Limit": 5001, "StreamIds": ["a"]}, ".Limit"),
    ],
)
async def test_what_is_refused(call: CallContext, asked: dict[str, Any], code: str) -> None:
    with pytest.raises(errors.InvalidParameterValue, match=next(iter(asked)).removesuffix("s")) as refused:
        await search(call, **asked)
    assert refused.value.code == f"InvalidParameterValue{code}"


@pytest.mark.parametrize(
    "asked",
    [
        {"Names": ["x"] * 11}, {"Names": [""]}, {"Names": ["x" * 101]}, {"Tags": ["x" * 33]}, {"Categories": ["Film"]},
        {"SourceTypes": ["upload"]}, {"Status": [""]}, {"Sort": {"Field": "Name", "Order": "Asc"}}, {"Limit": -1},
        {"Sort": {"Field": "CreateTime", "Order": "up"}}, {"Text": "x" * 65}, {"ReviewResults": ["Pass"]},
        {"StorageClasses": ["COLD"]}, {"CreateTime": {"Since": "2020-01-01T00:00:00Z"}},
    ],
)  # fmt: skip
def test_bounds_are_part_of_the_type(asked: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError, match=next(iter(asked))):
        msgspec.convert(asked, search_media.Request)


async def test_times_are_whole_seconds_that_belong_to_the_range(call: CallContext, new_video: NewVideo) -> None:
    file_id = await new_video()
    moment = datetime(2026, 1, 2, 3, 4, 5, 600_000, tzinfo=UTC)
    await call.services.database.execute("update media set created_at = %s", [moment])
    before, shown, after = (wire_time(moment + timedelta(seconds=step)) for step in (-1, 0, 1))
    for asked, there in (
        ({"After": shown}, True), ({"Before": shown}, True), ({"After": shown, "Before": shown}, True),
        ({"After": after}, False), ({"Before": before}, False), ({"After": before, "Before": after}, True),
        ({"After": "0001-01-01T00:00:00+14:00", "Before": "9999-12-31T23:59:59-12:00"}, True),
        ({"Before": "0001-01-01T00:00:00Z"}, False), ({"After": "9999-12-31T23:59:59.5Z"}, False),
        ({"After": "2026-01-02T11:04:05+08:00"}, True),
    ):  # fmt: skip
        for more in ({}, {"Names": ["clip"]}):
            assert await found(call, CreateTime=asked, **more) == ([file_id] if there else []), asked
    assert await found(call, StartTime=shown, EndTime=after) == [file_id]
    assert await found(call, EndTime=shown) == [], "EndTime itself does not belong to it, as the model says"
    assert await found(call, StartTime=after, EndTime=shown, CreateTime={"After": shown, "Before": shown}) == [file_id]


async def test_expiry(call: CallContext, new_video: NewVideo) -> None:
    soon, never = await new_video(), await new_video()
    moment = datetime.now(UTC).replace(microsecond=0) + timedelta(days=40)
    await change(call, soon, ExpireTime=moment.isoformat())
    shown, later = wire_time(moment), wire_time(moment + timedelta(seconds=1))
    end = "9999-12-31T23:59:59Z"
    for asked, wanted in (
        ({"Before": shown}, [soon]), ({"After": shown}, [never, soon]), ({"After": later}, [never]),
        ({"After": shown, "Before": end}, [never, soon]), ({"After": end}, [never]), ({"Before": end}, [never, soon]),
        ({"After": later, "Before": "2400-01-01T00:00:00Z"}, []), ({"Before": "2020-01-01T00:00:00Z"}, []),
        ({}, [never, soon]),
    ):  # fmt: skip
        assert await found(call, ExpireTime=asked) == wanted, asked
    await call.services.database.execute("update media set expires_at = now() where expires_at is not null")
    assert await found(call) == [never], "what has expired cannot be found, though it is not yet deleted"


async def test_review_results_are_those_that_describe_media_infos_tells(call: CallContext, new_video: NewVideo) -> None:
    file_id, db = await new_video(), call.services.database
    for suggestion in ("block", "pass"):
        review = MediaReview(
            content="Media", subject=f"vod_upload/{file_id}", definition=10, suggestion=suggestion, types=[]
        )
        async with db.transaction() as connection:
            await media_reviews.save(connection, call.sub_app_id, file_id, review)
        assert await found(call, ReviewResults=[suggestion]) == [file_id]
    assert await found(call, ReviewResults=["block", "review", "notModerated"]) == []
    of_cover = MediaReview(content="Cover", subject="x", definition=10, suggestion="block", types=[])
    async with db.transaction() as connection:
        await media_reviews.save(connection, call.sub_app_id, file_id, of_cover)
    assert await found(call, ReviewResults=["pass"]) == [file_id]
    await delete_media.run(
        call, delete_media.Request(FileId=file_id, DeleteParts=[MediaDeleteItem(Type="OriginalFiles")])
    )
    assert await found(call, ReviewResults=["notModerated"]) == [file_id], "of that original nothing is told any more"


async def test_forbidden_videos(call: CallContext, new_video: NewVideo) -> None:
    file_id, other, unknown = await new_video(), await new_video(), ids.new_file_id()

    async def operate(operation: Any, *file_ids: str) -> list[str]:
        asked = forbid_media_distribution.Request(FileIds=list(file_ids), Operation=operation)
        return (await forbid_media_distribution.run(call, asked)).NotExistFileIdSet

    assert await operate("forbid", file_id, unknown, file_id) == [unknown]
    [shown] = (await search(call, Status=["Forbidden"])).MediaInfoSet
    assert shown.BasicInfo is not None and (shown.FileId, shown.BasicInfo.Status) == (file_id, "Forbidden")
    assert await found(call, Status=["Normal"]) == [other]
    with pytest.raises(errors.InvalidFileIds):
        await operate("recover", file_id, "x")
    assert await found(call, Status=["Forbidden"]) == [file_id]
    assert await operate("recover", file_id) == []
    assert await found(call, Status=["Forbidden"]) == []


async def test_parts_of_what_is_found(call: CallContext, new_video: NewVideo) -> None:
    await new_video(state="PASS")
    [whole] = (await search(call)).MediaInfoSet
    assert whole.BasicInfo and whole.MetaData and whole.TranscodeInfo and whole.MiniProgramReviewInfo
    [part] = (await search(call, Filters=["metaData"])).MediaInfoSet
    assert part.MetaData and not (part.BasicInfo or part.TranscodeInfo or part.MiniProgramReviewInfo)
    assert (await search(call, Limit=0)) == search_media.Response(1, [])

"""CreateClass, DescribeAllClass, ModifyClass and DeleteClass, and the classes of videos."""

import asyncio
from typing import Any

import msgspec
import pytest

from minivod import errors, ids
from minivod.actions import (
    CallContext,
    apply_upload,
    create_class,
    delete_class,
    describe_all_class,
    modify_class,
)
from minivod.actions.describe_all_class import MediaClassInfo
from minivod.store import accounts, media
from minivod.wire.media import basic_info


async def create(call: CallContext, name: str, parent: int = -1) -> int:
    return (await create_class.run(call, create_class.Request(ParentId=parent, ClassName=name))).ClassId


async def rename(call: CallContext, class_id: int, name: str) -> None:
    await modify_class.run(call, modify_class.Request(ClassId=class_id, ClassName=name))


async def delete(call: CallContext, class_id: int) -> None:
    await delete_class.run(call, delete_class.Request(ClassId=class_id))


async def tree(call: CallContext) -> list[MediaClassInfo]:
    return (await describe_all_class.run(call, describe_all_class.Request())).ClassInfoSet


async def video(call: CallContext, class_id: int) -> str:
    file_id = ids.new_file_id()
    async with call.services.database.transaction() as connection:
        await media.create(
            connection, file_id=file_id, sub_app_id=call.sub_app_id, directory="d", name="clip", media_type="mp4",
            object_key=f"vod_upload/{file_id}", metadata={"container": "mp4"}, class_id=class_id,
        )  # fmt: skip
    return file_id


async def class_of(call: CallContext, file_id: str) -> tuple[int, str, str]:
    async with call.services.database.transaction() as connection:
        found = await media.find_one(connection, call.sub_app_id, file_id)
    assert found is not None
    info = basic_info(found, media_url="", cover_url="")
    return info.ClassId, info.ClassName, info.ClassPath


async def test_a_tree_of_four_levels(call: CallContext) -> None:
    film = await create(call, "电影")
    drama = await create(call, "剧情片", film)
    old = await create(call, "老片", drama)
    silent = await create(call, "默片", old)
    series = await create(call, "电视剧")
    assert [
        (one.ClassId, one.ParentId, one.Name, one.ClassName, one.Level, one.SubClassIdSet) for one in await tree(call)
    ] == [
        (0, -1, "其他", "其他", 0, []),
        (film, -1, "电影", "电影", 0, [drama]),
        (drama, film, "剧情片", "剧情片", 1, [old]),
        (old, drama, "老片", "老片", 2, [silent]),
        (silent, old, "默片", "默片", 3, []),
        (series, -1, "电视剧", "电视剧", 0, []),
    ]
    with pytest.raises(errors.FailedOperation, match="last of 4 levels") as refused:
        await create(call, "更深", silent)
    assert refused.value.code == "FailedOperation.ClassLevelLimitExceeded"


@pytest.mark.parametrize(
    ("parent", "name", "code"),
    [
        (-1, " ", "InvalidParameterValue.ClassName"),
        (-1, "a\nb", "InvalidParameterValue.ClassName"),
        (0, "a", "InvalidParameterValue.ParentId"),
        (1, "a", "FailedOperation.ParentIdNoFound"),
        (2**63 - 1, "a", "FailedOperation.ParentIdNoFound"),
    ],
)
async def test_what_cannot_be_made(call: CallContext, parent: int, name: str, code: str) -> None:
    with pytest.raises(errors.WireError) as refused:
        await create(call, name, parent)
    assert refused.value.code == code
    assert [one.ClassId for one in await tree(call)] == [0]


@pytest.mark.parametrize("given", [{"ParentId": -2}, {"ClassName": ""}, {"ClassName": "x" * 65}, {"ParentId": 2**63}])
def test_bounds_are_part_of_the_type(given: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError, match=next(iter(given))):
        msgspec.convert({"ParentId": -1, "ClassName": "x" * 64} | given, create_class.Request)


async def test_a_name_is_there_once_below_a_parent(call: CallContext) -> None:
    one = await create(call, "one")
    two = await create(call, "two")
    await create(call, "one", two)
    for attempt in (create(call, "one"), rename(call, two, "one")):
        with pytest.raises(errors.FailedOperation) as refused:
            await attempt
        assert refused.value.code == "FailedOperation.ClassNameDuplicate"
    await rename(call, one, "one")
    await rename(call, one, "第一")
    assert [(info.ClassId, info.Name) for info in await tree(call)][1] == (one, "第一")


async def test_numbers_are_bounded_also_for_calls_at_the_same_time(
    call: CallContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(create_class, "MOST_BELOW", 3)
    done = await asyncio.gather(*(create(call, f"c{number}") for number in range(6)), return_exceptions=True)
    refused = [one for one in done if isinstance(one, errors.WireError)]
    assert {one.code for one in refused} == {"FailedOperation.SubclassLimitExceeded"} and len(refused) == 3
    monkeypatch.setattr(create_class, "MOST", 3)
    with pytest.raises(errors.LimitExceeded):
        await create(call, "below", (await tree(call))[1].ClassId)


async def test_only_what_is_empty_can_be_deleted(call: CallContext) -> None:
    parent = await create(call, "parent")
    child = await create(call, "child", parent)
    file_id = await video(call, child)
    for class_id, what in ((parent, "subclasses"), (child, "media")):
        with pytest.raises(errors.UnsupportedOperation, match=what) as refused:
            await delete(call, class_id)
        assert refused.value.code == "UnsupportedOperation.ClassNotEmpty"
    async with call.services.database.transaction() as connection:
        await media.delete(connection, call.sub_app_id, file_id)
    await delete(call, child)
    await delete(call, parent)
    assert [one.ClassId for one in await tree(call)] == [0]
    assert await create(call, "another") > child, "a ClassId is never given again"


async def test_what_is_none_of_ones_own(call: CallContext) -> None:
    async with call.services.database.transaction() as connection:
        other = (await accounts.create_sub_app(connection, call.app_id, "other")).sub_app_id
    theirs = await create(msgspec.structs.replace(call, sub_app_id=other), "theirs")
    for class_id, code in ((theirs, "FailedOperation.ClassNoFound"), (0, "InvalidParameterValue.ClassId")):
        for attempt in (rename(call, class_id, "x"), delete(call, class_id)):
            with pytest.raises(errors.WireError) as refused:
                await attempt
            assert refused.value.code == code
    with pytest.raises(errors.FailedOperation) as refused:
        await create(call, "x", theirs)
    assert refused.value.code == "FailedOperation.ParentIdNoFound"
    assert await class_of(call, await video(call, theirs)) == (0, "其他", "其他")


async def test_videos_tell_their_class(call: CallContext) -> None:
    film = await create(call, "电影")
    old = await create(call, "老片", film)
    file_id = await video(call, old)
    assert await class_of(call, file_id) == (old, "老片", "电影 - 老片")
    await rename(call, film, "影片")
    assert await class_of(call, file_id) == (old, "老片", "影片 - 老片")


async def test_uploads_take_a_class_that_exists(call: CallContext) -> None:
    class_id = await create(call, "电影")
    await apply_upload.run(call, apply_upload.Request(MediaType="mp4", ClassId=class_id))
    with pytest.raises(errors.InvalidClassId, match=str(class_id + 1)):
        await apply_upload.run(call, apply_upload.Request(MediaType="mp4", ClassId=class_id + 1))
    await delete(call, class_id)
    assert await class_of(call, await video(call, class_id)) == (0, "其他", "其他"), "deleted since it was applied for"


async def test_a_class_is_not_deleted_under_a_video_that_comes(call: CallContext) -> None:
    """Whoever is first counts: the video has its class, or the class is gone and the video is in class 0."""
    for _ in range(5):
        class_id = await create(call, "short-lived")
        file_id, gone = await asyncio.gather(video(call, class_id), delete(call, class_id), return_exceptions=True)
        assert isinstance(file_id, str)
        found = await class_of(call, file_id)
        assert found[0] == (class_id if gone else 0)
        if gone:
            async with call.services.database.transaction() as connection:
                await media.delete(connection, call.sub_app_id, file_id)
            await delete(call, class_id)

"""ApplyUpload: what it answers, what it writes, what it refuses."""

import time
from typing import Any

import msgspec
import pytest

from minivod import errors
from minivod.actions import CallContext
from minivod.actions.apply_upload import ACTION, Request, run
from minivod.store import uploads


async def test_an_upload_without_anything_special(call: CallContext) -> None:
    before = time.time()
    answer = await run(call, Request(MediaType="MP4"))
    assert answer.MediaStoragePath.startswith(f"/vod_upload/{call.sub_app_id}/")
    assert answer.MediaStoragePath.endswith(".mp4")
    assert (answer.CoverStoragePath, answer.StorageRegion) == ("", "minivod-local")
    key = answer.TempCertificate
    lifetime = call.services.settings.upload_lifetime
    assert before + lifetime - 5 < key.ExpiredTime < time.time() + lifetime + 5
    kept = await uploads.find_by_session_key(call.services.database, call.sub_app_id, answer.VodSessionKey)
    assert kept is not None and kept.open
    assert (kept.secret_id, kept.secret_key, kept.token) == (key.SecretId, key.SecretKey, key.Token)
    assert f"/{kept.media_key}" == answer.MediaStoragePath


async def test_everything_that_is_told_is_kept(call: CallContext) -> None:
    answer = await run(
        call,
        Request(
            MediaType="mov",
            MediaName="名字 🎬",
            CoverType="PNG",
            ExpireTime="2033-05-06T07:08:09+08:00",
            StorageRegion="ap-chongqing",
            SourceContext="s" * 250,
            SessionContext="c" * 1000,
            ExtInfo="anything",
        ),
    )
    assert answer.CoverStoragePath.endswith(".png")
    assert answer.StorageRegion == "ap-chongqing"
    kept = await uploads.find_by_session_key(call.services.database, call.sub_app_id, answer.VodSessionKey)
    assert kept is not None
    assert (kept.details.name, kept.details.source_context) == ("名字 🎬", "s" * 250)
    assert kept.details.expire_time is not None
    assert kept.details.expire_time.timestamp() == 1998947289


async def test_paths_and_keys_cannot_be_guessed(call: CallContext) -> None:
    answers = [await run(call, Request(MediaType="mp4")) for _ in range(3)]
    assert len({answer.MediaStoragePath for answer in answers}) == 3
    assert len({answer.VodSessionKey for answer in answers}) == 3
    assert all(len(answer.VodSessionKey) >= 43 for answer in answers)


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"MediaType": ""}, errors.InvalidMediaType),
        ({"MediaType": "exe"}, errors.InvalidMediaType),
        ({"MediaType": "mp4/../../x"}, errors.InvalidMediaType),
        ({"MediaType": "m3u8"}, errors.InvalidMediaType),
        ({"CoverType": "svg"}, errors.InvalidCoverType),
        ({"Procedure": "nowhere"}, errors.InvalidProcedure),
        ({"Procedure": "SimpleAesEncryptPreset"}, errors.InvalidProcedure),
        ({"Procedure": "a\0b"}, errors.InvalidParameterValue),
        ({"MediaStoragePath": "/a/b.mp4"}, errors.InvalidMediaStoragePath),
        ({"ClassId": 7}, errors.InvalidClassId),
        ({"StorageRegion": "../x"}, errors.InvalidStorageRegion),
        ({"StorageRegion": "a" * 99}, errors.InvalidStorageRegion),
        ({"ExpireTime": "tomorrow"}, errors.InvalidExpireTime),
        ({"ExpireTime": "2020-01-01T00:00:00Z"}, errors.InvalidExpireTime),
        ({"ExpireTime": "2033-01-01T00:00:00"}, errors.InvalidExpireTime),
        ({"ExpireTime": "0001-01-01T00:00:00+14:00"}, errors.InvalidExpireTime),
        ({"MediaName": "a\0b"}, errors.InvalidParameterValue),
        ({"SourceContext": "\ud800"}, errors.InvalidParameterValue),
    ],
)
async def test_what_is_refused(call: CallContext, parameters: dict[str, Any], error: type[errors.WireError]) -> None:
    with pytest.raises(error) as refused:
        await run(call, Request(**{"MediaType": "mp4", **parameters}))
    assert next(iter(parameters)) in refused.value.message
    assert await call.services.database.fetch_all("select 1 from upload") == []


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59-12:00"])
async def test_the_end_of_time_means_never(call: CallContext, moment: str) -> None:
    answer = await run(call, Request(MediaType="mp4", ExpireTime=moment))
    kept = await uploads.find_by_session_key(call.services.database, call.sub_app_id, answer.VodSessionKey)
    assert kept is not None and kept.details.expire_time is None


def test_bounds_are_part_of_the_type() -> None:
    for name, longest in (("SourceContext", 250), ("SessionContext", 1000), ("MediaName", 255)):
        msgspec.convert({"MediaType": "mp4", name: "x" * longest}, ACTION.request)
        with pytest.raises(msgspec.ValidationError, match=name):
            msgspec.convert({"MediaType": "mp4", name: "x" * (longest + 1)}, ACTION.request)

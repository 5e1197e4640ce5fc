"""ProcessMedia through the whole server, with the official SDK: every kind of result, bad input, abort, events."""

import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.vod.v20180717 import models
from tencentcloud.vod.v20180717.vod_client import VodClient

from minivod.cli.local_server import LocalServer

from ..processes import command_of
from .user import CLIP, PATIENCE, alive, call, eventually, publish, told_of, tree, upload

GONE = 10.0
"""Seconds after which an aborted task has no process."""
EVERYTHING = {
    "TranscodeTaskSet": [{"Definition": 10}, {"Definition": 100210, "StartTimeOffset": 1, "EndTimeOffset": 2}],
    "AnimatedGraphicTaskSet": [{"Definition": 20000, "StartTimeOffset": 0, "EndTimeOffset": 1}],
    "SnapshotByTimeOffsetTaskSet": [{"Definition": 10, "ExtTimeOffsetSet": ["0s", "50%"]}],
    "SampleSnapshotTaskSet": [{"Definition": 10}],
    "ImageSpriteTaskSet": [{"Definition": 10}],
    "CoverBySnapshotTaskSet": [{"Definition": 10, "PositionType": "Percent", "PositionValue": 10}],
    "AdaptiveDynamicStreamingTaskSet": [{"Definition": 10}],
}
MEMBERS = {
    "Transcode": "TranscodeTask", "AnimatedGraphics": "AnimatedGraphicTask",
    "SnapshotByTimeOffset": "SnapshotByTimeOffsetTask", "SampleSnapshot": "SampleSnapshotTask",
    "ImageSprite": "ImageSpriteTask", "CoverBySnapshot": "CoverBySnapshotTask",
    "AdaptiveDynamicStreaming": "AdaptiveDynamicStreamingTask",
}  # fmt: skip


def process(server: LocalServer, file_id: str, task: Any, **parameters: Any) -> str:
    return str(call(server, "ProcessMedia", FileId=file_id, MediaProcessTask=task, **parameters).TaskId)


def finished(server: LocalServer, task_id: str) -> Any:
    """The task at its end."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        detail = call(server, "DescribeTaskDetail", TaskId=task_id)
        if detail.Status == "FINISH":
            assert detail.TaskType == "Procedure"
            return detail.ProcedureTask
        time.sleep(0.3)
    raise AssertionError(f"{task_id} did not end")


def encoders(server: LocalServer) -> list[int]:
    """The media tools that run, without those that probe."""
    return [pid for pid in tree(server.service.pid) if alive(pid) and "libx26" in " ".join(command_of(pid))]


def steps(task: Any) -> list[tuple[str, Any]]:
    return [(one.Type, getattr(one, MEMBERS[one.Type])) for one in task.MediaProcessResultSet]


@pytest.fixture(scope="module")
def video(server: LocalServer, short_clip: Path) -> str:
    return upload(server, short_clip)


@pytest.fixture(scope="module")
def everything(server: LocalServer, video: str) -> Any:
    return finished(server, process(server, video, EVERYTHING, SessionContext="mine", TasksPriority=3))


def test_every_kind_of_result_is_made(everything: Any) -> None:
    made = steps(everything)
    assert [kind for kind, _ in made] == ["Transcode", *MEMBERS]
    assert [(kind, one.Status, one.Message) for kind, one in made] == [(kind, "SUCCESS", "") for kind, _ in made]
    assert all(one.Progress == 100 and one.BeginProcessTime and one.FinishTime for _, one in made)
    assert (everything.SessionContext, everything.TasksPriority, everything.TasksNotifyMode) == ("mine", 3, "Finish")
    first, cut = (one.Output for kind, one in made if kind == "Transcode")
    assert (first.Container, first.Width, first.VideoStreamSet[0].Codec) == ("mp4", 320, "h264")
    assert (cut.Container, round(cut.Duration)) == ("hls", 1)


def test_the_video_tells_of_its_results(server: LocalServer, video: str, everything: Any) -> None:
    [info] = call(server, "DescribeMediaInfos", FileIds=[video]).MediaInfoSet
    assert [one.Definition for one in info.TranscodeInfo.TranscodeSet] == [0, 10, 100210]
    [gif] = info.AnimatedGraphicsInfo.AnimatedGraphicsSet
    assert gif.Container == "gif" and gif.Size > 0
    [shots] = info.SnapshotByTimeOffsetInfo.SnapshotByTimeOffsetSet
    assert [one.TimeOffset for one in shots.PicInfoSet] == [0, pytest.approx(info.MetaData.Duration * 500, abs=50)]
    assert info.SampleSnapshotInfo.SampleSnapshotSet[0].ImageUrlSet
    assert info.ImageSpriteInfo.ImageSpriteSet[0].WebVttUrl.endswith(".vtt")
    [adaptive] = info.AdaptiveDynamicStreamingInfo.AdaptiveDynamicStreamingSet
    assert adaptive.Package == "HLS" and adaptive.SubStreamSet and adaptive.Size > 0
    assert info.BasicInfo.CoverUrl


def test_the_end_is_announced(server: LocalServer, everything: Any) -> None:
    told = told_of(server, everything.TaskId, "ProcedureStateChangeEvent")
    assert json.loads(told.to_json_string()) == json.loads(everything.to_json_string())


def test_a_step_that_fails_does_not_fail_its_neighbours(server: LocalServer, video: str) -> None:
    task = {"TranscodeTaskSet": [{"Definition": 10, "StartTimeOffset": 3600}, {"Definition": 1010}]}
    failed, made = (one for _, one in steps(finished(server, process(server, video, task))))
    assert (failed.Status, failed.ErrCodeExt, failed.ErrCode) == ("FAIL", "InvalidInput.InvalidTimeOffset", 40000)
    assert "StartTimeOffset is 3600" in failed.Message
    assert (made.Status, made.Output.Container) == ("SUCCESS", "mp3")


def test_a_long_task_is_aborted(server: LocalServer) -> None:
    definitions = (101030, 101020, 101010, 100040, 100030, 100020, 100010, 101210, 101220, 101230)
    slow = {"TranscodeTaskSet": [{"Definition": definition} for definition in definitions]}
    task_id = process(server, upload(server, CLIP), slow)
    eventually("something is encoded", lambda: encoders(server) != [])
    call(server, "ManageTask", TaskId=task_id, OperationType="Abort")
    begun = time.monotonic()
    eventually("nothing is encoded any more", lambda: encoders(server) == [])
    assert time.monotonic() - begun < GONE
    detail = call(server, "DescribeTaskDetail", TaskId=task_id)
    assert (detail.Status, detail.ProcedureTask.ErrCode) == ("FINISH", 30000)
    assert "aborted by ManageTask" in detail.ProcedureTask.Message
    with pytest.raises(TencentCloudSDKException, match="has ended already"):
        call(server, "ManageTask", TaskId=task_id, OperationType="Abort")


def test_a_session_is_not_begun_twice(server: LocalServer, video: str) -> None:
    task = {"TranscodeTaskSet": [{"Definition": 1010}]}
    process(server, video, task, SessionId="once")
    with pytest.raises(TencentCloudSDKException) as refused:
        process(server, video, task, SessionId="once")
    assert refused.value.code == "FailedOperation.TaskDuplicate"


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({}, "InvalidParameterValue", "asks for nothing"),
    ({"TranscodeTaskSet": [{"Definition": 77}]}, "ResourceNotFound.TemplateNotExist", "Set.0.Definition 77"),
    (
        {"TranscodeTaskSet": [{"Definition": 10, "HeadTailSet": [{"Definition": 1}]}]},
        "InvalidParameterValue",
        "HeadTailSet",
    ),
    (
        {"TranscodeTaskSet": [{"Definition": 10, "BlindWatermark": {"Definition": 1}}]},
        "InvalidParameterValue",
        "BlindWatermark",
    ),
    ({"SnapshotByTimeOffsetTaskSet": [{"Definition": 10}]}, "InvalidParameterValue", "ExtTimeOffsetSet is empty"),
    (
        {"TranscodeTaskSet": [{"Definition": 10}, {"Definition": 10, "EndTimeOffset": 1}]},
        "InvalidParameterValue",
        "TranscodeTaskSet.1.Definition is 10, which MediaProcessTask.TranscodeTaskSet.0 asks for already",
    ),
    (
        {"TranscodeTaskSet": [{"Definition": 10, "StartTimeOffset": 4, "EndTimeOffset": 2}]},
        "InvalidParameterValue",
        "EndTimeOffset is 2; it must be behind StartTimeOffset",
    ),
    (
        {"CoverBySnapshotTaskSet": [{"Definition": 10, "PositionType": "Percent", "PositionValue": 200}]},
        "InvalidParameterValue",
        "PositionValue is 200",
    ),
    *(
        (
            {"SnapshotByTimeOffsetTaskSet": [{"Definition": 10, "ExtTimeOffsetSet": ["1s", wrong]}]},
            "InvalidParameterValue",
            "ExtTimeOffsetSet.1 is",
        )
        for wrong in ("101%", "nans", "1e999s", "١s", "5", "-1s", "")
    ),
    (
        {"TranscodeTaskSet": [{"Definition": 10, "MosaicSet": [{"XPos": "1px"}]}]},
        "InvalidParameterValue",
        "TranscodeTaskSet.0.MosaicSet is",
    ),
    (
        {"TranscodeTaskSet": [{"Definition": 10, "OverrideParameter": {"Container": "mp3"}}]},
        "InvalidParameterValue",
        "OverrideParameter: RemoveVideo",
    ),
]


@pytest.mark.parametrize(("task", "code", "said"), WRONG, ids=lambda value: str(value)[:40])
def test_what_cannot_be_done_is_refused(server: LocalServer, video: str, task: Any, code: str, said: str) -> None:
    with pytest.raises(TencentCloudSDKException) as refused:
        process(server, video, task)
    assert refused.value.code == code and said in str(refused.value)


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"TasksPriority": 11}, "InvalidParameterValue"),
        ({"TasksNotifyMode": "Now"}, "InvalidParameterValue"),
        ({"SessionId": "x" * 51}, "InvalidParameterValue.SessionIdTooLong"),
        ({"SessionContext": "x" * 1001}, "InvalidParameterValue.SessionContextTooLong"),
        ({"OutputAsIndependentMedia": "ON"}, "InvalidParameterValue"),
    ],
)
def test_wrong_parameters_beside_the_task_are_refused(
    server: LocalServer, video: str, parameters: dict[str, Any], code: str
) -> None:
    with pytest.raises(TencentCloudSDKException) as refused:
        process(server, video, {"TranscodeTaskSet": [{"Definition": 10}]}, **parameters)
    assert refused.value.code == code


def test_the_references_own_example(server: LocalServer, short_clip: Path) -> None:
    """Publish the result of transcoding template 10; what is there beside it, and what is not."""
    file_id = upload(server, short_clip)
    with pytest.raises(TencentCloudSDKException) as refused:
        publish(server, file_id, 10)
    assert refused.value.code == "InvalidParameterValue.SourceDefinition" and "template 10" not in str(refused.value)
    finished(server, process(server, file_id, {"TranscodeTaskSet": [{"Definition": 10}, {"Definition": 1010}]}))
    task = publish(server, file_id, 10)
    assert (task.PublishResult, task.SourceDefinition) == ("Pass", 10), task.Message
    [info] = call(server, "DescribeMediaInfos", FileIds=[file_id]).MediaInfoSet
    [item] = info.MiniProgramReviewInfo.MiniProgramReviewList
    assert item.Definition == 10 and item.Url.endswith("/v.f10.mp4")
    answer = httpx.get(item.Url)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "video/mp4")
    original = info.BasicInfo.MediaUrl
    assert httpx.get(original).status_code == 404
    call(server, "DeleteMedia", FileId=file_id, DeleteParts=[{"Type": "WechatMiniProgramPublishFiles"}])
    assert httpx.get(item.Url).status_code == 404
    with pytest.raises(TencentCloudSDKException) as refused:
        publish(server, file_id, 1010)
    assert refused.value.code == "InvalidParameterValue.FileType" and "is mp3" in str(refused.value)
    assert publish(server, file_id, 0).PublishResult == "Pass"


def test_hls_is_published_and_plays(server: LocalServer, video: str, everything: Any) -> None:
    """The playlist and its segments, as they were made; what else shows the reviewed source plays beside them."""
    finished(server, process(server, video, {"TranscodeTaskSet": [{"Definition": 100210}]}))  # the whole of it
    task = publish(server, video, 100210)
    assert task.PublishResult == "Pass", task.Message
    [info] = call(server, "DescribeMediaInfos", FileIds=[video]).MediaInfoSet
    url = info.MiniProgramReviewInfo.MiniProgramReviewList[0].Url
    playlist = httpx.get(url)
    assert playlist.headers["content-type"] == "application/vnd.apple.mpegurl"
    segments = [line for line in playlist.text.splitlines() if line and not line.startswith("#")]
    beside = [str(httpx.URL(url).join(name)) for name in segments]
    assert beside and all(httpx.get(one).headers["content-type"] == "video/mp2t" for one in beside)
    master = info.AdaptiveDynamicStreamingInfo.AdaptiveDynamicStreamingSet[0].Url
    sprite = info.ImageSpriteInfo.ImageSpriteSet[0].WebVttUrl
    own = [url, *beside, master, sprite]
    assert [httpx.get(one).status_code for one in own] == [200] * len(own)
    told = httpx.get(f"{server.url}/getplayinfo/v4/{server.app_id}/{video}").json()
    assert told["media"]["audioVideoType"] == "Transcode" and told["media"]["transcodeInfo"]["url"] == url
    call(server, "DeleteMedia", FileId=video, DeleteParts=[{"Type": "WechatMiniProgramPublishFiles"}])
    assert [httpx.get(one).status_code for one in own] == [404] * len(own)


def test_the_example_as_a_query_with_the_old_signature(server: LocalServer, short_clip: Path) -> None:
    """GET, HmacSHA1: as the reference's page shows its example."""
    file_id = upload(server, short_clip)
    http = HttpProfile(endpoint=server.address, protocol="http", reqMethod="GET")
    profile = ClientProfile(httpProfile=http, signMethod="HmacSHA1")
    client = VodClient(Credential(server.secret_id, server.secret_key), "", profile)
    process_media, publication = models.ProcessMediaRequest(), models.WeChatMiniProgramPublishRequest()
    steps = {"TranscodeTaskSet": [{"Definition": 10}]}
    process_media.from_json_string(json.dumps({"FileId": file_id, "MediaProcessTask": steps}))
    finished(server, client.ProcessMedia(process_media).TaskId)
    publication.from_json_string(json.dumps({"FileId": file_id, "SourceDefinition": 10}))
    assert "-wechat-mini-program-publish-" in client.WeChatMiniProgramPublish(publication).TaskId

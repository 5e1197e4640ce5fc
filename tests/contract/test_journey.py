"""Every answer of a whole journey agrees with the published model, and the official SDK understands all of it.

Upload by the official uploader, publish, a real worker, events, and deletion part by part.
"""

import asyncio
import warnings
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image
from qcloud_vod.model import VodUploadRequest
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.vod.v20180717 import models

from minivod.actions.delete_media import PARTS
from minivod.store import tasks
from minivod.upload import UploadClient
from minivod.wire.media_info import FILTERS

from ..origin import Shop, origin
from ..waiting import PATIENCE, until
from ..wire.served import Served, serve
from .validator import complaints

USELESS = ".*fileds are useless"  # what the SDK says of members that it does not know

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.filterwarnings(f"ignore:{USELESS}"),  # the official uploader says it of its own requests
]


@pytest.fixture
async def served(database_url: str, open_directory: Path) -> AsyncIterator[Served]:
    here = {"egress_networks": ["127.0.0.1/32"], "egress_ports": ["1-65535"]}
    async with serve(database_url, open_directory / "journey", rate_limit=0, event_on_delete=True, **here) as server:
        yield server


class Client:
    """Calls by the official SDK, holds each answer to the model, and has the SDK's classes read it."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.sdk = served.sdk()

    async def __call__(self, action: str, **parameters: Any) -> Any:
        answer = await asyncio.to_thread(self.sdk.call_json, action, parameters)
        assert complaints(action, answer["Response"]) == []
        response = getattr(models, f"{action}Response")()
        with warnings.catch_warnings():
            warnings.filterwarnings("error", message=USELESS)
            response._deserialize(answer["Response"])
        return response

    async def refused(self, action: str, **parameters: Any) -> TencentCloudSDKException:
        with pytest.raises(TencentCloudSDKException) as raised:
            await self(action, **parameters)
        assert raised.value.requestId
        return raised.value

    async def upload(self, path: Path, cover: Path | None = None) -> str:
        client = UploadClient(self.served.key.secret_id, self.served.key.secret_key, endpoint=self.served.url)
        request = VodUploadRequest()
        request.MediaFilePath, request.MediaName = str(path), path.name
        if cover:
            request.CoverFilePath = str(cover)
        return str((await asyncio.to_thread(client.upload, "ap-guangzhou", request)).FileId)

    async def events(self, kind: str, count: int = 1) -> list[Any]:
        """The next events, all of that kind, confirmed."""
        found: list[Any] = []
        while len(found) < count:
            pulled = (await self("PullEvents")).EventSet
            assert pulled, f"only {len(found)} of {count} events came"
            found += pulled
            await self("ConfirmEvents", EventHandles=[event.EventHandle for event in pulled])
        assert [event.EventType for event in found] == [kind] * count
        return found

    async def described(self, file_id: str) -> Any:
        """The video, described without filters and with each of them."""
        for name in sorted(FILTERS):
            [filtered] = (await self("DescribeMediaInfos", FileIds=[file_id], Filters=[name])).MediaInfoSet
            others = {"BasicInfo": "basicInfo", "MetaData": "metaData", "TranscodeInfo": "transcodeInfo"}
            assert all((getattr(filtered, member) is None) == (name != other) for member, other in others.items())
        [info] = (await self("DescribeMediaInfos", FileIds=[file_id])).MediaInfoSet
        return info

    async def finished(self, task_id: str) -> Any:
        found: list[Any] = []

        async def holds() -> bool:
            found[:] = [await self("DescribeTaskDetail", TaskId=task_id)]
            return bool(found[0].Status == "FINISH")

        await until(holds, "the end of the task", 2 * PATIENCE)
        return found[0]


async def test_a_video_from_upload_to_deletion(served: Served, short_clip: Path, tmp_path: Path) -> None:
    call = Client(served)
    Image.new("RGB", (64, 48), "navy").save(tmp_path / "cover.png")
    file_id = await call.upload(short_clip, tmp_path / "cover.png")
    [uploaded] = await call.events("NewFileUpload")
    assert uploaded.FileUploadEvent.MediaBasicInfo.Name == short_clip.name
    assert uploaded.FileUploadEvent.MetaData.VideoStreamSet[0].Codec == "h264"
    assert (await call.described(file_id)).MiniProgramReviewInfo.MiniProgramReviewList == []
    task_id = await publish_step_by_step(call, file_id)
    with served.worker():
        detail = await call.finished(task_id)
        [event] = await call.events("WechatMiniProgramPublishComplete")
        await review_alone(call, file_id)
        await pull(call, short_clip)
    told, task = event.WechatMiniProgramPublishCompleteEvent, detail.WechatMiniProgramPublishTask
    assert told.to_json_string() == task.to_json_string()
    assert (task.PublishResult, task.ErrCode, task.FileId) == ("Pass", 0, file_id), task.Message
    [review] = (await call.described(file_id)).MiniProgramReviewInfo.MiniProgramReviewList
    assert (review.ReviewResult, review.Definition) == ("Pass", 0)
    assert all(0 <= one.Confidence <= 100 and one.Suggestion == "pass" for one in review.ReviewSummary)
    assert review.Url == uploaded.FileUploadEvent.MediaBasicInfo.MediaUrl
    assert (await call.refused("WeChatMiniProgramPublish", FileId=file_id)).code == "FailedOperation"
    await delete_step_by_step(call, file_id)


async def publish_step_by_step(call: Client, file_id: str) -> str:
    """Accepted, waiting, in work: the states before the end."""
    task_id = str((await call("WeChatMiniProgramPublish", FileId=file_id)).TaskId)
    waiting = await call("DescribeTaskDetail", TaskId=task_id)
    assert (waiting.TaskType, waiting.Status) == ("WechatMiniProgramPublish", "WAITING")
    assert (waiting.BeginProcessTime, waiting.FinishTime) == ("", "")
    assert waiting.WechatMiniProgramPublishTask.PublishResult == ""
    owner = uuid4()
    assert await tasks.claim(call.served.db, task_id, owner, 0)
    begun = await call("DescribeTaskDetail", TaskId=task_id)
    assert (begun.Status, begun.FinishTime) == ("PROCESSING", "")
    assert begun.BeginProcessTime >= begun.CreateTime
    assert task_id in (await call.refused("WeChatMiniProgramPublish", FileId=file_id)).message
    await tasks.hand_back(call.served.db, task_id, owner)
    return task_id


async def review_alone(call: Client, file_id: str) -> None:
    """Without publishing, by a template of our own."""
    definition = (await call("CreateReviewTemplate", Labels=["Porn", "Abuse"])).Definition
    asked = {"FileId": file_id, "Definition": definition, "ReviewContents": ["Media", "Cover"]}
    task_id = (await call("ReviewAudioVideo", **asked, SessionContext="mine")).TaskId
    task = (await call.finished(task_id)).ReviewAudioVideoTask
    [event] = await call.events("ReviewAudioVideoComplete")
    assert event.ReviewAudioVideoCompleteEvent.to_json_string() == task.to_json_string()
    assert (task.ErrCodeExt, task.SessionContext, task.Output.Suggestion) == ("", "mine", "pass"), task.Message
    assert task.Output.CoverReviewResult.Suggestion == "pass" and task.Output.SegmentSet == []
    assert "OCR.Porn" in task.Message and "not covered: ASR.Porn, OCR.Abuse, ASR.Abuse" in task.Message
    [described] = (await call("DescribeMediaInfos", FileIds=[file_id], Filters=["reviewInfo"])).MediaInfoSet
    info = described.ReviewInfo
    assert (info.MediaReviewInfo.Definition, info.CoverReviewInfo.Suggestion) == (definition, "pass")


async def pull(call: Client, clip: Path) -> None:
    """Another one, by its URL."""
    async with origin(Shop({"/clip.mp4": await asyncio.to_thread(clip.read_bytes)})) as source:
        task_id = (await call("PullUpload", MediaUrl=source.url(path="/clip.mp4"), SessionContext="mine")).TaskId
        task = (await call.finished(task_id)).PullUploadTask
    [event] = await call.events("PullComplete")
    assert event.PullCompleteEvent.to_json_string() == task.to_json_string()
    assert (task.ErrCode, task.SessionContext, task.MediaBasicInfo.Name) == (0, "mine", "clip"), task.Message
    assert (await call.described(task.FileId)).BasicInfo.MediaUrl == task.FileUrl
    await call("DeleteMedia", FileId=task.FileId)
    await call.events("FileDeleted")
    gone = (await call("DescribeTaskDetail", TaskId=task_id)).PullUploadTask
    assert (gone.FileId, gone.FileUrl, gone.MediaBasicInfo) == (task.FileId, "", None)


async def delete_step_by_step(call: Client, file_id: str) -> None:
    for part in PARTS:
        await call("DeleteMedia", FileId=file_id, DeleteParts=[{"Type": part, "Definition": 0}])
        assert len((await call("DescribeMediaInfos", FileIds=[file_id])).MediaInfoSet) == 1
    await call("DeleteMedia", FileId=file_id)
    deleted = await call.events("FileDeleted", len(PARTS) + 1)
    items = [event.FileDeleteEvent.FileDeleteResultInfo[0] for event in deleted]
    assert [[part.Type for part in item.DeleteParts] for item in items] == [[part] for part in PARTS] + [[]]
    assert {item.FileId for item in items} == {file_id}
    assert (await call("DescribeMediaInfos", FileIds=[file_id])).NotExistFileIdSet == [file_id]
    assert (await call.refused("DeleteMedia", FileId=file_id)).code == "ResourceNotFound.FileNotExist"


async def test_sound_without_a_picture(served: Served, tmp_path: Path) -> None:
    call = Client(served)
    with wave.open(str(tmp_path / "tone.wav"), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(16000))
    file_id = await call.upload(tmp_path / "tone.wav")
    [uploaded] = await call.events("NewFileUpload")
    assert uploaded.FileUploadEvent.MediaBasicInfo.Category == "Audio"
    info = await call.described(file_id)
    assert (info.MetaData.VideoStreamSet, info.MetaData.AudioStreamSet[0].SamplingRate) == ([], 8000)
    refused = await call.refused("WeChatMiniProgramPublish", FileId=file_id)
    assert refused.code == "InvalidParameterValue.FileType"

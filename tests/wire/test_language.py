"""Messages in Chinese for whoever asks for them, by the official SDK: of errors, of tasks and in events."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.vod.v20180717 import models
from tencentcloud.vod.v20180717.vod_client import VodClient

from minivod import ids
from minivod.media.metadata import MediaMetadata
from minivod.publishing.decision import Decision
from minivod.review.model import Finding, SummaryRow
from minivod.review.policy import Policy
from minivod.store import media
from minivod.store.tasks import Outcome

from ..unit.publishing.stage import Stage
from ..waiting import PATIENCE
from .conftest import OpenWire
from .wire import Wire, read_answer

MATROSKA = MediaMetadata(
    container="mkv", size=1, duration=2, bitrate=1, width=0, height=0, rotate=0, video=[], audio=[], md5="0" * 32,
    audio_duration=0, video_duration=0, faststart=None,
)  # fmt: skip
FOUND = Finding(
    category="Porn.Ocr", label="成人; 视频", confidence=97, start=3, end=5, certainty="ambiguous", disguise="homophones"
)
SAID = 'Rejected: Porn.Ocr: the text "成人; 视频" (homophones) at 00:00:03–00:00:05 (confidence 97, ambiguous)'
SAID_IN_CHINESE = "未通过：Porn.Ocr：文字“成人; 视频”（同音字），位于 00:00:03–00:00:05（置信度 97，有歧义）"


async def call(client: VodClient, action: str, **members: Any) -> Any:
    request = getattr(models, f"{action}Request")()
    request._deserialize(members)
    return await asyncio.to_thread(getattr(client, action), request)


async def refused(client: VodClient, action: str, **members: Any) -> tuple[str, str]:
    with pytest.raises(TencentCloudSDKException) as raised:
        await call(client, action, **members)
    return raised.value.code, raised.value.message


async def mkv(wire: Wire) -> str:
    """A video in a container that the player does not play."""
    file_id = ids.new_file_id()
    async with wire.db.transaction() as connection:
        await media.create(
            connection,
            file_id=file_id,
            sub_app_id=wire.key.app_id,
            directory=ids.new_directory(),
            name="片",
            media_type="mkv",
            object_key=f"vod_upload/{file_id}/x.mkv",
            metadata=msgspec.to_builtins(MATROSKA),
        )
    return file_id


@pytest.mark.parametrize("profile", [{}, {"method": "GET"}, {"signMethod": "HmacSHA1"}], ids=str)
async def test_errors(wire: Wire, profile: dict[str, Any]) -> None:
    shown = "'500'" if profile else "500"  # in a query and in a form, numbers are texts
    async with wire.port() as port:
        chinese = wire.sdk(port, language="zh-CN", **profile)
        assert await refused(chinese, "DescribeTasks", Limit=500) == (
            "InvalidParameterValue",
            f"Limit 是 {shown}；须为不大于 100 的整数",
        )
        assert await refused(wire.sdk(port, **profile), "DescribeTasks", Limit=500) == (
            "InvalidParameterValue",
            f"Limit is {shown}; it must be an integer at most 100",
        )
        assert await refused(chinese, "DescribeTaskDetail", TaskId="x; it must be y") == (
            "ResourceNotFound",
            "此应用中没有 TaskId 'x; it must be y'",
        )
        chinese.credential.secret_key = "x" * 32
        assert await refused(chinese, "DescribeTasks") == (
            "AuthFailure.SignatureFailure",
            "签名校验失败，请检查签名计算是否正确。",
        )
        chinese.credential.secret_id = f"{wire.key.secret_id} "
        code, message = await refused(chinese, "DescribeTasks")
        assert code == "AuthFailure.InvalidSecretId"
        assert message.endswith("：它的末尾有空格")


async def test_a_publication_that_is_refused(wire: Wire) -> None:
    file_id = await mkv(wire)
    async with wire.port() as port:
        code, message = await refused(
            wire.sdk(port, language="zh-CN"), "WeChatMiniProgramPublish", FileId=file_id, SourceDefinition=0
        )
    assert code == "InvalidParameterValue.FileType"
    assert message == (
        f"FileId {file_id}：小程序播放器无法播放此视频：容器格式是 mkv；须为 MP4 或 3GP；没有视频流。"
        "没有转码模板能解决这个问题。可以发布的是：容器格式 MP4 或 3GP；"
        "视频 H.264 Baseline、Main 或 High (8 bit, 4:2:0) 或 H.265 Main 或 Main 10 (8/10 bit, 4:2:0)；"
        "音频无、AAC (LC, HE-AAC, HE-AAC v2) 或 MP3"
    )


async def test_requests_that_are_refused_before_they_are_read(wire: Wire) -> None:
    async with wire.port() as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as client:
        put = await client.put("/", headers={"X-TC-Language": "zh-CN"})
        assert read_answer(put.content).message == "请求方法是 'PUT'；API 只接受 GET 和 POST"
        skipped = await client.get("/", params={"Language": "zh-CN", "Action": "PullEvents"})
        assert read_answer(skipped.content).message == "缺少公共参数 Timestamp"
        headers = {"content-type": "application/x-www-form-urlencoded"}
        form = await client.post("/", content="Action=PullEvents&Language=zh-CN", headers=headers)
        assert read_answer(form.content).message == "缺少公共参数 Timestamp"
        unknown = await client.get("/", headers={"X-TC-Language": "fr-FR"})
        assert read_answer(unknown.content).message == "the common parameter Action is missing"


async def test_the_setting_is_for_callers_who_name_no_language(wire_with: OpenWire) -> None:
    async with wire_with(language="zh-CN", rate_limit=0) as wire:
        http = wire.request("DescribeTasks", {"Limit": 500})
        assert (await wire.send(http)).message == "Limit is 500; it must be an integer at most 100"
        del http.headers["x-tc-language"]
        assert (await wire.send(http)).message == "Limit 是 500；须为不大于 100 的整数"
        assert (await wire.send(wire.request("DescribeTasks", secret_key="x" * 32))).message.startswith("The provided")


async def test_a_verdict_is_told_in_the_language_of_whoever_reads_it(wire: Wire, tmp_path: Path) -> None:
    stage = Stage(wire.db, wire.services.objects, wire.key.app_id)
    task_id = await stage.accepted()
    task, owner = await stage.claim(task_id)
    rows = [SummaryRow(Type="Porn.Ocr", Suggestion="block", Confidence=97)]
    decision, message = Policy().decide(rows, [FOUND], {})
    assert message == SAID
    await stage.conclude(task, owner, Decision(outcome=Outcome(message=message, result=decision), state="REJECTED"))
    async with wire.port() as port:
        english, chinese = wire.sdk(port), wire.sdk(port, language="zh-CN")
        for client, said in ((english, SAID), (chinese, SAID_IN_CHINESE)):
            told = (await call(client, "DescribeTaskDetail", TaskId=task_id)).WechatMiniProgramPublishTask
            assert (told.PublishResult, told.Message) == ("Rejected", said)
        [event] = (await call(chinese, "PullEvents")).EventSet
        assert event.WechatMiniProgramPublishCompleteEvent.Message == SAID_IN_CHINESE
    [kept] = await stage.events()
    assert kept["Message"] == SAID  # events are kept in English: who reads them later may ask for that

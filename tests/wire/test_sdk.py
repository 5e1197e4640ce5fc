"""The official SDK over TCP on a port of its own: it gets answers, and the codes and RequestIds of errors."""

import asyncio
from typing import Any

import httpx
import pytest
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.vod.v20180717 import models

from minivod import ids

from ..unit.templates.samples import SMALLEST
from ..waiting import PATIENCE
from .wire import UUID, Wire, read_answer

PROFILES: list[dict[str, Any]] = [
    {},
    {"method": "GET"},
    {"signMethod": "HmacSHA1"},
    {"signMethod": "HmacSHA256"},
    {"signMethod": "HmacSHA256", "method": "GET"},
    {"language": "zh-CN"},
]


@pytest.mark.parametrize("profile", PROFILES, ids=str)
async def test_answers_and_errors(wire: Wire, profile: dict[str, Any]) -> None:
    file_id = ids.new_file_id()
    async with wire.port() as port:
        client = wire.sdk(port, **profile)
        wanted = models.DescribeMediaInfosRequest()
        wanted.FileIds = [file_id]
        wanted.Filters = ["basicInfo", "metaData"]
        answer = await asyncio.to_thread(client.DescribeMediaInfos, wanted)
        assert answer.NotExistFileIdSet == [file_id]
        assert UUID.fullmatch(answer.RequestId)
        publish = models.WeChatMiniProgramPublishRequest()
        publish.FileId = file_id
        with pytest.raises(TencentCloudSDKException) as raised:
            await asyncio.to_thread(client.WeChatMiniProgramPublish, publish)
        assert raised.value.code == "ResourceNotFound.FileNotExist"
        assert UUID.fullmatch(raised.value.requestId)


async def test_unsigned_payload(wire: Wire) -> None:
    async with wire.port() as port:
        client = wire.sdk(port)
        client.profile.unsignedPayload = True
        answer = await asyncio.to_thread(client.call_json, "DescribeMediaInfos", {"FileIds": [ids.new_file_id()]})
        assert len(answer["Response"]["NotExistFileIdSet"]) == 1


async def test_skipped_signature_and_multipart(wire: Wire) -> None:
    async with wire.port() as port:
        client = wire.sdk(port)
        params = {"FileIds": [ids.new_file_id()]}
        with pytest.raises(TencentCloudSDKException) as raised:
            await asyncio.to_thread(client.call_json, "DescribeMediaInfos", params, None, {"SkipSign": True})
        assert raised.value.code == "AuthFailure.InvalidAuthorization"
        answer = await asyncio.to_thread(client.call_json, "DescribeMediaInfos", params, None, {"IsMultipart": True})
        assert len(answer["Response"]["NotExistFileIdSet"]) == 1


async def test_what_the_sdk_never_sends(wire: Wire) -> None:
    async with wire.port() as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as client:
        for method in ("PUT", "DELETE", "OPTIONS", "PATCH"):
            response = await client.request(method, "/", content=b"x")
            assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
            assert read_answer(response.content).code == "UnsupportedProtocol"
        head = await client.head("/")
        assert (head.status_code, head.content) == (200, b"")
        headers = {"authorization": "TC3-HMAC-SHA256 x", "content-type": "application/json"}
        too_large = await client.post("/", content=b"x" * (11 * 2**20), headers=headers)
        assert read_answer(too_large.content).code == "RequestSizeLimitExceeded"
        assert read_answer((await client.get("/")).content).code == "MissingParameter"  # the connection still works


async def test_a_chunked_body_is_bounded(wire: Wire) -> None:
    sent = 0

    async def endless() -> Any:
        nonlocal sent
        while sent < 64 * 2**20:
            sent += 2**18
            yield b"x" * 2**18

    async with wire.port() as port, httpx.AsyncClient(timeout=PATIENCE) as client:
        response = await client.post(f"http://127.0.0.1:{port}/", content=endless())
        assert read_answer(response.content).code == "RequestSizeLimitExceeded"


async def test_a_caller_who_hangs_up_leaves_the_server_well(wire: Wire) -> None:
    async with wire.port() as port:
        for _ in range(20):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
            await writer.drain()
            writer.close()
        async with httpx.AsyncClient(timeout=PATIENCE) as client:
            response = await client.get(f"http://127.0.0.1:{port}/")
        assert read_answer(response.content).code == "MissingParameter"


@pytest.mark.parametrize("profile", PROFILES[:3], ids=str)
async def test_templates_from_creation_to_deletion(wire: Wire, profile: dict[str, Any]) -> None:
    async with wire.port() as port:
        client = wire.sdk(port, **profile)

        async def call(name: str, **members: Any) -> Any:
            request = getattr(models, f"{name}Request")()
            request._deserialize(members)
            return await asyncio.to_thread(getattr(client, name), request)

        for kind, change in (
            ("Transcode", {"VideoTemplate": {"Fps": 30}}),
            ("AdaptiveDynamicStreaming", {"SegmentDuration": 4}),
            ("SampleSnapshot", {"SampleInterval": 20}),
            ("Watermark", {"XPos": "10%"}),
        ):
            made = await call(f"Create{kind}Template", Name="模板", **SMALLEST[kind])
            await call(f"Modify{kind}Template", Definition=made.Definition, **change)
            answer = await call(f"Describe{kind}Templates", Definitions=[made.Definition])
            [template] = getattr(answer, f"{kind}TemplateSet")
            assert (answer.TotalCount, template.Name, int(template.Definition)) == (1, "模板", made.Definition)
            await call(f"Delete{kind}Template", Definition=made.Definition)
            with pytest.raises(TencentCloudSDKException) as raised:
                await call(f"Delete{kind}Template", Definition=made.Definition)
            assert raised.value.code == "ResourceNotFound.TemplateNotExist"
        presets = await call("DescribeTranscodeTemplates", Definitions=[10, 100040], Type="Preset")
        assert [one.VideoTemplate.Bitrate for one in presets.TranscodeTemplateSet] == [256, 2500]
        with pytest.raises(TencentCloudSDKException) as raised:
            await call("CreateTranscodeTemplate", Container="mp4", TEHDConfig={"Type": "TEHD-100"})
        assert raised.value.code == "InvalidParameterValue.TEHDType"

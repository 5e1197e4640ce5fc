"""The library as a user of the official SDK works with it: sort, describe, publish, find, ban, delete."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from qcloud_vod.model import VodUploadRequest

from minivod.cli.local_server import LocalServer
from minivod.upload import UploadClient

from ..unit.templates.samples import png
from .user import call, code_of, publish

SUBTITLE = "WEBVTT\n\n00:00.000 --> 00:01.000\n你好\n"


def status(url: str) -> int:
    return httpx.get(url).status_code


@pytest.fixture
def class_id(server: LocalServer) -> Iterator[int]:
    """A class of the second level, 电影 - 老片, that is gone in the end."""
    film = call(server, "CreateClass", ParentId=-1, ClassName="电影").ClassId
    old = call(server, "CreateClass", ParentId=film, ClassName="老片").ClassId
    yield old
    assert code_of(server, "DeleteClass", ClassId=film) == "UnsupportedOperation.ClassNotEmpty"
    for one in (old, film):
        call(server, "DeleteClass", ClassId=one)


def found(server: LocalServer, **asked: Any) -> list[str]:
    return [info.FileId for info in call(server, "SearchMedia", Filters=["basicInfo"], **asked).MediaInfoSet]


def test_the_life_of_a_video_in_the_library(server: LocalServer, class_id: int, short_clip: Path) -> None:
    request = VodUploadRequest()
    request.MediaFilePath, request.MediaName, request.ClassId = str(short_clip), "家庭录像 第1集", class_id
    uploader = UploadClient(server.secret_id, server.secret_key, endpoint=server.url)
    file_id = str(uploader.upload("ap-guangzhou", request).FileId)
    content = base64.b64encode(SUBTITLE.encode()).decode()
    written = {"Name": "中文", "Language": "zh", "Format": "vtt", "Id": "zh", "Content": content}
    changed = call(
        server, "ModifyMediaInfo", FileId=file_id, AddTags=["家"], AddSubtitles=[written], Description="about a cat",
        CoverData=base64.b64encode(png()).decode(), AddKeyFrameDescs=[{"TimeOffset": 1.5, "Content": "猫来了"}],
    )  # fmt: skip
    [subtitle] = changed.AddedSubtitleSet
    [info] = call(server, "DescribeMediaInfos", FileIds=[file_id]).MediaInfoSet
    assert (info.BasicInfo.ClassName, info.BasicInfo.ClassPath) == ("老片", "电影 - 老片")
    assert (info.BasicInfo.TagSet, info.SubtitleInfo.SubtitleSet[0].Url) == (["家"], subtitle.Url)
    assert [one.Content for one in info.KeyFrameDescInfo.KeyFrameDescSet] == ["猫来了"]
    for asked in ({"Names": ["录像"]}, {"Names": ["庭"]}, {"Text": "CAT"}, {"Tags": ["家"]}, {"ClassIds": [class_id]}):
        assert found(server, **asked) == [file_id], asked
    assert found(server, Names=["录像"], Categories=["Audio"]) == []

    urls = [info.BasicInfo.MediaUrl, changed.CoverUrl, subtitle.Url]
    assert [status(url) for url in urls] == [404, 404, 404]
    assert publish(server, file_id).PublishResult == "Pass"
    assert [status(url) for url in urls] == [200, 200, 200]
    assert httpx.get(subtitle.Url).content.decode() == SUBTITLE

    assert call(server, "ForbidMediaDistribution", FileIds=[file_id], Operation="forbid").NotExistFileIdSet == []
    assert [status(url) for url in urls] == [404, 404, 404]
    assert found(server, Status=["Forbidden"]) == [file_id]
    call(server, "ForbidMediaDistribution", FileIds=[file_id], Operation="recover")
    assert [status(url) for url in urls] == [200, 200, 200]

    call(server, "DeleteMedia", FileId=file_id)
    assert [status(url) for url in urls] == [404, 404, 404]
    assert found(server, Names=["录像"]) == []

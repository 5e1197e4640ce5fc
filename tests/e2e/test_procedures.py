"""Procedures through the whole server: with an upload by the official uploader, published, and the preset by name."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from qcloud_vod.model import VodUploadRequest
from tencentcloud.common.credential import Credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.vod.v20180717.vod_client import VodClient

from minivod.cli.local_server import LocalServer
from minivod.upload import UploadClient

from .test_processing import finished, steps
from .user import call, eventually, upload

NAME = "发布 and cover"


@pytest.fixture
def procedure(server: LocalServer) -> Iterator[str]:
    """A procedure that publishes a transcode; made by the SDK's own way to send what its classes do not have."""
    profile = ClientProfile(httpProfile=HttpProfile(endpoint=server.address, protocol="http"))
    client = VodClient(Credential(server.secret_id, server.secret_key), "", profile)
    asked = {
        "Name": NAME,
        "MediaProcessTask": {
            "TranscodeTaskSet": [{"Definition": 10}],
            "CoverBySnapshotTaskSet": [{"Definition": 10, "PositionType": "Percent", "PositionValue": 10}],
        },
        "MiniProgramPublishTask": {"SourceDefinition": 10},
    }
    assert "Error" not in json.loads(client.call("CreateProcedureTemplate", asked))["Response"]
    yield NAME
    call(server, "DeleteProcedureTemplate", Name=NAME)


def tasks_of(server: LocalServer, file_id: str) -> dict[str, Any]:
    """The newest task of each type."""
    return {one.TaskType: one for one in call(server, "DescribeTasks", FileId=file_id).TaskSet}


def test_an_upload_with_a_procedure_ends_published(server: LocalServer, procedure: str, short_clip: Path) -> None:
    request = VodUploadRequest()
    request.MediaFilePath, request.Procedure = str(short_clip), procedure
    client = UploadClient(server.secret_id, server.secret_key, endpoint=server.url)
    file_id = str(client.upload("ap-guangzhou", request).FileId)
    begun = tasks_of(server, file_id)
    assert begun.keys() == {"Procedure", "WechatMiniProgramPublish"}
    made = steps(finished(server, begun["Procedure"].TaskId))
    assert [(kind, one.Status) for kind, one in made] == [("Transcode", "SUCCESS"), ("CoverBySnapshot", "SUCCESS")]
    found: list[Any] = []

    def published() -> bool:
        found[:] = [call(server, "DescribeTaskDetail", TaskId=begun["WechatMiniProgramPublish"].TaskId)]
        return bool(found[0].Status == "FINISH")

    eventually("the publication is finished", published)
    task = found[0].WechatMiniProgramPublishTask
    assert (task.PublishResult, task.SourceDefinition, task.ErrCode) == ("Pass", 10, 0), task


def test_the_preset_by_name(server: LocalServer, short_clip: Path) -> None:
    file_id = upload(server, short_clip)
    task_id = call(server, "ProcessMediaByProcedure", ProcedureName="LongVideoPreset", FileId=file_id).TaskId
    made = steps(finished(server, task_id))
    assert [(kind, one.Status) for kind, one in made] == [
        ("ImageSprite", "SUCCESS"), ("CoverBySnapshot", "SUCCESS"), ("AdaptiveDynamicStreaming", "SUCCESS"),
    ]  # fmt: skip

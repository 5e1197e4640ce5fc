"""The official Node SDK against the whole application on a port of its own; it signs `host` without the port."""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from minivod import ids
from minivod.store import media

from ..node import installed, node
from ..waiting import PATIENCE
from ..wire.served import Served, serve
from ..wire.wire import UUID

HERE = Path(__file__).parent / "node"
VIDEO: dict[str, Any] = {
    "codec": "h264", "codec_tag": "avc1", "bitrate": 8, "width": 16, "height": 9, "fps": 25.0, "dynamic_range": "SDR",
}  # fmt: skip
METADATA: dict[str, Any] = {
    "container": "mp4", "size": 1, "duration": 1.5, "bitrate": 8, "width": 16, "height": 9, "rotate": 0,
    "video": [VIDEO], "audio": [], "md5": "0" * 32, "audio_duration": 0.0, "video_duration": 1.5, "faststart": True,
}  # fmt: skip

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="session")
def sdk() -> Path:
    """A directory with the official SDK."""
    return installed(HERE, "node-sdk")


@pytest.fixture
async def served(database_url: str, tmp_path: Path) -> Any:
    async with serve(database_url, tmp_path / "data", rate_limit=0) as server:
        yield server


async def new_video(served: Served) -> str:
    file_id = ids.new_file_id()
    async with served.db.transaction() as connection:
        await media.create(
            connection,
            file_id=file_id,
            sub_app_id=served.key.app_id,
            directory=ids.new_directory(),
            name="视频",
            media_type="mp4",
            object_key=f"vod_upload/{file_id}",
            metadata=METADATA,
        )
    return file_id


async def journey(served: Served, sdk: Path, **told: Any) -> dict[str, Any]:
    """What the SDK's user got for each call."""
    profile = {
        "endpoint": f"127.0.0.1:{served.port}",
        "secretId": served.key.secret_id,
        "secretKey": served.key.secret_key,
        "signMethod": "TC3-HMAC-SHA256",
        "reqMethod": "POST",
    }
    shutil.copy(HERE / "journey.js", sdk)
    argument = json.dumps(profile | told)
    done = await asyncio.to_thread(node, "journey.js", argument, cwd=sdk, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr.decode()
    got: dict[str, Any] = json.loads(done.stdout)
    return got


WAYS = [
    ("127.0.0.1", "TC3-HMAC-SHA256", "POST"),
    ("localhost", "TC3-HMAC-SHA256", "POST"),
    ("127.0.0.1", "TC3-HMAC-SHA256", "GET"),
    ("127.0.0.1", "HmacSHA256", "POST"),
    ("127.0.0.1", "HmacSHA1", "GET"),
]


@pytest.mark.parametrize(("host", "sign_method", "method"), WAYS)
async def test_a_journey(served: Served, sdk: Path, host: str, sign_method: str, method: str) -> None:
    file_id = await new_video(served)
    got = await journey(
        served, sdk, endpoint=f"{host}:{served.port}", fileId=file_id, signMethod=sign_method, reqMethod=method
    )
    answers = {name: one["answer"] for name, one in got.items() if "answer" in one}
    errors = {name: one["error"] for name, one in got.items() if "error" in one}
    assert set(errors) == {"refused", "invalid", "stale"}, errors
    assert all(UUID.fullmatch(one["RequestId"]) for one in answers.values())
    assert all(UUID.fullmatch(one["requestId"]) for one in errors.values())
    assert {name: one["code"] for name, one in errors.items()} == {
        "refused": "ResourceNotFound.FileNotExist",
        "invalid": "InvalidParameterValue.SourceDefinition",
        "stale": "InvalidParameterValue",
    }
    assert "5285485487985271487" in errors["refused"]["message"]
    assert answers["applied"]["TempCertificate"]["ExpiredTime"] > 0
    [info] = answers["described"]["MediaInfoSet"]
    assert (info["FileId"], info["BasicInfo"]["Name"], info["MetaData"]["Duration"]) == (file_id, "视频", 1.5)
    assert answers["described"]["NotExistFileIdSet"] == ["5285485487985271487"]
    [event] = answers["pulled"]["EventSet"]
    told = event["WechatMiniProgramPublishCompleteEvent"]
    assert (told["TaskId"], told["PublishResult"]) == (answers["published"]["TaskId"], "Failed")


async def test_a_wrong_key_is_told_as_such(served: Served, sdk: Path) -> None:
    got = await journey(served, sdk, secretKey="x" * 32, fileId=ids.new_file_id())
    assert {one["error"]["code"] for one in got.values()} == {"AuthFailure.SignatureFailure"}
    assert all(UUID.fullmatch(one["error"]["requestId"]) for one in got.values())

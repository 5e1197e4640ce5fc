"""Calls a real server as its users do: uploads, actions, and the event that a task's end brings."""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import msgspec
from qcloud_vod.model import VodUploadRequest

from bench.signed import Signer
from minivod.cli.local_server import LocalServer
from minivod.upload import UploadClient

_MOST_SECONDS = 600.0
_CALL_SECONDS = 60.0


@dataclass(frozen=True)
class Caller:
    """Calls actions of a server."""

    server: LocalServer

    @property
    def signer(self) -> Signer:
        """For the server's first key."""
        return Signer(self.server.address, self.server.secret_id, self.server.secret_key)

    def call(self, action: str, **parameters: Any) -> Any:
        """The members of the answer; raises RuntimeError when it is an error."""
        body = msgspec.json.encode(parameters)
        request = Request(self.server.url, body, self.signer.headers(action, body))
        with urlopen(request, timeout=_CALL_SECONDS) as response:
            members = json.load(response)["Response"]
        if "Error" in members:
            raise RuntimeError(f"{action}: {members['Error']}")
        return members

    def upload(self, video: Path) -> str:
        """The FileId of the uploaded video."""
        request = VodUploadRequest()
        request.MediaFilePath = str(video)
        client = UploadClient(self.server.secret_id, self.server.secret_key, endpoint=self.server.url)
        return str(client.upload("ap-guangzhou", request).FileId)

    def event(self, task_id: str, kind: str) -> tuple[dict[str, Any], float]:
        """Waits in a long poll for the event of a task; its member `kind`, and when (`perf_counter`) it was pulled."""
        begun = time.perf_counter()
        while time.perf_counter() - begun < _MOST_SECONDS:
            events = self.call("PullEvents").get("EventSet") or []
            pulled = time.perf_counter()
            came = [event for event in events if (event.get(kind) or {}).get("TaskId") == task_id]
            if events:
                self.call("ConfirmEvents", EventHandles=[event["EventHandle"] for event in events])
            if came:
                return dict(came[0][kind]), pulled
        raise RuntimeError(f"no event of task {task_id} within {_MOST_SECONDS:.0f} s")


def finished(log: Path, task_id: str) -> dict[str, Any]:
    """The line in which a server logged the end of a task or of a step."""
    for line in reversed(log.read_text(encoding="utf-8").splitlines()):
        entry = json.loads(line) if line.startswith("{") else {}
        if entry.get("event") == "task_finished" and entry.get("task_id") == task_id:
            return dict(entry)
    raise RuntimeError(f"the server logged no end of task {task_id}")

"""(b) From the accepted publish request to its event in the caller's hands, for a 10 MB MP4, and where the time goes.

A real `minivod serve` with nothing else to do; the video is uploaded by the official uploader before the clock runs.
The caller waits in a long poll of PullEvents. What happened inside is told by the server's own log line.
"""

import json
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import msgspec
from qcloud_vod.model import VodUploadRequest

from bench import clips
from bench.report import Report, spread
from bench.signed import Signer
from minivod.cli.local_server import LocalServer, start_local_server
from minivod.upload import UploadClient

TITLE = "(b) From accepted to event, a 10 MB MP4 of one minute"
_ROUNDS, _QUICK_ROUNDS = 3, 1
_MOST_SECONDS = 300.0
_CALL_SECONDS = 60.0
_STEPS = {
    "waited": "until a worker takes it",
    "fetch": "source into the attempt's directory",
    "probe": "probing source and result",
    "remux": "remuxing to MP4 with faststart",
    "review": "sampling and review",
    "conclude": "storing objects, one transaction",
    "event": "until the event was pulled, and the rest",
}


@dataclass(frozen=True)
class Caller:
    """Calls actions of a server."""

    server: LocalServer

    def call(self, action: str, **parameters: Any) -> Any:
        """The members of the answer; raises RuntimeError when it is an error."""
        signer = Signer(self.server.address, self.server.secret_id, self.server.secret_key)
        body = msgspec.json.encode(parameters)
        request = Request(self.server.url, body, signer.headers(action, body))
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

    def publish(self, file_id: str) -> tuple[str, float]:
        """Publishes; the TaskId, and the seconds from the request to its event."""
        begun = time.perf_counter()
        task_id = str(self.call("WeChatMiniProgramPublish", FileId=file_id)["TaskId"])
        while time.perf_counter() - begun < _MOST_SECONDS:
            events = self.call("PullEvents").get("EventSet") or []
            came = time.perf_counter() - begun
            if events:
                self.call("ConfirmEvents", EventHandles=[event["EventHandle"] for event in events])
            told = [event.get("WechatMiniProgramPublishCompleteEvent") or {} for event in events]
            if any(event.get("TaskId") == task_id for event in told):
                return task_id, came
        raise RuntimeError(f"no event of task {task_id} within {_MOST_SECONDS:.0f} s")


def run(*, quick: bool) -> Report:
    """Makes the video, measures and reports."""
    with tempfile.TemporaryDirectory(prefix="minivod-bench-") as name:
        home = Path(name)
        home.chmod(0o755)
        video = clips.bunny(home, seconds=5 if quick else clips.TEN_MEGABYTES)
        with start_local_server(home / "data") as server:
            return measure(server, video, _QUICK_ROUNDS if quick else _ROUNDS)


def measure(server: LocalServer, video: Path, rounds: int) -> Report:
    """Publishes the video again and again, each time as a new one."""
    caller = Caller(server)
    lines, totals = [], []
    caller.publish(caller.upload(video))  # the first one meets cold caches
    for _ in range(rounds):
        task_id, total = caller.publish(caller.upload(video))
        lines.append(_finished(server.log, task_id))
        totals.append(total)
    return _report(video, totals, lines)


def _finished(log: Path, task_id: str) -> dict[str, Any]:
    """What the server logged of the publication."""
    for line in reversed(log.read_text(encoding="utf-8").splitlines()):
        entry = json.loads(line) if line.startswith("{") else {}
        if entry.get("event") == "task_finished" and entry.get("task_id") == task_id:
            return dict(entry)
    raise RuntimeError(f"the server logged no end of task {task_id}")


def _report(video: Path, totals: list[float], lines: list[dict[str, Any]]) -> Report:
    report = Report(TITLE, ["step", "seconds"])
    parts = [{"waited": line["waited"], **line["seconds"]} for line in lines]
    for part, total in zip(parts, totals, strict=True):
        part["event"] = total - sum(part.values())
    for step, meaning in _STEPS.items():
        report.add(f"{step}: {meaning}", spread([part.get(step, 0.0) for part in parts], ".2f"))
    report.add("**all**", spread(totals, ".2f"))
    inside = [f"{name} {spread([line['detectors'][name] for line in lines], '.1f')}" for name in lines[0]["detectors"]]
    report.notes.append(
        f"{video.stat().st_size / 1e6:.1f} MB, {lines[0]['result']}, {lines[0]['samples']} frames inspected. Median of "
        f"{len(totals)} rounds (least to most). Within the review, seconds of the detectors, several threads together: "
        f"{', '.join(inside)}."
    )
    return report

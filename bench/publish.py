"""(b) From the accepted publish request to its event in the caller's hands, for a 10 MB MP4, and where the time goes.

A real `minivod serve` with nothing else to do; the video is uploaded by the official uploader before the clock runs.
The caller waits in a long poll of PullEvents. What happened inside is told by the server's own log line.
"""

import tempfile
import time
from pathlib import Path
from typing import Any

from bench import clips
from bench.caller import Caller, finished
from bench.report import Report, spread
from minivod.cli.local_server import LocalServer, start_local_server

TITLE = "(b) From accepted to event, a 10 MB MP4 of one minute"
_ROUNDS, _QUICK_ROUNDS = 3, 1
_STEPS = {
    "waited": "until a worker takes it",
    "fetch": "source into the attempt's directory",
    "probe": "probing source and result",
    "remux": "remuxing to MP4 with faststart",
    "review": "sampling and review",
    "conclude": "storing objects, one transaction",
    "event": "until the event was pulled, and the rest",
}


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
    _publish(caller, caller.upload(video))  # the first one meets cold caches
    for _ in range(rounds):
        task_id, total = _publish(caller, caller.upload(video))
        lines.append(finished(server.log, task_id))
        totals.append(total)
    return _report(video, totals, lines)


def _publish(caller: Caller, file_id: str) -> tuple[str, float]:
    """The TaskId, and the seconds from the request to its event."""
    begun = time.perf_counter()
    task_id = str(caller.call("WeChatMiniProgramPublish", FileId=file_id)["TaskId"])
    return task_id, caller.event(task_id, "WechatMiniProgramPublishCompleteEvent")[1] - begun


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

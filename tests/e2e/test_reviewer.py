"""A reviewer of the operator's decides what is published: by the official SDK, from the upload to the player."""

from pathlib import Path
from typing import Any

import httpx

from minivod.cli.local_server import LocalServer

from ..unit.media.streams import ffmpeg
from .reviewer import FORBIDDEN, Reviewer
from .user import call, publish, upload


def shown(server: LocalServer, file_id: str) -> tuple[Any, str]:
    """Its one publication, and the URL of what was uploaded."""
    [info] = call(server, "DescribeMediaInfos", FileIds=[file_id]).MediaInfoSet
    [review] = info.MiniProgramReviewInfo.MiniProgramReviewList
    return review, info.BasicInfo.MediaUrl


def test_it_rejects_one_video_and_passes_another(server: LocalServer, reviewer: Reviewer, tmp_path: Path) -> None:
    asked = len(reviewer.asked)
    done = {}
    for colour in (FORBIDDEN, "gray"):
        clip = tmp_path / f"{colour}.mp4"
        ffmpeg(f"-f lavfi -i color={colour}:size=160x120:rate=10 -t 1", "-c:v libx264 -pix_fmt yuv420p", clip)
        file_id = upload(server, clip)
        done[colour] = (file_id, publish(server, file_id))

    file_id, task = done[FORBIDDEN]
    assert task.PublishResult == "Rejected"
    assert "Terrorism: a flag at 00:00:00" in task.Message and "(confidence 99)" in task.Message
    review, original = shown(server, file_id)
    assert (review.ReviewResult, review.Url or "") == ("Rejected", "")
    rows = {row.Type: row.Suggestion for row in review.ReviewSummary}
    assert rows["Terrorism"] == "block" and rows["Porn.Ocr"] == "pass"
    assert httpx.get(original).status_code == 404

    file_id, task = done["gray"]
    assert task.PublishResult == "Pass" and "Terrorism" in task.Message.partition("not covered")[0]
    passed, _ = shown(server, file_id)
    assert {row.Type: row.Suggestion for row in passed.ReviewSummary}["Terrorism"] == "pass"
    assert httpx.get(passed.Url).status_code == 200
    assert {name for one in reviewer.asked[asked:] for name in one["categories"]} == {"Terrorism"}
    assert len(reviewer.asked) - asked >= 2

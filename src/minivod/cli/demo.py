"""`minivod demo`: the whole journey on a real video, transcoded; then with a video that shows forbidden text.

Everything goes over the wire: the official uploader, the official SDK and plain HTTP, against a server of its own
on a temporary data directory. Every step checks what it claims; the exit status is 0 only if all of it held.
"""

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.markup import escape

from minivod.cli.api_client import ApiClient
from minivod.cli.demo_clips import ClipMissing, forbidden_clip, neutral_clip
from minivod.cli.demo_keep import make_links, program, tell_how_to_call
from minivod.cli.local_server import LocalServer, ServerFailed, start_local_server
from minivod.cli.upload import reason_of, upload_with_progress
from minivod.media.sandbox import run_trusted
from minivod.media.tools import ffmpeg_path

WAIT_SECONDS = 300.0
POLL_SECONDS = 0.5
EDGE_BYTES = 65536
TEMPLATE = 10
"""The transcoding template of the reference's own example."""
PUBLISHED, PROCESSED = "WechatMiniProgramPublishComplete", "ProcedureStateChanged"
EVENTS = {PUBLISHED: "WechatMiniProgramPublishCompleteEvent", PROCESSED: "ProcedureStateChangeEvent"}
"""The member of an event that belongs to its EventType."""


class DemoFailed(Exception):
    """A claim of the demo did not hold."""


def get(url: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
    """Fetches it; a busy machine is given time."""
    return httpx.get(url, headers=headers, timeout=WAIT_SECONDS)


def check(claim: str, *, holds: bool) -> None:
    """Raises DemoFailed unless the claim holds."""
    if not holds:
        raise DemoFailed(claim)


@dataclass
class Demo:
    """The demo's client side: a server's endpoint and key, and where steps are printed."""

    server: LocalServer
    console: Console
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, title: str) -> Iterator[Callable[[str], None]]:
        """Prints a step with its result and the seconds it took."""
        begun = time.monotonic()
        notes: list[str] = []
        mark = "[red]✗[/]"
        try:
            yield notes.append
            mark = "[green]✓[/]"
        finally:
            took = time.monotonic() - begun
            words = f"  {mark} {title:<34} [dim]{took:6.2f} s[/]  {escape(' '.join(notes))}".rstrip()
            self.console.print(words, highlight=False, soft_wrap=True)

    def call(self, action: str, **parameters: Any) -> Any:
        """The answer of an action by the official client: only the endpoint is not the cloud's."""
        server = self.server
        return ApiClient(server.url, server.secret_id, server.secret_key).call(action, **parameters)

    def upload(self, video: Path) -> Any:
        """Uploads with the official uploader and a progress bar."""
        return upload_with_progress(
            video,
            endpoint=self.server.url,
            secret_id=self.server.secret_id,
            secret_key=self.server.secret_key,
            console=self.console,
        )

    def event_of(self, task_id: str, kind: str = PUBLISHED) -> Any:
        """Pulls and confirms events until the task's own arrives; its payload."""
        end = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < end:
            events = self.call("PullEvents").EventSet or []
            if events:
                self.call("ConfirmEvents", EventHandles=[event.EventHandle for event in events])
            for event in events:
                told = getattr(event, EVENTS[kind])
                if event.EventType == kind and told.TaskId == task_id:
                    return told
        raise DemoFailed(f"the event of task {task_id} comes within {WAIT_SECONDS:.0f} s")

    def transcode(self, file_id: str, definition: int) -> str:
        """ProcessMedia with one template: the URL of what it made."""
        with self.step(f"ProcessMedia (template {definition})") as note:
            steps = {"TranscodeTaskSet": [{"Definition": definition}]}
            task_id = self.call("ProcessMedia", FileId=file_id, MediaProcessTask=steps).TaskId
            told = self.event_of(task_id, PROCESSED)
            step = told.MediaProcessResultSet[0].TranscodeTask
            check(f"the transcode is made: {step.Message}", holds=step.Status == "SUCCESS")
            note(f"{step.Output.Width}x{step.Output.Height}, {step.Output.Duration:.1f} s, {step.Output.Size:,} bytes")
        return str(step.Output.Url)

    def publish(self, video: Path, definition: int = 0) -> tuple[str, str, Any]:
        """Upload, transcode by a template (0: not), publish that, wait for the event.

        Returns:
            FileId, the URL of what is published, and the event's payload.
        """
        with self.step("upload (official uploader)") as note:
            uploaded = self.upload(video)
            note(f"FileId {uploaded.FileId}")
        with self.step("not reachable before review") as note:
            answer = get(uploaded.MediaUrl)
            check(f"an unpublished video answers 404, not {answer.status_code}", holds=answer.status_code == 404)
            note("404")
        url = self.transcode(uploaded.FileId, definition) if definition else uploaded.MediaUrl
        with self.step("WeChatMiniProgramPublish") as note:
            asked = {"FileId": uploaded.FileId, "SourceDefinition": definition}
            task_id = self.call("WeChatMiniProgramPublish", **asked).TaskId
            note(f"TaskId …{task_id[-12:]}")
        with self.step("review; PullEvents, ConfirmEvents") as note:
            told = self.event_of(task_id)
            detail = self.call("DescribeTaskDetail", TaskId=task_id)
            check("the task is finished when its event arrives", holds=detail.Status == "FINISH")
            same = detail.WechatMiniProgramPublishTask.PublishResult == told.PublishResult
            check("event and task detail agree", holds=same)
            note(told.Message)
        return str(uploaded.FileId), str(url), told

    def play(self, file_id: str, url: str, work: Path) -> None:
        """Fetches play-info, the first and the last bytes, then all of the file, and decodes it."""
        with self.step("getplayinfo/v4"):
            info = get(f"{self.server.url}/getplayinfo/v4/{self.server.app_id}/{file_id}").json()
            check(f"play-info answers code 0, not {info.get('code')}", holds=info.get("code") == 0)
            check("play-info names the published file", holds=url in json.dumps(info))
        with self.step("first and last bytes (ranges)") as note:
            first = get(url, headers={"Range": f"bytes=0-{EDGE_BYTES - 1}"})
            last = get(url, headers={"Range": f"bytes=-{EDGE_BYTES}"})
            check("ranges answer 206", holds=(first.status_code, last.status_code) == (206, 206))
            check("the file begins like an MP4", holds=first.content[4:8] == b"ftyp")
            note(str(last.headers["content-range"]))
        with self.step("decode with ffmpeg") as note:
            path = work / "played.mp4"
            whole = get(url)
            path.write_bytes(whole.content)
            check("the ranges are parts of the file", holds=whole.content.endswith(last.content))
            done = run_trusted([ffmpeg_path(), "-v", "error", "-i", path, "-f", "null", "-"], timeout=WAIT_SECONDS)
            check(
                f"ffmpeg decodes it without a complaint: {done.stderr[:200]!r}",
                holds=(done.returncode, done.stderr) == (0, b""),
            )
            note(f"{len(whole.content):,} bytes")

    def unreachable(self, file_id: str, url: str) -> None:
        """Checks that nothing of a refused video can be had."""
        with self.step("unreachable on every route") as note:
            info = get(f"{self.server.url}/getplayinfo/v4/{self.server.app_id}/{file_id}").json()
            check("play-info of a refused video is an error", holds=info.get("code") != 0)
            for request in ({}, {"Range": "bytes=0-99"}):
                status = get(url, headers=request).status_code
                check(f"a refused video answers 404, not {status}", holds=status == 404)
            note("play-info refused, file 404")


def run_demo(video: Path | None, *, keep: bool, console: Console) -> int:
    """The demo; 0 if every claim held, else 1."""
    begun = time.monotonic()
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="minivod-demo-")))
        work.chmod(0o755)
        console.print("[bold]minivod demo[/]: a real video, published and refused, over the wire")
        try:
            clip = _own_copy(video, work) if video else neutral_clip(work)
            server = stack.enter_context(start_local_server(work / "data"))
            console.print(f"  server at {server.url}, started in {time.monotonic() - begun:.2f} s", highlight=False)
            journey = _journey(Demo(server, console), clip, (video or clip).name, work)
        except _expected_errors() as error:
            what = "this does not hold" if isinstance(error, DemoFailed) else "failed"
            console.print(f"\n[red bold]{what}:[/] {escape(reason_of(error))}", highlight=False, soft_wrap=True)
            return 1
        console.print(f"\nAll of it held; {time.monotonic() - begun:.1f} s.\n", highlight=False)
        if keep:
            tell_how_to_call(server, console)
        print(f"{journey.published}\n{journey.refused}")
        if keep:
            print(make_links(server, work / "data", journey.file_id).text(), flush=True)
            server.wait()
        else:
            print(f"`{program()} demo --keep` leaves the server running: its console, and a page that plays the video")
    return 0


@dataclass(frozen=True)
class _Journey:
    """The FileId of the video that is published, and the lines that say how both videos ended."""

    file_id: str
    published: str
    refused: str


def _journey(demo: Demo, clip: Path, name: str, work: Path) -> _Journey:
    """Both videos.

    Raises:
        DemoFailed: a claim did not hold.
    """
    demo.console.print(f"\n[bold]1[/] {escape(name)}", highlight=False)
    file_id, url, told = demo.publish(clip, TEMPLATE)
    check(f"the video passes review: {told.Message}", holds=told.PublishResult == "Pass")
    demo.play(file_id, url, work)
    forbidden, phrase = forbidden_clip(clip, work)
    demo.console.print(f"\n[bold]2[/] the same with {phrase!r} drawn into it", highlight=False)
    refused_id, refused_url, refused = demo.publish(forbidden)
    check(f"the video is rejected: {refused.Message}", holds=refused.PublishResult == "Rejected")
    check("the reason names the text", holds=phrase.lower() in refused.Message.lower())
    demo.unreachable(refused_id, refused_url)
    reason = refused.Message.replace(": ", " ", 1)
    return _Journey(file_id, f"published: {file_id} Pass {url}", f"refused: {refused_id} {reason}")


def _expected_errors() -> tuple[type[Exception], ...]:
    """What ends the demo with a sentence: claims that did not hold, and what the official SDKs raise."""
    from qcloud_cos.cos_exception import CosException
    from qcloud_vod.exception import VodClientException
    from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException

    ours = (DemoFailed, ClipMissing, ServerFailed, OSError, httpx.HTTPError)
    return (*ours, CosException, VodClientException, TencentCloudSDKException)


def _own_copy(video: Path, work: Path) -> Path:
    """The user's video under a name of ours, so that nothing is ever written beside it."""
    return Path(shutil.copy(video, work / f"video{video.suffix.lower()}"))

"""`minivod pull`, `transcode` and `publish`: begin a task and, if wanted, show how far it is until it ends."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from minivod.cli.api_client import ApiClient
from minivod.cli.options import Endpoint, fail
from minivod.cli.upload import network_reason, reason_of

_POLL_SECONDS = 0.5
_STEP = {"SUCCESS": "done", "FAIL": "failed", "PROCESSING": "under way"}

FileId = Annotated[str, typer.Argument(help="FileId of the video.", metavar="FILEID")]
SecretId = Annotated[str, typer.Option(help="SecretId of a key.", envvar="TENCENTCLOUD_SECRET_ID")]
SecretKey = Annotated[str, typer.Option(help="Its SecretKey.", envvar="TENCENTCLOUD_SECRET_KEY")]
SubAppId = Annotated[int | None, typer.Option(help="Application; the default one if not given.")]
Wait = Annotated[bool, typer.Option("--wait", help="Wait for the end, with a progress bar.")]


def pull(
    url: Annotated[str, typer.Argument(help="URL of the video, or of the playlist of an HLS stream.", metavar="URL")],
    secret_id: SecretId,
    secret_key: SecretKey,
    name: Annotated[str, typer.Option(help="Name of the video; that of the file in the URL if not given.")] = "",
    cover: Annotated[str, typer.Option(help="URL of a picture for its cover.")] = "",
    media_type: Annotated[str, typer.Option(help="Its type (mp4, m3u8); the URL or the content tells if empty.")] = "",
    procedure: Annotated[str, typer.Option(help="Procedure that is begun with the video.")] = "",
    endpoint: Endpoint = "",
    sub_app_id: SubAppId = None,
    wait: Wait = False,
) -> None:
    """Have the server fetch the video at URL; prints the TaskId and, with --wait, FileId and URLs."""
    with _explained(endpoint):
        client = ApiClient(endpoint, secret_id, secret_key, sub_app_id)
        given = {"MediaName": name, "CoverUrl": cover, "MediaType": media_type, "Procedure": procedure}
        asked = {"MediaUrl": url} | {parameter: value for parameter, value in given.items() if value}
        task_id = client.call("PullUpload", **asked).TaskId
        typer.echo(f"TaskId: {task_id}")
        if wait:
            _tell_of_pull(_finished(client, task_id, lambda detail: detail.PullUploadTask.Progress).PullUploadTask)


def transcode(
    file_id: FileId,
    secret_id: SecretId,
    secret_key: SecretKey,
    template: Annotated[list[int], typer.Option(help="Transcoding template; may be given several times.")],
    endpoint: Endpoint = "",
    sub_app_id: SubAppId = None,
    wait: Wait = False,
) -> None:
    """Transcode the video FILEID by templates; prints the TaskId and, with --wait, what was made."""
    with _explained(endpoint):
        client = ApiClient(endpoint, secret_id, secret_key, sub_app_id)
        steps = [{"Definition": number} for number in template]
        task_id = client.call("ProcessMedia", FileId=file_id, MediaProcessTask={"TranscodeTaskSet": steps}).TaskId
        typer.echo(f"TaskId: {task_id}")
        if wait:
            _tell_of_steps(_finished(client, task_id, _progress_of_steps).ProcedureTask)


def publish(
    file_id: FileId,
    secret_id: SecretId,
    secret_key: SecretKey,
    template: Annotated[int, typer.Option(help="Template whose transcode is published; 0 is the original.", min=0)] = 0,
    endpoint: Endpoint = "",
    sub_app_id: SubAppId = None,
    wait: Wait = False,
) -> None:
    """Publish the video FILEID for the Mini Program player; prints the TaskId and, with --wait, the result."""
    with _explained(endpoint):
        client = ApiClient(endpoint, secret_id, secret_key, sub_app_id)
        task_id = client.call("WeChatMiniProgramPublish", FileId=file_id, SourceDefinition=template).TaskId
        typer.echo(f"TaskId: {task_id}")
        if not wait:
            return
        task = _finished(client, task_id, lambda _: None).WechatMiniProgramPublishTask
        typer.echo(f"PublishResult: {task.PublishResult}\nMessage: {task.Message}")
        if task.PublishResult != "Pass":
            raise typer.Exit(1)
        [info] = client.call("DescribeMediaInfos", FileIds=[file_id], Filters=["miniProgramReviewInfo"]).MediaInfoSet
        typer.echo(f"Url: {info.MiniProgramReviewInfo.MiniProgramReviewList[0].Url}")


def _tell_of_pull(task: Any) -> None:
    if task.ErrCode:
        raise fail(f"the video could not be pulled: {task.Message} (ErrCode {task.ErrCode})")
    typer.echo(f"FileId: {task.FileId}\nMediaUrl: {task.FileUrl}")
    if task.MediaBasicInfo and task.MediaBasicInfo.CoverUrl:
        typer.echo(f"CoverUrl: {task.MediaBasicInfo.CoverUrl}")
    if task.ProcedureTaskId:
        typer.echo(f"ProcedureTaskId: {task.ProcedureTaskId}")


def _progress_of_steps(detail: Any) -> float:
    """Percent of all steps together."""
    steps = [one.TranscodeTask.Progress for one in detail.ProcedureTask.MediaProcessResultSet]
    return sum(steps) / len(steps) if steps else 0.0


def _tell_of_steps(task: Any) -> None:
    failed = False
    for one in task.MediaProcessResultSet:
        step = one.TranscodeTask
        failed = failed or step.Status != "SUCCESS"
        what = step.Output.Url if step.Status == "SUCCESS" else f"{step.ErrCodeExt}: {step.Message}"
        typer.echo(f"template {step.Input.Definition}: {_STEP[step.Status]}: {what}")
    if failed:
        raise typer.Exit(1)


def _finished(client: ApiClient, task_id: str, percent: Callable[[Any], float | None]) -> Any:
    """The task's detail at its end; `percent` is how far it is, None: not known."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        shown = bar.add_task("waiting", total=None)
        while True:
            detail = client.call("DescribeTaskDetail", TaskId=task_id)
            if detail.Status == "FINISH":
                return detail
            done = percent(detail)
            bar.update(
                shown, description=detail.Status.lower(), completed=done or 0, total=None if done is None else 100
            )
            time.sleep(_POLL_SECONDS)


@contextmanager
def _explained(endpoint: str) -> Iterator[None]:
    """Ends the command with a sentence for what the SDK raises, and for Ctrl-C."""
    try:
        from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
    except ImportError as error:
        raise fail(f"{error.name} is not installed: pip install 'minivod[upload]'") from None
    try:
        yield
    except KeyboardInterrupt:
        raise fail("interrupted; the task goes on", 128 + signal.SIGINT) from None
    except (TencentCloudSDKException, ValueError) as error:
        raise fail(network_reason(error, endpoint) or reason_of(error)) from None

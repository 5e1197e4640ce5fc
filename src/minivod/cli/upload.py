"""`minivod upload`: uploads a file with the official uploader and a progress bar."""

import logging
import os
import re
import signal
import warnings
from collections.abc import Callable
from concurrent.futures import Future, wait
from pathlib import Path
from threading import Thread
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from minivod.cli.options import Endpoint, fail
from minivod.proxies import advice, system_reason

_UNTRUSTED = re.compile(r"certificate verify failed: ([^(']+)")
_THREADS = 4
_LISTENING_SECONDS = 0.2
"""Between two looks whether a signal has come that woke another thread."""
_REGION = "minivod-local"


def upload(
    file: Annotated[Path, typer.Argument(help="Video to upload.", exists=True, dir_okay=False, readable=True)],
    secret_id: Annotated[str, typer.Option(help="SecretId of a key.", envvar="TENCENTCLOUD_SECRET_ID")],
    secret_key: Annotated[str, typer.Option(help="Its SecretKey.", envvar="TENCENTCLOUD_SECRET_KEY")],
    endpoint: Endpoint = "",
    sub_app_id: Annotated[int | None, typer.Option(help="Application; the default one if not given.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of the video; the file's if not given.")] = None,
    cover: Annotated[Path | None, typer.Option(help="Picture for its cover.", exists=True, dir_okay=False)] = None,
    resume: Annotated[bool, typer.Option(help="Go on with an upload of the same file that was cut off.")] = True,
) -> None:
    """Upload FILE; prints FileId and URLs. The URLs answer after the video has been published."""
    try:
        from qcloud_cos.cos_exception import CosException
        from qcloud_vod.exception import VodClientException
        from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
    except ImportError as error:
        raise fail(f"{error.name} is not installed: pip install 'minivod[upload]'") from None
    if not file.suffix:
        raise fail(f"{file.name} has no extension; one like .mp4 tells what the file is", 2)
    try:
        answer = upload_with_progress(
            file,
            endpoint=endpoint,
            secret_id=secret_id,
            secret_key=secret_key,
            console=Console(stderr=True),
            sub_app_id=sub_app_id,
            name=name,
            cover=cover,
            resume_dir=_resume_dir() if resume else None,
        )
    except (KeyboardInterrupt, SystemExit) as end:  # SIGINT and SIGTERM
        goes_on = "; the same command goes on where it stopped" if resume else ""
        number = signal.SIGINT if isinstance(end, KeyboardInterrupt) else signal.SIGTERM
        raise fail(f"interrupted{goes_on}", 128 + number) from None
    except (TencentCloudSDKException, CosException, VodClientException, ValueError, OSError) as error:
        raise fail(f"the upload failed: {network_reason(error, endpoint) or reason_of(error)}") from None
    typer.echo(f"FileId: {answer.FileId}\nMediaUrl: {answer.MediaUrl}")
    if answer.CoverUrl:
        typer.echo(f"CoverUrl: {answer.CoverUrl}")


def upload_with_progress(
    file: Path,
    *,
    endpoint: str,
    secret_id: str,
    secret_key: str,
    console: Console,
    sub_app_id: int | None = None,
    name: str | None = None,
    cover: Path | None = None,
    resume_dir: Path | None = None,
) -> Any:
    """Uploads and shows how far it is; the answer of CommitUpload.

    Raises:
        TencentCloudSDKException, CosException, VodClientException: as the official uploader does.
    """
    from qcloud_vod.model import VodUploadRequest

    from minivod.upload import UploadClient  # the server's commands need not have the SDKs

    logging.getLogger("qcloud_cos").setLevel(logging.CRITICAL)  # it logs every error that it also raises
    warnings.filterwarnings("ignore", message=".*fileds are useless")  # of its own request, on every upload
    request = VodUploadRequest()
    request.MediaFilePath, request.CoverFilePath = str(file), str(cover) if cover else None
    request.MediaName, request.SubAppId, request.ConcurrentUploadNumber = name or file.stem, sub_app_id, _THREADS
    client = UploadClient(secret_id, secret_key, endpoint=endpoint, resume_dir=resume_dir)
    size = file.stat().st_size
    with _bar(console) as progress:
        task = progress.add_task(file.name, total=size)

        def on_progress(done: int, total: int) -> None:
            if total == size:  # the cover tells of itself too
                progress.update(task, completed=done)

        answer = _interruptible(lambda: client.upload(_REGION, request, on_progress))
        progress.update(task, completed=size)
    return answer


def _interruptible(work: Callable[[], Any]) -> Any:
    """Does it in a thread that does not outlive the program.

    The official uploader's threads take after the one that starts them. Of the main thread's kind, they would keep a
    program alive for ever that Ctrl-C has ended. And one that is just making another may take the signal in place of
    the main thread; that one alone runs what Python does about it, and a wait without end would not let it.
    """
    answer: Future[Any] = Future()

    def run() -> None:
        try:
            answer.set_result(work())
        except BaseException as error:  # whatever it is, the caller waits for it
            answer.set_exception(error)

    Thread(target=run, name="upload", daemon=True).start()
    while not answer.done():
        wait([answer], _LISTENING_SECONDS)
    return answer.result()


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _resume_dir() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "minivod" / "uploads"


def reason_of(error: Exception) -> str:
    """Code, message and RequestId, however the SDK wraps them."""
    for code, message in (("get_error_code", "get_error_msg"), ("get_code", "get_message")):
        if hasattr(error, code):
            request_id = error.get_request_id() if hasattr(error, "get_request_id") else None
            named = f" (RequestId {request_id})" if request_id else ""
            return f"{getattr(error, code)()}: {getattr(error, message)()}{named}"
    return str(error)


def network_reason(error: Exception, endpoint: str) -> str:
    """What is between here and the endpoint, if nobody answers there or another program does; else empty."""
    code = error.get_code() if hasattr(error, "get_code") else ""
    through = advice(endpoint)
    if code == "ServerNetworkError":
        asked = f", asked {through}" if through else "; is it the address of a minivod server?"
        return f"{endpoint} answers with an HTTP error{asked}"
    if found := _UNTRUSTED.search(str(error)):
        return (
            f"the certificate of {endpoint} is not trusted ({found[1].strip()}): REQUESTS_CA_BUNDLE names the file of "
            f"the CAs that are; `minivod doctor tls {endpoint}` says more"
        )
    if code != "ClientNetworkError" and not (through and "ProxyError" in str(error)):
        return ""
    reason = system_reason(str(error))
    return (
        f"{endpoint} was not reached{reason}, {through}" if through else f"nothing can be reached at {endpoint}{reason}"
    )

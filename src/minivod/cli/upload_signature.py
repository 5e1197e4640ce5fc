"""`minivod upload-signature`: prints an upload signature, as a server of one's own makes them for its pages."""

import secrets
import time
from enum import StrEnum
from typing import Annotated

import typer

from minivod import secret_ids
from minivod.cli.options import fail
from minivod.ids import SECRET_ID
from minivod.ugc import signature
from minivod.ugc.shapes import Members


class Notify(StrEnum):
    """The values of taskNotifyMode."""

    FINISH = "Finish"
    CHANGE = "Change"
    NONE = "None"


def upload_signature(
    secret_id: Annotated[str, typer.Option(help="SecretId of a key.", envvar="TENCENTCLOUD_SECRET_ID")],
    secret_key: Annotated[str, typer.Option(help="Its SecretKey.", envvar="TENCENTCLOUD_SECRET_KEY")],
    lifetime: Annotated[int, typer.Option(help="Seconds until it expires.", min=1, max=signature.LONGEST)] = 86400,
    once: Annotated[bool, typer.Option("--once", help="It may be used for one upload (oneTimeValid).")] = False,
    sub_app_id: Annotated[int, typer.Option(help="Application; the default one if not given.", min=0)] = 0,
    class_id: Annotated[int, typer.Option(help="Class of the video.", min=0)] = 0,
    procedure: Annotated[str, typer.Option(help="Procedure that is begun with the video.")] = "",
    priority: Annotated[int, typer.Option(help="Priority of the procedure's task.", min=-10, max=10)] = 0,
    notify: Annotated[Notify, typer.Option(help="When events tell of that task.")] = Notify.FINISH,
    source_context: Annotated[str, typer.Option(help="Comes back in the event of the upload.")] = "",
    session_context: Annotated[str, typer.Option(help="Comes back in the events of the procedure.")] = "",
    storage_region: Annotated[str, typer.Option(help="Region that is told; there is one store.")] = "",
) -> None:
    """Print an upload signature, with which a browser or a Mini Program may upload."""
    if not SECRET_ID.fullmatch(secret_id):
        raise fail(f"SecretId {secret_ids.shown(secret_id)}: {secret_ids.fault(secret_id)}", 2)
    for name, text, most in (("source-context", source_context, 250), ("session-context", session_context, 1000)):
        if len(text) > most:
            raise fail(f"--{name} has {len(text)} characters; it may have {most}", 2)
    now = int(time.time())
    members = Members(
        secretId=secret_id,
        currentTimeStamp=now,
        expireTime=now + lifetime,
        random=secrets.randbelow(2**32),
        classId=class_id,
        procedure=procedure,
        taskPriority=priority,
        taskNotifyMode=notify.value,
        sourceContext=source_context,
        oneTimeValid=int(once),
        vodSubAppId=sub_app_id,
        sessionContext=session_context,
        storageRegion=storage_region,
    )
    typer.echo(signature.create(secret_key, members))

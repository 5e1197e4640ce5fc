"""Tells how a publish task ended: its shape on the wire and the event WechatMiniProgramPublishComplete."""

from minivod.shapes import WechatMiniProgramPublishTask, to_payload
from minivod.store import events
from minivod.store.database import Connection
from minivod.store.tasks import Task

EVENT = "WechatMiniProgramPublishComplete"


def publish_task(task: Task) -> WechatMiniProgramPublishTask:
    """The task as DescribeTaskDetail and the event show it."""
    return WechatMiniProgramPublishTask(
        TaskId=task.task_id,
        Status=task.status,
        ErrCode=task.err_code,
        Message=task.message,
        FileId=task.file_id,
        SourceDefinition=task.definition,
        PublishResult=task.result or "",
    )


async def announce(connection: Connection, task: Task, cause: str = "") -> None:
    """Appends the task's event to the transaction that finished it, or that gave it another result for that cause."""
    subject = f"{task.task_id}/{cause}" if cause else task.task_id
    await events.append(connection, task.sub_app_id, EVENT, subject, to_payload(publish_task(task)))

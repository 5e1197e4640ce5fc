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


async def announce(connection: Connection, task: Task) -> None:
    """Appends the task's event to the transaction that finished it."""
    await events.append(connection, task.sub_app_id, EVENT, task.task_id, to_payload(publish_task(task)))

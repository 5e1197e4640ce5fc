"""Tells how a pull from a URL ended: the event PullComplete."""

from minivod.shapes import to_payload
from minivod.store import events, media
from minivod.store.database import Connection
from minivod.store.tasks import Task
from minivod.wire.pull_task import pull_task

EVENT = "PullComplete"


async def tell(connection: Connection, base: str, task: Task) -> None:
    """Appends the event to the transaction that ended the task; `base` is the setting public_url."""
    found = await media.find_one(connection, task.sub_app_id, task.file_id) if task.err_code == 0 else None
    await events.append(connection, task.sub_app_id, EVENT, task.task_id, to_payload(pull_task(base, task, found)))

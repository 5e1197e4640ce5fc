"""Tells how a review by ReviewAudioVideo ended: the event ReviewAudioVideoComplete."""

from minivod.shapes import to_payload
from minivod.store import events
from minivod.store.database import Connection
from minivod.store.tasks import Task
from minivod.wire.review_task import review_task

EVENT = "ReviewAudioVideoComplete"


async def tell(connection: Connection, task: Task) -> None:
    """Appends the event to the transaction that ended the task."""
    await events.append(connection, task.sub_app_id, EVENT, task.task_id, to_payload(review_task(task)))

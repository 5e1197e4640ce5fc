"""Reads tasks for DescribeTaskDetail; concurrent reads share a query."""

from minivod.store import tasks
from minivod.store.batching import Batcher
from minivod.store.database import Database
from minivod.store.tasks import Task


class TaskReader:
    """Finds tasks by application and TaskId."""

    def __init__(self, db: Database) -> None:
        """Args: db: where the tasks are."""

        async def read(wanted: list[tuple[int, str]]) -> list[Task | None]:
            return await tasks.find_many(db, wanted)

        self._read: Batcher[tuple[int, str], Task | None] = Batcher(read, gather=True)

    async def find(self, sub_app_id: int, task_id: str) -> Task | None:
        """The task of the application, or None."""
        return await self._read((sub_app_id, task_id))

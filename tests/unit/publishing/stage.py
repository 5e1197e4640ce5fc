"""Publications that were accepted and begun, for tests of how they end."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from minivod import ids
from minivod.objects import Objects
from minivod.publishing.decision import Decision
from minivod.publishing.publisher import Publisher
from minivod.store import accounts, media, publications, tasks
from minivod.store.database import Database
from minivod.store.publications import KIND, Publication, Publications, PublishRequest
from minivod.store.tasks import Task
from minivod.tasking.conclude import conclude
from minivod.tasking.kind import Kinds


class Announcing(Publisher):
    """The kind of these tasks, without the parts that an attempt needs."""

    def __init__(self) -> None:
        pass


@dataclass
class Stage:
    """A database with an account, and an object store."""

    db: Database
    objects: Objects
    app_id: int

    async def accepted(self, source: Path | None = None, **details: Any) -> str:
        """A video whose publication was accepted; the TaskId."""
        file_id = ids.new_file_id()
        key = f"vod_upload/{file_id}/clip.mp4"
        if source is not None:
            await self.objects.put_file(key, source)
        columns: dict[str, Any] = {
            "directory": ids.new_directory(),
            "name": "clip",
            "media_type": "mp4",
            "object_key": key,
            "metadata": {"container": "mp4"},
        } | details
        async with self.db.transaction() as connection:
            await media.create(connection, file_id=file_id, sub_app_id=self.app_id, **columns)
        task_id = ids.new_task_id(self.app_id, KIND)
        wanted = PublishRequest(
            sub_app_id=self.app_id, app_id=self.app_id, file_id=file_id, definition=0, task_id=task_id
        )
        assert (await Publications(self.db, lambda *_: True).accept(wanted)).accepted
        return task_id

    async def claim(self, task_id: str) -> tuple[Task, uuid.UUID]:
        """Begins an attempt, as its owner."""
        owner = uuid.uuid4()
        task = await tasks.claim(self.db, task_id, owner, -1)
        assert task is not None
        return task, owner

    async def task(self, task_id: str) -> Task:
        [task] = await tasks.find_many(self.db, [(self.app_id, task_id)])
        assert task is not None
        return task

    async def conclude(self, task: Task, owner: uuid.UUID, decision: Decision, *, db: Database | None = None) -> Task:
        """Ends the task as a worker does; `db` in place of the stage's own."""
        return await conclude(db or self.db, self.objects, Kinds(single={KIND: Announcing()}), task, owner, decision)

    async def publication(self, task: Task) -> Publication | None:
        return (await publications.find(self.db, self.app_id, [task.file_id])).get(task.file_id)

    async def events(self) -> list[dict[str, Any]]:
        """What was announced."""
        return [row["payload"] for row in await self.db.fetch_all("select payload from event order by event_id")]

    async def keys(self, *prefixes: str) -> list[str]:
        """The objects below these."""
        return sorted([entry.key for prefix in prefixes async for entry in self.objects.entries(prefix)])


@asynccontextmanager
async def open_stage(database_url: str, root: Path) -> AsyncIterator[Stage]:
    db = await Database(database_url).open()
    try:
        async with db.transaction() as connection:
            app_id = await accounts.create_account(connection)
        yield Stage(db, Objects(root.as_uri()), app_id)
    finally:
        await db.close()

"""The kind of task that ProcessMedia makes: it has steps, and tells of them by ProcedureStateChanged."""

from dataclasses import dataclass

from minivod.shapes import to_payload
from minivod.store import events, media, steps
from minivod.store.database import Connection
from minivod.store.tasks import Task
from minivod.wire.procedure import PROCEDURE, procedure_task, told

EVENT = "ProcedureStateChanged"


@dataclass(frozen=True)
class Procedure:
    """A `Whole`; `base` is the setting public_url, under which players reach the server."""

    base: str

    @property
    def name(self) -> str:
        """The kind of task."""
        return PROCEDURE

    async def announce(self, connection: Connection, task: Task, step: Task) -> None:
        """By TasksNotifyMode: the end of the task (Finish), each change of a step (Change), or nothing (None)."""
        mode, ended = told(task).notify, task.status == "FINISH"
        if mode == "None" or (mode == "Finish" and not ended):
            return
        change = "end" if step.status == "FINISH" else "begin"
        await tell(connection, self.base, task, "" if ended else f"/{step.ordinal}/{change}")


async def tell(connection: Connection, base: str, task: Task, change: str = "") -> None:
    """Appends the event; `change` tells it from other events of the task."""
    made = await steps.find(connection, task.task_id)
    found = await media.find_one(connection, task.sub_app_id, task.file_id)
    payload = to_payload(procedure_task(base, task, made, found))
    await events.append(connection, task.sub_app_id, EVENT, f"{task.task_id}{change}", payload)

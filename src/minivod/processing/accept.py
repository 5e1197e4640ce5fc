"""Accepts processing tasks: all of one is committed, with the publication that waits for its result, or nothing."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from minivod import errors, ids
from minivod.errors import shorten
from minivod.processing.plan import Step
from minivod.processing.procedure import tell
from minivod.store import publications, steps
from minivod.store.database import Connection
from minivod.store.fair_share import LONG, SHORT
from minivod.store.publications import KIND as PUBLISH
from minivod.store.publications import PublishRequest
from minivod.store.results import TRANSCODE
from minivod.store.steps import NewStep, NewTask
from minivod.wire.procedure import PROCEDURE, Told

_SHORT = frozenset({"SnapshotByTimeOffset", "CoverBySnapshot"})
"""Steps that take seconds; all others encode, or decode all of the source."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done with a video.

    Attributes:
        sub_app_id: the application.
        app_id: its account.
        file_id: the video, which is held or new.
        steps: what is to be made of it.
        publish: the template whose result is to be published then, 0 for the original, None for nothing.
        priority: TasksPriority.
        told: what the task keeps beside.
        session_days: how long its SessionId, if it has one, is refused again.
        task_id: of the task; empty: a new one.
    """

    sub_app_id: int
    app_id: int
    file_id: str
    steps: Sequence[Step]
    publish: int | None = None
    priority: int = 0
    told: Told = Told()
    session_days: int = 3
    task_id: str = ""


async def accept(connection: Connection, base: str, order: Order) -> str:
    """Writes task, steps, jobs and publication; the TaskId.

    A task without steps, whose procedure only publishes, has ended then; the publication is a task of its own.

    Args:
        connection: of the transaction.
        base: the setting public_url.
        order: what is to be done.

    Raises:
        TaskDuplicate: the SessionId was used within the action's days.
        FailedOperation: the video is published, or is being published.
    """
    await refuse_session_twice(connection, order.sub_app_id, order.told.session_id, order.session_days)
    task_id = order.task_id or ids.new_task_id(order.app_id, PROCEDURE)
    made = await steps.accept(
        connection,
        NewTask(
            task_id=task_id,
            sub_app_id=order.sub_app_id,
            app_id=order.app_id,
            kind=PROCEDURE,
            file_id=order.file_id,
            priority=order.priority,
            params=msgspec.to_builtins(order.told),
            steps=[_new(step) for step in order.steps],
            tells=order.told.notify == "Change",
        ),
    )
    if order.publish is not None:
        await _publish(connection, order, dict(zip(made, order.steps, strict=True)), order.publish)
    if not order.steps:
        ended = await steps.end_without_steps(connection, task_id)
        if order.told.notify != "None":
            await tell(connection, base, ended)
    return task_id


async def refuse_session_twice(connection: Connection, sub_app_id: int, session: str, days: int) -> None:
    """Notes that the SessionId is used, if it is not empty.

    Raises:
        TaskDuplicate: the application used it within that many days.
    """
    if session and not await steps.open_session(connection, sub_app_id, session, timedelta(days=days)):
        raise errors.TaskDuplicate(
            f"SessionId {shorten(session)} was used within the last {days} days; the task that it began "
            "is not begun again. Use another SessionId, or none, to begin another one"
        )


def _new(step: Step) -> NewStep:
    return NewStep(
        kind=step.type,
        queue=SHORT if step.type in _SHORT else LONG,
        definition=step.definition,
        params={"input": step.input, "template": step.template, "marks": step.marks},
    )


async def _publish(connection: Connection, order: Order, made: dict[str, Step], definition: int) -> None:
    request = PublishRequest(
        sub_app_id=order.sub_app_id,
        app_id=order.app_id,
        file_id=order.file_id,
        definition=definition,
        task_id=ids.new_task_id(order.app_id, PUBLISH),
    )
    of = (name for name, step in made.items() if (step.type, step.definition) == (TRANSCODE, definition))
    other = await publications.accept_after(connection, request, next(of, None))
    if other is not None:
        raise errors.FailedOperation(
            f"FileId {order.file_id} is published already, or is being published, by task {other}; delete the part "
            "WechatMiniProgramPublishFiles with DeleteMedia before it is published again"
        )

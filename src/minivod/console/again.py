"""How what failed of a task is asked for once more: the action that began it, with the parameters that its row keeps.

Templates are as they are now, and so are the video and the rules. A task that was begun by a procedure is repeated by
ProcessMedia with those of its steps that failed; a publication that waited for one of them is a task of its own. A
pull is not repeated: its URL may hold a secret of whoever gave it, and its Procedure is not kept by name.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from minivod.processing.plan import SETS
from minivod.store.media_reviews import REVIEW
from minivod.store.publications import KIND
from minivod.store.tasks import Task
from minivod.wire import procedure, review_task
from minivod.wire.procedure import PROCEDURE

ACTIONS: Mapping[str, str] = MappingProxyType(
    {KIND: "WeChatMiniProgramPublish", PROCEDURE: "ProcessMedia", REVIEW: "ReviewAudioVideo"}
)
"""By kind of the task."""
_MEMBERS = {type_: member for member, (type_, _) in SETS.items()}


def parameters(task: Task, steps: Sequence[Task]) -> dict[str, Any] | None:
    """Of the action that does again what failed; None: nothing failed, or it cannot be asked for again."""
    if task.status != "FINISH":
        return None
    broken = [step for step in steps if step.err_code and step.kind in _MEMBERS]
    if task.kind == PROCEDURE and broken:
        return _procedure(task, broken)
    if not task.err_code:
        return None
    if task.kind == KIND:
        return {"FileId": task.file_id, "SourceDefinition": task.definition}
    if task.kind == REVIEW:
        said = review_task.asked(task)
        return {
            "FileId": task.file_id, "Definition": task.definition, "ReviewContents": list(said.contents),
            "TasksPriority": task.priority, "SessionContext": said.session_context,
        }  # fmt: skip
    return None


def _procedure(task: Task, broken: Sequence[Task]) -> dict[str, Any]:
    """Without its SessionId, which would say that it is the same task."""
    said = procedure.told(task)
    wanted: dict[str, list[Any]] = {}
    for step in broken:
        wanted.setdefault(_MEMBERS[step.kind], []).append(step.params["input"])
    return {
        "FileId": task.file_id, "MediaProcessTask": wanted, "TasksPriority": task.priority,
        "TasksNotifyMode": said.notify, "SessionContext": said.session_context,
    }  # fmt: skip

"""What a kind of task says of itself: its attempts or its steps, and what its end changes besides the task."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from minivod.store.database import Connection
from minivod.store.tasks import Outcome, Task
from minivod.tasking.laps import Laps

Progress = Callable[[float], None]
"""Is told how much is done, 0 to 1."""


class AttemptLost(Exception):
    """The task is in other hands by now (or was cancelled): what this attempt found is dropped."""


class Superseded(Exception):
    """What the task was to change is not its to change any more; the message says why. The task ends as Cancelled."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """What an attempt is given.

    Attributes:
        task: claimed for it.
        work: an empty directory of its own.
        on_progress: told how much is done.
        laps: a stopwatch, for the log.
    """

    task: Task
    work: Path
    on_progress: Progress
    laps: Laps


class Conclusion(Protocol):
    """The end that an attempt came to."""

    @property
    def outcome(self) -> Outcome:
        """What the task says."""

    @property
    def notes(self) -> Mapping[str, Any]:
        """What the log line of the task's end has besides."""

    def objects(self, task: Task, owner: UUID) -> Mapping[str, Path | bytes]:
        """What is to be written, by keys that have the attempt's token in them: a local file, or bytes."""

    async def settle(self, connection: Connection, task: Task, owner: UUID) -> None:
        """Changes rows, inside the transaction that ends the task; raises Superseded when they are not the task's."""


class Kind(Protocol):
    """A kind of task: what it does. Claiming, fencing, heartbeat, retries and giving up are not its business."""

    @property
    def name(self) -> str:
        """In the rows of tasks and the middle of TaskIds."""

    async def attempt(self, run: Run) -> Conclusion:
        """Does the work; may run again, and beside itself, without harm.

        Raises:
            OSError, psycopg.Error, obstore errors: worth another attempt.
        """

    def give_up(self, outcome: Outcome) -> Conclusion:
        """The end of a task that no worker could finish."""

    async def announce(self, connection: Connection, task: Task) -> None:
        """Appends the event of a task that ended, to the transaction that ends it; not called for steps."""


class Whole(Protocol):
    """A kind of task with steps: it has no attempts of its own, and ends with the last of its steps."""

    @property
    def name(self) -> str:
        """In the rows of tasks and the middle of TaskIds."""

    async def announce(self, connection: Connection, task: Task, step: Task) -> None:
        """Appends the event, if any, of a step that began or ended, or of the task that ended with it."""


@dataclass(frozen=True, kw_only=True)
class Kinds:
    """All kinds by their names: `single` are what workers run, tasks and steps; `wholes` have steps."""

    single: Mapping[str, Kind]
    wholes: Mapping[str, Whole] = field(default_factory=dict)

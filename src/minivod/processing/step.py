"""The kind of a step: fetches the source, has its maker make something of it, and keeps what was made."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import structlog

from minivod.media.outputs import OutputWrong
from minivod.media.probe import MediaMetadata, NotMedia, known
from minivod.media.sandbox import Sandbox, StepFailed
from minivod.media.unfit import Unfit
from minivod.objects import NoSuchObject, Objects
from minivod.store import media as media_rows
from minivod.store import results, usage
from minivod.store.database import Connection, Database
from minivod.store.tasks import Outcome, Task
from minivod.store.usage import Used
from minivod.tasking.kind import Progress, Run, Superseded
from minivod.tasking.outcome import failure

log = structlog.get_logger(__name__)
COVER = "CoverBySnapshot"
"""The kind whose product becomes the video's cover."""
_GONE = "the original was deleted before the task had finished"


@dataclass(frozen=True, kw_only=True)
class Product:
    """What a maker made.

    Attributes:
        files: by their names, of letters, digits, dots, hyphens and slashes.
        entry: the one that a player opens; empty where there is none.
        metadata: of what can be played.
        body: what else the wire tells of it, as `minivod.wire.results` reads it.
        whole: whether it shows the source from begin to end, and nothing else.
        used: what is counted of it; None: nothing.
    """

    files: Mapping[str, Path]
    entry: str = ""
    metadata: MediaMetadata | None = None
    body: Mapping[str, Any] = field(default_factory=dict)
    whole: bool = False
    used: Used | None = None


@dataclass(frozen=True, kw_only=True)
class Job:
    """What a maker is given.

    Attributes:
        source: the original, in a directory of the attempt's own.
        metadata: of it.
        template: its settings in stored form, as they were when the task was accepted.
        input: what the caller asked for beside it, as on the wire.
        marks: watermarks in stored form: `settings`, `text`, `start`, `end`, and `picture`, a local file or None.
        place: an empty directory for what is made.
        sandbox: where it is made.
        threads: for encoders.
        on_progress: told how much is done.
    """

    source: Path
    metadata: MediaMetadata
    template: Mapping[str, Any]
    input: Mapping[str, Any]
    marks: Sequence[Mapping[str, Any]]
    place: Path
    sandbox: Sandbox
    threads: int
    on_progress: Progress


Maker = Callable[[Job], Awaitable[Product]]
"""Makes the product of a step.

Raises Unfit, NotMedia, StepFailed for sources of which it cannot be made, and OutputWrong when it went wrong.
"""


@dataclass(frozen=True, kw_only=True)
class Workshop:
    """What all steps work with; `threads` are those of one encoder."""

    db: Database
    objects: Objects
    sandbox: Sandbox
    threads: int


@dataclass(frozen=True, kw_only=True)
class StepEnd:
    """The end of a step's attempt; a `Conclusion`. Without a product it failed."""

    kind: str
    outcome: Outcome
    product: Product | None = None
    source_key: str = ""
    notes: Mapping[str, Any] = field(default_factory=dict)

    def objects(self, task: Task, owner: UUID) -> dict[str, Path | bytes]:
        """The files of the product."""
        files = self.product.files if self.product else {}
        return {f"{_prefix(task, owner)}/{name}": path for name, path in files.items()}

    async def settle(self, connection: Connection, task: Task, owner: UUID) -> None:
        """Keeps the product; raises Superseded when the original is gone."""
        if self.product is None:
            return
        kept = await (self._set_cover if self.kind == COVER else self._save)(connection, task, owner)
        if not kept:
            raise Superseded(_GONE)
        if self.product.used is not None:
            await usage.note(connection, task.sub_app_id, self.product.used)

    async def _set_cover(self, connection: Connection, task: Task, owner: UUID) -> bool:
        [key] = self.objects(task, owner)
        return await media_rows.set_cover(connection, task.sub_app_id, task.file_id, key, self.source_key)

    async def _save(self, connection: Connection, task: Task, owner: UUID) -> bool:
        assert self.product is not None  # noqa: S101 - as `settle` has seen
        return await results.save(
            connection,
            task,
            self.kind,
            prefix=_prefix(task, owner),
            files=list(self.product.files),
            source_key=self.source_key,
            entry=self.product.entry,
            metadata=msgspec.to_builtins(self.product.metadata) if self.product.metadata else None,
            whole=self.product.whole,
            body=dict(self.product.body),
            size=sum(path.stat().st_size for path in self.product.files.values()),
        )


@dataclass(frozen=True)
class StepKind:
    """A kind of step, named as Type of a MediaProcessTaskResult."""

    name: str
    make: Maker
    workshop: Workshop

    async def attempt(self, run: Run) -> StepEnd:
        """From the original to the product; raises OSError and psycopg.Error, which are worth another attempt."""
        shop, task = self.workshop, run.task
        media = (await media_rows.find(shop.db, task.sub_app_id, [task.file_id])).get(task.file_id)
        if media is None or media.object_key is None:
            return self.give_up(failure("SourceFileError", "the original does not exist any more"))
        try:
            async with shop.objects.local_copy(media.object_key, run.work) as source:
                product = await self._make(run, source, media.metadata)
        except Unfit as error:
            return self.give_up(failure(error.code, str(error)))
        except NotMedia as error:
            return self.give_up(failure("SourceFileError.ContentMalformed", f"the original cannot be read: {error}"))
        except OutputWrong as error:
            log.error("output_wrong", file_id=task.file_id, definition=task.definition, reason=str(error))
            ours = (
                "the server made something that is not right, and keeps nothing of it; the original is not at fault: "
                f"{error}"
            )
            return self.give_up(failure("InternalError", ours))
        except StepFailed as error:
            return self.give_up(failure("SourceFileError", f"the original cannot be processed: {error}"))
        return StepEnd(
            kind=self.name,
            outcome=Outcome(output=_output(task.definition, product)),
            product=product,
            source_key=media.object_key,
        )

    def give_up(self, outcome: Outcome) -> StepEnd:
        """It came to nothing."""
        return StepEnd(kind=self.name, outcome=outcome)

    async def announce(self, connection: Connection, task: Task) -> None:
        """A step is told of with its task."""

    async def _make(self, run: Run, source: Path, told: Mapping[str, Any]) -> Product:
        run.laps.begin("probe")
        metadata = await known(self.workshop.sandbox, source, told)
        run.laps.begin("make")
        place = run.work / "made"
        place.mkdir()
        params = run.task.params
        return await self.make(
            Job(
                source=source,
                metadata=metadata,
                template=params["template"],
                input=params["input"],
                marks=[await self._mark(mark, number, run.work) for number, mark in enumerate(params["marks"])],
                place=place,
                sandbox=self.workshop.sandbox,
                threads=self.workshop.threads,
                on_progress=run.on_progress,
            )
        )

    async def _mark(self, mark: Mapping[str, Any], number: int, work: Path) -> dict[str, Any]:
        """With its picture beside the source."""
        picture = None
        if mark.get("object_key"):
            picture = work / f"mark-{number}"
            try:
                async with self.workshop.objects.local_copy(mark["object_key"], work) as copied:
                    copied.rename(picture)
            except NoSuchObject:  # the store is there: the original was just fetched from it
                raise Unfit(
                    "InvalidInput.DefinitionNotExist",
                    f"the picture of watermark template {mark['definition']} was replaced or deleted so long ago that "
                    "it is not kept any more",
                ) from None
        return {**mark, "picture": picture}


def _prefix(task: Task, owner: UUID) -> str:
    return f"{media_rows.MADE}{task.file_id}/{owner.hex}"


def _output(definition: int, product: Product) -> dict[str, Any]:
    """What `minivod.wire.results.Made` reads; of an earlier result it is still true when a later one replaced that."""
    return {
        "definition": definition,
        "files": list(product.files),
        "entry": product.entry,
        "metadata": msgspec.to_builtins(product.metadata) if product.metadata else None,
        "body": dict(product.body),
    }

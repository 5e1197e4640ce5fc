"""The procedures that an application can use: the presets, and its own; what each does, and whether it can be done."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from minivod import errors
from minivod.errors import shorten
from minivod.processing.plan import SETS, Step, plan, said
from minivod.publishing.cures import unpublishable
from minivod.store import procedures
from minivod.store.database import Database
from minivod.store.procedures import ProcedureRow
from minivod.templates.kinds import TRANSCODE, WATERMARK
from minivod.wire.process_inputs import (
    AdaptiveDynamicStreamingTaskInput,
    CoverBySnapshotTaskInput,
    ImageSpriteTaskInput,
    MediaProcessTaskInput,
)

MOST = 50
_ENCRYPTED = "its streams are encrypted, which is not done here; LongVideoPreset makes the same in the clear"


class Procedure(msgspec.Struct, frozen=True, kw_only=True):
    """What is done with a video, under a name.

    Attributes:
        task: what is made of it.
        publish: the template whose result is published then, 0 for the original, None for nothing.
        created_at: None for a preset, as `updated_at` is.
    """

    name: str
    comment: str
    preset: bool
    task: MediaProcessTaskInput
    publish: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


PRESETS: Mapping[str, Procedure] = {
    "LongVideoPreset": Procedure(
        name="LongVideoPreset",
        comment="An adaptive stream, sprites, and a cover",
        preset=True,
        task=MediaProcessTaskInput(
            AdaptiveDynamicStreamingTaskSet=[AdaptiveDynamicStreamingTaskInput(Definition=10)],
            ImageSpriteTaskSet=[ImageSpriteTaskInput(Definition=10)],
            CoverBySnapshotTaskSet=[CoverBySnapshotTaskInput(Definition=10, PositionType="Time", PositionValue=0)],
        ),
    )
}
"""Presets of the reference's console guide (document 266/14058), whose table has templates but no time of the cover."""
NOT_OFFERED: Mapping[str, str] = dict.fromkeys(
    ("SimpleAesEncryptPreset", "WidevineFairPlayPreset", "SDMC-WidevineFairPlayPreset", "MultiDRMPreset"), _ENCRYPTED
)
"""Presets of the same table that need what is not done here: why."""


async def find(db: Database, sub_app_id: int, name: str) -> Procedure | None:
    """The procedure of that name, a preset or the application's own."""
    return next(iter(await available(db, sub_app_id, [name])), None)


async def available(db: Database, sub_app_id: int, names: Sequence[str] | None = None) -> list[Procedure]:
    """Presets, then the application's own, the oldest first; `names`: only these."""
    presets = [one for name, one in PRESETS.items() if names is None or name in names]
    return [*presets, *(_own(row) for row in await procedures.find(db, sub_app_id, names))]


def _own(row: ProcedureRow) -> Procedure:
    return Procedure(
        name=row.name,
        comment=row.comment,
        preset=False,
        task=msgspec.convert(row.task, MediaProcessTaskInput),
        publish=row.publish,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def missing(parameter: str, name: str) -> str:
    """Why there is no procedure of the name that the parameter has."""
    if name in NOT_OFFERED:
        return f"{parameter} {shorten(name)} is not offered: {NOT_OFFERED[name]}"
    presets = ", ".join(PRESETS)
    return (
        f"{parameter} {shorten(name)} is not a procedure of this application; presets are {presets}, and "
        "DescribeProcedureTemplates lists all"
    )


def uses(task: MediaProcessTaskInput) -> set[tuple[str, int]]:
    """The templates that a procedure names: kind and definition."""
    found = set[tuple[str, int]]()
    for member, (_, kind) in SETS.items():
        for item in getattr(task, member):
            found.add((kind.name, item.Definition))
            found.update((WATERMARK.name, mark.Definition) for mark in getattr(item, "WatermarkSet", ()))
    return found


async def steps(db: Database, sub_app_id: int, task: MediaProcessTaskInput, publish: int | None) -> list[Step]:
    """What the procedure does, with the templates as they are now.

    Raises:
        InvalidParameterValue, TemplateNotExist: as `plan`.
        InvalidSourceDefinition: what is to be published is not made, or cannot be published.
    """
    only_publishes = publish is not None and task == MediaProcessTaskInput()
    made = [] if only_publishes else await plan(db, sub_app_id, task)
    if publish:
        _check(publish, [step for step in made if step.type == "Transcode"])
    return made


def _check(publish: int, transcodes: Sequence[Step]) -> None:
    where = f"MiniProgramPublishTask.SourceDefinition {publish}"
    template = next((step.template for step in transcodes if step.definition == publish), None)
    if template is None:
        made = ", ".join(str(step.definition) for step in transcodes)
        missing = f"{where} is not made by this procedure; it can be 0 for the original"
        other = f"or one of its TranscodeTaskSet: {made}" if made else "its TranscodeTaskSet is empty"
        raise errors.InvalidSourceDefinition(f"{missing}; {other}")
    if problem := unpublishable(TRANSCODE.read(template)):
        raise errors.InvalidSourceDefinition(f"{where} makes {problem}")


def stored(task: MediaProcessTaskInput) -> dict[str, Any]:
    """The task as a row keeps it, and as the wire shows it."""
    kept: dict[str, Any] = said(msgspec.to_builtins(task))
    return kept

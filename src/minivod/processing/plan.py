"""Turns what a processing task is asked for into its steps, with the templates as they are now."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from minivod import errors
from minivod.processing.times import check_times
from minivod.store.database import Database
from minivod.templates import catalog
from minivod.templates.bounds import breaches
from minivod.templates.catalog import Template
from minivod.templates.derive import merged
from minivod.templates.kind import AnyKind
from minivod.templates.kinds import (
    ADAPTIVE_DYNAMIC_STREAMING,
    ANIMATED_GRAPHICS,
    IMAGE_SPRITE,
    SAMPLE_SNAPSHOT,
    SNAPSHOT_BY_TIME_OFFSET,
    TRANSCODE,
    WATERMARK,
)
from minivod.templates.not_done import not_done
from minivod.wire.process_inputs import NOT_DONE, MediaProcessTaskInput

SETS: Mapping[str, tuple[str, AnyKind]] = {
    "TranscodeTaskSet": ("Transcode", TRANSCODE),
    "AnimatedGraphicTaskSet": ("AnimatedGraphics", ANIMATED_GRAPHICS),
    "SnapshotByTimeOffsetTaskSet": ("SnapshotByTimeOffset", SNAPSHOT_BY_TIME_OFFSET),
    "SampleSnapshotTaskSet": ("SampleSnapshot", SAMPLE_SNAPSHOT),
    "ImageSpriteTaskSet": ("ImageSprite", IMAGE_SPRITE),
    "CoverBySnapshotTaskSet": ("CoverBySnapshot", SNAPSHOT_BY_TIME_OFFSET),
    "AdaptiveDynamicStreamingTaskSet": ("AdaptiveDynamicStreaming", ADAPTIVE_DYNAMIC_STREAMING),
}
"""By member of a MediaProcessTaskInput: the Type of its results, and the kind of its templates."""
PICTURES = frozenset({"SnapshotByTimeOffset", "SampleSnapshot", "CoverBySnapshot"})
MOST_STEPS = 100
_WHERE = "MediaProcessTask"


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A step to be accepted.

    Attributes:
        type: of its MediaProcessTaskResult.
        definition: of its template.
        input: what was asked for, as results repeat it.
        template: the settings in stored form, with OverrideParameter in them.
        marks: watermarks in stored form: `settings`, `object_key` of a picture, `text`, `start`, `end`.
    """

    type: str
    definition: int
    input: dict[str, Any]
    template: dict[str, Any]
    marks: list[dict[str, Any]]


Templates = Mapping[str, Mapping[int, Template[Any]]]
"""Templates that were found, by name of their kind and definition."""


async def plan(db: Database, sub_app_id: int, asked: MediaProcessTaskInput) -> list[Step]:
    """The steps, in the order of the members of a MediaProcessTaskInput.

    Raises:
        InvalidParameterValue: nothing is asked for, too much, or something that is not done.
        MissingParameter: an OverrideParameter adds a part without what it requires.
        TemplateNotExist: the application has no such template.
    """
    for breach in not_done(asked, NOT_DONE):
        raise errors.InvalidParameterValue(f"{_WHERE}.{breach.message}")
    items = list(_items(asked))
    if not items:
        raise errors.InvalidParameterValue(f"{_WHERE} asks for nothing; fill one of {', '.join(SETS)}")
    if len(items) > MOST_STEPS:
        raise errors.InvalidParameterValue(f"{_WHERE} asks for {len(items)} things; it may ask for {MOST_STEPS}")
    _refuse_twice(items)
    for where, _, _, item in items:
        check_times(where, item)
        for index, mark in enumerate(getattr(item, "WatermarkSet", ())):
            check_times(f"{where}.WatermarkSet.{index}", mark)
    found = await _find(db, sub_app_id, items)
    return [_step(found, where, kind, type_, item) for where, kind, type_, item in items]


def _refuse_twice(items: Sequence[tuple[str, AnyKind, str, Any]]) -> None:
    """A template's result takes the place of an earlier one, so one of two would be lost that both say they made."""
    seen: dict[tuple[str, int], str] = {}
    for where, _, type_, item in items:
        first = seen.setdefault((type_, item.Definition), where)
        if first != where:
            raise errors.InvalidParameterValue(
                f"{where}.Definition is {item.Definition}, which {first} asks for already; a task makes one result of "
                "each template. Use another template for the other one, or a task of its own after this one"
            )


def _items(asked: MediaProcessTaskInput) -> Iterator[tuple[str, AnyKind, str, Any]]:
    """Where it stands, the kind of its template, the Type of its result, and what is asked for."""
    for member, (type_, kind) in SETS.items():
        for index, item in enumerate(getattr(asked, member)):
            yield f"{_WHERE}.{member}.{index}", kind, type_, item


async def _find(db: Database, sub_app_id: int, items: Sequence[tuple[str, AnyKind, str, Any]]) -> Templates:
    wanted: dict[str, tuple[AnyKind, set[int]]] = {}
    for _, kind, _, item in items:
        wanted.setdefault(kind.name, (kind, set()))[1].add(item.Definition)
        marks = {mark.Definition for mark in getattr(item, "WatermarkSet", ())}
        wanted.setdefault(WATERMARK.name, (WATERMARK, set()))[1].update(marks)
    return {
        name: await catalog.find(db, sub_app_id, kind, sorted(numbers)) if numbers else {}
        for name, (kind, numbers) in wanted.items()
    }


def _template(found: Templates, kind: AnyKind, where: str, definition: int) -> Template[Any]:
    template = found[kind.name].get(definition)
    if template is None:
        raise errors.TemplateNotExist(
            f"{where}.Definition {definition} is not a {kind.name} template of this application; "
            f"Describe{kind.name}Templates lists those that are"
        )
    return template


def _step(found: Templates, where: str, kind: AnyKind, type_: str, item: Any) -> Step:
    template = _template(found, kind, where, item.Definition)
    settings = template.settings
    change = getattr(item, "OverrideParameter", None)
    if change is not None:
        try:
            settings = merged(kind, settings, change)
        except errors.MissingParameter as error:
            raise errors.MissingParameter(f"{where}.OverrideParameter: {error.message}") from None
        for breach in (*not_done(settings), *breaches(settings), *kind.rules(settings)):  # as Kind.check has them
            raise errors.InvalidParameterValue(f"{where}.OverrideParameter: {breach.message}")
    if type_ == "SnapshotByTimeOffset" and not (item.ExtTimeOffsetSet or item.TimeOffsetSet):
        raise errors.InvalidParameterValue(f"{where}.ExtTimeOffsetSet is empty; it must have at least one time")
    return Step(
        type=type_,
        definition=item.Definition,
        input=said(msgspec.to_builtins(item)),
        template=msgspec.to_builtins(settings),
        marks=[
            _mark(found, f"{where}.WatermarkSet.{index}", type_, mark)
            for index, mark in enumerate(getattr(item, "WatermarkSet", ()))
        ],
    )


def said(item: Any) -> Any:
    """What was asked for without nulls, which the wire does not allow there."""
    if isinstance(item, dict):
        return {name: said(value) for name, value in item.items() if value is not None}
    return [said(value) for value in item] if isinstance(item, list) else item


def _mark(found: Templates, where: str, type_: str, mark: Any) -> dict[str, Any]:
    template = _template(found, WATERMARK, where, mark.Definition)
    kind = template.settings.Type
    if kind == "text" and type_ in PICTURES:
        raise errors.InvalidParameterValue(
            f"{where}.Definition {mark.Definition} is a text watermark; only images can be put on snapshots"
        )
    if kind == "text" and not mark.TextContent.strip():
        raise errors.InvalidParameterValue(
            f"{where}.TextContent is empty; template {mark.Definition} is a text watermark, whose text it must be"
        )
    if kind != "text" and mark.TextContent.strip():  # the reference's examples have blanks
        raise errors.InvalidParameterValue(
            f"{where}.TextContent must be left out: template {mark.Definition} is an {kind} watermark"
        )
    return {
        "definition": mark.Definition,
        "settings": msgspec.to_builtins(template.settings),
        "object_key": template.object_key,
        "text": mark.TextContent,
        "start": mark.StartTimeOffset,
        "end": mark.EndTimeOffset,
    }

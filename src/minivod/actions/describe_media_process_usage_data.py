"""DescribeMediaProcessUsageData: what an application had encoded, photographed and reviewed, by days."""

from collections.abc import Mapping
from datetime import date
from typing import Literal

import msgspec

from minivod import errors
from minivod.actions import Action, CallContext
from minivod.actions.days import VALUE_ERRORS, Days, between, wire_day
from minivod.store import usage
from minivod.store.usage import Line

COUNTED = (usage.TRANSCODING, usage.ADAPTIVE, usage.SNAPSHOT, usage.REVIEW)
"""The types of which there can be any here."""
TaskType = Literal[
    "Transcoding", "Transcoding-TESHD", "Editing", "Editing-TESHD", "AdaptiveBitrateStreaming", "ContentAudit",
    "ContentRecognition", "RemoveWatermark", "ExtractTraceWatermark", "AddTraceWatermark", "RebuildMedia",
    "QualityInspect", "VideoHighlight", "VideoTag", "VideoClassification", "VideoCover", "VideoSegment",
    "VideoProduce", "MediaCast", "Transcode", "VoiceTranslation", "JITTranscoding", "VideoSnapshot", "JITEncryption",
    "MediaEnhancement", "ImageCompression", "ImageEnhancement", "ImageSuperResolution", "ImageAdvanceCompression",
    "ImageUnderstanding", "AddBlindWatermark", "AddNagraWatermark", "ExtractBlindWatermark", "ExtractNagraWatermark",
]  # fmt: skip
_UNDER = {"Transcode": usage.TRANSCODING}
"""Types that are another one's sum."""


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Days are those of UTC+8, by the end of the task. Without a Type the answer has all types of which there was any.

    Usage is seconds of what came out; of VideoSnapshot pictures; of ContentAudit seconds of video that were inspected.
    """

    StartTime: str
    EndTime: str
    SubAppId: int | None = None
    Type: TaskType | Literal[""] = ""


class TaskStatDataItem(msgspec.Struct, frozen=True):
    """Tasks of a day, and what they used."""

    Time: str
    Count: int
    Usage: int


class SpecificationDataItem(msgspec.Struct, frozen=True):
    """A specification, by days."""

    Specification: str
    Data: list[TaskStatDataItem]


class TaskStatData(msgspec.Struct, frozen=True):
    """A type of tasks; a task of several specifications counts once in Summary."""

    TaskType: str
    Summary: list[TaskStatDataItem]
    Details: list[SpecificationDataItem]


class Response(msgspec.Struct, frozen=True):
    """Each list has every day that was asked for, and has come."""

    MediaProcessDataSet: list[TaskStatData]


async def run(call: CallContext, request: Request) -> Response:
    """Reads the ledger.

    Raises:
        InvalidParameterValue.StartTime, InvalidParameterValue.EndTime: no times, in the wrong order, more than 90 days
            apart, or more than a year ago.
    """
    days = between(request.StartTime, request.EndTime, call.services.clock)
    wanted = (
        {_UNDER.get(request.Type, request.Type): request.Type} if request.Type else {kind: kind for kind in COUNTED}
    )
    lines = await usage.find(call.services.database, call.sub_app_id, list(wanted), *days)
    told = (_told(name, [line for line in lines if line.kind == kind], days) for kind, name in wanted.items())
    return Response([one for one in told if request.Type or one.Details or any(day.Count for day in one.Summary)])


def _told(name: str, lines: list[Line], days: Days) -> TaskStatData:
    by: dict[str, dict[date, Line]] = {usage.ALL: {}}
    for line in lines:
        by.setdefault(line.specification, {})[line.day] = line
    return TaskStatData(
        TaskType=name,
        Summary=_items(by.pop(usage.ALL), days),
        Details=[SpecificationDataItem(specification, _items(found, days)) for specification, found in by.items()],
    )


def _items(found: Mapping[date, Line], days: Days) -> list[TaskStatDataItem]:
    nothing = (0, 0)
    return [
        TaskStatDataItem(wire_day(day), *((line.tasks, line.amount) if (line := found.get(day)) else nothing))
        for day in days.each()
    ]


ACTION = Action(
    name="DescribeMediaProcessUsageData",
    request=Request,
    response=Response,
    run=run,
    mutates=False,
    value_errors=VALUE_ERRORS | {"Type": errors.invalid("Type")},
)

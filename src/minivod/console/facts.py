"""All that the page of a video shows: files, publication, tasks, events, what people did, and the API's own answer."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from minivod.console import choices
from minivod.console.choices import Group, Source
from minivod.console.visit import Visit
from minivod.media.metadata import MediaMetadata
from minivod.publishing.showing import Shown, look
from minivod.store import console_changes, event_log, results, task_overview
from minivod.store.console_changes import Change
from minivod.store.event_log import Told
from minivod.store.media import Media
from minivod.store.results import Result
from minivod.store.task_overview import Listed, Query
from minivod.wire.events import MEMBERS
from minivod.wire.tasks import TASK_TYPES

_TASKS = 8
_EVENTS = 10
PICTURES = (".jpg", ".png", ".gif", ".webp")
_MOST_PICTURES = 12
"""Of a result, that the page shows."""


@dataclass(frozen=True)
class Rendition:
    """A file that plays, or a stream of several; definition 0 is the original.

    Attributes:
        kind: of the result; empty: the original.
        definition: of its template.
        name: of the template.
        metadata: what the probe found.
        size: bytes of all its files, if it is known.
        streams: width and height of those of an adaptive stream.
        single: whether it is one file, which a browser is given as it is.
    """

    kind: str
    definition: int
    name: str
    metadata: MediaMetadata | None
    size: int | None
    streams: list[tuple[int, int]]
    single: bool


@dataclass(frozen=True)
class Pictures:
    """Snapshots, sprites and the like; `places` are those of the pictures among the files of the result."""

    kind: str
    definition: int
    places: list[int]
    total: int


@dataclass(frozen=True, kw_only=True)
class Facts:
    """A video that exists; `raw` are the lines of the API's answer."""

    shown: Shown
    media: Media
    metadata: MediaMetadata
    renditions: list[Rendition]
    pictures: list[Pictures]
    tasks: list[Listed]
    events: list[Told]
    changes: list[Change]
    raw: list[str]
    templates: list[Group]
    sources: list[Source]

    @property
    def running(self) -> bool:
        """Whether anything is under way."""
        return any(one.task.status != "FINISH" for one in self.tasks)

    @property
    def state(self) -> str:
        """Of the publication; NONE: there is none."""
        return self.shown.publication.state if self.shown.publication else "NONE"

    @property
    def plays(self) -> bool:
        """Whether one file is published, which a page can play."""
        found = self.shown.publication
        return found is not None and found.state == "PASS" and not found.files and not self.media.forbidden


async def gather(visit: Visit, sub_app_id: int, file_id: str) -> Facts | None:
    """The facts of a video; None: there is none of that id in the application."""
    shown = await look(visit.db, sub_app_id, file_id)
    if shown is None or shown.media is None:
        return None
    media = shown.media
    metadata = msgspec.convert(media.metadata, MediaMetadata)
    made = (await results.find(visit.db, sub_app_id, [file_id])).get(file_id, [])
    query = Query(kinds=list(TASK_TYPES), sub_app_id=sub_app_id, file_id=file_id, limit=_TASKS)
    tasks = (await task_overview.find_page(visit.db, query)).items
    catalog = await choices.catalog_of(visit.db, sub_app_id)
    names = {(kind, one.definition): one.name for kind, templates in catalog.items() for one in templates}
    return Facts(
        shown=shown,
        media=media,
        metadata=metadata,
        renditions=[*_original(media, metadata), *_renditions(made, names)],
        pictures=[_pictures(one) for one in made if _places(one)],
        tasks=tasks,
        events=await event_log.about(visit.db, sub_app_id, list(MEMBERS), _subjects(shown, tasks), _EVENTS),
        changes=await console_changes.history(visit.db, sub_app_id, file_id),
        raw=await _raw(visit, sub_app_id, file_id),
        templates=choices.groups(catalog, metadata) if media.object_key else [],
        sources=choices.sources(visit.site.services.settings, media, made, names),
    )


def _original(media: Media, metadata: MediaMetadata) -> list[Rendition]:
    return [Rendition("", 0, "", metadata, metadata.size, [], single=True)] if media.object_key else []


def _renditions(made: Sequence[Result], names: dict[tuple[str, int], str]) -> list[Rendition]:
    return [_rendition(one, names) for one in made if one.kind in (results.TRANSCODE, results.ADAPTIVE)]


def _rendition(one: Result, names: dict[tuple[str, int], str]) -> Rendition:
    metadata = msgspec.convert(one.metadata, MediaMetadata) if one.metadata else None
    streams = [
        (stream.get("Width", 0), stream.get("Height", 0))
        for stream in (one.body.get("streams") or () if one.kind == results.ADAPTIVE else ())
        if stream.get("Type") == "video"
    ]
    size = one.body.get("size", metadata.size if metadata else None)
    name = names.get((one.kind, one.definition), "")
    return Rendition(one.kind, one.definition, name, metadata, size, streams, single=len(one.files) == 1)


def _places(one: Result) -> list[int]:
    if one.kind in (results.TRANSCODE, results.ADAPTIVE):
        return []
    return [place for place, name in enumerate(one.files) if name.endswith(PICTURES)]


def _pictures(one: Result) -> Pictures:
    places = _places(one)
    return Pictures(one.kind, one.definition, places[:_MOST_PICTURES], len(places))


def _subjects(shown: Shown, tasks: Sequence[Listed]) -> list[str]:
    """Of events: the video, its tasks, and what operators said of the publications of these."""
    told_again = [f"{one.task_id}/{one.decision_id}" for one in shown.history if one.task_id]
    return [shown.file_id, *(one.task.task_id for one in tasks), *told_again]


async def _raw(visit: Visit, sub_app_id: int, file_id: str) -> list[str]:
    answer = await visit.call(sub_app_id, "DescribeMediaInfos", {"FileIds": [file_id]})
    tree: dict[str, Any] = msgspec.to_builtins(answer)
    return json.dumps({"Response": tree}, ensure_ascii=False, indent=2).splitlines()

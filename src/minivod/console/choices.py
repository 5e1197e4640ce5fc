"""What can be made of a video, and which of its files can be published: the choices of its page."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from minivod.media.metadata import MediaMetadata
from minivod.publishing.preflight import Preflight
from minivod.settings import Settings
from minivod.store import results
from minivod.store.database import Database
from minivod.store.media import Media
from minivod.store.results import Result
from minivod.templates import catalog
from minivod.templates.catalog import Template
from minivod.templates.kind import AnyKind
from minivod.templates.kinds import ADAPTIVE_DYNAMIC_STREAMING, IMAGE_SPRITE, SAMPLE_SNAPSHOT, TRANSCODE
from minivod.templates.transcode import Transcode

KINDS: Mapping[str, tuple[str, AnyKind]] = {
    "Transcode": ("TranscodeTaskSet", TRANSCODE),
    "AdaptiveDynamicStreaming": ("AdaptiveDynamicStreamingTaskSet", ADAPTIVE_DYNAMIC_STREAMING),
    "ImageSprite": ("ImageSpriteTaskSet", IMAGE_SPRITE),
    "SampleSnapshot": ("SampleSnapshotTaskSet", SAMPLE_SNAPSHOT),
}
"""By Type of a result: the member of MediaProcessTask that asks for it, and the kind of its templates."""
LARGER = "larger"
"""The group of templates that make more pixels than the source has."""

Catalog = Mapping[str, Sequence[Template[Any]]]


class Choice(NamedTuple):
    """A template, as `kind:definition`."""

    value: str
    definition: int
    name: str


class Group(NamedTuple):
    """Templates that belong together: a container, a kind of result, or LARGER."""

    name: str
    choices: list[Choice]


class Source(NamedTuple):
    """What can be published; `refusal` says, in English, why it cannot, empty: nothing is known against it."""

    definition: int
    name: str
    refusal: str


async def catalog_of(db: Database, sub_app_id: int) -> Catalog:
    """The templates of the application, by Type of what they make."""
    return {name: await catalog.available(db, sub_app_id, kind) for name, (_, kind) in KINDS.items()}


def groups(found: Catalog, source: MediaMetadata) -> list[Group]:
    """The templates that fit a video, and at the end those that would make it larger than it is."""
    made: dict[str, list[Choice]] = {}
    for kind, templates in found.items():
        for one in templates:
            name = _group(kind, one.settings, source)
            if name:
                choice = Choice(f"{kind}:{one.definition}", one.definition, one.name)
                made.setdefault(name, []).append(choice)
    larger = made.pop(LARGER, [])
    return [Group(name, choices) for name, choices in (*made.items(), (LARGER, larger)) if choices]


def _group(kind: str, settings: Any, source: MediaMetadata) -> str:
    """Where a template stands; empty: it can make nothing of that video."""
    if kind != "Transcode":
        return kind if source.video else ""
    template: Transcode = settings
    if template.video is None:
        return "sound" if source.audio else ""
    if not source.video:
        return ""
    return LARGER if _is_larger(template, source) else template.Container


def _is_larger(template: Transcode, source: MediaMetadata) -> bool:
    video = template.video
    if video is None:
        return False
    turned = source.rotate in (90, 270)
    width, height = (source.height, source.width) if turned else (source.width, source.height)
    if video.ResolutionAdaptive == "open":  # Width is that of the longer side
        width, height = max(width, height), min(width, height)
    return video.Width > width or video.Height > height


def sources(
    settings: Settings, media: Media, made: Sequence[Result], names: Mapping[tuple[str, int], str]
) -> list[Source]:
    """The original and the transcodes, with what is known against them."""
    preflight = Preflight.from_settings(settings)
    known: list[tuple[int, str, Mapping[str, Any]]] = [(0, "", media.metadata)] if media.object_key else []
    known += [
        (one.definition, names.get((one.kind, one.definition), ""), one.metadata)
        for one in made
        if one.kind == results.TRANSCODE and one.metadata
    ]
    return [Source(number, name, preflight.refusal(number, stored) or "") for number, name, stored in known]

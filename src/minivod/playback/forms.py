"""The forms in which a video may be played, as play-info shows them (contract.md §7, players.md §B1)."""

from collections.abc import Callable
from typing import Any

import msgspec

from minivod.playback.psign import ContentInfo, published
from minivod.store.playables import Playable
from minivod.store.results import ADAPTIVE, SPRITE, TRANSCODE, Result
from minivod.urls import cover_url, media_url, result_url


class BasicInfo(msgspec.Struct, frozen=True, rename="camel"):
    """Name and measures: `size` in bytes, `duration` in whole seconds (players read it as an integer)."""

    name: str
    size: int
    duration: int
    description: str
    cover_url: str


class Location(msgspec.Struct, frozen=True, rename="camel"):
    """Where the file is; `definition` and `container` say what it is."""

    url: str
    definition: int
    container: str
    size: int
    duration: float
    width: int
    height: int
    bitrate: int


class SubStream(msgspec.Struct, frozen=True, rename="camel"):
    """A level of an adaptive result: `type` is video or audio."""

    type: str
    width: int
    height: int


class PlainOutput(msgspec.Struct, frozen=True, rename="camel"):
    """An adaptive result that is not encrypted; `type` is hls."""

    type: str
    url: str
    sub_streams: list[SubStream]


class StreamingInfo(msgspec.Struct, frozen=True, rename="camel"):
    """Adaptive results."""

    plain_output: PlainOutput


class ImageSpriteInfo(msgspec.Struct, frozen=True, rename="camel"):
    """Small pictures for a player's time line: the sheets, and the WebVTT that says which picture is where."""

    image_urls: list[str]
    web_vtt_url: str


class Media(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """`audioVideoType` says which member holds the URL: Original, Transcode, or RawAdaptive for `streamingInfo`."""

    basic_info: BasicInfo
    audio_video_type: str
    original_info: Location | None = None
    transcode_info: Location | None = None
    streaming_info: StreamingInfo | None = None
    image_sprite_info: ImageSpriteInfo | None = None


def published_form(playable: Playable) -> ContentInfo:
    """What was published, as a psign names it."""
    return published(playable.definition)


def same(one: ContentInfo, other: ContentInfo) -> bool:
    """Whether a psign for one allows the other."""
    return (one.audioVideoType, one.transcodeDefinition or 0) == (other.audioVideoType, other.transcodeDefinition or 0)


def result_of(form: ContentInfo) -> tuple[str, int] | None:
    """Kind and template of the result that a psign names; None when it names none."""
    match form:
        case ContentInfo(audioVideoType="Transcode", transcodeDefinition=int(definition)):
            return TRANSCODE, definition
        case ContentInfo(audioVideoType="RawAdaptive", rawAdaptiveDefinition=int(definition)):
            return ADAPTIVE, definition
    return None


def name(form: ContentInfo) -> str:
    """A form in words, for messages."""
    if form.audioVideoType == "RawAdaptive" and form.rawAdaptiveDefinition:
        return f"{form.audioVideoType} with rawAdaptiveDefinition {form.rawAdaptiveDefinition}"
    template = f" with transcodeDefinition {form.transcodeDefinition}" if form.transcodeDefinition else ""
    return f"{form.audioVideoType}{template}"


def of_publication(base: str, playable: Playable) -> Media:
    """The published file; `base` is the setting public_url, here and below."""
    url = media_url(base, playable, playable.definition, playable.entry)
    where = _location(url, playable.definition, playable.metadata)
    basic = _basic(base, playable, playable.metadata)
    if playable.definition:
        return Media(basic, "Transcode", transcode_info=where)
    return Media(basic, "Original", original_info=where)


def of_result(base: str, playable: Playable, result: Result) -> Media:
    """A transcode or an adaptive result; what is not known of it is as in the published file, for both are whole."""
    known = {name: result.body[name] for name in ("size", "container") if name in result.body}
    probed = playable.metadata | (result.metadata or {}) | known
    alone = result.kind == TRANSCODE and len(result.files) == 1
    url = result_url(base, playable, result.kind, result.definition, result.entry, alone=alone)
    basic = _basic(base, playable, probed)
    if result.kind == TRANSCODE:
        return Media(basic, "Transcode", transcode_info=_location(url, result.definition, probed))
    levels = [SubStream(one["Type"], one["Width"], one["Height"]) for one in result.body["streams"]]
    output = PlainOutput(result.body["package"].lower(), url, levels)
    return Media(basic, "RawAdaptive", streaming_info=StreamingInfo(output))


def with_sprite(base: str, playable: Playable, media: Media, sprite: Result) -> Media:
    """The same with small pictures for the time line."""
    urls = {one: result_url(base, playable, SPRITE, sprite.definition, one) for one in sprite.files}
    vtt = urls.pop(sprite.entry)
    return msgspec.structs.replace(media, image_sprite_info=ImageSpriteInfo(list(urls.values()), vtt))


def with_links(media: Media, link: Callable[[str], str]) -> Media:
    """The same with all its URLs as `link` makes them; an empty one stays empty."""
    change = msgspec.structs.replace
    located = {
        name: change(where, url=link(where.url))
        for name, where in (("original_info", media.original_info), ("transcode_info", media.transcode_info))
        if where
    }
    media = change(media, **located)
    if media.basic_info.cover_url:
        media = change(media, basic_info=change(media.basic_info, cover_url=link(media.basic_info.cover_url)))
    if media.streaming_info:
        output = media.streaming_info.plain_output
        media = change(media, streaming_info=StreamingInfo(change(output, url=link(output.url))))
    if media.image_sprite_info:
        sprite = media.image_sprite_info
        urls = [link(url) for url in sprite.image_urls]
        media = change(media, image_sprite_info=ImageSpriteInfo(urls, link(sprite.web_vtt_url)))
    return media


def _basic(base: str, playable: Playable, probed: dict[str, Any]) -> BasicInfo:
    return BasicInfo(
        name=playable.name,
        size=probed["size"],
        duration=round(probed["duration"]),
        description=playable.description,
        cover_url=cover_url(base, playable),
    )


def _location(url: str, definition: int, probed: dict[str, Any]) -> Location:
    return Location(
        url=url,
        definition=definition,
        container=probed["container"],
        size=probed["size"],
        duration=probed["duration"],
        width=probed["width"],
        height=probed["height"],
        bitrate=probed["bitrate"],
    )

"""Subtitles of the wire: what a call brings, and what is told of them (MediaSubtitleInput, MediaSubtitleItem)."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from minivod.store.media import Media
from minivod.store.subtitles import Subtitle
from minivod.urls import subtitle_url


class MediaSubtitleInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new subtitle; Content is WebVTT as Base64, Language as in RFC 5646. Without Id it is given one."""

    Name: Annotated[str, Meta(min_length=1, max_length=64)]
    Language: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,8}\Z", description="a language tag such as zh, en or zh-Hans"
        ),
    ]
    Format: Literal["vtt"]
    Content: str
    Id: Annotated[
        str, Meta(pattern=r"^[A-Za-z0-9_-]{0,16}\Z", description="at most 16 letters, digits, hyphens and underscores")
    ] = ""


class MediaSubtitleItem(msgspec.Struct, frozen=True, kw_only=True):
    """A subtitle; its Url answers only while the video is published."""

    Id: str
    Name: str
    Language: str
    Format: str
    Url: str
    Source: str


def subtitle_item(base: str, media: Media, subtitle: Subtitle) -> MediaSubtitleItem:
    """As it is told; `base` as for `urls.media_url`."""
    return MediaSubtitleItem(
        Id=subtitle.subtitle_id,
        Name=subtitle.name,
        Language=subtitle.language,
        Format="vtt",
        Url=subtitle_url(base, media, subtitle.subtitle_id),
        Source="UserUploaded",
    )

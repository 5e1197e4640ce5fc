"""Builds the wire's objects of a video from its rows."""

from collections.abc import Mapping
from typing import Any

import msgspec

from minivod.media.probe import MediaMetadata
from minivod.shapes import (
    NEVER,
    DynamicRangeInfo,
    MediaAudioStreamItem,
    MediaBasicInfo,
    MediaMetaData,
    MediaSourceData,
    MediaVideoStreamItem,
    wire_time,
)
from minivod.store.media import Media


def meta_data(stored: Mapping[str, Any] | MediaMetadata) -> MediaMetaData:
    """A probe's answer, or its JSON as a row keeps it, as the wire shows it."""
    probed = stored if isinstance(stored, MediaMetadata) else msgspec.convert(stored, MediaMetadata)
    return MediaMetaData(
        Size=probed.size,
        Container=probed.container,
        Bitrate=probed.bitrate,
        Height=probed.height,
        Width=probed.width,
        Duration=probed.duration,
        Rotate=probed.rotate,
        VideoStreamSet=[
            MediaVideoStreamItem(
                Bitrate=stream.bitrate,
                Height=stream.height,
                Width=stream.width,
                Codec=stream.codec,
                Fps=round(stream.fps),
                CodecTag=stream.codec_tag,
                DynamicRangeInfo=DynamicRangeInfo(Type=stream.dynamic_range, HDRType=stream.hdr_type),
            )
            for stream in probed.video
        ],
        AudioStreamSet=[
            MediaAudioStreamItem(Bitrate=stream.bitrate, SamplingRate=stream.sampling_rate, Codec=stream.codec)
            for stream in probed.audio
        ],
        VideoDuration=probed.video_duration,
        AudioDuration=probed.audio_duration,
        Md5=probed.md5,
    )


NO_CLASS = "其他"
"""The name of class 0, as the reference has it."""


def basic_info(media: Media, *, media_url: str, cover_url: str) -> MediaBasicInfo:
    """The basic facts of a video; its URLs answer only while it is published."""
    return MediaBasicInfo(
        Name=media.name,
        Description=media.description,
        CreateTime=wire_time(media.created_at),
        UpdateTime=wire_time(media.updated_at),
        ExpireTime=wire_time(media.expires_at, missing=NEVER),
        ClassId=media.class_id,
        ClassName=(media.class_names or [NO_CLASS])[-1],
        ClassPath=" - ".join(media.class_names or [NO_CLASS]),
        CoverUrl=cover_url,
        Type=media.media_type,
        MediaUrl=media_url,
        SourceInfo=MediaSourceData(SourceType="Upload", SourceContext=media.source_context),
        StorageRegion=media.storage_region,
        StoragePath=f"/{media.object_key}" if media.object_key else "",
        TagSet=media.tags,
        Category="Video" if media.metadata.get("video") else "Audio",
        Status="Forbidden" if media.forbidden else "Normal",
    )

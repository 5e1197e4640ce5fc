"""Adaptive templates: one HLS master with several streams."""

from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from minivod.templates import enhance
from minivod.templates.bounds import Breach
from minivod.templates.streams import AudioStream, Flag, VideoStream, audio_breaches, video_breaches

Segments = Literal[
    "ts-segment", "ts", "mp4", "fmp4", "mp4-segment", "ts-ts-segment", "mp4-mp4-segment", "ts-byterange",
    "mp4-byterange", "ts-ts-byterange", "mp4-mp4-byterange", "ts-packed-audio", "mp4-packed-audio",
    "ts-packed-audio-byterange", "mp4-packed-audio-byterange",
]  # fmt: skip


class AdaptiveStream(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """AdaptiveStreamTemplate: one of the streams; what is removed is described nevertheless."""

    Video: VideoStream
    Audio: AudioStream
    RemoveAudio: Flag = 0
    RemoveVideo: Flag = 0
    TEHDConfig: enhance.TEHDConfig | None = None
    EnhanceConfig: enhance.EnhanceConfig | None = None
    StdExtInfo: str = ""


class AdaptiveDynamicStreaming(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """SegmentDuration in seconds; DrmKeyProvider is VOD, and DrmEncryptType empty: streams are not encrypted."""

    Format: Literal["HLS", "MPEG-DASH"]
    StreamInfos: Annotated[list[AdaptiveStream], Meta(min_length=1, max_length=10)]
    DrmType: str = ""
    DrmKeyProvider: Literal["VOD", "SDMC", ""] = "VOD"
    DrmEncryptType: Literal["", "cbcs", "cenc"] = ""
    DisableHigherVideoBitrate: Flag = 0
    DisableHigherVideoResolution: Flag = 0
    SegmentType: Segments = "ts-segment"
    SegmentDuration: Annotated[int, Meta(ge=1, le=10)] = 6


def rules(template: AdaptiveDynamicStreaming) -> Iterator[Breach]:
    """What a whole template breaks."""
    for index, stream in enumerate(template.StreamInfos):
        path = f"StreamInfos.{index}"
        if stream.RemoveAudio and stream.RemoveVideo:
            yield Breach(f"{path}.RemoveAudio", 1, "0 when there is no video either")
        if not stream.RemoveVideo:
            yield from video_breaches(stream.Video, "hls", f"{path}.Video")
        if not stream.RemoveAudio:
            yield from audio_breaches(stream.Audio, "hls", f"{path}.Audio")


CODES = {"StreamInfos.Audio.AudioChannel": "SoundSystem", "StreamInfos.TEHDConfig.Type": "TEHDType"}
"""Codes of the reference that are not named like their field."""

"""Transcoding templates: a container with a video stream, an audio stream, or both."""

from collections.abc import Iterator
from typing import Literal

import msgspec

from minivod.templates import enhance
from minivod.templates.bounds import Breach
from minivod.templates.streams import PURE_AUDIO, AudioStream, Flag, VideoStream, audio_breaches, video_breaches

Box = Literal["mp4", "flv", "hls", "mp3", "flac", "ogg", "m4a", "wav"]


class Transcode(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A stream that is removed may have a description, which has an effect once it is no longer removed."""

    Container: Box
    RemoveVideo: Flag = 0
    RemoveAudio: Flag = 0
    VideoTemplate: VideoStream | None = None
    AudioTemplate: AudioStream | None = None
    TEHDConfig: enhance.TEHDConfig | None = None
    EnhanceConfig: enhance.EnhanceConfig | None = None
    SegmentType: Literal["ts", "fmp4"] = "ts"
    StdExtInfo: str = ""

    @property
    def video(self) -> VideoStream | None:
        """The video stream to make; None: none."""
        return None if self.RemoveVideo else self.VideoTemplate

    @property
    def audio(self) -> AudioStream | None:
        """The audio stream to make; None: none."""
        return None if self.RemoveAudio else self.AudioTemplate


def rules(template: Transcode) -> Iterator[Breach]:
    """What a whole template breaks."""
    container = template.Container
    if container in PURE_AUDIO and not template.RemoveVideo:
        yield Breach("RemoveVideo", 0, f"1 for the container {container}, which holds no video")
    if template.RemoveAudio and (template.RemoveVideo or container in PURE_AUDIO):
        yield Breach("RemoveAudio", 1, "0 when there is no video either")
    if template.VideoTemplate is None and not template.RemoveVideo:
        yield Breach("VideoTemplate", None, "while RemoveVideo is 0", missing=True)
    if template.AudioTemplate is None and not template.RemoveAudio:
        yield Breach("AudioTemplate", None, "while RemoveAudio is 0", missing=True)
    if template.video is not None:
        yield from video_breaches(template.video, container, "VideoTemplate")
    if template.audio is not None:
        yield from audio_breaches(template.audio, container, "AudioTemplate")


CODES = {
    "VideoTemplate.Codec": "VideoCodec", "VideoTemplate.Bitrate": "VideoBitrate", "AudioTemplate.Codec": "AudioCodec",
    "AudioTemplate.Bitrate": "AudioBitrate", "AudioTemplate.SampleRate": "AudioSampleRate",
}  # fmt: skip
"""Codes of the reference that are not named like their field."""

"""What would come of a source by a template: the plans that the encoders work by, as rows; nothing is encoded."""

from dataclasses import dataclass

from minivod.media.encode import levels, plans
from minivod.media.encode.codecs import VideoPlan
from minivod.media.encode.sound import AudioPlan
from minivod.media.encode.source import Source, of
from minivod.media.metadata import AudioStream, MediaMetadata, VideoStream
from minivod.templates.adaptive import AdaptiveDynamicStreaming
from minivod.templates.transcode import Transcode

_SECONDS = 60.0


@dataclass(frozen=True)
class Rendition:
    """An output, or a level of a ladder; either stream may be missing. `segment` in seconds, 0: one file."""

    video: VideoPlan | None
    audio: AudioPlan | None
    segment: float

    @property
    def rate(self) -> int:
        """kbit/s of both streams; with constant quality the most that they may have."""
        return (self.video.rate if self.video else 0) + (self.audio.rate if self.audio else 0)


def renditions(
    metadata: MediaMetadata, template: Transcode | AdaptiveDynamicStreaming, encoders: frozenset[str]
) -> list[Rendition]:
    """What a worker would make; levels of a ladder that would not be made are left out.

    Args:
        metadata: of the source.
        template: by which it would be made.
        encoders: that ffmpeg has.

    Raises:
        Unfit: nothing would be made; the message and the code are for the caller of the API.
    """
    if isinstance(template, Transcode):
        source = of(metadata, video=template.video is not None, audio=template.audio is not None)
        plan = plans.transcode(source, template, encoders)
        return [Rendition(plan.video, plan.audio, plan.segment)]
    found = levels.choose(_source(metadata, template), template, encoders)
    return [Rendition(level.video, level.audio, found.seconds) for level in found.wanted]


def _source(metadata: MediaMetadata, template: AdaptiveDynamicStreaming) -> Source:
    return of(
        metadata,
        video=any(not one.RemoveVideo for one in template.StreamInfos),
        audio=any(not one.RemoveAudio for one in template.StreamInfos),
    )


def imagined(width: int, height: int, *, fps: float, rate: int) -> MediaMetadata:
    """A source that nobody has: a minute of H.264 with stereo sound, `rate` kbit/s of video."""
    video = VideoStream(
        codec="h264", codec_tag="avc1", bitrate=rate * 1000, width=width, height=height, fps=fps, dynamic_range="SDR"
    )
    return MediaMetadata(
        container="mp4",
        size=0,
        duration=_SECONDS,
        bitrate=rate * 1000,
        width=width,
        height=height,
        rotate=0,
        video=[video],
        audio=[AudioStream(codec="aac", bitrate=128_000, sampling_rate=48_000, channels=2)],
        md5="",
        audio_duration=_SECONDS,
        video_duration=_SECONDS,
        faststart=True,
    )

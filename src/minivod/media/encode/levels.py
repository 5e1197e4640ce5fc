"""Which levels of a ladder are made of a source, and the streams that carry them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from minivod.media.encode import plans
from minivod.media.encode.codecs import VideoPlan
from minivod.media.encode.hls import Kind
from minivod.media.encode.size import enlarges
from minivod.media.encode.sound import AudioPlan
from minivod.media.encode.source import Source
from minivod.templates.adaptive import AdaptiveDynamicStreaming, AdaptiveStream
from minivod.templates.streams import VideoStream

_APART = frozenset({"mp4", "ts-ts-segment", "mp4-mp4-segment"})
"""Segment types with picture and sound in segments of their own. The published model maps `mp4` to mp4-mp4-segment."""


@dataclass(frozen=True, kw_only=True)
class Level:
    """A variant of the ladder; with both streams, they are in the same segments."""

    video: VideoPlan | None
    audio: AudioPlan | None


_NOTHING = Level(video=None, audio=None)
"""A level of sound alone, of a source that has none."""


@dataclass(frozen=True, kw_only=True)
class Levels:
    """All variants, from the lowest rate of the template's order on.

    Attributes:
        kind: of the segments.
        seconds: of a segment.
        apart: whether sound is in playlists of its own, one for each different stream.
        wanted: the levels, as pictures and sounds belong together.
    """

    kind: Kind
    seconds: float
    apart: bool
    wanted: Sequence[Level]

    @property
    def variants(self) -> list[Level]:
        """What is encoded: media playlists, each with what is in its segments."""
        if not self.apart:
            return list(dict.fromkeys(self.wanted))
        alone = [Level(video=level.video, audio=None) for level in self.wanted if level.video is not None]
        return [*alone, *(Level(video=None, audio=one) for one in self.sounds)]

    @property
    def sounds(self) -> list[AudioPlan]:
        """The different sounds."""
        return list(dict.fromkeys(level.audio for level in self.wanted if level.audio is not None))


def choose(source: Source, template: AdaptiveDynamicStreaming, encoders: frozenset[str]) -> Levels:
    """The levels that are made; raises Unfit.

    Levels above the source's resolution are left out where DisableHigherVideoResolution says so, but for the lowest
    of them when there are no others. DisableHigherVideoBitrate bounds the rates by the source's.
    """
    asked = list(template.StreamInfos)
    fitting = [one for one in asked if one.RemoveVideo or not enlarges(one.Video, source.shown)]
    if template.DisableHigherVideoResolution and source.video is not None:
        pictures = [one for one in asked if not one.RemoveVideo]
        asked = fitting if any(not one.RemoveVideo for one in fitting) else [min(pictures, key=_height)]
    seconds = float(template.SegmentDuration)
    first = next((one.Video.Fps for one in asked if not one.RemoveVideo), 0)
    most = _rate(source) if template.DisableHigherVideoBitrate else 0
    wanted = [_level(source, one, first, most, seconds, encoders) for one in asked]
    return Levels(
        kind="ts" if template.SegmentType.startswith("ts") else "fmp4",
        seconds=seconds,
        apart=template.SegmentType in _APART,
        wanted=[level for level in wanted if level != _NOTHING],
    )


def _level(
    source: Source, asked: AdaptiveStream, fps: int, most: int, seconds: float, encoders: frozenset[str]
) -> Level:
    video = plans.video(source, None if asked.RemoveVideo else _aligned(asked.Video, fps), encoders)
    if video is not None:
        video = replace(video, segment=seconds, fixed=True, most=most)
    return Level(video=video, audio=plans.audio(source, None if asked.RemoveAudio else asked.Audio, "hls"))


def _aligned(video: VideoStream, fps: int) -> VideoStream:
    """All levels have the frame rate of the first one, and keyframes in the same places."""
    values = {name: getattr(video, name) for name in video.__struct_fields__}
    return VideoStream(**{**values, "Fps": fps, "Gop": 0})


def _height(stream: AdaptiveStream) -> int:
    return stream.Video.Height or stream.Video.Width


def _rate(source: Source) -> int:
    """kbit/s of the source's video, 0: not known."""
    if source.video is None:
        return 0
    return (source.video.bitrate or source.metadata.bitrate) // 1000

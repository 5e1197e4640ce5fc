"""The options of the audio encoders, and the filters that bring the source's sound to what they take."""

from dataclasses import dataclass

from minivod.media.encode.results import Span
from minivod.media.encode.source import Source
from minivod.media.metadata import AudioStream as SourceStream
from minivod.media.unfit import Unfit
from minivod.templates.streams import AudioStream

_ENCODERS = {"libmp3lame": "libmp3lame", "mp2": "mp2", "ac3": "ac3", "flac": "flac", "pcm16": "pcm_s16le"}
_NAMES = {
    "libfdk_aac": ("aac",), "libmp3lame": ("mp3",), "mp2": ("mp2", "mp3"), "ac3": ("ac3",), "flac": ("flac",),
    "pcm16": ("pcm_s16le",),
}  # fmt: skip
"""What the probe may call the result: in an MP4 all MPEG-1 audio has one number, and libav calls it mp3."""
_MOST_CHANNELS = {"libmp3lame": 2, "mp2": 2, "ac3": 6, "libfdk_aac": 8, "flac": 8, "pcm16": 8}
_LAYOUTS = {1: "mono", 2: "stereo", 3: "2.1", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
_LOSSLESS = frozenset({"flac", "pcm16"})
_PER_CHANNEL = {"libfdk_aac": 64, "libmp3lame": 80, "mp2": 96, "ac3": 96}
"""kbit/s when the server chooses."""
_MP2_RATES = (64, 96, 112, 128, 160, 192, 224, 256)
"""kbit/s that MPEG-1 Layer II has for both one and two channels, or the nearest to them (ISO/IEC 11172-3 §2.4.2.3)."""
_MP3_RATE_OF_FLV = 44100


@dataclass(frozen=True, kw_only=True)
class AudioPlan:
    """An audio stream to be encoded: `channels` of the output, `rate` in kbit/s (0: lossless)."""

    template: AudioStream
    channels: int
    rate: int


def plan(template: AudioStream, source: SourceStream, container: str) -> AudioPlan:
    """The plan of a stream; raises Unfit for what the container cannot hold."""
    codec = template.Codec
    if container == "flv" and codec == "libmp3lame" and template.SampleRate != _MP3_RATE_OF_FLV:
        raise Unfit(
            "InvalidInput.ConfigurationUnsupported",
            f"AudioTemplate.SampleRate is {template.SampleRate}; it must be {_MP3_RATE_OF_FLV} for libmp3lame in flv",
        )
    channels = template.AudioChannel or source.channels or 2
    channels = min(channels, _MOST_CHANNELS[codec])
    return AudioPlan(template=template, channels=channels, rate=_rate(codec, template.Bitrate, channels))


def _rate(codec: str, asked: int, channels: int) -> int:
    if codec in _LOSSLESS:
        return 0
    rate = asked or _PER_CHANNEL[codec] * channels
    return min(_MP2_RATES, key=lambda one: abs(one - rate)) if codec == "mp2" else rate


def names(plan: AudioPlan) -> tuple[str, ...]:
    """What the probe may call the stream's codec."""
    return _NAMES[plan.template.Codec]


def filters(plan: AudioPlan, source: Source, span: Span) -> str:
    """Filters by which sound begins at 0, with silence where it begins late or has gaps, and ends with the span."""
    steps = []
    if not span.whole and not source.indexed:
        steps.append(f"atrim=start={span.start:.6f},asetpts=PTS-{span.start:.6f}/TB")
    if not span.whole:
        steps.append(f"atrim=start=0:end={span.duration:.6f}")
    rate = plan.template.SampleRate
    form = ":sample_fmts=s16" if plan.template.Codec in _LOSSLESS else ""
    steps.append(f"aresample={rate}:async=1:first_pts=0")
    steps.append(f"aformat=sample_rates={rate}:channel_layouts={_LAYOUTS[plan.channels]}{form}")
    if not span.whole:
        steps.append(f"apad=whole_dur={span.duration:.6f}")  # there may be no sound in it
    return ",".join(steps)


def options(plan: AudioPlan, encoders: frozenset[str]) -> list[str]:
    """The options of ffmpeg for the stream; `encoders`: those it has."""
    codec = plan.template.Codec
    aac = "libfdk_aac" if "libfdk_aac" in encoders else "aac"
    rate = ["-b:a", f"{plan.rate}k"] if plan.rate else []
    return ["-c:a", _ENCODERS.get(codec, aac), *rate, "-threads:a", "1"]

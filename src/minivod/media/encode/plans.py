"""From a template and a source to the plans of streams; what this ffmpeg or this codec cannot do is refused."""

from dataclasses import dataclass, replace

from minivod.media.encode import codecs, hls, picture, sound
from minivod.media.encode.codecs import VideoPlan
from minivod.media.encode.size import layout
from minivod.media.encode.sound import AudioPlan
from minivod.media.encode.source import Source
from minivod.media.unfit import Unfit
from minivod.templates.streams import AudioStream, VideoStream
from minivod.templates.transcode import Transcode

_HDR_CODECS = ("libx265", "av1")


@dataclass(frozen=True, kw_only=True)
class TranscodePlan:
    """The streams of one output, and the seconds of a segment (0: one file)."""

    video: VideoPlan | None
    audio: AudioPlan | None
    segment: float


def transcode(source: Source, template: Transcode, encoders: frozenset[str]) -> TranscodePlan:
    """The plan of an output by a transcoding template; raises Unfit."""
    pictures = video(source, template.video, encoders)
    sounds = audio(source, template.audio, template.Container)
    segment = 0.0
    if template.Container == "hls":
        gop = pictures.gop if pictures is not None and pictures.template.Gop else 0.0
        segment = hls.segment_seconds(pictures.template.HlsTime if pictures is not None else 0, gop)
        pictures = segmented(pictures, segment)
    return TranscodePlan(video=pictures, audio=sounds, segment=segment)


def video(source: Source, template: VideoStream | None, encoders: frozenset[str]) -> VideoPlan | None:
    """The plan of a video stream, None when there is none; raises Unfit.

    Args:
        source: with the stream that is taken.
        template: what is asked for.
        encoders: that ffmpeg has.
    """
    if template is None or source.video is None:
        return None
    encoder = codecs.ENCODERS.get(template.Codec, template.Codec)
    if encoder not in encoders:
        raise _unsupported(f"VideoTemplate.Codec is {template.Codec}, which this server's ffmpeg has no encoder for")
    hdr = picture.keeps_hdr(source, template)
    if hdr and template.Codec not in _HDR_CODECS:
        raise _unsupported(
            f"PreserveHDRSwitch is ON, and Codec is {template.Codec}; it must be {' or '.join(_HDR_CODECS)} "
            "for a source with HDR"
        )
    fps = float(template.Fps or source.fps)
    return VideoPlan(template=template, layout=layout(template, source.shown), fps=fps, hdr=hdr)


def audio(source: Source, template: AudioStream | None, container: str) -> AudioPlan | None:
    """The plan of an audio stream, None when there is none; raises Unfit."""
    if template is None or source.audio is None:
        return None
    return sound.plan(template, source.audio, container)


def segmented(plan: VideoPlan | None, seconds: float) -> VideoPlan | None:
    """The plan of a stream that begins anew, with a keyframe, in every segment of that many seconds."""
    return replace(plan, segment=seconds) if plan is not None else None


def largest(plan: VideoPlan | None, sound: AudioPlan | None, seconds: float) -> int:
    """Bytes that an output may have: a multiple of what its rates give, and of constant quality half of raw video."""
    rate = 0.0
    if plan is not None:
        raw = plan.layout.width * plan.layout.height * plan.fps * 6
        rate += raw if plan.template.Vcrf else 3000.0 * plan.rate
    if sound is not None:
        rate += 3000.0 * sound.rate if sound.rate else 2.0 * 16 * sound.template.SampleRate * sound.channels
    return round(rate / 8 * seconds) + _ROOM


_ROOM = 64 * 1024**2


def _unsupported(message: str) -> Unfit:
    return Unfit("InvalidInput.ConfigurationUnsupported", message)

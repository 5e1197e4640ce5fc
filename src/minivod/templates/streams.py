"""Video and audio streams as transcoding and adaptive templates describe them, with the published names."""

from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from minivod.templates.bounds import Breach, ZeroOr, bound

Flag = Annotated[int, Meta(ge=0, le=1)]
Adaptive = Literal["open", "close"]
Fill = Literal["stretch", "black", "white", "gauss"]
VideoCodec = Literal["libx264", "libx265", "av1", "H.266"]
AudioCodec = Literal["libfdk_aac", "libmp3lame", "mp2", "ac3", "flac", "pcm16"]
Side = Annotated[int, bound(ZeroOr(128, 8192))]

PURE_AUDIO = frozenset({"mp3", "flac", "ogg", "m4a", "wav"})
"""Containers that hold no video."""
AUDIO_CODECS = {
    "mp3": ("libmp3lame",), "ogg": ("flac",), "flac": ("flac",), "wav": ("pcm16",), "hls": ("libfdk_aac",),
    "m4a": ("libfdk_aac", "libmp3lame", "ac3"), "mp4": ("libfdk_aac", "libmp3lame", "mp2"),
    "flv": ("libfdk_aac", "libmp3lame"),
}  # fmt: skip
"""What may be in a container. The reference lists mp2 for flv too, which has no place for it."""
_RATES = (32000, 44100, 48000)
_PCM_RATES = (16000, *_RATES)
_SURROUND = 6
_NO_SURROUND = frozenset({"mp3", "flac", "ogg", "m4a"})


class VideoStream(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """VideoTemplateInfo: Fps in Hz, Bitrate in kbit/s, Width and Height in pixels, HlsTime in seconds.

    0 leaves to the server: Bitrate, Vcrf (no constant quality), Gop, HlsTime; 0 keeps the source's: Fps, and Width
    and Height together. Bframes -1 leaves it to the encoder.
    """

    Codec: VideoCodec
    Fps: Annotated[int, Meta(ge=0, le=100)]
    Bitrate: Annotated[int, bound(ZeroOr(128, 100_000))]
    ResolutionAdaptive: Adaptive = "open"
    Width: Side = 0
    Height: Side = 0
    FillType: Fill = "black"
    Vcrf: Annotated[int, Meta(ge=0, le=51)] = 0
    Gop: Annotated[int, Meta(ge=0, le=100_000)] = 0
    GopUnit: Literal["frame", "second"] = "frame"
    PreserveHDRSwitch: Literal["ON", "OFF"] = "OFF"
    CodecTag: Literal["hvc1", "hev1"] = "hvc1"
    Mode: Literal["VBR", "ABR", "CBR", "VCRF"] = "VBR"
    Bframes: Annotated[int, Meta(ge=-1, le=16)] = -1
    HlsTime: Annotated[int, Meta(ge=0, le=10)] = 0
    VideoProfile: Literal["default", "baseline", "main", "high"] = "default"


class AudioStream(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """AudioTemplateInfo: Bitrate in kbit/s, 0 leaves it to the server; SampleRate in Hz; AudioChannel 0 keeps them."""

    Codec: AudioCodec
    Bitrate: Annotated[int, bound(ZeroOr(26, 256))]
    SampleRate: int
    AudioChannel: int = 2


def video_breaches(video: VideoStream, container: str, path: str) -> Iterator[Breach]:
    """What does not go together in a video stream that will be made."""
    if video.Codec == "av1" and container != "mp4":
        yield Breach(f"{path}.Codec", video.Codec, f"libx264 or libx265 in {container}; av1 needs the container mp4")
    if video.Mode == "VCRF" and video.Vcrf == 0:
        yield Breach(f"{path}.Vcrf", video.Vcrf, "from 1 to 51 while Mode is VCRF")


def audio_breaches(audio: AudioStream, container: str, path: str) -> Iterator[Breach]:
    """What does not go together in an audio stream that will be made."""
    codecs = AUDIO_CODECS[container]
    if audio.Codec not in codecs:
        yield Breach(f"{path}.Codec", audio.Codec, f"{' or '.join(codecs)} in the container {container}")
    rates = _PCM_RATES if audio.Codec == "pcm16" else _RATES
    if audio.SampleRate not in rates:
        yield Breach(f"{path}.SampleRate", audio.SampleRate, f"one of {', '.join(map(str, rates))}")
    channels = (0, 1, 2) if container in _NO_SURROUND else (0, 1, 2, _SURROUND)
    if audio.AudioChannel not in channels:
        yield Breach(f"{path}.AudioChannel", audio.AudioChannel, f"one of {', '.join(map(str, channels))}")

"""The presets of the reference, as data; what it does not tell is not here.

Source: the reference's page of preset parameter templates (document 266/33476) in two states, contract.md §5. Left out
are templates that only repackage (875, 876), that encrypt (adaptive 12) or make MPEG-DASH (adaptive 20), and H.265 from
1080 lines, whose numbers are not in either state. The "top speed" templates 100800 to 100840 have the sizes and streams
of the reference; the bit rate is what the server finds right, for its special encoder is not here. Its review 10 has
the label Moan too, which nothing hears here.
"""

from collections.abc import Iterator
from typing import Literal

from minivod.templates.adaptive import AdaptiveDynamicStreaming, AdaptiveStream
from minivod.templates.kind import Preset
from minivod.templates.pictures import AnimatedGraphics, ImageSprite, SampleSnapshot, SnapshotByTimeOffset
from minivod.templates.review import Review
from minivod.templates.streams import AudioCodec, AudioStream, VideoCodec, VideoStream
from minivod.templates.transcode import Box, Transcode

_RATE = 44100
_NAMES = {"libx264": "H.264", "libx265": "H.265"}
_OLD_AUDIO = 48

# codec, height in pixels, video and audio in kbit/s, definitions of MP4 and HLS; 25 Hz
_BY_HEIGHT: tuple[tuple[VideoCodec, int, int, int, int, int], ...] = (
    ("libx264", 360, 400, 64, 100010, 100210),
    ("libx264", 540, 1000, 64, 100020, 100220),
    ("libx264", 720, 1800, 128, 100030, 100230),
    ("libx264", 1080, 2500, 128, 100040, 100240),
    ("libx264", 1440, 3000, 160, 100070, 100270),
    ("libx264", 2160, 6000, 160, 100080, 100280),
    ("libx265", 360, 300, 64, 101010, 101210),
    ("libx265", 540, 800, 64, 101020, 101220),
    ("libx265", 720, 1500, 128, 101030, 101230),
)

# height in pixels (0: the source's), audio in kbit/s (0: the server's choice), definition; MP4, H.264, 25 Hz
_BY_QUALITY = ((0, 0, 100800), (360, 64, 100810), (540, 64, 100820), (720, 128, 100830), (1080, 128, 100840))

# codec, width, height, video in kbit/s, Hz, definitions of MP4, HLS and FLV
_OLD: tuple[tuple[VideoCodec, int, int, int, int, tuple[int, int, int]], ...] = (
    ("libx264", 320, 0, 256, 24, (10, 210, 10046)),
    ("libx264", 640, 0, 512, 24, (20, 220, 10047)),
    ("libx264", 1280, 0, 1024, 24, (30, 230, 10048)),
    ("libx264", 1920, 0, 2500, 24, (40, 240, 10049)),
    ("libx264", 0, 1440, 3072, 30, (70, 270, 370)),
    ("libx264", 0, 2160, 6144, 30, (80, 280, 380)),
    ("libx265", 0, 240, 250, 15, (510, 610, 710)),
    ("libx265", 0, 480, 600, 24, (520, 620, 720)),
    ("libx265", 0, 720, 800, 25, (530, 630, 730)),
    ("libx265", 0, 1080, 1400, 30, (540, 640, 740)),
    ("libx265", 0, 1440, 2048, 30, (570, 670, 770)),
    ("libx265", 0, 2160, 4096, 30, (580, 680, 780)),
)

# container, codec, kbit/s, definition
_SOUND: tuple[tuple[Box, AudioCodec, int, int], ...] = (
    ("m4a", "libfdk_aac", 24, 1100),
    ("m4a", "libfdk_aac", 48, 1110),
    ("m4a", "libfdk_aac", 96, 1120),
    ("m4a", "libfdk_aac", 192, 1130),
    ("m4a", "libfdk_aac", 256, 1140),
    ("mp3", "libmp3lame", 128, 1010),
    ("mp3", "libmp3lame", 320, 1020),
)

# height in pixels, video in kbit/s; 24 Hz, H.264 and AAC with 48 kbit/s
_LADDER = ((240, 256), (480, 512), (720, 512), (1080, 1024), (1440, 3072), (2160, 6144))


def _sound(codec: AudioCodec, bitrate: int) -> AudioStream:
    return AudioStream(Codec=codec, Bitrate=bitrate, SampleRate=_RATE)


def _video(container: Box, video: VideoStream, sound: AudioStream, name: str) -> Preset[Transcode]:
    title = f"{_NAMES[video.Codec]} {container.upper()} {name}"
    return Preset(name=title, settings=Transcode(Container=container, VideoTemplate=video, AudioTemplate=sound))


def _by_height() -> Iterator[tuple[int, Preset[Transcode]]]:
    for codec, height, bitrate, audio, mp4, hls in _BY_HEIGHT:
        video = VideoStream(Codec=codec, Fps=25, Bitrate=bitrate, Height=height)
        yield mp4, _video("mp4", video, _sound("libfdk_aac", audio), f"{height}p")
        yield hls, _video("hls", video, _sound("libfdk_aac", audio), f"{height}p")


def _by_quality() -> Iterator[tuple[int, Preset[Transcode]]]:
    for height, audio, definition in _BY_QUALITY:
        video = VideoStream(Codec="libx264", Fps=25, Bitrate=0, Height=height)
        name = f"{height}p" if height else "source size"
        yield definition, _video("mp4", video, _sound("libfdk_aac", audio), f"{name} by quality")


def _old() -> Iterator[tuple[int, Preset[Transcode]]]:
    containers: tuple[Box, Box, Box] = ("mp4", "hls", "flv")
    for codec, width, height, bitrate, fps, definitions in _OLD:
        profile: Literal["high", "default"] = "high" if codec == "libx264" else "default"
        video = VideoStream(
            Codec=codec, Fps=fps, Bitrate=bitrate, Width=width, Height=height, Gop=240, VideoProfile=profile
        )
        for container, definition in zip(containers, definitions, strict=True):
            sound: AudioCodec = "libmp3lame" if (container, codec) == ("flv", "libx264") else "libfdk_aac"
            name = f"{height}p" if height else f"{width} wide"
            yield definition, _video(container, video, _sound(sound, _OLD_AUDIO), f"{name} (old)")


def _audio() -> Iterator[tuple[int, Preset[Transcode]]]:
    for container, codec, bitrate, definition in _SOUND:
        settings = Transcode(Container=container, RemoveVideo=1, AudioTemplate=_sound(codec, bitrate))
        yield definition, Preset(name=f"{container.upper()} {bitrate} kbit/s", settings=settings)


def _stream(height: int, bitrate: int) -> AdaptiveStream:
    video = VideoStream(Codec="libx264", Fps=24, Bitrate=bitrate, Height=height)
    return AdaptiveStream(Video=video, Audio=_sound("libfdk_aac", _OLD_AUDIO))


TRANSCODE = dict(sorted((*_by_height(), *_by_quality(), *_old(), *_audio())))
ANIMATED_GRAPHICS = {
    20000: Preset(name="GIF", settings=AnimatedGraphics(Fps=2, Format="gif")),
    20001: Preset(name="WebP", settings=AnimatedGraphics(Fps=2, Format="webp")),
}
SNAPSHOT_BY_TIME_OFFSET = {10: Preset(name="JPEG", settings=SnapshotByTimeOffset(FillType="stretch"))}
SAMPLE_SNAPSHOT = {
    10: Preset(
        name="JPEG every 10 percent",
        settings=SampleSnapshot(SampleType="Percent", SampleInterval=10, FillType="stretch"),
    )
}
IMAGE_SPRITE = {
    10: Preset(
        name="JPEG every 10 seconds",
        settings=ImageSprite(SampleType="Time", SampleInterval=10, RowCount=10, ColumnCount=10, Width=142, Height=80),
    )
}
ADAPTIVE_DYNAMIC_STREAMING = {
    10: Preset(
        name="HLS 240p to 2160p",
        settings=AdaptiveDynamicStreaming(
            Format="HLS", StreamInfos=[_stream(*level) for level in _LADDER], DisableHigherVideoResolution=1
        ),
    )
}
REVIEW = {10: Preset(name="Porn, Terror and Polity", settings=Review(Labels=["Porn", "Terror", "Polity"]))}

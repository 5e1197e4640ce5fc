"""The streams of a source that are encoded, and how its picture is shown; what has none of them is refused."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from minivod.media.metadata import UNKNOWN, AudioStream, MediaMetadata, VideoStream
from minivod.media.sniff import NotMedia, sniff
from minivod.media.unfit import Unfit

_NARROWEST = Fraction(1, 8)
"""Pixels that are longer than eight times their other side are a mistake of the file."""
_INDEXED = frozenset({"mov", "matroska"})
_FPS = 25.0
_FASTEST = 1000.0


@dataclass(frozen=True, kw_only=True)
class Source:
    """A file to be encoded: the streams that are taken of it; None: there is none, or none is wanted."""

    path: Path
    demuxer: str
    metadata: MediaMetadata
    video: VideoStream | None
    audio: AudioStream | None

    @property
    def indexed(self) -> bool:
        """Whether its demuxer finds a moment without reading all that comes before."""
        return self.demuxer in _INDEXED

    @property
    def fps(self) -> float:
        """Frames a second on average; where that is not known, what is usual."""
        rate = self.video.fps if self.video is not None else 0.0
        return rate if 0 < rate <= _FASTEST else _FPS

    @property
    def shown(self) -> tuple[int, int]:
        """Width and height of the picture upright and with square pixels."""
        if self.video is None:
            return 0, 0
        width, height = self.video.width, self.video.height
        aspect = Fraction(self.video.sample_aspect or 1)
        if _NARROWEST <= aspect <= 1 / _NARROWEST:
            width = max(1, round(width * aspect))
        return (height, width) if self.metadata.rotate in (90, 270) else (width, height)


def choose(path: Path, metadata: MediaMetadata, *, video: bool, audio: bool) -> Source:
    """The source with the streams that are wanted.

    The first video stream counts, and the first audio stream that has samples and can be decoded.

    Args:
        path: the file.
        metadata: of it, by `probe`.
        video: whether pictures are wanted; then there must be some.
        audio: whether sound is wanted; without pictures there must be some.

    Raises:
        Unfit: there is no such stream, or it cannot be decoded.
    """
    try:
        demuxer = sniff(path).demuxer
    except NotMedia as error:
        raise Unfit("SourceFileError.ContentUnsupported", str(error)) from None
    return of(metadata, video=video, audio=audio, path=path, demuxer=demuxer)


def of(metadata: MediaMetadata, *, video: bool, audio: bool, path: Path = Path(), demuxer: str = "") -> Source:
    """Likewise, by what is known of a file alone; raises Unfit.

    Args:
        metadata: of the file.
        video: whether pictures are wanted.
        audio: whether sound is wanted.
        path: of the file, for who reads it.
        demuxer: likewise.
    """
    chosen = Source(
        path=path,
        demuxer=demuxer,
        metadata=metadata,
        video=_video(metadata) if video else None,
        audio=_audio(metadata) if audio else None,
    )
    if chosen.video is None and chosen.audio is None:
        raise Unfit("SourceFileError.ContentUnsupported", "the source has no audio stream, and nothing else is wanted")
    return chosen


def _video(metadata: MediaMetadata) -> VideoStream:
    stream = next((stream for stream in metadata.video if not stream.empty), None)
    if stream is None:
        raise Unfit(
            "SourceFileError.NoVideoMedia",
            "the source has no video stream, which the template wants; a template with RemoveVideo 1 makes sound alone",
        )
    _check(stream, "video")
    if not stream.width or not stream.height:
        raise Unfit("SourceFileError.NoVideoResolution", "the size of the source's picture is not known")
    if stream.dynamic_range == "HDR" and not stream.hdr_type:
        raise Unfit(
            "SourceFileError.ContentUnsupported",
            "the source's video is Dolby Vision without a base layer, whose colours only its own decoders know",
        )
    return stream


def _audio(metadata: MediaMetadata) -> AudioStream | None:
    streams = [stream for stream in metadata.audio if not stream.empty]
    if not streams:
        return None
    stream = next((one for one in streams if one.codec != UNKNOWN and not one.encrypted), streams[0])
    _check(stream, "audio")
    return stream


def _check(stream: VideoStream | AudioStream, kind: str) -> None:
    if stream.encrypted:
        raise Unfit("SourceFileError.ContentUnsupported", f"the source's {kind} stream is encrypted (DRM)")
    if stream.codec == UNKNOWN:
        tag = stream.codec_tag or "none"
        raise Unfit(
            "SourceFileError.ContentUnsupported",
            f"the codec of the source's {kind} stream is not known; its tag: {tag}",
        )

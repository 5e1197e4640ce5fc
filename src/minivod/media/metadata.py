"""What a probe tells of a media file, as typed and bounded structures: the child that reads it is not believed."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

# The child reads unknown data and may be in other hands by now: its answer is bounded, and it may not say all.
Number = Annotated[int, Meta(ge=0, le=2**53)]
Pixels = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Measure = Annotated[float, Meta(ge=0, le=1e13)]
Moment = Annotated[float, Meta(ge=-1e13, le=1e13)]
Word = Annotated[str, Meta(max_length=64, pattern=r"\A[ -~]*\Z")]
Digest = Annotated[str, Meta(pattern=r"\A[0-9a-f]{32}\Z")]
Ratio = Annotated[str, Meta(max_length=24, pattern=r"\A(?:[0-9]{1,10}/[1-9][0-9]{0,9})?\Z")]
CodePoint = Annotated[int, Meta(ge=0, le=255)]
Depth = Annotated[int, Meta(ge=0, le=32)]
SetBytes = Annotated[bytes, Meta(max_length=128 * 1024)]

PROBE = 2
"""The version of the probe: raised when it tells more, or otherwise, of the same file."""
UNKNOWN = "unknown"
"""The codec of a stream for which there is no decoder."""
_UNSPECIFIED = 2  # of ITU-T H.273
HDR_TYPES: dict[int, Literal["hdr10", "hlg"]] = {16: "hdr10", 18: "hlg"}
"""Transfer characteristics of H.273 (SMPTE ST 2084 and ARIB STD-B67), and the HDRType of the wire that they are."""


class PictureFormat(msgspec.Struct, frozen=True):
    """What pictures are made of: `profile` as libav names it ("High 10"), bits of a sample, `chroma` as "4:2:0".

    Each may be unknown: empty, or 0. Monochrome is "4:0:0".
    """

    profile: Word = ""
    bit_depth: Depth = 0
    chroma: Word = ""


class Colour(msgspec.Struct, frozen=True, kw_only=True):
    """How samples become colours: code points of ITU-T H.273, 2 is unspecified; `range` of the samples."""

    primaries: CodePoint = _UNSPECIFIED
    transfer: CodePoint = _UNSPECIFIED
    matrix: CodePoint = _UNSPECIFIED
    range: Literal["", "limited", "full"] = ""


class DolbyVision(msgspec.Struct, frozen=True):
    """A Dolby Vision configuration: its profile, and what its base layer is compatible with (0: nothing)."""

    profile: CodePoint
    compatibility: CodePoint


class VideoStream(msgspec.Struct, kw_only=True):
    """A video stream; `codec` as libav names it ("h264"), `codec_tag` the sample entry ("avc1"), `bitrate` in bit/s.

    Attributes:
        index: among all streams of the file.
        format: of H.264 and H.265 what the parameter sets say that the first picture goes by.
        fps: frames a second on average, rounded; `frame_rate` is the same as a fraction ("30000/1001").
        sample_aspect: width of a pixel over its height, a fraction; empty: not known.
        field_order: which field of an interlaced picture is shown first.
        fields: whether each coded picture is a field, half as high as the picture; `height` and `fps` are those of
            whole pictures.
        start: when the first frame is displayed, seconds.
        mirrored: whether players mirror it left and right, before they turn it by `rotate` of the file.
        encrypted: whether its samples are (DRM).
        empty: whether its track has no samples.

    Rows of older versions have only what is required. Ratios are texts that `fractions.Fraction` reads.
    """

    codec: Word
    codec_tag: Word
    bitrate: Number
    width: Pixels
    height: Pixels
    fps: Measure
    dynamic_range: Literal["SDR", "HDR"]
    index: Number = 0
    format: PictureFormat = PictureFormat()
    pixel_format: Word = ""
    colour: Colour = Colour()
    dolby_vision: DolbyVision | None = None
    frame_rate: Ratio = ""
    sample_aspect: Ratio = ""
    field_order: Literal["", "progressive", "top", "bottom"] = ""
    fields: bool = False
    start: Moment = 0.0
    mirrored: bool = False
    encrypted: bool = False
    empty: bool = False

    @property
    def hdr_type(self) -> Literal["", "hdr10", "hlg"]:
        """HDRType of the wire; empty for SDR, and for HDR that is neither (Dolby Vision without a base layer)."""
        return HDR_TYPES.get(self.colour.transfer, "") if self.dynamic_range == "HDR" else ""


class AudioStream(msgspec.Struct, kw_only=True):
    """An audio stream; `bitrate` in bit/s, `sampling_rate` in Hz.

    Attributes:
        index: among all streams of the file.
        profile: as libav names it ("LC"); empty: not known, or the codec has none.
        layout: of the channels, as libav names it ("5.1").
        start: when the sound begins, seconds.
        encrypted: whether its samples are (DRM).
        empty: whether its track has no samples.
    """

    codec: Word
    bitrate: Number
    sampling_rate: Pixels
    channels: Pixels
    index: Number = 0
    codec_tag: Word = ""
    profile: Word = ""
    layout: Word = ""
    start: Moment = 0.0
    encrypted: bool = False
    empty: bool = False


class MediaMetadata(msgspec.Struct, kw_only=True):
    """A media file: what `MetaData` on the wire is made of.

    `size` in bytes, durations in seconds, `bitrate` in bit/s, `rotate` in degrees clockwise; `width` and `height` are
    those of the first video stream before rotation. `faststart`: whether the index of an MP4 comes first; None for
    other containers. Attached pictures (covers inside the file) are no video streams. Streams without a decoder are
    among the others, with the codec UNKNOWN. `probe`: which version of the probe told this.
    """

    container: str
    size: int
    duration: Measure
    bitrate: Number
    width: Pixels
    height: Pixels
    rotate: Literal[0, 90, 180, 270]
    video: list[VideoStream]
    audio: list[AudioStream]
    md5: Digest
    audio_duration: Measure
    video_duration: Measure
    faststart: bool | None
    probe: Number = 0


class ParameterSets(msgspec.Struct, kw_only=True):
    """The parameter sets of a whole H.264 or H.265 stream: what a decoder has to know before the first picture.

    Attributes:
        record: a configuration record (`avcC`, `hvcC`; ISO/IEC 14496-15) with all sets that the pictures refer to.
        in_header: whether the file's own record has the same sets.
        in_samples: whether units that belong into the record, or to a second view or layer, are among the samples.
        formats: what each sequence parameter set says, without repetitions.
        changed_at: when a set is replaced by another one between pictures, seconds; None: never.
        layered: whether there are H.265 units of a second layer (another view, or transparency).
    """

    record: SetBytes
    in_header: bool
    in_samples: bool
    formats: list[PictureFormat]
    changed_at: Measure | None
    layered: bool


class Examination(msgspec.Struct, kw_only=True):
    """A file, and the parameter sets of its first video stream; None for other codecs than H.264 and H.265."""

    metadata: MediaMetadata
    parameter_sets: ParameterSets | None

"""Would the Mini Program's `<video>` play this file? If not, what is missing, in words."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Self

import msgspec

from minivod.media.metadata import (
    UNKNOWN,
    AudioStream,
    Examination,
    MediaMetadata,
    ParameterSets,
    PictureFormat,
    VideoStream,
)
from minivod.publishing import formats
from minivod.publishing.cures import cures
from minivod.settings import Settings

_PROFILES = {"Rext": "Range Extensions", "Scc": "Screen Content Coding"}
"""Names that libav shortens."""


class Problem(NamedTuple):
    """What keeps a video from being published, in words.

    Attributes:
        said: the words.
        curable: whether a transcode of it would be free of that.
        type_: whether it is the type of the file: its container, or a codec that is none of the table's. That is
            refused before a task is queued; what else is wrong is the task's result (contract.md §2).
    """

    said: str
    curable: bool = True
    type_: bool = False


class Preflight(NamedTuple):
    """What the type of a file says against its publication before a worker looks at it.

    Attributes:
        containers: those of originals that are accepted.
        max_duration: seconds.
    """

    containers: frozenset[str]
    max_duration: float

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """What this server accepts."""
        return cls(formats.containers(allow_mov=settings.allow_mov_originals), settings.max_duration)

    def accepts(self, definition: int, stored: Mapping[str, Any]) -> bool:
        """Whether nothing is known against it: a `Judge`."""
        return self.refusal(definition, stored) is None

    def refusal(self, definition: int, stored: Mapping[str, Any]) -> str | None:
        """What a caller is told; None: nothing is known against it.

        Args:
            definition: SourceDefinition.
            stored: a probe's answer for what is to be published, as a row keeps it.
        """
        try:
            metadata = msgspec.convert(stored, MediaMetadata)
        except msgspec.ValidationError:
            return None
        accepted = formats.TRANSCODES if definition else self.containers
        found = problems(Examination(metadata=metadata, parameter_sets=None), accepted, self.max_duration)
        if definition and not metadata.video:  # another transcode may have what this one left out
            found = [problem._replace(curable=True, type_=True) for problem in found]
        if not any(problem.type_ for problem in found):
            return None
        return refusal(found, metadata, self.containers, original=not definition)


def problems(examination: Examination, containers: Iterable[str], max_duration: float) -> list[Problem]:
    """What keeps the file from being published, empty when nothing does.

    A file without faststart is no problem: publishing remuxes it. Only the first video and the first audio stream
    are looked at, because only these are published.

    Args:
        examination: of the file; without parameter sets those that its video began with count.
        containers: those that are accepted.
        max_duration: seconds.
    """
    metadata = examination.metadata
    video, audio = metadata.video[:1], metadata.audio[:1]
    return [
        *_of_container(metadata, frozenset(containers)),
        *(_of_video(video[0], examination.parameter_sets) if video else [Problem("there is no video stream", False)]),
        *(_of_audio(audio[0]) if audio else []),
        *_of_duration(metadata.duration, max_duration),
    ]


def refusal(
    found: Sequence[Problem], metadata: MediaMetadata, containers: Iterable[str], *, original: bool = True
) -> str:
    """What a caller is told: each problem, the templates that cure them all, and what can be published.

    Args:
        found: the problems.
        metadata: of the file.
        containers: those of originals that are accepted.
        original: whether it is one, which its owner can upload otherwise.
    """
    said = "; ".join(problem.said for problem in found)
    only_container = original and len(found) == 1 and metadata.container not in frozenset(containers)
    way = _WAYS_OF_COPYING.get(metadata.container) if only_container else None
    ways = [_remedy(found, metadata), *([way] if way else [])]
    return (
        f"the Mini Program player cannot play this video: {said}. {'. '.join(ways)}. What can be published is: "
        f"{formats.summary(containers)}"
    )


_WAYS_OF_COPYING = {
    formats.MOV: (
        "Or its streams stay as they are: upload it as MP4 (`ffmpeg -i video.mov -c copy video.mp4` makes one), or the "
        "operator of this server turns on the setting allow_mov_originals"
    ),
    **{
        container: (
            "Or its streams stay as they are: upload it as MP4 (`ffmpeg -i "
            f"video.{container} -c copy video.mp4` makes one)"
        )
        for container in ("mkv", "flv", "ts")
    },
}
"""How to go on without a transcode when nothing but the container is wrong; AVI lacks the times that an MP4 needs."""


def _remedy(found: Sequence[Problem], metadata: MediaMetadata) -> str:
    if not all(problem.curable for problem in found):
        return "No transcoding template cures that"
    templates = formats.either([str(definition) for definition in cures(metadata)])
    return (
        f"A transcode by template {templates} cures that: have it made by ProcessMedia (TranscodeTaskSet), and publish "
        "it with that SourceDefinition"
    )


def _of_container(metadata: MediaMetadata, accepted: frozenset[str]) -> list[Problem]:
    if metadata.container in accepted:
        return []
    must = formats.container_titles(accepted)
    return [Problem(f"the container is {metadata.container}; it must be {must}", type_=True)]


def _of_duration(duration: float, most: float) -> list[Problem]:
    if duration <= 0:
        return [Problem("its duration is not known")]
    if duration > most:
        return [Problem(f"it lasts {duration:.0f} s; the server publishes at most {most:.0f} s", curable=False)]
    return []


def _of_video(stream: VideoStream, sets: ParameterSets | None) -> list[Problem]:
    codec = formats.VIDEO.get(stream.codec)
    if codec is None:
        said = f"the video codec is {_codec(stream)}; it must be {_titles(formats.VIDEO)}"
        return [Problem(said, curable=stream.codec != UNKNOWN, type_=True)]
    if stream.encrypted:
        return [Problem("the video is encrypted (DRM); it must not be", curable=False)]
    if stream.empty:
        return [Problem("the video stream is empty; it must have pictures", curable=False)]
    # What the stream says of itself counts, not what the container or a decoder's first picture says.
    pictures = sets.formats if sets is not None else [stream.format]
    found = [_of_pictures(codec, each) for each in pictures if not formats.is_playable(codec, each)]
    return [*found, *_of_fields(stream), *_of_base_layer(stream), *(_of_sets(sets) if sets is not None else [])]


def _of_pictures(codec: formats.VideoCodec, pictures: PictureFormat) -> Problem:
    profile = _PROFILES.get(pictures.profile, pictures.profile)
    is_ = f"{codec.title} {profile}" if profile else f"{codec.title} of an unknown profile"
    return Problem(
        f"the video is {is_} ({pictures.bit_depth} bit, {pictures.chroma}); "
        f"{codec.title} must be {formats.profile_titles(codec)} ({formats.pixels(codec)})"
    )


def _of_fields(stream: VideoStream) -> list[Problem]:
    if not stream.fields:
        return []
    return [
        Problem(
            "the video is interlaced with its fields coded like pictures, which players show squashed, one by one; "
            "each of its pictures must be a whole one"
        )
    ]


def _of_base_layer(stream: VideoStream) -> list[Problem]:
    dolby = stream.dolby_vision
    if dolby is None or dolby.compatibility != formats.DOLBY_VISION_ALONE:
        return []
    return [
        Problem(
            f"the video is Dolby Vision profile {dolby.profile}, which other players show in wrong colours; "
            "it must have a base layer in SDR, HDR10 or HLG, as profile 8 has",
            curable=False,
        )
    ]


def _of_sets(sets: ParameterSets) -> list[Problem]:
    found = []
    if not sets.formats:
        found.append(Problem("the video has no parameter sets, without which nobody can decode it", curable=False))
    if sets.changed_at is not None:
        found.append(
            Problem(
                f"its parameter sets (size of the picture, settings of the encoder) change at {sets.changed_at:.1f} s; "
                "they must be the same from the first picture to the last"
            )
        )
    if sets.layered:
        found.append(Problem("the video has several layers (spatial video, or transparency); it must have one"))
    return found


def _of_audio(stream: AudioStream) -> list[Problem]:
    codec = formats.AUDIO.get(stream.codec)
    if codec is None:
        said = f"the audio codec is {_codec(stream)}; it must be {_titles(formats.AUDIO)}"
        return [Problem(said, curable=stream.codec != UNKNOWN, type_=True)]
    if stream.encrypted:
        return [Problem("the audio is encrypted (DRM); it must not be", curable=False)]
    if stream.empty:
        return []  # nothing is lost without it
    found = []
    if codec.profiles and stream.profile not in codec.profiles:
        is_ = f"{codec.title} {stream.profile}" if stream.profile else f"{codec.title} of an unknown profile"
        must = formats.either(list(codec.profiles.values()))
        found.append(Problem(f"the audio is {is_}; {codec.title} must be {must}"))
    if stream.channels > codec.channels:
        found.append(Problem(f"the audio has {stream.channels} channels; {codec.title} may have {codec.channels}"))
    if stream.sampling_rate > codec.sampling_rate:
        found.append(
            Problem(
                f"the audio has {stream.sampling_rate} samples a second; {codec.title} may have {codec.sampling_rate}"
            )
        )
    return found


def _codec(stream: VideoStream | AudioStream) -> str:
    return stream.codec if stream.codec != UNKNOWN else f"unknown (its tag is {stream.codec_tag or 'empty'})"


def _titles(codecs: dict[str, formats.VideoCodec] | dict[str, formats.AudioCodec]) -> str:
    return formats.either([codec.title for codec in codecs.values()])

"""Would the Mini Program's `<video>` play this file? If not, what is missing, in words."""

from collections.abc import Iterable

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

_PROFILES = {"Rext": "Range Extensions (RExt)", "Scc": "Screen Content Coding (SCC)"}
"""Names that libav shortens."""


def problems(examination: Examination, containers: Iterable[str], max_duration: float) -> list[str]:
    """What keeps the file from being published, empty when nothing does.

    A file without faststart is no problem: publishing remuxes it. Only the first video and the first audio stream
    are looked at, because only these are published.

    Args:
        examination: of the file.
        containers: those that are accepted.
        max_duration: seconds.
    """
    metadata = examination.metadata
    return [
        *_of_container(metadata, frozenset(containers)),
        *(_of_video(metadata.video[0], examination.parameter_sets) if metadata.video else ["there is no video stream"]),
        *(_of_audio(metadata.audio[0]) if metadata.audio else []),
        *_of_duration(metadata.duration, max_duration),
    ]


def refusal(found: list[str], containers: Iterable[str]) -> str:
    """What a caller is told of these problems: each of them, and what can be published."""
    return f"the Mini Program player cannot play this video: {'; '.join(found)}. {formats.summary(containers)}"


def _of_container(metadata: MediaMetadata, accepted: frozenset[str]) -> list[str]:
    if metadata.container in accepted:
        return []
    return [f"the container is {metadata.container}; it must be {formats.container_titles(accepted)}"]


def _of_duration(duration: float, most: float) -> list[str]:
    if duration <= 0:
        return ["its duration is not known"]
    return [f"it lasts {duration:.0f} s; the server publishes at most {most:.0f} s"] if duration > most else []


def _of_video(stream: VideoStream, sets: ParameterSets | None) -> list[str]:
    codec = formats.VIDEO.get(stream.codec)
    if codec is None:
        return [f"the video codec is {_codec(stream)}; it must be {_titles(formats.VIDEO)}"]
    if stream.encrypted:
        return ["the video is encrypted (DRM); it must not be"]
    if stream.empty:
        return ["the video stream is empty; it must have pictures"]
    # What the stream says of itself counts, not what the container or a decoder's first picture says.
    pictures = sets.formats if sets is not None else [stream.format]
    found = [_of_pictures(codec, each) for each in pictures if not formats.is_playable(codec, each)]
    return [*found, *_of_base_layer(stream), *(_of_sets(sets) if sets is not None else [])]


def _of_pictures(codec: formats.VideoCodec, pictures: PictureFormat) -> str:
    profile = _PROFILES.get(pictures.profile, pictures.profile)
    is_ = f"{codec.title} {profile}" if profile else f"{codec.title} of an unknown profile"
    return (
        f"the video is {is_} ({pictures.bit_depth} bit, {pictures.chroma}); "
        f"{codec.title} must be {formats.profile_titles(codec)} ({formats.pixels(codec)})"
    )


def _of_base_layer(stream: VideoStream) -> list[str]:
    dolby = stream.dolby_vision
    if dolby is None or dolby.compatibility != formats.DOLBY_VISION_ALONE:
        return []
    return [
        f"the video is Dolby Vision profile {dolby.profile}, which other players show in wrong colours; "
        "it must have a base layer in SDR, HDR10 or HLG, as profile 8 has"
    ]


def _of_sets(sets: ParameterSets) -> list[str]:
    found = []
    if not sets.formats:
        found.append("the video has no parameter sets, without which nobody can decode it")
    if sets.changed_at is not None:
        found.append(
            f"its parameter sets (size of the picture, settings of the encoder) change at {sets.changed_at:.1f} s; "
            "they must be the same from the first picture to the last"
        )
    if sets.layered:
        found.append("the video has several layers (spatial video, or transparency); it must have one")
    return found


def _of_audio(stream: AudioStream) -> list[str]:
    codec = formats.AUDIO.get(stream.codec)
    if codec is None:
        return [f"the audio codec is {_codec(stream)}; it must be {_titles(formats.AUDIO)}"]
    if stream.encrypted:
        return ["the audio is encrypted (DRM); it must not be"]
    if stream.empty:
        return []  # nothing is lost without it
    found = []
    if codec.profiles and stream.profile not in codec.profiles:
        is_ = f"{codec.title} {stream.profile}" if stream.profile else f"{codec.title} of an unknown profile"
        found.append(f"the audio is {is_}; {codec.title} must be {formats.either(list(codec.profiles.values()))}")
    if stream.channels > codec.channels:
        found.append(f"the audio has {stream.channels} channels; {codec.title} may have {codec.channels}")
    if stream.sampling_rate > codec.sampling_rate:
        found.append(
            f"the audio has {stream.sampling_rate} samples a second; {codec.title} may have {codec.sampling_rate}"
        )
    return found


def _codec(stream: VideoStream | AudioStream) -> str:
    return stream.codec if stream.codec != UNKNOWN else f"unknown (its tag is {stream.codec_tag or 'empty'})"


def _titles(codecs: dict[str, formats.VideoCodec] | dict[str, formats.AudioCodec]) -> str:
    return formats.either([codec.title for codec in codecs.values()])

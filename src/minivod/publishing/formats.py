"""THE table of what can be published: the checks, the sentences of a refusal and docs/formats.md are made from it.

Sources: contract.md §2 for the containers; for the streams what both Android (Compatibility Definition, media codecs)
and iOS decode in hardware on phones of the last ten years.
"""

from collections.abc import Iterable
from typing import NamedTuple

from minivod.media.metadata import PictureFormat

CHROMA = "4:2:0"
MOV = "mov"
"""The container of iPhones and many cameras; the reference refuses it."""
_CONTAINERS = {"mp4": "MP4", "3gp": "3GP", MOV: "MOV"}
_TITLES = {**_CONTAINERS, "hls": "HLS"}


class Profile(NamedTuple):
    """A playable profile: its name in words, and the most bits that a sample may have."""

    title: str
    depth: int = 8


class VideoCodec(NamedTuple):
    """A playable video codec; `profiles` by libav's names, `others`: what else is known of it, in words."""

    title: str
    profiles: dict[str, Profile]
    others: str


class AudioCodec(NamedTuple):
    """A playable audio codec; `profiles` by libav's names (none: it has none), `sampling_rate` in Hz."""

    title: str
    profiles: dict[str, str]
    channels: int
    sampling_rate: int
    others: str


VIDEO = {
    "h264": VideoCodec(
        "H.264",
        {
            "Constrained Baseline": Profile("Baseline"),
            "Baseline": Profile("Baseline"),
            "Main": Profile("Main"),
            "High": Profile("High"),
        },
        "Extended; High 10, High 4:2:2, High 4:4:4 and their Intra profiles; High in monochrome",
    ),
    "hevc": VideoCodec(
        "H.265",
        {"Main": Profile("Main"), "Main 10": Profile("Main 10", 10)},
        "Main Still Picture; Range Extensions (12 bit, 4:2:2, 4:4:4, monochrome, Intra); Screen Content Coding; "
        "several layers (spatial video, transparency); fields coded like pictures; "
        "Dolby Vision without a base layer (profile 5)",
    ),
}
AUDIO = {
    "aac": AudioCodec(
        "AAC", {"LC": "LC", "HE-AAC": "HE-AAC", "HE-AACv2": "HE-AAC v2"}, 6, 48000, "Main, SSR, LTP, LD, ELD, xHE-AAC"
    ),
    "mp3": AudioCodec("MP3", {}, 2, 48000, ""),
}
_OTHER_CONTAINERS = "MOV (`.mov`, as iPhones and cameras write it), unless `allow_mov_originals` is set; MKV, WebM, FLV"
DOLBY_VISION_ALONE = 0
"""The compatibility of a base layer that only Dolby Vision players can show (profile 5)."""


TRANSCODES = frozenset({"mp4", "hls"})
"""Containers of transcodes that can be published; 3GP is made by no template."""


def containers(*, allow_mov: bool) -> frozenset[str]:
    """The containers of originals that can be published; `allow_mov` is the setting `allow_mov_originals`."""
    return frozenset(_CONTAINERS if allow_mov else set(_CONTAINERS) - {MOV})


def is_playable(codec: VideoCodec, pictures: PictureFormat) -> bool:
    """Whether phones decode such pictures of that codec."""
    profile = codec.profiles.get(pictures.profile)
    return profile is not None and 0 < pictures.bit_depth <= profile.depth and pictures.chroma == CHROMA


def container_titles(accepted: Iterable[str]) -> str:
    """Those containers in words."""
    return either([title for name, title in _TITLES.items() if name in accepted])


def profile_titles(codec: VideoCodec) -> str:
    """The profiles in words."""
    return either(list(dict.fromkeys(profile.title for profile in codec.profiles.values())))


def pixels(codec: VideoCodec) -> str:
    """Bits and chroma that all its profiles have in common, in words."""
    depths = sorted({profile.depth for profile in codec.profiles.values()})
    return f"{'/'.join(map(str, depths))} bit, {CHROMA}"


def audio_title(codec: AudioCodec) -> str:
    """The codec with its profiles in words."""
    return f"{codec.title} ({', '.join(codec.profiles.values())})" if codec.profiles else codec.title


def either(words: list[str]) -> str:
    """The words as a choice."""
    return " or ".join([*filter(None, [", ".join(words[:-1])]), words[-1]])


def summary(accepted: Iterable[str]) -> str:
    """The table in one sentence, for refusals; `accepted` are the containers."""
    video = " or ".join(f"{codec.title} {profile_titles(codec)} ({pixels(codec)})" for codec in VIDEO.values())
    audio = either(["none", *map(audio_title, AUDIO.values())])
    return f"container {container_titles(accepted)}; video {video}; audio {audio}"


def to_markdown() -> str:
    """The table of docs/formats.md; a test keeps it equal to this."""
    rows = [
        ("container of the original", container_titles(containers(allow_mov=False)), "", "", _OTHER_CONTAINERS),
        *(("video", codec.title, profile_titles(codec), pixels(codec), codec.others) for codec in VIDEO.values()),
        ("video", "no other codec", "", "", "AV1, VP9, VP8, MPEG-4 Part 2, H.263, Apple ProRes"),
        ("audio", "none", "", "", ""),
        *(
            (
                *("audio", codec.title, either(list(codec.profiles.values())) if codec.profiles else ""),
                f"up to {codec.channels} channels, up to {codec.sampling_rate} Hz",
                codec.others,
            )
            for codec in AUDIO.values()
        ),
        ("audio", "no other codec", "", "", "AC-3, E-AC-3, Opus, Vorbis, ALAC, FLAC, PCM, AMR, DTS"),
    ]
    lines = ["| part | published | profile | bounds | not published |", "|---|---|---|---|---|"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines) + "\n"

"""What a template or a procedure says, in short: for lists, and as rows of a sheet."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from minivod import ids
from minivod.console.fields import HIDDEN
from minivod.templates.adaptive import AdaptiveDynamicStreaming
from minivod.templates.streams import AudioStream, VideoStream
from minivod.templates.transcode import Transcode

_DIGITS = 9
_CODECS = {"libx264": "H.264", "libx265": "H.265", "av1": "AV1", "libfdk_aac": "AAC", "libmp3lame": "MP3"}


def summary(settings: Any) -> str:
    """One line in signs of any language."""
    if isinstance(settings, Transcode):
        return " · ".join(filter(None, (settings.Container, _video(settings.video), _audio(settings.audio))))
    if isinstance(settings, AdaptiveDynamicStreaming):
        levels = [_video(one.Video) if not one.RemoveVideo else _audio(one.Audio) for one in settings.StreamInfos]
        return "; ".join(levels)
    return ", ".join(f"{name} {value}" for name, value in leaves(msgspec.to_builtins(settings)) if value not in ("", 0))


def _video(video: VideoStream | None) -> str:
    if video is None:
        return ""
    size = f"{video.Width or '…'}×{video.Height or '…'}" if video.Width or video.Height else ""
    rate = f"{video.Bitrate} kbit/s" if video.Bitrate else ""
    fps = f"{video.Fps} fps" if video.Fps else ""
    return " ".join(filter(None, (_CODECS.get(video.Codec, video.Codec), size, rate, fps)))


def _audio(audio: AudioStream | None) -> str:
    if audio is None:
        return ""
    rate = f"{audio.Bitrate} kbit/s" if audio.Bitrate else ""
    return " ".join(filter(None, (_CODECS.get(audio.Codec, audio.Codec), rate)))


def leaves(tree: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """All values that a stored form has, with their paths."""
    for name, value in tree.items():
        if name in HIDDEN:
            continue
        yield from _leaf(f"{path}{name}", value)


def _leaf(where: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        yield from leaves(value, f"{where}.")
    elif isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
        for index, one in enumerate(value):
            yield from _leaf(f"{where}.{index}", one)
    elif value is not None:
        yield where, ", ".join(map(str, value)) if isinstance(value, list) else value


class Group(NamedTuple):
    """Values of one object: its path, numbers counted from 1, and names with values; an empty path is the whole."""

    path: Sequence[str]
    leaves: Sequence[tuple[str, Any]]


def groups(tree: Mapping[str, Any]) -> list[Group]:
    """All values by the object that has them."""
    found: dict[tuple[str, ...], list[tuple[str, Any]]] = {}
    for where, value in leaves(tree):
        *path, name = where.split(".")
        numbered = tuple(str(int(part) + 1) if _is_place(part) else part for part in path)
        found.setdefault(numbered, []).append((name, value))
    return [Group(path, found[path]) for path in sorted(found, key=lambda path: [_place(part) for part in path])]


def _place(part: str) -> tuple[int, str]:
    """By which paths are sorted: the whole before its parts, 2 before 10."""
    return (int(part), "") if _is_place(part) else (0, part)


def _is_place(part: str) -> bool:
    return ids.is_number(part, _DIGITS)
